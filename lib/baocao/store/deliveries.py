"""What was delivered: the balance of every list, and what each delivery is complete for.

Both are kept beside the dossiers and say from which version of them on they hold, so that they travel in time with it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property

import pyarrow as pa

from baocao.intake.dossiers import DATASET
from baocao.store.staging import Balance
from baocao.store.tables import Store

DELIVERIES = "deliveries"
COVERAGE = "coverage"

_DELIVERY_SCHEMA = pa.schema(
    [
        ("dataset", pa.string()),
        ("source", pa.string()),
        ("file", pa.string()),
        ("source_hash", pa.string()),
        ("map", pa.string()),
        ("version", pa.int64()),
        *((name, pa.int64()) for name in ("read", "stored", "updated", "duplicates", "quarantined")),
        ("corrections", pa.string()),
    ]
)
_COVERAGE_SCHEMA = pa.schema(
    [
        ("dataset", pa.string()),
        ("source", pa.string()),
        ("systems", pa.string()),
        ("unit", pa.string()),
        ("from_date", pa.date32()),
        ("to_date", pa.date32()),
        ("declared", pa.bool_()),
        ("source_hash", pa.string()),
        ("since_version", pa.int64()),
    ]
)


_COVERED = ("source", "systems", "unit", "from_date", "to_date", "declared")


@dataclass(frozen=True)
class Covered:
    """Days of one unit for which a system's dossiers are all there.

    Attributes
    ----------
    systems
        Systems whose dossiers are contained; `source` itself unless the delivery says otherwise.
    declared
        False where nobody said so and the days are those the list itself mentions.
    """

    source: str
    systems: tuple[str, ...]
    unit: str
    from_date: date
    to_date: date
    declared: bool


def record_delivery(
    store: Store,
    *,
    source: str,
    file: str,
    source_hash: str,
    column_map: str,
    version: int,
    balance: Balance,
    corrections: Sequence[str],
) -> None:
    """Keep the balance of a list; delivering it again without any change is no news."""
    if not balance.stored and not balance.updated:
        known = store.read(DELIVERIES, where=[("source", "=", source), ("source_hash", "=", source_hash)])
        if known is not None and known.rows.num_rows:
            return
    row = {
        "dataset": DATASET,
        "source": source,
        "file": file,
        "source_hash": source_hash,
        "map": column_map,
        "version": version,
        "corrections": ", ".join(corrections),
        **asdict(balance),
    }
    rows = pa.Table.from_pylist([row], schema=_DELIVERY_SCHEMA)
    store.replace_slices(DELIVERIES, rows, ("dataset", "source", "source_hash", "version"))


def record_coverage(store: Store, covered: Sequence[Covered], source_hash: str, version: int) -> bool:
    """Keep what a delivery covers, from `version` of the dossiers on; whether that is news."""
    known = _in_force(store, version)
    mine = {entry for (source, digest), entries in known.items() if digest == source_hash for entry in entries}
    sources = {entry.source for entry in covered}
    if {entry for entry in mine if entry.source in sources} == set(covered):
        return False
    rows = [
        {
            **asdict(entry),
            "dataset": DATASET,
            "systems": ",".join(entry.systems),
            "source_hash": source_hash,
            "since_version": version,
        }
        for entry in covered
    ]
    store.replace_slices(
        COVERAGE,
        pa.Table.from_pylist(rows, schema=_COVERAGE_SCHEMA),
        ("dataset", "source", "source_hash", "since_version"),
    )
    return True


@dataclass(frozen=True)
class Days:
    """Spans of days, both ends included, in order and apart from each other."""

    spans: tuple[tuple[date, date], ...] = ()

    @classmethod
    def of(cls, spans: Iterable[tuple[date, date]]) -> "Days":
        """The union of `spans`; neighbouring days join."""
        joined: list[tuple[date, date]] = []
        for first, last in sorted(spans):
            if joined and first <= joined[-1][1] + timedelta(days=1):
                joined[-1] = (joined[-1][0], max(joined[-1][1], last))
            else:
                joined.append((first, last))
        return cls(tuple(joined))

    def contain(self, first: date, last: date) -> bool:
        """Whether every day from `first` to `last` is among them."""
        return any(start <= first and last <= end for start, end in self.spans)

    def missing(self, first: date, last: date) -> int:
        """How many days from `first` to `last` are not among them."""
        there = sum(
            (min(end, last) - max(start, first)).days + 1 for start, end in self.spans if start <= last and first <= end
        )
        return (last - first).days + 1 - there

    def overlap(self, first: date, last: date) -> bool:
        """Whether some day from `first` to `last` is among them."""
        return any(start <= last and first <= end for start, end in self.spans)


@dataclass(frozen=True)
class Doubled:
    """A unit of which two lists of dossiers contain the same system.

    Attributes
    ----------
    counted, left_out
        Source of the list that is counted, and of the one that is not.
    days
        Days of the period that the latter covers.
    """

    unit: str
    counted: str
    left_out: str
    days: int


@dataclass(frozen=True)
class Coverage:
    """What all deliveries together are complete for."""

    entries: tuple[Covered, ...] = ()

    @cached_property
    def _by_unit(self) -> dict[str, list[Covered]]:
        units: dict[str, list[Covered]] = {}
        for entry in self.entries:
            units.setdefault(entry.unit, []).append(entry)
        return units

    def of(self, unit: str, source: str | None = None, without: Collection[str] = ()) -> Days:
        """Days for which a unit's dossiers are there, of one source or of any but those of `without`."""
        entries = self._by_unit.get(unit, ())
        return Days.of(
            (entry.from_date, entry.to_date)
            for entry in entries
            if (source is None or entry.source == source) and entry.source not in without
        )

    def systems(self, unit: str) -> dict[str, tuple[str, ...]]:
        """Sources that delivered dossiers of a unit, each with the systems whose dossiers it contains."""
        found: dict[str, set[str]] = {}
        for entry in self._by_unit.get(unit, ()):
            found.setdefault(entry.source, set()).update(entry.systems)
        return {source: tuple(sorted(systems)) for source, systems in sorted(found.items())}

    def doubled(self, unit: str, first: date, last: date) -> list[Doubled]:
        """A unit's lists that share a system with one that covers more days of the period, or else more systems."""
        contained = self.systems(unit)
        missing = {source: self.of(unit, source).missing(first, last) for source in contained}
        counted: list[str] = []
        found = []
        for source in sorted(contained, key=lambda name: (missing[name], -len(contained[name]), name)):
            better = [other for other in counted if set(contained[other]) & set(contained[source])]
            if better:
                found.append(Doubled(unit, better[0], source, (last - first).days + 1 - missing[source]))
            else:
                counted.append(source)
        return found

    def counted(self, unit: str, first: date, last: date) -> list[str]:
        """Sources whose dossiers of a unit are counted on these days: those that cover some and are not `doubled`."""
        left_out = {entry.left_out for entry in self.doubled(unit, first, last)}
        return [
            source
            for source in self.systems(unit)
            if source not in left_out and self.of(unit, source).overlap(first, last)
        ]


def coverage(store: Store, version: int) -> Coverage:
    """What was covered by the deliveries that had made up `version` of the dossiers."""
    entries = [entry for entries in _in_force(store, version).values() for entry in entries]
    return Coverage(tuple(sorted(entries, key=lambda entry: (entry.unit, entry.source))))


def _in_force(store: Store, version: int) -> dict[tuple[str, str], list[Covered]]:
    """For each source and list delivered, what was said last of it up to `version` of the dossiers."""
    known = store.read(COVERAGE, where=[("since_version", "<=", version)])
    if known is None:
        return {}
    lists = zip(
        known.rows.column("source").to_pylist(),
        known.rows.column("source_hash").to_pylist(),
        known.rows.column("since_version").to_pylist(),
        _covered(known.rows),
        strict=True,
    )
    latest: dict[tuple[str, str], tuple[int, list[Covered]]] = {}
    for source, source_hash, since, entry in lists:
        key = (source, source_hash)
        if key not in latest or latest[key][0] < since:
            latest[key] = (since, [])
        if latest[key][0] == since:
            latest[key][1].append(entry)
    return {key: entries for key, (_, entries) in latest.items()}


def deliveries(store: Store) -> list[dict[str, object]]:
    """The balance of every delivered list, oldest first."""
    known = store.read(DELIVERIES)
    rows = [] if known is None else known.rows.to_pylist()
    return sorted(rows, key=lambda row: (row["version"], row["file"]))


def _covered(rows: pa.Table) -> list[Covered]:
    columns = [rows.column(name).to_pylist() for name in _COVERED]
    return [
        Covered(source, tuple(systems.split(",")), unit, first, last, declared)
        for source, systems, unit, first, last, declared in zip(*columns, strict=True)
    ]
