"""Delta tables under one folder: replace a slice atomically, read any version.

A *slice* is what one delivered file says (reporter, dates, source, table). Ingesting the file again replaces exactly
its slice; identical content makes no new version.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from baocao.errors import ConfigurationError, NotStoredYetError, StoreError
from baocao.store.frozen import frozen_store

#: What a row must be to be chosen, all of it: column, operator, value. Values are data and go quoted.
Operator = Literal["=", "<=", "in"]
Where = Sequence[tuple[str, Operator, str | int | date | Collection[str] | Collection[date]]]

SLICE_COLUMN = "slice"
#: Every version stays readable: Delta would otherwise forget its log after a month.
KEEP_EVERYTHING = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}
#: Names of folders that Delta reads as something else.
_UNFIT = re.compile(r"[\[\]]|%[0-9A-Fa-f]{2}")
VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Snapshot:
    """A table as it stood at one version."""

    table: str
    version: int
    rows: pa.Table


@dataclass(frozen=True)
class StoreChange:
    """What an ingest did to a table: the version now current, and how many slices were new, replaced or the same."""

    version: int
    added: int
    replaced: int
    unchanged: int


class Store:
    """The versioned tables of a project, each a Delta table in a folder of its own."""

    def __init__(self, root: Path | str) -> None:
        self.root = root

    def address(self, table: str) -> str:
        """Where a table lies: a folder, or a URL of an object store."""
        return str(self.root / table) if isinstance(self.root, Path) else f"{self.root.rstrip('/')}/{table}"

    def open(self, table: str, as_of: str | None = None) -> DeltaTable | None:
        """The Delta table now, or as it was known at `as_of`; None if it was never filled (see `read`)."""
        if isinstance(self.root, Path) and _UNFIT.search(str(self.root)):
            raise StoreError(f"{self.root}: a store cannot lie in a folder with [, ] or %20 in its name; rename it")
        try:
            delta = DeltaTable(self.address(table))
        except TableNotFoundError:
            return None
        except OSError as error:
            reason = str(error).strip().splitlines()[0]
            raise StoreError(f"{self.address(table)}: the store cannot be reached ({reason})") from None
        if as_of is not None:
            _travel(delta, table, as_of)
            if not all(Path(file).is_file() for file in self.files(delta)):
                raise StoreError(f"{table}: version {delta.version()} was compacted away; its files are deleted")
        return delta

    def files(self, delta: DeltaTable) -> list[str]:
        """Files of a version of a table in a folder, as the file system names them; none for an object store."""
        return sorted(map(unquote, delta.file_uris())) if isinstance(self.root, Path) else []

    def read(
        self, table: str, as_of: str | None = None, where: Where = (), schema: pa.Schema | None = None
    ) -> Snapshot | None:
        """`table` now, or as it was known at `as_of`; None if never filled.

        Parameters
        ----------
        as_of
            A version number, a date (ISO or dd/mm/yyyy; its end) or an ISO time.
        where
            What holds of all rows wanted. Cheaper than choosing among all rows.
        schema
            Columns to expect; one that the table did not have when it was stored is blank.

        Raises
        ------
        StoreError
            If that version is not there, or the table did not exist yet at that time.
        """
        frozen = frozen_store()
        if frozen is not None and frozen.holds(self.root, table, as_of):
            kept = frozen.rows(table)
            if kept is None:
                return None
            version, rows = frozen.versions[table], _chosen(kept, where)
        else:
            delta = self.open(table, as_of)
            if delta is None:
                return None
            version, rows = delta.version(), _rows(delta, where).drop_columns([SLICE_COLUMN])
        return Snapshot(table, version, rows if schema is None else _filled(rows, schema))

    def time_of(self, table: str, version: int) -> datetime:
        """When a version of `table` was stored."""
        delta = self.open(table)
        if delta is None:
            raise StoreError(f"{table}: nothing has been stored yet")
        (milliseconds,) = (entry["timestamp"] for entry in delta.history() if entry["version"] == version)
        return datetime.fromtimestamp(milliseconds / 1000, UTC)

    def replace_slices(self, table: str, rows: pa.Table, key: Sequence[str]) -> StoreChange:
        """Make `rows` the content of the slices they belong to, in one commit; other slices stay as they are."""
        incoming = {name: part for name, part in _by_slice(rows, key).items() if part.num_rows}
        delta = self.open(table)
        stored = _stored(delta, list(incoming)) if delta is not None else {}
        changed = {name: part for name, part in incoming.items() if not _same(part, stored.get(name))}
        replaced = len(changed.keys() & stored.keys())
        if changed:
            data = pa.concat_tables(
                part.append_column(SLICE_COLUMN, pa.array([name] * part.num_rows, pa.string()))
                for name, part in sorted(changed.items())
            )
            if delta is None:
                write_deltalake(self.address(table), data, mode="error", configuration=KEEP_EVERYTHING)
            else:
                names = ", ".join(f"'{name}'" for name in sorted(changed))  # hex digests: nothing to escape
                predicate = f"{SLICE_COLUMN} IN ({names})"
                # A definition that gained a column must not lock out what is stored: older rows are blank there.
                write_deltalake(delta, data, mode="overwrite", predicate=predicate, schema_mode="merge")
        current = self.open(table)
        version = current.version() if current is not None else -1
        return StoreChange(version, len(changed) - replaced, replaced, len(incoming) - len(changed))


def is_version(as_of: str) -> bool:
    """Whether it is a bare version number."""
    return as_of.isascii() and as_of.isdigit()


def _travel(delta: DeltaTable, table: str, as_of: str) -> None:
    if is_version(as_of):
        try:
            delta.load_as_version(int(as_of))
        except (DeltaError, OverflowError):
            newest = delta.version()
            raise StoreError(f"{table}: version {as_of} is not in the store; the newest is {newest}") from None
        return
    when = _moment(as_of)
    # Delta answers a moment before the first commit with that commit; here nothing was known yet.
    first = min(entry["timestamp"] for entry in delta.history() if "timestamp" in entry)
    if when.timestamp() * 1000 < first:
        raise NotStoredYetError(f"{table}: nothing was stored yet on {as_of}")
    delta.load_as_version(when)


def _moment(text: str) -> datetime:
    """A date (its end) or ISO time, in Vietnam's zone where none is written, whatever the machine's own is."""
    iso = text
    with suppress(ValueError):
        iso = datetime.strptime(text, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 -- a day has no time zone
    try:
        when = datetime.fromisoformat(iso)
        if len(iso) == len("2020-04-08"):
            when = datetime.combine(when.date(), time.max)
        return (when if when.tzinfo else when.replace(tzinfo=VIETNAM)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigurationError(
            f"as-of “{text}” is neither a version number nor a date; "
            "write for instance 3, 2020-04-08, 08/04/2020 or 2020-04-08T12:00"
        ) from None


def _by_slice(rows: pa.Table, key: Sequence[str]) -> dict[str, pa.Table]:
    parts: dict[str, list[int]] = {}
    for index, values in enumerate(zip(*(rows.column(name).to_pylist() for name in key), strict=True)):
        text = json.dumps([str(value) for value in values], ensure_ascii=False)
        parts.setdefault(hashlib.sha256(text.encode()).hexdigest(), []).append(index)
    return {name: rows.take(indices) for name, indices in parts.items()}


def _chosen(rows: pa.Table, where: Where) -> pa.Table:
    for name, operator, value in where:
        column = rows.column(name)
        if operator == "in":
            mask = pc.is_in(column, pa.array(value, column.type))
        else:
            compare = pc.equal if operator == "=" else pc.less_equal
            mask = compare(column, pa.scalar(value, column.type))
        rows = rows.filter(mask)
    return rows


def _sql(where: Where) -> str | None:
    return " AND ".join(f'"{column}" {operator} {_literal(value)}' for column, operator, value in where) or None


def _literal(value: object) -> str:
    match value:
        case str():
            return "'" + value.replace("'", "''") + "'"
        case int():
            return str(value)
        case date():
            return f"CAST('{value.isoformat()}' AS DATE)"
        case Collection():
            return f"({', '.join(map(_literal, value)) or 'NULL'})"
    raise TypeError(f"{type(value).__name__} is no value to choose rows by")


def _rows(delta: DeltaTable, where: Where = ()) -> pa.Table:
    # Not through pyarrow's dataset: its reading threads can abort a process that ends right after.
    rows = pa.RecordBatchReader.from_stream(delta.scan(predicate=_sql(where))).read_all()
    return rows.cast(pa.schema(delta.schema().to_arrow())).combine_chunks()


def _stored(delta: DeltaTable, wanted: Sequence[str]) -> dict[str, pa.Table]:
    rows = _rows(delta, [(SLICE_COLUMN, "in", wanted)])
    names = rows.column(SLICE_COLUMN).to_pylist()
    parts: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        parts.setdefault(name, []).append(index)
    return {name: rows.take(indices).drop_columns([SLICE_COLUMN]) for name, indices in parts.items()}


def _same(part: pa.Table, stored: pa.Table | None) -> bool:
    """Whether both say the same; a column one of them lacks is blank in it."""
    if stored is None:
        return False
    schema = pa.unify_schemas([part.schema, stored.schema])
    return len({content_hash(_filled(rows, schema).to_pylist()) for rows in (part, stored)}) == 1


def _filled(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    if rows.schema.names == schema.names:
        return rows
    columns = [
        rows.column(field.name) if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, names=schema.names)


def content_hash(rows: Iterable[Mapping[str, object]]) -> str:
    """SHA-256 over the rows' content, whatever their order and that of their columns."""
    lines = sorted(json.dumps(row, ensure_ascii=False, sort_keys=True, default=_iso) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no stable text form")
