"""What went wrong and what went well: facts picked by stated rules, and units ranked with their movement.

Rules stand in an order. Each gives its strongest fact, then each its second strongest, until there are enough; a unit
is named once. What no rule finds is not said: three facts are the most, never the least.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from baocao.indicators.brief import Better, Ranking, Rule
from baocao.indicators.measure import Measure, Value, difference
from baocao.locale import clean, format_date

DOSSIERS = "received_total"
POINTS = "điểm phần trăm"


@dataclass(frozen=True)
class Part:
    """A unit, or a field of a desk, that facts are told of.

    Attributes
    ----------
    who, whom
        How a sentence names it, and the office to ask about it.
    now, then
        An indicator of it in the report's period, and in the past period at a place of the history.
    """

    key: str
    who: str
    whom: str
    now: Callable[[str], Measure]
    then: Callable[[str, int], Measure]


@dataclass(frozen=True)
class Baselines:
    """What rules compare with: the targets in force by indicator, and places of past periods in the history."""

    targets: Mapping[str, Measure]
    previous: int
    year_before: int


@dataclass(frozen=True)
class Fact:
    """What a rule found of one part, with every figure its sentences may print."""

    rule: Rule
    part: Part
    value: Measure
    gap: Measure
    base: Measure | None
    dossiers: Measure
    also: Mapping[str, Measure]

    def names(self) -> dict[str, object]:
        """Names of the rule's sentence templates."""
        return {
            "who": clean(self.part.who),
            "whom": clean(self.part.whom),
            "value": self.value,
            "base": self.base,
            "gap": self.gap,
            "dossiers": self.dossiers,
            **self.also,
        }


def moved(measure: Measure, base: Measure) -> Measure:
    """How far a figure is from the same one of another time: a count, or percentage points of the printed values."""
    change = difference(measure, base)
    if isinstance(measure.value, int) or measure.value is None or base.value is None:
        return change
    return replace(change, value=measure.value - base.value, unit_of_measure=POINTS)


def pick(
    rules: Sequence[Rule],
    parts: Sequence[Part],
    baselines: Baselines,
    most: int,
    dossiers_least: int,
    named: Collection[str] = (),
) -> list[Fact]:
    """At most `most` facts of the rules, about parts that are not `named` already."""
    waiting = [_candidates(rule, parts, baselines, dossiers_least) for rule in rules]
    found: list[Fact] = []
    told = set(named)
    while len(found) < most and any(waiting):
        for facts in waiting:
            fact = next((fact for fact in facts if fact.part.key not in told), None)
            if fact is None:
                facts.clear()
            elif len(found) < most:
                facts.remove(fact)
                told.add(fact.part.key)
                found.append(fact)
    return found


def _candidates(rule: Rule, parts: Sequence[Part], baselines: Baselines, dossiers_least: int) -> list[Fact]:
    """Facts of one rule, the strongest first; equals in the order of the parts."""
    facts = [fact for part in parts if (fact := _fact(rule, part, baselines, dossiers_least)) is not None]
    strength = {fact.part.key: (fact.part.now(rule.order) if rule.order else fact.gap).value or 0 for fact in facts}
    lowest_first = rule.against == "nothing" and rule.direction == "below" and rule.order is None
    return sorted(facts, key=lambda fact: strength[fact.part.key] * (1 if lowest_first else -1))


def _fact(rule: Rule, part: Part, baselines: Baselines, dossiers_least: int) -> Fact | None:
    least_dossiers = dossiers_least if rule.dossiers_least is None else rule.dossiers_least
    value, dossiers = part.now(rule.indicator), part.now(DOSSIERS)
    base, before = _base(rule, part, baselines)
    if value.value is None or not _enough(dossiers, least_dossiers) or not _enough(before, least_dossiers):
        return None
    apart: Value
    if rule.against == "nothing":
        apart = value.value
        holds = apart >= _least(rule) if rule.direction == "above" else apart <= _least(rule)
    elif base is None or base.value is None:
        return None
    else:
        apart = value.value - base.value if rule.direction == "above" else base.value - value.value
        holds = apart > 0 and apart >= _least(rule)
    if not holds:
        return None
    also = {name: part.now(indicator) for name, indicator in rule.also.items()}
    return Fact(rule, part, value, _gap(rule, value, base, apart), base, dossiers, also)


def _base(rule: Rule, part: Part, baselines: Baselines) -> tuple[Measure | None, Measure | None]:
    """What a rule compares with, and how many dossiers that is of, where it is another time."""
    match rule.against:
        case "nothing":
            return None, None
        case "target":
            return baselines.targets.get(rule.indicator), None
        case "previous":
            place = baselines.previous
        case "last-year":
            place = baselines.year_before
    return part.then(rule.indicator, place), part.then(DOSSIERS, place)


def _enough(dossiers: Measure | None, least: int) -> bool:
    return dossiers is None or (dossiers.value is not None and dossiers.value >= least)


def _least(rule: Rule) -> Decimal:
    return Measure.exact(rule.least)


def _gap(rule: Rule, value: Measure, base: Measure | None, apart: Value) -> Measure:
    """How far a value lies from what it is compared with, counted up from zero."""
    if base is None:
        return value
    than = "mục tiêu" if rule.against == "target" else f"kỳ {format_date(base.from_date)} – {format_date(base.to_date)}"
    return replace(
        value,
        value=apart,
        subject=replace(value.subject, part=f"{rule.direction}-{rule.against}"),
        unit_of_measure=POINTS if value.is_percentage else value.unit_of_measure,
        definition=f"{value.definition}; {'cao' if rule.direction == 'above' else 'thấp'} hơn {than}",
        source=", ".join(dict.fromkeys(filter(None, (value.source, base.source)))),
        numerator=None,
        denominator=None,
        rounding=None,
    )


# -- ranking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """A part with its rank now and before; blank where it has no value, and where it had none."""

    part: Part
    rank: Measure
    before: Measure
    moved: Measure


def standings(parts: Sequence[Part], ranking: Ranking, previous: int, without: Collection[str] = ()) -> list[Standing]:
    """Every part, the best first; those without a value, or named in `without`, last and in the order given.

    Equal values, as printed, share a rank, and the ranks they fill are left out: 1, 2, 2, 4. A part moved up by as many
    places as its rank is smaller than before, both among those that have a value now.
    """
    now = {part.key: part.now(ranking.indicator) for part in parts}
    then = {part.key: part.then(ranking.indicator, previous) for part in parts}
    ranks = _ranks({key: measure for key, measure in now.items() if key not in without}, ranking.better)
    # Places are compared among the same parts, or one that fell silent would lift all below it.
    ranks_before = _ranks({key: measure for key, measure in then.items() if key in ranks}, ranking.better)
    found = []
    for part in parts:
        rank = _ranked(now[part.key], ranks.get(part.key), ranking.label)
        before = _ranked(then[part.key], ranks_before.get(part.key), ranking.label)
        change = difference(before, rank)  # a smaller rank is a move up
        said = "Số bậc thay đổi so với hạng kỳ trước, dương là lên hạng"
        found.append(Standing(part, rank, before, replace(change, unit_of_measure="bậc", definition=said)))
    order = {part.key: place for place, part in enumerate(parts)}
    return sorted(found, key=lambda one: (one.rank.value is None, one.rank.value or 0, order[one.part.key]))


def _ranks(values: Mapping[str, Measure], better: Better) -> dict[str, int]:
    known = {key: measure.value for key, measure in values.items() if measure.value is not None}
    ordered = sorted(known.values(), reverse=better == "higher")
    return {key: ordered.index(value) + 1 for key, value in known.items()}


def _ranked(measure: Measure, rank: int | None, criterion: str) -> Measure:
    return replace(
        measure,
        indicator=f"rank_{measure.indicator}",
        value=rank,
        unit_of_measure="",
        definition=f"Thứ hạng theo {criterion}; bằng nhau thì cùng hạng",
        numerator=None,
        denominator=None,
        rounding=None,
    )
