"""Real reports in a real browser: figures lead to their sources and back, tables sort and filter, all by keyboard."""

import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from baocao.locale import sort_names
from tests.browser.conftest import COLOURS, WITHOUT_COLOURS, Open, Reports, serious

pytestmark = pytest.mark.usefixtures("reports")

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
LIMIT_BYTES = 1_500_000
#: Takes rows away that are, but for their texts, like three before them in their table: they have the same colours.
ALIKE = """() => {
    for (const body of document.querySelectorAll("tbody")) {
        const seen = {};
        for (const row of [...body.rows]) {
            const look = [row, ...row.querySelectorAll("*")].map(part => part.tagName + part.className).join();
            seen[look] = (seen[look] ?? 0) + 1;
            if (seen[look] > 3) row.remove();
        }
    }
}"""


def names(page: Page, table: str) -> list[str]:
    """Names of the rows of a table that are shown, in order."""
    shown: list[str] = page.locator(f"#{table} tbody tr:visible").evaluate_all(
        "rows => rows.map(row => (row.querySelector('th') ?? row.cells[1]).textContent)"
    )
    return shown


def column(page: Page, table: str, place: int) -> list[str]:
    """Figures of a column of the detail rows, as they stand."""
    return page.locator(f"#{table} tbody tr.detail > :nth-child({place})").all_text_contents()


def focused(page: Page) -> Any:
    return page.evaluate("() => document.activeElement.outerHTML")


def tab_to(page: Page, selector: str) -> int:
    """Press Tab until an element is focused; how often it took."""
    for presses in range(1, 200):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return presses
    raise AssertionError(f"{selector} is out of reach of the keyboard")


def ink(page: Page) -> Any:
    return page.evaluate("() => getComputedStyle(document.body).color")


def test_files_are_small(reports: Reports) -> None:
    assert reports.uong_bi.stat().st_size < LIMIT_BYTES
    assert reports.dispatch.stat().st_size < LIMIT_BYTES


@pytest.mark.parametrize("name", ["dispatch", "uong_bi"])
def test_axe_finds_nothing_serious(reports: Reports, open_page: Open, name: str) -> None:
    page = open_page(getattr(reports, name), color_scheme="light", reduced_motion="reduce")
    page.evaluate("() => document.querySelectorAll('details').forEach(details => { details.open = true; })")
    page.locator("article p data[id]").first.focus()  # the card is judged too
    assert serious(page, WITHOUT_COLOURS) == []
    page.evaluate(ALIKE)
    assert page.locator("article p data[id]").count() and page.locator("#card_").is_visible()
    assert serious(page, COLOURS) == []
    light = ink(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert ink(page) != light
    assert serious(page, COLOURS) == []


def test_figure_tells_its_source_by_keyboard(reports: Reports, open_page: Open) -> None:
    page = open_page(reports.dispatch, reduced_motion="reduce")
    figure = 'article p data[data-indicator="late_rate_pct"]'
    tab_to(page, figure)
    card = page.locator("#card_")
    expect(card).to_be_visible()
    for part in (
        "9,74%",
        "85 / 873",
        "Hồ sơ đã giải quyết trễ hạn trên tổng số hồ sơ",
        "Biểu 2",
        "01/01/2020 – 01/04/2020",
    ):
        expect(card).to_contain_text(part)
    expect(card).to_contain_text("Bảng tổng hợp tình hình giải quyết hồ sơ phiên bản 0")
    assert page.locator(figure).first.get_attribute("aria-describedby") == "card_"

    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.keyboard.press("Enter")
    assert "Xem dòng trong Nguồn số liệu" in focused(page)
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    assert 'data-indicator="late_rate_pct"' in focused(page)

    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    row = page.locator(":target")
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text("85 / 873")
    back = row.locator("a").first
    place = str(back.get_attribute("href"))
    back.click()
    expect(page.locator(f"[id='{place[1:]}']")).to_be_in_viewport()


def test_figure_tells_its_source_by_mouse_and_by_tap(reports: Reports, open_page: Open) -> None:
    page = open_page(reports.dispatch)
    page.locator("#one-stop-by-unit data").nth(5).hover()
    expect(page.locator("#card_")).to_be_visible()
    page.locator("#card_").hover()
    page.wait_for_timeout(500)
    expect(page.locator("#card_")).to_be_visible()
    page.mouse.move(2, 2)
    expect(page.locator("#card_")).to_be_hidden()

    phone = open_page(reports.dispatch, **PHONE)
    phone.locator("#one-stop-by-unit data").nth(5).tap()
    expect(phone.locator("#card_")).to_be_in_viewport(ratio=1)


def test_the_card_leads_to_the_rows_and_to_every_place(reports: Reports, open_page: Open) -> None:
    page = open_page(reports.dispatch, reduced_motion="reduce")
    figure = 'article p data[data-indicator="late_rate_pct"]'
    page.locator(figure).first.focus()
    card = page.locator("#card_")
    for part in ("Tỷ lệ trễ hạn", "các dòng: Bảng, Biểu 4", "Số liệu chính"):
        expect(card).to_contain_text(part)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert ">Bảng<" in focused(page)
    page.keyboard.press("Enter")
    expect(card).to_be_hidden()
    row = page.locator("tr:has(:target)")
    expect(row).to_be_in_viewport()
    assert page.locator(":target").get_attribute("data-indicator") == "late_rate_pct@tuan-giao"
    page.locator(figure).first.focus()
    page.keyboard.press("Enter")
    for _ in range(card.locator("a").count() - 1):
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.getElementById('card_').contains(document.activeElement)")
    page.keyboard.press("Tab")
    assert not page.evaluate("() => document.getElementById('card_').contains(document.activeElement)")


def test_every_figure_leads_to_a_row_and_back(reports: Reports) -> None:
    for path in (reports.dispatch, reports.uong_bi):
        page = BeautifulSoup(path.read_bytes(), "html.parser")
        figures: Any = page.select("data")
        targets = {link["href"] for link in page.select("#nguon-so-lieu td a")}
        assert len(figures) > 100
        assert targets == {f"#{figure['id']}" for figure in figures}
        ids = [str(element["id"]) for element in page.select("[id]")]
        assert len(ids) == len(set(ids))
        assert {str(link["href"])[1:] for link in page.select("a[href]")} <= set(ids)


def test_a_table_is_one_tab_stop_and_arrows_move_inside(reports: Reports, open_page: Open) -> None:
    page = open_page(reports.dispatch)
    stops = page.locator("[tabindex='0'], a[href]:not([tabindex='-1']), summary, input").count()
    assert page.locator("data").count() > 300
    assert stops < 120
    page.locator("#one-stop-by-unit thead button").first.focus()
    page.keyboard.press("ArrowDown")
    first = focused(page)
    assert first.startswith("<data")
    page.keyboard.press("ArrowRight")
    assert focused(page) != first
    expect(page.locator("#card_")).to_be_visible()
    page.keyboard.press("Home")
    assert focused(page) == first
    page.keyboard.press("ArrowDown")
    assert focused(page).startswith("<data")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert focused(page).startswith("<button")
    assert page.locator("#one-stop-by-unit [tabindex='0']").count() == 1


def test_sorts_by_keyboard(reports: Reports, open_page: Open) -> None:
    page = open_page(reports.dispatch)
    before = names(page, "one-stop-by-unit")
    total = before[-1]
    tab_to(page, "#one-stop-by-unit thead button")
    page.keyboard.press("ArrowRight")
    head = page.locator("#one-stop-by-unit th:has(button:focus)")
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    after = names(page, "one-stop-by-unit")
    assert after[:-1] == sort_names(before[:-1]) != before[:-1]
    assert after[-1] == total

    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    texts = column(page, "one-stop-by-unit", 3)
    figures = [int(text.replace(".", "")) for text in texts if text]
    assert figures == sorted(figures)
    assert len(figures) > 10
    assert not any(texts[len(figures) :])  # blanks are no zeros: they come last
    page.keyboard.press("Enter")
    texts = column(page, "one-stop-by-unit", 3)
    assert [int(text.replace(".", "")) for text in texts if text] == figures[::-1]
    assert not any(texts[len(figures) :])
    assert page.locator("#one-stop-by-unit [aria-sort]").count() == 1
    page.keyboard.press("Enter")
    assert names(page, "one-stop-by-unit") == before


def test_rows_stay_in_their_group(reports: Reports, open_page: Open) -> None:
    page = open_page(reports.uong_bi)
    table = "uong-bi-procedures"
    groups = """table => {
        const groups = [[]];
        for (const row of table.tBodies[0].rows) {
            if (row.className !== 'detail') groups.push([row.textContent]);
            else groups.at(-1).push(row.textContent);
        }
        return groups.map(([head, ...rows]) => [head, rows.sort()]);
    }"""
    rows = page.locator(f"#{table}")
    before, order = rows.evaluate(groups), column(page, table, 2)
    rows.locator("thead button").nth(1).click()
    assert rows.evaluate(groups) == before
    assert column(page, table, 2) != order


def test_filters_with_and_without_diacritics(reports: Reports, open_page: Open) -> None:
    page = open_page(reports.dispatch)
    tools = page.locator(".tools:has(+ .table #one-stop-by-unit)")
    search = tools.get_by_label("Lọc dòng")
    everything = names(page, "one-stop-by-unit")
    search.fill("quai to")
    found, total = names(page, "one-stop-by-unit")
    assert ("Quài Tở" in found, total) == (True, everything[-1])
    expect(tools).to_contain_text(f"Hiện 1 trên {len(everything) - 1} dòng; dòng tổng tính trên tất cả các dòng")
    search.fill("QUÀI TỞ")
    expect(tools).to_contain_text("Hiện 1 trên")
    page.locator("#one-stop-by-unit tbody data:visible").first.click()
    search.fill("quái tở")
    expect(tools).to_contain_text("Hiện 0 trên")
    search.press("Tab")
    assert focused(page).startswith("<button")  # the row that had the focus is hidden, the table stays in reach
    search.fill("")
    assert names(page, "one-stop-by-unit") == everything


def test_a_link_to_a_row_that_is_filtered_out_shows_it(reports: Reports, open_page: Open) -> None:
    page = open_page(reports.dispatch, reduced_motion="reduce")
    page.locator("#nguon-so-lieu summary").click()
    page.locator("#nguon-so-lieu .tools input").fill("không có dòng nào như thế")
    page.locator('article p data[data-indicator="late_rate_pct"]').first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(":target")).to_be_in_viewport()


@pytest.mark.parametrize("name", ["dispatch", "uong_bi"])
def test_phone_does_not_scroll_sideways(reports: Reports, open_page: Open, name: str) -> None:
    page = open_page(getattr(reports, name), **PHONE)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    contents = page.locator("nav.contents details")
    assert contents.get_attribute("open") is None
    contents.locator("summary").tap()
    expect(contents.locator("a").first).to_be_visible()


def test_charts_can_be_read_on_a_phone(reports: Reports, open_page: Open) -> None:
    """Their letters are no smaller than a phone's own; what does not fit is moved sideways, also by keys."""
    page = open_page(reports.dispatch, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    drawing = page.locator(".drawing").first
    heights = drawing.locator("text").evaluate_all("texts => texts.map(text => text.getBoundingClientRect().height)")
    assert min(heights) >= 11
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert drawing.evaluate("drawing => drawing.scrollWidth > drawing.clientWidth && drawing.tabIndex === 0")
    hint = "drawing => getComputedStyle(drawing.nextElementSibling, '::after').content"
    assert "vuốt ngang" in drawing.evaluate(hint)
    wide = open_page(reports.dispatch).locator(".drawing").first
    assert wide.get_attribute("tabindex") is None
    assert wide.evaluate(hint) == "none"


def test_contents_mark_the_current_section(reports: Reports, open_page: Open) -> None:
    page = open_page(reports.uong_bi, reduced_motion="reduce")
    entry = page.locator("nav.contents a").nth(20)
    entry.click()
    expect(entry).to_have_attribute("aria-current", "location")
    expect(page.locator("[aria-current]")).to_have_count(1)
    expect(entry).to_be_in_viewport()


def test_key_figures_stand_on_top(reports: Reports, open_page: Open) -> None:
    page = open_page(reports.dispatch)
    shown = page.locator(".key-figures")
    expect(shown).to_be_in_viewport(ratio=1)
    blank = ("chưa có số liệu", "Mục tiêu 100%: chưa đủ số liệu")
    for text in ("873 hồ sơ", "9,74%", "không có hồ sơ trực tuyến", "Mục tiêu 20%: chưa đạt", *blank):
        expect(shown).to_contain_text(text)
    shown.locator("data").first.click()
    expect(page.locator("#card_")).to_contain_text("Số liệu chính")


def test_without_its_script_everything_is_readable(reports: Reports, open_page: Open) -> None:
    page = open_page(reports.uong_bi, java_script_enabled=False)
    expect(page.locator("nav.contents a").first).to_be_visible()
    expect(page.locator("#uong-bi-procedures tbody tr").last).to_be_visible()
    page.locator("#nguon-so-lieu summary").click()
    expect(page.locator("#nguon-so-lieu tbody tr").last).to_be_visible()


def test_print_is_complete_whatever_is_filtered(reports: Reports, open_page: Open, tmp_path: Path) -> None:
    page = open_page(reports.uong_bi)
    rows = page.locator("#uong-bi-procedures tbody tr.detail").count()
    page.locator(".tools:has(+ .table #uong-bi-procedures) input").fill("đất đai")
    printed = tmp_path / "print.pdf"
    page.pdf(path=printed, prefer_css_page_size=True)
    sheets = PdfReader(printed).pages
    texts = [sheet.extract_text() for sheet in sheets]
    landscape = [text for text, sheet in zip(texts, sheets, strict=True) if sheet.mediabox.width > 800]
    assert sheets[0].mediabox.width < sheets[0].mediabox.height
    assert len(landscape) > 10
    cells = column(page, "uong-bi-procedures", 2)
    assert rows == len(cells) == 284
    flat = re.sub(r"\s", "", "".join(landscape))
    assert [cell for cell in cells if re.sub(r"\s", "", cell) not in flat] == []
    assert "Lọc dòng" not in flat + texts[0]
    assert "Mục lục" not in texts[0]
