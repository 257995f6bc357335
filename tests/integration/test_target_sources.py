"""Progress of a plan from dossiers, from tables, and from both: a unit's own figures, each dossier once."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from baocao.errors import ChecksBlockedError, ConfigurationError, InputError
from baocao.indicators.online_only import Compliance, check_online_only
from baocao.indicators.own_counts import SpanCounts, own_counts
from baocao.indicators.plan_progress import PlanProgress, load_progress
from baocao.indicators.progress import NO_TARGET, OFF_TRACK, ON_TRACK, SILENT
from baocao.indicators.target_bases import issued_targets, load_figures
from baocao.indicators.target_lists import read_online_only
from baocao.indicators.target_plan import TargetPlan, load_target_plan, plan_of
from baocao.periods import Period, parse_period
from baocao.project import Project
from baocao.run.job import RunResult, run_job
from baocao.run.request import resolve_request
from baocao.store.tables import Store
from baocao.store.versions import Versions, resolve_versions
from tests.integration.office import AN, BINH, CHAU, DISTRICT, Office, dossier

#: Months of the plan, cut on the 14th.
FEBRUARY = (date(2020, 1, 15), date(2020, 2, 14))
MARCH = (date(2020, 2, 15), date(2020, 3, 14))
UNITS = (DISTRICT, AN, BINH, CHAU)
PLAN = """\
id: mau
name: Chỉ tiêu hồ sơ trực tuyến năm 2020 của tỉnh Mẫu
unit: tinh
document: {type: Kế hoạch, number: 1/KH-UBND, date: 2020-01-10, issuer: UBND tỉnh Mẫu}
calendar: nd-09-2019
base: {from: 2019-12-15, to: 2020-01-14, months: 1, label: tháng 01 năm 2020}
window: {from: 2020-01-15, to: 2020-04-14, months: 3, label: ba tháng tiếp theo}
projection_factor: 3
groups:
  - {id: districts, level: district, name: "UBND huyện", table: Phụ lục 2.1, extra_online: 12}
  - {id: communes, level: commune, name: "UBND xã", table: Phụ lục 2.2, extra_online: 30, figures: communes.csv}
minimum_online_pct: 60
online_only_from: {commune: 2020-02-20}
"""
COMMUNES = """\
unit_name,base_total,base_online
UBND xã An,10,1
UBND xã Bình,10,4
huyen.chau,0,0
"""
ONLINE_ONLY = """\
level,unit,heading,position,field,procedure
commune,,XÃ,1,Hộ tịch,Đăng ký khai sinh
"""
TASKS = "row_type,section,number,task,lead,partners,timeline,first_due,last_due,product\n"


@pytest.fixture
def planned(office: Office) -> Office:
    """The made-up district with a plan for it."""
    root = office.project.root
    (root / "params" / "targets" / "mau.yaml").write_text(PLAN, encoding="utf-8")
    lists = root / "params" / "targets" / "mau"
    lists.mkdir()
    (lists / "tasks.csv").write_text(TASKS, encoding="utf-8")
    (lists / "online-only.csv").write_text(ONLINE_ONLY, encoding="utf-8")
    (lists / "communes.csv").write_text(COMMUNES, encoding="utf-8")
    return office


def the_plan(office: Office) -> TargetPlan:
    return load_target_plan(office.project, "mau")


def versions(office: Office) -> Versions:
    return resolve_versions(Store(office.project.store), None)


def counts(office: Office, spans: Iterable[tuple[date, date]] = (FEBRUARY,)) -> SpanCounts:
    return own_counts(office.project, office.registry, UNITS, list(spans), versions(office))


def shares(office: Office, place: int = 0) -> dict[str, tuple[int | None, int | None]]:
    """Online and all dossiers of the units of which something is known."""
    return {unit: (own.online, own.total) for (unit, at), own in counts(office).of.items() if at == place}


def progress(office: Office, period: str = "2020-02", submissions: Any = ()) -> PlanProgress:
    plan, days = (
        the_plan(office),
        {"2020-02": FEBRUARY, "2020-03": MARCH}.get(period, (date(2020, 5, 1), date(2020, 5, 31))),
    )
    return load_progress(
        office.project,
        plan,
        office.registry,
        Period(parse_period(period), *days),
        versions(office),
        thresholds=plan.progress,
        submissions=submissions,
    )


def received(
    office: Office, unit: str, online: int, direct: int, first: date = date(2020, 1, 20)
) -> list[dict[str, Any]]:
    said = {"received_date": first, "due_date": date(2020, 4, 1)}
    names = [
        (f"{unit}-{first}-{number}", "online" if number < online else "direct") for number in range(online + direct)
    ]
    return [dossier(name, unit, channel=channel, **said) for name, channel in names]


def days(span: tuple[date, date]) -> dict[str, date]:
    return {"first": span[0], "last": span[1]}


# --- Whose figures ---


def test_a_district_is_its_office_alone(planned: Office) -> None:
    planned.dossiers(*received(planned, DISTRICT, 1, 2), *received(planned, AN, 4, 1), **days(FEBRUARY))
    assert shares(planned) == {DISTRICT: (1, 3), AN: (4, 5), BINH: (0, 0), CHAU: (0, 0)}


def test_a_table_counts_as_dossiers_do(planned: Office) -> None:
    given = [
        {"unit_name": DISTRICT, "received_online": 1, "received_direct": 2},
        {"unit_name": AN, "received_online": 4, "received_direct": 1, "carried_over": 7},
    ]
    planned.table(*given, **days(FEBRUARY))
    assert shares(planned) == {DISTRICT: (1, 3), AN: (4, 5)}


def test_a_row_that_contains_the_communes_is_not_the_offices_own(planned: Office) -> None:
    rows = [{"unit_name": DISTRICT, "received_online": 9, "received_direct": 9}]
    planned.table(*rows, scope="area", **days(FEBRUARY))
    found = counts(planned)
    assert not found.of
    (problem,) = found.problems
    assert (problem.rule, problem.unit) == ("own-row", DISTRICT)
    assert "gồm cả đơn vị trực thuộc" in problem.message and problem.table == "Số liệu từ 15/01/2020 đến 14/02/2020"


def test_a_communes_own_table_and_its_districts_are_counted_once(planned: Office) -> None:
    planned.table({"unit_name": AN, "received_online": 4, "received_direct": 1}, **days(FEBRUARY))
    planned.table({"unit_name": AN, "received_online": 3, "received_direct": 1}, unit=AN, source="xa", **days(FEBRUARY))
    found = counts(planned)
    assert (found.of[AN, 0].online, found.of[AN, 0].total) == (3, 4)
    (problem,) = found.problems
    assert (problem.rule, problem.printed, problem.computed) == ("sources-agree", 4, 3)


def test_dossiers_win_over_tables_and_other_systems_are_added(planned: Office) -> None:
    planned.dossiers(*received(planned, AN, 2, 2), **days(FEBRUARY))
    nine = {"unit_name": AN, "received_online": 9, "received_direct": 9}
    planned.table(nine, systems=["cong"], **days(FEBRUARY))
    other = {"source": "bo", "systems": ["bo"]}
    planned.table({"unit_name": AN, "received_online": 5, "received_direct": 0}, **other, **days(FEBRUARY))
    found = counts(planned)
    assert (found.of[AN, 0].online, found.of[AN, 0].total) == (7, 9)
    assert [problem.rule for problem in found.problems] == ["sources-agree"]
    assert found.of[AN, 0].source == "cong: Danh sách hồ sơ, bo: Biểu 2"


def test_of_two_lists_of_one_system_one_is_counted(planned: Office) -> None:
    planned.dossiers(*received(planned, AN, 1, 1), **days(FEBRUARY))
    again = [{**row, "dossier": f"x-{row['dossier']}"} for row in received(planned, AN, 3, 0)]
    planned.dossiers(*again, source="ban-sao", systems=["cong"], first=date(2020, 1, 20), last=FEBRUARY[1])
    assert shares(planned)[AN] == (1, 2)


def test_an_unknown_channel_is_not_zero(planned: Office) -> None:
    planned.table({"unit_name": AN, "received_online": "", "received_direct": 6}, **days(FEBRUARY))
    found = counts(planned)
    assert found.known(AN, 0) is None
    assert [problem.rule for problem in found.problems] == ["channels-known"]
    assert {row.unit: row.status for row in progress(planned).rows}[AN] == SILENT


def test_more_online_than_in_all_is_named_and_not_counted(planned: Office) -> None:
    """A table that leaves a channel blank and states the total."""
    stated = {"unit_name": AN, "received_online": 5, "received_direct": "", "received_total": 3}
    planned.table(stated, **days(FEBRUARY))
    found = counts(planned)
    assert not found.of
    (problem,) = found.problems
    assert (problem.rule, problem.printed, problem.computed) == ("online-within-total", 5, 3)


# --- What a plan makes of them ---


def test_bases_come_from_a_file_or_from_the_store(planned: Office) -> None:
    base = (date(2019, 12, 15), date(2020, 1, 14))
    in_base = received(planned, DISTRICT, 1, 3, date(2019, 12, 20)) + received(planned, AN, 9, 0, date(2019, 12, 20))
    planned.dossiers(*in_base, **days(base))
    plan = the_plan(planned)
    districts, communes = load_figures(planned.project, plan, planned.registry, versions(planned))
    known = {entry.unit: (entry.total, entry.online) for entry in (*districts.bases, *communes.bases)}
    assert known == {DISTRICT: (4, 1), "tay": (None, None), AN: (10, 1), BINH: (10, 4), CHAU: (0, 0)}
    assert (communes.source, communes.is_printed) == ("params/targets/mau/communes.csv", False)
    targets = {target.unit: target for target in issued_targets(plan, [districts, communes], planned.registry)}
    # 30 extra over 27 + 18 not online: 18 and 12; (3 + 18) / 30 and (12 + 12) / 30.
    assert {unit: targets[unit].extra for unit in (AN, BINH, CHAU)} == {AN: 18, BINH: 12, CHAU: 0}
    assert [targets[unit].target_pct for unit in (AN, BINH, CHAU)] == [Decimal(70), Decimal(80), None]
    # The district projects 12 dossiers, 3 of them online; all 9 others are more than the 12 it is given.
    assert targets[DISTRICT].target_pct == Decimal(125)


def test_a_new_table_with_a_wrong_name_or_count_is_refused_with_its_place(planned: Office) -> None:
    path = planned.project.params / "targets" / "mau" / "communes.csv"
    path.write_text(COMMUNES.replace("xã Bình,10", "xã Binh,mười"), encoding="utf-8")
    with pytest.raises(InputError) as info:
        load_figures(planned.project, the_plan(planned), planned.registry, versions_of_nothing())
    assert "params/targets/mau/communes.csv, row 3, base_total: “mười”; expected dossiers as digits" in str(info.value)
    assert "unknown commune “UBND xã Binh”; did you mean “UBND xã Bình”" in str(info.value)
    path.unlink()
    with pytest.raises(
        ConfigurationError, match=r"figures: params/targets/mau/communes\.csv is not there; put the file in place"
    ):
        load_figures(planned.project, the_plan(planned), planned.registry, versions_of_nothing())


def versions_of_nothing() -> Versions:
    return Versions({})


def test_progress_of_a_month(planned: Office) -> None:
    planned.dossiers(*received(planned, AN, 8, 2), *received(planned, BINH, 1, 9), **days(FEBRUARY))
    now = progress(planned)
    status = {row.unit: row.status for row in now.rows}
    assert (status[AN], status[BINH], status[CHAU]) == (ON_TRACK, OFF_TRACK, "Không phát sinh hồ sơ")
    assert status["tay"] == SILENT and now.has_data
    (_, _, communes) = next(group for group in now.groups() if group[0] == "communes")
    whole = now.whole(DISTRICT, communes)
    assert (whole.total, whole.online, whole.target.target_pct) == (20, 9, Decimal("75.0"))
    assert {unit for unit, _ in now.silence.stopped} == set()


def test_silence_and_lateness_of_a_month(planned: Office) -> None:
    planned.dossiers(*received(planned, AN, 8, 2), **days(FEBRUARY))
    later = received(planned, BINH, 3, 0, date(2020, 2, 20))
    planned.dossiers(*later, units=f"{DISTRICT}, {BINH}, {CHAU}", **days(MARCH))
    now = progress(planned, "2020-03")
    assert now.silence.stopped == ((AN, "tháng 2/2020"),)
    assert now.silence.never == ("tay",)
    register = [
        {"unit": "UBND xã Bình", "received_on": date(2020, 3, 22), "file": "so.csv", "row": 2},
        {"unit": "xã Lạ", "received_on": date(2020, 3, 22), "file": "so.csv", "row": 3},
    ]
    told = progress(planned, "2020-03", register)
    assert told.submitted == {BINH: date(2020, 3, 22)}
    (stranger,) = told.strangers
    assert stranger.message == "Sổ tiếp nhận ghi “xã Lạ”: không có trong danh sách đơn vị."


def test_a_unit_without_a_target_still_reports(planned: Office) -> None:
    planned.dossiers(*received(planned, CHAU, 1, 1), **days(FEBRUARY))
    assert {row.unit: row.status for row in progress(planned).rows}[CHAU] == NO_TARGET


def test_a_period_outside_the_window_is_refused(planned: Office) -> None:
    with pytest.raises(ConfigurationError, match=r"2020-05 .* is no month of plan mau: its first is 2020-01-15"):
        progress(planned, "2020-05")


def test_the_plan_of_a_period_is_found_or_said(planned: Office, project: Project) -> None:
    february = Period(parse_period("2020-02"), *FEBRUARY)
    assert plan_of(planned.project, "", "tinh", february).id == "mau"
    with pytest.raises(ConfigurationError, match=r"plan hai-phong-2022 is of hai-phong, not of tinh"):
        plan_of(planned.project, "hai-phong-2022", "tinh", february)
    with pytest.raises(ConfigurationError, match=r"huyen has no plan of targets for 2020-02 .*mau \(tinh\)"):
        plan_of(planned.project, "", DISTRICT, february)
    copy_of_plan(planned.project.params / "targets")
    with pytest.raises(ConfigurationError, match=r"several plans for 2020-02: mau, mau-2; choose one with -p plan"):
        plan_of(planned.project, "", "tinh", february)


def copy_of_plan(folder: Path) -> None:
    (folder / "mau-2.yaml").write_text(PLAN.replace("id: mau\n", "id: mau-2\n"), encoding="utf-8")


# --- Procedures received online only ---


def complied(office: Office, *spans: tuple[date, date]) -> Compliance:
    plan = the_plan(office)
    listed = read_online_only(office.project, plan, office.registry)
    return check_online_only(office.project, office.registry, UNITS, listed, spans, versions(office))


def birth(unit: str, day: date, channel: str, name: str = "đăng ký  KHAI SINH") -> dict[str, Any]:
    return dossier(f"{unit}-{day}-{channel}-{name}", unit, received_date=day, channel=channel, procedure=name)


def test_only_dossiers_from_the_day_on_are_counted(planned: Office) -> None:
    start = date(2020, 2, 20)
    planned.dossiers(
        birth(AN, date(2020, 2, 19), "direct"),
        birth(AN, start, "direct"),
        birth(AN, date(2020, 3, 2), "direct"),
        birth(AN, date(2020, 3, 2), "online"),
        birth(BINH, start, "postal"),
        birth(CHAU, start, "direct", "Đăng ký kết hôn"),
        birth(DISTRICT, start, "direct"),
        **days((FEBRUARY[0], MARCH[1])),
    )
    assert not complied(planned, FEBRUARY).in_force
    kept = complied(planned, FEBRUARY, MARCH)
    assert {(entry.unit, entry.direct, entry.online, entry.postal) for entry in kept.received} == {
        (AN, 2, 1, 0),
        (BINH, 0, 0, 1),
    }
    assert [(entry.unit, entry.direct_now) for entry in kept.breaches] == [(AN, 2)]
    assert kept.unknown == []  # the lists cover all communes


def test_units_without_figures_by_procedure_are_named(planned: Office) -> None:
    planned.table({"unit_name": AN, "received_online": 4, "received_direct": 1}, **days(MARCH))
    assert complied(planned, FEBRUARY, MARCH).unknown == [AN, BINH, CHAU]


# --- A new plan is data alone ---


def test_a_new_plan_makes_both_documents(planned: Office) -> None:
    """No tasks, no deadline, one group counted in the store and one from a file with base figures alone."""
    base = {"first": date(2019, 12, 15), "last": date(2020, 1, 14)}
    early = date(2019, 12, 20)
    planned.dossiers(*received(planned, DISTRICT, 1, 3, early), **base, check=True)
    planned.dossiers(*received(planned, AN, 8, 2), **days(FEBRUARY), check=True)
    request = resolve_request(planned.project, "target-plan", "tinh", "2020")
    plan = run_job(planned.project, request, ["html", "pdf"])
    failed = {finding.expectation: finding.message for finding in plan.findings if finding.success is False}
    assert (
        "giao thêm 12 hồ sơ trực tuyến, nhưng chỉ còn 9 hồ sơ chưa trực tuyến" in failed["group-total-can-be-reached"]
    )
    assert "là 125, ngoài khoảng từ 0 đến 100" in failed["percentage-in-range"]
    text = text_of(plan)
    assert "UBND huyện Tây (chưa có số liệu hồ sơ)" in text and "UBND xã Châu (không phát sinh hồ sơ)" in text
    assert "Kế hoạch không nêu nhiệm vụ riêng" in text
    request = resolve_request(planned.project, "target-progress", "tinh", "2020-02")
    progressed = text_of(run_job(planned.project, request, ["html", "pdf"]))
    assert "các đơn vị tiếp nhận 10 hồ sơ, trong đó 08 hồ sơ trực tuyến, đạt 80%" in progressed
    assert "kế hoạch không đặt thời hạn, nên không đánh giá được thời hạn gửi" in progressed
    assert "Kế hoạch không nêu nhiệm vụ" in progressed and "01 đơn vị chưa gửi số liệu tháng nào" in progressed


def test_a_plan_without_any_figure_is_refused(planned: Office) -> None:
    path = planned.project.params / "targets" / "mau.yaml"
    path.write_text(PLAN.replace(", figures: communes.csv", ""), encoding="utf-8")
    with pytest.raises(ChecksBlockedError, match="Chưa có số liệu kỳ gốc của đơn vị nào"):
        run_job(planned.project, resolve_request(planned.project, "target-plan", "tinh", "2020"), ["html"])


def text_of(result: RunResult) -> str:
    page = BeautifulSoup((result.folder / "report.html").read_bytes(), "html.parser")
    return " ".join(page.get_text().split())
