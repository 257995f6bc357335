"""What a report reads of the stored summary tables: the rows of one office and period, and of the period before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from baocao.intake.one_stop import SCHEMA, TABLE, Row
from baocao.store.tables import Store, Where


@dataclass(frozen=True)
class StoredTables:
    """Rows of one reporter and period, and of the latest stored period before it (None if there is none)."""

    rows: Sequence[Row]
    previous: Sequence[Row] | None


def stored_tables(store: Store, reporter: str, from_date: date, to_date: date, as_of: str | None) -> StoredTables:
    """The rows of `reporter` for exactly these dates, at the newest version or as known at `as_of`."""
    own = summary_rows(store, as_of, [("reporter", "=", reporter)])
    before = _period_before(own, from_date, to_date)
    return StoredTables(_of_dates(own, (from_date, to_date)), _of_dates(own, before) if before else None)


def summary_rows(store: Store, as_of: str | None = None, where: Where = ()) -> list[Row]:
    """Rows of all offices' summary tables, in the order of their tables and files; none if nothing was ever stored."""
    snapshot = store.read(TABLE, as_of, where, SCHEMA)
    if snapshot is None:
        return []
    ordered: list[Row] = snapshot.rows.sort_by([("table", "ascending"), ("file_row", "ascending")]).to_pylist()
    return ordered


def _of_dates(rows: Sequence[Row], dates: tuple[date, date]) -> list[Row]:
    return [row for row in rows if (row["from_date"], row["to_date"]) == dates]


def _period_before(own: Sequence[Row], from_date: date, to_date: date) -> tuple[date, date] | None:
    """Dates of the stored period that ends last before this one does, also if the two overlap.

    A period that began earlier and reaches as far or farther (the quarter a month lies in) is not before it.
    """
    stored = {(row["from_date"], row["to_date"]) for row in own}
    earlier = [dates for dates in stored if dates[0] < from_date and dates[1] < to_date]
    return max(earlier, key=lambda dates: (dates[1], dates[0]), default=None)


def stored_periods(store: Store) -> list[tuple[str, date, date]]:
    """Reporter, first and last day of everything in the newest version of the summary tables."""
    snapshot = store.read(TABLE)
    if snapshot is None:
        return []
    columns = ["reporter", "from_date", "to_date"]
    keys = snapshot.rows.group_by(columns).aggregate([]).select(columns).to_pydict()
    return sorted(zip(*keys.values(), strict=True))
