"""Verdicts that have been given, kept by the hash of what was judged."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

#: SQLite takes so many parameters in one statement, whatever its version.
AT_ONCE = 900


@dataclass(frozen=True)
class Verdict:
    """Which pairs failed (their places in the sequence), and how many could not be compared for a blank."""

    failed: tuple[int, ...]
    missing: int


class KeptVerdicts:
    """A file of verdicts that several processes may use at once.

    It only saves time: where it cannot be read or written everything is judged anew.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def read(self, keys: Collection[str]) -> dict[str, Verdict]:
        """Those of the verdicts that are known."""
        found: dict[str, Verdict] = {}
        if self._path is None or not self._path.is_file():
            return found
        wanted = sorted(keys)
        with suppress(sqlite3.Error), self._open(self._path) as file:
            for start in range(0, len(wanted), AT_ONCE):
                share = wanted[start : start + AT_ONCE]
                query = f"SELECT key, verdict FROM verdicts WHERE key IN ({','.join('?' * len(share))})"  # noqa: S608
                for key, text in file.execute(query, share):
                    failed, missing = json.loads(text)
                    found[key] = Verdict(tuple(failed), missing)
        return found

    def add(self, verdicts: Mapping[str, Verdict]) -> None:
        """Keep verdicts; one that is there already stays."""
        if self._path is None:
            return
        with suppress(sqlite3.Error, OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._open(self._path) as file, file:
                file.execute("CREATE TABLE IF NOT EXISTS verdicts (key TEXT PRIMARY KEY, verdict TEXT) WITHOUT ROWID")
                file.executemany(
                    "INSERT OR IGNORE INTO verdicts VALUES (?, ?)",
                    [(key, json.dumps([verdict.failed, verdict.missing])) for key, verdict in verdicts.items()],
                )

    @contextmanager
    def _open(self, path: Path) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            yield connection
