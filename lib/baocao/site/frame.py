"""Pages of the site: one frame around them, links that work from a file, tables that sort, Vietnamese numbers."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from baocao.export.formats import FORMATS
from baocao.export.page_templates import page_template
from baocao.forms.disclosure import NOT_SHOWN, UNPUBLISHED
from baocao.indicators.definition import Indicator
from baocao.site.contents import COLUMNS, Contents, Facts
from baocao.site.records import FILES, Number, Record

DOCUMENTS, UNITS, PERIODS, QUALITY, KINDS, DATA = "van-ban", "don-vi", "ky", "chat-luong", "loai", "du-lieu"
START, COMPARE, ISSUED, LEFT_OUT = "index.html", "so-sanh.html", "ban-hanh.html", "khong-dua-vao.html"
#: What the top of every page leads to.
MENU = (
    (START, "Trang đầu"),
    (COMPARE, "So sánh"),
    (f"{QUALITY}/index.html", "Chất lượng số liệu"),
    (ISSUED, "Văn bản đã ban hành"),
)
NO_DATA = "không có số liệu"
_POINTS = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Page:
    """A file of the site.

    Attributes
    ----------
    path
        Relative to the site.
    made_of
        Digest of everything its bytes follow from; the same digest, the same bytes.
    """

    path: str
    made_of: str
    make: Callable[[], bytes]


def made_of(*parts: object) -> str:
    """A digest of what a page is made of."""
    told = hashlib.blake2b(digest_size=16)
    for part in parts:
        told.update(repr(part).encode() + b"\0")
    return told.hexdigest()


def digests(records: Iterable[Record]) -> list[str]:
    """Digests of records."""
    return [record.digest for record in records]


def fill(template: str, /, **values: Any) -> Markup:
    """A template of ours with these values; data in them are escaped."""
    return Markup(page_template("baocao.site", f"templates/{template}.html.j2").render(**values))  # noqa: S704 -- escaped


def framed(contents: Contents, path: str, title: str, body: Markup, scripts: Sequence[str] = ()) -> bytes:
    """A whole page; `scripts` are of the site, besides the one of all pages."""
    root = "../" * path.count("/")
    name = "" if contents.home is None else contents.unit(contents.home).name
    page = fill(
        "frame",
        title=title,
        body=body,
        root=root,
        menu=[(root + target, text, target == path) for target, text in MENU],
        left_out=root + LEFT_OUT,
        home=name,
        scripts=[root + script for script in scripts],
    )
    return page.encode()


class Links:
    """Where things are, seen from the page at `path`."""

    def __init__(self, path: str) -> None:
        self.root = "../" * path.count("/")

    def to(self, path: str) -> str:
        """A file of the site."""
        return self.root + quote(path)

    def unit(self, code: str) -> str:
        return self.to(f"{UNITS}/{code}.html")

    def period(self, id: str) -> str:
        return self.to(f"{PERIODS}/{id}.html")

    def quality(self, id: str) -> str:
        return self.to(f"{QUALITY}/{id}.html")

    def document(self, record: Record, file: str = "index.html") -> str:
        return self.to(f"{DOCUMENTS}/{record.folder}/{file}")

    def files(self, record: Record) -> list[tuple[str, str]]:
        """Name and place of what can be opened of a document, in the formats people read."""
        readable = {kind.file for kind in FORMATS.values()}
        return [(FILES[name], self.document(record, name)) for name in FILES if name in readable and record.has(name)]

    def compare(self, one: tuple[str, str], other: tuple[str, str]) -> str:
        """The comparison of two units' periods."""
        return f"{self.to(COMPARE)}#{','.join(map(quote, (*one, *other)))}"


def number(value: Number, decimals: int = 0) -> str:
    """A value as tables print it; nothing for a blank."""
    if value is None or value == NOT_SHOWN:
        return value or ""
    return number_of(Decimal(str(value)), decimals)


def with_unit(value: Number, indicator: Indicator) -> str:
    """A value with its unit of measure where it is a percentage; words for a blank and for what is kept back."""
    if value == NOT_SHOWN:
        return UNPUBLISHED
    return NO_DATA if value is None else number(value) + ("%" if indicator.unit_of_measure == "%" else "")


def change(value: Number, base: Number, indicator: Indicator) -> str:
    """How far a value is from an earlier one, with its sign, percentages in points; "" where there is none."""
    if value is None or base is None or NOT_SHOWN in (value, base):
        return ""
    gap = Decimal(str(value)) - Decimal(str(base))
    if not gap:
        return "không đổi"
    sign = "+" if gap > 0 else "−"
    return f"{sign}{number_of(abs(gap))}" + (" điểm %" if indicator.unit_of_measure == "%" else "")


def number_of(value: Decimal, decimals: int = 0) -> str:
    """A decimal with at least so many places, and no other zeros at its end."""
    places = max(decimals, -int(value.normalize().as_tuple().exponent))
    return f"{value:,.{places}f}".translate(_POINTS)


def day(iso: str) -> str:
    """An ISO date as tables print it."""
    year, month, of_month = iso.split("-")
    return f"{of_month}/{month}/{year}"


def link(text: str, target: str, title: str = "") -> Markup:
    """A link; of these there are thousands on a page, and Markup.format takes ten times as long."""
    told = f' title="{escape(title)}"' if title else ""
    return Markup(f'<a href="{escape(target)}"{told}>{escape(text)}</a>')  # noqa: S704 -- escaped just here


def joined(parts: Iterable[Markup]) -> Markup:
    return Markup(" ").join(parts)


def text_cell(content: str | Markup) -> str:
    return f'<td class="text">{escape(content)}</td>'


def row_head(content: str | Markup) -> str:
    return f'<th scope="row" class="text">{escape(content)}</th>'


def figure_cell(value: Number, indicator: str = "", decimals: int = 0) -> str:
    """A number that sorts as one; a blank stays blank, and what is kept back is no blank."""
    if value is None:
        return '<td class="figure blank"></td>'
    if value == NOT_SHOWN:
        return f'<td class="figure blank" title="{UNPUBLISHED}">{NOT_SHOWN}</td>'
    data = f' data-indicator="{escape(indicator)}"' if indicator else ""
    return f'<td class="figure"><data value="{value}"{data}>{number(value, decimals)}</data></td>'


def figure_cells(contents: Contents, columns: Sequence[str], facts: Facts) -> list[str]:
    """Figures of a row, each rate with the places the reports' own tables print."""
    known = contents.catalogue.indicators
    return [figure_cell(facts.get(name), name, decimals_of(known[name])) for name in columns]


def decimals_of(indicator: Indicator) -> int:
    """How many places tables print of it at least; values lose the zeros at their end in JSON."""
    return indicator.decimals if indicator.is_ratio else 0


def table(id: str, name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """A table whose rows sort and filter; cells are markup already."""
    heads = "".join(f'<th scope="col" data-column="{place}">{escape(text)}</th>' for place, text in enumerate(head))
    body = "\n".join(f'<tr class="detail">{"".join(cells)}</tr>' for cells in rows)
    return Markup(  # noqa: S704 -- cells are escaped one by one
        f'<div class="table" tabindex="0" role="region" aria-label="{escape(name)}"><table id="{escape(id)}">'
        f"<thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
    )


def columns_of(contents: Contents, values: Iterable[Mapping[str, Number]]) -> list[str]:
    """Those of the usual columns in which there is a value."""
    told = {name for figures in values for name, value in figures.items() if value is not None}
    return [name for name in COLUMNS if name in told and name in contents.catalogue.indicators]


def heading(contents: Contents, indicator: str) -> str:
    """What a column of an indicator is called."""
    known = contents.catalogue[indicator]
    return f"{known.name} (%)" if known.unit_of_measure == "%" else known.name
