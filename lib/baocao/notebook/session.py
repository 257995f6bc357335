"""The report a notebook builds, cell by cell; the same in JupyterLab and under Papermill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import HTML, display

from baocao.checks.findings import Finding, blocking, failed
from baocao.checks.one_stop import check_slice
from baocao.document.blocks import RECORD_MIME, Annex, Block, Closing, Figure, Letterhead, Recipients, Run, Table, Title
from baocao.document.charts import Bar, stacked_bars
from baocao.document.charts import Target as ChartTarget
from baocao.document.narrative import Citation, Narrator, Prose, count, figure_run, pct, plain, typed_digits
from baocao.errors import ChecksBlockedError, NarrativeError
from baocao.fields import load_fields
from baocao.forms.disclosure import (
    FINDINGS_NOTE,
    hides_counts,
    protect,
    refuse_telling_shares,
    without_counts,
)
from baocao.forms.fill import FilledForm, fill
from baocao.forms.form import Form, form_named, load_forms
from baocao.indicators.catalogue import load_catalogue
from baocao.indicators.load_office import delivered_registers, register_names
from baocao.indicators.measure import Measure, Subject
from baocao.indicators.office import OfficeFigures
from baocao.indicators.one_stop import OneStopFigures
from baocao.indicators.slices import Slice
from baocao.indicators.targets import Target
from baocao.intake.reasons import reasons_file
from baocao.intake.register import load_registers
from baocao.locale import long_date, prose_date
from baocao.notebook import views
from baocao.notebook.figures import FigureRegister
from baocao.notebook.key_figures import key_figures
from baocao.notebook.watch import DeskList, desk_list
from baocao.periods import Period
from baocao.project import Project
from baocao.reports import DOCUMENT_KINDS, DocumentFacts, KeyFigureChoice, ReportDefinition
from baocao.units import Unit, UnitRegistry

#: A subject a bar is drawn for: its name and the measure of each indicator.
BarSubject = tuple[str, Mapping[str, Measure]]


@dataclass(frozen=True)
class Context:
    """What the notebook's parameters resolve to."""

    project: Project
    definition: ReportDefinition
    unit: Unit
    registry: UnitRegistry
    period: Period
    parameters: Mapping[str, Any]
    facts: DocumentFacts
    draft: bool


class Report:
    """One report in the making. Its methods show blocks; the exporters make the document from what was shown."""

    #: Whether findings of severity `error` are only told, where there are data at all.
    goes_on_despite_errors = False

    def __init__(self, context: Context, data: Slice) -> None:
        self.context = context
        self.unit = context.unit
        self.period = context.period
        self._data = data
        self._register = FigureRegister()
        self._place = ""
        labels = {self.period.label, self.period.next_label}
        self._narrator = Narrator(
            lambda measure: self._register.note(measure, self._place),
            context.registry.spoken | labels | {label.upper() for label in labels},
        )
        self._catalogue = load_catalogue(context.project)
        self._forms = load_forms(context.project, self._catalogue)
        self._findings: list[Finding] = []
        self._files: list[str] = []
        self._hidden: list[tuple[str, Measure]] = []
        self._hides_counts = False
        self.figures = OneStopFigures(
            rows=data.rows,
            reporter=context.unit,
            period=context.period,
            registry=context.registry,
            fields=load_fields(context.project, context.unit.code),
            catalogue=self._catalogue,
        )
        registers = delivered_registers(context.project, context.unit, context.period, data.versions)
        names_of_registers = register_names(context.project)
        self.office = OfficeFigures(
            self._catalogue, context.unit, context.period, self.figures, registers, names_of_registers
        )
        declared = {**context.definition.document.cited, **context.facts.cited}
        self.cited = {
            name: Citation(cited.type, cited.number, cited.date, cited.issuer) for name, cited in declared.items()
        }

    # -- data and checks --------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Show which tables were loaded."""
        display(HTML(views.overview_html(self.figures, self._data.version)))

    def check(self) -> None:
        """Run the report's suite and show every expectation with what was found.

        Raises
        ------
        ChecksBlockedError
            If a finding of severity `error` stands and this is no draft.
        """
        context = self.context
        self._findings = self.find()
        self._hides_counts = hides_counts(self._forms.values(), self._filled, self._catalogue)
        if self._hides_counts:
            self._findings = [without_counts(finding) for finding in self._findings]
        display(HTML(views.checks_html(self._findings)))
        self._show_record({"findings": [finding.record() for finding in self._findings]})
        stopping = blocking(self._findings)
        if stopping and not ((context.draft or self.goes_on_despite_errors) and self._has_data()):
            what = "\n".join(f"- {finding.place}: {finding.message}" for finding in stopping)
            raise ChecksBlockedError(
                f"{context.unit.code} {context.period.id} ({context.period.from_date} – {context.period.to_date}): "
                f"data checks block the report:\n{what}"
            )

    def find(self) -> list[Finding]:
        """What the report's checks find; `check` shows it."""
        context = self.context
        return check_slice(context.project, context.definition.suite, self._data, context.unit, context.registry)

    def _has_data(self) -> bool:
        return bool(self._data.rows)

    def desk_list(self, within_days: int) -> DeskList:
        """Dossiers resolved late, open past due, and due within so many days, with the office's reasons."""
        context = self.context
        self._files.append(context.project.relative(reasons_file(context.project, self.unit.code)))
        return desk_list(context.project, self.unit, context.registry, self.period, self._data, within_days)

    # -- figures ----------------------------------------------------------------------------------------------------

    def parameter(self, name: str) -> Measure:
        """A numeric parameter as a measure, so that a sentence can print it."""
        declared = self.context.definition.parameters[name]
        value = self.context.parameters[name]
        if not isinstance(value, int):
            value = Measure.exact(value)
        return Measure(
            indicator=name,
            subject=Subject(self.unit.code, area=True),
            value=value,
            unit_of_measure="%" if name.endswith("_pct") else "",
            definition=declared.help,
            from_date=self.period.from_date,
            to_date=self.period.to_date,
            source=f"params/reports/{self.context.definition.id}.yaml",
        )

    def by_unit(self, units: Sequence[Unit], *indicators: str) -> list[BarSubject]:
        """Bars of single offices."""
        return [(unit.name, {name: self.figures.of_unit(name, unit) for name in indicators}) for unit in units]

    def by_field(self, *indicators: str, having: str) -> list[BarSubject]:
        """Bars of the desk's fields whose indicator `having` is above zero, highest first."""
        ranked = sorted(
            (name for name in self.figures.field_names() if self.figures.of_field(having, name)),
            key=lambda name: -(self.figures.of_field(having, name).value or 0),
        )
        return [
            (name, {indicator: self.figures.of_field(indicator, name) for indicator in indicators}) for name in ranked
        ]

    # -- the document -----------------------------------------------------------------------------------------------

    def letterhead(self) -> None:
        """Show the head of the document; a dispatch says to whom it goes right below, others below their title."""
        facts, defaults = self.context.facts, self.context.definition.document
        place = facts.place or self.unit.short_name
        day = long_date(facts.issued) if facts.issued else "ngày      tháng      năm " + str(self.period.to_date.year)
        self._show(
            Letterhead(
                document_kind=defaults.kind,
                parent=facts.parent,
                office=views.office_lines(self.unit),
                number=f"Số: {facts.number or '       /' + defaults.symbol}",
                subject=f"V/v {defaults.subject}" if defaults.subject else "",
                place_date=f"{place}, {day}",
                title=f"{self.context.definition.name} – {self.unit.name} – {self.period.label}",
                dated=facts.issued or self.period.to_date,
                draft=self.context.draft,
            )
        )
        if defaults.kind == "cong-van":
            self._show_recipients()

    def key_figures(self) -> None:
        """Show the report's key figures; in the HTML file they stand on top of the page."""
        self._show_key_figures(self.context.definition.key_figures)

    def _show_key_figures(self, chosen: Sequence[KeyFigureChoice]) -> None:
        if chosen:
            self._show(key_figures(chosen, self.office.__getitem__, self._target_level, self._register.note))

    def _target_level(self, name: str) -> Measure:
        return self.parameter(name) if name in self.context.definition.parameters else self.office[name]

    def narrative_cell(self, line: str, cell: str) -> None:
        """`%%narrative NAME`: render the cell with the notebook's names and show its paragraphs."""
        shell = get_ipython()
        names = dict(shell.user_ns) if shell is not None else {}
        self.narrate(line.strip() or "text", cell, names)

    def narrate(self, name: str, source: str, names: Mapping[str, Any]) -> None:
        """Show the paragraphs of a narrative template; `name` is where its figures are said to be printed."""
        if not name.replace("-", "").replace("_", "").isalnum():
            raise NarrativeError(f"%%narrative {name}: name the cell with letters, digits and dashes")
        self._show(*self._rendered(name, source, names))

    def _rendered(self, name: str, source: str, names: Mapping[str, Any]) -> list[Block]:
        self._place = f"narrative:{name}"
        context = {**names, "cited": self.cited, "period": self.period, "unit": self.unit}
        return self._narrator.render(source, context)

    def labels(self, *form_ids: str) -> Prose:
        """What the document calls its forms, to point to the annexes: “Biểu 1, Biểu 2”."""
        return plain(", ".join(form_named(self._forms, form_id).label for form_id in form_ids))

    def table(self, form_id: str) -> None:
        """Show a form as a table."""
        self._show(self._form_block(form_id))

    def _form_block(self, form_id: str) -> Table:
        protected = protect(self._filled(self._form(form_id)), self._catalogue)
        for place, measure in (*protected.filled.figures(), *protected.hidden):
            self._register.note(measure, place)
        self._hidden += protected.hidden
        return views.form_table(protected.filled, self._catalogue)

    def _form(self, form_id: str) -> Form:
        return form_named(self._forms, form_id)

    def _filled(self, form: Form) -> FilledForm:
        return fill(form, self.figures)

    def targets(self, *targets: Target) -> None:
        """Show a table of targets, what was reached, and the verdict."""
        _refuse_digits(*(target.name for target in targets))
        self._place = "targets"
        for target in targets:
            self._register.note(target.reached, self._place)
            self._register.note(target.level, self._place)
        results = [_result(target) for target in targets]
        levels = [figure_run(target.level, _at_least(target.level)) for target in targets]
        self._show(views.targets_table(targets, results, levels))

    def annex(self, form_id: str) -> None:
        """Show a form as an annex of its own."""
        form = self._form(form_id)
        dates = f"Từ ngày {prose_date(self.period.from_date)} đến ngày {prose_date(self.period.to_date)}"
        notes = [dates, self._attached_to()]
        self._show(Annex(label=form.label, title=form.title, notes=notes, landscape=form.landscape))
        self.table(form_id)

    def annex_list(self, label: str, title: str, table: Table) -> None:
        """Show a list as an annex of its own; one that is empty says so."""
        note = self._attached_to() if table.rows else "Không có hồ sơ"
        self._show(Annex(label=label, title=title, notes=[note]))
        if table.rows:
            self._show(table)

    def annex_charts(self, title: str) -> None:
        """Start an annex of charts."""
        _refuse_digits(title)
        self._show(Annex(label="Biểu đồ", title=title, notes=[self._attached_to()], landscape=False))

    def bars(
        self,
        id: str,
        *,
        caption: str,
        says: str,
        series: Mapping[str, str],
        bars: Sequence[BarSubject],
        share: bool = False,
        target: Target | None = None,
    ) -> Figure:
        """Show a chart of stacked bars; `series` maps what a part is called to its indicator."""
        _refuse_digits(caption, says, *series)
        drawn = [Bar(name, [measures[indicator] for indicator in series.values()]) for name, measures in bars]
        for bar in drawn:
            for measure in bar.measures:
                self._register.note(measure, f"chart:{id}")
        line = ChartTarget("Mục tiêu", target.level) if target else None
        figure = stacked_bars(id, caption, says, list(series), drawn, share=share, target=line)
        self._show(figure)
        return figure

    def closing(self) -> None:
        """Show the signature form and the receivers."""
        facts, defaults = self.context.facts, self.context.definition.document
        self._show(
            Closing(signature=facts.signature or defaults.signature, receivers=facts.receivers or defaults.receivers)
        )

    def annex_findings(self) -> None:
        """Show the failed checks as an annex “Kiểm tra số liệu”; nothing when all hold."""
        if failed(self._findings):
            title = "Các điểm chưa khớp trong số liệu gốc"
            notes = [self._attached_to(), *([FINDINGS_NOTE] if self._hides_counts else [])]
            self._show(Annex(label="Kiểm tra số liệu", title=title, notes=notes))
            self._show(views.findings_table(self._findings))

    def close(self) -> None:
        """Finish: hand the exporters every figure with its places, and which data they came from."""
        names = {name: indicator.name for name, indicator in self._catalogue.indicators.items()}
        figures = self._register.record(names, {unit.code: unit.name for unit in self.context.registry})
        refuse_telling_shares(self._hidden, figures, self._catalogue)
        self._show_record(
            {
                "indicators": figures,
                "inputs": {**self._data.record(), **self._registers_read()},
                "files": self._files,
                "parameters": {name: str(value) for name, value in self.context.parameters.items()},
                "period": {
                    "id": str(self.period.id),
                    "label": self.period.label,
                    "from": self.period.from_date.isoformat(),
                    "to": self.period.to_date.isoformat(),
                },
            }
        )

    # -- inside -----------------------------------------------------------------------------------------------------

    def _registers_read(self) -> dict[str, Any]:
        """Which version of each delivered register was read."""
        known = load_registers(self.context.project)
        return {
            known[name].table: {
                "version": self._data.versions.of[known[name].table],
                "rows": len(rows),
                "register": name,
                "name": known[name].name,
            }
            for name, rows in sorted(self.office.registers.items())
        }

    def _attached_to(self) -> str:
        facts, defaults = self.context.facts, self.context.definition.document
        number = facts.number or f"       /{defaults.symbol}"
        day = f"ngày {prose_date(facts.issued)}" if facts.issued else "ngày    /    /    "
        return f"(Kèm theo {DOCUMENT_KINDS[defaults.kind]} số {number} {day} của {self.unit.name})"

    def _show(self, *blocks: Block) -> None:
        for block in blocks:
            if isinstance(block, Title) and self.context.definition.document.kind == "cong-van":
                raise NarrativeError("a dispatch has no title: its subject stands under its number; do not show one")
            display(block)
            if isinstance(block, Title):
                self._show_recipients()

    def _show_recipients(self) -> None:
        names = self.context.definition.document.recipients
        if names:
            self._show(Recipients(names=names))

    def _show_record(self, record: Mapping[str, Any]) -> None:
        display({RECORD_MIME: record, "text/plain": ""}, raw=True)


def _result(target: Target) -> Run:
    measure = target.reached
    if measure.value == 0:
        return figure_run(measure, target.none)
    (run,) = (pct if measure.is_percentage else count)(measure).runs
    return run


def _refuse_digits(*texts: str) -> None:
    """Captions and names are typed, so they hold no figure."""
    typed = [word for text in texts for word in typed_digits(text)]
    if typed:
        raise NarrativeError(f"figures are never typed: “{'”, “'.join(typed)}”")


def _at_least(level: Measure) -> str:
    text = f"{level.text(keep_zeros=False)}%"
    return text if level.value == 100 else f"từ {text} trở lên"
