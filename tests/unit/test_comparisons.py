"""From rows to pairs of printed and computed values; blank, zero and missing columns kept apart."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baocao.checks.comparisons import CheckedSlice, Comparison, compare
from baocao.checks.suite import Expectation, Suite
from baocao.indicators.slices import Slice
from baocao.store.versions import Versions
from baocao.units import Unit, UnitRegistry
from tests.unit.one_stop_rows import balanced, row, total

DISTRICT = Unit("d", "UBND huyện D", "D", "district", "huyen")
COMMUNES = [Unit(code, f"UBND xã {code.upper()}", code.upper(), "commune", "xa", parent="d") for code in ("a", "b")]
REGISTRY = UnitRegistry((DISTRICT, *COMMUNES))


def expectation(**content: Any) -> Expectation:
    base = {"id": "e", "name": "n", "message": "m"}
    return Suite(id="s", dataset="one-stop-summary", expectations=[base | content]).expectations[0]  # type: ignore[list-item]


def pairs(rule: Expectation, *rows: dict[str, Any], previous: list[dict[str, Any]] | None = None) -> list[Comparison]:
    return compare(rule, CheckedSlice(Slice(Versions({}), rows, rows, previous=previous), DISTRICT, REGISTRY))


RECEIVED = expectation(
    kind="row-identity",
    printed=["stated_received_total"],
    computed=["stated_resolved_total", "stated_pending_total"],
)


def test_identity_pairs_printed_with_the_sum_of_its_parts() -> None:
    (pair,) = pairs(RECEIVED, row("a", stated_received_total=11, stated_pending_total=9))
    assert pair == Comparison("Biểu 2", "UBND xã A", "stated_received_total", 11, 9)


@pytest.mark.parametrize(
    ("printed", "resolved", "pending", "expected"),
    [
        (None, None, None, (0, 0)),  # an empty row agrees with itself
        (None, 0, 0, (0, 0)),
        (None, 5, 0, (None, 5)),  # a blank total over figures cannot be checked
        (5, None, None, (5, 0)),
        (0, None, None, (0, 0)),
        (5, 3, None, (5, 3)),
    ],
)
def test_blanks_in_an_identity(
    printed: int | None, resolved: int | None, pending: int | None, expected: tuple[int | None, int]
) -> None:
    (pair,) = pairs(
        RECEIVED,
        row("a", stated_received_total=printed, stated_resolved_total=resolved, stated_pending_total=pending),
    )
    assert (pair.printed, pair.computed) == expected


def test_identity_passes_over_tables_without_its_columns() -> None:
    assert pairs(RECEIVED, row("a", stated_received_total=5, columns="received_direct")) == []


def test_column_total_sums_detail_rows_only() -> None:
    rule = expectation(kind="column-total")
    rows = [row("a", **balanced(5, 3)), row("b", **balanced(4, 4)), total(**balanced(10, 7))]
    wrong = {pair.column: (pair.printed, pair.computed) for pair in pairs(rule, *rows) if pair.printed != pair.computed}
    assert wrong == {
        "received_direct": (10, 9),
        "pending_in_time": (3, 2),
        "stated_received_total": (10, 9),
        "stated_pending_total": (3, 2),
    }


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=12))
def test_a_table_that_adds_up_has_no_difference(parts: list[tuple[int, int, int]]) -> None:
    rows = [row(str(place), **balanced(a + b + c, a + b, b)) for place, (a, b, c) in enumerate(parts)]
    sums = {name: sum(r[name] for r in rows) for name in balanced(0, 0)}
    for pair in pairs(expectation(kind="column-total"), *rows, total(**sums)):
        assert pair.printed == pair.computed
    registry = UnitRegistry((DISTRICT, *(Unit(str(n), str(n), str(n), "commune", "xa") for n in range(len(parts)))))
    for pair in compare(RECEIVED, CheckedSlice(Slice(Versions({}), rows, rows), DISTRICT, registry)):
        assert pair.printed == pair.computed


def test_roll_up_compares_a_field_with_its_procedures() -> None:
    rule = expectation(kind="roll-up", fine="procedure", coarse="field")
    rows = [
        row("d", "field", field="Đất đai", received_direct=5),
        row("d", "field", field="Hộ tịch"),
        row("d", "procedure", field="Đất đai", procedure="p", received_direct=3),
        row("d", "procedure", field="Đất đai", procedure="q", received_direct=1),
        row("d", "procedure", field="Hộ tịch", procedure="r", received_direct=2),
        row("a", "procedure", field="Đất đai", procedure="p", received_direct=7),  # another desk
    ]
    wrong = [pair for pair in pairs(rule, *rows) if pair.printed != pair.computed]
    assert [(pair.row, pair.column, pair.printed, pair.computed) for pair in wrong] == [
        ("Đất đai", "received_direct", 5, 4),
        ("Hộ tịch", "received_direct", 0, 2),  # an empty row says there was nothing
    ]


def test_reporting_counts_the_rows_of_every_unit() -> None:
    rule = expectation(kind="reporting")
    found = {pair.row: pair.printed for pair in pairs(rule, row("d"), row("a"), row("a"))}
    assert found == {"UBND huyện D": 1, "UBND xã A": 2, "UBND xã B": 0}


def test_parts_are_not_larger_than_their_whole() -> None:
    rule = expectation(kind="not-larger", parts=["resolved_late"], whole="stated_resolved_total")
    (pair,) = pairs(rule, row("a", resolved_late=9, stated_resolved_total=8), row("b", resolved_late=1))
    assert (pair.printed, pair.computed) == (8, 9)


def test_fields_of_procedures_are_listed() -> None:
    rule = expectation(kind="fields-listed")
    rows = [row("d", "field", field="Đất đai"), row("d", "procedure", field="Hộ tịch", procedure="p")]
    assert [(pair.row, pair.printed, pair.computed) for pair in pairs(rule, *rows)] == [("Hộ tịch", 0, 1)]


def test_opening_balance_is_last_periods_pending() -> None:
    rule = expectation(kind="opening-balance")
    last = [row("a", pending_in_time=3, pending_overdue=1), row("b", pending_in_time=2)]
    compared = pairs(rule, row("a", carried_over=4), row("b", carried_over=1), previous=last)
    assert [(pair.row, pair.printed, pair.computed) for pair in compared] == [("UBND xã A", 4, 4), ("UBND xã B", 1, 2)]
    assert pairs(rule, row("a", carried_over=4)) == []


@pytest.mark.parametrize(("ended", "days"), [(date(2019, 12, 31), 1), (date(2019, 12, 30), 2), (date(2020, 1, 5), -4)])
def test_gap_or_overlap_with_the_period_before(ended: date, days: int) -> None:
    rule = expectation(kind="adjacent-periods")
    last = [row("a", from_date=date(2019, 10, 1), to_date=ended)]
    (pair,) = pairs(rule, row("a"), previous=last)
    assert (pair.printed, pair.computed) == (days, 1)


def test_has_data_counts_rows() -> None:
    rule = expectation(kind="has-data")
    assert [pair.printed for pair in pairs(rule)] == [0]
