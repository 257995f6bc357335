"""“Bảng giải trình chênh lệch số liệu”: what two outputs say differently and why, as a document and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import orjson

from baocao.document.blocks import Annex, AnyBlock, Document, Letterhead, Paragraph, Run, Table, Title
from baocao.export.formats import FORMATS
from baocao.forms.disclosure import NOT_SHOWN
from baocao.intake.dossiers import LABELS
from baocao.intake.one_stop import LABELS as COLUMNS
from baocao.locale import format_count, format_date, format_number, prose_date
from baocao.notebook.views import office_lines, plain_table
from baocao.provenance.differences import Difference
from baocao.provenance.dossier_changes import DossierChange
from baocao.provenance.explanation import Explanation, FigureChange, Value
from baocao.provenance.manifest import Manifest
from baocao.provenance.tracing import KINDS, about_row

NAME = "Bảng giải trình chênh lệch số liệu"
#: What `explanation_files` makes.
FILES = ("changes.json", "changes.html", "changes.pdf")
#: So many dossiers and rows are printed; all of them are in the JSON file.
PRINTED = 500
_LABELS = ("Phụ lục I", "Phụ lục II", "Phụ lục III", "Phụ lục IV", "Phụ lục V", "Phụ lục VI", "Phụ lục VII")
_PLACES = {"narrative": "lời văn", "chart": "biểu đồ", "key-figures": "số liệu chính", "targets": "bảng mục tiêu"}
_INPUTS = {
    "data": "Số liệu",
    "parameter": "Tham số",
    "unit": "Đơn vị",
    "file": "Tệp tham số, biểu mẫu, danh mục",
    "code": "Phần mềm",
    "package": "Gói phần mềm",
}


def explanation_files(explanation: Explanation) -> tuple[bytes, bytes, bytes]:
    """The explanation as JSON, HTML and PDF."""
    document = explanation_document(explanation)
    content = orjson.dumps(explanation.record(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return content, FORMATS["html"].make(document, {}), FORMATS["pdf"].make(document, {})


def explanation_document(explanation: Explanation) -> Document:
    """The explanation as its reader sees it."""
    old, new = explanation.old, explanation.new
    subject = f"{explanation.report_name} – {explanation.unit.name} – {_period(old, new)}"
    return Document(
        blocks=[
            Letterhead(
                document_kind="bao-cao",
                office=office_lines(explanation.unit),
                number="",
                place_date=_dates(new),
                title=f"{NAME}: {subject}",
                dated=new.period.to_date,
            ),
            Title(type_name=NAME.upper(), abstract=[Run(text=subject)]),
            *_opening(explanation),
            *_sections(explanation),
        ]
    )


def _opening(explanation: Explanation) -> Iterator[Paragraph]:
    for word, manifest in (("Bản cũ", explanation.old), ("Bản mới", explanation.new)):
        yield _item(f"{word}: {_said(manifest, explanation.names)}.")
    for warning in explanation.warnings:
        yield _paragraph(f"Lưu ý: {warning}.")
    if explanation.same:
        yield _paragraph("Hai bản không có số liệu, ô hay câu nào khác nhau.")
        return
    open_ones = sum(not figure.explained for figure in explanation.figures)
    if explanation.figures and not explanation.same_period:
        yield _paragraph(
            f"Hai bản thuộc hai kỳ báo cáo khác nhau, có {len(explanation.figures)} số liệu khác nhau. Phụ lục I đặt "
            "hai kỳ cạnh nhau và nêu đơn vị, lĩnh vực khác nhiều nhất, không truy đến từng hồ sơ."
        )
    elif explanation.figures:
        hidden = sum(bool(figure.hidden) for figure in explanation.figures)
        told = f"{len(explanation.figures)} số liệu khác nhau"
        if hidden:
            told += f", trong đó {hidden} số liệu có một bản không công bố"
        if open_ones:
            told += f", {'' if hidden else 'trong đó '}{open_ones} số liệu chưa giải trình được hết."
        elif not hidden:
            told += ", đều đã giải trình được."
        else:
            told += "; các số liệu khác đều đã giải trình được." if hidden < len(explanation.figures) else "."
        yield _paragraph(told)
    else:
        yield _paragraph("Không có số liệu nào khác nhau, chỉ khác ô hoặc câu chữ.")
    effective = [change for change in explanation.data.dossiers if change.counts]
    if effective:
        yield _paragraph(
            f"Chênh lệch do {len(effective)} hồ sơ thay đổi trong kho số liệu; xem phụ lục “Hồ sơ thay đổi”."
        )


def _sections(explanation: Explanation) -> Iterator[AnyBlock]:
    figures = "Số liệu khác nhau và nguyên nhân" if explanation.same_period else "Số liệu hai kỳ"
    tables = (
        (figures, _figures(explanation)),
        ("Ô khác trong các biểu", _cells(explanation)),
        ("Câu chữ khác nhau", _texts(explanation)),
        ("Hồ sơ thay đổi", _dossiers(explanation)),
        ("Dòng thay đổi trong biểu tổng hợp", _rows(explanation)),
        ("Mục thay đổi trong các sổ", _entries(explanation)),
        ("Đầu vào khác nhau", _inputs(explanation)),
    )
    filled = [(title, table) for title, table in tables if table.rows]
    for label, (title, table) in zip(_LABELS, filled, strict=False):
        yield Annex(label=label, title=title)
        yield table


def _figures(explanation: Explanation) -> Table:
    rows = [
        [
            str(number),
            figure.name,
            *_numbers(figure),
            "; ".join(cause.text for cause in figure.causes) + ("" if figure.explained else " (chưa giải trình hết)"),
            _places(figure.printed, explanation.names),
        ]
        for number, figure in enumerate(explanation.figures, start=1)
    ]
    header = ("Stt", "Số liệu", *_sides(explanation), "Chênh lệch", "Nguyên nhân", "Nơi in")
    return plain_table("changes", header, ["number", "text", "figure", "figure", "figure", "text", "text"], rows)


def _numbers(figure: FigureChange) -> list[str]:
    """Old and new value and their difference; “…” for what is hidden."""
    old, new, difference = map(_number, (*figure.values, figure.difference))
    hidden = figure.hidden
    return [
        NOT_SHOWN if "old" in hidden else old,
        NOT_SHOWN if "new" in hidden else new,
        NOT_SHOWN if hidden else difference,
    ]


def _sides(explanation: Explanation) -> tuple[str, str]:
    """What stands over the values of the two outputs."""
    labels = explanation.old.period.label, explanation.new.period.label
    return ("Bản cũ", "Bản mới") if labels[0] == labels[1] else labels


def _places(printed: Sequence[str], names: Mapping[str, str]) -> str:
    """Where a figure is printed, in words: “lời văn; Biểu 2”."""
    words = []
    for place in printed:
        kind = place.partition(":")[0]
        form = place.partition("/")[0]
        words.append(_PLACES.get(kind) or names.get(form, form))
    return "; ".join(dict.fromkeys(words))


def _cells(explanation: Explanation) -> Table:
    rows = [
        [explanation.names.get(cell.table, cell.table), cell.row, cell.column, cell.old or "", cell.new or ""]
        for cell in explanation.cells[:PRINTED]
    ]
    header = ("Biểu", "Dòng", "Cột", "Bản cũ", "Bản mới")
    return _noted(
        plain_table("changed-cells", header, ["text", "text", "text", "text", "text"], rows), explanation.cells
    )


def _texts(explanation: Explanation) -> Table:
    rows = [[text.old or "", text.new or ""] for text in explanation.texts[:PRINTED]]
    return _noted(plain_table("changed-texts", ("Bản cũ", "Bản mới"), ["text", "text"], rows), explanation.texts)


def _dossiers(explanation: Explanation) -> Table:
    changes = sorted(explanation.data.dossiers, key=lambda change: (not change.counts, change.source, change.dossier))
    rows = [
        [
            str(number),
            change.dossier,
            change.source,
            KINDS[change.kind],
            _columns(change, explanation.names),
            "Có" if change.counts else "Không",
        ]
        for number, change in enumerate(changes[:PRINTED], start=1)
    ]
    header = ("Stt", "Mã hồ sơ", "Nguồn", "Thay đổi", "Nội dung", "Ảnh hưởng kỳ này")
    table = plain_table("changed-dossiers", header, ["number", "code", "code", "text", "text", "label"], rows)
    return _noted(table, changes)


def _columns(change: DossierChange, names: Mapping[str, str]) -> str:
    told = {
        name: [names.get(str(value), _text(value)) if name == "unit" else _text(value) for value in values]
        for name, values in change.columns.items()
    }
    return "; ".join(f"{LABELS.get(name, name)}: {old} → {new}" for name, (old, new) in told.items())


def _rows(explanation: Explanation) -> Table:
    rows = [
        [
            str(row.key["table"]),
            about_row(row, explanation.names),
            COLUMNS.get(name, name),
            _text(old),
            _text(new),
        ]
        for row in explanation.data.rows[:PRINTED]
        for name, (old, new) in row.columns.items()
    ]
    header = ("Biểu", "Dòng", "Cột", "Bản cũ", "Bản mới")
    table = plain_table("changed-rows", header, ["text", "text", "text", "text", "text"], rows)
    return _noted(table, explanation.data.rows)


def _entries(explanation: Explanation) -> Table:
    rows = [
        [entry.name, entry.place, "thêm mới" if entry.old is None else "không còn"]
        for entry in explanation.data.entries[:PRINTED]
    ]
    table = plain_table("changed-entries", ("Sổ", "Vị trí", "Thay đổi"), ["text", "text", "text"], rows)
    return _noted(table, explanation.data.entries)


def _inputs(explanation: Explanation) -> Table:
    names = explanation.names
    rows = [
        [_INPUTS.get(changed.kind, changed.kind), names.get(changed.name, changed.name), _state(changed)]
        for changed in explanation.inputs
    ]
    return plain_table("changed-inputs", ("Loại", "Tên", "Thay đổi"), ["text", "text", "text"], rows)


def _state(difference: Difference) -> str:
    if difference.old is None or difference.new is None:
        return "mới có" if difference.old is None else "không còn"
    if difference.kind in ("package", "parameter"):
        return f"{difference.old} → {difference.new}"
    return "đã thay đổi"


def _noted(table: Table, all_of_them: Sequence[object]) -> Table:
    if len(all_of_them) <= PRINTED:
        return table
    note = f"Chỉ in {format_count(PRINTED)} trong số {format_count(len(all_of_them))}; đủ cả trong tệp JSON kèm theo."
    return table.model_copy(update={"note": note})


def _said(manifest: Manifest, names: Mapping[str, str]) -> str:
    issue = manifest.issue
    issued = f", đã ban hành số {issue.number} ngày {prose_date(issue.date)}" if issue else ""
    versions = sorted(manifest.versions.of.items())
    tables = ", ".join(f"{names.get(name, name)} phiên bản {version}" for name, version in versions)
    return f"{manifest.period.label}, {_dates(manifest)}{issued}" + (f"; số liệu: {tables}" if tables else "")


def _dates(manifest: Manifest) -> str:
    return f"từ ngày {prose_date(manifest.period.from_date)} đến ngày {prose_date(manifest.period.to_date)}"


def _period(old: Manifest, new: Manifest) -> str:
    labels = dict.fromkeys((old.period.label, new.period.label))
    return " và ".join(labels)


def _number(value: Value) -> str:
    if value is None:
        return ""
    return format_count(value) if isinstance(value, int) else format_number(value, keep_zeros=True)


def _text(value: object) -> str:
    if value is None:
        return "trống"
    return format_date(value) if isinstance(value, date) else str(value)


def _item(text: str) -> Paragraph:
    return Paragraph(marker="-", runs=[Run(text=text)])


def _paragraph(text: str) -> Paragraph:
    return Paragraph(runs=[Run(text=text)])
