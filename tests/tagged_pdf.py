"""A tagged PDF as its reader and a screen reader meet it: where every piece of text stands, and what it is part of.

Read from the page's own operators: programs that extract text guess at tables, the file's tags say what is a cell.
"""

import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ContentStream

POINTS = 72 / 25.4
_BFCHARS = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_BFCHAR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
#: Elements that stand inside a sentence or a cell; all others part the text.
_INLINE = {"/Span", "/Strong", "/Em", "/Datetime", "/Lbl", "/Reference", "/Link", "/Note"}

Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Piece:
    """Text drawn at once. Millimetres from the left and upper edge of its page to its first base point.

    Attributes
    ----------
    mark
        Number by which the tags name it; None for what is drawn only for the eye: page numbers, repeated headings.
    """

    page: int
    text: str
    x: float
    y: float
    width: float
    font: str
    size: float
    mark: int | None


@dataclass(frozen=True)
class Line:
    """A straight line, in millimetres from the left and upper edge."""

    page: int
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass
class Element:
    """A tag with what stands under it: elements, or text of (page, mark)."""

    kind: str
    attributes: dict[str, Any]
    children: "list[Element | tuple[int, int]]" = field(default_factory=list)


class TaggedPdf:
    """A PDF by its tags and by its places."""

    def __init__(self, content: bytes) -> None:
        self.reader = PdfReader(io.BytesIO(content))
        self.sizes = [
            (float(page.mediabox.width) / POINTS, float(page.mediabox.height) / POINTS) for page in self.reader.pages
        ]
        self.pieces: list[Piece] = []
        self.lines: list[Line] = []
        for number, page in enumerate(self.reader.pages):
            _Page(self, number, page).read()
        self._texts: dict[tuple[int, int], str] = {}
        for piece in self.pieces:
            if piece.mark is not None:
                key = (piece.page, piece.mark)
                self._texts[key] = self._texts.get(key, "") + piece.text
        pages = {
            page.indirect_reference.idnum: number
            for number, page in enumerate(self.reader.pages)
            if page.indirect_reference
        }
        root = self.reader.trailer["/Root"]["/StructTreeRoot"]
        self.root = Element("/Root", {}, list(_children(root, pages, None)))

    def walk(self, kind: str, of: Element | None = None) -> Iterator[Element]:
        """Elements of a kind, in reading order."""
        for child in (of or self.root).children:
            if isinstance(child, Element):
                if child.kind == kind:
                    yield child
                yield from self.walk(kind, child)

    def elements(self) -> Iterator[Element]:
        """All elements, in reading order."""
        yield from self._elements(self.root)

    def _elements(self, element: Element) -> Iterator[Element]:
        for child in element.children:
            if isinstance(child, Element):
                yield child
                yield from self._elements(child)

    def text(self, element: Element) -> str:
        """All text under an element; blocks in it are parted by a space."""
        parts = []
        for child in element.children:
            if isinstance(child, tuple):
                parts.append(self._texts.get(child, ""))
            else:
                parts.append(self.text(child) if child.kind in _INLINE else f" {self.text(child)} ")
        return "".join(parts)

    def tables(self) -> list[tuple[list[list[str]], list[list[str]]]]:
        """Headings and body of every table, as rows of cells."""
        return [
            tuple(  # type: ignore[misc]
                [
                    [squeeze(self.text(cell)) for cell in row.children if isinstance(cell, Element)]
                    for part in self.walk(kind, table)
                    for row in self.walk("/TR", part)
                ]
                for kind in ("/THead", "/TBody")
            )
            for table in self.walk("/Table")
        ]

    def blocks(self) -> list[str]:
        """Text of every paragraph and heading outside tables, in order."""
        return list(self._blocks(self.root))

    def _blocks(self, element: Element) -> Iterator[str]:
        for child in element.children:
            if isinstance(child, Element) and child.kind != "/Table":
                if re.fullmatch(r"/(P|H\d*|Title|Caption)", child.kind):
                    yield squeeze(self.text(child))
                else:
                    yield from self._blocks(child)


def squeeze(text: str) -> str:
    """Text with single spaces and without the places where a long word may break."""
    return " ".join(text.replace("\u200b", "").split())


def _children(element: Any, pages: dict[int, int], page: int | None) -> Iterator[Element | tuple[int, int]]:
    kids = element.get("/K", [])
    if "/Pg" in element:
        page = pages[element.raw_get("/Pg").idnum]
    for kid in kids if isinstance(kids, list) else [kids]:
        kid = kid.get_object()
        if isinstance(kid, int):
            assert page is not None
            yield page, int(kid)
        elif kid.get("/Type") == "/MCR":
            yield (pages[kid.raw_get("/Pg").idnum] if "/Pg" in kid else page or 0), int(kid["/MCID"])
        elif "/S" in kid:
            yield Element(str(kid["/S"]), _attributes(kid), list(_children(kid, pages, page)))


def _attributes(element: Any) -> dict[str, Any]:
    found: dict[str, Any] = {key: element[key] for key in ("/Alt", "/T") if key in element}
    entries = element.get("/A", [])
    for entry in entries if isinstance(entries, list) else [entries]:
        found.update(entry.get_object())
    return found


class _Page:
    """Follows the operators of one page."""

    def __init__(self, pdf: TaggedPdf, number: int, page: Any) -> None:
        self._pdf, self._number = pdf, number
        self._height = float(page.mediabox.height)
        contents = page["/Contents"].get_object()
        self._operations = ContentStream(contents, pdf.reader).operations
        self._fonts = {name: _Font(value.get_object()) for name, value in page["/Resources"].get("/Font", {}).items()}

    def read(self) -> None:
        matrix: Matrix = (1, 0, 0, 1, 0, 0)
        stack: list[Matrix] = []
        marks: list[int | None] = []
        font, size, text_matrix = next(iter(self._fonts.values()), None), 0.0, matrix
        start = (0.0, 0.0)
        for operands, operator in self._operations:
            match operator:
                case b"q":
                    stack.append(matrix)
                case b"Q":
                    matrix = stack.pop()
                case b"cm":
                    matrix = _times(tuple(map(float, operands)), matrix)  # type: ignore[arg-type]
                case b"BDC":
                    properties = operands[1] if isinstance(operands[1], dict) else {}
                    inherited = marks[-1] if marks else None
                    marks.append(properties.get("/MCID", inherited if operands[0] != "/Artifact" else None))
                case b"BMC":
                    marks.append(None)
                case b"EMC":
                    marks.pop()
                case b"Tf":
                    font, size = self._fonts[operands[0]], float(operands[1])
                case b"Tm":
                    text_matrix = tuple(map(float, operands))  # type: ignore[assignment]
                case b"Tj" | b"TJ":
                    assert font is not None
                    parts = operands[0] if operator == b"TJ" else [operands[0]]
                    text, width = font.read(parts)
                    whole = _times(text_matrix, matrix)
                    scale = math.hypot(*whole[:2])
                    x, y = _point(whole, 0, 0)
                    piece = Piece(
                        self._number,
                        text,
                        x / POINTS,
                        (self._height - y) / POINTS,
                        width * size * scale / POINTS,
                        font.name,
                        size * scale,
                        marks[-1] if marks else None,
                    )
                    self._pdf.pieces.append(piece)
                case b"m":
                    start = _point(matrix, *map(float, operands))
                case b"l":
                    end = _point(matrix, *map(float, operands))
                    self._pdf.lines.append(
                        Line(
                            self._number,
                            start[0] / POINTS,
                            (self._height - start[1]) / POINTS,
                            end[0] / POINTS,
                            (self._height - end[1]) / POINTS,
                        )
                    )


class _Font:
    def __init__(self, font: Any) -> None:
        self.name = str(font["/BaseFont"]).partition("+")[2]
        mapping = font["/ToUnicode"].get_object().get_data()
        self._letters = {
            int(code, 16): bytes.fromhex(letters.decode()).decode("utf-16-be")
            for part in _BFCHARS.findall(mapping)
            for code, letters in _BFCHAR.findall(part)
        }
        descendant = font["/DescendantFonts"][0].get_object()
        self._default = float(descendant.get("/DW", 1000))
        self._widths = dict(_widths(list(descendant["/W"])))

    def read(self, parts: Any) -> tuple[str, float]:
        """Text, and its width in letters of one point without the spaces at its end."""
        text, width, end = [], 0.0, 0.0
        for part in parts:
            if isinstance(part, int | float):
                width -= float(part)
                continue
            raw = part.original_bytes
            for code in (int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)):
                text.append(self._letters.get(code, ""))
                width += self._widths.get(code, self._default)
                if text[-1].strip():
                    end = width
        return "".join(text), end / 1000


def _widths(entries: list[Any]) -> Iterator[tuple[int, float]]:
    """Width by code, of `first [width …]` and of `first last width`."""
    while entries:
        first, following, *entries = entries
        if isinstance(following, list):
            yield from ((int(first) + step, float(width)) for step, width in enumerate(following))
        else:
            width, *entries = entries
            yield from ((code, float(width)) for code in range(int(first), int(following) + 1))


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _point(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
