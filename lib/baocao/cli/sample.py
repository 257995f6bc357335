"""`baocao sample`: dossier lists in which no dossier is real."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from baocao.cli.options import Day

if TYPE_CHECKING:
    from baocao.samples.country import FileFormat

FORMATS = ("csv", "parquet")
_DEFAULT_YEAR = 2024


@click.command("sample", short_help="Write dossier lists without any real dossier.")
@click.option("--like", metavar="NAME", help="Reproduce the printed tables of a folder of data/samples/.")
@click.option("--dossiers", type=click.IntRange(min=1), metavar="N", help="Write N dossiers of a whole country.")
@click.option("--units", metavar="EXPR", help="With --dossiers: units of the project instead of a synthetic country.")
@click.option("--from", "from_date", type=Day(), help="With --dossiers: first day anything is received.")
@click.option("--to", "to_date", type=Day(), help="With --dossiers: last day, as of which the list is written.")
@click.option("--format", "file_format", type=click.Choice(FORMATS), help="With --dossiers; parquet by default.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Another seed, other dossiers.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; data/generated/… by default.")
def command(
    like: str | None,
    dossiers: int | None,
    units: str | None,
    from_date: date | None,
    to_date: date | None,
    file_format: "FileFormat | None",
    seed: int,
    out: Path | None,
) -> None:
    """Write dossiers nobody has handed in, to try the toolkit on: --like a printed table, or N --dossiers.

    --like NAME gives the dossiers behind the tables of one office, so that summarising them gives its tables again;
    what the tables leave open is said. --dossiers N gives as many as you like, received by default in 2024. The same
    options write the same bytes.
    """
    from baocao.errors import ConfigurationError
    from baocao.intake.dossiers import DATASET
    from baocao.project import find_project

    project = find_project()
    if like is not None and dossiers is None:
        from baocao.samples.like import sample_like

        if units or from_date or to_date or file_format:
            raise ConfigurationError("--units, --from, --to and --format go with --dossiers; --like has its own")
        sample = sample_like(project, like, out, seed)
    elif dossiers is not None and like is None:
        from baocao.samples.country import sample_country

        year = (from_date or to_date or date(_DEFAULT_YEAR, 1, 1)).year
        sample = sample_country(
            project,
            dossiers,
            units=units,
            first=from_date or date(year, 1, 1),
            last=to_date or date(year, 12, 31),
            file_format=file_format or "parquet",
            out=out,
            seed=seed,
        )
    else:
        raise ConfigurationError("say what to write: either --like NAME or --dossiers N")
    for note in sample.notes:
        click.echo(f"note: {note}")
    for path in sample.files:
        click.echo(f"written: {project.relative(path)}")
    click.echo(f"{sample.dossiers} dossiers, none of them real")
    if sample.units_file is not None:
        click.echo(f"first copy {project.relative(sample.units_file)} to params/units/sample-country.csv")
    click.echo(f"next: baocao ingest {DATASET} {project.relative(sample.folder)}")
