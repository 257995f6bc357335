"""Roll-ups against dossiers counted one by one: no dossier twice, none lost, past units with those they passed to."""

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baocao.errors import ConfigurationError
from baocao.indicators.rollup import RollUp, in_todays_units, roll_up
from baocao.indicators.slices import DOSSIER_TABLE
from baocao.indicators.unit_figures import Figures
from baocao.intake.one_stop import COUNTS
from baocao.units import Unit, UnitRegistry
from tests.brute_summary import brute_summary, dossier

LAST, FIRST = date(2025, 6, 30), date(2025, 7, 1)
Q1, Q2 = (date(2025, 1, 1), date(2025, 3, 31)), (date(2025, 4, 1), LAST)
Q3, Q4 = (FIRST, date(2025, 9, 30)), (date(2025, 10, 1), date(2025, 12, 31))
TODAY = Q4[1]


def unit(code: str, parent: str | None, level: str, *successors: str, ended: bool = False, new: bool = False) -> Unit:
    begin, end = FIRST if new else None, LAST if ended else None
    return Unit(code, f"UBND {code}", code, level, level, parent, (), begin, end, successors)


#: A province whose two districts ended; two communes passed to `moi.a`, across a district's border two to `moi.b`.
REGISTRY = UnitRegistry(
    (
        unit("tinh", None, "province"),
        unit("dong", "tinh", "district", "tinh", "moi.a", "moi.b", ended=True),
        unit("dong.an", "dong", "commune", "moi.a", ended=True),
        unit("dong.binh", "dong", "commune", "moi.a", ended=True),
        unit("dong.chau", "dong", "commune", "moi.b", ended=True),
        unit("tay", "tinh", "district", "tinh", "moi.b", ended=True),
        unit("tay.dau", "tay", "commune", "moi.b", ended=True),
        unit("moi.a", "tinh", "commune", new=True),
        unit("moi.b", "tinh", "commune", new=True),
    )
)
PAST = ["dong", "dong.an", "dong.binh", "dong.chau", "tay", "tay.dau"]
NEW = ["moi.a", "moi.b"]
OF_DONG, OF_TAY = PAST[:4], PAST[4:]
Dossiers = Sequence[Mapping[str, Any]]


def counted(dossiers: Dossiers, units: Collection[str], span: tuple[date, date]) -> dict[str, int | None]:
    """Counts of some units' dossiers, all together; 0 of what every dossier tells."""
    found = brute_summary(dossiers, [(*span, units)], (), {})
    nothing = dict.fromkeys(COUNTS) | dict.fromkeys(("carried_over", "received_online", "received_direct"), 0)
    return found.get((0,), nothing)


def known(counts: Mapping[str, int | None]) -> dict[str, int]:
    """Without blanks and zeros, which a unit without dossiers may say one or the other of."""
    return {name: value for name, value in counts.items() if value}


def told(dossiers: Dossiers, span: tuple[date, date]) -> list[Figures]:
    """What each unit of a span tells, and what those that ended before it had left open."""
    figures = []
    for one in REGISTRY.below("tinh"):
        counts = counted(dossiers, [one.code], span)
        if one.existed(*span):
            figures.append(Figures(one.code, *span, counts, DOSSIER_TABLE, systems=frozenset({"cong"})))
        elif not one.existed(*span) and known(counts):
            system = frozenset({"cong"})
            figures.append(Figures(one.code, *span, counts, DOSSIER_TABLE, left_open=True, systems=system))
    return figures


def area_table(dossiers: Dossiers, code: str, members: Collection[str], span: tuple[date, date]) -> Figures:
    counts = counted(dossiers, members, span)
    return Figures(code, *span, counts, f"cong: Biểu của {code}", area=True, systems=frozenset({"cong"}))


def rolled(figures: Sequence[Figures], span: tuple[date, date], area: str = "tinh", **options: Any) -> RollUp:
    return roll_up(figures, REGISTRY[area], REGISTRY, span, **options)


@st.composite
def made_dossiers(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    for number in range(draw(st.integers(1, 12))):
        received = date(2025, 1, 1) + timedelta(days=draw(st.integers(0, 364)))
        days = draw(st.none() | st.integers(0, 200))
        rows.append(
            dossier(
                f"HS-{number}",
                unit=draw(st.sampled_from(PAST if received < FIRST else NEW)),
                received_date=received,
                due_date=received + timedelta(days=draw(st.integers(0, 30))),
                finished_date=None if days is None else received + timedelta(days=days),
                channel=draw(st.sampled_from(["online", "direct", "postal"])),
                status="processing" if days is None else "finished",
                paid_online=draw(st.none() | st.booleans()),
            )
        )
    return rows


@given(made_dossiers(), st.sampled_from([Q1, Q2, Q3, Q4]), st.booleans(), st.booleans(), st.randoms())
def test_the_sum_of_a_province_is_that_of_its_dossiers(
    dossiers: list[dict[str, Any]],
    span: tuple[date, date],
    by_district: bool,
    by_province: bool,
    shuffle: random.Random,
) -> None:
    """Whatever tables repeat the dossiers, and in whatever order they come."""
    figures = told(dossiers, span)
    if by_district and span[1] < FIRST:
        figures += [area_table(dossiers, "dong", OF_DONG, span), area_table(dossiers, "tay", OF_TAY, span)]
    if by_province:
        figures.append(area_table(dossiers, "tinh", [*PAST, *NEW], span))
    shuffle.shuffle(figures)
    found = rolled(figures, span)
    whole = found.total
    assert whole is not None and known(whole.counts) == known(counted(dossiers, [*PAST, *NEW], span))
    assert not found.not_sent
    if not by_province:
        pieces = [*found.parts.values(), *found.unplaced]
        assert all(
            sum(piece.counts[name] or 0 for piece in pieces) == (whole.counts[name] or 0) for name in whole.counts
        )


@given(made_dossiers(), st.sampled_from([Q1, Q2, Q3, Q4]))
def test_past_communes_stand_for_the_one_they_passed_to(
    dossiers: list[dict[str, Any]], span: tuple[date, date]
) -> None:
    """In today's units, before the merger and for what was still open after it."""
    found = rolled(told(dossiers, span), span, day=TODAY)
    for new, members in {"moi.a": ["dong.an", "dong.binh"], "moi.b": ["dong.chau", "tay.dau"]}.items():
        part = found.parts[new].counts if new in found.parts else {}
        assert known(part) == known(counted(dossiers, [new, *members], span))
        alone = rolled(told(dossiers, span), span, area=new).total
        assert known(alone.counts if alone else {}) == known(part)
    divided = [row.unit for row in found.unplaced]
    assert set(divided) <= {"dong", "tay"}
    assert known(counted(dossiers, ["dong", "tay"], span)).keys() <= {
        name for row in found.unplaced for name in known(row.counts)
    }


@given(made_dossiers())
def test_a_district_of_the_past_is_the_sum_of_its_own(dossiers: list[dict[str, Any]]) -> None:
    found = rolled(told(dossiers, Q2), Q2, area="dong")
    assert found.total is not None and known(found.total.counts) == known(counted(dossiers, OF_DONG, Q2))
    assert list(found.parts) == OF_DONG  # its own desk first, then as the registry lists them
    (part,) = [rolled(told(dossiers, Q2), Q2).parts["dong"]]
    assert known(part.counts) == known(found.total.counts)


# -- tables that contain others ---------------------------------------------------------------------------------------


def some(*units: str, span: tuple[date, date] = Q2, each: int = 10, **said: Any) -> list[Figures]:
    counts = dict.fromkeys(COUNTS) | {"received_direct": each}
    told_by = {"source": DOSSIER_TABLE, "systems": frozenset({"cong"})} | said
    return [Figures(one, *span, counts, **told_by) for one in units]


def received(found: RollUp) -> int | None:
    return found.total.received if found.total else None


def test_a_districts_table_stands_for_communes_that_did_not_tell_their_own() -> None:
    (table,) = some("dong", each=100, area=True, source="cong: Biểu 2")
    found = rolled([table, *some("dong.an", "dong.chau", "tay", "tay.dau")], Q2)
    assert received(found) == 100 + 20
    assert [(one.figures.unit, one.reason) for one in found.not_added] == [
        ("dong.an", "đã nằm trong số liệu của UBND dong (cong: Biểu 2)"),
        ("dong.chau", "đã nằm trong số liệu của UBND dong (cong: Biểu 2)"),
    ]
    assert not found.not_sent
    assert found.parts["dong"].received == 100


def test_a_districts_table_is_left_out_where_all_told_their_own() -> None:
    (table,) = some("dong", each=41, area=True, source="cong: Biểu 2")
    found = rolled([table, *some(*PAST)], Q2)
    assert received(found) == 60
    assert [(one.figures.area, one.reason) for one in found.not_added] == [
        (True, "mọi đơn vị trong đó đã được cộng riêng")
    ]


def test_a_table_inside_another_is_counted_with_it() -> None:
    tables = [*some("dong", area=True, source="Biểu 2"), *some("tinh", each=500, area=True, source="Biểu tỉnh")]
    found = rolled(tables, Q2)
    assert received(found) == 500
    assert [one.reason for one in found.not_added] == ["đã nằm trong số liệu của UBND tinh (Biểu tỉnh)"]


def test_figures_of_another_system_are_added() -> None:
    (table,) = some("dong", each=7, area=True, source="bo: Biểu", systems=frozenset({"bo"}))
    assert received(rolled([table, *some(*PAST)], Q2)) == 67


def test_what_an_ended_unit_left_open_is_not_added_to_a_table_of_its_heir() -> None:
    """A table of the new commune tells what it took over as carried over; its dossiers do not."""
    left = some("dong.an", span=Q3, each=3, left_open=True)
    assert received(rolled([*some(*NEW, span=Q3), *left], Q3)) == 23
    by_table = rolled([*some(*NEW, span=Q3, source="cong: Biểu 1"), *left], Q3)
    assert received(by_table) == 20
    assert [one.reason for one in by_table.not_added] == ["đã nằm trong số liệu của UBND moi.a (cong: Biểu 1)"]


# -- silence ----------------------------------------------------------------------------------------------------------


def test_a_unit_that_told_nothing_is_named_with_its_usual_share() -> None:
    before = [some(*PAST, each=10), [*some(*PAST[:-1], each=10), *some("tay.dau", each=30)]]
    found = rolled(some(*PAST[:-1]), Q2, before=before)
    (not_sent,) = found.not_sent
    assert not_sent.unit.code == "tay.dau"
    share = not_sent.usual_share_pct
    assert share is not None
    assert (share.numerator, share.denominator, share.value) == (40, 140, Decimal("28.6"))
    assert found.incomplete == {"tay"}


def test_the_usual_share_of_a_new_commune_is_that_of_those_it_was_made_of() -> None:
    """Of the last four periods in which it, or they, told; one without any is skipped."""
    past = some(*PAST, span=Q1, each=10)
    before = [some(*PAST, span=Q1, each=1000), past, past, some("dong", "tay", span=Q2), past, past]
    (not_sent,) = rolled(some("moi.a", span=Q3), Q3, before=before).not_sent
    share = not_sent.usual_share_pct
    assert not_sent.unit.code == "moi.b" and share is not None
    assert (share.numerator, share.denominator, share.value) == (80, 240, Decimal("33.3"))
    assert (share.from_date, share.to_date) == Q1


def test_a_unit_that_never_told_has_no_share() -> None:
    found = rolled(some(*PAST[:-1]), Q2, before=[some(*PAST[:-1])])
    assert [(one.unit.code, one.usual_share_pct) for one in found.not_sent] == [("tay.dau", None)]


def test_nothing_known_is_no_sum() -> None:
    found = rolled([], Q3)
    assert found.total is None and not found.parts
    assert [one.unit.code for one in found.not_sent] == NEW


# -- units that change ------------------------------------------------------------------------------------------------


def test_a_unit_with_several_successors_is_named_and_never_shared_out() -> None:
    mapped = in_todays_units(some("dong", "dong.an"), REGISTRY, TODAY)
    assert [row.unit for row in mapped.figures] == ["moi.a"]
    assert [row.unit for row in mapped.unplaced] == ["dong"]


def test_a_unit_without_successor_is_named() -> None:
    gone = UnitRegistry((unit("x", None, "commune", ended=True),))
    mapped = in_todays_units(some("x"), gone, TODAY)
    assert (list(mapped.figures), [row.unit for row in mapped.unplaced]) == ([], ["x"])


def test_a_table_of_an_area_is_not_passed_on_with_its_office() -> None:
    """Its communes went to several units, whoever took the office itself over."""
    renamed = UnitRegistry(
        (
            unit("a", None, "district", "b", ended=True),
            unit("a.x", "a", "commune"),
            unit("b", None, "district", new=True),
        )
    )
    (table,) = some("a", area=True)
    assert [row.unit for row in in_todays_units([table], renamed, TODAY).unplaced] == ["a"]


def test_a_chain_of_renamings_is_followed_and_a_circle_ends() -> None:
    day = timedelta(days=1)
    chain = UnitRegistry(
        (
            unit("a", None, "commune", "b", ended=True),
            Unit("b", "b", "b", "commune", "xa", valid_from=FIRST, valid_to=TODAY - day, successors=("c",)),
            Unit("c", "c", "c", "commune", "xa", valid_from=TODAY),
            unit("y", None, "commune", "z", ended=True),
            unit("z", None, "commune", "y", ended=True),
        )
    )
    heirs = [chain.heir("a", on) for on in (LAST, FIRST, TODAY)]
    assert [heir and heir.code for heir in heirs] == ["a", "b", "c"]
    assert chain.heir("c", LAST) is None and chain.heir("y", TODAY) is None
    assert [one.code for one in chain.lineage("c")] == ["a", "b", "c"]


def test_figures_of_some_days_make_their_part_incomplete() -> None:
    (short,) = some("tay.dau", missing_days=3)
    found = rolled([*some(*PAST[:-1]), short], Q2)
    assert received(found) == 60 and not found.not_sent
    assert [one.unit for one in found.partial] == ["tay.dau"]
    assert found.incomplete == {"tay"}


def test_an_area_has_no_parts_on_a_day_it_did_not_exist() -> None:
    with pytest.raises(ConfigurationError, match="dong did not exist on 2025-12-31"):
        rolled(some("dong.an"), Q2, area="dong", day=TODAY)


def test_a_day_before_the_units_began_places_nothing() -> None:
    found = rolled(some("moi.a", span=Q3), Q3, day=LAST)
    assert received(found) == 10
    assert not found.parts and [row.unit for row in found.unplaced] == ["moi.a"]
