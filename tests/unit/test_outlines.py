"""Outlines as data: headings numbered as the template says, sections left out, lists, own texts, whose it is."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from baocao.document.blocks import Block, Heading, Paragraph, Run
from baocao.document.citations import cite
from baocao.document.outlines import Outline, outline_for
from baocao.errors import ConfigurationError
from baocao.notebook.outline import OutlineWriter
from baocao.texts import OwnText
from baocao.units import UnitRegistry
from tests.unit.test_office_figures import WARD, office, statistics

SECTIONS: list[dict[str, Any]] = [
    {
        "id": "chi-dao",
        "heading": "Công tác chỉ đạo",
        "sections": [
            {"id": "ke-hoach", "heading": "Kế hoạch", "list": {"dataset": "documents", "where": {"role": "issued"}}},
            {"id": "khac", "heading": "Việc khác", "own": "required"},
        ],
    },
    {"id": "vuot", "heading": "Vượt biên chế", "when": "staff_saved", "text": "x"},
    {"id": "ket-qua", "heading": "Kết quả", "own": "optional", "sections": [{"id": "con", "heading": "Chi tiết"}]},
]


def outline(**given: Any) -> Outline:
    return Outline(**{"id": "mau", "name": "Mẫu", "abstract": "Kết quả", "sections": SECTIONS, **given})


def plain(place: str, template: str, names: Any) -> list[Block]:
    return [Paragraph(runs=[Run(text=template)])]


def written(found: Outline, texts: dict[str, OwnText] | None = None, **entered: int) -> tuple[list[str], OutlineWriter]:
    writer = OutlineWriter(
        found,
        office(statistics(**entered)),
        render=plain,
        note=lambda measure, place: None,
        table=lambda name: Paragraph(runs=[Run(text=f"<{name}>")]),
        texts=texts or {},
        folder="params/texts/an/2024-6T",
        others={},
    )
    lines = []
    for block in writer.blocks():
        assert isinstance(block, Heading | Paragraph)
        marker = "#" * block.level if isinstance(block, Heading) else block.marker
        lines.append(f"{marker} {''.join(run.text for run in block.runs)}".strip())
    return lines, writer


def test_headings_are_numbered_and_sections_left_out() -> None:
    lines, _ = written(outline(numbering=["roman", "decimal"]))
    assert [line for line in lines if line.startswith("#")] == [
        "# I. Công tác chỉ đạo",
        "## I.1. Kế hoạch",
        "## I.2. Việc khác",
        "# II. Kết quả",
        "## II.1. Chi tiết",
    ]
    lines, _ = written(outline(), staff_assigned=5, staff_present=4)
    assert "# II. Vượt biên chế" in lines
    assert "# III. Kết quả" in lines


def test_a_missing_text_is_marked_where_it_belongs() -> None:
    lines, writer = written(outline())
    assert lines[4:6] == ["## 2. Việc khác", "[Chưa có nội dung: viết vào tệp params/texts/an/2024-6T/khac.md]"]
    assert writer.missing() == ["khac"]
    lines, writer = written(outline(), {"khac": OwnText("khac", "khac.md", "[?] Đã họp.")})
    assert (lines[5], writer.missing(), writer.unconfirmed()) == ("[?] Đã họp.", [], [("khac.md", "[?] Đã họp.")])


def test_rows_of_a_register_are_cited() -> None:
    row = {
        "type": "KH",
        "number": "24/KH-UBND",
        "date": date(2020, 1, 22),
        "summary": "về chủ đề năm",
        "role": "issued",
    }
    assert cite(row) == "Kế hoạch số 24/KH-UBND ngày 22/01/2020 về chủ đề năm"
    assert cite({**row, "date": None, "role": "cited", "issuer": "UBND tỉnh"}) == (
        "Kế hoạch số 24/KH-UBND của UBND tỉnh về chủ đề năm"
    )
    assert cite({"type": None, "number": "779", "date": None, "summary": None}) == "Văn bản số 779"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sections": [*SECTIONS, SECTIONS[1]]}, "section “vuot” stands twice"),
        ({"numbering": ["roman"]}, "2 levels deep, `numbering` names 1"),
        ({"sections": [{"id": "Mục 1"}]}, "String should match pattern"),
        ({"section": []}, "Extra inputs"),
    ],
)
def test_an_outline_that_does_not_hold_together(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        outline(**given)


def test_whose_outline_it_is() -> None:
    registry = UnitRegistry((WARD,))
    found = {
        name: outline(id=name, units=units) for name, units in {"a": "level=commune", "b": "", "c": "ward"}.items()
    }
    assert outline_for({"a": found["a"], "b": found["b"]}, WARD, registry).id == "a"
    assert outline_for(found, WARD, registry, "b").id == "b"
    with pytest.raises(ConfigurationError, match="several outlines name ward: a, c"):
        outline_for(found, WARD, registry)
    with pytest.raises(ConfigurationError, match="no outline under params/outlines/ names ward"):
        outline_for({"b": found["b"]}, WARD, registry)
    with pytest.raises(ConfigurationError, match="unknown outline “x”"):
        outline_for(found, WARD, registry, "x")
