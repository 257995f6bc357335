"""One job: execute the notebook with Papermill, make the files, put the finished folder in place in one step."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from nbformat import NotebookNode

from baocao.checks.findings import Finding
from baocao.document.blocks import Document
from baocao.errors import ChecksBlockedError, ConfigurationError
from baocao.export.executed import read_document, read_findings, read_record
from baocao.export.formats import FORMATS
from baocao.project import Project
from baocao.provenance.manifest import build_manifest
from baocao.run.execution import RunFailedError, execute, first_error
from baocao.run.folders import put
from baocao.run.refusal import refusal_document
from baocao.run.request import RunRequest

#: Beside a report's folder: what is known of a run that did not make it. The last good output stays as it is.
BLOCKED = "~blocked"
FAILED = "~failed"

#: Every name a run may leave in a folder.
MADE = frozenset(
    {"report.ipynb", "indicators.json", "findings.json", "manifest.json", *(kind.file for kind in FORMATS.values())}
)

Progress = Callable[[str], None]


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
    engine: str = "baocao",
    on_cell: Callable[[int], None] = lambda _: None,
    progress: Progress = lambda _: None,
    progress_bar: bool = False,
) -> RunResult:
    """Make one report.

    Parameters
    ----------
    out
        Folder to make instead of the one under `outputs/`.
    engine
        Papermill engine that runs the cells: `baocao` in this very process, `nbclient` with a kernel.
    on_cell
        Called with the place of every cell that starts; only the engine `baocao` tells.
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
    notebook = execute(project, request, engine=engine, on_cell=on_cell, progress_bar=progress_bar)
    record = read_record(notebook)
    error = first_error(notebook)
    if error is not None and error.name == ChecksBlockedError.__name__:
        document = refusal_document(request, record)
        put(beside[BLOCKED], _render(document, [name for name in formats if name != "ipynb"], record, None))
        raise ChecksBlockedError(f"{error.text}\nsee {project.relative(beside[BLOCKED])}")
    if error is not None:
        put(beside[FAILED], {"report.ipynb": _notebook_bytes(notebook)})
        where = f"{project.relative(source)}, cell {error.cell}"
        report = project.relative(beside[FAILED] / "report.ipynb")
        raise RunFailedError(f"{where}: {error.name}: {error.text}\nsee {report}")
    progress("rendering " + ", ".join(formats))
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
    files["manifest.json"] = json_bytes(manifest)
    put(folder, files)
    for place in beside.values():
        shutil.rmtree(place, ignore_errors=True)
    return RunResult(folder, sorted(files), read_findings(record))


def _render(
    document: Document, formats: Sequence[str], record: Mapping[str, Any], notebook: NotebookNode | None
) -> dict[str, bytes]:
    files = {"findings.json": json_bytes({"findings": record.get("findings", [])})}
    if notebook is not None:
        files["indicators.json"] = json_bytes(record["indicators"])
    if notebook is not None and "ipynb" in formats:
        files["report.ipynb"] = _notebook_bytes(notebook)
    for name, kind in FORMATS.items():
        if name in formats:
            files[kind.file] = kind.make(document, record)
    return files


def _notebook_bytes(notebook: NotebookNode) -> bytes:
    return orjson.dumps(notebook, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def json_bytes(content: object) -> bytes:
    """JSON as it is written into an output folder."""
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


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
