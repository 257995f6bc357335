"""Figures of many units summed by the registry: of a province, of a district of the past, of today's two tiers.

Every dossier is counted once. A table that already contains the units below an office is taken in place of theirs, or
left out where all of them told their own. Units that told nothing are named, with the part of the area's dossiers they
usually take in. Past units stand for the one of a later day that they passed to as a whole, and for no other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from baocao.errors import ConfigurationError
from baocao.indicators.measure import Measure, Subject
from baocao.indicators.own_counts import Span
from baocao.indicators.slices import DOSSIER_TABLE
from baocao.indicators.target_findings import TargetFinding
from baocao.indicators.unit_figures import Figures, load_figures
from baocao.intake.one_stop import COUNTS
from baocao.locale import percentage
from baocao.periods import Period, Periods
from baocao.project import Project
from baocao.store.versions import Versions
from baocao.units import Unit, UnitRegistry

#: Over how many periods before it is told what a unit usually takes in.
USUAL_PERIODS = 4
_USUAL = "Hồ sơ tiếp nhận của đơn vị trên của toàn địa bàn, trong tối đa bốn kỳ trước gần nhất có số liệu của đơn vị"


@dataclass(frozen=True)
class NotAdded:
    """Figures that others already contain, and why they are left out of the sum, for a reader."""

    figures: Figures
    reason: str


@dataclass(frozen=True)
class NotSent:
    """A unit that existed and told nothing; its share of the area's dossiers is None where it never told anything."""

    unit: Unit
    usual_share_pct: Measure | None


@dataclass(frozen=True)
class Mapped:
    """Figures by unit of some day.

    Attributes
    ----------
    unplaced
        Those of past units that were divided, or that nobody took over: no unit of that day stands for them.
    """

    figures: Sequence[Figures]
    unplaced: Sequence[Figures]


@dataclass(frozen=True)
class RollUp:
    """Figures of an area.

    Attributes
    ----------
    total
        The sum of everything known; None where nothing is.
    parts
        Sums of the units directly below, in the order of the registry, the office's own desk first.
    unplaced
        Figures of the total that are in no part: of past units no unit of that day stands for.
    not_sent
        Units below, at every depth, that told nothing.
    partial
        Figures of the total of which some days are missing.
    incomplete
        Parts in which some unit told nothing, or not of all days.
    problems
        What was left out of a unit's own figures, or did not fit, and why.
    """

    area: Unit
    total: Figures | None
    parts: Mapping[str, Figures]
    unplaced: Sequence[Figures]
    not_sent: Sequence[NotSent]
    partial: Sequence[Figures]
    incomplete: frozenset[str]
    not_added: Sequence[NotAdded]
    problems: Sequence[TargetFinding] = ()


def load_roll_up(
    project: Project,
    registry: UnitRegistry,
    area: str,
    period: Period,
    versions: Versions,
    *,
    day: date | None = None,
) -> RollUp:
    """Roll up what is stored of an area in a period, at given table versions.

    Parameters
    ----------
    registry
        All units, whenever they existed.
    day
        Whose units the parts are (see `roll_up`).
    """
    periods, one = Periods(project, registry), period.id
    spans = [(period.from_date, period.to_date)]
    for _ in range(USUAL_PERIODS):
        one = one.previous()
        past = periods.resolve(str(one), area)
        spans.append((past.from_date, past.to_date))
    (now, *before), problems = load_figures(project, registry, area, spans, versions)
    found = roll_up(now, registry[area], registry, spans[0], day=day, before=before[::-1])
    return replace(found, problems=problems)


def in_todays_units(rows: Iterable[Figures], registry: UnitRegistry, day: date) -> Mapped:
    """Figures by the units that existed on `day`: those of a past unit stand for the one that took it over whole.

    Nothing is shared out: what belonged to a unit with several successors is named instead.
    """
    figures, unplaced = [], []
    for row in rows:
        heir = registry.heir(row.unit, day)
        if heir is None or (row.area and heir.code != row.unit):  # the units below it went elsewhere
            unplaced.append(row)
        else:
            figures.append(replace(row, unit=heir.code))
    return Mapped(figures, unplaced)


def roll_up(
    figures: Sequence[Figures],
    area: Unit,
    registry: UnitRegistry,
    span: Span,
    *,
    day: date | None = None,
    before: Sequence[Sequence[Figures]] = (),
) -> RollUp:
    """Sum what is known of an area in one span, no dossier twice.

    Parameters
    ----------
    figures
        Of any units; those of other areas are left out of account.
    registry
        All units, whenever they existed.
    day
        Whose units the parts are; by default those of the span's last day, or of the first on which the area existed.
    before
        Figures of periods before, oldest first, to tell what units that told nothing usually take in.

    Raises
    ------
    ConfigurationError
        If the area did not exist on `day`: of the units of that day only parts would be in it.
    """
    day = day or min(max(span[1], area.valid_from or span[1]), area.valid_to or date.max)
    if not area.existed(day, day):
        raise ConfigurationError(f"{area.code} did not exist on {day}; choose the units of a day on which it did")
    lineage = registry.lineage(area.code)
    codes = _codes(lineage)
    added, not_added = _without_double_counting([one for one in figures if one.unit in codes], registry)
    mapped = in_todays_units(added, registry, day)
    groups: dict[str, list[Figures]] = {unit.code: [] for unit in (area, *registry.children(area.code))}
    unplaced = list(mapped.unplaced)
    for one in mapped.figures:
        groups.get(_part_of(registry, one.unit, area.code) or "", unplaced).append(one)
    parts = {code: summed for code, members in groups.items() if (summed := _sum(code, members, span)) is not None}
    told = {code for one in added for code in (_codes(registry.lineage(one.unit)) if one.area else {one.unit})}
    not_sent = [unit for unit in lineage if unit.existed(*span) and unit.code not in {area.code, *told}]
    partial = [one for one in added if one.missing_days]
    heirs = [registry.heir(code, day) for code in (*_codes(not_sent), *(one.unit for one in partial))]
    incomplete = {_part_of(registry, heir.code, area.code) for heir in heirs if heir is not None}
    earlier = [
        _without_double_counting([one for one in of_span if one.unit in codes], registry)[0] for of_span in before
    ]
    return RollUp(
        area=area,
        total=_sum(area.code, added, span),
        parts=parts,
        unplaced=unplaced,
        not_sent=_with_usual_shares(not_sent, registry, earlier, span),
        partial=partial,
        incomplete=frozenset(parts.keys() & incomplete),
        not_added=not_added,
    )


# -- no dossier twice -------------------------------------------------------------------------------------------------


def _without_double_counting(
    figures: Sequence[Figures], registry: UnitRegistry
) -> tuple[list[Figures], list[NotAdded]]:
    """Figures to be added, and those that others contain."""
    own = [one for one in figures if not one.area]
    whole: list[Figures] = []
    left_out: list[NotAdded] = []
    for one in sorted((one for one in figures if one.area), key=lambda one: len(registry.above(one.unit))):
        contained = _codes(registry.lineage(one.unit))
        there = {unit.code for unit in registry.within(one.unit) if unit.existed(one.from_date, one.to_date)}
        around = next(
            (other for other in whole if one.unit in _codes(registry.within(other.unit)) and _same(one, other)), None
        )
        if around is not None:
            left_out.append(NotAdded(one, f"đã nằm trong số liệu của {registry[around.unit].name} ({around.source})"))
        elif there <= {other.unit for other in own if _same(one, other)}:
            left_out.append(NotAdded(one, "mọi đơn vị trong đó đã được cộng riêng"))
        else:
            reason = f"đã nằm trong số liệu của {registry[one.unit].name} ({one.source})"
            inside = [other for other in own if other.unit in contained and _same(one, other)]
            left_out += [NotAdded(other, reason) for other in inside]
            own = [other for other in own if other not in inside]
            whole.append(one)
    added = list(whole)
    for one in own:
        why = _told_by_heir(one, own, registry) if one.left_open else None
        if why is None:
            added.append(one)
        else:
            left_out.append(NotAdded(one, why))
    return added, left_out


def _told_by_heir(one: Figures, own: Sequence[Figures], registry: UnitRegistry) -> str | None:
    """Why what an ended unit left open is not added to its heir's figures; None where these do not contain it."""
    heir = registry.heir(one.unit, one.to_date)
    if heir is None:
        return None
    told = [other for other in own if other.unit == heir.code and not other.left_open and _same(one, other)]
    if not told:
        return f"{heir.name} tiếp nhận các hồ sơ này nhưng chưa gửi số liệu"
    if not any(DOSSIER_TABLE in other.source for other in told):
        return f"đã nằm trong số liệu của {heir.name} ({told[0].source})"
    return None


def _same(one: Figures, other: Figures) -> bool:
    """Whether two figures may count the same dossiers: they share a system, or one does not say."""
    return not (one.systems and other.systems) or bool(one.systems & other.systems)


def _codes(units: Iterable[Unit]) -> set[str]:
    return {unit.code for unit in units}


def _part_of(registry: UnitRegistry, code: str, area: str) -> str | None:
    """The unit directly below `area` that `code` is or lies under; `area` itself, or None for one that lies outside."""
    line = [code, *(unit.code for unit in registry.above(code))]
    return line[max(line.index(area) - 1, 0)] if area in line else None


def _sum(unit: str, figures: Sequence[Figures], span: Span) -> Figures | None:
    """Figures of different dossiers together; what none of them says stays blank."""
    if not figures:
        return None
    counts: dict[str, int | None] = {}
    for name in COUNTS:
        known = [value for one in figures if (value := one.counts[name]) is not None]
        counts[name] = sum(known) if known else None
    source = ", ".join(dict.fromkeys(part for one in figures for part in one.source.split(", ")))
    systems = [one.systems for one in figures]
    shared = frozenset[str]().union(*systems) if all(systems) else frozenset[str]()
    return Figures(unit, *span, counts, source, area=True, systems=shared)


# -- who told nothing --------------------------------------------------------------------------------------------------


def _with_usual_shares(
    units: Sequence[Unit], registry: UnitRegistry, before: Sequence[Sequence[Figures]], span: Span
) -> list[NotSent]:
    """Units that told nothing, each with what it, or those it followed, used to take in."""

    @cache
    def told(day: date) -> list[tuple[Mapping[str, list[Figures]], int]]:
        """For each period before, figures by unit of a day, and what the whole area took in."""
        periods: list[tuple[Mapping[str, list[Figures]], int]] = []
        for figures in before:
            by_unit: defaultdict[str, list[Figures]] = defaultdict(list)
            for one in in_todays_units(figures, registry, day).figures:
                by_unit[one.unit].append(one)
            periods.append((by_unit, sum(one.received or 0 for one in figures)))
        return periods

    return [NotSent(unit, _usual_share(unit, told(max(span[0], unit.valid_from or span[0])))) for unit in units]


def _usual_share(unit: Unit, before: Sequence[tuple[Mapping[str, list[Figures]], int]]) -> Measure | None:
    """What part of the area's dossiers a unit took in over the last periods of which it told."""
    mine: list[tuple[Sequence[Figures], int, int]] = []
    for by_unit, whole in before:
        own = by_unit.get(unit.code, [])
        received = [value for one in own if (value := one.received) is not None]
        if received and whole:
            mine.append((own, sum(received), whole))
    mine = mine[-USUAL_PERIODS:]
    if not mine:
        return None
    numerator, denominator = sum(part for _, part, _ in mine), sum(whole for _, _, whole in mine)
    told = [one for own, _, _ in mine for one in own]
    return Measure(
        indicator="usual_share_pct",
        subject=Subject(unit.code),
        value=percentage(numerator, denominator, 1),
        unit_of_measure="%",
        definition=_USUAL,
        from_date=min(one.from_date for one in told),
        to_date=max(one.to_date for one in told),
        source=", ".join(dict.fromkeys(one.source for one in told)),
        numerator=numerator,
        denominator=denominator,
        rounding="half-up, 1",
    )
