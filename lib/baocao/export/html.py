"""One offline HTML file: no address outside it, readable on a phone, printable."""

from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from baocao.document.blocks import Document, Heading
from baocao.document.markup import block_html, stylesheet


def to_html(document: Document) -> bytes:
    """The document as UTF-8 HTML; the same document gives the same bytes."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["html"] = block_html
    environment.filters["text"] = lambda runs: "".join(run.text for run in runs)
    template = environment.from_string(
        resources.files("baocao.export").joinpath("page.html.j2").read_text(encoding="utf-8")
    )
    headings = [block for block in document.blocks if isinstance(block, Heading) and block.anchor]
    page = template.render(
        contents=headings,
        title=document.letterhead.title,
        style=Markup(stylesheet()),  # noqa: S704 -- our own file
        sections=document.sections(),
    )
    return page.encode()
