"""Reports made for the desk, in a process of their own that keeps the imports and tells what it is doing."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from baocao.errors import ChecksBlockedError
from baocao.project import Project
from baocao.run.children import CAN_FORK, Ending, Host, Send, Task
from baocao.run.failures import Failure
from baocao.run.limits import Limits, Watch
from baocao.run.request import RunRequest
from baocao.run.tasks import CellStarted, prepare_for_reports


@dataclass(frozen=True)
class Page:
    """A document to look at that is in no folder: a preview, a refusal or a comparison."""

    html: str
    same: bool = False


@dataclass(frozen=True)
class Finished:
    """A report in its folder."""

    folder: Path
    files: Sequence[str]
    warnings: int
    supersedes: Path | None


def preview_task(project: Project, request: RunRequest) -> Task:
    """The task to make a report and put it nowhere."""
    return partial(_telling, partial(_preview, project, request))


def run_task(project: Project, request: RunRequest, formats: Sequence[str]) -> Task:
    """The task to make a report as `baocao run` does."""
    return partial(_telling, partial(_run, project, request, tuple(formats)))


def compare_task(project: Project, request: RunRequest, issued: Path) -> Task:
    """The task to make a report, put it nowhere and explain what it says differently from an issued document."""
    return partial(_telling, partial(_compare, project, request, issued))


def _preview(project: Project, request: RunRequest, send: Send) -> None:
    from baocao.run.job import BLOCKED, make_report

    with _beside(project, request) as (copy, folder):
        try:
            made = make_report(copy, request, ("html",), folder, on_cell=_cells(send))
        except ChecksBlockedError:
            page = folder.with_name(folder.name + BLOCKED) / "report.html"
            send(Page(page.read_text(encoding="utf-8")))
            raise
        send(Page(made.files["report.html"].decode()))


def _run(project: Project, request: RunRequest, formats: Sequence[str], send: Send) -> None:
    from baocao.checks.findings import failed
    from baocao.run.job import run_job

    done = run_job(project, request, formats, on_cell=_cells(send))
    send(Finished(done.folder, list(done.files), len(failed(done.findings)), done.supersedes))


def _compare(project: Project, request: RunRequest, issued: Path, send: Send) -> None:
    from baocao.provenance.explanation import explain
    from baocao.provenance.explanation_document import explanation_document
    from baocao.provenance.side import Side
    from baocao.run.job import make_report

    with _beside(project, request) as (copy, folder):
        made = make_report(copy, request, ("ipynb",), folder, on_cell=_cells(send))
    from baocao.export.formats import FORMATS

    explanation = explain(project, Side.of_folder(issued), Side.of_files(made.files))
    send(Page(FORMATS["html"].make(explanation_document(explanation), {}).decode(), explanation.same))


@contextmanager
def _beside(project: Project, request: RunRequest) -> Iterator[tuple[Project, Path]]:
    """A copy of the project and a folder, both gone afterwards, so that looking at a report writes nothing."""
    from baocao.provenance.manifest import facts_file
    from baocao.run.past import with_facts

    facts = facts_file(project, request.definition.id, request.unit.code, str(request.period.id))
    told = facts.read_text(encoding="utf-8") if facts.is_file() else None
    with (
        with_facts(project, request, told) as copy,
        tempfile.TemporaryDirectory(prefix="baocao-") as scratch,
    ):
        yield copy, Path(scratch) / "report"


def _cells(send: Send) -> Callable[[int], None]:
    return lambda place: send(CellStarted(place + 1))


def _telling(work: Callable[[Send], None], send: Send) -> None:
    """Do the work and tell what went wrong, if anything; what lies in a scratch folder is not worth naming."""
    try:
        work(send)
    except Exception as error:  # nobody else would hear of it in this process
        send(Failure.of(error))


class Maker:
    """The process in which the desk's reports are made, one after the other; used by one thread, stopped by any."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._limits = Limits.set_in(project.settings.limits)
        self._host: Host | None = None

    def warm(self) -> Host:
        """The process, with its imports under way."""
        if self._host is None or not self._host.alive:
            prepare = partial(prepare_for_reports, self._project)
            self._host = Host(prepare, "fork" if CAN_FORK else "worker", self._limits)
        return self._host

    def make(self, task: Task, on_message: Callable[[Any], None]) -> Ending:
        """Do a task and hear it to its end."""
        host = self.warm()
        try:
            host.start(task)
        except OSError:  # it died while it was idle
            self._host = None
            host = self.warm()
            host.start(task)
        return host.listen(on_message)

    def stop(self) -> None:
        """End what is being made; the next task has a new process."""
        if self._host is not None and self._host.alive:
            Watch(self._host.pid, self._limits).kill()

    def close(self) -> None:
        """End the process."""
        if self._host is not None:
            with suppress(OSError):
                self._host.kill()


def workers() -> int:
    """Reports a batch makes at a time, as `baocao batch` has it."""
    return os.cpu_count() or 1
