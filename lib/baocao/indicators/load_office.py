"""The figures of an office in any period, from the store as it was at some version."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from baocao.fields import load_fields
from baocao.indicators.catalogue import Catalogue
from baocao.indicators.measure import Measure
from baocao.indicators.office import OfficeFigures, RegisterRow
from baocao.indicators.one_stop import OneStopFigures
from baocao.indicators.slices import load_slice
from baocao.intake.register import load_registers
from baocao.periods import Period
from baocao.project import Project
from baocao.store.registers import delivered_register
from baocao.store.tables import Store
from baocao.store.versions import Versions
from baocao.units import Unit, UnitRegistry


@dataclass(frozen=True)
class OtherPeriod:
    """Figures of another period by name, `previous.staff_present`, loaded when the first one is asked for."""

    load: Callable[[], OfficeFigures]

    @cached_property
    def _office(self) -> OfficeFigures:
        return self.load()

    def __getattr__(self, name: str) -> Measure:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._office[name]


def load_office(
    project: Project, catalogue: Catalogue, registry: UnitRegistry, unit: Unit, period: Period, versions: Versions
) -> OfficeFigures:
    """Every indicator of an office in a period; all blank where nothing was delivered for it.

    Parameters
    ----------
    registry
        All units, whenever they existed.
    """
    then = registry.valid(period.from_date, period.to_date)
    data = load_slice(project, unit, then, period.from_date, period.to_date, versions)
    one_stop = OneStopFigures(data.rows, unit, period, then, load_fields(project, unit.code), catalogue)
    registers = delivered_registers(project, unit, period, versions)
    return OfficeFigures(catalogue, unit, period, one_stop, registers, register_names(project))


def register_names(project: Project) -> dict[str, str]:
    """What a reader calls each register."""
    return {definition.id: definition.name for definition in load_registers(project).values()}


def delivered_registers(
    project: Project, unit: Unit, period: Period, versions: Versions
) -> dict[str, list[RegisterRow]]:
    """Every register delivered for the office and exactly these dates, by its id; none of one with nothing to list."""
    store = Store(project.store)
    found: dict[str, list[RegisterRow]] = {}
    for definition in load_registers(project).values():
        as_of = versions.as_of(definition.table)
        if as_of is None:
            continue
        rows = delivered_register(store, definition, unit.code, period.from_date, period.to_date, as_of)
        if rows is not None:
            found[definition.id] = list(rows)
    return found
