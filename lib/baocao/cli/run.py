"""`baocao run`: one report."""

from datetime import date
from pathlib import Path

import click

from baocao.cli.options import AS_OF, from_option, json_option, on_terminal, print_findings, print_json, to_option


@click.command("run", short_help="Make one report: notebook, HTML, PDF.")
@click.argument("report")
@click.option("--unit", required=True, metavar="CODE", help="Office whose report it is.")
@click.option("--period", required=True, metavar="ID", help="2020-03, 2020-Q1, 2024-6T, 2022, or “Quý I/2020”.")
@from_option
@to_option
@click.option("--as-of", metavar="WHEN", help=AS_OF)
@click.option("-p", "--parameter", "pairs", multiple=True, metavar="KEY=VALUE", help="A parameter of the report.")
@click.option("--formats", default="ipynb,html,pdf", show_default=True, help="Which files to make.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to make instead of the one under outputs/.")
@click.option("--draft", is_flag=True, help="Mark as draft; failed checks do not stop it.")
@json_option
def command(
    report: str,
    unit: str,
    period: str,
    from_date: date | None,
    to_date: date | None,
    as_of: str | None,
    pairs: tuple[str, ...],
    formats: str,
    out: Path | None,
    draft: bool,
    as_json: bool,
) -> None:
    """Make REPORT for one unit and period: the executed notebook, HTML and PDF, and their figures as JSON."""
    from baocao.run.survivor import leave_word_if_killed

    leave_word_if_killed(f"{report} for {unit} {period}")

    from baocao.checks.findings import failed
    from baocao.light_imports import import_jsonschema
    from baocao.project import find_project
    from baocao.run.request import check_formats, resolve_request

    project = find_project()
    request = resolve_request(
        project,
        report,
        unit,
        period,
        from_date=from_date,
        to_date=to_date,
        as_of=as_of,
        parameters=parse_parameters(pairs),
        draft=draft,
    )
    wanted = check_formats(formats)

    import_jsonschema()
    from baocao.run.job import run_job  # imports the notebook tools, which wrong usage need not wait for

    quiet = as_json
    result = run_job(
        project,
        request,
        wanted,
        out=out,
        progress=lambda line: None if quiet else click.echo(line, err=True),
        progress_bar=on_terminal() and not quiet,
    )
    if as_json:
        print_json(
            {
                "report": report,
                "unit": unit,
                "period": str(request.period.id),
                "folder": project.relative(result.folder),
                "files": result.files,
                "findings": [finding.record() for finding in failed(result.findings)],
            }
        )
        return
    print_findings(result.findings)
    click.echo(f"finished: {project.relative(result.folder)}")
    if result.supersedes is not None:
        click.echo(f"supersedes the issued {project.relative(result.supersedes)}; changes.html says what changed")
    for name in result.files:
        click.echo(f"  {project.relative(result.folder / name)}")


def parse_parameters(pairs: tuple[str, ...]) -> dict[str, str]:
    parameters = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise click.UsageError(f"-p {pair}: write KEY=VALUE")
        parameters[name.strip()] = value.strip()
    return parameters
