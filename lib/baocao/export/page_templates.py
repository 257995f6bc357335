"""Templates of whole HTML pages: of a report, a batch, the site."""

from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined, Template


@cache
def page_template(package: str = "baocao.export", name: str = "page.html.j2") -> Template:
    """A template of ours, compiled once in a process; what is put into it is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(resources.files(package).joinpath(name).read_text(encoding="utf-8"))
