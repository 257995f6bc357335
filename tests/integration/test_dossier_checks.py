"""Checks of dossiers at ingest: each finds what is planted and nothing else, kept with the version it is about."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from baocao.checks.dossier_suite import load_dossier_suite
from baocao.checks.dossiers import check_dossiers, kept_findings
from baocao.checks.findings import Finding
from baocao.errors import ConfigurationError
from baocao.intake.days import EARLIEST, LATEST
from baocao.project import Project
from baocao.store.dossiers import scan_dossiers
from baocao.store.history import FINDINGS
from baocao.store.tables import Store
from tests.integration.conftest import call
from tests.integration.office import (
    AN,
    BINH,
    CHAU,
    DISTRICT,
    FROM,
    TO,
    Cells,
    Office,
    done,
    dossier,
)

Edit = Callable[[Path, str, str], None]
#: Unit and message of what was found under an expectation.
Found = list[tuple[str, str | None, str]]
NAMES = {AN: "UBND xã An", BINH: "UBND xã Bình", CHAU: "UBND xã Châu", DISTRICT: "UBND huyện Đông"}
NAMES |= {"tinh": "UBND tỉnh Mẫu", "tay": "UBND huyện Tây"}
EXPECTATIONS = [
    "due-after-received",
    "received-after-submitted",
    "delivered-after-finished",
    "state-agrees-with-finish",
    "known-on-delivery",
    "one-name-for-a-code",
    "field-filled",
    "procedure-filled",
    "due-date-filled",
    "fresh",
    "usual-number",
]


def right(number: int, unit: str = AN, **cells: object) -> dict[str, object]:
    """A dossier nothing is wrong with, taken in in the second half of March."""
    received = date(2020, 3, 16 + number % 10)
    days: dict[str, Any] = {"submitted_date": received, "received_date": received, "due_date": date(2020, 4, 15)}
    return dossier(f"R-{number:03d}", unit, **{**days, "procedure": "Đăng ký", "procedure_code": "1.01", **cells})


def rights(count: int = 20, unit: str = AN) -> list[dict[str, object]]:
    return [right(number, unit) for number in range(count)]


def kept(office: Office, version: int | None = None, units: Sequence[str] = (*NAMES,)) -> list[Finding]:
    if version is None:
        scan = scan_dossiers(Store(office.project.store))
        assert scan is not None
        version = scan.version
    return kept_findings(office.project, office.registry, units, FROM, TO, version)


def found(office: Office, version: int | None = None) -> Found:
    """What is wrong as of a version, the newest by default."""
    return [
        (finding.expectation, finding.row, finding.message)
        for finding in kept(office, version)
        if finding.success is False
    ]


# --- Every expectation ---


def test_a_clean_list_passes_every_check(office: Office) -> None:
    office.dossiers(*rights(), units=AN, check=True)
    verdicts = {finding.expectation: (finding.success, finding.rows_checked) for finding in kept(office)}
    assert list(verdicts) == EXPECTATIONS
    assert verdicts.pop("usual-number") == (None, 0)  # there are no months to compare with
    assert verdicts.pop("delivered-after-finished") == (None, 0)  # nothing was delivered yet
    assert verdicts.pop("fresh") == (True, 1)
    assert set(verdicts.values()) == {(True, 20)}


PLANTED = {
    "due-after-received": (
        [right(90, due_date=date(2020, 3, 15)), right(91, due_date=date(2020, 3, 17))],
        "1 hồ sơ có ngày hẹn trả trước ngày tiếp nhận: R-090",
    ),
    "received-after-submitted": (
        [right(90, submitted_date=date(2020, 3, 17)), right(91, submitted_date=date(2020, 3, 16))],
        "1 hồ sơ có ngày tiếp nhận trước ngày nộp: R-090",
    ),
    "delivered-after-finished": (
        [
            right(90, finished_date=date(2020, 3, 20), result_date=date(2020, 3, 19), status="delivered"),
            right(91, finished_date=date(2020, 3, 20), result_date=date(2020, 3, 20), status="delivered"),
        ],
        "1 hồ sơ có ngày trả kết quả trước ngày kết thúc xử lý: R-090",
    ),
    "state-agrees-with-finish": (
        [
            right(90, finished_date=date(2020, 3, 20)),
            right(91, finished_date=date(2020, 3, 20), status="supplement"),
            right(92, finished_date=date(2020, 3, 20), status="finished"),
            right(93, finished_date=date(2020, 3, 20), status=""),
            right(94, finished_date=date(2020, 3, 20), status="withdrawn"),
        ],
        "2 hồ sơ có ngày kết thúc xử lý nhưng trạng thái vẫn là đang giải quyết: R-090, R-091",
    ),
    "known-on-delivery": (
        [
            right(90, received_date=date(2020, 3, 31)),
            right(91, finished_date=date(2020, 4, 1), status="finished"),
            right(92, finished_date=date(2020, 3, 31), result_date=date(2020, 4, 2), status="delivered"),
            right(93, finished_date=date(2020, 3, 31), status="finished"),
        ],
        "2 hồ sơ được tiếp nhận hoặc kết thúc sau ngày cuối của danh sách: R-091, R-092",
    ),
    "one-name-for-a-code": (
        [
            right(90, procedure="Đăng kí"),
            right(91, procedure=""),
            right(92, procedure_code="", procedure="Đăng kí"),
            right(93, procedure_code="1.02", procedure="Đăng kí"),
        ],
        "1 hồ sơ có tên thủ tục khác với tên thường dùng của mã thủ tục: R-090",
    ),
    "field-filled": (
        [right(90, field=""), right(91, field="")],
        "2 hồ sơ không ghi lĩnh vực (nhiều hơn mức cho phép): R-090, R-091",
    ),
    "procedure-filled": (
        [right(90, procedure=""), right(91, procedure="")],
        "2 hồ sơ không ghi tên thủ tục (nhiều hơn mức cho phép): R-090, R-091",
    ),
}


@pytest.mark.parametrize("expectation", PLANTED)
def test_what_is_planted_is_found_and_nothing_else(office: Office, expectation: str) -> None:
    rows, message = PLANTED[expectation]
    office.dossiers(*rights(), *rows, units=AN, check=True)
    assert found(office) == [(expectation, NAMES[AN], message)]


@pytest.mark.parametrize(
    ("column", "expectation", "missing"),
    [("field", "field-filled", 1), ("procedure", "procedure-filled", 1), ("due_date", "due-date-filled", 10)],
)
def test_as_many_blanks_as_are_allowed_are_no_finding(
    office: Office, column: str, expectation: str, missing: int
) -> None:
    """Of twenty dossiers of a month 5 % may lack a field or a procedure, half may lack a due date."""
    blank: dict[str, Any] = {column: ""}
    enough = [right(number, **(blank if number < missing else {})) for number in range(20)]
    more = [right(number + 100, BINH, **(blank if number <= missing else {})) for number in range(20)]
    office.dossiers(*enough, *more, units=f"{AN}, {BINH}", check=True)
    (one,) = found(office)
    assert one[:2] == (expectation, NAMES[BINH])
    assert one[2].startswith(f"{missing + 1} hồ sơ không ")
    assert one[2].endswith(": " + ", ".join(f"R-{number + 100}" for number in range(missing + 1)))


def test_blanks_are_counted_month_by_month(office: Office) -> None:
    """Many good dossiers of one month do not hide the bad ones of another."""
    rows = [right(number, received_date=date(2020, 2, 3), submitted_date="", field="") for number in (190, 191)]
    office.dossiers(*rights(100), *rows, units=AN, check=True)
    assert [(expectation, message.split(" (")[0]) for expectation, _, message in found(office)] == [
        ("field-filled", "2 hồ sơ không ghi lĩnh vực")
    ]


def test_months_of_a_unit_are_one_finding_and_units_are_several(office: Office) -> None:
    bad: dict[str, Any] = {"due_date": date(2020, 1, 1)}
    days: dict[str, Any] = {"submitted_date": ""}
    rows = [
        right(3, received_date=date(2020, 1, 20), **bad, **days),
        right(1, received_date=date(2020, 2, 20), **bad, **days),
        right(2, **bad),
        right(4, BINH, **bad),
    ]
    office.dossiers(*rows, units=f"{AN}, {BINH}", check=True)
    message = "hồ sơ có ngày hẹn trả trước ngày tiếp nhận:"
    assert found(office) == [
        ("due-after-received", NAMES[AN], f"3 {message} R-001, R-002, R-003"),
        ("due-after-received", NAMES[BINH], f"1 {message} R-004"),
    ]


@pytest.mark.parametrize(("count", "more"), [(20, False), (21, True), (45, True)])
def test_twenty_dossiers_are_named(office: Office, count: int, more: bool) -> None:
    rows = [right(number, due_date=date(2020, 3, 1)) for number in range(count)]
    office.dossiers(*rows, units=AN, check=True)
    ((_, _, message),) = found(office)
    named = ", ".join(f"R-{number:03d}" for number in range(20))
    expected = f"{count} hồ sơ có ngày hẹn trả trước ngày tiếp nhận: {named}"
    assert message == expected + (" …" if more else "")


def test_only_the_months_of_the_period_are_asked_for(office: Office) -> None:
    bad: dict[str, Any] = {"received_date": date(2019, 12, 31), "due_date": date(2019, 12, 1), "submitted_date": ""}
    office.dossiers(*rights(), right(90, **bad), units=AN, check=True)
    assert found(office) == []
    version = 0
    wrong = kept_findings(office.project, office.registry, [AN], date(2019, 12, 1), TO, version)
    assert [finding.expectation for finding in wrong if finding.success is False] == ["due-after-received"]


def test_dossiers_not_taken_in_are_of_no_period_and_told_where_all_days_are_asked_for(office: Office) -> None:
    days: dict[str, Any] = {"received_date": "", "finished_date": date(2020, 2, 20), "result_date": date(2020, 2, 3)}
    office.dossiers(*rights(), right(90, status="registered", **days), units=AN, check=True)
    assert found(office) == []
    wrong = kept_findings(office.project, office.registry, [AN], EARLIEST, LATEST, 0)
    assert [finding.message for finding in wrong if finding.success is False] == [
        "1 hồ sơ có ngày trả kết quả trước ngày kết thúc xử lý: R-090"
    ]


# --- Thresholds of the newest dossier and of a month's number ---


@pytest.mark.parametrize(("days", "stale"), [(15, False), (16, True)])
def test_the_newest_dossier_may_be_fifteen_days_old(office: Office, days: int, stale: bool) -> None:
    received = TO - timedelta(days=days)
    rows = [right(number, received_date=received, submitted_date="") for number in range(3)]
    office.dossiers(*rows, units=AN, check=True)
    message = "Hồ sơ mới nhất được tiếp nhận 16 ngày trước ngày cuối của danh sách (cho phép 15 ngày)"
    assert found(office) == ([("fresh", NAMES[AN], message)] if stale else [])


def rare(newest: date, unit: str = AN) -> Iterator[dict[str, object]]:
    """Eleven dossiers, one every third day."""
    for number in range(11):
        yield right(number, unit, received_date=newest - timedelta(days=3 * number), submitted_date="")


def test_where_little_comes_in_silence_may_last_longer(office: Office) -> None:
    """Ten of its usual intervals of three days: 25 days are no matter, 31 are."""
    office.dossiers(*rare(TO - timedelta(days=25)), units=AN, check=True)
    assert found(office) == []


def test_a_stale_list_says_what_was_allowed_to_that_unit(office: Office) -> None:
    office.dossiers(*rare(TO - timedelta(days=31)), units=AN, check=True)
    ((expectation, _, message),) = found(office)
    assert expectation == "fresh"
    assert message.startswith("Hồ sơ mới nhất được tiếp nhận 31 ngày trước")
    allowed = int(message.split("cho phép ")[1].split()[0])
    assert 25 < allowed <= 30


def test_each_systems_newest_dossier_is_told_by_itself(office: Office) -> None:
    for source, days in (("cong", 20), ("bo", 30)):
        received = TO - timedelta(days=days)
        rows = [right(number, received_date=received, submitted_date="") for number in range(3)]
        office.dossiers(*rows, units=AN, source=source, check=True)
    told = [message.split(" ngày")[0] for expectation, _, message in found(office) if expectation == "fresh"]
    assert sorted(told) == [f"Hồ sơ mới nhất được tiếp nhận {days}" for days in (20, 30)]


def months(unit: str, usual: int, last: int) -> Iterator[dict[str, object]]:
    """A first month of one, six of the usual number, and the March of 2020."""
    first = [date(2019, month, 28) for month in (8, 9, 10, 11, 12)] + [date(2020, 1, 28), date(2020, 2, 28)]
    counts = [1, *[usual] * 6, last]
    for received, count in zip([*first, date(2020, 3, 28)], counts, strict=True):
        for number in range(count):
            name = f"{unit}-{received:%m}-{number}"
            yield dossier(name, unit, received_date=received, procedure="Đăng ký")


def test_a_months_number_against_the_months_before(office: Office) -> None:
    """Three times the median is usual, one more is not; a third of it is, one less is not; few are never judged."""
    cases = {AN: (10, 30), BINH: (10, 31), CHAU: (30, 10), DISTRICT: (30, 9), "tay": (9, 29), "tinh": (9, 30)}
    rows = [row for unit, (usual, last) in cases.items() for row in months(unit, usual, last)]
    office.dossiers(*rows, unit="tinh", units=", ".join(cases), check=True)
    expected = [
        ("usual-number", NAMES[unit], f"Tháng 03/2020 tiếp nhận {last} hồ sơ; trung vị các tháng trước là {usual}")
        for unit, (usual, last) in cases.items()
        if unit in (BINH, DISTRICT, "tinh")
    ]
    assert sorted(found(office)) == sorted(expected)


@pytest.mark.parametrize(("last", "judged"), [(TO, True), (TO - timedelta(days=1), False)])
def test_a_month_without_dossiers_is_odd_once_it_is_over(office: Office, last: date, judged: bool) -> None:
    office.dossiers(*months(AN, 30, 0), units=AN, last=last, check=True)
    told = [message for expectation, _, message in found(office) if expectation == "usual-number"]
    assert told == (["Tháng 03/2020 tiếp nhận 0 hồ sơ; trung vị các tháng trước là 30"] if judged else [])


# --- Kept with the version ---


def rows_kept(office: Office) -> set[tuple[str, int]]:
    """Units and the versions results of theirs are kept for."""
    known = Store(office.project.store).read(FINDINGS)
    assert known is not None
    return {(row["unit"], row["version"]) for row in known.rows.to_pylist()}


def test_a_mended_dossier_is_wrong_only_in_the_past(office: Office) -> None:
    wrong, other = right(90, due_date=date(2020, 3, 1)), right(91, BINH, due_date=date(2020, 3, 1))
    office.dossiers(*rights(), wrong, other, units=f"{AN}, {BINH}", check=True)
    first = found(office)
    assert [(expectation, unit) for expectation, unit, _ in first] == [
        ("due-after-received", NAMES[AN]),
        ("due-after-received", NAMES[BINH]),
    ]
    taken = office.dossiers(right(90), units=AN, check=True)
    assert (taken.version, taken.balance.updated) == (1, 1)
    assert found(office) == first[1:]
    assert found(office, version=0) == first
    assert rows_kept(office) == {(AN, 0), (BINH, 0), (AN, 1)}  # of a unit nothing came of, nothing was checked again


def test_a_list_delivered_again_is_not_checked_again(office: Office) -> None:
    office.dossiers(*rights(), units=AN, check=True)
    before = Store(office.project.store).open(FINDINGS)
    office.dossiers(*rights(), units=AN, check=True)
    after = Store(office.project.store).open(FINDINGS)
    assert before is not None and after is not None
    assert (before.version(), after.version()) == (0, 0)


def test_checking_one_unit_again_keeps_what_is_known_of_the_others(office: Office) -> None:
    bad: dict[str, Any] = {"due_date": date(2020, 3, 1)}
    office.dossiers(*rights(), right(90, **bad), right(91, BINH, **bad), units=f"{AN}, {BINH}", check=True)
    before = found(office)
    assert len(before) == 2
    assert check_dossiers(office.project, [BINH]) == 0
    assert found(office) == before


def deliveries_that_move(office: Office) -> None:
    """A dossier with a wrong day turns out to be of another unit."""
    office.dossiers(*rights(), right(90, due_date=date(2020, 3, 1)), units=AN, check=True)
    office.dossiers(right(90, BINH), units=BINH, check=True)


def deliveries_that_disagree(office: Office) -> None:
    """The second unit calls a procedure otherwise, and has more of it than the first."""
    office.dossiers(*rights(5), units=AN, check=True)
    office.dossiers(*[right(90 + number, BINH, procedure="Khác") for number in range(9)], units=BINH, check=True)


def deliveries_described_later(office: Office) -> None:
    """At first nobody said which days the list covers."""
    office.dossiers(*rights(), units=None, check=True)
    office.dossiers(*rights(), units=AN, last=date(2020, 3, 20), check=True)


@pytest.mark.parametrize("deliver", [deliveries_that_move, deliveries_that_disagree, deliveries_described_later])
def test_what_is_kept_is_what_a_check_of_everything_finds(office: Office, deliver: Callable[[Office], None]) -> None:
    deliver(office)
    was_kept = found(office)
    check_dossiers(office.project)
    assert was_kept == found(office)


def test_another_suite_makes_kept_results_unchecked(office: Office, edit: Edit) -> None:
    office.dossiers(*rights(), right(90, due_date=date(2020, 3, 1)), units=AN, check=True)
    suite = office.project.expectations / "dossiers.yaml"
    before = suite.read_text(encoding="utf-8")
    edit(suite, "có ngày hẹn trả trước ngày tiếp nhận:", "có hạn trả quá sớm:")
    assert [(finding.success, finding.rows_checked) for finding in kept(office)] == [(None, 0)] * len(EXPECTATIONS)
    assert {finding.success for finding in office.findings(*EXPECTATIONS)} == {None}
    assert check_dossiers(office.project) == 0
    assert found(office) == [("due-after-received", NAMES[AN], "1 hồ sơ có hạn trả quá sớm: R-090")]
    suite.write_text(before, encoding="utf-8")  # the results under the suite of before are there still
    assert [message for _, _, message in found(office)] == ["1 hồ sơ có ngày hẹn trả trước ngày tiếp nhận: R-090"]


def test_an_unchecked_unit_blocks_where_a_rule_would(office: Office, edit: Edit) -> None:
    """Only units that have dossiers, until they are checked; a version of the past cannot be checked any more."""
    edit(office.project.params / "project.yaml", "profile: as-printed", "profile: strict")
    office.dossiers(*rights(), units=f"{AN}, {BINH}", check=True)
    suite = office.project.expectations / "dossiers.yaml"
    text = suite.read_text(encoding="utf-8")
    suite.write_text(text.replace("severity: warning", "severity: error", 1), encoding="utf-8")
    (told,) = office.findings("dossiers-checked")
    assert (told.success, told.severity, told.row) == (False, "error", NAMES[AN])
    assert told.message == (
        "Hồ sơ chưa được kiểm tra theo bộ quy tắc hiện hành; chạy `baocao check dossiers` rồi lập lại văn bản"
    )
    dates = ("--from", FROM.isoformat(), "--to", TO.isoformat())
    ran = call(office.project.root, "run", "portal-dispatch", "--unit", DISTRICT, "--period", "2020-Q1", *dates)
    assert (ran.returncode, "baocao check dossiers" in ran.stderr) == (3, True)
    office.dossiers(right(90), units=AN)
    check_dossiers(office.project)
    assert office.findings("dossiers-checked") == []
    assert office.findings("dossiers-checked", as_of="dossiers=0") == []


def test_a_unit_no_rule_says_anything_of_was_checked_all_the_same(office: Office, edit: Edit) -> None:
    """Too few months to compare one with: there is nothing to find, and nothing more to run."""
    edit(office.project.params / "project.yaml", "profile: as-printed", "profile: strict")
    path = office.project.expectations / "dossiers.yaml"
    suite = yaml.safe_load(path.read_text(encoding="utf-8"))
    suite["expectations"] = [
        {**rule, "severity": "error"} for rule in suite["expectations"] if rule["id"] == "usual-number"
    ]
    path.write_text(yaml.safe_dump(suite, allow_unicode=True), encoding="utf-8")
    office.dossiers(*rights(), units=AN)
    assert len(office.findings("dossiers-checked")) == 1
    check_dossiers(office.project)
    assert office.findings("dossiers-checked") == []
    before = Store(office.project.store).open(FINDINGS)
    office.dossiers(*rights(), units=AN, check=True)
    after = Store(office.project.store).open(FINDINGS)
    assert before is not None and after is not None
    assert before.version() == after.version()


def test_a_report_prints_what_is_kept_with_its_dossiers(office: Office) -> None:
    bad: dict[str, Any] = {"due_date": date(2020, 3, 1)}
    office.dossiers(right(90, **bad), right(91, "tay", **bad), unit="tinh", units=f"{AN}, tay", check=True)
    (told,) = office.findings("due-after-received")
    assert (told.success, told.severity, told.row) == (False, "warning", NAMES[AN])
    office.dossiers(right(90), units=AN, check=True)
    assert office.failed("due-after-received") == []
    assert office.failed("due-after-received", as_of="dossiers=0") == [("due-after-received", NAMES[AN], None)]


def test_nothing_stored_is_nothing_to_check(office: Office) -> None:
    assert check_dossiers(office.project) == -1


# --- The suite's file, and the command ---


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "earlier: submitted_date",
            "earlier: submited_date",
            "unknown day “submited_date”; did you mean “submit",
        ),
        ("later: due_date", "later: field", "unknown day “field”"),
        ("column: field", "column: fields", "unknown column “fields”; did you mean “field”"),
        ("column: due_date", "column: applicant", "unknown column “applicant”"),
        ("id: procedure-filled", "id: field-filled", "ids used twice: field-filled"),
        ("kind: fresh", "kind: freshness", "expectations"),
        ("at_least_pct: 50", "at_least_pct: 101", "expectations"),
        ("factor: 3", "factor: 1", "expectations"),
        ("intervals: 10", "interval: 10", "expectations"),
        ("dataset: dossiers", "dataset: one-stop-summary", "dataset"),
    ],
)
def test_a_suite_that_does_not_hold_together(project: Project, edit: Edit, old: str, new: str, said: str) -> None:
    path = project.expectations / "dossiers.yaml"
    edit(path, old, new)
    with pytest.raises(ConfigurationError) as info:
        load_dossier_suite(project)
    assert str(info.value).startswith(f"{path}: ")
    assert said in str(info.value)


def test_check_dossiers_from_the_command_line(office: Office) -> None:
    rows: list[Cells] = [*rights(), right(90, due_date=date(2020, 3, 1)), done("HS-1", BINH, procedure="Đăng ký")]
    office.dossiers(*rows, units=None)
    checked = call(office.project.root, "check", "dossiers")
    assert (checked.returncode, checked.stderr) == (0, "")
    first, *told, last = checked.stdout.splitlines()
    assert first == f"all units, all days: {len(EXPECTATIONS)} results"
    message = "1 hồ sơ có ngày hẹn trả trước ngày tiếp nhận: R-090"
    assert f"warning: Danh sách hồ sơ, {NAMES[AN]}: {message}" in told
    assert [line for line in told if not line.startswith("not checked: ")] == [told[0]]
    assert last == "1 findings, 0 of them block a report"
    assert [entry[2] for entry in found(office)] == [message]


def test_check_tells_of_dossiers_once_also_where_there_are_no_tables(office: Office) -> None:
    office.dossiers(*rights(), right(90, due_date=date(2020, 3, 1)), units=AN, check=True)
    ran = call(office.project.root, "check")
    message = "1 hồ sơ có ngày hẹn trả trước ngày tiếp nhận: R-090"
    assert ran.returncode == 0
    assert ran.stdout.startswith(f"all units, all days: {len(EXPECTATIONS)} results\n")
    assert ran.stdout.count(message) == 1
    assert ran.stdout.endswith("1 findings, 0 of them block a report\n")
    given = {"received_direct": 21, "pending_in_time": 21}
    office.table({"unit_name": AN, **given}, {"unit_name": BINH}, {"unit_name": CHAU}, {"unit_name": DISTRICT})
    both = call(office.project.root, "check", "--unit", DISTRICT)
    assert both.stdout.startswith(f"{DISTRICT}, {FROM} – {TO}: ")
    assert (both.stdout.count(message), both.stdout.count(f"{DISTRICT}, all days: ")) == (1, 1)
