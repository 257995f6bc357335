"""Figures of any subject: sums, rates, groups of units, blank against zero, nothing counted twice."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from baocao.errors import ConfigurationError
from baocao.fields import FieldCatalogue
from baocao.indicators.catalogue import Catalogue, Indicator, load_catalogue
from baocao.indicators.measure import Measure
from baocao.indicators.one_stop import OneStopFigures
from baocao.indicators.targets import Target
from baocao.periods import Period, PeriodId
from baocao.project import Project
from baocao.units import Unit, UnitRegistry
from tests.unit.one_stop_rows import balanced, row, total

DISTRICT = Unit("d", "UBND huyện D", "D", "district", "huyen")
COMMUNES = [Unit(code, f"UBND xã {code.upper()}", code.upper(), "commune", "xa", parent="d") for code in "abc"]
PERIOD = Period(PeriodId(2020, 1, 3, "quarter"), date(2020, 1, 1), date(2020, 3, 31))


@pytest.fixture
def figures_of(shared_project: Project) -> Any:
    catalogue = load_catalogue(shared_project)

    def build(*rows: dict[str, Any], fields: FieldCatalogue | None = None) -> OneStopFigures:
        return OneStopFigures(rows, DISTRICT, PERIOD, UnitRegistry((DISTRICT, *COMMUNES)), fields, catalogue)

    return build


def test_area_sums_offices_and_never_total_rows(figures_of: Any) -> None:
    figures = figures_of(row("d", **balanced(5, 4)), row("a", **balanced(3, 1, late=1)), total(**balanced(99, 99)))
    assert figures.of_area("received_total").value == 8
    late = figures.of_area("late_rate_pct")
    assert (late.value, late.numerator, late.denominator, late.id) == (Decimal("12.50"), 1, 8, "late_rate_pct")
    assert figures.of_unit("late_rate_pct", COMMUNES[0]).value == Decimal("33.33")


def test_a_row_that_contains_its_communes_is_not_added_to_them(figures_of: Any) -> None:
    figures = figures_of(row("d", scope="area", **balanced(8, 5)), row("a", **balanced(3, 1)))
    assert figures.of_area("received_total").value == 8


def test_blank_row_is_silent_missing_row_is_not_sent(figures_of: Any) -> None:
    figures = figures_of(row("d", **balanced(5, 4)), row("a"), row("b", received_direct=0))
    assert [unit.code for unit in figures.group("silent")] == ["a", "b"]
    assert [unit.code for unit in figures.group("not-sent")] == ["c"]
    assert figures.of_area("units_silent").value == 2
    assert figures.of_unit("received_total", COMMUNES[0]).value is None
    assert figures.of_unit("received_total", COMMUNES[1]).value == 0
    assert figures.of_unit("late_rate_pct", COMMUNES[1]).value is None  # nothing received, so no rate


def test_blank_counts_as_zero_only_where_the_source_says_so(figures_of: Any) -> None:
    figures = figures_of(row("d", received_direct=5), row("a", received_direct=3, blank_means="zero"), row("b"))
    online = {
        code: figures.of_unit("received_online", unit).value
        for code, unit in zip("dab", (DISTRICT, *COMMUNES[:2]), strict=True)
    }
    assert online == {"d": None, "a": 0, "b": None}
    assert figures.of_unit("received_postal", COMMUNES[0]).value is None  # a column the table does not print


def test_field_is_summed_from_procedures_where_there_are_any(figures_of: Any) -> None:
    by_field = row("d", "field", field="Đất đai", received_direct=9)
    by_procedure = [
        row("d", "procedure", field="Đất đai", procedure=name, received_direct=count)
        for name, count in (("p", 3), ("q", 1))
    ]
    assert figures_of(by_field).of_field("received_total", "Đất đai").value == 9
    both = figures_of(by_field, *by_procedure)
    assert both.of_field("received_total", "Đất đai").value == 4
    assert both.of_procedure("received_total", "Đất đai", "q").value == 1
    assert both.of_desk("received_total").id == "received_total@d:by-procedure"


def test_units_stand_in_the_order_of_the_file(figures_of: Any) -> None:
    figures = figures_of(row("b", **balanced(1, 1)), row("d", **balanced(1, 1)))
    assert [unit.code for unit in figures.units()] == ["b", "d", "a", "c"]


def test_ranked_is_stable_and_leaves_zero_out(figures_of: Any) -> None:
    figures = figures_of(row("a", **balanced(3, 0)), row("b", **balanced(5, 0)), row("c", received_direct=0))
    assert [unit.code for unit in figures.ranked("received_total", COMMUNES)] == ["b", "a"]


@pytest.mark.parametrize(
    ("reached", "verdict"),
    [(None, "Chưa đủ số liệu"), (0, "Chưa đạt"), (Decimal(20), "Đạt"), (Decimal("19.99"), "Chưa đạt")],
)
def test_target_verdict(figures_of: Any, reached: Any, verdict: str) -> None:
    some: Measure = figures_of(row("d")).of_area("online_share_pct")
    from dataclasses import replace

    target = Target("t", replace(some, value=reached), replace(some, value=Decimal(20)), none="không có")
    assert target.verdict == verdict


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"sum": ["received_onlin"]}, "did you mean “received_online”"),
        ({"numerator": "share", "denominator": "n"}, "is a percentage, expected a count"),
        ({"numerator": "m", "denominator": "n"}, "unknown indicator “m”"),
    ],
)
def test_catalogue_refuses_what_does_not_hold_together(content: dict[str, Any], said: str) -> None:
    base = {"name": "x", "unit_of_measure": "hồ sơ", "definition": "d", "source": "s"}
    indicators = {
        "n": Indicator(**base, sum=["carried_over"]),
        "share": Indicator(**base, numerator="n", denominator="n"),
        "new": Indicator(**base, **content),
    }
    with pytest.raises(ConfigurationError, match=said):
        Catalogue(indicators)


def test_indicator_has_exactly_one_way_to_its_value() -> None:
    base: dict[str, Any] = {"name": "x", "unit_of_measure": "%", "definition": "d", "source": "s"}
    for content in ({}, {"numerator": "n"}, {"sum": ["carried_over"], "units": "all"}):
        with pytest.raises(ValueError, match="give"):
            Indicator(**base, **content)
