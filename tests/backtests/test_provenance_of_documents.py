"""The five documents come to the bytes that are kept in the repository, in whatever folder they are made."""

from pathlib import Path

import pytest

from baocao.run.verification import verify
from tests.backtests.manifests import DOCUMENTS, kept, make_document, slim


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
