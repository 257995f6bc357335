"""The leadership brief as Papermill makes it: what it says is what the dossiers say, on two pages."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from baocao.errors import ConfigurationError
from baocao.project import Project
from baocao.run.job import RunFailedError, run_job
from baocao.run.request import resolve_request
from tests.conftest import copy_project
from tests.integration.office import Office, dossier, new_office

HEAD = "code,name,short_name,level,type,parent,aliases,valid_from,valid_to,successors\n"
DISTRICT = "huyen"
#: By quarter: first and last day (NĐ 09/2019/NĐ-CP).
DAYS = {
    "2019-Q1": (date(2018, 12, 15), date(2019, 3, 14)),
    "2019-Q4": (date(2019, 9, 15), date(2019, 12, 14)),
    "2020-Q1": (date(2019, 12, 15), date(2020, 3, 14)),
}
NOW, BEFORE, LAST_YEAR = "2020-Q1", "2019-Q4", "2019-Q1"
SILENT, IDLE, WRONG = 18, 19, 20
MARKUP = "UBND xã <b>Năm</b> & {{ bảy }}"
TOTAL = 40


def code(number: int) -> str:
    return f"huyen.xa-{number:02}"


def name(number: int) -> str:
    return MARKUP if number == 5 else f"UBND xã Mẫu {number}"


def late(number: int, quarter: str) -> int:
    return {NOW: number // 2, BEFORE: (20 - number) // 2, LAST_YEAR: 5}[quarter]


def online(number: int, quarter: str) -> int:
    return {NOW: 20 + number % 3, BEFORE: 20, LAST_YEAR: 10}[quarter]


def pct(part: int, whole: int) -> Decimal:
    return (Decimal(100 * part) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)


def rows(quarter: str) -> list[dict[str, object]]:
    first, _ = DAYS[quarter]
    made = []
    for number in range(1, 21):
        if quarter == NOW and number in (SILENT, IDLE, WRONG):
            continue
        for place in range(TOTAL):
            due = first + timedelta(days=20)
            made.append(
                dossier(
                    f"{quarter}-{number}-{place}",
                    code(number),
                    received_date=first + timedelta(days=place % 10),
                    due_date=due,
                    finished_date=due + timedelta(days=3 if place < late(number, quarter) else -2),
                    status="finished",
                    channel="online" if place >= TOTAL - online(number, quarter) else "direct",
                    field="Đất đai" if place % 2 else "Hộ tịch",
                )
            )
    return made


@dataclass(frozen=True)
class Made:
    project: Project
    folder: Path

    @property
    def page(self) -> BeautifulSoup:
        return BeautifulSoup((self.folder / "report.html").read_bytes(), "html.parser")

    @property
    def text(self) -> str:
        return " ".join(self.page.get_text(" ").split()).replace(" ,", ",").replace(" .", ".").replace(" :", ":")

    @property
    def figures(self) -> Mapping[str, Mapping[str, object]]:
        found: Mapping[str, Mapping[str, object]] = json.loads((self.folder / "indicators.json").read_text("utf-8"))
        return found

    def table(self, id: str) -> list[list[str]]:
        found = self.page.find("table", id=id)
        assert found is not None
        return [
            [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["td", "th"])]
            for row in found.select("tbody tr")
        ]

    def pages(self) -> int:
        program = shutil.which("pdfinfo")
        if program is None:
            pytest.skip("pdfinfo (poppler) is not installed")
        told = subprocess.run([program, self.folder / "report.pdf"], capture_output=True, text=True, check=True)
        return int(told.stdout.split("Pages:")[1].split()[0])


def make(project: Project, unit: str, period: str = NOW, **parameters: object) -> Made:
    request = resolve_request(project, "leadership-brief", unit, period, parameters=parameters)
    return Made(project, run_job(project, request, ["ipynb", "html", "pdf", "docx", "xlsx"]).folder)


def make_district(folder: Path) -> Project:
    """A district of 20 communes over three quarters, under the profile that blocks; one commune's table is wrong."""
    made = copy_project(folder)
    settings = made.params / "project.yaml"
    settings.write_text(settings.read_text("utf-8").replace("as-printed", "strict"), encoding="utf-8")
    office: Office = new_office(made)
    units = [f"{DISTRICT},UBND huyện Mẫu,Mẫu,district,huyen,,,,,"]
    units += [f'{code(n)},"{name(n)}","{name(n)[8:]}",commune,xa,{DISTRICT},,,,' for n in range(1, 21)]
    (made.params / "units" / "mau.csv").write_text(HEAD + "\n".join(units) + "\n", encoding="utf-8")
    for quarter, (first, last) in DAYS.items():
        absent = {code(SILENT), code(WRONG)} if quarter == NOW else set()
        told = ",".join(code(n) for n in range(1, 21) if code(n) not in absent)
        office.dossiers(*rows(quarter), units=told, first=first, last=last)
    first, last = DAYS[NOW]
    wrong = {"unit_name": name(WRONG), "received_direct": 50, "resolved_on_time": 50, "received_total": 51}
    office.table(wrong, first=first, last=last)
    return made


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make_district(tmp_path_factory.mktemp("brief") / "project")


@pytest.fixture(scope="module")
def brief(project: Project) -> Made:
    return make(project, DISTRICT)


@pytest.fixture(scope="module")
def of_commune(project: Project) -> Made:
    return make(project, code(16))


def test_two_pages_for_a_district_of_twenty_communes(brief: Made, of_commune: Made) -> None:
    assert brief.pages() == 2
    assert of_commune.pages() == 2


def test_key_figures_against_target_previous_period_and_last_year(brief: Made) -> None:
    told = [number for number in range(1, 21) if number not in (SILENT, IDLE, WRONG)]
    everyone = range(1, 21)
    now = pct(sum(late(n, NOW) for n in told), TOTAL * len(told) + 50)
    before = pct(sum(late(n, BEFORE) for n in everyone), TOTAL * 20)
    year = pct(sum(late(n, LAST_YEAR) for n in everyone), TOTAL * 20)
    (row,) = (row for row in brief.table("key") if row[0] == "Tỷ lệ trễ hạn, quá hạn")

    def said(value: Decimal) -> str:
        return f"{value.normalize():f}".replace(".", ",").replace("-", "−")

    def signed(value: Decimal) -> str:
        return ("+" if value > 0 else "") + said(value)

    assert row[1:] == [
        f"{said(now)}%",
        "≤ 5%: chưa đạt",
        f"{said(before)}%",
        signed(now - before),
        f"{said(year)}%",
        signed(now - year),
    ]
    assert brief.figures["late_or_overdue_pct"]["numerator"] == sum(late(n, NOW) for n in told)
    assert brief.figures["late_or_overdue_pct:2019-Q4"]["denominator"] == TOTAL * 20


def test_ranking_with_ties_and_movement(brief: Made) -> None:
    ranked = [number for number in range(1, 21) if number not in (SILENT, IDLE)]
    now = {n: pct(late(n, NOW), TOTAL) if n != WRONG else Decimal(0) for n in ranked}
    before = {n: pct(late(n, BEFORE), TOTAL) for n in ranked}
    place = {n: 1 + sum(other < now[n] for other in now.values()) for n in ranked}
    was = {n: 1 + sum(other < before[n] for other in before.values()) for n in ranked}

    def moved(change: int) -> str:
        return f"{'tăng' if change > 0 else 'giảm'} {abs(change)} bậc" if change else "không đổi"

    expected = {
        name(n).removeprefix("UBND xã "): [str(place[n]), str(was[n]), moved(was[n] - place[n])] for n in ranked
    }
    printed = brief.table("ranking")[:-1]
    assert {row[1].removeprefix("Xã "): [row[0], *row[-2:]] for row in printed} == expected
    assert [row[0] for row in printed] == sorted((row[0] for row in printed), key=int)
    assert len({row[0] for row in printed}) < len(printed), "some share a rank"


def test_three_facts_of_each_side_with_their_figures(brief: Made) -> None:
    text = brief.text
    wrong = text[text.index("II. Việc chưa tốt") : text.index("III. Việc làm tốt")]
    worst = max((n for n in range(1, 18)), key=lambda n: late(n, NOW))
    assert worst == 16
    assert f"Xã Mẫu {worst}: 08 hồ sơ trễ hạn, quá hạn ( 20% ), vượt mục tiêu 15 điểm." in wrong
    assert "Hỏi UBND xã: khâu nào chậm, bao giờ về mức mục tiêu?" in wrong
    # The next rule's strongest fact about a commune that has not been named.
    assert "Xã Mẫu 17: trễ hạn, quá hạn tăng từ 2,5% lên 20% so với kỳ trước." in wrong
    well = text[text.index("III. Việc làm tốt") : text.index("IV. Số liệu")]
    assert "Xã Mẫu 1: trễ hạn, quá hạn giảm từ 22,5% xuống 0% so với kỳ trước." in well
    assert wrong.count(" - ") == 3
    assert well.count(" - ") == 3


def test_silent_idle_and_wrong_units_are_named(brief: Made) -> None:
    text = brief.text
    missing = text[text.index("IV. Số liệu còn thiếu") : text.index("V. Xếp hạng")]
    assert f"Chưa gửi số liệu: UBND xã Mẫu {SILENT} (thường chiếm 5% hồ sơ)." in missing.replace(" )", ")").replace(
        "( ", "("
    )
    assert f"Không phát sinh hồ sơ: Mẫu {IDLE}." in missing
    assert f"Có lỗi số liệu: Mẫu {WRONG} ( 01 mục" in missing
    usual = brief.figures[f"usual_share_pct@{code(SILENT)}"]
    assert (usual["numerator"], usual["denominator"]) == (2 * TOTAL, 40 * TOTAL)
    findings = json.loads((brief.folder / "findings.json").read_text("utf-8"))["findings"]
    assert any(one["severity"] == "error" and one["success"] is False for one in findings), "told, not blocked"


def test_a_period_without_data_is_a_gap_and_no_zero(brief: Made) -> None:
    by_period = {row[0]: row[1:] for row in brief.table("trends-data")}
    assert len(by_period) == 8
    assert set(by_period["Quý II/2019"]) == {"không có số liệu"}
    assert by_period["Quý I/2019"][0] == str(20 * TOTAL)
    assert by_period["Quý I/2020"][0] == str(17 * TOTAL + 50)


def test_markup_in_a_name_stays_text(brief: Made) -> None:
    assert not brief.page.find("b", string="Năm")
    assert any(MARKUP.removeprefix("UBND ")[1:] in row[1] for row in brief.table("ranking"))


def test_every_number_of_the_brief_is_a_figure(brief: Made) -> None:
    known = brief.figures
    marked = brief.page.select("main data[data-indicator]")
    assert len(marked) > 150
    assert {str(one["data-indicator"]) for one in marked} <= known.keys()


def test_a_commune_is_told_of_by_field(of_commune: Made) -> None:
    fields = {row[1] for row in of_commune.table("ranking")[:-1]}
    assert fields == {"Lĩnh vực Đất đai", "Lĩnh vực Hộ tịch"}
    assert "Hỏi bộ phận một cửa:" in of_commune.text
    assert "Mẫu 17" not in of_commune.text
    # Of 20 dossiers of each field 4 were late now, and of 20 one before.
    assert of_commune.figures[f"late_or_overdue_pct@{code(16)}/Đất đai"]["numerator"] == 4
    assert "Đất đai: 04 hồ sơ trễ hạn, quá hạn" in of_commune.text
    assert "Hộ tịch: trễ hạn, quá hạn tăng từ 5% lên 20% so với kỳ trước." in of_commune.text


def test_without_periods_before_there_is_nothing_to_compare(project: Project) -> None:
    first = make(project, DISTRICT, LAST_YEAR, late_target_pct=15)
    (row,) = (row for row in first.table("key") if row[0] == "Tỷ lệ trễ hạn, quá hạn")
    assert row[1:] == ["12,5%", "≤ 15%: đạt", "–", "–", "–", "–"]
    assert all(row[-1] == "–" for row in first.table("ranking")[:-1])
    assert "Dấu –: không có số liệu." in first.text
    assert "so với kỳ trước." not in first.text
    assert len(first.table("ranking")) == 21
    assert first.pages() == 2


def test_no_data_at_all_stops_it(project: Project) -> None:
    with pytest.raises(Exception, match="chưa có số liệu"):
        make(project, DISTRICT, "2021-Q1")


def test_one_period_alone_is_no_line(project: Project) -> None:
    with pytest.raises((ConfigurationError, RunFailedError), match="at least 2"):
        make(project, DISTRICT, periods=1)
