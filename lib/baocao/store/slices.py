"""What a report reads: the rows of one office and period at one version, and those of the period before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from baocao.intake.one_stop import Row
from baocao.periods import Period
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
    project: Project, table: str, reporter: str, period: Period, as_of: str | int | None = None
) -> Slice:
    """The rows of `reporter` for exactly the dates of `period`, at the newest version or as known at `as_of`."""
    snapshot = Store(project.store).read(table, None if as_of is None else str(as_of))
    if snapshot is None:
        return Slice(table, None, [], "", None)
    own = snapshot.rows.filter(pc.field("reporter") == reporter)
    rows = own.filter((pc.field("from_date") == period.from_date) & (pc.field("to_date") == period.to_date))
    earlier = own.filter(pc.field("from_date") < period.from_date)
    latest = pc.max(earlier["from_date"]).as_py()
    previous = earlier.filter(pc.field("from_date") == latest).to_pylist() if latest is not None else None
    ordered = rows.sort_by([("table", "ascending"), ("file_row", "ascending")])
    return Slice(table, snapshot.version, ordered.to_pylist(), content_hash(rows), previous)
