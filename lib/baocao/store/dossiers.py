"""The table of dossiers: the newest state of each by source and id, every earlier version readable.

An ingest is one commit. New dossiers are appended; where known ones changed, the months they lie in are written anew.
The files hold no column of the partitions, so a reader gets `source` and `received_month` from their folders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from baocao.errors import StoreError
from baocao.intake.dossiers import CONTENT, NO_MONTH, PARTITIONS, SCHEMA, TABLE
from baocao.intake.row_stream import ROW
from baocao.store.sql import literal
from baocao.store.tables import KEEP_EVERYTHING, Store

if TYPE_CHECKING:
    import duckdb

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
    if stored or updated:
        _write(store, delta, connection, source, remark, rewrite=bool(updated))
        delta = store.open(TABLE)
    version = -1 if delta is None else delta.version()
    moved = connection.execute(
        "SELECT DISTINCT unit FROM known SEMI JOIN (FROM fates WHERE fate = 'changed') USING (dossier) ORDER BY unit"
    ).fetchall()
    return Upserted(version, stored, updated, counts.get("same", 0), [unit for (unit,) in moved])


def _compare(connection: "duckdb.DuckDBPyConnection", source: str) -> None:
    """Table `fates`: whether each staged dossier is new, changed or the same as `known`, the stored rows of its id."""
    same = " AND ".join(f'g."{name}" IS NOT DISTINCT FROM k."{name}"' for name in CONTENT)
    connection.execute("CREATE TEMP TABLE known AS SELECT * FROM stored LIMIT 0")
    connection.execute(
        "INSERT INTO known SELECT * FROM stored WHERE source = ? AND dossier IN (SELECT dossier FROM staging)", [source]
    )
    connection.execute(
        f"""
        CREATE TEMP TABLE fates AS
        SELECT g.dossier, CASE WHEN k.dossier IS NULL THEN 'new' WHEN {same} THEN 'same' ELSE 'changed' END AS fate
        FROM staging g LEFT JOIN known k ON g.dossier = k.dossier
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
) -> None:
    columns = ", ".join(f's."{name}"' for name in SCHEMA.names)
    made = {"source": literal(source), "received_month": _MONTH, "source_row": f'"{ROW}"'}
    values = ", ".join(f'{made.get(name, f"s.{name}")} AS "{name}"' for name in SCHEMA.names)
    incoming = f"""SELECT {values} FROM staging s SEMI JOIN
        (SELECT dossier FROM fates WHERE fate <> 'same') f ON s.dossier = f.dossier"""  # noqa: S608
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
    reader = connection.sql(incoming).to_arrow_reader(100_000)
    properties = CommitProperties(
        # Rows were compared with the version just read: onto any other one they must not be written.
        max_commit_retries=0,
        custom_metadata={f"baocao.{name}": text for name, text in remark.items()},
    )
    try:
        if delta is None:
            write_deltalake(
                store.address(TABLE),
                reader,
                mode="error",
                partition_by=list(PARTITIONS),
                configuration=KEEP_EVERYTHING,
                commit_properties=properties,
            )
        elif predicate is None:
            write_deltalake(delta, reader, mode="append", commit_properties=properties)
        else:
            write_deltalake(delta, reader, mode="overwrite", predicate=predicate, commit_properties=properties)
    except (CommitFailedError, DeltaError) as error:
        if not isinstance(error, CommitFailedError) and "already exists" not in str(error):
            raise
        raise StoreError(
            "somebody else stored dossiers at the same moment; nothing was changed, run it again"
        ) from None
