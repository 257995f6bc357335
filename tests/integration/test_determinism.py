"""The same job in two processes that share nothing but the data: every byte of every file is the same."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from baocao.project import Project
from tests.integration.made_reports import deliver_tables

RUN = ("run", "portal-dispatch", "--unit", "tuan-giao", "--period", "2020-Q1", "--formats", "ipynb,html,pdf,docx,xlsx")
OUTPUT = Path("outputs") / "portal-dispatch" / "2020-Q1" / "tuan-giao"
#: Number of a user nobody is.
USER = 4242
#: What a process sees of its user, its processors and the clock.
ASKED = (
    "import datetime, os, time; "
    "print(os.geteuid(), len(os.sched_getaffinity(0)), datetime.date.today().year, time.strftime('%Y'), "
    "datetime.datetime.now(datetime.UTC).year, time.gmtime().tm_year)"
)
#: Python imports it first: the clock then stands years ahead, for everything written in Python.
CLOCK = """
import ctypes, datetime, gc, time

AHEAD = 7.3 * 365 * 86400
real = {name: getattr(time, name) for name in ("time", "time_ns", "localtime", "gmtime", "strftime", "ctime")}
time.time = lambda: real["time"]() + AHEAD
time.time_ns = lambda: real["time_ns"]() + int(AHEAD * 10**9)
time.localtime = lambda seconds=None: real["localtime"](time.time() if seconds is None else seconds)
time.gmtime = lambda seconds=None: real["gmtime"](time.time() if seconds is None else seconds)
time.strftime = lambda form, moment=None: real["strftime"](form, time.localtime() if moment is None else moment)
time.ctime = lambda seconds=None: real["ctime"](time.time() if seconds is None else seconds)


def put(kind, name, function):
    gc.get_referents(kind.__dict__)[0][name] = classmethod(function)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


put(datetime.datetime, "now", lambda kind, tz=None: kind.fromtimestamp(time.time(), tz))
put(datetime.datetime, "utcnow", lambda kind: kind.utcfromtimestamp(time.time()))
put(datetime.date, "today", lambda kind: kind.fromtimestamp(time.time()))
"""


def call(
    words: Sequence[str], folder: Path, env: Mapping[str, str], cores: set[int], before: Sequence[str] = ()
) -> "subprocess.CompletedProcess[str]":
    """Python on some processors, started by what stands before it."""
    return subprocess.run(
        [*before, sys.executable, *words],
        cwd=folder,
        env={**os.environ, **env},
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def as_another_user() -> Sequence[str]:
    """What to call a program by so that it finds itself to be another user; nothing where the system cannot."""
    words = [shutil.which("unshare") or "", "--user", f"--map-user={USER}", f"--map-group={USER}"]
    able = words[0] and subprocess.run([*words, sys.executable, "-c", ""], capture_output=True, check=False)
    return words if able and able.returncode == 0 else ()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot bind a process to a processor")
def test_every_byte_is_the_same_on_another_machine(project: Project, tmp_path: Path) -> None:
    """Other time zone, language, hash seed, folder, user, number of processors and clock."""
    deliver_tables(project)
    elsewhere = Project(Path(shutil.copytree(project.root, tmp_path / "một nơi khác" / "kho")))
    for name in ("clock", "home"):
        (tmp_path / name).mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(CLOCK, encoding="utf-8")
    cores = sorted(os.sched_getaffinity(0))
    another = as_another_user()
    plain = {"TZ": "UTC", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "USER": "an", "LOGNAME": "an"}
    changed = {
        "TZ": "Pacific/Kiritimati",
        "LANG": "vi_VN",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "4242",
        "USER": "bình",
        "LOGNAME": "bình",
        "HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join((str(tmp_path / "clock"), os.environ.get("PYTHONPATH", ""))),
        "COLUMNS": "40",
    }
    made, seen = [], []
    for root, folder, variables, used, before in (
        (project.root, project.root, plain, set(cores), ()),
        (elsewhere.root, tmp_path / "home", changed, {cores[0]}, another),
    ):
        env = {**variables, "BAOCAO_PROJECT": str(root)}
        done = call(["-m", "baocao", *RUN], folder, env, used, before)
        assert done.returncode == 0, done.stderr
        made.append({path.name: path.read_bytes() for path in sorted((root / OUTPUT).iterdir())})
        seen.append([int(word) for word in call(["-c", ASKED], folder, env, used, before).stdout.split()])
    (user, processors, year, *_), (other_user, one, *years) = seen
    assert (user, processors) == (os.geteuid(), len(cores))
    assert (other_user, one) == (USER if another else user, 1)
    assert {there - year for there in years} <= {7, 8}, "the clock was not moved"
    manifests = [json.loads(files["manifest.json"]) for files in made]
    assert manifests[0] == manifests[1]  # names what it is where something differs
    assert len(made[0]) == 8 and made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []
