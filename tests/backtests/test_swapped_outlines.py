"""Two wards' reports along each other's outline: one parameter, and every heading is the other template's."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from baocao.document.outlines import load_outlines
from tests.backtests.conftest import deliver_registers, make_periodic

SAMPLES = Path("data") / "samples"

#: Documents that each office's report lists along the other's template, by section.
LISTED = {
    "hong-gai": {
        "ke-hoach": ["35/QĐ-UBND"],
        "van-ban-nam-truoc": ["09/KH-UBND"],
        "van-ban-trong-ky": ["17/KH-UBND", "51/KH-UBND"],
        "quan-triet-tuyen-truyen": ["20/KH-UBND"],
        "che-do-dau-moi": ["2378/QĐ-UBND"],
    },
    "truong-thi": {
        "chinh-quyen-so": ["145/QĐ-UBND"],
        "phuong-huong": ["23/CT-TTg"],
    },
}


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
    for section, numbers in LISTED[unit].items():
        assert _listed(page, section) == numbers, section
    if unit == "truong-thi":
        assert len(_listed(page, "quan-triet-tuyen-truyen")) == 15
    else:  # Hồng Gai delivered no register of inspections; of its tasks it said that there are none.
        assert "Chưa gửi số liệu của sổ theo dõi kiểm tra cải cách hành chính." in page.get_text()
    shown = re.sub(r"\s+", " ", page.find("article").get_text())
    printed = _words(" ".join(page.extract_text() for page in PdfReader(made.folder / "report.pdf").pages))
    for section in outlines[other].sections:
        assert _words(section.heading) in printed
        assert section.heading in shown


def _listed(page: BeautifulSoup, section: str) -> list[str]:
    """Numbers of the documents listed under a heading, up to the next one."""
    items: list[str] = []
    for part in page.find(id=f"muc-{section}").find_next_siblings():
        if re.fullmatch(r"h\d", part.name):
            break
        cited = re.search(r" số (\S+/\S+) ", part.get_text())
        items += [cited[1]] if cited and "item" in part.get("class", ()) else []
    return items


def _words(text: str) -> str:
    """Without spaces, which a PDF reader sets as it likes."""
    return re.sub(r"\s", "", text)
