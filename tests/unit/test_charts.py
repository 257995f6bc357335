"""Charts: words beside the drawing, blanks said, text as text, the same bytes."""

import logging
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from baocao.document import fonts
from baocao.document.charts import COLOURS, INKS, WIDTH_INCHES, Bar, Target, prepare_charts, stacked_bars
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


def shapes(svg: str, colour: str) -> list[list[float]]:
    """Left and right side of every oblong of a colour."""
    paths = [
        path.get("d", "")
        for path in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}path")  # noqa: S314
        if f"fill: {colour}" in path.get("style", "")
    ]
    numbers = [[float(x) for x in re.findall(r"[ML] ([\d.]+) ", part)] for path in paths for part in path.split("z")]
    return [[min(xs), max(xs)] for xs in numbers if xs]


def test_bars_are_as_long_as_their_figures_and_stand_end_to_end() -> None:
    bars = [Bar("A", measures(40, 10)), Bar("B", measures(20, 30))]
    svg = stacked_bars("c", "x", "y", ["a", "b"], bars).svg
    first, second = (shapes(svg, colour) for colour in COLOURS[:2])
    unit = (first[0][1] - first[0][0]) / 40
    lengths = [right - left for left, right in (*first[:2], *second[:2])]
    assert lengths == pytest.approx([40 * unit, 20 * unit, 10 * unit, 30 * unit], abs=1e-3)
    assert [left for left, _ in second[:2]] == [right for _, right in first[:2]]


def test_the_line_of_the_target_stands_at_its_value() -> None:
    bars = [Bar("A", measures(20, 80))]
    svg = stacked_bars("c", "x", "y", ["a", "b"], bars, share=True, target=Target("Mục tiêu", LEVEL)).svg
    (line,) = re.findall(r'd="M ([\d.]+) [\d.]+ \s*L \1 [\d.]+ \s*" style="[^"]*#a11d21', svg)
    assert float(line) == pytest.approx(shapes(svg, COLOURS[0])[0][1], abs=0.01)


def test_the_legend_has_the_colours_of_the_bars_also_where_there_are_none() -> None:
    svg = stacked_bars("c", "x", "y", ["a", "b", "d"], []).svg
    keys = [shapes(svg, colour) for colour in COLOURS[:3]]
    assert [len(key) for key in keys] == [1, 1, 1]
    assert keys == sorted(keys)


def test_names_have_room_beside_the_bars() -> None:
    """Widths are reckoned letter by letter; matplotlib, which also draws some letters closer together, agrees."""
    prepare_charts()
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    from baocao.document.drawing import width_of

    font = FontProperties(family=fonts.FAMILY, size=10)
    for name in ("Thị trấn Tuần Giáo", "Lao động - Thương binh và Xã hội", "ƯỢNG Mường Mùn 1/2", "VĂN PHÒNG AVA"):
        real = text_to_path.get_text_width_height_descent(name, font, ismath=False)[0]
        assert real * 0.98 <= width_of(name, 10) <= real * 1.07, name
    svg = stacked_bars("c", "x", "y", ["a"], [Bar("Lao động - Thương binh và Xã hội", measures(3))]).svg
    start = shapes(svg, COLOURS[0])[0][0]
    assert width_of("Lao động - Thương binh và Xã hội", 10) < start < WIDTH_INCHES * 36


def test_a_letter_the_typeface_lacks_has_a_width_too() -> None:
    prepare_charts()
    from baocao.document.drawing import width_of

    assert width_of("☑", 10) == 10
