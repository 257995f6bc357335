"""How cells of a filled form follow from others, so that a spreadsheet can compute them again.

A cell has a formula only where the formula gives exactly what is printed. Where an office's print does not add up, the
figure stays as it stands.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from baocao.forms.fill import Cell, FilledForm, FilledRow
from baocao.forms.lists import MARK
from baocao.indicators.catalogue import Catalogue
from baocao.indicators.definition import Indicator
from baocao.locale import percentage

#: Row and column in the body of a form, counted from 0; a cell over several columns stands at its first.
Place = tuple[int, int]
#: Where each indicator stands that a formula of a row may use.
Beside = Mapping[str, Place]

_PRINTED = re.compile(r"-?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d+)?", re.ASCII)


class Spanning(Protocol):
    """A cell over a number of columns."""

    @property
    def columns(self) -> int: ...


AnyCell = TypeVar("AnyCell", bound=Spanning)


@dataclass(frozen=True)
class CellFormula:
    """The sum of `cells`, a mark counting one; with `of`, its share of the sum of those in per cent, half-up."""

    cells: tuple[Place, ...]
    of: tuple[Place, ...] = ()
    decimals: int = 0


def printed_number(text: str) -> Decimal | None:
    """The number a table prints as `text` (“1.234”, “9,60”, the year “2024”); None for anything else."""
    if not _PRINTED.fullmatch(text):
        return None
    return Decimal(text.replace(".", "").replace(",", "."))


def operand(text: str) -> Decimal | None:
    """What a cell counts in a sum: a blank nothing, a mark one; None for a text that says no number."""
    if not text:
        return Decimal()
    return Decimal(1) if text == MARK else printed_number(text)


def recompute(cells: Iterable[Decimal], of: Sequence[Decimal], decimals: int) -> Decimal | None:
    """What a formula over these numbers gives; None for a share of nothing."""
    total = sum(cells, Decimal())
    if not of:
        return total
    base = sum(of, Decimal())
    # Money has decimals: both are made whole by the same power of ten, so nothing is rounded twice.
    places = max(0, *(-int(number.as_tuple().exponent) for number in (total, base)))
    return percentage(int(total.scaleb(places)), int(base.scaleb(places)), decimals)


def derive_formulas(filled: FilledForm, catalogue: Catalogue) -> dict[Place, CellFormula]:
    """The formula of every figure that has one, by its place in the form's body."""
    # A remark over several columns is no figure of any of them.
    grid = {
        (line, column): cell
        for line, row in enumerate(filled.rows)
        for column, cell in placed(row.cells)
        if cell.columns == 1
    }
    beside = _beside(filled, grid)
    covered = dict(_covered(filled.rows))
    formulas: dict[Place, CellFormula] = {}
    for (line, column), cell in grid.items():
        printed = printed_number(cell.text)
        if cell.measure is None or printed is None:
            continue
        below = [(row, column) for row in covered.get(line, ()) if (row, column) in grid]
        indicator = catalogue.indicators.get(cell.measure.indicator)
        for formula in _candidates(cell.measure.indicator, indicator, below, beside[line], catalogue):
            if _result(formula, grid) == printed:
                formulas[line, column] = formula
                break
    return formulas


def placed(cells: Iterable[AnyCell]) -> Iterator[tuple[int, AnyCell]]:
    """The cells of a row, each with the column it starts in."""
    column = 0
    for cell in cells:
        yield column, cell
        column += cell.columns


def _beside(filled: FilledForm, grid: Mapping[Place, Cell]) -> list[dict[str, Place]]:
    """For every row, where its indicators stand: in the row itself, or anywhere in a list of indicators."""
    everywhere: dict[str, Place] = {}
    found = [everywhere if filled.form.items else {} for _ in filled.rows]
    for place, cell in grid.items():
        if cell.measure is not None:
            found[place[0]].setdefault(cell.measure.indicator, place)
    return found


def _covered(rows: Sequence[FilledRow]) -> Iterator[tuple[int, list[int]]]:
    """For every total row the detail rows it adds: those of its group, or all of them in the last."""
    everything: list[int] = []
    group: list[int] = []
    for line, row in enumerate(rows):
        if row.kind == "detail":
            everything.append(line)
            group.append(line)
            continue
        if row.kind == "total":
            yield line, everything if row.key == "total" else group
        group = []


def _candidates(
    name: str, indicator: Indicator | None, below: Sequence[Place], beside: Beside, catalogue: Catalogue
) -> Iterator[CellFormula]:
    """What a figure may follow from, the likeliest first."""
    if indicator is not None and indicator.is_ratio:
        above, under = (beside.get(part) for part in indicator.parts())
        if above is not None and under is not None:
            yield CellFormula((above,), (under,), indicator.decimals)
        return
    if below:
        yield CellFormula(tuple(below))
    if indicator is not None:
        parts = tuple(beside[part] for part in _parts(name, indicator, beside, catalogue))
        if len(parts) > 1:
            yield CellFormula(parts)


def _parts(name: str, indicator: Indicator, beside: Beside, catalogue: Catalogue) -> Sequence[str]:
    """Indicators of the form that add up to one: the terms of its formula, or such as share out its columns."""
    if indicator.formula is not None:
        terms = indicator.terms()
        return [part for _, part in terms] if all(sign > 0 and part in beside for sign, part in terms) else ()
    left = set(indicator.sum or ())
    known = {part: catalogue.indicators[part] for part in beside if part in catalogue.indicators and part != name}
    parts = []
    # Larger ones first, so that “by due date” is taken before “on time”, which is a part of it.
    for part, other in sorted(known.items(), key=lambda item: -len(item[1].sum or ())):
        if other.sum and other.of == indicator.of and left.issuperset(other.sum):
            parts.append(part)
            left -= set(other.sum)
    return parts


def _result(formula: CellFormula, grid: Mapping[Place, Cell]) -> Decimal | None:
    cells, of = ([operand(grid[place].text) for place in places] for places in (formula.cells, formula.of))
    numbers = [[number for number in part if number is not None] for part in (cells, of)]
    if (len(numbers[0]), len(numbers[1])) != (len(cells), len(of)):
        return None
    return recompute(numbers[0], numbers[1], formula.decimals)
