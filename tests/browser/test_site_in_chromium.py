"""The site as leadership opens it: from a file, with the keyboard alone, on a phone; it asks nobody for anything."""

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from baocao.site.build import Built, build_site
from baocao.site.serve import server
from tests.browser.conftest import Open
from tests.real_district import COMMUNE, DISTRICT, PERIODS, real_district

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def site(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Made before Playwright's loop runs, in which notebooks cannot."""
    before, now = PERIODS
    wanted = {
        (DISTRICT, before): ("html",),
        (DISTRICT, now): ("html",),
        (COMMUNE, now): ("html", "pdf"),
    }
    return build_site(real_district(tmp_path_factory.mktemp("site") / "project", wanted))


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds that keeps people out; it may not load the style sheet a second time, the page forbids it."""
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]


def start(site: Built) -> Path:
    return site.folder / "index.html"


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the focus is on an element of that kind; nothing else is touched."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is not reached with the Tab key")


def opened(page: Page) -> Path:
    """The file the page shows."""
    return Path(unquote(urlsplit(page.url).path))


def test_quai_to_is_found_and_its_row_pdf_and_page_opened(site: Built, open_page: Open) -> None:
    page = open_page(start(site))
    tab_to(page, "#wanted")
    page.keyboard.type("quai to")
    expect(page.locator("#results h3")).to_have_text(
        ["Đơn vị (1)", "Văn bản (1)", "Dòng trong văn bản của đơn vị khác (2)"]
    )
    expect(page.locator("#found")).to_have_text("Tìm thấy 4 mục")
    row = page.locator("#results ul").nth(2).locator("a").first
    expect(row).to_have_text("UBND Xã Quài Tở, Quý I/2020")
    tab_to(page, "#results ul:nth-of-type(3) a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report.html#p_*")
    assert opened(page).parent.name == DISTRICT
    assert "UBND Xã Quài Tở" in page.locator("tr:has(:target)").inner_text()
    page.go_back()
    expect(page.locator("#wanted")).to_have_value("quai to")  # what was typed is still there
    expect(page.locator("#results ul").nth(1)).to_contain_text("UBND Xã Quài Tở, Quý I/2020")
    pdf = page.locator("#results ul").nth(1).get_by_text("PDF", exact=True)
    expect(pdf).to_have_count(1)
    file = (opened(page).parent / unquote(str(pdf.get_attribute("href")))).resolve()
    assert file.parts[-2:] == (COMMUNE, "report.pdf") and file.read_bytes().startswith(b"%PDF")
    with page.expect_download() as download:
        pdf.click(modifiers=["Alt"])
    assert Path(str(download.value.path())).read_bytes() == file.read_bytes()
    page.locator("#results ul").nth(1).locator("a").first.click()
    expect(page.locator("h1")).to_contain_text("Công văn đôn đốc")
    assert opened(page).parts[-2:] == (COMMUNE, "index.html")


@pytest.mark.parametrize(
    ("typed", "units"),
    [
        ("QUÀI TỞ", ["UBND Xã Quài Tở"]),
        ("quài tợ", []),
        ("toa tinh", ["UBND Xã Tỏa Tình"]),
        ("toả tình", ["UBND Xã Tỏa Tình"]),
        ("dong chieng", ["UBND Xã Chiềng Đông"]),
    ],
)
def test_diacritics_count_only_where_they_are_typed(site: Built, open_page: Open, typed: str, units: list[str]) -> None:
    page = open_page(start(site))
    page.locator("#wanted").fill(typed)
    expect(page.locator("#found")).not_to_be_empty()
    expect(page.locator("#results h3:has-text('Đơn vị (') + ul li > a")).to_have_text(units)


def test_words_may_name_unit_kind_and_period(site: Built, open_page: Open) -> None:
    page = open_page(start(site))
    page.locator("#wanted").fill("tuan giao cong van 2019-q4")
    documents = page.locator("#results h3:has-text('Văn bản (') + ul li")
    expect(documents).to_have_count(1)
    expect(documents).to_contain_text("UBND huyện Tuần Giáo, Quý IV/2019")
    page.locator("#wanted").fill("<img src=x onerror=alert(1)>")
    expect(page.locator("#found")).to_have_text("Không tìm thấy mục nào")
    page.locator("#wanted").fill("")
    expect(page.locator("#found")).to_be_empty()
    page.goto(f"{start(site).as_uri()}#%E1%BB")  # an address cut in the middle of a letter
    page.reload()
    page.locator("#wanted").fill("tuan giao")
    expect(page.locator("#results li").first).to_be_visible()


def test_units_sort_by_their_late_rate(site: Built, open_page: Open) -> None:
    page = open_page(site.folder / "don-vi" / f"{DISTRICT}.html")
    tab_to(page, "#children thead button")
    head = page.locator("#children thead th", has_text="Tỷ lệ trễ hạn").locator("button")
    while not head.evaluate("button => button === document.activeElement"):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    place = head.evaluate("button => button.closest('th').cellIndex")
    cells = page.locator(f"#children tbody tr > :nth-child({place + 1})")
    rates = [text.replace(",", ".") for text in cells.all_inner_texts()]
    filled = [float(text) for text in rates if text]
    assert len(filled) > 10 and filled == sorted(filled, reverse=True)
    assert rates[: len(filled)] == [text for text in rates if text]  # blanks stand last
    expect(page.locator("#said_")).to_contain_text("Tỷ lệ trễ hạn (%), giảm dần")


def test_the_quarter_before_is_compared(site: Built, open_page: Open) -> None:
    page = open_page(site.folder / "don-vi" / f"{COMMUNE}.html")
    tab_to(page, "a[href*='so-sanh.html#']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/so-sanh.html#*")
    expect(page.locator("#compared thead th")).to_have_text(
        ["Chỉ số", "UBND Xã Quài Tở, Quý IV/2019", "UBND Xã Quài Tở, Quý I/2020", "Chênh lệch"]
    )
    rows = {
        cells[0]: cells[1:]
        for row in page.locator("#compared tbody tr").all()
        if (cells := row.locator("th, td").all_inner_texts())
    }
    before, now, gap = (number(text) for text in rows["Tỷ lệ trễ hạn"])
    assert gap == pytest.approx(now - before) and rows["Tỷ lệ trễ hạn"][2].endswith("điểm %")
    assert all(re.fullmatch(r"[+−]?\d+,\d\d(%| điểm %)", text) for text in rows["Tỷ lệ trễ hạn"])
    before, now, gap = (number(text) for text in rows["Tổng số hồ sơ nhận giải quyết (hồ sơ)"])
    assert gap == now - before
    expect(page.locator("#compared .note a").first).to_contain_text("Công văn đôn đốc")

    # Another unit, found without diacritics, that has a row in the district's report and none of its own.
    page.locator("#filter-a").fill("phinh sang")
    expect(page.locator("#compared thead th").nth(1)).to_have_text("UBND Xã Phình Sáng, Quý IV/2019")
    expect(page.locator("#compared")).to_contain_text("UBND huyện Tuần Giáo")
    expect(page.locator("#compared tbody")).to_contain_text("không có số liệu")
    assert serious(page) == []
    address = page.url
    page.reload()
    assert page.url == address
    expect(page.locator("#compared thead th").nth(1)).to_have_text("UBND Xã Phình Sáng, Quý IV/2019")
    page.locator("#swap").click()
    expect(page.locator("#compared thead th").nth(2)).to_have_text("UBND Xã Phình Sáng, Quý IV/2019")


def number(text: str) -> float:
    match = re.match(r"[+−]?[\d.]+(?:,\d+)?", text)
    assert match, text
    return float(match[0].replace(".", "").replace(",", ".").replace("−", "-"))


PAGES = (
    "index.html",
    "so-sanh.html",
    "ban-hanh.html",
    "khong-dua-vao.html",
    "chat-luong/index.html",
    f"chat-luong/{PERIODS[1]}.html",
    f"ky/{PERIODS[1]}.html",
    f"don-vi/{DISTRICT}.html",
    "loai/portal-dispatch.html",
    f"van-ban/portal-dispatch/{PERIODS[1]}/{DISTRICT}/index.html",
)
#: One page of each look; the comparison is examined where it is filled.
LOOKS = ("index.html", *PAGES[5:8], PAGES[-1])


@pytest.mark.parametrize(("scheme", "paths"), [("light", LOOKS), ("dark", (PAGES[0], PAGES[-1]))])
def test_nobody_is_kept_out(site: Built, open_page: Open, scheme: str, paths: Sequence[str]) -> None:
    for path in paths:
        page = open_page(site.folder / path, color_scheme=scheme)
        if path == "index.html":
            page.locator("#wanted").fill("tuan")
            expect(page.locator("#results li").first).to_be_visible()
        assert serious(page) == [], path
        page.context.close()


def test_a_phone_shows_all_without_scrolling_sideways(site: Built, open_page: Open) -> None:
    for path in PAGES:
        page = open_page(site.folder / path, **PHONE)
        if path == "index.html":
            page.locator("#wanted").fill("quai to")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360, path
        page.context.close()


def test_the_same_from_a_web_server(site: Built, browser: Browser) -> None:
    with server(site.folder, 0) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: asked.append(f"console {message.text}"))
        address = f"http://127.0.0.1:{running.server_port}"
        page.goto(f"{address}/")
        page.locator("#wanted").fill("quai to")
        expect(page.locator("#found")).to_have_text("Tìm thấy 4 mục")
        page.goto(f"{address}/so-sanh.html#{DISTRICT},{PERIODS[0]},{DISTRICT},{PERIODS[1]}")
        expect(page.locator("#compared tbody tr").first).to_be_visible()
        page.close()
        running.shutdown()
        thread.join()
    assert [url for url in asked if not url.startswith(address)] == []
