"""Progress of a plan in a month of its window: every unit against its path, and the plan's other goals and tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from baocao.checks.findings import Finding
from baocao.document.narrative import Citation, Prose, plain
from baocao.errors import ConfigurationError
from baocao.indicators.forecast import METHOD
from baocao.indicators.measure import Measure
from baocao.indicators.online_only import check_online_only
from baocao.indicators.plan_goals import GoalResult
from baocao.indicators.plan_progress import SOURCE, load_progress
from baocao.indicators.progress import UnitProgress
from baocao.indicators.slices import Slice
from baocao.indicators.target_findings import RuleOutcome, TargetFinding
from baocao.indicators.target_measures import TargetMeasures
from baocao.indicators.target_plan import ReportingMonth, Thresholds
from baocao.indicators.targets import Target
from baocao.indicators.task_states import TaskState, task_states
from baocao.intake.register import load_register
from baocao.locale import format_count, format_date
from baocao.notebook.progress_figures import ProgressFigures, display_name
from baocao.notebook.progress_tables import ProgressTables
from baocao.notebook.session import Context
from baocao.notebook.targets import NONE, TargetReport
from baocao.notebook.targets_checks import findings
from baocao.store.registers import read_register
from baocao.store.tables import Store

SUBMISSIONS, STATISTICS, TASKS = "submissions", "statistics", "tasks"


@dataclass(frozen=True)
class AnnexLabels:
    """What a sentence calls the annexes."""

    units: Prose
    online_only: Prose
    tasks: Prose


class TargetProgressReport(TargetReport):
    """How far every unit has come by the end of a month of the window."""

    def __init__(self, context: Context, data: Slice) -> None:
        super().__init__(context, data)
        thresholds = _thresholds(self.plan.progress, context.parameters)
        submissions = self.office.registers.get(SUBMISSIONS, ())
        self.progress = load_progress(
            context.project,
            self.plan,
            self.registry,
            self.period,
            data.versions,
            thresholds=thresholds,
            submissions=submissions,
        )
        self.month = self.progress.month
        days = (self.plan.window.from_date, self.month.to_date)
        self.measures = TargetMeasures(self.plan, *days, SOURCE, self.month.from_date)
        self.tables = ProgressTables(self.progress, self.measures, self._register.note)
        self.compliance = check_online_only(
            context.project,
            self.registry,
            self.progress.units,
            self.procedures,
            self.progress.spans,
            data.versions,
        )
        self.standing = ProgressFigures(self.progress, self.measures, self.compliance)
        self._narrator.names = {*self._narrator.names, *(month.label for month in self.progress.months)}
        cited = self.plan.document
        self.plan_citation = Citation(cited.type, cited.number, cited.date, cited.issuer)

    @property
    def is_last_month(self) -> bool:
        """Whether the window is over with this month."""
        return self.month.number == len(self.progress.months)

    @property
    def method(self) -> str:
        """How the forecast is made, for a reader."""
        return METHOD

    @property
    def abstract(self) -> str:
        """What the report is about."""
        return f"Tiến độ thực hiện {self.plan.name[0].lower()}{self.plan.name[1:]}, {self.month.label}"

    def labels_of_annexes(self) -> AnnexLabels:
        units = [f"Phụ lục {place}" for place, _ in enumerate(self.plan.groups, start=1)]
        place = len(units)
        return AnnexLabels(plain(", ".join(units)), plain(f"Phụ lục {place + 1}"), plain(f"Phụ lục {place + 2}"))

    def goals(self) -> list[GoalResult]:
        """The plan's other goals, this month and the month before."""
        number, months = self.month.number, self.progress.months
        before = self._delivered(STATISTICS, months[number - 2]) if number > 1 else []
        return self.progress.goals(self._delivered(STATISTICS, self.month), before)

    def tasks_now(self) -> list[TaskState]:
        """The plan's tasks on the last day of the month, by the newest register delivered up to then."""
        delivered = (self._delivered(TASKS, month) for month in reversed(self.progress.months[: self.month.number]))
        rows = next(filter(None, delivered), [])
        return task_states(self.tasks, rows, self.plan.document.number, self.month.to_date)

    def _delivered(self, register: str, month: ReportingMonth) -> list[dict[str, Any]]:
        """A register of the plan's office as delivered for a month."""
        project, versions = self.context.project, self._data.versions
        definition = load_register(project, register)
        as_of = versions.as_of(definition.table)
        if as_of is None:
            return []
        days = (month.from_date, month.to_date)
        return read_register(Store(project.store), definition, self.plan.unit, *days, as_of)

    # -- checks -------------------------------------------------------------------------------------------------------

    def find(self) -> list[Finding]:
        """What the checks of the stored data find, then those of the units' own figures."""
        stored = list(super().find()) if self._data.rows else []
        return [*stored, *findings(self.context.project, self._outcomes())]

    def _has_data(self) -> bool:
        return self.progress.has_data

    def _outcomes(self) -> list[RuleOutcome]:
        progress = self.progress
        label, checked = f"Số liệu {self.month.label}", len(progress.counts.of)
        problems = [*progress.counts.problems, *progress.strangers]
        by_rule = {
            rule: [one for one in problems if one.rule == rule] for rule in dict.fromkeys(one.rule for one in problems)
        }
        nothing = [] if self._has_data() else [self._finding("has-data", "", "Tháng báo cáo chưa có số liệu", "error")]
        told = {gap.unit for gap in self._data.gaps}  # of these the checks of the stored data speak
        silent = [
            self._finding("reported", row.unit, "Chưa gửi số liệu của tháng")
            for row in self.progress.rows
            if self.month.number not in row.months and row.unit not in told
        ]
        outcomes = [
            RuleOutcome("has-data", label, "", 1, tuple(nothing)),
            RuleOutcome("reported", label, "", len(self.progress.rows), tuple(silent)),
            *(RuleOutcome(rule, label, "", checked, tuple(found)) for rule, found in by_rule.items()),
        ]
        if progress.submitted:
            late = [
                self._finding(
                    "handed-in-on-time", unit, f"Gửi ngày {format_date(progress.submitted[unit])}, quá thời hạn"
                )
                for unit in progress.silence.late
            ]
            outcomes.append(RuleOutcome("handed-in-on-time", label, "", len(progress.submitted), tuple(late)))
        kept = [self._online_only_finding(unit, entries) for unit, entries in self.standing.breaches_by_unit().items()]
        received = len(self.compliance.received)
        outcomes.append(RuleOutcome("online-only-kept", label, "", received, tuple(kept)))
        return outcomes

    def _finding(self, rule: str, unit: str, message: str, severity: Any = "warning") -> TargetFinding:
        name = display_name(self.registry, unit) if unit else ""
        return TargetFinding(rule, severity, f"Số liệu {self.month.label}", name, "", unit or None, None, None, message)

    def _online_only_finding(self, unit: str, direct: Sequence[int]) -> TargetFinding:
        dossiers, procedures = format_count(sum(direct)), format_count(len(direct))
        message = f"Nhận trực tiếp {dossiers} hồ sơ của {procedures} thủ tục chỉ tiếp nhận trực tuyến"
        return self._finding("online-only-kept", unit, message)

    def _breaches_by_unit(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for entry in self.compliance.breaches:
            found.setdefault(entry.unit, []).append(entry.direct)
        return {unit: found[unit] for unit in self.progress.units if unit in found}

    # -- the document -------------------------------------------------------------------------------------------------

    def _title_note(self) -> str:
        first, last = format_date(self.plan.window.from_date), format_date(self.month.to_date)
        return f"(Số liệu từ ngày {first} đến ngày {last})"

    def charts(self, count: int) -> None:
        """Show the path, the months and both ends of the ranking."""
        progress, standing = self.progress, self.standing
        self.annex_charts("Tiến độ thực hiện chỉ tiêu")
        names = ("online_so_far", "path_gap")
        self.bars(
            "path",
            caption="Hồ sơ trực tuyến đã đạt và còn thiếu so với lộ trình",
            says="Số hồ sơ trực tuyến đã đạt và còn thiếu so với lộ trình của từng nhóm đơn vị.",
            series=dict(zip(("Đã đạt", "Còn thiếu so với lộ trình"), names, strict=True)),
            bars=[(group[1], dict(zip(names, standing.path(group), strict=True))) for group in progress.groups()[:-1]],
        )
        whole, now = progress.whole(self.plan.unit, progress.rows), standing.overall()
        self.bars(
            "months",
            caption="Tỷ lệ hồ sơ trực tuyến từng tháng so với chỉ tiêu chung",
            says="Tỷ lệ hồ sơ trực tuyến của từng tháng; đường kẻ là chỉ tiêu chung.",
            series={"Tỷ lệ trực tuyến (%)": "share"},
            bars=[
                (month.label, {"share": standing.month_share(month, whole)})
                for month in progress.months[: self.month.number]
            ],
            target=Target("Chỉ tiêu chung", now.share, now.target, none=""),
        )
        ends = {row.unit: row for row in (*standing.best(count), *reversed(standing.last(count)))}
        self.bars(
            "ranking",
            caption="Đơn vị đứng đầu và đứng cuối: tỷ lệ đạt so với chỉ tiêu",
            says="Tỷ lệ đạt so với chỉ tiêu của các đơn vị đứng đầu và đứng cuối bảng xếp hạng.",
            series={"So với chỉ tiêu (%)": "attained"},
            bars=[
                (display_name(self.registry, unit), {"attained": standing.attained(row)}) for unit, row in ends.items()
            ],
            target=Target("Chỉ tiêu", now.share, standing.threshold("on_track_from_pct"), none=""),
        )

    def annexes(self) -> None:
        """Show every unit's standing, the procedures received online only and the tasks, each an annex."""
        for place, (part, name, rows) in enumerate(self.progress.groups()[:-1], start=1):
            self.annex_table(f"Phụ lục {place}", f"Kết quả của {name}", self.tables.units(part, rows, part))
        place = len(self.plan.groups)
        title = "Thủ tục chỉ tiếp nhận trực tuyến còn nhận hồ sơ trực tiếp"
        breaches = self.tables.breaches("breaches", self.compliance.breaches)
        self.annex_table(f"Phụ lục {place + 1}", title, breaches, none="Không có hồ sơ nhận trực tiếp")
        tasks = self.tables.tasks("tasks", self.tasks_now())
        self.annex_table(f"Phụ lục {place + 2}", "Tình hình thực hiện nhiệm vụ của kế hoạch", tasks, none=NONE)

    def show_groups(self) -> None:
        self._show(self.tables.groups("groups", self.progress.groups()))

    def show_statuses(self) -> None:
        self._show(self.tables.statuses("statuses", self.progress.groups()))

    def show_ranking(self, id: str, rows: Sequence[UnitProgress]) -> None:
        self._show(self.tables.ranking(id, rows))

    def show_movers(self, id: str, rows: Sequence[UnitProgress]) -> None:
        self._show(self.tables.movers(id, rows))

    def show_goals(self) -> None:
        self._show(self.tables.goals("goals", self.goals()))


def _thresholds(plan: Thresholds, given: Mapping[str, Any]) -> Thresholds:
    """The plan's thresholds, or those of the parameters."""
    asked = {name: Measure.exact(given[name]) for name in ("on_track_from_pct", "at_risk_from_pct") if given[name]}
    try:
        return Thresholds.model_validate({**plan.model_dump(), **asked})
    except ValueError as error:
        raise ConfigurationError(f"parameters of the statuses do not fit together: {error}") from None
