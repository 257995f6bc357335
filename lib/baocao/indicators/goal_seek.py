"""Which extra, per group and per unit, reaches a share of p % online: a planner's question turned round.

**How much.** The least whole number of extra online dossiers with which online / total reaches p %, over the year (base
and projected window) or the window alone. Every unit's dossiers count in the total, also of those without a target.

**Who.** Within a pool (each group, or all of them together) as evenly as the bounds allow: `even_effort.spread`. Bounds
of a unit:

* floor and ceiling: its share of online dossiers in the window, with the extra, lies between them; a unit already above
  the ceiling gets no extra;
* effort: extra / not_online is at most `max_effort` times the pool's, Σ extra / Σ not_online;
* never more than it has not online.

**Whether.** Bounds may leave no room for p %. Then the result is the largest amount below it that they allow or, where
floors ask for more, the least above it, and says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from baocao.indicators.allocation import GroupAllocation, UnitTarget, share_to_reach
from baocao.indicators.even_effort import Room, spread
from baocao.indicators.target_plan import Scenario, TargetPlan
from baocao.locale import format_count, format_number, percentage


@dataclass(frozen=True)
class SoughtUnit:
    """A unit's part of what was sought.

    Attributes
    ----------
    low, high
        Bounds of its extra, dossiers.
    target_pct
        Share to reach in the window, rounded as the plan rounds; None where the unit gets no target, or its pool no
        answer.
    """

    group: str
    target: UnitTarget
    low: int
    high: int
    extra: int
    target_pct: Decimal | None

    @property
    def unit(self) -> str:
        return self.target.unit

    @property
    def effort(self) -> Fraction | None:
        """extra / not_online; None where nothing is offline or known."""
        return Fraction(self.extra, self.target.not_online) if self.target.not_online else None


@dataclass(frozen=True)
class SoughtPool:
    """Groups that reach their goal together.

    Attributes
    ----------
    needed
        Extra online dossiers with which the goal is just reached; may be more than there are.
    extra
        What was shared out; equal to `needed` where that is possible. None where no amount satisfies the bounds.
    goal_pct, reached_pct
        Share asked for, and share reached with `extra`, two decimals; None where there are no dossiers or no extra.
    conflicting
        Codes of units whose floor lies above what ceiling and effort allow, so that no amount has an answer.
    message
        Vietnamese: reached, or how near one can come and why.
    """

    groups: tuple[str, ...]
    goal_pct: Decimal
    needed: int
    extra: int | None
    reached_pct: Decimal | None
    conflicting: tuple[str, ...]
    message: str

    @property
    def feasible(self) -> bool:
        return self.extra is not None and self.extra == self.needed


@dataclass(frozen=True)
class Sought:
    """The answer to a scenario. `below_minimum` are units whose target is under the plan's own minimum."""

    scenario: Scenario
    pools: tuple[SoughtPool, ...]
    units: tuple[SoughtUnit, ...]
    below_minimum: tuple[str, ...]

    @property
    def feasible(self) -> bool:
        return all(pool.feasible for pool in self.pools)

    def extra_of(self, group: str) -> int | None:
        """Extra of a group; None where its bounds allow no amount at all."""
        if any(group in pool.groups and pool.extra is None for pool in self.pools):
            return None
        return sum(unit.extra for unit in self.units if unit.group == group)


def seek(plan: TargetPlan, allocations: Sequence[GroupAllocation], scenario: Scenario) -> Sought:
    """Answer `scenario` for the groups of `allocations`, of which the projections are used, not the extras."""
    by_group = {allocation.group: allocation.targets for allocation in allocations}
    pools = [tuple(by_group)] if scenario.reach == "together" else [(group,) for group in by_group]
    answers, units = [], []
    for groups in pools:
        members = [(group, target) for group in groups for target in by_group[group]]
        answer, sought = _seek_pool(plan, groups, members, scenario)
        answers.append(answer)
        units += sought
    return Sought(scenario, tuple(answers), tuple(units), below_minimum(plan, units))


def below_minimum(plan: TargetPlan, units: Iterable[SoughtUnit | UnitTarget]) -> tuple[str, ...]:
    """Codes of the units whose target, as rounded for print, is under the plan's own minimum."""
    return tuple(
        unit.unit for unit in units if unit.target_pct is not None and unit.target_pct < plan.minimum_online_pct
    )


def _seek_pool(
    plan: TargetPlan, groups: tuple[str, ...], members: Sequence[tuple[str, UnitTarget]], scenario: Scenario
) -> tuple[SoughtPool, list[SoughtUnit]]:
    targets = [target for _, target in members]
    goal = scenario.goal_pct_of.get(groups[0], scenario.goal_pct)
    online, total = _counted(targets, scenario)
    needed = max(0, _ceil(Fraction(goal) * total / 100) - online)
    bounds = _Bounds(targets, scenario)
    extra = bounds.nearest(needed)
    rooms = bounds.rooms(bounds.largest if extra is None else extra)
    shares = [0] * len(rooms) if extra is None else spread(extra, rooms)
    conflicting = tuple(
        target.unit for target, room in zip(targets, rooms, strict=True) if extra is None and room.low > room.high
    )
    units = [
        SoughtUnit(group, target, room.low, room.high, share, None if extra is None else _share(plan, target, share))
        for (group, target), room, share in zip(members, rooms, shares, strict=True)
    ]
    reached = None if extra is None else percentage(online + extra, total, 2)
    message = _message(goal, needed, extra, reached, bounds.whole)
    return SoughtPool(groups, goal, needed, extra, reached, conflicting, message), units


def _counted(targets: Sequence[UnitTarget], scenario: Scenario) -> tuple[int, int]:
    """Online dossiers without extra, and all dossiers, of the time the goal is about; blanks have none."""
    online = sum(target.projected_online or 0 for target in targets)
    total = sum(target.projected_total or 0 for target in targets)
    if scenario.over == "year":
        online += sum(target.base.online or 0 for target in targets)
        total += sum(target.base.total or 0 for target in targets)
    return online, total


class _Bounds:
    """Room of a pool's units as a function of the amount, because the effort allowed grows with it."""

    def __init__(self, targets: Sequence[UnitTarget], scenario: Scenario) -> None:
        self._effort = None if scenario.max_effort is None else Fraction(scenario.max_effort)
        fixed = [_fixed_room(target, scenario) for target in targets]
        self._fixed = fixed
        self.whole = sum(room.weight for room in fixed)
        self.floor = sum(room.low for room in fixed)
        self.largest = self._largest(sum(room.high for room in fixed))

    def rooms(self, amount: int) -> list[Room]:
        """Bounds at `amount`; where effort and floor exclude each other, `low` is above `high`."""
        return [Room(room.weight, room.low, min(room.high, self._allowed(room, amount))) for room in self._fixed]

    def nearest(self, wanted: int) -> int | None:
        """The amount nearest to `wanted` that the bounds allow: the largest up to it, else the least above it."""
        if any(room.low > room.high for room in self._fixed):
            return None  # between floor and ceiling of a small unit there may be no whole dossier
        least = self._least()
        largest = self._largest(max(wanted, least))
        if largest >= least:
            return largest
        above = range(least, self.largest + 1)
        return next((amount for amount in above if self._fits(amount) >= amount), None)

    def _least(self) -> int:
        """No smaller amount lets every unit reach its floor."""
        if self._effort is None:
            return self.floor
        each = (_ceil(Fraction(room.low * self.whole, room.weight) / self._effort) for room in self._fixed if room.low)
        return max(self.floor, *each, 0)

    def _largest(self, amount: int) -> int:
        """The largest amount up to `amount` that fits below the upper bounds.

        What fits never shrinks as the amount grows, so stepping down to what fits passes no solution by.
        """
        while (fits := self._fits(amount)) < amount:
            amount = fits
        return amount

    def _fits(self, amount: int) -> int:
        return sum(min(room.high, self._allowed(room, amount)) for room in self._fixed)

    def _allowed(self, room: Room, amount: int) -> int:
        if self._effort is None or not self.whole:
            return room.high
        times, per = self._effort.numerator, self._effort.denominator
        return times * amount * room.weight // (per * self.whole)


def _fixed_room(target: UnitTarget, scenario: Scenario) -> Room:
    """Bounds by floor and ceiling; a unit without a target gets nothing."""
    total, online, rest = target.projected_total, target.projected_online, target.not_online
    if not total or online is None or not rest:
        return Room(0, 0, 0)
    high = max(0, int(Fraction(scenario.ceiling_pct) * total / 100) - online)
    low = 0 if scenario.floor_pct is None else max(0, _ceil(Fraction(scenario.floor_pct) * total / 100) - online)
    return Room(rest, min(low, rest), min(high, rest))


def _share(plan: TargetPlan, target: UnitTarget, extra: int) -> Decimal | None:
    if target.reason or target.projected_total is None or target.projected_online is None:
        return None
    return share_to_reach(target.projected_online + extra, target.projected_total, plan.rounding)


def _message(goal: Decimal, needed: int, extra: int | None, reached: Decimal | None, whole: int) -> str:
    asked = f"{format_number(goal, keep_zeros=False)}%"
    if extra is None:
        return (
            "Không có phương án: mức sàn, mức trần và giới hạn mức phấn đấu của các đơn vị loại trừ nhau, "
            f"nên không đạt được {asked}."
        )
    if reached is None:
        return "Không có hồ sơ để tính tỷ lệ."
    got = f"{format_number(reached, keep_zeros=False)}%"
    if extra == needed:
        return f"Đạt {asked} khi giao thêm {format_count(needed)} hồ sơ trực tuyến."
    if extra > needed:
        return (
            f"Cần {format_count(needed)} hồ sơ để đạt {asked}; riêng các giới hạn của đơn vị (mức sàn, mức phấn đấu) "
            f"đã đòi hỏi {format_count(extra)} hồ sơ, tức {got}."
        )
    why = "số hồ sơ chưa trực tuyến chỉ có" if needed > whole else "các giới hạn chỉ cho phép"
    amount = whole if needed > whole else extra
    nearest = f"; mức gần nhất đạt được là {got} với {format_count(extra)} hồ sơ"
    return f"Không đạt được {asked}: cần thêm {format_count(needed)} hồ sơ, {why} {format_count(amount)}{nearest}."


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
