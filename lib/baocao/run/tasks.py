"""What a worker is asked to do: make a report, or ask the checks of many reports at once."""

import json
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tqdm import tqdm

from baocao.errors import BaocaoError, ChecksBlockedError
from baocao.project import Project
from baocao.run.children import Ending, Send, Task
from baocao.run.folders import put
from baocao.run.request import RunRequest
from baocao.store.frozen import reading_frozen


@dataclass(frozen=True)
class CellStarted:
    """A cell began; its place, counted from 1."""

    cell: int


@dataclass(frozen=True)
class Made:
    """The report is in its folder."""

    files: Sequence[str]


@dataclass(frozen=True)
class NotMade:
    """The report could not be made: its checks block it, or something failed.

    Attributes
    ----------
    may_pass
        Whether another attempt can end otherwise: a full disk can, a wrong notebook cannot.
    """

    blocked: bool
    text: str
    may_pass: bool = False


@dataclass
class Heard:
    """What a task has told so far: the last cell that began, and its answer if it gave one."""

    cell: int | None = None
    answer: Made | NotMade | None = None

    def hear(self, message: object) -> None:
        """Take in one message."""
        if isinstance(message, CellStarted):
            self.cell = message.cell
        elif isinstance(message, Made | NotMade):
            self.answer = message


def report_task(
    project: Project, frozen: Path | None, request: RunRequest, folder: Path, formats: Sequence[str], engine: str
) -> Task:
    """The task to make one report."""
    return partial(_make_report, project, frozen, request, folder, tuple(formats), engine)


def _make_report(
    project: Project,
    frozen: Path | None,
    request: RunRequest,
    folder: Path,
    formats: Sequence[str],
    engine: str,
    send: Send,
) -> None:
    from baocao.run.job import run_job

    try:
        with reading_frozen(frozen):
            result = run_job(
                project,
                request,
                formats,
                out=folder,
                engine=engine,
                on_cell=lambda place: send(CellStarted(place + 1)),
            )
    except ChecksBlockedError as error:
        send(NotMade(True, str(error)))
    except BaocaoError as error:
        send(NotMade(False, str(error)))
    except OSError as error:
        send(NotMade(False, f"{error.filename or ''}: {error.strerror or error}", may_pass=True))
    except Exception as error:
        send(NotMade(False, f"{type(error).__name__}: {error}"))
    else:
        send(Made(result.files))


def checks_task(project: Project, frozen: Path | None, requests: Sequence[RunRequest]) -> Task:
    """The task to have the checks of many reports judged at once, so that none of them has to."""
    return partial(_check_ahead, project, frozen, tuple(requests))


def _check_ahead(project: Project, frozen: Path | None, requests: Sequence[RunRequest], send: Send) -> None:
    from baocao.checks.judge import the_judge
    from baocao.notebook.opening import open_report

    os.environ["BAOCAO_PROJECT"] = str(project.root)
    with reading_frozen(frozen), the_judge().collecting() as questions:
        for request in requests:
            with suppress(Exception):  # whatever is wrong with a report, its own run says
                parameters = {"report_id": request.definition.id, **request.notebook_parameters()}
                open_report(**parameters).find()
    the_judge().judge_all(questions)


def prepare_for_reports(project: Project) -> None:
    """What the reports of a worker need, imported and read before it forks; nothing of it may start a thread."""
    from baocao.light_imports import import_papermill

    import_papermill()
    tqdm.set_lock(threading.RLock())  # its own is a semaphore of the system, which a killed process leaves behind
    import deltalake  # noqa: F401
    import duckdb  # noqa: F401
    import pyarrow.acero  # noqa: F401 -- imported by what filters a table
    import typst  # noqa: F401

    import baocao.export.pdf
    import baocao.provenance.inputs
    import baocao.run.job  # noqa: F401
    from baocao.document.charts import prepare_charts
    from baocao.document.outlines import load_outlines
    from baocao.forms.form import load_forms
    from baocao.indicators.catalogue import load_catalogue
    from baocao.intake.register import load_registers
    from baocao.provenance.manifest import code_hash, package_versions
    from baocao.run.cells import import_for_cells, spare_shell
    from baocao.units import load_registry

    import_for_cells()
    prepare_charts()
    _warm_up()
    code_hash()
    package_versions()
    spare_shell()
    with suppress(BaocaoError):  # what is wrong with the project, the reports say
        load_registry(project).spoken  # noqa: B018 -- reads the names
        load_forms(project, load_catalogue(project))
        load_outlines(project)
        load_registers(project)
    with suppress(BaocaoError, OSError, ValueError, LookupError):
        _compile_sentences(project)


def _compile_sentences(project: Project) -> None:
    """Compile the narrative templates of outlines and notebooks, which the reports of all offices share."""
    from baocao.document.narrative import compiled
    from baocao.document.outlines import load_outlines
    from baocao.reports import load_report, report_ids

    for outline in load_outlines(project).values():
        sections = [section.text for part in outline.sections for section in part.below()]
        for template in (outline.abstract, *sections):
            compiled(template)
    for notebook in {load_report(project, report).notebook for report in report_ids(project)}:
        for cell in json.loads((project.notebooks / notebook).read_text(encoding="utf-8"))["cells"]:
            magic, _, template = "".join(cell["source"]).partition("\n")
            if magic.startswith("%%narrative"):
                compiled(template)


def _warm_up() -> None:
    """Use once what is slow the first time: otherwise every forked report would pay for it again."""
    from datetime import date
    from decimal import Decimal

    import nbformat
    import pandas  # noqa: F401
    from nbformat.v4 import new_code_cell, new_notebook

    from baocao.checks.judge import Question
    from baocao.document.blocks import Document, Letterhead
    from baocao.document.charts import Bar, stacked_bars
    from baocao.document.drawing import measure_letters
    from baocao.export.html import to_html
    from baocao.indicators.measure import Measure, Subject
    from baocao.locale import format_number
    from baocao.run.cells import fresh_shell, run_cell

    nbformat.validate(new_notebook())
    day = date(2020, 1, 1)
    some = Measure("x", Subject("x"), 1, "", "", day, day, "")
    figure = stacked_bars("x", "x", "x", ["x", "y"], [Bar("x", [some, some])])
    measure_letters()
    Question("x", (), "equal", "info").key  # noqa: B018 -- looks for the version of Great Expectations
    head = Letterhead(document_kind="cong-van", office=["x"], number="x", place_date="x", title="x", dated=day)
    to_html(Document(blocks=[head, figure]))
    format_number(Decimal("1.5"), keep_zeros=True)
    with fresh_shell() as shell:
        run_cell(shell, new_code_cell("from IPython.display import HTML, display; display(HTML(''))"))


def leave_word(project: Project, request: RunRequest, folder: Path, ending: Ending, cell: int | None) -> str:
    """Say beside the folder what ended a report that could not say it itself; what to tell of it."""
    from nbformat import from_dict

    from baocao.run.cells import ending_output
    from baocao.run.job import FAILED

    source = project.notebooks / request.definition.notebook
    place = folder.with_name(folder.name + FAILED)
    where = f"{project.relative(source)}, cell {cell}" if cell else project.relative(source)
    with suppress(OSError, ValueError, LookupError):
        notebook = from_dict(json.loads(source.read_text(encoding="utf-8")))
        # The injected parameters stand after the cell they replace, so places behind it are one further.
        shown = min(max((cell or 1) - 2, 0), len(notebook.cells) - 1)
        if notebook.cells[shown].cell_type == "code":
            notebook.cells[shown].outputs = [ending_output(ending)]
        place.parent.mkdir(parents=True, exist_ok=True)
        put(place, {"report.ipynb": (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode()})
    return f"{where}: {ending.detail}\nsee {project.relative(place / 'report.ipynb')}"
