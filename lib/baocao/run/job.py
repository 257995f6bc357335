"""One job: execute the notebook with Papermill, make the files, put the finished folder in place in one step."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from baocao.checks.findings import Finding
from baocao.document.blocks import Document
from baocao.errors import BaocaoError, ChecksBlockedError, ConfigurationError
from baocao.export.executed import read_document, read_findings, read_record
from baocao.export.html import to_html
from baocao.export.pdf import to_pdf
from baocao.project import Project
from baocao.provenance.manifest import build_manifest
from baocao.run.refusal import refusal_document
from baocao.run.request import RunRequest

#: Beside a report's folder: what is known of a run that did not make it. The last good output stays as it is.
BLOCKED = "~blocked"
FAILED = "~failed"

#: Every name a run may leave in a folder.
MADE = frozenset({"report.ipynb", "report.html", "report.pdf", "indicators.json", "findings.json", "manifest.json"})

Progress = Callable[[str], None]


class RunFailedError(BaocaoError):
    """A notebook stopped with an error of its own."""


@dataclass(frozen=True)
class RunResult:
    """A finished report: its folder, the files in it, and how its checks went."""

    folder: Path
    files: Sequence[str]
    findings: Sequence[Finding]


def run_job(
    project: Project,
    request: RunRequest,
    formats: Sequence[str],
    *,
    out: Path | None = None,
    progress: Progress = lambda _: None,
    progress_bar: bool = False,
) -> RunResult:
    """Make one report.

    Parameters
    ----------
    out
        Folder to make instead of the one under `outputs/`.
    progress
        Called with a line for every step.

    Raises
    ------
    ChecksBlockedError
        If data checks stop it; `<unit>~blocked` then says which.
    RunFailedError
        If a cell fails; `<unit>~failed` then holds the notebook with the error.
    """
    folder = (out or request.folder(project.outputs)).absolute()
    beside = {suffix: folder.with_name(folder.name + suffix) for suffix in (BLOCKED, FAILED)}
    for place in (folder, *beside.values()):
        _refuse_foreign(place)
    folder.parent.mkdir(parents=True, exist_ok=True)
    source = project.notebooks / request.definition.notebook
    progress(f"running {project.relative(source)} for {request.unit.code} {request.period.id}")
    with tempfile.TemporaryDirectory(prefix=".run-", dir=folder.parent, ignore_cleanup_errors=True) as work:
        try:
            notebook = _execute(project, source, request, Path(work) / "executed.ipynb", progress_bar)
        except ChecksBlockedError as error:
            record = read_record(_read(Path(work) / "executed.ipynb"))
            document = refusal_document(request, record)
            _put(beside[BLOCKED], _render(document, [name for name in formats if name != "ipynb"], record, None))
            raise ChecksBlockedError(f"{error}\nsee {project.relative(beside[BLOCKED])}") from None
        except RunFailedError as error:
            _put(beside[FAILED], {"report.ipynb": _notebook_bytes(_read(Path(work) / "executed.ipynb"))})
            raise RunFailedError(f"{error}\nsee {project.relative(beside[FAILED] / 'report.ipynb')}") from None
    progress("rendering " + ", ".join(formats))
    record = read_record(notebook)
    files = _render(read_document(notebook), formats, record, notebook)
    manifest = build_manifest(
        project,
        report=request.definition.id,
        unit=request.unit.code,
        notebook=source,
        record=record,
        injected=request.notebook_parameters(),
        outputs=files,
    )
    files["manifest.json"] = _json(manifest)
    _put(folder, files)
    for place in beside.values():
        shutil.rmtree(place, ignore_errors=True)
    return RunResult(folder, sorted(files), read_findings(record))


def _execute(project: Project, source: Path, request: RunRequest, target: Path, progress_bar: bool) -> NotebookNode:
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        with _environment(BAOCAO_PROJECT=str(project.root)):  # the kernel inherits it, wherever it is started
            papermill.execute_notebook(
                source,
                target,
                parameters=request.notebook_parameters(),
                kernel_name="python3",
                cwd=project.notebooks,
                progress_bar=progress_bar,
                record_timing=False,
                request_save_on_cell_execute=False,
                extra_arguments=["--IPKernelApp.log_level=50"],
            )
    except PapermillExecutionError as error:
        if error.ename == ChecksBlockedError.__name__:
            raise ChecksBlockedError(error.evalue) from None
        raise RunFailedError(
            f"{project.relative(source)}, cell {error.cell_index + 1}: {error.ename}: {error.evalue}"
        ) from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise RunFailedError(f"{project.relative(source)}: the kernel stopped answering ({error})") from None
    return _read(target)


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Variables of this process, as they were before once it is over."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _read(path: Path) -> NotebookNode:
    return _without_traces(nbformat.read(path, as_version=4))


def _without_traces(notebook: NotebookNode) -> NotebookNode:
    """The notebook without times, paths and random ids, so that the same inputs give the same bytes."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = NotebookNode({"tags": tags} if tags else {})
        if "injected-parameters" in tags:
            cell.id = "injected-parameters"
    return notebook


def _render(
    document: Document, formats: Sequence[str], record: Mapping[str, Any], notebook: NotebookNode | None
) -> dict[str, bytes]:
    files = {"findings.json": _json({"findings": record.get("findings", [])})}
    if notebook is not None:
        files["indicators.json"] = _json(record["indicators"])
    if notebook is not None and "ipynb" in formats:
        files["report.ipynb"] = _notebook_bytes(notebook)
    if "html" in formats:
        files["report.html"] = to_html(document)
    if "pdf" in formats:
        files["report.pdf"] = to_pdf(document)
    return files


def _notebook_bytes(notebook: NotebookNode) -> bytes:
    return (json.dumps(notebook, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _refuse_foreign(folder: Path) -> None:
    """A finished run replaces its folder, so nothing but what a run makes may be in it."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is a file; name a folder of its own for the report")
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in MADE)
    if foreign:
        raise ConfigurationError(
            f"{folder} holds other files ({', '.join(foreign[:5])}) and would be replaced; name a folder of its own"
        )


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` hold exactly `files`: written beside it and renamed, so that nobody ever sees half of it."""
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    old = fresh.with_name(fresh.name.replace(".new-", ".old-"))
    try:
        fresh.chmod(0o755)
        for name, content in files.items():
            (fresh / name).write_bytes(content)
        if folder.exists():
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            with suppress(OSError):
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
