"""Papermill's engine `baocao`: the same outputs as a kernel gives, wherever the cells run, and limits that hold."""

import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import papermill
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from papermill.exceptions import PapermillExecutionError

from baocao.run.children import CAN_FORK
from baocao.run.limits import Limits

WHERE = [
    "none",
    pytest.param("fork", marks=pytest.mark.skipif(not CAN_FORK, reason="this system cannot fork")),
    "worker",
]
#: What IPython can do in a cell.
CELLS = (
    "count = 2",
    "print('một', end=' '); print('hai')",
    "import sys; print('ba', file=sys.stderr)",
    "count + 1",
    "count;",
    "from IPython.display import HTML, display, clear_output\ndisplay(HTML('<b>đậm</b>')); HTML('<i>nghiêng</i>')",
    "handle = display('trước', display_id='one')",
    "handle.update('sau')",
    "print('mất'); clear_output(); print('còn')",
    "print('mất'); clear_output(wait=True); print('còn')",
    "%%capture kept\nprint('giữ lại')",
    "kept.stdout",
    "%env NAME=value",
    "!echo shell",
    "lines = !echo captured\nlines",
    "import asyncio\nawait asyncio.sleep(0, 'chờ')",
    "_ + '!', In[2][:5], get_ipython().execution_count",
    "class Shown:\n    def _repr_html_(self): return '<p>x</p>'\n    def __repr__(self): return 'x'\nShown()",
    "__name__, unit",
    "import pickle\npickle.loads(pickle.dumps(Shown)) is Shown",
    "{}['missing']",
    "print('after a cell that may fail')",
)


def notebook(*cells: str, may_fail: Sequence[int] = ()) -> nbformat.NotebookNode:
    book = new_notebook(metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}})
    book.cells = [
        new_markdown_cell("# Báo cáo", id="head"),
        new_code_cell("unit = 'nobody'", id="parameters", metadata={"tags": ["parameters"]}),
        *(new_code_cell(cell, id=f"cell-{place}") for place, cell in enumerate(cells)),
    ]
    for place in may_fail:
        book.cells[2 + place].metadata["tags"] = ["raises-exception"]
    return book


def run(folder: Path, book: nbformat.NotebookNode, engine: str = "baocao", **options: Any) -> nbformat.NotebookNode:
    source, target = folder / "in.ipynb", folder / "out.ipynb"
    nbformat.write(book, source)
    papermill.execute_notebook(source, target, {"unit": "tuan-giao"}, engine_name=engine, progress_bar=False, **options)
    return nbformat.read(target, as_version=4)


def attempt(folder: Path, book: nbformat.NotebookNode, engine: str = "baocao", **options: Any) -> nbformat.NotebookNode:
    """Papermill reports an error that a cell was allowed to have, too, but only when all cells have run."""
    with pytest.raises(PapermillExecutionError, match="KeyError"):
        run(folder, book, engine, **options)
    return nbformat.read(folder / "out.ipynb", as_version=4)


def outputs(book: nbformat.NotebookNode) -> list[Any]:
    """Source, count and outputs of every code cell; the colours of a traceback are a matter of taste."""
    for error in (output for cell in book.cells for output in cell.get("outputs", ()) if "traceback" in output):
        error.traceback = [re.sub("\x1b\\[[\\d;]*m", "", line) for line in error.traceback]
    return [(cell.source, cell.execution_count, cell.outputs) for cell in book.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """What the stock engine, with a kernel of its own, makes of the cells."""
    return attempt(tmp_path_factory.mktemp("stock"), notebook(*CELLS, may_fail=[20]), "nbclient")


@pytest.mark.parametrize("isolation", WHERE)
def test_outputs_are_those_of_a_kernel(isolation: str, stock: nbformat.NotebookNode, tmp_path: Path) -> None:
    ours = attempt(tmp_path, notebook(*CELLS, may_fail=[20]), isolation=isolation)
    for mine, theirs in zip(outputs(ours), outputs(stock), strict=True):
        assert mine == theirs, mine[0]
    assert ours.metadata.language_info == stock.metadata.language_info


@pytest.mark.parametrize("isolation", WHERE)
def test_a_failing_cell_stops_the_notebook_and_is_shown(isolation: str, tmp_path: Path) -> None:
    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        run(tmp_path, notebook("print('so far')", "1 / 0", "print('never')"), isolation=isolation)
    done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    _, (_, _, told), (_, _, (error,)), (_, _, untouched) = outputs(done)[1:]
    assert [output.text for output in told] == ["so far\n"]
    assert (error.ename, error.evalue) == ("ZeroDivisionError", "division by zero")
    assert any("1 / 0" in line for line in error.traceback)
    assert untouched == []


def test_an_error_that_cannot_be_shown_is_still_an_error(tmp_path: Path) -> None:
    """The time may be over just while IPython makes up a traceback; IPython then goes on as if nothing had been."""
    late = "def late(*_, **__): raise TimeoutError\nget_ipython().InteractiveTB.structured_traceback = late\n1 / 0"
    with pytest.raises(PapermillExecutionError):
        run(tmp_path, notebook(late, "print('never')"), isolation="none")
    *_, (_, _, outputs_of_it), (_, _, untouched) = outputs(nbformat.read(tmp_path / "out.ipynb", as_version=4))
    assert [output.ename for output in outputs_of_it if output.output_type == "error"] == ["ZeroDivisionError"]
    assert untouched == []


@pytest.mark.parametrize("isolation", WHERE)
def test_notebooks_do_not_see_each_other(isolation: str, tmp_path: Path) -> None:
    run(tmp_path, notebook("left = 1"), isolation=isolation)
    done = run(tmp_path, notebook("'left' in globals(), get_ipython().user_ns.get('left')"), isolation=isolation)
    assert done.cells[-1].outputs[0].data["text/plain"] == "(False, None)"


def test_a_worker_is_replaced_after_a_failure_and_after_so_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pid() -> str:
        done = run(tmp_path, notebook("import os\nos.getpid()"), isolation="worker")
        return str(done.cells[-1].outputs[0].data["text/plain"])

    with pytest.raises(PapermillExecutionError):
        run(tmp_path, notebook("1 / 0"), isolation="worker")
    first = pid()
    assert pid() == first
    with pytest.raises(PapermillExecutionError):
        run(tmp_path, notebook("1 / 0"), isolation="worker")
    second = pid()
    assert second != first
    monkeypatch.setattr("baocao.run.engine.NOTEBOOKS_PER_WORKER", 2)
    assert pid() == second
    assert pid() != second


@pytest.mark.parametrize("isolation", WHERE)
def test_an_endless_cell_is_stopped_where_it_was(isolation: str, tmp_path: Path) -> None:
    with pytest.raises(PapermillExecutionError, match="longer than the 3 s"):
        run(tmp_path, notebook("while True:\n    pass"), isolation=isolation, limits=Limits(seconds=3))
    *_, (_, _, (error,)) = outputs(nbformat.read(tmp_path / "out.ipynb", as_version=4))
    assert error.ename == "TimeLimitError"
    assert any("while" in line for line in error.traceback)


@pytest.mark.parametrize("isolation", WHERE[1:])
@pytest.mark.parametrize(
    ("cell", "ename"),
    [
        ("import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ntime.sleep(600)", "TimeLimitError"),
        ("eaten = []\nwhile True:\n    eaten.append(bytearray(10_000_000))", "MemoryLimitError"),
        ("import os, time\nwhile os.fork(): pass\ntime.sleep(600)", "ProcessLimitError"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "ProcessDiedError"),
        ("import os\nos._exit(7)", "ProcessDiedError"),
    ],
)
def test_what_cannot_stop_itself_is_stopped(isolation: str, cell: str, ename: str, tmp_path: Path) -> None:
    if not hasattr(psutil.Process, "num_fds"):
        pytest.skip("these cells use POSIX calls")
    before = descendants()
    seconds = 3 if ename == "TimeLimitError" else 120
    memory = 600 if ename == "MemoryLimitError" else 8000  # a process more costs memory, too
    limits = Limits(seconds=seconds, memory_mb=memory, processes=20)
    with pytest.raises(PapermillExecutionError):
        run(tmp_path, notebook("print('so far')", cell), isolation=isolation, limits=limits)
    (error,) = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs
    assert error.ename == ename
    assert descendants() <= before


def descendants() -> set[psutil.Process]:
    """Processes below this one that live, the one apart that Python keeps for itself."""
    alive = set()
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            own = any("resource_tracker" in part for part in process.cmdline())
            if process.status() != psutil.STATUS_ZOMBIE and not own:
                alive.add(process)
    return alive


def test_plain_papermill_knows_the_engine(tmp_path: Path) -> None:
    source, target = tmp_path / "in.ipynb", tmp_path / "out.ipynb"
    nbformat.write(notebook("unit * 2"), source)
    subprocess.run(
        [sys.executable, "-m", "papermill", "--engine", "baocao", "-p", "unit", "x", str(source), str(target)],
        check=True,
        capture_output=True,
    )
    assert nbformat.read(target, as_version=4).cells[-1].outputs[0].data["text/plain"] == "'xx'"
