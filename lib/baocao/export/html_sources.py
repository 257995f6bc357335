"""Where the figures of an HTML page come from: the annex “Nguồn số liệu”, with links from every figure and back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from markupsafe import Markup

from baocao.document.blocks import AnyBlock, Table
from baocao.document.markup import Marks
from baocao.forms.disclosure import UNPUBLISHED
from baocao.intake import dossiers, one_stop
from baocao.locale import format_count, format_date, format_number

NO_DATA = "chưa có số liệu"
#: What a reader calls a piece of the main part; a piece of an annex goes by the annex's own label.
PIECES = {"key-figures": "Số liệu chính", "table": "Bảng", "figure": "Biểu đồ"}
PROSE = "Lời văn"
#: How sources begin that are no table: a parameter's file, and a figure that is not shown.
_NO_TABLE = ("params/", UNPUBLISHED)
#: What readers call the tables of the one-stop desk; a register says its name.
TABLE_NAMES = {one_stop.TABLE: "Bảng tổng hợp tình hình giải quyết hồ sơ", dossiers.TABLE: "Danh sách hồ sơ"}
#: Other ways to the same subject (`Subject.part`) that its name must tell apart.
WAYS = {"by-procedure": "cộng theo thủ tục", "below": "các đơn vị trực thuộc"}


@dataclass(frozen=True)
class Place:
    """Where a figure is printed: counted over the page, the piece of the document, and the row of a table."""

    number: int
    piece: str
    row: str

    @property
    def anchor(self) -> str:
        return f"p_{self.number}"


@dataclass(frozen=True)
class Source:
    """A line of the annex: one figure of one subject.

    Attributes
    ----------
    source
        "" where the group says it for all of its figures.
    rows
        Where the page prints the same figure of single offices, row by row: link texts and anchors.
    places
        Where it prints the figure itself, in the same way.
    """

    anchor: str
    subject: str
    value: str
    share: str
    source: str
    rows: Sequence[tuple[str, str]]
    places: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Group:
    """What several figures have in common: indicator, definition, unit of measure, dates, rounding, tables, source."""

    name: str
    definition: str
    facts: Sequence[str]
    sources: Sequence[Source]


class PageMarks(Marks):
    """Figures that are known to `sources` get an anchor and are remembered; footnotes are linked there and back.

    Parameters
    ----------
    sources
        The content of `indicators.json`.
    tables
        The tables read, each with its `version`; one of a register also with the `register` its sources begin with,
        and its `name`.
    """

    def __init__(self, sources: Mapping[str, Any], tables: Mapping[str, Any]) -> None:
        super().__init__()
        self._sources = sources
        self._tables = tables
        self._places: dict[str, list[Place]] = {}
        self._printed = 0
        self._listed = 0
        self._piece = PROSE
        self._annex = ""
        self._regions: dict[str, int] = {}

    def start(self, block: AnyBlock, annex: str) -> None:
        """Say which block comes next, and in which annex ("" in the main part)."""
        self._annex = annex
        self._piece = annex or PIECES.get(block.kind, PROSE)

    def figure(self, figure: str, row: str = "") -> Markup:
        if figure not in self._sources:
            return Markup("")
        self._printed += 1
        place = Place(self._printed, self._piece, row)
        self._places.setdefault(figure, []).append(place)
        return Markup(f' id="{place.anchor}"')  # noqa: S704 -- a name of our own

    def note(self, text: str) -> Markup:
        self.notes.append(text)
        number = str(len(self.notes))
        return Markup(
            '<sup><a id="fnref_{0}" href="#fn_{0}" role="doc-noteref" aria-label="Chú thích {0}">{0}</a></sup>'
        ).format(number)

    def listed(self) -> Markup:
        new = self.notes[self._listed :]
        items = Markup("").join(
            Markup(
                '<li id="fn_{0}">{1} <a href="#fnref_{0}" role="doc-backlink" aria-label="Về chỗ có chú thích {0}">'
                "↑</a></li>"
            ).format(str(number), text)
            for number, text in enumerate(new, start=self._listed + 1)
        )
        start, self._listed = self._listed + 1, len(self.notes)
        if not new:
            return items
        return Markup(
            '<section class="footnotes" role="doc-endnotes" aria-label="Chú thích"><ol start="{}">{}</ol></section>'
        ).format(str(start), items)

    def region(self, table: Table) -> str:
        name = self._annex or PIECES["table"]
        number = self._regions[name] = self._regions.get(name, 0) + 1
        return name if number == 1 else f"{name} ({number})"

    def groups(self) -> list[Group]:
        """The annex: groups and figures in the order in which the page prints them, those it does not print last."""
        members: dict[tuple[Any, ...], list[str]] = {}
        for name in (*self._places, *sorted(self._sources.keys() - self._places.keys())):
            record = self._sources[name]
            common = ("indicator", "definition", "unit_of_measure", "rounding", "from", "to")
            key = (*(record[key] for key in common), self._versions(record["source"]))
            members.setdefault(key, []).append(name)
        numbers = iter(range(1, len(self._sources) + 1))
        return [
            self._group([self._source(name, next(numbers)) for name in names], self._sources[names[0]], versions)
            for (*_, versions), names in members.items()
        ]

    @staticmethod
    def _group(sources: Sequence[Source], first: Mapping[str, Any], versions: str) -> Group:
        """Figures with what the `first` of them says of all; a source they share is said once, as it may be long."""
        facts = list(_facts(first))
        if len(sources) > 1 and len({source.source for source in sources}) == 1:
            facts.append(f"Nguồn: {sources[0].source}")
            sources = [replace(source, source="") for source in sources]
        if versions:
            facts.append(f"Dữ liệu: {versions}")
        return Group(_name(first), first["definition"], facts, sources)

    def _versions(self, source: str) -> str:
        """The tables a figure comes from: registers that its source names, else those of the one-stop desk."""
        parts = [part.partition(":")[0] for part in source.split(", ")]
        registers = {table["register"] for table in self._tables.values() if "register" in table}
        other = any(part not in registers and not part.startswith(_NO_TABLE) for part in parts)
        return ", ".join(
            version_text(name, table)
            for name, table in sorted(self._tables.items())
            if (table["register"] in parts if "register" in table else other)
        )

    def _source(self, name: str, number: int) -> Source:
        record, places = self._sources[name], self._places.get(name, [])
        share = ""
        if record["denominator"] is not None:
            share = f"{_number(record['numerator'])} / {_number(record['denominator'])}"
        return Source(
            anchor=f"s_{number}",
            subject=_subject(name, record, places),
            value=_value(record),
            share=share,
            source=record["source"],
            rows=list(self._rows(record)),
            places=list(_links(places)),
        )

    def _rows(self, record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Of a figure of the whole area: the pieces that have rows with the same figure of its offices."""
        if not record["area"] or record["field"] or record["procedure"]:
            return
        pieces: dict[str, str] = {}
        for place in self._of_offices.get(record["indicator"], ()):
            pieces.setdefault(place.piece, place.anchor)
        yield from pieces.items()

    @cached_property
    def _of_offices(self) -> Mapping[str, Sequence[Place]]:
        """Rows that print figures of single offices, by indicator, in their order on the page."""
        found: dict[str, list[Place]] = {}
        for name, places in self._places.items():
            record = self._sources[name]
            if not (record["area"] or record["field"] or record["procedure"]):
                found.setdefault(record["indicator"], []).extend(place for place in places if place.row)
        return {indicator: sorted(rows, key=lambda place: place.number) for indicator, rows in found.items()}


def version_text(table: str, read: Mapping[str, Any]) -> str:
    """“Danh sách hồ sơ phiên bản 3”: a table by the name it has for its readers."""
    return f"{read.get('name', TABLE_NAMES.get(table, table))} phiên bản {read['version']}"


def _name(record: Mapping[str, Any]) -> str:
    """What readers call the indicator; notebooks of earlier versions do not say it."""
    return str(record.get("name") or record["definition"] or record["indicator"])


def _facts(record: Mapping[str, Any]) -> Iterator[str]:
    if record["unit_of_measure"]:
        yield f"Đơn vị tính: {record['unit_of_measure']}"
    first, last = (format_date(date.fromisoformat(record[end])) for end in ("from", "to"))
    yield f"Kỳ số liệu: {first} – {last}"
    if record["rounding"]:
        yield f"Làm tròn nửa lên, {record['rounding'].removeprefix('half-up, ')} chữ số thập phân"
    yield f"Mã chỉ số: {record['indicator']}"


def _subject(name: str, record: Mapping[str, Any], places: Sequence[Place]) -> str:
    """Whose figure it is: a procedure, a field, an office by the name its row has in a table, or the whole area."""
    within = [record[key] for key in ("unit", "field", "procedure") if record[key]]
    whole = record["area"] and not (record["field"] or record["procedure"])
    suffix = record["indicator"] + ("" if whole else "@" + "/".join(within))
    way = WAYS.get(name.removeprefix(suffix).removeprefix(":"), "")
    if record["field"] or record["procedure"]:
        subject = record["procedure"] or record["field"]
    elif record["area"]:
        subject = "Toàn địa bàn"
    else:
        subject = next((place.row for place in places if place.row), record.get("unit_name", record["unit"]))
    return f"{subject}, {way}" if way else subject


def _value(record: Mapping[str, Any]) -> str:
    if record["value"] is None:
        return UNPUBLISHED if record["source"].startswith(UNPUBLISHED) else NO_DATA
    # “0%” is printed nowhere in a document, whose text says what there is none of.
    return _number(record["value"]) + ("%" if record["unit_of_measure"] == "%" and record["value"] else "")


def _number(value: float | None) -> str:
    if value is None:
        return NO_DATA
    return format_count(value) if isinstance(value, int) else format_number(Decimal(str(value)), keep_zeros=False)


def _links(places: Sequence[Place]) -> Iterator[tuple[str, str]]:
    """Link texts, numbered where a piece prints the figure more than once."""
    seen: dict[str, int] = {}
    for place in places:
        seen[place.piece] = seen.get(place.piece, 0) + 1
        text = place.piece if seen[place.piece] == 1 else f"{place.piece} ({seen[place.piece]})"
        yield text, place.anchor
