"""What units count at their own desks in several spans of days: from dossiers where they are stored, else from tables.

A unit is the office alone. A district is never the sum of its communes, and a table's row that already contains the
units below it says nothing of the office itself, so it is left out and named. Where several lists or tables are about
the same dossiers one is counted: dossiers before tables, a unit's own table before one that somebody above it made.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from baocao.indicators.frozen_summary import summarise_each
from baocao.indicators.one_stop import total_counts
from baocao.indicators.slices import DOSSIER_TABLE
from baocao.indicators.summary import COUNTED, PERIOD, Window
from baocao.indicators.target_findings import TargetFinding
from baocao.intake import dossiers, one_stop
from baocao.intake.one_stop import COUNTS, GRAINS, Row, systems_of
from baocao.intake.vocabulary import load_vocabulary
from baocao.locale import format_count, format_date
from baocao.project import Project
from baocao.store.deliveries import coverage
from baocao.store.dossiers import scan_dossiers
from baocao.store.slices import summary_rows
from baocao.store.tables import Store, Where
from baocao.store.versions import Versions
from baocao.units import UnitRegistry

CHANNELS = ("received_online", "received_direct", "received_postal")
Span = tuple[date, date]


@dataclass(frozen=True)
class OwnCounts:
    """A unit's own figures in one span.

    Attributes
    ----------
    counts
        Canonical columns of the one-stop summary; None where nothing is known.
    total, online
        Dossiers taken in, all and online; None where a channel that counts is blank.
    systems
        Whose dossiers they contain; `declared` is False where nobody said so.
    source
        The lists and tables they come from.
    """

    counts: Mapping[str, int | None]
    total: int | None
    online: int | None
    systems: frozenset[str]
    declared: bool
    source: str


@dataclass
class SpanCounts:
    """Figures by code of the unit and place of the span; a unit nobody reported anything of is missing.

    Attributes
    ----------
    problems
        What was left out, or did not fit, and why.
    """

    of: dict[tuple[str, int], OwnCounts] = field(default_factory=dict)
    problems: list[TargetFinding] = field(default_factory=list)

    def known(self, unit: str, place: int) -> OwnCounts | None:
        """The figures, if all and online are both known."""
        found = self.of.get((unit, place))
        return None if found is None or found.total is None or found.online is None else found


def own_counts(
    project: Project, registry: UnitRegistry, units: Sequence[str], spans: Sequence[Span], versions: Versions
) -> SpanCounts:
    """The own figures of `units` in each of `spans` (both days included), at given table versions."""
    store = Store(project.store)
    found = SpanCounts()
    for place, unit, counts in _of_dossiers(project, store, units, spans, versions):
        source = f"{', '.join(counts.sources)}: {DOSSIER_TABLE}"
        of_channels = [counts.counts[name] or 0 for name in CHANNELS]
        found.of[unit, place] = OwnCounts(
            counts.counts, sum(of_channels), of_channels[0], frozenset(counts.systems), True, source
        )
    say = _Problems(registry, spans, found.problems)
    for unit, place, offered in _of_tables(store, registry, units, spans, versions, say):
        taken = found.of.get((unit, place))
        if taken is None:
            found.of[unit, place] = offered
        elif taken.declared and offered.declared and not taken.systems & offered.systems:
            found.of[unit, place] = _added(taken, offered)
        elif (taken.total, taken.online) != (offered.total, offered.online):
            say.differing(unit, place, taken, offered)
    for (unit, place), own in list(found.of.items()):
        if own.total is None or own.online is None:
            say.unusable(unit, place, own)
        elif own.online > own.total:
            say.unusable(unit, place, own)
            del found.of[unit, place]
    return found


# -- dossiers ---------------------------------------------------------------------------------------------------------


@dataclass
class _Summed:
    counts: dict[str, int | None]
    systems: set[str]
    sources: list[str]


def _of_dossiers(
    project: Project, store: Store, units: Sequence[str], spans: Sequence[Span], versions: Versions
) -> Iterator[tuple[int, str, _Summed]]:
    scan = scan_dossiers(store, versions.as_of(dossiers.TABLE)) if dossiers.TABLE in versions.of else None
    if scan is None:
        return
    covered = coverage(store, scan.version)
    sums: dict[tuple[int, str], _Summed] = {}
    for place, (first, last) in enumerate(spans):
        for unit in units:
            sources = covered.counted(unit, first, last)
            if sources:  # what is covered and has no dossier has none, which is known
                systems = {system for source in sources for system in covered.systems(unit)[source]}
                counts = dict.fromkeys(COUNTS) | dict.fromkeys(COUNTED, 0)
                sums[place, unit] = _Summed(counts, systems, sources)
    places = sorted({place for place, _ in sums})
    windows = [Window(*spans[place], tuple(units)) for place in places]
    by = ("unit", "source")
    rows = summarise_each(scan, load_vocabulary(project), windows, by).to_pylist() if windows else []
    for row in rows:
        summed = sums.get((places[row[PERIOD]], row["unit"]))
        if summed is not None and row["source"] in summed.sources:
            of_unit = summed.counts
            of_unit.update({name: (of_unit[name] or 0) + row[name] for name in COUNTS if row[name] is not None})
    for (place, unit), summed in sums.items():
        yield place, unit, summed


# -- tables -----------------------------------------------------------------------------------------------------------


def _of_tables(
    store: Store,
    registry: UnitRegistry,
    units: Sequence[str],
    spans: Sequence[Span],
    versions: Versions,
    say: "_Problems",
) -> Iterator[tuple[str, int, OwnCounts]]:
    """What tables say of each unit, a unit's own tables first."""
    wanted = set(units)
    grouped: defaultdict[tuple[str, int, str, str], list[Row]] = defaultdict(list)
    for row in _stored_rows(store, wanted, spans, versions):
        place = spans.index((row["from_date"], row["to_date"]))
        grouped[row["unit"], place, row["reporter"], row["source"]].append(row)
    order = {unit: place for place, unit in enumerate(units)}
    for key in sorted(grouped, key=lambda key: (order[key[0]], key[1], key[2] != key[0], key[2:])):
        unit, place, _, _ = key
        rows = grouped[key]
        own = [row for row in rows if row["scope"] == "own" or not registry.children(unit)]
        if not own:
            say.of_an_area(unit, place, rows[0])
            continue
        grain = next(grain for grain in GRAINS if any(row["grain"] == grain for row in own))
        yield unit, place, _table_counts([row for row in own if row["grain"] == grain])


def _stored_rows(store: Store, units: set[str], spans: Sequence[Span], versions: Versions) -> list[Row]:
    if one_stop.TABLE not in versions.of:
        return []
    wanted: Where = [
        ("row_type", "=", "detail"),
        ("unit", "in", sorted(units)),
        ("from_date", "in", sorted({first for first, _ in spans})),
    ]
    rows = summary_rows(store, versions.as_of(one_stop.TABLE), wanted)
    return [row for row in rows if (row["from_date"], row["to_date"]) in spans]


def _table_counts(rows: Sequence[Row]) -> OwnCounts:
    counts = total_counts(rows).counts
    printed = {name for row in rows for name in row["columns"].split(",")}
    channels = [counts[name] for name in CHANNELS if name in printed]
    total = None if None in channels else sum(value or 0 for value in channels)
    stated = [row["stated_received_total"] for row in rows]
    if total is None and None not in stated:  # a channel is left blank, the total is not
        carried_over = counts["carried_over"] if "carried_over" in printed else 0
        total = None if carried_over is None else sum(stated) - carried_over
    tables = dict.fromkeys(f"{row['source']}: {row['table'] or row['reporter']}" for row in rows)
    systems = frozenset().union(*(systems_of(row) for row in rows))
    declared = all(row["systems"] for row in rows)
    return OwnCounts(counts, total, counts["received_online"], systems, declared, ", ".join(tables))


def _added(one: OwnCounts, other: OwnCounts) -> OwnCounts:
    """Figures of different dossiers together; what one of them does not know of all and online nobody knows."""
    counts = {
        name: None if one.counts[name] is None and other.counts[name] is None else _or_zero(one, other, name)
        for name in COUNTS
    }
    total = None if one.total is None or other.total is None else one.total + other.total
    online = None if one.online is None or other.online is None else one.online + other.online
    return OwnCounts(counts, total, online, one.systems | other.systems, True, f"{one.source}, {other.source}")


def _or_zero(one: OwnCounts, other: OwnCounts, name: str) -> int:
    return (one.counts[name] or 0) + (other.counts[name] or 0)


# -- what does not fit ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Problems:
    """Findings about what was delivered, gathered on the way."""

    registry: UnitRegistry
    spans: Sequence[Span]
    found: list[TargetFinding]

    def of_an_area(self, unit: str, place: int, row: Row) -> None:
        table = row["table"] or row["source"]
        message = f"dòng của {table} gồm cả đơn vị trực thuộc nên không phải số của riêng cơ quan; không được tính."
        self._say("own-row", unit, place, "unit", message)

    def differing(self, unit: str, place: int, taken: OwnCounts, offered: OwnCounts) -> None:
        message = f"{offered.source} ghi {_said(offered)}; {taken.source}, được tính, ghi {_said(taken)}."
        self._say("sources-agree", unit, place, "received_online", message, offered.online, taken.online)

    def unusable(self, unit: str, place: int, own: OwnCounts) -> None:
        if own.total is None or own.online is None:
            message = f"{own.source} không ghi đủ số hồ sơ của từng hình thức tiếp nhận; không tính được tỷ lệ."
            self._say("channels-known", unit, place, "received_online", message)
        else:
            message = f"{own.source} ghi {_said(own)}, trực tuyến nhiều hơn tổng số; không được tính."
            self._say("online-within-total", unit, place, "received_online", message, own.online, own.total)

    def _say(self, rule: str, unit: str, place: int, column: str, message: str, *figures: int | None) -> None:
        first, last = self.spans[place]
        table = f"Số liệu từ {format_date(first)} đến {format_date(last)}"
        printed, computed = figures or (None, None)
        name = self.registry[unit].name
        self.found.append(
            TargetFinding(rule, "warning", table, name, column, unit, printed, computed, f"{name}: {message}")
        )


def _said(own: OwnCounts) -> str:
    total, online = ("để trống" if count is None else format_count(count) for count in (own.total, own.online))
    return f"{online} hồ sơ trực tuyến trên {total} hồ sơ"
