"""What a leadership brief holds its figures against and picks facts by: `params/briefs/*.yaml`, data of the office."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from baocao.errors import ConfigurationError, one_of
from baocao.indicators.catalogue import Catalogue
from baocao.indicators.measure import Measure
from baocao.locale import format_number
from baocao.project import Project, StrictModel, read_model

Side = Literal["wrong", "well"]
Against = Literal["nothing", "target", "previous", "last-year"]
Better = Literal["lower", "higher"]

FOLDER = "briefs"


class Level(StrictModel):
    """A target from a day on: the most, or the least, an indicator may be."""

    from_date: date = Field(alias="from")
    at_most: float | None = None
    at_least: float | None = None
    source: str = Field(description="who set it, and where")

    @model_validator(mode="after")
    def _one_way(self) -> "Level":
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("give either `at_most` or `at_least`")
        return self

    @property
    def value(self) -> Decimal:
        level = self.at_most if self.at_most is not None else self.at_least
        return Measure.exact(level or 0)

    def met_by(self, value: int | Decimal) -> bool:
        """Whether a value keeps to it."""
        return value <= self.value if self.at_most is not None else value >= self.value


class KeyChoice(StrictModel):
    """A figure of the whole area, compared with its target, the period before and last year."""

    indicator: str
    label: str = Field(description="what a reader calls it, in a few words without digits")
    trend: bool = Field(default=True, description="whether it has a small line of its own")


class Rule(StrictModel):
    """What makes a fact worth a leader's while.

    Attributes
    ----------
    name
        The rule as a note states it; `{least}` stands for its threshold.
    against
        What the indicator is compared with; what is picked lies at least `least` above or below it. Against nothing it
        is the value itself that is at least, or at most, `least`.
    dossiers_least
        Fewer dossiers to process, then or now, say nothing; by default that of the brief.
    also
        Names of further indicators the sentences print.
    says, asks
        Templates of the sentence and of the question to the office: `who` is the unit or field, `value` and `base` what
        is compared, `gap` how far they lie apart, `dossiers` how many dossiers there were to process.
    """

    id: str
    name: str
    indicator: str
    against: Against = "nothing"
    direction: Literal["above", "below"]
    least: float
    order: str | None = Field(default=None, description="indicator by which the most is picked, instead of the gap")
    dossiers_least: int | None = None
    also: dict[str, str] = {}
    says: str
    asks: str = ""

    def stated(self) -> str:
        """The rule with its threshold, for a reader."""
        return self.name.format(least=format_number(Measure.exact(self.least), keep_zeros=False))


class Ranking(StrictModel):
    """By what units are ranked; equal values share a rank."""

    indicator: str
    better: Better
    label: str
    columns: dict[str, str] = Field(description="further columns of the table: indicator → heading")
    most_rows: int = Field(default=20, ge=2, description="of more units both ends are printed")


class Highlights(StrictModel):
    """Rules in their order, and how many facts they may come to on each side."""

    each_side: int = Field(ge=0)
    dossiers_least: dict[Literal["units", "fields"], int]
    wrong: list[Rule]
    well: list[Rule]

    def rules(self, side: Side) -> Sequence[Rule]:
        return self.wrong if side == "wrong" else self.well


class BriefDefinition(StrictModel):
    """The whole of a brief's configuration."""

    periods: int = Field(ge=2, le=24, description="how many periods the small lines show, this one included")
    targets: dict[str, list[Level]]
    key_figures: list[KeyChoice]
    ranking: Ranking
    highlights: Highlights

    def level(self, indicator: str, day: date) -> Level | None:
        """The target in force on a day; None where there was none yet."""
        levels = [level for level in self.targets.get(indicator, ()) if level.from_date <= day]
        return max(levels, key=lambda level: level.from_date, default=None)

    def indicators(self) -> Mapping[str, str]:
        """Every indicator it names, with where it does."""
        rules = [*self.highlights.wrong, *self.highlights.well]
        return {
            **dict.fromkeys(self.targets, "targets"),
            **{choice.indicator: "key_figures" for choice in self.key_figures},
            **dict.fromkeys((self.ranking.indicator, *self.ranking.columns), "ranking"),
            **{name: f"rule {rule.id}" for rule in rules for name in (rule.indicator, *rule.also.values())},
            **{rule.order: f"rule {rule.id}" for rule in rules if rule.order},
        }


def brief_file(project: Project, name: str) -> Path:
    """Where the brief `name` is configured."""
    return project.params / FOLDER / f"{name}.yaml"


def load_brief(project: Project, name: str, catalogue: Catalogue) -> BriefDefinition:
    """The brief `name`; ConfigurationError names what does not fit, with the nearest names."""
    path = brief_file(project, name)
    shown = project.relative(path)
    if not path.is_file():
        raise ConfigurationError(f"{shown}: there is no such file; a brief needs its rules and targets there")
    found = read_model(path, BriefDefinition)
    for indicator, where in found.indicators().items():
        if indicator not in catalogue.indicators:
            raise ConfigurationError(f"{shown}: {where}: {one_of('indicator', indicator, catalogue.indicators)}")
    ids = [rule.id for rule in (*found.highlights.wrong, *found.highlights.well)]
    twice = sorted({rule for rule in ids if ids.count(rule) > 1})
    if twice:
        raise ConfigurationError(f"{shown}: highlights: rule “{twice[0]}” stands twice; give each an id of its own")
    return found
