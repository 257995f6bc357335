"""A batch on a Dask scheduler: its workers make the reports, each through a host of its own.

The workers see the same project, store and outputs (a shared folder, or a store on `s3://`). A report whose worker is
lost is made by another one: Dask runs the task again, and a folder appears whole or not at all.
"""

import multiprocessing
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baocao.errors import ConfigurationError
from baocao.project import Project
from baocao.run.children import Ending, Isolation, Task
from baocao.run.limits import Limits
from baocao.run.slots import Slot
from baocao.run.tasks import Heard, report_task

if TYPE_CHECKING:
    from baocao.run.batch import BatchOptions, Job, Note

CONNECT_SECONDS = 10
#: Reports handed to the scheduler at a time, for each worker thread: enough to keep it busy, few enough to forget.
AHEAD = 4


@dataclass(frozen=True)
class _Ended:
    """What a worker says of a task: how it ended, and what was heard of it."""

    ending: Ending
    heard: Heard


class ClusterPool:
    """Workers of a Dask scheduler.

    Raises
    ------
    ConfigurationError
        If the scheduler does not answer or has no worker.
    """

    def __init__(self, address: str, project: Project, options: "BatchOptions") -> None:
        from distributed import Client

        connect: Any = Client
        try:
            self._client = connect(address, timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"--cluster {address}: no Dask scheduler answers there ({error})") from None
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        self._threads = int(sum(worker["nthreads"] for worker in workers))
        if not self._threads:
            self._client.close()
            raise ConfigurationError(f"--cluster {address}: the scheduler has no worker; start one with `dask worker`")
        self._options = options
        self._project = project

    def __enter__(self) -> "ClusterPool":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def size(self) -> int:
        """Reports made at a time."""
        return self._threads

    def run_all(self, tasks: Iterator[Task]) -> None:
        """Run tasks whose failure harms nobody."""
        with suppress(Exception):
            self._client.gather([self._submit(task) for task in tasks], errors="skip")

    def make(self, project: Project, frozen: Path, jobs: Sequence["Job"], note: "Note") -> Iterator[Any]:
        """Make the reports; yields each one's outcome as it ends."""
        from distributed import as_completed

        waiting = list(reversed(jobs))
        running: dict[Any, Job] = {}
        pending: Any = as_completed()  # type: ignore[no-untyped-call]
        while waiting or running:
            while waiting and len(running) < AHEAD * self._threads:
                job = waiting.pop()
                note.begun(job, "cluster")
                options = self._options
                future = self._submit(
                    report_task(project, frozen, job.request, job.folder, options.formats, options.engine)
                )
                running[future.key] = job
                pending.add(future)
            future = next(pending)
            job = running.pop(future.key)
            try:
                ended: _Ended = future.result()
            except Exception as error:  # every worker it was given to was lost
                ended = _Ended(Ending("died", f"{type(error).__name__}: {error}"), Heard())
            outcome = note.ended(job, ended.ending, ended.heard)
            if outcome is None:
                waiting.append(job)
            else:
                yield outcome

    def _submit(self, task: Task) -> Any:
        return self._client.submit(
            _run_there, task, self._project, self._options.isolation, self._options.limits, pure=False
        )


_slots: dict[int, Slot] = {}


def _run_there(task: Task, project: Project, isolation: Isolation, limits: Limits) -> _Ended:
    """On a worker: run a task in the slot of this thread."""
    multiprocessing.current_process().daemon = False  # Dask's workers are, and such a process may not have children
    thread = threading.get_ident()
    if thread not in _slots:
        _slots[thread] = Slot(project, isolation, limits)
    slot = _slots[thread]
    slot.start(task)
    ending = slot.host.listen(slot.heard.hear)
    slot.ended(ending)
    return _Ended(ending, slot.heard)
