"""Options several commands share, and how they speak to people and to machines."""

import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from baocao.checks.findings import Finding


class Day(click.ParamType[date]):
    """A date as ISO (2020-04-01) or as Vietnamese offices write it (01/04/2020)."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
            with suppress(ValueError):
                return datetime.strptime(value, pattern).date()  # noqa: DTZ007 -- a day has no time zone
        return self.fail(f"“{value}” is not a date; write 2020-04-01 or 01/04/2020", param, ctx)


#: What `--as-of` takes.
AS_OF = (
    "Data as known then: a date, an ISO time, a version number, or table=version, with which another table is read "
    "as it was when that version was stored."
)
from_option = click.option("--from", "from_date", type=Day(), help="First day, instead of the period's own.")
to_option = click.option("--to", "to_date", type=Day(), help="Last day, included.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


def print_json(content: object) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=1, default=str))


def on_terminal() -> bool:
    """Whether progress is watched by a person."""
    return sys.stderr.isatty()


def print_findings(findings: "Iterable[Finding]") -> None:
    """What failed and what could not be checked, a line each."""
    for finding in findings:
        if finding.success is not True:
            state = finding.severity if finding.success is False else "not checked"
            click.echo(f"{state}: {finding.place}: {finding.message}")


def print_table(rows: list[list[str]]) -> None:
    """Columns aligned by their widest cell."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))] if rows else []
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
