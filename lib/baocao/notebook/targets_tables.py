"""Tables of a plan: tasks, allocation by unit, procedures received online only, scenarios side by side."""

from collections.abc import Callable, Sequence

from baocao.document.blocks import Align, HeaderCell, Table, TableCell, TableRow
from baocao.indicators.allocation_table import AllocationLine
from baocao.indicators.measure import Subject, Value
from baocao.indicators.scenarios import AS_PLANNED, ScenarioColumn
from baocao.indicators.target_lists import OnlineOnly, TaskRow
from baocao.indicators.target_measures import TargetMeasures
from baocao.indicators.target_plan import TargetPlan
from baocao.locale import format_date
from baocao.notebook.table_cells import Note, figure_cell, header, heading_row, words

BELOW_MINIMUM = "Dưới mức tối thiểu"
_ALLOCATION = (
    ("base_total", "Tổng hồ sơ"),
    ("base_online", "Trực tuyến"),
    ("base_share_pct", "Tỷ lệ (%)"),
    ("projected_total", "Tổng hồ sơ"),
    ("projected_online", "Trực tuyến"),
    ("not_online", "Chưa trực tuyến"),
    ("weight_pct", "Tỷ trọng (%)"),
    ("extra_online", "Trực tuyến giao thêm"),
    ("target_pct", "Chỉ tiêu (%)"),
)


def tasks_table(tasks: Sequence[TaskRow]) -> Table:
    """The tasks with the sections and headings they stand under."""
    align: list[Align] = ["number", "text", "text", "text", "label", "text"]
    rows = []
    for task in tasks:
        if task.row_type == "task":
            cells = words(task.number, task.task, task.lead, task.partners, task.timeline, task.product)
            rows.append(TableRow(cells=cells))
        else:
            rows.append(heading_row(f"{task.number}. {task.task}", len(align)))
    names = ("TT", "Nhiệm vụ", "Cơ quan chủ trì", "Cơ quan phối hợp", "Thời gian", "Sản phẩm")
    return Table(id="tasks", header=header(*names), rows=rows, align=align)


def allocation_block(
    id: str, plan: TargetPlan, group: str, lines: Sequence[AllocationLine], measures: TargetMeasures, note: Note
) -> Table:
    """A group's allocation as its annex prints it; a subtotal or total stands out."""
    align: list[Align] = ["number", "text"]
    align += ["figure" for _ in _ALLOCATION]
    align.append("note")
    rows, number = [], 0
    for line in lines:
        number += line.kind == "unit"
        place = f"{id}/{line.unit or line.kind}"
        cells = [
            TableCell(text=str(number) if line.kind == "unit" else ""),
            TableCell(text=line.name),
            *(
                figure_cell(measures.of_line(line, column, group), f"{place}/{column}", note)
                for column, _ in _ALLOCATION
            ),
            TableCell(text=_remark(plan, line)),
        ]
        rows.append(TableRow(kind="detail" if line.kind == "unit" else "total", cells=cells))
    return Table(id=id, header=_allocation_header(plan), rows=rows, align=align)


def _allocation_header(plan: TargetPlan) -> list[list[HeaderCell]]:
    tall = [HeaderCell(text=text, rows=2) for _, text in _ALLOCATION[6:]]
    first = [
        HeaderCell(text="TT", rows=2),
        HeaderCell(text="Đơn vị", rows=2),
        HeaderCell(text=plan.base.label, columns=3),
        HeaderCell(text=f"Dự kiến {plan.window.label}", columns=3),
        *tall,
        HeaderCell(text="Ghi chú", rows=2),
    ]
    return [first, [HeaderCell(text=text) for _, text in _ALLOCATION[:6]]]


def _remark(plan: TargetPlan, line: AllocationLine) -> str:
    if line.target_pct is not None and line.target_pct < plan.minimum_online_pct:
        return BELOW_MINIMUM
    return line.reason


def online_only_table(procedures: Sequence[OnlineOnly]) -> Table:
    """The procedures received online only, under the office or level that receives them."""
    align: list[Align] = ["number", "text", "note", "label"]
    rows: list[TableRow] = []
    heading = ""
    for number, procedure in enumerate(procedures, start=1):
        if procedure.heading != heading:
            heading = procedure.heading
            rows.append(heading_row(heading, len(align)))
        cells = words(str(number), procedure.procedure, procedure.field, format_date(procedure.starts))
        rows.append(TableRow(cells=cells))
    names = ("TT", "Thủ tục hành chính", "Lĩnh vực", "Từ ngày")
    return Table(id="online-only", header=header(*names), rows=rows, align=align)


def scenarios_table(plan: TargetPlan, columns: Sequence[ScenarioColumn], measures: TargetMeasures, note: Note) -> Table:
    """Scenarios side by side: what each asks of the groups and of the units, and whether it reaches what was asked."""
    asked: list[tuple[str, str, str, Callable[[ScenarioColumn], Value]]] = [
        *((f"Giao thêm, {group.name}", "extra_online", group.id, _extra_of(group.id)) for group in plan.groups),
        ("Giao thêm, cộng", "extra_online", "", lambda column: column.extra_total),
        ("Tỷ lệ trực tuyến cả năm (%)", "year_pct", "", lambda column: column.year_pct),
        (f"Tỷ lệ trực tuyến {plan.window.label} (%)", "reached_pct", "", lambda column: column.window_pct),
        ("Chỉ tiêu thấp nhất của một đơn vị (%)", "lowest_target_pct", "", lambda column: column.lowest_target_pct),
        ("Chỉ tiêu cao nhất của một đơn vị (%)", "highest_target_pct", "", lambda column: column.highest_target_pct),
        ("Số đơn vị dưới mức tối thiểu", "units_below_minimum", "", lambda column: len(column.below_minimum)),
    ]
    rows = []
    for label, name, part, value in asked:
        cells = []
        for place, column in enumerate(columns):
            subject = Subject(plan.unit, area=True, part="-".join(filter(None, (f"scenario-{place}", part))))
            measure = measures.of(name, value(column), subject)
            text = "–" if measure.value is None else measure.text(keep_zeros=False)
            cells.append(figure_cell(measure, f"scenarios/{part or name}", note, text))
        rows.append(TableRow(cells=[TableCell(text=label), *cells]))
    reached = ["–" if column.name == AS_PLANNED else "Có" if column.feasible else "Không" for column in columns]
    rows.append(TableRow(cells=words("Đạt đúng yêu cầu đặt ra", *reached)))
    names = header("Nội dung", *(column.name for column in columns))
    return Table(id="scenarios", header=names, rows=rows, align=["text", *("label" for _ in columns)])


def _extra_of(group: str) -> Callable[[ScenarioColumn], Value]:
    return lambda column: column.extra[group]
