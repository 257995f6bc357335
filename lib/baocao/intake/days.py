"""Days as exports write them: dd/MM/yyyy with or without a time, ISO, yyyyMMddHHmmss, serial numbers of Excel."""

import re
from datetime import date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))
#: A day outside these is a slip of the keyboard, not a dossier.
EARLIEST, LATEST = date(1975, 1, 1), date(2099, 12, 31)

_EXCEL_EPOCH = date(1899, 12, 30)
_BLANKS = {"", "-", "–", "—", "null", "none"}
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?(?:AM|PM|SA|CH))?"
#: Pattern of what may follow a day without changing it.
PLAIN_TIME = rf"(?:(?:\s+|T){_TIME}|T?\s*)"
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})")
_TIME_FIRST = re.compile(rf"{_TIME}\s+(?=\d)", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{4}|\d{6})?")
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*(?:Z|[+\-]\d{2}:?\d{2})", re.IGNORECASE)


def parse_day(text: str) -> date | None:
    """The day of a cell in Vietnam's zone, None for a blank one; the time of day is dropped, whole days are compared.

    Raises
    ------
    ValueError
        With what was expected, for what is no day between `EARLIEST` and `LATEST`.
    """
    text = text.strip()
    if text.casefold() in _BLANKS:
        return None
    try:
        day = _day(text)
    except (ValueError, OverflowError):
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        raise ValueError(f"a day from {EARLIEST.year} to {LATEST.year} such as 03/04/2020 or 2020-04-03")
    return day


def _day(text: str) -> date | None:
    if _ZONED.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(VIETNAM).date()
    if _SERIAL.fullmatch(text):
        return _EXCEL_EPOCH + timedelta(days=int(text[:5]))
    if match := _COMPACT.fullmatch(text):
        return date(*map(int, match.groups()))
    text = _TIME_FIRST.sub("", text, count=1)
    for pattern, order in ((_DAY_FIRST, (3, 2, 1)), (_YEAR_FIRST, (1, 2, 3))):
        match = pattern.match(text)
        if match and re.fullmatch(PLAIN_TIME, text[match.end() :], re.IGNORECASE):
            year, month, day = (int(match[group]) for group in order)
            return date(year, month, day)
    return None
