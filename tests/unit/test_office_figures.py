"""Figures of an office by id: entered, counted in registers, added up, and never two values for one."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from baocao.errors import ConfigurationError
from baocao.indicators.catalogue import Catalogue
from baocao.indicators.definition import Indicator, RegisterRule
from baocao.indicators.office import OfficeFigures
from baocao.indicators.one_stop import OneStopFigures
from baocao.periods import Period, parse_period
from baocao.units import Unit, UnitRegistry

WARD = Unit(code="ward", name="UBND phường An", short_name="An", level="commune", type="phuong")
PERIOD = Period(parse_period("2024-6T"), date(2023, 12, 15), date(2024, 6, 14))
INDICATORS: dict[str, dict[str, Any]] = {
    "staff_assigned": {"entered": True},
    "staff_present": {"entered": True},
    "staff_saved": {"formula": "staff_assigned - staff_present"},
    "documents_issued": {"count": {"dataset": "documents", "where": {"role": "issued"}, "dated": "date"}},
    "decisions": {"count": {"dataset": "documents", "where": {"type": ["QĐ", "NQ"]}}},
    "copies": {"count": {"dataset": "documents", "total": "copies"}},
    "present_pct": {"numerator": "staff_present", "denominator": "staff_assigned", "unit_of_measure": "%"},
    "paid_bn": {"entered": True, "unit_of_measure": "tỷ đồng"},
    "plan_year": {"entered": True, "grouped": False},
    "planned_bn": {"entered": True, "unit_of_measure": "tỷ đồng"},
    "paid_pct": {"numerator": "paid_bn", "denominator": "planned_bn", "unit_of_measure": "%", "decimals": 1},
}
#: What `office` is given for a register the office did not deliver.
NOT_DELIVERED: list[dict[str, Any]] = [{"not": "delivered"}]
DOCUMENTS = [
    {"type": "QĐ", "role": "issued", "date": date(2024, 1, 2), "copies": 3},
    {"type": "KH", "role": "issued", "date": date(2023, 12, 14), "copies": None},
    {"type": "NQ", "role": "cited", "date": None, "copies": 4},
]


def statistics(**values: Any) -> list[dict[str, Any]]:
    return [
        {"indicator": name, "value": None if value is None else Decimal(str(value)), "note": None}
        for name, value in values.items()
    ]


def office(entered: list[dict[str, Any]] | None = None, documents: list[dict[str, Any]] | None = None) -> OfficeFigures:
    defaults = {"name": "n", "unit_of_measure": "người", "definition": "d", "source": "s"}
    catalogue = Catalogue({name: Indicator(**{**defaults, **given}) for name, given in INDICATORS.items()})
    registers = {"statistics": entered or [], "documents": DOCUMENTS if documents is None else documents}
    placed = {
        name: [{**row, "row": place, "file": f"{name}.csv"} for place, row in enumerate(rows, start=2)]
        for name, rows in registers.items()
        if rows is not NOT_DELIVERED
    }
    one_stop = OneStopFigures([], WARD, PERIOD, UnitRegistry((WARD,)), None, catalogue)
    return OfficeFigures(catalogue, WARD, PERIOD, one_stop, placed)


def test_entered_values_are_counts_or_decimals() -> None:
    figures = office(statistics(staff_assigned="23.0", paid_bn="59.011"))
    assert (figures["staff_assigned"].value, figures["paid_bn"].value) == (23, Decimal("59.011"))
    assert figures["staff_assigned"].source == "statistics: statistics.csv, dòng 2"


def test_a_formula_is_blank_where_a_part_is() -> None:
    assert office(statistics(staff_assigned=23, staff_present=21))["staff_saved"].value == 2
    assert office(statistics(staff_assigned=23, staff_present=None))["staff_saved"].value is None


def test_percentages_are_half_up_on_exact_numbers() -> None:
    figures = office(statistics(staff_assigned=1999, staff_present=1479, paid_bn="1.7", planned_bn="60.711"))
    assert (figures["present_pct"].value, figures["paid_pct"].value) == (Decimal("73.99"), Decimal("2.8"))
    assert (figures["present_pct"].numerator, figures["present_pct"].denominator) == (1479, 1999)
    assert office(statistics(staff_assigned=0, staff_present=0))["present_pct"].value is None


def test_registers_are_counted_by_what_is_asked_and_dated() -> None:
    figures = office()
    assert (figures["documents_issued"].value, figures["decisions"].value, figures["copies"].value) == (1, 2, 7)


def test_a_register_that_was_not_delivered_is_not_none() -> None:
    assert office(documents=NOT_DELIVERED)["documents_issued"].value is None
    nothing = office(documents=[])
    assert (nothing["documents_issued"].value, nothing["copies"].value) == (0, 0)


def test_a_column_nobody_filled_in_has_no_total() -> None:
    figures = office(documents=[{"type": "QĐ", "role": "issued", "date": date(2024, 1, 2), "copies": None}])
    assert (figures["documents_issued"].value, figures["copies"].value) == (1, None)


def test_rows_of_the_report_s_year_and_of_the_year_before() -> None:
    found = {
        year: [row["type"] for row in office().rows(RegisterRule(dataset="documents", dated="date", year=year))]
        for year in (0, -1)
    }
    assert found == {0: ["QĐ"], -1: ["KH"]}
    with pytest.raises(ValueError, match="give both"):
        RegisterRule(dataset="documents", year=0)


def test_a_cell_of_several_codes_has_each_of_them() -> None:
    documents = [
        {"name": name, "topic": topic} for name, topic in (("a", "plan; steering"), ("b", "plans"), ("c", None))
    ]
    for wanted, names in ((["plan"], ["a"]), (["steering", "plans"], ["a", "b"]), (["other"], [])):
        rule = RegisterRule.model_validate({"dataset": "documents", "where": {"topic": {"any": wanted}}})
        assert [row["name"] for row in office(documents=documents).rows(rule)] == names


def test_what_is_entered_is_printed_and_compared() -> None:
    figures = office(statistics(staff_assigned=23, staff_present=21, staff_saved=3))
    assert figures["staff_saved"].value == 3
    assert [(left.value, right.value) for left, right in figures.contradictions()] == [(3, 2)]


def test_an_unknown_indicator_is_named_with_the_nearest() -> None:
    ((row, said),) = office(statistics(staff_asigned=1)).unknown()
    assert row["row"] == 2
    assert said.startswith("unknown indicator “staff_asigned”; did you mean “staff_assigned”")


def test_an_unknown_column_of_a_register() -> None:
    with pytest.raises(ConfigurationError, match="did you mean “role”"):
        office().rows(RegisterRule(dataset="documents", where={"rol": "issued"}))


@pytest.mark.parametrize(
    ("indicators", "said"),
    [
        ({"a": {"formula": "a + b"}, "b": {"entered": True}}, "goes round in a circle: a → a"),
        ({"a": {"formula": "b"}, "b": {"formula": "a"}}, "a → b → a"),
        ({"a": {"formula": "b + c"}, "b": {"entered": True}}, "unknown indicator “c”"),
    ],
)
def test_a_catalogue_that_does_not_hold_together(indicators: dict[str, Any], said: str) -> None:
    defaults = {"name": "n", "unit_of_measure": "u", "definition": "d", "source": "s"}
    with pytest.raises(ConfigurationError, match=said):
        Catalogue({name: Indicator(**{**defaults, **given}) for name, given in indicators.items()})


@pytest.mark.parametrize("formula", ["a *b", "a +", "2 + a", "a b", "", "__import__"])
def test_a_formula_adds_and_subtracts_ids_only(formula: str) -> None:
    with pytest.raises(ValueError, match="ids added and subtracted"):
        Indicator(name="n", unit_of_measure="u", definition="d", source="s", formula=formula)
