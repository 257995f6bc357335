"""Who reports: offices with level, type, parent and validity, so that a past period sees the units of its time."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

from baocao.errors import ConfigurationError, one_of
from baocao.locale import clean, fold
from baocao.project import Project, read_rows

Level = Literal["province", "department", "district", "commune"]
LEVELS: tuple[str, ...] = get_args(Level)
COLUMNS = (
    "code",
    "name",
    "short_name",
    "level",
    "type",
    "parent",
    "aliases",
    "valid_from",
    "valid_to",
    "successors",
)
_CODE = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")


@dataclass(frozen=True)
class Unit:
    """An office that reports.

    Attributes
    ----------
    code
        Stable key, `tuan-giao.quai-to`; names repeat across districts, codes never do.
    name, short_name
        As tables print it (“UBND Xã Quài Tở”) and as sentences do (“Quài Tở”).
    type
        huyen, thi_xa, thanh_pho, xa, phuong, thi_tran, so … as the law names the kind of unit.
    valid_from, valid_to
        First and last day the unit existed, both included; None where open or not known.
    successors
        Codes of the units that took over its territory or tasks.
    """

    code: str
    name: str
    short_name: str
    level: str
    type: str
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()

    def existed(self, first: date, last: date) -> bool:
        """Whether the unit existed on any day from `first` to `last`."""
        return (self.valid_from is None or self.valid_from <= last) and (
            self.valid_to is None or self.valid_to >= first
        )

    @cached_property
    def spoken(self) -> tuple[str, str]:
        """Its name and short name, as a sentence writes them."""
        return clean(self.name), clean(self.short_name)


@dataclass(frozen=True)
class UnitRegistry:
    """All units, past and present, in the order of their files (the order tables list them in)."""

    units: tuple[Unit, ...]
    _children: dict[str, list[Unit]] = field(init=False, repr=False, default_factory=dict)
    _named: dict[str | None, dict[str, list[Unit]]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        for unit in self.units:
            if unit.parent is not None:
                self._children.setdefault(unit.parent, []).append(unit)

    @cached_property
    def _by_code(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in self.units}

    @property
    def codes(self) -> Collection[str]:
        """Codes of all units."""
        return self._by_code.keys()

    def __iter__(self) -> Iterator[Unit]:
        return iter(self.units)

    def __getitem__(self, code: str) -> Unit:
        try:
            return self._by_code[code]
        except KeyError:
            raise ConfigurationError(f"{one_of('unit', code, self._by_code)} (see `baocao list units`)") from None

    def children(self, code: str) -> list[Unit]:
        """Units directly below `code`."""
        return list(self._children.get(code, []))

    def predecessors(self, code: str) -> list[Unit]:
        """Units that passed to `code` as a whole; of those with several successors nobody can say what went where."""
        return list(self._passed.get(code, []))

    @cached_property
    def _passed(self) -> dict[str, list[Unit]]:
        passed: dict[str, list[Unit]] = {}
        for unit in self.units:
            if len(unit.successors) == 1:
                passed.setdefault(unit.successors[0], []).append(unit)
        return passed

    def lineage(self, code: str) -> list[Unit]:
        """`code`, everything below it, and all that passed to one of these as a whole; in the order of the registry."""
        found: set[str] = set()
        waiting = [unit.code for unit in self.within(code)]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += [unit.code for before in self.predecessors(one) for unit in self.within(before.code)]
        return [self._by_code[one] for one in sorted(found, key=self._place.__getitem__)]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {unit.code: place for place, unit in enumerate(self.units)}

    def heir(self, code: str, day: date) -> Unit | None:
        """The unit that existed on `day` and stands for `code`: itself, or the one it passed to as a whole.

        None where a unit on the way was divided, where nobody took it over, or where it began only later.
        """
        passed: set[str] = set()
        unit = self[code]
        while not unit.existed(day, day):
            if len(unit.successors) != 1 or unit.code in passed:
                return None
            passed.add(unit.code)
            unit = self[unit.successors[0]]
        return unit

    def below(self, code: str) -> list[Unit]:
        """All units below `code`, at every depth, parents before their children."""
        return [unit for child in self.children(code) for unit in (child, *self.below(child.code))]

    def valid(self, first: date, last: date) -> "UnitRegistry":
        """The registry as it stood in a period: only units that existed on some day of it."""
        valid = tuple(unit for unit in self.units if unit.existed(first, last))
        return self if len(valid) == len(self.units) else UnitRegistry(valid)

    @cached_property
    def spoken(self) -> frozenset[str]:
        """Names and short names of all units, as a sentence writes them."""
        return frozenset(text for unit in self.units for text in unit.spoken)

    def above(self, code: str) -> list[Unit]:
        """The units above `code`, its parent first."""
        parent = self[code].parent
        return [] if parent is None or parent not in self._by_code else [self[parent], *self.above(parent)]

    def within(self, code: str | None) -> Sequence[Unit]:
        """`code` itself and everything below it; every unit for None."""
        return self.units if code is None else (self[code], *self.below(code))

    def named(self, name: str, within: str | None) -> list[Unit]:
        """Units that data of `within` may mean by `name` (code, name, short name or alias, case and spacing apart).

        Looks at `within` itself and everything below it, because names repeat between districts, or at every unit
        where `within` is None; more than one is an ambiguous name.
        """
        return self._names(within).get(fold(name), [])

    def _names(self, within: str | None) -> dict[str, list[Unit]]:
        if within not in self._named:
            index: dict[str, list[Unit]] = {}
            for unit in self.within(within):
                for key in _keys(unit):
                    index.setdefault(key, []).append(unit)
            self._named[within] = index
        return self._named[within]

    def select(self, expression: str) -> list[Unit]:
        """Units of an expression, in registry order.

        `level=commune and under=hai-phong or code=uong-bi`; `and` binds tighter than `or`. Also a comma list of codes.
        """
        text = expression.strip()
        if "=" not in text:
            wanted = {self[code.strip()].code for code in text.split(",") if code.strip()}
        else:
            wanted = set()
            for alternative in re.split(r"\s+or\s+", text):
                terms = re.split(r"\s+and\s+", alternative)
                wanted |= set.intersection(*(self._term(term, expression) for term in terms))
        if not wanted and "=" not in text:
            raise ConfigurationError(
                "the unit expression is empty; write for instance code=tuan-giao or under=tuan-giao"
            )
        return [unit for unit in self.units if unit.code in wanted]

    def _term(self, term: str, expression: str) -> set[str]:
        key, separator, value = (part.strip() for part in term.partition("="))
        if not separator or not value:
            raise ConfigurationError(f"unit expression “{expression}”: “{term}” is not of the form key=value")
        match key:
            case "code":
                return {self[value].code}
            case "parent":
                return {unit.code for unit in self.children(self[value].code)}
            case "under":
                return {unit.code for unit in self.below(self[value].code)}
            case "level":
                if value not in LEVELS:
                    raise ConfigurationError(f"unit expression “{expression}”: {one_of('level', value, LEVELS)}")
                return {unit.code for unit in self.units if unit.level == value}
        raise ConfigurationError(
            f"unit expression “{expression}”: {one_of('key', key, ('code', 'parent', 'under', 'level'))}"
        )


def follow_each_other(units: Sequence[Unit]) -> bool:
    """Whether no day saw two of `units`, as where a merged commune goes by the name of one of those it was made of."""
    ordered = sorted(units, key=lambda unit: unit.valid_from or date.min)
    return all(
        before.valid_to is not None and after.valid_from is not None and before.valid_to < after.valid_from
        for before, after in pairwise(ordered)
    )


def _keys(unit: Unit) -> set[str]:
    return {fold(text) for text in (unit.code, unit.name, unit.short_name, *unit.aliases)}


def load_registry(project: Project) -> UnitRegistry:
    """The registry of `params/units/*.csv`; ConfigurationError names file and row of what does not hold together."""
    paths = sorted((project.params / "units").glob("*.csv"))
    return _parse_registry(tuple((path, project.relative(path), path.read_bytes()) for path in paths))


@lru_cache(maxsize=4)
def _parse_registry(files: tuple[tuple[Path, str, bytes], ...]) -> UnitRegistry:
    """A process that makes many reports parses the registry once, as long as its files stay the same."""
    units: dict[str, tuple[Unit, str]] = {}
    for path, shown, _ in files:
        for unit, where in _read_units(path, shown):
            if unit.code in units:
                raise ConfigurationError(f"{where}: code “{unit.code}” already stands at {units[unit.code][1]}")
            units[unit.code] = unit, where
    for unit, where in units.values():
        for column, code in (("parent", unit.parent), *(("successors", code) for code in unit.successors)):
            if code is not None and code not in units:
                raise ConfigurationError(f"{where}: {column}: {one_of('unit', code, units)}")
    for unit, where in units.values():
        _refuse_cycle(unit, units, where)
    return UnitRegistry(tuple(unit for unit, _ in units.values()))


def _refuse_cycle(unit: Unit, units: dict[str, tuple[Unit, str]], where: str) -> None:
    seen: set[str] = set()
    parent = unit.parent
    while parent is not None:
        if parent == unit.code:
            raise ConfigurationError(f"{where}: unit “{unit.code}” is its own ancestor through “{unit.parent}”")
        if parent in seen:
            return  # a circle further up, which its own members report
        seen.add(parent)
        parent = units[parent][0].parent


def _read_units(path: Path, shown: str) -> Iterable[tuple[Unit, str]]:
    for where, cells in read_rows(path, shown, COLUMNS):
        if not _CODE.fullmatch(cells["code"]):
            raise ConfigurationError(f"{where}, code: “{cells['code']}”; expected lower-case letters, digits, - and .")
        if cells["level"] not in LEVELS:
            raise ConfigurationError(f"{where}, level: {one_of('level', cells['level'], LEVELS)}")
        if not cells["name"]:
            raise ConfigurationError(f"{where}, name: empty; expected the name tables print")
        unit = Unit(
            code=cells["code"],
            name=cells["name"],
            short_name=cells["short_name"] or cells["name"],
            level=cells["level"],
            type=cells["type"],
            parent=cells["parent"] or None,
            aliases=_list(cells["aliases"]),
            valid_from=_date(cells["valid_from"], where, "valid_from"),
            valid_to=_date(cells["valid_to"], where, "valid_to"),
            successors=_list(cells["successors"]),
        )
        if unit.valid_from and unit.valid_to and unit.valid_from > unit.valid_to:
            raise ConfigurationError(f"{where}, valid_to: {unit.valid_to} is before valid_from {unit.valid_from}")
        yield unit, where


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _date(text: str, where: str, column: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 -- a day has no zone
    except ValueError:
        raise ConfigurationError(f"{where}, {column}: “{text}” is not a date; expected yyyy-mm-dd") from None
