"""When a report is about: a label plus explicit dates, both ends included.

A calendar only *proposes* dates: NĐ 09/2019/NĐ-CP cuts months at the 14th, provinces and portals cut elsewhere, and
offices deviate in print. So `params/periods/<unit>.yaml` states the dates an office really used, and the command
line can state others.
"""

import calendar as civil
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from baocao.errors import ConfigurationError, one_of
from baocao.locale import fold
from baocao.project import Project, StrictModel, read_model
from baocao.units import UnitRegistry, load_registry

_ROMAN = ("I", "II", "III", "IV")
_ID = re.compile(
    r"(?P<year>[12]\d{3})(?:-(?:(?P<month>\d{2})|Q(?P<quarter>\d)|(?P<first>\d{1,2})T|(?P<last>\d{1,2})C))?"
)
_LABEL = re.compile(
    r"(?:tháng (?P<month>\d{1,2})(?: ?/ ?| năm )|quý (?P<quarter>iv|i{1,3}|[1-4])(?: ?/ ?| năm )"
    r"|(?P<first>\d{1,2}) tháng (?:đầu )?năm |(?P<last>\d{1,2}) tháng cuối năm |năm )(?P<year>[12]\d{3})"
)

Kind = Literal["month", "quarter", "first-months", "last-months", "year"]


@dataclass(frozen=True, order=True)
class PeriodId:
    """A span of whole calendar months with a name: `2020-03`, `2020-Q1`, `2024-6T`, `2024-6C`, `2022`.

    `first_month` and `last_month` are 1–12, both included.
    """

    year: int
    first_month: int
    last_month: int
    kind: Kind

    def __str__(self) -> str:
        match self.kind:
            case "month":
                return f"{self.year}-{self.first_month:02d}"
            case "quarter":
                return f"{self.year}-Q{self.last_month // 3}"
            case "first-months":
                return f"{self.year}-{self.last_month}T"
            case "last-months":
                return f"{self.year}-{13 - self.first_month}C"
            case "year":
                return str(self.year)

    @property
    def label(self) -> str:
        """How a report names it: “Quý I/2020”, “6 tháng đầu năm 2024”, “9 tháng năm 2023”, “tháng 5/2022”."""
        match self.kind:
            case "month":
                return f"tháng {self.first_month}/{self.year}"
            case "quarter":
                return f"Quý {_ROMAN[self.last_month // 3 - 1]}/{self.year}"
            case "first-months":
                # Offices write “6 tháng đầu năm” for a half, plain “9 tháng năm” for the longer span.
                first = "đầu " if self.last_month <= 6 else ""
                return f"{self.last_month} tháng {first}năm {self.year}"
            case "last-months":
                return f"{13 - self.first_month} tháng cuối năm {self.year}"
            case "year":
                return f"năm {self.year}"

    def previous(self) -> "PeriodId":
        """The period before: last month, quarter or year; the other half for 6T/6C; else the same span a year ago.

        A span such as nine months does not tile the year, so what comes before it in the series is last year's.
        """
        months = self.last_month - self.first_month + 1
        match self.kind:
            case "month" | "quarter" if self.first_month > 1:
                return PeriodId(self.year, self.first_month - months, self.last_month - months, self.kind)
            case "month" | "quarter":
                return PeriodId(self.year - 1, 13 - months, 12, self.kind)
            case "first-months" if months == 6:
                return PeriodId(self.year - 1, 7, 12, "last-months")
            case "last-months" if months == 6:
                return PeriodId(self.year, 1, 6, "first-months")
        return self.year_before()

    def following(self) -> "PeriodId":
        """The period a report names next: the next month or quarter, the rest of the year, or the next year."""
        months = self.last_month - self.first_month + 1
        match self.kind:
            case "month" | "quarter" if self.last_month < 12:
                return PeriodId(self.year, self.last_month + 1, self.last_month + months, self.kind)
            case "month" | "quarter":
                return PeriodId(self.year + 1, 1, months, self.kind)
            case "first-months":
                return PeriodId(self.year, self.last_month + 1, 12, "last-months")
        return PeriodId(self.year + 1, 1, 12, "year")

    def year_before(self) -> "PeriodId":
        """The same period of last year (cùng kỳ năm trước)."""
        return PeriodId(self.year - 1, self.first_month, self.last_month, self.kind)


def _period_id(year: int, month: int | None, quarter: int | None, first: int | None, last: int | None) -> PeriodId:
    if month is not None and 1 <= month <= 12:
        return PeriodId(year, month, month, "month")
    if quarter is not None and 1 <= quarter <= 4:
        return PeriodId(year, 3 * quarter - 2, 3 * quarter, "quarter")
    if first is not None and 1 < first < 12:
        return PeriodId(year, 1, first, "first-months")
    if last is not None and 1 < last < 12:
        return PeriodId(year, 13 - last, 12, "last-months")
    if month is quarter is first is last is None:
        return PeriodId(year, 1, 12, "year")
    raise ValueError


@cache
def parse_period(text: str) -> PeriodId:
    """A period from its id (`2020-Q1`) or its Vietnamese label (“Quý I/2020”, spacing and case do not matter)."""
    folded = fold(text)
    match = _ID.fullmatch(folded.upper()) or _LABEL.fullmatch(folded)
    if match:
        parts = match.groupdict()
        quarter = parts["quarter"]
        number = _ROMAN.index(quarter.upper()) + 1 if quarter and not quarter.isdigit() else quarter
        try:
            return _period_id(
                int(parts["year"]),
                *(int(part) if part else None for part in (parts["month"], number, parts["first"], parts["last"])),
            )
        except ValueError:
            pass
    raise ConfigurationError(
        f"unknown period “{text}”; expected an id such as 2020-03, 2020-Q1, 2024-6T (first six months), 2024-6C "
        "(last six), 2023-9T, 2022, or its label such as “Quý I/2020”"
    )


DayOfMonth = Annotated[int, Field(strict=True, ge=1, le=31)]


class Submission(StrictModel):
    """By when offices must have sent what a period is reported from; weekends and holidays move nothing.

    Attributes
    ----------
    kinds
        Of the periods it is for; all kinds where none is named.
    days_after, day
        One of the two: so many days after the last day of the period, or the first such day of a month after it.
    valid_from, valid_to
        It holds for periods whose last day lies between them.
    source
        Document that says so, or “Quy định riêng của đơn vị”.
    """

    kinds: list[Kind] = []
    days_after: Annotated[int, Field(strict=True, ge=1, le=366)] | None = None
    day: DayOfMonth | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str

    @model_validator(mode="after")
    def _one_way_to_count(self) -> Self:
        if (self.days_after is None) == (self.day is None):
            raise ValueError("state either days_after or day")
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise ValueError("valid_from is after valid_to")
        return self

    def fits(self, period: PeriodId, last: date) -> bool:
        """Whether it is for a period of this kind with this last day."""
        dated = (self.valid_from or last) <= last <= (self.valid_to or last)
        return dated and (not self.kinds or period.kind in self.kinds)

    def due(self, last: date) -> date:
        """Last day to send, for a period with this last day."""
        return last + timedelta(days=self.days_after or 0) if self.day is None else _next_day(last, self.day)


class Calendar(StrictModel):
    """Where periods are cut: the last day of a month that still counts to it, and by when reports are due.

    Attributes
    ----------
    submission_day
        Day of the month by which everything is due, unless one of `submissions` fits the period.
    submissions
        What is due otherwise, by kind and time; of several that fit the first one holds.
    """

    id: str
    name: str
    last_day: DayOfMonth | Literal["month-end"] = Field(description="14: a month runs from the 15th to the 14th")
    submission_day: DayOfMonth | None = None
    submissions: list[Submission] = []
    source: str

    def due(self, period: PeriodId, last: date) -> date | None:
        """Last day to send what `period` is reported from, with its own `last` day; None where nothing is stated."""
        for submission in self.submissions:
            if submission.fits(period, last):
                return submission.due(last)
        return None if self.submission_day is None else _next_day(last, self.submission_day)

    def dates(self, period: PeriodId) -> tuple[date, date]:
        """Proposed first and last day of `period`, both included."""
        before = (period.year, period.first_month - 1) if period.first_month > 1 else (period.year - 1, 12)
        return self._last(*before) + timedelta(days=1), self._last(period.year, period.last_month)

    def _last(self, year: int, month: int) -> date:
        month_end = civil.monthrange(year, month)[1]
        return date(year, month, month_end if self.last_day == "month-end" else min(self.last_day, month_end))


def _next_day(after: date, day: int) -> date:
    """The first such day of a month after a date; the last day of a month that is too short stands for it."""
    for year, month in ((after.year, after.month), (after.year + after.month // 12, after.month % 12 + 1)):
        found = date(year, month, min(day, civil.monthrange(year, month)[1]))
        if found > after:
            break
    return found


class _Calendars(StrictModel):
    calendars: list[Calendar]


class StatedDates(StrictModel):
    """Dates an office printed for a period, against the calendar's proposal."""

    from_date: date = Field(alias="from")
    to_date: date = Field(alias="to")
    source: str


@dataclass(frozen=True)
class Period:
    """A resolved period of one unit: what it is called, and the first and last day it covers."""

    id: PeriodId
    from_date: date
    to_date: date

    def __post_init__(self) -> None:
        if self.from_date > self.to_date:
            raise ConfigurationError(
                f"period {self.id}: from {self.from_date} is after to {self.to_date}; exchange the two dates"
            )

    @property
    def label(self) -> str:
        return self.id.label

    @property
    def next_label(self) -> str:
        """What the report calls the time ahead: “Quý II/2020”, “6 tháng cuối năm 2024”, “3 tháng cuối năm 2023”."""
        return self.id.following().label


class Periods:
    """Resolves period ids to dates for a unit: stated on the command line, else by the office, else by calendar."""

    def __init__(self, project: Project, registry: UnitRegistry | None = None) -> None:
        self._project = project
        self._given = registry
        self._read: dict[str, dict[PeriodId, StatedDates]] = {}
        self._folder = project.params / "periods"
        listed = read_model(project.params / "calendars.yaml", _Calendars).calendars
        self.calendars = {calendar.id: calendar for calendar in listed}
        if len(self.calendars) != len(listed):
            raise ConfigurationError("params/calendars.yaml: two calendars have the same id")
        default = project.settings.calendar
        if default not in self.calendars:
            raise ConfigurationError(f"params/project.yaml: calendar: {one_of('calendar', default, self.calendars)}")
        self.default = self.calendars[default]

    def stated(self, unit: str) -> dict[PeriodId, StatedDates]:
        """The dates `unit` has stated itself, by period."""
        if unit not in self._files:
            return {}
        if unit not in self._read:
            self._read[unit] = _read_stated(self._files[unit])
        return self._read[unit]

    @cached_property
    def _files(self) -> dict[str, Path]:
        return {path.stem: path for path in self._folder.glob("*.yaml")}

    def resolve(self, period: str, unit: str, from_date: date | None = None, to_date: date | None = None) -> Period:
        """`period` of `unit` with its dates; explicit `from_date`/`to_date` win over stated and proposed ones.

        A unit that states none itself reports for the dates of the nearest unit above it that does.
        """
        period_id = parse_period(period)
        stated = self._stated_for(unit, period_id)
        first, last = (stated.from_date, stated.to_date) if stated else self.default.dates(period_id)
        return Period(period_id, from_date or first, to_date or last)

    def _stated_for(self, unit: str, period: PeriodId) -> StatedDates | None:
        own = self.stated(unit).get(period)
        if own is not None or not self._files or unit not in self._registry.codes:
            return own
        above = (self.stated(office.code).get(period) for office in self._registry.above(unit))
        return next((dates for dates in above if dates is not None), None)

    @cached_property
    def _registry(self) -> UnitRegistry:
        return self._given or load_registry(self._project)


class _StatedFile(StrictModel):
    periods: dict[str | int, StatedDates]  # YAML reads the id of a whole year as a number


def _read_stated(path: Path) -> dict[PeriodId, StatedDates]:
    stated: dict[PeriodId, StatedDates] = {}
    for key, value in read_model(path, _StatedFile).periods.items():
        try:
            period = parse_period(str(key))
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}") from None
        if period in stated:
            raise ConfigurationError(f"{path}: {period} is stated twice; remove one of the two")
        if value.from_date > value.to_date:
            raise ConfigurationError(f"{path}: {key}: from {value.from_date} is after to {value.to_date}")
        stated[period] = value
    return stated
