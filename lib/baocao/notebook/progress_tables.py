"""Tables of progress: units and groups against their path, ranking, movers, procedures, goals, tasks."""

from collections.abc import Sequence
from dataclasses import dataclass

from baocao.document.blocks import Align, HeaderCell, Table, TableCell, TableRow
from baocao.indicators.measure import Subject, Value
from baocao.indicators.online_only import Received
from baocao.indicators.plan_goals import DEFINITIONS, GoalResult
from baocao.indicators.plan_progress import Group, PlanProgress
from baocao.indicators.progress import STATUSES, UnitProgress
from baocao.indicators.standing import GroupProgress, together
from baocao.indicators.target_groups import by_district
from baocao.indicators.target_measures import TargetMeasures
from baocao.indicators.task_states import TaskState
from baocao.locale import clean, format_date, percentage
from baocao.notebook.progress_figures import display_name
from baocao.notebook.table_cells import Note, figure_cell, header, heading_row, words

SIGNED = ("moved_points",)
#: So much of a task's text stands in a table that points to the plan for the rest.
TASK_LETTERS = 150


@dataclass(frozen=True)
class ProgressTables:
    """Makes the tables of one report; every figure in them is noted with its place."""

    progress: PlanProgress
    measures: TargetMeasures
    note: Note

    def cell(
        self,
        name: str,
        value: Value,
        subject: Subject,
        table: str,
        *,
        numerator: int | None = None,
        denominator: int | None = None,
    ) -> TableCell:
        """A figure of a table; a move carries its sign."""
        source = "" if subject.area or subject.part else self.progress.sources.get(subject.unit, "")
        measure = self.measures.of(name, value, subject, numerator=numerator, denominator=denominator, source=source)
        text = measure.text()
        if name in SIGNED and measure.value is not None and measure.value > 0:
            text = f"+{text}"
        return figure_cell(measure, f"{table}/{subject.unit}/{name}", self.note, text)

    # -- units --------------------------------------------------------------------------------------------------------

    def units(self, id: str, rows: Sequence[UnitProgress], part: str) -> Table:
        """Units of a group, communes under their district's subtotal, then the group's total."""
        align: list[Align] = ["number", "text", *_figures(8), "label", "note"]
        lines: list[TableRow] = []
        number = 0
        for district, members in by_district(rows, self.progress.registry):
            if district is not None:
                lines.append(
                    self._sum(id, self.progress.registry[district].name, Subject(district, part=part), members)
                )
            for row in members:
                number += 1
                lines.append(self._unit(id, number, row))
        lines.append(self._sum(id, "Tổng cộng", self.measures.group(part), rows))
        return Table(id=id, header=_unit_header(), rows=lines, align=align)

    def _unit(self, id: str, number: int, row: UnitProgress) -> TableRow:
        subject = Subject(row.unit)
        cells = [
            *words(str(number), self.progress.registry[row.unit].name),
            self.cell("target_pct", row.target.target_pct, subject, id),
            self.cell("total_so_far", row.total, subject, id),
            self.cell("online_so_far", row.online, subject, id),
            self.cell("share_pct", row.share_pct, subject, id, numerator=row.online, denominator=row.total),
            self.cell("path_online", row.path_online, subject, id),
            self.cell("attained_pct", row.attained_pct, subject, id),
            self.cell("rank", row.rank, subject, id),
            self._overdue([row.unit], subject, id),
            self.forecast_cell(row, subject, id),
            TableCell(text=_status_text(row, self.progress.month.number)),
        ]
        return TableRow(cells=cells)

    def _sum(self, id: str, name: str, subject: Subject, rows: Sequence[UnitProgress]) -> TableRow:
        group, whole = together(rows), self.progress.whole(subject.unit, rows)
        cells = [
            *words("", name),
            self.cell("target_pct", whole.target.target_pct, subject, id),
            self.cell("total_so_far", group.total, subject, id),
            self.cell("online_so_far", group.online, subject, id),
            self.cell("share_pct", group.share_pct, subject, id, numerator=group.online, denominator=group.total),
            self.cell("path_online", group.path_online, subject, id),
            self.cell("attained_pct", whole.attained_pct, subject, id),
            TableCell(text=""),
            self._overdue([row.unit for row in rows], subject, id),
            self.forecast_cell(whole, subject, id),
            TableCell(text=_silent(group)),
        ]
        return TableRow(kind="total", cells=cells)

    def _overdue(self, units: Sequence[str], subject: Subject, id: str) -> TableCell:
        above, below = self.progress.overdue(units)
        value = percentage(above, below, 2)
        return self.cell("overdue_share_pct", value, subject, id, numerator=above, denominator=below)

    def forecast_cell(self, row: UnitProgress, subject: Subject, id: str) -> TableCell:
        """The forecast with its interval; all three are noted."""
        if row.forecast is None:
            return TableCell(text="")
        end = row.forecast
        cell = self.cell("forecast_pct", end.share_pct, subject, id)
        if end.low_pct is None or end.high_pct is None or end.low_pct == end.high_pct:
            return cell
        low = self.cell("forecast_low_pct", end.low_pct, subject, id)
        high = self.cell("forecast_high_pct", end.high_pct, subject, id)
        return cell.model_copy(update={"text": f"{cell.text} ({low.text}–{high.text})"})

    # -- groups -------------------------------------------------------------------------------------------------------

    def groups(self, id: str, groups: Sequence[Group]) -> Table:
        """Groups side by side: part of the figure's id, name and units of each; the last one is the whole."""
        names = ("Nhóm đơn vị", "Tổng hồ sơ", "Trực tuyến", "Tỷ lệ (%)", "Chỉ tiêu (%)")
        more = ("Lộ trình (hồ sơ)", "Đạt lộ trình (%)")
        lines = []
        for part, name, rows in groups:
            group, subject = together(rows), self._of_group(part)
            whole = self.progress.whole(part or self.measures.plan.unit, rows)
            on_path = percentage(group.online, group.path_online, 1)
            cells = [
                TableCell(text=name),
                self.cell("total_so_far", group.total, subject, id),
                self.cell("online_so_far", group.online, subject, id),
                self.cell("share_pct", group.share_pct, subject, id, numerator=group.online, denominator=group.total),
                self.cell("target_pct", whole.target.target_pct, subject, id),
                self.cell("path_online", group.path_online, subject, id),
                self.cell("path_pct", on_path, subject, id, numerator=group.online, denominator=group.path_online),
            ]
            lines.append(TableRow(kind="detail" if part else "total", cells=cells))
        return Table(id=id, header=header(*names, *more), rows=lines, align=["text", *_figures(6)])

    def statuses(self, id: str, groups: Sequence[Group]) -> Table:
        """How many units of each group stand where."""
        lines = []
        for part, name, rows in groups:
            group, subject = together(rows), self._of_group(part)
            cells = [TableCell(text=name), self.cell("units", group.units, subject, id)]
            for place, status in enumerate(STATUSES):
                at = Subject(subject.unit, area=True, part="-".join(filter(None, (part, f"status-{place}"))))
                cells.append(self.cell("units_of_status", group.by_status.get(status, 0), at, id))
            lines.append(TableRow(kind="detail" if part else "total", cells=cells))
        names = ("Nhóm đơn vị", "Số đơn vị", *STATUSES)
        return Table(id=id, header=header(*names), rows=lines, align=["text", *_figures(len(names) - 1)])

    def _of_group(self, part: str) -> Subject:
        return self.measures.group(part) if part else Subject(self.measures.plan.unit, area=True)

    # -- some units ---------------------------------------------------------------------------------------------------

    def ranking(self, id: str, rows: Sequence[UnitProgress]) -> Table:
        """Units with what they were given and what they attained."""
        lines = []
        for row in rows:
            subject = Subject(row.unit)
            cells = [
                self.cell("rank", row.rank, subject, id),
                TableCell(text=display_name(self.progress.registry, row.unit)),
                self.cell("target_pct", row.target.target_pct, subject, id),
                self.cell("share_pct", row.share_pct, subject, id, numerator=row.online, denominator=row.total),
                self.cell("attained_pct", row.attained_pct, subject, id),
                self.cell("needed_pct", row.needed_pct, subject, id),
            ]
            lines.append(TableRow(cells=cells))
        names = ("Hạng", "Đơn vị", "Chỉ tiêu (%)", "Đã đạt (%)", "So với chỉ tiêu (%)", "Cần đạt từ nay (%)")
        return Table(id=id, header=header(*names), rows=lines, align=["number", "text", *_figures(4)])

    def movers(self, id: str, rows: Sequence[UnitProgress]) -> Table:
        """Units with their share of this month and of the month before."""
        lines = []
        for row in rows:
            subject = Subject(row.unit)
            cells = [
                TableCell(text=display_name(self.progress.registry, row.unit)),
                self.cell("previous_share_pct", row.previous_share_pct, subject, id),
                self.cell("month_share_pct", row.month_share_pct, subject, id),
                self.cell("moved_points", row.moved_points, subject, id),
            ]
            lines.append(TableRow(cells=cells))
        names = ("Đơn vị", "Tháng trước (%)", "Tháng này (%)", "Tăng, giảm (điểm %)")
        return Table(id=id, header=header(*names), rows=lines, align=["text", *_figures(3)])

    # -- procedures, goals, tasks -------------------------------------------------------------------------------------

    def breaches(self, id: str, received: Sequence[Received]) -> Table:
        """Units and procedures with dossiers handed in over the counter although they are received online only."""
        lines = []
        for number, entry in enumerate(received, start=1):
            subject = Subject(entry.unit, procedure=clean(entry.procedure.procedure))
            cells = [
                *words(str(number), display_name(self.progress.registry, entry.unit), entry.procedure.procedure),
                TableCell(text=format_date(entry.procedure.starts)),
                self.cell("direct_after_start", entry.direct, subject, id),
                self.cell("direct_in_month", entry.direct_now, subject, id),
                self.cell("online_after_start", entry.online, subject, id),
                self.cell("postal_after_start", entry.postal, subject, id),
            ]
            lines.append(TableRow(cells=cells))
        names = ("TT", "Đơn vị", "Thủ tục hành chính", "Chỉ trực tuyến từ ngày")
        more = ("Nhận trực tiếp", "Trong tháng", "Trực tuyến", "Qua bưu chính")
        align: list[Align] = ["number", "text", "text", "label", *_figures(4)]
        return Table(id=id, header=header(*names, *more), rows=lines, align=align)

    def goals(self, id: str, results: Sequence[GoalResult]) -> Table:
        """The plan's other goals with what was reached."""
        lines = []
        for number, result in enumerate(results, start=1):
            goal = result.goal
            subject = Subject(self.measures.plan.unit, area=True, part=goal.id)
            level = self.cell("goal_threshold_pct", goal.threshold_pct, subject, id)
            if goal.threshold_pct is None:
                level = TableCell(text="Tăng" if goal.direction == "up" else "Giảm")
            share = result.share
            cells = [
                *words(str(number), goal.name),
                level,
                self.cell("goal_previous_pct", result.previous, subject, id),
                self.cell(
                    "goal_reached_pct",
                    result.reached,
                    subject,
                    id,
                    numerator=share.numerator,
                    denominator=share.denominator,
                ),
                TableCell(text=result.verdict),
            ]
            lines.append(TableRow(cells=cells))
        names = ("TT", "Mục tiêu", "Mức đặt ra (%)", "Tháng trước (%)", "Đến nay (%)", "Đánh giá")
        align: list[Align] = ["number", "text", *_figures(3), "label"]
        said = [(number, _said_of(result)) for number, result in enumerate(results, start=1)]
        note = " ".join(f"({number}) {text.rstrip('.')}." for number, text in said if text)
        return Table(id=id, header=header(*names), rows=lines, align=align, note=note)

    def tasks(self, id: str, states: Sequence[TaskState]) -> Table:
        """The tasks with deadline and state."""
        align: list[Align] = ["number", "text", "text", "label", "label", "label"]
        lines: list[TableRow] = []
        section = ""
        for state in states:
            task = state.task
            if task.section != section:
                section = task.section
                lines.append(heading_row(f"Mục {section}", len(align)))
            deadline = format_date(task.last_due) if task.last_due else ""
            done = f"{format_date(state.done_on)}. " if state.done_on else ""
            cells = words(task.number, _shortened(task.task), task.lead, deadline, state.state, f"{done}{state.note}")
            lines.append(TableRow(cells=cells))
        names = ("TT", "Nhiệm vụ", "Cơ quan chủ trì", "Hạn cuối", "Tình trạng", "Ngày hoàn thành, ghi chú")
        return Table(id=id, header=header(*names), rows=lines, align=align)


def _figures(count: int) -> list[Align]:
    return ["figure" for _ in range(count)]


def _unit_header() -> list[list[HeaderCell]]:
    names = ("TT", "Đơn vị", "Chỉ tiêu (%)", "Tổng hồ sơ", "Trực tuyến", "Tỷ lệ (%)", "Lộ trình (hồ sơ)")
    more = ("So với chỉ tiêu (%)", "Hạng", "Quá hạn (%)", "Dự báo cuối kỳ (%)", "Tình trạng")
    return header(*names, *more)


def _said_of(result: GoalResult) -> str:
    """How a goal's result is computed, or what is missing."""
    return result.remark or DEFINITIONS.get(result.goal.computed or "", "")


def _status_text(row: UnitProgress, number: int) -> str:
    """Where a unit stands, and whether that is not of this month."""
    return f"{row.status}; chưa gửi số liệu tháng này" if row.months and number not in row.months else row.status


def _silent(group: GroupProgress) -> str:
    missing = group.units - group.reporting
    return f"{missing} đơn vị chưa gửi số liệu" if missing else ""


def _shortened(text: str) -> str:
    """The beginning of a long text, cut between words."""
    if len(text) <= TASK_LETTERS:
        return text
    return text[:TASK_LETTERS].rsplit(" ", 1)[0].rstrip(" ,;:-") + " …"
