"""Cells run in this very process, with IPython's semantics and without a kernel: no sockets, no second process.

What a cell shows is what nbclient would have collected from a kernel: streams joined while they are of one name,
displays, results, errors with their traceback, updates of earlier displays, cleared output.
"""

import atexit
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, ClassVar

import orjson
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell, InteractiveShellABC
from nbformat import NotebookNode, from_dict
from traitlets import Type

from baocao.run.children import Ending, Send
from baocao.run.limits import TimeLimitError, alarm

#: Tags nbclient knows: a cell that may fail, and one that is not run.
MAY_FAIL = "raises-exception"
SKIPPED = "skip-execution"


class Outputs:
    """Outputs of the cell that runs, and where earlier displays stand that may still be updated."""

    def __init__(self) -> None:
        self._of_cell: list[NotebookNode] = []
        self._displays: dict[str, list[NotebookNode]] = {}
        self._clear_first = False
        self.earlier_changed = False

    def begin(self, outputs: list[NotebookNode]) -> None:
        """From now on what is shown belongs to a cell with these outputs."""
        self._of_cell = outputs
        self._clear_first = self.earlier_changed = False

    def add(self, output_type: str, display_id: str | None = None, **content: Any) -> None:
        """One output, as a notebook keeps it."""
        if self._clear_first:
            self._of_cell.clear()
            self._clear_first = False
        output = NotebookNode(output_type=output_type)
        dict.update(output, {name: _as_it_is_now(value) for name, value in content.items()})
        self._of_cell.append(output)
        if display_id is not None:
            self._displays.setdefault(display_id, []).append(output)

    def update(self, display_id: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Show other data where a display of this id stands."""
        self.earlier_changed = True
        for output in self._displays.get(display_id, ()):
            dict.update(output, {"data": _as_it_is_now(data), "metadata": _as_it_is_now(metadata)})

    def write(self, name: str, text: str) -> None:
        """Text of a stream, joined to the text just before it."""
        last = self._of_cell[-1] if self._of_cell and not self._clear_first else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text
        elif text:
            self.add("stream", name=name, text=text)

    def clear(self, wait: bool) -> None:
        """Remove what the cell has shown, now or with its next output."""
        self._clear_first = wait
        if not wait:
            self._of_cell.clear()


def _as_it_is_now(content: Any) -> Any:
    """A copy, as a kernel would have sent it, since a cell may go on changing what it showed.

    nbformat's own copying, `from_dict`, is slow on large blocks; it is left for what orjson refuses.
    """
    try:
        return orjson.loads(orjson.dumps(content))
    except TypeError:
        return from_dict(content)


class _Stream(io.TextIOBase):
    """Standard output or error of a cell."""

    encoding = "utf-8"

    def __init__(self, outputs: Outputs, name: str) -> None:
        self._outputs = outputs
        self._name = name

    def write(self, text: str) -> int:
        self._outputs.write(self._name, text)
        return len(text)

    def writable(self) -> bool:
        return True


class _Publisher(DisplayPublisher):
    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        display_id = (transient or {}).get("display_id")
        if update:
            CellShell.outputs.update(str(display_id), data, metadata or {})
        else:
            CellShell.outputs.add("display_data", display_id, data=data, metadata=metadata or {})

    def clear_output(self, wait: bool = False) -> None:
        CellShell.outputs.clear(wait)


class _Hook(DisplayHook):
    def write_output_prompt(self) -> None: ...

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        if format_dict:
            CellShell.outputs.add(
                "execute_result", data=format_dict, metadata=md_dict or {}, execution_count=self.prompt_count
            )

    def finish_displayhook(self) -> None: ...


class CellShell(InteractiveShell):
    """IPython without terminal or kernel."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    autoindent = False
    outputs: ClassVar[Outputs] = Outputs()

    def init_history(self) -> None:
        """A report's cells do not enter the analyst's command history."""
        self.config.HistoryManager.enabled = False
        super().init_history()  # type: ignore[no-untyped-call]

    def init_io(self) -> None: ...

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: Sequence[str]) -> None:
        self.outputs.add("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb))

    def add_error(self, error: BaseException) -> None:
        """Show an error without the lines it came from."""
        self._showtraceback(type(error), error, [str(error)])

    def system(self, cmd: str) -> None:
        """Run `!command`; what it prints becomes the cell's output."""
        self.system_piped(cmd)  # type: ignore[no-untyped-call]

    def enable_gui(self, gui: Any = None) -> None:
        """Nothing to show windows in."""


InteractiveShellABC.register(CellShell)


_spare: list[CellShell] = []


def spare_shell() -> None:
    """Make a shell for the next notebook ahead of it: each child forked from this process then has it made."""
    main = sys.modules["__main__"]
    _spare[:] = [CellShell()]  # type: ignore[no-untyped-call]
    sys.modules["__main__"] = main


def _new_shell() -> CellShell:
    if not _spare:
        return CellShell()  # type: ignore[no-untyped-call]
    shell = _spare.pop()
    sys.modules["__main__"] = shell.user_module
    shell.starting_dir = str(Path.cwd())
    shell.user_ns["_dh"][:] = [Path.cwd()]
    return shell


@contextmanager
def fresh_shell() -> Iterator[CellShell]:
    """A shell with an empty namespace that `get_ipython()` finds, whatever ran in this process before."""
    before, main, hook = InteractiveShell._instance, sys.modules["__main__"], sys.excepthook
    CellShell.outputs = Outputs()
    shell = _new_shell()
    InteractiveShell._instance = CellShell._instance = shell  # type: ignore[assignment]
    try:
        with ExitStack() as streams:
            streams.enter_context(redirect_stdout(_Stream(shell.outputs, "stdout")))
            streams.enter_context(redirect_stderr(_Stream(shell.outputs, "stderr")))
            yield shell
    finally:
        atexit.unregister(shell.atexit_operations)
        shell.user_ns.clear()
        CellShell._instance = None
        InteractiveShell._instance = before
        sys.modules["__main__"], sys.excepthook = main, hook


def run_cell(shell: CellShell, cell: NotebookNode) -> bool:
    """Run one code cell, fill its outputs and count; False if the notebook must stop here."""
    tags = cell.metadata.get("tags", [])
    if cell.cell_type != "code" or not cell.source.strip() or SKIPPED in tags:
        return True
    cell.outputs = []
    shell.outputs.begin(cell.outputs)
    cell.execution_count = shell.execution_count
    result = shell.run_cell(cell.source, store_history=True)  # type: ignore[no-untyped-call]
    error = result.error_before_exec or result.error_in_exec
    if error is not None and not any(output.output_type == "error" for output in cell.outputs):
        shell.add_error(error)  # IPython failed to show it, for instance because the time was over meanwhile
    return bool(result.success) or MAY_FAIL in tags


def run_cells(notebook: NotebookNode, tell: Callable[[tuple[Any, ...]], None], seconds: float) -> None:
    """Run a notebook's cells in this process until one fails."""
    with fresh_shell() as shell, alarm(seconds):
        for index, cell in enumerate(notebook.cells):
            tell(("started", index))
            try:
                well = run_cell(shell, cell)
            except TimeLimitError as error:  # it rang between the lines of the cell and IPython's own
                shell.add_error(error)
                well = False
            if shell.outputs.earlier_changed:
                for earlier in range(index):
                    tell(("shown", earlier, notebook.cells[earlier]))
            tell(("finished", index, cell, well))
            if not well:
                return


def run_sent(notebook: dict[str, Any], folder: str, seconds: float, send: Send) -> None:
    """A task: run a notebook that came from another process."""
    os.chdir(folder)
    run_cells(from_dict(notebook), lambda message: send(_plain(message)), seconds)


def _plain(message: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict(part) if isinstance(part, NotebookNode) else part for part in message)


def import_for_cells() -> None:
    """What notebooks need and a second process imports once."""
    from baocao.notebook.opening import KINDS, OUTLINED

    for kind in (OUTLINED, *KINDS.values()):
        resolve_name(kind)


def ending_output(ending: Ending) -> NotebookNode:
    """The error a cell shows that was ended from outside."""
    name = {"time": "TimeLimitError", "memory": "MemoryLimitError", "processes": "ProcessLimitError"}
    ename = name.get(ending.kind, "ProcessDiedError")
    output: NotebookNode = from_dict(
        {"output_type": "error", "ename": ename, "evalue": ending.detail, "traceback": [ending.detail]}
    )
    return output
