"""A leadership brief: figures against target and other times, what went wrong and well by rule, whom to ask what."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from baocao.document.charts import Target
from baocao.document.lines import Moment, Panel, small_multiples
from baocao.document.narrative import Prose, plain
from baocao.errors import ConfigurationError
from baocao.indicators.brief import BriefDefinition, Level, Side, brief_file, load_brief
from baocao.indicators.highlights import DOSSIERS, Baselines, Fact, Part, Standing, pick, standings
from baocao.indicators.history import History, load_history
from baocao.indicators.measure import Measure, Subject
from baocao.indicators.slices import Slice
from baocao.locale import clean, prose_date
from baocao.notebook.brief_missing import NAMED, Listed, failing_units, is_told_below, units_not_sent
from baocao.notebook.brief_tables import key_figures_table, ranking_table
from baocao.notebook.brief_words import Goal, short_label, without_office
from baocao.notebook.session import Context
from baocao.notebook.titled import TitledReport
from baocao.units import Unit, load_registry

NAME = "leadership-brief"
#: Parameters that override the target of an indicator and which way they do, and their value where they do not.
OVERRIDES = {
    "late_or_overdue_pct": ("late_target_pct", "at_most"),
    "received_online_pct": ("online_target_pct", "at_least"),
}
AS_CONFIGURED = -1
#: Whom to ask about what: the office of a kind of unit, whose name stands just before, and of a field the desk.
OFFICES = {
    "xa": "UBND xã",
    "phuong": "UBND phường",
    "thi_tran": "UBND thị trấn",
    "dac_khu": "UBND đặc khu",
    "huyen": "UBND huyện",
    "quan": "UBND quận",
    "thi_xa": "UBND thị xã",
    "thanh_pho": "UBND thành phố",
    "so": "Sở",
}
DESK = "bộ phận một cửa"


class BriefReport(TitledReport):
    """Two pages for an office and the units below it; one without such units is told of by field."""

    goes_on_despite_errors = True  # of data that do not hold a leader must know first

    def __init__(self, context: Context, data: Slice) -> None:
        super().__init__(context, data)
        self.brief = self._configured()
        self._files.append(context.project.relative(brief_file(context.project, NAME)))
        named = {part.who for part in self.parts} | {part.whom for part in self.parts}
        self._narrator.names = {*self._narrator.names, *map(clean, named)}

    def _configured(self) -> BriefDefinition:
        brief = load_brief(self.context.project, NAME, self._catalogue)
        periods = int(self.context.parameters["periods"])
        if periods == 1:
            raise ConfigurationError("parameter periods: 1; expected 0 (as params/briefs says) or at least 2")
        return brief.model_copy(update={"periods": periods}) if periods else brief

    # -- what is compared ---------------------------------------------------------------------------------------------

    @cached_property
    def history(self) -> History:
        """The periods before, as of the report's own versions."""
        project, period = self.context.project, self.period
        everyone = load_registry(project)
        versions, count = self._data.versions, self.brief.periods - 1
        return load_history(project, self._catalogue, everyone, self.unit, period, versions, count)

    @cached_property
    def children(self) -> list[Unit]:
        """The units directly below."""
        return self.figures.subordinates()

    @property
    def noun(self) -> str:
        """What the brief tells of side by side."""
        return "đơn vị" if self.children else "lĩnh vực"

    @cached_property
    def parts(self) -> list[Part]:
        """The units below, or the fields of an office that has none."""
        return [self._of_unit(unit) for unit in self.children] or [
            self._of_field(name) for name in self.figures.field_names() if self.figures.of_field(DOSSIERS, name)
        ]

    def _of_unit(self, unit: Unit) -> Part:
        return Part(
            key=unit.code,
            who=without_office(unit.name),
            whom=OFFICES.get(unit.type, unit.name),
            now=lambda indicator: self.figures.of_unit(indicator, unit),
            then=lambda indicator, place: self.history.of_unit(indicator, unit, place),
        )

    def _of_field(self, name: str) -> Part:
        return Part(
            key=name,
            who=f"Lĩnh vực {name}",
            whom=DESK,
            now=lambda indicator: self.figures.of_field(indicator, name),
            then=lambda indicator, place: self.history.of_field(indicator, name, place),
        )

    @cached_property
    def goals(self) -> Mapping[str, Goal]:
        """The targets in force on the last day, by indicator."""
        found = {}
        for indicator in dict.fromkeys((*self.brief.targets, *OVERRIDES)):
            level = self.brief.level(indicator, self.period.to_date)
            parameter, way = OVERRIDES.get(indicator, ("", ""))
            asked = self.context.parameters.get(parameter, AS_CONFIGURED)
            if asked != AS_CONFIGURED:
                source = f"tham số {parameter} của lần lập này"
                level = Level.model_validate({"from": self.period.to_date, way: asked, "source": source})
            if level is not None:
                found[indicator] = Goal(level, self._target(indicator, level))
        return found

    def _target(self, indicator: str, level: Level) -> Measure:
        definition = self._catalogue[indicator]
        value = level.value
        whole = not definition.is_ratio and value == value.to_integral_value()
        return Measure(
            indicator=f"{indicator}_target",
            subject=Subject(self.unit.code, area=True),
            value=int(value) if whole else value,
            unit_of_measure=definition.unit_of_measure,
            definition=f"Mục tiêu của {definition.name[0].lower()}{definition.name[1:]}",
            from_date=self.period.from_date,
            to_date=self.period.to_date,
            source=level.source,
        )

    # -- facts --------------------------------------------------------------------------------------------------------

    @cached_property
    def wrong(self) -> list[Fact]:
        """What went wrong, by the rules."""
        return self._picked("wrong", ())

    @cached_property
    def well(self) -> list[Fact]:
        """What went well, of units nothing wrong was told of."""
        return self._picked("well", [fact.part.key for fact in self.wrong])

    def _picked(self, side: Side, named: Sequence[str]) -> list[Fact]:
        chosen = self.brief.highlights
        baselines = Baselines(
            {name: goal.level for name, goal in self.goals.items()}, self.history.previous, self.history.year_before
        )
        least = chosen.dossiers_least["units" if self.children else "fields"]
        told = [part for part in self.parts if part.key not in self._without_figures]
        return pick(chosen.rules(side), told, baselines, chosen.each_side, least, named)

    def rules(self) -> list[str]:
        """How facts are picked, with the rules that found some, as a footnote."""
        chosen = self.brief.highlights
        used = dict.fromkeys(fact.rule.stated() for fact in (*self.wrong, *self.well))
        least = chosen.dossiers_least["units" if self.children else "fields"]
        listed = f"; quy tắc có kết quả: {', '.join(used)}" if used else ""
        return [
            f"Chọn theo quy tắc định sẵn, tối đa {chosen.each_side} việc mỗi mặt, mỗi {self.noun} một lần, "
            f"từ {least} hồ sơ trở lên{listed}"
        ]

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show a sentence for each fact, with what to ask of whom about it."""
        for fact in facts:
            question = f" *Hỏi {{{{ whom }}}}: {fact.rule.asks}*" if fact.rule.asks else ""
            self.narrate(f"facts-{fact.rule.id}", f"- {fact.rule.says}{question}", fact.names())

    # -- silence and data that do not hold ----------------------------------------------------------------------------

    @cached_property
    def _not_sent(self) -> list[tuple[Unit, Measure | None]]:
        return units_not_sent(self.figures, self.history)

    @cached_property
    def _idle(self) -> list[Unit]:
        not_sent = {unit.code for unit, _ in self._not_sent}
        return [unit for unit in self.children if self.figures.is_silent(unit) and unit.code not in not_sent]

    @cached_property
    def _without_figures(self) -> set[str]:
        """Codes of units below that have nothing to be compared by."""
        not_sent = {unit.code for unit, _ in self._not_sent if not is_told_below(self.figures, unit)}
        return not_sent | {unit.code for unit in self._idle}

    def units_not_sent(self) -> Listed:
        """Units that sent nothing, each with its usual part of the area's dossiers."""
        return self._listed(self._not_sent, "units_not_sent_unnamed")

    def idle_units(self) -> Listed:
        """Units that said they had no dossier."""
        return self._listed(self._idle, "units_idle_unnamed")

    def units_with(self, severity: str) -> Listed:
        """Units with failed checks of a severity, and how many."""
        within = self.context.registry.within(self.unit.code)
        failing = failing_units(self._findings, severity, within)
        counted = [(unit, self._count(count, f"findings_{severity}", Subject(unit.code))) for unit, count in failing]
        return self._listed(counted, f"units_{severity}_unnamed")

    def _listed(self, entries: Sequence[Any], rest: str) -> Listed:
        others = max(len(entries) - NAMED, 0)
        return Listed(entries[:NAMED], self._count(others, rest, Subject(self.unit.code, area=True)))

    def _count(self, value: int, indicator: str, subject: Subject) -> Measure:
        return Measure(
            indicator=indicator,
            subject=subject,
            value=value,
            unit_of_measure="",
            definition="Đếm khi lập bản tóm tắt này",
            from_date=self.period.from_date,
            to_date=self.period.to_date,
            source=NAME,
        )

    # -- tables and lines ---------------------------------------------------------------------------------------------

    def show_lead(self) -> None:
        """Show the key figures on top of the page on screen."""
        figures = []
        for choice in self.brief.key_figures:
            now, goal = self.figures.of_area(choice.indicator), self.goals.get(choice.indicator)
            figures.append((choice.label, now, f"Mục tiêu {goal.verdict(now)}" if goal else ""))
        self.lead_figures(*figures)

    def show_key_figures(self) -> None:
        """Show the key figures against target, the period before and last year."""
        table = key_figures_table(self.brief.key_figures, self.figures, self.history, self.goals, self._register.note)
        notes = [table.note, *self._notes_of_past()]
        self._show(table.model_copy(update={"note": " ".join(notes)}))

    def _notes_of_past(self) -> list[str]:
        """What stands behind figures of a time when the units were others."""
        history, registry = self.history, load_registry(self.context.project)
        notes = []
        if history.merged:
            days = {day for code in history.merged if (day := registry[code].valid_from) is not None}
            since = f" trước ngày {prose_date(max(days))}" if days else ""
            notes.append(f"Số liệu{since} của đơn vị mới là tổng của các đơn vị cũ nhập trọn vào đơn vị ấy.")
        if history.unplaced:
            names = ", ".join(clean(unit.name) for unit in history.unplaced)
            notes.append(f"Số liệu của {names} có trong số chung, không tính cho đơn vị mới nào.")
        return notes

    @cached_property
    def ranked(self) -> list[Standing]:
        """The units, or fields, by rank; of those without one the sentence on what is missing tells."""
        found = standings(self.parts, self.brief.ranking, self.history.previous, self._without_figures)
        return [one for one in found if one.rank.value is not None]

    def show_ranking(self) -> None:
        """Show who stands where, and who moved."""
        total = {name: self.figures.of_area(name) for name in self.brief.ranking.columns}
        table = ranking_table(self.brief.ranking, self.ranked, total, self.noun, self._register.note)
        if self.children and self.figures.has_row(self.unit):
            with_desk = f"Dòng Chung gồm cả hồ sơ của {clean(self.unit.name)}."
            table = table.model_copy(update={"note": f"{with_desk} {table.note}".strip()})
        self._show(table)

    @property
    def ranked_by(self) -> Prose:
        """By what units are ranked."""
        return plain(self.brief.ranking.label)

    def show_trends(self, caption: str, says: str) -> None:
        """Show the key figures over the last periods as small lines."""
        history, count = self.history, self.brief.periods - 1
        places = list(range(len(history.periods)))[-count:]
        periods = [*(history.periods[place] for place in places), self.period]
        panels = []
        for choice in self.brief.key_figures:
            if choice.trend:
                measures = [history.of_area(choice.indicator, place) for place in places]
                measures.append(self.figures.of_area(choice.indicator))
                goal = self.goals.get(choice.indicator)
                panels.append(Panel(choice.label, measures, Target("Mục tiêu", goal.level) if goal else None))
        for measure in (measure for panel in panels for measure in panel.measures):
            self._register.note(measure, "chart:trends")
        moments = [Moment(period.label, short_label(period)) for period in periods]
        self._show(small_multiples("trends", caption, says, moments, panels))
