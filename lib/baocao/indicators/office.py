"""Every indicator of one office and period by its id, whatever it is made of: one value, printed everywhere.

What an office enters in its register of statistics is printed as entered. Where the same indicator can be computed too,
the two are compared, and a difference is a finding.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from baocao.errors import ConfigurationError, one_of
from baocao.indicators.catalogue import Catalogue
from baocao.indicators.definition import AnyOf, Containing, Indicator, RegisterRule
from baocao.indicators.measure import Measure, Subject, Value
from baocao.indicators.one_stop import OneStopFigures
from baocao.locale import percentage
from baocao.periods import Period
from baocao.units import Unit

#: The register of what an office enters: columns `indicator`, `value`, `note`.
STATISTICS = "statistics"

RegisterRow = Mapping[str, Any]


@dataclass(frozen=True)
class OfficeFigures:
    """Figures of an office in a period.

    Attributes
    ----------
    registers
        Rows of each register delivered for exactly this office and period, by the register's id; none of one that was
        delivered with nothing to list. A register that was not delivered is not there.
    register_names
        What a reader calls a register.
    """

    catalogue: Catalogue
    reporter: Unit
    period: Period
    one_stop: OneStopFigures
    registers: Mapping[str, Sequence[RegisterRow]]
    register_names: Mapping[str, str] = field(default_factory=dict)
    _known: dict[str, Measure] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Measure:
        """The indicator as it is printed: entered where the office entered it, else computed.

        Raises
        ------
        ConfigurationError
            For an unknown indicator, with the nearest names.
        """
        if name not in self._known:
            entered = self.entered(name)
            self._known[name] = self.computed(name) if entered is None else entered
        return self._known[name]

    def entered(self, name: str) -> Measure | None:
        """What the office entered; None where it entered nothing."""
        indicator = self.catalogue[name]
        for row in self._statistics:
            if row["indicator"] == name and row["value"] is not None:
                return self._measure(name, _number(row["value"]), f"{STATISTICS}: {row['file']}, dòng {row['row']}")
        return self._measure(name, None, "") if indicator.entered else None

    def computed(self, name: str) -> Measure:
        """What the indicator comes to by its definition; blank for one that can only be entered."""
        indicator = self.catalogue[name]
        if indicator.sum is not None or indicator.units is not None:
            return self._of_one_stop(name, indicator)
        if indicator.count is not None:
            value, source = self._count(indicator.count)
            return self._measure(name, value, source)
        if indicator.numerator is not None and indicator.denominator is not None:
            return self._ratio(name, indicator, self[indicator.numerator], self[indicator.denominator])
        terms = [(sign, self[part]) for sign, part in indicator.terms()]
        return self._measure(name, _added(terms), ", ".join(dict.fromkeys(part.source for _, part in terms)))

    def note(self, name: str) -> str:
        """The remark the office entered beside an indicator's value."""
        return next((row["note"] or "" for row in self._statistics if row["indicator"] == name), "")

    def contradictions(self) -> Iterator[tuple[Measure, Measure]]:
        """Indicators the office entered although they are computed: both measures, equal or not."""
        for row in self._statistics:
            name = row["indicator"]
            if name in self.catalogue.indicators and not self.catalogue[name].entered:
                entered = self.entered(name)
                if entered is not None:
                    yield entered, self.computed(name)

    def unknown(self) -> Iterator[tuple[RegisterRow, str]]:
        """Rows of the statistics that name no indicator, each with the nearest names."""
        for row in self._statistics:
            if row["indicator"] not in self.catalogue.indicators:
                yield row, one_of("indicator", row["indicator"], self.catalogue.indicators)

    def rows(self, rule: RegisterRule) -> list[RegisterRow]:
        """The rows of a register a rule asks for, in the order of the file."""
        return [
            row
            for row in self.registers.get(rule.dataset, ())
            if all(_fits(row, column, wanted) for column, wanted in rule.where.items()) and self._dated(row, rule)
        ]

    @property
    def _statistics(self) -> Sequence[RegisterRow]:
        return self.registers.get(STATISTICS, ())

    def of_row(self, rule: RegisterRule, row: RegisterRow, column: str, name: str) -> Measure:
        """The figure in one cell of a register; `name` tells the row from others."""
        value = row[column]
        return Measure(
            indicator=f"{rule.dataset}_{column}",
            subject=Subject(self.reporter.code, field=name, part="register"),
            value=None if value is None else _number(value),
            unit_of_measure="",
            definition=f"Cột {column} của sổ {rule.dataset}",
            from_date=self.period.from_date,
            to_date=self.period.to_date,
            source=f"{rule.dataset}: {row['file']}, dòng {row['row']}",
        )

    def _dated(self, row: RegisterRow, rule: RegisterRule) -> bool:
        if rule.dated is None:
            return True
        day = _cell(row, rule.dated)
        if day is None:
            return False
        if rule.year is not None:
            return bool(day.year == self.period.id.year + rule.year)
        return bool(self.period.from_date <= day <= self.period.to_date)

    def _count(self, rule: RegisterRule) -> tuple[Value, str]:
        """Blank where the office delivered no such register: nobody knows, which is not none."""
        delivered = self.registers.get(rule.dataset)
        if delivered is None:
            return None, ""
        rows = self.rows(rule)
        source = ", ".join(dict.fromkeys(f"{rule.dataset}: {row['file']}" for row in delivered)) or rule.dataset
        if rule.total is None:
            return len(rows), source
        values = [value for row in rows if (value := _cell(row, rule.total)) is not None]
        return (_number(sum(values)) if values or not rows else None), source

    def _of_one_stop(self, name: str, indicator: Indicator) -> Measure:
        match indicator.of:
            case "area":
                measure = self.one_stop.of_area(name)
            case "desk":
                measure = self.one_stop.of_desk(name)
            case "below":
                measure = self.one_stop.of_below(name)
        return replace(measure, subject=self._subject)

    def _ratio(self, name: str, indicator: Indicator, above: Measure, below: Measure) -> Measure:
        value = None
        if above.value is not None and below.value is not None:
            # Money has decimals: both are made whole by the same power of ten, so nothing is rounded twice.
            places = max(_places(above.value), _places(below.value))
            whole = [int(Decimal(part).scaleb(places)) for part in (above.value, below.value)]
            value = percentage(whole[0], whole[1], indicator.decimals)
        counts = [part.value if isinstance(part.value, int) else None for part in (above, below)]
        return replace(
            self._measure(name, value, ", ".join(dict.fromkeys((above.source, below.source)))),
            numerator=counts[0],
            denominator=counts[1],
            rounding=f"half-up, {indicator.decimals}",
        )

    @property
    def _subject(self) -> Subject:
        return Subject(self.reporter.code, area=True)

    def _measure(self, name: str, value: Value, source: str) -> Measure:
        indicator = self.catalogue[name]
        return Measure(
            indicator=name,
            subject=self._subject,
            value=value,
            unit_of_measure=indicator.unit_of_measure,
            definition=indicator.definition,
            from_date=self.period.from_date,
            to_date=self.period.to_date,
            source=source,
        )


def _added(terms: Sequence[tuple[int, Measure]]) -> Value:
    values = [part.value for _, part in terms]
    if None in values:
        return None
    return _number(sum((sign * Decimal(part.value or 0) for sign, part in terms), Decimal(0)))


def _number(value: Decimal | int) -> Value:
    """A whole number as an int: “7” and “7,0” are the same count."""
    number = Decimal(value)
    return int(number) if number == number.to_integral_value() else number


def _places(value: Decimal | int) -> int:
    return max(0, -int(Decimal(value).as_tuple().exponent))


def _cell(row: RegisterRow, column: str) -> Any:
    if column not in row:
        raise ConfigurationError(f"register column: {one_of('column', column, map(str, row))}")
    return row[column]


def _fits(row: RegisterRow, column: str, wanted: object) -> bool:
    value = _cell(row, column)
    match wanted:
        case list():
            return value in wanted
        case Containing():
            return wanted.contains in str(value or "")
        case AnyOf():
            return wanted.fits(value)
    return bool(value == wanted)
