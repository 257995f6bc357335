"""From figures and findings to blocks and the tables an analyst sees beside them."""

from collections.abc import Sequence
from dataclasses import asdict

from markupsafe import Markup

from baocao.checks.findings import Finding, failed
from baocao.document.blocks import Align, Formula, HeaderCell, Run, Table, TableCell, TableRow
from baocao.forms.fill import FilledForm
from baocao.forms.formulas import derive_formulas, placed
from baocao.indicators.catalogue import Catalogue
from baocao.indicators.measure import Value
from baocao.indicators.one_stop import OneStopFigures
from baocao.indicators.targets import Target
from baocao.locale import format_count, format_date, format_number
from baocao.units import Unit

SEVERITIES = {"error": "Lỗi", "warning": "Cảnh báo", "info": "Ghi nhận"}


def form_table(filled: FilledForm, catalogue: Catalogue) -> Table:
    """A filled form as a table block, with the formulas its figures follow from."""
    formulas = {place: Formula(**asdict(formula)) for place, formula in derive_formulas(filled, catalogue).items()}
    return Table(
        id=filled.form.id,
        header=[
            [HeaderCell(text=cell.text, columns=cell.columns, rows=cell.rows) for cell in row] for row in filled.header
        ],
        rows=[
            TableRow(
                kind=row.kind,
                cells=[
                    TableCell(text=cell.text, columns=cell.columns)
                    if cell.measure is None
                    else TableCell(
                        text=cell.text,
                        figure=cell.measure.id,
                        value=cell.measure.machine_text,
                        formula=formulas.get((line, column)),
                    )
                    for column, cell in placed(row.cells)
                ],
            )
            for line, row in enumerate(filled.rows)
        ],
        align=list(filled.kinds),
        note=filled.note,
    )


def plain_table(
    id: str,
    header: Sequence[str],
    align: Sequence[Align],
    rows: Sequence[Sequence[str | Run]],
) -> Table:
    """A table of words and figure runs under one row of headings."""
    cells = [
        [
            TableCell(text=cell)
            if isinstance(cell, str)
            else TableCell(text=cell.text, figure=cell.figure, value=cell.value)
            for cell in row
        ]
        for row in rows
    ]
    return Table(
        id=id,
        header=[[HeaderCell(text=text) for text in header]],
        rows=[TableRow(cells=row) for row in cells],
        align=list(align),
    )


def findings_table(findings: Sequence[Finding]) -> Table:
    """The failed checks as the document prints them."""
    rows: list[list[str | Run]] = [
        [
            str(number),
            finding.table,
            finding.row or "",
            finding.message,
            *(_figure(value, finding.grouped) for value in (finding.printed, finding.computed, finding.difference)),
            SEVERITIES[finding.severity],
        ]
        for number, finding in enumerate(failed(findings), start=1)
    ]
    header = ("Stt", "Biểu", "Dòng", "Nội dung kiểm tra", "Số ghi", "Số tính", "Chênh lệch", "Mức độ")
    align: list[Align] = ["number", "label", "text", "text", "figure", "figure", "figure", "label"]
    return plain_table("findings", header, align, rows)


def _figure(value: Value, grouped: bool) -> str:
    if value is None:
        return ""
    if not grouped:
        return str(value)
    return format_count(value) if isinstance(value, int) else format_number(value, keep_zeros=False)


def targets_table(targets: Sequence[Target], results: Sequence[Run], levels: Sequence[Run]) -> Table:
    """What was set against what was reached."""
    rows: list[list[str | Run]] = [
        [str(number), target.name, level, result, target.verdict]
        for number, (target, level, result) in enumerate(zip(targets, levels, results, strict=True), start=1)
    ]
    header = ("Stt", "Mục tiêu", "Mức đặt ra", "Kết quả", "Đánh giá")
    return plain_table("targets", header, ["number", "text", "label", "label", "label"], rows)


def checks_html(findings: Sequence[Finding]) -> Markup:
    """For the analyst: every expectation, what was found, and where."""
    rows = Markup("").join(
        Markup('<tr><th>{}</th><td class="{}">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>').format(
            finding.expectation,
            "passed" if finding.success else "failed",
            {True: "Đạt", False: SEVERITIES[finding.severity], None: "Chưa kiểm tra"}[finding.success],
            finding.place,
            finding.message,
            f"{finding.rows_checked} phép so sánh"
            + (f", {finding.rows_not_checked} chưa kiểm tra được vì ô trống" if finding.rows_not_checked else ""),
        )
        for finding in findings
    )
    return Markup(
        '<div class="baocao"><table><thead><tr><th>Quy tắc</th><th>Kết quả</th><th>Ở đâu</th><th>Nội dung</th>'
        "<th>Đã kiểm tra</th></tr></thead><tbody>{}</tbody></table></div>"
    ).format(rows)


def overview_html(figures: OneStopFigures, version: str) -> Markup:
    """For the analyst: which tables were loaded for which period, and how many rows of what."""
    tables: dict[str, list[str]] = {}
    for row in figures.rows:
        tables.setdefault(row["table"], []).append(row["row_type"])
    rows = Markup("").join(
        Markup("<tr><th>{}</th><td>{}</td><td>{}</td></tr>").format(
            table, str(kinds.count("detail")), str(kinds.count("total"))
        )
        for table, kinds in sorted(tables.items())
    )
    period = figures.period
    return Markup(
        '<div class="baocao"><p>{}, {}, từ {} đến {}; phiên bản dữ liệu {}</p><table><thead><tr><th>Biểu</th>'
        "<th>Dòng chi tiết</th><th>Dòng tổng</th></tr></thead><tbody>{}</tbody></table></div>"
    ).format(
        figures.reporter.name,
        period.label,
        format_date(period.from_date),
        format_date(period.to_date),
        version or "—",
        rows,
    )


def office_lines(unit: Unit) -> list[str]:
    """The agency's name in the letterhead: “ỦY BAN NHÂN DÂN / HUYỆN TUẦN GIÁO”."""
    head, _, rest = unit.name.partition(" ")
    if head == "UBND":
        return ["ỦY BAN NHÂN DÂN", rest.upper()]
    return [unit.name.upper()]
