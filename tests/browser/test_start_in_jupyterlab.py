"""The start notebook in a real JupyterLab, driven by a real Chromium and its keyboard: from choices to the PDF."""

import base64
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from baocao.project import Project
from tests.backtests.conftest import deliver
from tests.conftest import SAMPLE, copy_project

OUTPUT = Path("outputs") / "portal-dispatch" / "2020-Q1" / "tuan-giao"
#: A first start of the kernel, its imports and those of the process that makes reports, on a busy machine.
PATIENCE = 120_000


@dataclass(frozen=True)
class Lab:
    """A JupyterLab of its own on a copy of the project."""

    project: Project
    address: str
    token: str


@pytest.fixture(scope="module")
def lab(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    project = copy_project(folder / "project")
    deliver(project, project.root / SAMPLE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    own = {f"JUPYTER_{what}_DIR": str(folder / what.lower()) for what in ("CONFIG", "DATA", "RUNTIME")}
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--notebook-dir={project.root}"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={token}", "--LabApp.news_url=None"),
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    ]
    environment = {**os.environ, **own, "IPYTHONDIR": str(folder / "ipython")}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=project.root, env=environment, stdout=log, stderr=log)
    try:
        _answers(f"http://127.0.0.1:{port}/api?token={token}", server, folder / "log")
        yield Lab(project, f"http://127.0.0.1:{port}", token)
    finally:
        server.terminate()  # it ends its kernels
        server.wait(30)


def _answers(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 -- our own server
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not answer:\n{log.read_text(encoding='utf-8', errors='replace')}")


@pytest.fixture
def page(lab: Lab, browser: Browser) -> Iterator[Page]:
    """A page that asks nobody but the server on this machine."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    strange: list[str] = []
    # The last two are Chromium's own PDF viewer.
    local = (lab.address, lab.address.replace("http", "ws"), "data:", "blob:", "about:", "chrome-extension:", "chrome:")

    def look(url: str) -> None:
        if not url.startswith(local):
            strange.append(url)

    context.on("request", lambda request: look(request.url))
    page.on("websocket", lambda each: look(each.url))
    yield page
    context.close()
    expect.set_options(timeout=5_000)
    assert strange == []


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the field or button with this label has the focus."""
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        label = page.evaluate(
            "() => { const at = document.activeElement;"
            " return (at.labels && at.labels[0] ? at.labels[0].textContent : at.textContent).trim() }"
        )
        if label == name:
            return
        seen.append(label)
    pytest.fail(f"Tab never came to {name}, but to {seen}")


def test_from_choices_to_the_pdf_with_the_keyboard(lab: Lab, page: Page) -> None:
    page.goto(f"{lab.address}/lab/tree/notebooks/start.ipynb?token={lab.token}")
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_be_visible()
    expect(page.get_by_role("button", name="Python 3 (ipykernel) | Idle")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    report = page.get_by_label("Báo cáo", exact=True)
    expect(report).to_be_visible()
    status = page.get_by_role("status").filter(has_text="Cần sửa")
    expect(status).to_contain_text("Đơn vị: chưa chọn")

    tab_to(page, "Báo cáo")
    offered = [text.replace("\xa0", " ") for text in report.locator("option").all_text_contents()]
    for place in range(1, 1 + next(place for place, text in enumerate(offered) if text.startswith("Công văn đôn đốc"))):
        page.keyboard.press("ArrowDown")
        expect(report).to_have_js_property("selectedIndex", place)
    tab_to(page, "Đơn vị")
    page.keyboard.type("tuan-giap")
    expect(status).to_contain_text("gần giống: tuan-giao")
    page.keyboard.press("Backspace")
    page.keyboard.type("o")
    tab_to(page, "Kỳ báo cáo")
    page.keyboard.type("2020-Q1")
    expect(page.get_by_text("baocao run portal-dispatch --unit tuan-giao --period 2020-Q1")).to_be_visible()
    expect(
        page.get_by_text("UBND huyện Tuần Giáo – Quý I/2020, từ ngày 01/01/2020 đến ngày 01/04/2020")
    ).to_be_visible()

    tab_to(page, "Xem trước")
    page.keyboard.press("Enter")
    document = page.frame_locator("iframe[title='Xem trước văn bản']")
    expect(document.get_by_role("heading", level=1)).to_contain_text("Công văn")
    expect(document.locator("data[value='873']").first).to_be_visible()
    document.locator("nav.contents summary").click()
    entry = document.get_by_role("navigation").get_by_role("link").last
    entry.click()
    expect(document.locator(entry.get_attribute("href") or "")).to_be_in_viewport()
    assert not (lab.project.root / OUTPUT).exists()

    page.get_by_role("button", name="Xem trước").focus()
    tab_to(page, "Lập báo cáo")
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="PDF")
    expect(link).to_be_visible()
    made = (lab.project.root / OUTPUT / "report.pdf").read_bytes()
    assert made.startswith(b"%PDF")
    link.focus()
    with page.expect_response(lambda answer: "report.pdf" in answer.url and "content=1" in answer.url) as opened:
        page.keyboard.press("Enter")
    assert base64.b64decode(opened.value.json()["content"]) == made
    expect(page.get_by_role("tab", name="report.pdf")).to_be_visible()
