"""From a mapped sheet to canonical one-stop rows: every problem of the file at once, or all of its rows."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from baocao.errors import one_of
from baocao.fields import FieldCatalogue, load_fields
from baocao.intake.column_map import ColumnMap, load_map
from baocao.intake.counts import parse_count
from baocao.intake.mapped_sheet import MappedRow, MappedSheet, map_sheet
from baocao.intake.one_stop import (
    DATASET,
    FIELD_HEADING,
    FIGURES,
    GRAINS,
    KEY,
    MAPPABLE,
    ROW_TYPES,
    SCHEMA,
    Row,
)
from baocao.intake.problems import Problem, refuse
from baocao.intake.quarantine import keep_rejected
from baocao.intake.readers import Cell, read_sheet
from baocao.intake.source import TableSource
from baocao.locale import clean, fold
from baocao.project import Project
from baocao.units import UnitRegistry, load_registry


@dataclass(frozen=True)
class IntakeResult:
    """What became of one file: the canonical rows, and headings that were neither mapped nor known."""

    rows: pa.Table
    unmapped: Sequence[str]


def read_one_stop(
    project: Project,
    source: TableSource,
    *,
    quarantine: Path | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> IntakeResult:
    """Read one summary table into canonical rows.

    A table with one wrong row would no longer add up, so a file is taken whole or refused whole. Its rejected rows
    are then kept under `quarantine` with their reasons (mapped columns only).

    Raises
    ------
    InputError
        Every problem of the file at once: missing columns, unknown units and fields, text in a number, negative
        counts, two rows for one key.
    """
    shown = project.relative(source.path)
    column_map = load_map(project, DATASET, source.map, MAPPABLE)
    mapped = map_sheet(read_sheet(source.path, shown, encoding=encoding, sheet=sheet), column_map)
    registry = load_registry(project).valid(source.from_date, source.to_date)
    registry[source.reporter]
    reader = _RowReader(shown, source, column_map, mapped, registry, load_fields(project, source.reporter))
    read = [reader.read(row) for row in mapped.rows] if reader.grain else []
    records = [record for record in read if record is not None]
    reader.find_duplicates(records)
    if not mapped.rows:
        mend = "export the table again"
        reader.problems.append(Problem(shown, None, None, None, "rows under the header", mend))
    if reader.problems:
        raise refuse(reader.problems, _kept(quarantine, source.path, mapped, reader.problems))
    digest = hashlib.sha256(source.path.read_bytes()).hexdigest()
    rows = pa.Table.from_pylist([{**record, "source_hash": digest} for record in records], schema=SCHEMA)
    return IntakeResult(rows, mapped.unmapped)


class _RowReader:
    """Turns mapped rows into canonical records, gathering every problem on the way."""

    def __init__(
        self,
        shown: str,
        source: TableSource,
        column_map: ColumnMap,
        mapped: MappedSheet,
        registry: UnitRegistry,
        fields: FieldCatalogue | None,
    ) -> None:
        self.problems: list[Problem] = []
        self._shown = shown
        self._source = source
        self._headings = mapped.headings
        self._totals = {fold(label) for label in column_map.total_labels}
        self._registry = registry
        self._fields = fields
        self._heading: str | None = None
        self._printed = ",".join(name for name in FIGURES if name in mapped.headings)
        self.grain = next((grain for grain in reversed(GRAINS) if grain in mapped.headings), None)
        if self.grain is None:
            names = "” or “".join(heading for grain in GRAINS for heading in column_map.columns.get(grain, [grain])[:2])
            self._problem(None, None, None, f"a column “{names}”", "say what the rows are about")

    def read(self, row: MappedRow) -> dict[str, Any] | None:
        """The canonical record of a row; None for a heading row inside a table by procedure."""
        cells = {name: clean(cell) if isinstance(cell, str) else cell for name, cell in row.cells.items()}
        total = self._is_total(row.number, cells)
        if self.grain == "procedure" and not total and self._is_heading(row.number, cells):
            return None
        return {
            "reporter": self._source.reporter,
            "from_date": self._source.from_date,
            "to_date": self._source.to_date,
            "source": self._source.source,
            "systems": ",".join(self._source.systems) or None,
            "table": self._source.table,
            "grain": self.grain,
            "row_type": "total" if total else "detail",
            "position": self._position(cells),
            "file_row": row.number,
            "unit": self._unit(row.number, cells, total),
            "scope": self._source.scope,
            "authority": self._source.authority,
            "field": None if total else self._field(row.number, cells),
            "procedure": None if total else self._procedure(row.number, cells),
            "columns": self._printed,
            "blank_means": self._source.blank_means,
            **{name: self._count(row.number, name, cells) for name in FIGURES},
        }

    def find_duplicates(self, records: Sequence[Row]) -> None:
        """Two rows for one key; rows that have a problem already are not counted against each other."""
        if self.grain is None:
            return
        wrong = {problem.row for problem in self.problems}
        seen: dict[tuple[object, ...], int] = {}
        for record in records:
            number = record["file_row"]
            if number in wrong:
                continue
            first = seen.setdefault(tuple(record[name] for name in KEY), number)
            if first != number:
                name = record[self.grain]
                if record["row_type"] == "total":
                    name = "total row"
                elif self.grain == "unit":
                    name = self._registry[name].name
                self._problem(
                    number,
                    self.grain,
                    name,
                    f"one row for each {self.grain}; row {first} is the same",
                    "remove the wrong one or add its figures to the other",
                )

    def _problem(self, row: int | None, column: str | None, value: object, expected: str, mend: str) -> None:
        heading = self._headings.get(column, column) if column else None
        self.problems.append(Problem(self._shown, row, heading, value, expected, mend))

    def _is_total(self, row: int, cells: Mapping[str, Cell]) -> bool:
        row_type = cells.get("row_type")
        if row_type not in (None, ""):
            kind = fold(str(row_type))
            if kind not in ROW_TYPES:
                expected = one_of("kind of row", kind, ROW_TYPES)
                self._problem(row, "row_type", row_type, expected, "correct it, or leave the cell empty")
            return kind == "total"
        labels = (cells.get(name) for name in ("position", *GRAINS))
        return any(isinstance(label, str) and fold(label).rstrip(" :") in self._totals for label in labels)

    def _is_heading(self, row: int, cells: Mapping[str, Cell]) -> bool:
        """Whether the row only says whose or which field's procedures follow (“Lĩnh vực Hộ tịch”), as Biểu 3 prints it.

        Such a row has no running number and no figure; any other row like it is a problem, not a procedure.
        """
        if any(cells.get(name) not in (None, "") for name in ("position", *FIGURES)):
            return False
        text = self._text(cells, "procedure") or self._text(cells, "unit") or self._text(cells, "field") or ""
        if fold(text).startswith(FIELD_HEADING):
            self._heading = text[len(FIELD_HEADING) :].strip()
        elif not self._registry.named(text, self._source.reporter):
            expected = "figures, or a heading: the name of a unit or “Lĩnh vực …”"
            self._problem(row, "procedure", text, expected, "fill the row in or delete it")
        return True

    def _text(self, cells: Mapping[str, Cell], column: str) -> str | None:
        cell = cells.get(column)
        return None if cell in (None, "") else str(cell)

    def _unit(self, row: int, cells: Mapping[str, Cell], total: bool) -> str | None:
        if total:  # a total row is about the reporter, whatever label stands in its name cell
            return self._source.reporter
        if "unit" not in self._headings:
            return self._source.reporter
        name = self._text(cells, "unit")
        if name is None:
            self._problem(row, "unit", "", "the name of a unit", "fill the name in or delete the row")
            return None
        reporter = self._registry[self._source.reporter]
        meant = self._registry.named(name, reporter.code)
        if len(meant) == 1:
            return meant[0].code
        if meant:
            codes = ", ".join(unit.code for unit in meant)
            self._problem(row, "unit", name, f"a name of one unit, not of {codes}", "write the unit's code instead")
            return None
        nearest = one_of("unit", name, (unit.name for unit in (reporter, *self._registry.below(reporter.code))))
        mend = "correct the name, or add the unit or an alias under params/units/"
        self._problem(row, "unit", name, f"a unit of {reporter.code}: {nearest}", mend)
        return None

    def _field(self, row: int, cells: Mapping[str, Cell]) -> str | None:
        name = self._text(cells, "field") or self._heading
        if self.grain == "unit" or (name is None and self.grain == "procedure"):
            return None
        if name is None:
            self._problem(row, "field", "", "the name of a field", "fill the name in or delete the row")
            return None
        if self._fields is None:
            return name
        known = self._fields.named(name)
        if known is None:
            nearest = one_of("field", name, self._fields.names)
            mend = f"correct the name, or add the field to params/fields/{self._source.reporter}.csv"
            self._problem(row, "field", name, f"a field of the office's list: {nearest}", mend)
        return known

    def _procedure(self, row: int, cells: Mapping[str, Cell]) -> str | None:
        name = self._text(cells, "procedure")
        if self.grain == "procedure" and name is None:
            self._problem(row, "procedure", "", "the name of a procedure", "fill the name in or delete the row")
        return name

    def _position(self, cells: Mapping[str, Cell]) -> int | None:
        """The running number; it is decoration, so “II”, “2.1” or a number too large lose nothing."""
        try:
            number = parse_count(cells.get("position"))
        except ValueError:
            return None
        return number if number is not None and number < 2**31 else None

    def _count(self, row: int, column: str, cells: Mapping[str, Cell]) -> int | None:
        cell = cells.get(column)
        try:
            return parse_count(cell)
        except ValueError as error:
            self._problem(row, column, cell, str(error), "correct the cell in the source and export it again")
            return None


def _kept(folder: Path | None, path: Path, mapped: MappedSheet, problems: Sequence[Problem]) -> str:
    """Keep the rejected rows; a line saying where."""
    kept = keep_rejected(folder, path, mapped, problems) if folder else None
    if kept is None:
        return ""
    return f"nothing of the file was stored; its {kept.rows} rejected rows are kept in {kept.file}"
