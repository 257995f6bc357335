"""Formulas of the workbook, computed anew by LibreOffice, give what the document prints."""

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from baocao.document.blocks import Annex, Document, Formula, HeaderCell, Table, TableCell, TableRow
from baocao.export.xlsx import to_xlsx
from baocao.intake.source import find_sources
from baocao.locale import format_count, format_number, percentage
from baocao.notebook import open_report
from baocao.project import Project
from baocao.store.ingest import ingest
from tests.backtests.conftest import deliver_registers
from tests.conftest import SAMPLE, copy_project
from tests.unit.test_document import HEAD

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")

#: LibreOffice computes a file's formulas on loading only where its profile says so.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
WRONG = "-987654"

DISPATCH = (
    "late-overdue-units",
    "one-stop-by-field",
    "one-stop-by-unit",
    "one-stop-by-procedure",
    "late-rates-by-unit",
)
UONG_BI = ("uong-bi-settlement", "uong-bi-one-stop-centre", "uong-bi-one-stop-communes", "uong-bi-procedures")


def forms(project: Project, report: str, unit: str, period: str, *names: str) -> bytes:
    """The workbook of an office's forms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAOCAO_PROJECT", str(project.root))
        made = open_report(report, unit=unit, period=period)
        tables = [block for name in names for block in (Annex(label=name, title=name), made._form_block(name))]
    return to_xlsx(Document(blocks=[HEAD, *tables]), {})


def tuan_giao(root: Path) -> bytes:
    project = copy_project(root)
    ingest(project, find_sources(project, "one-stop-summary", [project.root / SAMPLE]))
    return forms(project, "portal-dispatch", "tuan-giao", "2020-Q1", *DISPATCH)


def hong_gai(root: Path) -> bytes:
    project = deliver_registers(root, Path("data") / "samples" / "hong-gai-2024-6m")
    return forms(project, "periodic-report", "hong-gai", "2024-6T", "hong-gai-1a")


def uong_bi(root: Path) -> bytes:
    project = deliver_registers(root, Path("data") / "samples" / "uong-bi-2020q1")
    return forms(project, "periodic-report", "uong-bi", "2020-Q1", *UONG_BI)


def halves(_root: Path) -> bytes:
    """Shares that lie exactly between two printed numbers, and sums of decimals that binary fractions do not hold."""
    rows: list[tuple[str, str, str, Formula]] = []
    for denominator in (16, 160, 400, 800, 1600, 2000, 20000):
        for numerator in range(1, denominator, max(2, denominator // 50)):
            for decimals in (0, 1, 2):
                share = percentage(numerator, denominator, decimals)
                assert share is not None
                line = len(rows)
                formula = Formula(cells=[(line, 0)], of=[(line, 1)], decimals=decimals)
                rows.append(
                    (format_count(numerator), format_count(denominator), format_number(share, keep_zeros=True), formula)
                )
    for parts in (("0,1", "0,2", "0,3"), ("1,005", "2,67", "3,675"), ("1.234.567,89", "0,12", "1.234.568,01")):
        rows.append((*parts, Formula(cells=[(len(rows), 0), (len(rows), 1)])))
    table = Table(
        id="t",
        header=[[HeaderCell(text=text) for text in ("a", "b", "c")]],
        rows=[
            TableRow(cells=[TableCell(text=a), TableCell(text=b), TableCell(text=c, formula=formula)])
            for a, b, c, formula in rows
        ],
        align=["figure", "figure", "figure"],
    )
    return to_xlsx(Document(blocks=[HEAD, table]), {})


def computed_anew(workbook: bytes, folder: Path) -> bytes:
    """The workbook as LibreOffice saves it, after every result kept in it was made wrong."""
    assert SOFFICE is not None
    source, profile, out = folder / "tables.xlsx", folder / "profile", folder / "out"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(source, "w") as new:
        wrong = 0
        for name in old.namelist():
            content, found = re.subn(rb"</f><v>[^<]*</v>", f"</f><v>{WRONG}</v>".encode(), old.read(name))
            new.writestr(name, content)
            wrong += found
    assert wrong == len(list(results(workbook)))
    subprocess.run(
        [
            SOFFICE,
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(out),
            str(source),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return (out / source.name).read_bytes()


def results(workbook: bytes) -> Iterator[tuple[str, str, Any]]:
    """Sheet, place and kept result of every formula."""
    formulas = load_workbook(io.BytesIO(workbook))
    values = load_workbook(io.BytesIO(workbook), data_only=True)
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield sheet.title, cell.coordinate, values[sheet.title][cell.coordinate].value


@pytest.mark.parametrize(
    ("made", "least"),
    [(tuan_giao, 150), (hong_gai, 11), (uong_bi, 110), (halves, 200)],
    ids=["tuan-giao", "hong-gai", "uong-bi", "halves"],
)
def test_every_formula_gives_the_printed_number(made: Any, least: int, tmp_path: Path) -> None:
    workbook = made(tmp_path / "project")
    printed = list(results(workbook))
    assert len(printed) >= least
    (tmp_path / "office").mkdir()
    anew = list(results(computed_anew(workbook, tmp_path / "office")))
    assert anew == printed
