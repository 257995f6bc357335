"""Dossiers by the million: ingest, summary and checks beside pandas and bare DuckDB on the same files.

Each contender works in a process of its own, in turns, and the least of its runs counts; only ratios within one run are
compared. All contenders must give the same answer, else the benchmark fails.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "dossiers.json"
MILLIONS = (1, 10, 50)
RUNS = 3
CHECKED_MILLIONS = 10
#: pandas holds all rows at once; beyond this it needs more memory than an office has.
PANDAS_MILLIONS = 10
FAULTY_UNITS, FAULTS_EACH = 200, 10


def main() -> None:
    wanted = [int(text) for text in os.environ.get("BENCH_MILLIONS", "").split(",") if text] or MILLIONS
    result: dict[str, Any] = {"cores": os.cpu_count(), "ingest_parquet": {}, "summary": {}, "checks": {}}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        result["ingest_csv_1m"] = _ingest(Path(folder))
        for millions in wanted:
            project = _project(Path(folder) / f"{millions}m")
            store, result["ingest_parquet"][f"{millions}m"] = _fill(project, millions)
            names = ["ours-summary", "bare-summary", *(["pandas-summary"] if millions <= PANDAS_MILLIONS else [])]
            result["summary"][f"{millions}m"] = _compare(names, store)
            if millions == CHECKED_MILLIONS:
                result["checks"][f"{millions}m"] = _compare(["ours-checks", "bare-checks"], store)
            shutil.rmtree(project)
    _ratios(result)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(RESULTS.read_text(encoding="utf-8"))


def _project(folder: Path) -> Path:
    for name in ("params", "expectations"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def _sample(project: Path, count: int, file_format: str) -> None:
    """Dossiers of a country in `incoming`, made in a process of its own; the project knows only that country."""
    out = project / "incoming"
    options = ["--dossiers", str(count), "--format", file_format, "--out", str(out)]
    subprocess.run([sys.executable, "-m", "baocao", "sample", *options], cwd=project, check=True, capture_output=True)
    for path in (project / "params" / "units").glob("*.csv"):
        path.unlink()
    shutil.copyfile(out / "units.csv", project / "params" / "units" / "country.csv")


def _fill(project: Path, millions: int) -> tuple[Path, dict[str, Any]]:
    """A store of so many million dossiers, and what taking them in from Parquet cost."""
    _sample(project, millions * 1_000_000, "parquet")
    _plant_faults(project / "incoming")
    store = project / "data" / "store"
    done = _run("ours-ingest", store)
    shutil.rmtree(project / "incoming")
    return store, done


def _plant_faults(incoming: Path) -> None:
    """A list of dossiers that are due before they came in, so that the checks have rows to name."""
    with (incoming / "units.csv").open(encoding="utf-8") as file:
        communes = [row["code"] for row in csv.DictReader(file) if row["level"] == "commune"][:FAULTY_UNITS]
    with (incoming / "faults.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["dossier", "procedure", "field", "unit", "received_date", "due_date", "channel", "status"])
        for unit in communes:
            for number in range(FAULTS_EACH):
                days = ("2024-03-20", "2024-03-10")
                writer.writerow([f"{unit}/{number}", "Chứng thực", "Tư pháp", unit, *days, "online", "processing"])
    with (incoming / "source.yaml").open("a", encoding="utf-8") as file:
        file.write("- file: faults.csv\n  dataset: dossiers\n  map: plain\n")


def _ingest(folder: Path) -> dict[str, Any]:
    project = _project(folder / "ingest")
    _sample(project, 1_000_000, "csv")
    runs = []
    for _ in range(RUNS):
        shutil.rmtree(project / "data", ignore_errors=True)
        runs.append(_run("ours-ingest", project / "data" / "store"))
    best = min(runs, key=lambda run: run["seconds"])
    shutil.rmtree(project)
    return {**best, "rows_per_second": round(1_000_000 / best["seconds"])}


def _compare(names: list[str], store: Path) -> dict[str, Any]:
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(RUNS):
        for name in names:
            runs[name].append(_run(name, store))
    answers = {json.dumps(run["answer"], sort_keys=True) for done in runs.values() for run in done}
    if len(answers) != 1:
        sys.exit(f"the contenders disagree: {answers}")
    return {
        name: {"seconds": min(run["seconds"] for run in done), "peak_mb": max(run["peak_mb"] for run in done)}
        for name, done in runs.items()
    }


def _run(name: str, store: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.contenders", name, str(store)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{name} ended with {done.returncode}:\n{done.stderr}")
    run: dict[str, Any] = json.loads(done.stdout)
    sys.stderr.write(f"{name}: {run['seconds']} s, {run['peak_mb']} MB\n")
    return run


def _ratios(result: dict[str, Any]) -> None:
    for size in result["summary"].values():
        ours, bare, pandas = (size.get(f"{name}-summary") for name in ("ours", "bare", "pandas"))
        size["times_the_bare_query"] = round(ours["seconds"] / bare["seconds"], 2)
        if pandas:
            size["times_faster_than_pandas"] = round(pandas["seconds"] / ours["seconds"], 2)
            size["share_of_pandas_memory"] = round(ours["peak_mb"] / pandas["peak_mb"], 2)
    for size in result["checks"].values():
        size["times_the_bare_sql"] = round(size["ours-checks"]["seconds"] / size["bare-checks"]["seconds"], 2)
