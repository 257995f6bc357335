"""`baocao check`: the data checks on what has been ingested."""

from functools import partial
from typing import Any

import click

from baocao.cli.ingest import DATASETS
from baocao.cli.options import json_option, print_findings, print_json


@click.command("check", short_help="Run the data checks on what has been ingested.")
@click.argument("dataset", required=False, default="one-stop-summary", type=click.Choice(DATASETS))
@click.option("--unit", metavar="CODE", help="Only this office; by default every one in the store.")
@click.option("--period", metavar="ID", help="Only this period (with --unit).")
@json_option
def command(dataset: str, unit: str | None, period: str | None, as_json: bool) -> None:
    """Check everything of DATASET that has been ingested, or what there is of one office and period.

    Exit code 3 if a finding of severity `error` stands.
    """
    from baocao.checks.findings import blocking, failed
    from baocao.checks.one_stop import check_stored, check_stored_dossiers
    from baocao.project import find_project

    if period is not None and unit is None:
        raise click.UsageError("--period needs --unit: an office states its own dates for a period")
    check = check_stored_dossiers if dataset == "dossiers" else partial(check_stored, suite=dataset)
    results = check(find_project(), unit=unit, period=period)
    findings = [finding for result in results for finding in result.findings]
    if as_json:
        records: list[dict[str, Any]] = [
            {
                "unit": result.reporter,
                "from": result.from_date,
                "to": result.to_date,
                "findings": [finding.record() for finding in result.findings],
            }
            for result in results
        ]
        print_json({"checked": records})
    else:
        for result in results:
            days = "all days" if result.from_date is None else f"{result.from_date} – {result.to_date}"
            click.echo(f"{result.reporter}, {days}: {len(result.findings)} results")
            print_findings(result.findings)
        click.echo(f"{len(failed(findings))} findings, {len(blocking(findings))} of them block a report")
    if blocking(findings):
        raise SystemExit(3)
