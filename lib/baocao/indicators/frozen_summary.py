"""The summary of all units, made once for a batch and read by each of its reports."""

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from baocao.indicators.summary import DIMENSIONS, PERIOD, Window, merge, summarise
from baocao.intake.vocabulary import Vocabulary
from baocao.store.dossiers import DossierScan
from baocao.store.frozen import frozen_store, read_arrow, write_arrow


def freeze_summary(folder: Path, scan: DossierScan, vocabulary: Vocabulary, first: date, last: date) -> None:
    """Keep the summary of all units in a window beside a frozen store, for `summarise_frozen`."""
    path = folder / _frozen_name(vocabulary, first, last)
    if not path.is_file():
        write_arrow(path, summarise(scan, vocabulary, [Window(first, last)], DIMENSIONS))


def summarise_frozen(scan: DossierScan, vocabulary: Vocabulary, window: Window, by: Sequence[str]) -> pa.Table:
    """`summarise` of one window, from what a batch has summarised where there is such a thing."""
    return summarise_each(scan, vocabulary, [window], by)


def summarise_each(scan: DossierScan, vocabulary: Vocabulary, windows: Sequence[Window], by: Sequence[str]) -> pa.Table:
    """`summarise` of several windows: one look at what a batch has summarised, one query for all others."""
    kept, left = [], []
    for place, window in enumerate(windows):
        rows = _kept(vocabulary, window)
        if rows is None:
            left.append(place)
        else:
            places = pa.array([place] * rows.num_rows, pa.int32())
            kept.append(rows.set_column(rows.schema.get_field_index(PERIOD), PERIOD, places))
    if len(left) == len(windows):
        return summarise(scan, vocabulary, windows, by)
    merged = merge(kept, by)
    if not left:
        return merged
    fresh = summarise(scan, vocabulary, [windows[place] for place in left], by)
    places = pa.array([left[place] for place in fresh.column(PERIOD).to_pylist()], pa.int32())
    fresh = fresh.set_column(fresh.schema.get_field_index(PERIOD), PERIOD, places)
    return pa.concat_tables([merged, fresh.cast(merged.schema)])


def _kept(vocabulary: Vocabulary, window: Window) -> pa.Table | None:
    """The units of a window as a batch has summarised them, if one has."""
    frozen = frozen_store()
    path = frozen.folder / _frozen_name(vocabulary, window.from_date, window.to_date) if frozen else None
    if path is None or not path.is_file():
        return None
    rows = read_arrow(path)
    return rows if window.units is None else rows.filter(pc.field("unit").isin(sorted(window.units)))


def _frozen_name(vocabulary: Vocabulary, first: date, last: date) -> str:
    return f"summary-{first}-{last}-{hashlib.sha256(repr(vocabulary).encode()).hexdigest()[:8]}.arrow"
