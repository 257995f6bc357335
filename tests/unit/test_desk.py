"""Choices of the desk: checked as the command line checks them, told as its command."""

import shlex
from dataclasses import replace

import pytest

from baocao.desk.choices import Choices, GridChoices, Registries
from baocao.desk.pages import framed, refused, status
from baocao.project import Project
from baocao.run.request import resolve_request

DISPATCH = Choices(report="portal-dispatch", unit="tuan-giao", period="2020-Q1")


@pytest.fixture(scope="module")
def registries(shared_project: Project) -> Registries:
    return Registries(shared_project)


@pytest.mark.parametrize("unit", ["tuan-giao", "UBND huyện Tuần Giáo (tuan-giao)", "ubnd huyện tuần giáo"])
@pytest.mark.parametrize("period", ["2020-Q1", "Quý I/2020", " quý i/2020 "])
def test_names_and_labels_mean_what_the_ids_mean(registries: Registries, unit: str, period: str) -> None:
    checked = registries.check(replace(DISPATCH, unit=unit, period=period))
    assert not checked.problems
    assert checked.command == "baocao run portal-dispatch --unit tuan-giao --period 2020-Q1"
    assert list(checked.requests) == [
        resolve_request(registries.project, "portal-dispatch", "tuan-giao", "2020-Q1"),
    ]


def test_the_command_repeats_every_choice(registries: Registries) -> None:
    checked = registries.check(
        replace(
            DISPATCH,
            from_date="02/01/2020",
            to_date="2020-03-31",
            parameters={"top_units": "3", "online_target_pct": "20", "system_target_pct": "99.5"},
            formats=["docx", "html"],
            draft=True,
        )
    )
    assert not checked.problems
    assert shlex.split(checked.command) == [
        *("baocao", "run", "portal-dispatch", "--unit", "tuan-giao", "--period", "2020-Q1"),
        *("--from", "2020-01-02", "--to", "2020-03-31", "-p", "top_units=3", "-p", "system_target_pct=99.5"),
        *("--formats", "html,docx", "--draft"),
    ]
    (request,) = checked.requests
    assert request.parameters == {"top_units": 3, "online_target_pct": 20, "system_target_pct": 99.5}
    assert (str(request.period.from_date), str(request.period.to_date)) == ("2020-01-02", "2020-03-31")


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"report": ""}, "Báo cáo", "chưa chọn"),
        ({"unit": ""}, "Đơn vị", "chưa chọn"),
        ({"unit": "tuan-gia"}, "Đơn vị", "không có đơn vị “tuan-gia”; gần giống: tuan-giao"),
        ({"unit": "Xã An Hoà"}, "Đơn vị", "có nhiều đơn vị tên “Xã An Hoà”; ghi mã: "),
        ({"period": ""}, "Kỳ báo cáo", "chưa ghi"),
        ({"period": "2020-Q9"}, "Kỳ báo cáo", "không hiểu “2020-Q9”"),
        ({"period": "2030-Q1"}, "Kỳ báo cáo", "đơn vị không tồn tại từ 15/12/2029 đến 14/03/2030"),
        ({"from_date": "30/02/2020"}, "Từ ngày", "“30/02/2020” không phải một ngày; viết 01/04/2020"),
        ({"from_date": "02/04/2020"}, "Kỳ báo cáo", "ngày đầu 02/04/2020 đứng sau ngày cuối 01/04/2020"),
        ({"as_of": "hôm qua"}, "Số liệu đã biết đến", "không đọc được “hôm qua”"),
        ({"formats": []}, "Tệp cần lập", "chọn ít nhất một loại"),
        (
            {"parameters": {"online_target_pct": "101"}},
            "Tỷ lệ hồ sơ trực tuyến tối thiểu (%)",
            "“101” không dùng được; cần một số, số lẻ viết dấu chấm, ít nhất 0, nhiều nhất 100",
        ),
        (
            {"parameters": {"top_units": "năm"}},
            "Số đơn vị trực thuộc có nhiều hồ sơ nhất được nêu tên",
            "“năm” không dùng được; cần một số nguyên, ít nhất 1",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    registries: Registries, changes: dict[str, object], where: str, says: str
) -> None:
    checked = registries.check(replace(DISPATCH, **changes))  # type: ignore[arg-type]
    (problem,) = checked.problems
    assert problem.field == where
    assert problem.text.startswith(says)
    assert not checked.requests and not checked.command


def test_all_that_is_wrong_is_said_at_once(registries: Registries) -> None:
    checked = registries.check(Choices("portal-dispatch", "", "x", parameters={"top_units": "0"}, formats=[]))
    assert len(checked.problems) == 4
    assert status(checked).count("<li>") == 4


def test_a_grid_is_the_batch_command(registries: Registries) -> None:
    wanted = GridChoices(report="portal-dispatch", units="parent=tuan-giao", periods="2020-Q1, Quý II/2020")
    checked = registries.check_grid(wanted)
    assert len(checked.requests) == 2 * 19
    command = "baocao batch --report portal-dispatch --units parent=tuan-giao --periods 2020-Q1,2020-Q2"
    assert checked.command == command
    assert "38 báo cáo: 19 đơn vị, 2 kỳ" in status(checked)
    several = registries.check_grid(replace(wanted, units="under=tuan-giao and level=commune", formats=("pdf",)))
    assert "--units 'under=tuan-giao and level=commune'" in several.command
    assert several.command.endswith("--formats pdf")
    named = registries.check_grid(GridChoices(batch="hai-phong-2022"))
    assert named.command == "baocao batch hai-phong-2022"
    assert len(named.requests) == 8


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"units": ""}, "Các đơn vị"),
        ({"units": "under tuan-giao"}, "Các đơn vị"),
        ({"periods": ""}, "Các kỳ"),
        ({"periods": "2020-Q1,2020-Q7"}, "Các kỳ"),
        ({"units": "tuan-giao", "periods": "2030-Q1"}, "Chưa lập được"),
    ],
)
def test_a_wrong_grid_is_said_too(registries: Registries, changes: dict[str, str], where: str) -> None:
    good = GridChoices(report="portal-dispatch", units="tuan-giao", periods="2020-Q1")
    (problem,) = registries.check_grid(replace(good, **changes)).problems  # type: ignore[arg-type]
    assert problem.field == where


def test_periods_are_offered_as_the_unit_stated_them(registries: Registries) -> None:
    assert "2020-Q1" in registries.offered_periods("tuan-giao")
    assert registries.offered_periods("nobody") == []


def test_text_from_data_stays_text() -> None:
    page = framed('<p title="x">&amp;</p><script>alert(1)</script>', '"><b>')
    assert "<script>" not in page and "<b>" not in page and page.count('"') % 2 == 0
    assert "<i>" not in refused("<i>lỗi</i>", blocked=True)
