"""The plan of Hải Phòng and its progress as documents: what they print is what the print, and the dossiers, say."""

import csv
import json
import shutil
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from baocao.checks.dossiers import ingest_and_check
from baocao.cli.sample import _sample_targets
from baocao.errors import ConfigurationError
from baocao.intake.dossier_source import find_lists
from baocao.intake.register import load_register
from baocao.intake.source import find_sources
from baocao.locale import fold, format_count
from baocao.project import Project
from baocao.run.job import RunFailedError, RunResult, run_job
from baocao.run.request import resolve_request
from baocao.store.ingest import ingest
from baocao.store.registers import ingest_register
from tests.conftest import copy_project, parsed
from tests.hai_phong import registry, rows

CITY, PLAN = "hai-phong", "hai-phong-2022"
MONTHS = [f"2022-{number:02d}" for number in range(5, 13)]
LABELS = ("Phụ lục 2.3", "Phụ lục 3")
GROUPS = ("departments", "districts", "communes")
START = date(2022, 4, 16)
Tables = Mapping[str, list[list[str]]]


def run(
    project: Project, report: str, period: str, formats: Sequence[str] = ("html",), **parameters: object
) -> RunResult:
    return run_job(project, resolve_request(project, report, CITY, period, parameters=parameters), formats)


def tables(folder: Path) -> Tables:
    """Cells of every table, a heading row as one cell."""
    page = parsed(folder / "report.html")
    return {
        str(table["id"]): [
            [cell.get_text(strip=True) for cell in row.find_all(["td", "th"])] for row in table.select("tbody tr")
        ]
        for table in page.find_all("table", id=True)
    }


def prose(folder: Path) -> str:
    page = parsed(folder / "report.html")
    return " ".join(page.get_text().split())


def number(text: str) -> Decimal:
    """A Vietnamese number as a decimal."""
    return Decimal(text.replace(".", "").replace(",", "."))


def share(part: int, whole: int, decimals: int) -> Decimal:
    return (Decimal(100 * part) / whole).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


# --- The plan ---


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, RunResult]:
    project = copy_project(tmp_path_factory.mktemp("plan") / "project")
    return project, run(project, "target-plan", "2022", ["html", "pdf"])


def of_print(entry: Mapping[str, str], *names: str) -> list[Decimal | None]:
    return [Decimal(entry[name]) if entry[name] else None for name in names]


@pytest.mark.parametrize("group", GROUPS)
def test_every_printed_row_stands_in_its_annex(planned: tuple[Project, RunResult], group: str) -> None:
    """All 252 units: base, projection, what is not online, extra and target, to the last digit; then the total."""
    printed = rows(f"phu_luc_2_{group}.csv")
    names = [name for name in printed[0] if name not in ("row_type", "tt", "district", "unit_name")]
    lines = tables(planned[1].folder)[group]
    units = [line for line in lines if line[0]]
    assert len(units) == {"departments": 20, "districts": 15, "communes": 217}[group]
    for line, entry in zip(units, printed, strict=False):
        assert line[:2] == [entry["tt"], entry["unit_name"]]
        ours = [number(cell) if cell else None for cell in line[2:11]]
        theirs = of_print(entry, *names)
        share_of_base = names.index("online_share_4m_pct")
        if not Decimal(entry["total_4m"]):
            ours[share_of_base] = theirs[share_of_base]  # a share of nothing is printed as 0, we leave it blank
        assert ours == theirs, entry["unit_name"]
    total, entry = lines[-1], printed[-1]
    assert total[1] == "Tổng cộng"
    # The print adds up 110.794 without the two offices it leaves blank, which is what was shared out.
    assert [number(cell) for cell in total[2:10]] == of_print(entry, *names)[:8]


def test_communes_stand_under_the_subtotals_of_their_districts(planned: tuple[Project, RunResult]) -> None:
    lines = tables(planned[1].folder)["communes"][:-1]
    district = ""
    sums: defaultdict[str, Counter[int]] = defaultdict(Counter)
    stated: dict[str, list[Decimal]] = {}
    members = {entry["unit_name"]: entry["district"] for entry in rows("phu_luc_2_communes.csv")[:-1]}
    for line in lines:
        if not line[0]:
            district = line[1]
            stated[district] = [number(line[column]) for column in (2, 3, 5, 6, 7, 9)]
        else:
            sums[district].update({column: int(number(line[column])) for column in (2, 3, 5, 6, 7, 9)})
            assert district in {
                entry["district"] for entry in rows("phu_luc_2_communes.csv") if entry["unit_name"] == line[1]
            }
    assert set(stated) == set(members.values()) and len(stated) == 15 - 1  # Bạch Long Vĩ has no communes
    assert {name: [sums[name][column] for column in (2, 3, 5, 6, 7, 9)] for name in stated} == stated


def test_the_table_of_communes_is_complete_in_print(planned: tuple[Project, RunResult]) -> None:
    """217 rows over several pages, the headings repeated on each."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    command = [program, "-layout", str(planned[1].folder / "report.pdf"), "-"]
    pages = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\f")
    starts = {label: place for place, page in enumerate(pages) for label in LABELS if page.strip().startswith(label)}
    annex = pages[starts["Phụ lục 2.3"] : starts["Phụ lục 3"]]
    assert len(annex) > 5 and all("Tỷ trọng" in page and "Chưa" in page for page in annex)
    lines = [line.split() for page in annex for line in page.splitlines()]
    rows_of_units = [int(line[0]) for line in lines if len(line) > 9 and line[0].isdigit() and not line[1].isdigit()]
    assert rows_of_units == list(range(1, 218))


def test_tasks_and_procedures_stand_in_their_annexes(planned: tuple[Project, RunResult]) -> None:
    found = tables(planned[1].folder)
    tasks = [line for line in found["tasks"] if len(line) == 6]
    assert len(tasks) == 15 and all(line[1] and line[2] and line[4] for line in tasks)
    assert [line[0] for line in tasks if not line[5]] == ["5.2"]
    procedures = [line for line in found["online-only"] if len(line) == 4]
    listed = [fold(entry["procedure"]) for entry in rows("phu_luc_3_online_only.csv")]
    assert [fold(line[1]) for line in procedures] == listed and len(listed) == 145
    assert Counter(line[3] for line in procedures) == {"01/07/2022": 142, "01/08/2022": 3}


def test_the_documents_findings_are_the_known_ones(planned: tuple[Project, RunResult]) -> None:
    """All 17 of must_find.csv and nothing else; what would block is a warning for a plan already issued."""
    failed = [finding for finding in planned[1].findings if finding.success is False]
    known = rows("must_find.csv")
    assert len(failed) == len(known) == 17 and {finding.severity for finding in failed} == {"warning"}
    figures = {(value(finding.computed), value(finding.printed)) for finding in failed}
    for entry in known[:14]:
        printed = "" if entry["printed"] == "(blank)" else entry["printed"]
        assert (value(entry["computed"].removeprefix(">= ")), value(printed)) in figures, entry["id"]


def value(figure: object) -> Decimal | None:
    """A figure of a file as a number; None for a blank."""
    return None if figure in (None, "") else Decimal(str(figure))


def test_units_below_the_plans_own_minimum_are_said_plainly(planned: tuple[Project, RunResult]) -> None:
    text = prose(planned[1].folder)
    low = "Quận Kiến An (53%), Quận Ngô Quyền (56%), Quận Lê Chân (58%), Quận Dương Kinh (54%)"
    assert f"04 đơn vị có chỉ tiêu thấp hơn mức tối thiểu 60% của chính Kế hoạch này: {low}." in text
    assert "03 đơn vị không được giao chỉ tiêu: Thanh tra Thành Phố" in text and "Huyện Bạch Long Vĩ" in text
    assert "Giao thêm 265.475 hồ sơ trực tuyến" in text


def test_alternatives_stand_side_by_side(planned: tuple[Project, RunResult]) -> None:
    lines = {line[0]: line[1:] for line in tables(planned[1].folder)["scenarios"]}
    assert all(len(cells) == 5 for cells in lines.values())
    assert lines["Giao thêm, cộng"] == ["265.475", "290.244", "290.243", "307.591", "271.046"]
    assert lines["Số đơn vị dưới mức tối thiểu"] == ["4", "10", "0", "0", "5"]
    assert lines["Đạt đúng yêu cầu đặt ra"] == ["–", "Có", "Có", "Không", "Có"]


def test_the_plan_depends_on_nothing_in_the_store(planned: tuple[Project, RunResult]) -> None:
    manifest = json.loads((planned[1].folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["tables"] == {}
    read = {f"params/targets/{PLAN}/{name}.csv" for name in (*GROUPS, "tasks", "online-only")}
    assert {f"params/targets/{PLAN}.yaml", *read} <= manifest["files"].keys()


def test_every_figure_of_the_plan_is_in_indicators(planned: tuple[Project, RunResult]) -> None:
    indicators = json.loads((planned[1].folder / "indicators.json").read_text(encoding="utf-8"))
    page = parsed(planned[1].folder / "report.html")
    shown = {(tag["data-indicator"], tag["value"]) for tag in page.find_all("data")}
    assert len(shown) > 2200
    for name, value in shown:
        stored = indicators[name]["value"]
        assert (stored is None and not value) or Decimal(str(stored)) == Decimal(value), name
    kien_an = indicators["target_pct@hai-phong.q-kien-an"]
    assert (kien_an["value"], kien_an["unit"], kien_an["from"], kien_an["to"]) == (
        53.0,
        "hai-phong.q-kien-an",
        "2022-04-16",
        "2022-12-15",
    )


def test_parameters_change_the_rule_the_factor_and_the_rounding(planned: tuple[Project, RunResult]) -> None:
    project = planned[0]
    other = run(project, "target-plan", "2022", projection_factor=3, target_decimals=1, rule="goal-seek", goal_pct=70)
    text = prose(other.folder)
    assert "bằng 03 lần kỳ gốc" in text or "bằng 3 lần kỳ gốc" in text
    lines = tables(other.folder)
    departments = [line for line in lines["departments"] if line[0]]
    assert all(number(line[5]) == 3 * number(line[2]) for line in departments)
    assert all("," in line[10] for line in departments if line[10])
    scenarios = {line[0]: line[1:] for line in lines["scenarios"]}
    assert number(scenarios["Tỷ lệ trực tuyến cả năm (%)"][-1]) == 70
    sums = {group: sum(int(number(line[9])) for line in lines[group] if line[0]) for group in GROUPS}
    totals = {group: int(number(lines[group][-1][9])) for group in GROUPS}
    assert sums == totals
    # Base and window together reach 70 % with them, and not with one dossier less.
    for group in GROUPS:
        units = [line for line in lines[group] if line[0]]
        online = sum(int(number(line[3])) + int(number(line[6])) for line in units)
        whole = sum(int(number(line[2])) + int(number(line[5])) for line in units)
        assert 100 * (online + totals[group]) >= 70 * whole > 100 * (online + totals[group] - 1)


def test_bounds_that_exclude_each_other_are_said(planned: tuple[Project, RunResult]) -> None:
    bounds = {"rule": "goal-seek", "floor_pct": 90, "ceiling_pct": 80}
    with pytest.raises(RunFailedError, match="floor_pct 90 is above ceiling_pct 80"):
        run(planned[0], "target-plan", "2022", **bounds)


# --- Its progress ---

Row = dict[str, Any]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """A project with simulated dossiers and registers of the eight months, and the lists as they were delivered."""
    root = tmp_path_factory.mktemp("progress")
    project, lists = copy_project(root / "project"), root / "lists"
    sample = _sample_targets(project, PLAN, 24_000, "parquet", lists, 1)
    for listed in find_lists(project, [str(folder) for folder in sample.deliveries]):
        ingest_and_check(project, listed)
    for name in ("submissions", "statistics", "tasks"):
        definition = load_register(project, name)
        ingest_register(project, definition, find_sources(project, name, sample.deliveries))
    return project, lists


def delivered(lists: Path, up_to: str) -> Iterator[tuple[str, list[Row]]]:
    """The lists of the months up to one."""
    for month in MONTHS[: MONTHS.index(up_to) + 1]:
        yield month, dossiers_of(lists / month / "dossiers.parquet")


@cache
def dossiers_of(path: Path) -> list[Row]:
    """The rows of a list; the counts of a month ask for them again and again."""
    found: list[Row] = pq.read_table(path).to_pylist()
    return found


def register(lists: Path, month: str, name: str) -> list[dict[str, str]]:
    with (lists / month / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def last_day(month: str) -> date:
    return date(2022, int(month[-2:]), 15)


def counted(lists: Path, month: str) -> tuple[Counter[str], Counter[str]]:
    """All dossiers and those online of each unit, counted one by one."""
    total: Counter[str] = Counter()
    online: Counter[str] = Counter()
    for _, dossiers in delivered(lists, month):
        for row in dossiers:
            assert START <= row["received_date"] <= last_day(month)
            total[row["unit"]] += 1
            online[row["unit"]] += row["channel"] == "online"
    return total, online


def check_month(project: Project, lists: Path, month: str, formats: Sequence[str] = ("html",)) -> RunResult:
    """The report of a month says what a count of the delivered lists says."""
    result = run(project, "target-progress", month, formats)
    found, text = tables(result.folder), prose(result.folder)
    total, online = counted(lists, month)
    whole, whole_online = sum(total.values()), sum(online.values())
    assert f"tiếp nhận {format_count(whole)} hồ sơ, trong đó {format_count(whole_online)} hồ sơ trực tuyến" in text
    groups = {line[0]: line for line in found["groups"]}
    assert (number(groups["Tổng cộng"][1]), number(groups["Tổng cộng"][2])) == (whole, whole_online)
    level = {"departments": "department", "districts": "district", "communes": "commune"}
    for group in GROUPS:
        units = [unit for unit in registry().below(CITY) if unit.level == level[group]]
        lines = [line for line in found[group] if line[0]]
        assert len(lines) == len(units)
        for line, entry in zip(lines, rows(f"phu_luc_2_{group}.csv"), strict=False):
            assert line[1] == entry["unit_name"]
            (unit,) = [
                one.code
                for one in registry().named(entry["unit_name"], CITY)
                if one.level == level[group]
                and registry()[str(one.parent)].name in (entry.get("district"), "UBND thành phố Hải Phòng")
            ]
            assert (line[2] or None) == (entry["target_8m_pct"].replace(".", ",") or None)
            assert (number(line[3]), number(line[4])) == (total[unit], online[unit]), unit
            if total[unit]:
                assert number(line[5]) == share(online[unit], total[unit], 1)
        # A group is its units, a district's subtotal its communes: nothing is counted twice.
        of_group = sum(total[unit.code] for unit in units)
        assert number(found[group][-1][3]) == of_group == sum(int(number(line[3])) for line in lines)
        if group == "communes":
            for line in found[group][:-1]:
                if not line[0]:
                    (district,) = [one for one in registry().named(line[1], CITY) if one.level == "district"]
                    below = [one.code for one in registry().children(district.code)]
                    assert number(line[3]) == sum(total[code] for code in below)
    check_overdue(lists, month, found)
    check_online_only(lists, month, found, text)
    check_reporting(lists, month, text)
    return result


def check_overdue(lists: Path, month: str, found: Tables) -> None:
    """Open past due on the last day, of all to process in the month, at the units that reported it."""
    reporting = {row["unit"] for row in register(lists, month, "submissions")}
    first = date(2022, int(month[-2:]) - 1, 16)
    open_late = processed = 0
    for _, dossiers in delivered(lists, month):
        for row in (row for row in dossiers if row["unit"] in reporting):
            finished = row["finished_date"]
            processed += finished is None or finished >= first
            open_late += (finished is None or finished > last_day(month)) and row["due_date"] < last_day(month)
    (line,) = [line for line in found["goals"] if line[1] == "Tỷ lệ hồ sơ quá hạn của từng đơn vị"]
    assert number(line[4]) == share(open_late, processed, 2)


def check_online_only(lists: Path, month: str, found: Tables, text: str) -> None:
    """Direct dossiers of listed procedures since 1 July, of communes since 1 August."""
    level = {"so_nganh": "department", "huyen": "district", "xa": "commune"}
    listed: defaultdict[str, set[str]] = defaultdict(set)
    for entry in rows("phu_luc_3_online_only.csv"):
        listed[level[entry["level"]]].add(fold(entry["procedure"]))
    direct: Counter[tuple[str, str]] = Counter()
    for _, dossiers in delivered(lists, month):
        for row in dossiers:
            unit_level = registry()[row["unit"]].level
            start = date(2022, 8, 1) if unit_level == "commune" else date(2022, 7, 1)
            if fold(row["procedure"]) in listed[unit_level] and row["received_date"] >= start:
                direct[row["unit"], fold(row["procedure"])] += row["channel"] == "direct"
    direct = +direct
    shown = found.get("breaches", [])
    assert sorted(int(number(line[4])) for line in shown) == sorted(direct.values())
    if month < "2022-07":
        assert "chưa có thủ tục nào đến ngày chỉ tiếp nhận trực tuyến" in text
    elif direct:
        assert f"còn nhận trực tiếp {sum(direct.values()):02d} hồ sơ" in text


def check_reporting(lists: Path, month: str, text: str) -> None:
    """Who stopped, and who handed in after the 20th."""
    ever: set[str] = set()
    for name, _ in delivered(lists, month):
        now = {row["unit"] for row in register(lists, name, "submissions")}
        ever |= now
    stopped = ever - now
    assert (f"{len(stopped):02d} đơn vị đã gửi các tháng trước nhưng chưa gửi" in text) == bool(stopped)
    due = date(2022, int(month[-2:]), 20)
    late = [row for row in register(lists, month, "submissions") if date.fromisoformat(row["received_on"]) > due]
    assert f"{len(late):02d} đơn vị gửi số liệu sau ngày 20/" in text


def test_a_month_in_the_middle_agrees_with_its_dossiers(followed: tuple[Project, Path]) -> None:
    project, lists = followed
    result = check_month(project, lists, "2022-09", ["html", "pdf"])
    found, text = tables(result.folder), prose(result.folder)
    assert "Cách dự báo: những ngày chưa có số liệu" in text and "không phải là khoảng tin cậy thống kê" in text
    assert "Dự báo đến ngày 15/12/2022:" in text and "trong khoảng từ" in text
    ranked = [(int(line[0]), number(line[4])) for line in (*found["best"], *reversed(found["last"]))]
    assert ranked == sorted(ranked, key=lambda entry: entry[0])
    assert [attained for _, attained in ranked] == sorted((attained for _, attained in ranked), reverse=True)
    statuses = {line[0]: [int(number(cell)) for cell in line[1:]] for line in found["statuses"]}
    assert statuses["Tổng cộng"][0] == sum(statuses["Tổng cộng"][1:]) == 252
    by_status = Counter(line[11].split(";")[0] for group in GROUPS for line in found[group] if line[0])
    heads = ("Đúng tiến độ", "Có nguy cơ không đạt", "Chậm tiến độ", "Không phát sinh hồ sơ", "Không giao chỉ tiêu")
    assert [by_status[head] for head in heads] == statuses["Tổng cộng"][1:6]
    moved = [number(line[3].replace("+", "").replace("-", "-")) for line in found["risen"]]
    assert moved == sorted(moved, reverse=True) and min(moved) > 0
    assert all(number(line[3]) == number(line[2]) - number(line[1]) for line in found["fallen"])
    tasks = [line for line in found["tasks"] if len(line) == 6]
    states = {row["task"]: row["done_date"] for row in register(lists, "2022-09", "tasks")}
    assert len(tasks) == 15 and sum(line[4].startswith("Hoàn thành") for line in tasks) == sum(
        map(bool, states.values())
    )
    goals = {line[1]: line for line in found["goals"]}
    assert len(goals) == 6 and all(line[5] for line in goals.values())
    page = parsed(result.folder / "report.html")
    assert {figure["id"] for figure in page.find_all("figure")} == {"path", "months", "ranking"}


def test_summary_tables_alone_give_the_same_figures(followed: tuple[Project, Path], project: Project) -> None:
    """One table of the city with a row for each of its units; nobody told how many dossiers were late."""
    _, lists = followed
    total, online = counted(lists, MONTHS[0])
    folder = project.root / "delivered"
    folder.mkdir()
    names = ("unit_name", "carried_over", "received_online", "received_direct", "resolved_on_time", "resolved_late")
    with (folder / "table.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "pending_in_time", "pending_overdue"])
        for unit in registry().below(CITY):
            writer.writerow([unit.code, "0", online[unit.code], total[unit.code] - online[unit.code], "", "", "", ""])
    said = {"source": "cong", "name": "Cổng", "origin": "made up", "unit": CITY, "period": MONTHS[0]}
    said["files"] = [{"file": "table.csv", "dataset": "one-stop-summary", "table": "Biểu 2"}]  # type: ignore[assignment]
    (folder / "source.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    ingest(project, find_sources(project, "one-stop-summary", [folder]))
    result = run(project, "target-progress", MONTHS[0])
    found, text = tables(result.folder), prose(result.folder)
    for group in GROUPS:
        for line in (line for line in found[group] if line[0]):
            assert line[9] == "", "nobody told of overdue dossiers"
    whole = {line[0]: (number(line[1]), number(line[2])) for line in found["groups"]}
    assert whole["Tổng cộng"] == (sum(total.values()), sum(online.values()))
    goals = {line[1]: line[5] for line in found["goals"]}
    assert goals["Tỷ lệ hồ sơ quá hạn của từng đơn vị"] == "Chưa đủ số liệu"
    assert "Tháng này chưa nạp sổ tiếp nhận số liệu" in text


def test_the_same_month_twice_gives_the_same_bytes(followed: tuple[Project, Path]) -> None:
    project, _ = followed
    request = resolve_request(project, "target-progress", CITY, "2022-05")
    once, again = (run_job(project, request, ["html", "ipynb"], out=project.root / name) for name in ("a", "b"))
    for name in once.files:
        if name != "manifest.json":
            assert (once.folder / name).read_bytes() == (again.folder / name).read_bytes(), name


@pytest.mark.full
def test_eight_months_agree_with_their_dossiers(followed: tuple[Project, Path]) -> None:
    project, lists = followed
    for month in MONTHS:
        check_month(project, lists, month)


def test_a_month_of_no_plan_and_a_report_without_data_are_said(
    followed: tuple[Project, Path], project: Project
) -> None:
    with pytest.raises(RunFailedError, match="is no month of plan hai-phong-2022: its first is"):
        run(followed[0], "target-progress", "2022-03")
    from baocao.errors import ChecksBlockedError

    with pytest.raises(ChecksBlockedError, match="Tháng báo cáo chưa có số liệu"):
        run(project, "target-progress", "2022-05")
    with pytest.raises(ConfigurationError, match="did you mean “top_units”"):
        run(project, "target-progress", "2022-05", top_unit=3)
