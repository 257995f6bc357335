"""The desk as it stands in the notebook: fields, what is wrong, buttons, progress, results."""

import atexit
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from baocao.desk import pages
from baocao.desk.choices import Checked, Registries
from baocao.desk.fields import Fields
from baocao.desk.making import Finished, Maker, Page, compare_task, preview_task, run_task, workers
from baocao.errors import BaocaoError
from baocao.project import Project, find_project
from baocao.run.batch import BatchOptions, Outcome, run_batch
from baocao.run.children import Task
from baocao.run.failures import Failure
from baocao.run.issued import issued_documents
from baocao.run.limits import Limits
from baocao.run.request import RunRequest
from baocao.run.tasks import CellStarted

#: In command mode JupyterLab takes arrows, letters and Enter for itself, also from a list or button of an output.
KEYS = """
let tries = 100;
const timer = setInterval(() => {
  const area = element.closest(".jp-Cell-outputWrapper");
  area?.addEventListener("focusin", event => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  if (area || --tries === 0) clearInterval(timer);
}, 100);
"""


class StoppedError(Exception):
    """Somebody pressed “Dừng”."""


class Desk:
    """The desk of a project.

    Attributes
    ----------
    project
        Whose reports it makes.
    view
        What the notebook shows.
    checked
        What the choices come to now.
    work
        The last thing that was started.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._registries = Registries(project)
        self.fields: Fields = Fields(self._registries)
        self._maker = Maker(project)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="baocao-desk")
        self._busy = self._stopped = False
        self.checked = Checked()
        self.work: Future[None] | None = None
        self.status = widgets.HTML()
        self.preview = widgets.Button(description="Xem trước")
        self.run = widgets.Button(description="Lập báo cáo", button_style="primary")
        self.compare = widgets.Button(description="So với bản đã ban hành", layout={"width": "auto"})
        self.stop = widgets.Button(description="Dừng", disabled=True)
        self.progress = widgets.IntProgress(layout={"width": "min(52em, 100%)", "display": "none"})
        self.said = widgets.HTML()
        self.links = widgets.Output()  # JupyterLab makes links work in outputs, not in widgets
        self.page = widgets.HTML()
        self.preview.on_click(lambda _: self._start(self._preview))
        self.run.on_click(lambda _: self._start(self._run_many if self.fields.many else self._run_one))
        self.compare.on_click(lambda _: self._start(self._compare))
        self.stop.on_click(lambda _: self._stop())
        self.fields.changed = self._check
        self._check()
        buttons = widgets.HBox(
            [self.preview, self.run, self.compare, self.stop], layout={"flex_flow": "row wrap", "margin": "0.5em 0"}
        )
        results = [self.progress, self.said, self.links, self.page]
        self.view = widgets.VBox(
            [self.fields.shown, self.status, buttons, *results, _output("application/javascript", KEYS)]
        )
        self._thread.submit(self._maker.warm)

    def close(self) -> None:
        """End the desk's process."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._maker.close()

    def _check(self) -> None:
        try:
            if self.fields.many:
                self.checked = self._registries.check_grid(self.fields.grid())
            else:
                self.checked = self._registries.check(self.fields.choices())
            self.status.value = pages.status(self.checked)
        except BaocaoError as error:
            self.checked = Checked()
            self.status.value = pages.refused(Failure.of(error))
        self._enable()

    def _enable(self) -> None:
        ready = bool(self.checked.requests) and not self._busy
        self.run.disabled = not ready
        self.preview.disabled = self.compare.disabled = not ready or self.fields.many
        self.stop.disabled = not self._busy

    def _start(self, work: Callable[[Checked], None]) -> None:
        """Do it in the other thread, so that the notebook goes on listening."""
        if self._busy or not self.checked.requests:
            return
        self._busy, self._stopped = True, False
        self._enable()
        self.links.outputs, self.page.value = (), ""
        self.progress.value, self.progress.layout.display = 0, None
        self.work = self._thread.submit(self._do, partial(work, self.checked))

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except StoppedError:
            self.said.value = pages.message("Đã dừng. Kết quả trước đó vẫn nguyên.")
        except Exception as error:  # nobody else would hear of it in this thread
            self.said.value = pages.refused(Failure.of(error))
        finally:
            self._busy = False
            self.progress.layout.display = "none"
            self._enable()

    def _stop(self) -> None:
        self._stopped = True
        self.said.value = pages.message("Đang dừng…")
        self._maker.stop()

    def _make(self, request: RunRequest, task: Task, doing: str) -> Any:
        """What the task came to; None if it was told why it could not."""
        self.said.value = pages.message(f"{doing}…")
        self.progress.max = _cells(self.project.notebooks / request.definition.notebook)
        answers: list[Any] = []

        def hear(message: Any) -> None:
            if isinstance(message, CellStarted):
                self.progress.value = message.cell
            else:
                answers.append(message)

        ending = self._maker.make(task, hear)
        if self._stopped:
            raise StoppedError
        refusal = next((answer for answer in answers if isinstance(answer, Failure)), None)
        made = next((answer for answer in answers if not isinstance(answer, Failure)), None)
        if refusal is not None or made is None:
            self.said.value = pages.refused(refusal or Failure(ending.kind, ending.detail))
        if refusal is not None and isinstance(made, Page):
            self.page.value = pages.framed(made.html, "Vì sao chưa lập được")
        return made if refusal is None else None

    def _preview(self, checked: Checked) -> None:
        request = checked.requests[0]
        made = self._make(request, preview_task(self.project, request), "Đang lập bản xem trước")
        if isinstance(made, Page):
            self.said.value = pages.message("Bản xem trước, chưa ghi vào thư mục kết quả.")
            self.page.value = pages.framed(made.html, "Xem trước văn bản")

    def _run_one(self, checked: Checked) -> None:
        request = checked.requests[0]
        task = run_task(self.project, request, self.fields.chosen_formats())
        made = self._make(request, task, "Đang lập báo cáo")
        if isinstance(made, Finished):
            self.said.value = ""
            shown = self.project.relative(made.folder)
            self._link(pages.finished(made.folder, made.files, made.warnings, made.supersedes, shown))

    def _compare(self, checked: Checked) -> None:
        request = checked.requests[0]
        issued = issued_documents(
            self.project.outputs, request.definition.id, request.unit.code, str(request.period.id)
        )
        if not issued:
            self.said.value = pages.message(
                "Chưa có bản nào của báo cáo, đơn vị và kỳ này được ban hành (baocao finalize)."
            )
            return
        last = issued[-1]
        made = self._make(request, compare_task(self.project, request, last.folder), "Đang so sánh")
        if isinstance(made, Page):
            told = "không khác" if made.same else "có khác"
            self.said.value = pages.message(
                f"So với bản số {last.issue.number} ({self.project.relative(last.folder)}): {told}."
            )
            self.page.value = pages.framed(made.html, "So với bản đã ban hành")

    def _run_many(self, checked: Checked) -> None:
        name = self.fields.batch.value or self.fields.report.value
        total = len(checked.requests)
        self.progress.max = total
        self.said.value = pages.message(f"Đang lập {total} báo cáo…")
        ended = 0

        def tell(_: Outcome) -> None:
            nonlocal ended
            ended += 1
            self.progress.value = ended
            self.said.value = pages.message(f"Đang lập: {ended}/{total}…")
            if self._stopped:
                raise StoppedError

        limits = Limits.set_in(self.project.settings.limits)
        options = BatchOptions(self.fields.chosen_formats(), workers(), limits=limits)
        result = run_batch(self.project, name, checked.requests, options, tell)
        self.said.value = ""
        self._link(pages.batch(self.project.outputs, name, result))

    def _link(self, html: str) -> None:
        self.links.outputs = _output("text/html", html).outputs


def _output(kind: str, content: str) -> Any:
    data = {kind: str(content)}
    return widgets.Output(outputs=({"output_type": "display_data", "data": data, "metadata": {}},))


def _cells(notebook: Path) -> int:
    """Cells that will run, the injected parameters among them."""
    return len(json.loads(notebook.read_text(encoding="utf-8"))["cells"]) + 1


_open: list[Desk] = []


def open_desk() -> Any:
    """The desk of the project this notebook lies in; the one opened before is closed."""
    while _open:
        _open.pop().close()
    try:
        desk = Desk(find_project())
    except BaocaoError as error:
        return widgets.HTML(pages.refused(Failure.of(error)))
    _open.append(desk)
    atexit.register(desk.close)
    return desk.view
