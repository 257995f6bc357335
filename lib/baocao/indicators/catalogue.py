"""The indicator catalogue, `params/indicators/*.yaml`: definitions as data, computed over counts."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from baocao.errors import ConfigurationError, one_of
from baocao.indicators.definition import Indicator, RegisterRule
from baocao.indicators.measure import Measure, Subject
from baocao.intake.one_stop import COUNTS
from baocao.intake.register import PLACE, RegisterDefinition, load_registers
from baocao.locale import percentage
from baocao.project import Project, StrictModel, read_model

Counts = Mapping[str, int | None]


class IndicatorFile(StrictModel):
    """A file of the catalogue: definitions by id."""

    indicators: dict[str, Indicator]


class Catalogue:
    """All indicators, checked: every name they use exists and no definition goes round in a circle."""

    def __init__(self, indicators: Mapping[str, Indicator]) -> None:
        self.indicators = indicators
        for name, indicator in indicators.items():
            for column in indicator.sum or ():
                if column not in COUNTS:
                    raise ConfigurationError(f"indicator {name}: {one_of('column', column, COUNTS)}")
            for part in indicator.parts():
                if part not in indicators:
                    raise ConfigurationError(f"indicator {name}: {one_of('indicator', part, indicators)}")
                if indicators[part].is_ratio:
                    raise ConfigurationError(f"indicator {name}: “{part}” is a percentage, expected a count")
            self._refuse_circle(name, (name,))

    def _refuse_circle(self, name: str, path: Sequence[str]) -> None:
        for part in self.indicators[name].parts():
            if part in path:
                raise ConfigurationError(f"indicator {path[0]} goes round in a circle: {' → '.join((*path, part))}")
            if part in self.indicators:
                self._refuse_circle(part, (*path, part))

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
        """An indicator of one subject that is made of one-stop counts alone; blank for one that is made of others."""
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
    """The catalogue of the project; an id stands in one file only, and what it counts is in a register."""
    registers = load_registers(project)
    found: dict[str, Indicator] = {}
    places: dict[str, str] = {}
    for path in sorted((project.params / "indicators").glob("*.yaml")):
        shown = project.relative(path)
        for name, indicator in read_model(path, IndicatorFile).indicators.items():
            if name in found:
                raise ConfigurationError(f"{shown}: indicator “{name}” already stands in {places[name]}")
            if indicator.count is not None:
                check_rule(indicator.count, registers, f"{shown}: indicator {name}")
            found[name], places[name] = indicator, shown
    return Catalogue(found)


def check_rule(rule: RegisterRule, registers: Mapping[str, RegisterDefinition], where: str) -> None:
    """Refuse a rule that names a register, column or code there is none of; it would quietly find no row.

    Raises
    ------
    ConfigurationError
        With `where` the rule stands and the nearest name.
    """
    if rule.dataset not in registers:
        raise ConfigurationError(f"{where}: {one_of('register', rule.dataset, registers)}")
    columns = {column.name: column for column in registers[rule.dataset].columns}
    names = (*columns, *PLACE)
    for name in filter(None, (*rule.where, rule.total, rule.dated)):
        if name not in names:
            raise ConfigurationError(f"{where}: {rule.dataset}: {one_of('column', name, names)}")
    for name in rule.where:
        choices = columns[name].choices if name in columns else {}
        for code in rule.codes(name):
            if choices and code not in choices:
                raise ConfigurationError(f"{where}: {rule.dataset}: {name}: {one_of('code', str(code), choices)}")
