"""Sentences: figures from measures only, Vietnamese forms, data never read as markup or template."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from baocao.document.blocks import Heading, Paragraph, Run
from baocao.document.narrative import Citation, Narrator, compiled, digit_literals
from baocao.errors import NarrativeError
from baocao.indicators.measure import Measure, Subject
from baocao.units import Unit

COUNT = Measure("n", Subject("d", area=True), 154, "hồ sơ", "", date(2020, 1, 1), date(2020, 3, 31), "s")
RATE = replace(COUNT, indicator="r", value=Decimal("9.74"), unit_of_measure="%")


def plain_text(runs: list[Run]) -> str:
    return "".join(run.text for run in runs)


def render(source: str, **names: Any) -> list[str]:
    blocks = Narrator(lambda measure: None).render(source, names)
    return [
        f"{getattr(block, 'marker', '')} {plain_text(block.runs)}".strip()  # type: ignore[attr-defined]
        for block in blocks
    ]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ n | count }} hồ sơ", "154 hồ sơ"),
        ("{{ five | count }} thủ tục", "05 thủ tục"),
        ("{{ many | count }}", "6.778"),
        ("{{ r | pct }}", "9,74%"),
        ("{{ whole | pct }}", "4%"),
        ("{{ zero | counted('hồ sơ quá hạn') }}", "không có hồ sơ quá hạn"),
        ("{{ five | counted('hồ sơ quá hạn') }}", "05 hồ sơ quá hạn"),
        ("{{ blank | count }}", "chưa có số liệu"),
        ("{{ blank | counted('hồ sơ') }}", "chưa có số liệu về hồ sơ"),
        ("{{ day | date }}", "01/4/2020"),
        ("{{ cited | citation }}", "Văn bản số 298/UBND-VP ngày 17/3/2020 của UBND huyện"),
        ("{{ units | names }}", "Quài Tở, Ta Ma"),
        ("{{ pairs | with_counts('hồ sơ') }}.", "Quài Tở (154 hồ sơ), Ta Ma (không có hồ sơ)."),
    ],
)
def test_filters(template: str, expected: str) -> None:
    units = [Unit("a", "UBND Xã Quài Tở", "Quài Tở", "commune", "xa"), Unit("b", "Ta Ma", "Ta Ma", "commune", "xa")]
    zero = replace(COUNT, value=0)
    names = {
        "n": COUNT,
        "r": RATE,
        "five": replace(COUNT, value=5),
        "many": replace(COUNT, value=6778),
        "whole": replace(RATE, value=Decimal("4.00")),
        "zero": zero,
        "blank": replace(COUNT, value=None),
        "day": date(2020, 4, 1),
        "cited": Citation("Văn bản", "298/UBND-VP", date(2020, 3, 17), "UBND huyện"),
        "units": units,
        "pairs": [(units[0], COUNT), (units[1], zero)],
    }
    assert render(template, **names) == [expected]


def test_figures_are_noted_and_marked_in_the_text() -> None:
    noted: list[Measure] = []
    (block,) = Narrator(noted.append).render("Có **{{ n | count }}** hồ sơ", {"n": COUNT})
    assert isinstance(block, Paragraph)
    assert noted == [COUNT]
    assert [(run.text, run.bold, run.figure, run.value) for run in block.runs] == [
        ("Có ", False, None, None),
        ("154", True, "n", "154"),
        (" hồ sơ", False, None, None),
    ]


def test_lines_headings_items_and_running_numbers() -> None:
    narrator = Narrator(lambda measure: None)
    first = narrator.render("# Kết quả\n#. một\n#. hai\nnối dòng\n- gạch\n\nđoạn\n+ cộng", {})
    assert isinstance(first[0], Heading)
    assert [getattr(block, "marker", None) for block in first] == [None, "1.", "2.", "-", "", "+"]
    assert plain_text(first[2].runs) == "hai nối dòng"  # type: ignore[attr-defined]
    (third,) = narrator.render("#. ba", {})
    assert isinstance(third, Paragraph) and third.marker == "3."


def test_a_template_is_compiled_once_and_tells_each_its_own() -> None:
    """Reports of one process share templates, and nothing else."""
    source = "#. {{ 'chữ' }} {{ n | count }}"
    noted: tuple[list[Measure], list[Measure]] = ([], [])
    one, other = (Narrator(figures.append) for figures in noted)
    later = replace(COUNT, value=7)
    said = [
        one.render(source, {"n": COUNT}),
        one.render(source + "\n", {"n": COUNT}),
        other.render(source, {"n": later}),
    ]
    found = [(block.marker, plain_text(block.runs)) for (block,) in said]  # type: ignore[attr-defined]
    assert found == [("1.", "chữ 154"), ("2.", "chữ 154"), ("1.", "chữ 07")]
    assert noted == ([COUNT, COUNT], [later])
    assert compiled(source) is compiled(f"\n{source}\n")


def test_a_wrong_template_is_wrong_every_time() -> None:
    for _ in range(2):
        with pytest.raises(NarrativeError, match="never typed"):
            compiled("Có 154 hồ sơ")
        with pytest.raises(NarrativeError, match="narrative"):
            compiled("{{ 'mở")


def test_a_text_with_digits_is_a_figure_in_disguise() -> None:
    narrator = Narrator(lambda measure: None, names={"Phường 1"})
    (block,) = narrator.render("{{ name }}", {"name": "Phường 1"})
    assert plain_text(block.runs) == "Phường 1"  # type: ignore[attr-defined]
    for typed in ("999 hồ sơ", "½", "85"):
        with pytest.raises(NarrativeError, match="no measure"):
            narrator.render("{{ text }}", {"text": typed})


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert()</script>", "{{ n }}", "{% raw %}", "**đậm** *nghiêng*", "- gạch", "# đầu", "#. số", "=cmd()"],
)
def test_data_are_text_whatever_they_hold(hostile: str) -> None:
    (block,) = Narrator(lambda measure: None).render("{{ name }}", {"name": hostile, "n": COUNT})
    assert isinstance(block, Paragraph)
    assert [(run.text, run.bold, run.italic) for run in block.runs] == [(hostile, False, False)]
    assert block.marker == ""


def test_data_cannot_forge_a_figure() -> None:
    """The private characters that mark values inside a rendered template are taken out of data."""
    narrator = Narrator(lambda measure: None, names={"0 x"})
    (block,) = narrator.render("{{ n | count }} {{ name }}", {"name": "\ue0000\ue001 x", "n": COUNT})
    assert isinstance(block, Paragraph)
    assert [(run.text, run.figure) for run in block.runs] == [("154", "n"), (" ", None), ("0 x", None)]


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Có 154 hồ sơ", "never typed: “154”"),
        ("{{ 5 }}", "never typed: “5”"),
        ("{{ '9,74%' }}", "never typed"),
        ("{{ n }}", "print a measure with a filter"),
        ("{{ bare }}", "cannot be traced"),
        ("{{ day }}", "filter date"),
        ("{{ nothing }}", "None"),
        ("{{ missing }}", "missing"),
        ("{{ missing | count }}", "missing"),
        ("{{ r | count }}", "use the filter pct"),
        ("{{ n | pct }}", "use the filter count"),
        ("{{ n | cont }}", "cont"),
        ("{% if %}", "narrative"),
    ],
)
def test_what_a_template_may_not_do(template: str, said: str) -> None:
    with pytest.raises(NarrativeError, match=said):
        render(template, n=COUNT, r=RATE, bare=154, day=date(2020, 4, 1), nothing=None)


@pytest.mark.parametrize(
    ("source", "typed"),
    [
        ("theo Nghị quyết số 17/NQ-CP ngày 07/3/2019 của Chính phủ", []),
        ("Nghị định 30/2020/NĐ-CP, Điều 5 khoản 2, dịch vụ công mức độ 3, mức độ 4", []),
        ("đạt 20% trở lên", ["20%"]),
        ("từ ngày 01/01/2020", ["01/01/2020"]),
        ("quý I/2020", ["I/2020"]),
        ("{{ top(5) }} và {{ 'x9' }}", ["5", "x9"]),
        ("khoản 555 hồ sơ, Điều 12 hồ sơ", ["555", "12"]),
        ("mức độ 333 hồ sơ", ["333"]),
        ("văn bản 85/BC và ½ hồ sơ", ["85/BC", "½"]),
        ("{# ghi chú 2020 #}{{ n | count }}", []),
    ],
)
def test_digit_literals(source: str, typed: list[str]) -> None:
    assert digit_literals(source) == typed


def test_the_mark_of_a_footnote_belongs_to_the_words_before_it() -> None:
    source = (
        "**Có {{ n | counted('thủ tục') }}{{ notes.cited | footnote }}**, {{ r | pct }}{{ notes.none | footnote }}."
    )
    notes = {"cited": ["Quyết định số 1/QĐ-UBND", "Quyết định số 2/QĐ-UBND"], "none": []}
    (paragraph,) = Narrator(lambda measure: None).render(source, {"n": COUNT, "r": RATE, "notes": notes})
    assert isinstance(paragraph, Paragraph)
    assert [(run.text, run.bold, run.footnote) for run in paragraph.runs] == [
        ("Có ", True, None),
        ("154", True, None),
        (" thủ tục", True, "Quyết định số 1/QĐ-UBND; Quyết định số 2/QĐ-UBND."),
        (", ", False, None),
        ("9,74%", False, None),
        (".", False, None),
    ]
