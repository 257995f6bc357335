"""`baocao export`: further formats of a finished report."""

from pathlib import Path

import click

from baocao.cli.options import json_option, print_json


@click.command("export", short_help="Make further formats of finished reports, without running them again.")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="OUTDIR…")
@click.option("--formats", default="html,pdf,docx,xlsx", show_default=True, help="Which files to make.")
@json_option
def command(folders: tuple[Path, ...], formats: str, as_json: bool) -> None:
    """Make files of the executed notebook in each OUTDIR; nothing is computed anew and no other file changes.

    OUTDIR may also be an executed notebook (.ipynb) anywhere; its files are put beside it.
    """
    from baocao.run.request import check_formats

    wanted = [name for name in check_formats(formats) if name != "ipynb"]

    from baocao.light_imports import import_jsonschema

    import_jsonschema()
    from baocao.run.again import export_again

    made = [path for folder in folders for path in export_again(folder, wanted)]
    if as_json:
        print_json({"files": [str(path) for path in made]})
        return
    for path in made:
        click.echo(path)
