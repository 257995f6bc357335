"""An index that gives points for rates, `params/scores/*.yaml`: the dated weights and thresholds of QĐ 766/QĐ-TTg."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import Field, field_validator

from baocao.errors import ConfigurationError, one_of
from baocao.indicators.catalogue import Catalogue
from baocao.indicators.measure import Measure
from baocao.locale import format_number
from baocao.project import Project, StrictModel, read_model

POINTS = "điểm"
_HUNDRED = 100
_DECIMALS = 2
#: Why a component gives no points: nobody knows its rate, or nothing came up that it could rate.
Missing = Literal["no-data", "nothing-to-rate"]


class Component(StrictModel):
    """Part of an index.

    Attributes
    ----------
    rate
        Indicator in per cent that is rated.
    points
        What it gives at most.
    full_at_pct
        Rate from which on it gives all of them; below, points are in proportion.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    rate: str
    points: Decimal = Field(gt=0)
    full_at_pct: Decimal = Field(gt=0, le=_HUNDRED)


class Group(StrictModel):
    """Components a reader knows under one name."""

    name: str
    components: list[Component] = Field(min_length=1)

    @property
    def points(self) -> Decimal:
        return sum((component.points for component in self.components), Decimal(0))


class Version(StrictModel):
    """The index as it holds from a day on."""

    from_date: date = Field(alias="from")
    groups: list[Group]

    @field_validator("groups")
    @classmethod
    def _gives_a_hundred(cls, groups: list[Group]) -> list[Group]:
        points = sum((group.points for group in groups), Decimal(0))
        if points != _HUNDRED:
            raise ValueError(f"the components give {points} points together, expected {_HUNDRED}")
        ids = [component.id for group in groups for component in group.components]
        if len(ids) != len(set(ids)):
            raise ValueError("every component has an id of its own")
        return groups


class Index(StrictModel):
    """An index with all its versions."""

    id: str
    name: str
    document: str
    versions: list[Version] = Field(min_length=1)

    def on(self, day: date) -> Version:
        """The version that holds on a day; ConfigurationError before the first."""
        held = [version for version in self.versions if version.from_date <= day]
        if not held:
            first = min(version.from_date for version in self.versions)
            raise ConfigurationError(f"index {self.id} holds from {first} on, not on {day}")
        return max(held, key=lambda version: version.from_date)


@dataclass(frozen=True)
class ScoredComponent:
    """What a component comes to.

    Attributes
    ----------
    rate
        The rated indicator with its numerator and denominator.
    points
        Points given; blank where the rate is.
    missing
        Why there are none.
    """

    component: Component
    rate: Measure
    points: Measure
    missing: Missing | None


@dataclass(frozen=True)
class Score:
    """An index of one subject: its components, their points, and what those that could be rated give at most."""

    groups: Sequence[tuple[Group, Sequence[ScoredComponent]]]
    total: Measure
    attainable: Measure

    @property
    def components(self) -> list[ScoredComponent]:
        return [scored for _, components in self.groups for scored in components]


def load_index(project: Project, index_id: str, catalogue: Catalogue) -> Index:
    """The index `params/scores/<index_id>.yaml`; ConfigurationError names what is wrong."""
    folder = project.params / "scores"
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if index_id not in known:
        raise ConfigurationError(f"{project.relative(folder)}: {one_of('index', index_id, known)}")
    path = folder / f"{index_id}.yaml"
    index = read_model(path, Index)
    rated = {part.rate for version in index.versions for group in version.groups for part in group.components}
    for name in sorted(rated):
        if not catalogue[name].is_ratio:
            raise ConfigurationError(f"{project.relative(path)}: {name} is no percentage; points are given for rates")
    return index


def score(version: Version, figure: Callable[[str], Measure]) -> Score:
    """Points of the subject whose indicators `figure` gives.

    A component whose rate is not known, or that has nothing to rate, gives no points and takes none away: it is left
    out of what can be attained.
    """
    groups = [
        (group, [_scored(component, figure(component.rate)) for component in group.components])
        for group in version.groups
    ]
    rated = [scored for _, components in groups for scored in components if scored.missing is None]
    some = groups[0][1][0].rate
    given = [scored.points.value for scored in rated if isinstance(scored.points.value, Decimal)]
    total = sum(given, Decimal(0).scaleb(-_DECIMALS)) if rated else None
    attainable = sum((scored.component.points for scored in rated), Decimal(0)) if rated else None
    return Score(
        groups,
        _points(some, "score_total", total, "Tổng điểm các thành phần có số liệu"),
        _points(some, "score_attainable", attainable, "Tổng điểm tối đa của các thành phần có số liệu"),
    )


def _scored(component: Component, rate: Measure) -> ScoredComponent:
    points: Decimal | None = None
    missing: Missing | None = None
    if rate.numerator is None or rate.denominator is None:
        missing = "no-data"
    elif not rate.denominator:
        missing = "nothing-to-rate"
    else:
        reached = Fraction(max(rate.numerator, 0) * _HUNDRED, rate.denominator) / Fraction(component.full_at_pct)
        points = _half_up(Fraction(component.points) * min(reached, Fraction(1)))
    full, most = (format_number(value, keep_zeros=False) for value in (component.full_at_pct, component.points))
    definition = f"{rate.definition}; từ {full}% trở lên được {most} điểm, thấp hơn tính theo tỷ lệ"
    measure = replace(
        _points(rate, f"score_{component.id}", points, definition),
        numerator=rate.numerator,
        denominator=rate.denominator,
        rounding=f"half-up, {_DECIMALS}",
    )
    return ScoredComponent(component, rate, measure, missing)


def _half_up(value: Fraction) -> Decimal:
    """A fraction that is not negative, rounded once and exactly."""
    scaled = value * 10**_DECIMALS + Fraction(1, 2)
    return Decimal(scaled.numerator // scaled.denominator).scaleb(-_DECIMALS)


def _points(like: Measure, name: str, value: Decimal | None, definition: str) -> Measure:
    return replace(
        like,
        indicator=name,
        value=value,
        unit_of_measure=POINTS,
        definition=definition,
        numerator=None,
        denominator=None,
        rounding=None,
        stated=True,
    )
