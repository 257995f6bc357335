"""`baocao` without the seconds its imports take: in a process forked from one that has done them.

The tests start this module as a program. It is given orders, a line of JSON each, and answers with exit codes. All else
is as if the command had been called: its folder, its variables, the files for what it says, and its end.
"""

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
Ended = subprocess.CompletedProcess[str]
#: A command that takes longer is killed.
SECONDS = 180


class Warm:
    """The process that has the imports done; the first call starts it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def call(
        self, folder: Path, arguments: Sequence[str], env: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        """`baocao …` in a folder, with these variables and no others."""
        if self._process is None:
            command = [sys.executable, "-m", "tests.integration.warm"]
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        with tempfile.TemporaryDirectory() as kept:
            told = [f"{kept}/{name}" for name in ("stdout", "stderr")]
            order = {"folder": str(folder), "arguments": arguments, "env": dict(env), "told": told}
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
            assert answer, "the process that has the imports done has died"
            out, err = (Path(name).read_text(encoding="utf-8") for name in told)
        return subprocess.CompletedProcess(["baocao", *arguments], int(answer), out, err)

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.communicate(timeout=SECONDS)
            self._process = None


def _serve() -> NoReturn:
    _prepare()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _command(**json.loads(line))
        signal.signal(signal.SIGALRM, lambda *_, group=child: os.killpg(group, signal.SIGKILL))
        signal.alarm(SECONDS)
        _, status = os.waitpid(child, 0)
        signal.alarm(0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    os._exit(0)


def _prepare() -> None:
    """Do what a worker of a batch does before it forks, and import what only other commands need."""
    from baocao.light_imports import import_great_expectations
    from baocao.project import Project
    from baocao.run.tasks import prepare_for_reports

    import_great_expectations()
    prepare_for_reports(Project(ROOT))
    import docx  # noqa: F401
    import openpyxl  # noqa: F401
    import xlsxwriter  # noqa: F401

    gc.collect()
    gc.freeze()


def _command(folder: str, arguments: Sequence[str], env: Mapping[str, str], told: Sequence[str]) -> NoReturn:
    """Be the command, and end as a process does, but for taking apart what was imported."""
    from baocao.cli.main import main

    os.setpgid(0, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in enumerate(told, start=1):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(folder)
    code: object = 0
    try:
        main(arguments)
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    _serve()
