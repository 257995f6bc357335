"""Batches that go wrong: a bad notebook harms no other, nothing is ever half, and the next batch goes on."""

import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from benchmarks.offices import correct, office

from baocao.project import Project
from baocao.run.children import CAN_FORK
from tests.conftest import copy_project
from tests.integration.batches import (
    COUNT,
    ONE,
    REPORT,
    attempts,
    batch,
    batch_command,
    complete,
    counts,
    finished,
    folder,
    limit,
    many_offices,
    tree,
    without_data,
)

#: What a notebook does, and what is said of it.
BAD = {
    1: ("1 / 0", "ZeroDivisionError"),
    2: ("while True: __import__('time').sleep(0.01)", "10 s it may"),
    3: ("import time, signal; signal.signal(signal.SIGALRM, signal.SIG_IGN); time.sleep(600)", "10 s it may"),
    4: ("eaten = [bytearray(10_000_000) for _ in range(200)]; import time; time.sleep(600)", "900 MB it may"),
    5: ("import os; os._exit(3)", "exited with code"),
}


@pytest.mark.skipif(not CAN_FORK, reason="this system cannot fork")
@pytest.mark.parametrize(
    ("isolation", "bad"),
    # Every bad one costs a worker, which the next report waits for.
    [("fork", (1, 2, 3, 4, 5)), ("worker", (1, 3, 5))],
    ids=["fork", "worker"],
)
def test_a_few_bad_notebooks_harm_no_other(project: Project, isolation: str, bad: tuple[int, ...]) -> None:
    many_offices(project, 7, {number: BAD[number][0] for number in bad})
    limit(project, seconds=10, memory_mb=900)
    done = batch(project, "--json", "--isolation", isolation)
    assert done.returncode == 1
    assert counts(done) == {"done": 7 - len(bad), "unchanged": 0, "blocked": 0, "failed": len(bad)}
    told = {entry["name"].split("/")[-1]: entry["text"] for entry in json.loads(done.stdout)["outcomes"]}
    for number in bad:
        assert BAD[number][1] in told[office(number)]
        assert "cell" in told[office(number)]
        assert (folder(project, number).with_name(office(number) + "~failed") / "report.ipynb").is_file()
        assert not folder(project, number).exists()
    assert all(complete(folder(project, number)) for number in range(1, 8) if number not in bad)
    page = (project.outputs / "batches" / f"{REPORT}.html").read_text(encoding="utf-8")
    assert all(words in page for words in ("UBND xã", "Quý I/2020", "Sổ tay hoặc phần mềm gặp lỗi"))


@pytest.mark.full
def test_four_bad_ones_among_two_hundred(project: Project) -> None:
    mischief = {
        20: "1 / 0",
        90: "while True: pass",
        150: "eaten = [bytearray(10_000_000) for _ in range(200)]; import time; time.sleep(600)",
    }
    many_offices(project, 199, mischief)
    without_data(project, 200)
    limit(project, seconds=20, memory_mb=900)
    done = batch(project, "--json")
    assert counts(done) == {"done": 196, "unchanged": 0, "blocked": 1, "failed": 3}, done.stderr
    told = {entry["name"].split("/")[-1]: entry["text"] for entry in json.loads(done.stdout)["outcomes"]}
    words = {20: "ZeroDivisionError", 90: "20 s it may", 150: "900 MB it may", 200: "chưa có số liệu"}
    assert {number: word in told[office(number)] for number, word in words.items()} == dict.fromkeys(words, True)
    assert len(finished(project)) == 196


def test_a_disk_without_room_keeps_the_last_good_output(again: Project) -> None:
    """No file may grow to the size of a report: what a full disk does, in its place."""
    resource = pytest.importorskip("resource")
    before = tree(again)
    room = (folder(again, 5) / "report.html").stat().st_size - 1

    def shrink() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    correct(again, 5)
    batch(again, "--why")  # puts aside what all reports read, while there is room
    done = subprocess.run(
        batch_command(*ONE), cwd=again.root, preexec_fn=shrink, capture_output=True, text=True, check=False
    )
    assert counts(done)["failed"] == 1, done.stderr
    assert "File too large" in done.stdout
    assert attempts(again, 5) == 1 + 3  # when it was first made; a full disk may have room again a little later
    assert tree(again) == before
    assert counts(batch(again, *ONE))["done"] == 1


def test_ctrl_c_stops_cleanly_and_the_next_batch_goes_on(again: Project) -> None:
    shutil.rmtree(again.outputs)
    many_offices(again, COUNT, dict.fromkeys(range(2, COUNT + 1), "import time; time.sleep(1.5)"))
    running = subprocess.Popen(batch_command(*ONE), cwd=again.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _wait_for_one(again)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode != 0
    made_so_far = len(finished(again))
    assert made_so_far > 0
    resumed = counts(batch(again, *ONE))
    assert resumed["done"] + resumed["unchanged"] == COUNT
    assert made_so_far - 1 <= resumed["unchanged"] <= made_so_far  # what was just put in place may not be noted yet


def _wait_for_one(project: Project) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not finished(project):
        time.sleep(0.02)


def test_kills_at_random_moments_leave_no_trace(made_batch: Project, again: Project) -> None:
    shutil.rmtree(again.outputs)
    _killed(again, 3, tree(made_batch))


@pytest.mark.full
def test_fifty_kills_leave_no_trace(project: Project, tmp_path: Path) -> None:
    undisturbed = copy_project(tmp_path / "undisturbed")
    for one in (project, undisturbed):
        many_offices(one, 300)
    assert counts(batch(undisturbed, "--json"))["done"] == 300
    _killed(project, 50, tree(undisturbed))


def _killed(project: Project, kills: int, undisturbed: dict[str, str]) -> None:
    """Workers and parent are killed without warning; resumed each time, the tree is that of an undisturbed run.

    The last time there is one worker, which must not matter either.
    """
    chance = random.Random(kills)  # noqa: S311 -- moments, not secrets
    halves: list[Path] = []
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(project, halves, over))
    watcher.start()
    try:
        for number in range(kills):
            running = subprocess.Popen(
                batch_command(), cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                running.wait(timeout=chance.uniform(2, 8))
            except subprocess.TimeoutExpired:
                victims = [running.pid] if number % 2 else _children(running.pid)
                for victim in chance.sample(victims, min(1, len(victims))):
                    os.kill(victim, signal.SIGKILL)
            if number % 2 == 0:  # a killed worker is replaced: the batch goes on until it is killed itself
                try:
                    running.wait(timeout=chance.uniform(1, 4))
                except subprocess.TimeoutExpired:
                    running.kill()
            running.wait()
        last = batch(project, *ONE)
    finally:
        over.set()
        watcher.join()
    assert counts(last)["failed"] == 0
    assert tree(project) == undisturbed
    assert halves == []


def _children(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)] if psutil.pid_exists(pid) else []


def _watch(project: Project, halves: list[Path], over: threading.Event) -> None:
    """Look for a folder that is there but not whole."""
    while not over.wait(0.002):
        places = (place for place in project.outputs.glob(f"{REPORT}/*/*") if not place.name.startswith("."))
        halves += [place for place in places if "~" not in place.name and not complete(place) and place.exists()]
