"""What a table of targets must satisfy, printed or computed: each rule, the rows it was tested on, what failed."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from baocao.indicators.allocation import GroupAllocation, UnitTarget, allocate, projected
from baocao.indicators.allocation_table import COLUMN_NAMES, SUMMED, AllocationLine
from baocao.indicators.printed_allocation import bases_of
from baocao.indicators.target_findings import Figure, RuleOutcome, TargetFinding
from baocao.indicators.target_plan import TargetGroup, TargetPlan
from baocao.locale import format_count, format_number, percentage
from baocao.units import UnitRegistry

Severity = Literal["error", "warning", "info"]
#: Given pairs of whole numbers, the places of those that differ.
Unequal = Callable[[Sequence[tuple[int, int]]], Collection[int]]
#: What figures are scaled by, so that percentages are compared as whole numbers.
_SCALE = 6


@dataclass(frozen=True)
class _Pair:
    """Two figures of a line that a rule compares; `holds` where the rule is not that they are equal."""

    line: AllocationLine
    printed: Figure
    computed: Figure
    holds: bool | None = None

    @property
    def whole(self) -> tuple[int, int]:
        """Two whole numbers that are equal if and only if the rule holds; a blank is no figure's equal."""
        if self.holds is None and self.printed is not None and self.computed is not None:
            return _scaled(self.printed), _scaled(self.computed)
        return int(self.printed == self.computed if self.holds is None else self.holds), 1


@dataclass(frozen=True)
class _Table:
    """A table under test: its units and total, and what the plan's rule makes of its own projection."""

    plan: TargetPlan
    group: TargetGroup
    units: Sequence[AllocationLine]
    totals: Sequence[AllocationLine]
    ruled: GroupAllocation

    @property
    def rows(self) -> Sequence[AllocationLine]:
        return [*self.units, *self.totals]


@dataclass(frozen=True)
class _Rule:
    """A rule about a column.

    `message` may use {name}, {column}, {printed}, {is_printed} (with its verb), {computed} and {factor}.
    """

    id: str
    column: str
    pairs: Callable[[_Table], Iterator[_Pair]]
    message: str
    severity: Callable[[AllocationLine], Severity]


def plainly_unequal(pairs: Sequence[tuple[int, int]]) -> Collection[int]:
    """Places of the pairs that differ."""
    return {place for place, (one, other) in enumerate(pairs) if one != other}


def check_table(
    plan: TargetPlan,
    group_id: str,
    lines: Sequence[AllocationLine],
    registry: UnitRegistry,
    unequal: Unequal = plainly_unequal,
) -> list[RuleOutcome]:
    """Test the rules of an allocation on its table: units and, where there is one, the total.

    Weights, extras and targets are compared with what the plan's rule makes of the table's own projection and of the
    plan's total for the group.

    Parameters
    ----------
    unequal
        Who judges the pairs; asked once for the whole table.

    Raises
    ------
    ConfigurationError, InputError
        As `allocate` does, for units or counts no allocation can be made of.
    """
    units = [line for line in lines if line.kind == "unit"]
    totals = [line for line in lines if line.kind == "total"]
    ruled = allocate(plan, group_id, bases_of(units), registry)
    table = _Table(plan, plan.group(group_id), units, totals, ruled)
    tested = [(rule, list(rule.pairs(table))) for rule in _RULES]
    failed = unequal([pair.whole for _, pairs in tested for pair in pairs])
    outcomes, place = [], 0
    for rule, pairs in tested:
        found = tuple(_finding(rule, table, pair) for at, pair in enumerate(pairs, start=place) if at in failed)
        outcomes.append(RuleOutcome(rule.id, table.group.table, rule.column, len(pairs), found))
        place += len(pairs)
    return outcomes


def _scaled(figure: int | Decimal) -> int:
    return int(Decimal(figure).scaleb(_SCALE))


def _finding(rule: _Rule, table: _Table, pair: _Pair) -> TargetFinding:
    return TargetFinding(
        rule=rule.id,
        severity=rule.severity(pair.line),
        table=table.group.table,
        row=pair.line.name,
        column=rule.column,
        unit=pair.line.unit,
        printed=pair.printed,
        computed=pair.computed,
        message=rule.message.format(
            name=pair.line.name,
            column=COLUMN_NAMES[rule.column].lower(),
            printed=_text(pair.printed),
            is_printed="để trống" if pair.printed is None else f"là {_text(pair.printed)}",
            computed=_text(pair.computed),
            factor=format_number(table.plan.projection_factor, keep_zeros=False),
        ),
    )


def _text(figure: Figure) -> str:
    if figure is None:
        return "để trống"
    return format_count(figure) if isinstance(figure, int) else format_number(figure, keep_zeros=False)


def _error(line: AllocationLine) -> Severity:
    return "error"


def _warning(line: AllocationLine) -> Severity:
    return "warning"


def _of_units(line: AllocationLine) -> Severity:
    """A total merely carries what its units have."""
    return "error" if line.kind == "unit" else "warning"


def _stated(line: AllocationLine) -> Severity:
    """A blank leaves something unsaid; a figure says something wrong."""
    return "warning" if line.not_online is None else "error"


def _multiple(table: _Table, what: str) -> Iterator[_Pair]:
    for line in table.rows:
        base, given = _figure(line, f"base_{what}"), _figure(line, f"projected_{what}")
        if isinstance(base, int) and given is not None:
            yield _Pair(line, given, projected(base, table.plan.projection_factor))


def _rest(table: _Table) -> Iterator[_Pair]:
    for line in table.rows:
        if line.projected_total is not None and line.projected_online is not None:
            yield _Pair(line, line.not_online, line.projected_total - line.projected_online)


def _share(table: _Table) -> Iterator[_Pair]:
    for line in table.rows:
        if line.base_total and line.base_online is not None:
            decimals = table.plan.rounding.share_decimals
            yield _Pair(line, line.base_share_pct, percentage(line.base_online, line.base_total, decimals))


def _by_rule(table: _Table, column: str, expected: Callable[[UnitTarget], Figure]) -> Iterator[_Pair]:
    for line, target in zip(table.units, table.ruled.targets, strict=True):
        pair = _Pair(line, _figure(line, column), expected(target))
        if pair.printed is not None or pair.computed is not None:
            yield pair


def _total(table: _Table, column: str) -> Iterator[_Pair]:
    parts = [value for line in table.units if (value := _figure(line, column)) is not None]
    for line in table.totals:
        if (printed := _figure(line, column)) is not None:
            yield _Pair(line, printed, sum(parts))


def _assigned(table: _Table) -> Iterator[_Pair]:
    return (_Pair(line, line.extra_online, table.group.extra_online) for line in table.totals)


def _reachable(table: _Table) -> Iterator[_Pair]:
    room = table.ruled.not_online
    return (_Pair(line, line.extra_online, room, (line.extra_online or 0) <= room) for line in table.totals)


def _within(table: _Table, part: str, whole: str) -> Iterator[_Pair]:
    for line in table.units:
        a, b = _figure(line, part), _figure(line, whole)
        if a is not None and b is not None:
            yield _Pair(line, a, b, a <= b)


def _full(table: _Table) -> Iterator[_Pair]:
    for line in table.units:
        if line.not_online == 0 and line.projected_total:
            yield _Pair(line, line.target_pct, 100, line.target_pct == 100 and line.extra_online == 0)


def _in_range(table: _Table, column: str) -> Iterator[_Pair]:
    for line in table.rows:
        if (value := _figure(line, column)) is not None:
            yield _Pair(line, value, 100, 0 <= value <= 100)


def _minimum(table: _Table) -> Iterator[_Pair]:
    least = table.plan.minimum_online_pct
    for line in table.units:
        if line.target_pct is not None:
            yield _Pair(line, line.target_pct, least, line.target_pct >= least)


def _figure(line: AllocationLine, column: str) -> Figure:
    value: int | Decimal | None = getattr(line, column)
    return value


def _projection_rule(what: str) -> _Rule:
    message = "{name}: {column} {is_printed}, không bằng {factor} lần kỳ gốc ({computed})."
    return _Rule(f"projection-of-{what}", f"projected_{what}", lambda table: _multiple(table, what), message, _of_units)


def _allocation_rule(id: str, column: str, expected: Callable[[UnitTarget], Figure]) -> _Rule:
    message = "{name}: {column} {is_printed}; theo quy tắc phân bổ là {computed}."
    return _Rule(id, column, lambda table: _by_rule(table, column, expected), message, _error)


def _sum_rule(column: str) -> _Rule:
    message = "{name}: {column} {is_printed}; cộng các đơn vị được {computed}"
    if column in ("extra_online", "weight_pct"):  # parts that are rounded one by one
        return _Rule(
            "total-is-sum", column, lambda table: _total(table, column), f"{message} do làm tròn từng đơn vị.", _warning
        )
    return _Rule("total-is-sum", column, lambda table: _total(table, column), f"{message}.", _error)


def _within_rule(part: str, whole: str) -> _Rule:
    message = "{name}: {column} {is_printed}, lớn hơn {computed} (" + COLUMN_NAMES[whole].lower() + ")."
    return _Rule("within-the-whole", part, lambda table: _within(table, part, whole), message, _error)


def _range_rule(column: str) -> _Rule:
    message = "{name}: {column} {is_printed}, ngoài khoảng từ 0 đến 100."
    return _Rule("percentage-in-range", column, lambda table: _in_range(table, column), message, _error)


_RULES = (
    _projection_rule("total"),
    _projection_rule("online"),
    _Rule(
        "not-online-is-the-rest",
        "not_online",
        _rest,
        "{name}: {column} {is_printed}; tổng trừ trực tuyến là {computed}.",
        _stated,
    ),
    _Rule("share-of-base", "base_share_pct", _share, "{name}: {column} {is_printed}; tính lại là {computed}.", _error),
    _allocation_rule("weight-by-rule", "weight_pct", lambda target: target.weight_pct),
    _allocation_rule("extra-by-rule", "extra_online", lambda target: target.extra),
    _allocation_rule("target-by-rule", "target_pct", lambda target: target.target_pct),
    *(_sum_rule(column) for column in (*SUMMED, "weight_pct")),
    _Rule(
        "group-total-as-assigned",
        "extra_online",
        _assigned,
        "{name}: {column} {is_printed}; kế hoạch giao cả nhóm {computed}.",
        _error,
    ),
    _Rule(
        "group-total-can-be-reached",
        "extra_online",
        _reachable,
        "{name}: giao thêm {printed} hồ sơ trực tuyến, nhưng chỉ còn {computed} hồ sơ chưa trực tuyến.",
        _error,
    ),
    _within_rule("base_online", "base_total"),
    _within_rule("projected_online", "projected_total"),
    _within_rule("extra_online", "not_online"),
    _Rule(
        "full-already",
        "target_pct",
        _full,
        "{name} không còn hồ sơ chưa trực tuyến: giao thêm 0, chỉ tiêu {computed}%; bảng ghi {printed}.",
        _error,
    ),
    *(_range_rule(column) for column in ("base_share_pct", "weight_pct", "target_pct")),
    _Rule(
        "plan-minimum",
        "target_pct",
        _minimum,
        "{name} được giao {printed}%, thấp hơn mức tối thiểu {computed}% của chính kế hoạch.",
        _warning,
    ),
)
