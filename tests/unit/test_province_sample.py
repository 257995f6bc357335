"""The simulated province: every desk over eight quarters, the stories planted in it, and the same bytes again."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from baocao.cli.sample import command
from baocao.errors import ConfigurationError
from baocao.intake.dossiers import SCHEMA
from baocao.intake.source import Delivery
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project, read_model
from baocao.run.grid import load_grid, requests_of
from baocao.samples.province import QUARTERS, sample_province
from baocao.units import UnitRegistry, load_registry

MERGED = date(2025, 7, 1)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def made(shared_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("province")
    sample_province(shared_project, out=out)
    return out


@pytest.fixture(scope="module")
def lists(made: Path) -> dict[str, Rows]:
    return {quarter: pq.read_table(made / quarter / "dossiers.parquet").to_pylist() for quarter in QUARTERS}


@pytest.fixture(scope="module")
def registry(shared_project: Project) -> UnitRegistry:
    return load_registry(shared_project)


def of(rows: Iterable[dict[str, Any]], unit: str) -> Rows:
    return [row for row in rows if row["unit"] == unit]


def share(rows: Rows, says: Callable[[dict[str, Any]], bool]) -> float:
    return sum(map(says, rows)) / len(rows)


def is_late(row: dict[str, Any]) -> bool:
    return row["finished_date"] is not None and row["finished_date"] > row["due_date"]


def test_a_quarter_holds_what_the_desks_of_its_time_received(lists: dict[str, Rows], registry: UnitRegistry) -> None:
    assert 60_000 < sum(map(len, lists.values())) < 80_000
    for quarter, rows in lists.items():
        year, number = int(quarter[:4]), int(quarter[-1])
        first, last = (
            date(year, 3 * number - 2, 1),
            date(year + number // 4, 3 * number % 12 + 1, 1) - timedelta(days=1),
        )
        received = [row["received_date"] for row in rows]
        assert first <= min(received) and max(received) <= last
        assert all(registry[code].existed(first, last) for code in {row["unit"] for row in rows})


def test_each_list_says_whose_dossiers_it_holds(made: Path, registry: UnitRegistry) -> None:
    covered = {}
    for quarter in QUARTERS:
        delivery = read_model(made / quarter / "source.yaml", Delivery)
        assert (delivery.unit, delivery.period) == ("dien-bien", quarter)
        assert delivery.covers is not None and "không có hồ sơ nào là thật" in delivery.origin
        covered[quarter] = {unit.code for unit in registry.select(delivery.covers.units or "")}
    assert [len(covered[quarter]) for quarter in QUARTERS] == [45, 45, 45, 44, 45, 45, 13, 12]
    assert covered["2024-Q3"] - covered["2024-Q4"] == {"tua-chua.trung-thu"}
    assert covered["2025-Q3"] - covered["2025-Q4"] == {"dien-bien.sang-nhe"}


def test_a_unit_without_dossiers_is_covered_all_the_same(lists: dict[str, Rows], made: Path) -> None:
    delivery = read_model(made / "2024-Q3" / "source.yaml", Delivery)
    assert not of(lists["2024-Q3"], "tua-chua.ta-phin")
    assert delivery.covers and "tua-chua.ta-phin" in str(delivery.covers.units)


def test_units_that_end_fall_silent_or_idle_leave_nothing_open(lists: dict[str, Rows], registry: UnitRegistry) -> None:
    """Nobody would ever tell what became of it."""
    before = [row for quarter in QUARTERS[:6] for row in lists[quarter] if row["unit"] != "dien-bien"]
    assert max(row["finished_date"] for row in before) <= registry["tuan-giao"].valid_to
    silent = [row for quarter in QUARTERS[:3] for row in of(lists[quarter], "tua-chua.trung-thu")]
    assert max(row["finished_date"] for row in silent) == date(2024, 9, 30)
    idle = [row for quarter in QUARTERS[:2] for row in of(lists[quarter], "tua-chua.ta-phin")]
    assert max(row["finished_date"] for row in idle) <= date(2024, 6, 30)
    assert [row for row in lists[QUARTERS[-1]] if row["finished_date"] is None]


@pytest.mark.parametrize(
    ("unit", "quarters", "better"),
    [
        ("tuan-giao.pu-nhung", ("2024-Q1", "2025-Q2"), True),
        ("dien-bien.muong-lan", ("2025-Q3", "2025-Q4"), True),
        ("muong-ang.ang-to", ("2024-Q1", "2025-Q2"), False),
        ("dien-bien.bung-lao", ("2025-Q3", "2025-Q4"), False),
    ],
)
def test_planted_units_get_better_or_worse(
    lists: dict[str, Rows], unit: str, quarters: tuple[str, str], better: bool
) -> None:
    begin, end = (share(of(lists[quarter], unit), is_late) for quarter in quarters)
    assert (begin - end if better else end - begin) > 0.03


def test_more_comes_in_online_and_more_is_digitised_every_quarter(lists: dict[str, Rows]) -> None:
    for name, says in {
        "online": lambda row: row["channel"] == "online",
        "digitised": lambda row: row["digitised_in"],
    }.items():
        shares = [share(lists[quarter], says) for quarter in QUARTERS]
        assert shares == sorted(shares), name
        assert shares[0] < 0.5 < shares[-1], name


def test_flags_are_told_of_what_they_can_be_told_of(lists: dict[str, Rows]) -> None:
    """Results only where there is one, payment only where something is to be paid and was sent in online."""
    rows = [row for quarter in QUARTERS for row in lists[quarter]]
    for name in ("digitised_result", "result_signed"):
        assert all((row[name] is None) == (row["finished_date"] is None) for row in rows)
    assert all(row["channel"] == "online" for row in rows if row["paid_online"])
    assert {row["paid_online"] for row in rows if row["field"] == "Hộ tịch"} == {None}


def test_mistakes_are_where_they_were_put_and_nowhere_else(lists: dict[str, Rows]) -> None:
    rows = [(quarter, row) for quarter in QUARTERS for row in lists[quarter]]
    assert {(quarter, row["unit"]) for quarter, row in rows if row["due_date"] < row["received_date"]} == {
        ("2025-Q1", "muong-ang.xuan-lao")
    }
    assert {(quarter, row["unit"]) for quarter, row in rows if not row["field"]} == {
        ("2025-Q4", "dien-bien.chieng-sinh")
    }


def test_no_dossier_stands_twice_and_its_words_are_known(shared_project: Project, lists: dict[str, Rows]) -> None:
    rows = [row for quarter in QUARTERS for row in lists[quarter]]
    assert len({row["dossier"] for row in rows}) == len(rows)
    texts = load_vocabulary(shared_project).texts
    for name in ("channel", "status", "result_channel"):
        assert {row[name] for row in rows} - {None} <= texts[name].keys()
    assert rows[0].keys() <= set(SCHEMA.names)  # nothing of a person


def test_the_command_writes_the_same_bytes_again(
    shared_project: Project, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAOCAO_PROJECT", str(shared_project.root))
    out = tmp_path / "lists"
    done = CliRunner().invoke(command, ["--province", "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 0 and "none of them real" in done.output
    assert sorted(path.name for path in out.iterdir()) == list(QUARTERS)
    files = [path.relative_to(out) for path in sorted(out.glob("*/*"))]
    assert len(files) == 2 * len(QUARTERS)
    assert all((made / file).read_bytes() == (out / file).read_bytes() for file in files)


def test_wrong_usage_names_the_remedy(shared_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOCAO_PROJECT", str(shared_project.root))
    for wrong, message in {
        ("--province", "--dossiers", "5"): "with --province go only",
        ("--unit", "dien-bien", "--dossiers", "5"): "--unit goes with --province",
        ("--province", "--unit", "dien-bin"): "did you mean “dien-bien”",
    }.items():
        refused = CliRunner().invoke(command, list(wrong))
        assert message in str(refused.exception)


def test_a_province_without_stated_quarters_is_told_what_to_state(shared_project: Project, tmp_path: Path) -> None:
    """By the calendar the third quarter begins on 15 June, when there still were districts."""
    with pytest.raises(ConfigurationError, match=r"begins or ends within 2025-Q[23].*params/periods/"):
        sample_province(shared_project, "quang-ninh", out=tmp_path)


def test_the_batches_ask_for_the_units_of_each_quarter(shared_project: Project) -> None:
    asked = {
        name: [(one.period.id, one.unit.code) for one in requests_of(shared_project, load_grid(shared_project, name))]
        for name in ("dien-bien", "dien-bien-xa")
    }
    assert {name: len(requests) for name, requests in asked.items()} == {
        "dien-bien": 8 + 4 * 6,
        "dien-bien-xa": 40 + 24,
    }
    communes = [(str(period), unit) for period, unit in asked["dien-bien-xa"] if unit.endswith("quai-to")]
    assert communes == [
        ("2025-Q2", "tuan-giao.quai-to"),
        ("2025-Q3", "dien-bien.quai-to"),
        ("2025-Q4", "dien-bien.quai-to"),
    ]
