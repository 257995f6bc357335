"""Find what is wrong with stored dossiers: one scan for every rule about single dossiers, its groups judged after it.

DuckDB finds, Great Expectations judges: what reaches it is one small number for each unit and month.
"""

from collections import Counter, namedtuple
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from statistics import median_low
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from baocao.checks.dossier_suite import (
    LAST_EVENT,
    DossierExpectation,
    DossierSuite,
    Filled,
    Fresh,
    NotAfterDelivery,
    OneName,
    UsualNumber,
    row_condition,
)
from baocao.intake.vocabulary import Vocabulary
from baocao.store.deliveries import Coverage
from baocao.store.dossiers import DossierScan

if TYPE_CHECKING:
    import duckdb

#: How many dossiers a finding names.
NAMED = 20
MEMORY = "600MB"


@dataclass(frozen=True)
class Group:
    """One unit and month (None: all its months) under one expectation.

    Attributes
    ----------
    failing
        How many are wrong, 0 where nothing is.
    found, expected
        What a finding prints: the number of wrong dossiers, or the odd number itself and what it should have been.
    dossiers
        Ids of the first dossiers that are wrong.
    """

    expectation: str
    unit: str
    month: str | None
    checked: int
    failing: int
    found: int = 0
    expected: int = 0
    dossiers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Violations:
    """What was checked, one group for every unit and expectation, and the months in which something is wrong.

    `units` are those that have dossiers, also where no expectation could be judged.
    """

    checked: Sequence[Group]
    failing: Sequence[Group]
    units: Sequence[str]


def find_violations(
    scan: DossierScan, suite: DossierSuite, vocabulary: Vocabulary, covered: Coverage, units: Sequence[str] | None
) -> Violations:
    """Check the dossiers of some units, of all for None; groups stand in the order of the suite."""
    import duckdb

    with duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": False}) as connection:
        scan.register(connection, "stored")
        wanted = "true"
        if units is not None:
            connection.register("units", pa.table({"unit": pa.array(units, pa.string())}))
            wanted = "unit IN (SELECT unit FROM units)"
        connection.register("covered", _last_days(covered))
        rules = _rules(suite, vocabulary)
        _count(connection, rules, wanted)
        _count_after_delivery(connection, rules, wanted)
        months = _rows(
            connection, "SELECT unit, source, month, dossiers, oldest, newest, last_covered FROM months ORDER BY ALL"
        )
        judged = _judge_months(connection, suite, rules)
        named = _name_dossiers(connection, {name: rules[name].wrong for name in judged if judged[name].wrong}, wanted)
        groups: list[Group] = []
        for expectation in suite.expectations:
            match expectation:
                case OneName():
                    groups.extend(_other_names(connection, expectation, wanted))
                case Fresh():
                    groups.extend(_stale(expectation, months))
                case UsualNumber():
                    groups.extend(_unusual(expectation, months))
                case _:
                    groups.extend(judged[expectation.id].groups(named))
    checked: Counter[tuple[str, str]] = Counter()
    failing: Counter[tuple[str, str]] = Counter()
    for group in groups:
        checked[group.expectation, group.unit] += group.checked
        failing[group.expectation, group.unit] += group.failing
    totals = [Group(*key, None, number, failing[key]) for key, number in checked.items()]
    units_found = list(dict.fromkeys(row.unit for row in months))
    return Violations(totals, [group for group in groups if group.failing], units_found)


def _last_days(covered: Coverage) -> pa.Table:
    """Last day declared for each unit and source."""
    last: dict[tuple[str, str], date] = {}
    for entry in covered.entries:
        if entry.declared:
            key = (entry.unit, entry.source)
            last[key] = max(last.get(key, entry.to_date), entry.to_date)
    return pa.table(
        {
            "unit": pa.array([unit for unit, _ in last], pa.string()),
            "source": pa.array([source for _, source in last], pa.string()),
            "last_covered": pa.array(last.values(), pa.date32()),
        }
    )


@dataclass(frozen=True)
class _Rule:
    """A rule about single dossiers: its columns in `months` start with `name`.

    `after_delivery` rules look at the last day delivered, which only few months come near.
    """

    name: str
    wrong: str
    known: str
    after_delivery: bool


def _rules(suite: DossierSuite, vocabulary: Vocabulary) -> dict[str, _Rule]:
    """The rules about single dossiers by the id of their expectation."""
    rules = {}
    for place, expectation in enumerate(suite.expectations):
        if condition := row_condition(expectation, vocabulary):
            after_delivery = isinstance(expectation, NotAfterDelivery)
            rules[expectation.id] = _Rule(f"rule_{place}", *condition, after_delivery)
    return rules


def _count(connection: "duckdb.DuckDBPyConnection", rules: Mapping[str, _Rule], wanted: str) -> None:
    """Table `months`: of every unit, source and month the number of dossiers, and for each rule how many are wrong."""
    counts = "".join(
        f""",
        count(*) FILTER (WHERE {rule.known}) AS {rule.name}_checked,
        count(*) FILTER (WHERE {rule.wrong}) AS {rule.name}_failing"""
        for rule in rules.values()
        if not rule.after_delivery
    )
    connection.execute(
        f"""
        CREATE TEMP TABLE months AS
        WITH counted AS (
            SELECT unit, source, received_month AS month, count(*) AS dossiers, count(procedure_code) AS coded,
                min(received_date) AS oldest, max(received_date) AS newest, max({LAST_EVENT}) AS last_event{counts}
            FROM stored WHERE {wanted} GROUP BY ALL
        ) SELECT * FROM counted LEFT JOIN covered USING (unit, source)
        """  # noqa: S608 -- made of the suite's checked names
    )


def _count_after_delivery(connection: "duckdb.DuckDBPyConnection", rules: Mapping[str, _Rule], wanted: str) -> None:
    """The counts of rules about the last day delivered, looking only into months with an event after it."""
    for rule in rules.values():
        if not rule.after_delivery:
            continue
        checked, failing = f"{rule.name}_checked", f"{rule.name}_failing"
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE months AS
            WITH suspects AS (SELECT unit, source, month, last_covered FROM months WHERE last_event > last_covered),
            found AS (
                SELECT unit, source, month, count(*) AS failing
                FROM stored JOIN suspects USING (unit, source) WHERE {wanted} AND received_month = month
                AND {rule.wrong} GROUP BY ALL
            )
            SELECT months.*, CASE WHEN {rule.known} THEN dossiers ELSE 0 END AS {checked},
                coalesce(failing, 0) AS {failing}
            FROM months LEFT JOIN found USING (unit, source, month)
            """  # noqa: S608
        )


@dataclass(frozen=True)
class _Judged:
    """The months of one rule about single dossiers, those that are wrong apart."""

    expectation: str
    rows: Sequence[Any]

    @property
    def wrong(self) -> bool:
        return any(row.failing for row in self.rows)

    def groups(self, named: Mapping[tuple[str, str, str], Sequence[str]]) -> Iterator[Group]:
        """One group for all months of a unit that are right, and one for each that is not, its dossiers named."""
        for row in self.rows:
            unit, month, failing = row.unit, row.bad_month, row.failing
            ids = tuple(named.get((self.expectation, unit, month), ())) if failing else ()
            yield Group(self.expectation, unit, month, row.checked, failing, failing, dossiers=ids)


def _judge_months(
    connection: "duckdb.DuckDBPyConnection", suite: DossierSuite, rules: Mapping[str, _Rule]
) -> dict[str, _Judged]:
    judged = {}
    for expectation in suite.expectations:
        if expectation.id not in rules:
            continue
        rule = rules[expectation.id].name
        allowed_pct = 100 - expectation.at_least_pct if isinstance(expectation, Filled) else 0
        rows = _rows(
            connection,
            f"""
            WITH by_month AS (
                SELECT unit, month, sum({rule}_checked)::BIGINT AS checked, sum({rule}_failing)::BIGINT AS failing
                FROM months GROUP BY ALL
            ), judged AS (SELECT *, failing * 100 > checked * {allowed_pct} AS wrong FROM by_month)
            SELECT unit, CASE WHEN wrong THEN month END AS bad_month, sum(checked)::BIGINT AS checked,
                   CASE WHEN bad_month IS NULL THEN 0 ELSE max(failing) END AS failing
            FROM judged GROUP BY unit, bad_month ORDER BY unit, bad_month
            """,  # noqa: S608
        )
        judged[expectation.id] = _Judged(expectation.id, rows)
    return judged


def _name_dossiers(
    connection: "duckdb.DuckDBPyConnection", wrong: Mapping[str, str], wanted: str
) -> dict[tuple[str, str, str], list[str]]:
    """The first ids of every rule that is broken somewhere (id → condition), by rule, unit and month: one more scan."""
    if not wrong:  # most rules hold, and then the ids need not be read at all
        return {}
    ids = ", ".join(f"min(dossier, {NAMED}) FILTER (WHERE {condition})" for condition in wrong.values())
    query = f"""
        SELECT unit, received_month, {ids} FROM stored LEFT JOIN covered USING (unit, source)
        WHERE {wanted} AND ({" OR ".join(f"({condition})" for condition in wrong.values())}) GROUP BY ALL
    """  # noqa: S608
    return {
        (name, unit, month): found
        for unit, month, *lists in connection.sql(query).fetchall()
        for name, found in zip(wrong, lists, strict=True)
        if found
    }


def _rows(connection: "duckdb.DuckDBPyConnection", query: str) -> list[Any]:
    """The rows of a query, columns by name."""
    found = connection.execute(query)
    names = [name for name, *_ in found.description or ()]
    row: Any = namedtuple("row", names)  # type: ignore[misc]  # the names are those of the query
    return list(map(row._make, found.fetchall()))


def _other_names(
    connection: "duckdb.DuckDBPyConnection", expectation: DossierExpectation, wanted: str
) -> Iterator[Group]:
    """Dossiers whose procedure has another name than most of its code have in the unit.

    A code with one name in all units need not be looked at unit by unit.
    """
    rows = connection.sql(
        f"""
        WITH suspects AS (
            SELECT procedure_code FROM stored WHERE {wanted} AND procedure_code IS NOT NULL
            GROUP BY procedure_code HAVING count(DISTINCT procedure) > 1
        ), names AS (
            SELECT unit, procedure_code, procedure, count(*) AS dossiers FROM stored SEMI JOIN suspects
            USING (procedure_code) WHERE {wanted} AND procedure IS NOT NULL GROUP BY ALL
        ), usual AS (
            SELECT unit, procedure_code, max_by(procedure, (dossiers, procedure)) AS usual FROM names
            GROUP BY unit, procedure_code HAVING count(*) > 1
        ), odd AS (
            SELECT unit, received_month AS bad_month, count(*) AS failing, min(dossier, {NAMED}) AS named
            FROM stored JOIN usual USING (unit, procedure_code) WHERE {wanted} AND procedure <> usual GROUP BY ALL
        ), coded AS (SELECT unit, sum(coded)::BIGINT AS coded FROM months GROUP BY unit HAVING sum(coded) > 0),
        wrong AS (SELECT unit, sum(failing)::BIGINT AS failing FROM odd GROUP BY unit)
        SELECT unit, NULL, coded - coalesce(failing, 0), 0, NULL FROM coded LEFT JOIN wrong USING (unit)
        UNION ALL SELECT unit, bad_month, failing, failing, named FROM odd ORDER BY ALL
        """  # noqa: S608
    ).fetchall()
    for unit, month, checked, failing, named in rows:
        yield Group(expectation.id, unit, month, checked, failing, failing, dossiers=tuple(named or ()))


def _stale(expectation: Fresh, months: Sequence[Any]) -> Iterator[Group]:
    """A unit's newest dossier against the last day delivered, allowing for units where little ever comes in."""
    for (unit, _), rows in groupby(months, key=lambda row: (row.unit, row.source)):
        known = [row for row in rows if row.newest is not None and row.last_covered is not None]
        if known:
            last = known[0].last_covered
            newest = max(row.newest for row in known)
            days_between = (newest - min(row.oldest for row in known)).days / sum(row.dossiers for row in known)
            age = (last - newest).days
            allowed = max(expectation.days, int(expectation.intervals * days_between))
            yield Group(expectation.id, unit, f"{last:%Y-%m}", 1, int(age > allowed), age, allowed)


def _unusual(expectation: UsualNumber, months: Sequence[Any]) -> Iterator[Group]:
    for unit, rows in groupby(months, key=lambda row: row.unit):
        counts: dict[str, int] = {}
        last: date | None = None
        for row in rows:
            if row.newest is not None:
                counts[row.month] = counts.get(row.month, 0) + row.dossiers
                last = max(filter(None, (last, row.last_covered, row.newest)))
        if last is None:
            continue
        series = [(month, counts.get(month, 0)) for month in _whole_months(min(counts), last)]
        for place in range(expectation.months, len(series)):
            month, count = series[place]
            usual = median_low(number for _, number in series[place - expectation.months : place])
            large = max(count, usual) >= expectation.least
            odd = large and (count > usual * expectation.factor or count * expectation.factor < usual)
            yield Group(expectation.id, unit, month, 1, int(odd), count, usual)


def _whole_months(first: str, last: date) -> Iterator[str]:
    """Months from `first` on that had ended by the day `last`; the first is left out, it may be only a part."""
    year, month = map(int, first.split("-"))
    while True:
        year, month = year + month // 12, month % 12 + 1
        following = date(year + month // 12, month % 12 + 1, 1)
        if following - timedelta(days=1) > last:
            return
        yield f"{year}-{month:02d}"
