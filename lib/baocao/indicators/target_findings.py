"""What does not hold together in targets: the rule, the place, what stands there and what follows."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Figure = int | Decimal | None


@dataclass(frozen=True)
class TargetFinding:
    """A figure or name that breaks a rule.

    Attributes
    ----------
    rule
        Id of the rule, the key findings are counted by.
    severity
        As in `findings.json`: `error`, `warning` or `info`.
    table, row, column
        Where it stands: annex, unit as it is printed there, name of the column.
    unit
        Code of the unit; None for a total row or a name nobody knows.
    printed, computed
        What stands there and what follows, in the unit of the column; None where blank.
    message
        Vietnamese, for the report's reader.
    """

    rule: str
    severity: Literal["error", "warning", "info"]
    table: str
    row: str
    column: str
    unit: str | None
    printed: Figure
    computed: Figure
    message: str

    @property
    def difference(self) -> Figure:
        """printed − computed; None where one of them is blank."""
        if self.printed is None or self.computed is None:
            return None
        return self.printed - self.computed

    def record(self) -> dict[str, Any]:
        """The finding with the keys of `findings.json`."""
        return {
            "expectation": self.rule,
            "success": False,
            "severity": self.severity,
            "table": self.table,
            "row": self.row,
            "column": self.column,
            "printed": _plain(self.printed),
            "computed": _plain(self.computed),
            "difference": _plain(self.difference),
            "message": self.message,
        }


@dataclass(frozen=True)
class RuleOutcome:
    """A rule applied to a column of a table: how many rows (or columns) were compared, and what failed."""

    rule: str
    table: str
    column: str
    rows_checked: int
    findings: tuple[TargetFinding, ...] = ()


def findings_of(outcomes: Iterable[RuleOutcome]) -> list[TargetFinding]:
    """All findings, in the order of the rules."""
    return [finding for outcome in outcomes for finding in outcome.findings]


def _plain(figure: Figure) -> int | float | None:
    return float(figure) if isinstance(figure, Decimal) else figure
