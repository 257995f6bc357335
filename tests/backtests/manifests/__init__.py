"""What the files of the five documents come to; `python -m tests.backtests.manifests` makes them and writes it anew."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from baocao.project import Project
from baocao.provenance.manifest import read_manifest
from baocao.run.job import run_job
from baocao.run.request import FORMATS, resolve_request
from tests.backtests.conftest import deliver, deliver_sample
from tests.conftest import ROOT, copy_project

KEPT = ROOT / "tests" / "backtests" / "manifests"
#: Unit → report, period and the sample whose tables it is made of.
DOCUMENTS = {
    "tuan-giao": ("portal-dispatch", "2020-Q1", "tuan-giao-2020q1"),
    "uong-bi": ("periodic-report", "2020-Q1", "uong-bi-2020q1"),
    "hong-gai": ("periodic-report", "2024-6T", "hong-gai-2024-6m"),
    "truong-thi": ("periodic-report", "2023-9T", "truong-thi-2023-9m"),
    "hai-phong": ("target-plan", "2022", None),
}


def make_document(root: Path, unit: str) -> tuple[Project, Path]:
    """A project of its own under `root` with the document of a unit made in every format."""
    report, period, sample = DOCUMENTS[unit]
    project = copy_project(root)
    if sample is not None:
        (deliver if report == "portal-dispatch" else deliver_sample)(project, ROOT / "data" / "samples" / sample)
    request = resolve_request(project, report, unit, period)
    return project, run_job(project, request, FORMATS).folder


def slim(folder: Path) -> Mapping[str, Any]:
    """What is kept of a manifest: what the report is, its table versions, the packages, the hashes of its files.

    Code, notebooks and parameters may change as long as the bytes do not.
    """
    manifest = read_manifest(folder)
    return {
        "report": manifest.report,
        "unit": manifest.unit,
        "period": manifest.period.id,
        "tables": {name: table.model_dump() for name, table in manifest.tables.items()},
        "packages": manifest.packages,
        "outputs": manifest.outputs,
    }


def kept(unit: str) -> Any:
    """What is kept of a unit's document."""
    return json.loads((KEPT / f"{unit}.json").read_text(encoding="utf-8"))
