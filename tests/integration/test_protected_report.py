"""A report with `protect_below`: no file it leaves anywhere shows a count its table hides, blocked or not."""

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import yaml
from pypdf import PdfReader

from baocao.checks.findings import failed
from baocao.document.blocks import Annex, Table
from baocao.errors import ChecksBlockedError
from baocao.export.executed import read_document
from baocao.forms.disclosure import FINDINGS_NOTE, protect
from baocao.forms.fill import fill
from baocao.intake.source import find_sources
from baocao.locale import format_count
from baocao.notebook import open_report
from baocao.project import Project
from baocao.run.job import run_job
from baocao.run.request import FORMATS, resolve_request
from baocao.store.ingest import ingest
from tests.conftest import SAMPLE, copy_project

#: Every count of Tuần Giáo's table times this: no other number of any file looks like one of them.
FACTOR = 100_003
LIMIT = 20 * FACTOR
FORM = "one-stop-by-unit"
CELLS = ("parameters", "open", "load", "check", "letterhead", "closing", "by-unit", "findings", "close")


@dataclass(frozen=True)
class ProtectedReport:
    """A made report, and the counts its table hides and shows nowhere."""

    project: Project
    folder: Path
    hidden: frozenset[int]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ProtectedReport:
    """The dispatch's table by unit with small counts, of which two rows do not add up, and nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        project = copy_project(tmp_path_factory.mktemp("protected") / "project")
        patch.setenv("BAOCAO_PROJECT", str(project.root))
        _scale(project.root / SAMPLE)
        form = project.params / "forms" / f"{FORM}.yaml"
        form.write_text(form.read_text(encoding="utf-8") + f"protect_below: {LIMIT}\n", encoding="utf-8")
        _shorten(project.notebooks / "portal_dispatch.ipynb")
        ingest(project, find_sources(project, "one-stop-summary", [project.root / SAMPLE]))
        request = resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1")
        folder = run_job(project, request, FORMATS).folder
        return ProtectedReport(project, folder, _hidden(project))


def _scale(sample: Path) -> None:
    path = sample / "bieu_2_by_unit.csv"
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    counts = [place for place, name in enumerate(head) if place > 2 and name]
    for row in rows:
        for place in counts:
            row[place] = str(int(row[place]) * FACTOR) if row[place] else ""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    source = yaml.safe_load((sample / "source.yaml").read_text(encoding="utf-8"))
    source["files"] = [listed for listed in source["files"] if listed["file"] == path.name]
    (sample / "source.yaml").write_text(yaml.safe_dump(source, allow_unicode=True), encoding="utf-8")


def _shorten(path: Path) -> None:
    """The notebook without what would print the table's counts once more, which is an error of its own."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id in CELLS]
    for cell in notebook.cells:
        cell.source = cell.source.replace("report.key_figures()", "")
    nbformat.write(notebook, path)


def _hidden(project: Project) -> frozenset[int]:
    """Counts that stand in the table as it would be without protection, and nowhere in the one that is printed."""
    made = open_report("portal-dispatch", unit="tuan-giao", period="2020-Q1")
    whole = fill(made._form(FORM), made.figures)
    shown = protect(whole, made._catalogue).filled
    values = [{measure.value for _, measure in form.figures()} for form in (whole, shown)]
    return frozenset(value for value in values[0] - values[1] if isinstance(value, int) and value)


def texts(path: Path) -> str:
    """Everything a file holds, as text."""
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(path).pages)
    if path.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as packed:
            return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return path.read_text(encoding="utf-8")


def told(text: str, hidden: frozenset[int]) -> list[int]:
    """Hidden counts that stand in a text, with or without points between thousands."""
    numbers = set(re.findall(r"\d+(?:\.\d{3})+|\d+", text))
    return sorted(count for count in hidden if {str(count), format_count(count)} & numbers)


def test_the_table_hides_some_and_the_data_hold_them(report: ProtectedReport) -> None:
    """Or nothing below could fail; and the checks do find what would tell."""
    assert len(report.hidden) > 8
    document = read_document(nbformat.read(report.folder / "report.ipynb", as_version=4))
    (table,) = [block for block in document.blocks if isinstance(block, Table) and block.id == FORM]
    cells = [cell.text for row in table.rows for cell in row.cells]
    assert cells.count(f"<{LIMIT}") > 5
    assert cells.count("…") > 5
    assert told(texts(report.project.root / SAMPLE / "bieu_2_by_unit.csv"), report.hidden)


@pytest.mark.parametrize(
    "name",
    [
        *("report.ipynb", "report.html", "report.pdf", "report.docx", "tables.xlsx"),
        *("indicators.json", "findings.json", "manifest.json"),
    ],
)
def test_no_file_tells_a_hidden_count(report: ProtectedReport, name: str) -> None:
    assert told(texts(report.folder / name), report.hidden) == []


def test_every_file_was_looked_into(report: ProtectedReport) -> None:
    """And the reading of each finds the counts that are shown."""
    assert len(list(report.folder.iterdir())) == 8
    shown = frozenset({466 * FACTOR})
    for name in ("report.ipynb", "report.html", "report.pdf", "report.docx", "tables.xlsx", "indicators.json"):
        assert told(texts(report.folder / name), shown), name


def test_findings_say_where_without_saying_how_much(report: ProtectedReport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOCAO_PROJECT", str(report.project.root))
    opened = open_report("portal-dispatch", unit="tuan-giao", period="2020-Q1")
    told_by_checks = {finding.printed for finding in failed(opened.find())}
    assert told_by_checks & report.hidden, "a finding would tell one"
    document = read_document(nbformat.read(report.folder / "report.ipynb", as_version=4))
    annex = next(block for block in document.blocks if isinstance(block, Annex) and block.label == "Kiểm tra số liệu")
    assert FINDINGS_NOTE in annex.notes
    table = next(block for block in document.blocks if isinstance(block, Table) and block.id == "findings")
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert "UBND Xã Chiềng Đông" in [row[2] for row in rows]
    assert {tuple(row[4:7]) for row in rows} == {("", "", "")}
    assert all("ghi …" in row[3] for row in rows)


def test_a_blocked_report_tells_no_more(report: ProtectedReport) -> None:
    settings = report.project.root / "params" / "project.yaml"
    strict = settings.read_text(encoding="utf-8").replace("profile: as-printed", "profile: strict")
    project = Project(report.project.root)
    settings.write_text(strict, encoding="utf-8")
    request = resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1")
    with pytest.raises(ChecksBlockedError) as caught:
        run_job(project, request, ("html", "pdf", "docx", "xlsx"), out=report.folder.with_name("strict"))
    assert told(str(caught.value), report.hidden) == []
    files = sorted(report.folder.with_name("strict~blocked").iterdir())
    assert len(files) == 5
    assert [(path.name, told(texts(path), report.hidden)) for path in files] == [(path.name, []) for path in files]
