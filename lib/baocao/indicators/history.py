"""What an office, its units and its fields counted in the periods before, to hold the one that is reported against.

A past unit's figures stand for the unit of today that took it over whole (`baocao.indicators.rollup`); those of one
that was divided are in the area's figures, in no unit's, and are named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from baocao.fields import load_fields
from baocao.indicators.catalogue import Catalogue, Counts
from baocao.indicators.frozen_summary import summarise_each
from baocao.indicators.measure import Measure, Subject
from baocao.indicators.one_stop import OneStopFigures, total_counts
from baocao.indicators.rollup import NotSent, roll_up
from baocao.indicators.slices import DOSSIER_TABLE, NO_FIELD
from baocao.indicators.summary import PERIOD, Window
from baocao.indicators.unit_figures import load_figures
from baocao.intake import dossiers, one_stop
from baocao.intake.one_stop import COUNTS
from baocao.intake.vocabulary import load_vocabulary
from baocao.periods import Period, Periods
from baocao.project import Project
from baocao.store.deliveries import coverage
from baocao.store.dossiers import scan_dossiers
from baocao.store.slices import summary_rows
from baocao.store.tables import Store
from baocao.store.versions import Versions
from baocao.units import Unit, UnitRegistry


@dataclass(frozen=True)
class Told:
    """Counts of one subject in one period, and the lists and tables they come from."""

    counts: Counts
    source: str


@dataclass(frozen=True)
class History:
    """Figures of past periods, as measures with ids of their own; blank where nothing is known.

    Attributes
    ----------
    periods
        Oldest first, without the report's own.
    previous, year_before
        Places of the period before and of the same period last year.
    area, units, fields
        Counts by place of the period, and by code of a unit of today (the office: its own desk) or name of a field of
        that desk.
    unplaced
        Past units, with figures of their own, that no single unit of today stands for.
    merged
        Codes of units of today for which past units stand in some of the periods.
    not_sent
        Units that told nothing for the report's own period.
    """

    office: Unit
    periods: Sequence[Period]
    previous: int
    year_before: int
    catalogue: Catalogue
    area: Mapping[int, Told]
    units: Mapping[tuple[str, int], Told]
    fields: Mapping[tuple[str, int], Told]
    unplaced: Sequence[Unit] = ()
    merged: frozenset[str] = frozenset()
    not_sent: Sequence[NotSent] = ()

    def of_area(self, indicator: str, place: int) -> Measure:
        """`indicator` of the office with all units below it, in the period at `place`."""
        return self._measure(indicator, Subject(self.office.code, area=True), place, self.area.get(place))

    def of_unit(self, indicator: str, unit: Unit, place: int) -> Measure:
        """`indicator` of a unit of today, in the period at `place`."""
        return self._measure(indicator, Subject(unit.code), place, self.units.get((unit.code, place)))

    def of_field(self, indicator: str, field: str, place: int) -> Measure:
        """`indicator` of a field of the office's own desk, in the period at `place`."""
        told = self.fields.get((field, place))
        return self._measure(indicator, Subject(self.office.code, field=field), place, told)

    def _measure(self, indicator: str, subject: Subject, place: int, told: Told | None) -> Measure:
        period = self.periods[place]
        dated = Subject(subject.unit, subject.area, subject.field, subject.procedure, part=str(period.id))
        counts, source = (told.counts, told.source) if told else ({}, "")
        return self.catalogue.measure(indicator, counts, dated, period.from_date, period.to_date, source)


def past_periods(periods: Periods, office: Unit, period: Period, count: int) -> tuple[list[Period], int, int]:
    """The `count` periods before one and the same period last year: oldest first, with the places of the two compared.

    Dates are those the office stated for each, else those of its calendar.
    """
    ids, one = [], period.id
    for _ in range(count):
        one = one.previous()
        ids.append(one)
    ids = sorted({*ids, period.id.year_before()}, key=lambda one: (one.year, one.last_month))
    found = [periods.resolve(str(one), office.code) for one in ids]
    return found, ids.index(period.id.previous()), ids.index(period.id.year_before())


def load_history(
    project: Project,
    catalogue: Catalogue,
    registry: UnitRegistry,
    office: Unit,
    period: Period,
    versions: Versions,
    count: int,
) -> History:
    """Figures of the `count` periods before and of the same period last year, at given table versions.

    Parameters
    ----------
    registry
        All units, whenever they existed.
    """
    before, previous, year_before = past_periods(Periods(project, registry), office, period, count)
    spans = [(one.from_date, one.to_date) for one in (*before, period)]
    figures, _ = load_figures(project, registry, office.code, spans, versions)
    children = registry.valid(period.from_date, period.to_date).children(office.code)
    area: dict[int, Told] = {}
    units: dict[tuple[str, int], Told] = {}
    unplaced: dict[str, None] = {}
    merged: set[str] = set()
    for place, (span, of_span) in enumerate(zip(spans[:-1], figures[:-1], strict=True)):
        rolled = roll_up(of_span, office, registry, span, day=period.to_date)
        if rolled.total is not None:
            area[place] = Told(rolled.total.counts, rolled.total.source)
        unplaced.update(dict.fromkeys(one.unit for one in rolled.unplaced))
        for unit in (office, *children):
            stood = unit.existed(*span)
            merged.update([unit.code] if not stood and unit.code in rolled.parts else [])
            # Of units that were merged all must have told, or the new one would seem to have grown.
            if unit.code in rolled.parts and (stood or unit.code not in rolled.incomplete):
                part = rolled.parts[unit.code]
                units[unit.code, place] = Told(part.counts, part.source)
    now = roll_up(figures[-1], office, registry, spans[-1], before=figures[:-1])
    return History(
        office=office,
        periods=before,
        previous=previous,
        year_before=year_before,
        catalogue=catalogue,
        area=area,
        units=units,
        fields={} if children else _by_field(project, office, before, registry, catalogue, versions),
        unplaced=[registry[code] for code in unplaced],
        merged=frozenset(merged),
        not_sent=now.not_sent,
    )


# -- fields -----------------------------------------------------------------------------------------------------------


def _by_field(
    project: Project,
    office: Unit,
    before: Sequence[Period],
    registry: UnitRegistry,
    catalogue: Catalogue,
    versions: Versions,
) -> dict[tuple[str, int], Told]:
    """Fields of the office's own desk: from its dossiers where they cover a period, else from its tables."""
    store = Store(project.store)
    found = _fields_of_dossiers(project, store, office, before, versions)
    covered = {place for _, place in found}
    if one_stop.TABLE not in versions.of:
        return found
    rows = summary_rows(store, versions.as_of(one_stop.TABLE), [("reporter", "=", office.code)])
    fields = load_fields(project, office.code)
    for place, past in enumerate(before):
        of_past = [row for row in rows if (row["from_date"], row["to_date"]) == (past.from_date, past.to_date)]
        if place in covered or not of_past:
            continue
        of_fields = OneStopFigures(of_past, office, past, registry, fields, catalogue).by_field
        for name in dict.fromkeys(row["field"] for row in of_fields if row["field"]):
            chosen = [row for row in of_fields if row["field"] == name]
            source = ", ".join(dict.fromkeys(f"{row['source']}: {row['table']}" for row in chosen))
            found[name, place] = Told(total_counts(chosen).counts, source)
    return found


def _fields_of_dossiers(
    project: Project, store: Store, office: Unit, before: Sequence[Period], versions: Versions
) -> dict[tuple[str, int], Told]:
    scan = scan_dossiers(store, versions.as_of(dossiers.TABLE)) if dossiers.TABLE in versions.of else None
    if scan is None:
        return {}
    covered, fields = coverage(store, scan.version), load_fields(project, office.code)
    counted = {place: covered.counted(office.code, past.from_date, past.to_date) for place, past in enumerate(before)}
    places = [place for place, sources in counted.items() if sources]
    windows = [Window(before[place].from_date, before[place].to_date, (office.code,)) for place in places]
    sums: dict[tuple[str, int], dict[str, int | None]] = {}
    table = summarise_each(scan, load_vocabulary(project), windows, ("field", "source")) if windows else None
    for row in table.to_pylist() if table is not None else ():
        place = places[row[PERIOD]]
        if row["source"] in counted[place]:
            field = row["field"] or NO_FIELD
            of_field = sums.setdefault(((fields.named(field) if fields else None) or field, place), {})
            of_field.update({name: (of_field.get(name) or 0) + row[name] for name in COUNTS if row[name] is not None})
    return {key: Told(counts, f"{', '.join(counted[key[1]])}: {DOSSIER_TABLE}") for key, counts in sums.items()}
