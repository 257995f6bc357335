"""The same job in two processes that share nothing but the data: every byte of every file is the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from baocao.project import Project
from tests.integration.made_reports import deliver_tables

RUN = ("run", "portal-dispatch", "--unit", "tuan-giao", "--period", "2020-Q1", "--formats", "ipynb,html,pdf,docx,xlsx")
OUTPUT = Path("outputs") / "portal-dispatch" / "2020-Q1" / "tuan-giao"
#: Python imports it first: the clock then stands years ahead, for everything written in Python.
CLOCK = """
import ctypes, datetime, gc, time

AHEAD = 7.3 * 365 * 86400
real = {name: getattr(time, name) for name in ("time", "time_ns", "localtime", "gmtime")}
time.time = lambda: real["time"]() + AHEAD
time.time_ns = lambda: real["time_ns"]() + int(AHEAD * 10**9)
time.localtime = lambda seconds=None: real["localtime"](time.time() if seconds is None else seconds)
time.gmtime = lambda seconds=None: real["gmtime"](time.time() if seconds is None else seconds)


def put(kind, name, function):
    gc.get_referents(kind.__dict__)[0][name] = classmethod(function)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


put(datetime.datetime, "now", lambda kind, tz=None: kind.fromtimestamp(time.time(), tz))
put(datetime.datetime, "utcnow", lambda kind: kind.utcfromtimestamp(time.time()))
put(datetime.date, "today", lambda kind: kind.fromtimestamp(time.time()))
"""


def run(folder: Path, project: Project, env: dict[str, str], cores: set[int]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "baocao", *RUN],
        cwd=folder,
        env={**os.environ, "BAOCAO_PROJECT": str(project.root), **env},
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot bind a process to a processor")
def test_every_byte_is_the_same_on_another_machine(project: Project, tmp_path: Path) -> None:
    """Other time zone, language, hash seed, folder, user, number of processors and clock."""
    deliver_tables(project)
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(CLOCK, encoding="utf-8")
    (tmp_path / "home").mkdir()
    elsewhere = Project(Path(shutil.copytree(project.root, tmp_path / "một nơi khác" / "kho")))
    cores = sorted(os.sched_getaffinity(0))
    plain = {"TZ": "UTC", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "USER": "an", "LOGNAME": "an"}
    other = {
        "TZ": "Pacific/Kiritimati",
        "LANG": "vi_VN",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "4242",
        "USER": "bình",
        "LOGNAME": "bình",
        "HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(tmp_path / "clock"),
        "COLUMNS": "40",
    }
    ahead = subprocess.run(
        [sys.executable, "-c", "import datetime, time; print(datetime.date.today().year, time.gmtime().tm_year)"],
        env={**os.environ, **other},
        capture_output=True,
        text=True,
        check=True,
    )
    here = subprocess.run(
        [sys.executable, "-c", "import datetime; print(datetime.date.today().year)"],
        env={**os.environ, **plain},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {int(year) - int(here.stdout) for year in ahead.stdout.split()} <= {7, 8}, "the clock was not moved"
    run(project.root, project, plain, set(cores))
    run(tmp_path / "home", elsewhere, other, {cores[0]})
    made = [
        {path.name: path.read_bytes() for path in sorted((root / OUTPUT).iterdir())}
        for root in (project.root, elsewhere.root)
    ]
    assert len(made[0]) == 8 and made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []
