"""Blocks as HTML fragments: what a notebook cell shows and what the HTML file is made of."""

import re
from importlib import resources

from markupsafe import Markup, escape

from baocao.document.blocks import (
    Annex,
    AnyBlock,
    Closing,
    Figure,
    HeaderCell,
    Heading,
    KeyFigures,
    Letterhead,
    Paragraph,
    Recipients,
    Run,
    Table,
    TableCell,
    TableRow,
    Title,
)

MOTTO = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
DRAFT = "DỰ THẢO"


def stylesheet() -> str:
    """The CSS shared by the notebook and the HTML file."""
    return resources.files("baocao.document").joinpath("style.css").read_text(encoding="utf-8")


def in_notebook(block: AnyBlock) -> Markup:
    """One block as a notebook cell shows it, in the document's own look."""
    return Markup('<div class="baocao">{}</div>').format(block_html(block))


def block_html(block: AnyBlock) -> Markup:
    """One block as HTML; every text in it is escaped."""
    match block:
        case Letterhead():
            return _letterhead(block)
        case Title():
            return _title(block)
        case Recipients():
            return _recipients(block)
        case KeyFigures():
            return _key_figures(block)
        case Heading():
            level = min(block.level + 1, 6)
            anchor = Markup(' id="{}"').format(block.anchor) if block.anchor else Markup("")
            return Markup("<h{0}{1}>{2}</h{0}>").format(level, anchor, _runs(block.runs))
        case Paragraph():
            return _paragraph(block)
        case Table():
            return _table(block)
        case Figure():
            return _figure(block)
        case Closing():
            return _closing(block)
        case Annex():
            return _annex(block)


def _join(parts: list[Markup]) -> Markup:
    return Markup("").join(parts)


def _lines(lines: list[str]) -> Markup:
    return Markup("<br>").join(lines)


def _letterhead(block: Letterhead) -> Markup:
    parent = Markup('<p class="parent">{}</p>').format(_lines(block.parent)) if block.parent else Markup("")
    subject = Markup('<p class="subject">{}</p>').format(block.subject) if block.subject else Markup("")
    draft = Markup('<p class="draft">{}</p>').format(DRAFT) if block.draft else Markup("")
    return Markup(
        '<header class="letterhead"><div class="agency">{}<p class="office">{}</p><p>{}</p>'
        "{}</div>"
        '<div class="state"><p class="motto">{}</p><p class="motto-line">{}</p><p class="place-date">{}</p>{}</div>'
        "</header>"
    ).format(parent, _lines(block.office), block.number, subject, *MOTTO, block.place_date, draft)


def _title(block: Title) -> Markup:
    note = Markup('<p class="title-note">{}</p>').format(block.note) if block.note else Markup("")
    return Markup('<div class="title"><p class="type-name">{}</p><p class="abstract">{}</p>{}</div>').format(
        block.type_name, _runs(block.abstract), note
    )


def _recipients(block: Recipients) -> Markup:
    if len(block.names) == 1:
        return Markup('<div class="recipients"><p>Kính gửi: {}.</p></div>').format(block.names[0])
    items = _join([Markup("<li>{}</li>").format(line) for line in recipient_lines(block.names)])
    return Markup('<div class="recipients"><p>Kính gửi:</p><ul>{}</ul></div>').format(items)


def _key_figures(block: KeyFigures) -> Markup:
    items = _join(
        [
            Markup("<div><dt>{}</dt><dd>{}</dd><dd>{}</dd></div>").format(item.label, _run(item.value), item.remark)
            for item in block.figures
        ]
    )
    return Markup('<dl class="key-figures">{}</dl>').format(items)


def recipient_lines(names: list[str]) -> list[str]:
    """The receivers as a document lists them: “- A;”, “- B.”."""
    return [f"- {name}{'.' if place == len(names) else ';'}" for place, name in enumerate(names, start=1)]


def _runs(runs: list[Run]) -> Markup:
    return _join([_run(run) for run in runs])


def _run(run: Run) -> Markup:
    text = escape(run.text)
    if run.figure is not None:
        text = _data(run.figure, run.value, run.text)
    if run.bold:
        text = Markup("<strong>{}</strong>").format(text)
    if run.italic:
        text = Markup("<em>{}</em>").format(text)
    return text


def _data(figure: str, value: str | None, text: str) -> Markup:
    return Markup('<data value="{}" data-indicator="{}">{}</data>').format(value or "", figure, text)


def _paragraph(block: Paragraph) -> Markup:
    if not block.marker:
        return Markup("<p>{}</p>").format(_runs(block.runs))
    return Markup('<p class="item"><span class="marker">{}</span> {}</p>').format(block.marker, _runs(block.runs))


def _table(block: Table) -> Markup:
    caption = Markup("<caption>{}</caption>").format(block.caption) if block.caption else Markup("")
    head = _join([Markup("<tr>{}</tr>").format(_join([_header_cell(cell) for cell in row])) for row in block.header])
    body = _join([_row(row, block) for row in block.rows])
    note = Markup('<p class="note">{}</p>').format(block.note) if block.note else Markup("")
    return Markup(
        '<div class="table" tabindex="0" role="region" aria-label="{}">'
        '<table id="{}">{}<thead>{}</thead><tbody>{}</tbody></table></div>{}'
    ).format(block.caption or block.id, block.id, caption, head, body, note)


def _header_cell(cell: HeaderCell) -> Markup:
    scope = "colgroup" if cell.columns > 1 else "col"
    return Markup('<th scope="{}" colspan="{}" rowspan="{}">{}</th>').format(scope, cell.columns, cell.rows, cell.text)


def _row(row: TableRow, table: Table) -> Markup:
    cells, place = [], 0
    for cell in row.cells:
        cells.append(_cell(cell, table.align[place], row.kind))
        place += cell.columns
    return Markup('<tr class="{}">{}</tr>').format(row.kind, _join(cells))


def _cell(cell: TableCell, align: str, row_kind: str) -> Markup:
    text = _data(cell.figure, cell.value, cell.text) if cell.figure is not None and cell.text else escape(cell.text)
    span = Markup(' colspan="{}"').format(cell.columns) if cell.columns > 1 else Markup("")
    header = align == "text" or row_kind == "heading"
    opening = Markup('th scope="row"') if header else Markup("td")
    return Markup('<{} class="{}"{}>{}</{}>').format(opening, align, span, text, "th" if header else "td")


def _figure(block: Figure) -> Markup:
    # The drawing is our own and its texts were escaped when it was drawn. Inside a page it needs no namespaces.
    drawing = Markup(re.sub(r' xmlns(?::\w+)?="[^"]*"', "", block.svg))  # noqa: S704
    return Markup(
        '<figure id="{}"><div class="drawing" role="img" aria-label="{}">{}</div><figcaption>{}</figcaption>'
        "<details><summary>Số liệu của biểu đồ</summary>{}</details></figure>"
    ).format(block.id, block.alt, drawing, block.caption, _table(block.data))


def _closing(block: Closing) -> Markup:
    items = _join([Markup("<li>{}</li>").format(line) for line in recipient_lines(block.receivers)])
    return Markup(
        '<div class="closing"><div class="receivers"><p><strong><em>Nơi nhận:</em></strong></p><ul>{}</ul></div>'
        '<div class="signature"><p>{}</p></div></div>'
    ).format(items, _lines(block.signature))


def _annex(block: Annex) -> Markup:
    notes = _join([Markup('<p class="annex-note">{}</p>').format(note) for note in block.notes])
    return Markup('<div class="annex-head"><p class="annex-label">{}</p><h2>{}</h2>{}</div>').format(
        block.label, block.title, notes
    )
