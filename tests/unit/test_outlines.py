"""Outlines as data: headings numbered as the template says, sections left out, lists, own texts, whose it is."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from baocao.document.blocks import Block, Heading, Paragraph, Run
from baocao.document.citations import cite, cite_briefly
from baocao.document.outlines import Outline, load_outlines, outline_for
from baocao.errors import ConfigurationError
from baocao.indicators.catalogue import load_catalogue
from baocao.notebook.outline import OutlineWriter
from baocao.project import Project
from baocao.texts import OwnText
from baocao.units import UnitRegistry
from tests.unit.test_office_figures import NOT_DELIVERED, WARD, office, statistics

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


def written(
    found: Outline,
    texts: dict[str, OwnText] | None = None,
    documents: list[dict[str, Any]] | None = None,
    render: Any = plain,
    **entered: int,
) -> tuple[list[str], OutlineWriter]:
    writer = OutlineWriter(
        found,
        office(statistics(**entered), documents),
        render=render,
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
    cited = {**row, "role": "cited", "issuer": "UBND tỉnh"}
    assert cite_briefly([cited, {**cited, "number": "25/KH-UBND", "date": None}, row, {**row, "number": None}]) == [
        "Kế hoạch của UBND tỉnh số 24/KH-UBND ngày 22/01/2020, số 25/KH-UBND",
        "Kế hoạch số 24/KH-UBND ngày 22/01/2020, ngày 22/01/2020",
    ]


VISITS = [
    {"inspected": "xã A", "visits": 3, "day": date(2024, 2, 1), "by": "379/QĐ", "number": "379/QĐ", "type": "QĐ"},
    {"inspected": "xã B", "visits": None, "day": None, "by": "9/KH", "number": None, "type": None},
    {"inspected": "xã C", "visits": None, "day": date(2024, 3, 4), "by": None, "number": None, "type": None},
]
LISTED = {"dataset": "documents", "item": "{inspected}[, {visits} lượt][ ngày {day}]", "none": "Không có."}


def listed(rows: list[dict[str, Any]], **given: Any) -> list[tuple[str, str | None]]:
    found = outline(sections=[{"id": "kiem-tra", "list": {**LISTED, **given}}])
    _, writer = written(found, documents=rows)
    runs = [run for block in writer.blocks() if isinstance(block, Paragraph) for run in block.runs]
    return [(run.text, run.footnote) for run in runs]


def test_rows_of_any_register_with_the_document_they_name_in_a_footnote() -> None:
    assert listed(VISITS, cites="by") == [
        ("xã A, 03 lượt ngày 01/02/2024", "Quyết định số 379/QĐ."),
        (";", None),
        ("xã B", "Văn bản số 9/KH."),
        (";", None),
        ("xã C ngày 04/3/2024.", None),
    ]
    with pytest.raises(ConfigurationError, match="list of documents: unknown column “inspectd”"):
        listed(VISITS, item="{inspectd}")


def test_nothing_to_list_is_not_nothing_sent() -> None:
    assert listed([]) == [("Không có.", None)]
    assert listed(VISITS, where={"by": "x"}) == [("Không có.", None)]
    assert listed(NOT_DELIVERED) == [("Chưa gửi số liệu của documents.", None)]


def test_a_section_is_left_out_where_a_register_has_no_such_row() -> None:
    sections = [
        {"id": "co", "heading": "Có", "when": {"dataset": "documents", "where": {"by": "9/KH"}}},
        {"id": "khong", "heading": "Không", "when": {"dataset": "documents", "where": {"by": "x"}}},
        {"id": "khac", "heading": "Khác"},
    ]
    assert written(outline(sections=sections), documents=VISITS)[0] == ["# I. Có", "# II. Khác"]
    assert written(outline(sections=sections), documents=NOT_DELIVERED)[0] == ["# I. Khác"]


def test_documents_for_footnotes_are_given_to_the_text() -> None:
    rule = {"dataset": "documents", "where": {"type": "QĐ"}}
    found = outline(sections=[{"id": "a", "text": "x", "notes": {"quyet_dinh": rule}}])
    given: list[Any] = []
    _, writer = written(found, documents=VISITS, render=lambda place, template, names: given.append(names) or [])
    list(writer.blocks())
    assert given[-1]["notes"] == {"quyet_dinh": ["Quyết định số 379/QĐ"]}


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


@pytest.mark.parametrize(
    ("written", "wrong", "said"),
    [
        ("topic: {any: [one_stop]}", "topic: {any: [one_stp]}", "nhan-su-mot-cua: documents: topic: .* “one_stop”"),
        ("role: cited, topic", "role: citd, topic", "documents: role: unknown code “citd”; did you mean “cited”"),
        ("dataset: documents", "dataset: document", "unknown register “document”; did you mean “documents”"),
        ("topic: {any: [civil_service]}", "topics: x", "documents: unknown column “topics”; did you mean “topic”"),
    ],
)
def test_a_list_of_what_no_register_knows(project: Project, written: str, wrong: str, said: str) -> None:
    path = project.params / "outlines" / "hong-gai.yaml"
    text = path.read_text(encoding="utf-8")
    assert written in text
    path.write_text(text.replace(written, wrong, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=f"params/outlines/hong-gai.yaml: section .*{said}"):
        load_outlines(project)


def test_a_count_of_what_no_register_knows(project: Project) -> None:
    path = project.params / "indicators" / "uong-bi.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("kind: surprise", "kind: suprise"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="surprise_inspections: inspections: kind: unknown code “suprise”"):
        load_catalogue(project)
