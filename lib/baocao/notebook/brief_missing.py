"""Units whose figures are missing or do not hold, as a brief names them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from baocao.checks.findings import Finding, failed
from baocao.indicators.history import History
from baocao.indicators.measure import Measure
from baocao.indicators.one_stop import OneStopFigures
from baocao.units import Unit

#: A sentence names so many units and counts the others, or two pages would not hold them.
NAMED = 4
#: What checks say of units that sent nothing is said as such.
_ABOUT_SILENCE = ("has-data", "reporting", "dossiers-cover-period")


@dataclass(frozen=True)
class Listed:
    """Units, with or without a figure each, of which a sentence names some; `others` is how many it does not name."""

    named: Sequence[Any]
    others: Measure

    def __bool__(self) -> bool:
        return bool(self.named)


def units_not_sent(figures: OneStopFigures, history: History) -> list[tuple[Unit, Measure | None]]:
    """Units of the area that sent nothing for the period, at every depth, each with its usual part of the dossiers.

    One that never sent anything is named only where it is directly below the office and nobody below it did: it may
    well have no desk.
    """
    below = {unit.code for unit in figures.subordinates()}
    return [
        (one.unit, one.usual_share_pct)
        for one in history.not_sent
        if one.usual_share_pct is not None or (one.unit.code in below and not is_told_below(figures, one.unit))
    ]


def is_told_below(figures: OneStopFigures, unit: Unit) -> bool:
    """Whether units below it sent something, so that its own desk alone is missing."""
    return bool(figures.registry.children(unit.code)) and figures.has_row(unit)


def failing_units(findings: Iterable[Finding], severity: str, units: Iterable[Unit]) -> list[tuple[Unit, int]]:
    """Those of `units` with failed checks of a severity, and how many; silence is told apart."""
    counts: dict[str, int] = {}
    for finding in failed(findings):
        if finding.severity == severity and finding.expectation not in _ABOUT_SILENCE and finding.row:
            counts[finding.row] = counts.get(finding.row, 0) + 1
    return [(unit, counts[unit.name]) for unit in units if unit.name in counts]
