"""What a report depends on: whatever changes it makes it anew, and nothing else does."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from baocao.project import Project
from baocao.run import fingerprint
from baocao.run.fingerprint import Fingerprints, changed_parts
from baocao.run.freezing import Digests, freeze
from baocao.run.grid import Grid, requests_of
from baocao.units import load_registry
from tests.integration.office import AN, BINH, CHAU, DISTRICT, Office, dossier, new_office


def parts(project: Project, unit: str = "tuan-giao", formats: tuple[str, ...] = ("html",)) -> Mapping[str, str]:
    grid = Grid(report="portal-dispatch", units=f"code={unit}", periods=["2020-Q1"])
    (request,) = requests_of(project, grid)
    found = Fingerprints(project, formats).of(request, "data")
    return {**found.shared.parts, **found.own}


def appended(name: str) -> Callable[[Project], None]:
    """A change to a file of the project; one that is not there begins with it."""

    def change(project: Project) -> None:
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")

    return change


@pytest.mark.parametrize(
    "file",
    [
        "params/units/dien-bien.csv",
        "params/indicators/one-stop.yaml",
        "params/forms/one-stop-by-field.yaml",
        "params/reports/portal-dispatch.yaml",
        "params/documents/tuan-giao/portal-dispatch/2020-Q1.yaml",
        "params/texts/tuan-giao/2020-Q1/opening.md",
        "expectations/one-stop-summary.yaml",
        "notebooks/portal_dispatch.ipynb",
        "data/reasons/tuan-giao.csv",
    ],
)
def test_a_file_it_reads_is_named(project: Project, file: str) -> None:
    before = parts(project)
    appended(file)(project)
    assert changed_parts(before, parts(project)) == [file]


@pytest.mark.parametrize(
    "file",
    [
        "params/texts/hong-gai/2020-Q1/opening.md",
        "params/texts/tuan-giao/2020-Q2/opening.md",
        "params/documents/tuan-giao/portal-dispatch/2020-Q2.yaml",
        "params/batches/another.yaml",
        "notebooks/target_plan.ipynb",
        "data/reasons/hong-gai.csv",
    ],
)
def test_files_of_others_do_not_matter(project: Project, file: str) -> None:
    before = parts(project)
    appended(file)(project)
    assert changed_parts(before, parts(project)) == []


def test_code_packages_and_formats_matter(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = parts(project)
    assert changed_parts(before, parts(project, formats=("html", "pdf"))) == ["parameters"]
    monkeypatch.setattr(fingerprint, "code_hash", lambda: "another")
    assert changed_parts(before, parts(project)) == ["code"]
    monkeypatch.setattr(fingerprint, "package_versions", lambda: {"typst": "0"})
    assert changed_parts(before, parts(project)) == ["code", "packages"]


def digests(office: Office, period: str = "2020-Q1") -> Mapping[str, str]:
    """Digest of the data of each office's report."""
    project = office.project
    frozen = Digests(freeze(project), load_registry(project))
    grid = Grid(report="portal-dispatch", units="under=tinh", periods=[period])
    return {request.unit.code: frozen.of(request) for request in requests_of(project, grid)}


def test_a_change_in_one_commune_reaches_its_parents_and_nobody_else(project: Project) -> None:
    office = new_office(project)
    office.dossiers(dossier("A-1", AN), dossier("B-1", BINH), dossier("C-1", CHAU))
    before, later = digests(office), digests(office, "2020-Q2")
    office.dossiers(dossier("A-2", AN), units=f"code={AN}")
    assert changed_parts(before, digests(office)) == [DISTRICT, AN]
    assert changed_parts(later, digests(office, "2020-Q2")) == [DISTRICT, AN]  # it compares with the period before


def test_an_unread_folder_is_cleared_away_and_one_in_use_stays(project: Project, tmp_path: Path) -> None:
    office = new_office(project)
    office.dossiers(dossier("A-1", AN))
    first = freeze(project)
    in_use = first.with_name("read-by-another")
    in_use.mkdir()
    (in_use / "used-1").touch()  # the first process of a system always lives
    left = first.with_name("left-by-one-that-is-gone")
    left.mkdir()
    (left / "used-999999999").touch()
    office.dossiers(dossier("A-2", AN))
    second = freeze(project)
    assert sorted(path.name for path in second.parent.iterdir()) == sorted([second.name, in_use.name])
    assert freeze(project) == second
