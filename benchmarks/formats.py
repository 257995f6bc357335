"""Every format of one executed notebook, ours beside nbconvert, WeasyPrint and pandoc: seconds from the shell, bytes.

All convert the same notebook, Tuần Giáo's dispatch, run once beforehand. WeasyPrint and pandoc are given the HTML that
nbconvert makes, so their time is both together: pandoc needs minutes to read this notebook itself. Both belong
to no requirement of ours: they are found on the path, or in the folder that `BENCH_TOOLS` names; those that are not
there are left out and said.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from benchmarks.batch import RESULTS, Bench
from benchmarks.report import RUNS

OURS, NBCONVERT, WEASYPRINT, PANDOC = "baocao", "nbconvert", "weasyprint", "pandoc"
SAMPLE = "data/samples/tuan-giao-2020q1"
REPORT = ("portal-dispatch", "--unit", "tuan-giao", "--period", "2020-Q1")
FILES = {"html": "report.html", "pdf": "report.pdf", "docx": "report.docx", "xlsx": "tables.xlsx"}

#: Once everything is imported and drawn once: the least seconds of a format in one process.
_IN_PROCESS = """
import json, sys, time
from nbconvert.exporters import HTMLExporter, get_exporter
import nbformat
path, runs = sys.argv[1], int(sys.argv[2])
notebook = nbformat.read(path, as_version=4)
made = {f"baocao_{name}": get_exporter(f"baocao-{name}")() for name in ("html", "pdf", "docx", "xlsx")}
made["nbconvert_html"] = HTMLExporter()
seconds = {}
for name, exporter in made.items():
    exporter.from_notebook_node(notebook)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        exporter.from_notebook_node(notebook)
        times.append(time.perf_counter() - start)
    seconds[name] = round(min(times), 3)
print(json.dumps(seconds))
"""


class Contest:
    """One executed notebook, and what every contender makes of it."""

    def __init__(self, folder: Path) -> None:
        self._bench = Bench(folder)
        self._bench.call("-m", "baocao", "ingest", "one-stop-summary", SAMPLE)
        self._bench.call("-m", "baocao", "run", *REPORT, "--formats", "ipynb")
        self.made = self._bench.root / "outputs/portal-dispatch/2020-Q1/tuan-giao"
        self.notebook = folder / "stock.ipynb"
        shutil.copyfile(self.made / "report.ipynb", self.notebook)
        self.programs = {name: program for name in (WEASYPRINT, PANDOC) if (program := _found(name))}
        self.missing = [name for name in (WEASYPRINT, PANDOC) if name not in self.programs]
        if not self._bench.webpdf:
            self.missing.append("nbconvert webpdf")

    def seconds(self) -> dict[str, dict[str, float]]:
        """By format and contender, the least of several runs; contenders take turns, so that noise meets all."""
        found: dict[str, dict[str, float]] = {}
        for _ in range(RUNS):
            for (kind, name), commands in self._commands().items():
                spent = sum(self._call(command) for command in commands)
                so_far = found.setdefault(kind, {})
                so_far[name] = round(min(spent, so_far.get(name, spent)), 3)
        return found

    def sizes(self) -> dict[str, dict[str, int]]:
        """Bytes by format and contender."""
        found: dict[str, dict[str, int]] = {}
        for kind, name in self._commands():
            path = self.made / FILES[kind] if name == OURS else self._target(name, kind)
            found.setdefault(kind, {})[name] = path.stat().st_size
        return found

    def in_process(self) -> dict[str, float]:
        done = subprocess.run(
            [sys.executable, "-c", _IN_PROCESS, str(self.notebook), str(RUNS)],
            env=self._bench.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return dict(json.loads(done.stdout))

    def _commands(self) -> dict[tuple[str, str], Sequence[Sequence[str]]]:
        """What to call one after the other, by format and contender."""
        python, notebook = sys.executable, str(self.notebook)
        commands: dict[tuple[str, str], Sequence[Sequence[str]]] = {
            (kind, OURS): [[python, "-m", "baocao", "export", str(self.made), "--formats", kind]] for kind in FILES
        }
        html = self._target(NBCONVERT, "html")
        to_html = [python, "-m", "nbconvert", "--to", "html", "--output", str(html), notebook]
        commands["html", NBCONVERT] = [to_html]
        if self._bench.webpdf:
            pdf = self._target(NBCONVERT, "pdf").with_suffix("")
            chromium = ["--to", "webpdf", "--disable-chromium-sandbox"]
            commands["pdf", NBCONVERT] = [[python, "-m", "nbconvert", *chromium, "--output", str(pdf), notebook]]
        if weasyprint := self.programs.get(WEASYPRINT):
            commands["pdf", WEASYPRINT] = [to_html, [weasyprint, str(html), str(self._target(WEASYPRINT, "pdf"))]]
        if pandoc := self.programs.get(PANDOC):
            commands["docx", PANDOC] = [to_html, [pandoc, str(html), "-o", str(self._target(PANDOC, "docx"))]]
        return commands

    def _target(self, name: str, kind: str) -> Path:
        return self.notebook.with_name(f"{name}.{kind}")

    def _call(self, command: Sequence[str]) -> float:
        start = time.perf_counter()
        done = subprocess.run(
            command, cwd=self._bench.root, env=self._bench.env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)[:200]} ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return time.perf_counter() - start


def _found(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("BENCH_TOOLS", ""), os.environ.get("PATH", "")]))


def _version(program: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return next(word for word in done.stdout.split() if word[:1].isdigit())


def _to_ours(found: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """What others need for each of ours: `pdf_weasyprint` 12 means twelve times ours."""
    return {
        f"{kind}_{name}": round(value / by_name[OURS], 2)
        for kind, by_name in found.items()
        for name, value in by_name.items()
        if name != OURS
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        contest = Contest(Path(name))
        seconds, sizes = contest.seconds(), contest.sizes()
        versions = {package: metadata.version(package) for package in (NBCONVERT, "typst", "playwright")}
        result = {
            "python": platform.python_version(),
            "versions": versions | {tool: _version(program) for tool, program in contest.programs.items()},
            "missing": contest.missing,
            "seconds": seconds,
            "bytes": sizes,
            "times_ours_seconds": _to_ours(seconds),
            "times_ours_bytes": _to_ours(sizes),
            "seconds_in_process": contest.in_process(),
        }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "formats.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write((RESULTS / "formats.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
