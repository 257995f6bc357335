"""The published JSON Schemas are those of the code."""

from baocao.cli.schema import schemas
from tests.conftest import ROOT


def test_published_schemas_are_those_of_the_code() -> None:
    """Mend with `baocao schema --out docs/schemas`."""
    published = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "schemas").glob("*.json")}
    assert published == schemas()
