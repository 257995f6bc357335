"""`baocao store` from the shell: versions, files joined without changing what they say, corrections of the stored."""

import json
import subprocess
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import duckdb
import pytest
import yaml

from baocao.checks.dossiers import kept_findings
from baocao.cli.main import main
from baocao.errors import StoreError
from baocao.intake import dossiers, one_stop
from baocao.intake.dossiers import CONTENT
from baocao.store.dossiers import scan_dossiers
from baocao.store.history import compact
from baocao.store.tables import VIETNAM, Store
from tests.integration.conftest import call
from tests.integration.office import AN, BINH, FROM, TO, Office, done, dossier
from tests.store_log import replaced_on

Shell = Callable[..., "subprocess.CompletedProcess[str]"]
#: What is stored of each dossier.
Content = Mapping[str, tuple[Any, ...]]
DUE = date(2020, 1, 20)


@pytest.fixture
def store(office: Office) -> Store:
    return Store(office.project.store)


@pytest.fixture
def shell(office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """`baocao store …` in the office's project, without a process of its own."""

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        capsys.readouterr()
        with monkeypatch.context() as patch, pytest.raises(SystemExit) as left:
            patch.chdir(office.project.root)
            main(("store", *arguments))
        printed = capsys.readouterr()
        code = left.value.code or 0
        assert isinstance(code, int)
        return subprocess.CompletedProcess(arguments, code, printed.out, printed.err)

    return run


def told(shell: Shell, *arguments: str) -> dict[str, Any]:
    """The JSON of a command that goes well."""
    ran = shell(*arguments, "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    content: dict[str, Any] = json.loads(ran.stdout)
    return content


def content(store: Store, as_of: str | None = None) -> Content:
    scan = scan_dossiers(store, as_of)
    if scan is None:
        return {}
    with duckdb.connect() as connection:
        scan.register(connection, "stored")
        rows = connection.sql("SELECT * FROM stored").to_arrow_table().to_pylist()
    known = {row["dossier"]: tuple(row[name] for name in CONTENT) for row in rows}
    assert len(known) == len(rows)
    return known


def files(store: Store, as_of: str | None = None) -> set[str]:
    delta = store.open(dossiers.TABLE, as_of)
    assert delta is not None
    return set(delta.file_uris())


def three_ingests(office: Office) -> None:
    """Two new dossiers of January, one of February, and a change of the first: versions 0 to 2."""
    office.dossiers(dossier("HS-1", AN), dossier("HS-2", AN))
    office.dossiers(dossier("HS-3", AN), dossier("HS-4", BINH, received_date=date(2020, 2, 3)))
    office.dossiers(done("HS-1", AN), dossier("HS-2", AN))


# --- history ---


def test_history_says_what_made_every_version(office: Office, shell: Shell) -> None:
    before = datetime.now(VIETNAM) - timedelta(seconds=5)
    three_ingests(office)
    entries = told(shell, "history")
    assert entries["table"] == dossiers.TABLE
    assert [(entry["version"], entry["what"]) for entry in entries["versions"]] == [
        (0, "delivered/0/list.csv"),
        (1, "delivered/1/list.csv"),
        (2, "delivered/2/list.csv"),
    ]
    names = ("read", "stored", "updated", "duplicates", "quarantined")
    balances = [tuple(entry["balance"][name] for name in names) for entry in entries["versions"]]
    assert balances == [(2, 2, 0, 0, 0), (2, 2, 0, 0, 0), (2, 0, 1, 1, 0)]
    times = [datetime.fromisoformat(entry["time"]) for entry in entries["versions"]]
    assert times == sorted(times)
    assert before < times[0] <= times[-1] < datetime.now(VIETNAM) + timedelta(seconds=5)
    assert {moment.utcoffset() for moment in times} == {timedelta(hours=7)}


def test_history_for_people(office: Office, shell: Shell) -> None:
    three_ingests(office)
    ran = shell("history", "dossiers")
    first, _, last = ran.stdout.splitlines()
    assert first.startswith("0  20")
    assert first.endswith("delivered/0/list.csv  2 read, 2 stored, 0 updated, 0 duplicates, 0 quarantined")
    assert last.endswith("delivered/2/list.csv  2 read, 0 stored, 1 updated, 1 duplicates, 0 quarantined")


def test_history_of_the_summary_tables(office: Office, shell: Shell) -> None:
    for count in (3, 5):
        office.table({"unit_name": AN, "received_direct": count})
    versions = told(shell, "history", one_stop.TABLE)["versions"]
    assert [(entry["version"], entry["balance"]) for entry in versions] == [(0, None), (1, None)]
    assert all(entry["what"] for entry in versions)


@pytest.mark.parametrize("command", ["history", "compact"])
def test_an_unknown_table_is_told_by_its_nearest_name(office: Office, shell: Shell, command: str) -> None:
    office.dossiers(dossier("HS-1", AN))
    ran = shell(command, "dossier")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("baocao: unknown table “dossier”; did you mean “dossiers”")


def test_a_name_like_none_of_them_is_told_all_tables(office: Office, shell: Shell) -> None:
    office.dossiers(dossier("HS-1", AN), check=True)
    ran = shell("history", "nope")
    assert ran.stderr == "baocao: unknown table “nope”; known: coverage, deliveries, dossier_findings, dossiers\n"


@pytest.mark.parametrize("command", ["history", "compact"])
def test_nothing_stored_has_no_versions(shell: Shell, command: str) -> None:
    ran = shell(command)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("baocao: ") and "dossiers" in ran.stderr


# --- compact ---


def test_joined_files_say_the_same_now_and_before(office: Office, store: Store, shell: Shell) -> None:
    three_ingests(office)
    office.dossiers(dossier("HS-5", AN), dossier("HS-6", AN))
    before = [content(store, str(version)) for version in range(4)]
    figures = {row["unit"]: row for row in office.slice().rows}
    many = len(files(store))
    done = told(shell, "compact")
    assert done == {
        "table": dossiers.TABLE,
        "version": 4,
        "files_before": many,
        "files_after": len(files(store)),
        "deleted": 0,
    }
    assert many > done["files_after"] == 2  # one for each month
    assert content(store) == before[3]
    assert [content(store, str(version)) for version in range(4)] == before
    assert {row["unit"]: row for row in office.slice().rows} == figures
    assert told(shell, "history")["versions"][-1]["what"] == "optimize"
    ran = shell("compact")
    assert ran.stdout == f"{dossiers.TABLE} version 4: 2 files joined to 2\n"  # nothing is left to join


def test_a_list_delivered_after_joining_is_compared_as_before(office: Office, store: Store, shell: Shell) -> None:
    three_ingests(office)
    told(shell, "compact")
    again = office.dossiers(done("HS-1", AN), dossier("HS-3", AN), dossier("HS-9", AN))
    assert (again.balance.stored, again.balance.updated, again.balance.duplicates) == (1, 0, 2)
    assert set(content(store)) == {"HS-1", "HS-2", "HS-3", "HS-4", "HS-9"}


def test_what_is_forgotten_cannot_be_read_and_says_so(office: Office, store: Store, shell: Shell) -> None:
    three_ingests(office)
    now = content(store)
    today = datetime.now(VIETNAM).date()
    replaced_on(store, dossiers.TABLE, datetime.now(VIETNAM) - timedelta(days=1))
    ran = shell("compact", "--forget-before", today.isoformat())
    assert ran.returncode == 0
    first, second = ran.stdout.splitlines()
    assert first.startswith("dossiers version ")
    deleted = int(second.split()[0])
    assert second == f"{deleted} old files deleted; versions replaced before {today} cannot be read any more"
    assert deleted >= 2
    assert content(store) == content(store, "2") == now  # nothing has replaced it yet
    assert office.total() == 4
    for version in ("0", "1"):
        with pytest.raises(StoreError, match=f"dossiers: version {version} was compacted away; its files are deleted"):
            content(store, version)
    with pytest.raises(StoreError, match="compacted away"):
        office.total(as_of="dossiers=0")
    asked = call(
        office.project.root, "summary", "--units", AN, "--period", "2020-Q1", "--as-of", "0", "--from", str(FROM)
    )
    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr == "baocao: dossiers: version 0 was compacted away; its files are deleted\n"


def test_what_was_replaced_on_that_day_or_later_stays(office: Office, store: Store, shell: Shell) -> None:
    three_ingests(office)
    before = content(store, "0")
    today = datetime.now(VIETNAM).date()
    done = told(shell, "compact", "--forget-before", today.isoformat())
    assert done["deleted"] == 0
    assert content(store, "0") == before


def test_what_was_replaced_just_after_midnight_stays(office: Office, store: Store) -> None:
    """The log says when a file was replaced; here a quarter of the way from midnight to the first full hour before."""
    three_ingests(office)
    before = content(store, "0")
    midnight = datetime.combine(datetime.now(VIETNAM).date(), time.min, VIETNAM)
    into_the_hour = (datetime.now(VIETNAM) - midnight) % timedelta(hours=1)
    replaced = midnight + into_the_hour / 4
    replaced_on(store, dossiers.TABLE, replaced)
    compact(store, dossiers.TABLE, forget_before=midnight.date())
    assert content(store, "0") == before


def test_a_day_to_come_is_refused(office: Office, store: Store, shell: Shell) -> None:
    three_ingests(office)
    tomorrow = datetime.now(VIETNAM).date() + timedelta(days=1)
    ran = shell("compact", "--forget-before", tomorrow.isoformat())
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"baocao: --forget-before {tomorrow}: that day is still to come")
    assert content(store, "0")


# --- correct ---


def correct(office: Office, *entries: Mapping[str, Any]) -> None:
    """Write `params/corrections/2020.yaml`; by default the due date of HS-1 is moved by ten days."""
    plain = {
        "id": "c1",
        "reason": "Đã gia hạn",
        "reported_by": "UBND xã An",
        "reported": date(2020, 4, 20),
        "source": "cong",
        "dossier": "HS-1",
        "column": "due_date",
        "expect": DUE,
        "value": DUE + timedelta(days=10),
    }
    folder = office.project.params / "corrections"
    folder.mkdir(exist_ok=True)
    listed = {"corrections": [{**plain, **entry} for entry in entries]}
    (folder / "2020.yaml").write_text(yaml.safe_dump(listed, allow_unicode=True), encoding="utf-8")


def late(office: Office, as_of: str | None = None) -> object:
    return office.figures(as_of).of_area("resolved_late").value


@pytest.fixture
def with_late_ones(office: Office) -> Office:
    """Two dossiers, each five days late."""
    ended = DUE + timedelta(days=5)
    office.dossiers(done("HS-1", AN, finished_date=ended), done("HS-2", BINH, finished_date=ended), check=True)
    return office


def test_corrections_are_applied_once(with_late_ones: Office, store: Store, shell: Shell) -> None:
    office = with_late_ones
    correct(office, {}, {"id": "c2", "source": "elsewhere"}, {"id": "c3", "dossier": "HS-9"})
    assert told(shell, "correct") == {"table": "dossiers", "version": 1, "applied": ["c1"]}
    assert (late(office), late(office, "dossiers=0")) == (1, 2)
    assert content(store)["HS-1"][-1] == "c1"  # which correction it was stands with the dossier
    assert content(store)["HS-2"] == content(store, "0")["HS-2"]
    assert told(shell, "correct") == {"table": "dossiers", "version": 1, "applied": []}
    last = told(shell, "history")["versions"][-1]
    assert (last["version"], last["what"], last["balance"]) == (1, "corrections c1", None)


def test_corrections_for_people(with_late_ones: Office, shell: Shell) -> None:
    correct(with_late_ones, {}, {"id": "c2", "dossier": "HS-2"})
    assert shell("correct").stdout == "2 corrections applied: c1, c2\ndossiers version 1\n"
    assert shell("correct").stdout == "0 corrections applied\ndossiers version 1\n"


def test_a_later_correction_is_added_to_the_first(with_late_ones: Office, store: Store, shell: Shell) -> None:
    correct(with_late_ones, {})
    told(shell, "correct")
    correct(with_late_ones, {}, {"id": "c2", "column": "field", "expect": "Đất đai", "value": "Hộ tịch"})
    assert told(shell, "correct") == {"table": "dossiers", "version": 2, "applied": ["c2"]}
    assert content(store)["HS-1"][-1] == "c1, c2"


def test_the_checks_follow_a_correction(with_late_ones: Office, shell: Shell) -> None:
    office = with_late_ones
    office.dossiers(done("HS-1", AN, due_date=date(2020, 1, 1), finished_date=DUE), check=True)
    said = {"expect": date(2020, 1, 1), "value": DUE}
    correct(office, said)

    def order_holds(version: int) -> bool | None:
        found = kept_findings(office.project, office.registry, [AN], FROM, TO, version)
        (verdict,) = [finding.success for finding in found if finding.expectation == "due-after-received"]
        return verdict

    assert (order_holds(0), order_holds(1)) == (True, False)
    assert told(shell, "correct")["version"] == 2
    assert (order_holds(1), order_holds(2)) == (False, True)


def test_a_source_that_says_something_else_stops_everything(with_late_ones: Office, store: Store, shell: Shell) -> None:
    correct(with_late_ones, {}, {"id": "c2", "dossier": "HS-2", "expect": DUE + timedelta(days=1)})
    before = content(store)
    ran = shell("correct")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        "baocao: params/corrections/2020.yaml: c2 expects due_date of dossier HS-2 to be “2020-01-21”, the source now "
        "says “2020-01-20”; if the source is mended, remove the correction\n"
    )
    assert content(store) == before
    assert len(told(shell, "history")["versions"]) == 1


def test_one_source_that_stops_keeps_the_others_too(with_late_ones: Office, store: Store, shell: Shell) -> None:
    """A command that fails has done nothing: not even for the sources before the one that is wrong."""
    with_late_ones.dossiers(done("X-1", AN), source="xa")
    stale = {"id": "c2", "source": "xa", "dossier": "X-1", "expect": DUE + timedelta(days=1)}
    correct(with_late_ones, {}, stale)
    before = content(store)
    assert shell("correct").returncode == 1
    assert content(store) == before


def test_what_could_not_be_counted_after_it_is_refused(with_late_ones: Office, store: Store, shell: Shell) -> None:
    ended, impossible = DUE + timedelta(days=5), date(2019, 12, 1)
    correct(with_late_ones, {"column": "finished_date", "expect": ended, "value": impossible})
    before = content(store)
    ran = shell("correct")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("baocao: c1: column “finished_date”: found 2019-12-01, expected a day not before")
    assert content(store) == before


def test_a_unit_that_is_not_there_is_refused(with_late_ones: Office, store: Store, shell: Shell) -> None:
    correct(with_late_ones, {"column": "unit", "expect": AN, "value": "huyen.anh"})
    before = content(store)
    ran = shell("correct")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "c1: value: unknown unit “huyen.anh”; did you mean “huyen.an”" in ran.stderr
    assert content(store) == before


def test_nothing_to_correct(office: Office, shell: Shell) -> None:
    ran = shell("correct")
    assert ran.returncode == 1
    assert ran.stderr == "baocao: no dossiers have been stored yet; run `baocao ingest dossiers`\n"
    office.dossiers(dossier("HS-1", AN))
    assert shell("correct").stdout == "0 corrections applied\ndossiers version 0\n"
