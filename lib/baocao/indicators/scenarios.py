"""Scenarios side by side: the plan as it is, then each thing a planner might ask for instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from baocao.indicators.allocation import GroupAllocation, UnitTarget
from baocao.indicators.goal_seek import Sought, SoughtPool, SoughtUnit, below_minimum, seek
from baocao.indicators.target_plan import Scenario, TargetPlan
from baocao.locale import percentage

AS_PLANNED = "Theo kế hoạch"


@dataclass(frozen=True)
class ScenarioColumn:
    """A scenario in figures that can stand beside those of another.

    Attributes
    ----------
    feasible
        Every goal is reached within the bounds; the plan, which seeks no goal, always is.
    extra
        Extra online dossiers by group id; None where the bounds allow no amount.
    year_pct, window_pct
        Share of online dossiers of all groups with that extra, over the year and in the window, per cent, two decimals;
        None where a group has no answer.
    lowest_target_pct, highest_target_pct
        Among the units with a target.
    below_minimum
        Codes of units whose target is under the plan's own minimum.
    messages
        Vietnamese, one for each pool, the group named where every group is a pool of its own.
    """

    name: str
    feasible: bool
    extra: Mapping[str, int | None]
    year_pct: Decimal | None
    window_pct: Decimal | None
    lowest_target_pct: Decimal | None
    highest_target_pct: Decimal | None
    below_minimum: tuple[str, ...]
    messages: tuple[str, ...]

    @property
    def extra_total(self) -> int | None:
        """Extra of all groups; None where one has no answer."""
        known = [extra for extra in self.extra.values() if extra is not None]
        return sum(known) if len(known) == len(self.extra) else None


def side_by_side(
    plan: TargetPlan, allocations: Sequence[GroupAllocation], scenarios: Sequence[Scenario]
) -> list[ScenarioColumn]:
    """The plan's own allocation, then the answer to each scenario."""
    targets = [target for allocation in allocations for target in allocation.targets]
    assigned: dict[str, int | None] = {allocation.group: allocation.extra_online for allocation in allocations}
    columns = [_column(plan, AS_PLANNED, True, assigned, allocations, targets, ())]
    for scenario in scenarios:
        sought = seek(plan, allocations, scenario)
        columns.append(_sought_column(plan, sought, allocations))
    return columns


def _sought_column(plan: TargetPlan, sought: Sought, allocations: Sequence[GroupAllocation]) -> ScenarioColumn:
    extra = {allocation.group: sought.extra_of(allocation.group) for allocation in allocations}
    answered = [unit for unit in sought.units if extra[unit.group] is not None]
    messages = tuple(_message(plan, pool) for pool in sought.pools)
    return _column(plan, sought.scenario.name, sought.feasible, extra, allocations, answered, messages)


def _message(plan: TargetPlan, pool: SoughtPool) -> str:
    """What a pool's answer is, with the group's name where each group has its own."""
    if len(pool.groups) > 1:
        return pool.message
    return f"{plan.group(pool.groups[0]).name}: {pool.message[0].lower()}{pool.message[1:]}"


def _column(
    plan: TargetPlan,
    name: str,
    feasible: bool,
    extra: Mapping[str, int | None],
    allocations: Sequence[GroupAllocation],
    units: Sequence[UnitTarget] | Sequence[SoughtUnit],
    messages: tuple[str, ...],
) -> ScenarioColumn:
    targets = [target for allocation in allocations for target in allocation.targets]
    window_online = sum(target.projected_online or 0 for target in targets)
    window_total = sum(target.projected_total or 0 for target in targets)
    base_online = sum(target.base.online or 0 for target in targets)
    base_total = sum(target.base.total or 0 for target in targets)
    known = [value for value in extra.values() if value is not None]
    whole = sum(known) if len(known) == len(extra) else None
    shares = [unit.target_pct for unit in units if unit.target_pct is not None]
    return ScenarioColumn(
        name=name,
        feasible=feasible,
        extra=extra,
        year_pct=None
        if whole is None
        else percentage(base_online + window_online + whole, base_total + window_total, 2),
        window_pct=None if whole is None else percentage(window_online + whole, window_total, 2),
        lowest_target_pct=min(shares, default=None),
        highest_target_pct=max(shares, default=None),
        below_minimum=below_minimum(plan, units),
        messages=messages,
    )
