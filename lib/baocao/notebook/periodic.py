"""A periodic report: its outline, registers and own texts, on top of what every report does."""

from functools import cached_property

from baocao.checks.findings import Finding
from baocao.checks.office import FormLine, check_form_lines, check_office
from baocao.checks.relation_suite import load_relations
from baocao.checks.relations import check_relations
from baocao.document.blocks import Block, Run, Title
from baocao.document.outlines import Outline, load_outlines, outline_for
from baocao.forms.fill import FilledForm, fill
from baocao.forms.form import Form
from baocao.forms.lists import fill_list, item_lines
from baocao.indicators.load_office import OtherPeriod, load_office
from baocao.indicators.office import OfficeFigures
from baocao.indicators.slices import Slice
from baocao.locale import prose_date
from baocao.notebook.charts import draw
from baocao.notebook.outline import OutlineWriter
from baocao.notebook.session import Context, Report
from baocao.periods import PeriodId, Periods
from baocao.reports import DOCUMENT_KINDS
from baocao.texts import read_texts, text_folder
from baocao.units import UnitRegistry, load_registry

#: Parameter that names an outline other than the office's own.
OUTLINE = "outline"


class PeriodicReport(Report):
    """A report whose content an outline describes."""

    def __init__(self, context: Context, data: Slice) -> None:
        super().__init__(context, data)
        project, period = context.project, context.period
        outlines = load_outlines(project)
        wanted = str(context.parameters.get(OUTLINE, ""))
        self._outline = outline_for(outlines, context.unit, context.registry, wanted)
        self._refuse_unknown_forms(self._outline)
        known = {section.id for outline in outlines.values() for section in outline.walk()}
        texts = read_texts(project, context.unit.code, period.id, known)
        self._texts = {section.id: texts[section.id] for section in self._outline.walk() if section.id in texts}
        self._files += [text.file for text in self._texts.values()]
        self._writer = OutlineWriter(
            self._outline,
            self.office,
            render=self._rendered,
            note=self._register.note,
            table=self._form_block,
            texts=self._texts,
            folder=project.relative(text_folder(project, context.unit.code, period.id)),
            others={"previous": self._other(period.id.previous()), "last_year": self._other(period.id.year_before())},
        )

    def _other(self, period: PeriodId) -> OtherPeriod:
        return OtherPeriod(lambda: self._in_period(period))

    def _in_period(self, period: PeriodId) -> OfficeFigures:
        """The office's figures of another period, as of the same versions."""
        project, unit, versions = self.context.project, self.context.unit, self._data.versions
        resolved = Periods(project).resolve(str(period), unit.code)
        return load_office(project, self._catalogue, self._all_units, unit, resolved, versions)

    @cached_property
    def _all_units(self) -> UnitRegistry:
        """Units whenever they existed; `context.registry` has those of the report's own period."""
        return load_registry(self.context.project)

    def title(self) -> None:
        """Show the type name and what the report is about."""
        kind = self.context.definition.document.kind
        (abstract,) = self._writer.narrate("title", self._outline.abstract)
        period = self.period
        note = f"(Số liệu từ ngày {prose_date(period.from_date)} đến ngày {prose_date(period.to_date)})"
        self._show(Title(type_name=DOCUMENT_KINDS[kind].upper(), abstract=_runs(abstract), note=note))

    def key_figures(self) -> None:
        """Show the outline's key figures; in the HTML file they stand on top of the page."""
        self._show_key_figures(self._outline.key_figures)

    def outline(self) -> None:
        """Show everything the outline asks for, section by section."""
        self._show(*self._writer.blocks())

    def annexes(self) -> None:
        """Show the outline's annexes, each a form, then its charts."""
        for form_id in self._outline.annexes:
            self.annex(form_id)
        if self._outline.charts:
            self.annex_charts("Các chỉ số chính")
        for chart in self._outline.charts:
            self._show(draw(chart, self.office, self._in_period, self._register.note))

    def find(self) -> list[Finding]:
        """What the checks of tables, entered figures and texts find."""
        found = list(super().find()) if self._data.rows else []
        project, issued = self.context.project, self.context.facts.issued or self.period.to_date
        profile = project.settings.profile
        found += check_office(self.office, self._texts.values(), self._writer.missing(), profile)
        found += check_form_lines(self.office, self._form_lines(), profile)
        for suite in self._outline.suites:
            found += check_relations(load_relations(project, suite), self.office, issued, profile)
        return found

    def _form_lines(self) -> dict[str, FormLine]:
        """Lines of the annexes; a table in the text has codes of its own, and so has another office's template."""
        lines: dict[str, FormLine] = {}
        if self.context.parameters.get(OUTLINE):
            return lines
        for form_id in self._outline.annexes:
            for indicator, line in item_lines(self._form(form_id), self.office).items():
                lines.setdefault(indicator, FormLine(*line))
        return lines

    def _has_data(self) -> bool:
        return super()._has_data() or bool(self.office.registers)

    def _filled(self, form: Form) -> FilledForm:
        form.require_valid(self.period.to_date)
        if form.items or (form.rows is not None and form.rows.each == "register"):
            return fill_list(form, self.office)
        return fill(form, self.figures)

    def _refuse_unknown_forms(self, outline: Outline) -> None:
        for form_id in outline.forms():
            self._form(form_id)


def _runs(block: Block) -> list[Run]:
    runs: list[Run] = getattr(block, "runs", [])
    return runs
