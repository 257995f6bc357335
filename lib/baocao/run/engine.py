"""The Papermill engine `baocao`: cells run without a kernel, in a child of their own where the system can fork.

Registered under the entry point `papermill.engine`, so `papermill --engine baocao in.ipynb out.ipynb` works too.
"""

import platform
from typing import Any

from papermill.engines import Engine

from baocao.run.cells import fresh_shell, run_cell

NAME = "baocao"


class BaocaoEngine(Engine):  # type: ignore[misc]
    """Runs notebooks of Python cells."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run the cells in order until one fails; Papermill then reports the error that its output shows."""
        with fresh_shell() as shell:
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                try:
                    if not run_cell(shell, cell):
                        nb_man.cell_exception(cell, cell_index=index)
                        break
                finally:
                    nb_man.cell_complete(cell, cell_index=index)
        nb_man.nb.metadata["language_info"] = language_info()


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
