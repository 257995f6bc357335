"""Reports per minute: ours beside the stock tools, the same notebook and data, HTML + PDF + checks, on all cores.

- shell: papermill, nbconvert to HTML and to webpdf, each from the command line, as an installed project would do it;
- shell without grammars: the same with `rfc3987_syntax` hidden, which costs every one of those processes seconds;
- process: papermill and nbconvert in one Python process to a core, nothing imported twice;
- ours: `baocao batch`, from the shell, its checks judged anew.

Each side makes different offices' reports, so nobody profits from what was judged before; the stock sides make few
(they take long), ours many. webpdf prints with a Chromium of the machine; without one its part is left out and said.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from baocao.project import Project
from benchmarks.offices import PERIOD, PROVINCE, add_offices, correct, office

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
REPORT = "portal-dispatch"
CORES = os.cpu_count() or 1
PACKAGES = ("papermill", "nbconvert", "great-expectations", "typst")
#: Reports a stock side makes on every core, and those ours makes in all.
STOCK_EACH = int(os.environ.get("BENCH_STOCK", "3"))
OURS = int(os.environ.get("BENCH_REPORTS", "200"))
#: Reports of the run that finds nothing changed.
MANY = int(os.environ.get("BENCH_MANY", "4000"))
#: How often a long batch is looked at.
SAMPLE_SECONDS = 1.0

_STOCK = """
import sys
from pathlib import Path
import papermill
from nbconvert.exporters import HTMLExporter, WebPDFExporter
import nbformat
folder, webpdf, *units = sys.argv[1:]
for unit in units:
    target = Path(folder) / f"{unit}.ipynb"
    papermill.execute_notebook(
        "notebooks/portal_dispatch.ipynb", target, {"unit": unit, "period": "2020-Q1"},
        cwd="notebooks", kernel_name="python3", progress_bar=False)
    notebook = nbformat.read(target, as_version=4)
    target.with_suffix(".html").write_text(HTMLExporter().from_notebook_node(notebook)[0])
    if webpdf == "yes":
        target.with_suffix(".pdf").write_bytes(WebPDFExporter(disable_sandbox=True).from_notebook_node(notebook)[0])
"""


_LAUNCH = "from playwright.sync_api import sync_playwright as start\nstart().start().chromium.launch()"


class Bench:
    """A project with enough offices, and the environment its commands run in."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        for name in ("params", "expectations", "notebooks", "data/samples"):
            shutil.copytree(ROOT / name, self.root / name)
        self.project = Project(self.root)
        self.env = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(folder / "browsers")}
        self.webpdf = self._lend_chromium()
        self._used = 0

    def _lend_chromium(self) -> bool:
        """Put the machine's Chromium where Playwright looks for a download of its own."""
        program = next((path for path in map(shutil.which, ("chromium", "chromium-browser")) if path), None)
        asked = subprocess.run(
            [sys.executable, "-c", _LAUNCH], env=self.env, capture_output=True, text=True, check=False
        )
        place = re.search(r"Executable doesn't exist at (\S+)", asked.stderr)
        if program is None or place is None:
            return False
        Path(place[1]).parent.mkdir(parents=True)
        Path(place[1]).symlink_to(program)
        return True

    def units(self, count: int) -> list[str]:
        """Offices nobody has made a report of yet."""
        self._used += count
        return [office(number) for number in range(self._used - count + 1, self._used + 1)]

    def call(self, *arguments: str, env: dict[str, str] | None = None) -> float:
        """Wall time of a command."""
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.root, env={**self.env, **(env or {})}, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"{' '.join(arguments)[:200]} ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return time.perf_counter() - start


def _shell(bench: Bench, folder: Path, units: Sequence[str], env: dict[str, str]) -> None:
    for unit in units:
        target = str(folder / f"{unit}.ipynb")
        parameters = ["-p", "unit", unit, "-p", "period", PERIOD]
        env = {**env, "BAOCAO_OUTPUTS": str(folder / unit)}
        bench.call(
            *("-m", "papermill", "notebooks/portal_dispatch.ipynb", target, "--cwd", "notebooks", "-k", "python3"),
            *parameters,
            env=env,
        )
        bench.call("-m", "nbconvert", "--to", "html", target, env=env)
        if bench.webpdf:
            bench.call("-m", "nbconvert", "--to", "webpdf", "--disable-chromium-sandbox", target, env=env)


def _on_all_cores(work: Sequence[list[str]], do: object) -> float:
    start = time.perf_counter()
    with ThreadPoolExecutor(len(work)) as pool:
        list(pool.map(do, work))  # type: ignore[arg-type]
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(folder)
        add_offices(bench.project, 3 * CORES * STOCK_EACH + OURS + 1)
        hidden = folder / "hidden" / "rfc3987_syntax.py"
        hidden.parent.mkdir()
        hidden.write_text("raise ImportError('hidden')\n")
        shares = [[bench.units(STOCK_EACH) for _ in range(CORES)] for _ in range(3)]
        made = CORES * STOCK_EACH
        shell = _on_all_cores(shares[0], lambda units: _shell(bench, folder, units, {})) / made
        without = {"PYTHONPATH": str(hidden.parent)}
        bare_shell = _on_all_cores(shares[1], lambda units: _shell(bench, folder, units, without)) / made
        webpdf = "yes" if bench.webpdf else "no"
        process = _on_all_cores(shares[2], lambda units: bench.call("-c", _STOCK, str(folder), webpdf, *units)) / made
        wanted = ",".join(bench.units(OURS))
        batch = ("-m", "baocao", "batch", "--report", REPORT, "--periods", PERIOD, "--units")
        before = os.times()
        ours = bench.call(*batch, wanted) / OURS
        after = os.times()
        cpu = (after.children_user + after.children_system - before.children_user - before.children_system) / OURS
        one = bench.units(1)[0]
        run = ("-m", "baocao", "run", REPORT, "--period", PERIOD, "--unit", one)
        cold_new = bench.call(*run)
        cold_again = min(bench.call(*run) for _ in range(3))
        many = _many(bench)
    result = {
        "cores": CORES,
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "webpdf": bench.webpdf,
        "reports": {"shell": made, "shell_without_grammars": made, "process": made, "ours": OURS},
        "seconds_per_report": {
            "shell": round(shell, 2),
            "shell_without_grammars": round(bare_shell, 2),
            "process": round(process, 2),
            "ours": round(ours, 3),
        },
        "ours_cpu_seconds_per_report": round(cpu, 3),
        "ratio_shell": round(shell / ours, 1),
        "ratio_shell_without_grammars": round(bare_shell / ours, 1),
        "ratio_process": round(process / ours, 1),
        "single_run_seconds": {"new_table_version": round(cold_new, 2), "validated_version": round(cold_again, 2)},
        "many": many,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "batch.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write((RESULTS / "batch.json").read_text(encoding="utf-8"))


def _many(bench: Bench) -> dict[str, Any]:
    """A batch of thousands; then nothing, then one office has changed, whose tables were judged when they came."""
    if not MANY:
        return {}
    add_offices(bench.project, MANY)
    outputs = bench.root / "outputs-of-many"
    env = {"BAOCAO_OUTPUTS": str(outputs)}
    everybody = ("--report", REPORT, "--periods", PERIOD, "--units", f"parent={PROVINCE}", "--formats", "html")
    batch = ("-m", "baocao", "batch", *everybody)
    start = time.perf_counter()
    watched = _Watched(bench, batch, env, outputs / REPORT / PERIOD)
    all_of_them = time.perf_counter() - start
    unchanged = min(bench.call(*batch, env=env) for _ in range(3))
    correct(bench.project, 7)
    judging = bench.call("-c", _JUDGE, office(7), env=env)
    changed = bench.call(*batch, env=env)
    return {
        "reports": MANY,
        "all_seconds": round(all_of_them, 1),
        "seconds_per_report_by_quarter": watched.seconds_per_report(),
        "parent_mb_by_quarter": watched.parent_mb(),
        "worker_peak_mb": round(watched.worker_peak_mb),
        "unchanged_seconds": round(unchanged, 2),
        "one_judged_seconds": round(judging, 2),
        "one_changed_seconds": round(changed, 2),
    }


#: What `baocao ingest` does after it has stored tables.
_JUDGE = f"""
import sys
from baocao.checks.one_stop import judge_ahead
from baocao.periods import Periods
from baocao.project import find_project
from baocao.run.freezing import freeze
from baocao.store.frozen import reading_frozen
project = find_project()
with reading_frozen(freeze(project)):
    judge_ahead(project, [(sys.argv[1], Periods(project).resolve("{PERIOD}", sys.argv[1]).from_date)])
"""


class _Sample(NamedTuple):
    """What was seen of a batch at a moment: folders made so far, and megabytes of its own process."""

    seconds: float
    folders: int
    parent_mb: float


class _Watched:
    """A batch, and what its processes need meanwhile."""

    def __init__(self, bench: Bench, arguments: Sequence[str], env: dict[str, str], made: Path) -> None:
        self._samples: list[_Sample] = []
        self.worker_peak_mb = 0.0
        command = [sys.executable, *arguments]
        with subprocess.Popen(command, cwd=bench.root, env={**bench.env, **env}, stdout=subprocess.DEVNULL) as batch:
            parent = psutil.Process(batch.pid)
            while batch.poll() is None:
                with suppress(psutil.Error):
                    folders = len(list(made.glob("*")))
                    self._samples.append(_Sample(time.perf_counter(), folders, parent.memory_info().rss / 1e6))
                    self._look_at_workers(parent)
                time.sleep(SAMPLE_SECONDS)
        if batch.returncode:
            sys.exit(f"{' '.join(arguments)} ended with {batch.returncode}")

    def _look_at_workers(self, parent: psutil.Process) -> None:
        for worker in parent.children(recursive=True):
            with suppress(psutil.Error):
                self.worker_peak_mb = max(self.worker_peak_mb, worker.memory_info().rss / 1e6)

    def _quarters(self) -> list[_Sample]:
        """The samples at the first report and after each quarter of them."""
        last = self._samples[-1].folders
        bounds = [max(quarter * last / 4, 1) for quarter in range(5)]
        return [next(sample for sample in self._samples if sample.folders >= bound) for bound in bounds]

    def seconds_per_report(self) -> list[float]:
        """In each quarter of the batch, on all cores together."""
        return [
            round((end.seconds - start.seconds) / max(end.folders - start.folders, 1), 3)
            for start, end in pairwise(self._quarters())
        ]

    def parent_mb(self) -> list[int]:
        """At the end of each quarter."""
        return [round(sample.parent_mb) for sample in self._quarters()[1:]]


if __name__ == "__main__":
    main()
