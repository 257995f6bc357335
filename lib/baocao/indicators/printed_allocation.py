"""A printed allocation (Phụ lục 2 of plan 128/KH-UBND, or one like it) read into the same lines that we compute.

A plan in the making has a table with the figures of the base months alone: `unit_name` (or the unit's code), where
names repeat `district`, and `base_total` and `base_online`; every other column may follow under the name of the figure.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from baocao.errors import InputError, one_of
from baocao.indicators.allocation import UnitBase
from baocao.indicators.allocation_table import AllocationLine, Kind
from baocao.indicators.target_plan import TargetGroup
from baocao.locale import clean
from baocao.project import read_rows
from baocao.units import UnitRegistry

#: Heading in the file and the figure of a line it holds.
COUNTS = {
    "total_4m": "base_total",
    "online_4m": "base_online",
    "total_8m": "projected_total",
    "online_8m": "projected_online",
    "not_online_8m": "not_online",
    "extra_online_8m": "extra_online",
}
RATES = {"online_share_4m_pct": "base_share_pct", "weight_pct": "weight_pct", "target_8m_pct": "target_pct"}
_NAMES = ("row_type", "tt", "district", "unit_name")
_REQUIRED = ("unit_name", "base_total", "base_online")
#: Heading, ours or as transcribed from print → figure of a line.
_FIGURES = {name: name for name in (*COUNTS.values(), *RATES.values())} | COUNTS | RATES
_COUNT = re.compile(r"\d+")
_RATE = re.compile(r"\d+(?:\.\d+)?")


def read_printed(
    path: Path, shown: str, group: TargetGroup, within: str, registry: UnitRegistry
) -> list[AllocationLine]:
    """Lines of a printed table, the total last where there is one.

    Parameters
    ----------
    shown
        The file as messages name it.
    within
        Code of the area. A column `district` narrows it, because commune names repeat between districts.

    Raises
    ------
    InputError
        With every problem by file, row, column, value and what was expected: a unit nobody knows, of another level, or
        whose name several units have; a unit standing twice; a cell that is no number.
    """
    lines: list[AllocationLine] = []
    problems: list[str] = []
    seen: dict[str, str] = {}
    for where, written in read_rows(path, shown, _columns(path)):
        cells = {"row_type": "unit"} | {_FIGURES.get(heading, heading): cell for heading, cell in written.items()}
        wrong = list(_wrong_cells(written, where))
        unit = None
        if cells["row_type"] == "unit":
            try:
                unit = _unit(cells, where, group, within, registry)
            except InputError as error:
                wrong.append(str(error))
        if unit in seen:
            wrong.append(f"{where}, unit_name: “{cells['unit_name']}” already stands at {seen[unit]}; give it once")
        elif unit is not None:
            seen[unit] = where
        problems += wrong
        if not wrong:
            lines.append(_line(cells, unit))
    if problems:
        raise InputError("\n".join(problems))
    return lines


def bases_of(lines: Sequence[AllocationLine], *, given: bool = True) -> list[UnitBase]:
    """What the units' lines say before targets are set.

    A unit whose `not_online` is blank in a table that prints the column is left out by the plan.

    Parameters
    ----------
    given
        Take the projection as printed, where it is; else it follows from the base.
    """
    units = [(line, line.unit) for line in lines if line.kind == "unit"]
    printed = any(line.not_online is not None for line, _ in units)
    return [
        UnitBase(
            unit=unit,
            total=line.base_total,
            online=line.base_online,
            projected_total=line.projected_total if given else None,
            projected_online=line.projected_online if given else None,
            left_out=printed and line.not_online is None,
        )
        for line, unit in units
        if unit is not None
    ]


def _columns(path: Path) -> tuple[str, ...]:
    """The file's header where it holds what is needed and nothing unknown; else the one expected."""
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        header = next(csv.reader(file), [])
    names = [_FIGURES.get(heading, heading) for heading in header]
    known = {*_NAMES, *_FIGURES.values()}
    if set(_REQUIRED) <= set(names) <= known and len(set(names)) == len(names):
        return tuple(header)
    return ("row_type", "tt", *(("district",) if "district" in header else ()), "unit_name", *COUNTS, *RATES)


def _wrong_cells(written: dict[str, str], where: str) -> Iterator[str]:
    kind = written.get("row_type", "unit")
    if kind not in ("unit", "total"):
        yield f"{where}, row_type: {one_of('row type', kind, ('unit', 'total'))}"
    for heading, value in written.items():
        figure = _FIGURES.get(heading)
        if figure in COUNTS.values() and value and not _COUNT.fullmatch(value):
            yield f"{where}, {heading}: “{value}”; expected dossiers as digits without separators, or nothing"
        if figure in RATES.values() and value and not _RATE.fullmatch(value):
            yield f"{where}, {heading}: “{value}”; expected per cent such as 69 or 99.7, or nothing"


def _unit(cells: dict[str, str], where: str, group: TargetGroup, within: str, registry: UnitRegistry) -> str:
    area = within
    if cells.get("district"):
        area = _one(cells["district"], f"{where}, district", "district", within, registry)
    return _one(cells["unit_name"], f"{where}, unit_name", group.level, area, registry)


def _one(name: str, where: str, level: str, within: str, registry: UnitRegistry) -> str:
    meant = [unit for unit in registry.named(name, within) if unit.level == level]
    if len(meant) == 1:
        return meant[0].code
    if meant:
        codes = ", ".join(unit.code for unit in meant)
        raise InputError(f"{where}: “{name}” may mean {codes}; fill the column district, or write the code")
    known = [unit.name for unit in registry.within(within) if unit.level == level]
    raise InputError(f"{where}: {one_of(level, clean(name), known)} of {within}; add it to params/units/")


def _line(cells: dict[str, str], unit: str | None) -> AllocationLine:
    counts = {figure: int(cells[figure]) if cells.get(figure) else None for figure in COUNTS.values()}
    rates = {figure: Decimal(cells[figure]) if cells.get(figure) else None for figure in RATES.values()}
    kind: Kind = "unit" if cells["row_type"] == "unit" else "total"
    return AllocationLine(
        kind=kind,
        unit=unit,
        name=cells["unit_name"],
        position=cells.get("tt", ""),
        district=cells.get("district", ""),
        base_total=counts["base_total"],
        base_online=counts["base_online"],
        projected_total=counts["projected_total"],
        projected_online=counts["projected_online"],
        not_online=counts["not_online"],
        extra_online=counts["extra_online"],
        base_share_pct=rates["base_share_pct"],
        weight_pct=rates["weight_pct"],
        target_pct=rates["target_pct"],
    )
