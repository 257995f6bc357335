"""Which reports there are and what they ask for: `params/reports/*.yaml` and the document facts of each issue."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from baocao.errors import ConfigurationError, one_of
from baocao.periods import Period
from baocao.project import Project, StrictModel, read_model

ParameterValue = int | float | bool | str | date
DocumentKind = Literal["cong-van", "bao-cao", "ke-hoach", "to-trinh"]
#: Type names of documents, as a sentence says them; a title prints them in capitals.
DOCUMENT_KINDS: Mapping[DocumentKind, str] = {
    "cong-van": "Công văn",
    "bao-cao": "Báo cáo",
    "ke-hoach": "Kế hoạch",
    "to-trinh": "Tờ trình",
}
#: Parameters every report has; they say whose report it is, and are options of their own on the command line.
COMMON = ("unit", "period", "from_date", "to_date", "as_of", "draft")


class Parameter(StrictModel):
    """A parameter a report may be run with, checked before anything starts."""

    type: Literal["integer", "number", "boolean", "text", "date"]
    default: ParameterValue
    help: str
    choices: list[ParameterValue] = []
    minimum: float | None = None
    maximum: float | None = None

    def parse(self, name: str, value: object) -> ParameterValue:
        """`value` (a string from the command line, or already typed) as this parameter's type.

        Raises
        ------
        ConfigurationError
            If it is of another type, outside its bounds or not one of its choices.
        """
        parsed = self._typed(name, value)
        if self.choices and parsed not in self.choices:
            raise ConfigurationError(f"parameter {name}: {one_of('value', str(parsed), map(str, self.choices))}")
        if isinstance(parsed, int | float):
            low = self.minimum is not None and parsed < self.minimum
            high = self.maximum is not None and parsed > self.maximum
            if low or high:
                bound = f"at least {self.minimum:g}" if low else f"at most {self.maximum:g}"
                raise ConfigurationError(f"parameter {name}: {parsed}; expected {bound} ({self.help})")
        return parsed

    def _typed(self, name: str, value: object) -> ParameterValue:
        text = str(value).strip()
        try:
            match self.type:
                case "integer" if not isinstance(value, bool | float):
                    return int(text)
                case "number" if not isinstance(value, bool):
                    return float(text) if "." in text else int(text)
                case "boolean" if text.lower() in ("true", "false"):
                    return text.lower() == "true"
                case "date":
                    return date.fromisoformat(text)
                case "text":
                    return text
        except ValueError:
            pass
        raise ConfigurationError(f"parameter {name}: “{text}” is not of type {self.type} ({self.help})")


class CitedDocument(StrictModel):
    """A document the text quotes by type, number, date and issuer."""

    type: str
    number: str
    date: date
    issuer: str


class DocumentDefaults(StrictModel):
    """What every issue of the report says besides its figures."""

    kind: DocumentKind
    symbol: str = Field(description="end of the number, printed alone while the document has none: “Số:   /UBND-VP”")
    subject: str = Field(default="", description="of a dispatch, printed under its number")
    recipients: list[str] = []
    receivers: list[str]
    signature: list[str]
    cited: dict[str, CitedDocument] = {}

    @model_validator(mode="after")
    def _subject_of_a_dispatch(self) -> "DocumentDefaults":
        """NĐ 30/2020, annex I: only a dispatch says what it is about under its number, the others under their title."""
        if self.subject and self.kind != "cong-van":
            raise ValueError(
                f"`subject` stands under the number of a dispatch (cong-van); a {self.kind} says below its title what "
                "it is about: leave `subject` out, and see `report.title` in its notebook"
            )
        return self


class DocumentFacts(StrictModel):
    """What one issue says besides its figures: `params/documents/<unit>/<report>/<period>.yaml`."""

    number: str | None = None
    issued: date | None = None
    place: str | None = None
    parent: list[str] = Field(default=[], description="agency above, printed over the office's own name")
    receivers: list[str] = Field(default=[], description="instead of those of the report")
    signature: list[str] = Field(default=[], description="instead of that of the report")
    cited: dict[str, CitedDocument] = {}


class KeyFigureChoice(StrictModel):
    """A figure for the top of the page."""

    label: str = Field(description="what a reader calls it, in a few words without digits")
    figure: str = Field(description="id of an indicator")
    target: str | None = Field(
        default=None, description="what it must reach: a numeric parameter of the report, or an indicator"
    )
    none: str = Field(default="không có", description="what a zero reads")


class ReportDefinition(StrictModel):
    """A kind of report; the content of an `outlined` one, key figures too, is described by `params/outlines/`."""

    id: str
    name: str
    notebook: str
    dataset: str
    suite: str
    outlined: bool = False
    parameters: dict[str, Parameter]
    key_figures: list[KeyFigureChoice] = []
    document: DocumentDefaults

    def parse_parameters(self, given: dict[str, Any]) -> dict[str, ParameterValue]:
        """All parameters with their values: `given` ones checked, the others at their defaults."""
        for name in given:
            if name not in self.parameters:
                raise ConfigurationError(f"report {self.id}: {one_of('parameter', name, self.parameters)}")
        return {
            name: parameter.parse(name, given[name]) if name in given else parameter.default
            for name, parameter in self.parameters.items()
        }


def report_ids(project: Project) -> list[str]:
    """Ids of all reports."""
    return sorted(path.stem for path in (project.params / "reports").glob("*.yaml"))


def load_report(project: Project, report_id: str) -> ReportDefinition:
    """The report `report_id`; ConfigurationError offers the nearest names."""
    known = report_ids(project)
    if report_id not in known:
        raise ConfigurationError(f"{one_of('report', report_id, known)} (see `baocao list reports`)")
    definition = read_model(project.params / "reports" / f"{report_id}.yaml", ReportDefinition)
    if definition.id != report_id:
        raise ConfigurationError(f"params/reports/{report_id}.yaml: id “{definition.id}” differs from the file's name")
    taken = sorted(set(definition.parameters) & set(COMMON))
    if taken:
        raise ConfigurationError(f"params/reports/{report_id}.yaml: every report has {', '.join(taken)} already")
    return definition


def load_facts(project: Project, report_id: str, unit: str, period: Period) -> DocumentFacts:
    """The facts of one issue; all open where nothing has been written down yet."""
    path = project.params / "documents" / unit / report_id / f"{period.id}.yaml"
    return read_model(path, DocumentFacts) if path.is_file() else DocumentFacts()
