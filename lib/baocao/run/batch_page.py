"""The page of a batch: which reports are there, which are not and why; with links to them."""

from collections.abc import Sequence
from pathlib import Path

from baocao.export.formats import FORMATS
from baocao.export.html import page_template
from baocao.run.folders import put_file
from baocao.run.ledger import Entry, Ledger

STATES = {"done": "Đã lập", "blocked": "Bị chặn vì số liệu", "failed": "Lỗi", "running": "Đang lập"}


def write_batch_page(outputs: Path, name: str, folders: Sequence[str]) -> Path:
    """Write `batches/<name>.html` under the outputs; the same reports in the same states give the same bytes.

    Parameters
    ----------
    folders
        Of the batch's reports, relative to the outputs.
    """
    wanted = set(folders)
    entries = [entry for entry in Ledger(outputs).entries() if entry.folder in wanted]
    page = page_template("baocao.run", "batch.html.j2").render(
        name=name,
        counts=[(label, sum(entry.state == state for entry in entries)) for state, label in STATES.items()],
        rows=[(entry, STATES[entry.state], _files(outputs, entry)) for entry in entries],
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
