"""One report, four formats, the same content: every figure, every cell of a table, every sentence in each of them."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import docx
import nbformat
import openpyxl
import pytest
from bs4 import BeautifulSoup
from docx.oxml.ns import qn
from docx.oxml.table import CT_Tbl

from baocao.document.blocks import (
    Annex,
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
from baocao.document.markup import MOTTO, recipient_lines
from baocao.export.executed import read_document, read_record
from baocao.export.formats import FORMATS
from baocao.forms.formulas import placed, printed_number
from tests.backtests.conftest import SAMPLE, Made, deliver, deliver_registers, make, make_periodic
from tests.conftest import copy_project
from tests.tagged_pdf import TaggedPdf

SAMPLES = Path("data") / "samples"
REPORTS = {
    "tuan-giao": ("", ""),
    "uong-bi": ("2020-Q1", "uong-bi-2020q1"),
    "hong-gai": ("2024-6T", "hong-gai-2024-6m"),
    "truong-thi": ("2023-9T", "truong-thi-2023-9m"),
}
#: Of the file with everything in it; the longest of the four prints 51 pages.
LARGEST_HTML = 1_500_000


@dataclass(frozen=True)
class Report:
    """A report's blocks, and its files as their readers see them."""

    made: Made

    def file(self, name: str) -> bytes:
        return (self.made.folder / FORMATS[name].file).read_bytes()

    @cached_property
    def notebook(self) -> Any:
        return nbformat.read(self.made.folder / "report.ipynb", as_version=4)

    @cached_property
    def document(self) -> Document:
        return read_document(self.notebook)

    @cached_property
    def html(self) -> BeautifulSoup:
        return BeautifulSoup(self.file("html"), "html.parser")

    @cached_property
    def pdf(self) -> TaggedPdf:
        return TaggedPdf(self.file("pdf"))

    @cached_property
    def word(self) -> Any:
        return docx.Document(io.BytesIO(self.file("docx")))

    @cached_property
    def excel(self) -> openpyxl.Workbook:
        return openpyxl.load_workbook(io.BytesIO(self.file("xlsx")), data_only=True)

    @property
    def tables(self) -> list[Table]:
        return [block for block in self.document.blocks if isinstance(block, Table)]

    @property
    def charts(self) -> list[Figure]:
        return [block for block in self.document.blocks if isinstance(block, Figure)]


@pytest.fixture(scope="module", params=list(REPORTS))
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Each report is run once."""
    root = tmp_path_factory.mktemp(request.param) / "project"
    period, sample = REPORTS[request.param]
    if not sample:
        project = copy_project(root)
        deliver(project, project.root / SAMPLE)
        return Report(make(project))
    return Report(make_periodic(deliver_registers(root, SAMPLES / sample), request.param, period))


def bare(text: str) -> str:
    """Text without spaces: where a line breaks is each format's own affair."""
    return "".join(text.split())


def rows_of(table: Table) -> list[list[str]]:
    return [[bare(cell.text) for cell in row.cells] for row in table.rows]


def heads_of(table: Table) -> list[str]:
    return [bare(cell.text) for row in table.header for cell in row]


# -- texts -------------------------------------------------------------------------------------------------------------


def texts(document: Document) -> Iterator[str]:
    """Everything the document says outside its tables, paragraph by paragraph; footnotes apart."""
    for block in document.blocks:
        match block:
            case Letterhead():
                yield from (*block.parent, *block.office, block.number, block.subject, block.place_date, *MOTTO)
            case Title():
                yield from (block.type_name, _said(block.abstract), block.note)
            case Recipients():
                yield from recipient_lines(block.names) if len(block.names) > 1 else block.names
            case Heading():
                yield _said(block.runs)
            case Paragraph():
                if all(run.footnote is None for run in block.runs):
                    yield f"{block.marker} {_said(block.runs)}"
                else:  # the number of a footnote stands in the middle
                    yield from (run.text for run in block.runs)
            case Table():
                yield from (block.caption, block.unit, block.note)
            case Figure():
                yield block.caption
            case Closing():
                yield from (*block.signature, *recipient_lines(block.receivers))
            case Annex():
                yield from (block.label, block.title.upper(), *block.notes)


def footnotes(document: Document) -> list[str]:
    return [
        run.footnote
        for block in document.blocks
        if isinstance(block, Paragraph)
        for run in block.runs
        if run.footnote is not None
    ]


def _said(runs: list[Run]) -> str:
    return "".join(run.text for run in runs)


def missing(document: Document, text: str) -> list[str]:
    """Texts of the document that do not stand in `text`."""
    whole = bare(text).upper()
    return [said for said in (*texts(document), *footnotes(document)) if bare(said).upper() not in whole]


def test_every_text_stands_in_the_page(report: Report) -> None:
    assert missing(report.document, report.html.get_text()) == []


def test_every_text_stands_in_the_pdf(report: Report) -> None:
    assert missing(report.document, report.pdf.text(report.pdf.root)) == []


def test_every_text_stands_in_the_word_document(report: Report) -> None:
    parts = [part.blob for part in report.word.part.package.iter_parts() if "footnotes" in part.partname]
    notes = BeautifulSoup(parts[0], "xml").get_text() if parts else ""
    body = "".join(node.text or "" for node in report.word.element.body.iter(qn("w:t")))
    assert missing(report.document, body + notes) == []


def test_the_reports_say_something(report: Report) -> None:
    """Or nothing above would have been compared."""
    said = [text for text in texts(report.document) if text]
    assert len(said) > 40
    assert sum(len(table.rows) for table in report.tables) > 80
    assert report.charts


# -- tables ------------------------------------------------------------------------------------------------------------


def test_every_cell_stands_in_the_page(report: Report) -> None:
    for table in (*report.tables, *(chart.data for chart in report.charts)):
        found = report.html.find("table", id=table.id)
        assert found is not None, table.id
        rows = [[bare(cell.get_text()) for cell in row.find_all(["td", "th"])] for row in found.tbody.find_all("tr")]
        assert rows == rows_of(table), table.id
        assert [bare(cell.get_text()) for cell in found.thead.find_all(["td", "th"])] == heads_of(table)


def test_every_cell_stands_in_the_pdf(report: Report) -> None:
    """As cells of tagged tables, each table once although it goes over many pages."""
    tables = report.pdf.tables()
    assert len(tables) == len(report.tables)
    for (heads, rows), table in zip(tables, report.tables, strict=True):
        # The heading of the first group of rows is read with those of the columns.
        above = len(table.header)
        assert [[bare(cell) for cell in row] for row in (*heads[above:], *rows)] == rows_of(table), table.id
        assert [bare(cell) for row in heads[:above] for cell in row] == heads_of(table)


def test_every_cell_stands_in_the_word_document(report: Report) -> None:
    tables = [table for table in report.word.element.body.iter(qn("w:tbl")) if table.findall(f".//{qn('w:tblHeader')}")]
    assert len(tables) == len(report.tables)
    for found, table in zip(tables, report.tables, strict=True):
        assert list(_word_rows(found, heading=False)) == rows_of(table), table.id
        assert [text for row in _word_rows(found, heading=True) for text in row] == heads_of(table)


def _word_rows(table: CT_Tbl, *, heading: bool) -> Iterator[list[str]]:
    """Texts of the cells; a cell that carries on the one above is none of its own."""
    for row in table.tr_lst:
        if (row.find(f".//{qn('w:tblHeader')}") is not None) == heading:
            yield [
                bare("".join(node.text or "" for node in cell.iter(qn("w:t"))))
                for cell in row.tc_lst
                if cell.vMerge != "continue"
            ]


def test_every_cell_stands_in_the_workbook(report: Report) -> None:
    """Words as they are printed, figures as numbers of the printed value."""
    shown = [
        block if isinstance(block, Table) else block.data
        for block in report.document.blocks
        if isinstance(block, Table | Figure)
    ]
    _, *sheets, _ = report.excel.worksheets
    assert len(sheets) == len(shown)
    figures = 0
    for sheet, table in zip(sheets, shown, strict=True):
        top = int(sheet.print_title_rows.rpartition("$")[2])
        for line, row in enumerate(table.rows, start=top + 1):
            for column, cell in placed(row.cells):
                value = sheet.cell(line, column + 1).value
                where = (table.id, line, cell.text, value)
                if isinstance(value, int | float):
                    text = cell.text.removesuffix("%").replace(".", "").replace(",", ".")
                    assert Decimal(text) == Decimal(str(value)), where
                    figures += 1
                else:
                    assert bare(str(value or "")) == bare(cell.text), where
                    assert not (cell.figure and printed_number(cell.text)), where
    assert figures > 20


# -- figures -----------------------------------------------------------------------------------------------------------


def test_every_figure_has_its_value_in_all(report: Report) -> None:
    """What a sentence or a cell prints is marked with the figure in the page, and listed with it in the workbook."""
    record = read_record(report.notebook)["indicators"]
    printed = {figure: value for figure, value in _figures(report.document) if figure in record}
    assert len(printed) > 50
    marked = {tag["data-indicator"]: tag["value"] for tag in report.html.find_all("data")}
    assert {figure: marked[figure] for figure in printed} == printed
    heads, *lines = report.excel.worksheets[-1].iter_rows(values_only=True)
    listed = {line[0]: line[heads.index("Giá trị")] for line in lines}
    differing = {
        figure: (value, listed.get(figure))
        for figure, value in printed.items()
        if (Decimal(value) if value else None) != _decimal(listed.get(figure))
    }
    assert differing == {}


def _decimal(value: object) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


def _figures(document: Document) -> Iterator[tuple[str, str]]:
    for block in document.blocks:
        match block:
            case Title():
                yield from _of_runs(block.abstract)
            case Heading() | Paragraph():
                yield from _of_runs(block.runs)
            case KeyFigures():
                yield from _of_runs([figure.value for figure in block.figures])
            case Table():
                yield from _of_cells(block)
            case Figure():
                yield from _of_cells(block.data)


def _of_runs(runs: list[Run]) -> Iterator[tuple[str, str]]:
    yield from ((run.figure, run.value or "") for run in runs if run.figure)


def _of_cells(table: Table) -> Iterator[tuple[str, str]]:
    yield from (
        (cell.figure, cell.value or "") for row in table.rows for cell in row.cells if cell.figure and cell.text
    )


def test_charts_say_the_same_to_those_who_cannot_see_them(report: Report) -> None:
    spoken = [bare(chart.alt) for chart in report.charts]
    assert [bare(element.attributes["/Alt"]) for element in report.pdf.walk("/Figure")] == spoken
    described = [node.get("descr") for node in report.word.element.body.iter(qn("wp:docPr"))]
    assert [bare(text) for text in described] == spoken
    assert [bare(tag["aria-label"]) for tag in report.html.select("figure [role=img]")] == spoken


def test_the_page_is_small_and_the_others_can_be_mailed(report: Report) -> None:
    assert len(report.file("html")) < LARGEST_HTML
    assert max(len(report.file(name)) for name in ("pdf", "docx", "xlsx")) < 3_000_000
