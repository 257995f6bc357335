"""Goal-seek against an independent check: bounds hold, brute force finds nothing evener, what cannot be is said."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from baocao.indicators.allocation import GroupAllocation, UnitBase, allocate
from baocao.indicators.even_effort import Room, spread
from baocao.indicators.goal_seek import Sought, seek
from baocao.indicators.scenarios import AS_PLANNED, side_by_side
from baocao.indicators.target_plan import Scenario
from tests.hai_phong import allocations, plan, registry

DEPARTMENTS = [unit.code for unit in registry().children("hai-phong") if unit.level == "department"]
GROUPS = ["departments", "districts", "communes"]


def ask(goal: object, **more: Any) -> Scenario:
    return Scenario(name="thử", goal_pct=Decimal(str(goal)), **more)


def group_of(counts: Sequence[tuple[int, int]]) -> GroupAllocation:
    """Departments with (total, online) in the window and nothing before it."""
    bases = [
        UnitBase(DEPARTMENTS[place], 0, 0, projected_total=total, projected_online=online)
        for place, (total, online) in enumerate(counts)
    ]
    return allocate(plan(), "departments", bases, registry(), 0)


# --- An independent statement of what is asked for, in plain loops ---------------------------------------------------


def allowed(counts: Sequence[tuple[int, int]], extras: Sequence[int], scenario: Scenario) -> bool:
    """Whether extras keep to every bound of the scenario."""
    whole = sum(total - online for total, online in counts)
    for (total, online), extra in zip(counts, extras, strict=True):
        if not 0 <= extra <= total - online:
            return False
        if total == online:
            continue
        share = Fraction(100 * (online + extra), total)
        if extra and share > Fraction(scenario.ceiling_pct):
            return False
        if scenario.floor_pct is not None and share < Fraction(scenario.floor_pct):
            return False
        if scenario.max_effort is not None and Fraction(extra, total - online) > Fraction(
            scenario.max_effort
        ) * Fraction(sum(extras), whole):
            return False
    return True


def every(counts: Sequence[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    return product(*(range(total - online + 1) for total, online in counts))


def unevenness(counts: Sequence[tuple[int, int]], extras: Sequence[int]) -> Fraction:
    whole = sum(total - online for total, online in counts)
    average = Fraction(sum(extras), whole) if whole else Fraction(0)
    pairs = [(total - online, extra) for (total, online), extra in zip(counts, extras, strict=True)]
    return sum((rest * (Fraction(extra, rest) - average) ** 2 for rest, extra in pairs if rest), Fraction(0))


def needed(counts: Sequence[tuple[int, int]], goal: Decimal) -> int:
    total, online = sum(pair[0] for pair in counts), sum(pair[1] for pair in counts)
    return next(extra for extra in range(total + 1) if 100 * (online + extra) >= Fraction(goal) * total)


small = st.lists(
    st.integers(0, 7).flatmap(lambda total: st.tuples(st.just(total), st.integers(max(0, total - 4), total))),
    min_size=1,
    max_size=4,
)
percents = st.integers(0, 20).map(lambda step: Decimal(5 * step))
scenarios = st.builds(
    lambda goal, bounds, effort: ask(
        goal,
        over="window",
        floor_pct=bounds and min(bounds),
        ceiling_pct=max(bounds) if bounds else Decimal(100),
        max_effort=effort,
    ),
    percents,
    st.none() | st.tuples(percents, percents),
    st.none() | st.sampled_from(["1.01", "1.2", "1.5", "2", "5"]).map(Decimal),
)


@settings(max_examples=300, deadline=None)
@given(small, scenarios)
def test_small_cases_are_the_brute_force_optimum(counts: list[tuple[int, int]], scenario: Scenario) -> None:
    sought = seek(plan(), [group_of(counts)], scenario)
    (pool,) = sought.pools
    possible = [extras for extras in every(counts) if allowed(counts, extras, scenario)]
    amounts = sorted({sum(extras) for extras in possible})
    assert pool.needed == needed(counts, scenario.goal_pct)
    below = [amount for amount in amounts if amount <= pool.needed]
    assert pool.extra == (below[-1] if below else amounts[0] if amounts else None)
    assert pool.feasible == (pool.needed in amounts)
    if pool.extra is not None:
        extras = tuple(unit.extra for unit in sought.units)
        assert extras in possible
        rivals = [other for other in possible if sum(other) == pool.extra]
        assert unevenness(counts, extras) == min(unevenness(counts, other) for other in rivals)


@given(
    st.lists(
        st.integers(0, 60).flatmap(
            lambda weight: st.tuples(st.just(weight), st.integers(0, weight), st.integers(0, weight))
        ),
        min_size=1,
        max_size=30,
    ),
    st.data(),
)
def test_spread_holds_bounds_and_no_exchange_is_evener(cells: list[tuple[int, int, int]], data: st.DataObject) -> None:
    rooms = [Room(weight, min(a, b), max(a, b)) for weight, a, b in cells]
    amount = data.draw(st.integers(sum(room.low for room in rooms), sum(room.high for room in rooms)))
    shares = spread(amount, rooms)
    assert sum(shares) == amount
    assert all(room.low <= share <= room.high for room, share in zip(rooms, shares, strict=True))
    pairs = list(zip(shares, rooms, strict=True))
    gain = max((Fraction(2 * share - 1, room.weight) for share, room in pairs if share > room.low), default=None)
    cost = min((Fraction(2 * share + 1, room.weight) for share, room in pairs if share < room.high), default=None)
    assert gain is None or cost is None or gain <= cost  # moving one dossier never helps: enough for a convex sum


def test_spread_gives_ties_to_the_larger_then_the_earlier() -> None:
    assert spread(1, [Room(1, 0, 1), Room(1, 0, 1)]) == [1, 0]
    assert spread(2, [Room(1, 0, 1), Room(3, 0, 3)]) == [0, 2]  # half of 1 and 3/2 of 3 claim alike: the larger
    with pytest.raises(ValueError, match="do not fit"):
        spread(3, [Room(2, 0, 2)])
    with pytest.raises(ValueError, match="low ≤ high"):
        spread(1, [Room(2, 2, 1)])


# --- The printed units ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "expected"),
    [(50, [16092, 18624, 175852]), (60, [46331, 26257, 217656]), (70, [76570, 33890, None])],
)
def test_extra_per_group_is_what_the_transcription_computed(goal: int, expected: list[int | None]) -> None:
    """README of the sample, “extra needed for 50 / 60 / 70 % of the year”, its 33.889,2 and 259.459,2 rounded up."""
    sought = seek(plan(), allocations(), ask(goal))
    found = [sought.extra_of(group) if want else None for group, want in zip(GROUPS, expected, strict=True)]
    assert found == expected
    if goal == 70:
        assert [pool.needed for pool in sought.pools][2] == 259460
        assert sought.extra_of("communes") == 256850
        assert sought.pools[2].message == (
            "Không đạt được 70%: cần thêm 259.460 hồ sơ, số hồ sơ chưa trực tuyến chỉ có 256.850; mức gần nhất "
            "đạt được là 69,38% với 256.850 hồ sơ."
        )


def verify(sought: Sought) -> None:
    """Every bound of every unit, counted anew from the projections."""
    scenario = sought.scenario
    for pool in sought.pools:
        members = [unit for unit in sought.units if unit.group in pool.groups]
        counts = [
            (unit.target.projected_total or 0, unit.target.projected_online or 0) if unit.target.not_online else (0, 0)
            for unit in members
        ]
        assert pool.extra is not None
        assert sum(unit.extra for unit in members) == pool.extra
        assert allowed(counts, [unit.extra for unit in members], scenario)
        assert all(unit.extra == 0 for unit in members if not unit.target.not_online)


@pytest.mark.parametrize("scenario", plan().scenarios, ids=lambda scenario: scenario.name)
def test_the_scenarios_of_the_plan_hold_their_bounds(scenario: Scenario) -> None:
    sought = seek(plan(), allocations(), scenario)
    verify(sought)
    assert len(sought.units) == 252


def test_reached_together_the_effort_is_one() -> None:
    sought = seek(plan(), allocations(), ask(60, reach="together"))
    verify(sought)
    (pool,) = sought.pools
    assert (pool.extra, pool.feasible, pool.reached_pct) == (290243, True, Decimal("60.00"))
    for unit in sought.units:
        if unit.effort is not None and unit.target.not_online:
            assert abs(unit.effort - Fraction(290243, 405502)) * unit.target.not_online < 1


def test_without_bounds_the_goal_seek_repeats_the_printed_rule() -> None:
    """Asked for what its own extra reaches, every unit gets what the plan gives it, a few rounded dossiers apart."""
    for allocation in allocations():
        total = sum(target.projected_total or 0 for target in allocation.targets)
        online = sum(target.projected_online or 0 for target in allocation.targets)
        goal = Decimal(100 * (online + allocation.extra_online)) / total
        sought = seek(plan(), [allocation], ask(goal.quantize(Decimal("0.0000001"), "ROUND_FLOOR"), over="window"))
        assert sought.pools[0].extra == allocation.extra_online
        off = [abs(u.extra - t.extra) for u, t in zip(sought.units, allocation.targets, strict=True)]
        assert sum(off) <= 2  # rounded one by one, departments get 76.682


def test_units_under_the_plans_own_minimum_are_listed() -> None:
    scenario = ask(50, goal_pct_of={"departments": Decimal(70)})
    sought = seek(plan(), allocations(), scenario)
    for unit in sought.units:
        assert (unit.unit in sought.below_minimum) == (unit.target_pct is not None and unit.target_pct < 60)
    planned, *_ = side_by_side(plan(), allocations(), [])
    assert planned.below_minimum == tuple(
        f"hai-phong.q-{name}" for name in ("kien-an", "ngo-quyen", "le-chan", "duong-kinh")
    )


def test_a_floor_above_the_goal_wins_and_says_so() -> None:
    sought = seek(plan(), [group_of([(10, 0), (10, 0)])], ask(20, over="window", floor_pct=Decimal(60)))
    assert [unit.extra for unit in sought.units] == [6, 6]
    assert not sought.feasible
    assert sought.pools[0].message == (
        "Cần 4 hồ sơ để đạt 20%; riêng các giới hạn của đơn vị (mức sàn, mức phấn đấu) đã đòi hỏi 12 hồ sơ, tức 60%."
    )


def test_bounds_that_exclude_each_other_have_no_answer() -> None:
    """The first is nearly at the floor, the second far below it; with even effort the first would break the ceiling."""
    scenario = ask(60, over="window", floor_pct=Decimal(60), ceiling_pct=Decimal(70), max_effort=Decimal("1.01"))
    sought = seek(plan(), [group_of([(100, 65), (100, 0)])], scenario)
    assert (sought.pools[0].extra, sought.pools[0].reached_pct, sought.extra_of("departments")) == (None, None, None)
    assert sought.pools[0].message.startswith("Không có phương án")
    assert sought.pools[0].conflicting == (DEPARTMENTS[1],)
    assert [unit.target_pct for unit in sought.units] == [None, None] and sought.below_minimum == ()
    column = side_by_side(plan(), [group_of([(100, 65), (100, 0)])], [scenario])[1]
    assert (column.feasible, column.extra_total, column.year_pct) == (False, None, None)


def test_a_unit_above_the_ceiling_gets_nothing_and_blocks_nothing() -> None:
    sought = seek(plan(), [group_of([(10, 9), (10, 0)])], ask(60, over="window", ceiling_pct=Decimal(80)))
    assert [unit.extra for unit in sought.units] == [0, 3]
    assert sought.feasible


def test_without_dossiers_there_is_nothing_to_seek() -> None:
    sought = seek(plan(), [group_of([(0, 0)])], ask(60))
    assert (sought.pools[0].extra, sought.pools[0].reached_pct) == (0, None)
    assert sought.units[0].target_pct is None and sought.units[0].effort is None


def test_scenarios_stand_side_by_side_after_the_plan() -> None:
    columns = side_by_side(plan(), allocations(), plan().scenarios)
    assert [column.name for column in columns] == [AS_PLANNED, *(scenario.name for scenario in plan().scenarios)]
    planned = columns[0]
    assert planned.extra == {"departments": 76680, "districts": 19426, "communes": 169369}
    assert (planned.extra_total, planned.year_pct, planned.window_pct) == (265475, Decimal("56.89"), Decimal("73.51"))
    assert columns[2].extra_total == 290243 and columns[2].feasible


@pytest.mark.parametrize(
    "wrong",
    [
        {"goal_pct": 101},
        {"goal_pct": 60, "floor_pct": 90, "ceiling_pct": 80},
        {"goal_pct": 60, "max_effort": "0.5"},
        {"goal_pct": 60, "reach": "together", "goal_pct_of": {"communes": 50}},
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Scenario.model_validate({"name": "thử", **wrong})
