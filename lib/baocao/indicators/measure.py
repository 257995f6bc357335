"""A number that knows what it is: value, indicator, subject, dates, numerator and denominator, source."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from baocao.locale import format_count, format_number

#: A count, an amount or a percentage; None where nothing is known.
Value = int | Decimal | None


@dataclass(frozen=True)
class Subject:
    """What a measure is about.

    Attributes
    ----------
    unit
        Code of the office.
    area
        True: the office with all units below it; False: the office alone.
    field, procedure
        Narrow it to a field or procedure.
    part
        Names another way to the same subject (“by-procedure”: summed from procedure rows), which keeps its figures
        apart, so that the two can differ visibly.
    """

    unit: str
    area: bool = False
    field: str | None = None
    procedure: str | None = None
    part: str | None = None

    @property
    def id(self) -> str:
        """Suffix of a figure's id: empty for the reporting area as a whole, else `@unit/field/procedure:part`."""
        place = "/".join(name for name in (self.unit, self.field, self.procedure) if name)
        where = "" if self.area and not (self.field or self.procedure) else f"@{place}"
        return where + (f":{self.part}" if self.part else "")


@dataclass(frozen=True)
class Measure:
    """One figure.

    Attributes
    ----------
    value
        Count (int), percentage rounded half-up (Decimal), or None: blank, not reported, or not computable.
    numerator, denominator
        The exact counts of a percentage; None for a count.
    source
        The table (and system) whose rows it was computed from.
    stated
        False for a 0 that no cell states: every cell is blank and the source says that blank means zero. It counts as
        0 and a form prints it as the blank it is.
    """

    indicator: str
    subject: Subject
    value: Value
    unit_of_measure: str
    definition: str
    from_date: date
    to_date: date
    source: str
    numerator: int | None = None
    denominator: int | None = None
    rounding: str | None = None
    stated: bool = True

    @property
    def id(self) -> str:
        """Key of the figure in a report: `late_rate_pct`, `received_total@tuan-giao.quai-to`."""
        return self.indicator + self.subject.id

    @staticmethod
    def exact(value: float) -> Decimal:
        """A number written in a file as the decimal a person wrote, not as its binary neighbour."""
        return Decimal(str(value))

    @property
    def is_percentage(self) -> bool:
        return self.unit_of_measure == "%"

    def __bool__(self) -> bool:
        """True for a value above zero: what `{% if overdue %}` asks. A blank and a zero are both false."""
        return bool(self.value)

    @property
    def machine_text(self) -> str:
        """The value as `<data value>` carries it: a plain number, empty for a blank."""
        return "" if self.value is None else str(self.value)

    def text(self, *, keep_zeros: bool = True) -> str:
        """The value as Vietnamese tables print it, without unit; empty for a blank."""
        if self.value is None:
            return ""
        if isinstance(self.value, int):
            return format_count(self.value)
        return format_number(self.value, keep_zeros=keep_zeros)

    def record(self) -> dict[str, Any]:
        """The figure for `indicators.json`."""
        return {
            "indicator": self.indicator,
            "value": float(self.value) if isinstance(self.value, Decimal) else self.value,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "unit": self.subject.unit,
            "area": self.subject.area,
            "field": self.subject.field,
            "procedure": self.subject.procedure,
            "unit_of_measure": self.unit_of_measure,
            "definition": self.definition,
            "rounding": self.rounding,
            "from": self.from_date.isoformat(),
            "to": self.to_date.isoformat(),
            "source": self.source,
        }


def difference(measure: Measure, base: Measure) -> Measure:
    """How much a count differs from the same count of another time; blank where either is unknown."""
    value = None
    if isinstance(measure.value, int) and isinstance(base.value, int):
        value = measure.value - base.value
    since = f"change-{base.from_date.isoformat()}-{base.to_date.isoformat()}"
    return replace(
        measure,
        value=value,
        subject=replace(measure.subject, part=since),
        definition=f"{measure.definition}; chênh lệch so với kỳ {base.from_date:%d/%m/%Y} – {base.to_date:%d/%m/%Y}",
        source=", ".join(dict.fromkeys((measure.source, base.source))),
        numerator=None,
        denominator=None,
        rounding=None,
    )
