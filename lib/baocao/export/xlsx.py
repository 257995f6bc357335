"""The tables of a document as an Excel workbook: one sheet each, with a list in front and the sources behind."""

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from baocao.document.blocks import Annex, Document, Figure, Heading, Paragraph, Run, Table, Title
from baocao.document.markup import DRAFT
from baocao.export.xlsx_sheet import (
    HIGHEST,
    LINE,
    NO_FIGURES,
    PLAIN,
    SHADE,
    Formats,
    Part,
    header_places,
    line_count,
    set_page,
    write_part,
)
from baocao.export.xlsx_values import Place, safe_text, sheet_name
from baocao.locale import prose_date

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

CONTENTS, SOURCES = "Mục lục", "Nguồn số liệu"
#: Excel follows no more links on one sheet.
LINKS = 65_000
#: Where a figure stands that no table holds.
IN_TEXT = "Lời văn"

#: Of number, sheet, what it is about, and how many rows it has.
CONTENTS_WIDTHS = (6, 34, 62, 9)
#: Headings of the sources, with the width of each column.
SOURCE_COLUMNS = (
    ("Mã số liệu", 34),
    ("Chỉ số", 34),
    ("Đơn vị", 24),
    ("Định nghĩa", 48),
    ("Giá trị", 11),
    ("Tử số", 9),
    ("Mẫu số", 9),
    ("Đơn vị tính", 12),
    ("Từ ngày", 11),
    ("Đến ngày", 11),
    ("Nguồn", 34),
    ("Nơi ghi", 34),
)
PRINTED = len(SOURCE_COLUMNS) - 1


def to_xlsx(document: Document, sources: Mapping[str, Any]) -> bytes:
    """The tables of a document and where their figures come from; the same document gives the same bytes.

    Parameters
    ----------
    sources
        What `indicators.json` holds: every figure's record by its id.

    Raises
    ------
    ExportError
        For a table that does not hold together or is larger than a sheet.
    """
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    head = document.letterhead
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(buffer, options) as workbook:
        workbook.set_properties({"title": safe_text(head.title), "created": datetime.combine(head.dated, time())})
        workbook.set_custom_property("Language", "vi-VN")
        formats = Formats(workbook)
        contents = workbook.add_worksheet(CONTENTS)
        parts = list(_parts(document))
        places: dict[str, list[str]] = {}
        for part in parts:
            for figure, place in write_part(workbook.add_worksheet(part.name), part, formats):
                places.setdefault(figure, []).append(_reference(part.name, place))
        _write_contents(contents, document, parts, sources, formats)
        _write_sources(workbook.add_worksheet(SOURCES), sources, places, formats)
    return buffer.getvalue()


def _reference(sheet: str, place: Place) -> str:
    from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

    return f"{quote_sheetname(sheet)}!{xl_rowcol_to_cell(*place)}"


# -- what stands on which sheet ----------------------------------------------------------------------------------------


def _parts(document: Document) -> Iterator[Part]:
    """Every table in the order of the document, named by its annex, its caption or what stands above it."""
    taken = {CONTENTS.casefold(), SOURCES.casefold()}
    for annex, blocks in document.sections():
        tables = [block for block in blocks if isinstance(block, Table | Figure)]
        heading, lead = "", ""
        for block in blocks:
            match block:
                case Heading():
                    heading, lead = _plain(block.runs), ""
                case Paragraph():
                    lead = _plain(block.runs)
                case Table() | Figure():
                    table = block if isinstance(block, Table) else block.data
                    caption = block.caption
                    title = _title(annex, caption, heading, lead)
                    if annex is not None and (len(tables) == 1 or not caption):
                        wanted = annex.label
                    else:
                        wanted = caption or heading or title or _about(table)
                    name = sheet_name(wanted, taken)
                    taken.add(name.casefold())
                    yield Part(
                        name=name,
                        label=annex.label if annex is not None else "",
                        title=title,
                        notes=annex.notes if annex is not None else (),
                        landscape=annex.landscape if annex is not None and isinstance(block, Table) else True,
                        table=table,
                    )
                    lead = ""


def _title(annex: Annex | None, caption: str, heading: str, lead: str) -> str:
    """What a table is about: its caption, its annex, the words that lead to it, or the heading above it."""
    if caption or annex is not None:
        return caption or (annex.title if annex is not None else "")
    return lead.rstrip(" :") if lead.endswith(":") else heading


def _about(table: Table) -> str:
    """What the rows of a table are, by the heading of its first column of words."""
    columns = [place for place, align in enumerate(table.align) if align == "text"]
    heads = [text for _, column, _, _, text in header_places(table) if column in columns[:1] and text]
    return heads[0] if heads else ""


def _plain(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs)


# -- the list in front -------------------------------------------------------------------------------------------------


def _write_contents(
    sheet: "Worksheet", document: Document, parts: Sequence[Part], sources: Mapping[str, Any], formats: Formats
) -> None:
    set_page(sheet, landscape=False)
    sheet.fit_to_pages(1, 0)
    for column, width in enumerate(CONTENTS_WIDTHS):
        sheet.set_column(column, column, width)
    row = 0
    for text, look in _opening(document, sources):
        if text:
            sheet.merge_range(row, 0, row, 3, "", formats(text_wrap=True, **look))
            sheet.write_string(row, 0, safe_text(text), formats(text_wrap=True, **look))
            sheet.set_row(row, LINE * line_count(text, sum(CONTENTS_WIDTHS)) + 2)
            row += 1
    row += 1
    heading = formats(bold=True, bg_color=SHADE, border=1, align="center", text_wrap=True)
    for column, text in enumerate(("STT", "Trang tính", "Nội dung", "Số dòng")):
        sheet.write_string(row, column, text, heading)
    sheet.freeze_panes(row + 1, 0)
    sheet.repeat_rows(row)
    cell = {"border": 1, "text_wrap": True}
    link = formats(font_color="#0000C0", underline=1, **cell)
    for number, part in enumerate((*parts, None), start=1):
        name = part.name if part is not None else SOURCES
        about = part.title if part is not None else "Định nghĩa, tử số, mẫu số và nguồn của từng số liệu"
        rows = sum(line.kind == "detail" for line in part.table.rows) if part is not None else len(sources)
        sheet.write_number(row + number, 0, number, formats(align="center", **cell))
        sheet.write_url(row + number, 1, f"internal:{_reference(name, (0, 0))}", link, safe_text(name))
        sheet.write_string(row + number, 2, safe_text(about), formats(**cell))
        sheet.set_row(row + number, LINE * line_count(about, CONTENTS_WIDTHS[2] * PLAIN))
        sheet.write_number(row + number, 3, rows, formats(align="right", num_format="#,##0", **cell))


def _opening(document: Document, sources: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whose document it is, which one, of what period."""
    head = document.letterhead
    yield " ".join(head.office), {"bold": True}
    yield f"{head.number}; {head.place_date}", {}
    yield DRAFT if head.draft else "", {"bold": True}
    yield head.title, {"bold": True, "font_size": 13}
    yield head.subject, {}
    for block in document.blocks:
        if isinstance(block, Title):
            yield _plain(block.abstract), {}
    spans = Counter((str(record["from"]), str(record["to"])) for record in sources.values())
    if spans:  # figures of other periods, held against this one's, are fewer
        (start, end), _ = spans.most_common(1)[0]
        days = [prose_date(date.fromisoformat(day)) for day in (start, end)]
        yield f"Số liệu từ ngày {days[0]} đến ngày {days[1]}", {"italic": True}


# -- the sources behind ------------------------------------------------------------------------------------------------


def _write_sources(
    sheet: "Worksheet", sources: Mapping[str, Any], places: Mapping[str, Sequence[str]], formats: Formats
) -> None:
    set_page(sheet, landscape=True)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 1)
    heading = formats(bold=True, bg_color=SHADE, border=1, align="center", text_wrap=True)
    for column, (text, width) in enumerate(SOURCE_COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, text, heading)
    text_look = formats(border=1, text_wrap=True)
    if not sources:
        sheet.write_string(1, 0, NO_FIGURES, text_look)
        return
    sheet.autofilter(0, 0, len(sources), len(SOURCE_COLUMNS) - 1)
    for row, (name, record) in enumerate(sources.items(), start=1):
        cells = places.get(name, ())
        texts = {
            0: name,
            1: record.get("name", ""),
            2: record.get("unit_name", record["unit"]),
            3: record["definition"],
            7: record["unit_of_measure"],
            10: record["source"],
            PRINTED: "; ".join((*cells, *([IN_TEXT] if _in_text(record["printed"]) else []))),
        }
        for column, text in texts.items():
            if text and column == PRINTED and cells and row < LINKS:
                look = formats(border=1, text_wrap=True, font_color="#0000C0", underline=1)
                sheet.write_url(row, column, f"internal:{cells[0]}", look, safe_text(text))
            elif text:
                sheet.write_string(row, column, safe_text(text), text_look)
            else:
                sheet.write_blank(row, column, None, text_look)
        lines = max(line_count(text, SOURCE_COLUMNS[column][1] * PLAIN) for column, text in texts.items())
        sheet.set_row(row, min(HIGHEST, LINE * lines))
        for column, key in ((4, "value"), (5, "numerator"), (6, "denominator")):
            _write_value(sheet, row, column, record[key], formats)
        for column, key in ((8, "from"), (9, "to")):
            day = datetime.combine(date.fromisoformat(record[key]), time())
            sheet.write_datetime(row, column, day, formats(border=1, num_format="dd/mm/yyyy", align="center"))


def _in_text(printed: Sequence[str]) -> bool:
    return any(place.startswith(("narrative:", "text:")) for place in printed)


def _write_value(sheet: "Worksheet", row: int, column: int, value: float | None, formats: Formats) -> None:
    if value is None:
        sheet.write_blank(row, column, None, formats(border=1))
        return
    places = max(0, -int(Decimal(str(value)).as_tuple().exponent)) if isinstance(value, float) else 0
    number = "#,##0" + ("." + "0" * places if places else "")
    sheet.write_number(row, column, value, formats(border=1, align="right", num_format=number))
