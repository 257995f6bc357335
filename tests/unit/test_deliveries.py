"""What was delivered: spans of days, what units are covered, and both as they were known at every version."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baocao.store.deliveries import (
    COVERAGE,
    DELIVERIES,
    Coverage,
    Covered,
    Days,
    coverage,
    deliveries,
    record_coverage,
    record_delivery,
)
from baocao.store.staging import Balance
from baocao.store.tables import Store

START = date(2020, 2, 20)  # the 29th of a leap year lies among the days
JANUARY = (date(2020, 1, 1), date(2020, 1, 31))
FEBRUARY = (date(2020, 2, 1), date(2020, 2, 29))
MARCH = (date(2020, 3, 1), date(2020, 3, 31))

Span = tuple[date, date]


def entry(unit: str, span: Span, source: str = "cong", systems: Sequence[str] = (), declared: bool = True) -> Covered:
    return Covered(source, tuple(systems) or (source,), unit, *span, declared)


# --- Days ---


def test_neighbouring_days_join_and_a_gap_stays() -> None:
    assert Days.of([MARCH, JANUARY]).spans == (JANUARY, MARCH)
    assert Days.of([FEBRUARY, JANUARY]).spans == ((JANUARY[0], FEBRUARY[1]),)
    assert Days.of([MARCH, JANUARY, FEBRUARY]).spans == ((JANUARY[0], MARCH[1]),)
    one_day_missing = (FEBRUARY[0] + timedelta(days=1), FEBRUARY[1])
    assert Days.of([JANUARY, one_day_missing]).spans == (JANUARY, one_day_missing)


def test_a_span_within_another_adds_nothing() -> None:
    assert Days.of([(JANUARY[0], MARCH[1]), FEBRUARY]).spans == ((JANUARY[0], MARCH[1]),)
    assert Days.of([JANUARY, JANUARY]).spans == (JANUARY,)
    assert Days.of([]).spans == ()


def test_both_ends_are_included() -> None:
    days = Days.of([FEBRUARY])
    assert days.contain(*FEBRUARY)
    assert days.contain(FEBRUARY[0], FEBRUARY[0]) and days.contain(FEBRUARY[1], FEBRUARY[1])
    assert not days.contain(JANUARY[1], FEBRUARY[1]) and not days.contain(FEBRUARY[0], MARCH[0])
    assert days.overlap(FEBRUARY[1], MARCH[1]) and days.overlap(JANUARY[0], FEBRUARY[0])
    assert not days.overlap(*JANUARY) and not days.overlap(*MARCH)


def test_days_with_a_hole_overlap_a_period_and_do_not_contain_it() -> None:
    days = Days.of([JANUARY, MARCH])
    assert days.overlap(JANUARY[0], MARCH[1]) and not days.contain(JANUARY[0], MARCH[1])
    assert not days.overlap(*FEBRUARY)


def test_no_days() -> None:
    assert not Days().contain(*JANUARY) and not Days().overlap(*JANUARY)


SPANS = st.tuples(st.integers(0, 25), st.integers(0, 6)).map(
    lambda pair: (START + timedelta(days=pair[0]), START + timedelta(days=pair[0] + pair[1]))
)


def days_of(spans: Iterable[Span]) -> set[date]:
    return {first + timedelta(days=day) for first, last in spans for day in range((last - first).days + 1)}


@given(st.lists(SPANS, max_size=6), SPANS)
def test_days_are_those_counted_one_by_one(spans: list[Span], asked: Span) -> None:
    days = Days.of(spans)
    every, wanted = days_of(spans), days_of([asked])
    assert days_of(days.spans) == every
    assert days.contain(*asked) == (wanted <= every)
    assert days.overlap(*asked) == bool(wanted & every)
    for (_, end), (start, _) in zip(days.spans, days.spans[1:], strict=False):
        assert (start - end).days > 1  # in order, and apart


# --- Coverage ---


def test_days_of_a_unit_by_source_or_of_any() -> None:
    covered = Coverage((entry("an", JANUARY), entry("an", FEBRUARY, "bo"), entry("binh", MARCH)))
    assert covered.of("an").spans == ((JANUARY[0], FEBRUARY[1]),)
    assert covered.of("an", "cong").spans == (JANUARY,)
    assert covered.of("an", "bo").spans == (FEBRUARY,)
    assert covered.of("an", "xa").spans == covered.of("chau").spans == ()


def test_systems_a_source_contains() -> None:
    covered = Coverage(
        (
            entry("an", JANUARY, "cong", ["cong", "thue"]),
            entry("an", FEBRUARY, "cong", ["cong", "bhxh"]),
            entry("an", JANUARY, "bo"),
            entry("binh", JANUARY, "khac"),
        )
    )
    assert covered.systems("an") == {"bo": ("bo",), "cong": ("bhxh", "cong", "thue")}
    assert covered.systems("chau") == {}


# --- What was known when ---


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


Known = Callable[[int], set[tuple[str, str, Span]]]


@pytest.fixture
def known(store: Store) -> Known:
    """Source, unit and days covered at a version of the dossiers."""

    def at(version: int) -> set[tuple[str, str, Span]]:
        return {
            (covered.source, covered.unit, (covered.from_date, covered.to_date))
            for covered in coverage(store, version).entries
        }

    return at


def test_a_store_without_deliveries(store: Store, known: Known) -> None:
    assert known(5) == set()
    assert deliveries(store) == []


def test_what_was_recorded_comes_back_whole(store: Store) -> None:
    entries = [
        entry("an", JANUARY, "bo", ["bo", "cong"]),
        entry("binh", FEBRUARY, "bo", ["bo", "cong"], declared=False),
    ]
    record_coverage(store, entries, "hash", 0)
    assert coverage(store, 0).entries == tuple(entries)


def test_coverage_holds_from_its_version_on(store: Store, known: Known) -> None:
    record_coverage(store, [entry("an", JANUARY)], "first", 0)
    record_coverage(store, [entry("an", FEBRUARY)], "second", 2)
    first, second = ("cong", "an", JANUARY), ("cong", "an", FEBRUARY)
    assert [known(version) for version in range(4)] == [{first}, {first}, {first, second}, {first, second}]


def test_the_same_delivery_again_is_no_news(store: Store, known: Known) -> None:
    entries = [entry("an", JANUARY), entry("binh", JANUARY)]
    record_coverage(store, entries, "hash", 0)
    before = store.open(COVERAGE)
    record_coverage(store, entries[::-1], "hash", 4)
    after = store.open(COVERAGE)
    assert before is not None and after is not None
    assert after.version() == before.version()
    assert len(known(0)) == 2


def test_a_list_said_to_cover_more_keeps_what_was_known(store: Store, known: Known) -> None:
    """A file delivered again with a wider description must not change what an earlier version says."""
    record_coverage(store, [entry("an", JANUARY)], "hash", 0)
    record_coverage(store, [entry("an", JANUARY), entry("binh", JANUARY)], "hash", 3)
    assert known(0) == known(2) == {("cong", "an", JANUARY)}
    assert known(3) == {("cong", "an", JANUARY), ("cong", "binh", JANUARY)}


def test_a_list_said_to_cover_less_does_so_from_then_on(store: Store, known: Known) -> None:
    record_coverage(store, [entry("an", JANUARY), entry("binh", JANUARY)], "hash", 0)
    record_coverage(store, [entry("an", JANUARY)], "hash", 3)
    assert known(0) == {("cong", "an", JANUARY), ("cong", "binh", JANUARY)}
    assert known(3) == {("cong", "an", JANUARY)}


def test_one_file_of_two_sources_keeps_what_was_known(store: Store, known: Known) -> None:
    record_coverage(store, [entry("an", JANUARY, "cong")], "hash", 0)
    record_coverage(store, [entry("an", JANUARY, "bo")], "hash", 1)
    record_coverage(store, [entry("an", JANUARY, "cong")], "hash", 2)  # delivered once more
    assert known(0) == {("cong", "an", JANUARY)}
    assert known(2) == {("cong", "an", JANUARY), ("bo", "an", JANUARY)}


def deliver(store: Store, file: str, source_hash: str, version: int, balance: Balance, source: str = "cong") -> None:
    record_delivery(
        store,
        source=source,
        file=file,
        source_hash=source_hash,
        column_map="plain",
        version=version,
        balance=balance,
        corrections=["c1", "c2"],
    )


def test_the_balance_of_every_list_oldest_first(store: Store) -> None:
    deliver(store, "b.csv", "b", 0, Balance(5, 4, 0, 0, 1))
    deliver(store, "c.csv", "c", 10, Balance(2, 0, 2, 0, 0))
    deliver(store, "a.csv", "a", 9, Balance(3, 1, 1, 1, 0))
    rows = deliveries(store)
    assert [(row["file"], row["version"]) for row in rows] == [("b.csv", 0), ("a.csv", 9), ("c.csv", 10)]
    balance = {name: rows[1][name] for name in ("read", "stored", "updated", "duplicates", "quarantined")}
    assert balance == {"read": 3, "stored": 1, "updated": 1, "duplicates": 1, "quarantined": 0}
    assert (rows[0]["source"], rows[0]["map"], rows[0]["corrections"]) == ("cong", "plain", "c1, c2")


def test_a_list_again_is_news_only_if_it_changed_something(store: Store) -> None:
    def versions() -> list[object]:
        return [row["version"] for row in deliveries(store)]

    deliver(store, "a.csv", "a", 0, Balance(2, 2, 0, 0, 0))
    deliver(store, "a.csv", "a", 1, Balance(2, 0, 0, 2, 0))
    assert versions() == [0]
    deliver(store, "a.csv", "a", 2, Balance(2, 0, 2, 0, 0))  # another list had changed its dossiers in between
    assert versions() == [0, 2]
    deliver(store, "a.csv", "a", 2, Balance(2, 0, 0, 2, 0), source="bo")  # of this source it is new
    assert versions() == [0, 2, 2]
    assert store.open(DELIVERIES) is not None
