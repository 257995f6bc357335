"""A finished report verified by the very code that made it, taken from the git history of the project."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from baocao.project import Project
from baocao.provenance.history import PACKAGE, History, HistoryError
from baocao.provenance.manifest import Manifest, digest
from baocao.run.past import READ


def verified_by_its_code(project: Project, folder: Path, manifest: Manifest) -> tuple[str, Mapping[str, Any]]:
    """The commit that has the code of a manifest, and what its own `baocao verify` says of the report's folder.

    It runs in a process of its own, in a copy of the project as the commit has it; the working tree stays as it is.

    Raises
    ------
    HistoryError
        If there is no such commit, or its code does not run here.
    """
    with tempfile.TemporaryDirectory(prefix="baocao-") as name:
        then = Path(name).resolve()
        with History(project.root) as history:
            commit = history.commit_of(manifest)
            for part in (PACKAGE, *READ):
                for file, content in history.files(commit, part):
                    _write(then / file, content)
        _complete(project, then, manifest)
        done = subprocess.run(
            [sys.executable, "-m", "baocao", "verify", str(folder.absolute()), "--json"],
            cwd=then,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join((str((then / PACKAGE).parent), os.environ.get("PYTHONPATH", ""))),
                "BAOCAO_PROJECT": str(then),
                "BAOCAO_STORE": str(project.store),
                "BAOCAO_OUTPUTS": str(project.outputs),
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    try:
        (record,) = json.loads(done.stdout)["reports"]
    except (ValueError, KeyError, TypeError):
        told = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise HistoryError(f"the code of commit {commit[:12]} cannot verify it here ({told})") from None
    return commit, record


def _complete(project: Project, then: Path, manifest: Manifest) -> None:
    """Files of a report that had changed since the commit, or never were in one, where the project still has them."""
    for name, told in manifest.files.items():
        place, present = then / name, project.root / name
        if present.is_file() and not (place.is_file() and digest(place.read_bytes()) == told):
            content = present.read_bytes()
            if digest(content) == told or not place.is_file():
                _write(place, content)


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
