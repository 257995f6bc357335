"""`--as-of`: what a date, a moment or a version means for every table a report reads."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from baocao.errors import ConfigurationError, StoreError
from baocao.intake import dossiers, one_stop
from baocao.store.history import compact
from baocao.store.tables import VIETNAM, Store
from baocao.store.versions import Versions, resolve_versions
from tests.store_log import replaced_on

DOSSIERS, TABLES = dossiers.TABLE, one_stop.TABLE
Fill = Callable[[str], None]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def fill(store: Store) -> Fill:
    """Make the next version of a table; what stands in it does not matter here."""
    made: dict[str, int] = {}

    def write(table: str) -> None:
        made[table] = made.get(table, 0) + 1
        store.replace_slices(table, pa.table({"key": ["k"], "value": [made[table]]}), ["key"])

    return write


def after_a_moment() -> datetime:
    """Now, certainly later than what was stored before and earlier than what will be."""
    time.sleep(0.05)
    now = datetime.now(UTC)
    time.sleep(0.05)
    return now


def found(store: Store, as_of: str | None) -> dict[str, int]:
    return dict(resolve_versions(store, as_of).of)


def test_nothing_stored(store: Store) -> None:
    assert found(store, None) == {}
    for as_of in ("0", "2020-04-08", "dossiers=0", "anything"):
        with pytest.raises(StoreError, match=f"--as-of {as_of}: nothing has been stored yet; run `baocao ingest`"):
            resolve_versions(store, as_of)


def test_without_as_of_the_newest_of_every_table(store: Store, fill: Fill) -> None:
    fill(DOSSIERS)
    assert found(store, None) == {DOSSIERS: 0}
    fill(TABLES)
    fill(DOSSIERS)
    assert found(store, None) == {TABLES: 0, DOSSIERS: 1}


@pytest.mark.parametrize("table", [DOSSIERS, TABLES])
def test_a_bare_number_where_it_can_mean_one_table(store: Store, fill: Fill, table: str) -> None:
    fill(table)
    fill(table)
    assert found(store, "0") == {table: 0}
    assert found(store, "1") == {table: 1}
    with pytest.raises(StoreError, match=f"{table}: version 2 is not in the store; the newest is 1"):
        resolve_versions(store, "2")


def test_a_bare_number_that_could_mean_either(store: Store, fill: Fill) -> None:
    fill(DOSSIERS)
    fill(TABLES)
    with pytest.raises(ConfigurationError, match="--as-of 0: say of which table, for instance dossiers=0"):
        resolve_versions(store, "0")


def test_versions_by_name(store: Store, fill: Fill) -> None:
    for table in (DOSSIERS, TABLES, DOSSIERS):
        fill(table)
    assert found(store, "dossiers=0") == {DOSSIERS: 0}
    assert found(store, "dossiers=1,one_stop_summary=0") == {DOSSIERS: 1, TABLES: 0}
    assert found(store, " one_stop_summary = 0 , dossiers = 0 ") == {DOSSIERS: 0, TABLES: 0}
    with pytest.raises(StoreError, match="dossiers: version 7 is not in the store; the newest is 1"):
        resolve_versions(store, "dossiers=7,one_stop_summary=0")


def test_a_table_not_named_is_read_as_it_was_when_the_version_named_was_stored(store: Store, fill: Fill) -> None:
    for table in (DOSSIERS, TABLES, DOSSIERS, TABLES):
        fill(table)
        after_a_moment()
    assert found(store, "dossiers=0") == {DOSSIERS: 0}
    assert found(store, "dossiers=1") == {DOSSIERS: 1, TABLES: 0}
    assert found(store, "one_stop_summary=1") == {DOSSIERS: 1, TABLES: 1}
    assert resolve_versions(store, str(resolve_versions(store, "dossiers=0"))) == resolve_versions(store, "dossiers=0")


def test_a_table_that_was_never_filled(store: Store, fill: Fill) -> None:
    fill(TABLES)
    with pytest.raises(StoreError, match="dossiers: nothing has been stored yet"):
        resolve_versions(store, "dossiers=0")


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("dossier=0", "--as-of: unknown table “dossier”; did you mean “dossiers”"),
        ("one_stop=0", "--as-of: unknown table “one_stop”; did you mean “one_stop_summary”"),
        ("coverage=0", "--as-of: unknown table “coverage”; known: dossiers, one_stop_summary"),
        ("dossiers=", "--as-of dossiers=: write table=version, for instance one_stop_summary=3"),
        ("dossiers=-1", "write table=version"),
        ("dossiers=2020-04-08", "write table=version"),
        ("dossiers=0,", "write table=version"),
        ("dossiers=0;one_stop_summary=0", "write table=version"),
        ("", "is neither a version number nor a date"),
        ("yesterday", "as-of “yesterday” is neither a version number nor a date"),
        ("31/04/2020", "is neither a version number nor a date"),
    ],
)
def test_what_names_no_version(store: Store, fill: Fill, as_of: str, said: str) -> None:
    fill(DOSSIERS)
    fill(TABLES)
    with pytest.raises(ConfigurationError) as info:
        resolve_versions(store, as_of)
    assert said in str(info.value)


def test_a_digit_that_is_no_number_is_refused(store: Store, fill: Fill) -> None:
    fill(DOSSIERS)
    with pytest.raises(ConfigurationError, match="as-of “²” is neither a version number nor a date"):
        resolve_versions(store, "²")


def test_a_table_named_twice_is_a_mistake(store: Store, fill: Fill) -> None:
    fill(DOSSIERS)
    fill(DOSSIERS)
    with pytest.raises(ConfigurationError, match="dossiers"):
        resolve_versions(store, "dossiers=0,dossiers=1")


def test_a_moment_is_what_was_known_of_every_table(store: Store, fill: Fill) -> None:
    fill(DOSSIERS)
    first = after_a_moment()
    fill(TABLES)
    second = after_a_moment()
    fill(DOSSIERS)
    third = after_a_moment()
    assert found(store, first.isoformat()) == {DOSSIERS: 0}
    assert found(store, second.isoformat()) == {DOSSIERS: 0, TABLES: 0}
    assert found(store, third.isoformat()) == {DOSSIERS: 1, TABLES: 0}
    in_vietnam = second.astimezone(VIETNAM).replace(tzinfo=None)
    assert found(store, in_vietnam.isoformat()) == found(store, second.isoformat())


def test_a_date_means_its_end_in_vietnam(store: Store, fill: Fill) -> None:
    fill(DOSSIERS)
    fill(TABLES)
    fill(DOSSIERS)
    today = datetime.now(VIETNAM).date()
    assert found(store, today.isoformat()) == {DOSSIERS: 1, TABLES: 0}
    assert found(store, f"{today:%d/%m/%Y}") == {DOSSIERS: 1, TABLES: 0}
    yesterday = today - timedelta(days=1)
    with pytest.raises(StoreError, match=f"nothing was stored yet on {yesterday}"):
        resolve_versions(store, yesterday.isoformat())


@pytest.mark.parametrize("as_of", ["2020-04-08", "08/04/2020", "2020-04-08T12:00", "2020-04-08T12:00+07:00"])
def test_before_anything_was_stored(store: Store, fill: Fill, as_of: str) -> None:
    fill(TABLES)
    fill(DOSSIERS)
    with pytest.raises(StoreError, match=f"nothing was stored yet on {re.escape(as_of)}"):
        resolve_versions(store, as_of)


def test_a_date_whose_dossiers_were_deleted_is_not_one_without_dossiers(store: Store, fill: Fill) -> None:
    """Read without them, a report would silently be another one than it was."""
    fill(TABLES)
    fill(DOSSIERS)
    then = after_a_moment()
    fill(DOSSIERS)
    replaced_on(store, DOSSIERS, datetime.now(VIETNAM) - timedelta(days=1))
    assert compact(store, DOSSIERS, forget_before=datetime.now(VIETNAM).date()).deleted == 1
    with pytest.raises(StoreError, match="dossiers: version 0 was compacted away"):
        resolve_versions(store, then.isoformat())


def test_versions_as_text_can_be_asked_for_again(store: Store, fill: Fill) -> None:
    for table in (DOSSIERS, TABLES, DOSSIERS):
        fill(table)
    newest = resolve_versions(store, None)
    assert str(newest) == "dossiers=1,one_stop_summary=0"
    fill(TABLES)
    assert resolve_versions(store, str(newest)) == newest


def test_the_version_of_a_single_table() -> None:
    versions = Versions({DOSSIERS: 3})
    assert versions.as_of(DOSSIERS) == "3"
    assert versions.as_of(TABLES) is None
    assert str(Versions({})) == ""
