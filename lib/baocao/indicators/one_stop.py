"""Figures of one-stop tables for any subject: a unit, the area with all its units, a field, a procedure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from baocao.fields import FieldCatalogue
from baocao.indicators.catalogue import Catalogue, Counts
from baocao.indicators.measure import Measure, Subject
from baocao.intake.one_stop import COUNTS, FIGURES
from baocao.periods import Period
from baocao.units import Unit, UnitRegistry

BY_PROCEDURE = "by-procedure"


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

    rows: pd.DataFrame
    reporter: Unit
    period: Period
    registry: UnitRegistry
    fields: FieldCatalogue | None
    catalogue: Catalogue

    @cached_property
    def details(self) -> pd.DataFrame:
        """Detail rows in the order of the file."""
        return self.rows[self.rows["row_type"] == "detail"]

    @cached_property
    def by_unit(self) -> pd.DataFrame:
        """Detail rows of grain unit, one per unit."""
        return self.details[self.details["grain"] == "unit"]

    @cached_property
    def by_field(self) -> pd.DataFrame:
        """Detail rows a table by field is made from: of procedures where there are any, else of fields."""
        fine = self.by_procedure
        return fine if len(fine) else self.details[self.details["grain"] == "field"]

    @cached_property
    def by_procedure(self) -> pd.DataFrame:
        """Detail rows of grain procedure."""
        return self.details[self.details["grain"] == "procedure"]

    # -- units ----------------------------------------------------------------------------------------------------

    def units(self) -> list[Unit]:
        """The reporter and the units directly below it: first those with a row, as the file lists them."""
        expected = [self.reporter, *self.registry.children(self.reporter.code)]
        listed = {code: place for place, code in enumerate(self.by_unit["unit"])}
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
        positive = (self.by_unit[list(FIGURES)].fillna(0) > 0).any(axis=1)
        return dict(zip(self.by_unit["unit"], map(bool, positive), strict=True))

    # -- measures -------------------------------------------------------------------------------------------------

    def of_area(self, indicator: str) -> Measure:
        """`indicator` for the reporter with all units below it."""
        return self.of_units(indicator, self.units())

    def of_unit(self, indicator: str, unit: Unit) -> Measure:
        """`indicator` for one office alone."""
        rows = self.by_unit
        return self._measure(indicator, Subject(unit.code), lambda: rows[rows["unit"] == unit.code])

    def of_units(self, indicator: str, units: Sequence[Unit], part: str = "subset") -> Measure:
        """`indicator` over several offices together; `part` names the subset when it leaves some with figures out."""
        codes = {unit.code for unit in units}
        left_out = (unit for unit in self.units() if unit.code not in codes)
        complete = not any(self._recorded.get(unit.code) for unit in left_out)
        subject = Subject(self.reporter.code, area=True, part=None if complete else part)
        return self._measure(indicator, subject, lambda: self._own_rows(codes))

    def of_desk(self, indicator: str) -> Measure:
        """`indicator` for the reporter's own desk, summed over its fields or procedures."""
        return self._measure(indicator, Subject(self.reporter.code, part=BY_PROCEDURE), lambda: self.by_field)

    def of_field(self, indicator: str, field: str) -> Measure:
        """`indicator` for one field of the reporter's own desk."""
        rows = self.by_field
        subject = Subject(self.reporter.code, field=field)
        return self._measure(indicator, subject, lambda: rows[rows["field"] == field])

    def of_procedure(self, indicator: str, field: str | None, procedure: str) -> Measure:
        """`indicator` for one procedure of the reporter's own desk."""
        rows = self.by_procedure
        subject = Subject(self.reporter.code, field=field, procedure=procedure)
        in_field = rows["field"].isna() if field is None else rows["field"] == field
        return self._measure(indicator, subject, lambda: rows[in_field & (rows["procedure"] == procedure)])

    def _own_rows(self, codes: Collection[str]) -> pd.DataFrame:
        rows = self.by_unit[self.by_unit["unit"].isin(codes)]
        whole = rows[(rows["unit"] == self.reporter.code) & (rows["scope"] == "area")]
        # A row of scope `area` already contains the units below it.
        return whole if len(whole) else rows

    @cached_property
    def _sums(self) -> dict[Subject, tuple[Counts, str]]:
        return {}

    def _measure(self, indicator: str, subject: Subject, select: Callable[[], pd.DataFrame]) -> Measure:
        if subject not in self._sums:
            rows = select()
            tables = dict.fromkeys(zip(rows["source"], rows["table"], strict=True))
            self._sums[subject] = total_counts(rows), ", ".join(f"{source}: {table}" for source, table in tables)
        counts, source = self._sums[subject]
        dates = self.period.from_date, self.period.to_date
        return self.catalogue.measure(indicator, counts, subject, *dates, source)


def total_counts(rows: pd.DataFrame) -> Counts:
    """Column sums of `rows`, None where every cell is blank.

    A blank counts as 0 only where its source says so (`blank_means` = zero), its table prints the column, and its row
    reports something.
    """
    sums: dict[str, int | None] = {}
    printed = {name for row in rows[rows["blank_means"] == "zero"]["columns"].unique() for name in row.split(",")}
    reported = bool(rows[list(FIGURES)].notna().to_numpy().any())
    for name in COUNTS:
        cells = rows[name].dropna()
        sums[name] = int(cells.sum()) if len(cells) else 0 if reported and name in printed else None
    return sums
