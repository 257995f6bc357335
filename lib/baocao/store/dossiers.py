"""The table of dossiers: the newest state of each by source and id, every earlier version readable.

An ingest is one commit. New dossiers are appended; where known ones changed, the months they lie in are written anew.
The files hold no column of the partitions, so a reader gets `source` and `received_month` from their folders.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deltalake import ColumnProperties, CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from baocao.errors import StoreError
from baocao.intake.dossiers import CONTENT, NO_MONTH, PARTITIONS, SCHEMA, TABLE
from baocao.intake.row_stream import BATCH_ROWS, ROW
from baocao.store.frozen import frozen_store
from baocao.store.sql import is_one_of, literal
from baocao.store.tables import KEEP_EVERYTHING, Store

if TYPE_CHECKING:
    import duckdb

#: Dossiers of a list that are compared with the stored ones at a time.
COMPARED_AT_ONCE = 1_000_000
#: A file of the table is closed at this size: while it grows it is held in memory, one for each month of a list.
FILE_BYTES = 32 << 20
#: Columns in which hardly a value stands twice: a dictionary of them only takes time.
_UNIQUE = ("dossier", "source_row")
_NO_DICTIONARY = ColumnProperties(dictionary_enabled=False)
_MONTH = f"coalesce(strftime(received_date, '%Y-%m'), '{NO_MONTH}')"


@dataclass(frozen=True)
class DossierScan:
    """One version of the table as DuckDB reads it; small enough to be sent to a worker.

    Attributes
    ----------
    address
        Of the table: a folder, or the URL of an object store, which is read through Delta's own file system.
    files
        Its Parquet files.
    """

    address: str
    version: int
    files: tuple[str, ...]

    def register(self, connection: "duckdb.DuckDBPyConnection", name: str, files: Sequence[str] | None = None) -> None:
        """Make the rows, or those of some `files`, readable under `name`."""
        chosen = self.files if files is None else tuple(files)
        if not chosen:
            connection.register(name, SCHEMA.empty_table())
        elif "://" in self.address:
            connection.register(name, self._remote(frozenset(chosen)))
        else:
            listed = ", ".join(map(literal, chosen))
            connection.execute(
                f"""CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet([{listed}],
                hive_partitioning = true, hive_types_autocast = false)"""  # noqa: S608 -- the store's own files
            )

    def units_among(self, units: Collection[str]) -> list[str]:
        """Those of `units` that have a dossier, in alphabetical order."""
        import duckdb

        with duckdb.connect() as connection:
            self.register(connection, "stored")
            wanted = is_one_of("unit", sorted(units))
            query = f"SELECT DISTINCT unit FROM stored WHERE {wanted} ORDER BY unit"  # noqa: S608 -- quoted there
            return [unit for (unit,) in connection.execute(query).fetchall()]

    def _remote(self, files: frozenset[str]) -> Any:
        from pyarrow.dataset import FileSystemDataset

        whole: Any = DeltaTable(self.address, version=self.version).to_pyarrow_dataset()
        fragments = [part for part in whole.get_fragments() if f"{self.address}/{part.path}" in files]
        return FileSystemDataset(fragments, whole.schema, whole.format, whole.filesystem)


@dataclass(frozen=True)
class Upserted:
    """What an ingest did to the table: its version then, and what became of the rows that were good.

    `left` are the units that changed dossiers belonged to before.
    """

    version: int
    stored: int
    updated: int
    unchanged: int
    left: Sequence[str]


def scan_dossiers(store: Store, as_of: str | None = None) -> DossierScan | None:
    """The table now, or as it was known at `as_of`; None if no dossier was ever stored (see `Store.read`)."""
    frozen = frozen_store()
    if frozen is not None and frozen.holds(store.root, TABLE, as_of):
        version = frozen.versions.get(TABLE)
        return None if version is None else DossierScan(store.address(TABLE), version, frozen.dossiers)
    delta = store.open(TABLE, as_of)
    return None if delta is None else _scan(store, delta)


def _scan(store: Store, delta: DeltaTable) -> DossierScan:
    files = store.files(delta) or sorted(delta.file_uris())
    return DossierScan(store.address(TABLE), delta.version(), tuple(files))


def upsert(store: Store, connection: "duckdb.DuckDBPyConnection", source: str, remark: Mapping[str, str]) -> Upserted:
    """Bring the rows of table `staging` into the store, in one commit or not at all.

    Parameters
    ----------
    connection
        Holds `staging` (`baocao.intake.dossier_rows.STAGED` and `source_hash`), one row for each dossier.
    remark
        Kept with the version: which file, which correction.

    Raises
    ------
    StoreError
        If somebody else stored dossiers in the meantime; nothing was changed.
    """
    delta = store.open(TABLE)
    scan = DossierScan(store.address(TABLE), -1, ()) if delta is None else _scan(store, delta)
    scan.register(connection, "stored")
    _compare(connection, source)
    counts = dict(connection.execute("SELECT fate, count(*) FROM fates GROUP BY fate").fetchall())
    stored, updated = counts.get("new", 0), counts.get("changed", 0)
    unchanged = counts.get("same", 0)
    if stored or updated:
        _write(store, delta, connection, source, remark, rewrite=bool(updated), whole=not unchanged)
        delta = store.open(TABLE)
    version = -1 if delta is None else delta.version()
    moved = connection.execute(
        "SELECT DISTINCT unit FROM known SEMI JOIN (FROM fates WHERE fate = 'changed') USING (dossier) ORDER BY unit"
    ).fetchall()
    return Upserted(version, stored, updated, unchanged, [unit for (unit,) in moved])


def _compare(connection: "duckdb.DuckDBPyConnection", source: str) -> None:
    """Table `fates`: whether each staged dossier is new, changed or the same as `known`, the stored rows of its id.

    A long list is compared share by share of its ids, so that what has to be held in memory does not grow with it.
    """
    ((staged,),) = connection.execute("SELECT count(*) FROM staging").fetchall()
    shares = max(staged - 1, 0) // COMPARED_AT_ONCE + 1
    content = ", ".join(f'"{name}"' for name in CONTENT)
    connection.execute("CREATE TEMP TABLE known AS SELECT * FROM stored LIMIT 0")
    connection.execute("CREATE TEMP TABLE fates (dossier VARCHAR, fate VARCHAR)")
    for share in range(shares):
        of_share = f"hash(dossier) % {shares} = {share}" if shares > 1 else "true"
        connection.execute(
            f"""INSERT INTO known SELECT * FROM stored WHERE source = ? AND {of_share}
            AND dossier IN (SELECT dossier FROM staging WHERE {of_share})""",  # noqa: S608
            [source],
        )
        connection.execute(
            f"""
            INSERT INTO fates
            SELECT dossier, CASE WHEN k.content IS NULL THEN 'new' WHEN k.content = g.content THEN 'same'
                ELSE 'changed' END
            FROM (SELECT dossier, hash({content}) AS content FROM staging WHERE {of_share}) g
            LEFT JOIN (SELECT dossier, hash({content}) AS content FROM known WHERE {of_share}) k USING (dossier)
            """  # noqa: S608
        )


def _write(
    store: Store,
    delta: DeltaTable | None,
    connection: "duckdb.DuckDBPyConnection",
    source: str,
    remark: Mapping[str, str],
    *,
    rewrite: bool,
    whole: bool,
) -> None:
    """One commit of what is new or changed: `rewrite` months with changed dossiers, `whole` if nothing is the same."""
    columns = ", ".join(f's."{name}"' for name in SCHEMA.names)
    made = {"source": literal(source), "received_month": _MONTH, "source_row": f'"{ROW}"'}
    values = ", ".join(f'{made.get(name, f"s.{name}")} AS "{name}"' for name in SCHEMA.names)
    incoming = f"SELECT {values} FROM staging s"  # noqa: S608
    if not whole:
        incoming += " SEMI JOIN (SELECT dossier FROM fates WHERE fate <> 'same') f ON s.dossier = f.dossier"
    predicate = None
    if rewrite:
        changed = "SELECT dossier FROM fates WHERE fate = 'changed'"
        months = connection.execute(
            f"""SELECT DISTINCT received_month FROM known WHERE dossier IN ({changed})
            UNION SELECT DISTINCT received_month FROM ({incoming}) ORDER BY 1"""  # noqa: S608
        ).fetchall()
        listed = ", ".join(literal(month) for (month,) in months)
        predicate = f"source = {literal(source)} AND received_month IN ({listed})"
        incoming = f"""SELECT {columns} FROM stored s ANTI JOIN ({changed}) c ON s.dossier = c.dossier
            WHERE {predicate} UNION ALL {incoming}"""  # noqa: S608
    reader = connection.sql(incoming).to_arrow_reader(BATCH_ROWS)
    how: dict[str, Any] = {
        "commit_properties": CommitProperties(
            # Rows were compared with the version just read: onto any other one they must not be written.
            max_commit_retries=0,
            custom_metadata={f"baocao.{name}": text for name, text in remark.items()},
        ),
        "writer_properties": WriterProperties(column_properties=dict.fromkeys(_UNIQUE, _NO_DICTIONARY)),
        "target_file_size": FILE_BYTES,
    }
    try:
        if delta is None:
            write_deltalake(
                store.address(TABLE),
                reader,
                mode="error",
                partition_by=list(PARTITIONS),
                configuration=KEEP_EVERYTHING,
                **how,
            )
        elif predicate is None:
            write_deltalake(delta, reader, mode="append", **how)
        else:
            write_deltalake(delta, reader, mode="overwrite", predicate=predicate, **how)
    except (CommitFailedError, DeltaError) as error:
        if not isinstance(error, CommitFailedError) and "already exists" not in str(error):
            raise
        raise StoreError(
            "somebody else stored dossiers at the same moment; nothing was changed, run it again"
        ) from None
