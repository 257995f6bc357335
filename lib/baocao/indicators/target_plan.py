"""A plan that gives units their targets, as data: `params/targets/<id>.yaml`.

The default is plan 128/KH-UBND of Hải Phòng, 27 May 2022; another office or year is another file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from baocao.errors import ConfigurationError, one_of
from baocao.periods import Calendar, Period, PeriodId
from baocao.project import Project, StrictModel, read_model
from baocao.units import Level

Percent = Annotated[Decimal, Field(ge=0, le=100)]
Decimals = Annotated[int, Field(ge=0, le=6)]
FOLDER = "targets"


class Span(StrictModel):
    """Days a plan speaks of, both ends included, and how many months it calls them."""

    from_date: date = Field(alias="from")
    to_date: date = Field(alias="to")
    months: Annotated[int, Field(ge=1)]
    label: str

    @model_validator(mode="after")
    def _in_order(self) -> "Span":
        if self.from_date > self.to_date:
            raise ValueError(f"from {self.from_date} is after to {self.to_date}; exchange the two dates")
        return self

    @property
    def days(self) -> int:
        return (self.to_date - self.from_date).days + 1


class PlanDocument(StrictModel):
    """The document that sets the targets."""

    type: str
    number: str
    date: date
    issuer: str


class TargetGroup(StrictModel):
    """Units that share a total of extra online dossiers.

    Attributes
    ----------
    table
        The annex that lists them.
    figures
        File in the plan's folder with their figures, printed or entered (`baocao.indicators.printed_allocation`);
        without one the dossiers of the base months are counted in the store.
    """

    id: str
    level: Level
    name: str
    table: str
    extra_online: Annotated[int, Field(ge=0)]
    figures: str = ""


class Rounding(StrictModel):
    """Decimals, half-up, of what the plan prints; `near_full_decimals` where a rounded 100 would hide a rest."""

    share_decimals: Decimals = 1
    weight_decimals: Decimals = 2
    target_decimals: Decimals = 0
    near_full_decimals: Decimals = 1


class Goal(StrictModel):
    """Another goal of the plan.

    Attributes
    ----------
    id
        Also the name under which an office enters a result nobody can compute in its register of statistics.
    threshold_pct
        Blank where the plan only names a direction.
    computed
        What the stored figures tell of it; without it, it is entered.
    """

    id: str
    name: str
    computed: Literal["online-share", "postal-results", "overdue-share"] | None = None
    direction: Literal["at-least", "up", "down"]
    threshold_pct: Percent | None = None
    due: date | None = None
    report_by: date | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "Goal":
        if (self.direction == "at-least") != (self.threshold_pct is not None):
            raise ValueError("threshold_pct goes with direction at-least, and only with it")
        return self


class Scenario(StrictModel):
    """What a planner asks of a goal-seek; see `baocao.indicators.goal_seek`.

    Attributes
    ----------
    goal_pct, goal_pct_of
        Share of online dossiers to reach, per cent; by group id where a group has its own.
    over
        `year`: base and window together; `window`: the window alone.
    reach
        `each-group`: every group reaches its goal; `together`: all groups as one.
    floor_pct, ceiling_pct
        Bounds of every unit's share in the window, per cent. A unit already above the ceiling gets no extra.
    max_effort
        At most so many times the average effort (extra / not online) for any unit; more than 1, because whole dossiers
        cannot be shared out exactly evenly.
    """

    name: str
    goal_pct: Percent
    goal_pct_of: dict[str, Percent] = {}
    over: Literal["year", "window"] = "year"
    reach: Literal["each-group", "together"] = "each-group"
    floor_pct: Percent | None = None
    ceiling_pct: Percent = Decimal(100)
    max_effort: Annotated[Decimal, Field(gt=1)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Scenario":
        if self.floor_pct is not None and self.floor_pct > self.ceiling_pct:
            raise ValueError(f"floor_pct {self.floor_pct} is above ceiling_pct {self.ceiling_pct}; exchange them")
        if self.goal_pct_of and self.reach == "together":
            raise ValueError("goal_pct_of goes with reach each-group; groups reached together have one goal")
        return self


class Thresholds(StrictModel):
    """When a unit is on track or at risk: what it reached, per cent of what it should have reached by now."""

    on_track_from_pct: Annotated[Decimal, Field(gt=0)] = Decimal(100)
    at_risk_from_pct: Annotated[Decimal, Field(ge=0)] = Decimal(90)

    @model_validator(mode="after")
    def _in_order(self) -> "Thresholds":
        if self.at_risk_from_pct > self.on_track_from_pct:
            raise ValueError("at_risk_from_pct is above on_track_from_pct; exchange them")
        return self


@dataclass(frozen=True)
class ReportingMonth:
    """A month of the window: `number` 1, 2, …; its days, both included; `due` the last day to hand in its figures."""

    number: int
    label: str
    from_date: date
    to_date: date
    due: date | None

    @property
    def days(self) -> int:
        return (self.to_date - self.from_date).days + 1


class TargetPlan(StrictModel):
    """`params/targets/<id>.yaml`.

    Attributes
    ----------
    base, window
        The months already counted, and those the target is for.
    projection_factor
        Projected dossiers of the window = factor × those of the base.
    minimum_online_pct
        The least share of online dossiers the plan itself asks for.
    online_only_from
        First day on which the listed procedures are received online only, by level.
    """

    id: str
    name: str
    unit: str
    document: PlanDocument
    calendar: str
    base: Span
    window: Span
    projection_factor: Annotated[Decimal, Field(gt=0)] = Decimal(2)
    groups: list[TargetGroup]
    rounding: Rounding = Rounding()
    minimum_online_pct: Percent
    goals: list[Goal] = []
    online_only_from: dict[Level, date] = {}
    progress: Thresholds = Thresholds()
    scenarios: list[Scenario] = []

    @model_validator(mode="after")
    def _named_once(self) -> "TargetPlan":
        named: tuple[tuple[str, list[str]], ...] = (
            ("groups", [group.id for group in self.groups]),
            ("groups: level", [str(group.level) for group in self.groups]),
            ("goals", [goal.id for goal in self.goals]),
            ("scenarios: name", [scenario.name for scenario in self.scenarios]),
        )
        for what, ids in named:
            twice = sorted({name for name in ids if ids.count(name) > 1})
            if twice:
                raise ValueError(f"{what}: {', '.join(twice)} stands twice; each only once")
        for scenario in self.scenarios:
            for name in scenario.goal_pct_of:
                if name not in {group.id for group in self.groups}:
                    raise ValueError(one_of("group", name, [group.id for group in self.groups]))
        return self

    def group(self, id: str) -> TargetGroup:
        """The group `id`; ConfigurationError offers the known ones."""
        for group in self.groups:
            if group.id == id:
                return group
        raise ConfigurationError(f"{self.id}: {one_of('group', id, [group.id for group in self.groups])}")

    def reporting_months(self, calendar: Calendar) -> Sequence[ReportingMonth]:
        """The months of the window as `calendar` cuts them.

        Raises
        ------
        ConfigurationError
            If they do not fill the window exactly.
        """
        months: list[ReportingMonth] = []
        year, month = self.window.from_date.year, self.window.from_date.month
        while not months or months[-1].to_date < self.window.to_date:
            period = PeriodId(year, month, month, "month")
            first, last = calendar.dates(period)
            if last >= self.window.from_date:
                due = calendar.due(period, last)
                months.append(ReportingMonth(len(months) + 1, period.label, first, last, due))
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        cut = (months[0].from_date, months[-1].to_date, len(months))
        if cut != (self.window.from_date, self.window.to_date, self.window.months):
            raise ConfigurationError(
                f"{self.id}: window {self.window.from_date} to {self.window.to_date} ({self.window.months} months) is "
                f"not made of whole months of calendar {calendar.id}: these give {cut[0]} to {cut[1]} ({cut[2]} months)"
            )
        return months


def target_plan_ids(project: Project) -> list[str]:
    """Ids of all plans."""
    return sorted(path.stem for path in (project.params / FOLDER).glob("*.yaml"))


def load_target_plan(project: Project, plan_id: str) -> TargetPlan:
    """The plan `plan_id`.

    Raises
    ------
    ConfigurationError
        If there is none of that name (it offers the nearest), or its file does not hold together.
    """
    known = target_plan_ids(project)
    if plan_id not in known:
        raise ConfigurationError(f"params/{FOLDER}: {one_of('target plan', plan_id, known)}")
    plan = read_model(project.params / FOLDER / f"{plan_id}.yaml", TargetPlan)
    if plan.id != plan_id:
        raise ConfigurationError(f"params/{FOLDER}/{plan_id}.yaml: id: “{plan.id}”; expected “{plan_id}”, as the file")
    return plan


def plan_of(project: Project, plan_id: str, unit: str, period: Period) -> TargetPlan:
    """The plan `plan_id`; without one, the only plan of `unit` whose base or window has days of `period`.

    Raises
    ------
    ConfigurationError
        If the plan is another unit's, or none or several are meant.
    """
    if plan_id:
        plan = load_target_plan(project, plan_id)
        if plan.unit != unit:
            raise ConfigurationError(f"plan {plan.id} is of {plan.unit}, not of {unit}; run the report for that unit")
        return plan
    plans = [load_target_plan(project, name) for name in target_plan_ids(project)]
    fitting = [
        plan
        for plan in plans
        if plan.unit == unit and plan.base.from_date <= period.to_date and period.from_date <= plan.window.to_date
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(plan.id for plan in fitting)
        raise ConfigurationError(f"{unit} has several plans for {period.id}: {names}; choose one with -p plan=…")
    known = ", ".join(f"{plan.id} ({plan.unit})" for plan in plans) or "none"
    raise ConfigurationError(
        f"{unit} has no plan of targets for {period.id} ({period.from_date} to {period.to_date}); "
        f"known plans: {known}; describe it in params/{FOLDER}/"
    )
