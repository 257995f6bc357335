"""The page of a batch: which reports are there, which are not and why; with links to them."""

from collections.abc import Sequence
from pathlib import Path

from baocao.export.formats import FORMATS
from baocao.export.page_templates import page_template
from baocao.periods import parse_period
from baocao.project import Project
from baocao.reports import load_report, report_ids
from baocao.run.failures import Failure
from baocao.run.folders import put_file
from baocao.run.ledger import Entry, Ledger
from baocao.units import load_registry

STATES = {"done": "Đã lập", "blocked": "Bị chặn vì số liệu", "failed": "Lỗi", "running": "Đang lập"}


def write_batch_page(project: Project, name: str, folders: Sequence[str]) -> Path:
    """Write `batches/<name>.html` under the outputs; the same reports in the same states give the same bytes.

    Parameters
    ----------
    folders
        Of the batch's reports, relative to the outputs.
    """
    outputs, wanted = project.outputs, set(folders)
    units = {unit.code: unit.name for unit in load_registry(project)}
    reports = {report: load_report(project, report).name for report in report_ids(project)}
    entries = [entry for entry in Ledger(outputs).entries() if entry.folder in wanted]
    page = page_template("baocao.run", "batch.html.j2").render(
        name=name,
        counts=[(label, sum(entry.state == state for entry in entries)) for state, label in STATES.items()],
        rows=[
            {
                "state": entry.state,
                "unit": units.get(entry.unit, entry.unit),
                "report": reports.get(entry.report, entry.report),
                "period": parse_period(entry.period).label,
                "told": STATES[entry.state],
                "failure": Failure.recorded(entry.error, blocked=entry.state == "blocked") if entry.error else None,
                "files": _files(outputs, entry),
            }
            for entry in entries
        ],
    )
    path = outputs / "batches" / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    put_file(path, page.encode())
    return path


def _files(outputs: Path, entry: Entry) -> list[tuple[str, str]]:
    """Name and link of each file that can be opened: of the finished report, or of what was left beside it."""
    places = [entry.folder] if entry.state == "done" else [f"{entry.folder}~{kind}" for kind in ("blocked", "failed")]
    names = [(name.upper(), kind.file) for name, kind in FORMATS.items()] + [("Sổ tay", "report.ipynb")]
    found = {place: _names_in(outputs / place) for place in places}
    return [(label, f"../{place}/{file}") for place in places for label, file in names if file in found[place]]


def _names_in(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except OSError:
        return set()
