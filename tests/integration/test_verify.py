"""Finished reports made again: the same bytes anywhere, and what is not the same is named."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from baocao.project import Project
from baocao.provenance import manifest as manifests
from baocao.provenance.manifest import ManifestError
from baocao.run import verification
from baocao.run.verification import Verification, verify
from baocao.store.tables import Store
from tests.backtests.conftest import deliver_registers, make_periodic
from tests.conftest import copy_project
from tests.integration.conftest import call
from tests.integration.made_reports import deliver_tables, late_correction, make

Edit = Callable[[Path, str, str], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the finished dispatch; tests work on copies."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("BAOCAO_STORE", "BAOCAO_OUTPUTS", "BAOCAO_PROJECT"):
            patch.delenv(name, raising=False)
        project = copy_project(tmp_path_factory.mktemp("made") / "project")
        deliver_tables(project)
        make(project)
        return project.root


@pytest.fixture
def report(made: Path, tmp_path: Path) -> tuple[Project, Path]:
    """A copy of that project, and the report's folder in it."""
    root = Path(shutil.copytree(made, tmp_path / "copy"))
    return Project(root), root / "outputs" / "portal-dispatch" / "2020-Q1" / "tuan-giao"


def told(found: Verification) -> list[str]:
    return [str(cause) for cause in found.causes]


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(content)
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def test_a_copied_folder_is_identical_and_so_is_one_of_an_earlier_version(
    report: tuple[Project, Path], tmp_path: Path
) -> None:
    """The project lies elsewhere than where it was made, the folder elsewhere still, and newer data are stored."""
    project, folder = report
    late_correction(project)
    elsewhere = Path(shutil.copytree(folder, tmp_path / "bản sao"))
    found = verify(project, elsewhere)
    assert found.identical and told(found) == []
    assert set(found.outputs) == {"report.ipynb", "report.html", "indicators.json", "findings.json"}
    assert json.loads((elsewhere / "manifest.json").read_text(encoding="utf-8"))["injected"]["as_of"] is None
    assert not list(project.root.glob("outputs/*/*/tuan-giao~*"))


def test_as_people_call_it(report: tuple[Project, Path]) -> None:
    project, folder = report
    done = call(project.root, "verify", str(folder))
    assert done.returncode == 0 and "identical (4 files)" in done.stdout
    page = folder / "report.html"
    page.write_text(page.read_text(encoding="utf-8").replace("873", "874"), encoding="utf-8")
    done = call(project.root, "verify", str(folder), "--json")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)["reports"]
    assert not found["identical"]
    assert found["outputs"]["report.html"] == "edited" and found["outputs"]["indicators.json"] == "identical"
    assert [(cause["kind"], cause["name"]) for cause in found["causes"]] == [("output", "report.html")]


def test_an_output_edited_together_with_its_hash_is_seen(report: tuple[Project, Path]) -> None:
    project, folder = report
    page = folder / "report.html"
    page.write_text(page.read_text(encoding="utf-8").replace("873", "874"), encoding="utf-8")
    rewrite(folder, lambda content: content["outputs"].update({"report.html": manifests.digest(page.read_bytes())}))
    found = verify(project, folder)
    assert not found.identical and found.outputs["report.html"] == "differs"


def test_an_edited_manifest_is_seen_and_its_words_are_tried(report: tuple[Project, Path]) -> None:
    project, folder = report
    rewrite(folder, lambda content: content["injected"].update({"top_units": 3}))
    found = verify(project, folder)
    assert not found.identical
    assert "manifest: manifest.json: as it was written → edited since" in told(found)
    assert found.outputs["report.html"] == "differs" and found.outputs["findings.json"] == "identical"


def test_a_file_that_is_missing_or_does_not_belong(report: tuple[Project, Path]) -> None:
    project, folder = report
    (folder / "report.html").unlink()
    (folder / "ghi chú.txt").write_text("x", encoding="utf-8")
    found = verify(project, folder)
    assert not found.identical and found.outputs["report.html"] == "missing"
    assert "output: report.html is gone" in told(found) and "output: ghi chú.txt is new" in told(found)


@pytest.mark.parametrize("schema", [1, 9])
def test_a_manifest_of_another_schema_still_has_its_outputs_compared(report: tuple[Project, Path], schema: int) -> None:
    project, folder = report
    rewrite(folder, lambda content: content.update({"schema": schema}))
    (folder / "report.html").write_bytes(b"x")
    found = verify(project, folder)
    assert not found.identical
    assert found.outputs["report.html"] == "edited" and found.outputs["indicators.json"] == "unchecked"
    assert any(f"schema ({schema}, this baocao writes 2)" in text for text in told(found))


def test_a_folder_without_manifest_is_named(report: tuple[Project, Path]) -> None:
    project, folder = report
    (folder / "manifest.json").unlink()
    with pytest.raises(ManifestError, match="there is no manifest"):
        verify(project, folder)


def test_a_changed_form_is_named(report: tuple[Project, Path], edit: Edit) -> None:
    project, folder = report
    form = project.params / "forms" / "one-stop-by-unit.yaml"
    edit(form, "label: Biểu 2\n", "label: Biểu 02\n")
    found = verify(project, folder)
    assert not found.identical and found.outputs["report.html"] == "differs"
    assert told(found) == ["form: params/forms/one-stop-by-unit.yaml has changed"]


def test_a_units_new_parent_is_named(report: tuple[Project, Path]) -> None:
    project, folder = report
    units = project.params / "units" / "dien-bien.csv"
    lines = [
        line.replace(",tuan-giao,", ",dien-bien,") if line.startswith("tuan-giao.quai-to,") else line
        for line in units.read_text(encoding="utf-8").splitlines()
    ]
    units.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = verify(project, folder)
    assert not found.identical
    assert "unit: tuan-giao.quai-to: parent tuan-giao → parent dien-bien" in told(found)


def test_another_package_is_named(report: tuple[Project, Path], tmp_path: Path) -> None:
    """Python finds another pandas installed before the one there is."""
    project, folder = report
    installed = tmp_path / "installed" / "pandas-0.1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: pandas\nVersion: 0.1\n", encoding="utf-8")
    found_first = os.pathsep.join((str(installed.parent), os.environ.get("PYTHONPATH", "")))
    done = call(project.root, "verify", str(folder), "--json", env={"PYTHONPATH": found_first})
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["reports"]
    assert found["identical"]  # the bytes are what is compared
    assert [(cause["kind"], cause["name"], cause["new"]) for cause in found["causes"]] == [("package", "pandas", "0.1")]


def test_a_version_that_was_compacted_away_is_named(report: tuple[Project, Path]) -> None:
    project, folder = report
    late_correction(project)
    store = Store(project.store)
    then, now = store.open("one_stop_summary", "0"), store.open("one_stop_summary")
    assert then is not None and now is not None
    for file in set(store.files(then)) - set(store.files(now)):
        Path(file).unlink()
    found = verify(project, folder)
    assert not found.identical and set(found.outputs.values()) == {"unchecked"}
    assert any("version 0 was compacted away" in text for text in told(found))


def test_a_report_that_cannot_be_made_any_more_names_what_changed(report: tuple[Project, Path], edit: Edit) -> None:
    project, folder = report
    edit(project.params / "project.yaml", "profile: as-printed", "profile: strict")
    found = verify(project, folder)
    assert not found.identical
    assert "parameters file: params/project.yaml has changed" in told(found)
    assert any("cannot be made again" in text for text in told(found))


def test_registers_are_read_at_their_versions(tmp_path: Path) -> None:
    """A ward's report of nothing but registers; its tables are named with versions and hashes."""
    project = deliver_registers(tmp_path / "project", Path("data") / "samples" / "hong-gai-2024-6m")
    folder = make_periodic(project, "hong-gai", "2024-6T").folder
    tables = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tables"]
    assert {"register_statistics", "register_documents"} <= tables.keys()
    assert tables["register_statistics"]["rows"] > 50
    found = verify(project, folder)
    assert found.identical and told(found) == []


def test_nothing_is_left_behind(report: tuple[Project, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(verification.tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    before = sorted(path for path in report[0].root.rglob("*") if ".cache" not in path.parts)
    assert verify(*report).identical
    assert sorted(path for path in report[0].root.rglob("*") if ".cache" not in path.parts) == before
    assert list((tmp_path / "scratch").iterdir()) == []
