"""Dossier lists of any size over a whole country, to try the toolkit on more than any sample holds."""

import csv
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from baocao.errors import ConfigurationError
from baocao.intake import dossiers
from baocao.intake.source import Delivery
from baocao.project import Project
from baocao.samples.days import ARRIVALS_BY_WEEKDAY
from baocao.samples.delivery import Sample, describe, generated, origin, prepare
from baocao.samples.stream import DossierStream
from baocao.units import COLUMNS, Unit, UnitRegistry, load_registry

FileFormat = Literal["csv", "parquet"]
SOURCE = "sample-country"
MAP = "plain"
UNITS_FILE = "units.csv"
PROVINCES = 34
COMMUNES = 3321
#: Who receives the dossiers of the synthetic country.
COMMUNE_LEVEL = "level=commune"


def sample_country(
    project: Project,
    count: int,
    *,
    units: str | None = None,
    first: date = date(2024, 1, 1),
    last: date = date(2024, 12, 31),
    file_format: FileFormat = "parquet",
    out: Path | None = None,
    seed: int = 1,
) -> Sample:
    """Write `count` dossiers received from `first` to `last`, both included, in files of at most a million rows.

    Parameters
    ----------
    units
        Expression for the units of the project that receive them. By default those of a synthetic country, written
        to `units.csv` in the format of `params/units/`.
    out
        Folder to write; by default `data/generated/country`.

    Raises
    ------
    ConfigurationError
        If no desk is open between the dates, no unit fits, or `out` holds a delivery that is not one of ours.
    """
    days = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
    if not any(ARRIVALS_BY_WEEKDAY[day.weekday()] for day in days):
        raise ConfigurationError(f"no desk is open from {first} to {last}; give two dates with a working day between")
    registry = load_registry(project) if units else synthetic_country()
    expression = units or COMMUNE_LEVEL
    receiving = registry.valid(first, last).select(expression)
    if not receiving:
        raise ConfigurationError(f"“{expression}” names no unit of these dates (see `baocao list units`)")

    folder = out or generated(project, "country")
    prepare(folder)
    units_file = None if units else _write_units(folder / UNITS_FILE, registry)
    stream = DossierStream([unit.code for unit in receiving], count, first, last, seed)
    files = [
        write_dossiers(folder / f"dossiers-{number:03d}.{file_format}", table)
        for number, table in enumerate(stream.tables())
    ]
    chosen = f" --units '{units}'" if units else ""
    content = {
        "source": SOURCE,
        "name": "Hồ sơ mẫu toàn quốc",
        "origin": origin(f"--dossiers {count}{chosen} --from {first} --to {last} --seed {seed}"),
        "unit": _common(registry, receiving),
        "period": last.year,
        "from": first,
        "to": last,
        "covers": {"units": expression},
        "files": [{"file": path.name, "dataset": dossiers.DATASET, "map": MAP} for path in files],
    }
    return Sample(folder, [*files, describe(folder, Delivery.model_validate(content))], count, units_file=units_file)


def synthetic_country() -> UnitRegistry:
    """A country of the shape of 2025: 34 provinces, from small to large, with 3.321 communes; no name is real."""
    # Bounds of an arithmetic series: the last province has about three times the communes of the first.
    bounds = [COMMUNES * place * (PROVINCES + place) // (2 * PROVINCES**2) for place in range(PROVINCES + 1)]
    units = []
    for number, communes in enumerate((end - start for start, end in pairwise(bounds)), start=1):
        province = f"tinh-{number:02d}"
        units.append(Unit(province, f"Tỉnh {number:02d}", f"Tỉnh {number:02d}", "province", "tinh"))
        for place in range(1, communes + 1):
            name = f"Xã {number:02d}-{place:03d}"
            units.append(Unit(f"{province}.xa-{place:03d}", name, name, "commune", "xa", province))
    return UnitRegistry(tuple(units))


def _common(registry: UnitRegistry, units: Sequence[Unit]) -> str | None:
    """The nearest unit that is, or stands above, all of `units`; names are looked for nowhere else."""
    lines = [_upwards(registry, unit) for unit in units]
    common = set(lines[0]).intersection(*lines)
    return next((code for code in lines[0] if code in common), None)


def _upwards(registry: UnitRegistry, unit: Unit) -> list[str]:
    """Codes of the unit and all above it."""
    return [unit.code, *(_upwards(registry, registry[unit.parent]) if unit.parent else [])]


def _write_units(path: Path, registry: UnitRegistry) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for unit in registry:
            writer.writerow({name: getattr(unit, name) for name in COLUMNS if getattr(unit, name)})
    return path


def write_dossiers(path: Path, table: pa.Table) -> Path:
    """Write a list of dossiers in the format of the file's ending."""
    if path.suffix == ".csv":
        plain = pa.schema([dossiers.SCHEMA.field(name) for name in table.column_names])
        pa.csv.write_csv(table.cast(plain), path)
    else:
        # Without Arrow's own schema a reader sees ordinary strings, not the dictionaries they are written from.
        repeating = [name for name in table.column_names if name != "dossier"]
        pa.parquet.write_table(table, path, store_schema=False, use_dictionary=repeating)
    return path
