"""A quarter is reported, forty of its dossiers are corrected late, and everybody can see what that changed."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from baocao.checks.dossiers import ingest_and_check
from baocao.intake.dossier_source import find_lists
from baocao.project import Project
from baocao.provenance.manifest import Issue
from baocao.provenance.side import Side
from baocao.run.comparison import Wanted, compare
from baocao.run.finalizing import finalize
from baocao.run.job import run_job
from baocao.run.request import FORMATS, resolve_request
from baocao.run.rerun import rerun
from baocao.run.verification import verify
from baocao.samples.like import sample_like
from tests.conftest import copy_project

Cells = dict[str, str]
FIRST, SECOND = Issue(number="394/UBND-VP", date=date(2020, 4, 3)), Issue(number="451/UBND-VP", date=date(2020, 4, 20))
RECEIVED, DUE, ENDED, STATE = "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý", "Trạng thái"


@dataclass(frozen=True)
class Story:
    """The report, the report after the corrections, and the ids of the dossiers by what became of them."""

    project: Project
    first: Path
    again: Path
    changed: Mapping[str, list[str]]

    @property
    def ids(self) -> set[str]:
        return {name for names in self.changed.values() for name in names}


def day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 -- a day has no zone


def correct(rows: list[Cells]) -> dict[str, list[str]]:
    """Forty late corrections: due dates extended, finished later than known, moved to another desk, forgotten ones."""
    late = [row for row in rows if row[ENDED] and row[DUE] and day(row[ENDED]) > day(row[DUE])]
    open_ones = [row for row in rows if not row[ENDED] and row[DUE] and day(row[DUE]) > date(2020, 3, 31)]
    in_time = [row for row in rows if row[ENDED] and row not in late]
    extended, finished, moved = late[:16], open_ones[:10], in_time[:8]
    for row in extended:
        row[DUE] = row[ENDED]
    for row in finished:
        row[ENDED] = row["Ngày trả"] = "31/03/2020"
        row[STATE] = in_time[0][STATE]
    others = [row["Đơn vị tiếp nhận"] for row in reversed(rows)]
    for row in moved:
        row["Đơn vị tiếp nhận"] = next(name for name in others if name != row["Đơn vị tiếp nhận"])
    forgotten = [{**row, "Mã hồ sơ": f"{row['Mã hồ sơ']}-B"} for row in in_time[20:26]]
    rows += forgotten
    kinds = {"corrected": extended, "finished": finished, "moved": moved, "added": forgotten}
    return {kind: [row["Mã hồ sơ"] for row in found] for kind, found in kinds.items()}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("BAOCAO_STORE", "BAOCAO_OUTPUTS", "BAOCAO_PROJECT"):
            patch.delenv(name, raising=False)
        project = copy_project(tmp_path_factory.mktemp("story") / "project")
        (project.params / "documents" / "tuan-giao" / "portal-dispatch" / "2020-Q1.yaml").unlink()
        sample = sample_like(project, "tuan-giao-2020q1")
        ingest(project, sample.folder)
        request = resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1")
        first = run_job(project, request, FORMATS).folder

        path = sample.folder / "dossiers.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        changed = correct(rows)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        ingest(project, sample.folder)
        again = rerun(project, first, {}, (date.today() + timedelta(days=1)).isoformat()).folder  # noqa: DTZ011
        yield Story(project, first, again, changed)


def ingest(project: Project, folder: Path) -> None:
    for listed in find_lists(project, [str(folder)]):
        ingest_and_check(project, listed)


@pytest.fixture(scope="module")
def told(story: Story) -> Any:
    """The explanation of what changed, as JSON."""
    return compare(story.project, *(Wanted(str(folder), None, None) for folder in (story.first, story.again))).record()


def test_forty_dossiers_explain_every_changed_figure_and_nothing_else_does(story: Story, told: Any) -> None:
    assert len(story.ids) == 40
    assert len(told["figures"]) > 20
    for figure in told["figures"]:
        assert figure["explained"], figure
        assert [cause["kind"] for cause in figure["causes"] if cause["kind"] != "absent"] == ["dossiers"], figure
    causes = {name for figure in told["figures"] for cause in figure["causes"] for name in cause["dossiers"]}
    assert causes == story.ids


def test_each_dossier_is_told_with_what_became_of_it(story: Story, told: Any) -> None:
    found: dict[str, list[str]] = {}
    for dossier in told["dossiers"]:
        found.setdefault(dossier["change"], []).append(dossier["dossier"])
    assert {kind: sorted(names) for kind, names in found.items()} == {
        kind: sorted(names) for kind, names in story.changed.items()
    }


def test_changes_add_up_dossier_by_dossier(story: Story, told: Any) -> None:
    """Sixteen were late and are not any more, ten are finished, six more came in; the printed figures move by that."""
    figures = {figure["id"]: figure for figure in told["figures"]}
    late = figures["resolved_late"]
    assert late["difference"] == -16
    assert sorted(late["causes"][0]["dossiers"]) == sorted(story.changed["corrected"])
    assert figures["received_total"]["difference"] == 6
    assert sorted(figures["received_total"]["causes"][0]["dossiers"]) == sorted(story.changed["added"])
    assert figures["late_rate_pct"]["old"] == 9.74 and figures["late_rate_pct"]["new"] == 7.85  # 69 of 879


def test_the_old_report_is_as_it_was(story: Story) -> None:
    assert Side.of_folder(story.first).manifest.versions.of["dossiers"] == 0
    assert verify(story.project, story.first).identical
    assert story.again != story.first and story.again.parent.name.startswith("2020-Q1~")


def test_issued_verified_and_superseded(story: Story, told: Any) -> None:
    """Both are issued; both verify, each with its own number; the second says what it supersedes and why it differs."""
    project = story.project
    finalize(project, story.first, FIRST)
    second = finalize(project, story.again, SECOND)
    for folder in (story.first, story.again):
        verification = verify(project, folder)
        assert verification.identical, verification
    assert "394/UBND-VP" in text_of(story.first) and "451/UBND-VP" not in text_of(story.first)
    assert "451/UBND-VP" in text_of(story.again) and "ngày 20 tháng 4 năm 2020" in text_of(story.again)
    assert second.supersedes is not None and second.supersedes.issue == FIRST
    attached = json.loads((story.again / "changes.json").read_bytes())
    assert attached["figures"] == told["figures"] and attached["dossiers"] == told["dossiers"]
    page = BeautifulSoup((story.again / "changes.html").read_bytes(), "html.parser").get_text()
    assert all(name in page for name in story.ids) and "đều đã giải trình được" in page
    assert (story.again / "changes.pdf").read_bytes().startswith(b"%PDF")
    assert {path.stat().st_mode & 0o222 for path in story.first.iterdir()} == {0}

    # Somebody runs the quarter again: nothing differs from what is in force.
    request = resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1")
    assert run_job(project, request, FORMATS).folder == story.again


def text_of(folder: Path) -> str:
    return " ".join(BeautifulSoup((folder / "report.html").read_bytes(), "html.parser").get_text().split())
