"""Relations between an office's figures and order in its registers, `expectations/<id>.yaml`, judged over one report.

A suite belongs to an outline (its `suites`). Its figures are those the report prints; so what an office entered is held
against what it entered elsewhere.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from baocao.checks.comparisons import Comparison
from baocao.checks.findings import Finding, Severity
from baocao.checks.judge import the_judge
from baocao.checks.relation_suite import (
    Comparing,
    FigureRelation,
    GroupTotal,
    IssuedAfterPeriod,
    NotAfter,
    NumberOrder,
    OneDate,
    Relation,
    RelationSuite,
    RowRelation,
    Unique,
)
from baocao.checks.run import severity_under
from baocao.errors import ConfigurationError, one_of
from baocao.indicators.definition import relation_terms
from baocao.indicators.measure import Value
from baocao.indicators.office import OfficeFigures, RegisterRow
from baocao.locale import format_count, format_date, format_number

#: What a judged pair is scaled by, so that amounts with decimals are compared as whole numbers.
_SCALE = 6
_LEADING_NUMBER = re.compile(r"\d+")
FIGURES_LABEL = "Số liệu của báo cáo"
REPORT_LABEL = "Văn bản"

#: A figure, or a day.
Side = Value | date


@dataclass(frozen=True)
class _Pair:
    """Two sides, and how the left one must stand to the right one."""

    row: str
    printed: Side
    relation: Literal["equal", "at-most", "at-least"]
    computed: Side


def check_relations(suite: RelationSuite, office: OfficeFigures, issued: date, profile: str) -> list[Finding]:
    """Findings of a suite: one for every expectation that holds, one for every pair that fails."""
    asked = [(expectation, pair) for expectation in suite.expectations for pair in _pairs(expectation, office, issued)]
    failed = _failed([pair for _, pair in asked])
    findings = []
    for expectation in suite.expectations:
        places = [place for place, (owner, _) in enumerate(asked) if owner is expectation]
        missing = sum(None in (asked[place][1].printed, asked[place][1].computed) for place in places)
        severity = severity_under(profile, expectation.severity)
        wrong = [asked[place][1] for place in places if place in failed]
        counts = (len(places) - missing, missing)
        if not wrong:
            findings.append(_finding(expectation, None, severity, counts, office))
        findings += [_finding(expectation, pair, severity, counts, office) for pair in wrong]
    return findings


def _failed(pairs: Sequence[_Pair]) -> set[int]:
    """Places of the pairs that do not stand as they should; Great Expectations judges each relation once."""
    by_relation: dict[str, list[int]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        by_relation[pair.relation].append(place)
    failed: set[int] = set()
    for relation, places in by_relation.items():
        compared = [_comparison(pairs[place]) for place in places]
        wanted: Literal["equal", "at-least"] = "equal" if relation == "equal" else "at-least"
        verdict = the_judge().judge(compared, wanted, id=f"relations-{relation}", severity="error")
        failed |= {places[place] for place in verdict.failed}
    return failed


def _comparison(pair: _Pair) -> Comparison:
    left, right = _whole(pair.printed), _whole(pair.computed)
    if pair.relation == "at-most":
        left, right = right, left
    return Comparison("", pair.row, "", left, right)


def _whole(side: Side) -> int | None:
    if side is None:
        return None
    return side.toordinal() if isinstance(side, date) else int(Decimal(side).scaleb(_SCALE))


def _pairs(expectation: Relation, office: OfficeFigures, issued: date) -> Iterator[_Pair]:
    match expectation:
        case FigureRelation(left=left, relation=relation, right=right):
            figures = [_sum(formula, lambda name: office[name].value) for formula in (left, right)]
            yield _related("", figures[0], relation, figures[1])
        case RowRelation(left=left, relation=relation, right=right):
            for row in office.rows(expectation.rows):
                cells = [_side(formula, row, expectation) for formula in (left, right)]
                if None not in cells and isinstance(cells[0], date) != isinstance(cells[1], date):
                    raise ConfigurationError(f"expectation {expectation.id}: a day is compared with a day")
                yield _related(_named(row), cells[0], relation, cells[1])
        case GroupTotal():
            yield from _group_totals(expectation, office)
        case OneDate():
            for row in office.rows(expectation.rows):
                for variant in filter(None, (row[expectation.variants] or "").split(";")):
                    yield _Pair(_named(row), date.fromisoformat(variant.strip()), "equal", row[expectation.date])
        case NumberOrder():
            yield from _out_of_order(expectation, office)
        case Unique():
            seen: dict[tuple[Any, ...], int] = {}
            for row in office.rows(expectation.rows):
                key = tuple(row[column] for column in expectation.columns)
                if None in key:
                    continue
                seen[key] = seen.get(key, 0) + 1
                yield _Pair(", ".join(map(str, key)), seen[key], "at-most", 1)
        case IssuedAfterPeriod():
            yield _Pair("", issued, "at-least", office.period.to_date)
        case NotAfter():
            for row in office.rows(expectation.rows):
                yield _Pair(_named(row), row[expectation.date], "at-most", issued)


def _related(row: str, left: Side, relation: Comparing, right: Side) -> _Pair:
    if relation != "less":
        return _Pair(row, left, relation, right)
    if right is not None:
        right = right - timedelta(days=1) if isinstance(right, date) else right - 1
    return _Pair(row, left, "at-most", right)


def _sum(formula: str, value_of: Callable[[str], Value]) -> Value:
    total: int | Decimal = 0
    for sign, name in relation_terms(formula):
        value = name if isinstance(name, int) else value_of(name)
        if value is None:
            return None
        total += sign * value
    return total


def _side(formula: str, row: RegisterRow, expectation: RowRelation) -> Side:
    """One side of a relation in a row: a day standing alone, or columns and whole numbers added and subtracted."""
    terms = relation_terms(formula)
    if terms == [(1, formula.strip())]:
        day = _column(row, formula.strip())
        if isinstance(day, date):
            return day

    def cell(column: str) -> Value:
        value = _column(row, column)
        if isinstance(value, date):
            raise ConfigurationError(f"expectation {expectation.id}: {column} is a day and cannot be added up")
        return 0 if value is None and expectation.blank_is_zero else value

    return _sum(formula, cell)


def _column(row: RegisterRow, column: str) -> Side:
    if column not in row:
        raise ConfigurationError(f"register column: {one_of('column', column, map(str, row))}")
    value: Side = row[column]
    return int(value) if isinstance(value, bool) else value


def _group_totals(expectation: GroupTotal, office: OfficeFigures) -> Iterator[_Pair]:
    rows = office.rows(expectation.rows)
    for stated in office.rows(expectation.stated):
        group = stated[expectation.key]
        members = [row for row in rows if expectation.by is None or row[expectation.by] == group]
        if expectation.counts is not None:
            yield _Pair(f"{group}, {expectation.counts}", _column(stated, expectation.counts), "equal", len(members))
        for column in expectation.columns:
            values = [_figure(expectation, row, column) for row in members]
            total = sum(value for value in values if value is not None)
            yield _Pair(f"{group}, {column}", _column(stated, column), "equal", total)


def _figure(expectation: Relation, row: RegisterRow, column: str) -> Value:
    value = _column(row, column)
    if isinstance(value, date):
        raise ConfigurationError(f"expectation {expectation.id}: {column} is a day and cannot be added up")
    return value


def _out_of_order(expectation: NumberOrder, office: OfficeFigures) -> Iterator[_Pair]:
    """Every document against its neighbours; of documents that contradict each other, as few as possible are named."""
    series: dict[tuple[Any, ...], list[tuple[int, date, RegisterRow]]] = defaultdict(list)
    for row in office.rows(expectation.rows):
        number = _LEADING_NUMBER.match(row[expectation.number] or "")
        day = row[expectation.date]
        if number and day is not None:
            key = (day.year, *(row[name] for name in expectation.series))
            series[key].append((int(number[0]), day, row))
    for documents in series.values():
        ordered = sorted(documents, key=lambda entry: entry[:2])
        kept = _longest_in_order([(number, day) for number, day, _ in ordered])
        for place, (_, day, row) in enumerate(ordered):
            if place in kept:
                yield _Pair(_named(row), day, "equal", day)
                continue
            later = [other for _, other, _ in ordered[place + 1 :]]
            earlier = [ordered[other][1] for other in kept if other < place]
            if later and day > min(later):
                yield _Pair(_named(row), day, "at-most", min(later))
            elif earlier:
                yield _Pair(_named(row), day, "at-least", max(earlier))


def _longest_in_order(documents: Sequence[tuple[int, date]]) -> set[int]:
    """Places of a longest run whose days never go back; of several the steadiest (see `NumberOrder`), then the last.

    Numbers follow each other at an office's pace. A day misprinted far too early fits a run, too, but leaves a gap.
    """
    runs: list[tuple[int, Fraction, tuple[int, ...]]] = []
    for place, (number, day) in enumerate(documents):
        best: tuple[int, Fraction, tuple[int, ...]] = (1, Fraction(0), (place,))
        for length, steadiness, run in runs:
            before, earlier = documents[run[-1]]
            if earlier <= day:
                wait = Fraction((day - earlier).days, max(1, number - before))
                best = max(best, (length + 1, min(steadiness, -wait), (*run, place)), key=_length_then_steadiness)
        runs.append(best)
    return set(max(reversed(runs), key=_length_then_steadiness)[2]) if runs else set()


def _length_then_steadiness(run: tuple[int, Fraction, tuple[int, ...]]) -> tuple[int, Fraction]:
    return run[:2]


def _named(row: RegisterRow) -> str:
    """What a reader finds the row by."""
    return str(row.get("number") or row.get("name") or f"dòng {row['row']}")


def _finding(
    expectation: Relation, pair: _Pair | None, severity: Severity, counts: tuple[int, int], office: OfficeFigures
) -> Finding:
    if isinstance(expectation, FigureRelation):
        first = next((name for _, name in relation_terms(expectation.left) if isinstance(name, str)), None)
        table, row = FIGURES_LABEL, office.catalogue[first].name if first else ""
    elif isinstance(expectation, IssuedAfterPeriod):
        table, row = REPORT_LABEL, ""
    else:
        dataset = expectation.rows.dataset
        table, row = office.register_names.get(dataset, dataset), pair.row if pair is not None else ""
    checked, missing = counts
    printed, computed, message = None, None, expectation.name
    grouped = _grouped(expectation, office)
    if pair is not None:
        printed, computed = (side if not isinstance(side, date) else None for side in (pair.printed, pair.computed))
        text = _text if grouped else str
        message = expectation.message.format(row=pair.row, printed=text(pair.printed), computed=text(pair.computed))
    return Finding(
        expectation=expectation.id,
        success=False if pair is not None else (True if checked else None),
        severity=severity,
        table=table,
        row=row or None if pair is not None else None,
        column=None,
        printed=printed,
        computed=computed,
        difference=None if printed is None or computed is None else printed - computed,
        message=message,
        rows_checked=checked,
        rows_not_checked=missing,
        grouped=grouped,
    )


def _grouped(expectation: Relation, office: OfficeFigures) -> bool:
    """Whether thousands are marked in what is compared: not in years and codes."""
    if not isinstance(expectation, FigureRelation):
        return True
    return all(office.catalogue[name].grouped for _, name in relation_terms(expectation.left) if isinstance(name, str))


def _text(side: Side) -> str:
    match side:
        case None:
            return ""
        case date():
            return format_date(side)
        case int():
            return format_count(side)
    return format_number(side, keep_zeros=False)
