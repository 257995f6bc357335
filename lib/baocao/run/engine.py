"""The Papermill engine `baocao`: cells run without a kernel, isolated from whoever runs them.

Registered under the entry point `papermill.engine`, so `papermill --engine baocao in.ipynb out.ipynb` works too.
Papermill loads this module while it is itself being imported, so nothing else imports it: ask Papermill by name.
"""

import atexit
import platform
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

from nbformat import from_dict
from papermill.engines import Engine

from baocao.run.cells import ending_output, import_for_cells, run_cells, run_sent
from baocao.run.children import CAN_FORK, Ending, Host, run_forked
from baocao.run.limits import Limits, adopt_orphans

NAME = "baocao"
#: A process that runs notebooks itself is replaced after so many: what they leave behind adds up.
NOTEBOOKS_PER_WORKER = 50

#: `none`: in this process. `fork`: in a child of it. `worker`: in a second process that stays.
CellIsolation = Literal["none", "fork", "worker"]
OnCell = Callable[[int], None]


class BaocaoEngine(Engine):  # type: ignore[misc]
    """Runs notebooks of Python cells."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        isolation: CellIsolation | None = None,
        limits: Limits | None = None,
        on_cell: OnCell | None = None,
        execution_timeout: float | None = None,
        **_: Any,
    ) -> None:
        """Run the cells in order until one fails; Papermill then reports the error that its output shows.

        Parameters
        ----------
        isolation
            Where they run; by default forked from this process, or where that cannot be in a second one.
        on_cell
            Called with the index of every cell that starts.
        execution_timeout
            Seconds the notebook may take, instead of those of `limits`.
        """
        limits = limits or Limits()
        if execution_timeout:
            limits = Limits(execution_timeout, limits.memory_mb, limits.processes)
        book = _Book(nb_man, on_cell or (lambda _: None))
        match isolation or _default_isolation():
            case "none":
                run_cells(nb_man.nb, book.hear, limits.seconds)
            case "fork":
                adopt_orphans()
                task = partial(run_sent, dict(nb_man.nb), str(Path.cwd()), limits.seconds)
                book.end(run_forked(task, book.hear, limits))
            case "worker":
                task = partial(run_sent, dict(nb_man.nb), str(Path.cwd()), limits.seconds)
                book.end(_Worker.run(task, book.hear, limits))
                if book.failed:
                    _Worker.close()
        nb_man.nb.metadata["language_info"] = language_info()


class _Book:
    """Papermill's account of the notebook, kept from what is heard of its cells."""

    def __init__(self, nb_man: Any, on_cell: OnCell) -> None:
        self._man = nb_man
        self._on_cell = on_cell
        self._running: int | None = None
        self.failed = False

    def hear(self, message: tuple[Any, ...]) -> None:
        """`("started", index)`, `("shown", index, cell)` or `("finished", index, cell, went well)`."""
        what, index, *rest = message
        cells = self._man.nb.cells
        if what == "started":
            self._running = index
            self._on_cell(index)
            self._man.cell_start(cells[index], index)
            return
        cell, *well = rest
        if cell is not cells[index]:
            for name in ("outputs", "execution_count"):
                if name in cell:
                    cells[index][name] = from_dict(cell[name])
        if what == "finished":
            self._close(*well)

    def end(self, ending: Ending) -> None:
        """Show at the running cell why it will never finish."""
        if ending.kind == "done":
            return
        if self._running is None:  # it never began: the first code cell says so
            kinds = [cell.cell_type for cell in self._man.nb.cells]
            self._running = kinds.index("code")
        self._man.nb.cells[self._running].outputs.append(ending_output(ending))
        self._close(False)

    def _close(self, well: bool) -> None:
        index = self._running or 0
        cell = self._man.nb.cells[index]
        if not well:
            self.failed = True
            self._man.cell_exception(cell, cell_index=index)
        self._man.cell_complete(cell, cell_index=index)


class _Worker:
    """The second process of this one, where it cannot fork."""

    _host: Host | None = None
    _limits: Limits | None = None
    _done = 0

    @classmethod
    def run(cls, task: Any, hear: Callable[[Any], None], limits: Limits) -> Ending:
        if cls._host is None or cls._limits != limits or cls._done >= NOTEBOOKS_PER_WORKER:
            cls.close()
            cls._host, cls._limits, cls._done = Host(import_for_cells, "worker", limits), limits, 0
        host = cls._host
        host.start(task)
        cls._done += 1
        return host.listen(hear)

    @classmethod
    def close(cls) -> None:
        if cls._host is not None:
            cls._host.close()
            cls._host = None


atexit.register(_Worker.close)


def _default_isolation() -> CellIsolation:
    return "fork" if CAN_FORK and threading.active_count() == 1 else "worker"


def language_info() -> dict[str, Any]:
    """What IPython's kernel says of its language, and a notebook keeps."""
    return {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": platform.python_version(),
    }
