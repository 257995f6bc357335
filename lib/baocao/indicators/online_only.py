"""Procedures received online only: what was handed in over the counter after the day that ended it.

Dossiers tell it by day, tables by procedure only for months that begin on or after that day. Names are compared case
and spacing apart, because the list states no codes. A dossier sent by post was not handed in at the counter; it is
counted apart.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from baocao.indicators.summary import Window, alive
from baocao.indicators.target_lists import OnlineOnly
from baocao.intake import dossiers, one_stop
from baocao.intake.vocabulary import load_vocabulary
from baocao.locale import fold
from baocao.project import Project
from baocao.store.deliveries import coverage
from baocao.store.dossiers import scan_dossiers
from baocao.store.slices import summary_rows
from baocao.store.tables import Store, Where
from baocao.store.versions import Versions
from baocao.units import UnitRegistry


@dataclass(frozen=True)
class Received:
    """Dossiers of a listed procedure at one unit since it is received online only.

    Attributes
    ----------
    online, direct, postal
        Up to the last day of the month reported on.
    direct_now
        Of the direct ones those received in that month.
    """

    unit: str
    procedure: OnlineOnly
    online: int
    direct: int
    postal: int
    direct_now: int


@dataclass(frozen=True)
class Compliance:
    """How the list is kept.

    Attributes
    ----------
    in_force
        Procedures whose day has come.
    received
        Units and procedures with a dossier since then, units in the order of the registry.
    unknown
        Codes of units that have listed procedures in force, but of which no figures by procedure are stored.
    """

    in_force: Sequence[OnlineOnly]
    received: Sequence[Received]
    unknown: Sequence[str]

    @property
    def breaches(self) -> list[Received]:
        """Units and procedures with dossiers handed in over the counter, most first."""
        return sorted((entry for entry in self.received if entry.direct), key=lambda entry: -entry.direct)


def check_online_only(
    project: Project,
    registry: UnitRegistry,
    units: Sequence[str],
    procedures: Sequence[OnlineOnly],
    months: Sequence[tuple[date, date]],
    versions: Versions,
) -> Compliance:
    """What `units` received of the listed procedures up to the last of `months`, at given table versions."""
    (first, last), store = months[-1], Store(project.store)
    in_force = [procedure for procedure in procedures if procedure.starts <= last]
    listed = _Listed(registry, in_force)
    affected = [unit for unit in units if listed.of(unit)]
    sums: dict[tuple[str, str], dict[str, int]] = {}
    told: set[str] = set()
    for unit, name, channel, is_now, count in (
        *_of_dossiers(project, store, listed, affected, first, last, versions, told),
        *_of_tables(store, listed, affected, months, versions, told),
    ):
        counts = sums.setdefault((unit, name), dict.fromkeys(("online", "direct", "postal", "direct_now"), 0))
        counts[channel] += count
        if channel == "direct" and is_now:
            counts["direct_now"] += count
    received = [
        Received(unit, procedure, **sums[unit, name])
        for unit in affected
        for name, procedure in listed.of(unit).items()
        if (unit, name) in sums
    ]
    return Compliance(in_force, received, [unit for unit in affected if unit not in told])


class _Listed:
    """Which procedures each unit receives online only, by folded name."""

    def __init__(self, registry: UnitRegistry, procedures: Sequence[OnlineOnly]) -> None:
        self._registry = registry
        self._of_unit: dict[str, dict[str, OnlineOnly]] = {}
        self._of_level: dict[str, dict[str, OnlineOnly]] = {}
        for procedure in procedures:
            place, key = (
                (self._of_level, procedure.level) if procedure.unit is None else (self._of_unit, procedure.unit)
            )
            place.setdefault(key, {})[fold(procedure.procedure)] = procedure

    def of(self, unit: str) -> Mapping[str, OnlineOnly]:
        """Folded name → procedure."""
        return self._of_level.get(self._registry[unit].level, {}) | self._of_unit.get(unit, {})

    @property
    def starts(self) -> list[date]:
        """The days on which some procedure began to be received online only."""
        both = (*self._of_unit.values(), *self._of_level.values())
        return sorted({procedure.starts for listed in both for procedure in listed.values()})


_Count = tuple[str, str, str, bool, int]


def _of_dossiers(
    project: Project,
    store: Store,
    listed: _Listed,
    units: Sequence[str],
    first: date,
    last: date,
    versions: Versions,
    told: set[str],
) -> Iterator[_Count]:
    scan = scan_dossiers(store, versions.as_of(dossiers.TABLE)) if dossiers.TABLE in versions.of else None
    if scan is None:
        return
    import duckdb

    covered = coverage(store, scan.version)
    with duckdb.connect() as connection:
        scan.register(connection, "dossiers")
        for start in listed.starts:
            counted = {unit: covered.counted(unit, start, last) for unit in units}
            told |= {unit for unit, sources in counted.items() if sources}
            query = f"""
                {alive(load_vocabulary(project), [Window(start, last, tuple(units))])}
                SELECT unit, source, procedure, channel, received_date >= $first, count(*)
                FROM alive WHERE came AND procedure IS NOT NULL GROUP BY ALL ORDER BY ALL
            """  # noqa: S608
            for unit, source, procedure, channel, is_now, count in connection.execute(
                query, {"first": first}
            ).fetchall():
                name = fold(procedure)
                found = listed.of(unit).get(name)
                if found is not None and found.starts == start and source in counted[unit]:
                    yield unit, name, channel, is_now, count


def _of_tables(
    store: Store,
    listed: _Listed,
    units: Collection[str],
    months: Sequence[tuple[date, date]],
    versions: Versions,
    told: set[str],
) -> Iterator[_Count]:
    """Rows by procedure of units without dossiers, the unit's own table first where several have some."""
    if one_stop.TABLE not in versions.of:
        return
    chosen: dict[tuple[Any, ...], tuple[bool, str]] = {}
    wanted = []
    asked: Where = [("grain", "=", "procedure"), ("row_type", "=", "detail"), ("unit", "in", sorted(units))]
    for row in summary_rows(store, versions.as_of(one_stop.TABLE), asked):
        days = (row["from_date"], row["to_date"])
        if days in months:
            key, preferred = (row["unit"], days), (row["reporter"] != row["unit"], row["reporter"])
            chosen[key] = min(chosen.get(key, preferred), preferred)
            wanted.append((key, preferred, row))
    by_dossiers = set(told)
    for key, preferred, row in wanted:
        unit = row["unit"]
        if unit in by_dossiers or chosen[key] != preferred:
            continue
        told.add(unit)
        name = fold(row["procedure"] or "")
        found = listed.of(unit).get(name)
        if found is not None and row["from_date"] >= found.starts:
            for channel in ("online", "direct", "postal"):
                if row[f"received_{channel}"]:
                    yield unit, name, channel, key[1] == months[-1], row[f"received_{channel}"]
