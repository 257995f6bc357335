"""Roll-ups of what is stored, against its dossiers counted one by one, before and after units were merged."""

import csv
import json
import random
from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from click.testing import CliRunner

from baocao.cli.roll_up import command
from baocao.indicators.one_stop import total_counts
from baocao.indicators.slices import Slice, load_slice
from baocao.intake import one_stop
from baocao.intake.dossier_source import find_lists
from baocao.intake.one_stop import COUNTS
from baocao.intake.source import find_sources
from baocao.notebook.watch import desk_list
from baocao.periods import Period, parse_period
from baocao.project import Project
from baocao.provenance.data_changes import data_changes
from baocao.provenance.manifest import SCHEMA, CodeRecord, Manifest, PeriodRecord, TableSlice
from baocao.run.freezing import Digests, freeze
from baocao.run.grid import Grid, requests_of
from baocao.store.dossiers import scan_dossiers
from baocao.store.ingest import ingest
from baocao.store.ingest_dossiers import ingest_dossiers
from baocao.store.tables import Store
from baocao.store.versions import Versions, resolve_versions
from baocao.units import load_registry
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


def known(counts: Mapping[str, Any]) -> dict[str, int]:
    return {name: counts[name] for name in COUNTS if counts.get(name)}


def counted(stored: list[Row], units: Collection[str], span: tuple[date, date]) -> dict[str, int]:
    return known(brute_summary(stored, [(*span, units)], (), {}).get((0,), {}))


@pytest.mark.parametrize("period", SPANS)
def test_a_province_is_the_sum_of_its_dossiers(project: Project, stored: list[Row], period: str) -> None:
    """Also of what units of the past had left open, and of a year in which units were merged."""
    found = asked(project, "--period", period)
    assert known(found["total"]) == counted(stored, ALL, SPANS[period])
    assert not found["not_sent"] and not found["not_added"]


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


def reported(project: Project, reporter: str, span: tuple[date, date]) -> Slice:
    """What a report of the office is made of."""
    registry = load_registry(project)
    versions = resolve_versions(Store(project.store), None)
    return load_slice(project, registry[reporter], registry.valid(*span), *span, versions)


def summed(data: Slice, unit: str, grain: str = "unit") -> dict[str, int]:
    return known(total_counts([row for row in data.rows if (row["unit"], row["grain"]) == (unit, grain)]).counts)


@pytest.mark.parametrize("period", ["2025-Q3", "2025-Q4"])
def test_a_merged_communes_report_goes_on_with_what_its_parts_left_open(
    project: Project, stored: list[Row], period: str
) -> None:
    span = SPANS[period]
    own = reported(project, "moi.an", span)
    expected = counted(stored, ["moi.an", "dong.an", "dong.binh"], span)
    assert summed(own, "moi.an") == summed(own, "moi.an", "procedure") == expected
    assert expected["carried_over"] > counted(stored, ["moi.an"], span).get("carried_over", 0)
    assert expected == known(asked(project, "--period", period, unit="moi.an")["total"])
    assert own.inherited == {(former, source): "moi.an" for former in PAST[1:3] for source in ("cong", "bo")}
    assert not own.gaps and not own.doubled and not own.undeclared
    # In the province's report as well; the desks of divided districts are in no unit's row.
    province = reported(project, "tinh", span)
    assert summed(province, "moi.an") == expected
    assert summed(province, "moi.chau") == counted(stored, ["moi.chau", "dong.chau", "tay.dau"], span)
    assert summed(province, "tinh") == counted(stored, ["tinh"], span)
    assert not province.gaps


def test_a_merged_commune_begins_with_what_its_parts_had_open(project: Project) -> None:
    ended = [summed(reported(project, former, SPANS["2025-Q2"]), former) for former in PAST[1:3]]
    first, second = (summed(reported(project, "moi.an", SPANS[period]), "moi.an") for period in ("2025-Q3", "2025-Q4"))

    def pending(counts: dict[str, int]) -> int:
        return counts["pending_in_time"] + counts["pending_overdue"]

    assert first["carried_over"] == sum(map(pending, ended)) > 0
    assert second["carried_over"] == pending(first)


def test_the_desks_list_names_what_its_parts_left_open(project: Project) -> None:
    """As many dossiers as the figures count, each under the commune that is to finish it."""
    span = SPANS["2025-Q3"]
    registry, data = load_registry(project), reported(project, "moi.an", span)
    period = Period(parse_period("2025-Q3"), *span)
    listed = desk_list(project, registry["moi.an"], registry.valid(*span), period, data, 7)
    counts = summed(data, "moi.an")
    assert listed.late.value == counts["resolved_late"] and listed.overdue.value == counts["pending_overdue"]
    assert {row.unit for row in listed.watch.all} == {"moi.an"}
    rows = listed.table("listed", listed.watch.all).rows
    assert len(rows) == len(listed.watch.all) + 1


def manifest(versions: Versions, span: tuple[date, date]) -> Manifest:
    """Of a report of the merged commune, as far as changes of data ask."""
    period = {"id": "2025-Q3", "label": "quý III/2025", "from": span[0], "to": span[1]}
    return Manifest(
        schema=SCHEMA,
        report="leadership-brief",
        unit="moi.an",
        period=PeriodRecord.model_validate(period),
        parameters={},
        injected={},
        tables={name: TableSlice(version=version, rows=0, content_hash="") for name, version in versions.of.items()},
        beside={},
        units={},
        files={},
        facts=None,
        code=CodeRecord(version="0", content_hash="0"),
        python="3.11",
        packages={},
        outputs={},
    )


def test_a_dossier_of_a_former_unit_is_told_where_it_changes_its_heirs_report(tmp_path: Path) -> None:
    project = made(tmp_path / "project")
    asked_for = {"dong.an": "2025-Q2", "moi.an": "2025-Q3"}
    rows = {unit: dossiers("cong", [unit], *SPANS[period], int(period[-1])) for unit, period in asked_for.items()}
    store, registry = Store(project.store), load_registry(project)

    def take(name: str, unit: str) -> Versions:
        said = {"source": "cong", "period": asked_for[unit], "covers": {"units": unit}}
        for listed in find_lists(project, [str(deliver(project, name, "dossiers", rows[unit], **said))]):
            ingest_dossiers(project, listed)
        return resolve_versions(store, None)

    take("before", "dong.an")
    old = take("after", "moi.an")
    corrected = next(one for one in rows["dong.an"] if one["finished_date"] is None)
    corrected |= {"finished_date": SPANS["2025-Q3"][1], "status": "finished"}
    span = SPANS["2025-Q3"]

    def digest() -> str:
        (request,) = requests_of(project, Grid(report="leadership-brief", units="code=moi.an", periods=["2025-Q3"]))
        return Digests(freeze(project), registry).of(request)

    before = digest()
    new = take("corrected", "dong.an")
    assert digest() != before
    changes = data_changes(project, registry.valid(*span), *(manifest(versions, span) for versions in (old, new)))
    (change,) = changes.dossiers
    assert change.dossier == corrected["dossier"] and change.counts
    assert change.old is not None and change.new is not None
    assert (change.old.unit, change.new.unit) == ("moi.an", "moi.an")
    assert "pending_overdue" in change.old.counts and "resolved_late" in change.new.counts


def test_reports_before_a_merger_are_the_units_own(project: Project, stored: list[Row]) -> None:
    span = SPANS["2025-Q2"]
    district = reported(project, "dong", span)
    assert not district.inherited
    assert {unit: summed(district, unit) for unit in PAST[:4]} == {
        unit: counted(stored, [unit], span) for unit in PAST[:4]
    }


def test_what_was_left_open_counts_only_beside_dossiers_of_its_system(tmp_path: Path) -> None:
    """Not in the report of an heir that told nothing, tells it in a table, or has dossiers of another system alone."""
    project = made(tmp_path / "project")

    def take(source: str, unit: str, period: str) -> list[dict[str, Any]]:
        rows = dossiers(source, [unit], *SPANS[period], int(period[-1]))
        said = {"source": source, "period": period, "covers": {"units": unit}}
        for listed in find_lists(project, [str(deliver(project, f"{source}-{unit}", "dossiers", rows, **said))]):
            ingest_dossiers(project, listed)
        return rows

    left = take("cong", "dong.an", "2025-Q2")
    span = SPANS["2025-Q3"]
    assert not reported(project, "moi.an", span).rows

    row = {"unit_name": "UBND xã An", **SUMMARY, "carried_over": 3, "received_direct": 4, "resolved_on_time": 7}
    said = {"source": "cong", "unit": "moi.an", "period": "2025-Q3", "covers": {"systems": ["cong"]}}
    folder = deliver(project, "table", one_stop.DATASET, [row], **said)
    ingest(project, find_sources(project, one_stop.DATASET, [folder]))
    assert summed(reported(project, "moi.an", span), "moi.an")["carried_over"] == 3

    others = take("bo", "moi.an", "2025-Q3")
    beside = reported(project, "moi.an", span)
    assert beside.inherited == {("dong.an", "cong"): None}
    assert summed(beside, "moi.an")["received_direct"] == 4 + sum(one["channel"] == "direct" for one in others)

    take("cong", "moi.an", "2025-Q3")
    now = reported(project, "moi.an", span)
    assert now.inherited == {("dong.an", "cong"): "moi.an"} and not now.gaps
    still_open = [one for one in left if one["finished_date"] is None or one["finished_date"] >= MERGED]
    assert summed(now, "moi.an")["carried_over"] == len(still_open) > 0

    # Delivered again by the heir they are its own, and counted once all the same.
    again = [{**one, "unit": "moi.an"} for one in still_open]
    said = {"source": "cong", "period": "2025-Q3", "covers": {"units": "moi.an"}}
    for listed in find_lists(project, [str(deliver(project, "again", "dossiers", again, **said))]):
        ingest_dossiers(project, listed)
    last = reported(project, "moi.an", span)
    assert not last.inherited and summed(last, "moi.an") == summed(now, "moi.an")


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
    assert [one["unit"] for one in found["not_sent"]] == ["tay", "tay.dau"]
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
