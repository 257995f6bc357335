"""Who is asked for what: forms and units of a collection become sheets, with the values of the period before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from baocao.collect.asked import AskedSheet
from baocao.collect.list_sheets import STATISTICS, register_sheet, statistics_sheet
from baocao.collect.one_stop_sheet import Named, grain_of, one_stop_sheet
from baocao.errors import ConfigurationError, one_of
from baocao.fields import load_fields
from baocao.forms.form import load_forms
from baocao.forms.lists import rule_of
from baocao.indicators.catalogue import Catalogue, load_catalogue
from baocao.intake import one_stop
from baocao.intake.register import Entry, load_registers
from baocao.locale import sort_names
from baocao.periods import Period, Periods, parse_period
from baocao.project import Project
from baocao.store.registers import delivered_register
from baocao.store.slices import summary_rows
from baocao.store.tables import Store
from baocao.units import Unit, UnitRegistry, load_registry


@dataclass(frozen=True)
class Asked:
    """What one unit is asked for."""

    unit: Unit
    period: Period
    sheets: tuple[AskedSheet, ...]


class Collection:
    """Forms, units and period of a collection, resolved.

    Raises
    ------
    ConfigurationError
        For an unknown form, unit or period, a form nobody can fill in, or two that would be counted twice.
    """

    def __init__(self, project: Project, forms: Sequence[str], period: str) -> None:
        self.project = project
        self.period_id = str(parse_period(period))
        self._catalogue: Catalogue = load_catalogue(project)
        self._registers = load_registers(project)
        self._forms = load_forms(project, self._catalogue)
        self.ids = tuple(dict.fromkeys(map(self._id_of, forms)))
        if not self.ids:
            raise ConfigurationError("no form is named; see `baocao list forms` and `baocao list datasets`")
        grains: dict[str, str] = {}
        for name in self.ids:
            grain = grain_of(self._forms[name]) if name in self._forms else None
            if grain is not None and grains.setdefault(grain, name) != name:
                raise ConfigurationError(
                    f"forms {grains[grain]} and {name} both ask for figures by {grain}, which would be counted twice; "
                    "collect one of them"
                )

    @cached_property
    def registry(self) -> UnitRegistry:
        return load_registry(self.project)

    @cached_property
    def periods(self) -> Periods:
        return Periods(self.project)

    def units(self, expression: str) -> list[Unit]:
        """The units an expression names, as they stood in the period."""
        named = self.registry.select(expression)
        there = [unit for unit in named if unit.existed(*self._dates(unit))]
        if not there:
            raise ConfigurationError(f"unit expression “{expression}”: no unit of {self.period_id} fits it")
        return there

    def _dates(self, unit: Unit) -> tuple[date, date]:
        period = self.period_of(unit)
        return period.from_date, period.to_date

    def period_of(self, unit: Unit) -> Period:
        return self.periods.resolve(self.period_id, unit.code)

    def area_of(self, units: Sequence[Unit]) -> Unit | None:
        """The nearest office above all of some units, one of them included; None where they have none in common."""
        lines = [[unit, *self.registry.above(unit.code)] for unit in units]
        if len(lines) == 1:
            lines = [lines[0][1:] or lines[0]]
        shared = (office for office in lines[0] if all(office in line for line in lines))
        return next(shared, None)

    def deadline(self, units: Sequence[Unit], area: Unit | None = None) -> date | None:
        """Last day to send by the project's calendar, one for all units: that of the office they report to.

        Parameters
        ----------
        area
            That office, where it is known; else `area_of` the units.
        """
        period = self.period_of(area or self.area_of(units) or units[0])
        return self.periods.default.due(period.id, period.to_date)

    def asked(self, unit: Unit) -> Asked:
        """The sheets of one unit, with its values of the period before."""
        period = self.period_of(unit)
        return Asked(unit, period, tuple(self.sheet(name, unit, period) for name in self.ids))

    def sheet(self, name: str, unit: Unit, period: Period) -> AskedSheet:
        """One sheet of a unit."""
        earlier = self._before.of(unit, period)
        if name not in self._forms:
            return register_sheet(self._registers[name], earlier.register(name))
        form = self._forms[name]
        form.require_valid(period.to_date)
        if form.items:
            values = {str(row["indicator"]): row["value"] for row in earlier.register(STATISTICS)}
            return statistics_sheet(form, self._catalogue, {k: v for k, v in values.items() if v is not None})
        grain = grain_of(form) or ""
        rows = [row for row in earlier.one_stop if row["grain"] == grain]
        named, may_add = self._named(grain, unit, period, rows)
        return one_stop_sheet(form, self._catalogue, named, may_add=may_add, before=rows)

    def table_of(self, name: str) -> str:
        """Table of the store in which a form's values lie."""
        if name in self._registers:
            return self._registers[name].table
        return self._registers[STATISTICS].table if self._forms[name].items else one_stop.TABLE

    def title_of(self, name: str) -> str:
        """What a reader calls a form, in a few words."""
        if name in self._registers:
            return self._registers[name].name
        return self._forms[name].label or self._forms[name].title

    def part_of(self, name: str) -> str | None:
        """Which rows of that table are a form's: the grain of one-stop figures; None where any row is."""
        return grain_of(self._forms[name]) if name in self._forms else None

    def _id_of(self, name: str) -> str:
        """A form that lists a register is collected as the register, whole."""
        if name in self._forms:
            form = self._forms[name]
            return rule_of(form).dataset if form.rows is not None and form.rows.each == "register" else name
        if name not in self._registers:
            known = [*self._forms, *self._registers]
            raise ConfigurationError(
                f"{one_of('form', name, known)} (see `baocao list forms` and `baocao list datasets`)"
            )
        if name == STATISTICS:
            raise ConfigurationError(f"{name} is collected by the forms that list its indicators, such as hong-gai-1a")
        return name

    def _named(
        self, grain: str, unit: Unit, period: Period, before: Sequence[one_stop.Row]
    ) -> tuple[list[Named], bool]:
        """The rows a unit is asked for by name, and whether it may add others."""
        if grain == "unit":
            there = self.registry.valid(period.from_date, period.to_date)
            members = (there[unit.code], *there.children(unit.code))
            return [Named(f"u|{member.code}", None, member.name) for member in members], False
        if grain == "procedure":
            known = dict.fromkeys((row["field"], row["procedure"]) for row in before)
            return [Named(f"p|{n}", field, name) for n, (field, name) in enumerate(known, start=1)], True
        own = load_fields(self.project, unit.code)
        names = (
            own.names if own else list(dict.fromkeys(str(row["field"]) for row in before)) or self._fields_above(unit)
        )
        return [Named(f"f|{name}", None, name) for name in names], own is None

    def _fields_above(self, unit: Unit) -> Sequence[str]:
        """Fields of the nearest office above that has a list: a commune's desk handles some of them."""
        for office in self.registry.above(unit.code):
            if office.code not in self._sorted_fields:
                fields = load_fields(self.project, office.code)
                self._sorted_fields[office.code] = sort_names(fields.names) if fields else []
            if self._sorted_fields[office.code]:
                return self._sorted_fields[office.code]
        return ()

    @cached_property
    def _sorted_fields(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def _before(self) -> "_Before":
        return _Before(self.project, self.periods)


@dataclass(frozen=True)
class _Earlier:
    """What a unit sent for the period before."""

    one_stop: Sequence[one_stop.Row]
    registers: Mapping[str, Sequence[Entry]]

    def register(self, name: str) -> Sequence[Entry]:
        return self.registers.get(name, ())


class _Before:
    """Stored values of the period before; every table is read once for all units."""

    def __init__(self, project: Project, periods: Periods) -> None:
        self._project, self._periods = project, periods
        self._store = Store(project.store)

    def of(self, unit: Unit, period: Period) -> _Earlier:
        """What `unit` sent for the period that precedes `period`."""
        earlier = self._periods.resolve(str(period.id.previous()), unit.code)
        dates = (unit.code, earlier.from_date, earlier.to_date)
        registers = {}
        for definition in load_registers(self._project).values():
            if unit.code in self._reporters(definition.table):
                rows = delivered_register(self._store, definition, *dates)
                registers[definition.id] = rows or []
        return _Earlier(self._one_stop.get(dates, ()), registers)

    @cached_property
    def _one_stop(self) -> Mapping[tuple[str, date, date], Sequence[one_stop.Row]]:
        found: dict[tuple[str, date, date], list[one_stop.Row]] = {}
        for row in summary_rows(self._store, where=[("row_type", "=", "detail")]):
            found.setdefault((row["reporter"], row["from_date"], row["to_date"]), []).append(row)
        return found

    @cached_property
    def _known(self) -> dict[str, frozenset[str]]:
        return {}

    def _reporters(self, table: str) -> frozenset[str]:
        if table not in self._known:
            snapshot = self._store.read(table)
            names = snapshot.rows.column("reporter").to_pylist() if snapshot is not None else ()
            self._known[table] = frozenset(names)
        return self._known[table]
