"""What search and comparison read: one file of names and documents, and one of figures for every period.

Scripts, not JSON: a page opened from a file may load a script but fetch nothing. Columns of places in lists of names,
so that ten thousand reports stay small; no file of figures depends on another period.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import orjson

from baocao.site.contents import Contents
from baocao.site.frame import DATA, Page, decimals_of, digests, made_of
from baocao.site.records import Record

#: Formats as bits of a number.
FORMATS = ("report.html", "report.pdf", "report.docx", "tables.xlsx")
_BITS = {file: 1 << bit for bit, file in enumerate(FORMATS)}


def data_pages(contents: Contents, shared: str) -> Iterator[Page]:
    """The index, and the figures of every period."""
    path = f"{DATA}/index.js"
    yield Page(path, made_of(shared, path, digests(contents.records)), partial(_index, contents))
    for period in contents.periods:
        path, told = (
            f"{DATA}/{period}.js",
            [record for record in contents.by_period[period] if contents.stands(record)],
        )
        yield Page(path, made_of(shared, path, digests(told)), partial(_figures, contents, period, told))


def _index(contents: Contents) -> bytes:
    records = [record for record in contents.records if not record.blocked]
    units = contents.shown
    place = {code: number for number, code in enumerate(units)}
    known = contents.catalogue.indicators
    kinds = {record.indicators: record for record in records}
    indicators = sorted({name for record in kinds.values() for name in contents.known(record)})
    rows = [
        [row for row in record.rows if row in record.anchors and row in place and row != record.unit]
        if contents.stands(record)
        else []
        for record in records
    ]
    shown = [contents.unit(code) for code in units]
    return _script(
        "index",
        {
            "units": {
                "code": units,
                "name": [unit.name for unit in shown],
                "short": [unit.short_name for unit in shown],
                "also": ["; ".join(unit.aliases) for unit in shown],
                "parent": [place.get(contents.parent(code) or "", -1) for code in units],
                "above": [number for number, code in enumerate(units) if contents.registry.children(code)],
            },
            "reports": {"id": contents.reports, "name": [contents.names.report(kind) for kind in contents.reports]},
            "periods": {"id": contents.periods, "label": [contents.label(period) for period in contents.periods]},
            "indicators": {
                "id": indicators,
                "name": [known[name].name for name in indicators],
                "measure": [known[name].unit_of_measure for name in indicators],
                "decimals": [decimals_of(known[name]) for name in indicators],
            },
            "documents": {
                "report": [contents.reports.index(record.report) for record in records],
                "period": [contents.periods.index(record.period) for record in records],
                "unit": [place[record.unit] for record in records],
                "files": [_formats(record) for record in records],
                "folder": _seldom(
                    [record.folder if record.folder != "/".join(record.key) else "" for record in records]
                ),
                "number": _seldom([record.issue.number if record.issue else "" for record in records]),
                "other": [number for number, record in enumerate(records) if not contents.stands(record)],
                "rows": [[place[row] for row in of_one] for of_one in rows],
                "anchors": [
                    [int(record.anchors[row].removeprefix("p_")) for row in of_one]
                    for record, of_one in zip(records, rows, strict=True)
                ],
            },
        },
    )


def _formats(record: Record) -> int:
    """The formats a document is there in."""
    return sum(_BITS.get(name, 0) for name, _, _ in record.files)


def _seldom(texts: Sequence[str]) -> dict[str, str]:
    """Texts most documents have none of, by place."""
    return {str(place): text for place, text in enumerate(texts) if text}


def _figures(contents: Contents, period: str, records: Sequence[Record]) -> bytes:
    told = [record for record in records if record.rows]
    figures = [[contents.figures(record, row) for row in record.rows] for record in told]
    columns = [sorted({name for values in rows for name in values}) for rows in figures]
    units = sorted({row for record in told for row in record.rows if row})
    indicators = sorted({name for names in columns for name in names})
    place = {code: number for number, code in enumerate(units)}
    of_indicator = {name: number for number, name in enumerate(indicators)}
    return _script(
        f'figures["{period}"]',
        {
            "units": units,
            "indicators": indicators,
            "folder": [record.folder for record in told],
            "report": [record.report for record in told],
            "unit": [record.unit for record in told],
            # The whole area of a report is the place -1.
            "rows": [[place.get(row, -1) for row in record.rows] for record in told],
            "columns": [[of_indicator[name] for name in names] for names in columns],
            "values": [
                [values.get(name) for values in rows for name in names]
                for rows, names in zip(figures, columns, strict=True)
            ],
        },
    )


def _script(name: str, content: dict[str, Any]) -> bytes:
    start = b"globalThis.baocao ??= { figures: {} };\n"
    return start + f"baocao.{name} = ".encode() + orjson.dumps(content) + b";\n"
