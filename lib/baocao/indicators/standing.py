"""Units side by side at the end of a month: ranked, who moved most, who fell silent or came late, groups as a whole."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from baocao.errors import ConfigurationError, one_of
from baocao.indicators.allocation import UnitTarget
from baocao.indicators.progress import MonthFigures, Status, UnitProgress, unit_progress
from baocao.indicators.target_plan import ReportingMonth, Thresholds
from baocao.locale import percentage


@dataclass(frozen=True)
class Silence:
    """Who is missing in a month; codes of units, in the order of the targets.

    Attributes
    ----------
    stopped
        Reported before, with the label of the last month they did, but not this month.
    never
        Have reported no month of the window.
    late
        Handed this month's figures in after the deadline.
    """

    stopped: tuple[tuple[str, str], ...]
    never: tuple[str, ...]
    late: tuple[str, ...]


@dataclass(frozen=True)
class GroupProgress:
    """Units of a group (or district) together; every unit counts once, a district office without its communes.

    Attributes
    ----------
    total, online
        Dossiers of the units and months reported; None where none was.
    share_pct
        Online, per cent of all, one decimal.
    path_online
        What the units with a target should have by now.
    units, reporting
        How many there are, and how many reported at least one month.
    by_status
        How many units of each status.
    """

    total: int | None
    online: int | None
    share_pct: Decimal | None
    path_online: int
    units: int
    reporting: int
    by_status: Mapping[Status, int]


def standings(
    targets: Sequence[UnitTarget],
    figures: Mapping[str, Mapping[int, MonthFigures]],
    months: Sequence[ReportingMonth],
    number: int,
    thresholds: Thresholds,
) -> list[UnitProgress]:
    """Every unit at the end of month `number`, ranked, in the order of the targets.

    Parameters
    ----------
    figures
        By code of the unit and number of the month.

    Raises
    ------
    ConfigurationError
        If figures are given for a unit that is none of the targets', or the window has no such month.
    InputError
        For figures that cannot be.
    """
    units = [target.unit for target in targets]
    for unit in figures:
        if unit not in units:
            raise ConfigurationError(f"figures: {one_of('unit', unit, units)}")
    rows = [unit_progress(target, figures.get(target.unit, {}), months, number, thresholds) for target in targets]
    values = sorted((row.attained_pct for row in rows if row.attained_pct is not None), reverse=True)
    return [row if row.attained_pct is None else replace(row, rank=values.index(row.attained_pct) + 1) for row in rows]


def ranked(rows: Iterable[UnitProgress]) -> list[UnitProgress]:
    """Units by rank, the best first; those without a rank are left out."""
    return sorted((row for row in rows if row.rank is not None), key=lambda row: row.rank or 0)


def movers(rows: Sequence[UnitProgress], count: int) -> tuple[list[UnitProgress], list[UnitProgress]]:
    """The `count` units whose monthly share rose most, and those whose share fell most, since the month before.

    A unit that did not move is in neither list; equal moves keep the order of the rows.
    """
    up = [row for row in rows if row.moved_points is not None and row.moved_points > 0]
    down = [row for row in rows if row.moved_points is not None and row.moved_points < 0]
    up.sort(key=lambda row: -(row.moved_points or 0))
    down.sort(key=lambda row: row.moved_points or 0)
    return up[:count], down[:count]


def silence(rows: Sequence[UnitProgress], months: Sequence[ReportingMonth], number: int) -> Silence:
    """Units that stopped reporting, never reported, or handed this month in after its deadline.

    The deadline day itself is in time. Figures without a day of delivery, such as those counted from dossiers, are
    not judged.
    """
    due = months[number - 1].due
    return Silence(
        stopped=tuple(
            (row.unit, months[max(row.months) - 1].label) for row in rows if row.months and number not in row.months
        ),
        never=tuple(row.unit for row in rows if not row.months),
        late=tuple(row.unit for row in rows if due and (day := _delivered(row, number)) and day > due),
    )


def together(rows: Sequence[UnitProgress]) -> GroupProgress:
    """Units as one group.

    Raises
    ------
    ConfigurationError
        If a unit stands twice: its dossiers would be counted twice.
    """
    for unit, times in Counter(row.unit for row in rows).items():
        if times > 1:
            raise ConfigurationError(f"{unit} stands twice in one group; each unit counts once")
    reporting = [row for row in rows if row.total is not None]
    total = sum(row.total or 0 for row in reporting) if reporting else None
    online = sum(row.online or 0 for row in reporting) if reporting else None
    return GroupProgress(
        total=total,
        online=online,
        share_pct=percentage(online, total, 1),
        path_online=sum(row.path_online or 0 for row in rows),
        units=len(rows),
        reporting=len(reporting),
        by_status=Counter(row.status for row in rows),
    )


def _delivered(row: UnitProgress, number: int) -> date | None:
    month = row.months.get(number)
    return None if month is None else month.delivered
