"""A delivered list on its way into the store: every row is kept apart until it is known what becomes of it.

The rows wait in DuckDB, which moves what does not fit into its share of memory to disk, so a list of any length is
taken in with the same memory.
"""

import csv
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from baocao.errors import InputError
from baocao.intake.corrections import Correction
from baocao.intake.dossier_rows import REASON, STAGED, DossierReader
from baocao.intake.dossiers import CONTENT
from baocao.intake.problems import inert
from baocao.intake.row_stream import ROW, RowStream
from baocao.intake.vocabulary import CLOSING, Vocabulary
from baocao.store.dossiers import DossierScan
from baocao.store.sql import is_one_of, literal

MEMORY = "250MB"


@dataclass(frozen=True)
class Balance:
    """What became of the rows of one list; the four counts add up to the rows read."""

    read: int
    stored: int
    updated: int
    duplicates: int
    quarantined: int

    def __post_init__(self) -> None:
        if self.read != self.stored + self.updated + self.duplicates + self.quarantined:
            raise AssertionError(f"rows were lost: {self}")


class Staging:
    """The rows of one list in DuckDB: table `staging` of the rows still good, `rejected` of those refused."""

    def __init__(self) -> None:
        import duckdb

        self._folder = tempfile.TemporaryDirectory(prefix="baocao-", ignore_cleanup_errors=True)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": self._folder.name,
            "preserve_insertion_order": False,
        }
        self.connection: duckdb.DuckDBPyConnection = duckdb.connect(config=settings)
        self.connection.execute(f'CREATE TABLE rejected ("{ROW}" BIGINT, {REASON} VARCHAR, cells VARCHAR[])')
        self._headings: Mapping[str, str] = {}
        self.read = 0

    def __enter__(self) -> "Staging":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()
        with suppress(OSError):
            self._folder.cleanup()

    def load(self, stream: RowStream, reader: DossierReader, progress: Callable[[int], None]) -> str:
        """Read the whole list; rows that cannot be understood go to `rejected`. Returns the list's SHA-256."""
        self._headings = stream.headings
        staged = Path(self._folder.name) / "staged.parquet"
        repeating = [name for name in STAGED.names if name not in (ROW, "dossier")]
        with (
            pq.ParquetWriter(staged, STAGED, compression="none", use_dictionary=repeating) as file,
            closing(_read_ahead(stream.batches)) as batches,
        ):
            for batch in batches:
                rows = reader.stage(batch)
                self.read += batch.num_rows
                refused = pc.is_valid(rows.column(REASON))
                if pc.any(refused).as_py():
                    self._reject(rows.filter(refused), batch.filter(refused))
                    rows = rows.filter(pc.invert(refused))
                file.write_table(rows)
                progress(self.read)
        source_hash = stream.fingerprint()
        pa.default_memory_pool().release_unused()  # what reading needed, writing will need
        rows = f"read_parquet({literal(str(staged))})"
        self.connection.execute(f"CREATE TABLE staging AS SELECT *, '{source_hash}' AS source_hash FROM {rows}")  # noqa: S608
        return source_hash

    def _reject(self, rows: pa.Table, batch: pa.Table) -> None:
        """Keep refused rows with the cells that were mapped, as they stood."""
        cells = pa.array(
            [list(row) for row in zip(*(batch.column(name).to_pylist() for name in self._headings), strict=True)],
            pa.list_(pa.string()),
        )
        refused = pa.table({ROW: rows.column(ROW), REASON: rows.column(REASON), "cells": cells})
        self.connection.register("refused", refused)
        self.connection.execute("INSERT INTO rejected SELECT * FROM refused")
        self.connection.unregister("refused")

    def load_stored(self, scan: DossierScan, source: str, dossiers: Sequence[str]) -> None:
        """Take rows that are stored already instead of a list, to change them."""
        scan.register(self.connection, "stored")
        self.connection.register("wanted", pa.table({"dossier": pa.array(dossiers, pa.string())}))
        content = ", ".join(f'"{name}"' for name in CONTENT)
        self.connection.execute(
            f"""CREATE TABLE staging AS SELECT source_row AS "{ROW}", NULL::VARCHAR AS {REASON}, dossier, {content},
            source_hash FROM stored WHERE source = ? AND dossier IN (SELECT dossier FROM wanted)""",  # noqa: S608
            [source],
        )

    def correct(self, corrections: Sequence[tuple[Correction, str]]) -> list[str]:
        """Apply corrections to the rows they are about and that do not have them yet; ids of those applied.

        Raises
        ------
        InputError
            If the source no longer says what a correction expects.
        """
        applied = []
        uncorrected = "dossier = ? AND NOT list_contains(string_split(coalesce(corrected, ''), ', '), ?)"
        for correction, where in corrections:
            column = f'"{correction.column}"'
            found = self.connection.execute(
                f"SELECT DISTINCT {column} FROM staging WHERE {uncorrected}",  # noqa: S608 -- a known column
                [correction.dossier, correction.id],
            ).fetchall()
            for (value,) in found:
                _refuse_stale(correction, where, value)
            if found:
                self.connection.execute(
                    f"UPDATE staging SET {column} = ?, corrected = concat_ws(', ', corrected, ?) WHERE {uncorrected}",  # noqa: S608
                    [correction.value, correction.id, correction.dossier, correction.id],
                )
                applied.append(correction.id)
        return applied

    def refuse_uncountable(self, vocabulary: Vocabulary) -> None:
        """Move rows out that no column of the one-stop summary could hold, or that would break its balance."""
        not_counted = is_one_of("status", vocabulary.statuses_counted_as("not-counted"))
        closed = is_one_of("status", vocabulary.statuses_counted_as(*CLOSING))
        heading = {name: self._headings.get(name, name).replace("'", "''") for name in STAGED.names}
        ended = "coalesce(finished_date, result_date)"
        known = [heading[name] for name in ("finished_date", "result_date") if name in self._headings]
        ended_heading = "” or “".join(known) or "finished_date"
        rules = {
            "received_date": (
                f"received_date IS NULL AND NOT {not_counted}",
                f"column “{heading['received_date']}”: found nothing, expected the day the dossier was taken in",
            ),
            "finished_date": (
                f"{ended} < received_date",
                f"column “{ended_heading}”: found ' || {ended} || ', expected a day not before the dossier was "
                "received, ' || received_date || '",
            ),
            "ended": (
                f"{closed} AND {ended} IS NULL",
                f"column “{ended_heading}”: found nothing, expected the day on which a dossier in the state “' "
                "|| status || '” ended",
            ),
            "supplement_to": (
                "supplement_to < supplement_from",
                f"column “{heading['supplement_to']}”: found ' || supplement_to || ', expected a day not before ' "
                "|| supplement_from || '",
            ),
        }
        counts = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition, _ in rules.values())
        broken = self._one(f"SELECT {counts} FROM staging")  # noqa: S608 -- one look, for most rules are kept
        for (condition, message), rows in zip(rules.values(), broken, strict=True):
            if rows:
                self._move(condition, f"'{message}; correct it in the source'")

    def refuse_contradictions(self) -> int:
        """Move rows out whose id stands several times with different content; the number of exact repetitions."""
        content = ", ".join(f'"{name}"' for name in CONTENT)
        self.connection.execute(
            f"""
            CREATE TEMP TABLE repeated AS
            SELECT dossier, count(*) AS times, count(DISTINCT hash({content})) AS contents, min("{ROW}") AS first,
                   string_agg("{ROW}", ', ' ORDER BY "{ROW}") AS places
            FROM staging
            WHERE dossier IN (SELECT dossier FROM staging GROUP BY dossier HAVING count(*) > 1)
            GROUP BY dossier
            """  # noqa: S608
        )
        self._move(
            "dossier IN (SELECT dossier FROM repeated WHERE contents > 1)",
            "'the id stands several times with different content, rows ' || "
            "(SELECT places FROM repeated r WHERE r.dossier = staging.dossier)"
            " || '; keep the row that is right'",
        )
        same = "dossier IN (SELECT dossier FROM repeated WHERE contents = 1)"
        (repetitions,) = self._one(f"SELECT count(*) - count(DISTINCT dossier) FROM staging WHERE {same}")  # noqa: S608
        if repetitions:
            self.connection.execute(
                f"""DELETE FROM staging WHERE {same}
                AND "{ROW}" <> (SELECT first FROM repeated r WHERE r.dossier = staging.dossier)"""  # noqa: S608
            )
        return int(repetitions)

    def _move(self, condition: str, reason: str) -> None:
        cells = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in self._headings)
        self.connection.execute(
            f'INSERT INTO rejected SELECT "{ROW}", {reason}, [{cells}] FROM staging WHERE {condition}'  # noqa: S608
        )
        self.connection.execute(f"DELETE FROM staging WHERE {condition}")  # noqa: S608

    def rejected(self) -> int:
        """How many rows were refused so far."""
        return int(self._one("SELECT count(*) FROM rejected")[0])

    def first_reason(self) -> str:
        """Why the first refused row was refused."""
        return str(self._one("SELECT min_by(reason, row) FROM rejected")[0])

    def units_and_days(self) -> list[tuple[str, date, date]]:
        """Units of the good rows, each with the first and last day on which something happened to a dossier."""
        return self.connection.execute(
            """
            SELECT unit, min(received_date), max(greatest(received_date, finished_date, result_date))
            FROM staging WHERE received_date IS NOT NULL GROUP BY unit ORDER BY unit
            """
        ).fetchall()

    def keep_rejected(self, target: Path) -> Path | None:
        """Write the refused rows with their reasons to `target`; None where there are none."""
        if not self.rejected():
            return None
        cursor = self.connection.execute(f'SELECT * FROM rejected ORDER BY "{ROW}"')  # noqa: S608
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
                writer.writerow([ROW, REASON, *map(inert, self._headings.values())])
                while chunk := cursor.fetchmany(10_000):
                    writer.writerows([row, inert(reason), *map(inert, cells)] for row, reason, cells in chunk)
        except OSError as error:
            raise InputError(f"{target}: the refused rows could not be kept ({error.strerror})") from error
        return target

    def _one(self, query: str) -> tuple[Any, ...]:
        (row,) = self.connection.execute(query).fetchall()
        return tuple(row)


def _read_ahead(batches: Iterator[pa.Table]) -> Generator[pa.Table]:
    """The batches, the next one being read while one is worked on; empty ones left out."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            if batch.num_rows:
                yield batch


def _refuse_stale(correction: Correction, where: str, found: Any) -> None:
    """Stop where the source no longer says what the correction expects."""
    if found != correction.expect:
        raise InputError(
            f"{where}: {correction.id} expects {correction.column} of dossier {correction.dossier} to be "
            f"“{correction.expect}”, the source now says “{found}”; if the source is mended, remove the correction"
        )
