"""Who has sent what was asked, who was late, whose workbook was returned, who is missing, and how much that matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

from baocao.collect.ledger import TABLE, Receipt, read_receipts
from baocao.collect.plan import Collection
from baocao.indicators.measure import Measure, Subject
from baocao.indicators.rollup import USUAL_PERIODS, roll_up
from baocao.indicators.unit_figures import load_figures
from baocao.intake import one_stop
from baocao.periods import Period
from baocao.store.tables import Store
from baocao.store.versions import Versions
from baocao.units import Unit

#: `sent` in time, or on an unknown day; `late` after the deadline; `returned`: sent, but to be corrected; `missing`.
State = Literal["sent", "late", "returned", "missing"]
STATES: Mapping[State, str] = {
    "sent": "Đã gửi",
    "late": "Gửi sau thời hạn",
    "returned": "Phải sửa, chưa gửi lại",
    "missing": "Chưa gửi",
}


@dataclass(frozen=True)
class UnitStatus:
    """Where one unit stands.

    Attributes
    ----------
    received
        Day on which the last form was first there, or the returned workbook came; None where nobody noted it.
    lacking
        Ids of the forms that are not stored.
    problems
        How many places the last workbook has that are to be corrected.
    in_time
        Whether everything was there at the deadline; None where no deadline is set, or the day is not known.
    usual_share_pct
        What part of the area's dossiers the unit usually takes in; None where it never told any.
    """

    unit: Unit
    state: State
    received: date | None
    lacking: tuple[str, ...]
    problems: int
    in_time: bool | None
    usual_share_pct: Measure | None


@dataclass(frozen=True)
class CollectionStatus:
    """Where a collection stands; units in the order of the registry."""

    area: Unit | None
    period: Period
    deadline: date | None
    forms: tuple[str, ...]
    units: Sequence[UnitStatus]

    def of(self, *states: State) -> list[UnitStatus]:
        """The units in one of these states, those that usually have most dossiers first."""
        chosen = [entry for entry in self.units if entry.state in states]
        return sorted(chosen, key=lambda entry: -(_value(entry) or 0))


def usual_share_of(entries: Sequence[UnitStatus]) -> Measure | None:
    """What part of the area's dossiers several units usually take in; None where none of them ever told any."""
    known = [entry.usual_share_pct for entry in entries if entry.usual_share_pct is not None]
    values = [share.value for share in known if share.value is not None]
    if not values:
        return None
    return replace(
        known[0],
        subject=Subject(known[0].subject.unit, part="together"),
        value=Decimal(sum(values)),
        definition=f"Cộng tỷ trọng của {len(values)} đơn vị; mỗi tỷ trọng: {known[0].definition}",
        from_date=min(share.from_date for share in known),
        to_date=max(share.to_date for share in known),
        source=", ".join(dict.fromkeys(part for share in known for part in share.source.split(", "))),
        numerator=None,
        denominator=None,
    )


def collection_status(
    collection: Collection,
    units: Sequence[Unit],
    versions: Versions,
    *,
    area: Unit | None = None,
    deadline: date | None = None,
    on: date | None = None,
) -> CollectionStatus:
    """Where a collection stands at given table versions.

    Parameters
    ----------
    area
        Office of whose dossiers the units' usual shares are told; by default the nearest one above all of them.
    deadline
        Instead of the calendar's.
    on
        Leave out what came after that day.
    """
    area = area or collection.area_of(units)
    period = collection.period_of(area or units[0])
    due = deadline or collection.deadline(units, area)
    known = _Known(collection, versions, on)
    shares = _usual_shares(collection, area, period, versions) if area is not None else {}
    entries = [known.status(unit, due, shares.get(unit.code)) for unit in units]
    return CollectionStatus(area, period, due, collection.ids, entries)


class _Known:
    """What has come of a period: workbooks by the ledger, and tables that were taken in without one."""

    def __init__(self, collection: Collection, versions: Versions, on: date | None) -> None:
        self._collection, self._versions = collection, versions
        self._store = Store(collection.project.store)
        as_of = versions.as_of(TABLE)
        self._receipts: dict[str, list[Receipt]] = {}
        for receipt in read_receipts(self._store, as_of, collection.period_id) if as_of is not None else ():
            if on is None or receipt.received <= on:
                self._receipts.setdefault(receipt.reporter, []).append(receipt)
        self._workbooks_only = on is not None

    def status(self, unit: Unit, due: date | None, share: Measure | None) -> UnitStatus:
        """Where one unit stands; of every form the first right workbook tells whether it was in time."""
        receipts = self._receipts.get(unit.code, [])
        right = [receipt for receipt in receipts if receipt.state == "stored"]
        period = self._collection.period_of(unit)
        first: dict[str, date] = {}
        for receipt in sorted(right, key=lambda receipt: receipt.received):
            for form in receipt.form_ids & set(self._collection.ids):
                first.setdefault(form, receipt.received)
        lacking = tuple(
            form for form in self._collection.ids if form not in first and not self._taken_in(form, unit, period)
        )
        last = receipts[-1] if receipts else None
        open_problems = last.problems if last is not None and last.state == "returned" else 0
        days = list(first.values())
        after = due is not None and any(day > due for day in days)
        in_time = None if due is None or not (days or lacking) else not (lacking or after)
        state: State = "late" if after else "sent"
        if lacking:
            state = "returned" if open_problems else "missing"
        received = max(days, default=last.received if last is not None else None)
        return UnitStatus(unit, state, received, lacking, open_problems, in_time, share)

    def _taken_in(self, form: str, unit: Unit, period: Period) -> bool:
        """Whether a form's table is stored without a workbook; on what day it came nobody noted."""
        if self._workbooks_only:
            return False
        table = self._collection.table_of(form)
        if table not in self._stored:
            as_of = self._versions.as_of(table)
            snapshot = self._store.read(table, as_of) if as_of is not None else None
            names = ("reporter", "from_date", "to_date", "grain" if table == one_stop.TABLE else "table")
            rows = snapshot.rows.select(names).to_pylist() if snapshot is not None else []
            self._stored[table] = {tuple(row[name] for name in names) for row in rows}
        told = (unit.code, period.from_date, period.to_date)
        what = self._collection.part_of(form)
        return any(key[:3] == told and what in (None, key[3]) for key in self._stored[table])

    @cached_property
    def _stored(self) -> dict[str, set[tuple[object, ...]]]:
        return {}


def _usual_shares(collection: Collection, area: Unit, period: Period, versions: Versions) -> dict[str, Measure]:
    """What part of the area's dossiers each unit below took in over the last periods: as of one that told nothing."""
    before = [period]
    for _ in range(USUAL_PERIODS):
        before.append(collection.periods.resolve(str(before[-1].id.previous()), area.code))
    spans = [(one.from_date, one.to_date) for one in reversed(before[1:])]
    figures, _ = load_figures(collection.project, collection.registry, area.code, spans, versions)
    not_sent = roll_up([], area, collection.registry, (period.from_date, period.to_date), before=figures).not_sent
    return {entry.unit.code: entry.usual_share_pct for entry in not_sent if entry.usual_share_pct is not None}


def _value(entry: UnitStatus) -> Decimal | None:
    share = entry.usual_share_pct
    return None if share is None or share.value is None else Decimal(share.value)
