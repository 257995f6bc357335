"""`baocao batch`: many reports."""

import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from baocao.cli.options import AS_OF, from_option, json_option, on_terminal, print_json, to_option
from baocao.cli.run import parse_parameters

if TYPE_CHECKING:
    from baocao.project import Project
    from baocao.run.batch import BatchOptions, BatchResult
    from baocao.run.grid import Grid
    from baocao.run.request import RunRequest


@click.command("batch", short_help="Make many reports: those that changed, several at a time.")
@click.argument("name", required=False)
@click.option("--report", metavar="REPORT", help="Instead of NAME: which report,")
@click.option("--units", metavar="EXPR", help="of which units (code=…, parent=…, under=…, level=…, or codes),")
@click.option("--periods", metavar="A,B", help="for which periods.")
@from_option
@to_option
@click.option("--as-of", metavar="WHEN", help=AS_OF)
@click.option("-p", "--parameter", "pairs", multiple=True, metavar="KEY=VALUE", help="A parameter of the report.")
@click.option("--draft", is_flag=True, help="Mark as draft; failed checks do not stop it.")
@click.option("--formats", default="ipynb,html,pdf", show_default=True, help="Which files to make.")
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, help="Reports made at a time.")
@click.option("--isolation", type=click.Choice(["fork", "worker"]), help="How a report is kept from the others.")
@click.option("--engine", type=click.Choice(["baocao", "nbclient"]), default="baocao", show_default=True)
@click.option("--cluster", metavar="ADDRESS", help="Dask scheduler whose workers make the reports, tcp://host:port.")
@click.option("--force", is_flag=True, help="Make also what has not changed.")
@click.option("--why", is_flag=True, help="Only say which reports would be made, and what changed.")
@json_option
def command(
    name: str | None,
    report: str | None,
    units: str | None,
    periods: str | None,
    from_date: date | None,
    to_date: date | None,
    as_of: str | None,
    pairs: tuple[str, ...],
    draft: bool,
    formats: str,
    workers: int,
    isolation: str | None,
    engine: str,
    cluster: str | None,
    force: bool,
    why: bool,
    as_json: bool,
) -> None:
    """Make the reports of params/batches/NAME.yaml, or those named by --report, --units and --periods.

    --from, --to, -p and --draft go with the latter; a batch's file states its own.

    What has not changed is left as it is, and an interrupted batch goes on where it was. Exit code 1 if a report could
    not be made; the others are there.
    """
    from baocao.project import find_project
    from baocao.run.grid import load_grid, requests_of
    from baocao.run.request import check_formats

    project = find_project()
    stated = {"from_date": from_date, "to_date": to_date, "parameters": parse_parameters(pairs), "draft": draft}
    if name is not None and (report or units or periods or any(stated.values())):
        raise click.UsageError("name a batch, whose file says what it makes, or give --report, --units and --periods")
    grid = load_grid(project, name) if name is not None else _grid(report, units, periods, stated)
    wanted = check_formats(formats)
    requests = requests_of(project, grid, as_of)
    options = _options(project, wanted, workers, isolation, engine, force)
    if why:
        _say_why(project, requests, options, as_json)
        return
    result = _run(project, name or grid.report, requests, options, cluster, quiet=as_json)
    if as_json:
        outcomes = [outcome.__dict__ for outcome in result.outcomes]
        print_json({**_counts(result), "outcomes": outcomes})
    else:
        _summary(project, result, name or grid.report)
    if result.failures:
        sys.exit(1)


def _grid(report: str | None, units: str | None, periods: str | None, stated: dict[str, Any]) -> "Grid":
    from baocao.run.grid import Grid

    if not (report and units and periods):
        raise click.UsageError("name a batch of params/batches/, or give --report, --units and --periods")
    listed = [part.strip() for part in periods.split(",") if part.strip()]
    return Grid(report=report, units=units, periods=listed, **stated)


def _options(
    project: "Project", formats: list[str], workers: int, isolation: str | None, engine: str, force: bool
) -> "BatchOptions":
    from baocao.run.batch import BatchOptions
    from baocao.run.children import CAN_FORK
    from baocao.run.limits import Limits

    if isolation is None or engine == "nbclient":
        isolation = "fork" if CAN_FORK and engine == "baocao" else "worker"
    return BatchOptions(
        formats,
        workers,
        isolation="fork" if isolation == "fork" else "worker",
        engine=engine,
        limits=Limits.set_in(project.settings.limits),
        force=force,
    )


def _run(
    project: "Project",
    name: str,
    requests: "list[RunRequest]",
    options: "BatchOptions",
    cluster: str | None,
    *,
    quiet: bool,
) -> "BatchResult":
    from tqdm import tqdm

    from baocao.run.batch import Outcome, run_batch

    failed = 0
    with tqdm(total=len(requests), unit="report", disable=quiet or not on_terminal()) as bar:

        def tell(outcome: Outcome) -> None:
            nonlocal failed
            bar.update()
            if outcome.state in ("failed", "blocked"):
                failed += 1
                bar.set_postfix(failed=failed)
                if not quiet:
                    bar.write(f"{outcome.state}: {outcome.name}: {outcome.text}", file=sys.stderr)

        return run_batch(project, name, requests, options, tell, cluster=cluster)


def _counts(result: "BatchResult") -> dict[str, int]:
    return {state: result.count(state) for state in ("done", "unchanged", "blocked", "failed")}


def _summary(project: "Project", result: "BatchResult", name: str) -> None:
    counts = _counts(result)
    click.echo(
        f"{counts['done']} made, {counts['unchanged']} unchanged, "
        f"{counts['blocked']} blocked by their checks, {counts['failed']} failed"
    )
    page = project.outputs / "batches" / f"{name}.html"
    click.echo(f"open {project.relative(page)}; `baocao status` lists the same")


def _say_why(project: "Project", requests: "list[RunRequest]", options: "BatchOptions", as_json: bool) -> None:
    from baocao.run.batch import plan, why
    from baocao.run.freezing import freeze

    todo, unchanged = plan(project, requests, options, freeze(project))
    reasons = {job.name: why(project, job) for job in todo}
    if as_json:
        print_json({"unchanged": len(unchanged), "changed": reasons})
        return
    for name, parts in reasons.items():
        click.echo(f"{name}: {', '.join(parts) or 'forced'}")
    click.echo(f"{len(todo)} to be made, {len(unchanged)} unchanged")
