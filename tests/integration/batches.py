"""A light report of many made-up offices, for the tests of batches: real notebooks, real store, little to compute."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
import yaml
from benchmarks.offices import PERIOD, PROVINCE, add_offices, office
from nbformat.v4 import new_code_cell, new_notebook

from baocao.project import Project
from baocao.run.ledger import Ledger

REPORT = "trial"
#: Offices of the project whose reports were made once.
COUNT = 6
OPENING = (
    'from baocao.notebook import open_report\nreport = open_report("trial", unit=unit, period=period, draft=draft)'
)
ONE = ("--json", "--workers", "1")
#: By number of the office: what its notebook does besides making a report.
Mischief = Mapping[int, str]


def many_offices(project: Project, count: int, mischief: Mischief | None = None) -> None:
    """Store tables of so many offices and declare the report; some of its notebooks may misbehave."""
    add_offices(project, count)
    definition = yaml.safe_load((project.params / "reports" / "portal-dispatch.yaml").read_text(encoding="utf-8"))
    definition |= {"id": REPORT, "name": "Báo cáo thử", "notebook": "trial.ipynb", "parameters": {}, "key_figures": []}
    (project.params / "reports" / f"{REPORT}.yaml").write_text(yaml.safe_dump(definition, allow_unicode=True))
    cells = [
        'unit, period = "x", "2020-Q1"\nfrom_date = to_date = as_of = None\ndraft = False',
        OPENING,
        "report.check()",
        *(f'if unit.endswith("-{number:04}"):\n    {cell}' for number, cell in (mischief or {}).items()),
        "report.letterhead()",
        "%%narrative opening\nĐã tiếp nhận {{ report.figures.of_area('received_total') | count }} hồ sơ.",
        'report.table("one-stop-by-field")',
        "report.closing()\nreport.close()",
    ]
    book = new_notebook(cells=[new_code_cell(cell, id=f"cell-{place}") for place, cell in enumerate(cells)])
    book.cells[0].metadata["tags"] = ["parameters"]
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(book, project.notebooks / "trial.ipynb")


def limit(project: Project, **limits: float) -> None:
    """What a report of the project may use."""
    settings = project.root / "params" / "project.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + f"limits: {json.dumps(limits)}\n", encoding="utf-8")


def batch_command(*options: str) -> list[str]:
    """`baocao batch` of all offices."""
    chosen = ["--report", REPORT, "--units", f"parent={PROVINCE}", "--periods", PERIOD, "--formats", "html"]
    return [sys.executable, "-m", "baocao", "batch", *chosen, *options]


def batch(project: Project, *options: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run a batch of all offices to its end.

    A worker needs seconds to begin: where it is not the point that there are several, `ONE` is quicker.
    """
    return subprocess.run(
        batch_command(*options),
        cwd=project.root,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )


def counts(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """The numbers a batch with `--json` ended with."""
    content = json.loads(done.stdout)
    return {state: content[state] for state in ("done", "unchanged", "blocked", "failed")}


def tree(project: Project) -> dict[str, str]:
    """Every file of the finished reports with its hash; what is kept beside them is left out."""
    folder = project.outputs / REPORT
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def finished(project: Project, outputs: Path | None = None) -> list[Path]:
    """Folders of finished reports; drafts stand beside them under a name with a dot."""
    places = (outputs or project.outputs).glob(f"{REPORT}/*/*/manifest.json")
    return [place.parent for place in places if not place.parent.name.startswith(".")]


def folder(project: Project, number: int) -> Path:
    """Where the report of an office goes."""
    return project.outputs / REPORT / PERIOD / office(number)


def attempts(project: Project, number: int) -> int:
    """How often the report of an office was begun."""
    (entry,) = (entry for entry in Ledger(project.outputs).entries() if entry.unit == office(number))
    return entry.attempts


def without_data(project: Project, number: int) -> None:
    """Register another office, of which nothing is stored."""
    with (project.params / "units" / f"{PROVINCE}.csv").open("a", encoding="utf-8") as file:
        file.write(f"{office(number)},UBND xã Mới,Mới,commune,xa,{PROVINCE},,,,\n")


def complete(folder: Path, names: Sequence[str] = ("report.html", "indicators.json", "manifest.json")) -> bool:
    """Whether a report's folder holds all it should."""
    return all((folder / name).is_file() for name in names)
