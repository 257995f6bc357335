"""A task in a process of its own: forked from one that has the imports done, or sent to one that keeps them.

A task is a function that is given `send` and may tell what happens through it. It cannot harm anybody else: it is
watched, and whatever becomes of it, the one who started it hears an `Ending`.
"""

import gc
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Literal

from baocao.run.limits import Limits, Watch, adopt_orphans, die_with_parent

Send = Callable[[Any], None]
#: Top-level functions and partials of them only: they travel between processes.
Task = Callable[[Send], None]
Isolation = Literal["fork", "worker"]

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
#: How often a running task is looked at.
LOOK_SECONDS = 0.05
#: What a host says when it has done its imports and begins a task.
BEGUN = "begun"


@dataclass(frozen=True)
class Ending:
    """How a task ended: `done`, over a limit, or `died` (killed or crashed; `detail` says what is known)."""

    kind: Literal["done", "time", "memory", "processes", "died"]
    detail: str = ""


def run_forked(task: Task, on_message: Callable[[Any], None], limits: Limits) -> Ending:
    """Run a task in a child forked from this process and return when it has ended.

    This process must have one thread and must not have used deltalake, typst or polars: a child would hang or panic.
    """
    receiver, sender = multiprocessing.Pipe(duplex=False)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        receiver.close()
        _in_child(task, sender, parent)
    sender.close()
    watch = Watch(pid, limits, orphans_of=parent)
    ending: Ending | None = None
    with receiver:
        while True:
            try:
                if receiver.poll(LOOK_SECONDS):
                    on_message(receiver.recv())
                    continue
            except (EOFError, OSError):
                break
            excess = watch.excess()
            if excess is not None:
                ending = Ending(excess, limits.told(excess))
                break
    if ending is not None:
        watch.kill()
    _, status = os.waitpid(pid, 0)
    watch.kill()
    while _reap():
        pass
    if ending is not None:
        return ending
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return Ending("died", f"was killed by signal {signal.Signals(-code).name}")
    return Ending("done") if code == 0 else Ending("died", f"exited with code {code}")


def _in_child(task: Task, sender: Connection, parent: int) -> None:
    code = 1
    # It lives for a second: looking for garbage as often as usual would be a fifth of its work.
    gc.set_threshold(100_000, 50, 50)
    try:
        die_with_parent(parent)
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        task(sender.send)
        code = 0
    except BaseException:  # also SystemExit and KeyboardInterrupt: nothing may unwind into the code of the parent
        with suppress(Exception):
            sys.__stderr__.write(traceback.format_exc())  # type: ignore[union-attr]
    finally:
        with suppress(Exception):
            sender.close()
        os._exit(code)


def _reap() -> bool:
    """Take leave of an orphan that came to us."""
    try:
        pid, _ = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return pid != 0


class Host:
    """A process that has done the imports and runs one task after the other, each forked from it or in itself.

    Parameters
    ----------
    prepare
        Called once in it: imports and whatever else tasks share.
    isolation
        `fork`: every task has a child of its own. `worker`: the process runs it itself.
    """

    def __init__(self, prepare: Callable[[], None], isolation: Isolation, limits: Limits) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, prepare, isolation, limits, os.getpid()), daemon=False
        )
        self._process.start()
        theirs.close()
        self._limits = limits
        self._outside = isolation == "worker"
        self._watch: Watch | None = None

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def start(self, task: Task) -> None:
        """Give it a task; its messages and at last an `Ending` come over `connection`."""
        self._watch = None
        self.connection.send(task)

    def receive(self) -> Any:
        """The next message, an `Ending` where it is the last, None for one that is not meant for anybody."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            return self.died()
        if message != BEGUN:
            return message
        if self._outside:
            self._watch = Watch(self.pid, self._limits)
        return None

    def listen(self, on_message: Callable[[Any], None]) -> Ending:
        """Hear the task to its end."""
        while True:
            if self.connection.poll(LOOK_SECONDS):
                message = self.receive()
                if isinstance(message, Ending):
                    return message
                if message is not None:
                    on_message(message)
            elif ending := self.excess():
                self.kill()
                return ending

    def excess(self) -> Ending | None:
        """Over which limit the task is that runs in the process itself; a forked one is watched by the process."""
        excess = self._watch.excess() if self._watch is not None else None
        return None if excess is None else Ending(excess, self._limits.told(excess))

    def died(self) -> Ending:
        """What is known of a process whose connection has ended."""
        self._process.join(5)
        code = self._process.exitcode
        if code is not None and code < 0:
            return Ending("died", f"its worker was killed by signal {signal.Signals(-code).name}")
        return Ending("died", f"its worker exited with code {code}")

    def close(self) -> None:
        """End the process after its task; it is not asked twice."""
        with suppress(OSError):
            self.connection.close()
        self._process.join(2)
        self.kill()

    def kill(self) -> None:
        """End the process and all it started, now."""
        if self._process.is_alive():
            Watch(self.pid, self._limits).kill()
        self._process.join(5)
        with suppress(OSError):
            self.connection.close()


def _serve(
    connection: Connection, prepare: Callable[[], None], isolation: Isolation, limits: Limits, parent: int
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(parent)
    adopt_orphans()
    prepare()
    gc.collect()
    gc.freeze()  # what is there by now is never garbage, and a child that looked through it would copy every page
    while True:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            os._exit(0)  # not by the long way: what is frozen would look like a leak
        connection.send(BEGUN)
        if isolation == "fork":
            ending = run_forked(task, connection.send, limits)
        else:
            try:
                task(connection.send)
                ending = Ending("done")
            except BaseException as error:  # a cell may raise SystemExit, too, and must not end the worker unheard
                ending = Ending("died", f"{type(error).__name__}: {error}")
        try:
            connection.send(ending)
        except OSError:
            os._exit(1)
