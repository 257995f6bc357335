"""Simulated dossiers of a plan's window: plausible, nobody's, and the same whenever they are made again."""

import csv
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from baocao.cli.sample import command
from baocao.intake.source import Delivery
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project, read_model
from tests.hai_phong import allocations, plan, registry

MONTHS = [f"2022-{number:02d}" for number in range(5, 13)]
COUNT = 12_000


def make(project: Project, out: Path, *options: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BAOCAO_PROJECT", str(project.root))
    asked = ["--targets", "hai-phong-2022", "--dossiers", str(COUNT), "--out", str(out), *options]
    done = CliRunner().invoke(command, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def made(shared_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("window")
    with pytest.MonkeyPatch.context() as monkeypatch:
        make(shared_project, out, monkeypatch=monkeypatch)
    return out


def dossiers(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(folder / "dossiers.parquet").to_pylist()
    return rows


def test_every_month_holds_what_was_received_in_it(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == MONTHS
    first = date(2022, 4, 16)
    for number, name in enumerate(MONTHS):
        delivery = read_model(made / name / "source.yaml", Delivery)
        year_month = (2022, 5 + number)
        assert (delivery.from_date, delivery.to_date) == (first, date(*year_month, 15))
        received = [row["received_date"] for row in dossiers(made / name)]
        assert first <= min(received) and max(received) <= date(*year_month, 15)
        assert not [day for day in received if day.weekday() == 6]
        first = date(*year_month, 16)


def test_units_receive_what_was_projected(made: Path) -> None:
    counts = Counter(row["unit"] for name in MONTHS for row in dossiers(made / name))
    targets = {one.unit: one.projected_total or 0 for group in allocations() for one in group.targets}
    whole = sum(targets.values())
    silent = [
        unit
        for unit, total in targets.items()
        if counts[unit] != round(total * COUNT / whole)  # months a unit did not report are not in the list
    ]
    assert 0 < len(silent) <= 5 and {registry()[unit].level for unit in silent} == {"commune"}


def test_the_same_options_write_the_same_bytes(
    shared_project: Project, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = make(shared_project, tmp_path, monkeypatch=monkeypatch)
    for path in made.rglob("*.*"):
        assert path.read_bytes() == (tmp_path / path.relative_to(made)).read_bytes(), path
    assert "none of them real" in said and "next: baocao ingest dossiers" in said
    make(shared_project, tmp_path, "--seed", "2", monkeypatch=monkeypatch)
    one, other = ({row["dossier"] for row in dossiers(folder / MONTHS[0])} for folder in (made, tmp_path))
    assert not one & other


def test_the_list_holds_no_person_and_only_known_words(shared_project: Project, made: Path) -> None:
    rows = dossiers(made / MONTHS[3])
    assert set(rows[0]) == {
        *("dossier", "procedure_code", "procedure", "field", "unit", "received_date", "due_date", "finished_date"),
        *("result_date", "channel", "status", "result_channel"),
    }
    texts = load_vocabulary(shared_project).texts
    for column in ("channel", "status"):
        assert {row[column] for row in rows} <= set(texts[column])
    assert {row["unit"] for row in rows} <= {unit.code for unit in registry().below("hai-phong")}
    assert len({row["dossier"] for row in rows}) == len(rows)
    for row in rows:
        assert row["received_date"] <= row["due_date"]
        assert row["finished_date"] is None or row["received_date"] <= row["finished_date"] <= date(2022, 12, 15)
        assert (row["finished_date"] is None) == (row["status"] == "processing")


def test_online_shares_climb_and_some_units_stay_behind(made: Path) -> None:
    shares = []
    behind = ahead = 0
    targets = {one.unit: one for group in allocations() for one in group.targets}
    total: Counter[str] = Counter()
    online: Counter[str] = Counter()
    for name in MONTHS:
        rows = dossiers(made / name)
        shares.append(sum(row["channel"] == "online" for row in rows) / len(rows))
        total.update(row["unit"] for row in rows)
        online.update(row["unit"] for row in rows if row["channel"] == "online")
    assert shares[0] < shares[2] < shares[5] and shares[0] > 0.4 and shares[5] < 0.9
    for unit, one in targets.items():
        if one.target_pct is not None and total[unit] > 30:
            reached = 100 * online[unit] / total[unit]
            ahead += reached >= one.target_pct
            behind += reached < float(one.target_pct) * 0.9
    assert ahead >= 5 and behind >= 3


def test_most_listed_procedures_come_online_from_their_day_on(made: Path) -> None:
    listed = {"Đăng ký khai sinh", "Cấp giấy xác nhận tình trạng hôn nhân", "Cấp bản sao trích lục hộ tịch"}
    by_channel: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for name in MONTHS:
        for row in dossiers(made / name):
            if registry()[row["unit"]].level == "commune" and row["procedure"] in listed:
                by_channel[row["received_date"] >= date(2022, 8, 1)][row["channel"]] += 1
    after = by_channel[True]
    assert 0 < after["direct"] < 0.03 * after["online"] and not after["postal"]
    assert by_channel[False]["direct"] > 0.2 * by_channel[False]["online"]


def test_registers_of_the_follow_up(made: Path) -> None:
    def register(month: str, name: str) -> list[dict[str, str]]:
        with (made / month / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    (first, *_, last) = MONTHS
    assert [row["value"] for row in register(first, "statistics")] == [""] * 3
    entered = {goal.id for goal in plan().goals if goal.computed is None}
    assert {row["indicator"]: row["value"] for row in register(last, "statistics")} == dict.fromkeys(entered, "100")
    due = date(2022, 8, 20)
    days = [date.fromisoformat(row["received_on"]) for row in register("2022-08", "submissions")]
    late = [day for day in days if day > due]
    assert 0 < len(late) < 0.1 * len(days) and max(days) <= due + timedelta(days=5) and min(days) > date(2022, 8, 15)
    tasks = register("2022-07", "tasks")
    assert len(tasks) == 15 and {row["document_number"] for row in tasks} == {"128/KH-UBND"}
    assert all(bool(row["done_date"]) != (row["state"] == "open") for row in tasks)
    assert all(row["done_date"] <= "2022-07-15" for row in tasks)


def test_silence_is_told_by_what_a_list_covers(made: Path) -> None:
    covered = [read_model(made / name / "source.yaml", Delivery).covers for name in MONTHS]
    assert covered[0] is not None and covered[0].units == "under=hai-phong"
    last = covered[-1]
    assert last is not None and last.units is not None
    named = {code.strip() for code in last.units.split(",")}
    assert 247 <= len(named) < 252
    assert {row["unit"] for row in dossiers(made / MONTHS[-1])} <= named


def test_options_that_do_not_go_together_are_refused(shared_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from baocao.errors import ConfigurationError

    monkeypatch.setenv("BAOCAO_PROJECT", str(shared_project.root))
    for options, said in (
        (["--targets", "hai-phong"], "unknown target plan “hai-phong”; did you mean “hai-phong-2022”"),
        (["--targets", "hai-phong-2022", "--units", "level=commune"], "--targets has its plan's"),
        (
            ["--targets", "hai-phong-2022", "--like", "tuan-giao-2020q1"],
            "either --like NAME or --dossiers N, or --targets PLAN",
        ),
    ):
        with pytest.raises(ConfigurationError, match=said):
            CliRunner().invoke(command, options, catch_exceptions=False, standalone_mode=False)
