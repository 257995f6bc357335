"""Sharing a group's total out: the printed rows to the last digit, reasons, tables that count once, bad input."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baocao.errors import ConfigurationError, InputError
from baocao.indicators.allocation import (
    LEFT_OUT,
    MORE_ONLINE,
    NO_DOSSIERS,
    NO_FIGURES,
    GroupAllocation,
    UnitBase,
    allocate,
    share_to_reach,
)
from baocao.indicators.allocation_checks import check_table
from baocao.indicators.allocation_table import allocation_table, area_table
from baocao.indicators.printed_allocation import bases_of, read_printed
from baocao.indicators.target_findings import findings_of
from baocao.indicators.target_plan import Rounding, load_target_plan
from baocao.project import Project
from tests.hai_phong import FOLDER, allocations, plan, printed, registry, rows

GROUPS = ("departments", "districts", "communes")
DEPARTMENTS = [unit.code for unit in registry().children("hai-phong") if unit.level == "department"]


def share_out(*bases: UnitBase, extra: int) -> GroupAllocation:
    return allocate(plan(), "departments", bases, registry(), extra)


def one(total: int | None, online: int | None, unit: int = 0, **more: object) -> UnitBase:
    return replace(UnitBase(DEPARTMENTS[unit], total, online), **more)


@pytest.mark.parametrize("group", GROUPS)
def test_every_printed_row_comes_out_to_the_last_digit(group: str) -> None:
    targets = allocations()[GROUPS.index(group)].targets
    cells = [row for row in rows(f"phu_luc_2_{group}.csv") if row["row_type"] == "unit"]
    assert [str(target.extra) for target in targets] == [row["extra_online_8m"] for row in cells]
    assert [str(target.weight_pct) for target in targets] == [row["weight_pct"] for row in cells]
    shown = ["" if target.target_pct is None else str(target.target_pct) for target in targets]
    assert shown == [row["target_8m_pct"] for row in cells]


def test_the_rule_agrees_with_the_independent_computation() -> None:
    """`allocation_check.csv`: unrounded extras and targets of all 252 rows."""
    targets = [target for allocation in allocations() for target in allocation.targets]
    checks = rows("allocation_check.csv")
    assert len(targets) == len(checks) == 252
    for target, row in zip(targets, checks, strict=True):
        assert abs(target.exact_extra - Fraction(row["extra_unrounded"])) <= Fraction(1, 10000)
        assert ("" if target.target_pct is None else str(target.target_pct)) == row["target_rule"]
    assert sum(target.target_pct is not None for target in targets) == 249
    differ = [
        row["tt"]
        for target, row in zip(targets, checks, strict=True)
        if target.target_online is not None
        and share_to_reach(target.target_online, target.projected_total or 0, Rounding()) != target.target_pct
    ]
    assert differ == ["97", "103", "104", "140", "164", "199", "201", "203"]  # rounding order matters


def test_only_kỳ_sơn_differs_when_everything_is_doubled() -> None:
    bases = bases_of(printed("communes"), given=False)
    doubled = allocate(plan(), "communes", bases, registry()).targets
    for ours, theirs in zip(doubled, allocations()[2].targets, strict=True):
        same = (ours.projected_total, ours.projected_online) == (theirs.projected_total, theirs.projected_online)
        assert same == (ours.unit != "hai-phong.h-thuy-nguyen.x-ky-son")
    (son,) = [target for target in doubled if target.unit.endswith("x-ky-son")]
    assert (son.extra, son.target_pct, son.reason) == (0, None, NO_DOSSIERS)


def test_units_without_a_target_say_why() -> None:
    reasons = {target.unit: target.reason for group in allocations() for target in group.targets if target.reason}
    assert reasons == {
        "hai-phong.thanh-tra": LEFT_OUT,
        "hai-phong.van-phong-ubnd": LEFT_OUT,
        "hai-phong.h-bach-long-vi": NO_DOSSIERS,
    }
    (blank, unsent, odd) = share_out(one(None, None), one(9, None, 1), one(3, 5, 2), extra=0).targets
    assert [blank.reason, unsent.reason, odd.reason] == [NO_FIGURES, NO_FIGURES, MORE_ONLINE]
    assert [target.not_online for target in (blank, unsent, odd)] == [None, None, None]


def test_near_full_targets_keep_a_decimal() -> None:
    rounding = Rounding()
    assert str(share_to_reach(997, 1000, rounding)) == "99.7"
    assert str(share_to_reach(1000, 1000, rounding)) == "100"
    assert str(share_to_reach(994, 1000, rounding)) == "99"
    assert share_to_reach(0, 0, rounding) is None


def test_rounding_is_half_up_on_exact_fractions() -> None:
    first, second = share_out(one(10, 0), one(10, 0, 1), extra=5).targets
    assert (first.exact_extra, first.extra, second.extra) == (Fraction(5, 2), 3, 3)
    odd = plan().model_copy(update={"projection_factor": Decimal("1.5")})
    assert allocate(odd, "departments", [one(3, 1)], registry(), 0).targets[0].projected_total == 5  # 4,5


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=20), st.integers(0, 100))
def test_extras_stay_near_the_total_and_targets_in_range(counts: list[tuple[int, int]], percent: int) -> None:
    bases = [one(max(pair), min(pair), place) for place, pair in enumerate(counts)]
    whole = 2 * sum(abs(total - online) for total, online in counts)
    extra = whole * percent // 100
    result = share_out(*bases, extra=extra)
    assert sum(target.exact_extra for target in result.targets) == (extra if whole else 0)
    assert abs(sum(target.extra for target in result.targets) - extra) * 2 <= len(bases)
    for target in result.targets:
        assert target.not_online is not None and 0 <= target.extra <= target.not_online
        assert target.target_pct is None or 0 <= target.target_pct <= 100


def test_a_group_prints_as_its_annex() -> None:
    for allocation in allocations():
        lines = allocation_table(allocation, registry(), plan().rounding)
        total, theirs = lines[-1], printed(allocation.group)[-1]
        for column in ("base_total", "base_online", "projected_total", "projected_online", "not_online"):
            assert getattr(total, column) == getattr(theirs, column)
        assert (total.extra_online, total.weight_pct) == (allocation.extra_online, 100)
        assert total.target_pct is None
    communes = allocation_table(allocations()[2], registry(), plan().rounding)
    assert [line.kind for line in communes].count("subtotal") == 14  # Bạch Long Vĩ has no communes
    assert [line.kind for line in allocation_table(allocations()[1], registry(), plan().rounding)].count(
        "subtotal"
    ) == 0
    assert [line.reached_pct for line in communes][-1] == Decimal("68.6")


def test_a_district_is_counted_without_its_communes_and_once() -> None:
    lines = area_table(allocations(), registry(), plan().rounding)
    subtotals = {line.unit: line for line in lines if line.kind == "subtotal"}
    units = [line for line in lines if line.kind == "unit"]
    assert len(subtotals) == 15 and len(units) == 252
    for district, subtotal in subtotals.items():
        assert district is not None
        own = [line for line in units if line.unit == district or str(line.unit).startswith(f"{district}.")]
        assert subtotal.projected_total == sum(line.projected_total or 0 for line in own)
        assert subtotal.extra_online == sum(line.extra_online or 0 for line in own)
        assert lines[lines.index(subtotal) + 1].unit == district  # the office stands first
    assert lines[-1].projected_total == 201592 + 50884 + 278963
    assert lines[-1].extra_online == 76680 + 19426 + 169369
    with pytest.raises(ConfigurationError, match="stands twice"):
        area_table([*allocations(), allocations()[1]], registry(), plan().rounding)


def test_sums_do_not_take_a_blank_for_zero() -> None:
    blank = share_out(one(None, None), extra=0)
    assert allocation_table(blank, registry(), Rounding())[-1].base_total is None
    half = share_out(one(10, None), one(10, 4, 1), extra=0)
    total = allocation_table(half, registry(), Rounding())[-1]
    assert (total.base_total, total.base_online, total.base_share_pct) == (20, None, None)


def found(allocation: GroupAllocation, extra: int) -> list[tuple[str, str, str | None]]:
    group = plan().group("departments").model_copy(update={"extra_online": extra})
    changed = plan().model_copy(update={"groups": [group]})
    lines = allocation_table(allocation, registry(), plan().rounding)
    return [(f.rule, f.column, f.unit) for f in findings_of(check_table(changed, "departments", lines, registry()))]


def test_a_total_nobody_can_reach_is_named_and_its_targets_too() -> None:
    result = share_out(one(10, 5), extra=20)
    assert result.targets[0].target_pct == 150
    assert set(found(result, 20)) == {
        ("group-total-can-be-reached", "extra_online", None),
        ("within-the-whole", "extra_online", DEPARTMENTS[0]),
        ("percentage-in-range", "target_pct", DEPARTMENTS[0]),
    }
    assert ("group-total-can-be-reached", "extra_online", None) in found(share_out(one(5, 5), extra=3), 3)


def test_more_online_than_total_is_named() -> None:
    result = share_out(one(3, 5), one(10, 2, 1), extra=10)
    assert {("within-the-whole", "base_online", DEPARTMENTS[0])} <= set(found(result, 10))
    assert result.targets[1].extra == 10  # it does not disturb the others


def test_a_projection_that_is_not_the_multiple_is_named() -> None:
    result = share_out(one(0, 0, projected_total=817, projected_online=7), one(10, 2, 1), extra=500)
    assert [entry for entry in found(result, 500) if entry[2]] == [
        ("projection-of-total", "projected_total", DEPARTMENTS[0]),
        ("projection-of-online", "projected_online", DEPARTMENTS[0]),
    ]


@pytest.mark.parametrize(
    ("bases", "message"),
    [
        ([UnitBase("hai-phong.so-y-tê", 1, 0)], "did you mean “hai-phong.so-y-te”"),
        ([UnitBase("hai-phong.q-kien-an", 1, 0)], "is a district; expected units of level department"),
        ([one(1, 0), one(2, 0)], "stands twice; give each unit once"),
        ([one(1, -1)], "negative count"),
        ([one(1, 0, projected_total=3)], "give both or none"),
    ],
)
def test_bases_no_table_can_be_made_of_are_refused(bases: list[UnitBase], message: str) -> None:
    with pytest.raises((ConfigurationError, InputError), match=message):
        share_out(*bases, extra=1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "Quận Dương Kinh,Phường Anh Dũng",
            ",Xã Quốc Tuấn",
            r"row 2, unit_name: “Xã Quốc Tuấn” may mean .*fill the column",
        ),
        ("Quận Dương Kinh,Phường Anh Dũng", "Quận Dương Kinh,Phường Anh Dung", "did you mean “Phường Anh Dũng”"),
        (
            "Quận Dương Kinh,Phường Anh Dũng",
            "Quận Dương Kinh,Phường Đa Phúc",
            "already stands at .*row 2; give it once",
        ),
        ("Quận Dương Kinh,Phường Anh Dũng", "Quận Dưng Kinh,Phường Anh Dũng", "row 2, district: unknown district"),
        ("Phường Anh Dũng,375,", "Phường Anh Dũng,3.75,", "row 2, total_4m: “3.75”; expected dossiers as digits"),
        (",0.25,417,71", ",0.25,417,71%", "row 2, target_8m_pct: “71%”; expected per cent"),
        ("unit,1,", "units,1,", "row 2, row_type: unknown row type"),
        ("weight_pct", "weight", "row 1: columns are .*expected"),
    ],
)
def test_a_printed_table_that_cannot_be_read_says_where(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (FOLDER / "phu_luc_2_communes.csv").read_text(encoding="utf-8")
    path = tmp_path / "communes.csv"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises((ConfigurationError, InputError), match=message):
        read_printed(path, "communes.csv", plan().group("communes"), "hai-phong", registry())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: communes, level: commune", "id: districts, level: commune", "districts stands twice"),
        ("minimum_online_pct: 60", "minimum_online_pct: 160", "minimum_online_pct: .*less than or equal to 100"),
        ("max_effort: 1.5", "max_effort: 1", "greater than 1"),
        ("{departments: 70}", "{department: 70}", "did you mean “departments”"),
        ("from: 2022-04-16, to: 2022-12-15", "from: 2022-12-16, to: 2022-12-15", "exchange the two dates"),
        ("projection_factor: 2", "projection_factor: 2\nfactor: 2", "factor: Extra inputs"),
        ("id: hai-phong-2022", "id: hai-phong", "expected “hai-phong-2022”, as the file"),
    ],
)
def test_a_plan_that_does_not_hold_together_says_where(
    project: Project, edit: object, old: str, new: str, message: str
) -> None:
    edit(project.params / "targets" / "hai-phong-2022.yaml", old, new)  # type: ignore[operator]
    with pytest.raises(ConfigurationError, match=message):
        load_target_plan(project, "hai-phong-2022")


def test_an_unknown_plan_or_group_offers_the_known_ones(project: Project) -> None:
    with pytest.raises(ConfigurationError, match="did you mean “hai-phong-2022”"):
        load_target_plan(project, "hai-phong-2020")
    with pytest.raises(ConfigurationError, match="did you mean “communes”"):
        plan().group("commune")
