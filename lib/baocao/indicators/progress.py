"""A unit on its way to its target, at the end of a month of the window.

**Path.** A target is a share for the whole window. By days it is also a number of dossiers: by the end of a month a
unit should have `target online × days elapsed / days of the window` online dossiers, days counted from the window's
first (the 16th) to the month's last (the 15th).

**Status.** The share so far over the target share, per cent, against two thresholds of the plan. The share decides,
not the number: a unit with fewer dossiers than projected, all of them online, is not behind. The number stands beside
it.

**Silence.** A month without figures is unknown, never 0; shares are made of the months reported. A unit without
dossiers has no share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from baocao.errors import ConfigurationError, InputError
from baocao.indicators.allocation import UnitTarget
from baocao.indicators.forecast import Forecast, Observed, forecast
from baocao.indicators.target_plan import ReportingMonth, Thresholds
from baocao.locale import percentage

Status = Literal[
    "Đúng tiến độ",
    "Có nguy cơ không đạt",
    "Chậm tiến độ",
    "Không phát sinh hồ sơ",
    "Không giao chỉ tiêu",
    "Chưa gửi số liệu",
]
ON_TRACK: Status = "Đúng tiến độ"
AT_RISK: Status = "Có nguy cơ không đạt"
OFF_TRACK: Status = "Chậm tiến độ"
EMPTY: Status = "Không phát sinh hồ sơ"
NO_TARGET: Status = "Không giao chỉ tiêu"
SILENT: Status = "Chưa gửi số liệu"
#: The best first.
STATUSES = (ON_TRACK, AT_RISK, OFF_TRACK, EMPTY, NO_TARGET, SILENT)


@dataclass(frozen=True)
class MonthFigures:
    """What a unit received in a month: dossiers, all and online. `delivered` is the day its figures came, if known."""

    total: int
    online: int
    delivered: date | None = None


@dataclass(frozen=True)
class UnitProgress:
    """A unit at the end of a month.

    Attributes
    ----------
    months
        Figures by number of the month, up to this one; a month not reported is missing.
    total, online
        Dossiers of the months reported; None where none was.
    share_pct, month_share_pct, previous_share_pct
        Online, per cent of all, one decimal: so far, in this month, in the month before. None without dossiers.
    path_online
        Online dossiers it should have by now, half-up; None without a target.
    path_pct
        Online dossiers so far, per cent of the path; one decimal.
    attained_pct
        Share so far, per cent of the target share; one decimal. It decides the status.
    needed_pct
        Share it needs on the dossiers forecast for the days left to reach its target; above 100 it no longer can. None
        where none are left.
    rank
        1 for the highest `attained_pct`; equal ones share a rank; None without one.
    """

    target: UnitTarget
    months: Mapping[int, MonthFigures]
    total: int | None
    online: int | None
    share_pct: Decimal | None
    month_share_pct: Decimal | None
    previous_share_pct: Decimal | None
    path_online: int | None
    path_pct: Decimal | None
    attained_pct: Decimal | None
    needed_pct: Decimal | None
    forecast: Forecast | None
    status: Status
    rank: int | None = None

    @property
    def unit(self) -> str:
        return self.target.unit

    @property
    def moved_points(self) -> Decimal | None:
        """Share of this month less that of the month before, percentage points; None where one of them is missing."""
        if self.month_share_pct is None or self.previous_share_pct is None:
            return None
        return self.month_share_pct - self.previous_share_pct


def unit_progress(
    target: UnitTarget,
    figures: Mapping[int, MonthFigures],
    months: Sequence[ReportingMonth],
    number: int,
    thresholds: Thresholds,
) -> UnitProgress:
    """A unit at the end of month `number` of `months`, the whole window; later figures are not looked at.

    Raises
    ------
    ConfigurationError
        If the window has no month of that number.
    InputError
        For a negative count, or more dossiers online than in all.
    """
    if not 1 <= number <= len(months):
        raise ConfigurationError(f"month {number} of the window; expected 1 to {len(months)}")
    for at, month in figures.items():
        if not 0 <= month.online <= month.total:
            raise InputError(
                f"{target.unit}, {months[at - 1].label}: {month.online} online of {month.total} dossiers; "
                "expected 0 or more, and not more online than in all"
            )
    past = {at: month for at, month in sorted(figures.items()) if at <= number}
    total = sum(month.total for month in past.values()) if past else None
    online = sum(month.online for month in past.values()) if past else None
    path = _path(target, months, number)
    end = forecast(
        [Observed(months[at - 1].days, month.total, month.online) for at, month in past.items()],
        sum(month.days for month in months),
    )
    attained = _attained(online, total, target.target_pct)
    return UnitProgress(
        target=target,
        months=past,
        total=total,
        online=online,
        share_pct=percentage(online, total, 1),
        month_share_pct=_month_share(past.get(number)),
        previous_share_pct=_month_share(past.get(number - 1)),
        path_online=None if path is None else (2 * path.numerator + path.denominator) // (2 * path.denominator),
        path_pct=percentage(online * path.denominator, path.numerator, 1) if path and online is not None else None,
        attained_pct=_percent(attained),
        needed_pct=_needed(target, total, online, end),
        forecast=end,
        status=_status(target, total, attained, thresholds),
    )


def _path(target: UnitTarget, months: Sequence[ReportingMonth], number: int) -> Fraction | None:
    if target.target_online is None:
        return None
    elapsed = sum(month.days for month in months[:number])
    return Fraction(target.target_online * elapsed, sum(month.days for month in months))


def _attained(online: int | None, total: int | None, target_pct: Decimal | None) -> Fraction | None:
    """Exact share so far over the target share; a target of 0 % is attained by anything, so it has none."""
    if online is None or not total or not target_pct:
        return None
    return Fraction(online, total) / (Fraction(target_pct) / 100)


def _status(target: UnitTarget, total: int | None, attained: Fraction | None, thresholds: Thresholds) -> Status:
    if total is None:
        return SILENT
    if total == 0:
        return EMPTY
    if target.target_pct is None:
        return NO_TARGET
    if attained is None or attained * 100 >= thresholds.on_track_from_pct:
        return ON_TRACK
    return AT_RISK if attained * 100 >= thresholds.at_risk_from_pct else OFF_TRACK


def _needed(target: UnitTarget, total: int | None, online: int | None, end: Forecast | None) -> Decimal | None:
    if target.target_pct is None or total is None or online is None or end is None or end.total <= total:
        return None
    missing = Fraction(target.target_pct) * end.total / 100 - online
    return _percent(max(Fraction(0), missing) / (end.total - total))


def _month_share(month: MonthFigures | None) -> Decimal | None:
    return None if month is None else percentage(month.online, month.total, 1)


def _percent(value: Fraction | None) -> Decimal | None:
    return None if value is None else percentage(value.numerator, value.denominator, 1)
