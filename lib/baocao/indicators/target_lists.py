"""What a plan lists beside its targets: tasks with their deadlines, and procedures received online only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from baocao.errors import ConfigurationError, one_of
from baocao.indicators.target_findings import RuleOutcome, TargetFinding
from baocao.indicators.target_plan import FOLDER, TargetPlan
from baocao.locale import fold
from baocao.project import Project, read_rows
from baocao.units import LEVELS, UnitRegistry

_TASK_COLUMNS = (
    "row_type",
    "section",
    "number",
    "task",
    "lead",
    "partners",
    "timeline",
    "first_due",
    "last_due",
    "product",
)
_ONLINE_COLUMNS = ("level", "unit", "heading", "position", "field", "procedure")
_ROW_TYPES = ("section", "heading", "task")


@dataclass(frozen=True)
class TaskRow:
    """A line of the list of tasks; `row_type` section and heading carry only a title.

    Attributes
    ----------
    first_due, last_due
        Last day of the first and of the last of its deadlines; `first_due` is None where it has one only. “Trước
        ngày 15/6” is due on the 15th, as reports “trước ngày 20” are on the 20th; “tháng 6” on the 30th, “năm 2022” on
        31 December.
    """

    row_type: str
    section: str
    number: str
    task: str
    lead: str
    partners: str
    timeline: str
    first_due: date | None
    last_due: date | None
    product: str


@dataclass(frozen=True)
class OnlineOnly:
    """A procedure received online only: by the department `unit`, or by every unit of `level` where that is None.

    `heading` is the heading as printed; `starts` the first day on which a dossier handed in directly breaks the plan.
    """

    level: str
    unit: str | None
    heading: str
    position: str
    field: str
    procedure: str
    starts: date


def read_tasks(project: Project, plan: TargetPlan) -> list[TaskRow]:
    """The tasks of a plan with the sections and headings they stand under, in print order.

    Raises
    ------
    ConfigurationError
        For a wrong header, row type or date, or a task without deadline, with file, row and column.
    """
    rows = []
    path = _list_file(project, plan, "tasks.csv")
    for where, cells in read_rows(path, project.relative(path), _TASK_COLUMNS):
        if cells["row_type"] not in _ROW_TYPES:
            raise ConfigurationError(f"{where}, row_type: {one_of('row type', cells['row_type'], _ROW_TYPES)}")
        first = _day(cells["first_due"], f"{where}, first_due")
        last = _day(cells["last_due"], f"{where}, last_due")
        if cells["row_type"] == "task" and last is None:
            raise ConfigurationError(f"{where}, last_due: empty; expected the task's deadline, yyyy-mm-dd")
        texts = {name: cells[name] for name in _TASK_COLUMNS if name not in ("first_due", "last_due")}
        rows.append(TaskRow(**texts, first_due=first, last_due=last))
    return rows


def read_online_only(project: Project, plan: TargetPlan, registry: UnitRegistry) -> list[OnlineOnly]:
    """The procedures received online only, in print order.

    Raises
    ------
    ConfigurationError
        For a wrong header, an unknown level or unit, or a level whose start the plan does not state.
    """
    rows = []
    path = _list_file(project, plan, "online-only.csv")
    for where, cells in read_rows(path, project.relative(path), _ONLINE_COLUMNS):
        level, unit = cells["level"], cells["unit"]
        if level not in LEVELS:
            raise ConfigurationError(f"{where}, level: {one_of('level', level, LEVELS)}")
        start = next((day for name, day in plan.online_only_from.items() if name == level), None)
        if start is None:
            raise ConfigurationError(
                f"{where}, level: {plan.id} states no start for {level}; add it to online_only_from"
            )
        if unit and unit not in registry.codes:
            raise ConfigurationError(f"{where}, unit: {one_of('unit', unit, registry.codes)}")
        texts = {name: cells[name] for name in ("heading", "position", "field", "procedure")}
        rows.append(OnlineOnly(level=level, unit=unit or None, starts=start, **texts))
    return rows


def check_lists(
    tasks: Sequence[TaskRow], procedures: Sequence[OnlineOnly], registry: UnitRegistry
) -> list[RuleOutcome]:
    """Tasks without a product, and departments called by another name than in the list of units."""
    real = [row for row in tasks if row.row_type == "task"]
    no_product = tuple(
        TargetFinding(
            rule="task-has-product",
            severity="warning",
            table="Phụ lục 1",
            row=f"{row.section}.{row.number}",
            column="product",
            unit=None,
            printed=None,
            computed=None,
            message=f"Nhiệm vụ {row.number} mục {row.section} không nêu sản phẩm.",
        )
        for row in real
        if not row.product
    )
    headings = {row.heading: row.unit for row in procedures if row.unit is not None}
    other_name = tuple(
        TargetFinding(
            rule="heading-is-unit-name",
            severity="warning",
            table="Phụ lục 3",
            row=heading,
            column="unit_heading",
            unit=unit,
            printed=None,
            computed=None,
            message=f"Phụ lục 3 ghi “{heading}”; danh sách đơn vị ghi “{registry[unit].name}”.",
        )
        for heading, unit in headings.items()
        if fold(heading) != fold(registry[unit].name)
    )
    return [
        RuleOutcome("task-has-product", "Phụ lục 1", "product", len(real), no_product),
        RuleOutcome("heading-is-unit-name", "Phụ lục 3", "unit_heading", len(headings), other_name),
    ]


def _list_file(project: Project, plan: TargetPlan, name: str) -> Path:
    path = project.params / FOLDER / plan.id / name
    if not path.is_file():
        raise ConfigurationError(f"{project.relative(path)}: the file is missing; it lists what {plan.id} asks for")
    return path


def _day(text: str, where: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigurationError(f"{where}: “{text}” is not a date; expected yyyy-mm-dd") from None
