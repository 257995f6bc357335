"""`baocao sample`: dossier lists in which no dossier is real."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from baocao.cli.options import Day

if TYPE_CHECKING:
    from baocao.project import Project
    from baocao.samples.country import FileFormat
    from baocao.samples.delivery import Sample

FORMATS = ("csv", "parquet")
_DEFAULT_YEAR = 2024


@click.command("sample", short_help="Write dossier lists without any real dossier.")
@click.option("--like", metavar="NAME", help="Reproduce the printed tables of a folder of data/samples/.")
@click.option("--targets", metavar="PLAN", help="Write the months of a plan of params/targets/, one folder each.")
@click.option("--province", is_flag=True, help="Write eight quarters of a province's desks, one folder each.")
@click.option("--unit", metavar="CODE", help="With --province: another province of the project than dien-bien.")
@click.option("--dossiers", type=click.IntRange(min=1), metavar="N", help="Write N dossiers of a whole country.")
@click.option("--units", metavar="EXPR", help="With --dossiers: units of the project instead of a synthetic country.")
@click.option("--from", "from_date", type=Day(), help="With --dossiers: first day anything is received.")
@click.option("--to", "to_date", type=Day(), help="With --dossiers: last day, as of which the list is written.")
@click.option("--format", "file_format", type=click.Choice(FORMATS), help="Of lists; parquet by default.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Another seed, other dossiers.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; data/generated/… by default.")
def command(
    like: str | None,
    targets: str | None,
    province: bool,
    unit: str | None,
    dossiers: int | None,
    units: str | None,
    from_date: date | None,
    to_date: date | None,
    file_format: "FileFormat | None",
    seed: int,
    out: Path | None,
) -> None:
    """Write dossiers nobody has handed in: --like a printed table, of --targets, of a --province, or N --dossiers.

    --like NAME gives the dossiers behind the tables of one office, so that summarising them gives its tables again;
    what the tables leave open is said. --targets PLAN gives the dossiers its units are expected to receive, month by
    month, with the registers of a follow-up; add --dossiers N to share that many out in proportion. --province gives
    the quarters of 2024 and 2025 of its districts and communes, with a few stories planted. --dossiers N alone gives as
    many as you like, received by default in 2024. The same options write the same bytes.
    """
    from baocao.errors import ConfigurationError
    from baocao.intake.dossiers import DATASET
    from baocao.project import find_project

    project = find_project()
    if unit and not province:
        raise ConfigurationError("--unit goes with --province; --dossiers has --units")
    if province:
        from baocao.samples.province import PROVINCE, sample_province

        if like or targets or dossiers or units or from_date or to_date:
            raise ConfigurationError("with --province go only --unit, --format, --seed and --out")
        sample = sample_province(project, unit or PROVINCE, file_format=file_format or "parquet", out=out, seed=seed)
    elif targets is not None and like is None:
        if units or from_date or to_date:
            raise ConfigurationError("--units, --from and --to go with --dossiers; --targets has its plan's")
        sample = _sample_targets(project, targets, dossiers, file_format or "parquet", out, seed)
    elif like is not None and targets is None and dossiers is None:
        from baocao.samples.like import sample_like

        if units or from_date or to_date or file_format:
            raise ConfigurationError("--units, --from, --to and --format go with --dossiers; --like has its own")
        sample = sample_like(project, like, out, seed)
    elif dossiers is not None and like is None and targets is None:
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
        raise ConfigurationError(
            "say what to write: either --like NAME or --dossiers N, or --targets PLAN, or --province"
        )
    for note in sample.notes:
        click.echo(f"note: {note}")
    for path in sample.files:
        click.echo(f"written: {project.relative(path)}")
    click.echo(f"{sample.dossiers} dossiers, none of them real")
    if sample.units_file is not None:
        click.echo(f"first copy {project.relative(sample.units_file)} to params/units/sample-country.csv")
    folders = [project.relative(folder) for folder in sample.deliveries or [sample.folder]]
    click.echo(f"next: baocao ingest {DATASET} {' '.join(folders)}")


def _sample_targets(
    project: "Project", plan_id: str, dossiers: int | None, file_format: "FileFormat", out: Path | None, seed: int
) -> "Sample":
    """The months of a plan: what each unit is expected to receive, by default as much as the plan projects."""
    from baocao.errors import ConfigurationError
    from baocao.indicators.target_bases import issued_targets, load_figures
    from baocao.indicators.target_lists import read_online_only, read_tasks
    from baocao.indicators.target_plan import load_target_plan
    from baocao.indicators.task_states import task_key
    from baocao.periods import Periods
    from baocao.samples.procedures import Procedure
    from baocao.samples.window import WindowTask, sample_window
    from baocao.samples.window_dossiers import WindowMonth, WindowUnit
    from baocao.store.tables import Store
    from baocao.store.versions import resolve_versions
    from baocao.units import load_registry

    plan, registry = load_target_plan(project, plan_id), load_registry(project)
    versions = resolve_versions(Store(project.store), None)
    targets = issued_targets(plan, load_figures(project, plan, registry, versions), registry)
    whole = sum(target.projected_total or 0 for target in targets)
    if not whole:
        raise ConfigurationError(f"{plan.id}: no unit has projected dossiers to make")
    procedures = read_online_only(project, plan, registry)
    units = []
    for target in targets:
        level, total = registry[target.unit].level, target.projected_total or 0
        listed = [
            (Procedure(row.field or "Chưa ghi lĩnh vực", row.procedure), row.starts)
            for row in procedures
            if row.unit == target.unit or (row.unit is None and row.level == level)
        ]
        units.append(
            WindowUnit(
                code=target.unit,
                level=level,
                total=total if dossiers is None else round(total * dossiers / whole),
                base_share=(target.projected_online or 0) / total if total else 0.0,
                target_share=None if target.target_pct is None else float(target.target_pct) / 100,
                listed=listed,
            )
        )
    calendar = Periods(project).calendars[plan.calendar]
    months = [
        WindowMonth(f"{month.to_date:%Y-%m}", month.from_date, month.to_date, month.due or month.to_date)
        for month in plan.reporting_months(calendar)
    ]
    tasks = [
        WindowTask(task_key(task), plan.document.number, task.last_due)
        for task in read_tasks(project, plan)
        if task.row_type == "task" and task.last_due
    ]
    entered = [goal.id for goal in plan.goals if goal.computed is None]
    return sample_window(
        project,
        plan.id,
        plan.unit,
        units,
        months,
        tasks=tasks,
        entered=entered,
        options=f"--targets {plan.id}{'' if dossiers is None else f' --dossiers {dossiers}'} --seed {seed}",
        file_format=file_format,
        out=out,
        seed=seed,
    )
