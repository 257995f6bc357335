"""Find what is wrong with stored dossiers: one scan for every rule about single dossiers, its groups judged after it.

DuckDB finds, Great Expectations judges: what reaches it is one small number for each unit and month.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from statistics import median_low
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from baocao.checks.dossier_suite import (
    DossierExpectation,
    DossierSuite,
    Filled,
    Fresh,
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
    """What was checked, one group for every unit and expectation, and the months in which something is wrong."""

    checked: Sequence[Group]
    failing: Sequence[Group]


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
        _count(connection, suite, vocabulary, wanted)
        months = _rows(
            connection, "SELECT unit, source, month, dossiers, oldest, newest, last_covered FROM months ORDER BY ALL"
        )
        groups: list[Group] = []
        for place, expectation in enumerate(suite.expectations):
            match expectation:
                case OneName():
                    groups.extend(_other_names(connection, expectation, wanted))
                case Fresh():
                    groups.extend(_stale(expectation, months))
                case UsualNumber():
                    groups.extend(_unusual(expectation, months))
                case _:
                    wrong, _ = row_condition(expectation, vocabulary) or ("false", "false")
                    groups.extend(_wrong_dossiers(connection, expectation, f"rule_{place}", wrong, wanted))
    checked: Counter[tuple[str, str]] = Counter()
    failing: Counter[tuple[str, str]] = Counter()
    for group in groups:
        checked[group.expectation, group.unit] += group.checked
        failing[group.expectation, group.unit] += group.failing
    totals = [Group(*key, None, number, failing[key]) for key, number in checked.items()]
    return Violations(totals, [group for group in groups if group.failing])


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


def _count(connection: "duckdb.DuckDBPyConnection", suite: DossierSuite, vocabulary: Vocabulary, wanted: str) -> None:
    """Table `months`: of every unit, source and month the number of dossiers, and for each rule how many are wrong."""
    rules = ""
    for place, expectation in enumerate(suite.expectations):
        rule = row_condition(expectation, vocabulary)
        if rule is not None:
            wrong, known = rule
            rules += f""",
                count(*) FILTER (WHERE {known}) AS rule_{place}_checked,
                count(*) FILTER (WHERE {wrong}) AS rule_{place}_failing"""
    connection.execute(
        f"""
        CREATE TEMP TABLE months AS
        SELECT unit, source, received_month AS month, count(*) AS dossiers, min(received_date) AS oldest,
               max(received_date) AS newest, any_value(last_covered) AS last_covered{rules}
        FROM stored LEFT JOIN covered USING (unit, source) WHERE {wanted} GROUP BY ALL
        """  # noqa: S608 -- made of the suite's checked names
    )


def _rows(connection: "duckdb.DuckDBPyConnection", query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return rows


def _wrong_dossiers(
    connection: "duckdb.DuckDBPyConnection", expectation: DossierExpectation, rule: str, wrong: str, wanted: str
) -> Iterator[Group]:
    """One group for all months of a unit that are right, and one for each that is not, its dossiers named."""
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
    named: dict[tuple[str, str], list[str]] = {}
    if any(row["failing"] for row in rows):  # most rules hold, and then the ids need not be read at all
        query = f"""
            SELECT unit, received_month, min(dossier, {NAMED}) FROM stored LEFT JOIN covered USING (unit, source)
            WHERE {wanted} AND {wrong} GROUP BY ALL
        """  # noqa: S608
        named = {(unit, month): ids for unit, month, ids in connection.sql(query).fetchall()}
    for row in rows:
        unit, month, failing = row["unit"], row["bad_month"], row["failing"]
        ids = tuple(named.get((unit, month), ()))
        yield Group(expectation.id, unit, month, row["checked"], failing, failing, dossiers=ids)


def _other_names(
    connection: "duckdb.DuckDBPyConnection", expectation: DossierExpectation, wanted: str
) -> Iterator[Group]:
    """Dossiers whose procedure has another name than most of its code have in the unit."""
    rows = connection.sql(
        f"""
        WITH names AS (
            SELECT unit, procedure_code, procedure, count(*) AS dossiers FROM stored
            WHERE {wanted} AND procedure_code IS NOT NULL AND procedure IS NOT NULL GROUP BY ALL
        ), usual AS (
            SELECT unit, procedure_code, max_by(procedure, (dossiers, procedure)) AS usual FROM names
            GROUP BY unit, procedure_code HAVING count(*) > 1
        )
        SELECT unit, CASE WHEN procedure <> usual THEN received_month END AS bad_month, count(*),
               count(*) FILTER (WHERE procedure <> usual),
               CASE WHEN bad_month IS NOT NULL THEN min(dossier, {NAMED}) END
        FROM stored LEFT JOIN usual USING (unit, procedure_code)
        WHERE {wanted} AND procedure_code IS NOT NULL GROUP BY unit, bad_month ORDER BY ALL
        """  # noqa: S608
    ).fetchall()
    for unit, month, checked, failing, named in rows:
        yield Group(expectation.id, unit, month, checked, failing, failing, dossiers=tuple(named or ()))


def _stale(expectation: Fresh, months: Sequence[dict[str, Any]]) -> Iterator[Group]:
    """A unit's newest dossier against the last day delivered, allowing for units where little ever comes in."""
    for (unit, _), rows in groupby(months, key=lambda row: (row["unit"], row["source"])):
        known = [row for row in rows if row["newest"] is not None and row["last_covered"] is not None]
        if known:
            last = known[0]["last_covered"]
            newest = max(row["newest"] for row in known)
            days_between = (newest - min(row["oldest"] for row in known)).days / sum(row["dossiers"] for row in known)
            age = (last - newest).days
            allowed = max(expectation.days, int(expectation.intervals * days_between))
            yield Group(expectation.id, unit, f"{last:%Y-%m}", 1, int(age > allowed), age, allowed)


def _unusual(expectation: UsualNumber, months: Sequence[dict[str, Any]]) -> Iterator[Group]:
    for unit, rows in groupby(months, key=lambda row: row["unit"]):
        counts: dict[str, int] = {}
        last: date | None = None
        for row in rows:
            if row["newest"] is not None:
                counts[row["month"]] = counts.get(row["month"], 0) + row["dossiers"]
                last = max(filter(None, (last, row["last_covered"], row["newest"])))
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
