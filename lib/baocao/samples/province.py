"""A province that never was: quarters of dossiers of all its desks, before and after its communes were merged.

The units are those of the registry; sizes, shares and stories are made up. Some of the stories are planted, so that
whoever reads a report of it can see whether the report tells them.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import log
from pathlib import Path

import numpy as np
import pyarrow as pa

from baocao.errors import ConfigurationError
from baocao.periods import Periods
from baocao.project import Project
from baocao.samples.country import FileFormat
from baocao.samples.delivery import Sample
from baocao.samples.procedures import ALL, COMMON
from baocao.samples.window import sample_window
from baocao.samples.window_dossiers import Course, WindowMonth, WindowUnit, random_of
from baocao.units import Unit, UnitRegistry, load_registry

PROVINCE = "dien-bien"
QUARTERS = tuple(f"{year}-Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4))

#: Dossiers a desk receives in a quarter, by level: the median, and how much offices differ.
_SIZES: Mapping[str, int] = {"province": 700, "district": 420, "commune": 130}
_SIZE_SPREAD = 0.35
#: Quarters of a year against each other, the one with Tết first, and what chance adds.
_SEASONS, _QUARTER_SPREAD = (0.90, 1.05, 1.00, 1.10), 0.06
#: Share received online and share in digital form: lowest and highest beginning, and what each quarter adds.
_ONLINE, _DIGITISED = (0.22, 0.40, 0.05), (0.30, 0.45, 0.055)
#: Share resolved late: median of the units, how much they differ, and what is left of it a quarter later.
_LATE, _LATE_SPREAD, _LATE_LEFT = 0.05, 0.45, 0.97
#: A commune of several takes over their dossiers and some of the district's, and is later than they were at first.
_TAKEN_OVER, _TRANSITION = 1.2, (1.5, 1.1)

#: Units that change much: share resolved late at their beginning and at their end.
_STORIES: Mapping[str, tuple[float, float]] = {
    "tuan-giao.pu-nhung": (0.30, 0.02),
    "muong-ang.ang-to": (0.02, 0.26),
    "dien-bien.bung-lao": (0.16, 0.24),
    "dien-bien.muong-lan": (0.09, 0.01),
}
#: Nothing is delivered of these units in a quarter, and there is nothing to deliver of those.
_SILENT: Mapping[str, str] = {"tua-chua.trung-thu": "2024-Q4", "dien-bien.sang-nhe": "2025-Q4"}
_IDLE: Mapping[str, str] = {"tua-chua.ta-phin": "2024-Q3"}
#: Units whose list of a quarter has due dates before the reception, and one that does not say what dossiers are about.
_WRONG_DUE = ("muong-ang.xuan-lao", "2025-Q1")
_NO_FIELD = ("dien-bien.chieng-sinh", "2025-Q4")
_EVERY = 8  # dossiers one of which has the mistake

#: Fields a desk handles, by level; a commune has the common ones.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "province": ("Đường bộ", "Khoáng sản", "Môi trường", "An toàn thực phẩm", "Việc làm", "Đấu thầu", "Du lịch"),
    "district": ("Đất đai", "Chứng thực", "Hộ kinh doanh", "Nhà ở", "Lưu thông hàng hóa", "Giáo dục phổ thông"),
}


def sample_province(
    project: Project,
    province: str = PROVINCE,
    *,
    file_format: FileFormat = "parquet",
    out: Path | None = None,
    seed: int = 1,
) -> Sample:
    """Write the dossiers of `province`, its districts and communes over eight quarters, a folder for each.

    A list holds what was received in its quarter, at the desk that received it, as it stood at the end of the last
    quarter. Units that end settle what they have; those that follow them begin anew.

    Raises
    ------
    ConfigurationError
        If there is no such province, or a quarter would belong to two units, one ending within it.
    """
    registry = load_registry(project)
    periods = Periods(project, registry)
    resolved = [periods.resolve(quarter, province) for quarter in QUARTERS]
    quarters = [WindowMonth(str(period.id), period.from_date, period.to_date) for period in resolved]
    desks = [unit for unit in registry.within(province) if unit.level in _SIZES]
    alive = {unit.code: _alive(unit, quarters) for unit in desks}
    desks = [unit for unit in desks if alive[unit.code]]
    if not desks:
        raise ConfigurationError(f"{province}: nothing at or below it existed in {QUARTERS[0]}–{QUARTERS[-1]}")
    courses = _courses(registry, desks, alive, seed)
    units = [WindowUnit(unit.code, unit.level, sum(course.dossiers), 0, None, (), course) for unit, course in courses]
    silent = {
        unit.code: {place for place in range(len(quarters)) if place not in alive[unit.code]}
        | {place for place, quarter in enumerate(quarters) if _SILENT.get(unit.code) == quarter.period}
        for unit in desks
    }
    chosen = "" if province == PROVINCE else f" --unit {province}"
    return sample_window(
        project,
        province,
        province,
        units,
        quarters,
        silent=silent,
        spoil=_spoil,
        options=f"--province{chosen} --seed {seed}",
        file_format=file_format,
        out=out,
        seed=seed,
    )


def _alive(unit: Unit, quarters: Sequence[WindowMonth]) -> range:
    """Places of the quarters in which the unit existed."""
    places = [place for place, quarter in enumerate(quarters) if unit.existed(quarter.first, quarter.last)]
    for place in places:
        first, last = quarters[place].first, quarters[place].last
        if not (unit.existed(first, first) and unit.existed(last, last)):
            raise ConfigurationError(
                f"{unit.code} begins or ends within {quarters[place].period} ({first} to {last}); state quarters that "
                "do not straddle that day in params/periods/ of its province"
            )
    return range(places[0], places[-1] + 1) if places else range(0)


def _courses(
    registry: UnitRegistry, desks: Sequence[Unit], alive: Mapping[str, range], seed: int
) -> list[tuple[Unit, Course]]:
    """How each desk fares; those that follow others are told after them, whose size and lateness they inherit."""
    courses: dict[str, Course] = {}
    for unit in sorted(desks, key=lambda unit: alive[unit.code].start):
        before = [courses[one.code] for one in registry.predecessors(unit.code) if one.code in courses]
        courses[unit.code] = _course(unit, alive[unit.code], before, random_of(seed, "province", unit.code))
    return [(unit, courses[unit.code]) for unit in desks]


def _course(unit: Unit, alive: range, before: Sequence[Course], random: np.random.Generator) -> Course:
    places = np.arange(len(QUARTERS))
    there = np.isin(places, alive)
    size = _SIZES[unit.level] * random.lognormal(0, _SIZE_SPREAD)
    late = _LATE * random.lognormal(0, _LATE_SPREAD) * _LATE_LEFT**places * random.lognormal(0, 0.15, len(places))
    sizes = [max(course.dossiers[: alive.start], default=0) for course in before]
    if any(sizes):
        size = _TAKEN_OVER * sum(sizes)
        latest = [course.late[alive.start - 1] for course in before]
        late[alive.start :] = np.average(latest, weights=sizes)
        for place, factor in zip(alive, _TRANSITION, strict=False):
            late[place] *= factor
    if unit.code in _STORIES:
        begin, end = _STORIES[unit.code]
        steps = np.clip((places - alive.start) / max(1, len(alive) - 1), 0, 1)
        late = np.exp(log(begin) + (log(end) - log(begin)) * steps)
    seasons = np.array([_SEASONS[place % len(_SEASONS)] for place in places])
    idle = np.array([_IDLE.get(unit.code) == quarter for quarter in QUARTERS])
    counts = size * seasons * random.lognormal(0, _QUARTER_SPREAD, len(places))
    return Course(
        dossiers=np.where(there & ~idle, counts.round(), 0).astype(int).tolist(),
        online=_rising(_ONLINE, places, random),
        late=np.clip(late, 0.003, 0.5).tolist(),
        digitised=_rising(_DIGITISED, places, random),
        procedures=[procedure for procedure in ALL if procedure.field in _FIELDS.get(unit.level, ())] or COMMON,
    )


def _rising(course: tuple[float, float, float], places: np.ndarray, random: np.random.Generator) -> list[float]:
    lowest, highest, step = course
    shares = random.uniform(lowest, highest) + step * places + random.normal(0, 0.02, len(places))
    return [float(share) for share in np.clip(shares, 0, 0.97)]


def _spoil(quarter: str, table: pa.Table) -> pa.Table:
    """The list of a quarter with the mistakes two units make."""
    units = table.column("unit").to_pylist()

    def rows_of(mistake: tuple[str, str]) -> list[int]:
        unit, when = mistake
        return [row for row, code in enumerate(units) if code == unit and when == quarter][::_EVERY]

    due, received = table.column("due_date").to_pylist(), table.column("received_date").to_pylist()
    for row in rows_of(_WRONG_DUE):
        due[row] = received[row] - timedelta(days=3)
    changed = {"due_date": due}
    for name in ("field", "procedure"):
        changed[name] = table.column(name).to_pylist()
        for row in rows_of(_NO_FIELD):
            changed[name][row] = None
    for name, values in changed.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, pa.array(values, table.schema.field(name).type))
    return table
