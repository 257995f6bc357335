"""The rows a report's figures come from: dossiers where they are stored, else the office's own summary tables.

For every unit, dossiers of a system are summarised and win over tables that contain the same system; such tables are
compared, and the difference is a finding. Tables that are declared to be of other systems are added. Of two lists of
dossiers with a system in common one is counted.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

import pyarrow as pa

from baocao.fields import FieldCatalogue, load_fields
from baocao.indicators.frozen_summary import summarise_frozen
from baocao.indicators.summary import COUNTED, PROCEDURE_NAME, Window
from baocao.intake import dossiers, one_stop
from baocao.intake.one_stop import COUNTS, FIGURES, SCHEMA, Row, systems_of
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project
from baocao.store.deliveries import Coverage, Doubled, coverage
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
    doubled
        Lists of dossiers that are not counted because another one contains the same system.
    undeclared
        Printed rows of units that have dossiers, of another source that does not say which systems they contain.
    """

    versions: Versions
    rows: Sequence[Row]
    printed: Sequence[Row]
    overlaps: Sequence[tuple[Row, Row]] = ()
    previous: Sequence[Row] | None = None
    gaps: Sequence[Gap] = ()
    doubled: Sequence[Doubled] = ()
    undeclared: Sequence[Row] = ()

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
    area = _Area(reporter, registry, Window(from_date, to_date), coverage(store, versions.of[dossiers.TABLE]))
    fields = load_fields(project, reporter.code)
    computed = _summarise(project, store, versions, area, stored.rows, fields)
    used, overlaps = _without_overlaps(stored.rows, computed, area)
    return Slice(
        versions,
        rows=[*computed, *used],
        printed=stored.rows,
        overlaps=overlaps,
        previous=stored.previous,
        gaps=area.gaps(computed),
        doubled=area.doubled,
        undeclared=[row for row in stored.rows if area.leaves_open(row)],
    )


@dataclass(frozen=True)
class _Area:
    """The reporter and the units directly below it, each with whatever lies below those."""

    reporter: Unit
    registry: UnitRegistry
    window: Window
    covered: Coverage

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Code of each unit of the report → codes of the units whose dossiers are counted as its own."""
        children = {
            child.code: (child.code, *(unit.code for unit in self.registry.below(child.code)))
            for child in self.registry.children(self.reporter.code)
        }
        return {self.reporter.code: (self.reporter.code,), **children}

    def covers(self, row: Row) -> tuple[str, ...]:
        """Units of the report whose dossiers a printed row counts."""
        whole = row["unit"] == self.reporter.code and row["scope"] == "area"
        return tuple(self.members) if whole else (row["unit"],)

    @cached_property
    def doubled(self) -> list[Doubled]:
        """Lists that share a system with one that covers more days of the period, or else more systems."""
        first, last = self.window.from_date, self.window.to_date
        members = (code for codes in self.members.values() for code in codes)
        return [entry for member in members for entry in self.covered.doubled(member, first, last)]

    @cached_property
    def left_out(self) -> set[tuple[str, str]]:
        """Units and sources whose dossiers are not counted."""
        return {(entry.unit, entry.left_out) for entry in self.doubled}

    @cached_property
    def stored(self) -> dict[str, dict[str, set[str]]]:
        """For every unit of the report the sources whose dossiers are counted, each with the systems it contains."""
        return self._systems(lambda _, __: True)

    @cached_property
    def current(self) -> dict[str, dict[str, set[str]]]:
        """Of `stored` the sources that cover some day of the period."""
        first, last = self.window.from_date, self.window.to_date
        return self._systems(lambda member, source: self.covered.of(member, source).overlap(first, last))

    def _systems(self, wanted: Callable[[str, str], bool]) -> dict[str, dict[str, set[str]]]:
        found: dict[str, dict[str, set[str]]] = {unit: {} for unit in self.members}
        for unit, members in self.members.items():
            for member in members:
                for source, systems in self.covered.systems(member).items():
                    if (member, source) not in self.left_out and wanted(member, source):
                        found[unit].setdefault(source, set()).update(systems)
        return found

    def leaves_open(self, row: Row) -> bool:
        """Whether nobody said if a printed row counts the dossiers stored of its units, or others."""
        if row["systems"] or row["row_type"] != "detail":
            return False
        known = [systems for unit in self.covers(row) for systems in self.stored.get(unit, {}).values()]
        return bool(known) and row["source"] not in set().union(*known)

    def contains(self, row: Row, systems: AbstractSet[str]) -> bool:
        """Whether a printed row counts dossiers of some of `systems`; one that says nothing may well."""
        return self.leaves_open(row) or not systems_of(row).isdisjoint(systems)

    def gaps(self, computed: Sequence[Row]) -> list[Gap]:
        """Units that have a row although some day of theirs, or of a unit below, was not delivered."""
        first, last = self.window.from_date, self.window.to_date
        missing: dict[str, int] = {}
        for row in computed:
            for member in self.members[row["unit"]] if row["grain"] == "unit" else ():
                sources = [row["source"]] if len(self.members[row["unit"]]) == 1 else self.covered.systems(member)
                counted = [source for source in sources if (member, source) not in self.left_out]
                days = [self.covered.of(member, source).missing(first, last) for source in counted]
                missing[member] = max(missing.get(member, 0), *days) if days else (last - first).days + 1
        return [Gap(unit, days) for unit, days in missing.items() if days]


def _summarise(
    project: Project,
    store: Store,
    versions: Versions,
    area: _Area,
    printed: Sequence[Row],
    fields: FieldCatalogue | None,
) -> list[Row]:
    """Rows of the dossiers: one for each unit, and one for each procedure of the reporter's own desk.

    Dossiers left over from a time before are not added to a table that contains, or may contain, their own system.
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
        told = [row for row in printed if row["row_type"] == "detail" and unit in area.covers(row)]
        return {
            source
            for source, systems in area.stored[unit].items()
            if source not in area.current[unit] and any(area.contains(row, systems) for row in told)
        }

    for counts in summarise_frozen(scan, vocabulary, window, ("unit", "authority", "source")).to_pylist():
        unit = unit_of[counts["unit"]]
        if (counts["unit"], counts["source"]) in area.left_out or counts["source"] in left_to_tables(unit):
            continue
        seen.add((unit, counts["source"]))
        rows.add(unit, counts)
    for unit in area.members:
        for source in sorted(area.current[unit]):
            if (unit, source) not in seen:  # nothing came in, and it is known that nothing did
                rows.add(unit, {"authority": "own", "source": source, **dict.fromkeys(COUNTED, 0)})
    by = ("field", "procedure", "authority", "source")
    for counts in summarise_frozen(scan, vocabulary, own, by).to_pylist():
        if (reporter, counts["source"]) in area.left_out or counts["source"] in left_to_tables(reporter):
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
                "systems": ",".join(sorted(self._area.stored[unit].get(source, {source}))),
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
    printed: Sequence[Row], computed: Sequence[Row], area: _Area
) -> tuple[list[Row], list[tuple[Row, Row]]]:
    """Printed rows to be added to those of the dossiers, and pairs of those that are about the same system.

    A row of the whole area is replaced only by dossiers of all its units, since it alone knows of the others.
    """
    index: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in computed:
        for field, procedure in {(row["field"], row["procedure"]), (row["field"], None)}:
            grain = "unit" if field is None else "field" if procedure is None else "procedure"
            index[grain, row["unit"], field, procedure, row["authority"]].append(row)
    used, overlaps = [], []
    for row in printed:
        units = area.covers(row)
        stored = [any(area.contains(row, systems) for systems in area.current.get(unit, {}).values()) for unit in units]
        if row["row_type"] != "detail" or not all(stored):
            used.append(row)
        if row["row_type"] == "detail" and any(stored):
            keys = [(row["grain"], unit, row["field"], row["procedure"], row["authority"]) for unit in units]
            same = [found for key in keys for found in index[key] if area.contains(row, systems_of(found))]
            overlaps.append((row, _total(same)))
    return used, overlaps


def _total(rows: Sequence[Row]) -> Row:
    """One row of several: what none of them says stays blank."""
    sums: dict[str, int | None] = {}
    for name in FIGURES:
        values = [row[name] for row in rows if row[name] is not None]
        sums[name] = sum(values) if values else None
    return sums
