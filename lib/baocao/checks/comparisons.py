"""Every expectation comes down to pairs of a printed and a computed value; here the pairs are made.

A blank printed cell beside computed figures cannot be checked and stays None, so that it reads “not checked”; a blank
beside nothing, or beside 0, agrees.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from baocao.checks.suite import (
    AdjacentPeriods,
    ColumnTotal,
    DaysCovered,
    Expectation,
    FieldsListed,
    HasData,
    ListsApart,
    NotLarger,
    OpeningBalance,
    Overlap,
    Reporting,
    RollUp,
    RowIdentity,
    SystemsDeclared,
)
from baocao.indicators.slices import DOSSIER_TABLE, Slice
from baocao.intake.one_stop import COUNTS, FIGURES, STATED, STATED_PARTS, Row
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
    """What the one-stop expectations look at: the data of a period, whose they are, and the units as of then."""

    data: Slice
    reporter: Unit
    registry: UnitRegistry


def compare(expectation: Expectation, data: CheckedSlice) -> list[Comparison]:
    """The pairs of `expectation`; empty when the tables do not print what it is about."""
    match expectation:
        case HasData():
            return [Comparison("", data.reporter.name, "", len(data.data.rows), 1)]
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
        case Overlap():
            return list(_overlap(data))
        case DaysCovered():
            return list(_days_covered(data))
        case ListsApart():
            return list(_lists_apart(data))
        case SystemsDeclared():
            return list(_systems_declared(data))


def _details(rows: Sequence[Row], grain: str) -> list[Row]:
    return [row for row in rows if row["row_type"] == "detail" and row["grain"] == grain]


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
    """Whether the row's table prints one of the columns; of stated totals it must print every one to add them up."""
    return _prints_any(row["columns"], tuple(columns))


@lru_cache(maxsize=4096)
def _prints_any(listed: str, columns: tuple[str, ...]) -> bool:
    printed = set(listed.split(","))
    stated = {name for name in columns if name in STATED}
    return bool(printed & set(columns)) and stated <= printed


def _reporting(data: CheckedSlice) -> Iterator[Comparison]:
    by_unit = _details(data.data.rows, "unit")
    # A unit may have figures of several systems and authorities, but only one row of each.
    rows = Counter((row["unit"], row["source"], row["authority"], row["table"]) for row in by_unit)
    if by_unit:
        for unit in (data.reporter, *data.registry.children(data.reporter.code)):
            most = max((count for (code, *_), count in rows.items() if code == unit.code), default=0)
            yield Comparison(by_unit[0]["table"], unit.name, "", most, 1)


def _row_identity(expectation: RowIdentity, data: CheckedSlice) -> Iterator[Comparison]:
    for row in data.data.printed:
        if _prints(row, expectation.printed) and _prints(row, expectation.computed):
            printed, computed = _value(row, expectation.printed), _value(row, expectation.computed)
            label = _label(row, data.registry)
            yield _pair(row["table"], label, expectation.printed[0], printed, computed)


def _not_larger(expectation: NotLarger, data: CheckedSlice) -> Iterator[Comparison]:
    for row in data.data.printed:
        whole = _value(row, [expectation.whole])
        if _prints(row, [expectation.whole]) and whole is not None:
            for part in expectation.parts:
                if row[part] is not None:
                    # “whole ≥ part”: the whole takes the printed side
                    yield Comparison(row["table"], _label(row, data.registry), part, whole, int(row[part]))


def _column_total(data: CheckedSlice) -> Iterator[Comparison]:
    for (table, _), rows in groupby(sorted(data.data.printed, key=_table), key=_table):
        details: list[Row] = []
        totals: list[Row] = []
        for row in rows:
            (totals if row["row_type"] == "total" else details).append(row)
        for total in totals:
            for column in FIGURES:
                if _prints(total, [column]):
                    yield _pair(table, TOTAL, column, _value(total, [column]), _sum(details, column))


def _table(row: Row) -> tuple[str, str]:
    """What tells tables apart: two systems may call theirs the same."""
    return row["table"], row["source"]


def _system(row: Row) -> tuple[str, str]:
    """Whose figures a row holds: of which system, under which authority."""
    return row["source"], row["authority"]


def _sum(rows: Sequence[Row], column: str) -> int | None:
    values = [int(row[column]) for row in rows if row[column] is not None]
    return sum(values) if values else None


def _roll_up(expectation: RollUp, data: CheckedSlice) -> Iterator[Comparison]:
    own = [row for row in data.data.printed if row["unit"] == data.reporter.code and row["scope"] == "own"]
    fine = _details(own, expectation.fine)
    if not fine:
        return
    for row in _details(own, expectation.coarse):
        same = [part for part in fine if _system(part) == _system(row)]
        if not same:
            continue
        parts = [part for part in same if expectation.coarse == "unit" or part["field"] == row["field"]]
        silent = _value(row, FIGURES) is None  # an empty row states that there was nothing
        for column in FIGURES:
            if _prints(row, [column]) and _prints(fine[0], [column]):
                printed = 0 if silent else _value(row, [column])
                yield _pair(row["table"], _label(row, data.registry), column, printed, _sum(parts, column))


def _fields_listed(data: CheckedSlice) -> Iterator[Comparison]:
    listed: dict[tuple[str, str], list[str]] = {}
    for row in _details(data.data.printed, "field"):
        listed.setdefault(_system(row), []).append(row["field"])
    procedures = _details(data.data.printed, "procedure")
    for system, table, field in dict.fromkeys((_system(row), row["table"], row["field"]) for row in procedures):
        if field is not None and system in listed:
            yield Comparison(table, field, "field", listed[system].count(field), 1)


def _opening_balance(data: CheckedSlice) -> Iterator[Comparison]:
    open_columns = ["pending_in_time", "pending_overdue", "awaiting_supplement"]
    previous = _details(data.data.previous or (), "unit")
    left = {(row["unit"], _system(row)): _value(row, open_columns) for row in previous}
    for row in _details(data.data.rows, "unit"):
        key = (row["unit"], _system(row))
        if key in left and _prints(row, ["carried_over"]):
            printed = _value(row, ["carried_over"])
            yield _pair(row["table"], _label(row, data.registry), "carried_over", printed, left[key])


def _adjacent(data: CheckedSlice) -> Iterator[Comparison]:
    if data.data.previous and data.data.rows:
        days = (data.data.rows[0]["from_date"] - data.data.previous[0]["to_date"]).days
        yield Comparison("", data.reporter.name, "from_date", days, 1)


def _overlap(data: CheckedSlice) -> Iterator[Comparison]:
    """A printed table against the dossiers of the same system, column by column."""
    for printed, computed in data.data.overlaps:
        for column, parts in _comparable(printed).items():
            if _prints(printed, [column]):
                label = _label(printed, data.registry)
                yield _pair(printed["table"], label, column, _value(printed, [column]), _value(computed, parts))


def _comparable(printed: Row) -> dict[str, Sequence[str]]:
    """The columns of the dossiers that make up each printed one; “đúng hạn” alone includes what was early."""
    columns: dict[str, Sequence[str]] = {**{name: [name] for name in COUNTS}, **STATED_PARTS}
    if not _prints(printed, ["resolved_early"]):
        columns["resolved_on_time"] = ["resolved_early", "resolved_on_time"]
    return columns


def _days_covered(data: CheckedSlice) -> Iterator[Comparison]:
    """Days of the period that the dossiers lack, for every unit that has some."""
    missing = {gap.unit: gap.missing_days for gap in data.data.gaps}
    units: dict[str, None] = {}
    for row in data.data.rows:
        if row["table"] == DOSSIER_TABLE and row["grain"] == "unit":
            below = data.registry.below(row["unit"]) if row["scope"] == "area" else ()
            units |= dict.fromkeys((row["unit"], *(unit.code for unit in below)))
    for code in units:
        yield Comparison(DOSSIER_TABLE, data.registry[code].name, "", missing.get(code, 0), 0)


def _lists_apart(data: CheckedSlice) -> Iterator[Comparison]:
    for entry in data.data.doubled:
        table = f"{DOSSIER_TABLE} “{entry.left_out}”"
        yield Comparison(table, data.registry[entry.unit].name, "", entry.days, 0)


def _systems_declared(data: CheckedSlice) -> Iterator[Comparison]:
    for (table, source), rows in Counter(map(_table, data.data.undeclared)).items():
        yield Comparison(f"{table} “{source}”", "", "", rows, 0)
