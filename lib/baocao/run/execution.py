"""A notebook executed by Papermill, without the traces of when and where it ran."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from baocao.errors import BaocaoError
from baocao.light_imports import import_papermill
from baocao.project import Project
from baocao.run.limits import Limits
from baocao.run.request import RunRequest


class RunFailedError(BaocaoError):
    """A notebook stopped with an error of its own."""


@dataclass(frozen=True)
class CellError:
    """The error that ended a notebook: the cell it stands at (counted from 1), its name and text."""

    cell: int
    name: str
    text: str


def execute(
    project: Project,
    request: RunRequest,
    *,
    engine: str = "baocao",
    on_cell: Callable[[int], None] = lambda _: None,
    progress_bar: bool = False,
) -> NotebookNode:
    """The notebook of a request with its outputs; a cell that fails ends it, see `first_error`.

    The steps are those of `papermill.execute_notebook`, which would write the notebook to a file, check it against
    the schema twice and have it read again.

    Raises
    ------
    RunFailedError
        If the kernel of the stock engine stops answering.
    """
    import_papermill()
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.engines import papermill_engines
    from papermill.execute import prepare_notebook_metadata
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook
    from papermill.utils import chdir

    source = project.notebooks / request.definition.notebook
    options: dict[str, Any] = {"extra_arguments": ["--IPKernelApp.log_level=50"]}
    if engine == "baocao":
        options = {"isolation": "none", "limits": Limits.set_in(project.settings.limits), "on_cell": on_cell}
    try:
        notebook = parameterize_notebook(
            load_notebook_node(str(source)), request.notebook_parameters(), kernel_name="python3", language="python"
        )
        notebook = prepare_notebook_metadata(notebook, str(source), None)
        with environment(**project.variables), chdir(project.notebooks):
            notebook = papermill_engines.execute_notebook_with_engine(
                engine, notebook, kernel_name="python3", progress_bar=progress_bar, **options
            )
    except (CellTimeoutError, DeadKernelError) as error:
        raise RunFailedError(f"{project.relative(source)}: the kernel stopped answering ({error})") from None
    return _without_traces(notebook)


def first_error(notebook: NotebookNode) -> CellError | None:
    """The error a notebook ended with; None if all of its cells ran."""
    for place, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                return CellError(place, output.ename, output.evalue)
    return None


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Variables of this process, as they were before once it is over."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _without_traces(notebook: NotebookNode) -> NotebookNode:
    """The notebook without times, paths and random ids, so that the same inputs give the same bytes."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = NotebookNode({"tags": tags} if tags else {})
        if "injected-parameters" in tags:
            cell.id = "injected-parameters"
    return notebook
