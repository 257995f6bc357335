"""What a report read of the store: of every table its version, and a hash of its office's rows up to its period."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from baocao.indicators.frozen_summary import summarise_frozen
from baocao.indicators.summary import DIMENSIONS, Window
from baocao.intake import dossiers
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project
from baocao.provenance.manifest import TableSlice
from baocao.store.deliveries import COVERAGE
from baocao.store.dossiers import scan_dossiers
from baocao.store.history import FINDINGS
from baocao.store.tables import Store, Where, content_hash
from baocao.store.versions import Versions


@dataclass(frozen=True)
class Reading:
    """What a report asked the store for: the units of its office, its dates, the version of every table."""

    units: Collection[str]
    from_date: date
    to_date: date
    versions: Versions


def read_slices(project: Project, reading: Reading, summarised: Mapping[str, object] | None) -> dict[str, TableSlice]:
    """A slice of every table there was.

    Parameters
    ----------
    summarised
        What the report recorded of the summary of dossiers, so that it is not made twice.
    """
    slices = {}
    for table, version in sorted(reading.versions.of.items()):
        if table == dossiers.TABLE:
            slices[table] = _of_dossiers(project, reading, summarised)
        else:
            slices[table] = _slice(version, _of_reporters(project, table, reading))
    return slices


def read_beside(project: Project, reading: Reading) -> dict[str, TableSlice]:
    """What is kept beside the dossiers: which days are covered, and what checks found."""
    version = reading.versions.of.get(dossiers.TABLE)
    if version is None:
        return {}
    store = Store(project.store)
    slices = {}
    known_then: dict[str, Where] = {
        COVERAGE: [("since_version", "<=", version)],
        FINDINGS: [("version", "=", version)],
    }
    for table, where in known_then.items():
        snapshot = store.read(table, where=[*where, ("unit", "in", sorted(reading.units))])
        if snapshot is not None:
            slices[table] = _slice(None, snapshot.rows)
    return slices


def _of_dossiers(project: Project, reading: Reading, summarised: Mapping[str, object] | None) -> TableSlice:
    if summarised is not None:
        return TableSlice.model_validate(summarised)
    version = reading.versions.of[dossiers.TABLE]
    scan = scan_dossiers(Store(project.store), str(version))
    window = Window(reading.from_date, reading.to_date, tuple(sorted(reading.units)))
    rows = None if scan is None else summarise_frozen(scan, load_vocabulary(project), window, DIMENSIONS)
    return _slice(version, rows)


def _of_reporters(project: Project, table: str, reading: Reading) -> pa.Table | None:
    mine: Where = [("reporter", "in", sorted(reading.units)), ("from_date", "<=", reading.to_date)]
    snapshot = Store(project.store).read(table, str(reading.versions.of[table]), mine)
    return None if snapshot is None else snapshot.rows


def _slice(version: int | None, rows: pa.Table | None) -> TableSlice:
    rows = pa.table({}) if rows is None else rows
    return TableSlice(version=version, rows=rows.num_rows, content_hash=content_hash(rows.to_pylist()))
