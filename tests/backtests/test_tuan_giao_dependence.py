"""Changing one input cell changes exactly the figures that depend on it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from baocao.project import Project
from tests.backtests.conftest import Made, deliver, make
from tests.conftest import SAMPLE

Edit = Callable[[Path, str, str], None]


def changed(before: Made, after: Made) -> dict[str, tuple[Any, Any]]:
    """Figures that differ, with both values; a figure only one of the two reports prints differs, too."""
    old, new = before.json("indicators.json"), after.json("indicators.json")
    return {
        name: (old.get(name, {}).get("value"), new.get(name, {}).get("value"))
        for name in sorted(old | new)
        if old.get(name) != new.get(name)
    }


def edited(project: Project, edit: Edit, file: str, old: str, new: str) -> Made:
    edit(project.root / SAMPLE / file, old, new)
    deliver(project, project.root / SAMPLE)
    return make(project)


def test_late_dossiers_of_one_commune(as_printed: Made, project: Project, edit: Edit) -> None:
    after = edited(project, edit, "bieu_2_by_unit.csv", "73,,,73,73,16,57", "73,,,73,73,16,58")
    assert changed(as_printed, after) == {
        "late_rate_pct": (9.74, 9.85),
        "late_rate_pct@tuan-giao.quai-to": (78.08, 79.45),
        "resolved_late": (85, 86),
        "resolved_late@tuan-giao.quai-to": (57, 58),
        "resolved_total": (775, 776),
        "resolved_total@tuan-giao.quai-to": (73, 74),
    }
    found = [f["row"] for f in after.json("findings.json")["findings"] if f["success"] is False]
    # The row no longer adds up, nor does the column; the printed findings stay.
    assert found == ["UBND Xã Chiềng Đông", "Tổng", "UBND Xã Quài Tở", "Tổng"]


def test_pending_dossiers_of_one_procedure(as_printed: Made, project: Project, edit: Edit) -> None:
    after = edited(project, edit, "bieu_3_by_procedure.csv", "16,0,0,16,7,7,0,9,9,0", "16,0,0,16,7,7,0,9,8,0")
    field, procedure = "Đất đai cấp huyện", "Tách thửa hoặc hợp thửa đất"
    assert changed(as_printed, after) == {
        f"pending_in_time@tuan-giao/{field}": (50, 49),
        f"pending_in_time@tuan-giao/{field}/{procedure}": (9, 8),
        "pending_in_time@tuan-giao:by-procedure": (77, 76),
        f"pending_total@tuan-giao/{field}": (50, 49),
        f"pending_total@tuan-giao/{field}/{procedure}": (9, 8),
        "pending_total@tuan-giao:by-procedure": (77, 76),
    }


@pytest.mark.parametrize("file", ["bieu_4_late_rates.csv", "inline_late_overdue.csv"])
def test_printed_rates_are_not_an_input(as_printed: Made, file: str) -> None:
    """The tables of rates are computed, never read."""
    tables = {figure["source"] for figure in as_printed.json("indicators.json").values()}
    assert not any("Biểu 4" in source or "inline" in source for source in tables)
    assert file not in (as_printed.project.root / SAMPLE / "source.yaml").read_text(encoding="utf-8")
