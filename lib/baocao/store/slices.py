"""What a report reads: the rows of one office and period at one version, and those of the period before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

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
        Rows of the latest stored period that began before this one, None if there is none.
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
    rows = own.filter((pc.field("from_date") == from_date) & (pc.field("to_date") == to_date))
    earlier = own.filter(pc.field("from_date") < from_date)
    latest = pc.max(earlier["from_date"]).as_py()
    previous = earlier.filter(pc.field("from_date") == latest).to_pylist() if latest is not None else None
    ordered = rows.sort_by([("table", "ascending"), ("file_row", "ascending")])
    return Slice(table, snapshot.version, ordered.to_pylist(), content_hash(rows), previous)


def stored_slices(project: Project, table: str) -> list[tuple[str, date, date]]:
    """Reporter, first and last day of everything in the newest version of `table`."""
    snapshot = Store(project.store).read(table)
    if snapshot is None:
        return []
    keys = snapshot.rows.select(["reporter", "from_date", "to_date"]).to_pylist()
    return sorted({(key["reporter"], key["from_date"], key["to_date"]) for key in keys})
