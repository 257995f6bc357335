"""Small lines: gaps stay gaps, every figure is told in words, names are text, the same bytes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

from baocao.document.charts import Target
from baocao.document.lines import Moment, Panel, _runs, small_multiples
from baocao.indicators.measure import Measure, Subject

SVG = "{http://www.w3.org/2000/svg}"
RATE = Measure("r", Subject("d"), None, "%", "", date(2020, 1, 1), date(2020, 3, 31), "s")
MOMENTS = [Moment(f"Quý {quarter}/2020", f"{quarter}/2020") for quarter in ("I", "II", "III", "IV")]


def rates(*values: str | None) -> list[Measure]:
    return [
        replace(RATE, value=None if value is None else Decimal(value), subject=Subject("d", part=str(place)))
        for place, value in enumerate(values)
    ]


def words(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def lines(svg: str, colour: str) -> list[str]:
    """Paths of more than one point drawn in a colour."""
    paths = ElementTree.fromstring(svg).iter(f"{SVG}path")  # noqa: S314
    return [path.get("d", "") for path in paths if colour in path.get("style", "") and "L" in path.get("d", "")]


def test_alternative_text_and_table_tell_every_figure_and_every_gap() -> None:
    target = Target("Mục tiêu", replace(RATE, indicator="t", value=Decimal(5)))
    figure = small_multiples("c", "Chú", "Nói.", MOMENTS, [Panel("Trễ", rates("9.74", None, "8.2", "0"), target)])
    assert figure.alt == (
        "Nói. Trễ: Quý I/2020 9,74%, Quý II/2020 không có số liệu, Quý III/2020 8,2%, Quý IV/2020 0%; mục tiêu 5%."
    )
    cells = [row.cells for row in figure.data.rows]
    assert [row[1].text for row in cells] == ["9,74%", "không có số liệu", "8,2%", "0%"]
    assert [row[1].value for row in cells] == ["9.74", "", "8.2", "0"]
    assert {"Trễ", "0%", "9,74%", "I/2020", "IV/2020", "– – mục tiêu 5%"} <= set(words(figure.svg))


def test_no_line_crosses_a_gap() -> None:
    assert list(_runs([True, True, False, True, False])) == [[0, 1], [3]]
    whole = small_multiples("c", "x", "y", MOMENTS, [Panel("a", rates("1", "2", "3", "4"))])
    broken = small_multiples("c", "x", "y", MOMENTS, [Panel("a", rates("1", "2", None, "4"))])
    assert [path.count("L") for path in lines(whole.svg, "#1b4f7a")].count(3) == 1
    drawn = [path.count("L") for path in lines(broken.svg, "#1b4f7a")]
    assert 1 in drawn and 3 not in drawn
    assert "#e2e2e2" in broken.svg and "#e2e2e2" not in whole.svg


def test_panel_without_figures_says_so() -> None:
    figure = small_multiples("c", "x", "Nói.", MOMENTS, [Panel("a", rates(None, None, None, None))])
    assert figure.alt.startswith("Nói. Không có số liệu để vẽ.")
    assert "không có số liệu" in words(figure.svg)


def test_zeros_alone_are_drawn_on_the_ground() -> None:
    figure = small_multiples("c", "x", "Nói.", MOMENTS, [Panel("a", rates("0", "0", "0", "0"))])
    assert "Không có số liệu" not in figure.alt
    assert "0%" in words(figure.svg)


def test_names_are_text_and_bytes_are_the_same() -> None:
    def draw() -> str:
        return small_multiples("c", "x", "y", MOMENTS, [Panel("$x$ <b>&", rates("1", "2", "3", "4"))]).svg

    assert "$x$ <b>&" in words(draw())
    assert draw() == draw()
