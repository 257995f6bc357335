"""Deliveries of offices that are given targets: month by month, some keeping up, some falling behind, some silent."""

import csv
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from baocao.intake import dossiers
from baocao.intake.source import Delivery
from baocao.project import Project
from baocao.samples.country import MAP, FileFormat, write_dossiers
from baocao.samples.delivery import Sample, describe, generated, origin, prepare
from baocao.samples.window_dossiers import WindowMonth, WindowUnit, list_of, make, random_of

SOURCE = "sample-portal"
#: Of the communes: some fall silent for good, others skip a month; of all units, some hand in late.
_STOPPING, _SKIPPING, _LATE_SHARE = 2, 3, 0.04
#: What an office enters by itself climbs in even steps from somewhere here to there.
_ENTERED_FROM, _ENTERED_SPREAD, _ENTERED_TO = 50, 25, 100


@dataclass(frozen=True)
class WindowTask:
    """A task of the plan as a register names it, with its deadline."""

    name: str
    document: str
    due: date


def sample_window(
    project: Project,
    plan: str,
    office: str,
    units: Sequence[WindowUnit],
    months: Sequence[WindowMonth],
    *,
    tasks: Sequence[WindowTask] = (),
    entered: Sequence[str] = (),
    silent: Mapping[str, Collection[int]] | None = None,
    spoil: Callable[[str, pa.Table], pa.Table] = lambda _, table: table,
    options: str = "",
    file_format: FileFormat = "parquet",
    out: Path | None = None,
    seed: int = 1,
) -> Sample:
    """Write the dossiers of `units` over `months`, a folder for each month, with the registers of a follow-up.

    A list holds what was received in its month and tells it as of the end of the window, or of the last month in which
    its unit reports.

    Parameters
    ----------
    plan
        Id of the plan, also the name of the folder under `data/generated/`.
    office
        Code of the office that follows the plan up.
    entered
        Goals whose results the office enters itself.
    silent
        Places of the months in which units do not report; by default some do not.
    spoil
        Puts mistakes into the list of a period.
    options
        Of the command that makes the same again.
    """
    folder = out or generated(project, plan)
    silent = _silent(units, len(months), seed) if silent is None else silent
    made = [make(unit, months, seed, silent.get(unit.code, ())) for unit in units]
    places = range(len(months))
    last_of = {unit.code: months[max(set(places).difference(silent.get(unit.code, ())))].last for unit in units}
    files: list[Path] = []
    folders, dossiers_made = [], 0
    for place, month in enumerate(months):
        place_of = folder / month.period
        prepare(place_of)
        reporting = [unit.code for unit in units if place not in silent.get(unit.code, ())]
        there = set(reporting)
        table = spoil(month.period, list_of([one for one in made if one.unit.code in there], place, last_of, seed))
        listed = write_dossiers(place_of / f"dossiers.{file_format}", table)
        registers = {
            "submissions": _submissions(units, reporting, place, month, seed),
            "statistics": _statistics(entered, place, len(months)),
            "tasks": _tasks(tasks, month, seed),
        }
        written = [_write_rows(place_of / f"{name}.csv", rows) for name, rows in registers.items() if rows]
        content = {
            "source": SOURCE,
            "name": "Cổng dịch vụ công, hồ sơ mô phỏng",
            "origin": origin(options),
            "unit": office,
            "period": month.period,
            "from": month.first,
            "to": month.last,
            "covers": {"units": f"under={office}" if len(reporting) == len(units) else ", ".join(reporting)},
            "files": [
                {"file": listed.name, "dataset": dossiers.DATASET, "map": MAP},
                *({"file": path.name, "dataset": path.stem} for path in written),
            ],
        }
        files += [listed, *written, describe(place_of, Delivery.model_validate(content))]
        folders.append(place_of)
        dossiers_made += table.num_rows
    return Sample(folder, files, dossiers_made, deliveries=folders)


def _silent(units: Sequence[WindowUnit], months: int, seed: int) -> Mapping[str, set[int]]:
    """Places of the months some communes do not report."""
    random = random_of(seed, "silent")
    communes = [unit.code for unit in units if unit.level == "commune"]
    chosen = random.permutation(len(communes))[: _STOPPING + _SKIPPING]
    silent: dict[str, set[int]] = {}
    for number, place in enumerate(chosen):
        first = int(random.integers(2, months)) if months > 2 else months
        silent[communes[place]] = set(range(first, months)) if number < _STOPPING else {first}
    return silent


_Rows = list[dict[str, object]]


def _submissions(
    units: Sequence[WindowUnit], reporting: Sequence[str], place: int, month: WindowMonth, seed: int
) -> _Rows:
    random = random_of(seed, "submissions", str(place))
    rows: _Rows = []
    due = month.due
    if due is None:
        return rows
    for unit in units:
        late = bool(random.random() < _LATE_SHARE)
        days = int(random.integers(1, 6)) if late else -int(random.integers(0, (due - month.last).days))
        if unit.code in reporting:
            rows.append({"unit": unit.code, "received_on": due + timedelta(days=days)})
    return rows


def _statistics(entered: Sequence[str], place: int, months: int) -> _Rows:
    """Results the office enters; of the first month it knows none yet."""
    rows: _Rows = []
    for name in entered:
        first = int(random_of(0, name).integers(_ENTERED_FROM, _ENTERED_FROM + _ENTERED_SPREAD))
        value = first + (_ENTERED_TO - first) * place // max(1, months - 1)
        rows.append({"indicator": name, "value": value if place else "", "note": "Số mô phỏng"})
    return rows


def _tasks(tasks: Sequence[WindowTask], month: WindowMonth, seed: int) -> _Rows:
    """Most tasks are done about their deadline, the last one never."""
    rows: _Rows = []
    for task in tasks:
        days = int(random_of(seed, task.name).integers(-8, 4))
        done = task.due + timedelta(days=days)
        known = done <= month.last and task is not tasks[-1]
        row: dict[str, object] = {"task": task.name, "document_number": task.document, "deadline": task.due}
        rows.append({**row, "done_date": done if known else "", "state": "" if known else "open"})
    return rows


def _write_rows(path: Path, rows: _Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
