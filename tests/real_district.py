"""Tuần Giáo and one of its communes with made-up dossiers of two quarters: real reports, made once for many tests."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from baocao.project import Project
from baocao.run.job import run_job
from baocao.run.request import resolve_request
from tests.conftest import copy_project

DISTRICT = "tuan-giao"
COMMUNE = "tuan-giao.quai-to"
#: The quarter before, then the one that is looked at.
PERIODS = ("2019-Q4", "2020-Q1")
_DATES = """periods:
  2019-Q4: {from: 2019-10-01, to: 2019-12-31, source: tests}
  2020-Q1: {from: 2020-01-01, to: 2020-04-01, source: tests}
"""


def real_district(root: Path, wanted: Mapping[tuple[str, str], Sequence[str]]) -> Project:
    """A project under `root` with a dispatch for each unit and quarter of `wanted`, in its formats."""
    project = copy_project(root)
    facts = project.params / "documents" / DISTRICT / "portal-dispatch" / "2020-Q1.yaml"
    text = facts.read_text(encoding="utf-8").replace("number: 394/UBND-VP\nissued: 2020-04-03\n", "")
    for period in PERIODS:
        facts.with_name(f"{period}.yaml").write_text(text, encoding="utf-8")
    (project.params / "periods" / f"{DISTRICT}.yaml").write_text(_DATES, encoding="utf-8")
    made = root / "data" / "made"
    of = f"code={DISTRICT} or parent={DISTRICT}"
    days = ("--from", "2019-09-01", "--to", "2020-04-01")
    _baocao(root, "sample", "--dossiers", "2500", "--units", of, *days, "--format", "csv", "--out", str(made))
    _baocao(root, "ingest", "dossiers", str(made))
    for (unit, period), formats in wanted.items():
        run_job(project, resolve_request(project, "portal-dispatch", unit, period), formats)
    return project


def _baocao(root: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "baocao", *arguments], cwd=root, check=True, capture_output=True)
