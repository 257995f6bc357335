"""The rows a report's figures come from: dossiers where they are stored, else the office's own summary tables.

For every unit, dossiers of a system are summarised and win over tables that contain the same system; such tables are
compared, and the difference is a finding. Tables that are declared to be of other systems are added. Of two lists of
dossiers with a system in common one is counted. What a unit had left open when it ended goes on with the one that took
it over as a whole, as in a roll-up (`baocao.indicators.rollup`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from baocao.fields import FieldCatalogue, load_fields
from baocao.indicators.counted_area import CountedArea, Gap, Inherited
from baocao.indicators.frozen_summary import summarise_frozen
from baocao.indicators.summary import COUNTED, PROCEDURE_NAME, Window
from baocao.intake import dossiers, one_stop
from baocao.intake.one_stop import COUNTS, FIGURES, SCHEMA, Row, systems_of
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project
from baocao.store.deliveries import Doubled, coverage
from baocao.store.dossiers import scan_dossiers
from baocao.store.slices import StoredTables, stored_tables
from baocao.store.tables import Store, content_hash
from baocao.store.versions import Versions
from baocao.units import Unit, UnitRegistry, load_registry

#: What the summary of dossiers is called where a printed table has a name.
DOSSIER_TABLE = "Danh sách hồ sơ"
NO_FIELD = "Chưa ghi lĩnh vực"
NO_PROCEDURE = "Chưa ghi tên thủ tục"


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
    inherited
        Unit that had ended before the period and source of dossiers it left open → unit in whose figures these are,
        None where in nobody's.
    """

    versions: Versions
    rows: Sequence[Row]
    printed: Sequence[Row]
    overlaps: Sequence[tuple[Row, Row]] = ()
    previous: Sequence[Row] | None = None
    gaps: Sequence[Gap] = ()
    doubled: Sequence[Doubled] = ()
    undeclared: Sequence[Row] = ()
    inherited: Inherited = field(default_factory=dict)

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
                "content_hash": content_hash({name: row.get(name) for name in SCHEMA.names} for row in rows),
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
    covered = coverage(store, versions.of[dossiers.TABLE])
    area = CountedArea(reporter, registry, load_registry(project), Window(from_date, to_date), covered)
    fields = load_fields(project, reporter.code)
    computed, inherited = _summarise(project, store, versions, area, stored.rows, fields)
    used, overlaps = _without_overlaps(stored.rows, computed, area)
    return Slice(
        versions,
        rows=[*computed, *used],
        printed=stored.rows,
        overlaps=overlaps,
        previous=stored.previous,
        gaps=area.gaps(computed, inherited),
        doubled=area.doubled,
        undeclared=[row for row in stored.rows if area.leaves_open(row)],
        inherited=inherited,
    )


def _summarise(
    project: Project,
    store: Store,
    versions: Versions,
    area: CountedArea,
    printed: Sequence[Row],
    fields: FieldCatalogue | None,
) -> tuple[list[Row], Inherited]:
    """Rows of the dossiers: one for each unit, and one for each procedure of the reporter's own desk.

    Dossiers left over from a time before are not added to a table that contains, or may contain, their own system.

    Returns
    -------
    tuple
        The rows, and what former units had left open, as a `Slice` has it.
    """
    scan = scan_dossiers(store, versions.as_of(dossiers.TABLE))
    if scan is None:
        return [], {}
    reporter = area.reporter.code
    window = Window(area.window.from_date, area.window.to_date, tuple(area.unit_of))
    desk = tuple(code for code, unit in area.unit_of.items() if unit == reporter)
    own = Window(area.window.from_date, area.window.to_date, desk)
    vocabulary = load_vocabulary(project)
    rows = _Rows(area)
    seen = set()
    inherited: dict[tuple[str, str], str | None] = {}

    @cache
    def left_to_tables(unit: str) -> set[str]:
        told = [row for row in printed if row["row_type"] == "detail" and unit in area.covers(row)]
        return {
            source
            for source, systems in area.stored[unit].items()
            if source not in area.current[unit] and any(area.contains(row, systems) for row in told)
        }

    for counts in summarise_frozen(scan, vocabulary, window, ("unit", "authority", "source")).to_pylist():
        code, source = counts["unit"], counts["source"]
        unit = area.counted_for(code, source)
        if unit is not None and source in left_to_tables(unit):
            unit = None
        if code in area.heirs:
            inherited[code, source] = None if unit is None else area.heirs[code]
        if unit is None:
            continue
        seen.add((unit, source))
        rows.add(unit, counts)
    for unit in area.members:
        for source in sorted(area.current[unit]):
            if (unit, source) not in seen:  # nothing came in, and it is known that nothing did
                rows.add(unit, {"authority": "own", "source": source, **dict.fromkeys(COUNTED, 0)})
    by = ("field", "procedure", "authority", "source", "unit")
    names: dict[tuple[Any, ...], str | None] = {}
    for counts in summarise_frozen(scan, vocabulary, own, by).to_pylist():
        if area.counted_for(counts["unit"], counts["source"]) is None or counts["source"] in left_to_tables(reporter):
            continue
        of_field = counts["field"] or NO_FIELD
        listed = fields.named(of_field) if fields else None
        # A procedure is called the same in what a former unit left open.
        name = names.setdefault(tuple(counts[key] for key in by[:-1]), counts[PROCEDURE_NAME])
        rows.add(reporter, counts, listed or of_field, name or counts["procedure"] or NO_PROCEDURE)
    return rows.done(), inherited


class _Rows:
    """Canonical rows in the making; counts of one subject are added."""

    def __init__(self, area: CountedArea) -> None:
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
                "systems": ",".join(sorted(self._area.contained(unit, source))),
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
    printed: Sequence[Row], computed: Sequence[Row], area: CountedArea
) -> tuple[list[Row], list[tuple[Row, Row]]]:
    """Printed rows to be added to those of the dossiers, and pairs of those that are about the same system.

    A row of the whole area is replaced only by dossiers of all its units, since it alone knows of the others.
    """
    index: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in computed:
        for name, procedure in {(row["field"], row["procedure"]), (row["field"], None)}:
            grain = "unit" if name is None else "field" if procedure is None else "procedure"
            index[grain, row["unit"], name, procedure, row["authority"]].append(row)
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
