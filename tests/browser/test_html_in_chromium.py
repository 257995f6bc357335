"""Made-up pages in a real browser: very long, very wide and hostile tables, footnotes, print."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PageObject, PdfReader

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
from baocao.document.charts import Bar, stacked_bars
from baocao.export.html import to_html
from baocao.indicators.measure import Measure, Subject
from tests.browser.conftest import Open, serious
from tests.sample_documents import head

ROWS = 217
WIDE = 14
WIDEST = 60
MEASURE = Measure("n", Subject("d"), 3, "hồ sơ", "Định nghĩa", date(2020, 1, 1), date(2020, 3, 31), "s")
HEAD = head("cong-van")
HOSTILE = [
    "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "Tên rất dài " * 25,
    "Dính" * 75,
    "Kha\u0301ch ha\u0300ng\u200b\u200d\ufeff",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a\x00b\x08c\x1bd\x9be\ud83df",
    "javascript:alert(3) ]]> --> &amp; \u202egnort",
]


def wide(columns: int, rows: int, figure: str = "n", **changes: Any) -> Table:
    figures = [TableCell(text=f"{place}.234", figure=figure, value=f"{place}234") for place in range(2, columns)]
    return Table(
        id=f"wide-{columns}",
        header=[[HeaderCell(text=f"Cột {place}") for place in range(columns)]],
        rows=[
            TableRow(cells=[TableCell(text=str(place)), TableCell(text=f"Đơn vị số {place}"), *figures])
            for place in range(rows)
        ],
        align=["number", "text", *["figure"] * (columns - 2)],
        **changes,
    )


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(*blocks: AnyBlock) -> Path:
        path = tmp_path / "report.html"
        path.write_bytes(to_html(Document(blocks=[HEAD, *blocks]), {"n": {**MEASURE.record(), "printed": []}}))
        return path

    return written


def lies(sheet: PageObject) -> bool:
    return bool(sheet.mediabox.width > sheet.mediabox.height)


def printed(page: Any, path: Path) -> list[Any]:
    page.pdf(path=path, prefer_css_page_size=True)
    return list(PdfReader(path).pages)


def test_a_page_that_asks_or_fails_would_be_seen(browser: Browser, tmp_path: Path) -> None:
    """The checks after every test can fail: these are the events they listen to."""
    path = tmp_path / "asks.html"
    path.write_text('<img src="http://127.0.0.1:9/x.png"><script>nothing()</script>', encoding="utf-8")
    page = browser.new_page()
    asked: list[str] = []
    failed: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.goto(path.as_uri())
    assert "http://127.0.0.1:9/x.png" in asked
    assert failed
    page.close()


def test_no_other_script_runs_and_nothing_may_be_fetched(write: Any, browser: Browser) -> None:
    """The page's own policy stops what escaping would have let through."""
    path = write(Paragraph(runs=[Run(text="x")]))
    evil = '<script>document.title = "hit"</script><img src="http://127.0.0.1:9/x.png"></main>'
    path.write_text(path.read_text(encoding="utf-8").replace("</main>", evil), encoding="utf-8")
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(path.as_uri())
    assert page.title() == HEAD.title
    assert [what for what in ("script-src", "img-src") if any(what in text for text in refused)] == [
        "script-src",
        "img-src",
    ]
    page.close()


def test_prints_every_row_and_the_last_column(write: Any, open_page: Open, tmp_path: Path) -> None:
    chart = stacked_bars("chart", "Biểu đồ", "Nói.", ["a"], [Bar("Quài Tở", [MEASURE])])
    annex = Annex(label="BIỂU 1", title="Bảng rộng")
    page = open_page(write(Paragraph(runs=[Run(text="Nội dung")]), chart, annex, wide(WIDE, ROWS)))
    page.get_by_label("Lọc dòng").fill("số 216")
    expect(page.locator("#wide-14 tbody tr:visible")).to_have_count(1)
    sheets = printed(page, tmp_path / "print.pdf")
    texts = [sheet.extract_text() for sheet in sheets]
    assert set(re.findall(r"Đơn vị số (\d+)", "\n".join(texts))) == {str(place) for place in range(ROWS)}
    landscape = [text for text, sheet in zip(texts, sheets, strict=True) if lies(sheet)]
    assert len(landscape) > 3
    assert all(f"Cột {WIDE - 1}" in text for text in landscape)  # the header repeats, nothing is cut off at the right
    assert sum(text.count(f"{WIDE - 1}.234") for text in landscape) == ROWS


@pytest.mark.parametrize("annexed", [True, False])
def test_sixty_columns_print_within_the_margins(write: Any, open_page: Open, tmp_path: Path, annexed: bool) -> None:
    annex = [Annex(label="BIỂU 1", title="Bảng rất rộng")] if annexed else []
    page = open_page(write(Paragraph(runs=[Run(text="Nội dung")]), *annex, wide(WIDEST, 40)))
    sheets = printed(page, tmp_path / "print.pdf")
    sheet = next(sheet for sheet in sheets if "Đơn vị số 1" in re.sub(r"\s+", " ", sheet.extract_text()))
    assert lies(sheet)
    ends: list[float] = []

    def visit(text: str, page_matrix: list[float], matrix: list[float], _font: Any, size: float) -> None:
        if f"{WIDEST - 1}.234" in text:
            ends.append(page_matrix[0] * matrix[4] + page_matrix[4] + 0.75 * len(text.strip()) * 0.5 * size)

    text = sheet.extract_text(visitor_text=visit)
    assert text.count(f"{WIDEST - 1}.234") == 40  # whole, not broken over two lines
    assert ends
    assert max(ends) < sheet.mediabox.width - 15 * 72 / 25.4


def test_hostile_text_is_only_text(write: Any, open_page: Open) -> None:
    rows = [TableRow(cells=[TableCell(text=text), TableCell(text="1")]) for text in HOSTILE * 3]
    header = [[HeaderCell(text=HOSTILE[0]), HeaderCell(text=HOSTILE[2])]]
    table = Table(id="t", caption=HOSTILE[0], header=header, rows=rows, align=["text", "figure"], unit=HOSTILE[0])
    blocks = [Paragraph(runs=[Run(text=text, footnote=text)]) for text in HOSTILE]
    path = write(*blocks, table)
    page = open_page(path, viewport={"width": 360, "height": 740})
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    page.locator("#t thead button").first.click()
    page.get_by_label("Lọc dòng").fill("khách hàng")
    expect(page.locator("#t tbody tr:visible")).to_have_count(3)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", path.read_text(encoding="utf-8"))


def test_footnotes_lead_there_and_back(write: Any, open_page: Open) -> None:
    first = [Paragraph(runs=[Run(text="Một", footnote="Chú thích đầu"), Run(text=" hai", footnote="Chú thích sau")])]
    later = [Annex(label="Phụ lục I", title="P"), Paragraph(runs=[Run(text="Ba", footnote="Chú thích của phụ lục")])]
    page = open_page(write(*first, *later))
    lists = page.locator("[role=doc-endnotes]")
    expect(lists).to_have_count(2)
    expect(lists.nth(1)).to_contain_text("Chú thích của phụ lục")
    expect(page.locator("[role=doc-noteref]")).to_have_text(["1", "2", "3"])
    page.locator("[role=doc-noteref]").nth(2).click()
    expect(page.locator(":target")).to_contain_text("Chú thích của phụ lục")
    page.locator(":target").locator("[role=doc-backlink]").click()
    expect(page.locator(":target")).to_have_text("3")
    assert serious(page) == []


def test_a_table_of_5000_rows_stays_quick(write: Any, open_page: Open) -> None:
    """What the script itself takes to sort and filter; drawing so long a table is the browser's own time."""
    page = open_page(write(Annex(label="BIỂU 1", title="Bảng dài"), wide(6, 5000)))
    milliseconds = page.locator("#wide-6").evaluate(
        """table => {
            const started = performance.now();
            table.querySelectorAll("thead button")[2].click();
            const search = document.querySelector(".tools input");
            search.value = "don vi so 4999";
            search.dispatchEvent(new Event("input"));
            return performance.now() - started;
        }"""
    )
    expect(page.locator(".tools output").first).to_have_text("Hiện 1 trên 5.000 dòng")
    assert milliseconds < 5000
