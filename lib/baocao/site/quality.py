"""Data quality: what checks found in every period, by check, by unit and over time; and what the site leaves out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from baocao.periods import parse_period
from baocao.site.contents import Contents
from baocao.site.documents import SEVERITIES, severity_text
from baocao.site.frame import (
    LEFT_OUT,
    QUALITY,
    Links,
    Page,
    digests,
    figure_cell,
    fill,
    framed,
    link,
    made_of,
    number,
    row_head,
    table,
    text_cell,
)
from baocao.site.left_out import LeftOut
from baocao.site.pages import TREND
from baocao.site.records import Finding, Record

#: So many findings a page lists; each document's own page has all of its own.
LISTED = 500


@dataclass(frozen=True)
class Tally:
    """What the checks of some documents came to."""

    documents: int
    blocked: int
    units: int
    errors: int
    warnings: int
    unchecked: int

    def cells(self) -> list[str]:
        return [
            figure_cell(count)
            for count in (self.documents, self.blocked, self.units, self.errors, self.warnings, self.unchecked)
        ]


HEAD = ("Văn bản", "Chưa lập được", "Đơn vị có lỗi hoặc cảnh báo", "Lỗi", "Cảnh báo", "Chưa kiểm tra được")


def quality_pages(contents: Contents, left_out: Sequence[LeftOut], shared: str) -> Iterator[Page]:
    """The overview, a page for every period, and what is left out."""
    path = f"{QUALITY}/index.html"
    yield Page(path, made_of(shared, path, digests(contents.records)), partial(_overview, contents))
    for period in contents.periods:
        told = [digests(contents.by_period[other]) for other in _series(contents, period)]
        yield Page(
            f"{QUALITY}/{period}.html", made_of(shared, "quality", period, told), partial(_period, contents, period)
        )
    told_out = [(one.place, one.why, one.detail) for one in left_out]
    yield Page(LEFT_OUT, made_of(shared, LEFT_OUT, told_out), partial(_left_out, contents, left_out))


def judged(contents: Contents, period: str) -> list[Record]:
    """Documents whose checks count: those that stand for their unit, and those that are blocked now."""
    return [record for record in contents.by_period[period] if record.blocked or contents.stands(record)]


def _tally(records: Sequence[Record]) -> Tally:
    findings = [finding for record in records for finding in record.findings]
    return Tally(
        documents=sum(not record.blocked for record in records),
        blocked=sum(record.blocked for record in records),
        units=len({record.unit for record in records if any(record.failed("error", "warning"))}),
        errors=sum(finding.success is False and finding.severity == "error" for finding in findings),
        warnings=sum(finding.success is False and finding.severity == "warning" for finding in findings),
        unchecked=sum(finding.success is None for finding in findings),
    )


def _series(contents: Contents, period: str) -> list[str]:
    """A period and those of its kind before it, the newest first."""
    kind = parse_period(period).kind
    same = [other for other in contents.periods if parse_period(other).kind == kind]
    return same[same.index(period) : same.index(period) + TREND]


def _trend(contents: Contents, links: Links, periods: Sequence[str]) -> Markup:
    rows = [
        [row_head(link(contents.label(period), links.quality(period))), *_tally(judged(contents, period)).cells()]
        for period in periods
    ]
    return table("trend", "Diễn biến qua các kỳ", ["Kỳ", *HEAD], rows)


def _overview(contents: Contents) -> bytes:
    path, title = f"{QUALITY}/index.html", "Chất lượng số liệu"
    content = _trend(contents, Links(path), contents.periods)
    told = ["Kết quả kiểm tra số liệu của các văn bản, theo kỳ. “Lỗi” là số liệu mâu thuẫn; “cảnh báo” cần xem lại."]
    parts = [("cac-ky", "Các kỳ", content, "")]
    return framed(contents, path, title, fill("plain", title=title, told=told, parts=parts))


def _period(contents: Contents, period: str) -> bytes:
    path = f"{QUALITY}/{period}.html"
    links, title = Links(path), f"Chất lượng số liệu, {contents.label(period)}"
    records = judged(contents, period)
    found = [(record, finding) for record in records for finding in record.findings]
    failed = sorted((pair for pair in found if pair[1].success is False), key=lambda pair: _gravity(pair[1]))
    note = f"Liệt kê {number(LISTED)} trên {number(len(failed))} chỗ; đủ cả ở trang của từng văn bản."
    parts = [
        ("dien-bien", "Diễn biến qua các kỳ", _trend(contents, links, _series(contents, period)), ""),
        ("theo-kiem-tra", "Theo nội dung kiểm tra", _by_check(contents, found), ""),
        (
            "tung-cho",
            "Từng chỗ sai, cần xem lại",
            _listed(contents, links, failed),
            note if len(failed) > LISTED else "",
        ),
        ("theo-don-vi", "Theo đơn vị", _by_unit(contents, links, records), ""),
    ]
    told = [Markup("Xem {}.").format(link(f"số liệu và văn bản của {contents.label(period)}", links.period(period)))]
    return framed(contents, path, title, fill("plain", title=title, told=told, parts=parts))


def _gravity(finding: Finding) -> int:
    order = [*SEVERITIES]
    return order.index(finding.severity) if finding.success is False and finding.severity in order else len(order)


def _by_check(contents: Contents, found: Sequence[tuple[Record, Finding]]) -> Markup:
    if not found:
        return Markup('<p class="empty">Mọi kiểm tra đều đạt.</p>')
    counts = Counter((_gravity(finding), severity_text(finding), finding.check) for _, finding in found)
    units = {key: set[str]() for key in counts}
    for record, finding in found:
        units[_gravity(finding), severity_text(finding), finding.check].add(record.unit)
    rows = [
        [
            row_head(contents.names.check(check)),
            text_cell(severity),
            figure_cell(count),
            figure_cell(len(units[gravity, severity, check])),
        ]
        for (gravity, severity, check), count in sorted(counts.items())
    ]
    return table("by-check", "Theo nội dung kiểm tra", ["Nội dung kiểm tra", "Mức", "Số lần", "Số đơn vị"], rows)


def _by_unit(contents: Contents, links: Links, records: Sequence[Record]) -> Markup:
    of_units: dict[str, list[Record]] = {}
    for record in records:
        of_units.setdefault(record.unit, []).append(record)
    rows = []
    for code in sorted(of_units, key=contents.place):
        cells = _tally(of_units[code]).cells()
        rows.append([row_head(link(contents.unit(code).name, links.unit(code))), *cells[:2], *cells[3:]])
    return table("by-unit", "Theo đơn vị", ["Đơn vị", *HEAD[:2], *HEAD[3:]], rows)


def _listed(contents: Contents, links: Links, found: Sequence[tuple[Record, Finding]]) -> Markup:
    if not found:
        return Markup('<p class="empty">Không có.</p>')
    rows = [
        [
            row_head(link(contents.unit(record.unit).name, links.document(record))),
            text_cell(severity_text(finding)),
            text_cell(", ".join(part for part in (finding.table, finding.row) if part)),
            text_cell(finding.message),
        ]
        for record, finding in found[:LISTED]
    ]
    return table("listed", "Từng chỗ sai, cần xem lại", ["Đơn vị", "Mức", "Vị trí", "Kết quả"], rows)


def _left_out(contents: Contents, left_out: Sequence[LeftOut]) -> bytes:
    title = "Không đưa vào"
    told = ["Những gì có trong thư mục kết quả mà trang này không dùng hoặc không dùng hết, và lý do."]
    rows = [[row_head(one.place), text_cell(one.vietnamese)] for one in left_out]
    content = (
        table("left-out", title, ["Thư mục, tệp", "Lý do"], rows)
        if rows
        else Markup('<p class="empty">Không bỏ gì.</p>')
    )
    body = fill("plain", title=title, told=told, parts=[("danh-sach", "Danh sách", content, "")])
    return framed(contents, LEFT_OUT, title, body)
