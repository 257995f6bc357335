"""Targets: what was set against what was reached, in one word a leader can use."""

from dataclasses import dataclass
from typing import Literal

from baocao.indicators.measure import Measure

Verdict = Literal["Đạt", "Chưa đạt", "Chưa đủ số liệu"]


@dataclass(frozen=True)
class Target:
    """A lower bound set for a measure. `level` is itself a measure, so that the bound can be traced too.

    `none` is what a result of zero reads, for a document never prints “0%” where it can say what is missing.
    """

    name: str
    reached: Measure
    level: Measure
    none: str

    @property
    def verdict(self) -> Verdict:
        """“Chưa đủ số liệu” where either side is blank: a missing figure neither meets nor misses a target."""
        if self.reached.value is None or self.level.value is None:
            return "Chưa đủ số liệu"
        return "Đạt" if self.reached.value >= self.level.value else "Chưa đạt"
