"""Two wards' reports along each other's outline: one parameter, and every heading is the other template's."""

import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from baocao.document.outlines import load_outlines
from tests.backtests.conftest import deliver_registers, make_periodic

SAMPLES = Path("data") / "samples"


@pytest.mark.parametrize(
    ("unit", "period", "sample", "other"),
    [
        ("hong-gai", "2024-6T", "hong-gai-2024-6m", "truong-thi"),
        ("truong-thi", "2023-9T", "truong-thi-2023-9m", "hong-gai"),
    ],
)
def test_another_outline_by_one_parameter(tmp_path: Path, unit: str, period: str, sample: str, other: str) -> None:
    project = deliver_registers(tmp_path / "project", SAMPLES / sample)
    outlines = load_outlines(project)
    made = make_periodic(project, unit, period, other)
    page = made.page()
    headed = [found["id"].removeprefix("muc-") for found in page.find_all(id=re.compile("^muc-"))]
    assert headed == [section.id for section in outlines[other].walk() if section.heading]
    (annex,) = outlines[other].annexes
    assert page.find("table", id=annex) is not None
    assert page.find("table", id=outlines[unit].annexes[0]) is None
    shown = re.sub(r"\s+", " ", page.find("article").get_text())
    printed = _words(" ".join(page.extract_text() for page in PdfReader(made.folder / "report.pdf").pages))
    for section in outlines[other].sections:
        assert _words(section.heading) in printed
        assert section.heading in shown


def _words(text: str) -> str:
    """Without spaces, which a PDF reader sets as it likes."""
    return re.sub(r"\s", "", text)
