"""The suite of dossier lists, `expectations/dossiers.yaml`, and the SQL each of its expectations comes down to."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from baocao.checks.findings import Severity
from baocao.checks.suite import refuse_repeated_ids
from baocao.errors import one_of
from baocao.intake.dossiers import DAYS, FLAGS, FOLDED, TEXTS
from baocao.intake.vocabulary import Vocabulary
from baocao.project import Project, StrictModel, read_model
from baocao.store.sql import is_one_of

SUITE = "dossiers"
#: SQL of the last day on which something happened to a dossier.
LAST_EVENT = "greatest(received_date, finished_date, result_date)"


class _DossierExpectation(StrictModel):
    """What all kinds share; `message` may use {printed}, {computed}, {dossiers}, {month}."""

    id: str
    name: str
    severity: Severity = "warning"
    message: str


class DaysInOrder(_DossierExpectation):
    """No dossier has its `later` day before its `earlier` one."""

    kind: Literal["days-in-order"]
    earlier: str
    later: str

    @field_validator("earlier", "later")
    @classmethod
    def _days(cls, name: str) -> str:
        if name not in DAYS:
            raise ValueError(one_of("day", name, DAYS))
        return name


class StateAgrees(_DossierExpectation):
    """No dossier that is finished is in a state that counts as open."""

    kind: Literal["state-agrees"]


class NotAfterDelivery(_DossierExpectation):
    """Nothing happened after the last day a delivery covers."""

    kind: Literal["not-after-delivery"]


class OneName(_DossierExpectation):
    """In a unit, a procedure's code goes with one name."""

    kind: Literal["one-name"]


class Filled(_DossierExpectation):
    """In every unit and month, at least so many per cent of the dossiers say something in a column."""

    kind: Literal["filled"]
    column: str
    at_least_pct: int = Field(ge=1, le=100)

    @field_validator("column")
    @classmethod
    def _known(cls, name: str) -> str:
        known = (*TEXTS, *DAYS, *FOLDED, *FLAGS)
        if name not in known:
            raise ValueError(one_of("column", name, known))
        return name


class Fresh(_DossierExpectation):
    """The newest dossier of a unit is at most so many days older than the last day its delivery covers.

    Attributes
    ----------
    intervals
        A unit where little comes in may be silent for this many of its usual days from one dossier to the next.
    """

    kind: Literal["fresh"]
    days: int = Field(ge=0)
    intervals: int = Field(ge=1)


class UsualNumber(_DossierExpectation):
    """A month's dossiers are within a factor of the median of the months before it.

    Attributes
    ----------
    months
        How many months before it are compared; a month with fewer before it is not judged.
    least
        Both numbers below this are too small to be judged.
    """

    kind: Literal["usual-number"]
    months: int = Field(ge=1)
    factor: float = Field(gt=1)
    least: int = Field(ge=0)


DossierExpectation = Annotated[
    DaysInOrder | StateAgrees | NotAfterDelivery | OneName | Filled | Fresh | UsualNumber, Field(discriminator="kind")
]


class DossierSuite(StrictModel):
    """The expectations of dossier lists."""

    id: str
    dataset: Literal["dossiers"]
    expectations: list[DossierExpectation]

    _ids_differ = field_validator("expectations")(refuse_repeated_ids)


def load_dossier_suite(project: Project) -> DossierSuite:
    """The suite `expectations/dossiers.yaml`."""
    return read_model(project.expectations / f"{SUITE}.yaml", DossierSuite)


def row_condition(expectation: DossierExpectation, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """SQL of “the dossier is wrong” and “the dossier can be judged”; None for what is no matter of single dossiers."""
    match expectation:
        case DaysInOrder(earlier=earlier, later=later):
            return f"{later} < {earlier}", f"{later} IS NOT NULL AND {earlier} IS NOT NULL"
        case StateAgrees():
            is_open = is_one_of("status", vocabulary.statuses_counted_as("open", "awaiting-supplement"))
            return f"finished_date IS NOT NULL AND {is_open}", "status IS NOT NULL"
        case NotAfterDelivery():
            return f"{LAST_EVENT} > last_covered", "last_covered IS NOT NULL"
        case Filled(column=column):
            return f"{column} IS NULL", "true"
    return None
