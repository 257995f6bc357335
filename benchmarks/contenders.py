"""The same work by each contender, one to a process: `python -m benchmarks.contenders NAME STORE` prints what it cost.

Seconds are those of the work itself, without starting Python and importing; memory is the peak of the whole process.
The answer is one number for each count over all units, so that contenders can be compared.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

FROM, TO = date(2024, 3, 15), date(2024, 6, 14)
#: What every contender counts for each unit.
COUNTED = (
    *("carried_over", "received_online", "received_direct", "received_postal"),
    *("resolved_early", "resolved_on_time", "resolved_late", "pending_in_time", "pending_overdue"),
    *("awaiting_supplement", "withdrawn", "returned", "paid_online", "received_saturday"),
)
OPEN = ("received", "processing", "supplement", "financial")

Answer = dict[str, int]
Work = Callable[[], Answer]


def ours_summary(store: Path) -> Work:
    """`baocao summary` of all units: opening the table, the scan, names, silence and gaps."""
    import duckdb

    from baocao.indicators.unit_summary import summarise_units
    from baocao.project import find_project

    duckdb.connect().close()
    project = find_project(store.parents[1])

    def work() -> Answer:
        rows = summarise_units(project, "level=commune", "2024-Q2", from_date=FROM, to_date=TO).rows
        return {name: sum(row[name] or 0 for row in rows) for name in COUNTED}

    return work


def bare_summary(store: Path) -> Work:
    """The counts as one hand-written query over the same files: the physical limit."""
    import duckdb

    connection = duckdb.connect()
    files = f"{store}/dossiers/*/*/*.parquet"
    went = f"ended <= DATE '{TO}'"
    resolved = f"{went} AND status NOT IN ('withdrawn', 'stopped')"
    waiting = f"""coalesce(supplement_from <= DATE '{TO}' AND coalesce(supplement_to > DATE '{TO}',
        status = 'supplement'), status = 'supplement')"""
    counts = {
        "carried_over": f"received_date < DATE '{FROM}'",
        **{
            f"received_{channel}": f"received_date >= DATE '{FROM}' AND channel = '{channel}'"
            for channel in ("online", "direct", "postal")
        },
        "resolved_early": f"{resolved} AND ended < due",
        "resolved_on_time": f"{resolved} AND (due IS NULL OR ended = due)",
        "resolved_late": f"{resolved} AND ended > due",
        "pending_in_time": f"({went}) IS NOT TRUE AND NOT {waiting} AND (due IS NULL OR due >= DATE '{TO}')",
        "pending_overdue": f"({went}) IS NOT TRUE AND NOT {waiting} AND due < DATE '{TO}'",
        "awaiting_supplement": f"({went}) IS NOT TRUE AND {waiting}",
        "withdrawn": f"{went} AND status = 'withdrawn'",
        "returned": f"{went} AND status = 'stopped'",
        "results_postal": f"{resolved} AND result_channel = 'postal'",
        "results_online": f"{resolved} AND result_channel = 'online'",
        "results_signed": f"{resolved} AND result_signed",
        "paid_online": f"received_date >= DATE '{FROM}' AND paid_online",
        "digitised_in": f"received_date >= DATE '{FROM}' AND digitised_in",
        "digitised_result": f"{resolved} AND digitised_result",
        "received_saturday": f"received_date >= DATE '{FROM}' AND isodow(received_date) = 6",
    }
    listed = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in counts.items())
    query = f"""
        WITH days AS (
            SELECT *, coalesce(finished_date, CASE WHEN status NOT IN {OPEN} THEN result_date END) AS ended,
                due_date + CAST(coalesce(supplement_to - supplement_from, 0) AS INTEGER) AS due
            FROM read_parquet('{files}', hive_partitioning = true)
            WHERE received_month <= '{TO:%Y-%m}' AND received_date <= DATE '{TO}')
        SELECT unit, {listed} FROM days WHERE ended IS NULL OR ended >= DATE '{FROM}' GROUP BY unit ORDER BY unit
    """  # noqa: S608

    def work() -> Answer:
        columns = ["unit", *counts]
        rows = [dict(zip(columns, row, strict=True)) for row in connection.sql(query).fetchall()]
        return {name: sum(row[name] for row in rows) for name in COUNTED}

    return work


def pandas_summary(store: Path) -> Work:
    """The counts in pandas, reading only the columns they need."""
    import numpy as np
    import pandas as pd

    days = ["received_date", "due_date", "finished_date", "result_date", "supplement_from", "supplement_to"]
    columns = ["unit", "channel", "status", "paid_online", *days]

    def work() -> Answer:
        files = [
            path
            for path in sorted((store / "dossiers").glob("*/*/*.parquet"))
            if path.parent.name[-7:] <= f"{TO:%Y-%m}"
        ]
        data = pd.concat([pd.read_parquet(file, columns=columns) for file in files], ignore_index=True)
        for name in days:
            data[name] = pd.to_datetime(data[name])
        first, last = pd.Timestamp(FROM), pd.Timestamp(TO)
        closed = ~data["status"].isin(OPEN)
        ended = data["finished_date"].fillna(data["result_date"].where(closed))
        alive = (data["received_date"] <= last) & (ended.isna() | (ended >= first))
        data, ended = data[alive], ended[alive]
        due = data["due_date"] + (data["supplement_to"] - data["supplement_from"]).fillna(pd.Timedelta(0))
        came, went = data["received_date"] >= first, ended <= last
        apart = data["status"].isin(["withdrawn", "stopped"])
        done = went & ~apart
        asked = data["status"] == "supplement"
        waiting = np.where(
            data["supplement_from"].isna(),
            asked,
            (data["supplement_from"] <= last)
            & ((data["supplement_to"] > last) | (data["supplement_to"].isna() & asked)),
        )
        open_ = ~went & ~waiting
        masks = {
            "carried_over": ~came,
            **{f"received_{name}": came & (data["channel"] == name) for name in ("online", "direct", "postal")},
            "resolved_early": done & (ended < due),
            "resolved_on_time": done & (due.isna() | (ended == due)),
            "resolved_late": done & (ended > due),
            "pending_in_time": open_ & (due.isna() | (due >= last)),
            "pending_overdue": open_ & (due < last),
            "awaiting_supplement": ~went & waiting,
            "withdrawn": went & (data["status"] == "withdrawn"),
            "returned": went & (data["status"] == "stopped"),
            "paid_online": came & data["paid_online"].fillna(False).astype(bool),
            "received_saturday": came & (data["received_date"].dt.dayofweek == 5),
        }
        counts = pd.DataFrame(masks).groupby(data["unit"].to_numpy()).sum()
        return {name: int(counts[name].sum()) for name in COUNTED}

    return work


def ours_checks(store: Path) -> Work:
    """The dossier suite over every unit: found by DuckDB, judged by Great Expectations (imported beforehand)."""
    import duckdb

    from baocao.checks.dossier_suite import load_dossier_suite
    from baocao.checks.dossier_violations import find_violations
    from baocao.checks.dossiers import judged
    from baocao.checks.judge import the_judge
    from baocao.intake.vocabulary import load_vocabulary
    from baocao.project import find_project
    from baocao.store.deliveries import coverage
    from baocao.store.dossiers import scan_dossiers
    from baocao.store.tables import Store

    duckdb.connect().close()
    the_judge()
    project = find_project(store.parents[1])

    def work() -> Answer:
        tables = Store(project.store)
        scan = scan_dossiers(tables)
        if scan is None:
            raise SystemExit("the store is empty")
        suite = load_dossier_suite(project)
        found = find_violations(scan, suite, load_vocabulary(project), coverage(tables, scan.version), None)
        failing = judged(suite, found)
        wanted = ("due-after-received", "state-agrees-with-finish")
        return {name: sum(group.failing for group in failing if group.expectation == name) for name in wanted}

    return work


def bare_checks(store: Path) -> Work:
    """The same rules as bare SQL over the same files: counts by unit and month, the names of every code, the ids."""
    import duckdb

    connection = duckdb.connect()
    files = f"read_parquet('{store}/dossiers/*/*/*.parquet', hive_partitioning = true)"
    rules = {
        "due-after-received": "due_date < received_date",
        "received-after-submitted": "received_date < submitted_date",
        "delivered-after-finished": "result_date < finished_date",
        "state-agrees-with-finish": f"finished_date IS NOT NULL AND status IN {OPEN}",
        "known-on-delivery": "greatest(received_date, finished_date, result_date) > DATE '2024-12-31'",
        "field-filled": "field IS NULL",
        "procedure-filled": "procedure IS NULL",
        "due-date-filled": "due_date IS NULL",
    }
    counts = ", ".join(f'count(*) FILTER (WHERE {rule}) AS "{name}"' for name, rule in rules.items())
    by_month = f"""SELECT unit, source, received_month, count(*), min(received_date), max(received_date), {counts}
        FROM {files} GROUP BY ALL"""  # noqa: S608
    names = f"""
        WITH names AS (SELECT procedure_code, procedure, count(*) AS n FROM {files} GROUP BY ALL),
        usual AS (SELECT procedure_code, max_by(procedure, n) AS usual FROM names GROUP BY ALL HAVING count(*) > 1)
        SELECT unit, count(*), count(*) FILTER (WHERE procedure <> usual) FROM {files}
        LEFT JOIN usual USING (procedure_code) GROUP BY unit"""  # noqa: S608
    failing = f"SELECT unit, min(dossier, 20) FROM {files} WHERE {rules['due-after-received']} GROUP BY unit"  # noqa: S608

    def work() -> Answer:
        rows = connection.sql(by_month).fetchall()
        connection.sql(names).fetchall()
        connection.sql(failing).fetchall()
        places = {name: 6 + place for place, name in enumerate(rules)}
        wanted = ("due-after-received", "state-agrees-with-finish")
        return {name: sum(row[places[name]] for row in rows) for name in wanted}

    return work


def ours_ingest(store: Path) -> Work:
    """Every file of the folder `incoming` into the store, without the checks that follow."""
    import duckdb

    from baocao.intake.dossier_source import find_lists
    from baocao.project import find_project
    from baocao.store.ingest_dossiers import ingest_dossiers

    duckdb.connect().close()
    project = find_project(store.parents[1])

    def work() -> Answer:
        balances = [
            ingest_dossiers(project, listed).balance for listed in find_lists(project, [str(project.root / "incoming")])
        ]
        return {"read": sum(done.read for done in balances), "stored": sum(done.stored for done in balances)}

    return work


CONTENDERS: dict[str, Callable[[Path], Work]] = {
    "ours-summary": ours_summary,
    "bare-summary": bare_summary,
    "pandas-summary": pandas_summary,
    "ours-checks": ours_checks,
    "bare-checks": bare_checks,
    "ours-ingest": ours_ingest,
}


def peak_mb() -> int:
    """Most memory this process ever held; what its parent held before it started does not count."""
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return round(int(line.split()[1]) * 1024 / 1e6)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)


def main(arguments: list[str]) -> None:
    name, store = arguments
    work = CONTENDERS[name](Path(store))
    start = time.perf_counter()
    answer = work()
    seconds = time.perf_counter() - start
    result: dict[str, Any] = {"seconds": round(seconds, 3), "peak_mb": peak_mb(), "answer": answer}
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
