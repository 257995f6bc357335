"""PDF through Typst: one fixed template, the document as JSON, PDF/A-2a and PDF/UA-1 enforced by the compiler."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, time
from importlib import resources
from typing import Any

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
#: Width of the widest letters, as a part of their size; Typst measures the words that would not fit with these.
_WIDEST_LETTER = 0.95


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
            sys_inputs={"document": json.dumps(_data(document), ensure_ascii=False)},
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
        return word.sub(lambda match: re.sub("(?<=.)(?=[^\u0300-\u036f])", "\u200b", match[0]), printable(text))

    return say


def _layout(table: Table, data: dict[str, Any], available: float) -> dict[str, Any]:
    """Widths in millimetres, letters in points; cells whose longest word may be too wide for them are marked."""
    layout = lay_out(table, available)
    size = layout.size / 2
    # Letters that surely have room in each column.
    room = [(width / 20 - 2 * layout.inset) / (size * _WIDEST_LETTER) for width in layout.widths]
    for row in data["rows"]:
        column = 0
        for cell in row["cells"]:
            cell["long"] = _longest_word(cell["text"]) > sum(room[column : column + cell["columns"]])
            column += cell["columns"]
    for heading in (cell for row in data["header"] for cell in row):
        heading["long"] = _longest_word(heading["text"]) > min(room, default=0)
    return {"widths": [width * _TWIP for width in layout.widths], "size": size, "inset": layout.inset}


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)
