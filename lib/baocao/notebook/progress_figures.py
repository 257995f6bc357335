"""What sentences say of a plan's progress: figures of the whole, of its units' standing, and lists of names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from baocao.document.blocks import Run
from baocao.document.narrative import Prose, count
from baocao.indicators.measure import Measure, Subject
from baocao.indicators.online_only import Compliance
from baocao.indicators.plan_progress import Group, PlanProgress
from baocao.indicators.progress import AT_RISK, OFF_TRACK, ON_TRACK, STATUSES, Status, UnitProgress
from baocao.indicators.standing import movers, ranked, together
from baocao.indicators.target_measures import TargetMeasures
from baocao.indicators.target_plan import ReportingMonth
from baocao.indicators.task_states import DONE, DONE_LATE, OPEN, OVERDUE, TaskState
from baocao.locale import clean, percentage
from baocao.units import UnitRegistry

#: A sentence names so many units; the annexes name them all.
NAMED = 20


@dataclass(frozen=True)
class Overall:
    """The whole area in figures a sentence prints; blank where nothing is known.

    Attributes
    ----------
    total, online, share
        Dossiers of the window so far.
    month_total, month_online, month_share
        Dossiers of the month.
    path, path_pct, gap
        Online dossiers the units should have by now, what is reached of them, and what is missing.
    low, high
        Interval of the forecast; blank before two months are reported.
    needed
        Share needed on the dossiers still to come.
    """

    total: Measure
    online: Measure
    share: Measure
    month_total: Measure
    month_online: Measure
    month_share: Measure
    target: Measure
    path: Measure
    path_pct: Measure
    gap: Measure
    forecast: Measure
    low: Measure
    high: Measure
    needed: Measure

    @property
    def has_interval(self) -> bool:
        return self.low.value is not None


@dataclass(frozen=True)
class Named:
    """Units a sentence names, and how many they are."""

    count: Measure
    names: Prose

    def __bool__(self) -> bool:
        return bool(self.count)


@dataclass(frozen=True)
class Missing:
    """Who did not report; `is_judged` where there is a deadline and the office's register says who handed in when."""

    stopped: Named
    never: Named
    late: Named
    is_judged: bool

    def __bool__(self) -> bool:
        return bool(self.stopped or self.never or self.late)


@dataclass(frozen=True)
class Duties:
    """The plan's tasks by where they stand."""

    all: Measure
    done: Measure
    open: Measure
    overdue: Measure
    untold: Measure


@dataclass(frozen=True)
class ProgressFigures:
    """Figures of one report as measures."""

    progress: PlanProgress
    measures: TargetMeasures
    compliance: Compliance

    def _of_part(self, name: str, value: int, part: str) -> Measure:
        return self.measures.of(name, value, self.measures.group(part))

    # -- the whole ----------------------------------------------------------------------------------------------------

    def overall(self) -> Overall:
        """The whole area at the end of the month."""
        progress, of, group = self.progress, self.measures.of, together(self.progress.rows)
        whole = progress.whole(progress.plan.unit, progress.rows)
        month, end = whole.months.get(progress.month.number), whole.forecast
        part = self.measures.group(_part_of(progress.month))
        path_pct = percentage(group.online, group.path_online, 1)
        return Overall(
            total=of("total_so_far", group.total),
            online=of("online_so_far", group.online),
            share=of("share_pct", group.share_pct, numerator=group.online, denominator=group.total),
            month_total=of("month_total", month.total if month else None, part),
            month_online=of("month_online", month.online if month else None, part),
            month_share=self.month_share(progress.month, whole),
            target=of("target_pct", whole.target.target_pct),
            path=of("path_online", group.path_online),
            path_pct=of("path_pct", path_pct, numerator=group.online, denominator=group.path_online),
            gap=of("path_gap", _gap(group.online, group.path_online)),
            forecast=of("forecast_pct", end.share_pct if end else None),
            low=of("forecast_low_pct", end.low_pct if end else None),
            high=of("forecast_high_pct", end.high_pct if end else None),
            needed=of("needed_pct", whole.needed_pct),
        )

    def month_share(self, month: ReportingMonth, whole: UnitProgress) -> Measure:
        """Share of a month, of units as one."""
        found = whole.months.get(month.number)
        online, total = (found.online, found.total) if found else (None, None)
        value, part = percentage(online, total, 1), self.measures.group(_part_of(month))
        measure = self.measures.of("month_share_pct", value, part, numerator=online, denominator=total)
        return replace(measure, from_date=month.from_date, to_date=month.to_date)

    def path(self, group: Group) -> tuple[Measure, Measure]:
        """Online dossiers of a group, and what is missing to its path."""
        part, _, rows = group
        found, subject = together(rows), self.measures.group(part)
        gap = _gap(found.online, found.path_online)
        return self.measures.of("online_so_far", found.online, subject), self.measures.of("path_gap", gap, subject)

    # -- standing -----------------------------------------------------------------------------------------------------

    def main_statuses(self) -> tuple[Measure, Measure, Measure]:
        """How many units are on track, at risk and off track."""
        return self._of_status(ON_TRACK), self._of_status(AT_RISK), self._of_status(OFF_TRACK)

    def _of_status(self, status: Status) -> Measure:
        units = sum(row.status == status for row in self.progress.rows)
        return self._of_part("units_of_status", units, f"status-{STATUSES.index(status)}")

    def threshold(self, name: str) -> Measure:
        """A threshold of the statuses, `on_track_from_pct` or `at_risk_from_pct`."""
        return self.measures.of(name, getattr(self.progress.thresholds, name))

    def attained(self, row: UnitProgress) -> Measure:
        """What a unit attained of its target."""
        source = self.progress.sources.get(row.unit, "")
        return self.measures.of("attained_pct", row.attained_pct, Subject(row.unit), source=source)

    @property
    def is_ranked(self) -> bool:
        return any(row.rank is not None for row in self.progress.rows)

    def best(self, count: int) -> list[UnitProgress]:
        return ranked(self.progress.rows)[:count]

    def last(self, count: int) -> list[UnitProgress]:
        """The units at the end of the ranking, the last one first."""
        return ranked(self.progress.rows)[::-1][:count]

    def movers(self, count: int) -> tuple[list[UnitProgress], list[UnitProgress]]:
        """Units whose share rose most since the month before, and whose share fell most."""
        return movers(self.progress.rows, count)

    def out_of_reach(self) -> Measure:
        """Units that would need more than all dossiers forecast for the days left."""
        beyond = [row for row in self.progress.rows if row.needed_pct is not None and row.needed_pct > 100]
        return self.measures.of("units_out_of_reach", len(beyond))

    # -- procedures received online only ------------------------------------------------------------------------------

    def in_force(self) -> Measure:
        """Procedures whose day has come."""
        return self._of_part("online_only_procedures", len(self.compliance.in_force), "in-force")

    def direct(self) -> tuple[Measure, Measure, Measure]:
        """Dossiers handed in directly since then, those of the month, and how many units have some."""
        breaches = self.compliance.breaches
        return (
            self.measures.of("direct_after_start", sum(entry.direct for entry in breaches)),
            self.measures.of("direct_in_month", sum(entry.direct_now for entry in breaches)),
            self._of_part("units", len(self.breaches_by_unit()), "online-only"),
        )

    def breaches_by_unit(self) -> dict[str, list[int]]:
        """Dossiers handed in directly, by unit one number for each procedure."""
        found: dict[str, list[int]] = {}
        for entry in self.compliance.breaches:
            found.setdefault(entry.unit, []).append(entry.direct)
        return {unit: found[unit] for unit in self.progress.units if unit in found}

    def unknown(self) -> Measure:
        """Units of which no figures by procedure are stored."""
        return self._of_part("units", len(self.compliance.unknown), "online-only-unknown")

    # -- tasks and reporting ------------------------------------------------------------------------------------------

    def duties(self, states: Sequence[TaskState]) -> Duties:
        """How many tasks stand where."""
        found = [state.state for state in states]
        done = sum(state in (DONE, DONE_LATE) for state in found)
        going, overdue = found.count(OPEN), found.count(OVERDUE)
        return Duties(
            all=self.measures.of("tasks", len(found)),
            done=self._of_part("tasks", done, "done"),
            open=self._of_part("tasks", going, "open"),
            overdue=self._of_part("tasks", overdue, "overdue"),
            untold=self._of_part("tasks", len(found) - done - going - overdue, "untold"),
        )

    def missing(self) -> Missing:
        """Who stopped reporting, never did, or handed in late."""
        silence, registry = self.progress.silence, self.progress.registry
        stopped = [f"{display_name(registry, unit)} (gần nhất: {month})" for unit, month in silence.stopped]
        never, late = ([display_name(registry, unit) for unit in units] for units in (silence.never, silence.late))
        return Missing(
            self._named("stopped", stopped),
            self._named("never", never),
            self._named("late", late),
            bool(self.progress.submitted) and self.progress.month.due is not None,
        )

    def _named(self, part: str, names: Sequence[str]) -> Named:
        counted = self._of_part("units", len(names), part)
        shown = [Run(text="; ".join(map(clean, names[:NAMED])))]
        if len(names) <= NAMED:
            return Named(counted, Prose(tuple(shown)))
        rest = self._of_part("units", len(names) - NAMED, f"{part}-more")
        more = count(rest)
        return Named(counted, Prose((*shown, Run(text=" và "), *more.runs, Run(text=" đơn vị khác")), more.measures))


def display_name(registry: UnitRegistry, unit: str) -> str:
    """A unit's name; a commune's with its district, for names repeat."""
    above = next((found for found in registry.above(unit) if found.level == "district"), None)
    return f"{registry[unit].name}, {above.name}" if above else registry[unit].name


def _part_of(month: ReportingMonth) -> str:
    return f"{month.to_date:%Y-%m}"


def _gap(online: int | None, path: int) -> int | None:
    return None if online is None else max(0, path - online)
