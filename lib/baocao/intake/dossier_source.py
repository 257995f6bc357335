"""Which lists of dossiers a delivery holds, and what is said of them: by `source.yaml`, or on the command line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from baocao.errors import ConfigurationError
from baocao.intake.dossiers import DATASET
from baocao.intake.row_stream import ListSource
from baocao.intake.source import SIDECAR, DeliveredFile, Delivery, Stated, read_delivery
from baocao.periods import Periods
from baocao.project import Project
from baocao.units import UnitRegistry, load_registry

#: A unit with the first and last day a list mentions of it.
UnitDays = tuple[str, date, date]


@dataclass(frozen=True)
class DossierList:
    """One list and what is said of it.

    Attributes
    ----------
    source
        Id of the system it comes from.
    map
        Column map; None for the one that fits the header best.
    unit
        Office it belongs to: names of units are looked for at and below it. None where every row names its unit.
    from_date, to_date
        Days it is complete for, None where nobody said.
    covers
        Codes of the units it is complete for; None for those its rows mention.
    systems
        Systems whose dossiers it contains, beside those of `source`.
    authority
        Of rows that do not say.
    more
        Other files of the same delivery follow; only with the last one is it complete for anything.
    before
        Units that the files before it mention, each with the first and last day.
    """

    place: ListSource
    source: str = "office"
    map: str | None = None
    unit: str | None = None
    from_date: date | None = None
    to_date: date | None = None
    covers: tuple[str, ...] | None = None
    systems: tuple[str, ...] = ()
    authority: str = "own"
    more: bool = False
    before: tuple[UnitDays, ...] = ()


def find_lists(
    project: Project,
    places: Sequence[str],
    stated: Stated | None = None,
    *,
    query: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> list[DossierList]:
    """The lists of `places`: files, folders with a `source.yaml`, or addresses of databases.

    Raises
    ------
    ConfigurationError
        If a folder is not described or a description does not fit.
    """
    said = stated or Stated()
    registry = load_registry(project)
    lists = []
    for place in places:
        listed = ListSource(place, query, encoding, sheet)
        path = Path(place)
        if listed.is_database:
            lists.append(_undescribed(project, registry, listed, said))
        elif path.is_dir() or (path.parent / SIDECAR).is_file():
            folder = path if path.is_dir() else path.parent
            delivery = read_delivery(project, folder)
            files = [
                entry
                for entry in delivery.files
                if entry.dataset == DATASET and (path.is_dir() or entry.file == path.name)
            ]
            if path.is_dir() and not files:
                raise ConfigurationError(f"{project.relative(folder / SIDECAR)}: lists no file of dataset “{DATASET}”")
            if not files:
                lists.append(_undescribed(project, registry, listed, said))
            for entry in files:
                at = replace(listed, place=str(folder / entry.file))
                described = _described(project, registry, folder, delivery, entry, at, said)
                lists.append(replace(described, more=entry is not files[-1]))
        else:
            lists.append(_undescribed(project, registry, listed, said))
    return lists


def _undescribed(project: Project, registry: UnitRegistry, place: ListSource, said: Stated) -> DossierList:
    first, last = said.from_date, said.to_date
    if said.period is not None:
        period = Periods(project).resolve(said.period, registry[said.unit].code if said.unit else "", first, last)
        first, last = period.from_date, period.to_date
    if said.unit is not None:
        registry[said.unit]
    return DossierList(place, said.source or "office", said.map, said.unit, first, last)


def _described(
    project: Project,
    registry: UnitRegistry,
    folder: Path,
    delivery: Delivery,
    entry: DeliveredFile,
    place: ListSource,
    said: Stated,
) -> DossierList:
    covers = delivery.covers
    if said.period is None:
        first = said.from_date or (covers and covers.from_date) or delivery.from_date
        last = said.to_date or (covers and covers.to_date) or delivery.to_date
    else:
        first, last = said.from_date, said.to_date
    unit = said.unit or delivery.unit
    named = said.period or delivery.period
    try:
        if unit is not None:
            registry[unit]
        if named is not None and (first is None or last is None):
            period = Periods(project).resolve(str(named), unit or "", first, last)
            first, last = period.from_date, period.to_date
        units = tuple(found.code for found in registry.select(covers.units)) if covers and covers.units else None
    except ConfigurationError as error:
        raise ConfigurationError(f"{project.relative(folder / SIDECAR)}: {error}") from None
    return DossierList(
        place=place,
        source=said.source or delivery.source,
        map=said.map or entry.map,
        unit=unit,
        from_date=first,
        to_date=last,
        covers=units,
        systems=tuple(covers.systems) if covers else (),
        authority=delivery.authority,
    )
