"""Word (Office Open XML): real styles, headings, footnotes and fields, so that an office can go on writing in it."""

import io
import zipfile

from markupsafe import Markup

from baocao.document.blocks import Document
from baocao.export import docx_markup as word
from baocao.export.docx_blocks import Body
from baocao.export.docx_markup import NOTHING, join, paragraph, run, xml_part
from baocao.export.docx_styles import styles_part

#: Of every member of the archive: the earliest day ZIP knows.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def to_docx(document: Document) -> bytes:
    """The document as DOCX; the same document gives the same bytes.

    Raises
    ------
    ExportError
        If a figure's drawing cannot be drawn.
    """
    from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.package import Package

    body = Body(document)
    package = Package()

    def part(name: str, content_type: str, content: bytes) -> Part:
        return Part(PackURI(name), content_type, content, package)

    content, relation = CONTENT_TYPE, RELATIONSHIP_TYPE
    main = part("/word/document.xml", content.WML_DOCUMENT_MAIN, _main_part(body))
    package.relate_to(main, relation.OFFICE_DOCUMENT)
    core = part("/docProps/core.xml", content.OPC_CORE_PROPERTIES, _core_part(document))
    package.relate_to(core, relation.CORE_PROPERTIES)
    for key, name, content_type, relation_type, xml in (
        ("styles", "styles", content.WML_STYLES, relation.STYLES, styles_part()),
        ("settings", "settings", content.WML_SETTINGS, relation.SETTINGS, _settings_part()),
        ("footnotes", "footnotes", content.WML_FOOTNOTES, relation.FOOTNOTES, _footnotes_part(body.footnotes)),
        ("pageNumber", "header1", content.WML_HEADER, relation.HEADER, _header_part(word.field("PAGE", run("2")))),
        ("noPageNumber", "header2", content.WML_HEADER, relation.HEADER, _header_part(NOTHING)),
    ):
        main.load_rel(relation_type, part(f"/word/{name}.xml", content_type, xml), key)
    for number, png in enumerate(body.pictures, start=1):
        picture = part(f"/word/media/image{number}.png", content.PNG, png)
        main.load_rel(relation.IMAGE, picture, f"picture{number}")
    packed = io.BytesIO()
    package.save(packed)
    return _without_times(packed)


def _main_part(body: Body) -> bytes:
    return xml_part("document", Markup("<w:body>{}</w:body>").format(join(body.xml)))


def _header_part(content: Markup) -> bytes:
    return xml_part("hdr", paragraph("Header", content))


def _footnotes_part(footnotes: list[str]) -> bytes:
    """The two lines that part notes from text, which Word wants first, and the notes, counted from 1."""
    separators = join(
        Markup('<w:footnote w:type="{0}" w:id="{1}">{2}</w:footnote>').format(
            kind, number, paragraph("FootnoteText", Markup("<w:r><w:{}/></w:r>").format(kind))
        )
        for kind, number in (("separator", -1), ("continuationSeparator", 0))
    )
    mark = word.footnote_mark(Markup("<w:footnoteRef/>"))
    notes = join(
        Markup('<w:footnote w:id="{}">{}</w:footnote>').format(
            number, paragraph("FootnoteText", mark + run(f" {text}"))
        )
        for number, text in enumerate(footnotes, start=1)
    )
    return xml_part("footnotes", separators + notes)


def _settings_part() -> bytes:
    """Fields are not marked for update: Word would ask before opening. Mode 15 is that of Word 2013 and later."""
    return xml_part(
        "settings",
        Markup(
            '<w:zoom w:percent="100"/><w:defaultTabStop w:val="567"/>'
            '<w:footnotePr><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr>'
            '<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" '
            'w:val="15"/></w:compat><w:themeFontLang w:val="vi-VN"/>'
            '<w:decimalSymbol w:val=","/><w:listSeparator w:val=";"/>'
        ),
    )


def _core_part(document: Document) -> bytes:
    """Title, language, the office as author, the day of issue as the only time."""
    letterhead = document.letterhead
    day = f"{letterhead.dated.isoformat()}T00:00:00Z"
    xml = Markup(
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<dc:title>{0}</dc:title><dc:creator>{1}</dc:creator><cp:lastModifiedBy>{1}</cp:lastModifiedBy>"
        '<cp:revision>1</cp:revision><dcterms:created xsi:type="dcterms:W3CDTF">{2}</dcterms:created>'
        '<dcterms:modified xsi:type="dcterms:W3CDTF">{2}</dcterms:modified><dc:language>vi-VN</dc:language>'
        "</cp:coreProperties>"
    ).format(letterhead.title, " ".join(letterhead.office), day)
    return word.legal(xml).encode()


def _without_times(packed: io.BytesIO) -> bytes:
    """The archive with its members as they are, but of a fixed time and system."""
    fixed = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in source.namelist():
            member = zipfile.ZipInfo(name, _ZIP_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 0
            target.writestr(member, source.read(name))
    return fixed.getvalue()
