"""The rows a report's figures come from: dossiers where they are stored, else the office's own summary tables.

For every unit, dossiers of a system are summarised and win over tables that contain the same system; such tables are
compared, and the difference is a finding. Tables of other systems are added.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import pyarrow as pa

from baocao.fields import FieldCatalogue, load_fields
from baocao.indicators.summary import COUNTED, PROCEDURE_NAME, Window, summarise
from baocao.intake import dossiers, one_stop
from baocao.intake.one_stop import COUNTS, FIGURES, SCHEMA, Row
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project
from baocao.store.deliveries import Coverage, coverage
from baocao.store.dossiers import scan_dossiers
from baocao.store.slices import StoredTables, stored_tables
from baocao.store.tables import Store, content_hash
from baocao.store.versions import Versions
from baocao.units import Unit, UnitRegistry

#: What the summary of dossiers is called where a printed table has a name.
DOSSIER_TABLE = "Danh sách hồ sơ"
NO_FIELD = "Chưa ghi lĩnh vực"
NO_PROCEDURE = "Chưa ghi tên thủ tục"


@dataclass(frozen=True)
class Gap:
    """A unit of whose dossiers some days of the period are not there, and how many."""

    unit: str
    missing_days: int


@dataclass(frozen=True)
class Slice:
    """What is known of one reporter and period.

    Attributes
    ----------
    rows
        The rows figures are computed from.
    printed
        All rows of the office's own tables, also those that are only compared.
    overlaps
        A printed row and the row of the dossiers it should agree with.
    previous
        Printed rows of the stored period before this one, None if there is none.
    gaps
        Units the dossiers do not fully cover.
    """

    versions: Versions
    rows: Sequence[Row]
    printed: Sequence[Row]
    overlaps: Sequence[tuple[Row, Row]] = ()
    previous: Sequence[Row] | None = None
    gaps: Sequence[Gap] = ()

    @property
    def version(self) -> str:
        """The table versions in one phrase, for a person."""
        return str(self.versions)

    def record(self) -> dict[str, Any]:
        """The slice for `manifest.json`."""
        computed = [row for row in self.rows if row["table"] == DOSSIER_TABLE]
        parts = {one_stop.TABLE: self.printed, dossiers.TABLE: computed}
        return {
            table: {
                "version": self.versions.of[table],
                "rows": len(rows),
                "content_hash": content_hash(pa.Table.from_pylist(list(rows), schema=SCHEMA)),
            }
            for table, rows in parts.items()
            if table in self.versions.of and (rows or table == one_stop.TABLE)
        }


def load_slice(
    project: Project, reporter: Unit, registry: UnitRegistry, from_date: date, to_date: date, versions: Versions
) -> Slice:
    """Everything known of `reporter` and the units below it from `from_date` to `to_date`, at given table versions.

    Parameters
    ----------
    registry
        Units as they stood in the period.
    """
    store = Store(project.store)
    stored = StoredTables([], None)
    if one_stop.TABLE in versions.of:
        stored = stored_tables(store, reporter.code, from_date, to_date, versions.as_of(one_stop.TABLE))
    if dossiers.TABLE not in versions.of:
        return Slice(versions, stored.rows, stored.rows, previous=stored.previous)
    area = _Area(reporter, registry, Window(from_date, to_date))
    covered = coverage(store, versions.of[dossiers.TABLE])
    fields = load_fields(project, reporter.code)
    computed = _summarise(project, store, versions, area, covered, stored.rows, fields)
    systems = area.systems(covered)
    used, overlaps = _without_overlaps(stored.rows, computed, systems)
    return Slice(versions, [*computed, *used], stored.rows, overlaps, stored.previous, area.gaps(covered, computed))


@dataclass(frozen=True)
class _Area:
    """The reporter and the units directly below it, each with whatever lies below those."""

    reporter: Unit
    registry: UnitRegistry
    window: Window

    @property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Code of each unit of the report → codes of the units whose dossiers are counted as its own."""
        children = {
            child.code: (child.code, *(unit.code for unit in self.registry.below(child.code)))
            for child in self.registry.children(self.reporter.code)
        }
        return {self.reporter.code: (self.reporter.code,), **children}

    def sources(self, covered: Coverage, unit: str) -> set[str]:
        """Sources whose dossiers of a unit cover some day of the period."""
        first, last = self.window.from_date, self.window.to_date
        return {
            source
            for member in self.members[unit]
            for source in covered.systems(member)
            if covered.of(member, source).overlap(first, last)
        }

    def systems(self, covered: Coverage) -> dict[str, set[str]]:
        """Systems whose dossiers are stored, for every unit of the report."""
        return {
            unit: {
                system
                for member in members
                for source, systems in covered.systems(member).items()
                if source in self.sources(covered, unit)
                for system in systems
            }
            for unit, members in self.members.items()
        }

    def gaps(self, covered: Coverage, computed: Sequence[Row]) -> list[Gap]:
        """Units that have a row although some day of theirs, or of a unit below, was not delivered."""
        first, last = self.window.from_date, self.window.to_date
        missing: dict[str, int] = {}
        for row in computed:
            for member in self.members[row["unit"]] if row["grain"] == "unit" else ():
                sources = [row["source"]] if len(self.members[row["unit"]]) == 1 else covered.systems(member)
                days = [covered.of(member, source).missing(first, last) for source in sources]
                missing[member] = max(missing.get(member, 0), *days) if days else (last - first).days + 1
        return [Gap(unit, days) for unit, days in missing.items() if days]


def _summarise(
    project: Project,
    store: Store,
    versions: Versions,
    area: _Area,
    covered: Coverage,
    printed: Sequence[Row],
    fields: FieldCatalogue | None,
) -> list[Row]:
    """Rows of the dossiers: one for each unit, and one for each procedure of the reporter's own desk.

    Dossiers left over from a time before are not added to a table of their own system that speaks of this one.
    """
    scan = scan_dossiers(store, versions.as_of(dossiers.TABLE))
    if scan is None:
        return []
    reporter = area.reporter.code
    unit_of = {code: unit for unit, members in area.members.items() for code in members}
    window = Window(area.window.from_date, area.window.to_date, tuple(unit_of))
    own = Window(area.window.from_date, area.window.to_date, (reporter,))
    vocabulary = load_vocabulary(project)
    rows = _Rows(area)
    seen = set()

    @cache
    def left_to_tables(unit: str) -> set[str]:
        told = {system for row in printed if row["unit"] == unit for system in _systems(row)}
        current = area.sources(covered, unit)
        contained = {
            source: systems for member in area.members[unit] for source, systems in covered.systems(member).items()
        }
        return {source for source, systems in contained.items() if source not in current and told & set(systems)}

    for counts in summarise(scan, vocabulary, [window], ("unit", "authority", "source")).to_pylist():
        unit = unit_of[counts["unit"]]
        if counts["source"] in left_to_tables(unit):
            continue
        seen.add((unit, counts["source"]))
        rows.add(unit, counts)
    for unit in area.members:
        for source in sorted(area.sources(covered, unit)):
            if (unit, source) not in seen:  # nothing came in, and it is known that nothing did
                rows.add(unit, {"authority": "own", "source": source, **dict.fromkeys(COUNTED, 0)})
    by = ("field", "procedure", "authority", "source")
    for counts in summarise(scan, vocabulary, [own], by).to_pylist():
        if counts["source"] in left_to_tables(reporter):
            continue
        field = counts["field"] or NO_FIELD
        listed = fields.named(field) if fields else None
        rows.add(reporter, counts, listed or field, counts[PROCEDURE_NAME] or counts["procedure"] or NO_PROCEDURE)
    return rows.done()


class _Rows:
    """Canonical rows in the making; counts of one subject are added."""

    def __init__(self, area: _Area) -> None:
        self._area = area
        self._counts: dict[tuple[str, str | None, str | None, str, str], dict[str, int | None]] = {}

    def add(self, unit: str, counts: Mapping[str, Any], field: str | None = None, procedure: str | None = None) -> None:
        key = (unit, field, procedure, counts["authority"], counts["source"])
        sums = self._counts.setdefault(key, dict.fromkeys(COUNTS))
        for name in COUNTS:
            if counts.get(name) is not None:
                sums[name] = (sums[name] or 0) + counts[name]

    def done(self) -> list[Row]:
        members = self._area.members
        order = {unit: place for place, unit in enumerate(members)}
        ordered = sorted(self._counts.items(), key=lambda entry: order[entry[0][0]])
        blank = dict.fromkeys(SCHEMA.names)
        return [
            {
                **blank,
                "reporter": self._area.reporter.code,
                "from_date": self._area.window.from_date,
                "to_date": self._area.window.to_date,
                "source": source,
                "table": DOSSIER_TABLE,
                "grain": "unit" if procedure is None else "procedure",
                "row_type": "detail",
                "unit": unit,
                "scope": "area" if len(members[unit]) > 1 else "own",
                "authority": authority,
                "field": field,
                "procedure": procedure,
                "columns": ",".join(name for name in COUNTS if counts[name] is not None),
                "blank_means": "unknown",
                **counts,
            }
            for (unit, field, procedure, authority, source), counts in ordered
        ]


def _without_overlaps(
    printed: Sequence[Row], computed: Sequence[Row], systems: Mapping[str, set[str]]
) -> tuple[list[Row], list[tuple[Row, Row]]]:
    """Printed rows to be added to those of the dossiers, and pairs of those that are about the same system."""
    index: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in computed:
        for field, procedure in {(row["field"], row["procedure"]), (row["field"], None)}:
            grain = "unit" if field is None else "field" if procedure is None else "procedure"
            index[grain, row["unit"], field, procedure, row["authority"]].append(row)
    used, overlaps = [], []
    for row in printed:
        if row["row_type"] != "detail" or not _systems(row) & systems.get(row["unit"], set()):
            used.append(row)
            continue
        key = (row["grain"], row["unit"], row["field"], row["procedure"], row["authority"])
        overlaps.append((row, _added(index[key])))
    return used, overlaps


def _systems(row: Row) -> set[str]:
    """Systems whose dossiers a printed row contains."""
    return set((row["systems"] or row["source"]).split(","))


def _added(rows: Sequence[Row]) -> Row:
    """One row of several: what none of them says stays blank."""
    sums: dict[str, int | None] = {}
    for name in FIGURES:
        values = [row[name] for row in rows if row[name] is not None]
        sums[name] = sum(values) if values else None
    return sums
