"""`baocao init`: an office's own project."""

from pathlib import Path

import click

from baocao.cli.options import json_option, print_json


@click.command("init", short_help="Make an office's own project in an empty folder.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--with-samples", is_flag=True, help="With the sample offices, their data and settings.")
@json_option
def command(folder: Path, with_samples: bool, as_json: bool) -> None:
    """Fill DIR with what an office edits: params, expectations, notebooks, folders for data, Makefile, environment.

    The package stays installed elsewhere, so upgrading it leaves the office's files alone; `baocao upgrade` shows what
    changed in forms and templates since.
    """
    from baocao.office_project.creation import create_office

    files = create_office(folder, with_samples=with_samples)
    if as_json:
        print_json({"folder": str(folder), "files": files})
        return
    click.echo(f"made {folder} with {len(files)} files; README.md says how to go on")
    click.echo("next: write your offices into params/units/, then open notebooks/start.ipynb")
