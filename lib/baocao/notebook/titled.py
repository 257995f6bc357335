"""A report that is no dispatch: a title below the letterhead, and tables that stand as annexes of their own."""

from baocao.document.blocks import Annex, KeyFigure, KeyFigures, Paragraph, Run, Table, Title
from baocao.document.narrative import figure_run
from baocao.indicators.measure import Measure
from baocao.locale import clean
from baocao.notebook.session import Report
from baocao.reports import DOCUMENT_KINDS


class TitledReport(Report):
    """A report with a type name and an abstract."""

    def title(self, abstract: str) -> None:
        """Show the type name and what the document is about."""
        kind = DOCUMENT_KINDS[self.context.definition.document.kind]
        self._show(Title(type_name=kind.upper(), abstract=[Run(text=clean(abstract))], note=self._title_note()))

    def _title_note(self) -> str:
        return ""

    def lead_figures(self, *figures: tuple[str, Measure, str]) -> None:
        """Show what a leader wants first: label, figure, remark. The page on screen has it, the document has not."""
        shown = []
        for label, measure, remark in figures:
            self._register.note(measure, "key-figures")
            text = measure.text(keep_zeros=False) or "–"
            shown.append(
                KeyFigure(label=label, value=figure_run(measure, text + "%" * measure.is_percentage), remark=remark)
            )
        self._show(KeyFigures(figures=shown))

    def annex_table(self, label: str, title: str, table: Table, *, landscape: bool = True, none: str = "") -> None:
        """Show a table as an annex of its own; `none` is what one without rows says."""
        notes = [self._attached_to()]
        self._show(Annex(label=label, title=title, notes=notes if table.rows else [*notes, none], landscape=landscape))
        if table.rows:
            self._show(table)

    def paragraphs(self, *texts: str) -> None:
        """Show texts of data, each an item."""
        self._show(*(Paragraph(marker="-", runs=[Run(text=clean(text))]) for text in texts))
