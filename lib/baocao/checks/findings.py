"""What a check found: passed, failed at a row with printed and computed value, or not checked."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

from baocao.indicators.measure import Value

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One expectation's outcome: one finding when it passed, one for every row where it failed.

    Attributes
    ----------
    success
        None when no row could be checked, because the cells to compare with are blank.
    severity
        `error` blocks the report, `warning` is printed in it, `info` is kept.
    printed, computed, difference
        What stands in the data, what follows from them, and printed − computed.
    message
        Vietnamese, for the report's reader.
    rows_checked, rows_not_checked
        How many comparisons the expectation made, and how many it could not make for a blank.
    grouped
        Whether its numbers are printed in groups of three; years and codes are not.
    """

    expectation: str
    success: bool | None
    severity: Severity
    table: str
    row: str | None
    column: str | None
    printed: Value
    computed: Value
    difference: Value
    message: str
    rows_checked: int
    rows_not_checked: int
    grouped: bool = True

    @property
    def place(self) -> str:
        """Table and row in one phrase: “Biểu 2, UBND Xã Chiềng Đông”."""
        return ", ".join(part for part in (self.table, self.row) if part)

    def record(self) -> dict[str, Any]:
        """The finding for `findings.json`."""
        record = {name: float(value) if isinstance(value, Decimal) else value for name, value in asdict(self).items()}
        if self.grouped:
            del record["grouped"]
        return record


def failed(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that name something wrong."""
    return [finding for finding in findings if finding.success is False]


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that stop a report."""
    return [finding for finding in failed(findings) if finding.severity == "error"]
