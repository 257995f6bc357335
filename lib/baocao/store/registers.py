"""Registers in the store: one table each, made of what `params/registers/` says, read as of any version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa

from baocao.errors import ConfigurationError
from baocao.intake.register import NOTHING, PLACE, SLICE, Entry, RegisterDefinition
from baocao.intake.register_reader import RegisterFile, read_register_file
from baocao.intake.source import TableSource
from baocao.project import Project
from baocao.store.tables import Store, StoreChange, Where

#: Names of the registers' tables that were ever filled: an object store cannot be asked which tables it holds.
INDEX = "registers"


@dataclass(frozen=True)
class IngestedRegister:
    """What became of a delivery: each file with its rows, and what changed in the table."""

    files: Sequence[tuple[TableSource, RegisterFile]]
    change: StoreChange


def ingest_register(
    project: Project,
    definition: RegisterDefinition,
    sources: Sequence[TableSource],
    *,
    encoding: str | None = None,
    sheet: str | None = None,
) -> IngestedRegister:
    """Take files of one register into the store in one commit; rows nobody understands are quarantined.

    Raises
    ------
    InputError
        If a file cannot be read as a whole; then none of them is stored.
    ConfigurationError
        If a column is stored under another type than the definition now says.
    """
    store = Store(project.store)
    _refuse_other_types(store, definition)
    quarantine = project.quarantine / definition.id
    files = [
        (
            source,
            read_register_file(project, definition, source, quarantine=quarantine, encoding=encoding, sheet=sheet),
        )
        for source in sources
    ]
    rows = pa.concat_tables([definition.schema.empty_table(), *(read.stored for _, read in files)])
    if rows.num_rows:  # named before it is filled: a name without a table misleads nobody, a table nobody names would
        store.replace_slices(INDEX, pa.table({"table": [definition.table]}), ["table"])
    return IngestedRegister(files, store.replace_slices(definition.table, rows, SLICE))


def read_register(
    store: Store,
    definition: RegisterDefinition,
    reporter: str,
    from_date: date,
    to_date: date,
    as_of: str | None = None,
) -> list[Entry]:
    """The entries of an office for exactly these dates, in the order of its files.

    Parameters
    ----------
    as_of
        As `Store.read` takes it; `Versions.as_of(definition.table)` says it for a report.

    Returns
    -------
    By column of the definition the value: text, int, Decimal, date, bool, or None for a blank and for a column the
    table did not have then. Beside these `source` and `table` of the delivery, `file` (name) and `row` (in the file,
    as spreadsheets count). Empty both if the office delivered nothing and if it had nothing to list: see
    `delivered_register`.

    Raises
    ------
    StoreError
        If the version is not there, or nothing was stored yet at that time.
    """
    return delivered_register(store, definition, reporter, from_date, to_date, as_of) or []


def delivered_register(
    store: Store,
    definition: RegisterDefinition,
    reporter: str,
    from_date: date,
    to_date: date,
    as_of: str | None = None,
) -> list[Entry] | None:
    """As `read_register`, but None if the office delivered nothing; an empty list says there was nothing to list."""
    mine: Where = [("reporter", "=", reporter), ("from_date", "=", from_date), ("to_date", "=", to_date)]
    snapshot = store.read(definition.table, as_of, mine)
    if snapshot is None or not snapshot.rows.num_rows:
        return None
    names = [*(column.name for column in definition.columns), "source", "table", *PLACE]
    ordered = snapshot.rows.sort_by([(name, "ascending") for name in ("source", "table", "row")]).to_pylist()
    return [{name: _plain(entry.get(name)) for name in names} for entry in ordered if entry["row"] != NOTHING]


def register_tables(store: Store) -> list[str]:
    """Names of the registers' tables that were ever filled, in alphabetical order."""
    snapshot = store.read(INDEX)
    return sorted(snapshot.rows.column("table").to_pylist()) if snapshot else []


def _plain(value: object) -> object:
    """A stored number without the zeros that fill its places; other values as they are."""
    if not isinstance(value, Decimal):
        return value
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _refuse_other_types(store: Store, definition: RegisterDefinition) -> None:
    delta = store.open(definition.table)
    if delta is None:
        return
    stored = pa.schema(delta.schema().to_arrow())
    for field in definition.schema:
        if field.name in stored.names and stored.field(field.name).type != field.type:
            raise ConfigurationError(
                f"{definition.column_map.file}: column {field.name}: is stored as {stored.field(field.name).type}, "
                f"found {definition.column(field.name).type}; a column keeps its type: give the new one another name"
            )
