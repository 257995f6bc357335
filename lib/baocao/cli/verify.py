"""`baocao verify`: make finished reports again and compare the bytes."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from baocao.cli.options import json_option, print_json

if TYPE_CHECKING:
    from baocao.run.verification import Verification

#: Figures that differ, named so many at most.
NAMED = 10


@click.command("verify", short_help="Make finished reports again and compare the bytes.")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="OUTDIR…")
@json_option
def command(folders: tuple[Path, ...], as_json: bool) -> None:
    """Make the report of each OUTDIR again, of the data and parameters its manifest names, and compare every file.

    A report of former code is made by that code, if a commit of the project's git repository has it.

    Exits 0 if all are identical, 1 if one differs; then what was not the same is named. OUTDIR may be a copy anywhere.
    """
    from baocao.light_imports import import_jsonschema
    from baocao.project import find_project

    project = find_project()
    import_jsonschema()
    from baocao.run.verification import verify

    found = [verify(project, folder) for folder in folders]
    if as_json:
        print_json({"reports": [verification.record() for verification in found]})
    else:
        for verification in found:
            _show(verification)
    if not all(verification.identical for verification in found):
        sys.exit(1)


def _show(verification: "Verification") -> None:
    if verification.identical:
        click.echo(f"{verification.folder}: identical ({len(verification.outputs)} files)")
    else:
        click.echo(f"{verification.folder}: differs")
        for name, state in verification.outputs.items():
            click.echo(f"  {name}: {state}")
    if verification.commit is not None:
        click.echo(f"  made again with the code of commit {verification.commit[:12]}")
    if verification.no_commit is not None:
        click.echo(f"  made again with the present code: {verification.no_commit}")
    for name, old, new in verification.figures[:NAMED]:
        click.echo(f"  figure {name}: {old} → {new}")
    if len(verification.figures) > NAMED:
        click.echo(f"  … and {len(verification.figures) - NAMED} more figures")
    for cause in verification.causes:
        click.echo(f"  {'changed without effect: ' if verification.identical else ''}{cause}")
    for cause in verification.since:
        click.echo(f"  changed since that commit: {cause}")
