"""The versions of a table, and making its files fewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from math import ceil
from typing import Any

from baocao.errors import ConfigurationError, StoreError, one_of
from baocao.intake import dossiers, one_stop
from baocao.store.deliveries import COVERAGE, DELIVERIES, deliveries
from baocao.store.registers import INDEX, register_tables
from baocao.store.tables import VIETNAM, Store

#: What checks of dossiers found, kept with the version they are about.
FINDINGS = "dossier_findings"
TABLES = (dossiers.TABLE, one_stop.TABLE, DELIVERIES, COVERAGE, FINDINGS, INDEX)


@dataclass(frozen=True)
class Version:
    """One version of a table.

    Attributes
    ----------
    time
        When it was stored, in Vietnam's zone.
    what
        What made it: the file delivered, the corrections, or the operation.
    balance
        Counts of the delivery that made it, where there is one.
    """

    version: int
    time: datetime
    what: str
    balance: dict[str, int] | None

    def record(self) -> dict[str, Any]:
        return {"version": self.version, "time": self.time.isoformat(), "what": self.what, "balance": self.balance}


@dataclass(frozen=True)
class Compacted:
    """What compaction did: version now, files before and after, old files deleted for good."""

    version: int
    files_before: int
    files_after: int
    deleted: int


def history(store: Store, table: str) -> list[Version]:
    """All versions of `table`, oldest first.

    Raises
    ------
    StoreError
        If there is no such table.
    """
    delta = store.open(table)
    if delta is None:
        raise StoreError(_unknown(store, table))
    counts = ("read", "stored", "updated", "duplicates", "quarantined")
    balances: dict[tuple[object, object], dict[str, Any]] = {}
    if table == dossiers.TABLE:
        balances = {
            (row["version"], row["source_hash"]): {name: row[name] for name in counts} for row in deliveries(store)
        }
    versions = []
    for entry in delta.history():
        named = entry.get("baocao.file")
        corrections = entry.get("baocao.corrections")
        what = named or (f"corrections {corrections}" if corrections else str(entry["operation"]).lower())
        moment = datetime.fromtimestamp(entry["timestamp"] / 1000, UTC).astimezone(VIETNAM)
        balance = balances.get((entry["version"], entry.get("baocao.source_hash")))
        versions.append(Version(entry["version"], moment, what, balance))
    return sorted(versions, key=lambda version: version.version)


def compact(store: Store, table: str, forget_before: date | None = None) -> Compacted:
    """Join a table's small files; what it says does not change.

    Parameters
    ----------
    forget_before
        Delete for good the files that only versions replaced before this day need; they can no longer be read.
        Without it nothing is deleted.

    Raises
    ------
    StoreError
        If there is no such table.
    ConfigurationError
        If that day is still to come.
    """
    if forget_before is not None and forget_before > datetime.now(VIETNAM).date():
        raise ConfigurationError(
            f"--forget-before {forget_before}: that day is still to come; name today or an earlier day"
        )
    delta = store.open(table)
    if delta is None:
        raise StoreError(_unknown(store, table))
    before = len(delta.file_uris())
    delta.optimize.compact()
    deleted: Sequence[str] = ()
    if forget_before is not None:
        age = datetime.now(UTC) - datetime.combine(forget_before, time.min, VIETNAM)
        hours = max(ceil(age.total_seconds() / 3600), 0)  # rather keep an hour too much
        deleted = delta.vacuum(retention_hours=hours, dry_run=False, enforce_retention_duration=False)
    delta.update_incremental()
    return Compacted(delta.version(), before, len(delta.file_uris()), len(deleted))


def _unknown(store: Store, table: str) -> str:
    filled = (name for name in (*TABLES, *register_tables(store)) if store.open(name) is not None)
    return one_of("table", table, filled)
