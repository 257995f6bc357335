"""The allocation as a table: a line for each unit, subtotals by district, a total. Every unit counts once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from baocao.errors import ConfigurationError
from baocao.indicators.allocation import GroupAllocation, UnitTarget
from baocao.indicators.target_plan import Rounding
from baocao.locale import percentage
from baocao.units import UnitRegistry

Kind = Literal["unit", "subtotal", "total"]
TOTAL = "Tổng cộng"
#: Counts that are added up over lines; the rest of a line follows from them.
SUMMED = ("base_total", "base_online", "projected_total", "projected_online", "not_online", "extra_online")
#: Names of a line's figures for a reader.
COLUMN_NAMES = {
    "base_total": "Tổng hồ sơ kỳ gốc",
    "base_online": "Hồ sơ trực tuyến kỳ gốc",
    "base_share_pct": "Tỷ lệ trực tuyến kỳ gốc (%)",
    "projected_total": "Dự kiến tổng hồ sơ",
    "projected_online": "Dự kiến hồ sơ trực tuyến",
    "not_online": "Dự kiến hồ sơ chưa trực tuyến",
    "weight_pct": "Tỷ trọng (%)",
    "extra_online": "Hồ sơ trực tuyến cần giao thêm",
    "target_pct": "Chỉ tiêu cần đạt (%)",
}


@dataclass(frozen=True)
class AllocationLine:
    """A line of the table, computed by us or printed by an office; None where blank.

    Attributes
    ----------
    kind
        A `subtotal` stands before its units, as the heading it is in print.
    unit
        Code of the unit, of a subtotal's district; None for the total.
    name
        As the table prints it.
    base_total, base_online, projected_total, projected_online, not_online, extra_online
        Dossiers. Sums leave out units without figures; where no unit has any, or one with a total lacks its online
        dossiers, the sum is blank.
    base_share_pct
        Online dossiers of the base months, per cent of all; None where there are none.
    weight_pct
        Share of the group's `not_online`, per cent.
    target_pct
        Of a unit with a target; sums have none.
    reason
        Vietnamese: why a unit has no target.
    position, district
        Number and district as printed; empty in what we compute.
    """

    kind: Kind
    unit: str | None
    name: str
    base_total: int | None
    base_online: int | None
    base_share_pct: Decimal | None
    projected_total: int | None
    projected_online: int | None
    not_online: int | None
    weight_pct: Decimal | None
    extra_online: int | None
    target_pct: Decimal | None = None
    reason: str = ""
    position: str = ""
    district: str = ""

    @property
    def reached_pct(self) -> Decimal | None:
        """Share of online dossiers in the window once the extra is reached, per cent, one decimal."""
        if self.projected_online is None or self.extra_online is None:
            return None
        return percentage(self.projected_online + self.extra_online, self.projected_total, 1)


def unit_lines(targets: Iterable[UnitTarget], registry: UnitRegistry, rounding: Rounding) -> list[AllocationLine]:
    """A line for each unit; ConfigurationError for one that stands twice, which a sum would count twice."""
    lines = [
        AllocationLine(
            kind="unit",
            unit=target.unit,
            name=registry[target.unit].name,
            base_total=target.base.total,
            base_online=target.base.online,
            base_share_pct=percentage(target.base.online, target.base.total, rounding.share_decimals),
            projected_total=target.projected_total,
            projected_online=target.projected_online,
            not_online=target.not_online,
            weight_pct=target.weight_pct,
            extra_online=target.extra,
            target_pct=target.target_pct,
            reason=target.reason,
        )
        for target in targets
    ]
    units = [line.unit for line in lines]
    for unit in units:
        if units.count(unit) > 1:
            raise ConfigurationError(f"{unit} stands twice in one table; each unit counts once")
    return lines


def allocation_table(allocation: GroupAllocation, registry: UnitRegistry, rounding: Rounding) -> list[AllocationLine]:
    """A group as its annex prints it: its units, communes under the subtotal of their district, then the total.

    The total's extra is what was assigned to the group. Units are rounded one by one, so their sum may differ by a few
    dossiers, as in print (76.680 against 76.682).
    """
    units = unit_lines(allocation.targets, registry, rounding)
    total = sum_line(units, "total", None, TOTAL, rounding, assigned=allocation.extra_online)
    return [*by_district(units, registry, rounding), total]


def area_table(
    allocations: Sequence[GroupAllocation], registry: UnitRegistry, rounding: Rounding
) -> list[AllocationLine]:
    """Several groups in one table: each district's subtotal, its own office, its communes; then the total of all.

    A district's line is the district office alone; what the office and its communes have together is the subtotal.
    Weights are of different groups, so sums have none.
    """
    units = unit_lines((target for group in allocations for target in group.targets), registry, rounding)
    assigned = sum(allocation.extra_online for allocation in allocations)
    lines = by_district(units, registry, rounding, always=True)
    lines.append(sum_line(units, "total", None, TOTAL, rounding, assigned=assigned))
    if len(allocations) == 1:
        return lines
    return [line if line.kind == "unit" else replace(line, weight_pct=None) for line in lines]


def by_district(
    units: Sequence[AllocationLine], registry: UnitRegistry, rounding: Rounding, *, always: bool = False
) -> list[AllocationLine]:
    """Lines of units under the subtotals of their districts, districts in the order in which they first appear.

    Units of no district stand first, without a subtotal. Unless `always`, a district whose only line is its own office
    has none either: a list of offices is no list of areas.
    """
    parts: dict[str | None, list[AllocationLine]] = {None: []}
    for line in units:
        parts.setdefault(_district(line.unit, registry), []).append(line)
    lines = []
    for district, members in parts.items():
        alone = all(line.unit == district for line in members)
        if district is not None and (always or not alone):
            lines.append(sum_line(members, "subtotal", district, registry[district].name, rounding))
        lines.extend(sorted(members, key=lambda line: line.unit != district))
    return lines


def sum_line(
    lines: Sequence[AllocationLine],
    kind: Kind,
    unit: str | None,
    name: str,
    rounding: Rounding,
    assigned: int | None = None,
) -> AllocationLine:
    """Subtotal or total of lines of units; `assigned` is the extra given as a whole, if it was."""
    sums = {column: _sum(getattr(line, column) for line in lines) for column in SUMMED}
    weights = [line.weight_pct for line in lines if line.weight_pct is not None]
    for span in ("base", "projected"):
        if any(
            getattr(line, f"{span}_total") is not None and getattr(line, f"{span}_online") is None for line in lines
        ):
            sums[f"{span}_online"] = None  # fewer units than in the total: no share could be made of the two
    if assigned is not None:
        sums["extra_online"] = assigned
    return AllocationLine(
        kind=kind,
        unit=unit,
        name=name,
        base_total=sums["base_total"],
        base_online=sums["base_online"],
        projected_total=sums["projected_total"],
        projected_online=sums["projected_online"],
        not_online=sums["not_online"],
        extra_online=sums["extra_online"],
        base_share_pct=percentage(sums["base_online"], sums["base_total"], rounding.share_decimals),
        # The whole is 100 by definition, whatever its rounded parts add up to.
        weight_pct=sum(weights, Decimal(0)) if kind == "subtotal" else Decimal(100) if any(weights) else Decimal(0),
    )


def _district(unit: str | None, registry: UnitRegistry) -> str | None:
    if unit is None:
        return None
    if registry[unit].level == "district":
        return unit
    return next((above.code for above in registry.above(unit) if above.level == "district"), None)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
