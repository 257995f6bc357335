"""Blocks as WordprocessingML: what stands in the document, and the footnotes and pictures it refers to."""

from collections.abc import Sequence
from itertools import takewhile, zip_longest

from markupsafe import Markup

from baocao.document import fonts
from baocao.document.blocks import (
    Annex,
    AnyBlock,
    Closing,
    Document,
    Figure,
    Heading,
    KeyFigures,
    Letterhead,
    Paragraph,
    Recipients,
    Run,
    Table,
    Title,
)
from baocao.document.markup import DRAFT, MOTTO, recipient_lines
from baocao.errors import ExportError
from baocao.export import docx_markup as word
from baocao.export.docx_markup import NOTHING, SPACER, join, paragraph, run, texts
from baocao.export.docx_styles import DEEPEST_HEADING
from baocao.export.docx_tables import table_xml

PORTRAIT_TEXT, LANDSCAPE_TEXT = 165.0, 257.0
#: A document with so many headings has a list of contents; a shorter one is read through.
CONTENTS_FROM = 12
_AGENCY, _STATE = 66.0, 99.0
#: “Độc lập - Tự do - Hạnh phúc” in bold Times New Roman of 13 points.
_MOTTO_LENGTH = 56.1
#: Capitals of a bold Times New Roman, and the part of a name or abstract its line is long (a third to a half,
#: NĐ 30/2020/NĐ-CP).
_CAPITAL, _LINE = 0.63 * 12.5 * 25.4 / 72, 0.4
#: A letter of a bold abstract, and the longest line of one that goes over several.
_ABSTRACT_LETTER, _ABSTRACT_LINE = 0.44 * 14 * 25.4 / 72, 155.0
#: What stands before the list of contents.
_OPENING = (Letterhead, Title, Recipients, KeyFigures)
_LIST_STYLES = {"": "BodyText", "-": "ListBullet", "+": "ListBullet2"}
_PICTURE_PPI = 200


class Body:
    """The body of a document, written once when it is made.

    Attributes
    ----------
    xml
        Its paragraphs and tables.
    footnotes, pictures
        Texts of its footnotes and PNG of its pictures, each referred to by its place, counted from 1.
    """

    def __init__(self, document: Document) -> None:
        # LibreOffice sets an empty line of its own before a table that starts a document with footnotes.
        self.xml = [paragraph("SectionEdge", NOTHING)]
        self.footnotes: list[str] = []
        self.pictures: list[bytes] = []
        self._bookmarks = 0
        (_, main), *annexes = document.sections()
        opening = len(list(takewhile(lambda block: isinstance(block, _OPENING), main)))
        self._section(main[:opening], landscape=False)
        self.xml.append(self._contents(document.blocks))
        self._section(main[opening:], landscape=False)
        landscape = False
        for annex, blocks in annexes:
            # What describes a section stands in its last paragraph.
            self._end_section(landscape)
            if annex is not None:
                self.xml.append(self._annex(annex))
                landscape = annex.landscape
            self._section(blocks, landscape)
        self._end_section(landscape, last=True)

    def _section(self, blocks: Sequence[AnyBlock], landscape: bool) -> None:
        for block, following in zip_longest(blocks, blocks[1:]):
            # A signature never stands alone on a page: the paragraph before it goes along.
            self.xml.append(self._block(block, landscape, keep_next=isinstance(following, Closing)))

    def _end_section(self, landscape: bool, *, last: bool = False) -> None:
        """A paragraph that takes no room, in place of the spacer that would push it to a page of its own."""
        if self.xml[-1].endswith(SPACER):
            self.xml[-1] = Markup(self.xml[-1].removesuffix(SPACER))  # noqa: S704 -- a piece of markup
        if last:
            self.xml += [paragraph("SectionEdge", NOTHING), _page(landscape)]
        else:
            self.xml.append(paragraph("SectionEdge", NOTHING, extra=_page(landscape)))

    def _block(self, block: AnyBlock, landscape: bool, *, keep_next: bool) -> Markup:
        available = LANDSCAPE_TEXT if landscape else PORTRAIT_TEXT
        match block:
            case Letterhead():
                return _letterhead(block)
            case Title():
                return self._title(block)
            case Recipients():
                return _recipients(block)
            case KeyFigures():
                return NOTHING
            case Heading():
                return self._heading(block)
            case Paragraph():
                marker = run(f"{block.marker} ") if block.marker else NOTHING
                style = _LIST_STYLES.get(block.marker, "ListNumber")
                return paragraph(style, marker + self._runs(block.runs), keep_next=keep_next)
            case Table():
                return table_xml(block, available)
            case Figure():
                return self._figure(block, available, 140 if landscape else 220)
            case Closing():
                return _closing(block)
            case Annex():
                raise AssertionError("an annex starts a section")

    def _runs(self, runs: Sequence[Run]) -> Markup:
        parts = []
        for piece in runs:
            parts.append(run(piece.text, bold=piece.bold, italic=piece.italic))
            if piece.footnote is not None:
                self.footnotes.append(piece.footnote)
                mark = Markup('<w:footnoteReference w:id="{}"/>').format(len(self.footnotes))
                parts.append(word.footnote_mark(mark))
        return join(parts)

    def _title(self, block: Title) -> Markup:
        note = texts("TitleNote", [block.note]) if block.note else NOTHING
        abstract = paragraph("Subtitle", self._runs(block.abstract))
        letters = sum(len(piece.text) for piece in block.abstract)
        line = min(letters * _ABSTRACT_LETTER, _ABSTRACT_LINE) * _LINE
        return texts("Title", [block.type_name]) + abstract + word.rule(line, PORTRAIT_TEXT) + note + SPACER

    def _heading(self, block: Heading) -> Markup:
        content = self._runs(block.runs)
        if _in_contents(block):
            content = self._bookmarked(content)
        return paragraph(f"Heading{min(block.level, DEEPEST_HEADING)}", content)

    def _annex(self, block: Annex) -> Markup:
        label = run(block.label) + Markup("<w:r><w:br/></w:r>")
        title = run(block.title, extra=Markup('<w:caps/><w:sz w:val="26"/><w:szCs w:val="26"/>'))
        return paragraph("Annex", self._bookmarked(label + title)) + texts("AnnexNote", block.notes) + SPACER

    def _bookmarked(self, content: Markup) -> Markup:
        self._bookmarks += 1
        return Markup('<w:bookmarkStart w:id="{0}" w:name="_Toc{0}"/>{1}<w:bookmarkEnd w:id="{0}"/>').format(
            self._bookmarks, content
        )

    def _contents(self, blocks: Sequence[AnyBlock]) -> Markup:
        """A field of the main headings and annexes. Page numbers come with its first update: only Word knows them."""
        entries = [
            Markup('<w:hyperlink w:anchor="_Toc{}" w:history="1">{}</w:hyperlink>').format(place, run(_entry(block)))
            for place, block in enumerate((block for block in blocks if _in_contents(block)), start=1)
        ]
        headings = sum(1 for block in blocks if isinstance(block, Heading) and block.anchor)
        if headings < CONTENTS_FROM or not entries:
            return NOTHING
        begin, end = word.field_ends('TOC \\o "1-1" \\h \\z \\u')
        entries[0] = begin + entries[0]
        entries[-1] += end
        return texts("TOCHeading", ["MỤC LỤC"]) + join(paragraph("TOC1", entry) for entry in entries) + SPACER

    def _figure(self, block: Figure, available: float, highest: float) -> Markup:
        png = _png(block.svg, available)
        self.pictures.append(png)
        width, height = (int.from_bytes(png[start : start + 4]) for start in (16, 20))
        scale = min(available / width, highest / height)
        return paragraph(
            "Picture", _picture(len(self.pictures), word.emu(width * scale), word.emu(height * scale), block.alt)
        ) + paragraph("Caption", run(block.caption), extra=Markup('<w:jc w:val="center"/>'))


def _in_contents(block: AnyBlock) -> bool:
    return isinstance(block, Annex) or (isinstance(block, Heading) and block.level == 1 and bool(block.anchor))


def _entry(block: AnyBlock) -> str:
    if isinstance(block, Annex):
        return f"{block.label}. {block.title.upper()}"
    return "".join(piece.text for piece in block.runs) if isinstance(block, Heading) else ""


def _page(landscape: bool) -> Markup:
    """A4 with the margins of NĐ 30/2020/NĐ-CP; pages count from 1, and the first shows no number."""
    height, width = word.twips(297), word.twips(210)
    if landscape:
        height, width = width, height
    left, right = (20, 20) if landscape else (30, 15)
    return Markup(
        '<w:sectPr><w:headerReference w:type="default" r:id="pageNumber"/>'
        '<w:headerReference w:type="first" r:id="noPageNumber"/><w:pgSz w:w="{width}" w:h="{height}" w:orient="{way}"/>'
        '<w:pgMar w:top="{twenty}" w:bottom="{twenty}" w:left="{left}" w:right="{right}"'
        ' w:header="{ten}" w:footer="{ten}" w:gutter="0"/><w:pgNumType w:start="1"/><w:titlePg/></w:sectPr>'
    ).format(
        width=width,
        height=height,
        way="landscape" if landscape else "portrait",
        left=word.twips(left),
        right=word.twips(right),
        twenty=word.twips(20),
        ten=word.twips(10),
    )


def _letterhead(block: Letterhead) -> Markup:
    longest = max((len(line) for line in block.office), default=0)
    line = min(longest * _CAPITAL, _AGENCY) * _LINE
    agency = texts("ParentAgency", block.parent) + texts("Agency", block.office) + word.rule(line, _AGENCY - 4)
    agency += texts("Number", [block.number]) + texts("Subject", [block.subject] if block.subject else [])
    state = texts("StateName", [MOTTO[0]]) + texts("Motto", [MOTTO[1]]) + word.rule(_MOTTO_LENGTH, _STATE)
    state += texts("PlaceDate", [block.place_date])
    if block.draft:
        framed = Markup('<w:bdr w:val="single" w:sz="8" w:space="0" w:color="auto"/>')
        state += paragraph("Draft", run(f" {DRAFT} ", extra=framed))
    return word.side_by_side([(_AGENCY, agency), (_STATE, state)]) + SPACER


def _recipients(block: Recipients) -> Markup:
    if len(block.names) == 1:
        return texts("Recipients", [f"Kính gửi: {block.names[0]}."])
    return texts("RecipientsHead", ["Kính gửi:"]) + texts("RecipientsLine", recipient_lines(block.names)) + SPACER


def _closing(block: Closing) -> Markup:
    receivers = texts("ReceiversHead", ["Nơi nhận:"]) + texts("Receivers", recipient_lines(block.receivers))
    *above, office = block.signature or [""]
    # Room for a signature and a seal.
    room = Markup('<w:spacing w:before="0" w:after="{}"/>').format(word.twips(24))
    signature = texts("Signature", above) + paragraph("Signature", run(office), extra=room)
    half = PORTRAIT_TEXT / 2
    return word.side_by_side([(half, receivers), (half, signature)]) + SPACER


def _picture(number: int, width: int, height: int, alt: str) -> Markup:
    return Markup(
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{1}" cy="{2}"/>'
        '<wp:docPr id="{0}" name="Biểu đồ {0}" descr="{3}"/><a:graphic>'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        '<pic:nvPicPr><pic:cNvPr id="{0}" name="Biểu đồ {0}"/><pic:cNvPicPr/></pic:nvPicPr>'
        '<pic:blipFill><a:blip r:embed="picture{0}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{1}" cy="{2}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
        "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    ).format(number, width, height, alt)


def _png(svg: str, width: float) -> bytes:
    """A drawing as PNG, drawn by Typst with the document's own typeface."""
    import typst

    template = (
        f"#set page(width: {width}mm, height: auto, margin: 0pt)\n"
        '#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
    )
    try:
        return typst.compile(
            template.encode(),
            font_paths=fonts.typefaces(),
            ignore_system_fonts=True,
            format="png",
            ppi=_PICTURE_PPI,
            sys_inputs={"svg": svg},
        )
    except typst.TypstError as error:
        raise ExportError(f"DOCX: {error.message} {' '.join(error.hints)}".strip()) from error
