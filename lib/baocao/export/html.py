"""One offline HTML file: no address outside it, readable on a phone and without its script, printable."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from markupsafe import Markup

from baocao.document.blocks import Annex, AnyBlock, Document, Heading, KeyFigures
from baocao.document.markup import block_html, stylesheet
from baocao.export.html_sources import PageMarks, version_text
from baocao.export.page_templates import page_template
from baocao.locale import format_count

SOURCES = "nguon-so-lieu"
#: What HTML cannot hold, and half characters, which no encoding can.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True)
class Entry:
    """A line of the contents."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Part:
    """The main part (without `annex`) or an annex, as HTML."""

    anchor: str
    annex: Annex | None
    body: Markup


def to_html(
    document: Document, sources: Mapping[str, Any] | None = None, tables: Mapping[str, Any] | None = None
) -> bytes:
    """The document as UTF-8 HTML; the same document gives the same bytes.

    Parameters
    ----------
    sources
        The content of `indicators.json`; a figure it does not know leads nowhere.
    tables
        The tables read, each with its `version`, as `PageMarks` takes them.
    """
    marks = PageMarks(sources or {}, tables or {})
    script = _own("page.js")
    page = page_template().render(
        title=document.letterhead.title,
        style=Markup(stylesheet() + _own("page.css")),  # noqa: S704 -- our own files
        script=Markup(script),  # noqa: S704 -- our own file
        script_hash=b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        key_figures=_blocks((block for block in document.blocks if isinstance(block, KeyFigures)), "", marks),
        parts=list(_parts(document, marks)),
        groups=marks.groups(),
        count=format_count(len(sources or {})),
        versions=[version_text(name, table) for name, table in sorted((tables or {}).items())],
        sources_anchor=SOURCES,
        contents=list(_contents(document, with_sources=bool(sources))),
    )
    return _FORBIDDEN.sub("", page).encode()


@cache
def _own(name: str) -> str:
    return resources.files("baocao.export").joinpath(name).read_text(encoding="utf-8")


def _parts(document: Document, marks: PageMarks) -> Iterator[Part]:
    for number, (annex, blocks) in enumerate(document.sections()):
        shown: list[AnyBlock] = [block for block in blocks if not isinstance(block, KeyFigures)]
        if annex is not None:
            shown.insert(0, annex)
        yield Part(_anchor(number), annex, _blocks(shown, annex.label if annex else "", marks))


def _anchor(number: int) -> str:
    """Anchors hold `_` where ids of tables and headings cannot, so the two never meet."""
    return f"part_{number}"


def _blocks(blocks: Iterable[AnyBlock], annex: str, marks: PageMarks) -> Markup:
    """Blocks one after the other, then their footnotes."""
    pieces = []
    for block in blocks:
        marks.start(block, annex)
        pieces.append(block_html(block, marks))
    return Markup("\n").join((*pieces, marks.listed()))


def _contents(document: Document, *, with_sources: bool) -> Iterator[Entry]:
    for number, (annex, blocks) in enumerate(document.sections()):
        if annex is not None:
            yield Entry(1, _anchor(number), f"{annex.label}. {annex.title}")
        for block in blocks:
            if isinstance(block, Heading) and block.anchor:
                level = block.level + (annex is not None)
                yield Entry(level, block.anchor, "".join(run.text for run in block.runs))
    if with_sources:
        yield Entry(1, SOURCES, "Nguồn số liệu")
