"""The page of a document – its files, versions, findings – and the list of those that were issued."""

from collections.abc import Iterator
from functools import partial

from markupsafe import Markup

from baocao.site.contents import Contents
from baocao.site.frame import (
    DOCUMENTS,
    ISSUED,
    Links,
    Page,
    day,
    digests,
    fill,
    framed,
    joined,
    link,
    made_of,
    number,
    row_head,
    table,
    text_cell,
)
from baocao.site.pages import key_figures, state_text
from baocao.site.records import FILES, Finding, Record

SEVERITIES = {"error": "Lỗi", "warning": "Cảnh báo", "info": "Lưu ý"}


def document_pages(contents: Contents, shared: str) -> Iterator[Page]:
    """A page for every document, and the list of issued ones."""
    for record in contents.records:
        path = f"{DOCUMENTS}/{record.folder}/index.html"
        around = digests(contents.told(record.unit, record.period))
        told = made_of(shared, path, digests(contents.by_document[record.key]), around)
        yield Page(path, told, partial(_document, contents, record))
    issued = [record for record in contents.records if record.issue is not None]
    yield Page(ISSUED, made_of(shared, ISSUED, digests(issued)), partial(_issued, contents))


def _document(contents: Contents, record: Record) -> bytes:
    path = f"{DOCUMENTS}/{record.folder}/index.html"
    links, unit = Links(path), contents.unit(record.unit)
    name = contents.names.report(record.report)
    current = contents.stands(record)
    before = contents.earlier(record.unit, record.period) if current else None
    sizes = [(file, size) for file in FILES for known, size, _ in record.files if known == file]
    body = fill(
        "document",
        name=name,
        unit=unit.name,
        unit_link=links.unit(record.unit),
        period=record.label,
        period_link=links.period(record.period),
        state=contents.state(record),
        says=state_text(contents, record),
        notes=list(_notes(contents, links, record)),
        files=[
            (FILES[file], links.document(record, file), _size(size), place == 0)
            for place, (file, size) in enumerate(sizes)
        ],
        figures=key_figures(contents, record.unit, record.period, before) if current and record.rows else [],
        compare=links.compare((record.unit, before), (record.unit, record.period)) if before else "",
        before=contents.label(before) if before else "",
        versions=_versions(contents, links, record),
        rows=[
            (contents.unit(row).name, links.document(record, "report.html") + f"#{record.anchors[row]}")
            for row in sorted(record.rows, key=lambda code: contents.place(code))
            if row in record.anchors and row != record.unit
        ],
        old=record.old_schema is not None,
        findings=_findings(contents, record),
    )
    return framed(contents, path, f"{name} – {unit.name} – {record.label}", body)


def _notes(contents: Contents, links: Links, record: Record) -> Iterator[tuple[str, str]]:
    """What a reader must know before using it, each with where it leads."""
    after = contents.replaced_by(record)
    if after is not None and after.issue is not None:
        yield f"Được thay thế bởi văn bản số {after.issue.number} ngày {day(after.issue.date)}", links.document(after)
    if record.supersedes is not None:
        told = f"số {record.supersedes.number} ngày {day(record.supersedes.date)}"
        target = links.document(record, "changes.html") if record.has("changes.html") else ""
        yield f"Thay cho văn bản {told}; xem giải trình thay đổi", target
    if record.old_schema is not None:
        yield "Do phiên bản phần mềm cũ lập: không lấy số liệu để so sánh", ""


def _versions(contents: Contents, links: Links, record: Record) -> Markup | str:
    group = contents.by_document[record.key]
    if len(group) < 2:
        return ""
    rows = []
    for version in group:
        text = state_text(contents, version)
        shown = (
            Markup("<strong>{}</strong> (đang xem)").format(text)
            if version is record
            else link(text, links.document(version))
        )
        changes = [(file, FILES[file]) for file in ("changes.html", "changes.pdf") if version.has(file)]
        rows.append(
            [
                row_head(shown),
                text_cell(joined(link(text, target) for text, target in links.files(version))),
                text_cell(joined(link(text, links.document(version, file)) for file, text in changes)),
            ]
        )
    return table("versions", "Các bản của văn bản này", ["Bản", "Mở", "Thay đổi so với bản trước"], rows)


def _findings(contents: Contents, record: Record) -> Markup | str:
    if not record.findings:
        return ""
    rows = [
        [
            row_head(severity_text(finding)),
            text_cell(contents.names.check(finding.check)),
            text_cell(", ".join(part for part in (finding.table, finding.row) if part)),
            text_cell(finding.message),
        ]
        for finding in record.findings
    ]
    return table("findings", "Kiểm tra số liệu", ["Mức", "Nội dung kiểm tra", "Vị trí", "Kết quả"], rows)


def severity_text(finding: Finding) -> str:
    """How grave a finding is, in a word."""
    return "Chưa kiểm tra được" if finding.success is None else SEVERITIES.get(finding.severity, finding.severity)


def _issued(contents: Contents) -> bytes:
    links = Links(ISSUED)
    title = "Văn bản đã ban hành"
    issued = [(record, record.issue) for record in contents.records if record.issue is not None]
    rows = [
        [
            row_head(link(issue.number, links.document(record))),
            text_cell(day(issue.date)),
            text_cell(link(contents.unit(record.unit).name, links.unit(record.unit))),
            text_cell(contents.names.report(record.report)),
            text_cell(link(record.label, links.period(record.period))),
            text_cell("Đang có hiệu lực" if contents.state(record) == "in-force" else "Đã được thay thế"),
            text_cell(_changes(links, record)),
        ]
        for record, issue in sorted(issued, key=lambda pair: (pair[1].date, pair[1].number), reverse=True)
    ]
    head = ["Số", "Ngày", "Đơn vị", "Văn bản", "Kỳ", "Tình trạng", "Thay đổi so với bản trước"]
    content = (
        table("issued", title, head, rows)
        if rows
        else Markup('<p class="empty">Chưa có văn bản nào được ban hành.</p>')
    )
    return framed(
        contents, ISSUED, title, fill("plain", title=title, told=[], parts=[("danh-sach", "Danh sách", content, "")])
    )


def _changes(links: Links, record: Record) -> Markup | str:
    return link("Giải trình thay đổi", links.document(record, "changes.html")) if record.has("changes.html") else ""


def _size(size: int) -> str:
    """A file's size in words, rounded up."""
    return f"{number(-(-size // 1024))} KB"
