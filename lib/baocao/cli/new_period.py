"""`baocao new-period`: start an office's texts of a period from those of the one before."""

import click

from baocao.cli.options import json_option, print_json


@click.command("new-period", short_help="Carry an office's texts over into a new period, to be confirmed.")
@click.argument("unit")
@click.argument("period")
@click.option("--from", "earlier", metavar="PERIOD", help="Period to carry over from; by default the last with texts.")
@json_option
def command(unit: str, period: str, earlier: str | None, as_json: bool) -> None:
    """Carry UNIT's texts over into PERIOD.

    Every paragraph is marked `[?]` until somebody confirms it by removing the mark, every typed date or number `[cũ?]`.
    Files that are there already stay as they are.
    """
    from baocao.periods import parse_period
    from baocao.project import find_project
    from baocao.texts import start_period
    from baocao.units import load_registry

    project = find_project()
    office = load_registry(project)[unit]
    written = start_period(project, office.code, parse_period(period), parse_period(earlier) if earlier else None)
    files = [project.relative(path) for path in written]
    if as_json:
        print_json({"files": files})
        return
    for file in files:
        click.echo(f"wrote {file}")
    click.echo(f"{len(files)} texts to confirm" if files else "every text is there already; nothing was changed")
