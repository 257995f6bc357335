"""`baocao site`: what leadership opens, for everybody, for one unit, as one zip."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from baocao.cli.options import json_option, print_json

if TYPE_CHECKING:
    from baocao.site.build import Built

#: So many things left out are named on the command line; the site's own page names all.
NAMED = 20


@click.group("site", short_help="What leadership opens: a static site of all outputs, for one unit, as a zip.")
def command() -> None:
    """Make of the finished reports a site that opens from a folder, a web server or a USB stick."""


@command.command("build")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; outputs/site by default.")
@click.option("--for", "unit", metavar="UNIT", help="Only what this unit and those below it may see.")
@json_option
def build_command(out: Path | None, unit: str | None, as_json: bool) -> None:
    """Make the site, or bring it up to date with the outputs."""
    from baocao.project import find_project
    from baocao.site.build import build_site

    gc.set_threshold(100_000, 50, 50)  # thousands of records are no garbage, and looking takes a tenth of the time
    built = build_site(find_project(), out, unit)
    if as_json:
        print_json(_record(built))
        return
    _say_left_out(built)
    click.echo(f"{built.documents} documents, {built.written} of {built.files} files written, {built.removed} removed")
    click.echo(f"open {built.folder / 'index.html'}")


@command.command("serve")
@click.option("--for", "unit", metavar="UNIT", help="The site that was built for this unit.")
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False), help="Another site's folder.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any free one.")
def serve_command(unit: str | None, folder: Path | None, port: int) -> None:
    """Show a built site on this machine alone, until Ctrl-C."""
    from baocao.errors import ConfigurationError
    from baocao.project import find_project
    from baocao.site.build import default_folder
    from baocao.site.scan import MARKER
    from baocao.site.serve import server

    site = folder or default_folder(find_project(), unit)
    if not (site / MARKER).is_file():
        raise ConfigurationError(f"{site}: there is no site; make it with `baocao site build`")
    with server(site, port) as running:
        click.echo(f"http://127.0.0.1:{running.server_address[1]}/ (Ctrl-C ends)")
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            click.echo()


@command.command("bundle")
@click.option("--for", "unit", metavar="UNIT", required=True, help="Unit the bundle is for, with those below it.")
@click.option("--period", "periods", metavar="ID", required=True, help="Period, or several with commas.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write it into.")
@json_option
def bundle_command(unit: str, periods: str, out: Path, as_json: bool) -> None:
    """Write one zip: the site of a unit and period, which opens offline, and the SHA-256 of every file in it."""
    from baocao.project import find_project
    from baocao.site.bundle import make_bundle

    bundle = make_bundle(find_project(), unit, [period.strip() for period in periods.split(",")], out)
    if as_json:
        record = _record(bundle.site)
        print_json({"path": str(bundle.path), "sha256": bundle.sha256, **{name: record[name] for name in _OF_BUNDLE}})
        return
    _say_left_out(bundle.site)
    click.echo(f"written: {bundle.path} ({bundle.site.documents} documents, sha256 {bundle.sha256})")


_OF_BUNDLE = ("documents", "files", "left_out")


def _record(built: "Built") -> dict[str, object]:
    return {
        "folder": str(built.folder),
        "documents": built.documents,
        "files": built.files,
        "written": built.written,
        "removed": built.removed,
        "left_out": [{"place": one.place, "why": one.why, "detail": one.detail} for one in built.left_out],
    }


def _say_left_out(built: "Built") -> None:
    for one in built.left_out[:NAMED]:
        click.echo(f"left out: {one.english}", err=True)
    if len(built.left_out) > NAMED:
        click.echo(f"left out: {len(built.left_out) - NAMED} more, see khong-dua-vao.html", err=True)
