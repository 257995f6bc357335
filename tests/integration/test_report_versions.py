"""Reports as of the past: what was known at a moment, at a version, before a correction."""

import csv
import json
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime

import yaml

from baocao.checks.dossiers import correct_and_check, ingest_and_check
from baocao.intake.dossier_source import find_lists
from baocao.project import Project
from baocao.run.job import run_job
from baocao.run.request import FORMATS, resolve_request
from baocao.samples.like import sample_like
from tests.integration.office import AN, BINH, CHAU, Office, dossier

# --- The past ---


def after_a_moment() -> str:
    """Now, certainly later than what was stored before and earlier than what will be."""
    time.sleep(0.05)
    now = datetime.now(UTC)
    time.sleep(0.05)
    return now.isoformat()


def test_a_moment_between_two_ingests(office: Office) -> None:
    office.dossiers(dossier("HS-1", AN), units=AN)
    between = after_a_moment()
    office.dossiers(dossier("HS-2", BINH), dossier("HS-3", BINH), units=f"{BINH}, {CHAU}")
    assert (office.total(), office.total(as_of=between)) == (3, 1)
    assert office.group("silent") == [CHAU]
    assert [unit.code for unit in office.figures(as_of=between).group("silent")] == []
    assert office.total(as_of="dossiers=0") == 1


def test_tables_stored_after_that_moment_are_not_known_to_it(office: Office) -> None:
    office.dossiers(dossier("HS-1", AN), units=AN)
    between = after_a_moment()
    office.table({"unit_name": BINH, "received_direct": 5, "pending_in_time": 5})
    assert office.total() == 6
    for as_of in (between, "dossiers=0"):
        assert list(office.slice(as_of).printed) == []
        assert office.total(as_of=as_of) == 1


def test_dossiers_stored_after_that_moment_are_not_known_to_it(office: Office) -> None:
    office.table({"unit_name": AN, "received_direct": 5, "pending_in_time": 5})
    between = after_a_moment()
    office.dossiers(dossier("HS-1", AN), units=AN)
    assert (office.total(), office.total(as_of=between), office.total(as_of="one_stop_summary=0")) == (1, 5, 5)
    assert list(office.slice(between).overlaps) == []


KEPT = ("report.html", "report.pdf", "indicators.json")


def made(project: Project, as_of: str | None = None) -> dict[str, bytes]:
    """A dispatch of Tuần Giáo made for real."""
    request = resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1", as_of=as_of)
    folder = run_job(project, request, FORMATS).folder
    return {name: (folder / name).read_bytes() for name in KEPT}


def value(files: Mapping[str, bytes], indicator: str) -> float:
    return float(json.loads(files["indicators.json"])[indicator]["value"])


def test_a_late_correction_leaves_the_old_report_as_it_was(project: Project) -> None:
    """Asked for as of before the correction, the same bytes; asked for today, the right figures."""
    sample = sample_like(project, "tuan-giao-2020q1")
    for listed in find_lists(project, [str(sample.folder)]):
        ingest_and_check(project, listed)
    old = made(project)
    with (sample.folder / "dossiers.csv").open(encoding="utf-8", newline="") as file:
        late = next(row for row in csv.DictReader(file) if is_late(row))
    entry = {
        "id": "gia-han",
        "reason": "Ngày hẹn trả đã được gia hạn nhưng chưa cập nhật",
        "reported_by": "UBND huyện Tuần Giáo",
        "reported": date(2020, 4, 20),
        "source": "dien-bien-portal",
        "dossier": late["Mã hồ sơ"],
        "column": "due_date",
        "expect": day(late["Ngày hẹn trả"]),
        "value": day(late["Ngày kết thúc xử lý"]),
    }
    corrections = project.params / "corrections"
    corrections.mkdir()
    (corrections / "2020.yaml").write_text(yaml.safe_dump({"corrections": [entry]}), encoding="utf-8")
    assert list(correct_and_check(project).applied) == ["gia-han"]

    again = made(project, as_of="dossiers=0")
    assert [name for name in KEPT if again[name] != old[name]] == []
    new = made(project)
    assert [name for name in KEPT if new[name] == old[name]] == []
    # 85 of 873 were late, as the office printed; now one less.
    assert [value(old, name) for name in ("resolved_late", "late_rate_pct")] == [85, 9.74]
    assert [value(new, name) for name in ("resolved_late", "late_rate_pct")] == [84, 9.62]
    assert [value(new, name) for name in ("received_total", "resolved_total", "pending_overdue")] == [
        value(old, name) for name in ("received_total", "resolved_total", "pending_overdue")
    ]


def day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 -- a day has no zone


def is_late(row: Mapping[str, str]) -> bool:
    ended, due = row["Ngày kết thúc xử lý"], row["Ngày hẹn trả"]
    return bool(ended and due) and day(ended) > day(due) and row["Trạng thái"].startswith("Đã ")
