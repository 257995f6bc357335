"""What reports of targets share, and the plan itself: tasks, allocation, procedures received online only, scenarios."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from baocao.checks.findings import Finding
from baocao.errors import ConfigurationError
from baocao.indicators.allocation import GroupAllocation, UnitTarget, projected
from baocao.indicators.allocation_checks import check_table
from baocao.indicators.allocation_table import AllocationLine, allocation_table
from baocao.indicators.goal_seek import Sought, below_minimum, seek
from baocao.indicators.measure import Measure, Subject
from baocao.indicators.scenarios import ScenarioColumn, side_by_side
from baocao.indicators.slices import Slice
from baocao.indicators.target_bases import allocate_all, load_figures
from baocao.indicators.target_findings import RuleOutcome, TargetFinding
from baocao.indicators.target_lists import OnlineOnly, TaskRow, check_lists, read_online_only, read_tasks
from baocao.indicators.target_measures import TargetMeasures
from baocao.indicators.target_plan import FOLDER, Goal, Scenario, TargetGroup, TargetPlan, plan_of
from baocao.locale import clean, percentage
from baocao.notebook.session import Context
from baocao.notebook.targets_checks import findings, judged_unequal
from baocao.notebook.targets_tables import allocation_block, online_only_table, scenarios_table, tasks_table
from baocao.notebook.titled import TitledReport
from baocao.store.versions import Versions
from baocao.units import Unit, load_registry

#: A sentence's own label of an annex.
TASKS_LABEL, ONLINE_ONLY_LABEL, SCENARIOS_LABEL = "Phụ lục 1", "Phụ lục 3", "Phụ lục 4"
NONE = "Không có"
FIGURES_LABEL = "Số liệu kỳ gốc"
_NOTHING = TargetFinding(
    "has-data", "error", FIGURES_LABEL, "", "", None, None, None, "Chưa có số liệu kỳ gốc của đơn vị nào"
)


class TargetReport(TitledReport):
    """A report about a plan of targets, `params/targets/`."""

    def __init__(self, context: Context, data: Slice) -> None:
        super().__init__(context, data)
        project = context.project
        self.plan = plan_of(project, str(context.parameters["plan"]), context.unit.code, context.period)
        #: The units of the plan; another period may know others.
        self.registry = load_registry(project).valid(self.plan.base.from_date, self.plan.window.to_date)
        self.tasks = read_tasks(project, self.plan)
        self.procedures = read_online_only(project, self.plan, self.registry)
        folder = f"params/{FOLDER}/{self.plan.id}"
        self._files += [f"{folder}.yaml", f"{folder}/tasks.csv", f"{folder}/online-only.csv"]
        self._files += [f"{folder}/{group.figures}" for group in self.plan.groups if group.figures]
        self._narrator.names = {*self._narrator.names, *map(clean, self._plan_texts())}

    def _plan_texts(self) -> list[str]:
        """Texts of the plan that may hold digits without being figures."""
        plan = self.plan
        return [
            *(plan.name, plan.document.number, plan.base.label, plan.window.label),
            *(TASKS_LABEL, ONLINE_ONLY_LABEL, SCENARIOS_LABEL),
            *(text for group in plan.groups for text in (group.name, group.table)),
            *(goal.name for goal in plan.goals),
            *(scenario.name for scenario in plan.scenarios),
            *(unit.name for unit in self.registry.within(plan.unit)),
        ]


@dataclass(frozen=True)
class AnnexLabels:
    """What a sentence calls the annexes."""

    tasks: str = TASKS_LABEL
    online_only: str = ONLINE_ONLY_LABEL
    scenarios: str = SCENARIOS_LABEL


@dataclass(frozen=True)
class PlannedGroup:
    """A group as a sentence speaks of it.

    Attributes
    ----------
    units
        How many it has.
    share, extra, reached
        Share online in the base months, extra dossiers, and share in the window with them.
    """

    name: str
    table: str
    units: Measure
    share: Measure
    extra: Measure
    reached: Measure


@dataclass(frozen=True)
class PlannedGoal:
    """A goal as a sentence speaks of it; `level` is blank where the plan only names a direction."""

    name: str
    direction: str
    level: Measure
    goal: Goal

    @property
    def is_whole(self) -> bool:
        """Whether the whole is asked for, of which there is no more."""
        return self.level.value == 100


class TargetPlanReport(TargetReport):
    """The plan: who is given what, by the rule and the factor the parameters ask for."""

    def __init__(self, context: Context, data: Slice) -> None:
        super().__init__(context, data)
        given = {name: context.parameters[name] for name in context.parameters}
        self._printed_plan = self.plan
        self.plan = _as_asked(self.plan, given)
        from_file = all(group.figures for group in self.plan.groups)
        if from_file:  # then nothing of the store is in the document
            self._data = replace(data, versions=Versions({}), rows=[], printed=[])
        keep = not given["projection_factor"]
        self.figures_of = load_figures(context.project, self.plan, self.registry, data.versions, given=keep)
        self._as_planned = allocate_all(self.plan, self.figures_of, self.registry)
        self._asked = _scenario(given)
        self.allocations = self._as_planned if self._asked is None else self._sought(self._asked)
        source = ", ".join(dict.fromkeys(figures.source for figures in self.figures_of if figures.source))
        window = self.plan.window
        self.measures = TargetMeasures(self.plan, window.from_date, window.to_date, source)

    def _sought(self, scenario: Scenario) -> list[GroupAllocation]:
        """The allocation a goal-seek answers with."""
        sought = seek(self.plan, self._as_planned, scenario)
        for pool in sought.pools:
            if pool.extra is None:
                names = ", ".join(pool.conflicting[:5])
                raise ConfigurationError(
                    f"rule goal-seek: floor, ceiling and effort exclude each other for {len(pool.conflicting)} units "
                    f"({names}); lower floor_pct, or raise ceiling_pct or max_effort"
                )
        return [_with_sought(allocation, sought) for allocation in self._as_planned]

    # -- checks -------------------------------------------------------------------------------------------------------

    def find(self) -> list[Finding]:
        """What does not hold together in the tables and lists the plan is made of."""
        outcomes = [RuleOutcome("has-data", FIGURES_LABEL, "", 1, () if self._has_data() else (_NOTHING,))]
        for figures, allocation in zip(self.figures_of, self._as_planned, strict=True):
            plan, lines = self._printed_plan, list(figures.lines)
            if not figures.is_printed:  # what the rule makes of the figures is held against the plan itself
                table = allocation_table(allocation, self.registry, self.plan.rounding)
                plan, lines = self.plan, [line for line in table if line.kind != "subtotal"]
            outcomes += check_table(plan, figures.group.id, lines, self.registry, judged_unequal)
            outcomes += [RuleOutcome(found.rule, found.table, "", 1, (found,)) for found in figures.problems]
        outcomes += check_lists(self.tasks, self.procedures, self.registry)
        return findings(self.context.project, outcomes)

    def _has_data(self) -> bool:
        return any(base.total is not None for figures in self.figures_of for base in figures.bases)

    # -- figures ------------------------------------------------------------------------------------------------------

    @property
    def unit_targets(self) -> list[UnitTarget]:
        """Every unit with what it is given."""
        return [target for allocation in self.allocations for target in allocation.targets]

    def lines(self, group: TargetGroup) -> list[AllocationLine]:
        """A group's lines: units, subtotals by district, total."""
        (allocation,) = [allocation for allocation in self.allocations if allocation.group == group.id]
        return allocation_table(allocation, self.registry, self.plan.rounding)

    def total(self, column: str) -> Measure:
        """A figure of all units together, dossiers or share."""
        totals = [self.lines(group)[-1] for group in self.plan.groups]
        if column == "base_share_pct":
            online, total = (self.total(name).value for name in ("base_online", "base_total"))
            if not isinstance(online, int) or not isinstance(total, int):
                return self.measures.of(column, None)
            value = percentage(online, total, self.plan.rounding.share_decimals)
            return self.measures.of(column, value, numerator=online, denominator=total)
        known = [value for line in totals if (value := getattr(line, column)) is not None]
        return self.measures.of(column, sum(known) if known else None)

    def reached(self) -> tuple[Measure, Measure]:
        """Share of online dossiers with all extras: in the window, and over the year."""
        chosen = self.scenarios()[0] if self._asked is None else self.scenarios()[-1]
        return self.measures.of("reached_pct", chosen.window_pct), self.measures.of("year_pct", chosen.year_pct)

    def groups(self) -> list[PlannedGroup]:
        """The groups with their figures."""
        found = []
        for group in self.plan.groups:
            lines, of = self.lines(group), self.measures.of
            total, subject = lines[-1], self.measures.group(group.id)
            units = sum(line.kind == "unit" for line in lines)
            found.append(
                PlannedGroup(
                    group.name,
                    group.table,
                    of("units", units, subject),
                    self.measures.of_line(total, "base_share_pct", group.id),
                    self.measures.of_line(total, "extra_online", group.id),
                    of("reached_pct", total.reached_pct, subject),
                )
            )
        return found

    def goals(self) -> list[PlannedGoal]:
        """The plan's goals."""
        directions = {"at-least": "đạt từ", "up": "tăng", "down": "giảm"}
        return [PlannedGoal(goal.name, directions[goal.direction], self._level(goal), goal) for goal in self.plan.goals]

    def _level(self, goal: Goal) -> Measure:
        return self.measures.of("goal_threshold_pct", goal.threshold_pct, Subject(self.plan.unit, True, part=goal.id))

    def minimum(self) -> Measure:
        """The plan's own minimum share."""
        return self.measures.of("minimum_online_pct", self.plan.minimum_online_pct)

    def factor(self) -> Measure:
        """How many times the base months the window is expected to bring."""
        return self.measures.of("projection_factor", self.plan.projection_factor)

    def own_projections(self) -> list[Unit]:
        """Units whose projection is given apart, not as a multiple of their base."""
        factor = self.plan.projection_factor
        return [
            self.registry[base.unit]
            for figures in self.figures_of
            for base in figures.bases
            if base.total is not None and base.projected_total not in (None, projected(base.total, factor))
        ]

    def below_minimum(self) -> list[tuple[Unit, Measure]]:
        """Units whose target is below the plan's own minimum, with it."""
        wanted = set(below_minimum(self.plan, self.unit_targets))
        return [
            (self.registry[target.unit], self.measures.of("target_pct", target.target_pct, Subject(target.unit)))
            for target in self.unit_targets
            if target.unit in wanted
        ]

    def without_target(self) -> list[tuple[Unit, str]]:
        """Units that are given no target, and why."""
        return [
            (self.registry[target.unit], target.reason.lower())
            for target in self.unit_targets
            if target.target_pct is None
        ]

    def count(self, name: str, what: Sequence[Any]) -> Measure:
        """How many of something, as the figure `name`."""
        return self.measures.of(name, len(what))

    def task_rows(self) -> list[TaskRow]:
        return [row for row in self.tasks if row.row_type == "task"]

    def online_only_by_level(self) -> list[tuple[str, Measure, Any]]:
        """Name of the group, how many procedures its units receive online only, and from which day."""
        found = []
        for group in self.plan.groups:
            own: list[OnlineOnly] = [row for row in self.procedures if row.level == group.level]
            if own:
                measure = self.measures.of("online_only_procedures", len(own), self.measures.group(group.id))
                found.append((group.name, measure, own[0].starts))
        return found

    def scenarios(self) -> list[ScenarioColumn]:
        """The plan as it is, what its file asks beside it, and what the parameters ask."""
        asked = [*self.plan.scenarios, *([self._asked] if self._asked is not None else [])]
        return side_by_side(self.plan, self._as_planned, asked)

    # -- the document -------------------------------------------------------------------------------------------------

    def labels_of_annexes(self) -> AnnexLabels:
        return AnnexLabels()

    def annexes(self) -> None:
        """Show tasks, allocations, procedures and scenarios, each an annex."""
        self.annex_table(TASKS_LABEL, "Danh mục nhiệm vụ, giải pháp", tasks_table(self.tasks), none=NONE)
        for group in self.plan.groups:
            table = allocation_block(
                group.id, self.plan, group.id, self.lines(group), self.measures, self._register.note
            )
            self.annex_table(group.table, f"Chỉ tiêu hồ sơ trực tuyến của {group.name}", table)
        title = "Danh mục thủ tục hành chính chỉ tiếp nhận trực tuyến"
        self.annex_table(ONLINE_ONLY_LABEL, title, online_only_table(self.procedures), landscape=False, none=NONE)
        columns = self.scenarios()
        table = scenarios_table(self.plan, columns, self.measures, self._register.note)
        self.annex_table(SCENARIOS_LABEL, "So sánh các phương án giao chỉ tiêu", table)
        self.paragraphs(*(f"{column.name}: {' '.join(column.messages)}" for column in columns if column.messages))


def _as_asked(plan: TargetPlan, given: dict[str, Any]) -> TargetPlan:
    """The plan with what the parameters ask for instead."""
    changes: dict[str, Any] = {}
    if given["projection_factor"]:
        changes["projection_factor"] = Measure.exact(given["projection_factor"])
    if given["target_decimals"] >= 0:
        changes["rounding"] = plan.rounding.model_copy(update={"target_decimals": given["target_decimals"]})
    return plan.model_copy(update=changes)


def _scenario(given: dict[str, Any]) -> Scenario | None:
    """What the parameters ask of a goal-seek; None for the plan's own rule."""
    if given["rule"] != "goal-seek":
        return None
    bounds: dict[str, Decimal] = {
        name: Measure.exact(given[name]) for name in ("floor_pct", "max_effort") if given[name]
    }
    try:
        return Scenario(
            name="Phương án được chọn",
            goal_pct=Measure.exact(given["goal_pct"]),
            over=given["goal_over"],
            reach=given["goal_reach"],
            ceiling_pct=Measure.exact(given["ceiling_pct"]),
            **bounds,
        )
    except ValueError as error:
        raise ConfigurationError(f"parameters of the goal-seek do not fit together: {error}") from None


def _with_sought(allocation: GroupAllocation, sought: Sought) -> GroupAllocation:
    units = {unit.unit: unit for unit in sought.units if unit.group == allocation.group}
    targets = tuple(
        replace(target, extra=units[target.unit].extra, target_pct=units[target.unit].target_pct)
        for target in allocation.targets
    )
    return replace(allocation, extra_online=sum(target.extra for target in targets), targets=targets)
