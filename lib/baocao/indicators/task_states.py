"""Where each task of a plan stands on a day: as the office says in its register of tasks, and against its deadline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from baocao.indicators.target_lists import TaskRow
from baocao.locale import fold

State = Literal[
    "Hoàn thành",
    "Hoàn thành quá hạn",
    "Đang thực hiện",
    "Quá hạn",
    "Chưa đến hạn, chưa có báo cáo",
    "Đã đến hạn, chưa có báo cáo",
]
DONE: State = "Hoàn thành"
DONE_LATE: State = "Hoàn thành quá hạn"
OPEN: State = "Đang thực hiện"
OVERDUE: State = "Quá hạn"
NOT_TOLD: State = "Chưa đến hạn, chưa có báo cáo"
NOT_TOLD_DUE: State = "Đã đến hạn, chưa có báo cáo"


@dataclass(frozen=True)
class TaskState:
    """A task on a day; `done_on` and `note` as the office's register has them."""

    task: TaskRow
    state: State
    done_on: date | None = None
    note: str = ""


def task_key(task: TaskRow) -> str:
    """What a register calls a task of the plan: section and number, “I.3.1”."""
    return f"{task.section}.{task.number}"


def task_states(
    tasks: Sequence[TaskRow], register: Sequence[Mapping[str, Any]], document: str, day: date
) -> list[TaskState]:
    """Every task of the plan `document` (its number) on `day`.

    A row of the register is about a task if it names the document and, under `task`, its number or its whole text.
    A day of completion decides before a state; what was done after `day` is not yet done on it.
    """
    own = [row for row in register if fold(row["document_number"] or "") == fold(document)]
    states = []
    for task in tasks:
        if task.row_type == "task":
            names = {fold(task_key(task)), fold(task.task)}
            row = next((row for row in own if fold(row["task"]) in names), None)
            states.append(_told(task, row, day) if row is not None else TaskState(task, _silent(task, day)))
    return states


def _silent(task: TaskRow, day: date) -> State:
    return NOT_TOLD_DUE if _is_due(task, day) else NOT_TOLD


def _told(task: TaskRow, row: Mapping[str, Any], day: date) -> TaskState:
    done, stated, note = row["done_date"], row["state"], row["note"] or ""
    if done is not None and done <= day:
        late = task.last_due is not None and done > task.last_due
        return TaskState(task, DONE_LATE if late else DONE, done, note)
    if done is None and stated in ("done", "done_late"):
        return TaskState(task, DONE if stated == "done" else DONE_LATE, None, note)
    return TaskState(task, OVERDUE if stated == "overdue" or _is_due(task, day) else OPEN, None, note)


def _is_due(task: TaskRow, day: date) -> bool:
    return task.last_due is not None and task.last_due < day
