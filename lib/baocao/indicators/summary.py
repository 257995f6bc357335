"""The one-stop summary of dossiers: one scan for all units, fields and procedures and any number of periods.

Rules (practice of the desks; docs/decisions.md says where offices differ):

- Carried over: received before the period and not ended before it. Received: taken in within it, by channel.
- Resolved: finished within it, early, on time or late against the due date by whole days; no due date is on time.
  Time spent waiting for a supplement moves the due date where the data hold both its days.
- Pending: open at the end of the period, overdue if the due date lies before its last day. Waiting for a supplement,
  withdrawn and returned are listed apart; the last two end on their own day.
- So carried over + received = resolved + pending + awaiting + withdrawn + returned, and the next period's carried over
  is this one's pending + awaiting. A source whose forms keep withdrawn or returned `inside` counts them as resolved
  as well.

Counts are sums, so partial summaries of any split of the dossiers merge to the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from baocao.errors import ConfigurationError
from baocao.intake.one_stop import COUNTS
from baocao.intake.vocabulary import CLOSING, Vocabulary
from baocao.store.dossiers import DossierScan
from baocao.store.sql import is_one_of, literal

if TYPE_CHECKING:
    import duckdb

#: What a summary can be told apart by. `procedure` is the code where there is one, else the name.
DIMENSIONS = ("unit", "field", "procedure", "authority", "source")
#: Counts every dossier says something about, so that a unit without dossiers has 0 of them. The others may be unknown.
COUNTED = (
    "carried_over",
    "received_online",
    "received_direct",
    "received_postal",
    "resolved_early",
    "resolved_on_time",
    "resolved_late",
    "pending_in_time",
    "pending_overdue",
    "received_saturday",
)
MEMORY = "600MB"
#: Parts of the work for every worker of a cluster, so that a fast one takes over from a slow one.
SHARES = 4
CONNECT_SECONDS = 10
#: From so many units on, those nobody asked for are left out after counting.
MANY_UNITS = 100
PERIOD = "period"
PROCEDURE_NAME = "procedure_name"

_EXPRESSIONS = {"procedure": "coalesce(procedure_code, procedure)"}


@dataclass(frozen=True)
class Window:
    """Days to summarise, both included, for some units (None: all).

    Attributes
    ----------
    without
        Units and sources of lists that are not counted, because another list holds the same dossiers.
    """

    from_date: date
    to_date: date
    units: tuple[str, ...] | None = None
    without: tuple[tuple[str, str], ...] = ()


def summarise(
    scan: DossierScan,
    vocabulary: Vocabulary,
    windows: Sequence[Window],
    by: Sequence[str],
    files: Sequence[str] | None = None,
) -> pa.Table:
    """Counts of every window and every combination of `by` that has a dossier.

    Parameters
    ----------
    by
        Some of `DIMENSIONS`.
    files
        Some of the scan's files: a partial summary, to be merged with those of the others.

    Returns
    -------
    pa.Table
        Columns `period` (place in `windows`), those of `by` (`procedure_name` beside `procedure`), and `COUNTS`; blank
        where no dossier of the group says anything of the kind. Sorted by the columns it is told apart by.
    """
    with _connect() as connection:
        scan.register(connection, "dossiers", files)
        query = _query(vocabulary, windows, by)
        wanted = {"wanted": list(windows[0].units or ())} if "$wanted" in query else None
        summary: pa.Table = connection.sql(query, params=wanted).to_arrow_table()
        return summary


def merge(partials: Sequence[pa.Table], by: Sequence[str]) -> pa.Table:
    """One summary of partial ones: counts are added, a blank adds nothing, names are the first in order."""
    keys = ", ".join([PERIOD, *by])
    names = f", min({PROCEDURE_NAME}) AS {PROCEDURE_NAME}" if "procedure" in by else ""
    sums = ", ".join(f"sum({name})::BIGINT AS {name}" for name in COUNTS)
    with _connect() as connection:
        connection.register("partials", pa.concat_tables(partials))
        query = f"SELECT {keys}{names}, {sums} FROM partials GROUP BY {keys} ORDER BY {keys}"  # noqa: S608
        summary: pa.Table = connection.sql(query).to_arrow_table()
        return summary


def summarise_on(
    cluster: str, scan: DossierScan, vocabulary: Vocabulary, windows: Sequence[Window], by: Sequence[str]
) -> pa.Table:
    """The same summary, its files shared out over the workers of a Dask scheduler (`tcp://host:port`).

    Raises
    ------
    ConfigurationError
        If the scheduler does not answer or has no worker.
    """
    from distributed import Client

    connect: Any = Client
    try:
        client = connect(cluster, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"--cluster {cluster}: no Dask scheduler answers there ({error})") from None
    with client:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise ConfigurationError(f"--cluster {cluster}: the scheduler has no worker; start one with `dask worker`")
        shares = [scan.files[place :: workers * SHARES] for place in range(workers * SHARES)]
        tasks = [
            client.submit(summarise, scan, vocabulary, windows, by, share, pure=False) for share in shares if share
        ]
        return merge(client.gather(tasks), by) if tasks else summarise(scan, vocabulary, windows, by)


def _connect() -> "duckdb.DuckDBPyConnection":
    import duckdb

    return duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": False})


def _query(vocabulary: Vocabulary, windows: Sequence[Window], by: Sequence[str]) -> str:
    keys = ", ".join(f"{_EXPRESSIONS.get(name, name)} AS {name}" for name in by)
    name = f", min(procedure) AS {PROCEDURE_NAME}" if "procedure" in by else ""
    counts = ", ".join(f"{expression} AS {name}" for name, expression in _counts(vocabulary).items())
    dimensions = "".join(f", {_EXPRESSIONS.get(key, key)}" for key in by)
    having = ""
    if "unit" in by and len(windows) == 1 and len(windows[0].units or ()) > MANY_UNITS:
        # Looked up once for each group instead of once for each dossier.
        having = "HAVING unit IN (SELECT unnest($wanted))"  # thousands of literals take longer to parse than to find
        windows = [replace(windows[0], units=None)]
    return f"""
        {alive(vocabulary, windows)}
        SELECT "{PERIOD}"{"," if keys else ""} {keys}{name}, {counts}
        FROM alive GROUP BY "{PERIOD}"{dimensions} {having} ORDER BY ALL
    """  # noqa: S608


def alive(vocabulary: Vocabulary, windows: Sequence[Window]) -> str:
    """SQL that defines `alive`: the dossiers of every window that were open on some day of it.

    Beside the columns of `dossiers` it has `period` (place in `windows`), `first_day`, `last_day`, `due` (the due date
    with supplement days), `ended`, and whether the dossier `came` and `went` within the window and is `waiting` for a
    supplement at its end. Every literal in it is a day, a place, or an id of configuration, quoted.
    """
    rows, place, first, last = "dossiers", "w.place", "w.first", "w.last"
    wanted = "true"
    if len(windows) == 1:  # with plain days DuckDB skips what it need not read
        (window,) = windows
        place, first, last = "0", _day(window.from_date), _day(window.to_date)
        wanted = "true" if window.units is None else _in("unit", window.units)
    else:
        rows = f"({' UNION ALL BY NAME '.join(_by_window(windows))}) w"
    # Files of later months need not be read at all.
    latest = max(window.to_date for window in windows).strftime("%Y-%m")
    return f"""
        WITH days AS (
            SELECT *, {place} AS "{PERIOD}", {first} AS first_day, {last} AS last_day,
                   {_ended(vocabulary)} AS ended,
                   due_date + CAST(coalesce(supplement_to - supplement_from, 0) AS INTEGER) AS due
            FROM {rows} WHERE {wanted} AND received_month <= '{latest}' AND received_date <= {last}
                AND NOT {_is(vocabulary, "not-counted")}{_left_out(windows, place)}
        ), alive AS (
            SELECT *, received_date >= first_day AS came, ended IS NOT NULL AND ended <= last_day AS went,
                   {_waiting(vocabulary)} AS waiting
            FROM days WHERE ended IS NULL OR ended >= first_day
        )
    """  # noqa: S608


def resolved(vocabulary: Vocabulary) -> str:
    """SQL of “an `alive` dossier was resolved within the window”."""
    apart = _is(vocabulary, "withdrawn", "returned")
    return f"(went AND (NOT {apart} OR {_inside(vocabulary)}))"


def _counts(vocabulary: Vocabulary) -> dict[str, str]:
    """Canonical column → SQL over `alive`."""
    withdrawn = _is(vocabulary, "withdrawn")
    returned = _is(vocabulary, "returned")
    done = resolved(vocabulary)
    told = "status IS NOT NULL"

    def count(condition: str) -> str:
        return f"count(*) FILTER (WHERE {condition})"

    def count_known(condition: str, known: str) -> str:
        """Blank, not 0, where nothing is known of the kind."""
        return f"sum(CASE WHEN {known} THEN CAST({condition} AS INTEGER) END)::BIGINT"

    return {
        "carried_over": count("NOT came"),
        "received_online": count("came AND channel = 'online'"),
        "received_direct": count("came AND channel = 'direct'"),
        "received_postal": count("came AND channel = 'postal'"),
        "resolved_early": count(f"{done} AND ended < due"),
        "resolved_on_time": count(f"{done} AND (due IS NULL OR ended = due)"),
        "resolved_late": count(f"{done} AND ended > due"),
        "pending_in_time": count("NOT went AND NOT waiting AND (due IS NULL OR due >= last_day)"),
        "pending_overdue": count("NOT went AND NOT waiting AND due < last_day"),
        "awaiting_supplement": count_known("NOT went AND waiting", f"{told} OR supplement_from IS NOT NULL"),
        "withdrawn": count_known(f"went AND {withdrawn}", told),
        "returned": count_known(f"went AND {returned}", told),
        "results_postal": count_known("result_channel = 'postal'", f"{done} AND result_channel IS NOT NULL"),
        "results_online": count_known("result_channel = 'online'", f"{done} AND result_channel IS NOT NULL"),
        "results_signed": count_known("result_signed", f"{done} AND result_signed IS NOT NULL"),
        "paid_online": count_known("paid_online", "came AND paid_online IS NOT NULL"),
        "digitised_in": count_known("digitised_in", "came AND digitised_in IS NOT NULL"),
        "digitised_result": count_known("digitised_result", f"{done} AND digitised_result IS NOT NULL"),
        "received_saturday": count("came AND isodow(received_date) = 6"),
    }


def _ended(vocabulary: Vocabulary) -> str:
    """The day a dossier ended: its finish, or the handing over of the result where the state says it is closed."""
    closed = _is(vocabulary, *CLOSING)
    return f"coalesce(finished_date, CASE WHEN status IS NULL OR {closed} THEN result_date END)"


def _waiting(vocabulary: Vocabulary) -> str:
    """Whether a dossier waits for its citizen on the last day. Without days, the state it is in now has to do."""
    asked = _is(vocabulary, "awaiting-supplement")
    return (
        f"coalesce(supplement_from <= last_day AND coalesce(supplement_to > last_day, status IS NULL OR {asked}), "
        f"{asked})"
    )


def _is(vocabulary: Vocabulary, *kinds: Any) -> str:
    """The state counts as one of `kinds`; false for a dossier without a state."""
    return is_one_of("status", vocabulary.statuses_counted_as(*kinds))


def _inside(vocabulary: Vocabulary) -> str:
    cases = [
        f"(source = {literal(source)} AND {_is(vocabulary, *kinds)})"
        for source, kinds in vocabulary.inside.items()
        if kinds
    ]
    return f"({' OR '.join(cases)})" if cases else "false"


def _by_window(windows: Sequence[Window]) -> list[str]:
    """Queries of the dossiers beside the windows they are asked for in: joined, for units can be thousands."""
    everyone = [(place, window) for place, window in enumerate(windows) if window.units is None]
    some = [(place, window, unit) for place, window in enumerate(windows) for unit in window.units or ()]
    queries = []
    if everyone:
        listed = ", ".join(f"({place}, {_day(w.from_date)}, {_day(w.to_date)})" for place, w in everyone)
        queries.append(f"SELECT * FROM dossiers CROSS JOIN (VALUES {listed}) v(place, first, last)")  # noqa: S608
    if some or not everyone:
        listed = ", ".join(
            f"({place}, {_day(w.from_date)}, {_day(w.to_date)}, {literal(unit)})" for place, w, unit in some
        )
        listed = listed or "(NULL, NULL::DATE, NULL::DATE, NULL::VARCHAR)"
        queries.append(f"SELECT * FROM dossiers JOIN (VALUES {listed}) v(place, first, last, unit) USING (unit)")  # noqa: S608
    return queries


def _left_out(windows: Sequence[Window], place: str) -> str:
    """Conditions that leave out the lists each window is `without`, for thousands of units as quick as for one."""
    units: dict[tuple[int, str], list[str]] = {}
    for number, window in enumerate(windows):
        for unit, source in window.without:
            units.setdefault((number, source), []).append(unit)
    return "".join(
        f" AND NOT ({place} = {number} AND source = {literal(source)} AND {_in('unit', of)})"
        for (number, source), of in units.items()
    )


def _in(column: str, texts: Sequence[str]) -> str:
    """`column` is one of many `texts`, looked up in a hash table; null, so left out, for a blank."""
    return f"{column} IN ({', '.join(map(literal, texts))})" if texts else "false"


def _day(day: date) -> str:
    return f"DATE '{day.isoformat()}'"
