"""Batches: only what changed, in every isolation the same, and what the ledger and a page say of it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks.offices import PERIOD, PROVINCE, correct, office

from baocao.project import Project
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
    many_offices,
    tree,
    without_data,
)
from tests.integration.conftest import call, fresh


def test_unchanged_reports_are_left_alone(made_batch: Project) -> None:
    before = {path: path.stat().st_mtime_ns for path in made_batch.outputs.rglob("report.html")}
    assert counts(batch(made_batch, "--json"))["unchanged"] == COUNT
    assert {path: path.stat().st_mtime_ns for path in made_batch.outputs.rglob("report.html")} == before


def test_the_ledger_and_a_page_say_what_became_of_each(made_batch: Project) -> None:
    root = made_batch.root
    jobs = json.loads(fresh(root, "status", "--json").stdout)["jobs"]
    assert [job["unit"] for job in jobs] == [office(number) for number in range(1, COUNT + 1)]
    assert {(job["state"], job["attempts"], job["error"]) for job in jobs} == {("done", 1, None)}
    assert all(job["seconds"] > 0 and job["worker"].startswith("local/") and job["started"] for job in jobs)
    assert json.loads(call(root, "status", "--json", "--state", "failed").stdout) == {"jobs": []}
    table = call(root, "status").stdout.splitlines()
    assert len(table) == 1 + COUNT + 1
    assert table[-1] == f"{COUNT} done, 0 running, 0 blocked, 0 failed"

    watching = subprocess.Popen(
        [sys.executable, "-m", "baocao", "status", "--watch"], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert watching.stdout is not None
    seen = "".join(watching.stdout.readline() for _ in range(2 * len(table)))  # it shows the table again and again
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=60)
    assert seen.count(table[-1]) == 2

    page = made_batch.outputs / "batches" / f"{REPORT}.html"
    links = re.findall(r'href="([^"]+)"', page.read_text(encoding="utf-8"))
    assert len(links) == COUNT
    assert all(
        (page.parent / link).resolve() == folder(made_batch, place) / "report.html"
        for place, link in enumerate(links, 1)
    )


def test_a_batch_that_is_declared_once(again: Project) -> None:
    declared = {"report": REPORT, "units": f"parent={PROVINCE}", "periods": [PERIOD]}
    (again.params / "batches").mkdir(exist_ok=True)
    (again.params / "batches" / "thu.yaml").write_text(json.dumps(declared), encoding="utf-8")
    listed = {row["id"]: row for row in json.loads(call(again.root, "list", "batches", "--json").stdout)["batches"]}
    assert listed["thu"] == {"id": "thu", "report": REPORT, "units": f"parent={PROVINCE}", "periods": PERIOD}
    done = fresh(again.root, "batch", "thu", "--formats", "html", "--json")
    assert counts(done) == {"done": 0, "unchanged": COUNT, "blocked": 0, "failed": 0}, done.stderr
    assert (again.outputs / "batches" / "thu.html").is_file()
    wrong = call(again.root, "batch", "thu_")
    assert (wrong.returncode, "did you mean" in wrong.stderr, "thu" in wrong.stderr) == (2, True, True)


def test_what_changed_is_made_anew_and_it_is_said_why(again: Project) -> None:
    """One correction, one folder that is gone, and one with a file in its place, which is an error."""
    before = tree(again)
    correct(again, 3)
    shutil.rmtree(folder(again, 2))
    shutil.rmtree(folder(again, 4))
    folder(again, 4).write_text("a file where a folder should be")
    told = json.loads(batch(again, "--why", "--json").stdout)
    reasons = {3: ["data"], 2: ["its folder is gone"], 4: ["its folder is gone"]}
    changed = {f"{REPORT}/{PERIOD}/{office(number)}": reason for number, reason in reasons.items()}
    assert told == {"unchanged": COUNT - len(reasons), "changed": changed}
    done = batch(again, *ONE)
    assert (done.returncode, counts(done)) == (1, {"done": 2, "unchanged": COUNT - 3, "blocked": 0, "failed": 1})
    assert "is a file" in done.stdout
    assert complete(folder(again, 2))
    differing = {name.split("/")[1] for name, text in tree(again).items() if before.get(name) != text}
    assert differing == {office(number) for number in reasons}


@pytest.mark.parametrize("file", ["params/forms/one-stop-by-field.yaml", "notebooks/trial.ipynb"])
def test_a_changed_file_makes_all_anew_and_is_named(again: Project, file: str) -> None:
    path = again.root / file
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    changed = json.loads(batch(again, "--why", "--json").stdout)["changed"]
    assert list(changed.values()) == [[file]] * COUNT


@pytest.mark.parametrize(
    ("options", "offices"),
    [(("--isolation", "worker"), COUNT), (("--engine", "nbclient", "--units", f"{office(1)},{office(2)}"), 2)],
    ids=["worker", "nbclient"],
)
def test_the_same_bytes_however_it_runs(
    made_batch: Project, tmp_path: Path, options: tuple[str, ...], offices: int
) -> None:
    done = batch(made_batch, *ONE, *options, env={"BAOCAO_OUTPUTS": str(tmp_path / "other")})
    assert counts(done)["done"] == offices, done.stdout + done.stderr
    other = tmp_path / "other" / REPORT
    assert len(finished(made_batch, tmp_path / "other")) == offices
    for name, text in tree(made_batch).items():
        if not name.endswith("manifest.json") and (other / name).parent.is_dir():
            assert (other / name).read_bytes() == (made_batch.outputs / REPORT / name).read_bytes(), (name, text)


def test_the_last_good_output_outlives_a_failure_and_missing_data_are_said(again: Project) -> None:
    before = tree(again)
    many_offices(again, COUNT, {2: "raise RuntimeError('broken')"})
    without_data(again, 99)
    done = batch(again, *ONE)
    # A unit more is another registry for every report.
    assert counts(done) == {"done": COUNT - 1, "unchanged": 0, "blocked": 1, "failed": 1}, done.stderr
    failures = {entry["state"]: entry["name"] for entry in json.loads(done.stdout)["outcomes"]}
    assert failures["failed"].endswith(office(2)) and failures["blocked"].endswith(office(99))
    assert not folder(again, 99).exists()
    assert attempts(again, 2) == 1 + 1  # a wrong notebook stays wrong
    now = tree(again)
    kept = [name for name in before if f"/{office(2)}/" in name]
    assert kept
    assert [now[name] for name in kept] == [before[name] for name in kept]


def test_workers_of_a_cluster_make_the_same_and_one_may_die(made_batch: Project, tmp_path: Path) -> None:
    from distributed import LocalCluster

    where = {"BAOCAO_OUTPUTS": str(tmp_path / "other")}
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        command = batch_command("--json", "--cluster", cluster.scheduler_address)
        running = subprocess.Popen(
            command,
            cwd=made_batch.root,
            env={**os.environ, **where},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        other = Project(made_batch.root)
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
