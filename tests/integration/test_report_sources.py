"""Which rows a report's figures come from: an office's own tables, its dossiers, or both; what overlaps is compared."""

from datetime import date
from typing import Any

import pytest

from baocao.errors import InputError
from baocao.indicators.slices import DOSSIER_TABLE, NO_FIELD
from baocao.intake import dossiers, one_stop
from tests.integration.office import (
    AN,
    APART,
    BINH,
    CHAU,
    COUNTED_ONCE,
    COVERED,
    DISTRICT,
    SUMMARY,
    Office,
    done,
    dossier,
)

# --- One source alone ---


def test_tables_alone_are_used_as_they_are(office: Office) -> None:
    office.table({"unit_name": DISTRICT, "received_direct": 5, "pending_in_time": 5}, {"unit_name": AN})
    data = office.slice()
    assert data.rows is data.printed
    assert (len(data.rows), list(data.overlaps), list(data.gaps)) == (2, [], [])
    assert (office.total(), office.of(DISTRICT), office.of(AN)) == (5, 5, 0)
    assert list(data.record()) == [one_stop.TABLE]
    assert office.findings(COUNTED_ONCE, COVERED) == []


def test_dossiers_alone_are_summarised(office: Office) -> None:
    office.dossiers(
        dossier("HS-1", channel="online"),
        dossier("HS-2", due_date=date(2020, 3, 30), received_date=date(2019, 12, 30)),
        done("HS-3", AN),
        done("HS-4", AN, finished_date=date(2020, 1, 21)),
    )
    figures = office.figures()
    values = {
        name: figures.of_area(name).value
        for name in (*SUMMARY, "received_total", "resolved_total", "pending_total")
        if name != "resolved_on_time"
    }
    assert values == {
        "carried_over": 1,
        "received_online": 1,
        "received_direct": 2,
        "resolved_late": 1,
        "pending_in_time": 1,
        "pending_overdue": 1,
        "received_total": 4,
        "resolved_total": 2,
        "pending_total": 2,
    }
    assert (office.of(DISTRICT), office.of(AN), office.of(AN, "resolved_late")) == (2, 2, 1)
    assert figures.of_area("received_total").source == f"cong: {DOSSIER_TABLE}"
    assert {name: entry["version"] for name, entry in office.slice().record().items()} == {dossiers.TABLE: 0}


def test_fields_and_procedures_are_of_the_own_desk(office: Office) -> None:
    """A field the office does not list still stands in its tables, after those it lists."""
    fields = office.project.params / "fields" / f"{DISTRICT}.csv"
    fields.write_text("name,aliases\nHộ tịch,\nĐất đai,Địa chính\n", encoding="utf-8")
    office.dossiers(
        dossier("HS-1", field="ĐỊA CHÍNH", procedure="Đăng ký đất"),
        dossier("HS-2", field="Đất đai", procedure="Đăng ký đất"),
        dossier("HS-3", field="Chợ", procedure="Cho thuê quầy"),
        dossier("HS-4", field=""),
        dossier("HS-5", AN, field="Rừng"),
    )
    figures = office.figures()
    assert figures.field_names() == ["Hộ tịch", "Đất đai", "Chợ", NO_FIELD]
    received = {name: figures.of_field("received_total", name).value for name in figures.field_names()}
    assert received == {"Hộ tịch": None, "Đất đai": 2, "Chợ": 1, NO_FIELD: 1}
    assert figures.of_procedure("received_total", "Đất đai", "Đăng ký đất").value == 2
    assert figures.of_desk("received_total").value == office.of(DISTRICT) == 4


def test_a_code_is_one_procedure_and_keeps_its_name(office: Office) -> None:
    office.dossiers(
        dossier("HS-1", procedure_code="1.01", procedure="Đăng ký"),
        dossier("HS-2", procedure_code="1.01", procedure="Đăng ký đất"),
        dossier("HS-3", procedure_code="1.02", procedure=""),
    )
    rows = {row["procedure"]: row["received_direct"] for row in office.figures().by_procedure}
    assert rows == {"Đăng ký": 2, "1.02": 1}


def test_units_stand_in_the_order_of_the_registry(office: Office) -> None:
    """Whether or not they have dossiers, so that the table of every period lists them alike."""
    office.dossiers(dossier("HS-1", CHAU), dossier("HS-2", AN), dossier("HS-3", "tay", channel="online"), unit="tinh")
    assert [unit.code for unit in office.figures().units()] == [DISTRICT, AN, BINH, CHAU]
    assert [unit.code for unit in office.figures(reporter="tinh").units()] == ["tinh", DISTRICT, "tay"]


# --- Dossiers and tables ---


def test_dossiers_of_one_unit_and_a_table_of_another(office: Office) -> None:
    office.dossiers(dossier("HS-1"), dossier("HS-2"), units=f"code={DISTRICT}")
    office.table(
        {"unit_name": DISTRICT, "received_direct": 2, "pending_in_time": 2},
        {"unit_name": AN, "received_direct": 7, "pending_in_time": 7},
    )
    assert (office.of(DISTRICT), office.of(AN), office.total()) == (2, 7, 9)
    assert office.group("not-sent") == [BINH, CHAU]
    (verdict,) = office.findings(COUNTED_ONCE)
    assert (verdict.success, verdict.rows_checked) == (True, len(SUMMARY))
    assert office.failed("reporting", COVERED) == [
        ("reporting", "UBND xã Bình", None),
        ("reporting", "UBND xã Châu", None),
    ]


def test_a_table_of_the_same_system_is_compared_and_not_added(office: Office) -> None:
    office.dossiers(dossier("HS-1", AN), dossier("HS-2", AN), done("HS-3", AN))
    office.table(
        {"unit_name": AN, "received_direct": 4, "resolved_on_time": 1, "pending_in_time": 3},
        {"unit_name": BINH, "received_direct": 1, "pending_in_time": 1},
    )
    assert (office.of(AN), office.of(BINH), office.total()) == (3, 0, 3)
    found = [
        (finding.table, finding.row, finding.column, finding.printed, finding.computed, finding.difference)
        for finding in office.findings(COUNTED_ONCE)
        if finding.success is False
    ]
    assert found == [
        ("Biểu 2", "UBND xã An", "received_direct", 4, 3, 1),
        ("Biểu 2", "UBND xã An", "pending_in_time", 3, 2, 1),
        ("Biểu 2", "UBND xã Bình", "received_direct", 1, 0, 1),
        ("Biểu 2", "UBND xã Bình", "pending_in_time", 1, 0, 1),
    ]


def test_on_time_alone_includes_what_was_early(office: Office) -> None:
    """A table without a column of early ones prints them as on time; one with it is compared column by column."""
    office.dossiers(done("HS-1", AN), done("HS-2", AN, finished_date=date(2020, 1, 14)))
    figures = {"unit_name": AN, "received_direct": 2}
    office.table({**figures, "resolved_on_time": 2})
    assert office.failed(COUNTED_ONCE) == []
    office.table({**figures, "resolved_on_time": 2, "resolved_early": 0})
    assert office.failed(COUNTED_ONCE) == [
        (COUNTED_ONCE, "UBND xã An", "resolved_early"),
        (COUNTED_ONCE, "UBND xã An", "resolved_on_time"),
    ]


def test_a_table_by_field_is_compared_too(office: Office) -> None:
    office.dossiers(dossier("HS-1"), dossier("HS-2"), dossier("HS-3", field="Chợ"), dossier("HS-4", AN))
    office.table(
        {"field": "Đất đai", "received_direct": 2, "pending_in_time": 2},
        {"field": "Chợ", "received_direct": 2, "pending_in_time": 1},
        name="Biểu 1",
    )
    figures = office.figures()
    assert [figures.of_field("received_total", name).value for name in ("Đất đai", "Chợ")] == [2, 1]
    assert office.failed(COUNTED_ONCE) == [(COUNTED_ONCE, "Chợ", "received_direct")]


def test_a_table_of_another_system_is_added(office: Office) -> None:
    office.dossiers(dossier("HS-1", AN), dossier("HS-2", AN))
    office.table({"unit_name": AN, "received_direct": 5, "pending_in_time": 5}, source="bo", systems=["bo-cong-an"])
    assert (office.of(AN), office.total()) == (7, 7)
    assert office.findings(COUNTED_ONCE) == []
    assert office.failed("reporting") == []


@pytest.mark.parametrize(
    ("of_dossiers", "of_table"), [(["bo-cong-an"], ["cong"]), (["bo-cong-an"], ["bo-cong-an"]), ([], ["cong"])]
)
def test_whatever_shares_a_system_is_compared(office: Office, of_dossiers: list[str], of_table: list[str]) -> None:
    """Also where the delivery only says that it contains the other's system."""
    office.dossiers(dossier("HS-1", AN), systems=of_dossiers)
    office.table({"unit_name": AN, "received_direct": 5, "pending_in_time": 5}, source="bo", systems=of_table)
    assert office.total() == 1
    assert len(office.failed(COUNTED_ONCE)) == 2


def test_another_system_is_added_by_field_too(office: Office) -> None:
    office.dossiers(dossier("HS-1"), dossier("HS-2"))
    given = {"received_direct": 5, "pending_in_time": 5}
    office.table({"unit_name": DISTRICT, **given}, source="bo", systems=["bo"])
    office.table({"field": "Đất đai", **given}, source="bo", systems=["bo"], name="Biểu 1")
    assert office.of(DISTRICT) == 7
    assert office.figures().of_field("received_total", "Đất đai").value == 7


def test_another_systems_row_of_the_whole_area_is_added(office: Office) -> None:
    office.dossiers(dossier("HS-1"), dossier("HS-2", AN), dossier("HS-3", BINH))
    given = {"unit_name": DISTRICT, "received_direct": 5, "pending_in_time": 5}
    office.table(given, source="bo", systems=["bo"], scope="area")
    assert office.total() == 8


def test_the_same_systems_row_of_the_whole_area_is_compared_with_all_of_it(office: Office) -> None:
    office.dossiers(dossier("HS-1"), dossier("HS-2", AN), dossier("HS-3", BINH))
    office.table({"unit_name": DISTRICT, "received_direct": 3, "pending_in_time": 3}, scope="area")
    assert office.total() == 3
    assert office.failed(COUNTED_ONCE) == []


def test_a_row_of_the_whole_area_stands_where_some_unit_has_no_dossiers(office: Office) -> None:
    office.dossiers(dossier("HS-1"), dossier("HS-2", AN), units=f"{DISTRICT}, {AN}")
    office.table({"unit_name": DISTRICT, "received_direct": 7, "pending_in_time": 7}, scope="area")
    assert (office.total(), office.of(DISTRICT), office.of(AN)) == (7, 1, 1)
    assert [(found.printed, found.computed) for found in office.findings(COUNTED_ONCE)] == [(7, 2), (7, 2)]


def test_the_own_desk_is_not_the_whole_area_of_another_system(office: Office) -> None:
    office.dossiers(dossier("HS-1"))
    given = {"unit_name": DISTRICT, "received_direct": 5, "pending_in_time": 5}
    office.table(given, source="bo", systems=["bo"], scope="area")
    assert (office.of(DISTRICT), office.total()) == (1, 6)


def test_a_table_of_another_source_that_declares_nothing_is_compared_and_says_how_to_declare(office: Office) -> None:
    office.dossiers(dossier("HS-1", AN), units=AN)
    given = {"received_direct": 5, "pending_in_time": 5}
    rows = [{"unit_name": AN, **given}, {"unit_name": BINH, **given}]
    office.table(*rows, source="bo")
    assert (office.of(AN), office.of(BINH), office.total()) == (1, 5, 6)
    assert len(office.failed(COUNTED_ONCE)) == 2
    (told,) = office.findings("tables-declare-systems")
    assert (told.success, told.severity, told.table) == (False, "warning", "Biểu 2 “bo”")
    assert told.message.startswith("Biểu có 1 dòng của đơn vị đã có danh sách hồ sơ")
    assert "covers.systems trong source.yaml" in told.message
    office.table(*rows, source="bo", systems=["bo"])
    assert (office.of(AN), office.total()) == (6, 11)
    assert office.findings("tables-declare-systems") == []


def test_what_the_last_quarter_left_open_is_not_added_to_the_table_of_this_one(office: Office) -> None:
    """Dossiers were delivered for the quarter before; for this one the office sends its table alone."""
    office.dossiers(dossier("HS-1", AN), dossier("HS-2", AN))
    second: dict[str, Any] = {"first": date(2020, 4, 1), "last": date(2020, 6, 30)}
    office.table({"unit_name": AN, "carried_over": 2, "received_direct": 1, "pending_in_time": 3}, **second)
    assert office.total(**second) == 3


def test_dossiers_of_one_system_in_two_deliveries_are_never_added(office: Office) -> None:
    """The list that contains more systems is counted, and it is said which is not."""
    office.dossiers(dossier("HS-1", AN), source="cong")
    assert office.findings(APART) == []
    office.dossiers(dossier("HS-1", AN), source="xa", systems=["cong"])
    assert office.total() == 1
    assert office.figures(reporter="tinh").of_area("received_total").value == 1
    told = {(found.table, found.row, found.success) for found in office.findings(APART)}
    names = ("UBND huyện Đông", "UBND xã An", "UBND xã Bình", "UBND xã Châu")
    assert told == {("Danh sách hồ sơ “cong”", name, False) for name in names}


def test_of_two_lists_of_one_system_the_one_with_more_days_is_counted(office: Office) -> None:
    office.dossiers(dossier("HS-1"), dossier("HS-2"))
    office.dossiers(dossier("HS-2"), source="xa", systems=["cong"], units=DISTRICT, last=date(2020, 1, 31))
    assert office.total() == 2
    (told,) = office.findings(APART)
    assert (told.table, told.row) == ("Danh sách hồ sơ “xa”", "UBND huyện Đông")
    assert "cho 31 ngày của kỳ báo cáo nên không được tính" in told.message
    assert office.figures().of_field("received_total", "Đất đai").value == 2
    assert office.failed(COVERED) == []


# --- Two summary tables ---


def test_tables_of_different_systems_are_added(office: Office) -> None:
    given = {"unit_name": AN, "pending_in_time": 0}
    office.table({**given, "received_direct": 3, "resolved_on_time": 3}, systems=["cong"])
    office.table({**given, "received_direct": 5, "resolved_on_time": 5}, source="bo", systems=["bo"])
    assert (office.of(AN), office.total()) == (8, 8)


@pytest.mark.parametrize(("first", "second"), [(None, None), (["cong"], None), (["cong"], ["cong"])])
def test_a_second_table_of_the_same_is_refused(
    office: Office, first: list[str] | None, second: list[str] | None
) -> None:
    office.table({"unit_name": AN, "received_direct": 3, "pending_in_time": 3}, systems=first)
    with pytest.raises(InputError, match=rf"“{AN}” stands both in “Biểu 2” .* and would be counted twice"):
        office.table(
            {"unit_name": AN, "received_direct": 5, "pending_in_time": 5}, source="bo", systems=second, name="Biểu B"
        )
    assert office.total() == 3


def test_tables_that_are_added_are_each_checked_by_themselves(office: Office) -> None:
    """Two systems print their tables under the same names; each adds up, so nothing is found wrong."""
    for source, count in (("cong", 3), ("bo", 5)):
        figures = {"received_direct": count, "pending_in_time": count}
        said: dict[str, Any] = {"source": source, "systems": [source]}
        office.table({"field": "Đất đai", "row_type": "field", **figures}, name="Biểu 1", **said)
        rows = [
            {"row_type": "unit", "unit_name": DISTRICT, **figures},
            {"row_type": "total", "unit_name": "Tổng", **figures},
        ]
        office.table(*rows, **said)
    assert office.total() == 8
    assert [found for found in office.failed() if found[0] != "reporting"] == []


def test_opening_balance_of_tables_that_are_added(office: Office) -> None:
    for source, count in (("cong", 3), ("bo", 5)):
        said: dict[str, Any] = {"source": source, "systems": [source]}
        before: dict[str, Any] = {"first": date(2019, 10, 1), "last": date(2019, 12, 31)}
        office.table({"unit_name": AN, "received_direct": count, "pending_in_time": count}, **before, **said)
        office.table({"unit_name": AN, "carried_over": count, "resolved_on_time": count}, **said)
    assert office.failed("opening-balance") == []


def test_opening_balance_is_that_of_the_same_system_and_authority(office: Office) -> None:
    """Dossiers of one system and its two authorities beside the table of another; each carries over what it left."""
    before: dict[str, Any] = {"first": date(2019, 10, 1), "last": date(2019, 12, 31)}
    given = {"unit_name": AN, "received_direct": 2, "pending_in_time": 2}
    office.table(given, source="bo", systems=["bo"], **before)
    office.table({"unit_name": AN, "carried_over": 2, "resolved_on_time": 2}, source="bo", systems=["bo"])
    earlier = {"received_date": date(2019, 12, 30)}
    office.dossiers(
        dossier("HS-1", AN, **earlier),
        dossier("HS-2", AN, authority="vertical", **earlier),
        dossier("HS-3", AN, authority="vertical", **earlier),
        dossier("HS-4", AN, authority="vertical", **earlier),
    )
    assert office.of(AN, "carried_over") == 6
    assert office.failed("opening-balance") == []


# --- Units two levels deep ---


def test_a_districts_row_contains_its_communes_once(office: Office) -> None:
    office.dossiers(dossier("HS-1"), dossier("HS-2", AN), dossier("HS-3", BINH, authority="vertical"))
    office.dossiers(dossier("HS-4", "tinh"), units="tinh, tay", unit="tinh")
    figures = office.figures(reporter="tinh")
    values = {unit.code: figures.of_unit("received_total", unit).value for unit in figures.units()}
    assert values == {"tinh": 1, DISTRICT: 3, "tay": 0}
    assert figures.of_area("received_total").value == 4
    assert {row["scope"] for row in figures.by_unit if row["unit"] == DISTRICT} == {"area"}
    assert office.failed(COVERED, "reporting", reporter="tinh") == []


def test_a_commune_that_lacks_days_is_named_below_its_district(office: Office) -> None:
    office.dossiers(dossier("HS-1"), units=f"code={DISTRICT} or code={AN} or code={BINH}")
    assert office.failed(COVERED, reporter="tinh") == [(COVERED, "UBND xã Châu", None)]


def test_a_printed_row_of_a_district_is_compared_with_all_below_it(office: Office) -> None:
    office.dossiers(dossier("HS-1"), dossier("HS-2", AN))
    row = {"unit_name": DISTRICT, "received_direct": 2, "pending_in_time": 2}
    office.table(row, unit="tinh", scope="area")
    assert office.total(reporter="tinh") == 2
    (verdict,) = office.findings(COUNTED_ONCE, reporter="tinh")
    assert (verdict.success, verdict.rows_checked) == (True, len(SUMMARY))
