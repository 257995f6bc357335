"""Find what is wrong with stored dossiers: one scan for every rule about single dossiers, its groups judged after it.

DuckDB finds, Great Expectations judges: what reaches it is one small number for each unit and month.
"""

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
        Number that is wrong: dossiers, days, or the odd count itself; 0 where nothing is.
    expected
        What it should have been, where that is not 0.
    dossiers
        Ids of the first dossiers that are wrong.
    """

    expectation: str
    unit: str
    month: str | None
    checked: int
    failing: int
    expected: int = 0
    dossiers: tuple[str, ...] = ()


def find_groups(
    scan: DossierScan, suite: DossierSuite, vocabulary: Vocabulary, covered: Coverage, units: Sequence[str] | None
) -> list[Group]:
    """Every unit and month under every expectation, in the order of the suite; all units for None."""
    import duckdb

    with duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": False}) as connection:
        scan.register(connection, "stored")
        wanted = "true"
        if units is not None:
            connection.register("units", pa.table({"unit": pa.array(units, pa.string())}))
            wanted = "unit IN (SELECT unit FROM units)"
        connection.register("covered", _last_days(covered))
        months = _months(connection, suite, vocabulary, wanted)
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
                    groups.extend(_wrong_dossiers(expectation, months))
    return groups


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


def _months(
    connection: "duckdb.DuckDBPyConnection", suite: DossierSuite, vocabulary: Vocabulary, wanted: str
) -> list[dict[str, Any]]:
    """For every unit, source and month: number of dossiers, and of each rule how many are wrong, and which."""
    columns = [
        "count(*) AS dossiers",
        "min(received_date) AS oldest",
        "max(received_date) AS newest",
        "any_value(last_covered) AS last_covered",
    ]
    for place, expectation in enumerate(suite.expectations):
        rule = row_condition(expectation, vocabulary)
        if rule is not None:
            wrong, known = rule
            columns += [
                f"count(*) FILTER (WHERE {known}) AS checked_{place}",
                f"count(*) FILTER (WHERE {wrong}) AS failing_{place}",
                f"min(dossier, {NAMED}) FILTER (WHERE {wrong}) AS named_{place}",
            ]
    query = f"""
        SELECT unit, source, received_month AS month, {", ".join(columns)}
        FROM stored LEFT JOIN covered USING (unit, source) WHERE {wanted}
        GROUP BY unit, source, month ORDER BY unit, source, month
    """  # noqa: S608 -- made of the suite's checked names
    rows: list[dict[str, Any]] = pa.table(connection.sql(query).to_arrow_table()).to_pylist()
    rules = [row_condition(expectation, vocabulary) is not None for expectation in suite.expectations]
    for row in rows:
        row["rules"] = {
            suite.expectations[place].id: (row[f"checked_{place}"], row[f"failing_{place}"], row[f"named_{place}"])
            for place, is_rule in enumerate(rules)
            if is_rule
        }
    return rows


def _wrong_dossiers(expectation: DossierExpectation, months: Sequence[dict[str, Any]]) -> Iterator[Group]:
    for (unit, month), rows in groupby(sorted(months, key=_unit_and_month), key=_unit_and_month):
        parts = [row["rules"][expectation.id] for row in rows]
        checked, failing = sum(part[0] for part in parts), sum(part[1] for part in parts)
        if isinstance(expectation, Filled) and failing * 100 <= checked * (100 - expectation.at_least_pct):
            failing = 0
        named = sorted(name for part in parts for name in part[2] or ())[:NAMED] if failing else ()
        yield Group(expectation.id, unit, month, checked, failing, dossiers=tuple(named))


def _unit_and_month(row: dict[str, Any]) -> tuple[str, str]:
    return row["unit"], row["month"]


def _other_names(
    connection: "duckdb.DuckDBPyConnection", expectation: DossierExpectation, wanted: str
) -> Iterator[Group]:
    """Dossiers whose procedure has another name than most dossiers of its code."""
    rows = connection.sql(
        f"""
        WITH names AS (
            SELECT procedure_code, procedure, count(*) AS dossiers FROM stored
            WHERE procedure_code IS NOT NULL AND procedure IS NOT NULL GROUP BY ALL
        ), usual AS (
            SELECT procedure_code, max_by(procedure, (dossiers, procedure)) AS usual FROM names
            GROUP BY procedure_code HAVING count(*) > 1
        )
        SELECT unit, received_month, count(*), count(*) FILTER (WHERE procedure <> usual),
               min(dossier, {NAMED}) FILTER (WHERE procedure <> usual)
        FROM stored LEFT JOIN usual USING (procedure_code)
        WHERE {wanted} AND procedure_code IS NOT NULL GROUP BY ALL ORDER BY ALL
        """  # noqa: S608
    ).fetchall()
    for unit, month, checked, failing, named in rows:
        yield Group(expectation.id, unit, month, checked, failing, dossiers=tuple(named or ()))


def _stale(expectation: Fresh, months: Sequence[dict[str, Any]]) -> Iterator[Group]:
    """A unit's newest dossier against the last day delivered, allowing for units where little ever comes in."""
    for (unit, _), rows in groupby(months, key=lambda row: (row["unit"], row["source"])):
        known = [row for row in rows if row["newest"] is not None and row["last_covered"] is not None]
        if known:
            last = known[0]["last_covered"]
            newest = max(row["newest"] for row in known)
            days_between = (newest - min(row["oldest"] for row in known)).days / sum(row["dossiers"] for row in known)
            age = (last - newest).days
            stale = age > max(expectation.days, expectation.intervals * days_between)
            yield Group(expectation.id, unit, f"{last:%Y-%m}", 1, age if stale else 0, expectation.days)


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
            yield Group(expectation.id, unit, month, 1, (count or -1) if odd else 0, usual)


def _whole_months(first: str, last: date) -> Iterator[str]:
    """Months from `first` on that had ended by the day `last`; the first is left out, it may be only a part."""
    year, month = map(int, first.split("-"))
    while True:
        year, month = year + month // 12, month % 12 + 1
        following = date(year + month // 12, month % 12 + 1, 1)
        if following - timedelta(days=1) > last:
            return
        yield f"{year}-{month:02d}"
