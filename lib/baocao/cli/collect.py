"""`baocao collect`: workbooks out to the units, workbooks back in, who is missing."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from baocao.cli.options import Day, json_option, print_json, print_table

if TYPE_CHECKING:
    from baocao.collect.receive import Handled
    from baocao.indicators.measure import Measure

#: Lines shown of what is wrong with one workbook, and of what changed in it; the marked copy has them all.
SHOWN = 5
_forms = click.option(
    "--forms", metavar="IDS", required=True, help="Forms and registers, parted by commas (`baocao list forms`)."
)
_units = click.option("--units", metavar="EXPR", required=True, help="Who is asked, for instance parent=tuan-giao.")
_period = click.option("--period", metavar="ID", required=True, help="Period that is collected, for instance 2020-Q1.")
_deadline = click.option("--deadline", type=Day(), help="Last day to send it, instead of the calendar's.")


@click.group("collect", short_help="Workbooks out to the units, back in, and who is missing.")
def command() -> None:
    """Collect from units what no system counts: XLSX workbooks out, filled workbooks in, who is missing."""


@command.command("new")
@_forms
@_units
@_period
@_deadline
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the workbooks.")
@json_option
def new(forms: str, units: str, period: str, deadline: date | None, out: Path, as_json: bool) -> None:
    """Make one workbook for every unit, with last period's values beside the cells to fill in."""
    from baocao.collect.plan import Collection
    from baocao.collect.receive import file_name
    from baocao.collect.write import to_workbook
    from baocao.errors import ConfigurationError
    from baocao.project import find_project

    collection = Collection(find_project(), _listed(forms), period)
    chosen = collection.units(units)
    due = deadline or collection.deadline(chosen)
    files = []
    for unit in chosen:
        asked = collection.asked(unit)
        target = out / file_name(collection.period_id, unit.code)
        made = to_workbook(asked, due)
        if target.exists() and target.read_bytes() != made:
            raise ConfigurationError(
                f"{target}: is another workbook, maybe a filled one; name another folder with --out"
            )
        out.mkdir(parents=True, exist_ok=True)
        target.write_bytes(made)
        files.append({"unit": unit.code, "file": str(target), "sheets": [sheet.id for sheet in asked.sheets]})
    if as_json:
        head = {"forms": list(collection.ids), "deadline": due.isoformat() if due else None}
        print_json({**head, "workbooks": files})
    else:
        click.echo(f"{len(files)} workbooks in {out}, each with {', '.join(collection.ids)}; {_told(due)}")


@command.command("read")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--period", metavar="ID", help="Return workbooks of any other period.")
@click.option("--received", type=Day(), help="Day they came, instead of each file's own day of change.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for what is returned; FOLDER-tra-lai by default.")
@json_option
@click.pass_context
def read(
    context: click.Context, folder: Path, period: str | None, received: date | None, out: Path | None, as_json: bool
) -> None:
    """Read the filled workbooks of FOLDER: right ones are stored, wrong ones come back as marked copies.

    Exit code 1 if any was returned. The same file twice changes nothing; a later workbook of a unit replaces what it
    sent before.
    """
    from tqdm import tqdm

    from baocao.cli.judging import judge_stored
    from baocao.cli.options import on_terminal
    from baocao.collect.receive import receive
    from baocao.project import find_project

    project = find_project()
    target = out or folder.with_name(f"{folder.resolve().name}-tra-lai")
    with tqdm(unit=" files", leave=False, disable=as_json or not on_terminal()) as bar:
        handled = receive(
            project,
            folder.resolve(),
            target.resolve(),
            period=period,
            received=received,
            progress=lambda _: bar.update(),
        )
    counts = {name: sum(done.outcome == name for done in handled) for name in ("stored", "known", "returned")}
    if as_json:
        print_json({**counts, "files": [_record(done, folder) for done in handled]})
    else:
        for done in handled:
            _show(done, folder)
        click.echo(f"{counts['stored']} stored, {counts['known']} known already, {counts['returned']} returned")
        if counts["returned"]:
            click.echo(f"returned workbooks, with what is wrong in each: {target}")
    if tables := _stored_tables(handled):
        judge_stored(project, tables)
    if counts["returned"]:
        context.exit(1)


@command.command("status")
@_forms
@_units
@_period
@_deadline
@click.option("--on", type=Day(), help="As things stood at the end of that day, by the days workbooks came.")
@json_option
def status(forms: str, units: str, period: str, deadline: date | None, on: date | None, as_json: bool) -> None:
    """Who has sent everything, who was late, whose workbook was returned, who is missing; the heaviest first."""
    from baocao.collect.plan import Collection
    from baocao.collect.status import STATES, collection_status, usual_share_of
    from baocao.project import find_project
    from baocao.store.tables import Store
    from baocao.store.versions import resolve_versions

    project = find_project()
    collection = Collection(project, _listed(forms), period)
    versions = resolve_versions(Store(project.store), None)
    found = collection_status(collection, collection.units(units), versions, deadline=deadline, on=on)
    absent = usual_share_of(found.of("missing", "returned"))
    counts = {state: len(found.of(state)) for state in STATES}
    if as_json:
        entries = [
            {
                "unit": entry.unit.code,
                "name": entry.unit.name,
                "state": entry.state,
                "received": entry.received.isoformat() if entry.received else None,
                "in_time": entry.in_time,
                "lacking": list(entry.lacking),
                "problems": entry.problems,
                "usual_share_pct": _number(entry.usual_share_pct),
            }
            for entry in found.units
        ]
        due = found.deadline.isoformat() if found.deadline else None
        head = {"period": collection.period_id, "deadline": due, "forms": list(found.forms), "counts": counts}
        print_json({**head, "absent_share_pct": _number(absent), "units": entries})
        return
    rows = [["unit", "name", "state", "received", "lacking", "usual share"]]
    for entry in found.of("missing", "returned", "late", "sent"):
        share = f"{entry.usual_share_pct.text()}%" if entry.usual_share_pct else ""
        day = entry.received.isoformat() if entry.received else ""
        rows.append([entry.unit.code, entry.unit.name, entry.state, day, ", ".join(entry.lacking), share])
    print_table(rows)
    click.echo(f"{_told(found.deadline)}; " + ", ".join(f"{count} {state}" for state, count in counts.items()))
    if absent is not None:
        click.echo(f"units missing or returned usually take in {absent.text()}% of the area's dossiers")


def _told(due: date | None) -> str:
    if due is not None:
        return f"deadline {due.isoformat()}"
    return "no deadline (give --deadline, or state submissions in params/calendars.yaml)"


def _number(measure: "Measure | None") -> float | None:
    return None if measure is None or measure.value is None else float(measure.value)


def _stored_tables(handled: "Sequence[Handled]") -> list[tuple[str, date]]:
    """Units whose one-stop figures were stored, with the first day of the period they are of."""
    from baocao.intake.one_stop import DATASET

    return [
        (done.unit, done.key.from_date)
        for done in handled
        if done.outcome == "stored" and done.key and any(sheet.asked.dataset == DATASET for sheet in done.sheets)
    ]


def _record(done: "Handled", folder: Path) -> dict[str, Any]:
    from openpyxl.utils import get_column_letter

    return {
        "file": done.path.relative_to(folder.resolve()).as_posix(),
        "unit": done.unit or None,
        "period": done.period or None,
        "received": done.received.isoformat(),
        "outcome": done.outcome,
        "problems": [
            {
                "sheet": problem.sheet,
                "cell": f"{get_column_letter(problem.column)}{problem.row}" if problem.row and problem.column else None,
                "message": problem.text,
            }
            for problem in done.problems
        ],
        "changes": done.changes,
        "notes": done.notes,
        "returned": str(done.returned) if done.returned else None,
    }


def _show(done: "Handled", folder: Path) -> None:
    who = f" ({done.unit}, {done.period})" if done.unit else ""
    click.echo(f"{done.path.relative_to(folder.resolve()).as_posix()}{who}: {done.outcome}")
    lines = list(dict.fromkeys(f"{problem.sheet}: {problem.text}" for problem in done.problems))
    lines += [f"changed: {change}" for change in done.changes or ()]
    for line in (*lines[:SHOWN], *([f"… and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else [])):
        click.echo(f"  {line}")
    for note in done.notes:
        click.echo(f"  note: {note}")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
