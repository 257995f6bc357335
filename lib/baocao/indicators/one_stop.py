"""Figures of one-stop tables for any subject: a unit, the area with all its units, a field, a procedure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from baocao.fields import FieldCatalogue
from baocao.indicators.catalogue import Catalogue, Counts
from baocao.indicators.definition import UnitGroup
from baocao.indicators.measure import Measure, Subject
from baocao.intake.one_stop import COUNTS, FIGURES, Row, of_other_systems
from baocao.locale import sort_names
from baocao.periods import Period
from baocao.units import Unit, UnitRegistry

BY_PROCEDURE = "by-procedure"


@dataclass(frozen=True)
class Totals:
    """Column sums, None where every cell is blank; `implied` names those that are 0 only because blank means zero."""

    counts: Counts
    implied: Collection[str]


@dataclass(frozen=True)
class OneStopFigures:
    """The one-stop tables of a reporter and period, ready to answer “how many of what, where”.

    Attributes
    ----------
    rows
        Canonical rows of the slice (`baocao.intake.one_stop.SCHEMA`), detail and total rows of every grain.
        Only detail rows are ever added.
    registry
        Units as they stood in the period.
    fields
        The office's list of fields, None where it has stated none.
    """

    rows: Sequence[Row]
    reporter: Unit
    period: Period
    registry: UnitRegistry
    fields: FieldCatalogue | None
    catalogue: Catalogue

    def _details(self, grain: str) -> list[Row]:
        return [row for row in self.rows if row["row_type"] == "detail" and row["grain"] == grain]

    @cached_property
    def by_unit(self) -> list[Row]:
        """Detail rows of grain unit, one per unit, system and authority, in the order of the file."""
        return self._details("unit")

    @cached_property
    def by_procedure(self) -> list[Row]:
        """Detail rows of grain procedure, in the order of the file."""
        return self._details("procedure")

    @cached_property
    def by_field(self) -> list[Row]:
        """Detail rows a table by field is made from: of procedures where a system lists them, else of fields."""
        fields = (row for row in self._details("field") if all(_added(row, other) for other in self.by_procedure))
        return [*self.by_procedure, *fields]

    def field_names(self) -> Sequence[str]:
        """The office's list of fields in its order, then what else the data name, in alphabetical order."""
        listed = self.fields.names if self.fields is not None else ()
        return [*listed, *sort_names({row["field"] for row in self.by_field if row["field"]} - set(listed))]

    # -- units ----------------------------------------------------------------------------------------------------

    def units(self) -> list[Unit]:
        """The reporter and the units directly below it: first those with a row, as the file lists them.

        Dossiers have no order of their own; with them the units stand as in the registry.
        """
        expected = [self.reporter, *self.registry.children(self.reporter.code)]
        if any(row["file_row"] is None for row in self.by_unit):
            return expected
        listed = {row["unit"]: place for place, row in enumerate(self.by_unit)}
        return sorted(expected, key=lambda unit: listed.get(unit.code, len(listed)))

    def has_row(self, unit: Unit) -> bool:
        """Whether the unit sent a row at all; a unit without one “chưa gửi số liệu”."""
        return unit.code in self._recorded

    def is_silent(self, unit: Unit) -> bool:
        """Whether the unit sent a row and it holds no dossier: all blank or 0, “không phát sinh”."""
        return self._recorded.get(unit.code) is False

    @cached_property
    def _recorded(self) -> dict[str, bool]:
        """For every unit with a row, whether it records any dossier."""
        recorded: dict[str, bool] = {}
        for row in self.by_unit:
            recorded[row["unit"]] = recorded.get(row["unit"], False) or any(row[name] for name in FIGURES)
        return recorded

    def group(self, name: UnitGroup) -> list[Unit]:
        """The units of a group, in the order of `units`."""
        match name:
            case "all":
                return self.units()
            case "active":
                return [unit for unit in self.units() if self._recorded.get(unit.code)]
            case "silent":
                return [unit for unit in self.units() if self.is_silent(unit)]
            case "not-sent":
                return [unit for unit in self.units() if not self.has_row(unit)]
            case "late-or-overdue":
                late = ("resolved_late", "pending_overdue")
                return [unit for unit in self.units() if any(self.of_unit(name, unit) for name in late)]

    def subordinates(self) -> list[Unit]:
        """`units` without the reporter itself."""
        return [unit for unit in self.units() if unit.code != self.reporter.code]

    def descending(self, indicator: str, units: Sequence[Unit]) -> list[Unit]:
        """`units` by their value, highest first, blanks as if 0; equals stay in the order given."""
        return sorted(units, key=lambda unit: -(self.of_unit(indicator, unit).value or 0))

    def ranked(self, indicator: str, units: Sequence[Unit]) -> list[Unit]:
        """Those of `units` with a value above zero, highest first."""
        return [unit for unit in self.descending(indicator, units) if self.of_unit(indicator, unit)]

    # -- measures -------------------------------------------------------------------------------------------------

    def of_area(self, indicator: str) -> Measure:
        """`indicator` for the reporter with all units below it."""
        subject = Subject(self.reporter.code, area=True)
        measure = self._measure(indicator, subject, self._without_double_counting())
        definition = self.catalogue[indicator]
        if definition.entered:
            return replace(measure, source="")  # nobody has entered it, so it comes from nowhere
        if definition.units is not None:
            return replace(measure, value=len(self.group(definition.units)), stated=True)
        return measure

    def of_unit(self, indicator: str, unit: Unit) -> Measure:
        """`indicator` for one office alone."""
        rows = [row for row in self.by_unit if row["unit"] == unit.code]
        if unit.code == self.reporter.code:  # a row of the whole area says nothing of the office alone
            rows = [row for row in rows if row["scope"] == "own"] or rows
        return self._measure(indicator, Subject(unit.code), rows)

    def of_desk(self, indicator: str) -> Measure:
        """`indicator` for the reporter's own desk, summed over its fields or procedures."""
        return self._measure(indicator, Subject(self.reporter.code, part=BY_PROCEDURE), self.by_field)

    def of_below(self, indicator: str) -> Measure:
        """`indicator` for the units below the reporter, without its own desk."""
        rows = (row for row in self.by_unit if row["unit"] != self.reporter.code)
        return self._measure(indicator, Subject(self.reporter.code, area=True, part="below"), rows)

    def of_field(self, indicator: str, field: str) -> Measure:
        """`indicator` for one field of the reporter's own desk."""
        rows = (row for row in self.by_field if row["field"] == field)
        return self._measure(indicator, Subject(self.reporter.code, field=field), rows)

    def of_procedure(self, indicator: str, field: str | None, procedure: str) -> Measure:
        """`indicator` for one procedure of the reporter's own desk."""
        rows = (row for row in self.by_procedure if (row["field"], row["procedure"]) == (field, procedure))
        return self._measure(indicator, Subject(self.reporter.code, field=field, procedure=procedure), rows)

    def _without_double_counting(self) -> list[Row]:
        codes = {unit.code for unit in self.units()}
        rows = [row for row in self.by_unit if row["unit"] in codes]
        # A row of scope `area` already contains the units below it.
        whole = [row for row in rows if self._of_whole_area(row)]
        return [row for row in rows if self._of_whole_area(row) or all(_added(row, area) for area in whole)]

    def _of_whole_area(self, row: Row) -> bool:
        return bool(row["unit"] == self.reporter.code and row["scope"] == "area")

    @cached_property
    def _sums(self) -> dict[Subject, tuple[Totals, str]]:
        return {}

    def _measure(self, indicator: str, subject: Subject, rows: Iterable[Row]) -> Measure:
        if subject not in self._sums:
            chosen = list(rows)
            tables = dict.fromkeys(f"{row['source']}: {row['table']}" for row in chosen)
            self._sums[subject] = total_counts(chosen), ", ".join(tables)
        totals, source = self._sums[subject]
        measure = self.catalogue.measure(
            indicator, totals.counts, subject, self.period.from_date, self.period.to_date, source
        )
        columns = self.catalogue[indicator].sum or ()
        implied = bool(columns) and all(totals.counts[name] is None or name in totals.implied for name in columns)
        return replace(measure, stated=not implied)


def _added(row: Row, other: Row) -> bool:
    """Whether figures of the two rows are of different dossiers, by what is said of them."""
    return row["authority"] != other["authority"] or of_other_systems(row, other)


def total_counts(rows: Sequence[Row]) -> Totals:
    """Column sums of `rows`.

    A blank counts as 0 only where its source says so (`blank_means` = zero), its table prints the column, and some
    row reports something.
    """
    reported = any(row[name] is not None for row in rows for name in FIGURES)
    zeros = {name for row in rows if reported and row["blank_means"] == "zero" for name in row["columns"].split(",")}
    cells = {name: [row[name] for row in rows if row[name] is not None] for name in COUNTS}
    implied = {name for name in COUNTS if not cells[name] and name in zeros}
    counts = {name: sum(cells[name]) if cells[name] else 0 if name in implied else None for name in COUNTS}
    return Totals(counts, implied)
