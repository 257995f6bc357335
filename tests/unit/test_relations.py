"""Relations between figures and order in registers: what holds stays silent, the rest is named with both values."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from baocao.checks.findings import Finding
from baocao.checks.relation_suite import RelationSuite
from baocao.checks.relations import check_relations
from baocao.errors import ConfigurationError
from tests.unit.test_office_figures import office, statistics

ISSUED = date(2024, 6, 4)


def checked(
    *expectations: dict[str, Any], documents: Any = None, profile: str = "strict", **entered: Any
) -> list[Finding]:
    described = [{"name": "quy tắc", "message": "{row}: {printed} / {computed}", **found} for found in expectations]
    suite = RelationSuite.model_validate({"id": "thu", "expectations": described})
    return check_relations(suite, office(statistics(**entered), documents), ISSUED, profile)


def failing(findings: list[Finding]) -> list[str]:
    return [f"{finding.expectation} {finding.message}" for finding in findings if finding.success is False]


def relation(id: str, left: str, how: str, right: str) -> dict[str, Any]:
    return {"id": id, "kind": "relation", "left": left, "relation": how, "right": right}


def document(number: str, day: date | None, variants: str | None = None, kind: str = "QĐ") -> dict[str, Any]:
    return {"type": kind, "number": number, "issuer": "UBND", "date": day, "date_variants": variants, "role": "issued"}


def test_relations_between_figures() -> None:
    findings = checked(
        relation("bang", "staff_present", "equal", "staff_assigned - staff_saved"),
        relation("khong-qua", "staff_present", "at-most", "staff_assigned"),
        relation("it-hon", "staff_assigned", "less", "staff_assigned"),
        relation("tien", "paid_bn", "equal", "planned_bn"),
        staff_assigned=21,
        staff_present=22,
        paid_bn="1.700",
        planned_bn="1.7001",
    )
    assert failing(findings) == ["khong-qua : 22 / 21", "it-hon : 21 / 20", "tien : 1,7 / 1,7001"]
    assert [finding.success for finding in findings if finding.expectation == "bang"] == [True]


def test_a_blank_is_not_judged() -> None:
    (finding,) = checked(relation("bang", "staff_present", "equal", "staff_assigned"), staff_assigned=3)
    assert (finding.success, finding.rows_checked, finding.rows_not_checked) == (None, 0, 1)


def test_numbers_run_with_their_dates() -> None:
    """Of 19, 24, 26, 39, 43, 45, 62 as few as possible are out of order: 26 is too late and 45 too early."""
    days = {19: (1, 21), 24: (1, 22), 26: (2, 19), 39: (2, 14), 43: (2, 17), 45: (2, 10), 62: (2, 28)}
    documents = [document(f"{number}/KH-UBND", date(2020, *day), kind="KH") for number, day in days.items()]
    rule = {"id": "thu-tu", "kind": "number-order", "rows": {"dataset": "documents"}}
    assert failing(checked(rule, documents=documents)) == [
        "thu-tu 26/KH-UBND: 19/02/2020 / 10/02/2020",
        "thu-tu 45/KH-UBND: 10/02/2020 / 17/02/2020",
    ]


@pytest.mark.parametrize(
    ("days", "wrong"),
    [
        # 1838 or 2391 is out of order: keeping 2391 would leave three months between two neighbours.
        (
            {1838: (6, 20), 2391: (4, 29), 2392: (7, 29), 2648: (8, 17)},
            ["thu-tu 2391/KH-UBND: 29/04/2020 / 20/06/2020"],
        ),
        # 30 fits with any one of the others, and 35 was issued on its day.
        (
            {30: (1, 19), 31: (4, 9), 32: (1, 23), 35: (1, 19)},
            ["thu-tu 31/KH-UBND: 09/04/2020 / 19/01/2020", "thu-tu 32/KH-UBND: 23/01/2020 / 19/01/2020"],
        ),
    ],
)
def test_of_contradicting_documents_the_unsteady_one_is_named(
    days: dict[int, tuple[int, int]], wrong: list[str]
) -> None:
    documents = [document(f"{number}/KH-UBND", date(2020, *day), kind="KH") for number, day in days.items()]
    rule = {"id": "thu-tu", "kind": "number-order", "rows": {"dataset": "documents"}}
    assert failing(checked(rule, documents=documents)) == wrong


def test_a_document_is_not_older_than_the_one_it_implements() -> None:
    documents = [
        {**document("34/KH", date(2015, 12, 29)), "implements_date": date(2016, 2, 25), "copies": 3},
        {**document("35/KH", date(2016, 2, 25)), "implements_date": date(2016, 2, 25), "copies": 3},
        {**document("36/KH", date(2016, 2, 26)), "implements_date": None, "copies": 3},
        {**document("37/KH", None), "implements_date": date(2016, 2, 25), "copies": 3},
    ]
    rule = {
        "id": "trien-khai",
        "kind": "row-relation",
        "rows": {"dataset": "documents"},
        "left": "date",
        "relation": "at-least",
        "right": "implements_date",
    }
    findings = checked(rule, documents=documents)
    assert failing(findings) == ["trien-khai 34/KH: 29/12/2015 / 25/02/2016"]
    assert (findings[0].rows_checked, findings[0].rows_not_checked) == (2, 2)
    later = checked({**rule, "left": "implements_date", "relation": "less", "right": "date"}, documents=documents)
    assert failing(later) == [
        "trien-khai 34/KH: 25/02/2016 / 28/12/2015",
        "trien-khai 35/KH: 25/02/2016 / 24/02/2016",
    ]
    with pytest.raises(ConfigurationError, match="a day is compared with a day"):
        checked({**rule, "right": "copies"}, documents=documents)
    with pytest.raises(ConfigurationError, match="date is a day and cannot be added up"):
        checked({**rule, "left": "date - copies"}, documents=documents)


def test_years_and_codes_are_written_without_thousands_marks() -> None:
    findings = checked(
        relation("nam", "plan_year", "equal", "2024"),
        relation("nguoi", "staff_present", "equal", "2024"),
        plan_year=2023,
        staff_present=2023,
    )
    assert failing(findings) == ["nam : 2023 / 2024", "nguoi : 2.023 / 2.024"]


def test_series_and_years_are_told_apart() -> None:
    documents = [
        document("9/KH-UBND", date(2024, 1, 5)),
        document("9/KH-UBND", date(2023, 6, 5)),
        document("10/KH-UBND", date(2023, 3, 5), kind="KH"),
        document("11/KH-UBND", None),
    ]
    rule = {"id": "thu-tu", "kind": "number-order", "rows": {"dataset": "documents"}}
    assert failing(checked(rule, documents=documents)) == []


def test_a_document_has_one_date_stands_once_and_before_the_report() -> None:
    documents = [
        document("39/KH", date(2024, 2, 14), "2024-02-12; 2024-02-14"),
        document("39/KH", date(2024, 6, 5)),
        document("40/KH", None),
    ]
    rows = {"dataset": "documents"}
    findings = checked(
        {"id": "mot-ngay", "kind": "one-date", "rows": rows},
        {"id": "mot-lan", "kind": "unique", "rows": rows, "columns": ["number"]},
        {"id": "truoc-bao-cao", "kind": "not-after-report", "rows": rows},
        documents=documents,
    )
    assert failing(findings) == [
        "mot-ngay 39/KH: 12/02/2024 / 14/02/2024",
        "mot-lan 39/KH: 2 / 1",
        "truoc-bao-cao 39/KH: 05/06/2024 / 04/06/2024",
    ]


def test_rows_of_a_register_add_up() -> None:
    rows = [
        {"name": "Đất đai", "total": 5, "early": 2, "late": 3},
        {"name": "Hộ tịch", "total": 5, "early": 2, "late": None},
    ]
    rule = {
        "id": "cong",
        "kind": "row-relation",
        "rows": {"dataset": "documents"},
        "left": "early + late",
        "relation": "equal",
        "right": "total",
    }
    (finding,) = checked(rule, documents=rows)
    assert (finding.success, finding.rows_checked, finding.rows_not_checked) == (True, 1, 1)
    assert failing(checked({**rule, "blank_is_zero": True}, documents=rows)) == ["cong Hộ tịch: 2 / 5"]
    with pytest.raises(ConfigurationError, match="did you mean “early”"):
        checked({**rule, "left": "erly"}, documents=rows)


def test_stated_totals_against_the_rows_of_their_group() -> None:
    rows = [
        {"name": "a", "group": "I", "received": 2, "postal": True, "stated": False},
        {"name": "b", "group": "I", "received": None, "postal": True, "stated": False},
        {"name": "Cộng I", "group": "I", "received": 3, "postal": 2, "stated": True},
        {"name": "Cộng II", "group": "II", "received": None, "postal": 0, "stated": True},
    ]
    rule = {
        "id": "cong-nhom",
        "kind": "group-total",
        "stated": {"dataset": "documents", "where": {"stated": True}},
        "key": "group",
        "columns": ["received", "postal"],
        "rows": {"dataset": "documents", "where": {"stated": False}},
        "by": "group",
    }
    assert failing(checked(rule, documents=rows)) == ["cong-nhom I, received: 3 / 2"]
    counted = {name: part for name, part in rule.items() if name != "columns"}
    found = failing(checked({**counted, "counts": "received"}, documents=rows))
    assert found == ["cong-nhom I, received: 3 / 2"]
    with pytest.raises(ValidationError, match="`columns` to add up, `counts`, or both"):
        checked(counted, documents=rows)


def test_what_an_office_printed_is_a_warning() -> None:
    rule = relation("bang", "staff_present", "equal", "staff_assigned")
    (finding,) = checked(rule, staff_assigned=3, staff_present=4, profile="as-printed")
    assert (finding.severity, finding.printed, finding.computed, finding.difference) == ("warning", 4, 3, 1)


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        (relation("a", "x * 2", "equal", "y"), "added and subtracted"),
        (relation("a", "x", "about", "y"), "at-most"),
        ({"id": "a", "kind": "unknown"}, "does not match any of the expected tags"),
    ],
)
def test_a_suite_that_does_not_hold_together(expectation: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        checked(expectation)
