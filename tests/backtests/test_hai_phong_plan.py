"""Hải Phòng's printed plan: exactly its known inconsistencies are found, and every rule that holds raises no alarm."""

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest

from baocao.indicators.allocation_checks import check_table
from baocao.indicators.allocation_table import AllocationLine
from baocao.indicators.printed_allocation import COUNTS, RATES
from baocao.indicators.target_findings import RuleOutcome, TargetFinding, findings_of
from baocao.indicators.target_lists import check_lists, read_online_only, read_tasks
from baocao.locale import fold
from tests.hai_phong import FOLDER, PROJECT, allocations, plan, printed, registry, rows

GROUPS = ("departments", "districts", "communes")
#: Ids of must_find.csv and must_hold.csv that only documents made of the plan could show: none.
LEFT_FOR_DOCUMENTS: set[str] = set()
PRINTED_COLUMN = {figure: heading for heading, figure in (COUNTS | RATES).items()}
LEVEL = {"so_nganh": "department", "huyen": "district", "xa": "commune"}

#: Rule, our column, rows compared, and how many of them are among the known findings.
HELD_BY: dict[str, tuple[str, list[tuple[str, str, int, int]]]] = {
    "HP-H01": ("departments", [("projection-of-total", "projected_total", 21, 0)]),
    "HP-H02": ("departments", [("projection-of-online", "projected_online", 21, 0)]),
    "HP-H03": ("departments", [("not-online-is-the-rest", "not_online", 21, 3)]),
    "HP-H04": ("departments", [("share-of-base", "base_share_pct", 21, 0)]),
    "HP-H05": ("departments", [("weight-by-rule", "weight_pct", 20, 0)]),
    "HP-H06": ("departments", [("extra-by-rule", "extra_online", 20, 0)]),
    "HP-H07": ("departments", [("target-by-rule", "target_pct", 18, 0)]),
    "HP-H08": (
        "departments",
        [
            ("total-is-sum", column, 1, 0)
            for column in ("base_total", "base_online", "projected_total", "projected_online", "not_online")
        ],
    ),
    "HP-H09": ("departments", [("total-is-sum", "weight_pct", 1, 0)]),
    "HP-H10": (
        "departments",
        [
            ("within-the-whole", "base_online", 20, 0),
            ("within-the-whole", "projected_online", 20, 0),
            ("within-the-whole", "extra_online", 18, 0),  # two have no not_online to compare with
        ],
    ),
    "HP-H11": ("departments", [("full-already", "target_pct", 1, 0)]),
    "HP-H13": ("districts", [("projection-of-total", "projected_total", 16, 0)]),
    "HP-H14": ("districts", [("projection-of-online", "projected_online", 16, 0)]),
    "HP-H15": ("districts", [("not-online-is-the-rest", "not_online", 16, 0)]),
    "HP-H16": ("districts", [("share-of-base", "base_share_pct", 15, 0)]),
    "HP-H17": ("districts", [("weight-by-rule", "weight_pct", 15, 0)]),
    "HP-H18": ("districts", [("extra-by-rule", "extra_online", 15, 0)]),
    "HP-H19": ("districts", [("target-by-rule", "target_pct", 14, 0)]),
    "HP-H20": (
        "districts",
        [
            ("total-is-sum", column, 1, 0)
            for column in (
                "base_total",
                "base_online",
                "projected_total",
                "projected_online",
                "not_online",
                "extra_online",
            )
        ],
    ),
    "HP-H21": (
        "districts",
        [("within-the-whole", column, 15, 0) for column in ("base_online", "projected_online", "extra_online")],
    ),
    "HP-H23": ("communes", [("projection-of-total", "projected_total", 218, 2)]),
    "HP-H24": ("communes", [("projection-of-online", "projected_online", 218, 2)]),
    "HP-H25": ("communes", [("not-online-is-the-rest", "not_online", 218, 0)]),
    "HP-H26": ("communes", [("share-of-base", "base_share_pct", 217, 0)]),
    "HP-H27": ("communes", [("weight-by-rule", "weight_pct", 217, 0)]),
    "HP-H28": ("communes", [("extra-by-rule", "extra_online", 217, 0)]),
    "HP-H29": ("communes", [("target-by-rule", "target_pct", 217, 0)]),
    "HP-H30": (
        "communes",
        [
            ("total-is-sum", column, 1, 0)
            for column in (
                "base_total",
                "base_online",
                "projected_total",
                "projected_online",
                "not_online",
                "extra_online",
            )
        ],
    ),
    "HP-H31": (
        "communes",
        [("within-the-whole", column, 217, 0) for column in ("base_online", "projected_online", "extra_online")],
    ),
    "HP-H32": ("communes", [("full-already", "target_pct", 3, 0)]),
}
#: Tested by a function below that names them.
TESTED_HERE = {
    *("HP-H12", "HP-H22", "HP-H33", "HP-H34", "HP-H35", "HP-H36", "HP-H37", "HP-H38", "HP-H39", "HP-H40"),
    *("HP-H41", "HP-H42", "HP-H43"),
}


@pytest.fixture(scope="module")
def outcomes() -> Mapping[str, list[RuleOutcome]]:
    """The checks of the three tables, and of the lists."""
    tables = {group: check_table(plan(), group, printed(group), registry()) for group in GROUPS}
    tasks, procedures = read_tasks(PROJECT, plan()), read_online_only(PROJECT, plan(), registry())
    return {**tables, "lists": check_lists(tasks, procedures, registry())}


def place(group: str, finding: TargetFinding) -> str:
    """Where a finding stands, as must_find.csv writes it."""
    (line,) = [line for line in printed(group) if line.name == finding.row and line.unit == finding.unit]
    number = f"tt {line.position} " if line.position else ""
    return f"phu_luc_2_{group}.csv, {number}{finding.row}, {PRINTED_COLUMN[finding.column]}"


def test_exactly_the_known_inconsistencies_are_found(outcomes: Mapping[str, list[RuleOutcome]]) -> None:
    """HP-01 … HP-14: place, printed value, computed value and severity of all of must_find.csv about the tables."""
    known = [row for row in rows("must_find.csv") if row["where"].startswith("phu_luc_2")]
    assert [row["id"] for row in known] == [f"HP-{number:02d}" for number in range(1, 15)]
    found = {
        place(group, finding): (
            "(blank)" if finding.printed is None else str(finding.printed),
            f">= {finding.computed}" if finding.rule == "plan-minimum" else str(finding.computed),
            finding.severity,
        )
        for group in GROUPS
        for finding in findings_of(outcomes[group])
    }
    assert found == {row["where"]: (row["printed"], row["computed"], row["severity"]) for row in known}
    assert sum(len(findings_of(outcomes[group])) for group in GROUPS) == 14


def test_names_and_products_of_the_lists(outcomes: Mapping[str, list[RuleOutcome]]) -> None:
    """HP-15, HP-16, HP-17: two departments with two names, one task without a product; nothing else."""
    known = [row for row in rows("must_find.csv") if not row["where"].startswith("phu_luc_2")]
    assert [row["id"] for row in known] == ["HP-15", "HP-16", "HP-17"]
    *names, product = findings_of(outcomes["lists"][::-1])
    assert {f.row: registry()[str(f.unit)].name for f in names} == {
        row["printed"]: row["computed"] for row in known[:2]
    }
    assert (product.row, product.column, product.printed) == ("I.5.2", "product", None)
    assert all(f.printed is None and f.severity == "warning" for f in (*names, product))
    assert "SỞ VĂN HÓA THỂ THAO" in names[0].message and "Sở Văn hóa và Thể Thao" in names[0].message


def test_every_id_is_tested_or_left_for_the_documents() -> None:
    hold = {row["id"] for row in rows("must_hold.csv")}
    assert hold == set(HELD_BY) | TESTED_HERE | (hold & LEFT_FOR_DOCUMENTS)
    assert not set(HELD_BY) & TESTED_HERE


@pytest.mark.parametrize("rule", HELD_BY)
def test_rule_holds_without_alarm(rule: str, outcomes: Mapping[str, list[RuleOutcome]]) -> None:
    """Compared on as many rows as must_hold.csv covers, and failed nowhere but in the known findings."""
    group, parts = HELD_BY[rule]
    (stated,) = [int(row["rows_covered"]) for row in rows("must_hold.csv") if row["id"] == rule]
    held = []
    for name, column, checked, known in parts:
        (outcome,) = [o for o in outcomes[group] if (o.rule, o.column) == (name, column)]
        assert (outcome.rows_checked, len(outcome.findings)) == (checked, known)
        held.append(checked - known)
    assert stated == (sum(held) if parts[0][0] == "total-is-sum" else held[0])


@pytest.mark.parametrize("group", GROUPS)
def test_what_must_find_does_not_name_holds_too(group: str, outcomes: Mapping[str, list[RuleOutcome]]) -> None:
    """Group totals as assigned and within reach."""
    for rule in ("group-total-as-assigned", "group-total-can-be-reached"):
        (outcome,) = [o for o in outcomes[group] if o.rule == rule]
        assert (outcome.rows_checked, outcome.findings) == (1, ())


def test_tables_number_and_name_every_unit_once() -> None:
    """HP-H12, H22, H33: numbers run; H34: (district, name) unique; H35: known districts; H36: the list of units."""
    registered = {unit.code: unit for unit in registry().below("hai-phong")}
    assert len(registered) == 252
    listed = {(row["level"], row["tt"]): row for row in rows("units.csv") if row["tt"]}
    places = []
    for group in GROUPS:
        units = [line for line in printed(group) if line.kind == "unit"]
        assert [line.position for line in units] == [str(number + 1) for number in range(len(units))]
        places += [(group, line.district, line.name) for line in units]
        for line in units:
            unit = registered[str(line.unit)]
            entry = next(row for (kind, tt), row in listed.items() if LEVEL[kind] == unit.level and tt == line.position)
            assert (unit.name, unit.type) == (line.name, entry["type"]) and entry["unit_name"] == line.name
            assert registry()[str(unit.parent)].name == (line.district or "UBND thành phố Hải Phòng")
    assert len(places) == len(set(places)) == 252
    names = [line.name for line in printed("communes") if line.kind == "unit"]
    assert {name for name in names if names.count(name) > 1} == {
        *("Xã Quốc Tuấn", "Xã An Hoà", "Xã Hòa Bình", "Xã Vinh Quang"),
    }


@pytest.mark.parametrize("group", GROUPS)
def test_the_plans_figures_are_the_printed_ones(group: str) -> None:
    """The plan's own folder holds what the sample transcribes."""
    (described,) = [one for one in plan().groups if one.id == group]
    ours = PROJECT.params / "targets" / plan().id / described.figures
    assert ours.read_bytes() == (FOLDER / f"phu_luc_2_{group}.csv").read_bytes()


def test_three_units_have_no_target_and_the_check_agrees() -> None:
    """HP-H37: which they are; HP-H38: no printed row deviates from the rule."""
    without = [row["unit_name"] for row in rows("units.csv") if row["has_target"] == "0"]
    targets = [target for allocation in allocations() for target in allocation.targets]
    assert [registry()[t.unit].name for t in targets if t.target_pct is None] == without
    assert {row["deviates_from_rule"] for row in rows("allocation_check.csv")} == {"0"}
    for target, row in zip(targets, rows("allocation_check.csv"), strict=True):
        assert str(target.extra) == row["extra_printed"] == row["extra_rule"]
        if row["target_unrounded_pct"]:
            assert target.projected_total is not None and target.projected_online is not None
            exact = 100 * (target.projected_online + target.exact_extra) / target.projected_total
            assert abs(exact - Fraction(row["target_unrounded_pct"])) <= Fraction(1, 1000)


def test_the_online_only_procedures_are_complete(outcomes: Mapping[str, list[RuleOutcome]]) -> None:
    """HP-H39: 145 = 119 + 23 + 3; HP-H40: nine of eleven headings are names of units; texts as printed."""
    ours = read_online_only(PROJECT, plan(), registry())
    levels = [row.level for row in ours]
    assert [levels.count(level) for level in ("department", "district", "commune")] == [119, 23, 3]
    assert [(row.heading, row.field, row.procedure) for row in ours] == [
        (row["unit_heading"], row["field_filled"], row["procedure"]) for row in rows("phu_luc_3_online_only.csv")
    ]
    headings = {row.heading for row in ours if row.unit}
    assert len(headings) == 11
    assert sum(fold(name) in {fold(unit.name) for unit in registry()} for name in headings) == 9
    assert {(row.level, row.starts.month) for row in ours} == {("department", 7), ("district", 7), ("commune", 8)}


def test_the_tasks_are_complete() -> None:
    """HP-H41, HP-H42: 15 tasks with lead and timeline, 14 with a product; texts as printed, mended signs apart."""
    ours, theirs = read_tasks(PROJECT, plan()), rows("phu_luc_1_tasks.csv")
    tasks = [row for row in ours if row.row_type == "task"]
    assert len(tasks) == 15 and all(row.lead and row.timeline and row.last_due for row in tasks)
    assert [row.number for row in tasks if not row.product] == ["5.2"]
    for row, entry in zip(ours, theirs, strict=True):
        for mine, printed_text in (
            (row.task, entry["task"].replace("khuyến khí ch", "khuyến khích")),
            (row.lead, entry["lead_agencies"]),
            (row.partners, entry["coordinating_agencies"]),
            (row.timeline, entry["timeline"]),
            (row.product, entry["product"]),
        ):
            assert _letters(mine) == _letters(printed_text)


def test_every_percentage_lies_between_0_and_100(outcomes: Mapping[str, list[RuleOutcome]]) -> None:
    """HP-H43: 765 cells of share, weight and target, 6 of which are blank targets."""
    checked = [o for group in GROUPS for o in outcomes[group] if o.rule == "percentage-in-range"]
    assert sum(outcome.rows_checked for outcome in checked) == 765 - 6
    lines: list[AllocationLine] = [line for group in GROUPS for line in printed(group)]
    assert 3 * len(lines) == 765
    assert sum(line.target_pct is None for line in lines) == 6
    assert not findings_of(checked)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("column", [column for column in PRINTED_COLUMN if column != "base_share_pct"])
@pytest.mark.parametrize("kind", ["unit", "total"])
def test_one_changed_cell_is_found(group: str, column: str, kind: str) -> None:
    """Whatever figure of a row or of the total is off by one, the row or the total is named."""
    lines = list(printed(group))
    place = 0 if kind == "unit" else len(lines) - 1
    old = getattr(lines[place], column)
    if old is None:
        return  # a total has no target
    before = set(findings_of(check_table(plan(), group, lines, registry())))
    lines[place] = replace(lines[place], **{column: old + 1})
    found = set(findings_of(check_table(plan(), group, lines, registry()))) - before
    assert any(finding.unit == lines[place].unit for finding in found), found


def _letters(text: str) -> str:
    """A text without the signs and spaces that were mended between its lines."""
    return re.sub(r"[\s;.\-]", "", text).casefold()
