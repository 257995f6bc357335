"""Reports made for real: Tuần Giáo's dispatch, as printed and from its rows alone; a ward's report of its registers."""

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup

from baocao.indicators.office import OfficeFigures
from baocao.intake.register import load_registers
from baocao.intake.source import find_sources
from baocao.notebook import open_report
from baocao.notebook.periodic import PeriodicReport
from baocao.project import Project
from baocao.run.job import run_job
from baocao.run.request import FORMATS, resolve_request
from baocao.store.ingest import ingest
from baocao.store.registers import ingest_register
from tests.conftest import ROOT, SAMPLE, copy_project, parsed


@dataclass(frozen=True)
class Made:
    """A report made for real, and the project it was made in."""

    project: Project
    folder: Path

    def json(self, name: str) -> Any:
        return yaml.safe_load((self.folder / name).read_text(encoding="utf-8"))

    def page(self) -> BeautifulSoup:
        """A page of one's own."""
        return BeautifulSoup((self.folder / "report.html").read_bytes(), "html.parser")

    def table(self, form: str) -> list[list[str]]:
        """Body rows of a table of the HTML file, heading rows left out."""
        rows = parsed(self.folder / "report.html").find("table", id=form).tbody.find_all("tr")
        return [
            [cell.get_text(strip=True) for cell in row.find_all(["td", "th"])]
            for row in rows
            if "heading" not in row["class"]
        ]


def deliver(project: Project, *paths: Path) -> None:
    ingest(project, find_sources(project, "one-stop-summary", paths))


def deliver_registers(root: Path, sample: Path) -> Project:
    """A project that has taken in the registers of a sample folder, given from the root of the repository."""
    project = copy_project(root)
    deliver_sample(project, Path(shutil.copytree(ROOT / sample, project.root / sample)))
    return project


def deliver_sample(project: Project, folder: Path) -> None:
    """Take in the registers of a folder as they are now."""
    delivered = {file["dataset"] for file in yaml.safe_load((folder / "source.yaml").read_text("utf-8"))["files"]}
    for name, definition in load_registers(project).items():
        if name in delivered:
            ingest_register(project, definition, find_sources(project, name, [folder]))


def office_of(project: Project, unit: str, period: str) -> OfficeFigures:
    """An office's figures as its periodic report has them, each both as entered and as computed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAOCAO_PROJECT", str(project.root))
        report = open_report("periodic-report", unit=unit, period=period)
        assert isinstance(report, PeriodicReport)
        return report.office


def make_periodic(project: Project, unit: str, period: str, outline: str = "") -> Made:
    """The office's periodic report; a draft where it is along the outline of another."""
    parameters = {"outline": outline} if outline else None
    request = resolve_request(project, "periodic-report", unit, period, parameters=parameters, draft=bool(outline))
    return Made(project, run_job(project, request, FORMATS).folder)


def make(project: Project) -> Made:
    request = resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1")
    return Made(project, run_job(project, request, FORMATS).folder)


@pytest.fixture(scope="session")
def as_printed(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """From Biểu 1, 2 and 3 as the office printed them, total rows included."""
    project = copy_project(tmp_path_factory.mktemp("as-printed") / "project")
    deliver(project, project.root / SAMPLE)
    return make(project)


@pytest.fixture(scope="session")
def from_rows(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """From Biểu 2's unit rows, Biểu 3's procedure rows and the list of fields alone: no total is given anywhere."""
    project = copy_project(tmp_path_factory.mktemp("from-rows") / "project")
    sample = project.root / SAMPLE
    for name in ("bieu_2_by_unit.csv", "bieu_3_by_procedure.csv"):
        rows = printed(name)
        stated = ("received_total", "resolved_total", "pending_total")
        details = [
            {key: "" if key in stated else value for key, value in row.items()}
            for row in rows
            if row["row_type"] != "total"
        ]
        with (sample / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(details)
    for name in ("bieu_1_by_field.csv", "bieu_4_late_rates.csv", "inline_late_overdue.csv"):
        (sample / name).unlink()
    deliver(project, sample / "bieu_2_by_unit.csv", sample / "bieu_3_by_procedure.csv")
    return make(project)


def printed(name: str) -> list[dict[str, str]]:
    """A table of the sample as the office printed it."""
    path = Path(__file__).parents[2] / SAMPLE / name
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def facts() -> Any:
    """What the dispatch's text states."""
    path = Path(__file__).parents[2] / SAMPLE / "facts.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))
