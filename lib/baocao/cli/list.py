"""`baocao list`: what there is to choose from."""

from typing import Any

import click

from baocao.cli.options import json_option, print_json, print_table

KINDS = ("reports", "units", "periods", "indicators", "forms", "datasets", "batches")


@click.command("list", short_help="List reports, units, periods, indicators, forms, datasets or batches.")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--unit", metavar="CODE", help="With periods: those of one office.")
@json_option
def command(kind: str, unit: str | None, as_json: bool) -> None:
    """List what there is of KIND."""
    from baocao.project import find_project

    if unit is not None and kind != "periods":
        raise click.UsageError("--unit goes with periods")
    project = find_project()
    match kind:
        case "reports":
            rows = _reports(project)
        case "units":
            rows = _units(project)
        case "periods":
            rows = _periods(project, unit)
        case "indicators":
            rows = _indicators(project)
        case "forms":
            rows = _forms(project)
        case "batches":
            rows = _batches(project)
        case _:
            rows = _datasets(project)
    if as_json:
        print_json({kind: rows})
    else:
        print_table([[str(value) for value in row.values() if not isinstance(value, dict)] for row in rows])


def _reports(project: Any) -> list[dict[str, Any]]:
    from baocao.reports import load_report, report_ids

    definitions = [load_report(project, name) for name in report_ids(project)]
    return [
        {
            "id": definition.id,
            "name": definition.name,
            "parameters": {name: parameter.help for name, parameter in definition.parameters.items()},
        }
        for definition in definitions
    ]


def _units(project: Any) -> list[dict[str, Any]]:
    from baocao.units import load_registry

    return [
        {"code": unit.code, "name": unit.name, "level": unit.level, "parent": unit.parent or ""}
        for unit in load_registry(project)
    ]


def _periods(project: Any, unit: str | None) -> list[dict[str, Any]]:
    """Periods offices have stated dates for; any other id is resolved by the calendar."""
    from baocao.periods import Periods
    from baocao.units import load_registry

    periods = Periods(project)
    units = [load_registry(project)[unit]] if unit else list(load_registry(project))
    return [
        {
            "unit": office.code,
            "id": str(period),
            "label": period.label,
            "from": stated.from_date.isoformat(),
            "to": stated.to_date.isoformat(),
        }
        for office in units
        for period, stated in sorted(periods.stated(office.code).items())
    ]


def _indicators(project: Any) -> list[dict[str, Any]]:
    from baocao.indicators.catalogue import load_catalogue

    return [
        {"id": name, "name": indicator.name, "unit_of_measure": indicator.unit_of_measure}
        for name, indicator in load_catalogue(project).indicators.items()
    ]


def _datasets(project: Any) -> list[dict[str, Any]]:
    from baocao.intake.register import load_registers

    named = {"dossiers": "Danh sách hồ sơ", "one-stop-summary": "Bảng tổng hợp tình hình giải quyết hồ sơ"}
    named |= {definition.id: definition.name for definition in load_registers(project).values()}
    return [{"id": name, "name": named[name]} for name in named]


def _batches(project: Any) -> list[dict[str, Any]]:
    from baocao.run.grid import batch_names, load_grid

    return [{"id": name, **load_grid(project, name).told()} for name in batch_names(project)]


def _forms(project: Any) -> list[dict[str, Any]]:
    from baocao.forms.form import load_forms
    from baocao.indicators.catalogue import load_catalogue

    return [
        {"id": form.id, "label": form.label, "title": form.title}
        for form in load_forms(project, load_catalogue(project)).values()
    ]
