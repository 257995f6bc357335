"""Which heading means which canonical column: `params/maps/*.yaml`, matched without regard to case and spacing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from baocao.errors import ConfigurationError, one_of
from baocao.intake.problems import Problem, refuse
from baocao.intake.readers import Cell, Sheet
from baocao.locale import clean, fold
from baocao.project import Project, StrictModel, read_model

HEADER_SEARCH_ROWS = 20
HEADER_DEPTH = 4
PATH = " / "
_NUMBERING = re.compile(r"\(?\d{1,2}\)?(?:\s*=.*)?")


class ColumnMap(StrictModel):
    """Headings of one kind of export.

    Attributes
    ----------
    columns
        Canonical column → the headings it goes by. Under grouped headings write the end of the path,
        “Số hồ sơ đã giải quyết / Đúng hạn”.
    required
        Canonical columns without which the file is refused.
    ignored
        Headings known and deliberately not stored, with the reason.
    total_labels
        What the first cell of a total row says.
    """

    id: str
    dataset: str
    name: str
    columns: dict[str, list[str]]
    required: list[str]
    ignored: dict[str, str] = {}
    total_labels: list[str] = []


@dataclass(frozen=True)
class MappedRow:
    """One data row: its place in the file and its cells by canonical column (absent columns are not in it)."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class MappedSheet:
    """The data rows of a file, the heading each canonical column was found under, and headings nobody asked for."""

    file: str
    headings: Mapping[str, str]
    unmapped: Sequence[str]
    rows: Sequence[MappedRow]


def load_map(project: Project, dataset: str, name: str | None) -> ColumnMap:
    """The map `name` of `params/maps/`, by default the one named like the dataset."""
    folder = project.params / "maps"
    wanted = name or dataset
    path = folder / f"{wanted}.yaml"
    if not path.is_file():
        raise ConfigurationError(one_of("column map", wanted, (file.stem for file in folder.glob("*.yaml"))))
    column_map = read_model(path, ColumnMap)
    if column_map.dataset != dataset:
        raise ConfigurationError(f"column map “{wanted}” is for {column_map.dataset}, not for {dataset}")
    unknown = set(column_map.required) - set(column_map.columns)
    if unknown:
        raise ConfigurationError(f"{_shown(project, path)}: required names no column: {', '.join(sorted(unknown))}")
    return column_map


def _shown(project: Project, path: Path) -> str:
    return project.relative(path)


def map_sheet(sheet: Sheet, column_map: ColumnMap) -> MappedSheet:
    """Find the header of `sheet` (one row or several, titles above it allowed) and name its columns.

    Raises
    ------
    InputError
        If a required column is missing or two columns claim one meaning.
    """
    candidates = [
        (start, depth)
        for start in range(min(HEADER_SEARCH_ROWS, len(sheet.rows)))
        for depth in range(1, HEADER_DEPTH + 1)
        if start + depth <= len(sheet.rows)
    ]
    # The header is where most columns are recognised for certain; of equals the shallowest, then the uppermost.
    found = {place: _match(_paths(sheet.rows[place[0] : sum(place)]), column_map) for place in candidates}

    def certainty(place: tuple[int, int]) -> tuple[int, int, int, int]:
        last = [fold(str(cell)) for cell in sheet.rows[sum(place) - 1] if cell is not None]
        paths = _paths(sheet.rows[place[0] : sum(place)])
        # The lowest header row holds headings itself; a row of data under a header does not.
        heads = any(fold(paths[column][-1]) in last for columns in found[place].values() for column in columns)
        certain = sum(len(columns) == 1 for columns in found[place].values()) if heads else -1
        return certain, len(found[place]), -place[1], -place[0]

    start, depth = max(candidates, key=certainty)
    paths = _paths(sheet.rows[start : start + depth])
    matched = found[start, depth]
    shown = [PATH.join(path) for path in paths]
    problems = [
        Problem(
            sheet.file,
            start + 1,
            None,
            ", ".join(heading for heading in shown if heading),
            f"a column “{'” or “'.join(column_map.columns[name][:4])}” ({name})",
            f"add the column, or its heading to params/maps/{column_map.id}.yaml",
        )
        for name in column_map.required
        if name not in matched
    ]
    for name, places in matched.items():
        if len(places) > 1:
            twice = "” and “".join(f"{shown[place]}” ({_letter(place)})" for place in places)
            mend = f"remove one, or tell them apart in params/maps/{column_map.id}.yaml"
            problems.append(Problem(sheet.file, start + 1, None, twice, f"one column for {name}", mend))
    if problems:
        raise refuse(problems)
    columns = {name: places[0] for name, places in matched.items()}
    known = set(columns.values()) | {
        place for place, path in enumerate(paths) if path and fold(path[-1]) in map(fold, column_map.ignored)
    }
    return MappedSheet(
        file=sheet.file,
        headings={name: shown[place] for name, place in columns.items()},
        unmapped=[heading for place, heading in enumerate(shown) if heading and place not in known],
        rows=[
            MappedRow(number, {name: row[place] if place < len(row) else None for name, place in columns.items()})
            for number, row in enumerate(sheet.rows[start + depth :], start=start + depth + 1)
            if not _skipped(row)
        ],
    )


def _paths(rows: Sequence[Sequence[Cell]]) -> list[tuple[str, ...]]:
    """Heading path of every column, from the top row down; a heading merged over rows counts once."""
    width = max(map(len, rows))
    paths = []
    for column in range(width):
        path: list[str] = []
        for row in rows:
            text = clean(str(row[column])) if column < len(row) and row[column] is not None else ""
            if text and (not path or path[-1] != text):
                path.append(text)
        paths.append(tuple(path))
    return paths


def _match(paths: Sequence[tuple[str, ...]], column_map: ColumnMap) -> dict[str, list[int]]:
    folded = [tuple(map(fold, path)) for path in paths]
    matched: dict[str, list[int]] = {}
    for name, aliases in column_map.columns.items():
        wanted = [tuple(fold(part) for part in alias.split(PATH)) for alias in aliases]
        # A longer path is the surer match: “đã giải quyết / Đúng hạn” before a bare “Đúng hạn”.
        for length in sorted({len(parts) for parts in wanted}, reverse=True):
            ends = {parts for parts in wanted if len(parts) == length}
            places = [place for place, path in enumerate(folded) if path[-length:] in ends]
            if places:
                matched[name] = places
                break
    return matched


def _skipped(row: Sequence[Cell]) -> bool:
    """Empty rows and the numbering row “(1) (2) (3)” under a header carry no data."""
    texts = [clean(str(cell)) for cell in row if cell is not None and clean(str(cell))]
    numbering = len(texts) > 2 and all(_NUMBERING.fullmatch(text) and text.startswith("(") for text in texts)
    return not texts or numbering


def _letter(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"column {letters}"
