"""Period ids and labels, the calendars that propose dates, and who overrides whom."""

import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baocao.errors import ConfigurationError
from baocao.periods import Calendar, PeriodId, Periods, parse_period
from baocao.project import Project

CALENDARS = {
    name: Calendar(id=name, name=name, last_day=last_day, source="")
    for name, last_day in (("civil", "month-end"), ("nd-09-2019", 14), ("hai-phong-portal", 15))
}

YEARS = st.integers(1900, 2100)
MONTHS = st.builds(lambda year, month: f"{year}-{month:02d}", YEARS, st.integers(1, 12))
QUARTERS = st.builds(lambda year, quarter: f"{year}-Q{quarter}", YEARS, st.integers(1, 4))
HALVES = st.builds(lambda year, part: f"{year}-6{part}", YEARS, st.sampled_from("TC"))
SPANS = st.builds(lambda year, months, part: f"{year}-{months}{part}", YEARS, st.integers(2, 11), st.sampled_from("TC"))
WHOLE_YEARS = st.builds(str, YEARS)
IDS = st.one_of(MONTHS, QUARTERS, SPANS, WHOLE_YEARS)
#: Periods that follow one another without gap or overlap.
TILES = st.one_of(MONTHS, QUARTERS, HALVES, WHOLE_YEARS)


@pytest.fixture(scope="module")
def periods(shared_project: Project) -> Periods:
    return Periods(shared_project)


@pytest.mark.parametrize(
    ("id", "label", "first_month", "last_month"),
    [
        ("2020-03", "tháng 3/2020", 3, 3),
        ("2022-12", "tháng 12/2022", 12, 12),
        ("2020-Q1", "Quý I/2020", 1, 3),
        ("2020-Q2", "Quý II/2020", 4, 6),
        ("2020-Q3", "Quý III/2020", 7, 9),
        ("2020-Q4", "Quý IV/2020", 10, 12),
        ("2024-6T", "6 tháng đầu năm 2024", 1, 6),
        ("2024-6C", "6 tháng cuối năm 2024", 7, 12),
        ("2023-9T", "9 tháng năm 2023", 1, 9),
        ("2022-4T", "4 tháng đầu năm 2022", 1, 4),
        ("2022-8C", "8 tháng cuối năm 2022", 5, 12),
        ("2022-11T", "11 tháng năm 2022", 1, 11),
        ("2022", "năm 2022", 1, 12),
    ],
)
def test_id_label_and_months_of_a_period(id: str, label: str, first_month: int, last_month: int) -> None:
    period = parse_period(id)
    assert (str(period), period.label) == (id, label)
    assert (period.first_month, period.last_month) == (first_month, last_month)
    assert parse_period(label) == period


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("2020-q1", "2020-Q1"),
        ("2024-6t", "2024-6T"),
        (" 2022-8c ", "2022-8C"),
        ("quý 1/2020", "2020-Q1"),
        ("QUÝ IV NĂM 2020", "2020-Q4"),
        ("Quý  ii\u00a0năm 2020", "2020-Q2"),
        (unicodedata.normalize("NFD", "Quý III/2020"), "2020-Q3"),
        ("Tháng 05/2022", "2022-05"),
        ("tháng 5 năm 2022", "2022-05"),
        ("6 tháng năm 2024", "2024-6T"),
        ("9 tháng đầu năm 2023", "2023-9T"),
        ("Năm 2022", "2022"),
    ],
)
def test_spellings_of_offices_are_understood(text: str, id: str) -> None:
    assert str(parse_period(text)) == id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2020-00",
        "2020-13",
        "2020-3",
        "2020-Q0",
        "2020-Q5",
        "2020-0T",
        "2020-1T",
        "2020-12T",
        "2020-12C",
        "2020-H1",
        "20-Q1",
        "2020-Q1 2021-Q1",
        "Quý V/2020",
        "tháng 13/2022",
        "12 tháng năm 2022",
        "quý/2020",
        "Q1",
    ],
)
def test_what_is_no_period_is_refused_with_examples(text: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"unknown period “.*”; expected an id such as 2020-03, 2020-Q1"
    ) as info:
        parse_period(text)
    assert f"“{text}”" in str(info.value)


@given(IDS)
def test_id_and_label_lead_to_the_same_period(id: str) -> None:
    period = parse_period(id)
    assert str(period) == id
    assert parse_period(period.label) == period


@pytest.mark.parametrize(
    ("id", "previous", "year_before"),
    [
        ("2020-03", "2020-02", "2019-03"),
        ("2020-01", "2019-12", "2019-01"),
        ("2020-Q1", "2019-Q4", "2019-Q1"),
        ("2020-Q3", "2020-Q2", "2019-Q3"),
        ("2024-6T", "2023-6C", "2023-6T"),
        ("2024-6C", "2024-6T", "2023-6C"),
        ("2023-9T", "2022-9T", "2022-9T"),
        ("2022-8C", "2021-8C", "2021-8C"),
        ("2022", "2021", "2021"),
    ],
)
def test_previous_period_and_the_same_of_last_year(id: str, previous: str, year_before: str) -> None:
    period = parse_period(id)
    assert (str(period.previous()), str(period.year_before())) == (previous, year_before)


def _months(period: PeriodId) -> tuple[int, int]:
    """First and last month counted from year 0."""
    return 12 * period.year + period.first_month, 12 * period.year + period.last_month


@given(TILES)
def test_previous_ends_in_the_month_before(id: str) -> None:
    period = parse_period(id)
    assert _months(period.previous())[1] == _months(period)[0] - 1


@given(IDS)
def test_previous_is_earlier_and_as_long(id: str) -> None:
    period = parse_period(id)
    first, last = _months(period)
    first_before, last_before = _months(period.previous())
    assert first_before < first
    assert last_before - first_before == last - first


@given(IDS)
def test_year_before_is_the_same_months_a_year_earlier(id: str) -> None:
    period = parse_period(id)
    assert _months(period.year_before()) == tuple(month - 12 for month in _months(period))
    assert period.year_before().kind == period.kind


@given(TILES, st.sampled_from(sorted(CALENDARS)))
def test_a_calendar_leaves_no_gap_between_periods(id: str, calendar: str) -> None:
    period = parse_period(id)
    _, end_before = CALENDARS[calendar].dates(period.previous())
    assert CALENDARS[calendar].dates(period)[0] == end_before + timedelta(days=1)


@pytest.mark.parametrize(
    ("calendar", "id", "first", "last"),
    [
        ("nd-09-2019", "2020-Q1", "2019-12-15", "2020-03-14"),
        ("nd-09-2019", "2020-Q4", "2020-09-15", "2020-12-14"),
        ("nd-09-2019", "2024-6T", "2023-12-15", "2024-06-14"),
        ("nd-09-2019", "2024-6C", "2024-06-15", "2024-12-14"),
        ("nd-09-2019", "2023-9T", "2022-12-15", "2023-09-14"),
        ("nd-09-2019", "2022", "2021-12-15", "2022-12-14"),
        ("nd-09-2019", "2020-03", "2020-02-15", "2020-03-14"),
        ("nd-09-2019", "2020-01", "2019-12-15", "2020-01-14"),
        ("civil", "2020-Q1", "2020-01-01", "2020-03-31"),
        ("civil", "2020-02", "2020-02-01", "2020-02-29"),
        ("civil", "2022-4T", "2022-01-01", "2022-04-30"),
        ("civil", "2022-8C", "2022-05-01", "2022-12-31"),
        ("hai-phong-portal", "2022-4T", "2021-12-16", "2022-04-15"),
        ("hai-phong-portal", "2022-05", "2022-04-16", "2022-05-15"),
    ],
)
def test_calendars_of_the_project_cut_where_their_rule_says(
    periods: Periods, calendar: str, id: str, first: str, last: str
) -> None:
    dates = periods.calendars[calendar].dates(parse_period(id))
    assert [day.isoformat() for day in dates] == [first, last]


def test_dates_an_office_stated_win_over_the_calendar(periods: Periods) -> None:
    period = periods.resolve("2020-Q1", "tuan-giao")
    assert (period.from_date, period.to_date) == (date(2020, 1, 1), date(2020, 4, 1))
    assert period.label == "Quý I/2020"


def test_stated_dates_are_found_by_label_too(periods: Periods) -> None:
    assert periods.resolve("quý I năm 2020", "tuan-giao") == periods.resolve("2020-Q1", "tuan-giao")


@pytest.mark.parametrize(("id", "unit"), [("2020-Q1", "hong-gai"), ("2020-Q2", "tuan-giao")])
def test_a_period_nobody_stated_follows_the_default_calendar(periods: Periods, id: str, unit: str) -> None:
    period = periods.resolve(id, unit)
    assert (period.from_date, period.to_date) == CALENDARS["nd-09-2019"].dates(parse_period(id))


def test_explicit_dates_win_one_by_one(periods: Periods) -> None:
    both = periods.resolve("2020-Q1", "tuan-giao", date(2020, 1, 10), date(2020, 2, 10))
    assert (both.from_date, both.to_date) == (date(2020, 1, 10), date(2020, 2, 10))
    only_last = periods.resolve("2020-Q1", "tuan-giao", to_date=date(2020, 2, 10))
    assert (only_last.from_date, only_last.to_date) == (date(2020, 1, 1), date(2020, 2, 10))


def test_a_period_of_one_day_is_allowed(periods: Periods) -> None:
    day = date(2020, 2, 10)
    assert periods.resolve("2020-Q1", "tuan-giao", day, day).from_date == day


def test_exchanged_dates_are_refused(periods: Periods) -> None:
    with pytest.raises(ConfigurationError, match=r"2020-Q1: from 2020-04-01 is after to 2020-01-01; exchange"):
        periods.resolve("2020-Q1", "tuan-giao", date(2020, 4, 1), date(2020, 1, 1))


def test_exchanged_stated_dates_name_the_file(project: Project) -> None:
    path = project.params / "periods" / "hong-gai.yaml"
    path.write_text("periods:\n  2024-6T: {from: 2024-06-03, to: 2023-12-06, source: x}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"hong-gai\.yaml: 2024-6T: from 2024-06-03 is after to 2023-12-06"):
        Periods(project).resolve("2024-6T", "hong-gai")


def test_a_whole_year_can_be_stated(project: Project) -> None:
    """YAML reads the key 2022 as a number."""
    path = project.params / "periods" / "hai-phong.yaml"
    path.write_text("periods:\n  2022: {from: 2021-12-16, to: 2022-12-15, source: x}\n", encoding="utf-8")
    assert Periods(project).resolve("2022", "hai-phong").from_date == date(2021, 12, 16)


def test_an_unknown_default_calendar_offers_the_nearest(project: Project) -> None:
    path = project.params / "project.yaml"
    path.write_text("name: x\ncalendar: nd-9-2019\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"calendar: unknown calendar “nd-9-2019”; did you mean “nd-09-2019”"):
        Periods(project)


@pytest.mark.parametrize(
    ("period", "following"),
    [
        ("2020-Q1", "Quý II/2020"),
        ("2020-Q4", "Quý I/2021"),
        ("2020-12", "tháng 1/2021"),
        ("2024-6T", "6 tháng cuối năm 2024"),
        ("2023-9T", "3 tháng cuối năm 2023"),
        ("2024-6C", "năm 2025"),
        ("2022", "năm 2023"),
    ],
)
def test_the_time_ahead(period: str, following: str) -> None:
    assert parse_period(period).following().label == following


# --- By when offices must have sent ---

OWN_RULE = "Quy định riêng của đơn vị"


def due(period: str, last: date, **stated: object) -> date | None:
    calendar = Calendar.model_validate({"id": "c", "name": "c", "last_day": 15, "source": "made up", **stated})
    return calendar.due(parse_period(period), last)


@pytest.mark.parametrize(
    ("last", "day", "expected"),
    [
        (date(2022, 5, 15), 20, date(2022, 5, 20)),
        (date(2022, 5, 20), 20, date(2022, 6, 20)),
        (date(2022, 3, 31), 20, date(2022, 4, 20)),
        (date(2022, 12, 31), 5, date(2023, 1, 5)),
        (date(2022, 12, 14), 5, date(2023, 1, 5)),
        (date(2022, 1, 31), 31, date(2022, 2, 28)),
        (date(2024, 1, 31), 30, date(2024, 2, 29)),
        (date(2022, 2, 28), 31, date(2022, 3, 31)),
        (date(2022, 5, 15), None, None),
    ],
)
def test_due_is_the_next_submission_day(last: date, day: int | None, expected: date | None) -> None:
    assert due("2022-05", last, submission_day=day) == expected
    if day is not None:
        assert due("2022-05", last, submissions=[{"day": day, "source": OWN_RULE}]) == expected


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 31))
def test_due_comes_after_the_period_and_within_a_month(last: date, day: int) -> None:
    found = due("2022", last, submission_day=day)
    assert found is not None
    assert timedelta(days=1) <= found - last <= timedelta(days=31)
    assert found.day == day or (found + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("period", "last", "expected"),
    [
        ("2024-05", date(2024, 5, 14), date(2024, 5, 17)),
        ("2024-Q2", date(2024, 6, 14), date(2024, 6, 25)),
        ("2024", date(2024, 12, 14), date(2024, 12, 25)),
        ("2024-6T", date(2024, 6, 14), date(2024, 6, 24)),  # no rule of its kind: the first that names no kind
        ("2025-Q2", date(2025, 6, 14), date(2025, 6, 24)),  # the quarter's own held until the end of 2024
        ("2026-Q1", date(2026, 3, 14), date(2026, 3, 20)),  # none fits any more: the calendar's own day
    ],
)
def test_due_goes_by_kind_and_time(period: str, last: date, expected: date) -> None:
    rules: list[dict[str, object]] = [
        {"kinds": ["month"], "days_after": 3, "valid_to": date(2025, 12, 31)},
        {"kinds": ["quarter", "year"], "day": 25, "valid_to": date(2024, 12, 31)},
        {"days_after": 10, "valid_from": date(2024, 1, 1), "valid_to": date(2025, 12, 31)},
    ]
    rules = [{**rule, "source": OWN_RULE} for rule in rules]
    assert due(period, last, submission_day=20, submissions=rules) == expected


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{day: 20}", r"calendars\.yaml: calendars\.1\.submissions\.0\.source: Field required"),
        ("{source: x}", "state either days_after or day"),
        ("{day: 20, days_after: 3, source: x}", "state either days_after or day"),
        ("{day: 32, source: x}", "less than or equal to 31"),
        ("{days_after: 0, source: x}", "greater than or equal to 1"),
        ("{day: 20, kinds: [quarterly], source: x}", "submissions.0.kinds.0"),
        ("{day: 20, valid_from: 2025-01-02, valid_to: 2025-01-01, source: x}", "valid_from is after valid_to"),
        ("{day: 20, working_days: true, source: x}", "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_rule_names_its_place(
    project: Project, edit: Callable[[Path, str, str], None], rule: str, said: str
) -> None:
    path = project.params / "calendars.yaml"
    edit(path, "last_day: 14\n", f"last_day: 14\n    submissions: [{rule}]\n")
    with pytest.raises(ConfigurationError, match=said):
        Periods(project)


def test_the_portal_of_hai_phong_is_due_on_the_20th(periods: Periods) -> None:
    portal = periods.calendars["hai-phong-portal"]
    assert portal.due(parse_period("2022-05"), date(2022, 5, 15)) == date(2022, 5, 20)
    assert periods.default.due(parse_period("2022-05"), date(2022, 5, 14)) is None
