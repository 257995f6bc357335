"""The five documents come to the bytes that are kept in the repository, in whatever folder they are made."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from baocao.run.verification import verify
from tests.backtests.manifests import DOCUMENTS, kept, make_document, slim
from tests.conftest import ROOT
from tests.repositories import NO_GIT, git_in


@pytest.mark.parametrize("unit", DOCUMENTS)
def test_the_document_comes_to_the_bytes_that_are_kept(unit: str, tmp_path: Path) -> None:
    """Mend with `python -m tests.backtests.manifests` where the bytes were meant to change."""
    project, folder = make_document(tmp_path / "một bản sao", unit)
    made, stored = slim(folder), kept(unit)
    packages = {name: (stored["packages"].get(name), version) for name, version in made["packages"].items()}
    others = {name: versions for name, versions in packages.items() if versions[0] != versions[1]}
    differing = [name for name, hash_ in stored["outputs"].items() if made["outputs"].get(name) != hash_]
    assert differing == [], f"other packages: {others}"
    assert made == {**stored, "packages": made["packages"]}
    found = verify(project, folder)
    assert found.identical and list(found.causes) == []


@pytest.mark.full
@NO_GIT
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="the tests do not lie in a git repository")
def test_a_clean_clone_comes_to_them_too(tmp_path: Path) -> None:
    """Nothing but what is committed is there, and the code is the clone's own."""
    clone = tmp_path / "bản sao"
    git_in(ROOT)("clone", "--quiet", str(ROOT), str(clone))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "not full", str(Path(__file__).relative_to(ROOT))],
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(clone / "lib")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"{len(DOCUMENTS)} passed" in done.stdout
