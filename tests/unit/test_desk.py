"""Choices of the desk: checked as the command line checks them, told as its command."""

import re
import shlex
from dataclasses import replace

import pytest
from markupsafe import escape

from baocao.desk.choices import Choices, GridChoices, Registries
from baocao.desk.pages import framed, refused, status
from baocao.errors import (
    BaocaoError,
    ChecksBlockedError,
    ConfigurationError,
    ExportError,
    InputError,
    NarrativeError,
    NotStoredYetError,
    StoreError,
)
from baocao.project import Project
from baocao.run.execution import RunFailedError
from baocao.run.failures import _SENTENCES, Failure
from baocao.run.request import resolve_request

VIETNAMESE = re.compile("[ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]")
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


def test_a_grid_takes_dates_and_parameters_as_one_report_does(registries: Registries) -> None:
    wanted = GridChoices(
        report="portal-dispatch",
        units="tuan-giao",
        periods="2020-Q1",
        from_date="02/01/2020",
        parameters={"top_units": "3", "online_target_pct": "20"},
        draft=True,
    )
    checked = registries.check_grid(wanted)
    assert not checked.problems
    assert shlex.split(checked.command) == [
        *("baocao", "batch", "--report", "portal-dispatch", "--units", "tuan-giao", "--periods", "2020-Q1"),
        *("--from", "2020-01-02", "-p", "top_units=3", "--draft"),
    ]
    one = Choices("portal-dispatch", "tuan-giao", "2020-Q1", "02/01/2020", parameters={"top_units": "3"}, draft=True)
    assert list(checked.requests) == list(registries.check(one).requests)
    (problem,) = registries.check_grid(replace(wanted, periods="2020-Q1,2020-Q2")).problems
    assert (problem.field, problem.text.partition(";")[0]) == ("Từ ngày", "ngày riêng chỉ dùng được với một kỳ")
    (problem,) = registries.check_grid(replace(wanted, parameters={"top_units": "năm"})).problems
    assert "cần một số nguyên" in problem.text
    (problem,) = registries.check_grid(replace(wanted, to_date="01/01/2020")).problems
    assert problem.text == "ngày đầu 02/01/2020 đứng sau ngày cuối 01/01/2020"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"units": ""}, "Các đơn vị"),
        ({"units": "under tuan-giao"}, "Các đơn vị"),
        ({"periods": ""}, "Các kỳ"),
        ({"periods": "2020-Q1,2020-Q7"}, "Các kỳ"),
        ({"units": "tuan-giao", "periods": "2030-Q1"}, "Các đơn vị"),
    ],
)
def test_a_wrong_grid_is_said_too(registries: Registries, changes: dict[str, str], where: str) -> None:
    good = GridChoices(report="portal-dispatch", units="tuan-giao", periods="2020-Q1")
    (problem,) = registries.check_grid(replace(good, **changes)).problems  # type: ignore[arg-type]
    assert problem.field == where
    assert VIETNAMESE.search(problem.text)


def test_units_of_another_time_are_said_and_of_some_periods_enough(registries: Registries) -> None:
    gone = GridChoices(report="portal-dispatch", units="tuan-giao", periods="2030-Q1,2031-Q1")
    (problem,) = registries.check_grid(gone).problems
    assert problem.text == "không đơn vị nào trong “tuan-giao” tồn tại ở 2030-Q1, 2031-Q1"
    assert len(registries.check_grid(replace(gone, periods="2020-Q1,2030-Q1")).requests) == 1


def test_what_the_registries_say_stands_below_in_their_own_words(registries: Registries) -> None:
    checked = registries.check(replace(DISPATCH, as_of="2019-01-01"))
    (problem,) = checked.problems
    assert problem.text == "không đọc được “2019-01-01”: khi ấy kho chưa có số liệu, hoặc không có phiên bản ấy"
    assert "nothing has been stored yet" in problem.technical
    page = status(checked)
    assert f">{problem.technical}</pre>" in page.partition("Thông báo kỹ thuật:")[2]


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (Failure.of(StoreError("no dossiers have been stored yet; run `baocao ingest dossiers`")), "kho: chưa nạp"),
        (Failure.of(ConfigurationError("plan x is of hai-phong, not of thuy-nguyen")), "Một lựa chọn, hoặc một tệp"),
        (Failure.of(PermissionError(13, "Permission denied", "outputs/x")), "Không đọc hoặc không ghi được tệp"),
        (Failure.of(RunFailedError("notebooks/a_b.ipynb, cell 4: StoreError: hai-phong: x\nsee y")), "kho: chưa nạp"),
        (Failure.of(RunFailedError("notebooks/a_b.ipynb, cell 4: KeyError: 'x'\nsee y")), "Sổ tay hoặc phần mềm"),
        (Failure.of(RunFailedError("somebody stored data while the report was made")), "lập lại lần nữa"),
        (Failure.of(KeyError("x")), "Sổ tay hoặc phần mềm"),
        (Failure("memory", "used more than the 2000 MB it may"), "quá bộ nhớ cho phép"),
    ],
)
def test_a_failure_is_said_in_vietnamese_above_its_own_words(failure: Failure, says: str) -> None:
    page = refused(failure)
    assert page.index("Chưa lập được.") < page.index(says) < page.index("Thông báo kỹ thuật:") < page.index("<pre")
    assert str(escape(failure.text)) in page and "see y" not in page


def test_what_the_checks_found_needs_no_translation() -> None:
    error = ChecksBlockedError("tuan-giao 2020-Q2: data checks block the report:\n- Biểu 1: lệch 2\nsee outputs/x")
    page = refused(Failure.of(error))
    assert "<pre>- Biểu 1: lệch 2</pre>" in page and "block" not in page and "kỹ thuật" not in page


def test_every_error_raised_on_purpose_has_its_sentence() -> None:
    """An error of a new kind would otherwise be said to be the software's fault."""
    meant = {ConfigurationError, InputError, StoreError, NotStoredYetError, ExportError, NarrativeError, RunFailedError}
    assert {kind.__name__ for kind in meant} <= set(_SENTENCES)
    kinds = {*BaocaoError.__subclasses__(), *StoreError.__subclasses__()} - {ChecksBlockedError}
    of_this = {kind for kind in kinds if kind.__module__ in ("baocao.errors", "baocao.run.execution")}
    assert of_this == meant


def test_periods_are_offered_as_the_unit_stated_them(registries: Registries) -> None:
    assert "2020-Q1" in registries.offered_periods("tuan-giao")
    assert registries.offered_periods("nobody") == []


def test_text_from_data_stays_text() -> None:
    page = framed('<p title="x">&amp;</p><script>alert(1)</script>', '"><b>')
    assert "<script>" not in page and "<b>" not in page and page.count('"') % 2 == 0
    for blocked in (True, False):
        assert "<i>" not in refused(Failure("", "<i>lỗi</i>", blocked))
