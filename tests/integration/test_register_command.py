"""`baocao ingest <register>` as a process, and the three sample offices' registers, whole."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from baocao.intake.register import load_register, register_ids
from baocao.intake.source import find_sources, read_delivery
from baocao.periods import Periods
from baocao.project import Project
from baocao.store.registers import ingest_register, read_register
from baocao.store.tables import Store
from tests.conftest import ROOT
from tests.integration.conftest import Baocao

#: Sample offices that deliver registers.
SAMPLES = ("uong-bi-2020q1", "hong-gai-2024-6m", "truong-thi-2023-9m")
HONG_GAI = Path("data") / "samples" / "hong-gai-2024-6m"


def copy_sample(project: Project, name: str) -> Path:
    return Path(shutil.copytree(ROOT / "data" / "samples" / name, project.root / "data" / "samples" / name))


def test_ingested_twice_corrected_and_read_as_of_before(baocao: Baocao, project: Project) -> None:
    copy_sample(project, HONG_GAI.name)
    first = json.loads(baocao("ingest", "documents", str(HONG_GAI), "--json").stdout)
    assert (first["table"], first["version"]) == ("register_documents", 0)
    assert first["lists"] == {"added": 1, "replaced": 0, "unchanged": 0}
    again = json.loads(baocao("ingest", "documents", str(HONG_GAI), "--json").stdout)
    assert (again["version"], again["lists"]["unchanged"]) == (0, 1)

    path = project.root / HONG_GAI / "documents.csv"
    text = path.read_text(encoding="utf-8")
    corrected = text.replace(",2024-04-09,", ",2024-01-19,").replace(",2024-01-23,", ",2024-13-23,")
    path.write_text(corrected, encoding="utf-8", newline="\n")
    done = baocao("ingest", "documents", str(HONG_GAI))
    assert done.returncode == 0, done.stderr
    assert "documents.csv: 27 rows (documents, hong-gai), 1 quarantined" in done.stdout
    assert "row 8, column “Ngày ban hành”: found “2024-13-23”, expected a day from 1975 to 2099" in done.stdout
    assert "register_documents version 1: 0 lists new, 1 replaced, 0 unchanged" in done.stdout
    (kept,) = project.quarantine.glob("documents/documents-*.csv")
    assert project.relative(kept) in done.stdout
    assert "32/QĐ-UBND" in kept.read_text(encoding="utf-8-sig")

    definition = load_register(project, "documents")
    period = Periods(project).resolve("2024-6T", "hong-gai")
    for as_of, day in (("0", "2024-04-09"), (None, "2024-01-19")):
        entries = read_register(Store(project.store), definition, "hong-gai", period.from_date, period.to_date, as_of)
        (moved,) = (entry for entry in entries if entry["number"] == "31/QĐ-UBND")
        assert (moved["date"].isoformat(), moved["file"], moved["row"]) == (day, "documents.csv", 9)
    history = baocao("store", "history", "register_documents", "--json")
    assert [entry["version"] for entry in json.loads(history.stdout)["versions"]] == [0, 1]


def test_a_file_without_a_sidecar_needs_unit_and_period(baocao: Baocao, project: Project) -> None:
    (project.root / "list.csv").write_text("Kế hoạch,Ghi chú\nKế hoạch năm,\n", encoding="utf-8")
    assert "say whose it is and when: --unit CODE --period ID" in baocao("ingest", "plans", "list.csv").stderr
    done = baocao("ingest", "plans", "list.csv", "--unit", "uong-bi", "--period", "2020-Q1")
    assert "list.csv: 1 rows (plans, uong-bi), 0 quarantined" in done.stdout


def test_an_unknown_dataset_names_the_nearest(baocao: Baocao) -> None:
    done = baocao("ingest", "plan", "list.csv")
    assert done.returncode == 2
    assert "unknown dataset “plan”; did you mean “plans”" in done.stderr


def test_registers_are_listed_among_the_datasets(baocao: Baocao) -> None:
    listed = json.loads(baocao("list", "datasets", "--json").stdout)["datasets"]
    assert {"id": "documents", "name": "Sổ theo dõi văn bản"} in listed


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_ingests_without_a_rejected_row(project: Project, name: str) -> None:
    folder = copy_sample(project, name)
    delivery = read_delivery(project, folder)
    unit, period = str(delivery.unit), Periods(project).resolve(str(delivery.period), str(delivery.unit))
    assert (period.from_date, period.to_date) == (delivery.from_date, delivery.to_date)
    delivered = {entry.dataset: 0 for entry in delivery.files if entry.dataset in register_ids(project)}
    assert {"documents", "plans", "staff", "statistics"} <= delivered.keys()
    for dataset in delivered:
        definition = load_register(project, dataset)
        done = ingest_register(project, definition, find_sources(project, dataset, [folder]))
        for source, read in done.files:
            assert (read.problems, read.kept, read.unmapped) == ([], None, [])
            with source.path.open(encoding="utf-8", newline="") as file:
                delivered[dataset] += sum("Không phát sinh" not in row.values() for row in csv.DictReader(file))
        stored = read_register(Store(project.store), definition, unit, period.from_date, period.to_date)
        assert len(stored) == delivered[dataset], dataset
        places = [(entry["table"], entry["row"]) for entry in stored]
        assert places == sorted(places)


def test_the_registers_of_uong_bi_give_the_printed_sums(project: Project) -> None:
    folder = copy_sample(project, "uong-bi-2020q1")
    period = Periods(project).resolve("2020-Q1", "uong-bi")

    def entries(dataset: str) -> list[dict[str, object]]:
        definition = load_register(project, dataset)
        ingest_register(project, definition, find_sources(project, dataset, [folder]))
        return read_register(Store(project.store), definition, "uong-bi", period.from_date, period.to_date)

    procedures, subtotals = entries("procedures"), entries("procedure-subtotals")
    levels = [entry["level"] for entry in procedures]
    assert [levels.count(level) for level in ("2", "3", "4", None)] == [22, 146, 114, 2]
    assert sum(entry["postal_return"] is True for entry in procedures) == 223
    assert sum(entry["postal_results"] or 0 for entry in procedures) == 337  # type: ignore[misc]
    total = next(entry for entry in subtotals if entry["row_type"] == "total")
    for column in ("procedures", "received", "level2", "level3", "level4", "received_online", "postal_results"):
        parts = [entry[column] or 0 for entry in subtotals if entry["row_type"] == "field"]
        assert sum(parts) == total[column], column  # type: ignore[arg-type]
    roles = [entry["role"] for entry in entries("documents")]
    assert (roles.count("issued"), roles.count("continued")) == (27, 9)
    assert roles.count("cited") >= 79  # those of other offices
