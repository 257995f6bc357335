"""Pieces of WordprocessingML (ECMA-376, part 1) of which a Word document is put together; text in them is escaped."""

import re
from collections.abc import Iterable

from markupsafe import Markup

_NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
}
_DECLARED = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in _NAMESPACES.items())
#: Characters that XML 1.0 has no way to write.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("[\t\r\n]+")

NOTHING = Markup("")
#: Between two tables, which would grow together, and after one, which the text below would touch.
SPACER = Markup('<w:p><w:pPr><w:pStyle w:val="TableEnd"/></w:pPr></w:p>')
# Every cell needs these two; “%” escapes like `format`, in a third of its time.
_RUN = Markup('<w:r>%s<w:t xml:space="preserve">%s</w:t></w:r>')
_PARAGRAPH = Markup('<w:p><w:pPr><w:pStyle w:val="%s"/>%s%s</w:pPr>%s</w:p>')


def xml_part(root: str, content: Markup) -> bytes:
    """A whole part of the package, its root element named without prefix."""
    xml = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:{root} {_DECLARED}>{content}</w:{root}>'
    return legal(xml).encode()


def legal(xml: str) -> str:
    """The text without what XML forbids; a line break in data is the space that HTML makes of it."""
    return _FORBIDDEN.sub("", _BREAKS.sub(" ", xml))


def join(parts: Iterable[Markup]) -> Markup:
    return NOTHING.join(parts)


def twips(millimetres: float) -> int:
    """Twentieths of a point, Word's measure of lengths."""
    return round(millimetres * 1440 / 25.4)


def emu(millimetres: float) -> int:
    """English metric units, DrawingML's measure of lengths."""
    return round(millimetres * 36000)


def run(text: str, *, bold: bool = False, italic: bool = False, extra: Markup = NOTHING) -> Markup:
    """Text of one look; `extra` are further properties, which the schema has after bold and italic."""
    look = (Markup("<w:b/><w:bCs/>") if bold else NOTHING) + (Markup("<w:i/><w:iCs/>") if italic else NOTHING) + extra
    properties = Markup("<w:rPr>{}</w:rPr>").format(look) if look else NOTHING
    return _RUN % (properties, text)


def footnote_mark(mark: Markup) -> Markup:
    """The raised number of a footnote, in the text or in front of the note."""
    return Markup('<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>{}</w:r>').format(mark)


def paragraph(style: str, content: Markup, *, keep_next: bool = False, extra: Markup = NOTHING) -> Markup:
    """A paragraph; `extra` are further properties, which the schema has after “keep with next”."""
    keep = Markup("<w:keepNext/>") if keep_next else NOTHING
    return _PARAGRAPH % (style, keep, extra, content)


def texts(style: str, lines: Iterable[str]) -> Markup:
    """A paragraph for each line."""
    return join(paragraph(style, run(line)) for line in lines)


def rule(length: float, available: float) -> Markup:
    """A centred line of that length, both in millimetres: the upper border of an empty paragraph."""
    side = twips(max(available - length, 0) / 2)
    return paragraph("Rule", NOTHING, extra=Markup('<w:ind w:left="{0}" w:right="{0}" w:firstLine="0"/>').format(side))


def field(code: str, result: Markup) -> Markup:
    """A field with the result that is shown until somebody updates it."""
    begin, end = field_ends(code)
    return begin + result + end


def field_ends(code: str) -> tuple[Markup, Markup]:
    """What stands before and behind the result of a field."""
    mark = Markup('<w:r><w:fldChar w:fldCharType="{}"/></w:r>')
    text = Markup('<w:r><w:instrText xml:space="preserve"> {} </w:instrText></w:r>').format(code)
    return mark.format("begin") + text + mark.format("separate"), mark.format("end")


def side_by_side(columns: list[tuple[float, Markup]]) -> Markup:
    """Columns of (width in millimetres, paragraphs) in a table that shows no lines and stays on one page."""
    grid = join(Markup('<w:gridCol w:w="{}"/>').format(twips(width)) for width, _ in columns)
    cells = join(
        Markup('<w:tc><w:tcPr><w:tcW w:w="{}" w:type="dxa"/></w:tcPr>{}</w:tc>').format(twips(width), content)
        for width, content in columns
    )
    return Markup(
        '<w:tbl><w:tblPr><w:tblStyle w:val="TableNormal"/><w:tblW w:w="{}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        "</w:tblPr><w:tblGrid>{}</w:tblGrid><w:tr><w:trPr><w:cantSplit/></w:trPr>{}</w:tr></w:tbl>"
    ).format(twips(sum(width for width, _ in columns)), grid, cells)
