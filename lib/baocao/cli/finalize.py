"""`baocao finalize`: mark a finished report as issued."""

from datetime import date
from pathlib import Path

import click

from baocao.cli.options import Day, json_option, print_json


@click.command("finalize", short_help="Mark a finished report as issued: number, date, read-only.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="OUTDIR")
@click.option("--number", required=True, help="Number of the document, for instance 394/UBND-VP.")
@click.option("--date", "dated", type=Day(), required=True, help="Date of issue.")
@json_option
def command(folder: Path, number: str, dated: date, as_json: bool) -> None:
    """Print number and date in the report of OUTDIR and make it read-only; a later run of the period goes beside it."""
    from baocao.light_imports import import_jsonschema
    from baocao.project import find_project
    from baocao.provenance.manifest import Issue

    project = find_project()
    import_jsonschema()
    from baocao.run.finalizing import finalize

    issue = Issue(number=number.strip(), date=dated)
    manifest = finalize(project, folder, issue, progress=lambda line: None if as_json else click.echo(line, err=True))
    before = manifest.supersedes
    if as_json:
        superseded = before and before.model_dump(mode="json")
        print_json({"folder": str(folder), "issue": issue.model_dump(mode="json"), "supersedes": superseded})
        return
    click.echo(f"issued: {folder} as {issue.number} of {issue.date}")
    if before is not None:
        click.echo(f"supersedes {before.issue.number} of {before.issue.date}; what changed: {folder / 'changes.html'}")
