"""The one-stop summary of dossiers: every rule by hand, and anything at all against a clerk who counts day by day."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from baocao.indicators import summary as summary_of
from baocao.indicators.summary import COUNTED, DIMENSIONS, MANY_UNITS, PROCEDURE_NAME, Window, merge, summarise
from baocao.intake.dossiers import AUTHORITIES, CHANNELS, FLAGS, PARTITIONS, SCHEMA, TABLE
from baocao.intake.one_stop import COUNTS
from baocao.intake.vocabulary import Vocabulary, load_vocabulary
from baocao.project import Project
from baocao.store.dossiers import DossierScan, scan_dossiers
from baocao.store.tables import Store
from tests.brute_summary import (
    ASKED,
    ENDINGS,
    NOT_COUNTED,
    OPTIONAL,
    RESOLVED,
    STATUSES,
    Row,
    Span,
    brute_summary,
    dossier,
    parquet_scan,
)
from tests.conftest import ROOT

#: What the sources of the random dossiers count as resolved as well.
INSIDE = {"dien-bien-portal": ("returned", "withdrawn"), "half": ("returned",), "nothing": ()}
SOURCES = ("office", *INSIDE)
#: Code and name: without a code, without a name, without either; one code under three names; a code that is a name.
PROCEDURES = (
    (None, "Khai sinh"),
    (None, None),
    ("1.01", "Khai sinh"),
    ("1.01", "Đăng ký"),
    ("1.01", "Chứng thực"),
    ("1.02", None),
    ("C", "C"),
)
BEGIN = date(2019, 12, 22)
LAST_OFFSET = 18
VOCABULARY = replace(load_vocabulary(Project(ROOT)), inside=INSIDE)

Counts = dict[str, Any]
Table = dict[tuple[Any, ...], Counts]


@pytest.fixture(autouse=True, scope="module")
def one_database() -> Iterator[None]:
    """Every summary is asked of a connection of its own, but of one database: to start one takes longer than to ask."""
    with summary_of._connect() as database, pytest.MonkeyPatch.context() as patch:
        patch.setattr(summary_of, "_connect", database.cursor)
        yield


# --- Dossiers as the store may hold them, and periods to ask for ---


@dataclass(frozen=True)
class Case:
    """Dossiers in files, and what is asked of them."""

    rows: Sequence[Row]
    parts: int
    spans: Sequence[Span]
    by: Sequence[str]

    def windows(self) -> list[Window]:
        return [Window(first, last, None if units is None else tuple(units)) for first, last, units in self.spans]


def days_after(start: date, first: int, last: int) -> st.SearchStrategy[date]:
    return st.integers(first, last).map(lambda days: start + timedelta(days=days))


def perhaps(days: st.SearchStrategy[date]) -> st.SearchStrategy[date | None]:
    """Mostly a day, sometimes none."""
    return st.one_of(st.none(), days, days)


def combined(**choices: Sequence[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any combination of one value for every column, drawn at once."""
    return st.sampled_from(list(product(*choices.values()))).map(lambda values: dict(zip(choices, values, strict=True)))


KEYS = combined(source=SOURCES, unit="abc", field=("Đất đai", "Hộ tịch", None), authority=AUTHORITIES)
DETAILS = combined(channel=CHANNELS, result_channel=(None, *CHANNELS), **dict.fromkeys(FLAGS, (None, True, False)))


@st.composite
def dossiers(draw: st.DrawFn, eventful: Sequence[date]) -> dict[str, Any]:
    """One dossier the intake would let pass; something often happens to it on one of the `eventful` days."""

    def after(start: date, first: int, last: int) -> st.SearchStrategy[date]:
        days = days_after(start, first, last)
        chosen = [day for day in eventful if day >= start + timedelta(days=first)]
        return days | st.sampled_from(chosen) if chosen else days

    status = draw(st.sampled_from((None, *STATUSES, ASKED)))
    received = draw(after(BEGIN, 0, LAST_OFFSET))
    finished = draw(perhaps(after(received, 0, 8)))
    # Nothing keeps the result from being handed over before the finish is noted.
    result = draw(perhaps(after(received, 0, 8) if finished is None else after(finished, -3, 4)))
    if finished is None and result is None and status in (*RESOLVED, *ENDINGS):
        finished = draw(after(received, 0, 8))
    asked = draw(perhaps(after(received, -1, 6)))
    answered = draw(perhaps(after(asked or received, 0, 4)))
    code, name = draw(st.sampled_from(PROCEDURES))
    return {
        **draw(KEYS),
        **draw(DETAILS),
        "procedure_code": code,
        "procedure": name,
        "received_date": None if status in NOT_COUNTED and draw(st.booleans()) else received,
        "due_date": draw(perhaps(after(finished or result or received, -5, 3))),
        "supplement_from": asked,
        "supplement_to": answered,
        "finished_date": finished,
        "result_date": result,
        "status": status,
    }


def lists(spans: Sequence[Span]) -> st.SearchStrategy[list[Counts]]:
    """Few dossiers to shrink to, many to find something with: a scan takes as long for one as for forty."""
    ends = {day + timedelta(days=beside) for span in spans for day in span[:2] for beside in (-1, 0, 1)}
    one = dossiers(sorted(ends))
    many = st.lists(one, min_size=25, max_size=40)
    return st.one_of(st.lists(one, max_size=2), many, many, many).map(
        lambda rows: [dossier(f"HS-{number}", **row) for number, row in enumerate(rows)]
    )


BY = st.lists(st.sampled_from(DIMENSIONS), unique=True).map(tuple)
#: Of a window: all of them, or some, one of which has no dossier.
UNITS = st.sampled_from((None, None, "abc", "ab", "cd", "b", "d", "")).map(
    lambda units: None if units is None else tuple(units)
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    spans = []
    for _ in range(draw(st.integers(1, 3))):
        first = draw(days_after(BEGIN, -2, LAST_OFFSET + 5))
        spans.append((first, draw(days_after(first, 0, 15)), draw(UNITS)))
    return Case(draw(lists(spans)), draw(st.integers(1, 2)), spans, draw(BY))


@st.composite
def neighbours(draw: st.DrawFn) -> Case:
    """Two periods one after the other, and both as one."""
    first = draw(days_after(BEGIN, -2, LAST_OFFSET))
    middle = draw(days_after(first, 0, 10))
    last = draw(days_after(middle, 1, 10))
    spans = [(first, middle, None), (middle + timedelta(days=1), last, None), (first, last, None)]
    return Case(draw(lists(spans)), 1, spans, draw(BY))


CASES = cases()
#: A normal run takes seconds; the full counts look for what is rare.
FEW = settings(max_examples=3, deadline=None)
MANY = settings(max_examples=200, deadline=None)


def as_counts(table: pa.Table, by: Sequence[str]) -> Table:
    """Rows by what they are told apart by; also that they are told apart, stand in order and have every column."""
    names = [PROCEDURE_NAME] if "procedure" in by else []
    assert table.column_names == ["period", *by, *names, *COUNTS]
    lines = table.to_pylist()
    keys = [tuple(line.pop(name) for name in ("period", *by)) for line in lines]
    assert keys == sorted(set(keys), key=lambda key: [(value is None, value) for value in key])
    return dict(zip(keys, lines, strict=True))


# --- Against the day-by-day count ---


def check_against_the_diary(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scan = parquet_scan(Path(folder), case.rows, case.parts)
        table = summarise(scan, VOCABULARY, case.windows(), case.by)
    assert as_counts(table, case.by) == brute_summary(case.rows, case.spans, case.by, INSIDE)


@given(case=CASES)
@settings(max_examples=10, deadline=None)
def test_summary_is_what_a_diary_kept_day_by_day_says(case: Case) -> None:
    check_against_the_diary(case)


@pytest.mark.full
@given(case=CASES)
@settings(max_examples=1000, deadline=None)
def test_summary_is_what_a_diary_says_a_thousand_times(case: Case) -> None:
    check_against_the_diary(case)


# --- What holds for any dossiers ---


def total(counts: Counts, *names: str) -> int:
    """Sum of some counts, blank as 0."""
    return sum(counts[name] or 0 for name in names)


RECEIVED = ("received_online", "received_direct", "received_postal")
RESOLVED_COUNTS = ("resolved_early", "resolved_on_time", "resolved_late")
PENDING = ("pending_in_time", "pending_overdue")
OPEN = (*PENDING, "awaiting_supplement")
STOCK = ("carried_over", *OPEN)
NOTHING: Counts = dict.fromkeys(COUNTS)


def check_what_came_is_what_went_and_what_is_left(case: Case) -> None:
    by = (*(name for name in case.by if name != "source"), "source")
    with tempfile.TemporaryDirectory() as folder:
        scan = parquet_scan(Path(folder), case.rows)
        table = as_counts(summarise(scan, VOCABULARY, case.windows(), by), by)
    for key, counts in table.items():
        apart = [name for name in ("withdrawn", "returned") if name not in INSIDE.get(key[-1], ())]
        assert total(counts, "carried_over", *RECEIVED) == total(counts, *RESOLVED_COUNTS, *OPEN, *apart), key
        assert total(counts, "carried_over", *RECEIVED) > 0, key  # no row for dossiers of another time
        assert all(counts[name] is not None for name in COUNTED), key


def check_neighbouring_periods_hand_over_and_add_up(case: Case) -> None:
    """Also of dossiers of which only today's state tells that they wait: they wait at the end of every period."""
    with tempfile.TemporaryDirectory() as folder:
        table = as_counts(
            summarise(parquet_scan(Path(folder), case.rows), VOCABULARY, case.windows(), case.by), case.by
        )
    for group in {key[1:] for key in table}:
        one, next_one, both = (table.get((place, *group), NOTHING) for place in range(3))
        assert total(next_one, "carried_over") == total(one, *OPEN), group
        assert total(both, "carried_over") == total(one, "carried_over"), group
        assert [total(both, name) for name in OPEN] == [total(next_one, name) for name in OPEN], group
        for name in COUNTS:
            if name not in STOCK:
                assert total(both, name) == total(one, name) + total(next_one, name), (group, name)


def check_partial_summaries_of_any_split_merge_to_the_whole(case: Case, by: Sequence[str], shares: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scan = parquet_scan(Path(folder), case.rows, case.parts)
        parts = [
            summarise(scan, VOCABULARY, case.windows(), by, chosen)
            for share in range(3)  # some of them without a file
            for chosen in [[file for file, of in zip(scan.files, shares, strict=False) if of == share]]
        ]
        whole = summarise(scan, VOCABULARY, case.windows(), by)
    merged = merge(parts, by)
    assert merged.schema == whole.schema
    assert merged.to_pylist() == whole.to_pylist()


def check_windows_do_not_know_of_each_other(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scan = parquet_scan(Path(folder), case.rows)
        together = summarise(scan, VOCABULARY, case.windows(), case.by)
        alone = [summarise(scan, VOCABULARY, [window], case.by) for window in case.windows()]
    assert together.to_pylist() == [
        row | {"period": place} for place, table in enumerate(alone) for row in table.to_pylist()
    ]


SPLIT = {
    "case": CASES,
    "by": st.sampled_from([("procedure",), ("unit", "procedure"), ("procedure", "source"), (), DIMENSIONS]),
    "shares": st.lists(st.integers(0, 2), min_size=40, max_size=40),
}
#: What holds, and for what.
LAWS: list[tuple[Callable[..., None], dict[str, st.SearchStrategy[Any]]]] = [
    (check_what_came_is_what_went_and_what_is_left, {"case": CASES}),
    (check_neighbouring_periods_hand_over_and_add_up, {"case": neighbours()}),
    (check_partial_summaries_of_any_split_merge_to_the_whole, SPLIT),
    (check_windows_do_not_know_of_each_other, {"case": CASES}),
]


@pytest.mark.parametrize(("law", "drawn"), LAWS, ids=[law.__name__.removeprefix("check_") for law, _ in LAWS])
def test_what_holds_for_any_dossiers(law: Callable[..., None], drawn: dict[str, st.SearchStrategy[Any]]) -> None:
    FEW(given(**drawn)(law))()


@pytest.mark.full
@pytest.mark.parametrize(("law", "drawn"), LAWS, ids=[law.__name__.removeprefix("check_") for law, _ in LAWS])
def test_what_holds_for_many_dossiers(law: Callable[..., None], drawn: dict[str, st.SearchStrategy[Any]]) -> None:
    MANY(given(**drawn)(law))()


# --- Every rule by hand: March 2020 unless said otherwise ---

FIRST, LAST = date(2020, 3, 1), date(2020, 3, 31)
APRIL = (date(2020, 4, 1), date(2020, 4, 30))


def march(day: int) -> date:
    return date(2020, 3, day)


@pytest.fixture
def vocabulary(shared_project: Project) -> Vocabulary:
    return load_vocabulary(shared_project)


@pytest.fixture
def stored(tmp_path: Path) -> Callable[..., DossierScan]:
    """Put dossiers into a Delta table as the intake does."""

    def store(*rows: Row) -> DossierScan:
        store = Store(tmp_path / "store")
        table = pa.Table.from_pylist(list(rows), schema=SCHEMA)
        write_deltalake(store.address(TABLE), table, mode="overwrite", partition_by=list(PARTITIONS))
        scan = scan_dossiers(store)
        assert scan is not None
        return scan

    return store


@pytest.fixture
def summary(stored: Callable[..., DossierScan], vocabulary: Vocabulary) -> Callable[..., list[Counts]]:
    """Rows of the summary of some dossiers."""

    def rows_of(
        *rows: Row,
        first: date = FIRST,
        last: date = LAST,
        by: Sequence[str] = ("unit",),
        words: Vocabulary = vocabulary,
    ) -> list[Counts]:
        table = summarise(stored(*rows), words, [Window(first, last)], by)
        return [dict(row) for row in table.to_pylist()]

    return rows_of


@pytest.fixture
def counted(summary: Callable[..., list[Counts]]) -> Callable[..., dict[str, int]]:
    """The counts above 0 of the only row; of no row at all, nothing."""

    def counts(*rows: Row, **options: Any) -> dict[str, int]:
        found = summary(*rows, **options)
        assert len(found) <= 1
        return {name: row[name] for row in found for name in COUNTS if row[name]}

    return counts


Counted = Callable[..., dict[str, int]]
Summary = Callable[..., list[Counts]]


@pytest.mark.parametrize(
    ("received", "finished", "expected"),
    [
        (date(2020, 2, 29), date(2020, 2, 29), {}),
        (date(2020, 2, 28), march(1), {"carried_over": 1, "resolved_on_time": 1}),
        (date(2020, 2, 28), None, {"carried_over": 1, "pending_in_time": 1}),
        (march(1), march(1), {"received_direct": 1, "resolved_on_time": 1}),
        (march(31), march(31), {"received_direct": 1, "resolved_on_time": 1}),
        (march(31), date(2020, 4, 1), {"received_direct": 1, "pending_in_time": 1}),
        (date(2020, 4, 1), None, {}),
        (date(2018, 7, 9), date(2021, 1, 5), {"carried_over": 1, "pending_in_time": 1}),
    ],
)
def test_both_ends_belong_to_the_period(
    counted: Counted, received: date, finished: date | None, expected: dict[str, int]
) -> None:
    status = "processing" if finished is None else "finished"
    assert counted(dossier(received_date=received, finished_date=finished, status=status)) == expected


def test_dossiers_come_in_by_channel(counted: Counted) -> None:
    channels = ["online"] * 3 + ["direct"] * 2 + ["postal"]
    rows = [dossier(f"HS-{number}", channel=channel) for number, channel in enumerate(channels)]
    before = [dossier(channel, channel=channel, received_date=date(2020, 2, 29)) for channel in CHANNELS]
    assert counted(*rows, *before) == {
        "carried_over": 3,
        "received_online": 3,
        "received_direct": 2,
        "received_postal": 1,
        "pending_in_time": 9,
    }


@pytest.mark.parametrize(
    ("due", "expected"), [(march(9), "resolved_late"), (march(10), "resolved_on_time"), (march(11), "resolved_early")]
)
def test_finished_against_the_due_date_by_whole_days(counted: Counted, due: date, expected: str) -> None:
    row = dossier(status="finished", due_date=due, finished_date=march(10))
    assert counted(row) == {"received_direct": 1, expected: 1}


@pytest.mark.parametrize(
    ("due", "expected"),
    [(march(30), "pending_overdue"), (LAST, "pending_in_time"), (APRIL[0], "pending_in_time")],
)
def test_due_on_the_last_day_is_still_in_time(counted: Counted, due: date, expected: str) -> None:
    assert counted(dossier(due_date=due)) == {"received_direct": 1, expected: 1}


def test_without_a_due_date_nothing_is_early_late_or_overdue_and_that_is_known(summary: Summary) -> None:
    (done,) = summary(dossier(status="finished", finished_date=march(10)))
    assert (done["resolved_early"], done["resolved_on_time"], done["resolved_late"]) == (0, 1, 0)
    (open_one,) = summary(dossier())
    assert (open_one["pending_in_time"], open_one["pending_overdue"]) == (1, 0)


@pytest.mark.parametrize(
    ("asked", "answered", "finished", "expected"),
    [
        (march(5), march(8), march(12), "resolved_early"),
        (march(5), march(8), march(13), "resolved_on_time"),
        (march(5), march(8), march(14), "resolved_late"),
        (march(5), march(5), march(11), "resolved_late"),
        (march(5), None, march(11), "resolved_late"),
        (None, march(8), march(11), "resolved_late"),
        (None, march(8), march(10), "resolved_on_time"),
    ],
)
def test_waiting_moves_the_due_date_only_if_both_days_are_known(
    counted: Counted, asked: date | None, answered: date | None, finished: date, expected: str
) -> None:
    """Due on 10 March, three days of waiting: on 13 March."""
    row = dossier(
        status="finished", due_date=march(10), supplement_from=asked, supplement_to=answered, finished_date=finished
    )
    assert counted(row) == {"received_direct": 1, expected: 1}


@pytest.mark.parametrize(("answered", "expected"), [(march(22), "pending_overdue"), (march(23), "pending_in_time")])
def test_waiting_moves_the_due_date_of_open_dossiers_too(counted: Counted, answered: date, expected: str) -> None:
    row = dossier(due_date=march(28), supplement_from=march(20), supplement_to=answered)
    assert counted(row) == {"received_direct": 1, expected: 1}


@pytest.mark.parametrize(
    ("status", "asked", "answered", "expected"),
    [
        ("supplement", None, None, "awaiting_supplement"),
        ("supplement", LAST, None, "awaiting_supplement"),
        ("supplement", APRIL[0], None, "pending_in_time"),
        ("supplement", march(5), march(9), "pending_in_time"),
        ("processing", march(5), LAST, "pending_in_time"),
        ("processing", march(5), APRIL[0], "awaiting_supplement"),
        ("processing", LAST, APRIL[0], "awaiting_supplement"),
        ("processing", march(5), None, "pending_in_time"),
        (None, march(5), None, "awaiting_supplement"),
        (None, march(5), march(9), "pending_in_time"),
        (None, None, None, "pending_in_time"),
    ],
)
def test_who_waits_for_a_supplement_on_the_last_day(
    counted: Counted, status: str | None, asked: date | None, answered: date | None, expected: str
) -> None:
    """By the days where they are known, else by the state it is in now."""
    row = dossier(status=status, supplement_from=asked, supplement_to=answered)
    assert counted(row) == {"received_direct": 1, expected: 1}


def test_a_dossier_that_waits_is_never_overdue(counted: Counted) -> None:
    assert counted(dossier(status="supplement", due_date=march(10))) == {"received_direct": 1, "awaiting_supplement": 1}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("received", "pending_in_time"),
        ("processing", "pending_in_time"),
        ("financial", "pending_in_time"),
        ("supplement", "awaiting_supplement"),
        ("finished", "resolved_on_time"),
        ("delivered", "resolved_on_time"),
        ("withdrawn", "withdrawn"),
        ("stopped", "returned"),
        (None, "resolved_on_time"),
    ],
)
def test_the_day_of_the_result_decides_only_where_the_dossier_is_closed(
    counted: Counted, status: str | None, expected: str
) -> None:
    assert counted(dossier(status=status, result_date=march(20))) == {"received_direct": 1, expected: 1}


@pytest.mark.parametrize("status", ["delivered", "processing", None])
def test_the_day_it_was_finished_goes_before_the_day_of_the_result(counted: Counted, status: str | None) -> None:
    row = dossier(status=status, due_date=march(20), finished_date=march(20), result_date=date(2020, 4, 6))
    assert counted(row) == {"received_direct": 1, "resolved_on_time": 1}
    assert counted(row, first=APRIL[0], last=APRIL[1]) == {}


@pytest.mark.parametrize(("status", "column"), [("withdrawn", "withdrawn"), ("stopped", "returned")])
def test_withdrawn_and_returned_end_on_their_day(counted: Counted, status: str, column: str) -> None:
    row = dossier(status=status, due_date=march(5), finished_date=date(2020, 4, 2))
    assert counted(row) == {"received_direct": 1, "pending_overdue": 1}
    assert counted(row, first=APRIL[0], last=APRIL[1]) == {"carried_over": 1, column: 1}
    assert counted(row, first=date(2020, 5, 1), last=date(2020, 5, 31)) == {}


@pytest.mark.parametrize("status", ["registered", "refused"])
def test_what_was_never_taken_in_is_never_counted(summary: Summary, status: str) -> None:
    days = [{}, {"received_date": None}, {"finished_date": march(9)}, {"result_date": march(9)}]
    rows = [dossier(f"HS-{number}", status=status, **known) for number, known in enumerate(days)]
    assert summary(*rows) == []
    (row,) = summary(*rows, dossier())
    assert (row["received_direct"], row["pending_in_time"], row["resolved_on_time"]) == (1, 1, 0)


def test_a_source_may_count_returned_and_withdrawn_as_resolved_as_well(summary: Summary) -> None:
    """The Điện Biên portal's own form balances so, other systems list them apart."""
    ended = [
        dossier(f"{source}-{status}", source=source, status=status, due_date=march(9), finished_date=march(10))
        for source in ("office", "dien-bien-portal")
        for status in ("withdrawn", "stopped", "finished")
    ]
    columns = ("source", "resolved_late", "withdrawn", "returned")
    assert [tuple(row[name] for name in columns) for row in summary(*ended, by=("source",))] == [
        ("dien-bien-portal", 3, 1, 1),
        ("office", 1, 1, 1),
    ]


def test_a_source_may_fold_one_of_the_two(summary: Summary, vocabulary: Vocabulary) -> None:
    words = replace(vocabulary, inside={"office": ("returned",), "other": ()})
    signed = {"result_signed": True, "digitised_result": True, "result_channel": "online"}
    ended = [
        dossier(f"{source}-{status}", source=source, status=status, finished_date=march(10), **signed)
        for source in ("office", "other")
        for status in ("withdrawn", "stopped")
    ]
    results = ("results_signed", "digitised_result", "results_online", "results_postal")
    columns = ("source", "resolved_on_time", "withdrawn", "returned", *results)
    assert [tuple(row[name] for name in columns) for row in summary(*ended, by=("source",), words=words)] == [
        ("office", 1, 1, 1, 1, 1, 1, 0),
        ("other", 0, 1, 1, None, None, None, None),
    ]


def test_states_are_names_whatever_letters_they_have(counted: Counted, vocabulary: Vocabulary) -> None:
    words = replace(vocabulary, statuses={**vocabulary.statuses, "it's over": "withdrawn"})
    row = dossier(status="it's over", finished_date=march(10))
    assert counted(row, words=words) == {"received_direct": 1, "withdrawn": 1}


# --- Blank is not zero ---


def test_a_list_that_says_little_leaves_the_rest_blank(summary: Summary) -> None:
    (row,) = summary(dossier(status=None, finished_date=march(4)))
    assert {name for name in COUNTS if row[name] is None} == set(OPTIONAL)
    assert set(OPTIONAL) == set(COUNTS) - set(COUNTED)


def test_a_list_with_states_knows_that_none_was_withdrawn(summary: Summary) -> None:
    (row,) = summary(dossier(status="finished", finished_date=march(4)))
    assert (row["awaiting_supplement"], row["withdrawn"], row["returned"]) == (0, 0, 0)


def test_a_list_with_supplement_days_knows_who_waits_and_nothing_of_withdrawals(summary: Summary) -> None:
    (row,) = summary(dossier(status=None, supplement_from=march(3), supplement_to=march(4)), dossier("2", status=None))
    assert (row["awaiting_supplement"], row["withdrawn"], row["returned"]) == (0, None, None)


@pytest.mark.parametrize(
    ("column", "flag"),
    [
        ("results_signed", "result_signed"),
        ("paid_online", "paid_online"),
        ("digitised_in", "digitised_in"),
        ("digitised_result", "digitised_result"),
    ],
)
@pytest.mark.parametrize(
    ("values", "expected"), [((None, None), None), ((None, False), 0), ((None, True), 1), ((True, True), 2)]
)
def test_flags_count_where_somebody_says_so(
    summary: Summary, column: str, flag: str, values: tuple[bool | None, ...], expected: int | None
) -> None:
    ended = {"status": "finished", "finished_date": march(4)}
    (row,) = summary(*(dossier(f"HS-{place}", **ended, **{flag: value}) for place, value in enumerate(values)))
    assert {name: row[name] for name in OPTIONAL[3:] if row[name] is not None} == (
        {} if expected is None else {column: expected}
    )


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ([None], (None, None)),
        ([None, "direct"], (0, 0)),
        (["postal", "direct"], (1, 0)),
        (["online", "postal", "online", None], (1, 2)),
    ],
)
def test_results_by_the_way_they_were_handed_over(
    summary: Summary, channels: list[str | None], expected: tuple[int | None, ...]
) -> None:
    ended = {"status": "finished", "finished_date": march(4)}
    (row,) = summary(*(dossier(f"HS-{place}", **ended, result_channel=way) for place, way in enumerate(channels)))
    assert (row["results_postal"], row["results_online"]) == expected


def test_what_came_in_counts_when_it_came_and_results_when_it_was_resolved(summary: Summary) -> None:
    known = dict.fromkeys(FLAGS, True) | {"result_channel": "online"}
    row = dossier(**known, status="finished", finished_date=date(2020, 4, 2))
    (at_first,) = summary(row)
    (then,) = summary(row, first=APRIL[0], last=APRIL[1])
    names = ("paid_online", "digitised_in", "results_signed", "digitised_result", "results_online", "results_postal")
    assert [at_first[name] for name in names] == [1, 1, None, None, None, None]
    assert [then[name] for name in names] == [None, None, 1, 1, 1, 0]


def test_saturdays(counted: Counted) -> None:
    """29 February, 7 and 14 March 2020 were Saturdays; only those of the period count."""
    days = [date(2020, 2, 29), march(6), march(7), march(8), march(14)]
    rows = [dossier(f"HS-{place}", received_date=day) for place, day in enumerate(days)]
    expected = {"carried_over": 1, "received_direct": 4, "pending_in_time": 5, "received_saturday": 2}
    assert counted(*rows) == expected


# --- Told apart by … ---


def test_procedure_is_its_code_else_its_name_and_has_the_first_of_its_names(summary: Summary) -> None:
    listed = [
        ("1.01", "Khai tử"),
        ("1.01", "Khai sinh"),
        ("1.01", None),
        (None, "Khai sinh"),
        (None, None),
        ("2", None),
    ]
    rows = [dossier(f"HS-{n}", procedure_code=code, procedure=name) for n, (code, name) in enumerate(listed)]
    found = [
        (row["procedure"], row["procedure_name"], row["received_direct"]) for row in summary(*rows, by=["procedure"])
    ]
    assert found == [("1.01", "Khai sinh", 3), ("2", None, 1), ("Khai sinh", "Khai sinh", 1), (None, None, 1)]


def test_rows_are_told_apart_by_all_that_is_asked_and_by_nothing_else(summary: Summary) -> None:
    rows = [
        dossier("1", unit="b"),
        dossier("2", unit="a", authority="vertical"),
        dossier("3", unit="a", source="portal"),
        dossier("4", unit="a", field=None),
    ]
    assert [(row["unit"], row["received_direct"]) for row in summary(*rows)] == [("a", 3), ("b", 1)]
    apart = [
        (row["authority"], row["field"], row["received_direct"]) for row in summary(*rows, by=("authority", "field"))
    ]
    assert apart == [("own", "Đất đai", 2), ("own", None, 1), ("vertical", "Đất đai", 1)]
    assert [row["received_direct"] for row in summary(*rows, by=())] == [4]


def test_the_same_id_in_two_sources_is_two_dossiers(summary: Summary) -> None:
    (row,) = summary(dossier("HS-1"), dossier("HS-1", source="portal"))
    assert row["received_direct"] == 2


# --- Windows, files, partial summaries ---


def test_every_window_has_its_own_days_and_units(stored: Callable[..., DossierScan], vocabulary: Vocabulary) -> None:
    scan = stored(
        dossier("1", unit="a"), dossier("2", unit="b"), dossier("3", unit="b", received_date=date(2020, 4, 30))
    )
    windows = [
        Window(FIRST, LAST, ("a",)),
        Window(*APRIL, units=("b", "c")),
        Window(FIRST, LAST, ()),
        Window(FIRST, LAST),
    ]
    table = as_counts(summarise(scan, vocabulary, windows, ("unit",)), ("unit",))
    assert {key: (row["carried_over"], row["received_direct"]) for key, row in table.items()} == {
        (0, "a"): (0, 1),
        (1, "b"): (1, 1),
        (3, "a"): (0, 1),
        (3, "b"): (0, 1),
    }


def test_a_list_is_left_out_of_a_unit_in_a_window(stored: Callable[..., DossierScan], vocabulary: Vocabulary) -> None:
    """Of that unit and that window alone."""
    both = ("office", "portal")
    scan = stored(*(dossier(f"{n}", unit=unit, source=source) for source in both for n, unit in enumerate("ab")))
    without = Window(FIRST, LAST, without=(("a", both[0]), ("nobody", both[1])))

    def found(*windows: Window) -> dict[tuple[Any, ...], int]:
        table = as_counts(summarise(scan, vocabulary, windows, ("unit", "source")), ("unit", "source"))
        return {key: row["received_direct"] for key, row in table.items()}

    once = {("a", "portal"): 1, ("b", both[0]): 1, ("b", "portal"): 1}
    twice = once | {("a", both[0]): 1}
    assert found(without) == {(0, *key): 1 for key in once}
    assert found(Window(FIRST, LAST), without, Window(FIRST, LAST, ("a",))) == {
        **{(0, *key): 1 for key in twice},
        **{(1, *key): 1 for key in once},
        **{(2, *key): 1 for key in twice if key[0] == "a"},
    }


def test_dossiers_of_last_year_are_read_and_those_of_next_year_are_not_counted(counted: Counted) -> None:
    rows = [dossier("1", received_date=date(2019, 12, 31)), dossier("2", received_date=date(2020, 1, 1))]
    assert counted(*rows, first=date(2019, 12, 1), last=date(2019, 12, 31)) == {
        "received_direct": 1,
        "pending_in_time": 1,
    }
    assert counted(*rows, first=date(2020, 1, 1), last=date(2020, 1, 1)) == {
        "carried_over": 1,
        "received_direct": 1,
        "pending_in_time": 2,
    }


def test_some_of_the_files(stored: Callable[..., DossierScan], vocabulary: Vocabulary) -> None:
    scan = stored(dossier("1"), dossier("2", received_date=date(2020, 2, 3)), dossier("3", source="portal"))
    (february,) = (file for file in scan.files if "received_month=2020-02" in file)
    part = summarise(scan, vocabulary, [Window(FIRST, LAST)], ("unit",), [february])
    assert [(row["carried_over"], row["received_direct"]) for row in part.to_pylist()] == [(1, 0)]
    nothing = summarise(scan, vocabulary, [Window(FIRST, LAST)], ("unit",), [])
    assert (nothing.num_rows, nothing.schema) == (0, part.schema)


def test_merged_counts_are_added_and_blank_adds_nothing(
    stored: Callable[..., DossierScan], vocabulary: Vocabulary
) -> None:
    def part(*rows: Row) -> pa.Table:
        return summarise(stored(*rows), vocabulary, [Window(FIRST, LAST)], ("procedure",))

    code = {"procedure_code": "1.01"}
    parts = [
        part(dossier("1", **code, procedure="Khai tử", digitised_in=False)),
        part(dossier("2", **code, procedure="Khai sinh"), dossier("3", **code)),
        part(dossier("4", procedure=None)),
        part(dossier("5", procedure=None, paid_online=True)),
    ]
    names = ("procedure", "procedure_name", "received_direct", "digitised_in", "paid_online", "results_signed")
    assert [tuple(row[name] for name in names) for row in merge(parts, ("procedure",)).to_pylist()] == [
        ("1.01", "Khai sinh", 3, 0, None, None),
        (None, None, 2, None, 1, None),
    ]


def test_many_units_are_told_apart_after_counting(stored: Callable[..., DossierScan], vocabulary: Vocabulary) -> None:
    """Beyond a number of units the others are left out of the groups, not of the scan: the answer is the same."""
    scan = stored(*(dossier(f"d{n}", unit=f"u{n % 300:03d}") for n in range(900)))
    wanted = tuple(f"u{n:03d}" for n in range(0, 300, 2))
    assert len(wanted) > MANY_UNITS
    shares = [wanted[start : start + 50] for start in range(0, len(wanted), 50)]
    many, *few = (
        summarise(scan, vocabulary, [Window(FIRST, LAST, units)], ("unit",)).to_pylist() for units in (wanted, *shares)
    )
    assert many == [row for part in few for row in part]
    assert len(many) == len(wanted)
