"""A real Chromium, driven by Playwright, on pages opened from files: nothing may fail and nothing may be fetched."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from baocao.export.executed import read_document, read_record
from baocao.export.html import to_html
from baocao.project import Project
from baocao.run.job import run_job
from baocao.run.request import resolve_request
from tests.backtests.conftest import deliver, deliver_registers
from tests.conftest import SAMPLE, copy_project

#: Opens a file in a window of its own; options are those of a Playwright context.
Open = Callable[..., Page]


@dataclass(frozen=True)
class Reports:
    """Pages of real reports."""

    dispatch: Path
    uong_bi: Path


_COLOURS = ("color-contrast", "link-in-text-block")
#: Options of axe: without the rules that look at colours, which take most of its time, and these alone.
WITHOUT_COLOURS = {"rules": {rule: {"enabled": False} for rule in _COLOURS}}
COLOURS = {"runOnly": {"type": "rule", "values": list(_COLOURS)}}


def serious(page: Page, options: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """What axe finds that keeps people out: the rule and the first place."""
    found = Axe().run(page, options=options).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]


@pytest.fixture(scope="session")
def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((path for path in map(shutil.which, names) if path), None)
    if program is None:
        pytest.skip("no Chromium on this machine: install the package chromium to run the browser tests")
    return program


@pytest.fixture(scope="session")
def reports(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """Tuần Giáo's dispatch and Uông Bí's report, made once.

    A test that drives a browser asks for this first: notebooks cannot be run while Playwright's loop is running.
    """
    folder = tmp_path_factory.mktemp("reports")
    tuan_giao = copy_project(folder / "tuan-giao")
    deliver(tuan_giao, tuan_giao.root / SAMPLE)
    uong_bi = deliver_registers(folder / "uong-bi", Path("data") / "samples" / "uong-bi-2020q1")
    return Reports(
        _page_of(tuan_giao, "portal-dispatch", "tuan-giao", folder / "dispatch.html"),
        _page_of(uong_bi, "periodic-report", "uong-bi", folder / "uong-bi.html"),
    )


def _page_of(project: Project, report: str, unit: str, target: Path) -> Path:
    folder = run_job(project, resolve_request(project, report, unit, "2020-Q1"), ("ipynb",)).folder
    notebook = nbformat.read(folder / "report.ipynb", as_version=4)
    record = read_record(notebook)
    target.write_bytes(to_html(read_document(notebook), record["indicators"], record["inputs"]))
    return target


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    sandboxed = not hasattr(os, "geteuid") or os.geteuid() != 0
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=sandboxed)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open pages; once the test is over, they must have been silent and asked for nothing but themselves."""
    contexts: list[Any] = []
    troubles: list[str] = []

    def watch(page: Page) -> None:
        def asked(url: str) -> None:
            if not url.startswith("file:"):
                troubles.append(f"asked for {url}")

        page.on("console", lambda message: troubles.append(f"console {message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("request", lambda request: asked(request.url))

    def opened(path: Path, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        watch(page)
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
