"""Following a plan up: its other goals, its tasks, units as one, scenarios and lists for a reader."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baocao.errors import ConfigurationError
from baocao.indicators.allocation import UnitBase, UnitTarget
from baocao.indicators.allocation_checks import check_table, plainly_unequal
from baocao.indicators.own_counts import OwnCounts
from baocao.indicators.plan_goals import GoalResult, Share, goal_results, share_of
from baocao.indicators.progress import MonthFigures, UnitProgress
from baocao.indicators.scenarios import side_by_side
from baocao.indicators.standing import standings, together
from baocao.indicators.target_findings import findings_of
from baocao.indicators.target_groups import as_one, by_district
from baocao.indicators.target_lists import TaskRow
from baocao.indicators.target_plan import Goal, ReportingMonth, Thresholds
from baocao.indicators.task_states import (
    DONE,
    DONE_LATE,
    NOT_TOLD,
    NOT_TOLD_DUE,
    OPEN,
    OVERDUE,
    task_states,
)
from baocao.intake.one_stop import COUNTS
from baocao.notebook.targets_checks import judged_unequal, load_target_suite
from tests.hai_phong import PROJECT, allocations, plan, printed, registry

MONTHS = [
    ReportingMonth(number, f"tháng {number}", date(2022, number, 1), date(2022, number, 28), None)
    for number in range(1, 5)
]


# --- Goals ---


def own(**counts: int | None) -> OwnCounts:
    return OwnCounts({**dict.fromkeys(COUNTS), **counts}, None, None, frozenset({"cong"}), True, "cong")


def result(goal: Goal, now: Share, before: Share = Share()) -> GoalResult:  # noqa: B008 -- frozen
    (found,) = goal_results([goal], {"overdue-share": (now, before), "online-share": (now, before)}, [], [], "nguồn")
    return found


UP_TO = Goal(id="g", name="g", direction="at-least", threshold_pct=Decimal(60), computed="online-share")
DOWN = Goal(id="g", name="g", direction="down", computed="overdue-share")


def test_a_threshold_is_met_exactly_not_by_rounding() -> None:
    almost = result(UP_TO, Share(59_996, 100_000))
    assert (almost.reached, almost.verdict) == (Decimal("60.00"), "Chưa đạt")
    assert result(UP_TO, Share(6, 10)).verdict == "Đạt"
    assert result(UP_TO, Share()).verdict == "Chưa đủ số liệu"


@pytest.mark.parametrize(
    ("now", "before", "verdict"),
    [
        ((1, 10), (2, 10), "Giảm, đúng hướng"),
        ((3, 10), (2, 10), "Tăng, ngược hướng"),
        ((2, 10), (2, 10), "Không đổi"),
        ((2, 10), (None, None), "Chưa có tháng trước để so"),
    ],
)
def test_a_direction_is_held_against_the_month_before(now: Any, before: Any, verdict: str) -> None:
    assert result(DOWN, Share(*now), Share(*before)).verdict == verdict


def test_a_goal_nobody_entered_says_so() -> None:
    goal = Goal(id="portal-accounts", name="Tài khoản", direction="at-least", threshold_pct=Decimal(100))
    (silent,) = goal_results([goal], {}, [], [], "")
    assert (silent.reached, silent.verdict, silent.remark) == (
        None,
        "Chưa đủ số liệu",
        "Chưa có số liệu do đơn vị đầu mối nhập",
    )
    row = {"indicator": goal.id, "value": Decimal(100), "note": "Sở Nội vụ", "file": "so.csv", "row": 2}
    blank = {**row, "value": None}
    (told,) = goal_results([goal], {}, [row], [blank], "")
    assert (told.reached, told.previous, told.verdict, told.remark) == (100, None, "Đạt", "Sở Nội vụ")


def test_units_that_do_not_tell_are_on_neither_side_of_a_share() -> None:
    told = own(pending_overdue=1, carried_over=2, received_online=3, received_direct=5)
    assert share_of("overdue-share", [told, own(received_online=90)]) == Share(1, 10)
    assert share_of("postal-results", [told]) == Share()
    assert share_of("postal-results", [own(results_postal=0, resolved_late=4)]) == Share(0, 4)


# --- Tasks ---

TASK = TaskRow("task", "I", "3.1", "Niêm yết", "Sở", "", "", None, date(2022, 6, 15), "")
ROW: dict[str, Any] = {
    "task": "I.3.1",
    "document_number": "128/KH-UBND",
    "done_date": None,
    "state": None,
    "note": None,
}


@pytest.mark.parametrize(
    ("said", "day", "state"),
    [
        ({"done_date": date(2022, 6, 15)}, date(2022, 6, 15), DONE),
        ({"done_date": date(2022, 6, 16)}, date(2022, 7, 1), DONE_LATE),
        ({"done_date": date(2022, 6, 20)}, date(2022, 6, 15), OPEN),  # not yet done on that day
        ({"state": "done"}, date(2022, 7, 1), DONE),
        ({"state": "open"}, date(2022, 6, 15), OPEN),
        ({"state": "open"}, date(2022, 6, 16), OVERDUE),
        ({"state": "overdue"}, date(2022, 6, 1), OVERDUE),
    ],
)
def test_where_a_task_stands(said: dict[str, Any], day: date, state: str) -> None:
    (found,) = task_states([TASK], [{**ROW, **said}], "128/kh-ubnd", day)
    assert found.state == state


def test_tasks_of_other_documents_and_silence() -> None:
    other = {**ROW, "document_number": "9/KH-UBND", "state": "done"}
    assert task_states([TASK], [other], "128/KH-UBND", date(2022, 6, 15))[0].state == NOT_TOLD
    assert task_states([TASK], [], "128/KH-UBND", date(2022, 6, 16))[0].state == NOT_TOLD_DUE
    by_text = {**ROW, "task": "NIÊM  yết", "state": "done", "note": "Đã kiểm tra"}
    (found,) = task_states([TASK], [by_text], "128/KH-UBND", date(2022, 6, 16))
    assert (found.state, found.note) == (DONE, "Đã kiểm tra")


# --- Units as one ---


def target(unit: str, total: int, online: int, extra: int) -> UnitTarget:
    share = Decimal(100 * (online + extra)) / total if total else None
    base = UnitBase(unit, None, None)
    return UnitTarget(base, total, online, total - online, Fraction(extra), Decimal(0), extra, share, "")


reported = st.dictionaries(st.integers(1, 3), st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=3)


@given(st.lists(reported, min_size=1, max_size=4))
def test_a_group_has_what_its_units_have(units: list[dict[int, tuple[int, int]]]) -> None:
    targets = [target(f"u{place}", 40, 10, 20) for place, _ in enumerate(units)]
    figures = {
        f"u{place}": {at: MonthFigures(online + rest, online) for at, (online, rest) in months.items()}
        for place, months in enumerate(units)
    }
    rows = standings(targets, figures, MONTHS, 3, Thresholds())
    whole, group = as_one("all", rows, MONTHS, 3, Thresholds()), together(rows)
    assert (whole.total, whole.online, whole.share_pct) == (group.total, group.online, group.share_pct)
    assert whole.target.target_pct == Decimal("75.0")
    assert whole.months.keys() == {at for months in units for at in months}


def test_a_unit_never_counts_twice_in_a_group() -> None:
    rows = standings([target("u", 40, 10, 20)], {}, MONTHS, 1, Thresholds())
    with pytest.raises(ConfigurationError, match="stands twice"):
        as_one("all", [*rows, *rows], MONTHS, 1, Thresholds())


def test_communes_stand_under_their_district_and_offices_under_none() -> None:
    targets = [one for allocation in allocations() for one in allocation.targets]
    rows: list[UnitProgress] = standings(targets, {}, MONTHS, 1, Thresholds())
    parts = by_district(rows, registry())
    assert parts[0][0] is None
    assert len(parts[0][1]) == 35 and sum(len(members) for _, members in parts) == 252
    assert all(registry()[row.unit].parent == district for district, members in parts[1:] for row in members)


# --- Checks and scenarios ---


@pytest.mark.parametrize("group", ["departments", "districts", "communes"])
def test_great_expectations_judges_as_plain_comparison_does(group: str) -> None:
    plainly = check_table(plan(), group, printed(group), registry(), plainly_unequal)
    assert check_table(plan(), group, printed(group), registry(), judged_unequal) == plainly
    assert findings_of(plainly)


def test_every_rule_has_a_name_for_a_reader() -> None:
    named = load_target_suite(PROJECT).rules
    outcomes = [one for group in plan().groups for one in check_table(plan(), group.id, printed(group.id), registry())]
    assert {outcome.rule for outcome in outcomes} <= named.keys()


def test_scenarios_say_of_which_group_they_speak() -> None:
    columns = {column.name: column for column in side_by_side(plan(), allocations(), plan().scenarios)}
    each = columns["60% cả năm ở từng nhóm"].messages
    assert each[0] == "Sở, ban, ngành: đạt 60% khi giao thêm 46.331 hồ sơ trực tuyến."
    together_ = columns["60% cả năm tính chung toàn thành phố"].messages
    assert together_ == ("Đạt 60% khi giao thêm 290.243 hồ sơ trực tuyến.",)
