"""Two outputs compared: figures, cells and sentences, each with what changed them; what cannot be compared is said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from baocao.errors import ConfigurationError
from baocao.project import Project
from baocao.run.comparison import Wanted, compare
from baocao.run.job import run_job
from baocao.run.request import resolve_request
from baocao.run.rerun import rerun
from tests.backtests.conftest import deliver_registers, deliver_sample, make_periodic
from tests.integration.conftest import Baocao
from tests.integration.made_reports import deliver_tables, late_correction, make
from tests.integration.office import AN, CHAU, DISTRICT, Office, done, dossier

Edit = Callable[[Path, str, str], None]


def told(project: Project, *folders: Path) -> dict[str, Any]:
    return compare(project, *(Wanted(str(folder), None, None) for folder in folders)).record()


def figures(content: dict[str, Any]) -> dict[str, Any]:
    return {figure["id"]: figure for figure in content["figures"]}


@pytest.fixture
def reported(project: Project) -> tuple[Project, Path]:
    deliver_tables(project)
    return project, make(project)


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
    same = baocao("diff", str(folder), str(folder))
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


def _dispatch(office: Office) -> Path:
    stated = "periods:\n  2020-Q1: {from: 2020-01-01, to: 2020-03-31, source: made up}\n"
    (office.project.params / "periods" / f"{DISTRICT}.yaml").write_text(stated, encoding="utf-8")
    request = resolve_request(office.project, "portal-dispatch", DISTRICT, "2020-Q1")
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


def test_rerun_needs_something_to_change(reported: tuple[Project, Path]) -> None:
    project, folder = reported
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ConfigurationError, match="nothing would be changed"):
        rerun(project, folder, {}, None)
    with pytest.raises(ConfigurationError, match="did you mean “top_units”"):
        rerun(project, folder, {"top_unit": "3"}, None)
    again = rerun(project, folder, {"top_units": "3"}, None).folder
    assert again != folder and {path.name: path.read_bytes() for path in folder.iterdir()} == before
