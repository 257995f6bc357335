"""A periodic report of an invented office, made of data files only: indicators, form, outline, registers, texts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from baocao.errors import BaocaoError, ChecksBlockedError
from baocao.project import Project
from baocao.run.job import run_job
from baocao.run.request import resolve_request
from tests.integration.conftest import Baocao

FORMATS = ("ipynb", "html", "pdf")
UNITS = """code,name,short_name,level,type,parent,aliases,valid_from,valid_to,successors
mau,UBND phường Mẫu,Mẫu,commune,phuong,,,,,
"""
INDICATORS = {
    "posts_given": {"name": "Biên chế được giao", "unit_of_measure": "Người", "entered": True},
    "posts_filled": {"name": "Biên chế có mặt", "unit_of_measure": "Người", "entered": True, "noun": "người có mặt"},
    "posts_saved": {
        "name": "Biên chế tiết kiệm",
        "unit_of_measure": "Người",
        "formula": "posts_given - posts_filled",
    },
    "posts_filled_pct": {
        "name": "Tỷ lệ có mặt",
        "unit_of_measure": "%",
        "numerator": "posts_filled",
        "denominator": "posts_given",
    },
    "talks_held": {
        "name": "Đối thoại với người dân",
        "unit_of_measure": "",
        "entered": True,
        "codes": {1: "Có", 0: "Không"},
    },
    "papers_issued": {
        "name": "Văn bản chỉ đạo đã ban hành",
        "unit_of_measure": "Văn bản",
        "count": {"dataset": "documents", "where": {"role": "issued"}, "dated": "date"},
    },
}
FORM = {
    "id": "mau-1",
    "label": "Phụ lục I",
    "title": "Thống kê cải cách hành chính",
    "legal_source": "Mẫu thử",
    "landscape": False,
    "items": [
        {"code": "I", "label": "CHỈ ĐẠO, ĐIỀU HÀNH", "heading": True},
        {"code": "1", "label": "Số văn bản chỉ đạo đã ban hành", "value": "papers_issued"},
        {"code": "2", "label": "Tổ chức đối thoại", "value": "talks_held"},
        {"code": "II", "label": "TỔ CHỨC BỘ MÁY", "heading": True},
        {"code": "1", "label": "Biên chế được giao", "value": "posts_given"},
        {"code": "2", "label": "Tỷ lệ có mặt", "value": "posts_filled_pct"},
    ],
}
OUTLINE = {
    "id": "mau",
    "name": "Đề cương mẫu",
    "units": "mau",
    "abstract": "Kết quả cải cách hành chính {{ period.label }}",
    "opening": "{{ unit.name }} báo cáo kết quả như sau:",
    "closing": "Trên đây là báo cáo của {{ unit.name }}./.",
    "numbering": ["roman", "arabic"],
    "annexes": ["mau-1"],
    "charts": [
        {
            "id": "bien-che",
            "caption": "Biên chế có mặt qua các kỳ",
            "says": "Số người có mặt của các kỳ gần đây.",
            "series": {"Có mặt": "posts_filled"},
            "periods": 8,
        },
        {
            "id": "ty-le",
            "caption": "Tỷ lệ so với mục tiêu",
            "says": "Tỷ lệ có mặt.",
            "series": {"Tỷ lệ (%)": "posts_filled_pct"},
            "bars": {"Có mặt": "posts_filled_pct"},
        },
    ],
    "sections": [
        {
            "id": "chi-dao",
            "heading": "CHỈ ĐẠO, ĐIỀU HÀNH",
            "sections": [
                {
                    "id": "van-ban",
                    "heading": "Văn bản đã ban hành",
                    "text": "Trong kỳ đã ban hành {{ papers_issued | counted('văn bản') }}:",
                    "list": {"dataset": "documents", "where": {"role": "issued"}, "dated": "date"},
                },
                {"id": "danh-gia", "heading": "Đánh giá", "own": "required"},
            ],
        },
        {
            "id": "bo-may",
            "heading": "TỔ CHỨC BỘ MÁY",
            "text": "Có mặt {{ posts_filled | count }} trên {{ posts_given | count }} người "
            "({{ posts_filled_pct | pct }}), tiết kiệm {{ posts_saved | count }} người"
            "{% if previous.posts_filled.value is not none %}; "
            "{{ posts_filled | compared(previous.posts_filled, 'người', 'kỳ trước') }}{% endif %}.",
        },
    ],
}
STATISTICS = "indicator,value,note\nposts_given,23,\nposts_filled,21,\ntalks_held,1,\n"
DOCUMENTS = """type,number,issuer,date,summary,role
KH,24/KH-UBND,UBND phường Mẫu,2024-01-22,về cải cách hành chính năm 2024,issued
QĐ,9/QĐ-UBND,UBND phường Mẫu,2023-01-05,về phân công,issued
"""
Made = Callable[..., dict[str, Any]]


def described(content: dict[str, Any]) -> dict[str, Any]:
    return {"definition": content["name"], "source": "Mẫu thử", **content}


@pytest.fixture
def office(project: Project, baocao: Baocao) -> Project:
    """The project with that office and its data of the first six months of 2024."""
    put(project.params / "units" / "mau.csv", UNITS)
    content = {"indicators": {name: described(found) for name, found in INDICATORS.items()}}
    put(project.params / "indicators" / "mau.yaml", yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    put(project.params / "forms" / "mau-1.yaml", yaml.safe_dump(FORM, allow_unicode=True, sort_keys=False))
    put(project.params / "outlines" / "mau.yaml", yaml.safe_dump(OUTLINE, allow_unicode=True, sort_keys=False))
    deliver(baocao, project, "statistics", STATISTICS)
    deliver(baocao, project, "documents", DOCUMENTS)
    return project


def put(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def deliver(baocao: Baocao, project: Project, dataset: str, content: str, period: str = "2024-6T") -> None:
    put(project.root / f"{dataset}.csv", content)
    done = baocao("ingest", dataset, f"{dataset}.csv", "--unit", "mau", "--period", period)
    assert done.returncode == 0, done.stdout + done.stderr


def made(project: Project, *, draft: bool = False, outline: str = "") -> dict[str, Any]:
    request = resolve_request(
        project, "periodic-report", "mau", "2024-6T", draft=draft, parameters={"outline": outline} if outline else {}
    )
    folder = run_job(project, request, FORMATS).folder
    return {
        "html": (folder / "report.html").read_text(encoding="utf-8"),
        "indicators": json.loads((folder / "indicators.json").read_text(encoding="utf-8")),
        "findings": json.loads((folder / "findings.json").read_text(encoding="utf-8"))["findings"],
        "pdf": (folder / "report.pdf").read_bytes(),
    }


def own_text(project: Project, content: str) -> None:
    put(project.params / "texts" / "mau" / "2024-6T" / "danh-gia.md", content)


def failing(files: dict[str, Any]) -> list[str]:
    return [finding["expectation"] for finding in files["findings"] if finding["success"] is False]


def test_a_report_of_data_files_only(office: Project) -> None:
    own_text(office, "Kết quả tốt, {{ posts_filled | count }} người có mặt.\n")
    files = made(office)
    html = files["html"]
    for piece in (
        "BÁO CÁO",
        "Kết quả cải cách hành chính 6 tháng đầu năm 2024",
        "I. CHỈ ĐẠO, ĐIỀU HÀNH",
        "Kế hoạch số 24/KH-UBND ngày 22/01/2024 về cải cách hành chính năm 2024.",
        'data-indicator="papers_issued">01</data> văn bản',
        'data-indicator="posts_filled_pct">91,3%</data>',
        "Có = 1; Không = 0",
        '<a href="#muc-bo-may">II. TỔ CHỨC BỘ MÁY</a>',
    ):
        assert piece in html
    assert "9/QĐ-UBND" not in html
    assert files["indicators"]["posts_filled"]["printed"] == ["text:danh-gia", "narrative:bo-may", "chart:bien-che"]
    assert failing(files) == []
    assert files["pdf"].startswith(b"%PDF")


def test_a_missing_text_is_marked_in_a_draft_and_refused_in_a_final(office: Project) -> None:
    with pytest.raises(ChecksBlockedError, match="Chưa có lời văn của mục này"):
        made(office)
    draft = made(office, draft=True)
    assert "Chưa có nội dung: viết vào tệp params/texts/mau/2024-6T/danh-gia.md" in draft["html"]
    own_text(office, "[?] Kỳ trước đã họp [cũ?]05 cuộc.\n")
    with pytest.raises(ChecksBlockedError, match="chưa được xác nhận"):
        made(office)


def test_figures_that_contradict_are_findings(office: Project, baocao: Baocao) -> None:
    own_text(office, "Hiện có 20 người có mặt.\n")
    deliver(
        baocao, office, "statistics", STATISTICS.replace("talks_held,1", "talks_held,2,\nposts_saved,3,\nposts_fild,1")
    )
    files = made(office, draft=True)
    assert failing(files) == ["entered-agrees", "known-indicator", "code-list", "typed-figure"]
    found = {finding["expectation"]: finding for finding in files["findings"]}
    assert (found["entered-agrees"]["printed"], found["entered-agrees"]["computed"]) == (3, 2)
    assert (found["typed-figure"]["printed"], found["typed-figure"]["computed"]) == (20, 21)
    assert "(1 = Có; 0 = Không)" in found["code-list"]["message"]


def test_a_change_since_the_period_before_is_a_figure(office: Project, baocao: Baocao) -> None:
    own_text(office, "Tốt.\n")
    assert "kỳ trước" not in made(office)["html"]
    deliver(baocao, office, "statistics", STATISTICS.replace("posts_filled,21", "posts_filled,24"), "2023-6C")
    files = made(office)
    assert 'data-indicator="posts_filled:change-2023-06-15-2023-12-14">03</data> người so với kỳ trước' in files["html"]
    assert files["indicators"]["posts_filled:change-2023-06-15-2023-12-14"]["value"] == -3
    assert files["indicators"]["posts_filled:2023-6C"]["printed"] == ["chart:bien-che"]
    assert "6 tháng cuối năm 2023: có mặt 24; 6 tháng đầu năm 2024: có mặt 21." in files["html"]


def test_nothing_to_list_is_told_from_nothing_sent(office: Project, baocao: Baocao) -> None:
    own_text(office, "Tốt.\n")
    lists = [
        {"id": name, "heading": name, "list": {"dataset": name, "item": "{note}", "none": "Không có."}}
        for name in ("proposals", "inspections")
    ]
    changed = {**OUTLINE, "sections": [*OUTLINE["sections"], *lists]}
    put(office.params / "outlines" / "mau.yaml", yaml.safe_dump(changed, allow_unicode=True, sort_keys=False))
    deliver(baocao, office, "proposals", "Nội dung,Ghi chú\nKhông phát sinh,\n")
    html = made(office)["html"]
    assert "<p>Không có.</p>" in html.partition("muc-proposals")[2]
    assert "<p>Chưa gửi số liệu của sổ theo dõi kiểm tra cải cách hành chính.</p>" in html
    deliver(baocao, office, "documents", "summary,role\nKhông phát sinh,\n")
    files = made(office)
    assert files["indicators"]["papers_issued"]["value"] == 0
    assert "Trong kỳ đã ban hành" in files["html"] and "không có văn bản" in files["html"]


def test_templates_swap_by_one_parameter(office: Project) -> None:
    own_text(office, "Tốt.\n")
    other = {**OUTLINE, "id": "khac", "units": "", "numbering": ["none", "dash"], "opening": "Theo mẫu khác:"}
    put(office.params / "outlines" / "khac.yaml", yaml.safe_dump(other, allow_unicode=True, sort_keys=False))
    html = made(office, outline="khac")["html"]
    assert "Theo mẫu khác:" in html
    assert "I. CHỈ ĐẠO" not in html
    with pytest.raises(BaocaoError, match="did you mean “khac”"):
        made(office, outline="kac")


def test_an_entered_share_reaches_the_dispatch(project: Project, baocao: Baocao) -> None:
    """What no system counts is entered once, and every report of the office reads it."""
    assert baocao("ingest", "one-stop-summary", "data/samples/tuan-giao-2020q1").returncode == 0
    put(project.root / "shares.csv", "indicator,value\nthrough_system_pct,98.5\n")
    done = baocao("ingest", "statistics", "shares.csv", "--unit", "tuan-giao", "--period", "2020-Q1")
    assert done.returncode == 0, done.stderr
    folder = run_job(project, resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1"), ("html",)).folder
    found = json.loads((folder / "indicators.json").read_text(encoding="utf-8"))["through_system_pct"]
    assert (found["value"], found["source"]) == (98.5, "statistics: shares.csv, dòng 2")
