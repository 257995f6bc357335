"""`manifest.json`: the inputs, code and packages of one output, and the hashes of its files. No clock, host or user."""

import hashlib
import platform
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import baocao
from baocao.project import Project

SCHEMA = 1


def build_manifest(
    project: Project,
    *,
    report: str,
    unit: str,
    notebook: Path,
    record: Mapping[str, Any],
    injected: Mapping[str, Any],
    outputs: Mapping[str, bytes],
) -> dict[str, Any]:
    """The manifest of a finished report.

    Parameters
    ----------
    record
        What the notebook recorded: inputs, files it read besides those of every report, parameters, period.
    injected
        Parameters as Papermill injected them.
    outputs
        Content of every file of the output folder.
    """
    return {
        "schema": SCHEMA,
        "report": report,
        "unit": unit,
        "period": record["period"],
        "parameters": record["parameters"],
        "injected": dict(injected),
        "tables": record["inputs"],
        "files": {
            project.relative(path): _sha256(path.read_bytes())
            for path in input_files(project, report, unit, record["period"]["id"], notebook, record["files"])
        },
        "code": {"version": baocao.__version__, "content_hash": code_hash()},
        "python": platform.python_version(),
        "packages": package_versions(),
        "outputs": {name: _sha256(content) for name, content in sorted(outputs.items())},
    }


def input_files(
    project: Project, report: str, unit: str, period: str, notebook: Path, recorded: Iterable[str]
) -> list[Path]:
    """Files a report reads besides its table: what describes units, dates, forms, checks and the notebook.

    `recorded` are files this report alone reads, relative to the project; one that is not there was not read.
    """
    params = project.params
    shared: Iterable[Path] = (
        *params.glob("*.yaml"),
        *params.glob("units/*.csv"),
        *params.glob("forms/*.yaml"),
        *params.glob("reports/*.yaml"),
        *project.expectations.glob("*.yaml"),
    )
    own = (params / "periods" / f"{unit}.yaml", params / "fields" / f"{unit}.csv")
    facts = params / "documents" / unit / report / f"{period}.yaml"
    read = (project.root / name for name in recorded)
    return sorted({*shared, *(path for path in (*own, facts, *read) if path.is_file()), notebook})


@cache
def package_versions() -> dict[str, str]:
    """Installed versions of the packages this one requires."""
    required = metadata.requires("baocao") or []
    names = sorted({match[0].lower() for text in required if (match := re.match(r"[A-Za-z0-9._-]+", text))})
    return {name: metadata.version(name) for name in names}


@cache
def code_hash() -> str:
    """SHA-256 over the package's own files, so that changed code is seen without git."""
    root = Path(baocao.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
