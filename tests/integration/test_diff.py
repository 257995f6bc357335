"""Two outputs compared: figures, cells and sentences, each with what changed them; what cannot be compared is said."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from baocao.errors import ConfigurationError, StoreError
from baocao.project import Project
from baocao.provenance.manifest import ManifestError
from baocao.run.comparison import Wanted, compare
from baocao.run.job import run_job
from baocao.run.request import resolve_request
from baocao.run.rerun import rerun
from baocao.store.tables import Store
from tests.backtests.conftest import deliver_registers, deliver_sample, make_periodic
from tests.conftest import copy_project
from tests.integration.conftest import Baocao, fresh
from tests.integration.made_reports import deliver_tables, late_correction, make
from tests.integration.office import AN, BINH, CHAU, DISTRICT, Office, done, dossier

Edit = Callable[[Path, str, str], None]


def told(project: Project, *folders: Path) -> dict[str, Any]:
    return compare(project, *(Wanted(str(folder), None, None) for folder in folders)).record()


def figures(content: dict[str, Any]) -> dict[str, Any]:
    return {figure["id"]: figure for figure in content["figures"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """The dispatch, made once."""
    project = copy_project(tmp_path_factory.mktemp("diff") / "project")
    deliver_tables(project)
    return project, make(project)


@pytest.fixture
def reported(made: tuple[Project, Path], project: Project) -> tuple[Project, Path]:
    """A copy of it."""
    then, folder = made
    shutil.copytree(then.root, project.root, dirs_exist_ok=True)
    return project, project.root / folder.relative_to(then.root)


def test_rows_of_printed_tables_explain_a_difference(reported: tuple[Project, Path]) -> None:
    project, folder = reported
    late_correction(project)
    content = told(project, folder, rerun(project, folder, {}, "one_stop_summary=1").folder)
    found = figures(content)
    assert found["late_rate_pct"]["old"] == 9.74 and found["late_rate_pct"]["new"] == 9.62
    assert found["late_rate_pct"]["old_parts"] == [85, 873] and found["late_rate_pct"]["new_parts"] == [84, 873]
    late = found["resolved_late@tuan-giao.quai-to"]
    assert (late["old"], late["new"], late["difference"], late["explained"]) == (57, 56, -1, True)
    (cause,) = late["causes"]
    assert cause["kind"] == "rows" and "giải quyết trễ hạn 57 → 56" in cause["text"]
    assert any(place.startswith("one-stop-by-unit/") for place in late["printed"])
    assert all(figure["explained"] for figure in content["figures"])
    detail = [row for row in content["rows"] if row["row_type"] == "detail"]
    assert [(row["unit"], row["columns"]["resolved_late"]) for row in detail] == [("tuan-giao.quai-to", [57, 56])]
    assert content["dossiers"] == [] and content["cells"] == []


def test_as_people_call_it(reported: tuple[Project, Path], baocao: Baocao, tmp_path: Path) -> None:
    project, folder = reported
    late_correction(project)
    same = fresh(project.root, "diff", str(folder), str(folder))
    assert same.returncode == 0 and same.stdout == "nothing differs\n"
    out = tmp_path / "giải trình"
    done = baocao("diff", str(folder), "--as-of", "0", "--as-of", "1", "--out", str(out))
    assert done.returncode == 1, done.stderr
    assert "9.74" in done.stdout and "9.62" in done.stdout and "-0.12" in done.stdout
    assert sorted(path.name for path in out.iterdir()) == ["changes.html", "changes.json", "changes.pdf"]
    page = (out / "changes.html").read_text(encoding="utf-8")
    assert "BẢNG GIẢI TRÌNH CHÊNH LỆCH SỐ LIỆU" in page and "giải quyết trễ hạn 57 → 56" in page
    sheets = PdfReader(out / "changes.pdf").pages
    assert "9,62" in "".join(sheet.extract_text() for sheet in sheets)
    newest = baocao(
        "diff", "tuan-giao/2020-Q1", "--report", "portal-dispatch", "--as-of", "0", "--as-of", "1", "--json"
    )
    assert newest.returncode == 1, newest.stderr
    assert json.loads(newest.stdout)["figures"] == json.loads((out / "changes.json").read_bytes())["figures"]
    assert baocao("diff", str(folder)).returncode == 2
    assert "is no finished report" in baocao("diff", str(folder), "tuan-giao").stderr


def test_a_changed_definition_and_rounding_are_the_cause(reported: tuple[Project, Path], edit: Edit) -> None:
    project, folder = reported
    kept = folder.rename(folder.with_name("kept"))
    path = project.params / "indicators" / "one-stop.yaml"
    definition = (
        "    definition: Hồ sơ đã giải quyết trễ hạn trên tổng số hồ sơ nhận giải quyết, gồm kỳ trước chuyển sang\n"
    )
    edit(path, f"    decimals: 2\n{definition}", "    decimals: 1\n    definition: Trên số hồ sơ nhận giải quyết\n")
    content = told(project, kept, make(project))
    rate = figures(content)["late_rate_pct"]
    assert {cause["kind"] for cause in rate["causes"]} == {"definition", "rounding"} and rate["explained"]
    assert ["file", "params/indicators/one-stop.yaml"] in [
        [entry["kind"], entry["name"]] for entry in content["inputs"]
    ]
    assert not [name for name in figures(content) if not name.startswith("late_rate_pct")]


def test_a_parameter_that_changes_words_is_a_difference(reported: tuple[Project, Path]) -> None:
    project, folder = reported
    content = told(project, folder, rerun(project, folder, {"top_units": "3"}, None).folder)
    assert not content["same"]
    assert [entry["name"] for entry in content["inputs"]] == ["top_units"]
    assert content["texts"] and content["figures"] == []


def test_entries_of_registers_explain_a_difference(tmp_path: Path, edit: Edit) -> None:
    project = deliver_registers(tmp_path / "project", Path("data") / "samples" / "hong-gai-2024-6m")
    folder = make_periodic(project, "hong-gai", "2024-6T").folder
    kept = folder.rename(folder.with_name("kept"))
    sample = project.root / "data" / "samples" / "hong-gai-2024-6m"
    edit(sample / "statistics.csv", 'quán triệt)",Văn bản,6,', 'quán triệt)",Văn bản,9,')
    deliver_sample(project, sample)
    content = told(project, kept, make_periodic(project, "hong-gai", "2024-6T").folder)
    changed = figures(content)["steering_documents"]
    assert changed["difference"] == 3 and changed["explained"]
    assert {cause["kind"] for cause in changed["causes"]} == {"register"}
    assert [entry["register"] for entry in content["entries"]] == ["statistics", "statistics"]


def test_a_moved_dossier_goes_from_one_unit_to_the_other(office: Office) -> None:
    """Twins beside it, known before and after, are nobody's cause."""
    still = [dossier("HS-1", AN), done("HS-2", DISTRICT)]
    office.dossiers(*still, dossier("HS-3", AN))
    first = _dispatch(office)
    office.dossiers(*still, dossier("HS-3", CHAU))
    content = told(office.project, first, rerun(office.project, first, {}, "dossiers=1").folder)
    found = figures(content)
    assert found[f"received_total@{AN}"]["difference"] == -1 and "received_total" not in found
    causes = {name for figure in content["figures"] for cause in figure["causes"] for name in cause["dossiers"]}
    assert [figure for figure in content["figures"] if not figure["explained"]] == []
    assert causes == {"HS-3"}
    (moved,) = content["dossiers"]
    assert moved["change"] == "moved" and moved["columns"]["unit"] == [AN, CHAU]


def test_two_periods_stand_side_by_side_with_the_units_and_fields_that_differ_most(
    office: Office, baocao: Baocao, tmp_path: Path
) -> None:
    """Q1: five dossiers, two of them at the district's own desk. Q2: eleven."""
    spring = {"received_date": date(2020, 4, 13), "due_date": date(2020, 5, 4), "finished_date": date(2020, 5, 5)}
    office.dossiers(
        *(done(f"A-{number}", AN) for number in range(3)),
        *(done(f"D-{number}", DISTRICT) for number in range(2)),
        *(done(f"A-{number}", AN, **spring) for number in range(3, 8)),
        *(done(f"B-{number}", BINH, **spring) for number in range(2)),
        done("D-2", DISTRICT, **spring),
        *(done(f"D-{number}", DISTRICT, field="Hộ tịch", **spring) for number in range(3, 6)),
        last=date(2020, 6, 30),
    )
    folders = [_dispatch(office, period) for period in ("2020-Q1", "2020-Q2")]
    out = tmp_path / "hai kỳ"
    said = baocao("diff", *map(str, folders), "--out", str(out))
    assert said.returncode == 1, said.stderr
    content = json.loads((out / "changes.json").read_bytes())
    assert content["same_period"] is False and content["warnings"] == [] and content["dossiers"] == []
    found = figures(content)
    total = found["received_total"]
    assert (total["old"], total["new"], total["difference"]) == (5, 11, 6)
    by_unit, by_field = total["breakdowns"]
    assert by_unit == {
        "by": "unit",
        "complete": True,
        "shares": [
            {"name": "UBND huyện Đông", "old": 2, "new": 4, "difference": 2, "unprinted": []},
            {"name": "UBND xã An", "old": 3, "new": 5, "difference": 2, "unprinted": []},
            {"name": "UBND xã Bình", "old": 0, "new": 2, "difference": 2, "unprinted": []},
        ],
    }
    assert not by_field["complete"]  # the desk is a part of the district
    (cause,) = total["causes"]
    assert cause["kind"] == "period" and cause["dossiers"] == []
    words = "Theo đơn vị, khác nhiều nhất: UBND huyện Đông 2 → 4 (+2); UBND xã An 3 → 5 (+2); UBND xã Bình 0 → 2 (+2)"
    assert cause["text"].startswith(words)
    desk = found[f"received_total@{DISTRICT}"]["breakdowns"]
    assert [(part["by"], part["complete"]) for part in desk] == [("field", True)]
    assert {share["name"]: (share["old"], share["new"]) for share in desk[0]["shares"]} == {
        "Đất đai": (2, 1),
        "Hộ tịch": (None, 3),
    }
    (cause,) = found["late_rate_pct"]["causes"]
    assert cause["text"] == "Tử số 0 → 11, mẫu số 5 → 11"
    assert words in said.stdout
    page = (out / "changes.html").read_text(encoding="utf-8")
    assert "Hai bản thuộc hai kỳ báo cáo khác nhau" in page and words in page and "giải trình được" not in page
    printed = "".join(sheet.extract_text() for sheet in PdfReader(out / "changes.pdf").pages)
    assert "SỐ LIỆU HAI KỲ" in printed and "Quý II/2020" in printed


def _dispatch(office: Office, period: str = "2020-Q1") -> Path:
    stated = (
        "periods:\n  2020-Q1: {from: 2020-01-01, to: 2020-03-31, source: made up}\n"
        "  2020-Q2: {from: 2020-04-01, to: 2020-06-30, source: made up}\n"
    )
    (office.project.params / "periods" / f"{DISTRICT}.yaml").write_text(stated, encoding="utf-8")
    request = resolve_request(office.project, "portal-dispatch", DISTRICT, period)
    return run_job(office.project, request, ("ipynb", "html")).folder


def test_what_cannot_be_compared_is_said(reported: tuple[Project, Path], tmp_path: Path) -> None:
    project, folder = reported
    other = tmp_path / "other"
    other.mkdir()
    for path in folder.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    manifest = other / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"report": "portal-dispatch"', '"report": "dossier-watch"'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"two different reports cannot be compared.*baocao summary"):
        told(project, folder, other)
    manifest.write_text(text.replace('"unit": "tuan-giao"', '"unit": "uong-bi"', 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"two different offices.*--units tuan-giao,uong-bi"):
        told(project, folder, other)


def test_what_can_still_be_shown_is(reported: tuple[Project, Path], baocao: Baocao, tmp_path: Path, edit: Edit) -> None:
    """Of a table version that was compacted away, an edited output, an edited manifest, one of an older schema."""
    project, folder = reported
    late_correction(project)
    again = rerun(project, folder, {}, "one_stop_summary=1").folder
    store = Store(project.store)
    then, now = store.open("one_stop_summary", "0"), store.open("one_stop_summary")
    assert then is not None and now is not None
    for file in set(store.files(then)) - set(store.files(now)):
        Path(file).unlink()
    edit(folder / "report.html", "</html>", "</html><!-- -->")
    said = baocao("diff", str(folder), str(again), "--out", str(tmp_path))
    assert said.returncode == 1, said.stderr
    content = json.loads((tmp_path / "changes.json").read_bytes())
    edited, untraced = content["warnings"]
    assert edited == "Bản cũ: report.html đã bị sửa hoặc không còn sau khi lập"
    assert untraced.startswith("Kho số liệu không còn đủ các phiên bản đã dùng (one_stop_summary=0")
    late = figures(content)["resolved_late@tuan-giao.quai-to"]
    assert (late["old"], late["new"], late["explained"]) == (57, 56, False)
    assert f"warning {untraced}" in said.stdout.splitlines()
    page = (tmp_path / "changes.html").read_text(encoding="utf-8")
    assert "Lưu ý: Bản cũ: report.html đã bị sửa" in page and "chưa giải trình được hết" in page
    with pytest.raises(StoreError, match="version 0 was compacted away"):
        rerun(project, folder, {"top_units": "3"}, None)

    manifest = folder / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"top_units": "', '"top_units": "1'), encoding="utf-8")
    assert "report.html, manifest.json đã bị sửa" in told(project, folder, again)["warnings"][0]
    with pytest.raises(ManifestError, match=r"manifest\.json: was edited since it was written"):
        rerun(project, folder, {"top_units": "3"}, None)
    manifest.write_text(text.replace('"schema": 2', '"schema": 1'), encoding="utf-8")
    for words in (("diff", folder, again), ("rerun", folder, "-p", "top_units=3")):
        said = baocao(*map(str, words))
        assert said.returncode == 1 and "is of an older schema (1, this baocao writes 2)" in said.stderr
    (folder / "indicators.json").write_text("{", encoding="utf-8")
    manifest.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError, match=r"indicators\.json, report\.html was edited and cannot be read"):
        told(project, folder, again)


def test_rerun_needs_something_to_change(reported: tuple[Project, Path]) -> None:
    project, folder = reported
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ConfigurationError, match="nothing would be changed"):
        rerun(project, folder, {}, None)
    with pytest.raises(ConfigurationError, match="did you mean “top_units”"):
        rerun(project, folder, {"top_unit": "3"}, None)
    again = rerun(project, folder, {"top_units": "3"}, None).folder
    assert again != folder and {path.name: path.read_bytes() for path in folder.iterdir()} == before
