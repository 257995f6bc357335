"""From delivered files to the store: read them all, refuse what would be counted twice, store in one commit."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from baocao.errors import InputError
from baocao.intake.one_stop import DATASET, SLICE, TABLE, Row, of_other_systems
from baocao.intake.one_stop_reader import IntakeResult, read_one_stop
from baocao.intake.source import TableSource
from baocao.project import Project
from baocao.store.slices import summary_rows
from baocao.store.tables import Store, StoreChange

#: What a detail row is about. Two tables saying it of the same office and dates would be added together.
SUBJECT = ("reporter", "from_date", "to_date", "authority", "grain", "unit", "field", "procedure")


@dataclass(frozen=True)
class Ingested:
    """What became of a delivery: each file with its rows, and what changed in the table."""

    files: Sequence[tuple[TableSource, IntakeResult]]
    change: StoreChange


def ingest(
    project: Project, sources: Sequence[TableSource], *, encoding: str | None = None, sheet: str | None = None
) -> Ingested:
    """Take one-stop summary tables into the store: all of them, or none.

    Raises
    ------
    InputError
        If a file is refused, or a row is already stored from a table of another name or source and
        neither says that they contain different systems (`covers`).
    """
    store = Store(project.store)
    files = [
        (
            source,
            read_one_stop(project, source, quarantine=project.quarantine / DATASET, encoding=encoding, sheet=sheet),
        )
        for source in sources
    ]
    rows = pa.concat_tables(result.rows for _, result in files)
    _refuse_double_counting(rows.to_pylist(), summary_rows(store))
    return Ingested(files, store.replace_slices(TABLE, rows, SLICE))


def _refuse_double_counting(incoming: Sequence[Row], stored: Sequence[Row]) -> None:
    replaced = {tuple(row[name] for name in SLICE) for row in incoming}
    kept = [row for row in stored if tuple(row[name] for name in SLICE) not in replaced]
    known: dict[tuple[object, ...], Row] = {}
    for row in (row for row in (*kept, *incoming) if row["row_type"] == "detail"):
        other = known.setdefault(tuple(row[name] for name in SUBJECT), row)
        if other is not row and not of_other_systems(row, other):
            what = row["procedure"] or row["field"] or row["unit"]
            raise InputError(
                f"{row['reporter']}, {row['from_date']} – {row['to_date']}: “{what}” stands both in “{other['table']}” "
                f"({other['source']}) and in “{row['table']}” ({row['source']}) and would be counted twice; to replace "
                f'the stored table, ingest the file under its name: --table "{other["table"]}"'
            )
