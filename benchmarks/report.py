"""Time one report from the shell, ours beside the stock tools, and keep the result as ratios.

Machines are noisy, so every figure is the least of several runs and only ratios within one run are compared.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
SAMPLE = "data/samples/tuan-giao-2020q1"
RUNS = 3
REPORT = ("--unit", "tuan-giao", "--period", "2020-Q1")


def least_seconds(work: Callable[[], object]) -> float:
    """Wall time of the fastest of `RUNS` runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return round(min(times), 3)


def main() -> None:
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        env = {**os.environ, "BAOCAO_STORE": str(work / "store"), "BAOCAO_OUTPUTS": str(work / "outputs")}

        def call(*arguments: str) -> None:
            done = subprocess.run(
                [python, "-m", *arguments], cwd=ROOT, env=env, check=False, capture_output=True, text=True
            )
            if done.returncode:
                sys.exit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")

        call("baocao", "ingest", "one-stop-summary", SAMPLE)
        notebook = str(work / "stock.ipynb")
        stock = ("papermill", "notebooks/portal_dispatch.ipynb", notebook, "--cwd", "notebooks", "-k", "python3")
        seconds = {
            "help": least_seconds(lambda: call("baocao", "--help")),
            "bare_python": least_seconds(lambda: call("this")),
            "ours_html_pdf": least_seconds(lambda: call("baocao", "run", "portal-dispatch", *REPORT)),
            "stock_papermill": least_seconds(lambda: call(*stock)),
            "stock_nbconvert_html": least_seconds(lambda: call("nbconvert", "--to", "html", "--no-input", notebook)),
        }
        sizes = {
            "ours_html": (work / "outputs/portal-dispatch/2020-Q1/tuan-giao/report.html").stat().st_size,
            "stock_html": (work / "stock.html").stat().st_size,
        }
    stock_seconds = seconds["stock_papermill"] + seconds["stock_nbconvert_html"]
    result = {
        "seconds": seconds,
        "bytes": sizes,
        "ratio_stock_html_to_ours_html_and_pdf": round(stock_seconds / seconds["ours_html_pdf"], 2),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "report.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    shutil.copyfileobj((RESULTS / "report.json").open(encoding="utf-8"), sys.stdout)
