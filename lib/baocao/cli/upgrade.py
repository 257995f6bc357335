"""`baocao upgrade`: what the installed package has changed since the office's files came from it."""

import click

from baocao.cli.options import json_option, print_json

#: Heading of each state, in the order they are shown.
HEADINGS = {
    "new": "new in the package (--take FILE copies it)",
    "changed": "changed in the package only (--take FILE copies it)",
    "both": "changed in the package and here (never overwritten; --merged FILE once it is settled)",
    "withdrawn": "no longer in the package (yours stays)",
    "deleted": "deleted here (--take FILE brings it back)",
    "own": "changed here only",
}


@click.command("upgrade", short_help="What the package changed in forms and templates since they were copied.")
@click.option(
    "--take", "patterns", multiple=True, metavar="FILE", help="Copy it from the package; also params/forms/*."
)
@click.option("--merged", multiple=True, metavar="FILE", help="Note that a file both changed is settled as it is here.")
@click.option("--diff", "show", is_flag=True, help="Show also what the package changed alone.")
@json_option
def command(patterns: tuple[str, ...], merged: tuple[str, ...], show: bool, as_json: bool) -> None:
    """Compare the office's project with the installed package; without --take and --merged nothing is written."""
    import baocao
    from baocao.office_project.upgrade import Upgrade
    from baocao.project import find_project

    project = find_project()
    upgrade = Upgrade(project.root)
    if merged:
        upgrade.settle(merged)
    taken = Upgrade(project.root).take(patterns) if patterns else []
    after = Upgrade(project.root) if merged or patterns else upgrade
    shown = ("both", "changed") if show else ("both",)
    diffs = {change.name: after.diff(change.name) for change in after.changes if change.state in shown}
    if as_json:
        changes = [{"file": change.name, "state": change.state} for change in after.changes]
        versions = {"made_with": after.made_with, "installed": baocao.__version__}
        print_json({**versions, "taken": taken, "changes": changes, "diffs": diffs})
        return
    click.echo(f"project last written by baocao {after.made_with}; installed is {baocao.__version__}")
    for name in taken:
        click.echo(f"took {name}")
    for state, heading in HEADINGS.items():
        names = [change.name for change in after.changes if change.state == state]
        if names:
            click.echo(f"{heading}:")
        for name in names:
            click.echo(f"  {name}")
            if name in diffs:
                click.echo(diffs[name])
    if not after.changes:
        click.echo("nothing differs from the package")
