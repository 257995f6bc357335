"""`baocao summary`: the one-stop summary of dossiers."""

import csv
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from baocao.cli.options import AS_OF, from_option, json_option, print_json, print_table, to_option


@click.command("summary", short_help="Summarise dossiers of any units in any period.")
@click.option("--units", required=True, metavar="EXPR", help="code=…, parent=…, under=…, level=…, or a list of codes.")
@click.option("--period", required=True, metavar="ID", help="2020-03, 2020-Q1, 2024-6T, 2022, or “Quý I/2020”.")
@from_option
@to_option
@click.option("--by", default="unit", show_default=True, help="Of unit, field, procedure, authority, source.")
@click.option("--as-of", metavar="WHEN", help=AS_OF)
@click.option("--cluster", metavar="ADDRESS", help="Dask scheduler to compute on, tcp://host:port.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the table to a file.")
@json_option
def command(
    units: str,
    period: str,
    from_date: date | None,
    to_date: date | None,
    by: str,
    as_of: str | None,
    cluster: str | None,
    csv_file: Path | None,
    as_json: bool,
) -> None:
    """Count what came in, was resolved and is pending, for all units of an expression in one scan.

    A unit without a row has no data; a blank is not known; neither is 0. Of two lists of a unit that contain the same
    system one is counted, the one that covers more days, as in reports.
    """
    from baocao.indicators.unit_summary import summarise_units
    from baocao.intake.problems import inert
    from baocao.project import find_project

    dimensions = [name.strip() for name in by.split(",") if name.strip()]
    summary = summarise_units(
        find_project(), units, period, from_date=from_date, to_date=to_date, by=dimensions, as_of=as_of, cluster=cluster
    )
    if csv_file is not None:
        csv_file.parent.mkdir(parents=True, exist_ok=True)
        with csv_file.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(summary.columns)
            writer.writerows(map(inert, row.values()) for row in summary.rows)
    if as_json:
        print_json(
            {
                "version": summary.version,
                "rows": summary.rows,
                "no_data": summary.no_data,
                "incomplete": summary.incomplete,
                "doubled": [asdict(entry) for entry in summary.doubled],
            }
        )
        return
    if csv_file is not None:
        click.echo(f"{csv_file}: {len(summary.rows)} rows")
    elif summary.rows:
        shown = [name for name in summary.rows[0] if any(row[name] not in (None, "") for row in summary.rows)]
        cells = [["" if row[name] is None else str(row[name]) for name in shown] for row in summary.rows]
        print_table([shown, *cells])
    notes: dict[str, list[str]] = {
        "no data": [*summary.no_data],
        "data do not cover every day": [*summary.incomplete],
    }
    for entry in summary.doubled:
        what = f"list “{entry.left_out}” not counted, “{entry.counted}” contains the same system"
        notes.setdefault(what, []).append(entry.unit)
    for what, codes in notes.items():
        if codes:
            click.echo(f"{what}: {', '.join(codes[:20])}{' …' if len(codes) > 20 else ''}", err=True)
