"""How a total of extra online dossiers is shared out over the units of a group.

The rule is that of plan 128/KH-UBND of Hải Phòng (27 May 2022), Phụ lục 2. The plan does not print it; it gives all 252
printed rows to the last digit. Per group with the extra total G::

    projected  = factor × base, or as given
    not_online = projected total − projected online
    x          = G × not_online / Σ not_online, unrounded
    extra      = x, half-up to a whole dossier
    target %   = (projected online + x) / projected total, half-up to an integer,
                 or to one decimal where the integer would read 100 while something stays offline

The target is made of the unrounded x: with the rounded one eight communes would come out differently. Extras are
rounded one by one, so they may miss G by a few dossiers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from baocao.errors import ConfigurationError, InputError
from baocao.indicators.target_plan import Rounding, TargetPlan
from baocao.locale import half_up, percentage
from baocao.units import UnitRegistry

NO_DOSSIERS = "Không phát sinh hồ sơ"
NO_FIGURES = "Chưa có số liệu hồ sơ"
LEFT_OUT = "Kế hoạch để trống số hồ sơ chưa trực tuyến"
MORE_ONLINE = "Số hồ sơ trực tuyến lớn hơn tổng số hồ sơ"


@dataclass(frozen=True)
class UnitBase:
    """What is known of a unit before targets are set; counts of dossiers, None where blank.

    The unit is the office alone: a district's figures are those of the district office, not of its communes.

    Attributes
    ----------
    total, online
        Received in the base months: all, and those handed in online.
    projected_total, projected_online
        Given for the window; by default `projection_factor` times the base.
    left_out
        The plan leaves `not_online` blank, so the unit gets neither extra nor target.
    """

    unit: str
    total: int | None
    online: int | None
    projected_total: int | None = None
    projected_online: int | None = None
    left_out: bool = False


@dataclass(frozen=True)
class UnitTarget:
    """A unit's part of the group's total.

    Attributes
    ----------
    projected_total, projected_online, not_online
        Dossiers of the window; None where blank.
    exact_extra
        Unrounded x; 0 for a unit without target, which is assigned nothing.
    weight_pct
        Share of the group's `not_online`, per cent.
    extra
        Online dossiers to reach on top of `projected_online`.
    target_pct
        Share of online dossiers to reach in the window; None without a target.
    reason
        Vietnamese: why there is no target; empty where there is one.
    """

    base: UnitBase
    projected_total: int | None
    projected_online: int | None
    not_online: int | None
    exact_extra: Fraction
    weight_pct: Decimal
    extra: int
    target_pct: Decimal | None
    reason: str

    @property
    def unit(self) -> str:
        return self.base.unit

    @property
    def target_online(self) -> int | None:
        """Online dossiers to reach in the window; None without a target."""
        if self.target_pct is None or self.projected_online is None:
            return None
        return self.projected_online + self.extra


@dataclass(frozen=True)
class GroupAllocation:
    """A group's targets, in the order of the bases. `not_online` is the sum over the units that have one."""

    group: str
    extra_online: int
    not_online: int
    targets: tuple[UnitTarget, ...]


def allocate(
    plan: TargetPlan,
    group_id: str,
    bases: Sequence[UnitBase],
    registry: UnitRegistry,
    extra_online: int | None = None,
) -> GroupAllocation:
    """Share `extra_online` (by default the plan's total of the group) out over its units.

    Nothing is repaired: a total nobody can reach gives targets above 100 %, which
    `baocao.indicators.allocation_checks.check_table` names.

    Raises
    ------
    ConfigurationError
        For a unit nobody knows, of another level, or standing twice.
    InputError
        For a negative count, or a projection of which only one half is given.
    """
    group = plan.group(group_id)
    extra = group.extra_online if extra_online is None else extra_online
    if extra < 0:
        raise InputError(f"{group_id}: extra_online {extra}; expected 0 or more")
    _refuse_wrong_units(group_id, group.level, bases, registry)
    rows = [(base, *_projection(base, plan.projection_factor)) for base in bases]
    whole = sum(_not_online(*row) or 0 for row in rows)
    targets = tuple(_target(*row, extra, whole, plan.rounding) for row in rows)
    return GroupAllocation(group_id, extra, whole, targets)


def projected(count: int, factor: Decimal) -> int:
    """`count` of the base carried on over the window; half-up where the factor is not whole."""
    return int(half_up(count * factor, 0))


def share_to_reach(online: int | Fraction, total: int, rounding: Rounding) -> Decimal | None:
    """`online / total` in per cent as a target is printed; None where `total` is 0.

    An integer that would read 100 while something stays offline gets `near_full_decimals`.
    """
    exact = Fraction(online)
    plain = percentage(exact.numerator, exact.denominator * total, rounding.target_decimals)
    if plain == 100 and exact != total:
        return percentage(exact.numerator, exact.denominator * total, rounding.near_full_decimals)
    return plain


def _projection(base: UnitBase, factor: Decimal) -> tuple[int | None, int | None]:
    if base.projected_total is not None or base.projected_online is not None:
        return base.projected_total, base.projected_online
    total, online = (None if count is None else projected(count, factor) for count in (base.total, base.online))
    return total, online


def _not_online(base: UnitBase, total: int | None, online: int | None) -> int | None:
    if base.left_out or total is None or online is None or online > total:
        return None
    return total - online


def _target(
    base: UnitBase, total: int | None, online: int | None, extra: int, whole: int, rounding: Rounding
) -> UnitTarget:
    rest = _not_online(base, total, online)
    exact = Fraction(extra * (rest or 0), whole) if whole else Fraction(0)
    weight = percentage(rest or 0, whole, rounding.weight_decimals)
    target = None
    if rest is None:
        known = total is not None and online is not None
        reason = NO_FIGURES if not known else LEFT_OUT if base.left_out else MORE_ONLINE
    elif total == 0:
        reason = NO_DOSSIERS
    else:
        reason = ""
        target = share_to_reach((online or 0) + exact, total or 0, rounding)
    return UnitTarget(
        base=base,
        projected_total=total,
        projected_online=online,
        not_online=rest,
        exact_extra=exact,
        weight_pct=Decimal(0) if weight is None else weight,
        extra=(2 * exact.numerator + exact.denominator) // (2 * exact.denominator),  # half-up, exactly
        target_pct=target,
        reason=reason,
    )


def _refuse_wrong_units(group_id: str, level: str, bases: Sequence[UnitBase], registry: UnitRegistry) -> None:
    seen = set()
    for base in bases:
        unit = registry[base.unit]
        if unit.level != level:
            raise ConfigurationError(f"{group_id}: {unit.code} is a {unit.level}; expected units of level {level}")
        if unit.code in seen:
            raise ConfigurationError(f"{group_id}: {unit.code} stands twice; give each unit once")
        seen.add(unit.code)
        counts = (base.total, base.online, base.projected_total, base.projected_online)
        if any(count is not None and count < 0 for count in counts):
            raise InputError(f"{group_id}: {unit.code} has a negative count; expected dossiers, 0 or more: {counts}")
        if (base.projected_total is None) != (base.projected_online is None):
            raise InputError(
                f"{group_id}: {unit.code} has a projection of its total or its online dossiers alone; give both or none"
            )
