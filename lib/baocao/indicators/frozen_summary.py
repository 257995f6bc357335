"""The summary of all units, made once for a batch and read by each of its reports."""

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from baocao.indicators.summary import DIMENSIONS, Window, merge, summarise
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
    frozen = frozen_store()
    path = frozen.folder / _frozen_name(vocabulary, window.from_date, window.to_date) if frozen else None
    if path is None or not path.is_file():
        return summarise(scan, vocabulary, [window], by)
    rows = read_arrow(path)
    if window.units is not None:
        rows = rows.filter(pc.field("unit").isin(sorted(window.units)))
    return merge([rows], by)


def _frozen_name(vocabulary: Vocabulary, first: date, last: date) -> str:
    return f"summary-{first}-{last}-{hashlib.sha256(repr(vocabulary).encode()).hexdigest()[:8]}.arrow"
