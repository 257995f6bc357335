"""Facts are picked by the stated rules alone; ranks share ties and say how far units moved."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from baocao.errors import ConfigurationError
from baocao.indicators.brief import Level, Ranking, Rule, load_brief
from baocao.indicators.catalogue import load_catalogue
from baocao.indicators.highlights import DOSSIERS, Baselines, Part, moved, pick, standings
from baocao.indicators.measure import Measure, Subject
from baocao.notebook.brief_words import Goal, signed
from baocao.project import Project

RATE = Measure("late_pct", Subject("d"), None, "%", "Trễ", date(2025, 10, 1), date(2025, 12, 31), "s")
PREVIOUS, LAST_YEAR = 0, 1
TARGET = replace(RATE, indicator="late_pct_target", value=Decimal(5), definition="Mục tiêu")
BASELINES = Baselines({"late_pct": TARGET}, PREVIOUS, LAST_YEAR)
OVER = Rule(
    id="over",
    name="quá từ {least}",
    indicator="late_pct",
    against="target",
    direction="above",
    least=2,
    says="",
)
WORSE = OVER.model_copy(update={"id": "worse", "against": "previous"})
BETTER = OVER.model_copy(update={"id": "better", "against": "previous", "direction": "below"})
RANKING = Ranking(indicator="late_pct", better="lower", label="tỷ lệ", columns={})


def part(
    key: str, now: str | None, then: str | None = None, year: str | None = None, dossiers: int | None = 100
) -> Part:
    def rate(text: str | None, of: str | None = None) -> Measure:
        return replace(RATE, value=None if text is None else Decimal(text), subject=Subject(key, part=of))

    count = replace(RATE, indicator=DOSSIERS, unit_of_measure="hồ sơ", value=dossiers, subject=Subject(key))
    past = {PREVIOUS: rate(then, "before"), LAST_YEAR: rate(year, "year")}
    return Part(
        key=key,
        who=key,
        whom=key,
        now=lambda indicator: count if indicator == DOSSIERS else rate(now),
        then=lambda indicator, place: count if indicator == DOSSIERS else past[place],
    )


def told(facts: list[object]) -> list[tuple[str, str, object]]:
    return [(fact.rule.id, fact.part.key, fact.gap.value) for fact in facts]  # type: ignore[attr-defined]


def test_each_rule_gives_its_strongest_then_its_next_and_a_unit_is_named_once() -> None:
    parts = [part("a", "20", "1"), part("b", "9", "2"), part("c", "30", "29"), part("d", "6.9", "1")]
    facts = pick([OVER, WORSE], parts, BASELINES, 3, 30)
    # c lies furthest above its target; of those left a rose most; then b is the next of the first rule.
    assert told(list(facts)) == [("over", "c", Decimal(25)), ("worse", "a", Decimal(19)), ("over", "b", Decimal(4))]


def test_fewer_than_three_are_no_more_than_there_are() -> None:
    parts = [part("a", "7"), part("b", "6.99"), part("c", "4", "3")]
    assert told(list(pick([OVER, WORSE], parts, BASELINES, 3, 30))) == [("over", "a", Decimal(2))]
    assert pick([OVER], parts, BASELINES, 0, 30) == []
    assert pick([], parts, BASELINES, 3, 30) == []


def test_equals_keep_the_order_of_the_registry() -> None:
    parts = [part("b", "10"), part("a", "10"), part("c", "10")]
    assert [fact.part.key for fact in pick([OVER], parts, BASELINES, 2, 30)] == ["b", "a"]


def test_values_themselves_are_picked_from_the_end_a_rule_asks_for() -> None:
    parts = [part("a", "3"), part("b", "1"), part("c", "9", dossiers=500), part("d", "2", dossiers=400)]
    low = OVER.model_copy(update={"against": "nothing", "direction": "below", "least": 3})
    assert [fact.part.key for fact in pick([low], parts, BASELINES, 3, 30)] == ["b", "d", "a"]
    high = low.model_copy(update={"direction": "above"})
    assert [fact.part.key for fact in pick([high], parts, BASELINES, 3, 30)] == ["c", "a"]
    largest = low.model_copy(update={"order": DOSSIERS})
    assert [fact.part.key for fact in pick([largest], parts, BASELINES, 3, 30)] == ["d", "a", "b"]


def test_few_dossiers_then_or_now_say_nothing() -> None:
    parts = [part("a", "50", "1", dossiers=29), part("b", "50", "1", dossiers=None), part("c", "50", "1", dossiers=30)]
    assert [fact.part.key for fact in pick([OVER, WORSE], parts, BASELINES, 3, 30)] == ["c"]


def test_without_a_figure_before_or_a_target_there_is_no_fact() -> None:
    parts = [part("a", "50", None), part("b", None, "1")]
    assert pick([WORSE, BETTER], parts, BASELINES, 3, 30) == []
    assert pick([OVER], parts, Baselines({}, PREVIOUS, LAST_YEAR), 3, 30) == []
    year = WORSE.model_copy(update={"against": "last-year"})
    assert pick([year], parts, BASELINES, 3, 30) == []


def test_what_did_not_change_is_no_fact_even_where_nothing_is_the_least() -> None:
    any_change = WORSE.model_copy(update={"least": 0})
    assert pick([any_change], [part("a", "5", "5")], BASELINES, 3, 30) == []


def test_units_named_already_are_left_out() -> None:
    parts = [part("a", "1", "20"), part("b", "1", "10")]
    assert [fact.part.key for fact in pick([BETTER], parts, BASELINES, 3, 30, named=["a"])] == ["b"]


def test_a_gap_is_a_figure_of_its_own_with_what_it_is_between() -> None:
    (fact,) = pick([BETTER], [part("a", "1", "20")], BASELINES, 3, 30)
    assert (fact.value.value, fact.base and fact.base.value, fact.gap.value) == (Decimal(1), Decimal(20), Decimal(19))
    assert fact.gap.unit_of_measure == "điểm phần trăm"
    assert len({fact.value.id, fact.gap.id}) == 2


def ranks(parts: list[Part], **without: object) -> Mapping[str, tuple[object, object, object]]:
    found = standings(parts, RANKING, PREVIOUS, list(without))
    return {one.part.key: (one.rank.value, one.before.value, one.moved.value) for one in found}


def test_equal_values_share_a_rank_and_the_next_is_left_out() -> None:
    parts = [part("a", "3", "1"), part("b", "1", "2"), part("c", "3", "3"), part("d", "9", "3")]
    assert ranks(parts) == {"b": (1, 2, 1), "a": (2, 1, -1), "c": (2, 3, 1), "d": (4, 3, -1)}
    assert [one.part.key for one in standings(parts, RANKING, PREVIOUS)] == ["b", "a", "c", "d"]


def test_who_is_not_ranked_moves_nobody() -> None:
    """A unit that fell silent was best before; those below it have not climbed for that."""
    parts = [part("gone", None, "0"), part("a", "1", "1"), part("b", "2", "2"), part("new", "3", None)]
    assert ranks(parts) == {"a": (1, 1, 0), "b": (2, 2, 0), "new": (3, None, None), "gone": (None, None, None)}
    assert ranks([part("a", "1", "1"), part("b", "2", "2")], a=True) == {"b": (1, 1, 0), "a": (None, None, None)}


def test_changes_are_of_the_printed_values_and_blank_where_one_is() -> None:
    now, before = replace(RATE, value=Decimal("9.74")), replace(RATE, value=Decimal("9.9"))
    assert signed(moved(now, before)) == "−0,16"
    assert signed(moved(before, now)) == "+0,16"
    assert signed(moved(now, now)) == "0"
    assert signed(moved(now, replace(RATE, value=None))) == "–"
    count = replace(RATE, value=1204, unit_of_measure="hồ sơ")
    assert signed(moved(count, replace(count, value=0))) == "+1.204"


def test_targets_are_met_at_the_bound() -> None:
    most = Level.model_validate({"from": date(2020, 1, 1), "at_most": 5, "source": "x"})
    assert Goal(most, TARGET).verdict(replace(RATE, value=Decimal("5.00"))) == "≤ 5%: đạt"
    assert Goal(most, TARGET).verdict(replace(RATE, value=Decimal("5.01"))) == "≤ 5%: chưa đạt"
    assert Goal(most, TARGET).verdict(RATE) == "≤ 5%"


def test_the_brief_s_configuration(project: Project) -> None:
    catalogue = load_catalogue(project)
    brief = load_brief(project, "leadership-brief", catalogue)
    online = [brief.level("received_online_pct", day) for day in (date(2019, 1, 1), date(2021, 1, 1), date(2025, 1, 1))]
    assert [level and level.at_least for level in online] == [None, 20, 50]
    path = project.params / "briefs" / "leadership-brief.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("also: {late: late_or_overdue}", "also: {late: late_or_overdu}"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"rule late-over-target.*late_or_overdue"):
        load_brief(project, "leadership-brief", catalogue)
    path.write_text(text.replace("id: late-worse", "id: overdue-left"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="“overdue-left” stands twice"):
        load_brief(project, "leadership-brief", catalogue)
