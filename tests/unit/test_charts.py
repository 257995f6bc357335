"""Charts: words beside the drawing, blanks said, text as text, the same bytes."""

import logging
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from baocao.document.charts import COLOURS, INKS, Bar, Target, prepare_charts, stacked_bars
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


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2): from 0, black, to 1, white."""
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> tuple[float, ...]:
    named = {"white": "#ffffff", "black": "#000000"}.get(colour, colour)
    return tuple(int(named[place : place + 2], 16) / 255 for place in (1, 3, 5))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_neighbours_differ_in_grey_print() -> None:
    """Parts of a bar that touch each other, in the order in which series take their colours."""
    assert min(contrast(*pair) for pair in pairwise(COLOURS)) >= 1.6
    assert contrast(*COLOURS[:2]) >= 3  # nearly every chart has two


def test_figures_can_be_read_on_their_bars() -> None:
    for colour, ink in zip(COLOURS, INKS, strict=True):
        assert contrast(colour, ink) >= 4.5, colour


#: What is left of red, green and blue for whom no red or no green reaches the eye (Viénot, Brettel and Mollon, 1999).
BLIND = {
    "red": ((0.11238, 0.88762, 0), (0.11238, 0.88762, 0), (0.00401, -0.00401, 1)),
    "green": ((0.29275, 0.70725, 0), (0.29275, 0.70725, 0), (-0.02234, 0.02234, 1)),
}


@pytest.mark.parametrize("eye", list(BLIND))
def test_colours_differ_for_who_sees_no_red_or_no_green(eye: str) -> None:
    seen = [
        [sum(part * weight for part, weight in zip(_rgb(colour), row, strict=True)) for row in BLIND[eye]]
        for colour in COLOURS
    ]
    for one, other in combinations(seen, 2):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.2


def test_reading_the_machines_fonts_is_not_told_in_the_notebook() -> None:
    prepare_charts()
    assert not logging.getLogger("matplotlib.font_manager").isEnabledFor(logging.WARNING)
