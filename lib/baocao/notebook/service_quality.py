"""The score page: what each component of the index of service quality comes to, for the office and the units below."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property, partial

from baocao.document.blocks import Align, Table, TableCell, TableRow
from baocao.document.narrative import Prose, plain
from baocao.indicators.measure import Measure
from baocao.indicators.score import Component, Group, Index, Missing, Score, Version, load_index, score
from baocao.locale import format_number
from baocao.notebook.table_cells import figure_cell, header, heading_row, words
from baocao.notebook.titled import TitledReport
from baocao.units import Unit

UNITS_LABEL = "Phụ lục"
_MISSING: dict[Missing, str] = {
    "no-data": "Không áp dụng: chưa có số liệu",
    "nothing-to-rate": "Không áp dụng: trong kỳ không phát sinh",
}
_COLUMNS = ("Stt", "Thành phần", "Tử số", "Mẫu số", "Tỷ lệ (%)", "Đạt tối đa từ (%)", "Điểm tối đa", "Điểm", "Ghi chú")
_ALIGN: list[Align] = ["number", "text", "figure", "figure", "figure", "figure", "figure", "figure", "text"]


class ServiceQualityReport(TitledReport):
    """Points of an office by the version of the index that holds on the last day of the period."""

    @cached_property
    def index(self) -> Index:
        return load_index(self.context.project, str(self.context.parameters["index"]), self._catalogue)

    @cached_property
    def version(self) -> Version:
        index = self.index
        self._files.append(f"params/scores/{index.id}.yaml")
        return index.on(self.period.to_date)

    @cached_property
    def score(self) -> Score:
        """The office with all units below it."""
        return score(self.version, self.office.__getitem__)

    @property
    def missing(self) -> Prose | None:
        """Names of the groups of which no component could be rated; None where there are none."""
        names = [group.name for group, scored in self.score.groups if all(one.missing for one in scored)]
        return plain(", ".join(names)) if names else None

    @property
    def with_units(self) -> bool:
        """Whether the figures are those of the office together with units below it."""
        return bool(self.figures.subordinates())

    def show_components(self) -> None:
        """Show every component with its numerator, denominator, rate and points."""
        rows: list[TableRow] = []
        number = 0
        for group, components in self.score.groups:
            rows.append(heading_row(_group_heading(group), len(_COLUMNS)))
            for scored in components:
                number += 1
                component = scored.component
                definition = self._catalogue[component.rate]
                place = f"components/{component.id}"
                above, below = (self.office[name or ""] for name in (definition.numerator, definition.denominator))
                cells = [
                    TableCell(text=str(number)),
                    TableCell(text=definition.name),
                    *(self._cell(measure, place) for measure in (above, below, scored.rate)),
                    *words(_plain(component.full_at_pct), _plain(component.points)),
                    self._cell(scored.points, place),
                    TableCell(text=_MISSING[scored.missing] if scored.missing else ""),
                ]
                rows.append(TableRow(cells=cells))
        total = [
            *words("", "Tổng các thành phần có số liệu", "", "", "", ""),
            self._cell(self.score.attainable, "components/total"),
            self._cell(self.score.total, "components/total"),
            TableCell(text=""),
        ]
        rows.append(TableRow(kind="total", cells=total))
        self._show(Table(id="components", header=header(*_COLUMNS), rows=rows, align=_ALIGN))

    def annex_units(self) -> None:
        """Show the points of the office itself and of each unit below as an annex; nothing for a single one."""
        units = self.figures.units()
        if len(units) > 1:
            self.annex_table(UNITS_LABEL, "Điểm của từng đơn vị", self._units_table(units))

    def _units_table(self, units: Sequence[Unit]) -> Table:
        """Components that could be rated for some unit; what offices enter is known of the reporting office alone."""
        scores = [(unit, score(self.version, partial(self._of_unit, unit))) for unit in units]
        rated = [
            component
            for place, component in enumerate(self._components())
            if any(of_unit.components[place].missing is None for _, of_unit in scores)
        ]
        rows = []
        for number, (unit, of_unit) in enumerate(scores, start=1):
            place = f"units/{unit.code}"
            points = {scored.component.id: scored.points for scored in of_unit.components}
            known = of_unit.total.value is not None
            rows.append(
                TableRow(
                    cells=[
                        *words(str(number), unit.name),
                        *(self._cell(points[component.id], place) for component in rated),
                        *(self._cell(measure, place) for measure in (of_unit.attainable, of_unit.total)),
                        TableCell(text="" if known else self._why_unknown(unit)),
                    ]
                )
            )
        names = (f"{self._catalogue[part.rate].name} (tối đa {_plain(part.points)})" for part in rated)
        figures: list[Align] = ["figure"] * (len(rated) + 2)
        headings = header("Stt", "Đơn vị", *names, "Điểm tối đa có số liệu", "Điểm", "Ghi chú")
        note = "Ô trống: thành phần không áp dụng. Thành phần do cơ quan lập báo cáo nhập không chấm cho từng đơn vị."
        return Table(id="units", header=headings, rows=rows, align=["number", "text", *figures, "text"], note=note)

    def _of_unit(self, unit: Unit, name: str) -> Measure:
        return self.figures.of_unit(name, unit)

    def _components(self) -> list[Component]:
        return [component for group in self.version.groups for component in group.components]

    def _why_unknown(self, unit: Unit) -> str:
        return "Không phát sinh hồ sơ" if self.figures.has_row(unit) else "Chưa gửi số liệu"

    def _cell(self, measure: Measure, place: str) -> TableCell:
        return figure_cell(measure, place, self._register.note)


def _group_heading(group: Group) -> str:
    return f"{group.name} ({_plain(group.points)} điểm)"


def _plain(value: Decimal) -> str:
    return format_number(value, keep_zeros=False)
