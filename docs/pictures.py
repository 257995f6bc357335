"""Draw the pictures of `README.md` and `van-ban.md` again: `make pictures`, with poppler and Chromium installed.

The first two are of the made-up province, which `make demo-province` has made before.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from demo_province import OUTPUTS

from baocao.intake.source import find_sources
from baocao.project import Project
from baocao.run.job import run_job
from baocao.run.request import resolve_request
from baocao.store.ingest import ingest

ROOT = Path(__file__).parents[1]
IMAGES = Path(__file__).parent / "images"
SAMPLE = Path("data") / "samples" / "tuan-giao-2020q1"
#: Page of the dispatch, counted from 1, and its dots per inch.
PAGES = {"cong-van-trang-1": (1, 72), "cong-van-phu-luc": (7, 80)}


#: The same for the brief of a district of the made-up province.
BRIEF = {"tom-tat-trang-1": (1, 60)}
BRIEF_OF = Path("leadership-brief") / "2025-Q2" / "tuan-giao" / "report.pdf"
SITE_WINDOW = (1000, 780)


def main() -> None:
    """Draw all of them."""
    poppler, chromium = shutil.which("pdftoppm"), shutil.which("chromium") or shutil.which("chromium-browser")
    if poppler is None or chromium is None:
        sys.exit("install poppler-utils and chromium to draw the pictures")
    IMAGES.mkdir(exist_ok=True)
    draw_pages(poppler, OUTPUTS / BRIEF_OF, BRIEF)
    draw_site(chromium, OUTPUTS / "site" / "index.html")
    draw_dispatch(poppler)


def draw_site(chromium: str, page: Path) -> None:
    """The first page of the site as leadership sees it."""
    from playwright.sync_api import ViewportSize, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        window = browser.new_page(viewport=ViewportSize(width=SITE_WINDOW[0], height=SITE_WINDOW[1]))
        window.goto(page.as_uri())
        window.screenshot(path=IMAGES / "trang-tin.png")
        browser.close()


def draw_dispatch(poppler: str) -> None:
    """The dispatch of the sample data, made in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        for name in ("params", "expectations", "notebooks", SAMPLE):
            shutil.copytree(ROOT / name, project.root / name)
        ingest(project, find_sources(project, "one-stop-summary", [project.root / SAMPLE]))
        made = run_job(project, resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1"), ["pdf"])
        draw_pages(poppler, made.folder / "report.pdf", PAGES)


def draw_pages(poppler: str, document: Path, pages: Mapping[str, tuple[int, int]]) -> None:
    """Pages of a PDF in grey, each given by its number, counted from 1, and its dots per inch."""
    for name, (page, density) in pages.items():
        options = ("-png", "-gray", "-singlefile", "-r", str(density), "-f", str(page), "-l", str(page))
        subprocess.run([poppler, *options, str(document), str(IMAGES / name)], check=True)


if __name__ == "__main__":
    main()
