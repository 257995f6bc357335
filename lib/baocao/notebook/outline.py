"""A report along its outline: numbered headings, computed sentences, lists of registers, own texts, forms."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from baocao.document.blocks import Block, Heading, Paragraph, Run
from baocao.document.citations import cite
from baocao.document.narrative import names_in
from baocao.document.outlines import Outline, RegisterList, Section
from baocao.document.own_text import missing_paragraph, own_paragraphs
from baocao.errors import ConfigurationError
from baocao.indicators.measure import Measure
from baocao.indicators.office import OfficeFigures
from baocao.texts import OwnText

#: Renders a narrative template: its place, the template, the names it may use.
Render = Callable[[str, str, Mapping[str, Any]], Sequence[Block]]


class OutlineWriter:
    """The blocks of an outline, section by section.

    Parameters
    ----------
    render
        Makes blocks of a narrative template.
    note
        Called with every figure an own text prints, and where.
    table
        Makes the block of a form.
    texts
        The analyst's own texts by section.
    folder
        Where a missing text is to be written, as shown to the analyst.
    others
        Figures of other periods, by the name a template gives them: `previous`, `last_year`.
    """

    def __init__(
        self,
        outline: Outline,
        office: OfficeFigures,
        *,
        render: Render,
        note: Callable[[Measure, str], None],
        table: Callable[[str], Block],
        texts: Mapping[str, OwnText],
        folder: str,
        others: Mapping[str, Any],
    ) -> None:
        self._outline = outline
        self._office = office
        self._render = render
        self._note = note
        self._table = table
        self._texts = texts
        self._folder = folder
        self._others = others

    def blocks(self) -> Iterator[Block]:
        """Everything between the title and the closing."""
        yield from self.narrate("opening", self._outline.opening)
        yield from self._sections(self._outline.sections, 0, "")
        yield from self.narrate("closing", self._outline.closing)

    def missing(self) -> list[str]:
        """Sections that are printed and whose required text nobody has written."""
        return [
            section.id
            for section in self._printed(self._outline.sections)
            if section.own == "required" and section.id not in self._texts
        ]

    def unconfirmed(self) -> list[tuple[str, str]]:
        """File and paragraph of every text carried over that nobody has confirmed."""
        return [(text.file, part) for text in self._texts.values() for part in text.unconfirmed]

    def _printed(self, sections: Sequence[Section]) -> Iterator[Section]:
        for section in sections:
            if self._applies(section):
                yield section
                yield from self._printed(section.sections)

    def _applies(self, section: Section) -> bool:
        return section.when is None or bool(self._office[section.when])

    def _sections(self, sections: Sequence[Section], level: int, above: str) -> Iterator[Block]:
        place = 0
        for section in sections:
            if not self._applies(section):
                continue
            label = above
            if section.heading:
                place += 1
                label = self._outline.label(level, place, above)
                yield self._heading(section, level, label)
            yield from self._content(section)
            yield from self._sections(section.sections, level + 1, label)

    def _heading(self, section: Section, level: int, label: str) -> Block:
        written, *more = self.narrate(section.id, section.heading)
        if more or not isinstance(written, Paragraph):
            raise ConfigurationError(
                f"outline {self._outline.id}, section {section.id}: expected a heading of one line"
            )
        number = [Run(text=f"{label} ")] if label else []
        return Heading(level=level + 1, anchor=f"muc-{section.id}", runs=[*number, *written.runs])

    def _content(self, section: Section) -> Iterator[Block]:
        yield from self.narrate(section.id, section.text)
        if section.list is not None:
            yield from self._list(section.list)
        if section.own != "none":
            yield from self._own(section)
        if section.table is not None:
            yield self._table(section.table)

    def _own(self, section: Section) -> Iterator[Block]:
        text = self._texts.get(section.id)
        if text is not None:
            yield from own_paragraphs(
                text, self._office.__getitem__, lambda measure: self._note(measure, f"text:{section.id}")
            )
        elif section.own == "required":
            yield missing_paragraph(f"{self._folder}/{section.id}.md")

    def _list(self, wanted: RegisterList) -> Iterator[Block]:
        rows = self._office.rows(wanted)
        if not rows and wanted.none:
            yield Paragraph(runs=[Run(text=wanted.none)])
        for number, row in enumerate(rows, start=1):
            end = "." if number == len(rows) else ";"
            yield Paragraph(marker="-", runs=[Run(text=f"{_item(wanted, row)}{end}")])

    def narrate(self, place: str, template: str) -> Sequence[Block]:
        """The blocks of a template with the indicators it names; none of an empty one."""
        return self._render(place, template, self._names(template)) if template.strip() else ()

    def _names(self, template: str) -> dict[str, Any]:
        """The indicators a template names, and the other periods."""
        known = self._office.catalogue.indicators
        return {**self._others, **{name: self._office[name] for name in sorted(names_in(template)) if name in known}}


def _item(wanted: RegisterList, row: Mapping[str, Any]) -> str:
    """A row as one line: documents as they are cited, other rows as `item` says."""
    if not wanted.item:
        return cite(row).rstrip(".;")
    try:
        return wanted.item.format_map({name: "" if value is None else str(value) for name, value in row.items()})
    except KeyError as error:
        raise ConfigurationError(f"outline: list of {wanted.dataset}: no column {error}") from None
