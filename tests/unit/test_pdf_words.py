"""What of a table Typst must measure: words that may be too wide for their cell, a height that may be a page's."""

import string

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from baocao.document.blocks import (
    Annex,
    AnyBlock,
    Document,
    HeaderCell,
    Paragraph,
    Run,
    Table,
    TableCell,
    TableRow,
)
from baocao.document.fonts import font_files
from baocao.export.pdf import _LANDSCAPE, _data, _layout, _width, to_pdf
from tests.sample_documents import SENTENCE, head, table

VIETNAMESE = "".join(map(chr, (*range(0xC0, 0x180), 0x1A0, 0x1A1, 0x1AF, 0x1B0, *range(0x1EA0, 0x1EFA))))


def advances() -> dict[str, float]:
    """How wide each letter is in the face that has it widest, in sizes of the letters."""
    widest: dict[str, float] = {}
    for path in font_files():
        with TTFont(path) as face:
            widths, size = face["hmtx"], face["head"].unitsPerEm
            for code, name in face.getBestCmap().items():
                widest[chr(code)] = max(widest.get(chr(code), 0), widths[name][0] / size)
    return widest


def test_no_letter_is_wider_than_it_is_taken_for() -> None:
    letters = string.ascii_letters + string.digits + string.punctuation + VIETNAMESE + "–—‘’“”•…"
    widths = advances()
    assert {letter: widths[letter] for letter in letters if widths.get(letter, 0) > _width(letter)} == {}
    assert widths["ự"] == pytest.approx(_width("ự"), abs=0.02)


def marked(*header: list[HeaderCell]) -> list[str]:
    """Headings to be measured in a table of a name and eleven figures."""
    width = 12
    cells = [TableCell(text="Xã A"), *[TableCell(text="1.234")] * (width - 1)]
    drawn = Table(id="t", header=list(header), rows=[TableRow(cells=cells)], align=["text", *["figure"] * (width - 1)])
    data = drawn.model_dump(mode="json")
    _layout(drawn, data, _LANDSCAPE)
    assert not any(cell["long"] for cell in data["rows"][0]["cells"])
    return [heading["text"] for row in data["header"] for heading in row if heading["long"]]


def test_headings_over_several_columns_have_their_room() -> None:
    """The second row begins where the first leaves columns free."""
    groups = [
        HeaderCell(text="Đơn vị", rows=2),
        HeaderCell(text="Tiếp nhận", columns=10),
        HeaderCell(text="Trễ", rows=2),
    ]
    assert marked(groups, [HeaderCell(text="Mới")] * 10) == []
    wide = "Mườimộtngànhnghề"
    assert marked([groups[0], HeaderCell(text=wide, columns=10), groups[2]], [HeaderCell(text="Mới")] * 10) == []
    assert marked(groups, [*[HeaderCell(text="Mới")] * 9, HeaderCell(text=wide)]) == [wide]
    assert marked([*groups[:2], HeaderCell(text=wide, rows=2)], [HeaderCell(text="Mới")] * 10) == [wide]


def test_a_table_said_to_be_low_is_no_higher_than_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is kept whole comes out the same where Typst measures every table."""
    word = "Nguyễn "
    blocks: list[AnyBlock] = [head(), Annex(label="A", title="b")]
    for rows in (1, 6, 9, 12, 16):
        for words in (1, 9, 30):
            wide = table([word * words] * rows, columns=12, id=f"t-{rows}-{words}")
            blocks += [Paragraph(runs=[Run(text=SENTENCE * words)]), wide]
    document = Document(blocks=blocks)
    low = [block["low"] for block in _data(document)["annexes"][0]["body"] if block["kind"] == "table"]
    assert sum(low) >= 6 and not all(low)
    trusted = to_pdf(document)
    monkeypatch.setattr("baocao.export.pdf._LOW", -1.0)
    assert not any(block.get("low") for block in _data(document)["annexes"][0]["body"])
    assert to_pdf(document) == trusted
