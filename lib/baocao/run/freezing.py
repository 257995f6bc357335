"""What a batch reads once for all its reports: the tables, a digest of every office's data, the summary of dossiers."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from baocao.indicators.frozen_summary import freeze_summary
from baocao.intake import dossiers
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project
from baocao.provenance.manifest import code_hash
from baocao.run.request import RunRequest
from baocao.store.deliveries import COVERAGE
from baocao.store.dossiers import DossierScan, scan_dossiers
from baocao.store.frozen import frozen_store, read_arrow, reading_frozen, use_frozen, write_frozen
from baocao.store.history import FINDINGS
from baocao.store.registers import INDEX
from baocao.store.tables import Store
from baocao.store.versions import Versions, resolve_versions
from baocao.units import UnitRegistry

#: Tables whose rows belong to one unit, whatever the period of a report.
OF_UNITS = (COVERAGE, FINDINGS)

Slice = tuple[str, date, date]


def freeze(
    project: Project,
    versions: Versions | None = None,
    parent: Path | None = None,
    on_new: Callable[[], object] = lambda: None,
) -> Path:
    """The store of a project in files every process of a batch reads.

    Parameters
    ----------
    versions
        Of the tables, instead of the newest ones.
    parent
        Folder for it, instead of the one where a batch keeps a single frozen store.
    on_new
        Called before it is written, unless it is there already.

    Raises
    ------
    StoreError
        If a version is not there any more.
    """
    store = Store(project.store)
    known = dict((versions or resolve_versions(store, None)).of)
    for table in (INDEX, *OF_UNITS):
        delta = store.open(table)
        if delta is not None:
            known[table] = delta.version()
    told = json.dumps([str(store.root), sorted(known.items()), code_hash()])
    name = hashlib.sha256(told.encode()).hexdigest()[:16]
    parent = parent or project.cache / "frozen"
    there = use_frozen(parent, name)
    if there is not None:
        return there
    on_new()
    small = [table for table in known if table != dossiers.TABLE]
    rows = {table: snapshot.rows for table in small if (snapshot := store.read(table, str(known[table]))) is not None}
    scan = scan_dossiers(store, str(known[dossiers.TABLE])) if dossiers.TABLE in known else None
    return write_frozen(parent, name, str(store.root), known, scan.files if scan else (), rows)


@dataclass(frozen=True)
class Digests:
    """What the data a report reads come down to: equal digests mean equal data.

    A report depends on everything its office, the units below it and those these followed delivered up to its period
    (it compares with earlier ones, and goes on with what was left open), and on the dossiers they received until then.
    """

    folder: Path
    registry: UnitRegistry

    def of(self, request: RunRequest) -> str:
        """Digest of the data of one report."""
        last = request.period.to_date
        units = {unit.code for unit in self.registry.lineage(request.unit.code)}
        parts: list[Any] = []
        for table, slices in self._slices.items():
            parts += [
                (table, unit, first, until, text)
                for unit in sorted(units & slices.keys())
                for (first, until, text) in slices[unit]
                if first <= last
            ]
        for table, of_unit in self._of_units.items():
            parts += [(table, unit, of_unit[unit]) for unit in sorted(units & of_unit.keys())]
        received = self._received(last)
        parts += [(dossiers.TABLE, unit, received[unit]) for unit in sorted(units & received.keys())]
        return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()

    @cached_property
    def _tables(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.arrow") if not path.stem.startswith("summary-"))

    @cached_property
    def _slices(self) -> Mapping[str, Mapping[str, Sequence[tuple[date, date, str]]]]:
        """By table and reporter: first day, last day and digest of every slice."""
        found: dict[str, dict[str, list[tuple[date, date, str]]]] = {}
        for table in self._tables:
            if table in (INDEX, *OF_UNITS):
                continue
            by_reporter = found.setdefault(table, {})
            for reporter, first, last, text in self._hashed(table, ("reporter", "from_date", "to_date")):
                by_reporter.setdefault(reporter, []).append((first, last, text))
        return found

    @cached_property
    def _of_units(self) -> Mapping[str, Mapping[str, str]]:
        return {
            table: {unit: text for unit, text in self._hashed(table, ("unit",)) if unit is not None}
            for table in self._tables
            if table in OF_UNITS
        }

    def _hashed(self, table: str, by: Sequence[str]) -> list[tuple[Any, ...]]:
        import duckdb

        with duckdb.connect() as connection:
            connection.register("kept", read_arrow(self.folder / f"{table}.arrow"))
            return _digest(connection, "kept", by, "true")

    @cached_property
    def _known_received(self) -> dict[date, Mapping[str, str]]:
        return {}

    def _received(self, last: date) -> Mapping[str, str]:
        """Digest of each unit's dossiers received until a day; counted once for a version and kept."""
        if last not in self._known_received:
            self._known_received[last] = self._read_received(last)
        return self._known_received[last]

    def _read_received(self, last: date) -> Mapping[str, str]:
        with reading_frozen(self.folder):
            frozen = frozen_store()
        if frozen is None or dossiers.TABLE not in frozen.versions:
            return {}
        kept = self.folder / f"received-{last}.json"
        if not kept.is_file():
            import duckdb

            scan = DossierScan(f"{frozen.root}/{dossiers.TABLE}", frozen.versions[dossiers.TABLE], frozen.dossiers)
            with duckdb.connect() as connection:
                scan.register(connection, "stored")
                found = _digest(connection, "stored", ("unit",), f"received_date <= DATE '{last}'")
            kept.write_text(json.dumps({unit: text for unit, text in found if unit is not None}), encoding="utf-8")
        content: Mapping[str, str] = json.loads(kept.read_text(encoding="utf-8"))
        return content


def _digest(connection: Any, table: str, by: Sequence[str], where: str) -> list[tuple[Any, ...]]:
    """Keys and digest of every group of rows, whatever the order of the rows in it."""
    keys = ", ".join(by)
    query = f"""
        SELECT {keys}, count(*) || ':' || sum(hash(r)::HUGEINT) || ':' || bit_xor(hash(r)) FROM {table} AS r
        WHERE {where} GROUP BY {keys} ORDER BY ALL
    """  # noqa: S608 -- names and days of our own
    rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return rows


def summarise_ahead(project: Project, folder: Path, requests: Iterable[RunRequest]) -> None:
    """One scan over the dossiers for each window the reports ask for, kept beside the frozen tables."""
    windows = sorted({(request.period.from_date, request.period.to_date) for request in requests})
    with reading_frozen(folder):
        scan = scan_dossiers(Store(project.store))
        if scan is None:
            return
        vocabulary = load_vocabulary(project)
        for first, last in windows:
            freeze_summary(folder, scan, vocabulary, first, last)
