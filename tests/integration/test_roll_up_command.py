"""Roll-ups of what is stored, against its dossiers counted one by one, before and after units were merged."""

import csv
import json
import random
from collections.abc import Callable, Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from click.testing import CliRunner

from baocao.cli.roll_up import command
from baocao.intake import one_stop
from baocao.intake.dossier_source import find_lists
from baocao.intake.one_stop import COUNTS
from baocao.intake.source import find_sources
from baocao.project import Project
from baocao.store.dossiers import scan_dossiers
from baocao.store.ingest import ingest
from baocao.store.ingest_dossiers import ingest_dossiers
from baocao.store.tables import Store
from tests.brute_summary import Row, brute_summary
from tests.conftest import copy_project
from tests.integration.office import SUMMARY

UNITS = """\
code,name,short_name,level,type,parent,aliases,valid_from,valid_to,successors
tinh,UBND tỉnh Mẫu,Mẫu,province,tinh,,,,,
dong,UBND huyện Đông,Đông,district,huyen,tinh,,,2025-06-30,tinh;moi.an;moi.chau
dong.an,UBND xã An,An,commune,xa,dong,,,2025-06-30,moi.an
dong.binh,UBND xã Bình,Bình,commune,xa,dong,,,2025-06-30,moi.an
dong.chau,UBND xã Châu,Châu,commune,xa,dong,,,2025-06-30,moi.chau
tay,UBND huyện Tây,Tây,district,huyen,tinh,,,2025-06-30,tinh;moi.chau
tay.dau,UBND xã Dâu,Dâu,commune,xa,tay,,,2025-06-30,moi.chau
moi.an,UBND xã An,An,commune,xa,tinh,,2025-07-01,,
moi.chau,UBND xã Châu,Châu,commune,xa,tinh,,2025-07-01,,
"""
PAST = ["dong", "dong.an", "dong.binh", "dong.chau", "tay", "tay.dau"]
NEW = ["moi.an", "moi.chau"]
ALL = ["tinh", *PAST, *NEW]
MERGED = date(2025, 7, 1)
SPANS = {
    "2025-Q2": (date(2025, 4, 1), date(2025, 6, 30)),
    "2025-Q3": (date(2025, 7, 1), date(2025, 9, 30)),
    "2025-Q4": (date(2025, 10, 1), date(2025, 12, 31)),
    "2025": (date(2025, 1, 1), date(2025, 12, 31)),
}
RollUp = Callable[..., dict[str, Any]]


def dossiers(source: str, units: Collection[str], first: date, last: date, seed: int) -> list[dict[str, Any]]:
    """What units received between two days, told as of long after: some of it late, some never done."""
    drawn = random.Random(f"{source} {seed}")  # noqa: S311 -- nothing secret
    rows = []
    for number in range(120):
        received = first + timedelta(days=drawn.randrange((last - first).days + 1))
        finished = received + timedelta(days=drawn.randrange(1, 120)) if drawn.random() < 0.85 else None
        rows.append(
            {
                "dossier": f"{source}-{seed}-{number}",
                "unit": drawn.choice(sorted(units)),
                "received_date": received,
                "due_date": received + timedelta(days=drawn.randrange(1, 60)),
                "finished_date": finished,
                "channel": drawn.choice(["online", "direct", "postal"]),
                "status": "processing" if finished is None else "finished",
                "field": "Hộ tịch",
                "procedure": "Đăng ký khai sinh",
                "paid_online": drawn.choice(["1", "0", ""]),
            }
        )
    return rows


def deliver(project: Project, name: str, dataset: str, rows: list[dict[str, Any]], **said: Any) -> Path:
    folder = project.root / "delivered" / name
    folder.mkdir(parents=True)
    with (folder / "list.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    described = {"name": name, "origin": "made up", "unit": "tinh", "files": [{"file": "list.csv", "dataset": dataset}]}
    (folder / "source.yaml").write_text(yaml.safe_dump({**described, **said}, allow_unicode=True), encoding="utf-8")
    return folder


def made(root: Path) -> Project:
    project = copy_project(root)
    for path in (project.params / "units").iterdir():
        path.unlink()
    (project.params / "units" / "mau.csv").write_text(UNITS, encoding="utf-8")
    quarters = [
        f"2025-Q{number}: {{from: 2025-{3 * number - 2:02}-01, to: 2025-{3 * number:02}-{day}, source: mẫu}}"
        for number, day in ((1, 31), (2, 30), (3, 30), (4, 31))
    ]
    quarters.append("2025: {from: 2025-01-01, to: 2025-12-31, source: mẫu}")
    (project.params / "periods" / "tinh.yaml").write_text(f"periods: {{{', '.join(quarters)}}}", encoding="utf-8")
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A province with two systems; in the last quarter one commune delivered nothing."""
    project = made(tmp_path_factory.mktemp("rolled") / "project")
    before, after = (date(2025, 1, 1), MERGED - timedelta(days=1)), (MERGED, date(2025, 12, 31))
    for place, (units, (first, last)) in enumerate([(["tinh", *PAST], before), (["tinh", *NEW], after)]):
        for source in ("cong", "bo"):
            rows = dossiers(source, units, first, last, place)
            said = {"source": source, "period": "2025", "from": first, "to": last}
            folder = deliver(project, f"{source}-{place}", "dossiers", rows, covers={"units": ", ".join(units)}, **said)
            for listed in find_lists(project, [str(folder)]):
                assert ingest_dossiers(project, listed).balance.stored == len(rows)
    return project


@pytest.fixture(scope="module")
def stored(project: Project) -> list[Row]:
    scan = scan_dossiers(Store(project.store))
    assert scan is not None
    with duckdb.connect() as connection:
        scan.register(connection, "stored")
        rows: list[Row] = connection.sql("SELECT * FROM stored").to_arrow_table().to_pylist()
    return rows


def asked(project: Project, *arguments: str, unit: str = "tinh") -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAOCAO_PROJECT", str(project.root))
        done = CliRunner().invoke(command, ["--unit", unit, *arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def known(counts: dict[str, Any]) -> dict[str, int]:
    return {name: counts[name] for name in COUNTS if counts.get(name)}


def counted(stored: list[Row], units: Collection[str], span: tuple[date, date]) -> dict[str, int]:
    return known(brute_summary(stored, [(*span, units)], (), {}).get((0,), {}))


@pytest.mark.parametrize("period", SPANS)
def test_a_province_is_the_sum_of_its_dossiers(project: Project, stored: list[Row], period: str) -> None:
    """Also of what units of the past had left open, and of a year in which units were merged."""
    found = asked(project, "--period", period)
    assert known(found["total"]) == counted(stored, ALL, SPANS[period])
    assert not found["silent"] and not found["not_added"]


@pytest.mark.parametrize("period", SPANS)
def test_todays_communes_have_the_dossiers_of_those_they_were_made_of(
    project: Project, stored: list[Row], period: str
) -> None:
    found = asked(project, "--period", period, "--units-of", "2025-12-31")
    parts = {part["unit"]: known(part) for part in found["parts"]}
    span = SPANS[period]
    assert parts == {
        "tinh": counted(stored, ["tinh"], span),
        "moi.an": counted(stored, ["moi.an", "dong.an", "dong.binh"], span),
        "moi.chau": counted(stored, ["moi.chau", "dong.chau", "tay.dau"], span),
    }
    assert {one["unit"] for one in found["unplaced"]} == {"dong", "tay"}  # divided: in the sum, in no unit's
    alone = asked(project, "--period", period, unit="moi.an")
    assert known(alone["total"]) == parts["moi.an"]


def test_a_district_of_the_past_is_the_sum_of_its_dossiers(project: Project, stored: list[Row]) -> None:
    found = asked(project, "--period", "2025-Q2", unit="dong")
    assert known(found["total"]) == counted(stored, PAST[:4], SPANS["2025-Q2"])
    assert [part["unit"] for part in found["parts"]] == PAST[:4]


def test_a_districts_table_of_the_same_system_adds_nothing(tmp_path: Path) -> None:
    """Where its communes delivered nothing of their own it stands for them."""
    project = made(tmp_path / "project")
    row = {
        "unit_name": "UBND huyện Đông",
        **SUMMARY,
        "received_online": 40,
        "received_direct": 2,
        "resolved_on_time": 42,
    }
    said = {"source": "cong", "unit": "dong", "period": "2025-Q2", "scope": "area", "covers": {"systems": ["cong"]}}
    ingest(
        project, find_sources(project, one_stop.DATASET, [deliver(project, "table", one_stop.DATASET, [row], **said)])
    )
    found = asked(project, "--period", "2025-Q2")
    assert found["total"]["received_online"] == 40
    assert [one["unit"] for one in found["silent"]] == ["tay", "tay.dau"]
    first, last = SPANS["2025-Q2"]
    listed = dossiers("cong", ["dong.an"], first, last, 0)
    said = {"source": "cong", "period": "2025-Q2", "covers": {"units": "dong.an"}}
    for delivery in find_lists(project, [str(deliver(project, "list", "dossiers", listed, **said))]):
        ingest_dossiers(project, delivery)
    found = asked(project, "--period", "2025-Q2")
    assert found["total"]["received_online"] == 40
    (left_out,) = found["not_added"]
    assert (left_out["unit"], left_out["reason"]) == (
        "dong.an",
        "đã nằm trong số liệu của UBND huyện Đông (cong: dong)",
    )


def test_the_command_says_who_told_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOCAO_PROJECT", str(project.root))
    done = CliRunner().invoke(command, ["--unit", "tinh", "--period", "2026-Q2"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "told nothing: UBND xã An (moi.an), usually" in done.stderr
    wrong = CliRunner().invoke(command, ["--unit", "dong", "--period", "2025-Q2", "--units-of", "2025-12-31"])
    assert "dong did not exist on 2025-12-31" in str(wrong.exception)
