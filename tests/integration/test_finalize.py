"""Issued documents: number and date in every file, read-only, never replaced; a later run says what it supersedes."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from baocao.errors import ConfigurationError
from baocao.project import Project, read_model
from baocao.provenance.manifest import Issue, read_manifest
from baocao.reports import DocumentFacts
from baocao.run.finalizing import finalize
from baocao.run.job import run_job
from baocao.run.ledger import Ledger
from baocao.run.request import resolve_request
from baocao.run.verification import verify
from tests.conftest import copy_project
from tests.integration.conftest import Baocao, fresh
from tests.integration.made_reports import deliver_tables, late_correction, make

ISSUE = Issue(number="394/UBND-VP", date=date(2020, 4, 3))


FACTS = Path("params") / "documents" / "tuan-giao" / "portal-dispatch" / "2020-Q1.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """The dispatch, made once before its number and date were known."""
    project = copy_project(tmp_path_factory.mktemp("finalize") / "project")
    text = (project.root / FACTS).read_text(encoding="utf-8")
    text = text.replace("number: 394/UBND-VP\nissued: 2020-04-03\n", "")
    (project.root / FACTS).write_text(text, encoding="utf-8")
    deliver_tables(project)
    return project, make(project)


@pytest.fixture
def reported(made: tuple[Project, Path], project: Project) -> tuple[Project, Path]:
    """A copy of it."""
    then, folder = made
    shutil.copytree(then.root, project.root, dirs_exist_ok=True)
    return project, project.root / folder.relative_to(then.root)


@pytest.fixture
def facts(reported: tuple[Project, Path]) -> Path:
    """The document's facts."""
    return reported[0].root / FACTS


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_issued_document_is_never_replaced(reported: tuple[Project, Path], facts: Path) -> None:
    project, folder = reported
    cited = read_model(facts, DocumentFacts).cited
    finalize(project, folder, ISSUE)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "394/UBND-VP" in page and "ngày 03 tháng 4 năm 2020" in page
    written = read_model(facts, DocumentFacts)
    assert (written.number, written.issued, written.cited) == (ISSUE.number, ISSUE.date, cited)
    assert {path.stat().st_mode & 0o222 for path in (folder, *folder.iterdir())} == {0}
    assert Ledger(project.outputs).issued("portal-dispatch", "tuan-giao", "2020-Q1", ISSUE.number)
    issued = contents(folder)

    assert make(project) == folder and contents(folder) == issued  # nothing new, nothing made
    late_correction(project)
    beside = make(project)
    assert beside == folder.with_name("tuan-giao~2") and contents(folder) == issued
    later = (beside / "report.html").read_text(encoding="utf-8")
    assert "394/UBND-VP" not in later and "9,62%" in later
    manifest = read_manifest(beside)
    assert manifest.supersedes is not None and manifest.supersedes.issue == ISSUE
    changes = json.loads((beside / "changes.json").read_bytes())
    assert {figure["id"] for figure in changes["figures"]} >= {"late_rate_pct", "resolved_late@tuan-giao.quai-to"}
    assert changes["old"]["issue"]["number"] == ISSUE.number
    assert verify(project, beside).identical

    assert make(project) == beside  # not issued yet, so it may be made again
    finalize(project, beside, Issue(number="451/UBND-VP", date=date(2020, 4, 20)))
    assert verify(project, folder).identical and verify(project, beside).identical
    assert make(project) == beside
    assert contents(folder) == issued


def test_the_ledger_knows_an_issued_document_that_was_written_anew(reported: tuple[Project, Path]) -> None:
    project, folder = reported
    finalize(project, folder, ISSUE)
    folder.chmod(0o755)
    path = folder / "manifest.json"
    path.chmod(0o644)
    manifest = read_manifest(folder)
    forged = manifest.model_copy(update={"python": "3.0"}).content()
    path.write_text(json.dumps(forged), encoding="utf-8")
    found = verify(project, folder)
    assert not found.identical
    assert any(cause.kind == "manifest" and str(cause.old).startswith("issued as") for cause in found.causes)


def test_what_cannot_be_issued(reported: tuple[Project, Path], facts: Path) -> None:
    project, folder = reported
    facts.write_text(facts.read_text(encoding="utf-8") + "number: 12/UBND-VP\n", encoding="utf-8")
    before = contents(folder)
    with pytest.raises(ConfigurationError, match="the number is 12/UBND-VP; found 394/UBND-VP"):
        finalize(project, folder, ISSUE)
    facts.write_text(facts.read_text(encoding="utf-8").replace("number: 12/UBND-VP\n", "place: Nơi khác\n"), "utf-8")
    with pytest.raises(ConfigurationError, match="has changed since the report was made"):
        finalize(project, folder, ISSUE)
    facts.write_text(facts.read_text(encoding="utf-8").replace("place: Nơi khác\n", ""), "utf-8")
    (folder / "report.html").write_bytes(b"x")
    with pytest.raises(ConfigurationError, match=r"report\.html was edited"):
        finalize(project, folder, ISSUE)
    (folder / "report.html").write_bytes(before["report.html"])
    (folder / "manifest.json").write_bytes(before["manifest.json"].replace(b'"top_units": "', b'"top_units": "1'))
    with pytest.raises(ConfigurationError, match=r"manifest\.json was edited"):
        finalize(project, folder, ISSUE)
    (folder / "manifest.json").write_bytes(before["manifest.json"])
    draft = run_job(project, resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1", draft=True), ("html",))
    with pytest.raises(ConfigurationError, match="is a draft"):
        finalize(project, draft.folder, ISSUE)
    assert contents(folder) == before
    finalize(project, folder, ISSUE)
    with pytest.raises(ConfigurationError, match="was issued as 394/UBND-VP"):
        finalize(project, folder, ISSUE)


def test_as_people_call_it(reported: tuple[Project, Path], baocao: Baocao) -> None:
    project, folder = reported
    assert baocao("finalize", str(folder), "--number", "394/UBND-VP").returncode == 2
    done = fresh(project.root, "finalize", str(folder), "--number", "394/UBND-VP", "--date", "03/04/2020", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["issue"] == {"number": "394/UBND-VP", "date": "2020-04-03"}
    assert fresh(project.root, "verify", str(folder)).returncode == 0
    again = baocao("run", "portal-dispatch", "--unit", "tuan-giao", "--period", "2020-Q1", "--formats", "html")
    assert again.returncode == 0 and "nothing differs from the issued document" in again.stderr
