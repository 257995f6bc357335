"""A plan at the end of a month of its window: what every unit reported, how far it came, and who is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from baocao.errors import ConfigurationError, one_of
from baocao.indicators.own_counts import OwnCounts, SpanCounts, own_counts
from baocao.indicators.plan_goals import GoalResult, Share, goal_results, share_of
from baocao.indicators.progress import MonthFigures, UnitProgress
from baocao.indicators.standing import Silence, silence, standings
from baocao.indicators.target_bases import issued_targets, load_figures
from baocao.indicators.target_findings import TargetFinding
from baocao.indicators.target_groups import as_one
from baocao.indicators.target_plan import ReportingMonth, TargetPlan, Thresholds
from baocao.periods import Period, Periods
from baocao.project import Project
from baocao.store.versions import Versions
from baocao.units import UnitRegistry

SOURCE = "Danh sách hồ sơ và biểu đã nạp của các đơn vị"
#: Part of the figures of a group, its name, its units; the whole has no part.
Group = tuple[str, str, Sequence[UnitProgress]]
RegisterRows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class PlanProgress:
    """All units of a plan at the end of a month.

    Attributes
    ----------
    months, month
        The months of the window, and the one reported on.
    counts
        Own figures of every unit in the months up to that one; `place` is the month's number less one.
    submitted
        The day each unit's figures of the month were received, where the office's register says so.
    strangers
        Entries of that register that name no unit of the plan.
    rows
        Every unit, in the order of the plan.
    """

    plan: TargetPlan
    registry: UnitRegistry
    months: Sequence[ReportingMonth]
    month: ReportingMonth
    thresholds: Thresholds
    counts: SpanCounts
    submitted: Mapping[str, date]
    strangers: Sequence[TargetFinding]
    rows: Sequence[UnitProgress]

    @property
    def units(self) -> list[str]:
        return [row.unit for row in self.rows]

    @property
    def spans(self) -> list[tuple[date, date]]:
        """Days of the months up to this one."""
        return [(month.from_date, month.to_date) for month in self.months[: self.month.number]]

    @property
    def has_data(self) -> bool:
        """Whether any unit reported the month."""
        return any(self.month.number in row.months for row in self.rows)

    @cached_property
    def silence(self) -> Silence:
        return silence(self.rows, self.months, self.month.number)

    @cached_property
    def sources(self) -> dict[str, str]:
        """The lists and tables each unit's figures come from."""
        found: dict[str, dict[str, None]] = {}
        for (unit, _), own in self.counts.of.items():
            found.setdefault(unit, {})[own.source] = None
        return {unit: "; ".join(sources) for unit, sources in found.items()}

    def groups(self) -> list[Group]:
        """The plan's groups with their units, then all of them."""
        parts: list[Group] = [
            (group.id, group.name, [row for row in self.rows if self.registry[row.unit].level == group.level])
            for group in self.plan.groups
        ]
        return [*parts, ("", "Tổng cộng", self.rows)]

    def whole(self, code: str, rows: Sequence[UnitProgress]) -> UnitProgress:
        """Units as one."""
        return as_one(code, rows, self.months, self.month.number, self.thresholds)

    def overdue(self, units: Iterable[str]) -> tuple[int | None, int | None]:
        """Overdue dossiers at the end of the month and all to process in it."""
        share = share_of("overdue-share", self._own(units, self.month.number))
        return share.numerator, share.denominator

    def goals(self, entered: RegisterRows, entered_before: RegisterRows) -> list[GoalResult]:
        """The plan's other goals, this month and the month before; see `goal_results`."""
        number = self.month.number
        shares = {
            computed: (share_of(computed, self._own(self.units, number)), self._before(computed))
            for computed in ("postal-results", "overdue-share")
        }
        shares["online-share"] = (self._online_share(number), self._online_share(number - 1))
        return goal_results(self.plan.goals, shares, entered, entered_before, SOURCE)

    def _before(self, computed: str) -> Share:
        return share_of(computed, self._own(self.units, self.month.number - 1))

    def _own(self, units: Iterable[str], number: int) -> list[OwnCounts]:
        return [self.counts.of[unit, number - 1] for unit in units if (unit, number - 1) in self.counts.of]

    def _online_share(self, number: int) -> Share:
        """Of the window up to a month."""
        months = [month for row in self.rows for at, month in row.months.items() if at <= number]
        if not months:
            return Share()
        return Share(sum(month.online for month in months), sum(month.total for month in months))


def load_progress(
    project: Project,
    plan: TargetPlan,
    registry: UnitRegistry,
    period: Period,
    versions: Versions,
    *,
    thresholds: Thresholds,
    submissions: RegisterRows,
) -> PlanProgress:
    """The progress of `plan` in the month that has the days of `period`, at given table versions.

    Parameters
    ----------
    submissions
        The office's register of who handed in when, as delivered for the month.

    Raises
    ------
    ConfigurationError
        If the period is no month of the plan, or the plan does not hold together.
    """
    calendars = Periods(project).calendars
    if plan.calendar not in calendars:
        raise ConfigurationError(
            f"params/targets/{plan.id}.yaml: calendar: {one_of('calendar', plan.calendar, calendars)}"
        )
    months = plan.reporting_months(calendars[plan.calendar])
    month = _month_of(plan, months, period)
    targets = issued_targets(plan, load_figures(project, plan, registry, versions), registry)
    units = [target.unit for target in targets]
    spans = [(past.from_date, past.to_date) for past in months[: month.number]]
    counts = own_counts(project, registry, units, spans, versions)
    submitted, strangers = _submitted(plan, registry, submissions)
    figures: dict[str, dict[int, MonthFigures]] = {}
    for unit in units:
        for number in range(1, month.number + 1):
            own = counts.known(unit, number - 1)
            if own is not None and own.total is not None and own.online is not None:
                day = submitted.get(unit) if number == month.number else None
                figures.setdefault(unit, {})[number] = MonthFigures(own.total, own.online, day)
    rows = standings(targets, figures, months, month.number, thresholds)
    return PlanProgress(plan, registry, months, month, thresholds, counts, submitted, strangers, rows)


def _month_of(plan: TargetPlan, months: Sequence[ReportingMonth], period: Period) -> ReportingMonth:
    for month in months:
        if (month.from_date, month.to_date) == (period.from_date, period.to_date):
            return month
    first, last = months[0], months[-1]
    raise ConfigurationError(
        f"{period.id} ({period.from_date} to {period.to_date}) is no month of plan {plan.id}: its first is "
        f"{first.from_date} to {first.to_date}, its last {last.from_date} to {last.to_date}; name another --period, "
        f"or state the month's dates in params/periods/{plan.unit}.yaml"
    )


def _submitted(
    plan: TargetPlan, registry: UnitRegistry, submissions: RegisterRows
) -> tuple[dict[str, date], list[TargetFinding]]:
    """The first day each unit handed in, and the entries that name no unit, or several."""
    days: dict[str, date] = {}
    strangers = []
    for row in submissions:
        meant = registry.named(row["unit"], plan.unit)
        if len(meant) == 1:
            code = meant[0].code
            days[code] = min(days.get(code, row["received_on"]), row["received_on"])
            continue
        why = "có ở nhiều nơi, ghi mã đơn vị" if meant else "không có trong danh sách đơn vị"
        place, message = f"{row['file']}, dòng {row['row']}", f"Sổ tiếp nhận ghi “{row['unit']}”: {why}."
        strangers.append(
            TargetFinding("submission-unit-known", "warning", "Sổ tiếp nhận", place, "unit", None, None, None, message)
        )
    return days, strangers
