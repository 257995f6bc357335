"""The versioned tables: a slice is replaced whole, the same content is no new version, the past stays readable."""

import shutil
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from baocao.cli.ingest import command
from baocao.errors import ConfigurationError, InputError, StoreError
from baocao.project import Project
from baocao.store.frozen import reading_frozen, write_frozen
from baocao.store.tables import VIETNAM, Store, StoreChange, Where, content_hash

TABLE = "one_stop_summary"
KEY = ("reporter", "from_date", "table")
SCHEMA = pa.schema(
    [
        ("reporter", pa.string()),
        ("from_date", pa.date32()),
        ("table", pa.string()),
        ("unit", pa.string()),
        ("resolved_late", pa.int64()),
    ]
)
Q1, Q2 = date(2020, 1, 1), date(2020, 4, 2)

Line = tuple[str, date, str, str, int | None]
FIRST: list[Line] = [
    ("tuan-giao", Q1, "Biểu 2", "quai-to", 57),
    ("tuan-giao", Q1, "Biểu 2", "ta-ma", None),
    ("tuan-giao", Q1, "Biểu 1", "tuan-giao", 4),
    ("uong-bi", Q1, "Biểu 2", "uong-bi", 0),
]


def rows(lines: list[Line]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, line, strict=True)) for line in lines], schema=SCHEMA)


def content(store: Store, as_of: str | None = None) -> set[Line]:
    snapshot = store.read(TABLE, as_of)
    assert snapshot is not None
    return {tuple(row.values()) for row in snapshot.rows.to_pylist()}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store holding `FIRST` as version 0."""
    store = Store(tmp_path / "store")
    store.replace_slices(TABLE, rows(FIRST), KEY)
    return store


def test_an_empty_store_has_no_tables(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert store.open(TABLE) is None
    assert store.read(TABLE) is None


def test_the_first_delivery_makes_version_0(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert store.replace_slices(TABLE, rows(FIRST), KEY) == StoreChange(version=0, added=3, replaced=0, unchanged=0)
    assert store.open(TABLE) is not None
    assert content(store) == set(FIRST)


def test_blank_and_zero_come_back_as_stored(store: Store) -> None:
    late = {line[3]: line[4] for line in content(store)}
    assert (late["ta-ma"], late["uong-bi"]) == (None, 0)


def test_rows_come_back_in_the_schema_they_were_stored_in(store: Store) -> None:
    snapshot = store.read(TABLE)
    assert snapshot is not None
    assert [(field.name, str(field.type)) for field in snapshot.rows.schema] == [
        (field.name, str(field.type)) for field in SCHEMA
    ]


@pytest.mark.parametrize("again", [FIRST, FIRST[::-1]], ids=["same", "reversed"])
def test_the_same_content_makes_no_new_version(store: Store, again: list[Line]) -> None:
    assert store.replace_slices(TABLE, rows(again), KEY) == StoreChange(version=0, added=0, replaced=0, unchanged=3)


def test_nothing_to_store_makes_no_table(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert store.replace_slices(TABLE, rows([]), KEY).version == -1
    assert store.open(TABLE) is None


def test_added_replaced_and_unchanged_slices_are_counted(store: Store) -> None:
    change = store.replace_slices(
        TABLE,
        rows(
            [
                ("tuan-giao", Q1, "Biểu 1", "tuan-giao", 5),
                ("uong-bi", Q1, "Biểu 2", "uong-bi", 0),
                ("tuan-giao", Q2, "Biểu 2", "ta-ma", 1),
            ]
        ),
        KEY,
    )
    assert change == StoreChange(version=1, added=1, replaced=1, unchanged=1)


def test_fewer_rows_replace_the_whole_slice_and_leave_others_alone(store: Store) -> None:
    corrected: Line = ("tuan-giao", Q1, "Biểu 2", "quai-to", 56)
    store.replace_slices(TABLE, rows([corrected]), KEY)
    assert content(store) == {corrected, *FIRST[2:]}


def test_a_blank_corrected_to_zero_is_a_change(store: Store) -> None:
    corrected: list[Line] = [FIRST[0], ("tuan-giao", Q1, "Biểu 2", "ta-ma", 0)]
    assert store.replace_slices(TABLE, rows(corrected), KEY).replaced == 1
    assert content(store) == {*corrected, *FIRST[2:]}


def test_another_period_of_the_same_table_is_another_slice(store: Store) -> None:
    later: Line = ("tuan-giao", Q2, "Biểu 2", "quai-to", 3)
    store.replace_slices(TABLE, rows([later]), KEY)
    assert content(store) == {*FIRST, later}


def test_every_version_stays_readable(store: Store) -> None:
    corrected: Line = ("uong-bi", Q1, "Biểu 2", "uong-bi", 7)
    store.replace_slices(TABLE, rows([corrected]), KEY)
    assert content(store, "0") == set(FIRST)
    assert content(store, "1") == content(store) == {*FIRST[:3], corrected}
    snapshot = store.read(TABLE, "0")
    assert snapshot is not None and snapshot.version == 0


def test_as_of_a_moment_is_what_was_known_then(store: Store) -> None:
    time.sleep(0.05)  # file times may lag behind the clock by a few milliseconds
    between = datetime.now(UTC)
    time.sleep(0.05)
    store.replace_slices(TABLE, rows([("uong-bi", Q1, "Biểu 2", "uong-bi", 7)]), KEY)
    assert content(store, between.isoformat()) == set(FIRST)
    assert content(store, (datetime.now(UTC) + timedelta(hours=1)).isoformat()) == content(store, "1")


def test_a_date_means_the_end_of_that_day(store: Store) -> None:
    store.replace_slices(TABLE, rows([("uong-bi", Q1, "Biểu 2", "uong-bi", 7)]), KEY)
    today = datetime.now(VIETNAM).date()
    assert content(store, today.isoformat()) == content(store, "1")
    with pytest.raises(StoreError):
        store.read(TABLE, (today - timedelta(days=1)).isoformat())


CHOICES: list[tuple[Where, set[str]]] = [
    ([("unit", "=", "quai-to")], {"quai-to"}),
    ([("unit", "in", ["quai-to", "uong-bi", "x'; DROP TABLE y"])], {"quai-to", "uong-bi"}),
    ([("unit", "=", "' OR '1' = '1")], set()),
    ([("unit", "in", [])], set()),
    ([("resolved_late", "<=", 4)], {"tuan-giao", "uong-bi"}),
    ([("from_date", "in", [Q1]), ("reporter", "=", "uong-bi")], {"uong-bi"}),
    ([("from_date", "<=", date(2019, 12, 31))], set()),
    ([], {"quai-to", "ta-ma", "tuan-giao", "uong-bi"}),
]


@pytest.mark.parametrize(("where", "units"), CHOICES)
def test_rows_are_chosen_by_values_that_stay_data(store: Store, where: Where, units: set[str]) -> None:
    snapshot = store.read(TABLE, where=where)
    assert snapshot is not None
    assert set(snapshot.rows.column("unit").to_pylist()) == units


@pytest.mark.parametrize(("where", "units"), CHOICES)
def test_a_frozen_store_chooses_the_same_rows(store: Store, tmp_path: Path, where: Where, units: set[str]) -> None:
    folder = write_frozen(tmp_path / "frozen", "x", str(store.root), {TABLE: 0}, (), {TABLE: rows(FIRST)})
    with reading_frozen(folder):
        shutil.rmtree(store.root)
        snapshot = store.read(TABLE, where=where)
    assert snapshot is not None
    assert set(snapshot.rows.column("unit").to_pylist()) == units


def test_a_column_the_table_did_not_have_yet_is_blank(store: Store) -> None:
    later = SCHEMA.append(pa.field("systems", pa.string()))
    snapshot = store.read(TABLE, schema=later)
    assert snapshot is not None
    assert snapshot.rows.schema.equals(later)
    assert snapshot.rows.column("systems").null_count == len(FIRST)


@pytest.mark.parametrize("as_of", ["2020-04-08", "2020-04-08T12:00", "2020-04-08T12:00+07:00"])
def test_before_the_first_delivery_nothing_was_known(store: Store, as_of: str) -> None:
    with pytest.raises(StoreError) as info:
        store.read(TABLE, as_of)
    assert str(info.value) == f"{TABLE}: nothing was stored yet on {as_of}"


@pytest.mark.parametrize("as_of", ["7", "99999999999999999999"])
def test_a_version_that_is_not_there_is_an_error(store: Store, as_of: str) -> None:
    with pytest.raises(StoreError, match=f"{TABLE}: version {as_of} is not in the store"):
        store.read(TABLE, as_of)


@pytest.mark.parametrize("as_of", ["", "-1", "yesterday", "31/04/2020", "2020-02-30", "1.5"])
def test_what_is_neither_version_nor_date_is_refused(store: Store, as_of: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is neither a version number nor a date; write for instance 3, 2020"):
        store.read(TABLE, as_of)


def test_content_hash_does_not_depend_on_row_or_column_order() -> None:
    table = rows(FIRST)
    shuffled = table.take([2, 0, 3, 1]).select(SCHEMA.names[::-1])
    assert content_hash(shuffled.to_pylist()) == content_hash(table.to_pylist())


@pytest.mark.parametrize("late", [None, 1, -57])
def test_content_hash_sees_every_cell(late: int | None) -> None:
    reporter, first, table, unit, _ = FIRST[0]
    changed = rows([(reporter, first, table, unit, late), *FIRST[1:]])
    assert content_hash(changed.to_pylist()) != content_hash(rows(FIRST).to_pylist())


def test_content_hash_counts_repeated_rows() -> None:
    assert content_hash(rows([*FIRST, FIRST[0]]).to_pylist()) != content_hash(rows(FIRST).to_pylist())


@pytest.fixture
def _in_project(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in `project`."""
    monkeypatch.setenv("BAOCAO_PROJECT", str(project.root))


@pytest.mark.usefixtures("_in_project")
def test_a_delivery_with_one_bad_file_stores_none_of_its_files(
    project: Project, sample: Path, edit: Callable[[Path, str, str], None]
) -> None:
    edit(sample / "bieu_3_by_procedure.csv", "procedure,1,UBND huyện Tuần Giáo", "procedure,1,UBND huyện Tuần Gáo")
    result = CliRunner().invoke(command, ["one-stop-summary", str(sample)])
    assert isinstance(result.exception, InputError)
    assert "bieu_3_by_procedure.csv, row 2, column “unit_heading”" in str(result.exception)
    assert Store(project.store).open(TABLE) is None


@pytest.mark.usefixtures("_in_project")
def test_a_good_delivery_is_stored_as_one_version(project: Project, sample: Path) -> None:
    assert CliRunner().invoke(command, ["one-stop-summary", str(sample)]).exit_code == 0
    snapshot = Store(project.store).read(TABLE)
    assert snapshot is not None
    assert (snapshot.version, snapshot.rows.num_rows) == (0, 110)


@pytest.mark.usefixtures("_in_project")
def test_one_file_named_twice_is_not_counted_twice(project: Project, sample: Path) -> None:
    path = str(sample / "bieu_2_by_unit.csv")
    CliRunner().invoke(command, ["one-stop-summary", path, path])
    snapshot = Store(project.store).read(TABLE)
    assert snapshot is None or snapshot.rows.num_rows == 21
