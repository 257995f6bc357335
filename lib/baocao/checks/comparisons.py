"""Every expectation comes down to pairs of a printed and a computed value; here the pairs are made.

A blank printed cell beside computed figures cannot be checked and stays None, so that it reads “not checked”; a blank
beside nothing, or beside 0, agrees.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from baocao.checks.suite import (
    AdjacentPeriods,
    ColumnTotal,
    Expectation,
    FieldsListed,
    HasData,
    NotLarger,
    OpeningBalance,
    Reporting,
    RollUp,
    RowIdentity,
)
from baocao.intake.one_stop import FIGURES
from baocao.units import Unit, UnitRegistry

TOTAL = "Tổng"


@dataclass(frozen=True)
class Comparison:
    """One pair, with its place in the printed tables."""

    table: str
    row: str
    column: str
    printed: int | None
    computed: int | None


@dataclass(frozen=True)
class CheckedSlice:
    """What the one-stop expectations look at.

    Attributes
    ----------
    rows, previous
        Canonical rows of the period, and of the latest stored period that began before it (None if there is none).
    """

    rows: pd.DataFrame
    previous: pd.DataFrame | None
    reporter: Unit
    registry: UnitRegistry


def compare(expectation: Expectation, data: CheckedSlice) -> list[Comparison]:
    """The pairs of `expectation`; empty when the tables do not print what it is about."""
    match expectation:
        case HasData():
            return [Comparison("", data.reporter.name, "", len(data.rows), 1)]
        case Reporting():
            return list(_reporting(data))
        case RowIdentity():
            return list(_row_identity(expectation, data))
        case NotLarger():
            return list(_not_larger(expectation, data))
        case ColumnTotal():
            return list(_column_total(data))
        case RollUp():
            return list(_roll_up(expectation, data))
        case FieldsListed():
            return list(_fields_listed(data))
        case OpeningBalance():
            return list(_opening_balance(data))
        case AdjacentPeriods():
            return list(_adjacent(data))


Row = Mapping[str, Any]


def _records(frame: pd.DataFrame) -> list[Row]:
    """Rows with plain Python values: int or None for figures, str or None for keys."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def _value(row: Row, columns: Sequence[str]) -> int | None:
    values = [int(row[name]) for name in columns if row[name] is not None]
    return sum(values) if values else None


def _pair(table: str, row: str, column: str, printed: int | None, computed: int | None) -> Comparison:
    if printed is None and not computed:
        printed = computed = 0  # blank beside nothing or beside 0 agrees
    return Comparison(table, row, column, printed, (computed or 0) if printed is not None else computed)


def _label(row: Row, registry: UnitRegistry) -> str:
    if row["row_type"] == "total":
        return TOTAL
    name = row["procedure"] or row["field"]
    return str(name) if name else registry[row["unit"]].name


def _prints(row: Row, columns: Sequence[str]) -> bool:
    return bool(set(columns) & set(row["columns"].split(",")))


def _reporting(data: CheckedSlice) -> Iterator[Comparison]:
    by_unit = data.rows[(data.rows["grain"] == "unit") & (data.rows["row_type"] == "detail")]
    if by_unit.empty:
        return
    table = str(by_unit["table"].iloc[0])
    for unit in (data.reporter, *data.registry.children(data.reporter.code)):
        yield Comparison(table, unit.name, "", int((by_unit["unit"] == unit.code).sum()), 1)


def _row_identity(expectation: RowIdentity, data: CheckedSlice) -> Iterator[Comparison]:
    for row in _records(data.rows):
        if _prints(row, expectation.printed) and _prints(row, expectation.computed):
            printed, computed = _value(row, expectation.printed), _value(row, expectation.computed)
            label = _label(row, data.registry)
            yield _pair(row["table"], label, expectation.printed[0], printed, computed)


def _not_larger(expectation: NotLarger, data: CheckedSlice) -> Iterator[Comparison]:
    for row in _records(data.rows):
        whole = _value(row, [expectation.whole])
        if _prints(row, [expectation.whole]) and whole is not None:
            for part in expectation.parts:
                if row[part] is not None:
                    # “whole ≥ part”: the whole takes the printed side
                    yield Comparison(row["table"], _label(row, data.registry), part, whole, int(row[part]))


def _column_total(data: CheckedSlice) -> Iterator[Comparison]:
    for table, rows in data.rows.groupby("table", sort=True):
        records = _records(rows)
        details = [row for row in records if row["row_type"] == "detail"]
        for total in (row for row in records if row["row_type"] == "total"):
            for column in FIGURES:
                if _prints(total, [column]):
                    computed = [int(row[column]) for row in details if row[column] is not None]
                    printed = _value(total, [column])
                    yield _pair(str(table), TOTAL, column, printed, sum(computed) if computed else None)


def _roll_up(expectation: RollUp, data: CheckedSlice) -> Iterator[Comparison]:
    details = _records(data.rows[data.rows["row_type"] == "detail"])
    own = [row for row in details if row["unit"] == data.reporter.code and row["scope"] == "own"]
    fine = [row for row in own if row["grain"] == expectation.fine]
    if not fine:
        return
    for row in (row for row in own if row["grain"] == expectation.coarse):
        parts = [part for part in fine if expectation.coarse == "unit" or part["field"] == row["field"]]
        silent = _value(row, FIGURES) is None  # an empty row states that there was nothing
        for column in FIGURES:
            if _prints(row, [column]) and _prints(fine[0], [column]):
                values = [int(part[column]) for part in parts if part[column] is not None]
                printed = 0 if silent else _value(row, [column])
                label = _label(row, data.registry)
                yield _pair(row["table"], label, column, printed, sum(values) if values else None)


def _fields_listed(data: CheckedSlice) -> Iterator[Comparison]:
    details = data.rows[data.rows["row_type"] == "detail"]
    listed = details[details["grain"] == "field"]
    named = details[details["grain"] == "procedure"]
    if listed.empty:
        return
    for table, field in named[["table", "field"]].drop_duplicates().itertuples(index=False):
        if isinstance(field, str):
            yield Comparison(str(table), field, "field", int((listed["field"] == field).sum()), 1)


def _opening_balance(data: CheckedSlice) -> Iterator[Comparison]:
    if data.previous is None:
        return
    closing = [
        row for row in _records(data.previous) if row["row_type"] == "detail" and row["grain"] == "unit"
    ]
    left = {row["unit"]: _value(row, ["pending_in_time", "pending_overdue", "awaiting_supplement"]) for row in closing}
    for row in _records(data.rows[data.rows["row_type"] == "detail"]):
        if row["grain"] == "unit" and row["unit"] in left and _prints(row, ["carried_over"]):
            printed = _value(row, ["carried_over"])
            yield _pair(row["table"], _label(row, data.registry), "carried_over", printed, left[row["unit"]])


def _adjacent(data: CheckedSlice) -> Iterator[Comparison]:
    if data.previous is None or data.previous.empty or data.rows.empty:
        return
    days = (data.rows["from_date"].iloc[0] - data.previous["to_date"].iloc[0]).days
    yield Comparison("", data.reporter.name, "from_date", days, 1)


