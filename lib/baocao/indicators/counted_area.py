"""The units of a report: whose dossiers, and which tables, make up the figures of each, and what is missing of them."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from baocao.indicators.summary import Window
from baocao.intake.one_stop import Row, systems_of
from baocao.store.deliveries import Coverage, Doubled
from baocao.units import Unit, UnitRegistry

#: Unit that ended and source of dossiers it left open → unit that counts them, None where nobody does.
Inherited = Mapping[tuple[str, str], str | None]


@dataclass(frozen=True)
class Gap:
    """A unit of whose dossiers some days of the period are not there, and how many."""

    unit: str
    missing_days: int


@dataclass(frozen=True)
class CountedArea:
    """The reporter and the units directly below it, each with whatever lies below those.

    Attributes
    ----------
    registry, everybody
        Units as they stood in the period, and all, whenever they existed.
    """

    reporter: Unit
    registry: UnitRegistry
    everybody: UnitRegistry
    window: Window
    covered: Coverage

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Code of each unit of the report → codes of the units whose dossiers are counted as its own."""
        children = {
            child.code: (child.code, *(unit.code for unit in self.registry.below(child.code)))
            for child in self.registry.children(self.reporter.code)
        }
        return {self.reporter.code: (self.reporter.code,), **children}

    @cached_property
    def heirs(self) -> Mapping[str, str]:
        """Units that had ended before the period → the unit of the report that stands for each since."""
        found: dict[str, str] = {}
        for member in (code for codes in self.members.values() for code in codes):
            waiting, seen = self.everybody.predecessors(member), {member}
            while waiting:
                former = waiting.pop()
                if former.code in seen:
                    continue
                seen.add(former.code)
                waiting += self.everybody.predecessors(former.code)
                heir = self.everybody.heir(former.code, self.window.to_date)
                if former.code not in self.registry.codes and heir is not None and heir.code == member:
                    found[former.code] = member
        return found

    @cached_property
    def unit_of(self) -> Mapping[str, str]:
        """Units whose dossiers may be counted → the unit of the report they are counted for."""
        own = {code: unit for unit, members in self.members.items() for code in members}
        return own | {former: own[heir] for former, heir in self.heirs.items()}

    def counted_for(self, code: str, source: str) -> str | None:
        """The unit of the report in whose figures a unit's dossiers of a source are; None where in nobody's.

        What a former unit left open counts where its heir tells of the same system in dossiers: who told nothing is
        not known to have taken it over, and a table of the heir's has it in it already.
        """
        if (code, source) in self.left_out:
            return None
        heir = self.heirs.get(code)
        if heir is not None and self._told(heir).isdisjoint(self.covered.systems(code).get(source, (source,))):
            return None
        return self.unit_of[code]

    def _told(self, member: str) -> set[str]:
        """Systems whose dossiers of the period a unit delivered."""
        sources = self.covered.counted(member, self.window.from_date, self.window.to_date)
        return {system for source in sources for system in self.covered.systems(member)[source]}

    def covers(self, row: Row) -> tuple[str, ...]:
        """Units of the report whose dossiers a printed row counts."""
        whole = row["unit"] == self.reporter.code and row["scope"] == "area"
        return tuple(self.members) if whole else (row["unit"],)

    @cached_property
    def doubled(self) -> list[Doubled]:
        """Lists that share a system with one that covers more days of the period, or else more systems."""
        first, last = self.window.from_date, self.window.to_date
        members = (code for codes in self.members.values() for code in codes)
        return [entry for member in members for entry in self.covered.doubled(member, first, last)]

    @cached_property
    def left_out(self) -> set[tuple[str, str]]:
        """Units and sources whose dossiers are not counted."""
        first, last = self.window.from_date, self.window.to_date
        of_formers = (entry for former in self.heirs for entry in self.covered.doubled(former, first, last))
        return {(entry.unit, entry.left_out) for entry in (*self.doubled, *of_formers)}

    @cached_property
    def stored(self) -> dict[str, dict[str, set[str]]]:
        """For every unit of the report the sources whose dossiers are counted, each with the systems it contains."""
        return self._systems(lambda _, __: True)

    @cached_property
    def current(self) -> dict[str, dict[str, set[str]]]:
        """Of `stored` the sources that cover some day of the period."""
        first, last = self.window.from_date, self.window.to_date
        return self._systems(lambda member, source: self.covered.of(member, source).overlap(first, last))

    def _systems(self, wanted: Callable[[str, str], bool]) -> dict[str, dict[str, set[str]]]:
        found: dict[str, dict[str, set[str]]] = {unit: {} for unit in self.members}
        for unit, members in self.members.items():
            for member in members:
                for source, systems in self.covered.systems(member).items():
                    if (member, source) not in self.left_out and wanted(member, source):
                        found[unit].setdefault(source, set()).update(systems)
        return found

    def leaves_open(self, row: Row) -> bool:
        """Whether nobody said if a printed row counts the dossiers stored of its units, or others."""
        if row["systems"] or row["row_type"] != "detail":
            return False
        known = [systems for unit in self.covers(row) for systems in self.stored.get(unit, {}).values()]
        return bool(known) and row["source"] not in set().union(*known)

    def contains(self, row: Row, systems: AbstractSet[str]) -> bool:
        """Whether a printed row counts dossiers of some of `systems`; one that says nothing may well."""
        return self.leaves_open(row) or not systems_of(row).isdisjoint(systems)

    def contained(self, unit: str, source: str) -> set[str]:
        """Systems whose dossiers a source contains that is counted for a unit of the report."""
        formers = (former for former in self.heirs if self.unit_of[former] == unit)
        inherited = {system for former in formers for system in self.covered.systems(former).get(source, ())}
        return self.stored[unit].get(source, inherited) or {source}

    def gaps(self, computed: Sequence[Row], inherited: Inherited) -> list[Gap]:
        """Units that have a row although some day of theirs, or of a unit below, was not delivered."""
        first, last = self.window.from_date, self.window.to_date
        missing: dict[str, int] = {}
        # Of a source that only a former unit had, the one of today owes nothing.
        gone = {(self.unit_of[former], source) for (former, source), heir in inherited.items() if heir}
        gone = {(unit, source) for unit, source in gone if source not in self.stored[unit]}
        for row in computed:
            if (row["unit"], row["source"]) in gone:
                continue
            for member in self.members[row["unit"]] if row["grain"] == "unit" else ():
                sources = [row["source"]] if len(self.members[row["unit"]]) == 1 else self.covered.systems(member)
                counted = [source for source in sources if (member, source) not in self.left_out]
                days = [self.covered.of(member, source).missing(first, last) for source in counted]
                missing[member] = max(missing.get(member, 0), *days) if days else (last - first).days + 1
        return [Gap(unit, days) for unit, days in missing.items() if days]
