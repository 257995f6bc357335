"""`baocao ingest`: delivered files into the store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from baocao.cli.judging import judge_stored
from baocao.cli.options import from_option, json_option, on_terminal, print_json, to_option

if TYPE_CHECKING:
    from baocao.intake.dossier_source import UnitDays
    from baocao.intake.source import Stated
    from baocao.project import Project
    from baocao.store.ingest import Ingested

#: Datasets that are not registers; those stand in params/registers/.
DATASETS = ("dossiers", "one-stop-summary")


@click.command("ingest", short_help="Take delivered files into the store.")
@click.argument("dataset")
@click.argument("places", metavar="PATHS...", nargs=-1, required=True)
@click.option("--unit", metavar="CODE", help="Whose figures they are, where no source.yaml says so.")
@click.option("--period", metavar="ID", help="Period the files cover, where no source.yaml says so.")
@from_option
@to_option
@click.option("--source", metavar="ID", help="System the figures come from, where no source.yaml says so.")
@click.option("--table", metavar="NAME", help="Name of the table, to replace the one stored under it.")
@click.option("--map", "map_name", metavar="NAME", help="Column map of params/maps/ instead of the one that fits.")
@click.option("--query", metavar="SQL", help="With a database: a query, or the name of a table.")
@click.option("--encoding", metavar="NAME", help="Encoding of text files that are not UTF-8, for instance cp1258.")
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook that has several.")
@json_option
def command(
    dataset: str,
    places: tuple[str, ...],
    unit: str | None,
    period: str | None,
    from_date: date | None,
    to_date: date | None,
    source: str | None,
    table: str | None,
    map_name: str | None,
    query: str | None,
    encoding: str | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    """Take files of DATASET into the store: dossiers, one-stop-summary, or a register (see `baocao list datasets`).

    PATHS are CSV or XLSX files (lists of dossiers also Parquet, or a database postgresql://…), or folders with a
    source.yaml. A summary table is taken whole or refused whole. Of a list of dossiers every row is stored, updates a
    stored dossier, repeats one exactly, or is kept in quarantine with its reason; of a register every row is stored or
    kept so. Taking the same file twice changes nothing.
    """
    from baocao.errors import one_of
    from baocao.intake.source import Stated, datasets
    from baocao.project import find_project

    project = find_project()
    known = datasets(project)
    if dataset not in known:
        raise click.UsageError(one_of("dataset", dataset, known))
    stated = Stated(unit, period, from_date, to_date, table, map_name, source)
    if dataset == "dossiers":
        if table is not None:
            raise click.UsageError("--table goes with one-stop-summary and registers")
        _ingest_dossiers(project, places, stated, query, encoding, sheet, as_json)
    else:
        if query is not None:
            raise click.UsageError("--query goes with dossiers")
        take = _ingest_tables if dataset == "one-stop-summary" else partial(_ingest_register, dataset)
        take(project, places, stated, encoding, sheet, as_json)


def _ingest_tables(
    project: "Project",
    places: Sequence[str],
    stated: "Stated",
    encoding: str | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    from baocao.intake.one_stop import DATASET
    from baocao.intake.source import find_sources
    from baocao.store.ingest import ingest

    sources = find_sources(project, DATASET, [Path(place) for place in places], stated)
    done = ingest(project, sources, encoding=encoding, sheet=sheet)
    _tell_of_tables(project, done, as_json)
    judge_stored(project, [(source.reporter, source.from_date) for source, _ in done.files])


def _tell_of_tables(project: "Project", done: "Ingested", as_json: bool) -> None:
    from baocao.intake.one_stop import TABLE

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


def _ingest_register(
    dataset: str,
    project: "Project",
    places: Sequence[str],
    stated: "Stated",
    encoding: str | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    from baocao.intake.register import load_register
    from baocao.intake.source import find_sources
    from baocao.store.registers import ingest_register

    definition = load_register(project, dataset)
    sources = find_sources(project, dataset, [Path(place) for place in places], stated)
    done = ingest_register(project, definition, sources, encoding=encoding, sheet=sheet)
    change = done.change
    results = [
        {
            "file": project.relative(source.path),
            "rows": read.rows.num_rows,
            "quarantined": read.kept.rows if read.kept else 0,
            "quarantine": project.relative(read.kept.file) if read.kept else None,
            "problems": [str(problem) for problem in read.problems],
            "not_stored": list(read.unmapped),
        }
        for source, read in done.files
    ]
    if as_json:
        lists = {"added": change.added, "replaced": change.replaced, "unchanged": change.unchanged}
        print_json({"table": definition.table, "version": _stored(change.version), "lists": lists, "files": results})
        return
    for (source, _), result in zip(done.files, results, strict=True):
        click.echo(
            f"{result['file']}: {result['rows']} rows ({source.table}, {source.reporter}), "
            f"{result['quarantined']} quarantined"
        )
        if result["quarantine"]:
            click.echo(f"  quarantined rows, each with its reason: {result['quarantine']}")
        for problem in result["problems"]:
            click.echo(f"  {problem}")
        if result["not_stored"]:
            click.echo(f"  columns not stored: {', '.join(result['not_stored'])}")
    if _stored(change.version) is None:
        click.echo(f"{definition.table}: nothing is stored yet")
    else:
        click.echo(
            f"{definition.table} version {change.version}: {change.added} lists new, {change.replaced} replaced, "
            f"{change.unchanged} unchanged"
        )


def _ingest_dossiers(
    project: "Project",
    places: Sequence[str],
    stated: "Stated",
    query: str | None,
    encoding: str | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    from tqdm import tqdm

    from baocao.checks.dossiers import ingest_and_check
    from baocao.intake.dossier_source import find_lists
    from baocao.intake.dossiers import TABLE

    results: list[dict[str, Any]] = []
    before: tuple[UnitDays, ...] = ()
    for listed in find_lists(project, places, stated, query=query, encoding=encoding, sheet=sheet):
        delivery = replace(listed, before=before)
        with tqdm(unit=" rows", unit_scale=True, leave=False, disable=as_json or not on_terminal()) as bar:
            done = ingest_and_check(project, delivery, lambda read, bar=bar: bar.update(read - bar.n))  # type: ignore[misc]
        before = (*before, *done.mentioned) if delivery.more else ()
        balance = done.balance
        result = {
            "file": done.file,
            "map": done.map,
            "version": _stored(done.version),
            "read": balance.read,
            "stored": balance.stored,
            "updated": balance.updated,
            "duplicates": balance.duplicates,
            "quarantined": balance.quarantined,
            "quarantine": None if done.quarantine is None else project.relative(done.quarantine),
            "not_stored": list(done.unmapped),
            "corrections": list(done.corrections),
        }
        results.append(result)
        if as_json:
            continue
        click.echo(
            f"{done.file} ({done.map}): {balance.read} rows read = {balance.stored} stored + {balance.updated} updated "
            f"+ {balance.duplicates} duplicates + {balance.quarantined} quarantined"
        )
        if done.quarantine is not None:
            click.echo(f"  quarantined rows, each with its reason: {result['quarantine']}")
        if done.unmapped:
            click.echo(f"  columns not stored: {', '.join(done.unmapped)}")
        if done.corrections:
            click.echo(f"  corrections applied: {', '.join(done.corrections)}")
    if as_json:
        print_json({"table": TABLE, "version": results[-1]["version"] if results else None, "files": results})
    elif results:
        version = results[-1]["version"]
        click.echo(f"{TABLE}: nothing is stored yet" if version is None else f"{TABLE} version {version}")


def _stored(version: int) -> int | None:
    """A version of the table; None while there is none."""
    return version if version >= 0 else None
