"""Right workbooks become a delivery like any other: CSV files with a `source.yaml`, read by the intake itself."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from baocao.collect.asked import AskedSheet
from baocao.collect.filled import FilledRow, FilledSheet
from baocao.collect.key import Key
from baocao.collect.list_sheets import STATISTICS, indicator_of
from baocao.intake import one_stop
from baocao.intake.register_cells import Value
from baocao.intake.source import SIDECAR
from baocao.project import Project

#: Source of what units state themselves, the same as of a file delivered without a `source.yaml`.
SOURCE = "office"
#: What a register with nothing to list says in its only row.
NO_ENTRIES = "Không phát sinh"


def collected_folder(project: Project, period: str, unit: str, source_hash: str) -> Path:
    """Where a right workbook and what was read of it is kept: on this machine, beside the rejected rows."""
    return project.quarantine.parent / "_collected" / period / unit / source_hash[:12]


def csv_name(sheet: AskedSheet) -> str:
    """Name of the CSV file of a sheet."""
    return f"{sheet.id}.csv"


def write_delivery(folder: Path, key: Key, unit_name: str, workbook: str, sheets: Sequence[FilledSheet]) -> None:
    """Write the sheets of one workbook under `folder`, with the `source.yaml` that describes them."""
    import yaml

    folder.mkdir(parents=True, exist_ok=True)
    for sheet in sheets:
        (folder / csv_name(sheet.asked)).write_text(csv_text(sheet), encoding="utf-8", newline="")
    content = {
        "source": SOURCE,
        "name": f"Phiếu thu thập của {unit_name}",
        "origin": workbook,
        "unit": key.unit,
        "period": key.period,
        "from": key.from_date,
        "to": key.to_date,
        "files": [
            {"file": csv_name(sheet.asked), "dataset": sheet.asked.dataset, "table": sheet.asked.table}
            for sheet in sheets
        ],
    }
    (folder / SIDECAR).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def csv_text(sheet: FilledSheet) -> str:
    """A sheet as the intake reads it: canonical headings, blanks left blank."""
    asked = sheet.asked
    if asked.dataset == one_stop.DATASET:
        columns, rows = one_stop_table(sheet)
        headings = [name.removeprefix("stated_") for name in columns]  # as tables print them, and the map knows them
    elif asked.dataset == STATISTICS and asked.id != STATISTICS:
        headings = ["indicator", "value", "code", "label", "unit_of_measure", "note"]
        rows = (
            [indicator_of(row.asked), row.values.get("value"), *_words(row), row.values.get("note")]
            for row in sheet.rows
            if "value" in row.values or "note" in row.values
        )
    else:
        headings = [column.stored for column in asked.columns if column.stored]
        rows = ([row.values.get(name) for name in headings] for row in sheet.rows)
        if sheet.nothing:
            rows = iter([[NO_ENTRIES, *[None] * (len(headings) - 1)]])
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def _words(row: FilledRow) -> list[str]:
    return [row.names.get(name, "") for name in ("code", "label", "unit_of_measure")]


def one_stop_table(sheet: FilledSheet) -> tuple[list[str], Iterator[list[Value]]]:
    """Rows of a one-stop form under their canonical columns; with nothing to report every row says 0."""
    columns = [column for column in sheet.asked.columns if column.stored]
    names = [column for column in columns if column.stored in one_stop.GRAINS]
    figures = [column for column in columns if column.stored not in one_stop.GRAINS]
    headings = ["position", *(column.stored for column in (*names, *figures))]
    if sheet.nothing:
        named = [row for row in sheet.asked.rows if all(row.texts.get(column.key) for column in names)]
        return headings, (
            [number, *(row.texts[column.key] for column in names), *[0] * len(figures)]
            for number, row in enumerate(named, start=1)
            if row.key != "total"
        )
    return headings, (
        [
            number,
            *(_unit(row) if column.stored == "unit" else row.names[column.key] for column in names),
            *(row.values.get(column.key, row.computed.get(column.key)) for column in figures),
        ]
        for number, row in enumerate(sheet.rows, start=1)
    )


def _unit(row: FilledRow) -> str:
    """A unit's code: names repeat."""
    return row.asked.key.partition("|")[2]


def _cell(value: Value) -> str:
    """A value as the intake reads it whatever its column: a comma is always decimal there."""
    match value:
        case None:
            return ""
        case bool():
            return "X" if value else "không"
        case Decimal():
            plain = value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
            return f"{plain:f}".replace(".", ",")
        case date():
            return value.isoformat()
    return str(value)
