"""A report with `protect_below`: no file it leaves anywhere shows a count its table hides, blocked or not.

What explains its differences to an issued one neither, by `changes.*` or by `baocao diff`.
"""

import csv
import io
import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
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
from baocao.provenance.manifest import Issue
from baocao.run.comparison import Wanted, compare
from baocao.run.finalizing import finalize
from baocao.run.job import run_job
from baocao.run.request import FORMATS, resolve_request
from baocao.store.ingest import ingest
from tests.conftest import SAMPLE, copy_project
from tests.integration.office import DISTRICT, Office, done

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
        whole, shown = _counts(project)
        return ProtectedReport(project, folder, whole - shown)


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


def _counts(project: Project) -> tuple[frozenset[int], frozenset[int]]:
    """Counts of the table as it would be without protection, and of the one that is printed."""
    made = open_report("portal-dispatch", unit="tuan-giao", period="2020-Q1")
    whole = fill(made._form(FORM), made.figures)
    forms = whole, protect(whole, made._catalogue).filled
    values = [[measure.value for _, measure in form.figures()] for form in forms]
    whole_counts, shown = (frozenset(value for value in form if isinstance(value, int) and value) for form in values)
    return whole_counts, shown


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


# -- what explains differences -----------------------------------------------------------------------------------------

#: Rows as printed and as corrected, when more dossiers were late: so many in Quài Cang that their number is shown.
CORRECTED = {
    "154,,1,153,154,142,12": "154,,1,153,154,140,14",
    "50,,,50,49,47,2,1,1": "50,,,50,49,28,21,1,1",
    "30,,1,29,30,26,4": "30,,1,29,30,17,13",
    "8,,,8,8,7,1": "8,,,8,8,3,5",
    "873,,5,868,775,690,85": "873,,5,868,775,656,119",
}
#: By how much they changed where that is not shown; the total, by 34, is.
CHANGES = frozenset(change * FACTOR for change in (2, 9, 4))


@pytest.fixture(scope="module")
def later(report: ProtectedReport, tmp_path_factory: pytest.TempPathFactory) -> ProtectedReport:
    """The report issued, its data corrected where the table hides them, and the report that takes its place."""
    root = tmp_path_factory.mktemp("later") / "project"
    shutil.copytree(report.project.root, root)
    project = Project(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAOCAO_PROJECT", str(root))
        folder = root / report.folder.relative_to(report.project.root)
        finalize(project, folder, Issue(number="394/UBND-VP", date=date(2020, 4, 3)))
        old, old_shown = _counts(project)
        path = root / SAMPLE / "bieu_2_by_unit.csv"
        text = path.read_text(encoding="utf-8")
        for was, now in CORRECTED.items():
            was, now = (re.sub(r"\d+", lambda count: str(int(count[0]) * FACTOR), row) for row in (was, now))
            assert text.count(was) == 1
            text = text.replace(was, now)
        path.write_text(text, encoding="utf-8")
        ingest(project, find_sources(project, "one-stop-summary", [root / SAMPLE]))
        request = resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1")
        made = run_job(project, request, ("ipynb", "html"))
        assert made.supersedes == folder
        new, new_shown = _counts(project)
        return ProtectedReport(project, made.folder, (old | new | CHANGES) - old_shown - new_shown)


def test_an_explanation_keeps_back_what_its_reports_do(later: ProtectedReport) -> None:
    assert told(texts(later.project.root / SAMPLE / "bieu_2_by_unit.csv"), later.hidden)
    files = sorted(later.folder.iterdir())
    assert {"changes.json", "changes.html", "changes.pdf"} < {path.name for path in files}
    assert [(path.name, told(texts(path), later.hidden)) for path in files] == [(path.name, []) for path in files]


def test_an_explanation_says_that_it_keeps_something_back(later: ProtectedReport) -> None:
    changes = json.loads((later.folder / "changes.json").read_bytes())
    assert changes["kept_back"] and (changes["rows"], changes["dossiers"]) == ([], [])
    figures = {figure["id"]: figure for figure in changes["figures"]}
    late = figures["resolved_late"]  # of the whole area, which is shown
    assert (late["old"], late["new"], late["hidden"]) == (85 * FACTOR, 119 * FACTOR, [])
    assert [cause["text"] for cause in late["causes"]] == ["Dòng của biểu tổng hợp thay đổi"] and late["explained"]
    hidden = figures["resolved_late@tuan-giao.quai-cang"]
    assert (hidden["old"], hidden["new"], hidden["difference"], hidden["hidden"]) == (None, 21 * FACTOR, None, ["old"])
    assert [cause["kind"] for cause in hidden["causes"]] == ["hidden"] and hidden["explained"]
    page = BeautifulSoup((later.folder / "changes.html").read_bytes(), "html.parser")
    rows = [[cell.text.strip() for cell in row.select("td, th")] for row in page.select("tr")]
    assert [row[2:5] for row in rows if hidden["name"] in row] == [["…", format_count(21 * FACTOR), "…"]]
    assert "ô ghi “…” là số không công bố" in page.get_text()
    shown = sum(not figure["hidden"] for figure in changes["figures"])
    assert f"trong đó {len(figures) - shown} số liệu có một bản không công bố; các số liệu khác" in page.get_text()
    assert shown and "Bảng tổng hợp tình hình giải quyết hồ sơ phiên bản 1" in page.get_text()


def test_an_explanation_names_no_dossier_where_counts_are_hidden(office: Office) -> None:
    """Also where it is another form of the office that hides them."""
    _shorten(office.project.notebooks / "portal_dispatch.ipynb")
    form = office.project.params / "forms" / "one-stop-by-field.yaml"
    form.write_text(form.read_text(encoding="utf-8") + "protect_below: 5\n", encoding="utf-8")
    stated = "periods:\n  2020-Q1: {from: 2020-01-01, to: 2020-03-31, source: made up}\n"
    (office.project.params / "periods" / f"{DISTRICT}.yaml").write_text(stated, encoding="utf-8")
    known = [*(done(f"HS-{number}") for number in range(9)), *(done(f"HT-{n}", field="Hộ tịch") for n in (1, 2))]
    folders = []
    for name, added in (("old", []), ("new", [done("HT-3", field="Hộ tịch")])):
        office.dossiers(*known, *added)
        request = resolve_request(office.project, "portal-dispatch", DISTRICT, "2020-Q1")
        made = run_job(office.project, request, ("ipynb",), out=office.project.outputs / name)
        folders.append(Wanted(str(made.folder), None, None))
    old, new = folders
    content = compare(office.project, old, new).record()
    assert content["kept_back"] and "HT-3" not in json.dumps(content)
    received = next(figure for figure in content["figures"] if figure["id"] == "received_total")
    assert (received["old"], received["new"], received["explained"]) == (11, 12, True)
    assert received["causes"] == [{"kind": "dossiers", "text": "Hồ sơ trong danh sách thay đổi", "dossiers": []}]


# -- a report that is blocked ------------------------------------------------------------------------------------------


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
