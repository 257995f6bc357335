"""Which heading means which canonical column: `params/maps/*.yaml`, matched without regard to case and spacing."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from baocao.errors import ConfigurationError, one_of
from baocao.intake.problems import Problem, refuse
from baocao.intake.readers import Cell, Sheet
from baocao.locale import clean, fold
from baocao.project import Project, StrictModel, read_model

HEADER_SEARCH_ROWS = 20
HEADER_DEPTH = 4
PATH = " / "
_NUMBERING = re.compile(r"\(\d{1,2}\)(?:\s*=.*)?")


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


def load_map(project: Project, dataset: str, name: str | None, known: Collection[str]) -> ColumnMap:
    """The map `name` of `params/maps/`, by default the one named like the dataset, checked for `known` columns."""
    folder = project.params / "maps"
    wanted = name or dataset
    path = folder / f"{wanted}.yaml"
    if not path.is_file():
        raise ConfigurationError(one_of("column map", wanted, (file.stem for file in folder.glob("*.yaml"))))
    column_map = read_model(path, ColumnMap)
    if column_map.dataset != dataset:
        raise ConfigurationError(f"column map “{wanted}” is for {column_map.dataset}, not for {dataset}")
    for column in column_map.columns:
        if column not in known:
            raise ConfigurationError(f"{project.relative(path)}: columns: {one_of('column', column, known)}")
    for column in column_map.required:
        if column not in column_map.columns:
            wrong = one_of("column", column, column_map.columns)
            raise ConfigurationError(f"{project.relative(path)}: required: {wrong}")
    return column_map


def map_sheet(sheet: Sheet, column_map: ColumnMap) -> MappedSheet:
    """Find the header of `sheet` (one row or several, titles above it allowed) and name its columns.

    Raises
    ------
    InputError
        If a required column is missing or two columns claim one meaning.
    """
    header = max(_headers(sheet, column_map), key=_Header.certainty)
    problems = [*header.missing(column_map), *header.doubled(column_map)]
    if problems:
        raise refuse(problems)
    columns = {name: places[0] for name, places in header.matched.items()}
    known = set(columns.values()) | {
        place for place, path in enumerate(header.paths) if path and fold(path[-1]) in map(fold, column_map.ignored)
    }
    below = enumerate(sheet.rows[header.end :], start=header.end + 1)
    rows = [(number, row) for number, row in below if not _skipped(row)]
    width = len(header.last)
    shifted = [(number, len(row)) for number, row in rows if len(row) != width]
    if shifted:
        mend = "a cell too many or too few shifts the row; correct it in the source"
        expected = f"{width} cells, as in the header"
        raise refuse([Problem(sheet.file, number, None, f"{found} cells", expected, mend) for number, found in shifted])
    return MappedSheet(
        file=sheet.file,
        headings={name: header.shown(place) for name, place in columns.items()},
        unmapped=[header.shown(place) for place, path in enumerate(header.paths) if path and place not in known],
        rows=[
            MappedRow(number, {name: row[place] if place < len(row) else None for name, place in columns.items()})
            for number, row in rows
        ],
    )


def _headers(sheet: Sheet, column_map: ColumnMap) -> Iterator["_Header"]:
    """Every place a header could be: some rows from one of the first ones on."""
    for start in range(min(HEADER_SEARCH_ROWS, len(sheet.rows))):
        for end in range(start + 1, min(start + HEADER_DEPTH, len(sheet.rows)) + 1):
            paths = _paths(sheet.rows[start:end])
            yield _Header(sheet.file, start, end, sheet.rows[end - 1], paths, _match(paths, column_map))


@dataclass(frozen=True)
class _Header:
    """A possible header: rows `start` to `end` (counted from 0, `end` excluded), and what was recognised in them.

    `last` is its lowest row, `paths` the heading path of every column, `matched` the columns of each canonical name.
    """

    file: str
    start: int
    end: int
    last: Sequence[Cell]
    paths: Sequence[tuple[str, ...]]
    matched: Mapping[str, Sequence[int]]

    def certainty(self) -> tuple[int, int, int, int]:
        """Most columns recognised for certain; of equals the shallowest, then the uppermost."""
        texts = [fold(str(cell)) for cell in self.last if cell is not None]
        # The lowest header row holds headings itself; a row of data under a header does not.
        heads = any(fold(self.paths[place][-1]) in texts for places in self.matched.values() for place in places)
        certain = sum(len(places) == 1 for places in self.matched.values()) if heads else -1
        return certain, len(self.matched), self.start - self.end, -self.start

    def shown(self, place: int) -> str:
        return PATH.join(self.paths[place])

    def missing(self, column_map: ColumnMap) -> list[Problem]:
        # Without any known heading this is a row of data, which may hold names of persons and is not repeated.
        found = ", ".join(self.shown(place) for place, path in enumerate(self.paths) if path) if self.matched else None
        return [
            Problem(
                self.file,
                self.start + 1,
                None,
                found,
                f"a column “{'” or “'.join(column_map.columns[name][:4])}” ({name})",
                f"add the column, or its heading to params/maps/{column_map.id}.yaml",
            )
            for name in column_map.required
            if name not in self.matched
        ]

    def doubled(self, column_map: ColumnMap) -> list[Problem]:
        mend = f"remove one, or tell them apart in params/maps/{column_map.id}.yaml"
        return [
            Problem(
                self.file,
                self.start + 1,
                None,
                "” and “".join(f"{self.shown(place)} ({_letter(place)})" for place in places),
                f"one column for {name}",
                mend,
            )
            for name, places in self.matched.items()
            if len(places) > 1
        ]


def _paths(rows: Sequence[Sequence[Cell]]) -> list[tuple[str, ...]]:
    """Heading path of every column, from the top row down; a heading merged over rows counts once.

    A group stands above its first column only where merged cells were lost (CSV); it is carried over the empty cells
    to its right as long as these columns have headings of their own below.
    """
    width = max(map(len, rows))
    grid = [
        [clean(str(row[place])) if place < len(row) and row[place] is not None else "" for place in range(width)]
        for row in rows
    ]
    for level, texts in enumerate(grid[:-1]):
        for place in range(1, width):
            if not texts[place] and any(below[place] for below in grid[level + 1 :]):
                texts[place] = texts[place - 1]
    paths = []
    for place in range(width):
        path: list[str] = []
        for texts in grid:
            if texts[place] and (not path or path[-1] != texts[place]):
                path.append(texts[place])
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


def _blank(cell: Cell) -> bool:
    return cell is None or not clean(str(cell))


def _skipped(row: Sequence[Cell]) -> bool:
    """Empty rows and the numbering row under a header, “(1) (2) (3)=(4)+(5)” or “A B 1 2 3”, carry no data."""
    texts = [clean(str(cell)) for cell in row if not _blank(cell)]
    bracketed = len(texts) > 2 and all(_NUMBERING.fullmatch(text) for text in texts)
    numbers = [text for text in texts if text.isdigit()]
    letters = [text for text in texts if len(text) == 1 and text.isalpha() and text.isupper()]
    counted = numbers == [str(number) for number in range(1, len(numbers) + 1)]
    plain = len(numbers) > 3 and counted and texts == [*letters, *numbers]
    return not texts or bracketed or plain


def _letter(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"column {letters}"
