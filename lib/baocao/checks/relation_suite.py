"""Suites of relations, `expectations/<id>.yaml`: between an office's figures, and within its registers."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from baocao.checks.findings import Severity
from baocao.checks.suite import refuse_repeated_ids
from baocao.indicators.catalogue import check_rule
from baocao.indicators.definition import RegisterRule, relation_terms
from baocao.intake.register import load_registers
from baocao.project import Project, StrictModel, read_model

Comparing = Literal["equal", "at-most", "at-least", "less"]


class _Expectation(StrictModel):
    """What all kinds share; `message` may use {row}, {printed}, {computed}."""

    id: str
    name: str
    severity: Severity = "error"
    message: str


class _TwoSides(_Expectation):
    """Values added and subtracted on the left stand to those on the right as `relation` says."""

    left: str
    relation: Comparing
    right: str

    @field_validator("left", "right")
    @classmethod
    def _understood(cls, formula: str) -> str:
        relation_terms(formula)
        return formula


class FigureRelation(_TwoSides):
    """A relation between indicators."""

    kind: Literal["relation"]


class RowRelation(_TwoSides):
    """A relation between columns, in every row of a register; a column of days is compared alone, with another."""

    kind: Literal["row-relation"]
    rows: RegisterRule
    blank_is_zero: bool = False


class GroupTotal(_Expectation):
    """Totals that stand in one register equal what the rows of another come to.

    Attributes
    ----------
    stated, key, columns
        Where the totals stand, the column that names the group, and the columns that hold them; a blank total is
        not judged.
    counts
        Column of the totals that says how many rows the group has.
    rows, by
        What is added up, and the column that says which group a row is of. A mark counts as one; without a `by` all
        rows are one group.
    """

    kind: Literal["group-total"]
    stated: RegisterRule
    key: str
    columns: list[str] = []
    counts: str | None = None
    rows: RegisterRule
    by: str | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> "GroupTotal":
        if not self.columns and self.counts is None:
            raise ValueError("give `columns` to add up, `counts`, or both")
        return self


class OneDate(_Expectation):
    """A document has one date: the others under which it is named are findings."""

    kind: Literal["one-date"]
    rows: RegisterRule
    date: str = "date"
    variants: str = "date_variants"


class NumberOrder(_Expectation):
    """Documents of one series and year carry their numbers in the order of their dates.

    Of documents that contradict each other as few as possible are named. Where that leaves a choice, the others are to
    be in the steadiest order: the longest wait between two neighbours, in days per number, is the shortest possible.
    """

    kind: Literal["number-order"]
    rows: RegisterRule
    number: str = "number"
    date: str = "date"
    series: list[str] = ["type", "issuer"]


class Unique(_Expectation):
    """No two rows of a register have the same values in these columns; a row with a blank among them is passed over."""

    kind: Literal["unique"]
    rows: RegisterRule
    columns: list[str]


class IssuedAfterPeriod(_Expectation):
    """The report is not issued before the period its figures are of has ended."""

    kind: Literal["issued-after-period"]


class NotAfter(_Expectation):
    """No row of a register is dated after the report was issued, or after its period while it is not."""

    kind: Literal["not-after-report"]
    rows: RegisterRule
    date: str = "date"


Relation = Annotated[
    FigureRelation | RowRelation | GroupTotal | OneDate | NumberOrder | Unique | IssuedAfterPeriod | NotAfter,
    Field(discriminator="kind"),
]


class RelationSuite(StrictModel):
    """The relations of one kind of report."""

    id: str
    expectations: list[Relation]

    _ids_differ = field_validator("expectations")(refuse_repeated_ids)


def load_relations(project: Project, suite: str) -> RelationSuite:
    """The suite `expectations/<suite>.yaml`; what it checks is in a register."""
    path = project.expectations / f"{suite}.yaml"
    loaded, registers = read_model(path, RelationSuite), load_registers(project)
    for expectation in loaded.expectations:
        for rule in (getattr(expectation, "rows", None), getattr(expectation, "stated", None)):
            if isinstance(rule, RegisterRule):
                check_rule(rule, registers, f"{project.relative(path)}: {expectation.id}")
    return loaded
