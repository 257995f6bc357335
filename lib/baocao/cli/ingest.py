"""`baocao ingest`: delivered files into the store."""

from datetime import date
from pathlib import Path

import click

from baocao.cli.options import from_option, json_option, print_json, to_option

DATASETS = ("one-stop-summary",)


@click.command("ingest", short_help="Take delivered files into the store.")
@click.argument("dataset", type=click.Choice(DATASETS))
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--unit", metavar="CODE", help="Whose figures they are, where no source.yaml says so.")
@click.option("--period", metavar="ID", help="Period the files cover, where no source.yaml says so.")
@from_option
@to_option
@click.option("--table", metavar="NAME", help="Name of the table, to replace the one stored under it.")
@click.option("--map", "map_name", metavar="NAME", help="Column map of params/maps/ instead of the dataset's own.")
@click.option("--encoding", metavar="NAME", help="Encoding of text files that are not UTF-8, for instance cp1258.")
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook that has several.")
@json_option
def command(
    dataset: str,
    paths: tuple[Path, ...],
    unit: str | None,
    period: str | None,
    from_date: date | None,
    to_date: date | None,
    table: str | None,
    map_name: str | None,
    encoding: str | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    """Take files of DATASET into the store: PATHS are CSV or XLSX files, or folders with a source.yaml.

    A file is taken whole or refused whole; taking the same file twice changes nothing.
    """
    from baocao.intake.one_stop import TABLE
    from baocao.intake.source import Stated, find_sources
    from baocao.project import find_project
    from baocao.store.ingest import ingest

    project = find_project()
    stated = Stated(unit, period, from_date, to_date, table, map_name)
    done = ingest(project, find_sources(project, dataset, paths, stated), encoding=encoding, sheet=sheet)
    change = done.change
    if as_json:
        print_json(
            {
                "table": TABLE,
                "version": change.version,
                "tables": {"added": change.added, "replaced": change.replaced, "unchanged": change.unchanged},
                "files": [
                    {"file": project.relative(source.path), "rows": result.rows.num_rows, "not_stored": result.unmapped}
                    for source, result in done.files
                ],
            }
        )
        return
    for source, result in done.files:
        click.echo(f"{project.relative(source.path)}: {result.rows.num_rows} rows ({source.table}, {source.reporter})")
        if result.unmapped:
            click.echo(f"  columns not stored: {', '.join(result.unmapped)}")
    click.echo(
        f"{TABLE} version {change.version}: {change.added} tables new, {change.replaced} replaced, "
        f"{change.unchanged} unchanged"
    )
