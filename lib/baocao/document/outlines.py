"""The outline of a report as data, `params/outlines/*.yaml`: its headings, and what stands under each."""

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, field_validator, model_validator

from baocao.errors import ConfigurationError, one_of
from baocao.indicators.catalogue import check_rule
from baocao.indicators.definition import RegisterRule
from baocao.intake.register import load_registers
from baocao.project import Project, StrictModel, read_model
from baocao.reports import KeyFigureChoice
from baocao.units import Unit, UnitRegistry

#: How the sections of a level are numbered: I, 1, 2.1 (after the number above), a), *, - or not at all.
Numbering = Literal["roman", "arabic", "decimal", "letter", "star", "dash", "none"]

_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


class RegisterList(RegisterRule):
    """Documents or other rows of a register, one item each.

    Attributes
    ----------
    item
        Sentence of one row, with the row's columns by name: `{type} số {number}[, hạn {deadline}]`; what stands in
        brackets is left out where one of its columns is blank. Documents are cited in the usual form without one.
    cites
        Column that names a document by its number; the document is cited in a footnote to the row.
    none
        Sentence printed where there is no such row.
    """

    item: str = ""
    cites: str | None = None
    none: str = ""


class Note(RegisterRule):
    """Documents cited in a footnote.

    Attributes
    ----------
    brief
        Without what they are about: where there are many.
    """

    brief: bool = False


class Section(StrictModel):
    """A heading with what stands under it, in this order: text, list, the analyst's own text, table, sections.

    Attributes
    ----------
    id
        Lower-case, unique in the outline; the analyst's own text is kept in a file of this name.
    text
        Narrative template of computed sentences.
    notes
        Documents cited in a footnote to the text: the name under which `{{ notes.name | footnote }}` sets its mark →
        which documents.
    own
        Whether the analyst writes here: a text that is `required` is marked as missing in a draft and refused in a
        final report.
    when
        Id of an indicator, or rows of a register: the section is left out where the one is zero or blank, or where
        there is none of the others.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    heading: str = ""
    when: str | RegisterRule | None = None
    text: str = ""
    notes: dict[str, Note] = {}
    list: RegisterList | None = None
    own: Literal["none", "optional", "required"] = "none"
    table: str | None = None
    sections: "Sequence[Section]" = ()

    def below(self) -> "Iterator[Section]":
        """This section and all below it, in printed order."""
        yield self
        for section in self.sections:
            yield from section.below()


class Chart(StrictModel):
    """A chart of the report's own figures.

    Attributes
    ----------
    says
        One sentence on what it shows, for those who cannot see it.
    series
        What a part of a bar is called → the indicator, or the column of `rows`, that gives its length.
    rows, label
        One bar for each row of a register where the first series is above zero, highest first; the column that names
        it.
    periods
        One bar for each of the last so many periods that have data, the report's own last.
    bars
        One bar for each indicator, by what it is called; `series` then names the one thing they all are.
    target
        Indicator in per cent, drawn as a line.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    caption: str
    says: str
    series: dict[str, str]
    rows: RegisterRule | None = None
    label: str = "name"
    periods: int | None = Field(default=None, ge=2)
    bars: dict[str, str] = {}
    target: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Chart":
        if [self.rows is not None, self.periods is not None, bool(self.bars)].count(True) != 1:
            raise ValueError("give exactly one of `rows`, `periods`, `bars`")
        return self


class Outline(StrictModel):
    """The outline of a report.

    Attributes
    ----------
    units
        Unit expression: whose report has this outline unless another is asked for.
    abstract
        What stands under the type name: “Kết quả thực hiện cải cách hành chính …”, a narrative template.
    key_figures
        Stand on top of the HTML page.
    numbering
        Of each level of sections, from the top.
    annexes
        Ids of forms, each an annex of its own.
    charts
        Drawn in an annex of their own, after the forms.
    suites
        Ids of the suites of relations its figures and registers are held against, `expectations/<id>.yaml`.
    """

    id: str
    name: str
    units: str = ""
    abstract: str
    key_figures: list[KeyFigureChoice] = []
    opening: str = ""
    closing: str = ""
    numbering: list[Numbering] = ["roman", "arabic", "star", "dash"]
    sections: list[Section]
    annexes: list[str] = []
    charts: list[Chart] = []
    suites: list[str] = []

    @field_validator("sections")
    @classmethod
    def _ids_differ(cls, sections: list[Section]) -> list[Section]:
        seen: set[str] = set()
        for section in (found for top in sections for found in top.below()):
            if section.id in seen:
                raise ValueError(f"section “{section.id}” stands twice; an id is used once")
            seen.add(section.id)
        return sections

    @model_validator(mode="after")
    def _levels_are_numbered(self) -> "Outline":
        depth = max((_depth(section) for section in self.sections), default=0)
        if depth > len(self.numbering):
            raise ValueError(f"sections are {depth} levels deep, `numbering` names {len(self.numbering)}")
        return self

    def walk(self) -> Iterator[Section]:
        """Every section, in printed order."""
        for section in self.sections:
            yield from section.below()

    def forms(self) -> list[str]:
        """Ids of the forms it prints: those in its sections, then its annexes."""
        return [*(section.table for section in self.walk() if section.table is not None), *self.annexes]

    def rules(self) -> Iterator[tuple[str, RegisterRule]]:
        """What it lists, cites, asks of and draws from registers, each with its place."""
        for section in self.walk():
            for rule in (section.list, section.when, *section.notes.values()):
                if isinstance(rule, RegisterRule):
                    yield f"section {section.id}", rule
        for chart in self.charts:
            if chart.rows is not None:
                yield f"chart {chart.id}", chart.rows

    def label(self, level: int, place: int, above: str) -> str:
        """The number of the section at `place` (from 1) of a level (from 0) under a section numbered `above`."""
        match self.numbering[level]:
            case "roman":
                return f"{_roman(place)}."
            case "arabic":
                return f"{place}."
            case "decimal":
                return f"{above.rstrip('.')}.{place}." if above else f"{place}."
            case "letter":
                return f"{'abcdeghiklmnopqrstuvxy'[place - 1]})"
            case "star":
                return "*"
            case "dash":
                return "-"
            case "none":
                return ""


def _depth(section: Section) -> int:
    return 1 + max((_depth(child) for child in section.sections), default=0)


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        while number >= value:
            text += sign
            number -= value
    return text


def load_outlines(project: Project) -> dict[str, Outline]:
    """All outlines of `params/outlines/`, by id; what they list is in a register."""
    registers = load_registers(project)
    outlines: dict[str, Outline] = {}
    for path in sorted((project.params / "outlines").glob("*.yaml")):
        outline = read_model(path, Outline)
        if outline.id != path.stem:
            shown = project.relative(path)
            raise ConfigurationError(f"{shown}: id “{outline.id}”; expected “{path.stem}”, the name of the file")
        for place, rule in outline.rules():
            check_rule(rule, registers, f"{project.relative(path)}: {place}")
        outlines[outline.id] = outline
    return outlines


def outline_for(outlines: dict[str, Outline], unit: Unit, registry: UnitRegistry, wanted: str = "") -> Outline:
    """The outline `wanted`, or the one whose `units` name the office.

    Raises
    ------
    ConfigurationError
        If there is none, or several name it.
    """
    if wanted:
        if wanted not in outlines:
            raise ConfigurationError(one_of("outline", wanted, outlines))
        return outlines[wanted]
    fitting = [
        outline
        for outline in outlines.values()
        if outline.units and unit.code in {found.code for found in registry.select(outline.units)}
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        ids = ", ".join(outline.id for outline in fitting)
        raise ConfigurationError(f"several outlines name {unit.code}: {ids}; choose one with -p outline=ID")
    raise ConfigurationError(
        f"no outline under params/outlines/ names {unit.code}; add it to `units` of one, or choose with -p outline=ID"
    )
