"""The site: what it shows, what it leaves out, what it writes again, what others may not see."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from baocao.errors import ConfigurationError
from baocao.project import Project
from baocao.provenance.manifest import SCHEMA
from baocao.run.job import BLOCKED, FAILED, MADE
from baocao.site.build import build_site
from baocao.site.records import FILES, place_of
from baocao.site.serve import server
from baocao.units import COLUMNS
from tests.conftest import copy_project
from tests.made_outputs import finding, put_blocked, put_report, write_manifest
from tests.site_pages import dead_links, page, script, stamps, tree, words

HEAD = ",".join(COLUMNS)
UNITS = """\
tinh,UBND tỉnh Mẫu,Mẫu,province,tinh,,,,,
huyen,UBND huyện Bắc,Bắc,district,huyen,tinh,,,2025-06-30,xa-moi
huyen.a,UBND Xã Đồng Hoà,Đồng Hoà,commune,xa,huyen,,,2025-06-30,xa-moi
huyen.b,UBND Xã <script>alert(1)</script> & 'B',B <b>,commune,xa,huyen,,,2025-06-30,xa-moi
huyen.c,UBND Xã Cá,Cá,commune,xa,huyen,,,2025-06-30,xa-moi
xa-moi,UBND xã Mới,Mới,commune,xa,tinh,,2025-07-01,,
"""
COUNTS = {"received_total": 10, "resolved_late": 1, "resolved_total": 9, "pending_overdue": 0}
#: A figure that stands nowhere else.
SECRET = 91827364


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a province of its own; each test has its own outputs."""
    project = copy_project(tmp_path_factory.mktemp("site") / "project")
    for path in (project.params / "units").glob("*.csv"):
        path.unlink()
    (project.params / "units" / "mau.csv").write_text(f"{HEAD}\n{UNITS}", encoding="utf-8")
    return project


@pytest.fixture
def outputs(office: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BAOCAO_OUTPUTS", str(tmp_path / "outputs"))
    return office.outputs


def district(outputs: Path, period: str = "2020-Q1", **changes: Any) -> Path:
    rows = {"huyen.a": COUNTS, "huyen.b": {**COUNTS, "received_total": SECRET}, "huyen.c": {"received_total": None}}
    told: dict[str, Any] = {"whole": {**COUNTS, "received_total": 30, "late_rate_pct": 3.33}, "rows": rows}
    return put_report(outputs, "huyen", period, **(told | changes))


def test_files_and_kinds_of_folders_are_those_a_run_makes() -> None:
    assert set(FILES) == MADE
    kinds = [place.kind for mark in (BLOCKED, FAILED) if (place := place_of(f"r/2020-Q1/u{mark}"))]
    assert kinds == ["blocked", "failed"]
    assert place_of("r/2020-Q1/U n") is None and place_of("r/2020-Q9/u") is None


def test_a_site_of_nothing(office: Project, outputs: Path) -> None:
    built = build_site(office)
    assert (built.documents, built.left_out) == (0, ())
    assert "Chưa có văn bản nào" in words(built, "index.html")
    assert "Không bỏ gì" in words(built, "khong-dua-vao.html")
    assert dead_links(built) == []


def test_every_page_is_reached_and_no_link_is_dead(office: Project, outputs: Path) -> None:
    district(outputs)
    district(outputs, "2019-Q4")
    put_report(outputs, "huyen.a", whole=COUNTS)
    put_report(outputs, "huyen.b", "2019-Q4", draft=True, special="~0123abcd")
    put_blocked(outputs, "huyen.c")
    built = build_site(office)
    assert dead_links(built) == []
    pages = {path for path in tree(built.folder) if path.endswith(".html") and not path.endswith("report.html")}
    reached, todo = {"index.html"}, ["index.html"]
    while todo:
        here = todo.pop()
        for link in page(built, here).select("a[href]"):
            aim = (built.folder / here).parent / unquote(urlsplit(str(link["href"])).path)
            name = aim.resolve().relative_to(built.folder.resolve()).as_posix()
            if name in pages - reached:
                reached.add(name)
                todo.append(name)
    assert reached == pages
    everything = b"".join(content for path, content in tree(built.folder).items() if not path.startswith("van-ban"))
    assert not re.findall(rb"https?://|//[a-z]+\.", everything)


def test_figures_of_a_unit_come_from_its_own_report_or_its_row(office: Project, outputs: Path) -> None:
    district(outputs)
    put_report(outputs, "huyen.c", whole={"received_total": 7, "resolved_late": 0})
    built = build_site(office)
    cells = {
        row.th.get_text(): [cell.get_text() for cell in row.select("td.figure")]
        for row in page(built, "ky/2020-Q1.html").select("#figures tbody tr")
        if row.th
    }
    # The rate of a row follows from its counts, half-up; what nobody counted stays blank and is not 0.
    assert cells["UBND huyện Bắc"][:2] == ["30", "3,33"]
    assert cells["UBND Xã Đồng Hoà"][:2] == ["10", "10,00"]  # with the places its table prints
    assert cells["UBND Xã Cá"] == ["7", "0,00", "0", "", ""]
    assert page(built, "ky/2020-Q1.html").select_one("td.blank") is not None
    figures = script(built, "2020-Q1")
    at = figures["unit"].index("huyen")
    row = figures["rows"][at].index(figures["units"].index("huyen.c"))
    assert set(figures["values"][at][row * len(figures["columns"][at]) :][: len(figures["columns"][at])]) == {None}


def test_a_figure_that_is_kept_back_is_no_blank(office: Project, outputs: Path) -> None:
    district(outputs)
    put_report(outputs, "huyen.c", whole={"received_total": 7, "resolved_late": "…"})
    built = build_site(office)
    (row,) = (row for row in page(built, "ky/2020-Q1.html").select("#figures tbody tr") if "Xã Cá" in row.get_text())
    assert [cell.get_text() for cell in row.select("td.figure")][:3] == ["7", "…", "…"]
    assert [cell["title"] for cell in row.select("td.blank[title]")] == ["không công bố"] * 2
    assert "không công bố" in page(built, "don-vi/huyen.c.html").get_text()
    own = script(built, "2020-Q1")
    assert set(own["values"][own["unit"].index("huyen.c")]) == {7, "…"}


def test_one_more_report_writes_only_what_it_touches(office: Project, outputs: Path, tmp_path: Path) -> None:
    for period in ("2019-Q3", "2019-Q4", "2020-Q1"):
        district(outputs, period)
        for unit in ("huyen.a", "huyen.b"):
            put_report(outputs, unit, period, whole=COUNTS)
    first = build_site(office)
    assert build_site(office).written == 0
    before = stamps(first.folder)
    put_report(outputs, "huyen.c", "2020-Q1", whole=COUNTS)
    again = build_site(office)
    after = stamps(again.folder)
    assert before.keys() < after.keys()
    written = {path for path, stamp in after.items() if before.get(path) != stamp}
    assert len(written) == again.written
    own = {path for path in written if path.startswith("van-ban/portal-dispatch/2020-Q1/huyen.c/")}
    assert written - own == {
        "index.html",
        "don-vi/huyen.html",
        "don-vi/huyen.c.html",
        "ky/2020-Q1.html",
        "loai/portal-dispatch.html",
        "chat-luong/index.html",
        "chat-luong/2020-Q1.html",
        "du-lieu/index.js",
        "du-lieu/2020-Q1.js",
    }
    assert tree(again.folder) == tree(build_site(office, tmp_path / "fresh").folder)


def test_what_is_no_more_is_removed_and_what_is_not_ours_stays(office: Project, outputs: Path) -> None:
    put_report(outputs, "huyen.a", whole=COUNTS)
    folder = put_report(outputs, "huyen.c", "2021-Q2", whole=COUNTS)
    built = build_site(office)
    (built.folder / "ghi-chu.txt").write_text("của tôi", encoding="utf-8")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    later = build_site(office)
    assert later.removed > 5
    assert not [path for path in tree(built.folder) if "huyen.c" in path or "2021-Q2" in path]
    assert not (built.folder / "van-ban" / "portal-dispatch" / "2021-Q2").exists()
    assert (built.folder / "ghi-chu.txt").is_file()
    with pytest.raises(ConfigurationError, match="something else than a site"):
        build_site(office, office.params)


def test_a_lost_cache_makes_the_same_site_again(office: Project, outputs: Path) -> None:
    district(outputs)
    built = build_site(office)
    before = tree(built.folder)
    for path in office.cache.glob("site*"):
        path.write_bytes(b"{")
    (built.folder / "ky" / "1999.html").write_text("cũ", encoding="utf-8")
    assert tree(build_site(office).folder) == before


def test_bad_folders_are_left_out_and_said(office: Project, outputs: Path) -> None:
    district(outputs)
    (outputs / ".ledger.sqlite").write_bytes(b"x")
    (outputs / "batches").mkdir()
    (outputs / "la.txt").write_text("x", encoding="utf-8")
    (outputs / "portal-dispatch" / "2020-Q1" / "Bản sao của huyen").mkdir()
    report = outputs / "portal-dispatch" / "2021-Q1"
    folders = {
        name: put_report(outputs, f"huyen.{name[0]}", "2021-Q1", place=f"~{number}")
        for number, name in enumerate(("a-missing", "b-changed", "c-edited", "a-newer", "b-none", "c-torn"), start=2)
    }
    (folders["a-missing"] / "report.pdf").unlink()
    (folders["b-changed"] / "report.pdf").write_bytes(b"")
    told = json.loads((folders["c-edited"] / "manifest.json").read_bytes())
    write_manifest(folders["c-edited"], {**told, "issue": {"number": "1", "date": "2021-01-01"}})
    told = json.loads((folders["a-newer"] / "manifest.json").read_bytes())
    write_manifest(folders["a-newer"], {**told, "schema": SCHEMA + 1})
    (folders["b-none"] / "manifest.json").unlink()
    (folders["c-torn"] / "manifest.json").write_text('{"schema": 2, "rep', encoding="utf-8")
    folders["a-missing"].parent.joinpath("huyen.a~failed").mkdir()
    put_report(outputs, "huyen.a", "2021-Q1").rename(report / "huyen.b")
    built = build_site(office)
    assert built.documents == 1
    assert {one.place.rpartition("/")[2]: one.why for one in built.left_out} == {
        "la.txt": "foreign",
        "Bản sao của huyen": "foreign",
        "huyen.a~2": "missing",
        "huyen.b~3": "changed",
        "huyen.c~4": "edited",
        "huyen.a~5": "newer",
        "huyen.b~6": "no-manifest",
        "huyen.c~7": "unreadable",
        "huyen.a~failed": "failed",
        "huyen.b": "misplaced",
    }
    assert "report.pdf" in next(one.english for one in built.left_out if one.why == "missing")
    text = words(built, "khong-dua-vao.html")
    assert "thiếu tệp: report.pdf" in text and "portal-dispatch/2021-Q1/huyen.c~7" in text
    assert dead_links(built) == []


def test_an_older_output_is_shown_without_its_figures(office: Project, outputs: Path) -> None:
    folder = put_report(outputs, "huyen.a", whole={**COUNTS, "received_total": SECRET})
    told = json.loads((folder / "manifest.json").read_bytes())
    write_manifest(folder, {name: value for name, value in {**told, "schema": 1}.items() if name != "seal"})
    built = build_site(office)
    assert [one.why for one in built.left_out] == ["old-figures"]
    assert "do phiên bản cũ lập" in words(built, "khong-dua-vao.html")
    assert "Do phiên bản phần mềm cũ lập" in words(built, "van-ban/portal-dispatch/2020-Q1/huyen.a/index.html")
    assert str(SECRET) not in "".join(map(str, script(built, "2020-Q1").values()))


def test_markup_in_a_name_is_only_text(office: Project, outputs: Path) -> None:
    put_report(outputs, "huyen.b", whole=COUNTS, findings=[finding("x<y", "<img src=x onerror=alert(2)>")])
    built = build_site(office)
    for path in built.folder.rglob("*.html"):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        assert not soup.select("img") and all(not tag.string for tag in soup.select("script"))
    assert "UBND Xã <script>alert(1)</script> & 'B'" in words(built, "don-vi/huyen.b.html")
    assert "UBND Xã <script>alert(1)</script> & 'B'" in script(built, "index")["units"]["name"]


def test_units_that_merged_lead_to_each_other(office: Project, outputs: Path) -> None:
    put_report(outputs, "huyen.a", "2025-Q2", whole=COUNTS)
    put_report(outputs, "xa-moi", "2025-Q3", whole=COUNTS)
    put_report(outputs, "da-xoa", "2025-Q3", whole=COUNTS)
    built = build_site(office)
    assert "Đơn vị tiếp nhận: UBND xã Mới" in words(built, "don-vi/huyen.a.html")
    assert "Tiếp nhận từ: UBND huyện Bắc , UBND Xã Đồng Hoà" in words(built, "don-vi/xa-moi.html")
    assert page(built, "don-vi/xa-moi.html").select_one('a[href="../don-vi/huyen.a.html"]') is not None
    assert "không có trong danh mục đơn vị" in words(built, "don-vi/da-xoa.html")
    # A unit that did not exist yet is not silent.
    silent = {row.get_text() for row in page(built, "ky/2025-Q2.html").select("#figures tbody th")}
    assert silent == {"UBND Xã Đồng Hoà"}


def test_the_document_in_force_stands_for_its_unit(office: Project, outputs: Path) -> None:
    def values(count: int) -> dict[str, Any]:
        return {"whole": {"received_total": count}, "rows": {}}

    changes = {"changes.html": b"<!doctype html>", "changes.pdf": b"%PDF", "changes.json": b"{}"}
    first, second = ("12/UBND-VP", date(2020, 4, 3)), ("45/UBND-VP", date(2020, 5, 4))
    district(outputs, issue=first, **values(1))
    district(outputs, issue=second, supersedes=first, place="~2", extra=changes, **values(2))
    district(outputs, supersedes=second, place="~3", extra=changes, **values(3))
    district(outputs, special="~0123abcd", draft=True, **values(4))
    built = build_site(office)
    folder = "van-ban/portal-dispatch/2020-Q1"
    pages = {place: page(built, f"{folder}/huyen{place}/index.html") for place in ("", "~2", "~3")}
    assert {place: soup.select(".state")[0].get_text() for place, soup in pages.items()} == {
        "": "Đã ban hành, đã được thay thế: số 12/UBND-VP ngày 03/04/2020",
        "~2": "Đã ban hành, đang có hiệu lực: số 45/UBND-VP ngày 04/05/2020",
        "~3": "Lập lại sau khi ban hành, chưa ban hành",
    }
    assert "Được thay thế bởi văn bản số 45/UBND-VP" in words(built, f"{folder}/huyen/index.html")
    assert page(built, f"{folder}/huyen~2/index.html").select('a[href$="huyen~2/changes.html"]')
    assert script(built, "2020-Q1")["values"] == [[2]]
    listed = [row.th.get_text() for row in page(built, "ban-hanh.html").select("#issued tbody tr") if row.th]
    assert listed == ["45/UBND-VP", "12/UBND-VP"]
    assert set(script(built, "index")["documents"]["number"].values()) == {"12/UBND-VP", "45/UBND-VP"}


def test_quality_by_check_and_unit_and_over_time(office: Project, outputs: Path) -> None:
    wrong = finding("received-is-sum-of-channels", "Tổng ghi 9, cộng được 8")
    open_one = finding("fresh", "Hồ sơ mới nhất", success=None)
    put_report(outputs, "huyen.a", findings=[wrong, wrong, open_one])
    put_report(outputs, "huyen.b", findings=[wrong])
    put_blocked(outputs, "huyen.c", findings=[finding("has-data", "Chưa có số liệu", severity="error")])
    put_report(outputs, "huyen.a", "2019-Q4", findings=[])
    put_report(outputs, "huyen.a", "2020-02", findings=[wrong])
    built = build_site(office)

    def rows(name: str) -> list[list[str]]:
        table = page(built, "chat-luong/2020-Q1.html").select(f"#{name} tbody tr")
        return [[cell.get_text() for cell in row.select("th, td")] for row in table]

    assert rows("trend") == [
        ["Quý I/2020", "2", "1", "3", "1", "3", "1"],
        ["Quý IV/2019", "1", "0", "0", "0", "0", "0"],
    ]
    assert rows("by-check")[:2] == [
        ["Kỳ báo cáo có số liệu", "Lỗi", "1", "1"],
        ["Tổng hồ sơ nhận giải quyết = kỳ trước chuyển sang + tiếp nhận trong kỳ", "Cảnh báo", "3", "2"],
    ]
    assert rows("by-unit")[2] == ["UBND Xã Cá", "0", "1", "1", "0", "0"]
    assert rows("listed")[0][0] == "UBND Xã Cá"
    assert "Chưa lập được" in words(built, "don-vi/huyen.c.html")


def test_a_unit_sees_itself_and_nobody_else(office: Project, outputs: Path, tmp_path: Path) -> None:
    district(outputs)
    put_report(outputs, "huyen.a", whole={**COUNTS, "received_total": 777})
    put_report(outputs, "huyen.b", whole={**COUNTS, "received_total": SECRET})
    put_report(outputs, "huyen.a", "2019-Q4", whole=COUNTS, rows={"huyen.b": {"received_total": SECRET}})
    put_report(outputs, "huyen.a", "2019-Q3", whole=COUNTS, findings=[finding("x", "UBND Xã Cá")])
    old = put_report(outputs, "huyen.a", "2018-Q4", rows={"huyen.b": {"received_total": SECRET}})
    write_manifest(old, {**json.loads((old / "manifest.json").read_bytes()), "schema": 1})
    put_blocked(outputs, "huyen.b", "2019-Q2")
    (outputs / "portal-dispatch" / "2019-Q2" / "huyen.b~failed").mkdir()
    commune = build_site(office, tmp_path / "a", "huyen.a")
    assert {one.place: (one.why, one.detail) for one in commune.left_out} == {
        "portal-dispatch/2018-Q4/huyen.a": ("other-units", "huyen.b"),
        "portal-dispatch/2019-Q4/huyen.a": ("other-units", "huyen.b"),
        "portal-dispatch/2019-Q3/huyen.a": ("other-units", "UBND Xã Cá"),
    }
    everything = b"\n".join([*map(str.encode, tree(commune.folder)), *tree(commune.folder).values()]).decode()
    assert "777" in everything
    for foreign in (str(SECRET), "huyen.b", "alert(1)", "UBND Xã Cá", "huyen.c", "xa-moi", "huyện Bắc", "2019-Q2"):
        assert foreign not in everything
    below = build_site(office, tmp_path / "huyen", "huyen")
    assert {one["unit"] for one in (json.loads(p.read_bytes()) for p in below.folder.rglob("manifest.json"))} == {
        "huyen",
        "huyen.a",
        "huyen.b",
    }
    assert "xa-moi" not in b"".join(tree(below.folder).values()).decode()
    with pytest.raises(ConfigurationError, match=r"did you mean “huyen\.a”"):
        build_site(office, tmp_path / "x", "huyen.aa")


def test_another_site_among_the_outputs_is_no_report(office: Project, outputs: Path) -> None:
    district(outputs)
    mine = build_site(office, unit="huyen")
    assert mine.folder == outputs / "site~huyen"
    assert build_site(office).left_out == ()


@pytest.fixture
def served(office: Project, outputs: Path) -> Iterator[HTTPConnection]:
    district(outputs)
    with server(build_site(office).folder, 0) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield HTTPConnection("127.0.0.1", running.server_port, timeout=10)
        running.shutdown()
        thread.join()


def test_the_look_on_this_machine_shows_files_and_lists_nothing(served: HTTPConnection) -> None:
    def status(path: str, host: str = "localhost") -> int:
        served.request("GET", path, headers={"Host": host})
        answer = served.getresponse()
        answer.read()
        return answer.status

    document = "/van-ban/portal-dispatch/2020-Q1/huyen"
    assert status("/") == status("/don-vi/huyen.html") == status(f"{document}/report.pdf") == 200
    assert status("/don-vi/") == status("/../.ledger.sqlite") == status("/%2e%2e/%2e%2e/params/project.yaml") == 404
    assert status("/", "evil.example") == 403


@pytest.mark.full
def test_ten_thousand_reports(office: Project, outputs: Path, tmp_path: Path) -> None:
    """The index stays small, and one report more touches a handful of files."""
    communes = [f"huyen-{number % 40}.xa-{number}" for number in range(1250)]
    lines = [f"huyen-{n},UBND huyện Số {n},Số {n},district,huyen,tinh,,,," for n in range(40)]
    lines += [f"{code},UBND xã {code[-6:]},Tên {code[-6:]},commune,xa,{code.split('.')[0]},,,," for code in communes]
    registry = office.params / "units" / "mau.csv"
    text = registry.read_text(encoding="utf-8")
    registry.write_text(text + "\n".join(lines) + "\n", encoding="utf-8")
    try:
        periods = [f"{year}-Q{quarter}" for year in (2019, 2020) for quarter in (1, 2, 3, 4)]
        figures = {f"{name}": number * 37 for number, name in enumerate(COUNTS)}
        for period in periods:
            for code in communes[: -1 if period == periods[-1] else None]:
                put_report(outputs, code, period, whole=figures)
            for n in range(40):
                rows = {code: figures for code in communes if code.startswith(f"huyen-{n}.")}
                put_report(outputs, f"huyen-{n}", period, whole=figures, rows=rows)
        built = build_site(office)
        assert built.documents == 8 * 1290 - 1
        assert sum(path.stat().st_size for path in (built.folder / "du-lieu").iterdir()) < 30_000_000
        put_report(outputs, communes[-1], periods[-1], whole=figures)
        assert build_site(office).written < 25
    finally:
        registry.write_text(text, encoding="utf-8")
