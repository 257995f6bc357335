"""Following a target month by month: path, forecast, status, rank, movement, silence; a blank is never a zero."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baocao.errors import ConfigurationError, InputError
from baocao.indicators.allocation import UnitTarget
from baocao.indicators.forecast import METHOD, Observed, forecast
from baocao.indicators.progress import (
    AT_RISK,
    EMPTY,
    NO_TARGET,
    OFF_TRACK,
    ON_TRACK,
    SILENT,
    MonthFigures,
    UnitProgress,
    unit_progress,
)
from baocao.indicators.standing import movers, ranked, silence, standings, together
from baocao.indicators.target_plan import Thresholds
from baocao.periods import Periods
from tests.hai_phong import PROJECT, allocations, plan

MONTHS = plan().reporting_months(Periods(PROJECT).calendars[plan().calendar])
TARGETS = {target.unit: target for allocation in allocations() for target in allocation.targets}
KIEN_AN = TARGETS["hai-phong.q-kien-an"]  # 1652 projected, 68 of them online, 813 more: 53 %
LE_CHAN = TARGETS["hai-phong.q-le-chan"]
BACH_LONG_VI = TARGETS["hai-phong.h-bach-long-vi"]
THANH_TRA = TARGETS["hai-phong.thanh-tra"]


def figures(*months: tuple[int, int] | None) -> dict[int, MonthFigures]:
    """Total and online of the months from the first; None where a month was not reported."""
    return {number: MonthFigures(*month) for number, month in enumerate(months, 1) if month is not None}


def at(target: UnitTarget, *months: tuple[int, int] | None) -> UnitProgress:
    """`target` at the end of the last of the months."""
    return unit_progress(target, figures(*months), MONTHS, len(months), Thresholds())


def test_the_window_is_eight_months_from_the_16th_to_the_15th() -> None:
    assert [(month.from_date.day, month.to_date.day) for month in MONTHS] == [(16, 15)] * 8
    assert (MONTHS[0].from_date, MONTHS[-1].to_date) == (date(2022, 4, 16), date(2022, 12, 15))
    assert [month.label for month in MONTHS][::7] == ["tháng 5/2022", "tháng 12/2022"]
    assert MONTHS[2].due == date(2022, 7, 20)
    assert sum(month.days for month in MONTHS) == plan().window.days == 244


def test_months_that_do_not_fill_the_window_are_refused() -> None:
    calendar = Periods(PROJECT).calendars["nd-09-2019"]
    with pytest.raises(ConfigurationError, match="not made of whole months of calendar nd-09-2019"):
        plan().reporting_months(calendar)


def test_the_path_grows_with_the_days() -> None:
    row = at(KIEN_AN, (200, 100), (210, 120))
    assert (row.total, row.online) == (410, 220)
    assert KIEN_AN.target_online == 881
    assert row.path_online == 220  # 881 × 61 / 244 = 220,25
    assert row.path_pct == Decimal("99.9")
    assert at(KIEN_AN, *[(10, 5)] * 8).path_online == 881


def test_the_share_decides_not_the_number() -> None:
    """Half the dossiers that were projected, 60 % of them online: far from the path, above the target of 53 %."""
    row = at(KIEN_AN, (100, 60))
    assert row.path_pct == Decimal("55.4")
    assert (row.share_pct, row.attained_pct, row.status) == (Decimal("60.0"), Decimal("113.2"), ON_TRACK)


@pytest.mark.parametrize(
    ("online", "status"), [(5300, ON_TRACK), (5299, AT_RISK), (4770, AT_RISK), (4769, OFF_TRACK), (0, OFF_TRACK)]
)
def test_thresholds_hold_exactly(online: int, status: str) -> None:
    """Of 10.000 dossiers, 5.300 are the target of 53 %, 4.770 are 90 % of it; 5.299 would round to 100,0 %."""
    assert at(KIEN_AN, (10000, online)).status == status


def test_thresholds_are_parameters() -> None:
    strict = Thresholds(on_track_from_pct=Decimal(110), at_risk_from_pct=Decimal(105))
    assert unit_progress(KIEN_AN, figures((100, 57)), MONTHS, 1, strict).status == AT_RISK
    with pytest.raises(ValueError, match="exchange them"):
        Thresholds(on_track_from_pct=Decimal(80))


def test_no_dossiers_no_target_and_no_figures_are_said_so() -> None:
    empty = at(KIEN_AN, (0, 0))
    assert (empty.status, empty.share_pct, empty.attained_pct, empty.forecast) == (EMPTY, None, None, None)
    unsent = at(KIEN_AN, None)
    assert (unsent.status, unsent.total, unsent.path_pct) == (SILENT, None, None)
    assert at(BACH_LONG_VI, (0, 0)).status == EMPTY
    unplanned = at(BACH_LONG_VI, (4, 1))
    assert (unplanned.status, unplanned.share_pct, unplanned.path_online) == (NO_TARGET, Decimal("25.0"), None)
    assert at(THANH_TRA, (4, 1)).status == NO_TARGET


def test_a_month_not_reported_is_left_out_not_counted_as_zero() -> None:
    row = at(KIEN_AN, (100, 60), None, (100, 40))
    assert (row.total, row.share_pct, row.previous_share_pct, row.moved_points) == (200, Decimal("50.0"), None, None)
    assert row.forecast is not None and row.forecast.total == 813  # 200 in 60 days, so in 244 days


def test_later_months_are_not_looked_at() -> None:
    all_of_them = figures(*[(100, 10 * number) for number in range(1, 9)])
    early = unit_progress(KIEN_AN, all_of_them, MONTHS, 3, Thresholds())
    assert early == at(KIEN_AN, (100, 10), (100, 20), (100, 30))


def test_the_forecast_can_be_checked_by_hand() -> None:
    """Shares 20 % and 40 %, mean 30 %; 150 dossiers in 60 of 240 days, so 450 more: (50 + 135) / 600."""
    end = forecast([Observed(30, 50, 10), Observed(30, 100, 40)], 240)
    assert end is not None
    assert (end.total, end.online, end.share_pct) == (600, 185, Decimal("30.8"))
    assert (end.low_pct, end.high_pct) == (Decimal("23.3"), Decimal("38.3"))  # 140 and 230 of 600
    assert (end.months, end.final) == (2, False)
    assert "thấp nhất" in METHOD and "không phải là khoảng tin cậy" in METHOD


def test_one_month_gives_a_forecast_but_no_interval() -> None:
    end = forecast([Observed(30, 50, 10), Observed(31, 0, 0)], 244)
    assert end is not None
    assert (end.share_pct, end.low_pct, end.high_pct, end.months) == (Decimal("20.0"), None, None, 1)
    assert end.total == 200  # the month without dossiers has days
    assert forecast([Observed(30, 0, 0)], 244) is None
    assert forecast([], 244) is None


observed = st.builds(
    lambda days, total, percent: Observed(days, total, total * percent // 100),
    st.integers(28, 31),
    st.integers(0, 2000),
    st.integers(0, 100),
)


@given(st.lists(observed, min_size=1, max_size=8))
def test_a_forecast_lies_in_its_interval_and_ends_in_the_result(months: list[Observed]) -> None:
    days = sum(month.days for month in months)
    total, online = sum(month.total for month in months), sum(month.online for month in months)
    done, going = forecast(months, days), forecast(months, days + 30)
    assert (done is None) == (going is None) == (total == 0)
    if done is None or going is None:
        return
    assert done.final and done.low_pct == done.share_pct == done.high_pct
    assert abs(Fraction(done.share_pct) - Fraction(100 * online, total)) <= Fraction(1, 20)
    assert done.total == total and done.online == online
    assert 0 <= going.online <= going.total
    if going.low_pct is not None and going.high_pct is not None:
        assert 0 <= going.low_pct <= going.share_pct <= going.high_pct <= 100


def test_what_is_needed_on_the_days_left() -> None:
    row = at(KIEN_AN, (100, 20), (100, 20), (100, 20), (100, 20))  # 122 of 244 days: 400 more to come
    assert row.needed_pct == Decimal("86.0")  # 53 % of 800 are 424; 344 missing of 400
    assert at(KIEN_AN, *[(100, 0)] * 6).needed_pct == Decimal("212.0")  # 424 of 200: it no longer can
    assert at(KIEN_AN, *[(100, 90)] * 6).needed_pct == Decimal("0.0")
    assert at(KIEN_AN, *[(100, 0)] * 8).needed_pct is None


@pytest.mark.parametrize("wrong", [(3, 5), (-1, -1), (3, -1)])
def test_figures_that_cannot_be_are_refused(wrong: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=r"hai-phong\.q-kien-an, tháng 5/2022: .* expected 0 or more"):
        at(KIEN_AN, wrong)


def test_unknown_units_and_months_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"did you mean “hai-phong\.q-kien-an”"):
        standings([KIEN_AN], {"hai-phong.q-kien-am": {}}, MONTHS, 1, Thresholds())
    for number in (0, 9):
        with pytest.raises(ConfigurationError, match="expected 1 to 8"):
            standings([KIEN_AN], {}, MONTHS, number, Thresholds())


def four_units(number: int = 2) -> list[UnitProgress]:
    targets = [KIEN_AN, LE_CHAN, BACH_LONG_VI, THANH_TRA]
    given = {
        KIEN_AN.unit: figures((100, 20), (100, 60)),
        LE_CHAN.unit: {1: MonthFigures(100, 58), 2: MonthFigures(100, 29, date(2022, 6, 21))},
        BACH_LONG_VI.unit: figures((0, 0)),
    }
    return standings(targets, given, MONTHS, number, Thresholds())


def test_units_are_ranked_by_what_they_attained() -> None:
    rows = four_units()
    assert [row.attained_pct for row in rows] == [Decimal("75.5"), Decimal("75.0"), None, None]
    assert [row.rank for row in rows] == [1, 2, None, None]
    assert ranked(reversed(rows)) == rows[:2]
    none_online = {unit.unit: figures((50, 0)) for unit in (KIEN_AN, LE_CHAN)}
    tie = standings([KIEN_AN, LE_CHAN], none_online, MONTHS, 1, Thresholds())
    assert [row.rank for row in tie] == [1, 1]


def test_who_moved_most_since_the_month_before() -> None:
    up, down = movers(four_units(), 5)
    assert [(row.unit, row.moved_points) for row in up] == [(KIEN_AN.unit, Decimal("40.0"))]
    assert [(row.unit, row.moved_points) for row in down] == [(LE_CHAN.unit, Decimal("-29.0"))]
    assert movers(four_units(1), 5) == ([], [])
    assert movers(four_units(), 0) == ([], [])


def test_silent_and_late_units_are_named() -> None:
    quiet = silence(four_units(), MONTHS, 2)
    assert quiet.stopped == ((BACH_LONG_VI.unit, "tháng 5/2022"),)
    assert quiet.never == (THANH_TRA.unit,)
    assert quiet.late == (LE_CHAN.unit,)  # the 21st; a unit whose day is not known is not judged


def test_the_deadline_day_is_in_time() -> None:
    given = {KIEN_AN.unit: {1: MonthFigures(1, 1, date(2022, 5, 20))}}
    assert silence(standings([KIEN_AN], given, MONTHS, 1, Thresholds()), MONTHS, 1).late == ()


def test_a_group_counts_every_unit_once() -> None:
    rows = four_units()
    group = together(rows)
    assert (group.total, group.online, group.share_pct) == (400, 167, Decimal("41.8"))
    assert (group.units, group.reporting) == (4, 3)
    assert group.by_status == {OFF_TRACK: 2, EMPTY: 1, SILENT: 1}
    assert group.path_online == sum(row.path_online or 0 for row in rows)
    with pytest.raises(ConfigurationError, match="stands twice"):
        together([*rows, rows[0]])
    nobody = together(standings([KIEN_AN], {}, MONTHS, 1, Thresholds()))
    assert (nobody.total, nobody.share_pct) == (None, None)


def test_eight_months_of_252_units_add_up() -> None:
    """Every unit delivers its projection in even parts with its target share: nobody is off track, sums are theirs."""
    given = {}
    for target in TARGETS.values():
        total, online = (target.projected_total or 0) // 8, (target.target_online or 0) // 8
        given[target.unit] = dict.fromkeys(range(1, 9), MonthFigures(total, online))
    rows = standings(list(TARGETS.values()), given, MONTHS, 8, Thresholds(at_risk_from_pct=Decimal(80)))
    assert len(rows) == 252
    assert {row.status for row in rows} <= {ON_TRACK, AT_RISK, EMPTY, NO_TARGET}
    group = together(rows)
    assert group.total == sum(8 * months[1].total for months in given.values())
    assert group.online == sum(8 * months[1].online for months in given.values())
