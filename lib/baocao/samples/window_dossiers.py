"""Dossiers of one unit over the months of a window: left to chance around a target, or going as they are told to."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from baocao.intake import dossiers
from baocao.samples.days import ARRIVALS_BY_WEEKDAY
from baocao.samples.procedures import COMMON, Procedure, other_of, popularity
from baocao.samples.stream import lives, workday

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
_MONTH_SPREAD = 0.10
#: Fields whose procedures cost a fee, and how many of the dossiers received online are paid online.
_FEE_BEARING = ("Chứng thực", "Đất đai", "Hộ kinh doanh", "Nhà ở", "Lưu thông hàng hóa", "Đường bộ", "Khoáng sản")
_PAID_SHARE = 0.6
#: What can only be said of a dossier that has a result.
_OF_RESULTS = {"digitised_result", "result_signed"}
_NEVER = date(9999, 12, 31)

_Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Course:
    """How a unit fares from month to month, where that is told instead of left to chance.

    One entry for each month; all but `dossiers` are parts of one.

    Attributes
    ----------
    dossiers
        Received in the month.
    online, late, digitised
        Of these: received online, resolved late, with papers and result in digital form.
    procedures
        What the unit handles, from the most used down.
    """

    dossiers: Sequence[int]
    online: Sequence[float]
    late: Sequence[float]
    digitised: Sequence[float]
    procedures: Sequence[Procedure] = COMMON


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
    course
        Wins over the shares and `listed`.
    """

    code: str
    level: str
    total: int
    base_share: float
    target_share: float | None
    listed: Sequence[tuple[Procedure, date]]
    course: Course | None = None


@dataclass(frozen=True)
class WindowMonth:
    """A month or quarter of the window: id of its period, its days, the last day to hand in where there is one."""

    period: str
    first: date
    last: date
    due: date | None = None


@dataclass(frozen=True)
class Made:
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
    flags: Mapping[str, npt.NDArray[np.object_]]


def random_of(seed: int, *names: str) -> np.random.Generator:
    """The same draws for a name whatever else is made."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def make(unit: WindowUnit, months: Sequence[WindowMonth], seed: int, silent: Collection[int] = ()) -> Made:
    """The dossiers of a unit; `silent` are places of months in which it does not report."""
    random = random_of(seed, unit.code)
    if unit.course is not None:
        return _make_course(unit, unit.course, months, random, silent)
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
    return Made(
        unit,
        month,
        received,
        due,
        finished,
        random.integers(0, 4, unit.total),
        np.array(procedures, dtype=object)[about],
        np.select([online, postal], ["online", "postal"], "direct"),
        random.choice(_RESULT_CHANNELS, unit.total, p=_RESULT_SHARES),
        {},
    )


def _make_course(
    unit: WindowUnit,
    course: Course,
    months: Sequence[WindowMonth],
    random: np.random.Generator,
    silent: Collection[int],
) -> Made:
    """Dossiers that go as told.

    What is open when a unit falls silent, ends or has nothing more to do is settled that day: of a list that never
    comes nobody would learn how it ended.
    """
    count = sum(course.dossiers)
    month = np.repeat(np.arange(len(months)), course.dossiers)
    received = np.array([one.first for one in months], "datetime64[D]")[month] + np.concatenate(
        [
            random.choice(len(days), size, p=days / days.sum())
            for days, size in zip(map(_busy, months), course.dossiers, strict=True)
        ]
    ).astype(np.int64)
    about = random.choice(len(course.procedures), count, p=popularity(len(course.procedures)))
    terms = np.array([procedure.term_days for procedure in course.procedures])[about]
    due, finished = lives(random, received, terms, np.asarray(course.late)[month])
    idle = {place for place, size in enumerate(course.dossiers) if not size} | set(silent)
    ends = [next((at for at in range(place, len(months)) if at + 1 in idle), None) for place in range(len(months))]
    last = np.array([_NEVER if end is None else months[end].last for end in ends], "datetime64[D]")[month]
    online = random.random(count) < np.asarray(course.online)[month]
    postal = ~online & (random.random(count) < _POSTAL_SHARE)
    digitised = np.asarray(course.digitised)[month]
    bears_fee = np.array([procedure.field in _FEE_BEARING for procedure in course.procedures])[about]
    paid = (online & (random.random(count) < _PAID_SHARE)).astype(object)
    paid[~bears_fee] = None
    return Made(
        unit,
        month,
        received,
        due,
        np.minimum(finished, last),
        random.integers(0, 4, count),
        np.array(course.procedures, dtype=object)[about],
        np.select([online, postal], ["online", "postal"], "direct"),
        random.choice(_RESULT_CHANNELS, count, p=_RESULT_SHARES),
        {
            "paid_online": paid,
            "digitised_in": (random.random(count) < digitised).astype(object),
            "digitised_result": (random.random(count) < digitised).astype(object),
            "result_signed": (random.random(count) < digitised).astype(object),
        },
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
    starts = [listed.get(procedure.name, _NEVER) for procedure in procedures]
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


def list_of(made: Sequence[Made], place: int, last_of: Mapping[str, date], seed: int) -> pa.Table:
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
            **{name: values[rows].tolist() for name, values in one.flags.items()},
        }
        for name in _OF_RESULTS & one.flags.keys():
            new[name] = _where(done, new[name])
        for name, values in new.items():
            columns.setdefault(name, []).extend(values)
    types = dossiers.SCHEMA
    return pa.table({name: pa.array(values, types.field(name).type) for name, values in columns.items()})


def _where(known: npt.NDArray[np.bool_], values: Sequence[object]) -> list[object]:
    return [value if there else None for there, value in zip(known.tolist(), values, strict=True)]
