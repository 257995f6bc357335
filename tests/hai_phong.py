"""The printed plan of Hải Phòng for tests: its units, its targets, its tables."""

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from baocao.indicators.allocation import GroupAllocation, allocate
from baocao.indicators.allocation_table import AllocationLine
from baocao.indicators.printed_allocation import bases_of, read_printed
from baocao.indicators.target_plan import TargetPlan, load_target_plan
from baocao.project import Project
from baocao.units import UnitRegistry, load_registry

PROJECT = Project(Path(__file__).parents[1])
FOLDER = PROJECT.root / "data" / "samples" / "hai-phong-2022"


def rows(name: str) -> list[dict[str, str]]:
    """A file of the sample as it stands."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def plan() -> TargetPlan:
    return load_target_plan(PROJECT, "hai-phong-2022")


@cache
def registry() -> UnitRegistry:
    return load_registry(PROJECT)


@cache
def printed(group: str) -> Sequence[AllocationLine]:
    path = FOLDER / f"phu_luc_2_{group}.csv"
    return read_printed(path, path.name, plan().group(group), plan().unit, registry())


@cache
def allocations() -> tuple[GroupAllocation, ...]:
    """What the rule makes of the printed base and projection."""
    return tuple(allocate(plan(), group.id, bases_of(printed(group.id)), registry()) for group in plan().groups)
