"""Canonical rows for tests, written as the few figures that matter."""

from datetime import date
from typing import Any

from baocao.intake.one_stop import FIGURES

PRINTED = ",".join(name for name in FIGURES if name not in ("resolved_early", "received_postal"))


def row(unit: str, grain: str = "unit", **values: Any) -> dict[str, Any]:
    """A detail row of `unit`; figures not given are blank, keys can be overridden."""
    figures = {name: values.pop(name, None) for name in FIGURES}
    keys: dict[str, Any] = {
        "reporter": "d",
        "from_date": date(2020, 1, 1),
        "to_date": date(2020, 3, 31),
        "source": "portal",
        "systems": None,
        "authority": "own",
        "table": {"unit": "Biểu 2", "field": "Biểu 1", "procedure": "Biểu 3"}[grain],
        "grain": grain,
        "row_type": "detail",
        "file_row": 1,
        "unit": unit,
        "scope": "own",
        "field": None,
        "procedure": None,
        "columns": PRINTED,
        "blank_means": "unknown",
    }
    return keys | values | figures


def total(**values: Any) -> dict[str, Any]:
    """The total row of the table by unit."""
    return row("d", row_type="total", **values)


def balanced(received: int, resolved: int, late: int = 0) -> dict[str, int]:
    """Figures of a row that adds up: direct dossiers only, the rest pending in time."""
    return {
        "received_direct": received,
        "resolved_on_time": resolved - late,
        "resolved_late": late,
        "pending_in_time": received - resolved,
        "stated_received_total": received,
        "stated_resolved_total": resolved,
        "stated_pending_total": received - resolved,
    }
