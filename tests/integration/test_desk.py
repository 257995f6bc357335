"""The desk without a browser: its buttons pressed, its reports made in its own process."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from baocao.desk.panel import Desk
from baocao.project import Project
from tests.backtests.conftest import deliver
from tests.conftest import SAMPLE, copy_project
from tests.integration.conftest import call

OUTPUT = Path("portal-dispatch") / "2020-Q1" / "tuan-giao"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    project = copy_project(tmp_path_factory.mktemp("desk") / "project")
    deliver(project, project.root / SAMPLE)
    desk = Desk(project)
    yield desk
    desk.close()


def press(desk: Desk, name: str) -> str:
    """Press a button and wait; what is said then."""
    getattr(desk, name).click()
    assert desk.work is not None
    desk.work.result(180)
    assert desk.stop.disabled and not desk.run.disabled
    return str(desk.said.value)


def choose(desk: Desk, period: str) -> Project:
    desk.fields.report.value = "portal-dispatch"
    desk.fields.unit.value = "UBND huyện Tuần Giáo (tuan-giao)"
    desk.fields.period.value = period
    return desk.project


def test_wrong_choices_leave_no_button_to_press(desk: Desk) -> None:
    choose(desk, "2020-Q7")
    assert "không hiểu “2020-Q7”" in desk.status.value
    assert desk.run.disabled and desk.preview.disabled and desk.compare.disabled
    desk.run.click()
    assert desk.work is None
    choose(desk, "2020-Q1")
    assert "baocao run portal-dispatch --unit tuan-giao --period 2020-Q1" in desk.status.value
    assert not desk.run.disabled


def test_a_preview_says_why_nothing_can_be_made_and_writes_nothing(desk: Desk) -> None:
    project = choose(desk, "2020-Q2")
    said = press(desk, "preview")
    assert "Số liệu chưa đạt kiểm tra" in said and "Kỳ báo cáo chưa có số liệu" in said
    assert 'title="Vì sao chưa lập được"' in desk.page.value
    assert not list(project.outputs.rglob("report.*"))


def test_what_a_notebook_lacks_is_said_in_vietnamese(desk: Desk) -> None:
    choose(desk, "2020-Q1")
    desk.fields.report.value = "dossier-watch"
    said = press(desk, "preview")
    assert "Không đọc được số liệu từ kho: chưa nạp (baocao ingest)" in said
    assert "Thông báo kỹ thuật:" in said and "StoreError" in said


def test_made_issued_compared_and_made_again_in_a_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baocao.desk.panel.workers", lambda: 1)  # one process less to start
    project = choose(desk, "2020-Q1")
    assert "Chưa có bản nào" in press(desk, "compare")
    assert press(desk, "run") == ""
    folder = project.outputs / OUTPUT
    assert {"report.html", "report.pdf", "report.ipynb"} <= {path.name for path in folder.iterdir()}
    html = desk.links.outputs[0]["data"]["text/html"]
    assert html.count("<a href=") == 3 and "outputs/portal-dispatch/2020-Q1/tuan-giao/report.pdf" in html
    assert "2 điểm số liệu không khớp" in html

    issued = call(project.root, "finalize", str(folder), "--number", "394/UBND-VP", "--date", "2020-04-03")
    assert issued.returncode == 0, issued.stderr
    said = press(desk, "compare")
    assert "So với bản số 394/UBND-VP" in said and "không khác" in said
    desk.fields.parameters["online_target_pct"].value = "30"
    said = press(desk, "compare")
    assert "có khác" in said and 'title="So với bản đã ban hành"' in desk.page.value
    desk.fields.parameters["online_target_pct"].value = "20"

    desk.fields.mode.value = "Nhiều báo cáo"
    desk.fields.units.value, desk.fields.periods.value = "tuan-giao", "2020-Q1,2020-Q2"
    desk.fields.formats["pdf"].value = False
    assert "--periods 2020-Q1,2020-Q2 --formats ipynb,html" in desk.status.value
    assert press(desk, "run") == ""
    html = desk.links.outputs[0]["data"]["text/html"]
    assert "đã lập: 1; bị chặn vì số liệu: 1" in html
    assert "outputs/portal-dispatch/2020-Q2/tuan-giao~blocked/report.html" in html
    assert (desk.progress.value, desk.progress.max) == (2, 2)

    desk.fields.periods.value, desk.fields.from_date.value = "2020-Q1", "01/01/2020"
    desk.fields.parameters["top_units"].value = "3"
    assert press(desk, "run") == ""
    assert "đã lập: 1" in desk.links.outputs[0]["data"]["text/html"]
    again = call(project.root, *shlex.split(desk.checked.command)[1:])  # it repeats what was made
    assert (again.returncode, again.stdout.partition(",")[0]) == (0, "0 made"), again.stderr
    assert "1 unchanged" in again.stdout
    desk.fields.from_date.value, desk.fields.parameters["top_units"].value = "", "5"
    desk.fields.mode.value = "Một báo cáo"


def test_what_is_being_made_can_be_stopped(desk: Desk) -> None:
    choose(desk, "2020-Q1")
    desk.preview.click()
    assert not desk.stop.disabled and desk.run.disabled
    desk.stop.click()
    assert desk.work is not None
    desk.work.result(180)
    assert "Đã dừng" in desk.said.value and not desk.page.value
    assert "Bản xem trước" in press(desk, "preview")
