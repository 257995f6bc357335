"""Rows of tables in the PDF: what goes along with what at the end of a page."""

import re

import pytest

from baocao.document.blocks import Document, Heading, Run, TableCell, TableRow
from baocao.export.pdf import to_pdf
from tests.sample_documents import head, numbered, table, text
from tests.tagged_pdf import TaggedPdf


@pytest.mark.parametrize("above", range(12, 24, 2))
def test_a_heading_of_rows_never_stands_last_on_a_page(above: int) -> None:
    """Nor several, nor the caption or the heading above a table; wherever on the page the table begins."""
    rows: list[TableRow] = []
    for number, name in enumerate(numbered(40)):
        if number % 8 == 0:
            rows.append(TableRow(kind="heading", cells=[TableCell(text=f"Khối {number}", columns=3)]))
        if number % 4 == 0:
            rows.append(TableRow(kind="heading", cells=[TableCell(text=f"Nhóm {number}", columns=3)]))
        rows += table([name]).rows
    heading = Heading(level=1, runs=[Run(text="Đề mục")])
    blocks = [head(), *[text("x")] * above, heading, table([], rows=rows, caption="Tên bảng", unit="hồ sơ")]
    pdf = TaggedPdf(to_pdf(Document(blocks=blocks)))
    assert len(pdf.sizes) > 1
    for page in range(len(pdf.sizes)):
        on_page = [one for one in pdf.pieces if one.page == page and one.mark is not None]
        lowest = max(round(one.y) for one in on_page)
        last = " ".join(one.text for one in on_page if round(one.y) == lowest)
        assert not re.search(r"Khối|Nhóm|Đề mục|Tên bảng|Cột|Đơn vị tính", last)
    ((heads, found),) = pdf.tables()
    # Headings of groups are read in their place, with the rows they are of.
    assert [*heads, *found][1:] == [[cell.text for cell in row.cells] for row in rows]


def test_a_row_with_too_few_cells_leaves_the_next_its_own() -> None:
    short = TableRow(cells=[TableCell(text="Xã ngắn")])
    ((_, found),) = TaggedPdf(
        to_pdf(Document(blocks=[head(), table([], rows=[short, *table(["Xã A"]).rows])]))
    ).tables()
    assert [row[0] for row in found] == ["Xã ngắn", "Xã A"]
