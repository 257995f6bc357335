"""Real Great Expectations on the pairs: exact places, blanks not judged, profiles, nothing written to disk."""

from pathlib import Path
from typing import Any

import pytest

from baocao.checks.comparisons import CheckedSlice, Comparison
from baocao.checks.findings import blocking, failed
from baocao.checks.judge import the_judge
from baocao.checks.run import run_suite
from baocao.checks.suite import Suite
from baocao.indicators.slices import Slice
from baocao.store.versions import Versions
from baocao.units import Unit, UnitRegistry
from tests.unit.one_stop_rows import balanced, row

DISTRICT = Unit("d", "UBND huyện D", "D", "district", "huyen")
COMMUNE = Unit("a", "UBND xã A", "A", "commune", "xa", parent="d")


def suite(**content: Any) -> Suite:
    rule = {
        "id": "resolved",
        "name": "Đã giải quyết = đúng hạn + trễ hạn",
        "kind": "row-identity",
        "printed": ["stated_resolved_total"],
        "computed": ["resolved_on_time", "resolved_late"],
        "message": "ghi {printed}, tính {computed}, lệch {difference}",
    }
    return Suite(id="s", dataset="one-stop-summary", expectations=[rule | content])  # type: ignore[list-item]


def run(checked: Suite, *rows: dict[str, Any], profile: str = "strict") -> list[Any]:
    data = CheckedSlice(Slice(Versions({}), rows, rows), DISTRICT, UnitRegistry((DISTRICT, COMMUNE)))
    return run_suite(checked, data, profile)


def test_more_failures_than_great_expectations_shows_are_all_found() -> None:
    pairs = [Comparison("t", str(place), "c", place, place + place % 2) for place in range(1000)]
    verdict = the_judge().judge(pairs, "equal", id="x", severity="error")
    assert verdict.failed == tuple(range(1, 1000, 2))


def test_blank_pairs_are_counted_not_judged() -> None:
    pairs = [Comparison("t", "a", "c", None, 5), Comparison("t", "b", "c", 5, 5)]
    verdict = the_judge().judge(pairs, "equal", id="x", severity="info")
    assert (verdict.failed, verdict.missing) == ((), 1)


def test_at_least() -> None:
    pairs = [Comparison("t", "a", "c", printed, 5) for printed in (4, 5, 6)]
    assert the_judge().judge(pairs, "at-least", id="x", severity="warning").failed == (0,)


def test_failure_has_place_values_and_message() -> None:
    broken = row("a", **balanced(5, 4) | {"resolved_late": 2})
    (finding,) = run(suite(), row("d", **balanced(3, 3)), broken)
    assert (finding.success, finding.severity, finding.table, finding.row) == (False, "error", "Biểu 2", "UBND xã A")
    assert (finding.printed, finding.computed, finding.difference) == (4, 6, -2)
    assert finding.message == "ghi 4, tính 6, lệch -2"
    assert (finding.rows_checked, finding.rows_not_checked) == (2, 0)


def test_pass_is_one_finding_and_a_blank_total_is_not_a_pass() -> None:
    (passed,) = run(suite(), row("d", **balanced(3, 3)), row("a", resolved_on_time=2))
    assert (passed.success, passed.rows_checked, passed.rows_not_checked) == (True, 1, 1)
    (unknown,) = run(suite(), row("a", resolved_on_time=2))
    assert (unknown.success, unknown.rows_checked, unknown.rows_not_checked) == (None, 0, 1)
    assert failed([passed, unknown]) == []


@pytest.mark.parametrize(
    ("profile", "always", "severity"),
    [("strict", False, "error"), ("as-printed", False, "warning"), ("as-printed", True, "error")],
)
def test_profiles(profile: str, always: bool, severity: str) -> None:
    findings = run(suite(always_blocks=always), row("a", stated_resolved_total=1, resolved_late=2), profile=profile)
    assert [finding.severity for finding in findings] == [severity]
    assert bool(blocking(findings)) == (severity == "error")


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run(suite(), row("d", **balanced(3, 3)))
    assert list(tmp_path.iterdir()) == []
