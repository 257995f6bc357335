"""A batch on a Dask scheduler: its workers make the reports, each through a host of its own.

The workers see the same project, store and outputs (a shared folder, or a store on `s3://`). A report whose worker is
lost is made by another one: Dask runs the task again, and a folder appears whole or not at all.
"""

import multiprocessing
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baocao.errors import ConfigurationError
from baocao.project import Project
from baocao.run.children import Ending, Host, Isolation, Task
from baocao.run.limits import Limits
from baocao.run.tasks import CellStarted, Made, NotMade, prepare_for_reports, report_task

if TYPE_CHECKING:
    from baocao.run.batch import BatchOptions, Job, Note

CONNECT_SECONDS = 10
#: Reports handed to the scheduler at a time, for each worker thread: enough to keep it busy, few enough to forget.
AHEAD = 4


@dataclass(frozen=True)
class _Ended:
    """What a worker says of a task: its ending, its answer if it gave one, the last cell, and where it ran."""

    ending: Ending
    answer: Made | NotMade | None
    cell: int | None
    worker: str


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
                ended = _Ended(Ending("died", f"{type(error).__name__}: {error}"), None, None, "")
            job.cell = ended.cell
            outcome = note.ended(job, ended.ending, ended.answer)
            if outcome is None:
                waiting.append(job)
            else:
                yield outcome

    def _submit(self, task: Task) -> Any:
        return self._client.submit(
            _run_there, task, self._project, self._options.isolation, self._options.limits, pure=False
        )


_hosts: dict[int, Host] = {}


def _run_there(task: Task, project: Project, isolation: Isolation, limits: Limits) -> _Ended:
    """On a worker: run a task in the host of this thread."""
    multiprocessing.current_process().daemon = False  # Dask's workers are, and such a process may not have children
    thread = threading.get_ident()
    host = _hosts.get(thread)
    if host is None or not host.alive:
        host = _hosts[thread] = Host(partial(prepare_for_reports, project), isolation, limits)
    cell: int | None = None
    answer: Made | NotMade | None = None

    def hear(message: object) -> None:
        nonlocal cell, answer
        if isinstance(message, CellStarted):
            cell = message.cell
        elif isinstance(message, Made | NotMade):
            answer = message

    host.start(task)
    return _Ended(host.listen(hear), answer, cell, str(host.pid))
