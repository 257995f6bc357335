"""A country of made-up offices with tables of their own: Tuần Giáo's, every count times the office's number."""

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa

from baocao.intake import one_stop
from baocao.intake.one_stop import FIGURES, SLICE
from baocao.intake.source import find_sources
from baocao.periods import Periods
from baocao.project import Project
from baocao.store.ingest import ingest
from baocao.store.tables import Store

SAMPLE = Path("data") / "samples" / "tuan-giao-2020q1"
PERIOD = "2020-Q1"
PROVINCE = "tinh-mau"
_COLUMNS = ["code", "name", "short_name", "level", "type", "parent", "aliases", "valid_from", "valid_to", "successors"]


def office(number: int) -> str:
    """Code of an office, counted from 1."""
    return f"{PROVINCE}.xa-{number:04}"


def add_offices(project: Project, count: int) -> None:
    """Register offices in a project and store their tables of the first quarter of 2020, in one commit."""
    with (project.params / "units" / f"{PROVINCE}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerow([PROVINCE, "UBND tỉnh Mẫu", "Mẫu", "province", "tinh", *[""] * 5])
        for number in range(1, count + 1):
            name = f"Mẫu {number}"
            writer.writerow([office(number), f"UBND xã {name}", name, "commune", "xa", PROVINCE, *[""] * 4])
    ingest(project, find_sources(project, "one-stop-summary", [project.root / SAMPLE]))
    snapshot = Store(project.store).read(one_stop.TABLE)
    if snapshot is None:
        raise RuntimeError("the sample was not stored")
    pattern = [
        row
        for row in snapshot.rows.to_pylist()
        if row["reporter"] == row["unit"] == "tuan-giao" and row["row_type"] == "detail"
    ]
    period = Periods(project).resolve(PERIOD, office(1))
    dates = {"from_date": period.from_date, "to_date": period.to_date}
    rows = [_of_office(row | dates, number) for number in range(1, count + 1) for row in pattern]
    Store(project.store).replace_slices(one_stop.TABLE, pa.Table.from_pylist(rows, schema=one_stop.SCHEMA), SLICE)


def correct(project: Project, number: int) -> None:
    """Store other counts for one office, so many times as large that no other office has them."""
    snapshot = Store(project.store).read(one_stop.TABLE)
    if snapshot is None:
        raise RuntimeError("nothing is stored")
    rows = [row for row in snapshot.rows.to_pylist() if row["reporter"] == office(number)]
    corrected = [row | {name: 10_007 * row[name] for name in FIGURES if row[name] is not None} for row in rows]
    Store(project.store).replace_slices(one_stop.TABLE, pa.Table.from_pylist(corrected, schema=one_stop.SCHEMA), SLICE)


def _of_office(row: dict[str, Any], number: int) -> dict[str, Any]:
    counts = {name: row[name] * number for name in FIGURES if row[name] is not None}
    return {**row, **counts, "reporter": office(number), "unit": office(number)}
