"""Tuần Giáo's dispatch made of its printed tables, for the tests that make it again."""

from collections.abc import Sequence
from pathlib import Path

from baocao.intake.source import find_sources
from baocao.project import Project
from baocao.run.job import run_job
from baocao.run.request import resolve_request
from baocao.store.ingest import ingest
from tests.conftest import SAMPLE

FORMATS = ("ipynb", "html")


def deliver_tables(project: Project) -> None:
    """Take in the printed tables as they are now."""
    ingest(project, find_sources(project, "one-stop-summary", [project.root / SAMPLE]))


def make(project: Project, formats: Sequence[str] = FORMATS, **asked: str) -> Path:
    """The folder of the dispatch."""
    parameters = {name: value for name, value in asked.items() if name != "as_of"}
    as_of = asked.get("as_of")
    request = resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1", parameters=parameters, as_of=as_of)
    return run_job(project, request, formats).folder


def late_correction(project: Project) -> None:
    """One dossier of Quài Tở was resolved on time after all; the tables are delivered again."""
    path = project.root / SAMPLE / "bieu_2_by_unit.csv"
    text = path.read_text(encoding="utf-8").replace("73,,,73,73,16,57", "73,,,73,73,17,56")
    path.write_text(text.replace("873,,5,868,775,690,85", "873,,5,868,775,691,84"), encoding="utf-8")
    deliver_tables(project)
