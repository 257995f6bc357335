"""Batches: only what changed, never half, in every isolation the same, after any crash complete."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.offices import PERIOD, PROVINCE, correct, office

from baocao.project import Project
from baocao.run.children import CAN_FORK
from baocao.run.ledger import Ledger
from tests.conftest import copy_project
from tests.integration.batches import (
    REPORT,
    batch,
    batch_command,
    complete,
    counts,
    finished,
    limit,
    many_offices,
    tree,
)

COUNT = 6


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose reports were made once, undisturbed."""
    project = copy_project(tmp_path_factory.mktemp("batch") / "project")
    many_offices(project, COUNT)
    done = batch(project, "--json")
    assert counts(done) == {"done": COUNT, "unchanged": 0, "blocked": 0, "failed": 0}, done.stderr
    assert done.stderr == ""
    yield project


@pytest.fixture
def again(made: Project, tmp_path: Path) -> Project:
    """A copy of it."""
    shutil.copytree(made.root, tmp_path / "project")
    return Project(tmp_path / "project")


def folder(project: Project, number: int) -> Path:
    return project.outputs / REPORT / PERIOD / office(number)


def attempts(project: Project, number: int) -> int:
    """How often the report of an office was begun."""
    (entry,) = (entry for entry in Ledger(project.outputs).entries() if entry.unit == office(number))
    return entry.attempts


def test_unchanged_reports_are_left_alone(made: Project) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.outputs.rglob("report.html")}
    assert counts(batch(made, "--json"))["unchanged"] == COUNT
    assert {path: path.stat().st_mtime_ns for path in made.outputs.rglob("report.html")} == before


def test_the_ledger_and_a_page_say_what_became_of_each(made: Project) -> None:
    def status(*options: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "baocao", "status", *options]
        return subprocess.run(command, cwd=made.root, capture_output=True, text=True, encoding="utf-8", check=True)

    jobs = json.loads(status("--json").stdout)["jobs"]
    assert [job["unit"] for job in jobs] == [office(number) for number in range(1, COUNT + 1)]
    assert {(job["state"], job["attempts"], job["error"]) for job in jobs} == {("done", 1, None)}
    assert all(job["seconds"] > 0 and job["worker"].startswith("local/") and job["started"] for job in jobs)
    assert json.loads(status("--json", "--state", "failed").stdout) == {"jobs": []}
    table = status().stdout.splitlines()
    assert len(table) == 1 + COUNT + 1
    assert table[-1] == f"{COUNT} done, 0 running, 0 blocked, 0 failed"

    watching = subprocess.Popen(
        [sys.executable, "-m", "baocao", "status", "--watch"], cwd=made.root, stdout=subprocess.PIPE, text=True
    )
    assert watching.stdout is not None
    seen = "".join(watching.stdout.readline() for _ in range(2 * len(table)))  # it shows the table again and again
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=60)
    assert seen.count(table[-1]) == 2

    page = made.outputs / "batches" / f"{REPORT}.html"
    links = re.findall(r'href="([^"]+)"', page.read_text(encoding="utf-8"))
    assert len(links) == COUNT
    assert all(
        (page.parent / link).resolve() == folder(made, place) / "report.html" for place, link in enumerate(links, 1)
    )


def test_a_batch_that_is_declared_once(again: Project) -> None:
    declared = {"report": REPORT, "units": f"parent={PROVINCE}", "periods": [PERIOD]}
    (again.params / "batches").mkdir(exist_ok=True)
    (again.params / "batches" / "thu.yaml").write_text(json.dumps(declared), encoding="utf-8")
    command = [sys.executable, "-m", "baocao"]

    def call(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*command, *arguments], cwd=again.root, capture_output=True, text=True, encoding="utf-8", check=False
        )

    listed = {row["id"]: row for row in json.loads(call("list", "batches", "--json").stdout)["batches"]}
    assert listed["thu"] == {"id": "thu", "report": REPORT, "units": f"parent={PROVINCE}", "periods": PERIOD}
    done = call("batch", "thu", "--formats", "html", "--json")
    assert counts(done) == {"done": 0, "unchanged": COUNT, "blocked": 0, "failed": 0}, done.stderr
    assert (again.outputs / "batches" / "thu.html").is_file()
    wrong = call("batch", "thu_")
    assert (wrong.returncode, "did you mean" in wrong.stderr, "thu" in wrong.stderr) == (2, True, True)


def test_a_correction_makes_one_report_anew_and_says_why(again: Project) -> None:
    before = tree(again)
    correct(again, 3)
    told = json.loads(batch(again, "--why", "--json").stdout)
    assert told == {"unchanged": COUNT - 1, "changed": {f"{REPORT}/{PERIOD}/{office(3)}": ["data"]}}
    assert counts(batch(again, "--json"))["done"] == 1
    changed = {name.split("/")[1] for name, text in tree(again).items() if before[name] != text}
    assert changed == {office(3)}


@pytest.mark.parametrize("file", ["params/forms/one-stop-by-field.yaml", "notebooks/trial.ipynb"])
def test_a_changed_file_makes_all_anew_and_is_named(again: Project, file: str) -> None:
    path = again.root / file
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    changed = json.loads(batch(again, "--why", "--json").stdout)["changed"]
    assert list(changed.values()) == [[file]] * COUNT


def test_a_folder_that_is_gone_is_made_again(again: Project) -> None:
    shutil.rmtree(folder(again, 2))
    assert list(json.loads(batch(again, "--why", "--json").stdout)["changed"].values()) == [["its folder is gone"]]
    assert counts(batch(again, "--json"))["done"] == 1
    assert complete(folder(again, 2))


@pytest.mark.parametrize("options", [["--isolation", "worker"], ["--engine", "nbclient"], ["--workers", "1"]])
def test_the_same_bytes_however_it_runs(made: Project, tmp_path: Path, options: list[str]) -> None:
    done = batch(made, "--json", *options, env={"BAOCAO_OUTPUTS": str(tmp_path / "other")})
    assert counts(done)["done"] == COUNT, done.stdout + done.stderr
    other = tmp_path / "other" / REPORT
    for name, text in tree(made).items():
        if not name.endswith("manifest.json"):
            assert (other / name).read_bytes() == (made.outputs / REPORT / name).read_bytes(), (name, text)


@pytest.mark.skipif(not CAN_FORK, reason="this system cannot fork")
@pytest.mark.parametrize("isolation", ["fork", "worker"])
def test_a_few_bad_notebooks_harm_no_other(project: Project, isolation: str) -> None:
    mischief = {
        1: "1 / 0",
        2: "while True: __import__('time').sleep(0.01)",
        3: "import time, signal; signal.signal(signal.SIGALRM, signal.SIG_IGN); time.sleep(600)",
        4: "eaten = [bytearray(10_000_000) for _ in range(200)]; import time; time.sleep(600)",
        5: "import os; os._exit(3)",
    }
    many_offices(project, 8, mischief)
    limit(project, seconds=20, memory_mb=900)
    done = batch(project, "--json", "--isolation", isolation)
    assert done.returncode == 1
    assert counts(done) == {"done": 3, "unchanged": 0, "blocked": 0, "failed": 5}
    told = {entry["name"].split("/")[-1]: entry["text"] for entry in json.loads(done.stdout)["outcomes"]}
    words = {1: "ZeroDivisionError", 2: "20 s it may", 3: "20 s it may", 4: "900 MB it may", 5: "exited with code"}
    for number, word in words.items():
        assert word in told[office(number)]
        assert "cell" in told[office(number)]
        assert (folder(project, number).with_name(office(number) + "~failed") / "report.ipynb").is_file()
        assert not folder(project, number).exists()
    assert all(complete(folder(project, number)) for number in (6, 7, 8))


def without_data(project: Project, number: int) -> None:
    """Register another office, of which nothing is stored."""
    with (project.params / "units" / f"{PROVINCE}.csv").open("a", encoding="utf-8") as file:
        file.write(f"{office(number)},UBND xã Mới,Mới,commune,xa,{PROVINCE},,,,\n")


def test_missing_data_block_one_report_and_are_said(again: Project) -> None:
    without_data(again, 99)
    done = batch(again, "--json")
    (failure,) = (entry for entry in json.loads(done.stdout)["outcomes"] if entry["state"] not in ("done", "unchanged"))
    assert failure["name"].endswith(office(99))
    assert counts(done)["done"] == COUNT  # a unit more is another registry for every report
    assert not folder(again, 99).exists()


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


def test_the_last_good_output_outlives_a_failure(again: Project) -> None:
    before = tree(again)
    many_offices(again, COUNT, {2: "raise RuntimeError('broken')"})
    assert counts(batch(again, "--json"))["failed"] == 1
    assert attempts(again, 2) == 1 + 1  # a wrong notebook stays wrong
    now = tree(again)
    kept = [name for name in before if f"/{office(2)}/" in name]
    assert kept
    assert [now[name] for name in kept] == [before[name] for name in kept]


def test_a_place_that_is_a_file_is_an_error(again: Project) -> None:
    shutil.rmtree(folder(again, 4))
    folder(again, 4).write_text("a file where a folder should be")
    done = batch(again, "--json")
    assert (done.returncode, counts(done)["failed"]) == (1, 1)
    assert "is a file" in done.stdout


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
        batch_command("--json"), cwd=again.root, preexec_fn=shrink, capture_output=True, text=True, check=False
    )
    assert counts(done)["failed"] == 1, done.stderr
    assert "File too large" in done.stdout
    assert attempts(again, 5) == 1 + 3  # when it was first made; a full disk may have room again a little later
    assert tree(again) == before
    assert counts(batch(again, "--json"))["done"] == 1


def test_ctrl_c_stops_cleanly_and_the_next_batch_goes_on(again: Project) -> None:
    shutil.rmtree(again.outputs)
    many_offices(again, COUNT, dict.fromkeys(range(2, COUNT + 1), "import time; time.sleep(2)"))
    running = subprocess.Popen(batch_command(), cwd=again.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _wait_for_one(again)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode != 0
    made_so_far = len(finished(again))
    assert made_so_far > 0
    resumed = counts(batch(again, "--json"))
    assert resumed["done"] + resumed["unchanged"] == COUNT
    assert made_so_far - 2 <= resumed["unchanged"] <= made_so_far  # what was just put in place may not be noted yet


def _wait_for_one(project: Project) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not finished(project):
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("count", "kills"), [(12, 3), pytest.param(300, 50, marks=pytest.mark.full)], ids=["short", "full"]
)
def test_kills_at_random_moments_leave_no_trace(project: Project, tmp_path: Path, count: int, kills: int) -> None:
    """Workers and parent are killed without warning; resumed each time, the tree is that of an undisturbed run."""
    many_offices(project, count)
    undisturbed = copy_project(tmp_path / "undisturbed")
    many_offices(undisturbed, count)
    assert counts(batch(undisturbed, "--json"))["done"] == count

    chance = random.Random(count)  # noqa: S311 -- moments, not secrets
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
        last = batch(project, "--json")
    finally:
        over.set()
        watcher.join()
    assert counts(last)["failed"] == 0
    assert tree(project) == tree(undisturbed)
    assert halves == []


def _children(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)] if psutil.pid_exists(pid) else []


def _watch(project: Project, halves: list[Path], over: threading.Event) -> None:
    """Look for a folder that is there but not whole."""
    while not over.wait(0.002):
        places = (place for place in project.outputs.glob(f"{REPORT}/*/*") if not place.name.startswith("."))
        halves += [place for place in places if "~" not in place.name and not complete(place) and place.exists()]


def test_workers_of_a_cluster_make_the_same_and_one_may_die(made: Project, tmp_path: Path) -> None:
    from distributed import LocalCluster

    where = {"BAOCAO_OUTPUTS": str(tmp_path / "other")}
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        command = batch_command("--json", "--cluster", cluster.scheduler_address)
        running = subprocess.Popen(
            command,
            cwd=made.root,
            env={**os.environ, **where},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        other = Project(made.root)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not finished(other, tmp_path / "other"):
            time.sleep(0.05)
        nanny = next(iter(cluster.workers.values()))
        os.kill(nanny.pid, signal.SIGKILL)
        out, err = running.communicate(timeout=300)
    assert running.returncode == 0, out + err
    for name in tree(other):
        if not name.endswith("manifest.json"):
            assert (tmp_path / "other" / REPORT / name).read_bytes() == (other.outputs / REPORT / name).read_bytes()
