"""The checks find what the office printed wrong, and stay silent where the print holds."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from baocao.checks.comparisons import CheckedSlice, compare
from baocao.checks.suite import load_suite
from baocao.indicators.slices import Slice, load_slice
from baocao.locale import percentage
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions
from baocao.units import load_registry
from tests.backtests.conftest import Made, printed
from tests.backtests.test_tuan_giao_tables import FIGURES, LOST, MISREAD

#: Rule of must_hold.csv → the expectation and table that test it, and how many pairs it must have compared.
COVERED_BY = {
    "TG-H01": ("received-is-sum-of-channels", "Biểu 1", 68),
    "TG-H02": ("received-is-resolved-and-pending", "Biểu 1", 68),
    "TG-H03": ("resolved-is-sum-of-parts", "Biểu 1", 68),
    "TG-H04": ("pending-is-sum-of-parts", "Biểu 1", 68),
    "TG-H05": ("total-row-is-column-sum", "Biểu 1", 12),
    "TG-H06": ("received-is-sum-of-channels", "Biểu 2", 21),
    "TG-H07": ("received-is-resolved-and-pending", "Biểu 2", 21),  # two of them are the findings
    "TG-H08": ("resolved-is-sum-of-parts", "Biểu 2", 21),
    "TG-H09": ("pending-is-sum-of-parts", "Biểu 2", 21),
    "TG-H10": ("total-row-is-column-sum", "Biểu 2", 12),
    "TG-H11": ("received-is-sum-of-channels", "Biểu 3", 21),
    "TG-H12": ("received-is-resolved-and-pending", "Biểu 3", 21),
    "TG-H13": ("resolved-is-sum-of-parts", "Biểu 3", 21),
    "TG-H14": ("pending-is-sum-of-parts", "Biểu 3", 21),
    "TG-H15": ("total-row-is-column-sum", "Biểu 3", 12),
    "TG-H16": ("desk-is-sum-of-fields", "Biểu 2", 12),
    "TG-H17": ("desk-is-sum-of-procedures", "Biểu 2", 12),
    "TG-H18": ("field-is-sum-of-procedures", "Biểu 1", 67 * 12),  # 8 fields with procedures …
    "TG-H19": ("field-is-sum-of-procedures", "Biểu 1", 67 * 12),  # … and 59 without
    "TG-H20": ("fields-listed", "Biểu 3", 8),
    "TG-H38": ("reporting", "Biểu 2", 20),
}
#: Rules about Biểu 4, the table in the text, and the narrative: tested one by one below.
TESTED_HERE = {f"TG-H{number}" for number in (*range(21, 38), *range(39, 43))}


@pytest.fixture(scope="session")
def stored(as_printed: Made) -> Slice:
    period = as_printed.json("manifest.json")["period"]
    project = as_printed.project
    registry = load_registry(project)
    versions = resolve_versions(Store(project.store), None)
    return load_slice(project, registry["tuan-giao"], registry, *_dates(period), versions)


def _dates(period: Any) -> tuple[Any, Any]:
    from datetime import date

    return date.fromisoformat(period["from"]), date.fromisoformat(period["to"])


def _blank_is_zero(text: str) -> int:
    return int(text or 0)


def test_findings_are_exactly_the_two_of_must_find(as_printed: Made) -> None:
    findings = as_printed.json("findings.json")["findings"]
    failed = [finding for finding in findings if not finding["success"]]
    expected = [
        ("Biểu 2", row["where"].split(", ")[1].removeprefix("stt 7 "), int(row["printed"]), int(row["computed"]))
        for row in printed("must_find.csv")
    ]
    assert [(f["table"], f["row"], f["printed"], f["computed"]) for f in failed] == expected
    assert {f["severity"] for f in failed} == {"warning"}  # printed already, so they do not block
    assert [f["difference"] for f in failed] == [2, 2]
    assert all(f["message"] and f["expectation"] == "received-is-resolved-and-pending" for f in failed)


def test_the_report_prints_the_findings(as_printed: Made) -> None:
    rows = as_printed.table("findings")
    assert [row[1:3] + row[4:7] for row in rows] == [
        ["Biểu 2", "UBND Xã Chiềng Đông", "11", "9", "2"],
        ["Biểu 2", "Tổng", "873", "871", "2"],
    ]


@pytest.mark.parametrize("rule", COVERED_BY)
def test_rule_holds_without_alarm(rule: str, as_printed: Made, stored: Slice) -> None:
    expectation_id, table, pairs = COVERED_BY[rule]
    suite = load_suite(as_printed.project, "one-stop-summary")
    registry = load_registry(as_printed.project)
    (expectation,) = [entry for entry in suite.expectations if entry.id == expectation_id]
    compared = compare(expectation, CheckedSlice(replace(stored, previous=None), registry["tuan-giao"], registry))
    assert sum(pair.table == table for pair in compared) == pairs
    found = {
        (finding["expectation"], finding["table"], finding["row"])
        for finding in as_printed.json("findings.json")["findings"]
        if not finding["success"]
    }
    allowed = {("received-is-resolved-and-pending", "Biểu 2", row) for row in ("UBND Xã Chiềng Đông", "Tổng")}
    assert {entry for entry in found if entry[:2] == (expectation_id, table)} <= allowed


def test_every_rule_of_must_hold_is_tested() -> None:
    assert {row["id"] for row in printed("must_hold.csv")} == set(COVERED_BY) | TESTED_HERE


def test_biểu_4_repeats_biểu_2() -> None:
    """TG-H21 … TG-H26: the same rows, the one lost cell apart; identities and column sums."""
    units = {row["stt"]: row for row in printed("bieu_2_by_unit.csv")}
    rows = [dict(row) for row in printed("bieu_4_late_rates.csv")]
    rows[8]["pending_overdue"] = LOST["late-rates-by-unit", "UBND Xã Mùn Chung", "pending_overdue"]
    for row in rows:
        for column in ("received_total", *FIGURES[4:10]):
            assert row[column] == units[row["stt"]][column]
        parts = {name: _blank_is_zero(row[name]) for name in ("received_total", *FIGURES[4:10])}
        if row["stt"] not in ("7", ""):
            assert parts["received_total"] == parts["resolved_total"] + parts["pending_total"]
        assert parts["resolved_total"] == parts["resolved_on_time"] + parts["resolved_late"]
        assert parts["pending_total"] == parts["pending_in_time"] + parts["pending_overdue"]
    *details, total = rows
    for column in ("received_total", *FIGURES[4:10]):
        assert sum(_blank_is_zero(row[column]) for row in details) == _blank_is_zero(total[column])


@pytest.mark.parametrize("file", ["bieu_4_late_rates.csv", "inline_late_overdue.csv"])
def test_printed_rates_are_half_up(file: str) -> None:
    """TG-H27 … TG-H30, TG-H32: our rounding gives every printed rate."""
    overdue = {row["stt"]: row["pending_overdue"] for row in printed("bieu_2_by_unit.csv")}
    for row in printed(file):
        received = int(row["received_total"])
        late = percentage(_blank_is_zero(row["resolved_late"]), received, 2)
        assert late == Decimal(row["late_rate_pct"] or 0)
        assert percentage(_blank_is_zero(overdue[row["stt"]]), received, 2) == Decimal(row["overdue_rate_pct"] or 0)


def test_table_in_the_text_repeats_biểu_2(facts: Any) -> None:
    """TG-H31, TG-H33 … TG-H37: the late and overdue units, their totals, the named and the silent units."""
    units = {row["stt"]: row for row in printed("bieu_2_by_unit.csv")}
    *details, total = printed("inline_late_overdue.csv")
    for row in (*details, total):
        for column in ("received_total", "resolved_late", "pending_overdue"):
            assert row[column] == units[row["stt"]][column]
            if row is total:
                assert sum(_blank_is_zero(detail[column]) for detail in details) == _blank_is_zero(row[column])
    late = [stt for stt, row in units.items() if stt and (row["resolved_late"] or row["pending_overdue"])]
    assert [row["stt"] for row in details] == late
    by_name = {row["unit_name"].removeprefix("UBND ").removeprefix("Xã "): row for row in units.values()}
    for unit in facts["busiest_units"]:
        assert int(by_name[unit["name"]]["received_total"]) == unit["dossiers"]
    silent = [name for name, row in by_name.items() if not any(row[column] for column in FIGURES)]
    assert silent == facts["silent_units"]
    for name, value in facts["late_or_overdue"].items():
        if name != "units":
            assert Decimal(total[name]) == Decimal(str(value))


def test_blank_rows_raise_no_alarm(stored: Slice, as_printed: Made) -> None:
    """TG-H39 … TG-H42: 68 empty rows are no errors, nothing is negative, no dossier came online, one period."""
    blank = [row for row in stored.rows if all(row[name] is None for name in stored_figures(stored))]
    assert len(blank) == 68
    names = defaultdict(int)
    for row in stored.rows:
        assert all(row[name] is None or row[name] >= 0 for name in stored_figures(stored))
        assert row["received_online"] in (None, 0)
        names[row["from_date"].isoformat(), row["to_date"].isoformat()] += 1
    assert dict(names) == {("2020-01-01", "2020-04-01"): 110}
    larger = [f for f in as_printed.json("findings.json")["findings"] if f["expectation"].endswith("not-larger")]
    assert [finding["success"] for finding in larger] == [True, True]


def stored_figures(stored: Slice) -> list[str]:
    from baocao.intake.one_stop import FIGURES as CANONICAL

    return [name for name in CANONICAL if name in stored.rows[0]]


def test_misread_names_are_the_only_ones() -> None:
    units = {row["unit_name"] for row in printed("bieu_2_by_unit.csv")}
    odd = {row["unit_name"] for row in printed("bieu_4_late_rates.csv")} - units
    assert odd == set(MISREAD)
