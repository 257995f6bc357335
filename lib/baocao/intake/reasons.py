"""Why a dossier is late, as the office says: `data/reasons/<unit>.csv`, which a run completes and never overwrites."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from baocao.intake.problems import Problem, inert, refuse
from baocao.intake.readers import delimiter_of
from baocao.locale import clean
from baocao.project import Project

HEADINGS = ("Nguồn", "Mã hồ sơ", "Đơn vị", "Lý do")
#: A dossier: source and id.
Key = tuple[str, str]


def reasons_file(project: Project, unit: str) -> Path:
    """The file in which a unit writes its reasons."""
    return project.root / "data" / "reasons" / f"{unit}.csv"


def read_reasons(project: Project, unit: str) -> dict[Key, str]:
    """Reasons filled in so far; empty where the unit has no file yet.

    Raises
    ------
    InputError
        If the file is not the one a run wrote, with only the last column filled in.
    """
    path = reasons_file(project, unit)
    return {key: row[-1] for key, row in _rows(path, project.relative(path)).items() if row[-1]}


def keep_reasons(project: Project, unit: str, dossiers: Iterable[tuple[Key, str]]) -> Path:
    """Add a line for every dossier (with the name of its unit) that has none yet; what is written stays as it is."""
    path = reasons_file(project, unit)
    rows = _rows(path, project.relative(path))
    fresh = {key: [*map(_written, key), inert(name), ""] for key, name in dossiers if key not in rows}
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        with draft.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=_delimiter(path), lineterminator="\n")
            writer.writerow(HEADINGS)
            writer.writerows([*rows.values(), *fresh.values()])
        draft.replace(path)
    return path


def _written(text: str) -> str:
    """An id as it is written: behind a mark spreadsheets do not show where it would be a formula or has one."""
    return f"'{text}" if text.startswith("'") else inert(text)


def _delimiter(path: Path) -> str:
    """What tells the cells of the file apart; spreadsheets in Vietnamese save semicolons."""
    if not path.is_file():
        return ","
    return delimiter_of(path.read_text(encoding="utf-8-sig", errors="replace").partition("\n")[0])


def _rows(path: Path, shown: str) -> Mapping[Key, list[str]]:
    if not path.is_file():
        return {}
    mend = "fill in the last column only; delete the file to begin anew"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, delimiter=_delimiter(path)))
    except UnicodeDecodeError:
        raise refuse([Problem(shown, None, None, None, "text in UTF-8", "save it as CSV UTF-8")]) from None
    if not rows or tuple(map(clean, rows[0])) != HEADINGS:
        raise refuse([Problem(shown, 1, None, ", ".join(rows[0] if rows else []), ", ".join(HEADINGS), mend)])
    known: dict[Key, list[str]] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(map(clean, row)):
            continue
        if len(row) != len(HEADINGS):
            raise refuse([Problem(shown, number, None, f"{len(row)} cells", f"{len(HEADINGS)} cells", mend)])
        cells = [clean(cell) for cell in row]
        key = (cells[0].removeprefix("'"), cells[1].removeprefix("'"))
        if known.setdefault(key, cells) is not cells:
            raise refuse([Problem(shown, number, HEADINGS[1], key[1], "each dossier once", "keep one of the lines")])
    return known
