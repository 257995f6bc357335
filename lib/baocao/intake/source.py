"""What a delivered file is: `source.yaml` beside it says who reports, for which dates, from which system."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from baocao.errors import ConfigurationError, one_of
from baocao.intake import dossiers, one_stop
from baocao.intake.register import register_ids
from baocao.periods import Periods, parse_period
from baocao.project import Project, StrictModel, read_model
from baocao.units import UnitRegistry, load_registry

SIDECAR = "source.yaml"
#: What a delivered file may hold, beside registers.
DATASETS = (dossiers.DATASET, one_stop.DATASET)
BlankMeans = Literal["unknown", "zero"]


class Covers(StrictModel):
    """What a delivery is complete for, so that no other one needs to be added to it.

    Attributes
    ----------
    units
        Unit expression; by default the delivery's unit.
    from_date, to_date
        By default the delivery's dates.
    systems
        Ids of the systems whose dossiers the figures contain; by default the delivery's source. Deliveries of
        different systems are added, those that share one are compared.
    """

    units: str | None = None
    from_date: date | None = Field(None, alias="from")
    to_date: date | None = Field(None, alias="to")
    systems: list[str] = []


class DeliveredFile(StrictModel):
    """One file of a delivery and the table it holds, named as the office names it (“Biểu 2”)."""

    file: str
    dataset: str
    table: str = ""
    map: str | None = None


class Delivery(StrictModel):
    """`source.yaml`: what the files beside it have in common.

    Attributes
    ----------
    source
        Id of the system the figures come from; disjoint systems are added, overlapping ones compared.
    unit, period
        Code of the office that reports, and the period. A list of dossiers whose rows name their units needs neither.
    blank_means
        What an empty cell says *in a row that has other figures*: `zero` where the system leaves zeros empty
        (give the reason), else `unknown`. A row that is all empty says nothing either way.
    """

    source: str
    name: str
    origin: str
    unit: str | None = None
    period: str | int | None = None  # YAML reads a whole year as a number
    from_date: date | None = Field(None, alias="from")
    to_date: date | None = Field(None, alias="to")
    authority: Literal["own", "vertical"] = "own"
    scope: Literal["own", "area"] = "own"
    blank_means: BlankMeans = "unknown"
    blank_reason: str = ""
    covers: Covers | None = None
    files: list[DeliveredFile]

    @field_validator("files")
    @classmethod
    def _listed_once(cls, files: list[DeliveredFile]) -> list[DeliveredFile]:
        names = [entry.file for entry in files]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"files listed twice: {', '.join(twice)}")
        return files


@dataclass(frozen=True)
class TableSource:
    """One file ready to be read: its place and everything `Delivery` says that its rows must carry.

    `scope` is `own` for the office alone, `area` where a row already contains the units below it. `systems` is empty
    where nobody said what the figures contain.
    """

    path: Path
    reporter: str
    from_date: date
    to_date: date
    source: str
    table: str
    map: str | None = None
    authority: str = "own"
    scope: str = "own"
    blank_means: BlankMeans = "unknown"
    systems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stated:
    """What the caller says of the files; it wins over the sidecar, and a file without a sidecar needs it."""

    unit: str | None = None
    period: str | None = None
    from_date: date | None = None
    to_date: date | None = None
    table: str | None = None
    map: str | None = None
    source: str | None = None


def datasets(project: Project) -> tuple[str, ...]:
    """Everything a delivered file may hold in this project."""
    return (*DATASETS, *register_ids(project))


def read_delivery(project: Project, folder: Path) -> Delivery:
    """The `source.yaml` of a folder."""
    sidecar = folder / SIDECAR
    if not sidecar.is_file():
        raise ConfigurationError(f"{project.relative(folder)}: the folder has no {SIDECAR}; name the files themselves")
    delivery = read_model(sidecar, Delivery)
    known = datasets(project)
    for entry in delivery.files:
        if entry.dataset not in known:
            raise ConfigurationError(f"{sidecar}: {entry.file}: {one_of('dataset', entry.dataset, known)}")
    return delivery


def find_sources(
    project: Project, dataset: str, paths: Sequence[Path], stated: Stated | None = None
) -> list[TableSource]:
    """The files of `paths` (files, or folders with a `source.yaml`) that hold `dataset`.

    Raises
    ------
    ConfigurationError
        If a folder or file is not described, the description does not fit, or two files are the same table.
    """
    describe = _Describer(project, dataset, stated or Stated())
    sources = []
    for path in paths:
        sidecar = (path if path.is_dir() else path.parent) / SIDECAR
        delivery = read_delivery(project, sidecar.parent) if path.is_dir() or sidecar.is_file() else None
        listed = delivery.files if delivery else []
        if path.is_dir():
            entries = [entry for entry in listed if entry.dataset == dataset]
            if not entries:
                raise ConfigurationError(f"{project.relative(sidecar)}: lists no file of dataset “{dataset}”")
        else:
            entries = [entry for entry in listed if entry.file == path.name]
        if delivery is None or not entries:
            sources.append(describe.undescribed(path))
        else:
            sources.extend(describe.described(sidecar, delivery, entry) for entry in entries)
    _refuse_same_table(sources)
    return sources


@dataclass(frozen=True)
class _Describer:
    """Joins what a sidecar and the caller say of a file."""

    project: Project
    dataset: str
    stated: Stated

    @cached_property
    def _registry(self) -> UnitRegistry:
        return load_registry(self.project)

    @cached_property
    def _periods(self) -> Periods:
        return Periods(self.project)

    @property
    def _own_name(self) -> str:
        """A register is one list, whatever its file is called: delivered under another name it is replaced, too."""
        return "" if self.dataset in DATASETS else self.dataset

    def undescribed(self, path: Path) -> TableSource:
        said = self.stated
        if said.unit is None or said.period is None:
            raise ConfigurationError(
                f"{path}: not described by a {SIDECAR}; say whose it is and when: --unit CODE --period ID"
            )
        first, last = self._dates(said.unit, said.period, said.from_date, said.to_date)
        table = said.table or self._own_name or path.stem
        return TableSource(path, said.unit, first, last, said.source or "office", table, said.map)

    def described(self, sidecar: Path, delivery: Delivery, entry: DeliveredFile) -> TableSource:
        if entry.dataset != self.dataset:
            raise ConfigurationError(f"{self.project.relative(sidecar)}: {entry.file} is of dataset “{entry.dataset}”")
        said = self.stated
        unit = said.unit or delivery.unit
        period = said.period or (None if delivery.period is None else str(delivery.period))
        if unit is None or period is None:
            raise ConfigurationError(f"{self.project.relative(sidecar)}: says neither whose tables they are nor when")
        registry = self._registry
        try:
            registry[unit]
            parse_period(period)
        except ConfigurationError as error:
            raise ConfigurationError(f"{self.project.relative(sidecar)}: {error}") from None
        first, last = self._dates(
            unit,
            period,
            said.from_date or (None if said.period else delivery.from_date),
            said.to_date or (None if said.period else delivery.to_date),
        )
        return TableSource(
            path=sidecar.parent / entry.file,
            reporter=unit,
            from_date=first,
            to_date=last,
            source=said.source or delivery.source,
            table=said.table or entry.table or self._own_name,
            map=said.map or entry.map,
            authority=delivery.authority,
            scope=delivery.scope,
            blank_means=delivery.blank_means,
            systems=tuple(dict.fromkeys((delivery.source, *delivery.covers.systems))) if delivery.covers else (),
        )

    def _dates(self, unit: str, period: str, first: date | None, last: date | None) -> tuple[date, date]:
        resolved = self._periods.resolve(period, self._registry[unit].code, first, last)
        return resolved.from_date, resolved.to_date


def _refuse_same_table(sources: Sequence[TableSource]) -> None:
    """Two files for one table in one delivery would both be stored, and every figure of it be counted twice."""
    seen: dict[tuple[object, ...], Path] = {}
    for source in sources:
        key = (source.reporter, source.from_date, source.to_date, source.source, source.table)
        if key in seen:
            raise ConfigurationError(
                f"{seen[key]} and {source.path} are both “{source.table}” of {source.reporter} for the same dates; "
                "name only one of them"
            )
        seen[key] = source.path
