"""What a report reads: the rows of one office and period at one version, and those of the period before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from baocao.intake.one_stop import Row
from baocao.project import Project
from baocao.store.tables import Store, content_hash


@dataclass(frozen=True)
class Slice:
    """Rows of one reporter and period.

    Attributes
    ----------
    version
        Version of the table they were read at; None while nothing was ever stored.
    previous
        Rows of the stored period before this one, None if there is none.
    """

    table: str
    version: int | None
    rows: Sequence[Row]
    content_hash: str
    previous: Sequence[Row] | None

    def record(self) -> dict[str, Any]:
        """The slice for `manifest.json`."""
        return {self.table: {"version": self.version, "rows": len(self.rows), "content_hash": self.content_hash}}


def load_slice(
    project: Project, table: str, reporter: str, from_date: date, to_date: date, as_of: str | None = None
) -> Slice:
    """The rows of `reporter` for exactly these dates, at the newest version or as known at `as_of`."""
    snapshot = Store(project.store).read(table, as_of)
    if snapshot is None:
        return Slice(table, None, [], "", None)
    own = snapshot.rows.filter(pc.field("reporter") == reporter)
    rows = own.filter(_of_dates(from_date, to_date))
    before = _period_before(own, from_date, to_date)
    previous = own.filter(_of_dates(*before)).to_pylist() if before else None
    ordered = rows.sort_by([("table", "ascending"), ("file_row", "ascending")])
    return Slice(table, snapshot.version, ordered.to_pylist(), content_hash(rows), previous)


def _of_dates(from_date: date, to_date: date) -> pc.Expression:
    return (pc.field("from_date") == from_date) & (pc.field("to_date") == to_date)


def _period_before(own: pa.Table, from_date: date, to_date: date) -> tuple[date, date] | None:
    """Dates of the stored period that ends last before this one does, also if the two overlap.

    A period that began earlier and reaches as far or farther (the quarter a month lies in) is not before it.
    """
    stored = {(row["from_date"], row["to_date"]) for row in own.select(["from_date", "to_date"]).to_pylist()}
    earlier = [dates for dates in stored if dates[0] < from_date and dates[1] < to_date]
    return max(earlier, key=lambda dates: (dates[1], dates[0]), default=None)


def stored_slices(project: Project, table: str) -> list[tuple[str, date, date]]:
    """Reporter, first and last day of everything in the newest version of `table`."""
    snapshot = Store(project.store).read(table)
    if snapshot is None:
        return []
    keys = snapshot.rows.select(["reporter", "from_date", "to_date"]).to_pylist()
    return sorted({(key["reporter"], key["from_date"], key["to_date"]) for key in keys})
