"""Styles of the Word document: the measures of an official document (NĐ 30/2020/NĐ-CP, annex I), each in one place.

Built-in styles keep Word's own names, so that Word translates them and finds headings, captions and notes by them.
Those only an official document has are named in Vietnamese, as its editor meets them in Word's list of styles.
"""

from dataclasses import dataclass

from markupsafe import Markup

from baocao.export.docx_markup import NOTHING, join, twips, xml_part

TYPEFACE = "Times New Roman"
#: The deepest heading Word knows.
DEEPEST_HEADING = 9
#: Points between the sides of a cell and its text.
CELL_INSET = 2.5


def _spacing(above: float, below: float, line: str = 'w:line="240" w:lineRule="auto"') -> str:
    """Points above and below a paragraph, single-spaced unless told."""
    return f'w:before="{round(above * 20)}" w:after="{round(below * 20)}" {line}'


_TIGHT = _spacing(0, 0)
_SAME_LINES = ""
_HAIRLINE = 'w:line="20" w:lineRule="exact"'
_LINE_ABOVE = '<w:pBdr><w:top w:val="single" w:sz="6" w:space="1" w:color="auto"/></w:pBdr>'
_DOTS_TO_THE_RIGHT = f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{twips(165)}"/></w:tabs>'


@dataclass(frozen=True)
class Style:
    """A paragraph style; what is empty is as in the style it is based on.

    Attributes
    ----------
    spacing, indent
        Attributes of the elements of that name.
    size
        Of the letters, in half points.
    borders_and_tabs
        Elements that the schema has before spacing.
    outline
        Level in Word's navigation and contents, from 0.
    listed
        Offered in Word's gallery of styles.
    """

    id: str
    name: str
    based_on: str = "Normal"
    spacing: str = ""
    indent: str = ""
    align: str = ""
    size: int | None = None
    bold: bool = False
    italic: bool = False
    keep_next: bool = False
    borders_and_tabs: str = ""
    outline: int | None = None
    listed: bool = True


STYLES = (
    # The text: justified, the first line 10 mm in.
    Style("BodyText", "Body Text", indent=f'w:firstLine="{twips(10)}"', align="both"),
    Style("ListNumber", "List Number", "BodyText"),
    Style("ListBullet", "List Bullet", "BodyText"),
    Style("ListBullet2", "List Bullet 2", "BodyText"),
    *(
        Style(
            f"Heading{level}",
            f"heading {level}",
            spacing=_spacing(6, 6, _SAME_LINES),
            bold=True,
            keep_next=True,
            outline=level - 1,
        )
        for level in range(1, DEEPEST_HEADING + 1)
    ),
    # Its head.
    Style("Centred", "Giữa dòng", spacing=_TIGHT, align="center", listed=False),
    Style(
        "Rule",
        "Đường kẻ",
        "Centred",
        spacing=_spacing(3, 3, _HAIRLINE),
        size=2,
        borders_and_tabs=_LINE_ABOVE,
        listed=False,
    ),
    Style("ParentAgency", "Cơ quan chủ quản", "Centred", size=25),
    Style("Agency", "Cơ quan ban hành", "Centred", size=25, bold=True),
    Style("Number", "Số, ký hiệu", "Centred", spacing=_spacing(3, 0), size=26),
    Style("Subject", "Trích yếu công văn", "Centred", spacing=_spacing(3, 0), size=24),
    Style("StateName", "Quốc hiệu", "Centred", size=24, bold=True),
    Style("Motto", "Tiêu ngữ", "Centred", size=26, bold=True),
    Style("PlaceDate", "Địa danh, ngày tháng", "Centred", spacing=_spacing(3, 0), size=26, italic=True),
    Style("Draft", "Dự thảo", "Centred", spacing=_spacing(6, 0), size=24, bold=True),
    Style("Title", "Title", "Centred", spacing=_spacing(12, 0), bold=True, keep_next=True),
    Style("Subtitle", "Subtitle", "Centred", bold=True, keep_next=True),
    Style("TitleNote", "Ghi chú dưới tên loại", "Centred", size=26, italic=True),
    Style("Recipients", "Kính gửi", "Centred", spacing=_spacing(12, 12)),
    Style(
        "RecipientsHead",
        "Kính gửi nhiều nơi",
        spacing=_spacing(12, 0),
        indent=f'w:left="{twips(35)}"',
        keep_next=True,
    ),
    # The dashes stand below the colon of “Kính gửi:”.
    Style("RecipientsLine", "Nơi được gửi", spacing=_TIGHT, indent=f'w:left="{twips(55.5)}" w:hanging="{twips(2.9)}"'),
    Style("TOCHeading", "TOC Heading", "Centred", spacing=_spacing(6, 3), size=26, bold=True, keep_next=True),
    Style("TOC1", "toc 1", spacing=_spacing(0, 2), size=24, borders_and_tabs=_DOTS_TO_THE_RIGHT),
    # Its tables and figures.
    Style("Caption", "caption", spacing=_spacing(3, 3), size=24, italic=True),
    Style("TableUnit", "Đơn vị tính", spacing=_TIGHT, align="right", size=22, italic=True, keep_next=True),
    Style("TableText", "Chữ trong bảng", spacing=_TIGHT, size=24),
    Style("TableTextSmall", "Chữ trong bảng nhiều cột", "TableText", size=22),
    Style("TableNote", "Ghi chú dưới bảng", spacing=_spacing(2, 6), size=22, italic=True),
    Style("TableEnd", "Hết bảng", spacing=_spacing(0, 5, _HAIRLINE), size=2, listed=False),
    Style("Picture", "Biểu đồ", spacing=_spacing(6, 0), align="center", keep_next=True),
    # Its foot.
    Style("ReceiversHead", "Nơi nhận", spacing=_TIGHT, size=24, bold=True, italic=True),
    Style("Receivers", "Liệt kê nơi nhận", spacing=_TIGHT, size=22),
    Style("Signature", "Quyền hạn, chức vụ của người ký", "Centred", bold=True),
    # Its annexes.
    Style("Annex", "Phụ lục", "Heading1", spacing=_TIGHT, align="center"),
    Style("AnnexNote", "Ghi chú phụ lục", "Centred", size=26, italic=True),
    Style("SectionEdge", "Đầu và cuối phần", spacing=_spacing(0, 0, _HAIRLINE), size=2, listed=False),
    # Outside the text.
    Style("Header", "header", "Centred", size=26),
    Style("FootnoteText", "footnote text", spacing=_TIGHT, align="both", size=22),
)

# East Asian and complex scripts are named too, or Word would set single signs in another typeface.
_DEFAULTS = Markup(
    '<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="{0}" w:hAnsi="{0}" w:eastAsia="{0}" w:cs="{0}"/>'
    '<w:sz w:val="28"/><w:szCs w:val="28"/><w:lang w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="ar-SA"/>'
    "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
    '<w:pPr><w:spacing w:before="0" w:after="120" w:line="259" w:lineRule="auto"/></w:pPr>'
    '<w:rPr><w:rFonts w:ascii="{0}" w:hAnsi="{0}" w:eastAsia="{0}" w:cs="{0}"/>'
    '<w:sz w:val="28"/><w:szCs w:val="28"/></w:rPr></w:style>'
).format(TYPEFACE)
_OTHERS = Markup(
    '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
    '<w:name w:val="Default Paragraph Font"/><w:semiHidden/></w:style>'
    '<w:style w:type="character" w:styleId="FootnoteReference"><w:name w:val="footnote reference"/>'
    '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:semiHidden/>'
    '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
    '<w:left w:w="0" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/>'
    "</w:tblCellMar></w:tblPr></w:style>"
    '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>'
    "<w:tblPr><w:tblBorders>{}</w:tblBorders><w:tblCellMar>{}</w:tblCellMar></w:tblPr></w:style>"
).format(
    join(
        Markup('<w:{} w:val="single" w:sz="4" w:space="0" w:color="auto"/>').format(side)
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    ),
    join(
        Markup('<w:{} w:w="{}" w:type="dxa"/>').format(side, round(points * 20))
        for side, points in (("top", 1), ("left", CELL_INSET), ("bottom", 1), ("right", CELL_INSET))
    ),
)


def styles_part() -> bytes:
    """`word/styles.xml`."""
    return xml_part("styles", _DEFAULTS + join(_paragraph_style(style) for style in STYLES) + _OTHERS)


def _paragraph_style(style: Style) -> Markup:
    paragraph = [
        Markup("<w:keepNext/>") if style.keep_next else NOTHING,
        Markup(style.borders_and_tabs),  # noqa: S704 -- written above, like all attributes here
        Markup(f"<w:spacing {style.spacing}/>") if style.spacing else NOTHING,  # noqa: S704
        Markup(f"<w:ind {style.indent}/>") if style.indent else NOTHING,  # noqa: S704
        Markup('<w:jc w:val="{}"/>').format(style.align) if style.align else NOTHING,
        NOTHING if style.outline is None else Markup('<w:outlineLvl w:val="{}"/>').format(style.outline),
    ]
    letters = [
        Markup("<w:b/><w:bCs/>") if style.bold else NOTHING,
        Markup("<w:i/><w:iCs/>") if style.italic else NOTHING,
        Markup('<w:sz w:val="{0}"/><w:szCs w:val="{0}"/>').format(style.size) if style.size else NOTHING,
    ]
    return Markup(
        '<w:style w:type="paragraph" w:styleId="{}"><w:name w:val="{}"/><w:basedOn w:val="{}"/>{}'
        "<w:pPr>{}</w:pPr><w:rPr>{}</w:rPr></w:style>"
    ).format(
        style.id,
        style.name,
        style.based_on,
        Markup("<w:qFormat/>") if style.listed else NOTHING,
        join(paragraph),
        join(letters),
    )
