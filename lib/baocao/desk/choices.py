"""What is chosen on the desk: checked by what `baocao run` and `baocao batch` check with, told as their command."""

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from functools import partial
from typing import TypeVar

from baocao.errors import BaocaoError, ConfigurationError, StoreError
from baocao.locale import fold, format_date
from baocao.periods import Period, Periods, parse_period
from baocao.project import Project
from baocao.reports import Parameter, ParameterValue, ReportDefinition, load_report, report_ids
from baocao.run.failures import Failure
from baocao.run.grid import Grid, batch_names, load_grid, requests_of
from baocao.run.request import RunRequest, check_formats, resolve_request
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions
from baocao.units import UnitRegistry, load_registry

#: What `baocao run` and `baocao batch` make when nobody says.
DEFAULT_FORMATS = ("ipynb", "html", "pdf")
_TYPES = {
    "integer": "một số nguyên",
    "number": "một số, số lẻ viết dấu chấm",
    "date": "một ngày",
    "boolean": "có/không",
}

Value = TypeVar("Value")


class ChoiceError(ValueError):
    """One choice that cannot be; its text is Vietnamese, `technical` what the registries say of it."""

    def __init__(self, text: str, technical: BaocaoError | None = None) -> None:
        super().__init__(text)
        self.technical = "" if technical is None else str(technical)


@dataclass(frozen=True)
class Problem:
    """What is wrong: the label of the field it stands in, and what to write instead; then an error's own words."""

    field: str
    text: str
    technical: str = ""

    @classmethod
    def of(cls, error: BaocaoError) -> "Problem":
        """What the registries refuse and no field is known for."""
        failure = Failure.of(error)
        return cls("Chưa lập được", failure.sentence, failure.text)


@dataclass(frozen=True)
class Choices:
    """One report as it was typed; empty texts mean the default."""

    report: str
    unit: str
    period: str
    from_date: str = ""
    to_date: str = ""
    as_of: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    formats: Sequence[str] = DEFAULT_FORMATS
    draft: bool = False


@dataclass(frozen=True)
class GridChoices:
    """Many reports as they were typed: a batch of `params/batches/`, whose file states everything else, or a report."""

    batch: str = ""
    report: str = ""
    units: str = ""
    periods: str = ""
    from_date: str = ""
    to_date: str = ""
    as_of: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    formats: Sequence[str] = DEFAULT_FORMATS
    draft: bool = False


@dataclass(frozen=True)
class Checked:
    """What the choices come to: the reports to make and the command that makes them, or what is wrong."""

    requests: Sequence[RunRequest] = ()
    command: str = ""
    problems: Sequence[Problem] = ()


class Registries:
    """What there is to choose from, read once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.units: UnitRegistry = load_registry(project)
        self.periods = Periods(project, self.units)
        self.reports: Mapping[str, ReportDefinition] = {
            name: load_report(project, name) for name in report_ids(project)
        }
        self.batches: Sequence[str] = batch_names(project)

    def check(self, choices: Choices) -> Checked:
        """One report."""
        problems: list[Problem] = []
        definition = self.reports.get(choices.report)
        if definition is None:
            problems.append(Problem("Báo cáo", "chưa chọn"))
        unit = _tried(problems, "Đơn vị", lambda: self.unit_code(choices.unit))
        period = _tried(problems, "Kỳ báo cáo", lambda: period_id(choices.period))
        first = _tried(problems, "Từ ngày", lambda: day(choices.from_date))
        last = _tried(problems, "Đến ngày", lambda: day(choices.to_date))
        as_of = _tried(problems, "Số liệu đã biết đến", lambda: self._moment(choices.as_of))
        _tried(problems, "Tệp cần lập", lambda: _formats(choices.formats))
        values = _values(problems, definition, choices.parameters)
        if problems or definition is None or unit is None or period is None:
            return Checked(problems=problems)
        try:
            self._dates(unit, period, first, last)
            request = resolve_request(
                self.project,
                choices.report,
                unit,
                period,
                from_date=first,
                to_date=last,
                as_of=as_of,
                parameters=values,
                draft=choices.draft,
                registry=self.units,
                periods=self.periods,
            )
        except ChoiceError as error:
            return Checked(problems=[Problem("Kỳ báo cáo", str(error))])
        except BaocaoError as error:
            return Checked(problems=[Problem.of(error)])
        return Checked([request], _command(_run_words(choices, request, first, last, as_of)))

    def check_grid(self, choices: GridChoices) -> Checked:
        """Many reports."""
        problems: list[Problem] = []
        as_of = _tried(problems, "Số liệu đã biết đến", lambda: self._moment(choices.as_of))
        _tried(problems, "Tệp cần lập", lambda: _formats(choices.formats))
        own = None if choices.batch else self._own_grid(problems, choices)
        if problems:
            return Checked(problems=problems)
        try:
            grid = own or load_grid(self.project, choices.batch)
            requests = requests_of(self.project, grid, as_of)
        except BaocaoError as error:
            return Checked(problems=[Problem.of(error)])
        return Checked(requests, _command(_batch_words(choices, grid, requests[0], as_of)))

    def _own_grid(self, problems: list[Problem], choices: GridChoices) -> Grid | None:
        """The reports that were chosen one field at a time; None where something is wrong with them."""
        definition = self.reports.get(choices.report)
        if definition is None:
            problems.append(Problem("Báo cáo", "chưa chọn"))
        _tried(problems, "Các đơn vị", lambda: self._selected(choices.units))
        typed = [part for part in choices.periods.split(",") if part.strip()]
        periods = [_tried(problems, "Các kỳ", partial(period_id, text)) for text in typed or [""]]
        first = _tried(problems, "Từ ngày", lambda: day(choices.from_date))
        last = _tried(problems, "Đến ngày", lambda: day(choices.to_date))
        if (first or last) and len(periods) > 1:
            problems.append(Problem("Từ ngày", "ngày riêng chỉ dùng được với một kỳ; để trống ngày, hoặc ghi một kỳ"))
        grid = None
        values = _values(problems, definition, choices.parameters)
        if not problems:
            grid = Grid(
                report=choices.report,
                units=choices.units,
                periods=[period for period in periods if period is not None],
                from_date=first,
                to_date=last,
                parameters=values,
                draft=choices.draft,
            )
            _tried(problems, "Các đơn vị", partial(self._some_existed, grid))
        return grid

    def unit_code(self, text: str) -> str:
        """The unit meant by its code, its name, or “name (code)” as the list offers it."""
        text = text.strip()
        if not text:
            raise ChoiceError("chưa chọn")
        code = text.rpartition("(")[2].rstrip(")") if text.endswith(")") else text
        if code in self.units.codes:
            return code
        named = self.units.named(text, None)
        if len(named) == 1:
            return named[0].code
        if named:
            codes = ", ".join(unit.code for unit in named[:5])
            raise ChoiceError(f"có nhiều đơn vị tên “{text}”; ghi mã: {codes}")
        known = {fold(name): unit.code for unit in self.units for name in (unit.code, unit.name, unit.short_name)}
        near = [known[name] for name in get_close_matches(fold(text), known, n=3, cutoff=0.5)]
        hint = f"; gần giống: {', '.join(dict.fromkeys(near))}" if near else ""
        raise ChoiceError(f"không có đơn vị “{text}”{hint}")

    def offered_units(self) -> list[str]:
        """Every unit as the list offers it."""
        return [f"{unit.name} ({unit.code})" for unit in self.units]

    def offered_periods(self, unit: str) -> list[str]:
        """Periods whose dates the unit has stated, the newest first."""
        with suppress(ChoiceError, BaocaoError):
            stated = self.periods.stated(self.unit_code(unit))
            return [str(period) for period in sorted(stated, key=lambda each: stated[each].to_date, reverse=True)]
        return []

    def _moment(self, text: str) -> str | None:
        if not text.strip():
            return None
        try:
            resolve_versions(Store(self.project.store), text.strip())
        except StoreError as error:
            raise ChoiceError(
                f"không đọc được “{text.strip()}”: khi ấy kho chưa có số liệu, hoặc không có phiên bản ấy", error
            ) from None
        except BaocaoError as error:
            raise ChoiceError(
                f"không đọc được “{text.strip()}”; viết một ngày (08/04/2020) hoặc phiên bản của bảng", error
            ) from None
        return text.strip()

    def _selected(self, expression: str) -> None:
        if not expression.strip():
            raise ChoiceError("chưa ghi")
        try:
            self.units.select(expression)
        except ConfigurationError as error:
            raise ChoiceError(
                f"không hiểu “{expression}”; viết các mã cách nhau dấu phẩy, hoặc under=…, level=…", error
            ) from None

    def _some_existed(self, grid: Grid) -> None:
        """Name in Vietnamese what `requests_of` would refuse."""
        periods = list(map(str, grid.periods))
        there = (
            unit.existed(dates.from_date, dates.to_date)
            for unit in self.units.select(grid.units)
            for dates in (self._resolved(unit.code, period, grid.from_date, grid.to_date) for period in periods)
        )
        if not any(there):
            raise ChoiceError(f"không đơn vị nào trong “{grid.units}” tồn tại ở {', '.join(periods)}")

    def _resolved(self, unit: str, period: str, first: date | None, last: date | None) -> Period:
        try:
            return self.periods.resolve(period, unit, first, last)
        except ConfigurationError:
            default = self.periods.resolve(period, unit)
            shown = format_date(first or default.from_date), format_date(last or default.to_date)
            raise ChoiceError(f"ngày đầu {shown[0]} đứng sau ngày cuối {shown[1]}") from None

    def _dates(self, unit: str, period: str, first: date | None, last: date | None) -> None:
        """Name in Vietnamese what `resolve_request` would refuse."""
        resolved = self._resolved(unit, period, first, last)
        if not self.units[unit].existed(resolved.from_date, resolved.to_date):
            shown = format_date(resolved.from_date), format_date(resolved.to_date)
            raise ChoiceError(f"đơn vị không tồn tại từ {shown[0]} đến {shown[1]}")


def day(text: str) -> date | None:
    """A day as the command line takes it, None for an empty text."""
    if not text.strip():
        return None
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(text.strip(), pattern).date()  # noqa: DTZ007 -- a day has no time zone
    raise ChoiceError(f"“{text.strip()}” không phải một ngày; viết 01/04/2020")


def period_id(text: str) -> str:
    """The id of a period given by its id or label."""
    if not text.strip():
        raise ChoiceError("chưa ghi; ví dụ 2020-Q1 hoặc Quý I/2020")
    try:
        return str(parse_period(text))
    except ConfigurationError:
        raise ChoiceError(
            f"không hiểu “{text.strip()}”; viết 2020-03 (tháng), 2020-Q1 (quý), 2024-6T (6 tháng đầu năm), "
            "2024-6C (6 tháng cuối năm), 2023-9T hoặc 2022 (năm)"
        ) from None


def parsed(parameter: Parameter, name: str, text: str) -> ParameterValue:
    """The value of a parameter, as `-p name=text` means it."""
    try:
        return parameter.parse(name, text)
    except ConfigurationError:
        pass
    wanted = _TYPES.get(parameter.type, "một chữ")
    if parameter.choices:
        wanted = "một trong: " + ", ".join(map(str, parameter.choices))
    if parameter.minimum is not None:
        wanted += f", ít nhất {parameter.minimum:g}"
    if parameter.maximum is not None:
        wanted += f", nhiều nhất {parameter.maximum:g}"
    raise ChoiceError(f"“{text.strip()}” không dùng được; cần {wanted}")


def _values(
    problems: list[Problem], definition: ReportDefinition | None, typed: Mapping[str, str]
) -> dict[str, ParameterValue]:
    """The report's parameters that were typed."""
    values: dict[str, ParameterValue] = {}
    for name, parameter in definition.parameters.items() if definition else ():
        if name in typed:
            value = _tried(problems, parameter.help, partial(parsed, parameter, name, typed[name]))
            if value is not None:
                values[name] = value
    return values


def _formats(formats: Sequence[str]) -> list[str]:
    if not formats:
        raise ChoiceError("chọn ít nhất một loại")
    return check_formats(",".join(formats))


def _tried(problems: list[Problem], label: str, make: Callable[[], Value]) -> Value | None:
    try:
        return make()
    except ChoiceError as error:
        problems.append(Problem(label, str(error), error.technical))
    return None


def _run_words(
    choices: Choices, request: RunRequest, first: date | None, last: date | None, as_of: str | None
) -> Iterator[str]:
    yield from ("run", choices.report, "--unit", request.unit.code, "--period", str(request.period.id))
    yield from _with(request, first, last, as_of)
    yield from _of_formats(choices.formats)
    if choices.draft:
        yield "--draft"


def _batch_words(choices: GridChoices, grid: Grid, some: RunRequest, as_of: str | None) -> Iterator[str]:
    if choices.batch:
        yield from ("batch", choices.batch, *_as_of(as_of), *_of_formats(choices.formats))
        return
    yield from ("batch", "--report", grid.report, "--units", grid.units, "--periods", ",".join(map(str, grid.periods)))
    yield from _with(some, grid.from_date, grid.to_date, as_of)
    yield from _of_formats(choices.formats)
    if choices.draft:
        yield "--draft"


def _with(request: RunRequest, first: date | None, last: date | None, as_of: str | None) -> Iterator[str]:
    """Dates, version of the data and parameters, as `run` and `batch` take them."""
    if first is not None:
        yield from ("--from", first.isoformat())
    if last is not None:
        yield from ("--to", last.isoformat())
    yield from _as_of(as_of)
    for name, value in request.parameters.items():
        if value != request.definition.parameters[name].default:
            told = str(value).lower() if isinstance(value, bool) else str(value)
            yield from ("-p", f"{name}={told}")


def _as_of(as_of: str | None) -> Sequence[str]:
    return () if as_of is None else ("--as-of", as_of)


def _of_formats(formats: Sequence[str]) -> Sequence[str]:
    asked = check_formats(",".join(formats))
    return () if tuple(asked) == DEFAULT_FORMATS else ("--formats", ",".join(asked))


def _command(words: Iterator[str]) -> str:
    """The words as they are typed on this system."""
    command = ["baocao", *words]
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
