"""Every way an export writes a day means the same day, and what is no day is refused, never guessed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from baocao.intake.days import EARLIEST, LATEST, VIETNAM, parse_day

DAY = date(2020, 4, 3)
EXCEL_EPOCH = date(1899, 12, 30)


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2020",
        "3/4/2020",
        "3/04/2020",
        "03-04-2020",
        "03.04.2020",
        "03/04/2020 08:05",
        "03/04/2020 8:05",
        "03/04/2020 08:05:59",
        "03/04/2020 08:05:59.123",
        "03/04/2020 08:05 AM",
        "03/04/2020 11:05:59 PM",
        "03/04/2020 11:05 CH",
        "03/04/2020 8:05 sa",
        "03/04/2020  08:05",
        "08:05 03/04/2020",
        "08:05:59 03/04/2020",
        "8:05 SA 3/4/2020",
        "2020-04-03",
        "2020-4-3",
        "2020/04/03",
        "2020.04.03",
        "2020-04-03 08:05",
        "2020-04-03T08:05",
        "2020-04-03T08:05:59",
        "2020-04-03T08:05:59.123456",
        "2020-04-03 00:00:00",
        "2020-04-03 23:59:59",
        "20200403",
        "202004032359",
        "20200403235959",
        "43924",
        "43924.0",
        "43924.99999",
        "43924,5",
        "  03/04/2020  ",
        "\t2020-04-03\n",
        "\u00a003/04/2020\u00a0",
    ],
)
def test_forms_of_one_day(text: str) -> None:
    assert parse_day(text) == DAY


@pytest.mark.parametrize("text", ["", " ", "\t", "-", "–", "—", "null", "NULL", "None", " - ", "\u00a0"])
def test_a_blank_is_no_day_and_no_mistake(text: str) -> None:
    assert parse_day(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2020-04-03T16:59:59Z", date(2020, 4, 3)),
        ("2020-04-03T17:00:00Z", date(2020, 4, 4)),
        ("2020-04-03 17:00Z", date(2020, 4, 4)),
        ("2020-04-03T17:00:00.000Z", date(2020, 4, 4)),
        ("2020-04-03T17:00:00+00:00", date(2020, 4, 4)),
        ("2020-04-03T17:00:00+0000", date(2020, 4, 4)),
        ("2020-04-03T23:59:59+07:00", date(2020, 4, 3)),
        ("2020-04-03T00:00:00+07:00", date(2020, 4, 3)),
        ("2020-04-03T00:30:00+09:00", date(2020, 4, 2)),
        ("2020-04-03T12:00:00-05:00", date(2020, 4, 4)),
        ("2019-12-31T17:00:00Z", date(2020, 1, 1)),
        ("2020-02-28T17:00:00Z", date(2020, 2, 29)),
    ],
)
def test_a_moment_with_a_zone_falls_on_its_day_in_vietnam(text: str, day: date) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2020",
        "29/02/2021",
        "31/04/2020",
        "00/04/2020",
        "03/00/2020",
        "03/13/2020",  # months stand second, always
        "12/31/2020",
        "2020-13-01",
        "2020-00-10",
        "2020-02-30",
        "20201301",
        "20200230",
        "03042020",  # day first without separators is not guessed
        "03/04/20",  # neither is a century
        "03/04",
        "04/2020",
        "2020",
        "tháng 4/2020",
        "hôm nay",
        "0",
        "1",
        "4392",
        "439240",
        "-43924",
        "43924.5.1",
        "43.924",
        "#VALUE!",
        "=TODAY()",
        "03/04/2020x",
        "03/04/2020 abc",
        "03/04/202012:00",
        "x03/04/2020",
        "03/04/2020 04/04/2020",
        "03/04/2020 - 05/04/2020",
        "03//04/2020",
        "2020-04-03T25:00:00Z",
        "2020-04-31T10:00:00Z",
        "2020-04-03T10:00:00+99:99",
        "2020-W14-5",
        "nan",
        "NaT",
        "<null>",
        "2020-04-03\n2020-04-04",
        "1" * 5000,
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a day from 1975 to 2099 such as 03/04/2020 or 2020-04-03"):
        parse_day(text)


@pytest.mark.parametrize(
    "text",
    [
        "31/12/1974",
        "1974-12-31",
        "01/01/2100",
        "2100-01-01",
        "01/01/0001",
        "31/12/9999",
        "9999-12-31T00:00:00",
        "00010101",
        "99991231235959",
        "00000",
        "27394",  # the serial of 31/12/1974
        "73051",  # of 1/1/2100
        "99999",
        "1974-12-31T16:59:59Z",
        "2099-12-31T17:00:00Z",
        # Sentinels for “no end” and “no begin”, which no zone may push over the edge of the calendar.
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+07:00",
    ],
)
def test_days_outside_living_memory_are_slips(text: str) -> None:
    with pytest.raises(ValueError, match="from 1975 to 2099"):
        parse_day(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("01/01/1975", EARLIEST),
        ("1974-12-31T17:00:00Z", EARLIEST),
        ("27395", EARLIEST),
        ("31/12/2099", LATEST),
        ("2099-12-31T16:59:59Z", LATEST),
        ("73050", LATEST),
    ],
)
def test_the_first_and_the_last_day_are_days(text: str, day: date) -> None:
    assert parse_day(text) == day


def _serial(day: date, moment: time) -> str:
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return f"{(day - EXCEL_EPOCH).days + seconds / 86401:.6f}"


def _as_zoned(offset: timedelta) -> Callable[[date, time], str]:
    def write(day: date, moment: time) -> str:
        return datetime.combine(day, moment, VIETNAM).astimezone(timezone(offset)).isoformat()

    return write


#: Every form, as a program writes it; the time of day must never change the day.
FORMS: dict[str, Callable[[date, time], str]] = {
    "day first": lambda day, moment: f"{day:%d/%m/%Y}",
    "day first, unpadded": lambda day, moment: f"{day.day}/{day.month}/{day.year}",
    "day first, dashes": lambda day, moment: f"{day:%d-%m-%Y}",
    "day first, dots": lambda day, moment: f"{day:%d.%m.%Y}",
    "day first with minutes": lambda day, moment: f"{day:%d/%m/%Y} {moment:%H:%M}",
    "day first with seconds": lambda day, moment: f"{day:%d/%m/%Y} {moment:%H:%M:%S}",
    "day first with halves of the day": lambda day, moment: f"{day:%d/%m/%Y} {moment:%I:%M:%S %p}",
    "time first": lambda day, moment: f"{moment:%H:%M} {day:%d/%m/%Y}",
    "ISO": lambda day, moment: day.isoformat(),
    "ISO with time": lambda day, moment: datetime.combine(day, moment).isoformat(),
    "ISO with time and space": lambda day, moment: datetime.combine(day, moment).isoformat(" "),
    "ISO in Vietnam": _as_zoned(timedelta(hours=7)),
    "ISO in Greenwich": _as_zoned(timedelta()),
    "ISO in Greenwich, Z": lambda day, moment: (
        datetime.combine(day, moment, VIETNAM).astimezone(UTC).isoformat().replace("+00:00", "Z")
    ),
    "ISO far east": _as_zoned(timedelta(hours=14)),
    "ISO far west": _as_zoned(timedelta(hours=-11, minutes=-30)),
    "compact": lambda day, moment: f"{day:%Y%m%d}",
    "compact with minutes": lambda day, moment: f"{day:%Y%m%d}{moment:%H%M}",
    "compact with seconds": lambda day, moment: f"{day:%Y%m%d}{moment:%H%M%S}",
    "serial": lambda day, moment: str((day - EXCEL_EPOCH).days),
    "serial with time": _serial,
}

days = st.dates(EARLIEST, LATEST)


@given(day=days, moment=st.times(), form=st.sampled_from(sorted(FORMS)))
@example(EARLIEST, time(0), "ISO far east")
@example(LATEST, time(23, 59, 59, 999999), "ISO far west")
def test_every_form_of_every_day_reads_back(day: date, moment: time, form: str) -> None:
    assert parse_day(FORMS[form](day, moment)) == day


@given(day=days, moment=st.times(), form=st.sampled_from(sorted(FORMS)), junk=st.sampled_from("xđ?*;#€"))
def test_a_day_with_something_stuck_to_it_is_refused(day: date, moment: time, form: str, junk: str) -> None:
    text = FORMS[form](day, moment)
    for damaged in (junk + text, text + junk, text + " " + junk):
        with pytest.raises(ValueError, match="such as"):
            parse_day(damaged)


@given(st.text(alphabet=st.sampled_from("0123456789/.-:T Z+,SAPMCHx\u0661\u00a0"), max_size=30) | st.text(max_size=30))
@example("9999-12-31T23:59:59-12:00")
def test_any_text_is_a_day_a_blank_or_refused(text: str) -> None:
    try:
        day = parse_day(text)
    except ValueError:
        return
    assert day is None or EARLIEST <= day <= LATEST
