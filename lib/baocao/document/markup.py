"""Blocks as HTML fragments: what a notebook cell shows and what the HTML file is made of."""

import math
import re
from functools import cache
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

#: In print, a table that would need more room than this (in em of its type) stands on a landscape page.
PORTRAIT_EM = 60
#: A table that needs more room than this even in the smallest type breaks its figures instead of losing them.
LANDSCAPE_EM = 250
#: Columns whose texts are never broken, the width of a character and of what stands around a text, and the least
#: width of a column of words.
UNBROKEN = ("figure", "number")
CHARACTER_EM = 0.55
PADDING_EM = 0.7
WORDS_EM = 5

MOTTO = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
DRAFT = "DỰ THẢO"


class Marks:
    """What figures and footnotes carry besides their text. A block shown alone lists its notes and links nothing."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def figure(self, figure: str, row: str = "") -> Markup:
        """Attributes of the element that prints a figure; `row` is the name of its row in a table."""
        return Markup("")

    def note(self, text: str) -> Markup:
        """The mark of a footnote, which joins the list."""
        self.notes.append(text)
        return Markup("<sup>{}</sup>").format(str(len(self.notes)))

    def listed(self) -> Markup:
        """The footnotes since they were last listed."""
        items = _join([Markup("<li>{}</li>").format(text) for text in self.notes])
        return Markup('<ol class="footnotes">{}</ol>').format(items) if items else items

    def region(self, table: Table) -> str:
        """What a table without a caption is called."""
        return table.id


@cache
def stylesheet() -> str:
    """The CSS shared by the notebook and the HTML file."""
    return resources.files("baocao.document").joinpath("style.css").read_text(encoding="utf-8")


def in_notebook(block: AnyBlock) -> Markup:
    """One block as a notebook cell shows it, in the document's own look."""
    marks = Marks()
    return Markup('<div class="baocao">{}{}</div>').format(block_html(block, marks), marks.listed())


def block_html(block: AnyBlock, marks: Marks | None = None) -> Markup:
    """One block as HTML; every text in it is escaped."""
    marks = marks or Marks()
    match block:
        case Letterhead():
            return _letterhead(block)
        case Title():
            return _title(block, marks)
        case Recipients():
            return _recipients(block)
        case KeyFigures():
            return _key_figures(block, marks)
        case Heading():
            level = min(block.level + 1, 6)
            anchor = Markup(' id="{}"').format(block.anchor) if block.anchor else Markup("")
            return Markup("<h{0}{1}>{2}</h{0}>").format(level, anchor, _runs(block.runs, marks))
        case Paragraph():
            return _paragraph(block, marks)
        case Table():
            return _table(block, marks)
        case Figure():
            return _figure(block, marks)
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


def _title(block: Title, marks: Marks) -> Markup:
    note = Markup('<p class="title-note">{}</p>').format(block.note) if block.note else Markup("")
    return Markup('<div class="title"><p class="type-name">{}</p><p class="abstract">{}</p>{}</div>').format(
        block.type_name, _runs(block.abstract, marks), note
    )


def _recipients(block: Recipients) -> Markup:
    if len(block.names) == 1:
        return Markup('<div class="recipients"><p>Kính gửi: {}.</p></div>').format(block.names[0])
    items = _join([Markup("<li>{}</li>").format(line) for line in recipient_lines(block.names)])
    return Markup('<div class="recipients"><p>Kính gửi:</p><ul>{}</ul></div>').format(items)


def _key_figures(block: KeyFigures, marks: Marks) -> Markup:
    items = _join(
        [
            Markup("<div><dt>{}</dt><dd>{}</dd>{}</div>").format(
                item.label,
                _run(item.value, marks),
                Markup('<dd class="remark">{}</dd>').format(item.remark) if item.remark else "",
            )
            for item in block.figures
        ]
    )
    return Markup('<dl class="key-figures">{}</dl>').format(items)


def recipient_lines(names: list[str]) -> list[str]:
    """The receivers as a document lists them: “- A;”, “- B.”."""
    return [f"- {name}{'.' if place == len(names) else ';'}" for place, name in enumerate(names, start=1)]


def _runs(runs: list[Run], marks: Marks) -> Markup:
    return _join([_run(run, marks) for run in runs])


def _run(run: Run, marks: Marks) -> Markup:
    text = escape(run.text)
    if run.figure is not None:
        text = _data(run.figure, run.value, run.text, marks.figure(run.figure))
    if run.bold:
        text = Markup("<strong>{}</strong>").format(text)
    if run.italic:
        text = Markup("<em>{}</em>").format(text)
    return text + marks.note(run.footnote) if run.footnote else text


def _data(figure: str, value: str | None, text: str, attributes: Markup) -> Markup:
    # Of these there are thousands in a document, and Markup.format takes five times as long.
    filled = f'<data{attributes} value="{escape(value or "")}" data-indicator="{escape(figure)}">{escape(text)}</data>'
    return Markup(filled)  # noqa: S704 -- escaped just above


def _paragraph(block: Paragraph, marks: Marks) -> Markup:
    runs = _runs(block.runs, marks)
    if not block.marker:
        return Markup("<p>{}</p>").format(runs)
    return Markup('<p class="item"><span class="marker">{}</span> {}</p>').format(block.marker, runs)


def _table(block: Table, marks: Marks, name: str = "") -> Markup:
    unit = Markup('<span class="unit">Đơn vị tính: {}</span>').format(block.unit) if block.unit else Markup("")
    above = Markup("<caption>{}{}</caption>").format(block.caption, unit) if block.caption or unit else Markup("")
    head = _join([Markup("<tr>{}</tr>").format(_join(row)) for row in _header(block)])
    body = _join([_row(row, block, marks) for row in block.rows])
    note = Markup('<p class="note">{}</p>').format(block.note) if block.note else Markup("")
    kind, size = _print_size(block)
    return Markup(
        '<div class="table{}" tabindex="0" role="region" aria-label="{}">'
        '<table id="{}"{}>{}<thead>{}</thead><tbody>{}</tbody></table></div>{}'
    ).format(kind, name or block.caption or marks.region(block), block.id, size, above, head, body, note)


def _header(table: Table) -> list[list[Markup]]:
    """Rows of header cells, of which those that name a column say which."""
    grid = _grid(table)
    names = {id(cell): place for place, cell in _column_heads(grid).items()}
    return [[_header_cell(cell, names.get(id(cell))) for cell in row] for row in table.header]


def _grid(table: Table) -> list[list[HeaderCell | None]]:
    """The header cell that covers each column, for every row of the header."""
    grid: list[list[HeaderCell | None]] = [[None] * table.width for _ in table.header]
    for level, row in enumerate(table.header):
        for cell in row:
            place = next((free for free in range(table.width) if grid[level][free] is None), table.width)
            for covered in grid[level : level + cell.rows]:
                covered[place : place + cell.columns] = [cell] * len(covered[place : place + cell.columns])
    return grid


def _column_heads(grid: list[list[HeaderCell | None]]) -> dict[int, HeaderCell]:
    """By column: the lowest header cell of the column's own, its mere number “(1)” left out."""
    heads: dict[int, HeaderCell] = {}
    for row in reversed(grid):
        for place, cell in enumerate(row):
            if cell is not None and cell.columns == 1 and not _is_number(cell.text):
                heads.setdefault(place, cell)
    return heads


def _is_number(text: str) -> bool:
    """Whether a header cell only numbers its column, or says nothing at all."""
    return re.fullmatch(r"\(?\d*\)?", text.strip()) is not None


def _header_cell(cell: HeaderCell, column: int | None) -> Markup:
    spans = Markup('colspan="{}" rowspan="{}"').format(str(cell.columns), str(cell.rows))
    if _is_number(cell.text):
        return Markup("<td {}>{}</td>").format(spans, cell.text)
    scope = "colgroup" if cell.columns > 1 else "col"
    names = Markup("") if column is None else Markup(' data-column="{}"').format(str(column))
    return Markup('<th scope="{}" {}{}>{}</th>').format(scope, spans, names, cell.text)


def _row(row: TableRow, table: Table, marks: Marks) -> Markup:
    name = next((cell.text for cell, align in zip(row.cells, table.align, strict=False) if align == "text"), "")
    cells, place = [], 0
    for cell in row.cells:
        align = table.align[place]
        # The first text names the row; other texts are cells like any other.
        heads = row.kind == "heading" or ("text" not in table.align[:place] and align == "text")
        cells.append(_cell(cell, align, heads, marks, name if row.kind == "detail" else ""))
        place += cell.columns
    return Markup(f'<tr class="{row.kind}">{"".join(cells)}</tr>')  # noqa: S704 -- escaped cells


def _cell(cell: TableCell, align: str, heads: bool, marks: Marks, row_name: str) -> Markup:
    text = escape(cell.text)
    if cell.figure is not None and cell.text:
        text = _data(cell.figure, cell.value, cell.text, marks.figure(cell.figure, row_name))
    span = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    opening, closing = ('th scope="row"', "th") if heads else ("td", "td")
    return Markup(f'<{opening} class="{align}"{span}>{text}</{closing}>')  # noqa: S704 -- escaped text


def _print_size(table: Table) -> tuple[str, Markup]:
    """For print: what kind of table it is, and how wide it must be, in em of its type, for no word to be broken."""
    heads = _column_heads(_grid(table))
    plain = [row.cells for row in table.rows if len(row.cells) == table.width]
    needed = 0.0
    for place, align in enumerate(table.align):
        texts = [cells[place].text for cells in plain]
        words = [part for text in texts for part in ([text] if align in UNBROKEN else text.split())]
        if place in heads:
            words += heads[place].text.split()
        longest = max(map(len, words), default=0) * CHARACTER_EM
        needed += PADDING_EM + (longest if align in UNBROKEN else min(max(longest, WORDS_EM), 2 * WORDS_EM))
    width = math.ceil(needed)
    kind = (" landscape" if width > PORTRAIT_EM else "") + (" packed" if width > LANDSCAPE_EM else "")
    return kind, Markup(' style="--em:{}"').format(str(width)) if width > PORTRAIT_EM // 2 else Markup("")


def _figure(block: Figure, marks: Marks) -> Markup:
    # The drawing is our own and its texts were escaped when it was drawn. Inside a page it needs no namespaces.
    drawing = Markup(re.sub(r' xmlns(?::\w+)?="[^"]*"', "", block.svg))  # noqa: S704
    data = _table(block.data, marks, f"Số liệu của biểu đồ: {block.caption}")
    return Markup(
        '<figure id="{}"><div class="drawing" role="img" aria-label="{}">{}</div><figcaption>{}</figcaption>'
        "<details><summary>Số liệu của biểu đồ</summary>{}</details></figure>"
    ).format(block.id, block.alt, drawing, block.caption, data)


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
