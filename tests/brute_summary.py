"""The one-stop summary once more, slowly: every dossier is followed day by day, as a clerk with a diary would count.

Written from the rules of the desks, not from `baocao.indicators.summary`: nothing here compares a span of days with
another one. What a state means is written down again, so that a change of `params/dossiers.yaml` is noticed as well.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from baocao.intake.dossiers import PARTITIONS, SCHEMA
from baocao.store.dossiers import DossierScan

Row = Mapping[str, Any]
#: First and last day, and the units they are about (None: all).
Span = tuple[date, date, Collection[str] | None]

DAY = timedelta(days=1)
NOT_COUNTED = ("registered", "refused")
RESOLVED = ("finished", "delivered")
ENDINGS = {"withdrawn": "withdrawn", "stopped": "returned"}
ASKED = "supplement"
STATUSES = (*NOT_COUNTED, "received", "processing", ASKED, "financial", *ENDINGS, *RESOLVED)
#: Counts that are blank where nothing is known, never 0 for that.
OPTIONAL = (
    "awaiting_supplement",
    "withdrawn",
    "returned",
    "results_postal",
    "results_online",
    "results_signed",
    "paid_online",
    "digitised_in",
    "digitised_result",
)


def dossier(name: str = "HS-1", **values: Any) -> dict[str, Any]:
    """A dossier as the store keeps it: taken in at the counter of unit `a` on Monday 2 March 2020, being processed."""
    plain: dict[str, Any] = {
        "source": "office",
        "dossier": name,
        "unit": "a",
        "field": "Đất đai",
        "procedure": "Đăng ký đất",
        "received_date": date(2020, 3, 2),
        "channel": "direct",
        "status": "processing",
        "authority": "own",
        "source_hash": "0",
        "source_row": 1,
    }
    unknown = values.keys() - set(SCHEMA.names)
    assert not unknown, f"no columns of a dossier: {unknown}"
    made = dict.fromkeys(SCHEMA.names) | plain | values
    received = made["received_date"]
    return made | {"received_month": "none" if received is None else f"{received:%Y-%m}"}


def parquet_scan(folder: Path, rows: Iterable[Row], parts: int = 1) -> DossierScan:
    """Rows as files in the folders of the store's partitions, those of a folder dealt out over `parts` files."""
    groups: dict[tuple[str, str, int], list[Row]] = {}
    for place, row in enumerate(rows):
        groups.setdefault((row["source"], row["received_month"], place % parts), []).append(row)
    schema = pa.schema([field for field in SCHEMA if field.name not in PARTITIONS])
    files = []
    for (source, month, part), group in groups.items():
        file = folder / f"source={source}" / f"received_month={month}" / f"part-{part}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [{name: row[name] for name in schema.names} for row in group]
        pq.write_table(pa.Table.from_pylist(lines, schema=schema), file)
        files.append(str(file))
    return DossierScan(str(folder), 0, tuple(sorted(files)))


def brute_summary(
    rows: Iterable[Row], spans: Sequence[Span], by: Sequence[str], inside: Mapping[str, Collection[str]]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Place in `spans` and values of `by` → counts, and `procedure_name` where procedures are told apart."""
    listed = list(rows)
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for place, (first, last, units) in enumerate(spans):
        days = [first + DAY * number for number in range((last - first).days + 1)]
        for row in listed:
            if units is not None and row["unit"] not in units:
                continue
            told = _told(row, days, inside.get(row["source"], ()))
            if told is not None:
                key = (place, *(_value(row, name) for name in by))
                groups.setdefault(key, []).append(told | {"name": row["procedure"]})
    return {key: _added(group, "procedure" in by) for key, group in groups.items()}


def _value(row: Row, dimension: str) -> Any:
    if dimension == "procedure" and row["procedure_code"] is not None:
        return row["procedure_code"]
    return row[dimension]


def _added(group: Sequence[dict[str, Any]], with_name: bool) -> dict[str, Any]:
    counts = {}
    for name in group[0].keys() - {"name"}:
        said = [told[name] for told in group if told[name] is not None]
        counts[name] = sum(said) if said else None
    if with_name:
        counts["procedure_name"] = min((told["name"] for told in group if told["name"] is not None), default=None)
    return counts


def _told(row: Row, days: Sequence[date], inside: Collection[str]) -> dict[str, int | None] | None:
    """What one dossier says of a period: 0, 1 or nothing (None) in every column; None if it is not part of it."""
    before = _state(row, days[0] - DAY)
    after = _state(row, days[-1])
    if after == "not there" or before not in ("not there", "open", "awaiting"):
        return None
    came = row["received_date"] in days
    went = next((day for day in days if _state(row, day) not in ("not there", "open", "awaiting")), None)
    resolved = went is not None and (after == "resolved" or after in inside)
    due = _due(row)
    told: dict[str, int | None] = {
        "carried_over": int(before != "not there"),
        **{
            f"received_{channel}": int(came and row["channel"] == channel) for channel in ("online", "direct", "postal")
        },
        "received_saturday": int(came and f"{row['received_date']:%a}" == "Sat"),
        **dict.fromkeys(
            ("resolved_early", "resolved_on_time", "resolved_late", "pending_in_time", "pending_overdue"), 0
        ),
    }
    if went is not None and resolved:
        to_spare = 0 if due is None else (due - went).days
        told["resolved_early" if to_spare > 0 else "resolved_late" if to_spare < 0 else "resolved_on_time"] = 1
    if after == "open":
        told["pending_overdue" if due is not None and (due - days[-1]).days < 0 else "pending_in_time"] = 1
    told |= dict.fromkeys(OPTIONAL)
    if row["status"] is not None or row["supplement_from"] is not None:
        told["awaiting_supplement"] = int(after == "awaiting")
    if row["status"] is not None:
        told |= {ending: int(after == ending) for ending in ("withdrawn", "returned")}
    if resolved and row["result_channel"] is not None:
        told |= {f"results_{channel}": int(row["result_channel"] == channel) for channel in ("postal", "online")}
    for name, applies in (
        ("results_signed", resolved),
        ("digitised_result", resolved),
        ("paid_online", came),
        ("digitised_in", came),
    ):
        flag = row["result_signed" if name == "results_signed" else name]
        if applies and flag is not None:
            told[name] = int(flag)
    return told


def _state(row: Row, day: date) -> str:
    """Where a dossier stands in the evening of a day, as far as the data tell."""
    if row["status"] in NOT_COUNTED or row["received_date"] > day:
        return "not there"
    ended = row["finished_date"]
    if ended is None and (row["status"] is None or row["status"] in (*RESOLVED, *ENDINGS)):
        ended = row["result_date"]
    if ended is not None and ended <= day:
        return ENDINGS.get(row["status"], "resolved")
    return "awaiting" if _awaits(row, day) else "open"


def _awaits(row: Row, day: date) -> bool:
    """Asked and not answered yet; where a day is missing, the state the dossier is in now has to do."""
    asked, answered = row["supplement_from"], row["supplement_to"]
    if answered is not None and answered <= day:
        return False
    if asked is None:
        return bool(row["status"] == ASKED)
    if asked > day:
        return False
    return answered is not None or row["status"] in (None, ASKED)


def _due(row: Row) -> date | None:
    """The due date, a day later for every night the dossier waited for a supplement."""
    due: date | None = row["due_date"]
    night, answered = row["supplement_from"], row["supplement_to"]
    if due is None or night is None or answered is None:
        return due
    while night != answered:
        due, night = due + DAY, night + DAY
    return due
