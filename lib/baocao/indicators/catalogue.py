"""The indicator catalogue, `params/indicators.yaml`: definitions as data, computed over counts."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import model_validator

from baocao.errors import ConfigurationError, one_of
from baocao.indicators.measure import Measure, Subject
from baocao.intake.one_stop import COUNTS
from baocao.locale import percentage
from baocao.project import Project, StrictModel, read_model

Counts = Mapping[str, int | None]


UnitGroup = Literal["all", "active", "silent", "not-sent", "late-or-overdue"]


class Indicator(StrictModel):
    """A definition, with exactly one way to its value.

    Attributes
    ----------
    sum
        Canonical columns to add.
    numerator, denominator
        Ids of two `sum` indicators; the value is their ratio in per cent, half-up to `decimals`.
    units
        Which units to count.
    entered
        The office enters the value; it is blank until it does.
    """

    name: str
    unit_of_measure: str
    definition: str
    source: str
    sum: list[str] | None = None
    numerator: str | None = None
    denominator: str | None = None
    decimals: int = 2
    units: UnitGroup | None = None
    entered: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> "Indicator":
        if (self.numerator is None) != (self.denominator is None):
            raise ValueError("give `numerator` and `denominator` together")
        ways = (self.sum is not None, self.is_ratio, self.units is not None, self.entered)
        if ways.count(True) != 1:
            raise ValueError("give exactly one of `sum`, `numerator`/`denominator`, `units`, `entered`")
        return self

    @property
    def is_ratio(self) -> bool:
        return self.numerator is not None


class _File(StrictModel):
    indicators: dict[str, Indicator]


class Catalogue:
    """All indicators, checked: every name they use exists and no definition goes round in a circle."""

    def __init__(self, indicators: Mapping[str, Indicator]) -> None:
        self.indicators = indicators
        for name, indicator in indicators.items():
            for column in indicator.sum or ():
                if column not in COUNTS:
                    raise ConfigurationError(f"indicator {name}: {one_of('column', column, COUNTS)}")
            for part in (indicator.numerator, indicator.denominator):
                if part is not None and self[part].sum is None:
                    raise ConfigurationError(f"indicator {name}: “{part}” is not a sum of counts")

    def __getitem__(self, name: str) -> Indicator:
        try:
            return self.indicators[name]
        except KeyError:
            raise ConfigurationError(
                f"{one_of('indicator', name, self.indicators)} (see `baocao list indicators`)"
            ) from None

    def count(self, name: str, counts: Counts) -> int | None:
        """The value of a `sum` indicator; None when every one of its columns is blank."""
        values = [counts[column] for column in self[name].sum or () if counts.get(column) is not None]
        return sum(value for value in values if value is not None) if values else None

    def measure(
        self, name: str, counts: Counts, subject: Subject, from_date: date, to_date: date, source: str
    ) -> Measure:
        """The indicator `name` of one subject, from its counts; blank for an entered one."""
        indicator = self[name]
        numerator = denominator = None
        value: int | Decimal | None
        if indicator.numerator is not None and indicator.denominator is not None:
            numerator = self.count(indicator.numerator, counts)
            denominator = self.count(indicator.denominator, counts)
            value = percentage(numerator, denominator, indicator.decimals)
        else:
            value = self.count(name, counts)
        return Measure(
            indicator=name,
            subject=subject,
            value=value,
            unit_of_measure=indicator.unit_of_measure,
            definition=indicator.definition,
            from_date=from_date,
            to_date=to_date,
            source=source,
            numerator=numerator,
            denominator=denominator,
            rounding=f"half-up, {indicator.decimals}" if indicator.is_ratio else None,
        )


def load_catalogue(project: Project) -> Catalogue:
    """The catalogue of the project."""
    return Catalogue(read_model(project.params / "indicators.yaml", _File).indicators)
