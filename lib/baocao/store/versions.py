"""`--as-of`: a date, a moment or a version becomes the version of every table a report reads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from baocao.errors import ConfigurationError, NotStoredYetError, StoreError, one_of
from baocao.intake import dossiers, one_stop
from baocao.store.frozen import frozen_store
from baocao.store.registers import register_tables
from baocao.store.tables import Store, is_version

#: Tables a report's figures come from, beside those of the registers.
TABLES = (one_stop.TABLE, dossiers.TABLE)
_NAMED = re.compile(r"\s*(\w+)\s*=\s*(\d+)\s*")


@dataclass(frozen=True)
class Versions:
    """A version for every table that had been filled by then; the others are read as if there were none."""

    of: Mapping[str, int]

    def __str__(self) -> str:
        return ",".join(f"{table}={version}" for table, version in sorted(self.of.items()))

    def as_of(self, table: str) -> str | None:
        """The version of `table` as `Store.read` takes it; None if the table was not there."""
        return str(self.of[table]) if table in self.of else None


def resolve_versions(store: Store, as_of: str | None) -> Versions:
    """What `as_of` means for each table; the newest versions for None.

    Parameters
    ----------
    as_of
        A date (its end; ISO or dd/mm/yyyy) or ISO time in Vietnam's zone, `table=version` (several with commas; another
        table is read as it was when the newest version named was stored), or a bare version number where only one of
        the tables has been filled.

    Raises
    ------
    StoreError
        If a version is not there, or nothing at all had been stored by then.
    ConfigurationError
        If a bare number could mean several tables, or the text is none of these.
    """
    tables = (*TABLES, *register_tables(store))
    frozen = frozen_store()
    if as_of is None and frozen is not None:
        return Versions({table: frozen.versions[table] for table in tables if table in frozen.versions})
    filled = [table for table in tables if store.open(table) is not None]
    if as_of is None:
        return Versions({table: _version(store, table, None) for table in filled})
    if not filled:
        raise StoreError(f"--as-of {as_of}: nothing has been stored yet; run `baocao ingest`")
    if "=" in as_of:
        named = [_named(store, tables, part, as_of) for part in as_of.split(",")]
        if len({table for table, _ in named}) < len(named):
            raise ConfigurationError(f"--as-of {as_of}: a table stands twice, {', '.join(table for table, _ in named)}")
        stored = max(store.time_of(table, version) for table, version in named)
        others = [table for table in filled if table not in dict(named)]
        return Versions({**dict(named), **_known_at(store, others, stored.isoformat())[0]})
    if is_version(as_of):
        if len(filled) > 1:
            raise ConfigurationError(f"--as-of {as_of}: say of which table, for instance {filled[-1]}={as_of}")
        return Versions({filled[0]: _version(store, filled[0], as_of)})
    known, missing = _known_at(store, filled, as_of)
    if not known:
        raise missing[0]
    return Versions(known)


def _known_at(store: Store, tables: Sequence[str], moment: str) -> tuple[dict[str, int], list[NotStoredYetError]]:
    """The version each table had at a moment, and why those that were not there yet have none."""
    known, missing = {}, []
    for table in tables:
        try:
            known[table] = _version(store, table, moment)
        except NotStoredYetError as error:
            missing.append(error)
    return known, missing


def _named(store: Store, tables: Sequence[str], part: str, as_of: str) -> tuple[str, int]:
    match = _NAMED.fullmatch(part)
    if match is None:
        raise ConfigurationError(f"--as-of {as_of}: write table=version, for instance {TABLES[0]}=3")
    table, version = match.groups()
    if table not in tables:
        raise ConfigurationError(f"--as-of: {one_of('table', table, tables)}")
    return table, _version(store, table, version)


def _version(store: Store, table: str, as_of: str | None) -> int:
    delta = store.open(table, as_of)
    if delta is None:
        raise StoreError(f"{table}: nothing has been stored yet; run `baocao ingest`")
    return delta.version()
