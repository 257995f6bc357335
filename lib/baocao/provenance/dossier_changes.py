"""Dossiers that differ between two versions of their table, and what each of them adds to the counts of a period."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import pyarrow as pa

from baocao.indicators.summary import PROCEDURE_NAME, Window, summarise
from baocao.intake.dossiers import CONTENT, KEY
from baocao.intake.one_stop import COUNTS
from baocao.intake.vocabulary import Vocabulary
from baocao.store.dossiers import DossierScan
from baocao.store.sql import is_one_of

Kind = Literal["added", "removed", "moved", "finished", "corrected"]
#: What changes when a dossier is finished and its result handed over.
_OF_FINISH = frozenset(
    {"finished_date", "result_date", "status", "result_channel", "result_signed", "digitised_result"}
)
_BY = (*KEY, "unit", "field", "procedure", "authority")


@dataclass(frozen=True)
class Counted:
    """What a dossier adds to the counts of a period: of which unit, field and procedure, and to which columns."""

    unit: str
    field: str | None
    procedure: str | None
    authority: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class DossierChange:
    """A dossier that is not as it was.

    Attributes
    ----------
    columns
        Every column that changed, as it was and as it is; none of a dossier that was added or removed.
    old, new
        What it added to the counts of the period then, and does now; None where nothing.
    """

    source: str
    dossier: str
    kind: Kind
    columns: Mapping[str, tuple[Any, Any]]
    old: Counted | None
    new: Counted | None

    @property
    def counts(self) -> bool:
        """Whether it changes any count of the period."""
        return self.old != self.new


@dataclass(frozen=True)
class _Chosen(DossierScan):
    """Some dossiers of a scan."""

    ids: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _table(self) -> pa.Table:
        return pa.table(list(map(list, zip(*self.ids, strict=True))), names=list(KEY))

    def register(self, connection: Any, name: str, files: Sequence[str] | None = None) -> None:
        super().register(connection, f"{name}_all", files)
        connection.register(f"{name}_ids", self._table)
        connection.execute(f"CREATE TEMP VIEW {name} AS FROM {name}_all SEMI JOIN {name}_ids USING ({', '.join(KEY)})")


def dossier_changes(
    old: DossierScan, new: DossierScan, vocabulary: Vocabulary, window: Window, units: Collection[str]
) -> list[DossierChange]:
    """Dossiers of `units` that differ, by source and id; a file both versions have holds none of them."""
    found = _changed_rows(old, new, units)
    if not found:
        return []
    counted = [_counted(scan, vocabulary, window, files, list(found)) for scan, files in _apart(old, new)]
    return [
        DossierChange(*key, kind, columns, counted[0].get(key), counted[1].get(key))
        for key, (kind, columns) in sorted(found.items())
    ]


def _apart(old: DossierScan, new: DossierScan) -> list[tuple[DossierScan, tuple[str, ...]]]:
    """Each version with the files that only it has."""
    return [
        (scan, tuple(file for file in scan.files if file not in set(other.files)))
        for scan, other in ((old, new), (new, old))
    ]


def _changed_rows(
    old: DossierScan, new: DossierScan, units: Collection[str]
) -> dict[tuple[str, str], tuple[Kind, dict[str, tuple[Any, Any]]]]:
    import duckdb

    content = ", ".join(f'"{name}"' for name in CONTENT)
    with duckdb.connect() as connection:
        for name, (scan, files) in zip(("old", "new"), _apart(old, new), strict=True):
            scan.register(connection, f"{name}_all", files)
            connection.execute(
                f"CREATE TEMP VIEW {name}_rows AS SELECT {', '.join(KEY)}, {content}, true AS there FROM {name}_all"  # noqa: S608
            )
        shown = ", ".join(f'{side}."{name}"' for side in ("o", "n") for name in (*CONTENT, "there"))
        wanted = sorted(units)
        rows = connection.execute(
            f"""
            SELECT {", ".join(KEY)}, {shown} FROM old_rows o FULL JOIN new_rows n USING ({", ".join(KEY)})
            WHERE ({is_one_of("o.unit", wanted)} OR {is_one_of("n.unit", wanted)})
                AND (o.there IS NULL OR n.there IS NULL
                     OR ({", ".join(f'o."{name}"' for name in CONTENT)}) IS DISTINCT FROM
                        ({", ".join(f'n."{name}"' for name in CONTENT)}))
            """  # noqa: S608 -- names of our own, units quoted
        ).fetchall()
    width = len(CONTENT) + 1
    found = {}
    for source, dossier, *cells in rows:
        before, after = cells[:width], cells[width:]
        columns = {name: (was, now) for name, was, now in zip(CONTENT, before, after, strict=False) if was != now}
        found[source, dossier] = _kind(before[-1], after[-1], columns)
    return found


def _kind(was: bool | None, now: bool | None, columns: dict[str, tuple[Any, Any]]) -> tuple[Kind, dict[str, Any]]:
    if not was or not now:
        return ("removed" if was else "added"), {}
    if "unit" in columns:
        return "moved", columns
    finished = columns.get("finished_date", (None, None))
    if finished[0] is None and finished[1] is not None and columns.keys() <= _OF_FINISH:
        return "finished", columns
    return "corrected", columns


def _counted(
    scan: DossierScan, vocabulary: Vocabulary, window: Window, files: Sequence[str], ids: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Counted]:
    chosen = _Chosen(scan.address, scan.version, scan.files, tuple(ids))
    found = {}
    for row in summarise(chosen, vocabulary, [window], _BY, files).to_pylist():
        counts = {name: row[name] for name in COUNTS if row[name]}
        procedure = row[PROCEDURE_NAME] or row["procedure"]
        found[row["source"], row["dossier"]] = Counted(row["unit"], row["field"], procedure, row["authority"], counts)
    return found
