"""Many reports: only those that changed, several at a time, each in a process of its own, resumable after any crash."""

import getpass
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Literal

from baocao.project import Project
from baocao.run.batch_page import write_batch_page
from baocao.run.children import CAN_FORK, LOOK_SECONDS, Ending, Isolation, Task
from baocao.run.cluster import ClusterPool
from baocao.run.fingerprint import Fingerprint, Fingerprints, changed_parts
from baocao.run.folders import sweep
from baocao.run.freezing import Digests, freeze, summarise_ahead
from baocao.run.ledger import Ledger, State
from baocao.run.limits import Limits
from baocao.run.request import RunRequest
from baocao.run.slots import Slot
from baocao.run.tasks import Heard, Made, NotMade, checks_task, leave_word, report_task
from baocao.units import load_registry

#: What can pass is tried again so many times, after so many seconds each.
PAUSES = (1.0, 5.0)
#: Left in a frozen store by a batch that made what it changed.
LOOKED_AT = "looked-at"
#: Checks of so many reports are judged at once; fewer than a few are left to the reports themselves.
CHECKED_AT_ONCE, CHECKED_AHEAD_FROM = 200, 4


@dataclass
class Job:
    """A report to be made."""

    request: RunRequest
    folder: Path
    name: str
    print: Fingerprint
    attempts: int = 0
    started: float = 0.0
    not_before: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """How a report of a batch ended."""

    name: str
    state: State | Literal["unchanged"]
    seconds: float = 0.0
    text: str = ""


@dataclass
class BatchResult:
    """How all reports of a batch ended, in the order they did."""

    outcomes: list[Outcome] = field(default_factory=list)

    def count(self, state: str) -> int:
        return sum(outcome.state == state for outcome in self.outcomes)

    @property
    def failures(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.state in ("failed", "blocked")]


@dataclass(frozen=True)
class BatchOptions:
    """How a batch is to run.

    Attributes
    ----------
    workers
        Reports made at a time.
    force
        Make also what has not changed.
    """

    formats: Sequence[str]
    workers: int
    isolation: Isolation = "fork" if CAN_FORK else "worker"
    engine: str = "baocao"
    limits: Limits = field(default_factory=Limits)
    force: bool = False


Tell = Callable[[Outcome], None]


def plan(
    project: Project, requests: Sequence[RunRequest], options: BatchOptions, frozen: Path
) -> tuple[list[Job], list[Job]]:
    """Reports that must be made, and those that would come out as they are."""
    prints = Fingerprints(project, options.formats)
    digests = Digests(frozen, load_registry(project))
    outputs = project.outputs
    done = Ledger(outputs).done_keys()
    todo: list[Job] = []
    unchanged: list[Job] = []
    for request in requests:
        folder = request.folder(outputs)
        name = folder.relative_to(outputs).as_posix()
        job = Job(request, folder, name, prints.of(request, digests.of(request)))
        same = done.get(name) == job.print.key and (folder / "manifest.json").is_file()
        (unchanged if same and not options.force else todo).append(job)
    return todo, unchanged


def why(project: Project, job: Job) -> list[str]:
    """What changed since a report was last made, by name; `new` where it never was."""
    before = Ledger(project.outputs).parts(job.name)
    if not before:
        return ["new"]
    if not (job.folder / "manifest.json").is_file():
        return ["its folder is gone"]
    return changed_parts(before, {**job.print.shared.parts, **job.print.own})


def run_batch(
    project: Project,
    name: str,
    requests: Sequence[RunRequest],
    options: BatchOptions,
    tell: Tell = lambda _: None,
    *,
    cluster: str | None = None,
) -> BatchResult:
    """Make every report that changed; the others are as they were.

    Parameters
    ----------
    name
        What the ledger calls the batch.
    tell
        Called with the outcome of every report as it ends.
    cluster
        Address of a Dask scheduler whose workers make the reports; by default processes of this machine do.

    A report that fails leaves its last good output as it was and harms no other one. KeyboardInterrupt ends all work
    at once; the next batch goes on with what is missing.
    """
    with LocalPool(project, options) as local:

        def start_one() -> None:
            """New data or code change some report: what makes it can start while that is found out."""
            if cluster is None:
                local.grow(1)

        frozen = freeze(project, on_new=start_one)
        looked_at = frozen / LOOKED_AT
        if not looked_at.exists():
            start_one()
        todo, unchanged = plan(project, requests, options, frozen)
        result = BatchResult()

        def hear(outcome: Outcome) -> None:
            result.outcomes.append(outcome)
            tell(outcome)

        parents = {job.folder.parent for job in (*todo, *unchanged)}
        sweep(parents)
        for job in unchanged:
            hear(Outcome(job.name, "unchanged"))
        ledger = Ledger(project.outputs)
        number = ledger.open_batch(name, getpass.getuser(), len(requests))
        if todo:
            ledger.keep_shared(todo[0].print.shared.key, todo[0].print.shared.parts)
            with local.grow(len(todo)) if cluster is None else ClusterPool(cluster, project, options) as pool:
                summarise_ahead(project, frozen, [job.request for job in todo])
                if len(todo) >= CHECKED_AHEAD_FROM:
                    pool.run_all(_checks(project, frozen, todo, pool.size))
                for outcome in pool.make(project, frozen, todo, Note(project, ledger)):
                    hear(outcome)
            sweep(parents)  # a worker that was killed may have left a draft of a report another one made
    with suppress(OSError):
        looked_at.touch()
    write_batch_page(project, name, [outcome.name for outcome in result.outcomes])
    ledger.close_batch(number, result.count("done"), result.count("unchanged"), len(result.failures))
    return result


def _checks(project: Project, frozen: Path, jobs: Sequence[Job], workers: int) -> Iterator[Task]:
    size = min(CHECKED_AT_ONCE, -(-len(jobs) // workers))
    for start in range(0, len(jobs), size):
        yield checks_task(project, frozen, [job.request for job in jobs[start : start + size]])


class LocalPool:
    """Hosts on this machine."""

    def __init__(self, project: Project, options: BatchOptions) -> None:
        self._project = project
        self._options = options
        self._slots: list[Slot] = []

    def __enter__(self) -> "LocalPool":
        return self

    def __exit__(self, *_: object) -> None:
        for slot in self._slots:
            slot.host.kill()
        self._slots.clear()

    def grow(self, jobs: int) -> "LocalPool":
        """Have as many hosts as so many reports can use."""
        for _ in range(len(self._slots), min(self._options.workers, jobs)):
            self._slots.append(Slot(self._project, self._options.isolation, self._options.limits))
        return self

    @property
    def size(self) -> int:
        """Reports made at a time."""
        return len(self._slots)

    def run_all(self, tasks: Iterator[Task]) -> None:
        """Run tasks whose failure harms nobody."""
        busy: set[int] = set()
        while True:
            for place, slot in enumerate(self._slots):
                if place not in busy and (task := next(tasks, None)) is not None:
                    slot.start(task)
                    busy.add(place)
            if not busy:
                return
            for place, message in self._messages(busy):
                if isinstance(message, Ending):
                    busy.discard(place)

    def make(self, project: Project, frozen: Path, jobs: Sequence[Job], note: "Note") -> Iterator[Outcome]:
        """Make the reports; yields each one's outcome as it ends."""
        waiting = deque(jobs)
        busy: dict[int, Job] = {}
        try:
            while waiting or busy:
                for place, slot in enumerate(self._slots):
                    job = None if place in busy else _ready(waiting)
                    if job is None:
                        continue
                    note.begun(job, f"local/{slot.host.pid}")
                    task = report_task(
                        project, frozen, job.request, job.folder, self._options.formats, self._options.engine
                    )
                    slot.start(task)
                    busy[place] = job
                for place, message in self._messages(busy):
                    if not isinstance(message, Ending):
                        continue
                    job = busy.pop(place)
                    outcome = note.ended(job, message, self._slots[place].heard)
                    if outcome is None:
                        waiting.append(job)
                    else:
                        yield outcome
        except BaseException:  # Ctrl-C, or whoever takes the outcomes stops; it goes on upwards
            for job in busy.values():
                note.stopped(job)
            raise

    def _messages(self, busy: Collection[int]) -> Iterator[tuple[int, object]]:
        """What busy slots have heard now; hosts that died or went over a limit are replaced."""
        by_connection = {self._slots[place].host.connection: place for place in busy}
        ready = wait(list(by_connection), LOOK_SECONDS) if by_connection else []
        if not by_connection:
            time.sleep(LOOK_SECONDS)
        for connection in ready:
            place = by_connection[connection]  # type: ignore[index]
            slot = self._slots[place]
            message = slot.host.receive()
            slot.heard.hear(message)
            if isinstance(message, Ending):
                slot.ended(message)
            if message is not None:
                yield place, message
        for place in sorted(busy):
            slot = self._slots[place]
            excess = slot.host.excess()
            if excess is not None:
                slot.renew()
                yield place, excess


def _ready(waiting: deque[Job]) -> Job | None:
    """The next report that may begin; one that is to be tried again waits its time."""
    for _ in range(len(waiting)):
        if waiting[0].not_before <= time.monotonic():
            return waiting.popleft()
        waiting.rotate(-1)
    return None


class Note:
    """Keeps the ledger of a batch's reports, and says whether one that failed is to be tried again."""

    def __init__(self, project: Project, ledger: Ledger) -> None:
        self._project = project
        self._ledger = ledger

    def begun(self, job: Job, worker: str) -> None:
        """A report is about to be made."""
        job.attempts, job.started = job.attempts + 1, time.monotonic()
        request = job.request
        names = (job.name, request.definition.id, request.unit.code, str(request.period.id))
        self._ledger.begin([names], worker)
        job.folder.parent.mkdir(parents=True, exist_ok=True)

    def ended(self, job: Job, ending: Ending, heard: Heard) -> Outcome | None:
        """Note how a report ended; None if it is to be tried again."""
        seconds, parts, answer = time.monotonic() - job.started, job.print, heard.answer
        if ending.kind == "done" and isinstance(answer, Made):
            self._ledger.finish(job.name, "done", seconds, key=parts.key, own=parts.own, shared=parts.shared.key)
            return Outcome(job.name, "done", seconds)
        may_pass = ending.kind == "died" or (isinstance(answer, NotMade) and answer.may_pass)
        if may_pass and job.attempts <= len(PAUSES):
            job.not_before = time.monotonic() + PAUSES[job.attempts - 1]
            return None
        if isinstance(answer, NotMade):
            state: State = "blocked" if answer.blocked else "failed"
            text = answer.text
        else:
            state, text = "failed", leave_word(self._project, job.request, job.folder, ending, heard.cell)
        self._ledger.finish(job.name, state, seconds, cell=heard.cell, error=text)
        return Outcome(job.name, state, seconds, text)

    def stopped(self, job: Job) -> None:
        """A report was being made when the batch was stopped."""
        with suppress(Exception):
            self._ledger.finish(job.name, "failed", time.monotonic() - job.started, error="stopped")
