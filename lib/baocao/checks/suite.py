"""Suites of expectations, `expectations/*.yaml`: an identity is declared once and becomes a check of every table."""

from typing import Annotated, Literal, Protocol, TypeVar

from pydantic import Field, field_validator

from baocao.checks.findings import Severity
from baocao.errors import ConfigurationError, one_of
from baocao.intake.one_stop import FIGURES
from baocao.project import Project, StrictModel, read_model

Grain = Literal["unit", "field", "procedure"]


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


Identified = TypeVar("Identified", bound=_HasId)


def _columns(names: list[str]) -> list[str]:
    for name in names:
        if name not in FIGURES:
            raise ValueError(one_of("column", name, FIGURES))
    return names


class _Expectation(StrictModel):
    """What all kinds share.

    `message` may use {printed}, {computed}, {difference}, {column}; `always_blocks` keeps severity `error` under every
    profile, for what no document could be made from.
    """

    id: str
    name: str
    severity: Severity = "error"
    always_blocks: bool = False
    message: str


class HasData(_Expectation):
    """The period has at least one row."""

    kind: Literal["has-data"]


class Reporting(_Expectation):
    """Every unit of the area has exactly one row."""

    kind: Literal["reporting"]


class RowIdentity(_Expectation):
    """In every row, what is printed equals the sum of its parts; tables without these columns are passed over."""

    kind: Literal["row-identity"]
    printed: list[str]
    computed: list[str]

    _known = field_validator("printed", "computed")(_columns)


class NotLarger(_Expectation):
    """In every row, no part is larger than its whole."""

    kind: Literal["not-larger"]
    parts: list[str]
    whole: str

    _known = field_validator("parts")(_columns)


class ColumnTotal(_Expectation):
    """A total row equals the sum of its table's detail rows, column by column."""

    kind: Literal["column-total"]


class RollUp(_Expectation):
    """A coarser table's row equals the sum of the finer table's rows that belong to it, column by column."""

    kind: Literal["roll-up"]
    fine: Grain
    coarse: Grain


class FieldsListed(_Expectation):
    """Every field the procedures name is a row of the table by field."""

    kind: Literal["fields-listed"]


class OpeningBalance(_Expectation):
    """What a unit carries over equals what it left pending at the end of the period before, where that is stored."""

    kind: Literal["opening-balance"]


class AdjacentPeriods(_Expectation):
    """The period starts the day after the stored period before it ends: no gap, no overlap."""

    kind: Literal["adjacent-periods"]


class Overlap(_Expectation):
    """A printed table agrees with the dossiers of the same system, column by column."""

    kind: Literal["overlap"]


class DaysCovered(_Expectation):
    """The dossiers cover every day of the period: `printed` is the number of days they lack."""

    kind: Literal["days-covered"]


class ListsApart(_Expectation):
    """Of a unit no two lists of dossiers contain the same system: `printed` is the number of days both cover."""

    kind: Literal["lists-apart"]


class SystemsDeclared(_Expectation):
    """A table of a unit that has dossiers of another source says which systems it contains; `printed` counts rows."""

    kind: Literal["systems-declared"]


Expectation = Annotated[
    HasData
    | Reporting
    | RowIdentity
    | NotLarger
    | ColumnTotal
    | RollUp
    | FieldsListed
    | OpeningBalance
    | AdjacentPeriods
    | Overlap
    | DaysCovered
    | ListsApart
    | SystemsDeclared,
    Field(discriminator="kind"),
]


def refuse_repeated_ids(expectations: list[Identified]) -> list[Identified]:
    """The expectations as they are; ValueError if an id stands twice among them."""
    ids = [expectation.id for expectation in expectations]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise ValueError(f"ids used twice: {', '.join(twice)}")
    return expectations


class Suite(StrictModel):
    """The expectations of one dataset."""

    id: str
    dataset: str
    expectations: list[Expectation]

    _ids_differ = field_validator("expectations")(refuse_repeated_ids)


def load_suite(project: Project, name: str) -> Suite:
    """The suite `expectations/<name>.yaml`."""
    path = project.expectations / f"{name}.yaml"
    if not path.is_file():
        known = (file.stem for file in project.expectations.glob("*.yaml"))
        raise ConfigurationError(one_of("suite", name, known))
    return read_model(path, Suite)
