"""`baocao roll-up`: the figures of an area, summed by the registry."""

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from baocao.cli.options import AS_OF, Day, from_option, json_option, print_json, print_table, to_option

if TYPE_CHECKING:
    from baocao.indicators.rollup import RollUp
    from baocao.indicators.unit_figures import Figures
    from baocao.units import UnitRegistry


@click.command("roll-up", short_help="Sum the figures of a province or district, and name who is missing.")
@click.option("--unit", required=True, metavar="CODE", help="Province, district of the past, or commune.")
@click.option("--period", required=True, metavar="ID", help="2020-03, 2020-Q1, 2024-6T, 2022, or “Quý I/2020”.")
@from_option
@to_option
@click.option("--units-of", type=Day(), help="Day whose units the sums are told by; by default the period's last.")
@click.option("--as-of", metavar="WHEN", help=AS_OF)
@json_option
def command(
    unit: str,
    period: str,
    from_date: date | None,
    to_date: date | None,
    units_of: date | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Sum what the units below UNIT told for a period, no dossier twice, and name those that told nothing.

    With --units-of 2025-12-31 figures of units that were merged stand for the unit they passed to. What belonged to a
    unit that was divided is in the sum of the area and in no unit's.
    """
    from baocao.indicators.rollup import load_roll_up
    from baocao.periods import Periods
    from baocao.project import find_project
    from baocao.store.tables import Store
    from baocao.store.versions import resolve_versions
    from baocao.units import load_registry

    project = find_project()
    registry = load_registry(project)
    resolved = Periods(project, registry).resolve(period, registry[unit].code, from_date, to_date)
    versions = resolve_versions(Store(project.store), as_of)
    found = load_roll_up(project, registry, unit, resolved, versions, day=units_of)
    if as_json:
        print_json(_record(found))
        return
    if found.total is None:
        click.echo("nothing is known of this period")
    else:
        _print(found, registry)
    for one in found.not_sent:
        share = one.usual_share_pct
        usual = "never told anything before" if share is None else f"usually {share.value}% of what comes in"
        click.echo(f"told nothing: {one.unit.name} ({one.unit.code}), {usual}", err=True)
    for figures in found.partial:
        click.echo(f"{figures.missing_days} days missing: {registry[figures.unit].name} ({figures.unit})", err=True)
    for problem in found.problems:
        click.echo(f"{problem.table}: {problem.message}", err=True)
    for left_out in found.not_added:
        click.echo(
            f"not added: {registry[left_out.figures.unit].name} ({left_out.figures.source}): {left_out.reason}",
            err=True,
        )


def _print(found: "RollUp", registry: "UnitRegistry") -> None:
    """A line for each part, then what is in none, then all."""
    from baocao.intake.one_stop import COUNTS

    rows = [
        (f"{registry[code].name}{' (incomplete)' if code in found.incomplete else ''}", part)
        for code, part in found.parts.items()
    ]
    rows += [(f"{registry[one.unit].name} (no unit of that day)", one) for one in found.unplaced]
    if found.total is not None:
        rows.append((f"{found.area.name}, all", found.total))
    shown = [name for name in COUNTS if any(part.counts[name] is not None for _, part in rows)]
    cells = [
        [name, *("" if part.counts[column] is None else str(part.counts[column]) for column in shown)]
        for name, part in rows
    ]
    print_table([["unit", *shown], *cells])


def _record(found: "RollUp") -> dict[str, Any]:
    return {
        "unit": found.area.code,
        "total": None if found.total is None else _figures(found.total),
        "parts": [_figures(part) for part in found.parts.values()],
        "unplaced": [_figures(one) for one in found.unplaced],
        "not_sent": [
            {
                "unit": one.unit.code,
                "unit_name": one.unit.name,
                "usual_share_pct": None if one.usual_share_pct is None else one.usual_share_pct.record(),
            }
            for one in found.not_sent
        ],
        "partial": [{"unit": one.unit, "missing_days": one.missing_days} for one in found.partial],
        "problems": [problem.message for problem in found.problems],
        "incomplete": sorted(found.incomplete),
        "not_added": [{**_figures(one.figures), "reason": one.reason} for one in found.not_added],
    }


def _figures(figures: "Figures") -> dict[str, Any]:
    content = asdict(figures)
    counts = content.pop("counts")
    span = {"from": content.pop("from_date").isoformat(), "to": content.pop("to_date").isoformat()}
    return {**content, **span, "systems": sorted(figures.systems), **counts}
