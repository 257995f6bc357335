"""A report along its outline: numbered headings, computed sentences, lists of registers, own texts, forms."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from baocao.document.blocks import Block, Heading, Paragraph, Run
from baocao.document.citations import DOCUMENTS, cite, cite_briefly
from baocao.document.narrative import names_in
from baocao.document.outlines import Note, Outline, RegisterList, Section
from baocao.document.own_text import missing_paragraph, own_paragraphs
from baocao.errors import ConfigurationError, one_of
from baocao.indicators.measure import Measure
from baocao.indicators.office import OfficeFigures, RegisterRow
from baocao.locale import format_number, prose_count, prose_date
from baocao.texts import OwnText

#: Renders a narrative template: its place, the template, the names it may use.
Render = Callable[[str, str, Mapping[str, Any]], Sequence[Block]]
NOT_SENT = "Chưa gửi số liệu của {register}."
#: A part of an item that is left out where one of its columns is blank, and a column in it.
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_COLUMN = re.compile(r"\{(\w+)\}")


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
        match section.when:
            case None:
                return True
            case str(indicator):
                return bool(self._office[indicator])
            case rows:
                return bool(self._office.rows(rows))

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
        notes = {name: self._cited(note) for name, note in section.notes.items()}
        yield from self.narrate(section.id, section.text, notes)
        if section.list is not None:
            yield from self._list(section.list)
        if section.own != "none":
            yield from self._own(section)
        if section.table is not None:
            yield self._table(section.table)

    def _cited(self, note: Note) -> list[str]:
        rows = self._office.rows(note)
        return cite_briefly(rows) if note.brief else [cite(row) for row in rows]

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
        if wanted.dataset not in self._office.registers:
            name = self._office.register_names.get(wanted.dataset, wanted.dataset)
            yield Paragraph(runs=[Run(text=NOT_SENT.format(register=f"{name[:1].lower()}{name[1:]}"))])
        elif not rows and wanted.none:
            yield Paragraph(runs=[Run(text=wanted.none)])
        for number, row in enumerate(rows, start=1):
            end = "." if number == len(rows) else ";"
            source = self._source_of(wanted, row)
            item = _item(wanted, row)
            runs = [Run(text=f"{item}{end}")] if source is None else [Run(text=item, footnote=source), Run(text=end)]
            yield Paragraph(marker="-", runs=runs)

    def _source_of(self, wanted: RegisterList, row: RegisterRow) -> str | None:
        """The document a row names, cited as the register of documents has it."""
        if wanted.cites is None:
            return None
        number = _cell(wanted, row, wanted.cites)
        if number is None:
            return None
        unknown: RegisterRow = {"type": None, "number": number}
        known = self._office.registers.get(DOCUMENTS, ())
        return f"{cite(next((found for found in known if found['number'] == number), unknown))}."

    def narrate(self, place: str, template: str, notes: Mapping[str, Sequence[str]] | None = None) -> Sequence[Block]:
        """The blocks of a template with the indicators it names; none of an empty one.

        Parameters
        ----------
        notes
            Citations for footnotes, by the name the template gives them.
        """
        if not template.strip():
            return ()
        return self._render(place, template, {"notes": notes or {}, **self._names(template)})

    def _names(self, template: str) -> dict[str, Any]:
        """The indicators a template names, and the other periods."""
        known = self._office.catalogue.indicators
        return {**self._others, **{name: self._office[name] for name in sorted(names_in(template)) if name in known}}


def _item(wanted: RegisterList, row: RegisterRow) -> str:
    """A row as one line: documents as they are cited, other rows as `item` says."""
    if not wanted.item:
        return cite(row).rstrip(".;")

    def shown(text: str) -> str:
        return _COLUMN.sub(lambda column: _text(_cell(wanted, row, column[1])), text)

    def optional(part: re.Match[str]) -> str:
        blank = any(_cell(wanted, row, name) is None for name in _COLUMN.findall(part[1]))
        return "" if blank else part[1]

    return shown(_OPTIONAL.sub(optional, wanted.item)).rstrip(".;")


def _cell(wanted: RegisterList, row: RegisterRow, column: str) -> Any:
    if column not in row:
        raise ConfigurationError(f"outline: list of {wanted.dataset}: {one_of('column', column, map(str, row))}")
    return row[column]


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case date():
            return prose_date(value)
        case int():
            return prose_count(value)
        case Decimal():
            return format_number(value, keep_zeros=False)
    return str(value)
