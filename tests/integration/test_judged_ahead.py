"""What an ingest stored is judged by it: reports of it need not import Great Expectations, and say the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from baocao.project import Project
from tests.conftest import SAMPLE
from tests.integration.conftest import Baocao

RUN = ("run", "portal-dispatch", "--unit", "tuan-giao", "--period", "2020-Q1", "--formats", "html")
OUTPUT = Path("portal-dispatch") / "2020-Q1" / "tuan-giao"


def findings(project: Project, outputs: Path) -> tuple[bytes, bool]:
    """The findings of a report, and whether Great Expectations was imported for it."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "baocao", *RUN, "--out", str(outputs / OUTPUT)],
        cwd=project.root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return (outputs / OUTPUT / "findings.json").read_bytes(), "great_expectations.core" in done.stderr


def test_a_report_finds_its_checks_judged_also_after_a_correction(
    baocao: Baocao, ingested: Project, sample: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, imported = findings(ingested, tmp_path / "one")
    assert not imported

    table = sample / "bieu_2_by_unit.csv"
    text = table.read_text(encoding="utf-8")
    corrected = text.replace("unit,3,UBND Xã Quài Tở,73", "unit,3,UBND Xã Quài Tở,74")
    assert corrected != text
    table.write_text(corrected, encoding="utf-8")
    done = baocao("ingest", "one-stop-summary", str(SAMPLE))
    assert (done.returncode, done.stderr) == (0, "")
    second, imported = findings(ingested, tmp_path / "two")
    assert not imported
    assert second != first

    monkeypatch.setenv("BAOCAO_OUTPUTS", str(tmp_path / "nothing kept"))
    again, imported = findings(ingested, tmp_path / "three")
    assert imported
    assert again == second


def test_tables_are_stored_also_where_nothing_can_be_judged(
    baocao: Baocao, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("where the outputs should be")
    monkeypatch.setenv("BAOCAO_OUTPUTS", str(tmp_path / "a file"))
    done = baocao("ingest", "one-stop-summary", str(SAMPLE))
    assert done.returncode == 0
    assert "one_stop_summary version 0: 3 tables new" in done.stdout
    assert "not checked ahead" in done.stderr and "Traceback" not in done.stderr
