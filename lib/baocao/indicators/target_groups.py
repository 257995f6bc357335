"""Units as one: a group, a district or the whole area on its way to what its units were given."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from baocao.indicators.allocation import UnitBase, UnitTarget
from baocao.indicators.progress import MonthFigures, UnitProgress, unit_progress
from baocao.indicators.standing import together
from baocao.indicators.target_plan import ReportingMonth, Thresholds
from baocao.locale import percentage
from baocao.units import UnitRegistry

#: Decimals of the share several units are to reach together.
DECIMALS = 1


def as_one(
    code: str,
    rows: Sequence[UnitProgress],
    months: Sequence[ReportingMonth],
    number: int,
    thresholds: Thresholds,
) -> UnitProgress:
    """Units together at the end of month `number`, under the name `code`; every unit counts once.

    Their target is the share their projections come to with all extras, also those of units that were given none. A
    month is made of the units that reported it.

    Raises
    ------
    ConfigurationError
        If a unit stands twice.
    """
    together(rows)  # refuses a unit that stands twice
    targets = [row.target for row in rows]
    total = sum(target.projected_total or 0 for target in targets)
    online = sum(target.projected_online or 0 for target in targets)
    extra = sum(target.extra for target in targets)
    whole = UnitTarget(
        base=UnitBase(code, None, None),
        projected_total=total,
        projected_online=online,
        not_online=total - online,
        exact_extra=Fraction(extra),
        weight_pct=Decimal(100),
        extra=extra,
        target_pct=percentage(online + extra, total, DECIMALS),
        reason="",
    )
    return unit_progress(whole, _by_month(rows), months, number, thresholds)


def _by_month(rows: Iterable[UnitProgress]) -> Mapping[int, MonthFigures]:
    sums: dict[int, MonthFigures] = {}
    for row in rows:
        for number, month in row.months.items():
            known = sums.get(number, MonthFigures(0, 0))
            sums[number] = MonthFigures(known.total + month.total, known.online + month.online)
    return sums


def by_district(rows: Sequence[UnitProgress], registry: UnitRegistry) -> list[tuple[str | None, list[UnitProgress]]]:
    """Units under the code of the district above them, districts in the order in which they first appear.

    Units of no district, and district offices, stand under None.
    """
    parts: dict[str | None, list[UnitProgress]] = {}
    for row in rows:
        above = (office.code for office in registry.above(row.unit) if office.level == "district")
        parts.setdefault(next(above, None), []).append(row)
    return list(parts.items())
