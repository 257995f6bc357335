"""What came back, as the store keeps it: every workbook with its sender, its day and what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

import pyarrow as pa

from baocao.store.registers import INDEX
from baocao.store.tables import Store

#: Table of the workbooks that came back. It is listed among the registers' tables, so that a report that reads it is
#: made again as of the same version and its batch knows when it changed.
TABLE = "collected"
State = Literal["stored", "returned"]
SCHEMA = pa.schema(
    [
        ("reporter", pa.string()),
        ("from_date", pa.date32()),
        ("to_date", pa.date32()),
        ("period", pa.string()),
        ("number", pa.int32()),
        ("received", pa.date32()),
        ("state", pa.string()),
        ("forms", pa.string()),
        ("problems", pa.int32()),
        ("first_problem", pa.string()),
        ("changes", pa.int32()),
        ("source_hash", pa.string()),
    ]
)
_SLICE = ("reporter", "from_date", "to_date", "source_hash")


@dataclass(frozen=True)
class Receipt:
    """A workbook that came back from a unit.

    Attributes
    ----------
    reporter
        Code of the unit: the sender.
    number
        Which of the unit's workbooks of the period it is, counted from 1.
    received
        Day on which it came.
    state
        Of several that are stored the last one says what holds.
    forms
        Ids with their versions, `one-stop-by-field@3f…`, parted by commas.
    changes
        Cells in which it differs from the one stored before.
    """

    reporter: str
    from_date: date
    to_date: date
    period: str
    number: int
    received: date
    state: State
    forms: str
    problems: int
    first_problem: str
    changes: int
    source_hash: str

    @property
    def form_ids(self) -> frozenset[str]:
        return frozenset(form.partition("@")[0] for form in self.forms.split(","))


def read_receipts(store: Store, as_of: str | None = None, period: str | None = None) -> list[Receipt]:
    """All receipts, or those of a period, in the order in which each unit sent them."""
    snapshot = store.read(TABLE, as_of, [] if period is None else [("period", "=", period)])
    if snapshot is None:
        return []
    ordered = snapshot.rows.sort_by([(name, "ascending") for name in ("period", "reporter", "number")])
    return [Receipt(**row) for row in ordered.to_pylist()]


def keep_receipts(store: Store, receipts: Iterable[Receipt]) -> int:
    """Keep what became of workbooks; the version of the table, -1 while nothing ever came."""
    rows: Sequence[dict[str, object]] = [asdict(receipt) for receipt in receipts]
    if rows:
        store.replace_slices(INDEX, pa.table({"table": [TABLE]}), ["table"])
    return store.replace_slices(TABLE, pa.Table.from_pylist(rows, schema=SCHEMA), _SLICE).version
