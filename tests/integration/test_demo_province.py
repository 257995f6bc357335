"""`make demo-province`: one command from made-up dossiers to the site leadership opens."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, copy_project

pytestmark = pytest.mark.full


def run(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "demo_province.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_one_command_leads_from_dossiers_to_the_site(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    copy_project(folder)
    shutil.copy(ROOT / "demo_province.py", folder)
    said = run(folder)
    assert "32 made, 0 unchanged, 0 blocked by their checks, 0 failed" in said
    assert "63 made, 0 unchanged, 1 blocked by their checks, 0 failed" in said  # the commune that told nothing
    assert "12 made, 0 unchanged, 1 blocked by their checks, 0 failed" in said
    outputs = folder / "data" / "generated" / "dien-bien-demo" / "outputs"
    assert f"open {(outputs / 'site' / 'index.html').relative_to(folder)}" in said
    assert (outputs / "site" / "index.html").is_file()
    assert not (folder / "outputs").exists() and not (folder / "data" / "store").exists()

    reports = outputs / "leadership-brief"
    assert (reports / "2025-Q4" / "dien-bien.sang-nhe~blocked").is_dir()
    for period, unit in (("2024-Q1", "tuan-giao"), ("2025-Q2", "tuan-giao.quai-to"), ("2025-Q4", "dien-bien.quai-to")):
        made = {path.name for path in (reports / period / unit).iterdir()}
        assert {"report.html", "report.pdf", "report.docx", "tables.xlsx", "manifest.json"} <= made
    figures = json.loads((reports / "2025-Q4" / "dien-bien" / "indicators.json").read_text(encoding="utf-8"))
    assert figures["received_new"]["value"] == 8526  # as many as the list of the quarter has

    page = outputs / "service-quality" / "2025-Q4" / "dien-bien" / "indicators.json"
    points = json.loads(page.read_text(encoding="utf-8"))
    for component in ("progress", "online", "digitised_in", "digitised_result"):
        assert points[f"score_{component}"]["denominator"] and points[f"score_{component}"]["value"] is not None
    assert points["score_transparency"]["value"] is None

    again = run(folder)
    assert all(f"0 made, {made} unchanged" in again for made in (32, 63, 12))
