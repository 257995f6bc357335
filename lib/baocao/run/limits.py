"""What a notebook may use, watched from outside: a cell that never ends or eats memory cannot watch itself."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Literal

import psutil

from baocao.errors import BaocaoError
from baocao.project import LimitSettings

#: Which limit a notebook went over.
Excess = Literal["time", "memory", "processes"]
#: A tree of processes is looked through this often; its root far more often, which costs next to nothing.
TREE_SECONDS = 0.5
#: A cell that the alarm does not reach (it computes in C, or swallows every exception) is killed so much later.
GRACE_SECONDS = 5.0


class TimeLimitError(BaocaoError):
    """A notebook ran longer than it may."""


@dataclass(frozen=True)
class Limits:
    """What one notebook may use, with all processes it starts.

    Attributes
    ----------
    seconds
        Wall time.
    memory_mb
        Resident memory.
    processes
        Processes it may have started at a time.
    """

    seconds: float = 600
    memory_mb: int = 2000
    processes: int = 32

    @classmethod
    def set_in(cls, settings: LimitSettings) -> "Limits":
        """Those of `params/project.yaml`."""
        return cls(settings.seconds, settings.memory_mb, settings.processes)

    def told(self, excess: Excess) -> str:
        """What to say of a notebook that went over a limit."""
        match excess:
            case "time":
                return f"ran longer than the {self.seconds:g} s it may; raise limits.seconds in params/project.yaml"
            case "memory":
                return f"used more than the {self.memory_mb} MB it may; raise limits.memory_mb in params/project.yaml"
            case "processes":
                return f"started more than the {self.processes} processes it may"


class Watch:
    """Looks after one process and all it starts.

    Parameters
    ----------
    pid
        The process.
    orphans_of
        Another process, to which its orphans come: what is below that one from now on belongs to it too.
    """

    def __init__(self, pid: int, limits: Limits, orphans_of: int | None = None) -> None:
        self._limits = limits
        self._root = _process(pid)
        self._above = None if orphans_of is None else _process(orphans_of)
        self._others_of_above = {child for child in _children(self._above) if child != self._root}
        self._started = self._tree_seen = time.monotonic()

    def excess(self) -> Excess | None:
        """The limit it is over now, if any."""
        now = time.monotonic()
        if now - self._started > self._limits.seconds + GRACE_SECONDS:
            return "time"
        megabytes = _megabytes(self._root)
        if now - self._tree_seen > TREE_SECONDS:
            self._tree_seen = now
            others = self._others()
            if len(others) > self._limits.processes:
                return "processes"
            megabytes += sum(map(_own_megabytes, others))
        return "memory" if megabytes > self._limits.memory_mb else None

    def kill(self) -> None:
        """End it and everything it started, however fast that multiplies."""
        root = {self._root} if self._root else set()
        for _ in range(100):
            # All are stopped before any is killed: one that runs could multiply, and the children of one that is gone
            # would not be found any more.
            stopped: set[psutil.Process] = set()
            while found := (root | set(self._others())) - stopped:
                for process in found:
                    with suppress(psutil.Error):
                        process.suspend()
                stopped |= found
            for process in stopped:
                with suppress(psutil.Error):
                    process.kill()
            if not self._others():
                return

    def _others(self) -> list[psutil.Process]:
        mine = {child for child in _children(self._above) if child not in self._others_of_above}
        if self._root is not None:
            mine.add(self._root)
        below = {found for process in mine for found in _children(process, recursive=True)}
        return [process for process in (mine | below) - {self._root} if _running(process)]


def _children(process: psutil.Process | None, *, recursive: bool = False) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return process.children(recursive=recursive) if process else []
    return []


def _process(pid: int) -> psutil.Process | None:
    with suppress(psutil.Error):
        return psutil.Process(pid)
    return None


def _megabytes(process: psutil.Process | None) -> float:
    with suppress(psutil.Error):
        return process.memory_info().rss / 1e6 if process else 0.0
    return 0.0


def _own_megabytes(process: psutil.Process) -> float:
    """Without what a forked process shares with the one it came from."""
    with suppress(psutil.Error):
        return float(process.memory_full_info().uss) / 1e6
    return 0.0


def _running(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TimeLimitError in the cell that runs once the time is over, so that its traceback shows where."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(_: int, __: FrameType | None) -> None:
        raise TimeLimitError(Limits(seconds=seconds).told("time"))

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def adopt_orphans() -> None:
    """Make this process the parent of whatever its descendants leave behind (Linux; elsewhere nothing happens)."""
    _prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def die_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends (Linux; elsewhere it ends at its next message).

    Parameters
    ----------
    parent
        Its number; a parent that is gone by now would not be missed any more.
    """
    _prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if sys.platform == "linux" and os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
