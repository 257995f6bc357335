"""The dispatch made from a list of dossiers: the printed figures again, but for the two that nobody can account for."""

from typing import Any

import pytest

from baocao.intake.dossier_source import find_lists
from baocao.project import Project
from baocao.samples.like import sample_like
from baocao.store.ingest_dossiers import ingest_dossiers
from tests.backtests.conftest import Made, deliver, make
from tests.conftest import SAMPLE, copy_project

CHIENG_DONG = "UBND Xã Chiềng Đông"


def made_up(project: Project) -> list[str]:
    """Ingest dossiers that reproduce the printed tables; what had to be assumed for them."""
    sample = sample_like(project, "tuan-giao-2020q1")
    for listed in find_lists(project, [str(sample.folder)]):
        balance = ingest_dossiers(project, listed).balance
        assert (balance.read, balance.stored) == (873, 873)
    return list(sample.notes)


@pytest.fixture(scope="module")
def from_dossiers(tmp_path_factory: pytest.TempPathFactory) -> Made:
    project = copy_project(tmp_path_factory.mktemp("from-dossiers") / "project")
    assert [CHIENG_DONG in note for note in made_up(project)] == [True]
    return make(project)


@pytest.fixture(scope="module")
def from_both(tmp_path_factory: pytest.TempPathFactory) -> Made:
    project = copy_project(tmp_path_factory.mktemp("from-both") / "project")
    made_up(project)
    deliver(project, project.root / SAMPLE)
    return make(project)


def figures(row: list[str]) -> list[str]:
    """The cells of a row that hold figures, a blank read as 0."""
    return [cell.replace("–", "") or "0" for cell in row]


@pytest.mark.parametrize("form", ["one-stop-by-field", "one-stop-by-procedure", "late-rates-by-unit"])
def test_tables_equal_those_made_from_the_print(form: str, from_dossiers: Made, as_printed: Made) -> None:
    def known(made: Made) -> list[list[str]]:
        rows = [figures(row)[1:] for row in made.table(form)]
        return sorted(row for row in rows if row[0] != CHIENG_DONG and not row[0].startswith("Tổng"))

    assert known(from_dossiers) == known(as_printed)
    assert len(known(from_dossiers)) > 9


def test_table_by_unit_differs_by_the_two_dossiers_alone(from_dossiers: Made, as_printed: Made) -> None:
    ours = {row[1]: figures(row)[2:] for row in from_dossiers.table("one-stop-by-unit")}
    theirs = {row[1]: figures(row)[2:] for row in as_printed.table("one-stop-by-unit")}
    assert ours.keys() == theirs.keys()
    different = {
        name: [(int(a), int(b)) for a, b in zip(ours[name], theirs[name], strict=True) if a != b]
        for name in ours
        if ours[name] != theirs[name]
    }
    assert set(different) - {"Tổng"} == {CHIENG_DONG}
    for pairs in different.values():  # pending in all, and pending in time
        assert [a - b for a, b in pairs] == [2, 2]


def test_text_equals_that_made_from_the_print(from_dossiers: Made, as_printed: Made) -> None:
    def values(made: Made) -> dict[str, Any]:
        return {
            name: entry["value"]
            for name, entry in made.json("indicators.json").items()
            if any(place.startswith("narrative:") for place in entry["printed"])
        }

    ours, theirs = values(from_dossiers), values(as_printed)
    assert ours.keys() == theirs.keys()
    different = {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}
    assert different == {"pending_total": (98, 96)}


def test_both_are_compared_and_counted_once(from_both: Made, from_dossiers: Made) -> None:
    ours, alone = from_both.json("indicators.json"), from_dossiers.json("indicators.json")
    assert {name: entry["value"] for name, entry in ours.items()} == {
        name: entry["value"] for name, entry in alone.items()
    }
    found = [
        (finding["row"], finding["column"], finding["difference"])
        for finding in from_both.json("findings.json")["findings"]
        if finding["expectation"] == "tables-agree-with-dossiers" and finding["success"] is False
    ]
    assert found == [(CHIENG_DONG, "pending_in_time", -2), (CHIENG_DONG, "stated_pending_total", -2)]


def test_manifest_names_both_tables(from_both: Made) -> None:
    tables = from_both.json("manifest.json")["tables"]
    assert {name: entry["version"] for name, entry in tables.items()} == {"dossiers": 0, "one_stop_summary": 0}
