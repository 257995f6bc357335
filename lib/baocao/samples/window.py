"""Dossiers of offices that are given targets: month by month, some keeping up, some falling behind, some silent."""

import csv
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from baocao.intake import dossiers
from baocao.intake.source import Delivery
from baocao.project import Project
from baocao.samples.country import MAP, FileFormat, write_dossiers
from baocao.samples.days import ARRIVALS_BY_WEEKDAY
from baocao.samples.delivery import Sample, describe, generated, origin, prepare
from baocao.samples.procedures import COMMON, Procedure, other_of, popularity
from baocao.samples.stream import lives, workday

SOURCE = "sample-portal"
#: How units behave: share of units, and the part of their target they come to once under way.
_KINDS = ((0.50, 1.08), (0.25, 0.97), (0.17, 0.86), (0.08, 0.60))
#: How far a unit has come from its base to where it is going, month by month; later months are under way.
_RAMP = (0.60, 0.80, 0.92)
#: What a department handles beside the listed procedures has no list here.
_OF_DEPARTMENTS = "Chuyên ngành"
#: Share of dossiers about the listed procedures, of offices that handle others as well.
_LISTED_SHARE = 0.35
#: Units that go on receiving listed procedures over the counter, and how many of these dossiers.
_CARELESS_SHARE, _CARELESS_DIRECT = 0.10, 0.06
_POSTAL_SHARE = 0.05  # of what does not come online
_RESULT_CHANNELS, _RESULT_SHARES = ("direct", "online", "postal"), (0.55, 0.33, 0.12)
#: Of the communes: some fall silent for good, others skip a month; of all units, some hand in late.
_STOPPING, _SKIPPING, _LATE_SHARE = 2, 3, 0.04
_MONTH_SPREAD = 0.10
#: What an office enters by itself climbs in even steps from somewhere here to there.
_ENTERED_FROM, _ENTERED_SPREAD, _ENTERED_TO = 50, 25, 100

_Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class WindowUnit:
    """A unit and what is expected of it in the window.

    Attributes
    ----------
    total
        Dossiers to make.
    base_share, target_share
        Online, as parts of one: before the window, and asked for; without a target the base goes on.
    listed
        Procedures received online only, each from its first day on.
    """

    code: str
    level: str
    total: int
    base_share: float
    target_share: float | None
    listed: Sequence[tuple[Procedure, date]]


@dataclass(frozen=True)
class WindowMonth:
    """A month of the window: id of its period, its days, and the last day to hand in."""

    period: str
    first: date
    last: date
    due: date


@dataclass(frozen=True)
class WindowTask:
    """A task of the plan as a register names it, with its deadline."""

    name: str
    document: str
    due: date


@dataclass(frozen=True)
class _Made:
    """Dossiers of one unit, column by column, with the place of their month."""

    unit: WindowUnit
    month: npt.NDArray[np.int64]
    received: _Days
    due: _Days
    finished: _Days
    result_days: npt.NDArray[np.int64]
    procedure: npt.NDArray[np.object_]
    channel: npt.NDArray[np.str_]
    result: npt.NDArray[np.str_]


def sample_window(
    project: Project,
    plan: str,
    office: str,
    units: Sequence[WindowUnit],
    months: Sequence[WindowMonth],
    *,
    tasks: Sequence[WindowTask] = (),
    entered: Sequence[str] = (),
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
    options
        Of the command that makes the same again.
    """
    folder = out or generated(project, plan)
    made = [_make(unit, months, seed) for unit in units]
    silent = _silent(units, len(months), seed)
    places = range(len(months))
    last_of = {unit.code: months[max(set(places) - silent.get(unit.code, set()))].last for unit in units}
    files: list[Path] = []
    folders, dossiers_made = [], 0
    for place, month in enumerate(months):
        place_of = folder / month.period
        prepare(place_of)
        reporting = [unit.code for unit in units if place not in silent.get(unit.code, ())]
        table = _table([one for one in made if one.unit.code in set(reporting)], place, last_of, seed)
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


# -- dossiers ---------------------------------------------------------------------------------------------------------


def _random(seed: int, *names: str) -> np.random.Generator:
    """The same draws for a name whatever else is made."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def _make(unit: WindowUnit, months: Sequence[WindowMonth], seed: int) -> _Made:
    random = _random(seed, unit.code)
    busy = [_busy(month) for month in months]
    weights = np.array([days.sum() for days in busy]) * random.lognormal(0, _MONTH_SPREAD, len(months))
    month = np.repeat(np.arange(len(months)), random.multinomial(unit.total, weights / weights.sum()))
    sizes = np.bincount(month, minlength=len(months))
    offset = np.concatenate(
        [random.choice(len(days), size, p=days / days.sum()) for days, size in zip(busy, sizes, strict=True)]
    )
    first = np.array([one.first for one in months], "datetime64[D]")
    received = first[month] + offset.astype(np.int64)
    procedures, starts = _procedures(unit)
    about = random.choice(len(procedures), unit.total, p=_shares(unit, len(procedures)))
    online = random.random(unit.total) < _online_shares(unit, len(months), random)[month]
    careless = _CARELESS_DIRECT if random.random() < _CARELESS_SHARE else 0.0
    listed = received >= starts[about]
    online = np.where(listed, random.random(unit.total) >= careless, online)
    postal = ~listed & (random.random(unit.total) < _POSTAL_SHARE)
    terms = np.array([procedure.term_days for procedure in procedures])[about]
    due, finished = lives(random, received, terms)
    return _Made(
        unit,
        month,
        received,
        due,
        finished,
        random.integers(0, 4, unit.total),
        np.array(procedures, dtype=object)[about],
        np.select([online, postal], ["online", "postal"], "direct"),
        random.choice(_RESULT_CHANNELS, unit.total, p=_RESULT_SHARES),
    )


def _busy(month: WindowMonth) -> npt.NDArray[np.float64]:
    """How much a desk takes in on each day of a month."""
    days = range(month.first.toordinal(), month.last.toordinal() + 1)
    return np.array([ARRIVALS_BY_WEEKDAY[date.fromordinal(day).weekday()] for day in days])


def _procedures(unit: WindowUnit) -> tuple[list[Procedure], _Days]:
    """What a unit handles, and from which day on each is received online only."""
    listed = {procedure.name: start for procedure, start in unit.listed}
    usual = [other_of(_OF_DEPARTMENTS)] if unit.level == "department" else COMMON
    others = [procedure for procedure in usual if procedure.name not in listed]
    procedures = [*(procedure for procedure, _ in unit.listed), *others]
    never = date(9999, 12, 31)
    starts = [listed.get(procedure.name, never) for procedure in procedures]
    return procedures, np.array(starts, "datetime64[D]")


def _shares(unit: WindowUnit, procedures: int) -> npt.NDArray[np.float64]:
    """Share of each procedure: the listed ones have a fixed part of all."""
    count = len(unit.listed)
    if not count:
        return popularity(procedures)
    parts = (_LISTED_SHARE * popularity(count), (1 - _LISTED_SHARE) * popularity(procedures - count))
    return np.concatenate(parts)


def _online_shares(unit: WindowUnit, months: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Share online of what may come either way, by month."""
    kind = random.choice(len(_KINDS), p=[share for share, _ in _KINDS])
    goal = unit.base_share if unit.target_share is None else unit.target_share * _KINDS[kind][1]
    ramp = np.array([*_RAMP, *([1.0] * months)][:months])
    shares = unit.base_share + (goal - unit.base_share) * ramp + random.normal(0, 0.015, months)
    return np.clip(shares, 0, 1)


def _table(made: Sequence[_Made], place: int, last_of: Mapping[str, date], seed: int) -> pa.Table:
    """The list of a month, each unit's dossiers as they stand on its last day."""
    columns: dict[str, list[object]] = {}
    for one in made:
        last = np.datetime64(last_of[one.unit.code], "D")
        rows = np.flatnonzero(one.month == place)
        procedures: list[Procedure] = one.procedure[rows].tolist()
        prefix = f"H00.{zlib.crc32(f'{one.unit.code} {one.unit.total} {seed}'.encode()):08x}"
        done = one.finished[rows] <= last
        handed_over = workday(one.finished[rows] + one.result_days[rows])
        delivered = done & (handed_over <= last)
        new: dict[str, list[object]] = {
            "dossier": [f"{prefix}-{place + 1:02d}{serial:06d}" for serial in range(1, len(rows) + 1)],
            "procedure_code": [procedure.code for procedure in procedures],
            "procedure": [procedure.name for procedure in procedures],
            "field": [procedure.field for procedure in procedures],
            "unit": [one.unit.code] * len(rows),
            "received_date": one.received[rows].tolist(),
            "due_date": one.due[rows].tolist(),
            "finished_date": _where(done, one.finished[rows].tolist()),
            "result_date": _where(delivered, handed_over.tolist()),
            "channel": one.channel[rows].tolist(),
            "status": np.select([delivered, done], ["delivered", "finished"], "processing").tolist(),
            "result_channel": _where(done, one.result[rows].tolist()),
        }
        for name, values in new.items():
            columns.setdefault(name, []).extend(values)
    types = {name: pa.date32() if name in dossiers.DAYS else pa.string() for name in columns}
    return pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})


def _where(known: npt.NDArray[np.bool_], values: Sequence[object]) -> list[object]:
    return [value if there else None for there, value in zip(known.tolist(), values, strict=True)]


# -- who reports, and the registers -----------------------------------------------------------------------------------


def _silent(units: Sequence[WindowUnit], months: int, seed: int) -> Mapping[str, set[int]]:
    """Places of the months some communes do not report."""
    random = _random(seed, "silent")
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
    random = _random(seed, "submissions", str(place))
    rows: _Rows = []
    for unit in units:
        late = bool(random.random() < _LATE_SHARE)
        days = int(random.integers(1, 6)) if late else -int(random.integers(0, (month.due - month.last).days))
        if unit.code in reporting:
            rows.append({"unit": unit.code, "received_on": month.due + timedelta(days=days)})
    return rows


def _statistics(entered: Sequence[str], place: int, months: int) -> _Rows:
    """Results the office enters; of the first month it knows none yet."""
    rows: _Rows = []
    for name in entered:
        first = int(_random(0, name).integers(_ENTERED_FROM, _ENTERED_FROM + _ENTERED_SPREAD))
        value = first + (_ENTERED_TO - first) * place // max(1, months - 1)
        rows.append({"indicator": name, "value": value if place else "", "note": "Số mô phỏng"})
    return rows


def _tasks(tasks: Sequence[WindowTask], month: WindowMonth, seed: int) -> _Rows:
    """Most tasks are done about their deadline, the last one never."""
    rows: _Rows = []
    for task in tasks:
        days = int(_random(seed, task.name).integers(-8, 4))
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
