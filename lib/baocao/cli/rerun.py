"""`baocao rerun`: a past report again with something changed."""

from pathlib import Path

import click

from baocao.cli.options import AS_OF, json_option, print_findings, print_json
from baocao.cli.run import parse_parameters


@click.command("rerun", short_help="Make a past report again with something changed, beside the old one.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="OUTDIR")
@click.option("-p", "--parameter", "pairs", multiple=True, metavar="KEY=VALUE", help="A parameter to change.")
@click.option("--as-of", metavar="WHEN", help=AS_OF)
@click.option("--formats", help="Which files to make; by default those of OUTDIR.")
@json_option
def command(folder: Path, pairs: tuple[str, ...], as_of: str | None, formats: str | None, as_json: bool) -> None:
    """Make the report of OUTDIR again, of the same data unless --as-of says otherwise; OUTDIR stays as it is."""
    from baocao.checks.findings import failed
    from baocao.light_imports import import_jsonschema
    from baocao.project import find_project
    from baocao.run.request import check_formats

    project = find_project()
    wanted = check_formats(formats) if formats else []
    import_jsonschema()
    from baocao.run.rerun import rerun

    tell = (lambda _: None) if as_json else (lambda line: click.echo(line, err=True))
    result = rerun(project, folder, parse_parameters(pairs), as_of, wanted, progress=tell)
    if as_json:
        print_json(
            {
                "old": str(folder),
                "folder": project.relative(result.folder),
                "files": result.files,
                "findings": [finding.record() for finding in failed(result.findings)],
            }
        )
        return
    print_findings(result.findings)
    click.echo(f"finished: {project.relative(result.folder)}")
    click.echo(f"what changed: baocao diff {folder} {project.relative(result.folder)}")
