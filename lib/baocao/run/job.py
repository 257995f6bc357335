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
from baocao.provenance.explanation_document import FILES as ATTACHED
from baocao.provenance.manifest import FILE, Making, Manifest, build_manifest
from baocao.run.execution import RunFailedError, execute, first_error
from baocao.run.folders import put
from baocao.run.issued import facts_after, in_force, next_place, says_the_same, superseding
from baocao.run.past import with_facts
from baocao.run.refusal import refusal_document
from baocao.run.request import RunRequest
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions

#: Beside a report's folder: what is known of a run that did not make it. The last good output stays as it is.
BLOCKED = "~blocked"
FAILED = "~failed"

#: Every name a run may leave in a folder.
MADE = frozenset(
    {"report.ipynb", "indicators.json", "findings.json", FILE, *(kind.file for kind in FORMATS.values()), *ATTACHED}
)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class RunResult:
    """A finished report: its folder, the files in it, how its checks went, and the issued folder it supersedes."""

    folder: Path
    files: Sequence[str]
    findings: Sequence[Finding]
    supersedes: Path | None = None


@dataclass(frozen=True)
class MadeReport:
    """A report that is in no folder yet: its files, what the notebook recorded, and its manifest."""

    files: dict[str, bytes]
    record: Mapping[str, Any]
    manifest: Manifest


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
    """Make one report and put it in its folder.

    An issued document is never replaced: where a run would come to anything else, that goes beside it without number
    and date, with an explanation of what changed.

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
    beside = [folder.with_name(folder.name + suffix) for suffix in (BLOCKED, FAILED)]
    for place in (folder, *beside):
        _refuse_foreign(place)
    folder.parent.mkdir(parents=True, exist_ok=True)

    def make(used: Project) -> MadeReport:
        return make_report(
            used, request, formats, folder, engine=engine, on_cell=on_cell, progress=progress, progress_bar=progress_bar
        )

    issued = in_force(project.outputs, folder)
    if issued is None:
        made = make(project)
        place, files = folder, made.files
    else:
        with with_facts(project, request, issued.manifest.facts) as then:
            made = make(then)
        if says_the_same(made.manifest, issued.manifest):
            progress("nothing differs from the issued document")
            return RunResult(issued.folder, sorted(issued.manifest.outputs), read_findings(made.record))
        with with_facts(project, request, facts_after(project, issued.manifest)) as now:
            made = make(now)
        place = next_place(folder)
        _refuse_foreign(place)
        manifest, attached = superseding(project, issued, made.files, made.manifest)
        files = {**made.files, **attached, FILE: json_bytes(manifest.content())}
    put(place, files)
    for other in beside:
        shutil.rmtree(other, ignore_errors=True)
    return RunResult(place, sorted(files), read_findings(made.record), None if issued is None else issued.folder)


def make_report(
    project: Project,
    request: RunRequest,
    formats: Sequence[str],
    folder: Path,
    *,
    engine: str = "baocao",
    on_cell: Callable[[int], None] = lambda _: None,
    progress: Progress = lambda _: None,
    progress_bar: bool = False,
) -> MadeReport:
    """Make a report and put it nowhere; one that cannot be made leaves word beside `folder`, as `run_job` says."""
    source = project.notebooks / request.definition.notebook
    progress(f"running {project.relative(source)} for {request.unit.code} {request.period.id}")
    store = Store(project.store)
    versions = resolve_versions(store, request.as_of)
    notebook = execute(project, request, engine=engine, on_cell=on_cell, progress_bar=progress_bar)
    record = read_record(notebook)
    error = first_error(notebook)
    if error is not None and error.name == ChecksBlockedError.__name__:
        blocked = folder.with_name(folder.name + BLOCKED)
        document = refusal_document(request, record)
        put(blocked, _render(document, [name for name in formats if name != "ipynb"], record, None))
        raise ChecksBlockedError(f"{error.text}\nsee {project.relative(blocked)}")
    if error is not None:
        failed = folder.with_name(folder.name + FAILED)
        put(failed, {"report.ipynb": _notebook_bytes(notebook)})
        where = f"{project.relative(source)}, cell {error.cell}"
        raise RunFailedError(f"{where}: {error.name}: {error.text}\nsee {project.relative(failed / 'report.ipynb')}")
    if resolve_versions(store, request.as_of) != versions:
        raise RunFailedError("somebody stored data while the report was made; run it again")
    progress("rendering " + ", ".join(formats))
    files = _render(read_document(notebook), formats, record, notebook)
    making = Making(
        report=request.definition.id,
        unit=request.unit.code,
        notebook=source,
        record=record,
        injected=request.notebook_parameters(),
        versions=versions,
    )
    manifest = build_manifest(project, making, files)
    return MadeReport({**files, FILE: json_bytes(manifest.content())}, record, manifest)


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
