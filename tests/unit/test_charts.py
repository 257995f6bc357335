"""Charts: words beside the drawing, blanks said, text as text, the same bytes."""

import logging
from dataclasses import replace
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

from baocao.document.charts import Bar, Target, prepare_charts, stacked_bars
from baocao.indicators.measure import Measure, Subject

SOME = Measure("n", Subject("d"), 3, "hồ sơ", "", date(2020, 1, 1), date(2020, 3, 31), "s")
LEVEL = replace(SOME, indicator="t", value=Decimal(20), unit_of_measure="%")


def measures(*values: int | None) -> list[Measure]:
    return [replace(SOME, value=value) for value in values]


def words(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314


def test_alternative_text_tells_every_figure() -> None:
    figure = stacked_bars(
        "c", "Chú thích", "Nói gì.", ["Trễ", "Quá"], [Bar("A", measures(57, 0)), Bar("B", measures(None, 1))]
    )
    assert figure.alt == "Nói gì. A: trễ 57, quá 0; B: trễ chưa có số liệu, quá 1."
    assert [[cell.text for cell in row.cells] for row in figure.data.rows] == [["A", "57", "0"], ["B", "", "1"]]


def test_bar_without_data_and_bar_of_zeros_say_so() -> None:
    figure = stacked_bars(
        "c", "x", "y", ["a"], [Bar("A", measures(None)), Bar("B", measures(0)), Bar("C", measures(9))]
    )
    assert {"chưa có số liệu", "không có", "9"} <= set(words(figure.svg))


def test_nothing_to_draw() -> None:
    figure = stacked_bars("c", "x", "Nói.", ["a"], [])
    assert figure.alt.startswith("Nói. Không có số liệu để vẽ.")
    assert figure.svg.startswith("<svg")


def test_small_parts_are_labelled_after_the_bar() -> None:
    figure = stacked_bars("c", "x", "y", ["a", "b"], [Bar("A", measures(500, 0)), Bar("B", measures(1, 2))])
    assert "1 + 2" in words(figure.svg)
    assert words(figure.svg).count("500") == 1


def test_share_with_its_target() -> None:
    figure = stacked_bars(
        "c",
        "x",
        "y",
        ["Trực tuyến", "Trực tiếp"],
        [Bar("A", measures(1, 3))],
        share=True,
        target=Target("Mục tiêu", LEVEL),
    )
    assert any("Mục tiêu 20%" in word for word in words(figure.svg))
    assert figure.alt.endswith("Mục tiêu 20%.")


def test_names_are_text_not_formulas_or_markup() -> None:
    figure = stacked_bars("c", "x", "y", ["a"], [Bar("$x^2$ <b>&", measures(3))])
    assert "$x^2$ <b>&" in words(figure.svg)


def test_same_bytes_and_ids_of_its_own() -> None:
    def draw(name: str) -> str:
        return stacked_bars(name, "x", "y", ["a"], [Bar("A", measures(3))]).svg

    assert draw("c") == draw("c")
    ids = {element.get("id") for element in ElementTree.fromstring(draw("c")).iter() if element.get("id")}  # noqa: S314
    assert ids and all(name.startswith("c-") for name in ids if name)
    assert "Liberation Serif" in draw("c")


def test_reading_the_machines_fonts_is_not_told_in_the_notebook() -> None:
    prepare_charts()
    assert not logging.getLogger("matplotlib.font_manager").isEnabledFor(logging.WARNING)
