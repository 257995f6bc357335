"""Pages to find one's way: the start, a unit, a period, a kind of report."""

from collections.abc import Iterator, Sequence
from functools import partial

from markupsafe import Markup

from baocao.locale import clean
from baocao.site.contents import STATES, Contents
from baocao.site.frame import (
    COMPARE,
    DATA,
    KINDS,
    PERIODS,
    START,
    UNITS,
    Links,
    Page,
    change,
    columns_of,
    day,
    digests,
    figure_cell,
    figure_cells,
    fill,
    framed,
    heading,
    joined,
    link,
    made_of,
    number,
    row_head,
    table,
    text_cell,
    with_unit,
)
from baocao.site.records import Record

TITLE = "Báo cáo cải cách hành chính"
#: So many units the start page lists; of more only those that have none above them.
TOP = 200
#: So many periods are set side by side.
TREND = 8


def finding_pages(contents: Contents, shared: str) -> Iterator[Page]:
    """All pages of this module; `shared` is the digest of what every page depends on."""
    everything = digests(contents.records)
    yield Page(START, made_of(shared, START, everything), partial(_start, contents))
    yield Page(COMPARE, made_of(shared, COMPARE), partial(_compare, contents))
    around = _around(contents)
    for code in contents.shown:
        path, told = f"{UNITS}/{code}.html", digests(around[code])
        life = list(_life(contents, Links(path), code))
        below = [(child, contents.children(child)) for child in contents.children(code)]
        yield Page(path, made_of(shared, code, told, below, life), partial(_unit, contents, code))
    for period in contents.periods:
        told = digests(contents.by_period[period])
        beside = [other for _, other in _beside(contents, period)]
        yield Page(
            f"{PERIODS}/{period}.html", made_of(shared, period, told, beside), partial(_period, contents, period)
        )
    for report in contents.reports:
        told = [record.digest for record in contents.records if record.report == report]
        yield Page(f"{KINDS}/{report}.html", made_of(shared, report, told), partial(_kind, contents, report))


def _around(contents: Contents) -> dict[str, list[Record]]:
    """By unit: the records its page depends on – its own, those with a row of it, and the same of its children."""
    own = {code: [*contents.by_unit.get(code, ()), *contents.rows_of(code)] for code in contents.shown}
    return {
        code: [*records, *(record for child in contents.children(code) for record in own[child])]
        for code, records in own.items()
    }


def _start(contents: Contents) -> bytes:
    links = Links(START)
    top = [code for root in contents.roots for code in (root, *contents.children(root))]
    top = top if len(top) <= TOP else contents.roots
    latest = contents.latest(top)
    body = fill(
        "start",
        title=TITLE,
        latest=contents.label(latest) if latest else "",
        latest_link=links.period(latest) if latest else "",
        table=_units_table(contents, links, "latest", top, latest) if latest else "",
        periods=[
            (_capital(contents.label(period)), links.period(period), count_text(contents.by_period[period]))
            for period in contents.periods
        ],
        kinds=[
            (
                contents.names.report(kind),
                links.to(f"{KINDS}/{kind}.html"),
                count_text([record for record in contents.records if record.report == kind]),
            )
            for kind in contents.reports
        ],
        tree=_tree(contents, links, contents.roots),
    )
    return framed(contents, START, TITLE, body, (f"{DATA}/index.js", "assets/site.js"))


def _tree(contents: Contents, links: Links, codes: Sequence[str]) -> Markup:
    """Units as a list in a list; what has more below it than a few opens on demand."""
    if not codes:
        return Markup("")
    items = []
    for code in codes:
        name, below = link(contents.unit(code).name, links.unit(code)), contents.children(code)
        if below:
            inner = _tree(contents, links, below)
            shown = Markup("{} <details><summary>{} đơn vị trực thuộc</summary>{}</details>")
            items.append(Markup("<li>{}</li>").format(shown.format(name, str(len(below)), inner)))
        else:
            items.append(Markup("<li>{}</li>").format(name))
    return Markup('<ul class="tree">{}</ul>').format(Markup("").join(items))


def _units_table(contents: Contents, links: Links, anchor: str, codes: Sequence[str], period: str) -> Markup:
    """Units with their figures of a period, and the documents they have in it."""
    told = {code: contents.facts(code, period) for code in contents.of_period(codes, period)}
    columns = columns_of(contents, (facts.values for facts in told.values()))
    rows = []
    for code, facts in told.items():
        own = [record for record in contents.of(code, period) if record.blocked or contents.stands(record)]
        rows.append(
            [
                row_head(link(contents.unit(code).name, links.unit(code))),
                *figure_cells(contents, columns, facts),
                text_cell(joined(_opens(contents, links, record) for record in (own or facts.sources))),
            ]
        )
    head = ["Đơn vị", *(heading(contents, name) for name in columns), "Văn bản"]
    return table(anchor, f"Số liệu theo đơn vị, {contents.label(period)}", head, rows)


def _opens(contents: Contents, links: Links, record: Record) -> Markup:
    """A link with little room to a document, saying in full what it is to who asks."""
    blocked = " (chưa lập được)" if record.blocked else ""
    told = f"{contents.names.report(record.report)}, {contents.unit(record.unit).name}, {record.label}{blocked}"
    text = contents.names.kind(record.report) + blocked
    return link(text, links.document(record), told)


def count_text(records: Sequence[Record]) -> str:
    """How many documents there are, and how many could not be made."""
    blocked = sum(record.blocked for record in records)
    text = f"{number(len(records) - blocked)} văn bản"
    return f"{text}, {number(blocked)} chưa lập được" if blocked else text


def _unit(contents: Contents, code: str) -> bytes:
    path = f"{UNITS}/{code}.html"
    links, unit = Links(path), contents.unit(code)
    children = contents.children(code)
    latest, of_children = contents.latest([code]), contents.latest(children)
    before = contents.earlier(code, latest) if latest else None
    facts = contents.facts(code, latest) if latest else None
    body = fill(
        "unit",
        above=[(above.name, links.unit(above.code)) for above in reversed(contents.above(code))],
        name=unit.name,
        told=list(_life(contents, links, code)),
        figures=key_figures(contents, code, latest, before) if latest else [],
        period=contents.label(latest) if latest else "",
        period_link=links.period(latest) if latest else "",
        sources=joined_sources(contents, links, facts.sources) if facts else "",
        compare=links.compare((code, before), (code, latest)) if latest and before else "",
        before=contents.label(before) if before else "",
        children=_units_table(contents, links, "children", children, of_children)
        if of_children
        else _tree(contents, links, children),
        children_period=contents.label(of_children) if of_children else "",
        trend=_trend(contents, links, code),
        documents=_documents(contents, links, contents.by_unit.get(code, ())),
        rows=[
            (
                f"{contents.names.report(record.report)}, {contents.unit(record.unit).name}, {record.label}",
                links.document(record, "report.html") + f"#{record.anchors[code]}",
            )
            for record in contents.rows_of(code)
            if code in record.anchors
        ],
    )
    return framed(contents, path, unit.name, body)


def _life(contents: Contents, links: Links, code: str) -> Iterator[Markup]:
    """When the unit existed, what came before and after it."""
    unit = contents.unit(code)
    if not contents.knows(code):
        yield Markup("Mã đơn vị này không có trong danh mục đơn vị.")
    if unit.valid_from:
        yield Markup("Có từ ngày {}.").format(day(unit.valid_from.isoformat()))
    if unit.valid_to:
        yield Markup("Có đến hết ngày {}.").format(day(unit.valid_to.isoformat()))
    for text, others in (
        ("Tiếp nhận từ: ", contents.before(code)),
        ("Đơn vị tiếp nhận: ", [contents.unit(other) for other in unit.successors if contents.knows(other)]),
    ):
        if others:
            named = [
                link(other.name, links.unit(other.code)) if other.code in contents.has_page else other.name
                for other in others
            ]
            yield text + Markup(", ").join(named) + "."


def key_figures(contents: Contents, code: str, period: str, before: str | None) -> list[tuple[str, str, str]]:
    """Label, value and movement of a unit's usual figures."""
    facts = contents.facts(code, period)
    past = contents.facts(code, before) if before else None
    found = []
    for name in columns_of(contents, [facts.values]):
        indicator, value = contents.catalogue[name], facts.get(name)
        base = past.get(name) if past else None
        moved = change(value, base, indicator)
        remark = f"{contents.label(before)}: {with_unit(base, indicator)}" if before else ""
        found.append((indicator.name, with_unit(value, indicator), remark + (f" ({moved})" if moved else "")))
    return found


def joined_sources(contents: Contents, links: Links, sources: Sequence[Record]) -> Markup:
    """The documents figures are from, as links."""
    named = (
        link(f"{contents.names.report(record.report)}, {contents.unit(record.unit).name}", links.document(record))
        for record in sources
    )
    return Markup("; ").join(named)


def _trend(contents: Contents, links: Links, code: str) -> Markup | str:
    """A unit's figures by period, the newest first; "" for fewer than two."""
    told = {period: facts for period in contents.periods if (facts := contents.facts(code, period)).sources}
    told = dict(list(told.items())[:TREND])
    if len(told) < 2:
        return ""
    columns = columns_of(contents, (facts.values for facts in told.values()))
    rows = [
        [
            row_head(link(_capital(contents.label(period)), links.period(period))),
            *figure_cells(contents, columns, facts),
        ]
        for period, facts in told.items()
    ]
    return table("trend", "Diễn biến qua các kỳ", ["Kỳ", *(heading(contents, name) for name in columns)], rows)


def _documents(contents: Contents, links: Links, records: Sequence[Record]) -> Markup | str:
    if not records:
        return ""
    rows = [
        [
            row_head(link(_capital(record.label), links.period(record.period))),
            text_cell(link(contents.names.report(record.report), links.document(record))),
            text_cell(state_text(contents, record)),
            text_cell(joined(link(text, target) for text, target in links.files(record))),
        ]
        for record in records
    ]
    return table("documents", "Văn bản của đơn vị", ["Kỳ", "Văn bản", "Tình trạng", "Mở"], rows)


def state_text(contents: Contents, record: Record) -> str:
    """What is to be said of a document: issued under a number and a day, or not."""
    text = STATES[contents.state(record)]
    return f"{text}: số {record.issue.number} ngày {day(record.issue.date)}" if record.issue else text


def _period(contents: Contents, period: str) -> bytes:
    path = f"{PERIODS}/{period}.html"
    links, records = Links(path), contents.by_period[period]
    title = _capital(contents.label(period))
    codes = [code for code in contents.shown if contents.facts(code, period).sources or contents.of(code, period)]
    kinds = [
        (report, contents.names.report(report), _of_kind(contents, links, report, period))
        for report in contents.reports
        if any(record.report == report for record in records)
    ]
    body = fill(
        "period",
        title=title,
        count=count_text(records),
        quality=links.quality(period),
        beside=[(f"{word}: {contents.label(other)}", links.period(other)) for word, other in _beside(contents, period)],
        figures=_units_table(contents, links, "figures", codes, period) if codes else "",
        kinds=kinds,
    )
    return framed(contents, path, title, body)


def _beside(contents: Contents, period: str) -> Iterator[tuple[str, str]]:
    """The periods before and after, as far as there is anything of them."""
    before = contents.previous(period)
    after = next((other for other in contents.periods if contents.previous(other) == period), None)
    if before:
        yield "Kỳ trước", before
    if after:
        yield "Kỳ sau", after


def _of_kind(contents: Contents, links: Links, report: str, period: str) -> Markup:
    rows = [
        [
            row_head(link(contents.unit(record.unit).name, links.unit(record.unit))),
            text_cell(link(state_text(contents, record), links.document(record))),
            text_cell(joined(link(text, target) for text, target in links.files(record))),
        ]
        for record in contents.by_period[period]
        if record.report == report
    ]
    return table(f"of-{report}", contents.names.report(report), ["Đơn vị", "Tình trạng", "Mở"], rows)


def _kind(contents: Contents, report: str) -> bytes:
    path = f"{KINDS}/{report}.html"
    links, name = Links(path), contents.names.report(report)
    rows = []
    for period in contents.periods:
        of_period = [record for record in contents.by_period[period] if record.report == report]
        states = [contents.state(record) for record in of_period]
        if of_period:
            rows.append(
                [
                    row_head(link(_capital(contents.label(period)), links.period(period) + f"#{report}")),
                    figure_cell(len(of_period) - states.count("blocked")),
                    figure_cell(sum(record.issue is not None for record in of_period)),
                    figure_cell(states.count("blocked")),
                ]
            )
    head = ["Kỳ", "Văn bản", "Đã ban hành", "Chưa lập được"]
    parts = [("cac-ky", "Các kỳ", table("periods", name, head, rows), "")]
    return framed(contents, path, name, fill("plain", title=name, told=[], parts=parts))


def _capital(label: str) -> str:
    """A period's label as it begins a line."""
    return clean(label[:1].upper() + label[1:])


def _compare(contents: Contents) -> bytes:
    title = "So sánh"
    body = fill("compare", title=title, sides=[("a", "Bên trái"), ("b", "Bên phải")])
    return framed(contents, COMPARE, title, body, (f"{DATA}/index.js", "assets/site.js"))
