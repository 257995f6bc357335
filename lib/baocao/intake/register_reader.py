"""From an office's file to the rows of a register: every good row is taken, every other kept with its reasons.

A list whose only row reads “Không phát sinh” is a delivery, too: it says that there is nothing to list; without a
delivery nobody knows.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from baocao.errors import ConfigurationError
from baocao.intake.counts import BLANKS
from baocao.intake.mapped_sheet import MappedRow, MappedSheet, map_rows
from baocao.intake.problems import Problem, refuse
from baocao.intake.quarantine import Kept, keep_rejected
from baocao.intake.readers import Sheet, read_sheet
from baocao.intake.register import NOTHING, Entry, RegisterColumn, RegisterDefinition
from baocao.intake.register_cells import parse_cell
from baocao.intake.source import TableSource
from baocao.locale import clean, fold
from baocao.project import Project
from baocao.units import load_registry

#: What an office writes in the only row of a list it has nothing for.
NO_ENTRIES = {"không phát sinh", "không phát sinh trong kỳ", "không có", "không"}


@dataclass(frozen=True)
class RegisterFile:
    """What became of one file.

    Attributes
    ----------
    stored
        The good rows, in the order of the file; or the one row that says there is nothing to list.
    problems
        What is wrong with the others.
    kept
        Where these are kept, None if there are none.
    unmapped
        Headings that are not stored.
    """

    stored: pa.Table
    problems: Sequence[Problem]
    kept: Kept | None
    unmapped: Sequence[str]

    @property
    def rows(self) -> pa.Table:
        """The entries of the list."""
        return self.stored.filter(pc.field("row") != NOTHING)


def read_register_file(
    project: Project,
    definition: RegisterDefinition,
    source: TableSource,
    *,
    quarantine: Path,
    encoding: str | None = None,
    sheet: str | None = None,
) -> RegisterFile:
    """Read one file of a register; the rows it cannot understand are kept under `quarantine`.

    Raises
    ------
    InputError
        If the file cannot be read as a whole: no header, a required column missing, no row under it.
    ConfigurationError
        If the office did not exist then, or a column map is named: a register has its own headings.
    """
    if source.map is not None:
        raise ConfigurationError(
            f"map “{source.map}”: a register has no other column map; add headings to {definition.column_map.file}"
        )
    load_registry(project).valid(source.from_date, source.to_date)[source.reporter]
    shown = project.relative(source.path)
    cells = read_sheet(source.path, shown, encoding=encoding, sheet=sheet)
    mapped = map_rows(cells, definition.column_map)
    if not mapped.rows and not mapped.shifted:
        mend = "fill the list in, or write “Không phát sinh” in a row where there is nothing to list"
        raise refuse([Problem(shown, None, None, None, "rows under the header", mend)])
    nothing = _says_nothing(cells, mapped)
    entries, problems = ([(NOTHING, Entry())], []) if nothing else _entries(definition, mapped)
    kept = keep_rejected(quarantine, source.path, mapped, problems) if problems else None
    common = {
        "reporter": source.reporter,
        "from_date": source.from_date,
        "to_date": source.to_date,
        "source": source.source,
        "table": source.table,
        "file": source.path.name,
        "source_hash": hashlib.sha256(source.path.read_bytes()).hexdigest(),
    }
    rows = pa.Table.from_pylist([{**common, "row": row, **entry} for row, entry in entries], schema=definition.schema)
    return RegisterFile(rows, problems, kept, mapped.unmapped)


def _says_nothing(cells: Sheet, mapped: MappedSheet) -> bool:
    """Whether the only row says so, whatever it is numbered and however many cells it has."""
    places = [*(row.number for row in mapped.rows), *(problem.row for problem in mapped.shifted)]
    if len(places) != 1 or places[0] is None:
        return False
    texts = [clean(str(cell)) for cell in cells.rows[places[0] - 1] if cell is not None]
    words = {fold(text).rstrip(".") for text in texts if text not in BLANKS and not text.isdigit()}
    return bool(words) and words <= NO_ENTRIES


def _entries(definition: RegisterDefinition, mapped: MappedSheet) -> tuple[list[tuple[int, Entry]], list[Problem]]:
    """The good rows with their places, and the problems of the others."""
    entries: list[tuple[int, Entry]] = []
    problems = list(mapped.shifted)
    for row in mapped.rows:
        entry, wrong = _entry(definition, mapped, row)
        problems.extend(wrong)
        if not wrong:
            entries.append((row.number, entry))
    if not definition.unique:
        return entries, problems
    repeated = _repeated(definition, mapped, entries)
    rejected = {problem.row for problem in repeated}
    return [(row, entry) for row, entry in entries if row not in rejected], [*problems, *repeated]


def _entry(definition: RegisterDefinition, mapped: MappedSheet, row: MappedRow) -> tuple[Entry, list[Problem]]:
    entry: Entry = {}
    problems = []
    for column in definition.columns:
        cell = row.cells.get(column.name)
        mend = "correct the cell in the source and deliver the file again"
        try:
            entry[column.name] = parse_cell(column, cell)
            if entry[column.name] is None and column.required:
                mend = "fill the cell in or delete the row"
                raise ValueError(f"{column.label} in every row")
        except ValueError as error:
            shown = "" if cell is None else cell
            problems.append(Problem(mapped.file, row.number, _heading(mapped, column), shown, str(error), mend))
    return entry, problems


def _repeated(
    definition: RegisterDefinition, mapped: MappedSheet, entries: Sequence[tuple[int, Entry]]
) -> list[Problem]:
    """Rows of one key: which of them is meant nobody here can know, so none is taken."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for row, entry in entries:
        groups.setdefault(tuple(fold(str(entry[name])) for name in definition.key), []).append(row)
    shown = {row: " · ".join(str(entry[name]) for name in definition.key) for row, entry in entries}
    first = definition.column(definition.key[0])
    return [
        Problem(
            mapped.file,
            row,
            _heading(mapped, first),
            shown[row],
            f"one row for each {first.label}; the same stands in row {', '.join(str(o) for o in rows if o != row)}",
            "leave the right one and deliver the file again",
        )
        for rows in groups.values()
        if len(rows) > 1
        for row in rows
    ]


def _heading(mapped: MappedSheet, column: RegisterColumn) -> str:
    return mapped.headings.get(column.name, column.name)
