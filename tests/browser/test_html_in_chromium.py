"""The HTML in a real Chromium, opened from a file: nothing is fetched, nothing fails, print is complete."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader

from baocao.document.blocks import Annex, Document, HeaderCell, Letterhead, Paragraph, Run, Table, TableCell, TableRow
from baocao.document.charts import Bar, stacked_bars
from baocao.export.html import to_html
from baocao.indicators.measure import Measure, Subject

Browse = Callable[..., str]
ROWS = 217
WIDE = 14


@pytest.fixture
def chromium(tmp_path: Path) -> Browse:
    """Run Chromium headless on a file; return what it wrote to its console and log."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((path for path in map(shutil.which, names) if path), None)
    if program is None:
        pytest.skip("no Chromium on this machine: install the package chromium to run the browser tests")

    def browse(page: Path, *options: str) -> str:
        quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
        sandbox = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
        done = subprocess.run(
            [
                *(program, "--headless", "--disable-gpu", *quiet, *sandbox, f"--user-data-dir={tmp_path / 'profile'}"),
                *("--enable-logging=stderr", *options, page.as_uri()),
            ],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return browse


@pytest.fixture
def page(tmp_path: Path) -> Path:
    measure = Measure("n", Subject("d"), 3, "hồ sơ", "", date(2020, 1, 1), date(2020, 3, 31), "s")
    head = Letterhead(
        document_kind="cong-van",
        office=["ỦY BAN NHÂN DÂN", "HUYỆN TUẦN GIÁO"],
        number="Số: 01/UBND-VP",
        subject="V/v thử nghiệm",
        place_date="Tuần Giáo, ngày 03 tháng 4 năm 2020",
        title="Công văn thử nghiệm",
        dated=date(2020, 4, 3),
    )
    figures = [TableCell(text=f"{place}.234", figure="n", value="1234") for place in range(2, WIDE)]
    table = Table(
        id="wide",
        header=[[HeaderCell(text=f"Cột {place}") for place in range(WIDE)]],
        rows=[
            TableRow(cells=[TableCell(text=str(place)), TableCell(text=f"Đơn vị số {place}"), *figures])
            for place in range(ROWS)
        ],
        align=["number", "text", *["figure"] * (WIDE - 2)],
    )
    chart = stacked_bars("chart", "Biểu đồ", "Nói.", ["a"], [Bar("Quài Tở", [measure])])
    blocks = [head, Paragraph(runs=[Run(text="Nội dung")]), chart, Annex(label="BIỂU 1", title="Bảng rộng"), table]
    path = tmp_path / "report.html"
    path.write_bytes(to_html(Document(blocks=blocks)))
    return path


def asked_by_the_page(net_log: Path) -> set[str]:
    """Addresses a page asked for, not those Chromium asks for by itself (these have no origin)."""
    events = json.loads(net_log.read_text(encoding="utf-8"))["events"]
    started = [event["params"] for event in events if "url" in event.get("params", {})]
    return {
        params["url"]
        for params in started
        if params.get("initiator", "not an origin") != "not an origin"
        and not params["url"].startswith(("file:", "data:"))
    }


def test_opens_from_a_file_and_asks_for_nothing(chromium: Browse, page: Path, tmp_path: Path) -> None:
    net_log = tmp_path / "net.json"
    output = chromium(page, f"--log-net-log={net_log}", "--dump-dom")
    assert f"Đơn vị số {ROWS - 1}" in output
    assert "CONSOLE" not in output  # errors and warnings of the page
    assert asked_by_the_page(net_log) == set()


def test_a_page_that_asks_would_be_seen(chromium: Browse, tmp_path: Path) -> None:
    """The check above can fail."""
    page, net_log = tmp_path / "asks.html", tmp_path / "net.json"
    page.write_text('<img src="http://127.0.0.1:9/x.png">', encoding="utf-8")
    chromium(page, f"--log-net-log={net_log}", "--dump-dom")
    assert asked_by_the_page(net_log) == {"http://127.0.0.1:9/x.png"}


def test_prints_every_row_and_the_last_column(chromium: Browse, page: Path, tmp_path: Path) -> None:
    printed = tmp_path / "print.pdf"
    chromium(page, f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    pages = PdfReader(printed).pages
    texts = [sheet.extract_text() for sheet in pages]
    assert set(re.findall(r"Đơn vị số (\d+)", "\n".join(texts))) == {str(place) for place in range(ROWS)}
    annex = [text for text, sheet in zip(texts, pages, strict=True) if sheet.mediabox.width > sheet.mediabox.height]
    assert len(annex) > 3
    assert all(f"Cột {WIDE - 1}" in text for text in annex)  # the header repeats and nothing is cut off at the right
    assert sum(text.count(f"{WIDE - 1}.234") for text in annex) == ROWS
