"""Where the figures of an HTML page come from: the annex “Nguồn số liệu”, with links from every figure and back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from baocao.document.blocks import AnyBlock, Table
from baocao.document.markup import Marks
from baocao.locale import format_count, format_date, format_number

NO_DATA = "chưa có số liệu"
#: What a reader calls a piece of the main part; a piece of an annex goes by the annex's own label.
PIECES = {"key-figures": "Số liệu chính", "table": "Bảng", "figure": "Biểu đồ"}
PROSE = "Lời văn"
#: Other ways to the same subject (`Subject.part`) that its name must tell apart.
WAYS = {"by-procedure": "cộng theo thủ tục", "below": "các đơn vị trực thuộc"}


@dataclass(frozen=True)
class Place:
    """Where a figure is printed: the anchor to go to, the piece of the document, and the row of a table."""

    anchor: str
    piece: str
    row: str


@dataclass(frozen=True)
class Source:
    """A line of the annex: one figure of one subject. `places` are link texts and anchors."""

    anchor: str
    subject: str
    value: str
    share: str
    source: str
    places: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Group:
    """What several figures have in common: definition, unit of measure, dates, rounding."""

    definition: str
    facts: Sequence[str]
    sources: Sequence[Source]


class PageMarks(Marks):
    """Figures that are known to `sources` get an anchor and are remembered; footnotes are linked there and back.

    Parameters
    ----------
    sources
        The content of `indicators.json`.
    """

    def __init__(self, sources: Mapping[str, Any]) -> None:
        super().__init__()
        self._sources = sources
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
        place = Place(f"p_{self._printed}", self._piece, row)
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
            members.setdefault(tuple(record[key] for key in common), []).append(name)
        numbers = iter(range(1, len(self._sources) + 1))
        return [
            Group(
                definition=self._sources[names[0]]["definition"] or self._sources[names[0]]["indicator"],
                facts=list(_facts(self._sources[names[0]])),
                sources=[self._source(name, next(numbers)) for name in names],
            )
            for names in members.values()
        ]

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
            places=list(_links(places)),
        )


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
        subject = next((place.row for place in places if place.row), record["unit"])
    return f"{subject}, {way}" if way else subject


def _value(record: Mapping[str, Any]) -> str:
    if record["value"] is None:
        return NO_DATA
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
