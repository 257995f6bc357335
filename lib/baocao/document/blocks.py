"""Blocks of a document: plain values with a schema, from which every format is made.

A block never holds markup. Text is text; each format escapes it in its own way. A figure inside text is a run that
names the figure, so that the page can lead back to the rows.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, field_validator

from baocao.project import StrictModel
from baocao.reports import DocumentKind

BLOCK_MIME = "application/vnd.baocao.block+json"
RECORD_MIME = "application/vnd.baocao.record+json"


#: By what authority somebody signs (NĐ 30/2020/NĐ-CP): on behalf of the collective, for the head, by order, empowered.
FOR_OTHERS = ("TM.", "KT.", "TL.", "TUQ.")
#: With who holds the head's office for the time being, which is an office of its own.
AUTHORITIES = (*FOR_OTHERS, "Q.")
Align = Literal["number", "text", "figure", "label", "code", "note"]


class Run(StrictModel):
    """A piece of text of one look.

    Attributes
    ----------
    figure, value
        Id of the figure it prints and its machine-readable value.
    footnote
        Text of a footnote whose mark follows the piece.
    """

    text: str
    bold: bool = False
    italic: bool = False
    figure: str | None = None
    value: str | None = None
    footnote: str | None = None


class Block(StrictModel):
    """Base of all blocks; in a notebook a block shows itself as it will look and carries its JSON for the exporters."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from baocao.document.markup import in_notebook

        return {
            BLOCK_MIME: self.model_dump(mode="json"),
            "text/html": str(in_notebook(self)),  # type: ignore[arg-type]
            "text/plain": f"<{type(self).__name__}>",
        }


class Letterhead(Block):
    """Head of an official document (NĐ 30/2020/NĐ-CP): agency, Quốc hiệu and Tiêu ngữ, number, place and date.

    A dispatch (công văn) has no type name; its `subject` stands under the number. Other kinds have a `Title` below.
    """

    kind: Literal["letterhead"] = "letterhead"
    document_kind: DocumentKind
    parent: list[str] = []
    office: list[str]
    number: str
    place_date: str
    subject: str = ""
    title: str = Field(description="title of the file, for bookmarks and windows")
    dated: date = Field(description="date of issue, or the last day of the period while it is not issued")
    draft: bool = False


class Title(Block):
    """Type name and abstract of a document that is no dispatch: “BÁO CÁO / Kết quả thực hiện …”."""

    kind: Literal["title"] = "title"
    type_name: str
    abstract: list[Run]
    note: str = ""


class Recipients(Block):
    """“Kính gửi:” and to whom."""

    kind: Literal["recipients"] = "recipients"
    names: list[str]


class Heading(Block):
    """A heading; `level` 1 is the highest below the document's title. With an `anchor` it stands in the contents."""

    kind: Literal["heading"] = "heading"
    level: int
    anchor: str = ""
    runs: list[Run]


class Paragraph(Block):
    """A paragraph, or an item of a list when it has a `marker` (“1.”, “-”, “+”)."""

    kind: Literal["paragraph"] = "paragraph"
    runs: list[Run]
    marker: str = ""


class HeaderCell(StrictModel):
    text: str
    columns: int = Field(default=1, ge=1)
    rows: int = Field(default=1, ge=1)


class Formula(StrictModel):
    """How a cell follows from others of its table, each given as (row, column) of the body, counted from 0.

    The sum of `cells`, where a mark “X” counts one and a blank nothing; with `of`, their share of the sum of those in
    per cent, rounded half-up to `decimals`.
    """

    cells: list[tuple[int, int]]
    of: list[tuple[int, int]] = []
    decimals: int = 0


class TableCell(StrictModel):
    text: str
    columns: int = 1
    figure: str | None = None
    value: str | None = None
    formula: Formula | None = None


class TableRow(StrictModel):
    kind: Literal["detail", "heading", "total"] = "detail"
    cells: list[TableCell]


class Table(Block):
    """A table with grouped headings; a column holds numbers, figures, short labels, codes (ids), text or notes.

    `unit` is the unit of measure of all its figures, printed above it on the right.
    """

    kind: Literal["table"] = "table"
    id: str
    caption: str = ""
    unit: str = ""
    header: list[list[HeaderCell]]
    rows: list[TableRow]
    align: list[Align]
    note: str = ""

    @property
    def width(self) -> int:
        return len(self.align)


class Figure(Block):
    """A chart: drawing, caption, what it shows in words, and the figures behind it."""

    kind: Literal["figure"] = "figure"
    id: str
    caption: str
    alt: str = Field(min_length=1)
    svg: str
    data: Table


class KeyFigure(StrictModel):
    """A figure a reader wants first: what it is called, the figure with its unit, and what to hold against it."""

    label: str
    value: Run
    remark: str = ""


class KeyFigures(Block):
    """The few figures on top of the HTML page. The legal document has no such part, so other formats leave it out."""

    kind: Literal["key-figures"] = "key-figures"
    figures: list[KeyFigure]


class Closing(Block):
    """Foot of the document: who receives it (left) and the signature form (right); never a person's name.

    Every line of the signature but the last says by what authority: “TM. ỦY BAN NHÂN DÂN”, “KT. CHỦ TỊCH”; the last is
    the office of who signs, “CHỦ TỊCH”, “Q. CHỦ TỊCH”, “PHÓ CHỦ TỊCH”.
    """

    kind: Literal["closing"] = "closing"
    signature: list[str]
    receivers: list[str]

    @field_validator("signature")
    @classmethod
    def _authority_is_said(cls, lines: list[str]) -> list[str]:
        for line in lines[:-1]:
            if not line.startswith(AUTHORITIES):
                raise ValueError(f"“{line}”: a line above the signer's office starts with {', '.join(AUTHORITIES)}")
        if lines and lines[-1].startswith(FOR_OTHERS):
            raise ValueError(f"“{lines[-1]}”: below this line stands the office of who signs")
        return lines


class Annex(Block):
    """Start of an annex, on a page of its own; everything up to the next annex belongs to it."""

    kind: Literal["annex"] = "annex"
    label: str
    title: str
    notes: list[str] = []
    landscape: bool = True


AnyBlock = Annotated[
    Letterhead | Title | Recipients | KeyFigures | Heading | Paragraph | Table | Figure | Closing | Annex,
    Field(discriminator="kind"),
]
_BLOCK: TypeAdapter[AnyBlock] = TypeAdapter(AnyBlock)


def parse_block(payload: Any) -> AnyBlock:
    """A block from its JSON."""
    return _BLOCK.validate_python(payload)


class Document(StrictModel):
    """A whole document: its blocks in order. The first block is the letterhead."""

    blocks: list[AnyBlock]

    @property
    def letterhead(self) -> Letterhead:
        first = self.blocks[0]
        if not isinstance(first, Letterhead):
            raise ValueError(f"a document starts with its letterhead, this one with {first.kind}")
        return first

    def sections(self) -> list[tuple[Annex | None, list[AnyBlock]]]:
        """The main part (under None) and each annex, with their blocks."""
        parts: list[tuple[Annex | None, list[AnyBlock]]] = [(None, [])]
        for block in self.blocks:
            if isinstance(block, Annex):
                parts.append((block, []))
            else:
                parts[-1][1].append(block)
        return parts
