"""The ledger: what became of every report, when, where, by whom. Outputs hold none of this, so that they stay the same.

One SQLite file beside the outputs. Only the process that runs a batch writes to it, one short transaction for each
change, so that a crash leaves it as it was a moment before.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from baocao.errors import BaocaoError

State = Literal["running", "done", "blocked", "failed"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    folder TEXT PRIMARY KEY, report TEXT, unit TEXT, period TEXT, state TEXT, key TEXT, own TEXT, shared TEXT,
    attempts INTEGER DEFAULT 0, worker TEXT, started TEXT, seconds REAL, cell INTEGER, error TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shared (key TEXT PRIMARY KEY, parts TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (
    id INTEGER PRIMARY KEY, name TEXT, by_whom TEXT, started TEXT, finished TEXT, jobs INTEGER, made INTEGER,
    skipped INTEGER, failed INTEGER
);
CREATE TABLE IF NOT EXISTS issued (
    report TEXT, unit TEXT, period TEXT, number TEXT, dated TEXT, folder TEXT, manifest TEXT, outputs TEXT,
    by_whom TEXT, at TEXT, PRIMARY KEY (report, unit, period, number)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Entry:
    """One report as the ledger knows it.

    Attributes
    ----------
    folder
        Of the output, relative to the outputs.
    key
        Fingerprint of what the finished output was made from; empty while none is finished.
    seconds
        Wall time of the last attempt.
    cell, error
        Where the last attempt failed (counted from 1), and how.
    """

    folder: str
    report: str
    unit: str
    period: str
    state: State
    key: str
    attempts: int
    worker: str
    started: str
    seconds: float | None
    cell: int | None
    error: str | None


_COLUMNS = "folder, report, unit, period, state, key, attempts, worker, started, seconds, cell, error"


class LedgerError(BaocaoError):
    """The ledger cannot be written."""


class Ledger:
    """The ledger of one outputs folder."""

    def __init__(self, outputs: Path) -> None:
        self.path = outputs / ".ledger.sqlite"

    def begin(self, folders: Iterable[tuple[str, str, str, str]], worker: str) -> None:
        """Note that reports are being made: folder, report, unit, period of each."""
        now = _now()
        with self._write() as file:
            file.executemany(
                """INSERT INTO jobs (folder, report, unit, period, state, key, attempts, worker, started)
                VALUES (?, ?, ?, ?, 'running', '', 1, ?, ?) ON CONFLICT (folder) DO UPDATE SET
                state = 'running', key = '', attempts = attempts + 1, worker = excluded.worker,
                started = excluded.started, seconds = NULL, cell = NULL, error = NULL""",
                [(*names, worker, now) for names in folders],
            )

    def finish(
        self,
        folder: str,
        state: State,
        seconds: float,
        *,
        key: str = "",
        own: Mapping[str, str] | None = None,
        shared: str = "",
        cell: int | None = None,
        error: str | None = None,
    ) -> None:
        """Note how a report ended; `key`, `own` and `shared` of the fingerprint only where it is done."""
        with self._write() as file:
            file.execute(
                """UPDATE jobs SET state = ?, key = ?, own = ?, shared = ?, seconds = ?, cell = ?, error = ?
                WHERE folder = ?""",
                (state, key, json.dumps(dict(own or {})), shared, seconds, cell, error, folder),
            )

    def keep_shared(self, key: str, parts: Mapping[str, str]) -> None:
        """Keep what the reports of a batch share, once."""
        with self._write() as file:
            file.execute("INSERT OR IGNORE INTO shared VALUES (?, ?)", (key, json.dumps(dict(parts))))

    def done_keys(self) -> dict[str, str]:
        """Folder and key of every finished report."""
        with self._read() as file:
            return dict(file.execute("SELECT folder, key FROM jobs WHERE state = 'done'")) if file else {}

    def parts(self, folder: str) -> dict[str, str]:
        """What the finished report of a folder was made from, by name; nothing if there is none."""
        with self._read() as file:
            row = None
            if file:
                query = (
                    "SELECT own, parts FROM jobs LEFT JOIN shared ON shared.key = shared WHERE folder = ? AND own <> ''"
                )
                row = file.execute(query, (folder,)).fetchone()
            return {} if row is None else {**json.loads(row[1] or "{}"), **json.loads(row[0])}

    def entries(self, states: Iterable[str] = ()) -> list[Entry]:
        """Every report, or those in some states, by folder."""
        wanted = tuple(states)
        where = f"WHERE state IN ({','.join('?' * len(wanted))})" if wanted else ""
        with self._read() as file:
            query = f"SELECT {_COLUMNS} FROM jobs {where} ORDER BY folder"  # noqa: S608 -- placeholders
            return [Entry(*row) for row in file.execute(query, wanted)] if file else []

    def issue(self, document: Mapping[str, str], outputs: Mapping[str, str], by_whom: str) -> None:
        """Note that a document was issued: report, unit, period, number, date, folder, hash of its manifest."""
        names = ("report", "unit", "period", "number", "dated", "folder", "manifest")
        with self._write() as file:
            file.execute(
                "INSERT OR REPLACE INTO issued VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*(document[name] for name in names), json.dumps(dict(outputs)), by_whom, _now()),
            )

    def issued(self, report: str, unit: str, period: str, number: str) -> str | None:
        """Hash of the manifest of an issued document; None if the ledger knows none of that number."""
        with self._read() as file:
            query = """SELECT manifest FROM issued WHERE (report, unit, period, number) = (?, ?, ?, ?)"""
            known = file and file.execute("SELECT 1 FROM sqlite_master WHERE name = 'issued'").fetchone()
            row = file.execute(query, (report, unit, period, number)).fetchone() if file and known else None
            return None if row is None else str(row[0])

    def open_batch(self, name: str, by_whom: str, jobs: int) -> int:
        """Note that a batch began; its number."""
        with self._write() as file:
            query = "INSERT INTO batches (name, by_whom, started, jobs) VALUES (?, ?, ?, ?)"
            return int(file.execute(query, (name, by_whom, _now(), jobs)).lastrowid or 0)

    def close_batch(self, number: int, made: int, skipped: int, failed: int) -> None:
        """Note how a batch ended."""
        with self._write() as file:
            query = "UPDATE batches SET finished = ?, made = ?, skipped = ?, failed = ? WHERE id = ?"
            file.execute(query, (_now(), made, skipped, failed, number))

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self.path, timeout=60)) as file:
                file.execute("PRAGMA journal_mode = WAL")
                file.execute("PRAGMA synchronous = NORMAL")
                file.executescript(_SCHEMA)
                with file:
                    yield file
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path}: {error}; is the disk full or the folder read-only?") from None

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection | None]:
        if not self.path.is_file():
            yield None
            return
        with closing(sqlite3.connect(self.path, timeout=60)) as file:
            yield file


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
