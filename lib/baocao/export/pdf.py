"""PDF through Typst: one fixed template, the document as JSON, PDF/A-2a and PDF/UA-1 enforced by the compiler."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from importlib import resources
from math import ceil
from typing import Any

import orjson

from baocao.document import fonts
from baocao.document.blocks import AnyBlock, Closing, Document, Heading, KeyFigures, Letterhead, Recipients, Table
from baocao.document.characters import printable, printable_block
from baocao.document.markup import recipient_lines
from baocao.errors import ExportError
from baocao.export.docx_tables import lay_out

#: Millimetres of text between the margins of a page.
_PORTRAIT, _LANDSCAPE = 165.0, 257.0
_TWIP = 25.4 / 1440
#: Letters from which on a word may break anywhere: in the text, and in the narrow halves of the letterhead.
_LONG_WORD, _LONG_IN_LETTERHEAD = 45, 20
#: Points: a table no higher than this fits every page, below a title and with its header.
_LOW = 250.0
#: A space between words, in sizes of the letters.
_SPACE = 0.25
#: In no face are these letters wider than so much of their size, and all others than their size.
_WIDTHS = {
    letter: width
    for width, letters in (
        (0.28, "il.,/ìíĩỉị"),
        (0.34, "fjt-()"),
        (0.45, "cerszèéêẹẻẽếềểễệ"),
        (0.5, "0123456789agovxyàáâãòóôõýăạảấầẩẫậắằẳẵặọỏốồổỗộỳỵỷỹ"),
        (0.56, "bdhknpquùúđũơụủớờởỡợ"),
        (0.61, "ưứừửữự"),
        (0.8, "ABCDEFGHIKLNOPQRSTUVXYÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ"),
    )
    for letter in letters
}


def to_pdf(document: Document) -> bytes:
    """The document as PDF; the same document gives the same bytes.

    Raises
    ------
    ExportError
        If Typst refuses it, for instance because a figure has no alternative text or a glyph is in no font.
    """
    import typst

    dated = document.letterhead.dated
    template = resources.files("baocao.export").joinpath("document.typ").read_bytes()
    try:
        return typst.compile(
            template,
            font_paths=fonts.typefaces(),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["a-2a", "ua-1"],
            sys_inputs={"document": orjson.dumps(_data(document)).decode()},
            timestamp=datetime.combine(dated, time(), UTC),
        )
    except typst.TypstError as error:
        raise ExportError(f"PDF: {error.message} {' '.join(error.hints)}".strip()) from error


def _data(document: Document) -> dict[str, Any]:
    (_, main), *annexes = document.sections()
    levels = _Levels()
    return {
        "letterhead": _block(document.letterhead, levels, _PORTRAIT),
        "body": _blocks(main, levels, _PORTRAIT),
        "annexes": [
            {
                "head": printable_block(head.model_dump(mode="json"), _breakable(_LONG_WORD)),
                "body": _blocks(blocks, levels.under_annex(), _LANDSCAPE if head.landscape else _PORTRAIT),
            }
            for head, blocks in annexes
            if head is not None
        ],
    }


def _blocks(blocks: list[AnyBlock], levels: "_Levels", available: float) -> list[dict[str, Any]]:
    return [_block(block, levels, available) for block in blocks if not isinstance(block, KeyFigures)]


class _Levels:
    """Levels of headings as PDF/UA wants them: the first is 1, and none is more than one deeper than its parent."""

    def __init__(self) -> None:
        self._above: list[int] = []

    def under_annex(self) -> "_Levels":
        """For the headings of an annex, whose own is of level 1."""
        self._above = []
        return self

    def level(self, level: int) -> int:
        while self._above and self._above[-1] >= level:
            self._above.pop()
        self._above.append(level)
        return len(self._above)


def _block(block: AnyBlock, levels: _Levels, available: float) -> dict[str, Any]:
    longest = _LONG_IN_LETTERHEAD if isinstance(block, Letterhead) else _LONG_WORD
    data: dict[str, Any] = printable_block(block.model_dump(mode="json"), _breakable(longest))
    match block:
        case Recipients():
            data["lines"] = recipient_lines(data["names"])
        case Closing():
            data["lines"] = recipient_lines(data["receivers"])
        case Heading():
            data["level"] = levels.level(block.level)
        case Table():
            data |= _layout(block, data, available)
    return data


def _breakable(longest: int) -> Callable[[str], str]:
    """Printable text in which a word that might be wider than the page has places to break."""
    word = re.compile(rf"\S{{{longest},}}")

    def say(text: str) -> str:
        shown = printable(text)
        if len(shown) < longest:
            return shown
        return word.sub(lambda match: re.sub("(?<=.)(?=[^\u0300-\u036f])", "\u200b", match[0]), shown)

    return say


def _layout(table: Table, data: dict[str, Any], available: float) -> dict[str, Any]:
    """Widths in millimetres, letters in points; what Typst must measure is marked, as measuring takes its time.

    A cell is `long` where a word may be too wide for it, a table is `low` where it surely is no higher than `_LOW`.
    """
    layout = lay_out(table, available)
    size = layout.size / 2
    # Of each column as much as words may take, in sizes of the letters.
    room = [(width / 20 - 2 * layout.inset) / size for width in layout.widths]
    high = 0.0
    for row in data["rows"]:
        column, lines = 0, 1
        for cell in row["cells"]:
            end = column + cell["columns"]
            lines = max(lines, _lines(cell, sum(room[column:end])))
            column = end
        high += _row_height(lines, size)
    high += _header_height(data["header"], room, size)
    widths = [width * _TWIP for width in layout.widths]
    return {"widths": widths, "size": size, "inset": layout.inset, "low": high <= _LOW}


def _header_height(header: list[list[dict[str, Any]]], room: list[float], size: float) -> float:
    """At most how many points the rows of headings are high; of a heading over several the last one grows."""
    heights = [0.0] * len(header)
    over_several = []
    for line, heading, columns in _places(header, len(room)):
        height = _row_height(_lines(heading, sum(room[place] for place in columns)), size)
        if heading["rows"] == 1:
            heights[line] = max(heights[line], height)
        else:
            over_several.append((min(line + heading["rows"], len(header)), line, height))
    for end, start, height in sorted(over_several):
        heights[end - 1] += max(height - sum(heights[start:end]), 0)
    return sum(heights)


def _lines(cell: dict[str, Any], room: float) -> int:
    """At most how many lines a cell has; it is marked as `long` where a word may be too wide for it."""
    words = [_width(word) for word in cell["text"].split()]
    cell["long"] = max(words, default=0) > room
    lines, used = 1, 0.0
    for width in words:
        if used and used + _SPACE + width > room:
            lines, used = lines + 1, 0.0
        used += width + _SPACE * (used > 0)
        if used > room:  # it breaks
            lines, used = lines + ceil(used / max(room, 0.1)), room
    return lines


def _row_height(lines: int, size: float) -> float:
    """At most as many points as a row of so many lines is high, with the space above and below."""
    return (0.7 + 1.1 * (lines - 1)) * size + min(8, 0.66 * size) + 0.5


def _places(header: list[list[dict[str, Any]]], width: int) -> Iterator[tuple[int, dict[str, Any], range]]:
    """Headings, their row and columns: each goes to the first that the rows above leave free, as in the template."""
    free_from = [0] * width
    for line, row in enumerate(header):
        for heading in row:
            start = next((column for column in range(width) if free_from[column] <= line), 0)
            columns = range(start, min(start + heading["columns"], width))
            for column in columns:
                free_from[column] = line + heading["rows"]
            yield line, heading, columns


def _width(text: str) -> float:
    """At most how wide a text is, in sizes of its letters."""
    return sum(_WIDTHS.get(letter, 1.0) for letter in text)
