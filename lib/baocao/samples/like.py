"""A dossier list that reproduces an office's printed one-stop tables when it is summarised."""

import csv
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from baocao.errors import ConfigurationError, InputError, one_of
from baocao.intake import dossiers
from baocao.intake.one_stop import DATASET
from baocao.intake.one_stop_reader import read_one_stop
from baocao.intake.source import SIDECAR, Delivery, find_sources
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project, read_model
from baocao.samples.days import SHORTEST_PERIOD_DAYS
from baocao.samples.delivery import Sample, describe, generated, origin, prepare
from baocao.samples.dossier import Dossier, DossierMaker
from baocao.samples.printed import RECEIVED, Line, plan_lines
from baocao.units import UnitRegistry, load_registry

FILE = "dossiers.csv"
MAP = "one-stop-list"
HEADINGS = (
    "Mã hồ sơ",
    "Tên thủ tục hành chính",
    "Mã TTHC",
    "Lĩnh vực",
    "Đơn vị tiếp nhận",
    "Ngày tiếp nhận",
    "Ngày hẹn trả",
    "Ngày kết thúc xử lý",
    "Ngày trả",
    "Hình thức tiếp nhận",
    "Trạng thái",
)


def sample_like(project: Project, name: str, out: Path | None = None, seed: int = 1) -> Sample:
    """Write the dossiers behind the one-stop tables of sample `name`, and a `source.yaml` beside them.

    Parameters
    ----------
    name
        A folder of `data/samples/`, or the path of a folder with a `source.yaml`.
    out
        Folder to write; by default the one of that name under `data/generated/`.

    Raises
    ------
    ConfigurationError
        If there is no such sample, or `out` holds a delivery that is not one of ours.
    InputError
        If the tables cannot be told dossier by dossier.
    """
    printed = _find(project, name)
    delivery = read_model(printed / SIDECAR, Delivery)
    sources = find_sources(project, DATASET, [printed])
    rows = [row for source in sources for row in read_one_stop(project, source).rows.to_pylist()]
    reporter, first, last = sources[0].reporter, sources[0].from_date, sources[0].to_date
    if (last - first).days + 1 < SHORTEST_PERIOD_DAYS:
        raise InputError(f"{printed.name}: {first} to {last} is shorter than {SHORTEST_PERIOD_DAYS} days")
    registry = load_registry(project).valid(first, last)
    inside = load_vocabulary(project).inside.get(delivery.source, ())
    plan = plan_lines(rows, registry, inside)
    if not plan.lines:
        raise InputError(f"{printed.name}: its tables count no dossier")
    maker = DossierMaker(np.random.default_rng(seed), first, last, inside, _channels(plan.lines))
    made = [dossier for line in plan.lines for dossier in maker.make(line)]

    folder = out or generated(project, printed.name)
    prepare(folder)
    _write(folder / FILE, made, _printed_names(registry, reporter, {line.unit for line in plan.lines}))
    content = {
        "source": delivery.source,
        "name": delivery.name,
        "origin": f"{origin(f'--like {printed.name} --seed {seed}')}; theo {delivery.origin}",
        "unit": reporter,
        "period": delivery.period,
        "from": first,
        "to": last,
        "authority": delivery.authority,
        "covers": {"units": _covered(registry, reporter, {row["unit"] for row in rows})},
        "files": [{"file": FILE, "dataset": dossiers.DATASET, "map": MAP}],
    }
    sidecar = describe(folder, Delivery.model_validate(content))
    return Sample(folder, [folder / FILE, sidecar], len(made), plan.notes)


def _find(project: Project, name: str) -> Path:
    samples = project.root / "data" / "samples"
    for folder in (samples / name, Path(name)):
        if (folder / SIDECAR).is_file():
            return folder.resolve()
    raise ConfigurationError(one_of("sample", name, (path.parent.name for path in samples.glob(f"*/{SIDECAR}"))))


def _channels(lines: Sequence[Line]) -> list[str]:
    """Channels the office uses at all, by which dossiers carried over have come in as well."""
    return [name for name in RECEIVED if any(line.counts[name] for line in lines)] or ["received_direct"]


def _covered(registry: UnitRegistry, reporter: str, units: Collection[str]) -> str:
    """An expression for the units the tables have a row for; a unit without one has not sent its figures."""
    if set(units) == {reporter, *(unit.code for unit in registry.children(reporter))}:
        return f"code={reporter} or parent={reporter}"
    return ", ".join(unit.code for unit in registry if unit.code in units)


def _printed_names(registry: UnitRegistry, reporter: str, units: Iterable[str]) -> dict[str, str]:
    """Code → the name a list of the reporter prints, or the code where that name may mean another unit."""
    names = {code: registry[code].name for code in units}
    return {code: name if len(registry.named(name, reporter)) == 1 else code for code, name in names.items()}


def _write(path: Path, made: Iterable[Dossier], names: dict[str, str]) -> None:
    ordered = sorted(made, key=lambda dossier: dossier.life.received)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADINGS)
        for dossier, number in zip(ordered, _numbers(ordered), strict=True):
            days = (*dossier.life, dossier.delivered)
            writer.writerow(
                [
                    number,
                    dossier.procedure.name,
                    dossier.procedure.code,
                    dossier.procedure.field,
                    names[dossier.unit],
                    *("" if day is None else f"{day:%d/%m/%Y}" for day in days),
                    dossier.channel,
                    dossier.status,
                ]
            )


def _numbers(ordered: Iterable[Dossier]) -> Iterator[str]:
    """Ids in the shape of the national ones: the desk, the day, a running number; no province is called H00."""
    handed_out: Counter[tuple[int, date]] = Counter()
    for dossier in ordered:
        desk = zlib.crc32(dossier.unit.encode()) % 10**7
        received = dossier.life.received
        handed_out[desk, received] += 1
        place = f"{desk // 10**4:03d}.{desk // 100 % 100:02d}.{desk % 100:02d}.H00"
        yield f"{place}-{received:%y%m%d}-{handed_out[desk, received]:04d}"
