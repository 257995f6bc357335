"""Where the header of a table stands, one row of it or several, and which canonical column each heading means."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from baocao.intake.column_map import PATH, ColumnMap
from baocao.intake.problems import Problem, refuse
from baocao.intake.readers import Cell
from baocao.locale import clean, fold

SEARCH_ROWS = 20
DEPTH = 4
_NUMBERING = re.compile(r"\(\d{1,2}\)(?:\s*=.*)?")


def find_header(file: str, rows: Sequence[Sequence[Cell]], column_map: ColumnMap) -> "Header":
    """The header among the first of `rows` (titles above it allowed), with its columns named.

    Raises
    ------
    InputError
        If a required column is missing or two columns claim one meaning.
    """
    header = best_header(file, rows, column_map)
    problems = [*header.missing(column_map), *header.doubled(column_map)]
    if problems:
        raise refuse(problems)
    return header


def best_header(file: str, rows: Sequence[Sequence[Cell]], column_map: ColumnMap) -> "Header":
    """The likeliest header, whether or not it has all columns that are required."""
    if not any(cell is not None and str(cell).strip() for row in rows for cell in row):
        raise refuse([Problem(file, None, None, None, "a table", "the file has no cell with content; export it again")])
    return max(_headers(file, rows, column_map), key=Header.certainty)


def _headers(file: str, rows: Sequence[Sequence[Cell]], column_map: ColumnMap) -> Iterator["Header"]:
    """Every place a header could be: some rows from one of the first ones on."""
    for start in range(min(SEARCH_ROWS, len(rows))):
        for end in range(start + 1, min(start + DEPTH, len(rows)) + 1):
            paths = _paths(rows[start:end])
            ignored = {fold(heading) for heading in column_map.ignored}
            yield Header(file, start, end, rows[end - 1], paths, _match(paths, column_map), ignored)


def carries_no_data(row: Sequence[Cell]) -> bool:
    """Empty rows and the numbering row under a header, “(1) (2) (3)=(4)+(5)” or “A B 1 2 3”, carry no data."""
    texts = [clean(str(cell)) for cell in row if not _blank(cell)]
    bracketed = len(texts) > 2 and all(_NUMBERING.fullmatch(text) for text in texts)
    numbers = [text for text in texts if text.isdigit()]
    letters = [text for text in texts if len(text) == 1 and text.isalpha() and text.isupper()]
    counted = numbers == [str(number) for number in range(1, len(numbers) + 1)]
    plain = len(numbers) > 3 and counted and texts == [*letters, *numbers]
    return not texts or bracketed or plain


def _blank(cell: Cell) -> bool:
    return cell is None or not clean(str(cell))


@dataclass(frozen=True)
class Header:
    """A possible header: rows `start` to `end` (counted from 0, `end` excluded), and what was recognised in them.

    `last` is its lowest row, `paths` the heading path of every column, `matched` the columns of each canonical name,
    `ignored` the folded headings that are known and not stored.
    """

    file: str
    start: int
    end: int
    last: Sequence[Cell]
    paths: Sequence[tuple[str, ...]]
    matched: Mapping[str, Sequence[int]]
    ignored: Collection[str]

    @property
    def width(self) -> int:
        return len(self.paths)

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """The place of every canonical column that was found, counted from 0."""
        return {name: places[0] for name, places in self.matched.items()}

    @cached_property
    def headings(self) -> Mapping[str, str]:
        """The heading each canonical column was found under."""
        return {name: self.shown(place) for name, place in self.columns.items()}

    @cached_property
    def unmapped(self) -> Sequence[str]:
        """Headings that are neither mapped nor known to be ignored."""
        known = set(self.columns.values())
        return [
            self.shown(place)
            for place, path in enumerate(self.paths)
            if path and place not in known and fold(path[-1]) not in self.ignored
        ]

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
                f"add the column, or its heading to {column_map.file}",
            )
            for name in column_map.required
            if name not in self.matched
        ]

    def doubled(self, column_map: ColumnMap) -> list[Problem]:
        mend = f"remove one, or tell them apart in {column_map.file}"
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


def _letter(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"column {letters}"
