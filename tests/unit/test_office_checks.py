"""Checks of entered statistics and own texts."""

from typing import Any

from baocao.checks.findings import Finding
from baocao.checks.office import FormLine, check_form_lines, check_office
from baocao.texts import OwnText
from tests.unit.test_office_figures import INDICATORS, office, statistics


def failing(*texts: str, missing: tuple[str, ...] = (), profile: str = "strict", **entered: Any) -> list[Finding]:
    own = [OwnText(f"muc-{place}", f"muc-{place}.md", text) for place, text in enumerate(texts)]
    findings = check_office(office(statistics(**entered)), own, missing, profile)
    return [finding for finding in findings if finding.success is False]


def said(findings: list[Finding]) -> list[str]:
    return [f"{finding.expectation}: {finding.message}" for finding in findings]


def test_what_holds_is_silent() -> None:
    assert failing("Đã làm.", staff_assigned=23, staff_present=21, staff_saved=2, present_pct="91.30") == []


def test_entered_against_computed() -> None:
    found = failing(staff_assigned=23, staff_present=21, staff_saved=3, present_pct=91)
    assert said(found) == ["entered-agrees: n: số nhập 3, số tính 2", "entered-agrees: n: số nhập 91%, số tính 91,3%"]
    assert [(finding.row, finding.severity) for finding in found] == [
        ("n", "error"),
        ("n", "error"),
    ]


def test_rates_over_nothing_and_rates_left_out() -> None:
    assert said(failing(staff_assigned=0, staff_present=0, present_pct=100)) == [
        "rate-over-nothing: n: in 100% trong khi mẫu số bằng không"
    ]
    assert said(failing(staff_assigned=7, staff_present=3, present_pct=None)) == [
        "rate-printed: n: để trống, số tính được là 42,86%"
    ]


def test_missing_and_unconfirmed_texts_block_under_every_profile() -> None:
    found = failing("[?] Kỳ trước.", missing=("danh-gia",), profile="as-printed")
    assert [(finding.expectation, finding.severity) for finding in found] == [
        ("text-written", "error"),
        ("text-confirmed", "error"),
    ]


def test_code_and_unit_of_measure_as_in_the_form() -> None:
    rows = [
        {**row, "code": code, "unit_of_measure": unit}
        for row, code, unit in zip(
            statistics(staff_assigned=1, staff_present=1, staff_saved=0),
            ("1.1", "4.2.", None),
            ("Người", "%", "người"),
            strict=True,
        )
    ]
    lines = {name: FormLine(f"4.{place}", "Người") for place, name in enumerate(INDICATORS, start=1)}
    found = [finding for finding in check_form_lines(office(rows), lines, "strict") if finding.success is False]
    assert said(found) == [
        "code-as-in-form: n: mã ghi “1.1”, mẫu là “4.1”",
        "unit-as-in-form: n: đơn vị tính ghi “%”, mẫu là “Người”",
    ]
