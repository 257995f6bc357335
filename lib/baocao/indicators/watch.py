"""The desk's list: dossiers resolved late, open past their due date, and due within the next days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from baocao.indicators.summary import Window, alive, resolved
from baocao.intake.vocabulary import Vocabulary
from baocao.store.dossiers import DossierScan


@dataclass(frozen=True)
class Watched:
    """One dossier of the list, by its id alone.

    Attributes
    ----------
    due
        Due date, moved by the days of a supplement where both are known.
    days
        Days late; for a dossier that is not yet due, days left.
    """

    source: str
    dossier: str
    unit: str
    field: str | None
    procedure: str | None
    received: date
    due: date
    ended: date | None
    days: int


@dataclass(frozen=True)
class Watch:
    """Dossiers resolved late in the period, open past due at its end, and due within the days after it."""

    late: Sequence[Watched]
    overdue: Sequence[Watched]
    due_soon: Sequence[Watched]

    @property
    def all(self) -> list[Watched]:
        return [*self.late, *self.overdue, *self.due_soon]


def find_watched(scan: DossierScan, vocabulary: Vocabulary, window: Window, within_days: int) -> Watch:
    """The desk's list of the units of `window` on its last day, longest delay first, soonest due first."""
    import duckdb

    lists = {
        "late": (f"{resolved(vocabulary)} AND ended > due", "ended - due", "DESC"),
        "overdue": ("NOT went AND NOT waiting AND due < last_day", "last_day - due", "DESC"),
        "due_soon": (
            f"NOT went AND NOT waiting AND due >= last_day AND due - last_day <= {int(within_days)}",
            "due - last_day",
            "ASC",
        ),
    }
    found: dict[str, list[Watched]] = {}
    with duckdb.connect() as connection:
        scan.register(connection, "dossiers")
        for name, (condition, days, order) in lists.items():
            query = f"""
                {alive(vocabulary, [window])}
                SELECT source, dossier, unit, field, procedure, received_date, due, CASE WHEN went THEN ended END,
                       CAST({days} AS INTEGER) AS days
                FROM alive WHERE {condition} ORDER BY days {order}, unit, field, procedure, dossier
            """  # noqa: S608
            rows: list[tuple[Any, ...]] = connection.sql(query).fetchall()
            found[name] = [Watched(*row) for row in rows]
    return Watch(**found)
