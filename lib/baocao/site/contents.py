"""What a site tells: documents with their versions, units with their figures, periods, checks – put in order once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import groupby
from typing import Literal

from baocao.forms.disclosure import NOT_SHOWN
from baocao.indicators.catalogue import Catalogue
from baocao.locale import percentage
from baocao.periods import PeriodId, parse_period
from baocao.site.records import Number, Record
from baocao.units import Unit, UnitRegistry

State = Literal["in-force", "replaced", "later", "open", "draft", "special", "blocked"]
STATES: Mapping[State, str] = {
    "in-force": "Đã ban hành, đang có hiệu lực",
    "replaced": "Đã ban hành, đã được thay thế",
    "later": "Lập lại sau khi ban hành, chưa ban hành",
    "open": "Chưa ban hành",
    "draft": "Dự thảo",
    "special": "Lập với tham số riêng, chưa ban hành",
    "blocked": "Chưa lập được vì số liệu chưa đạt kiểm tra",
}
#: Indicators that tables of units show, where anybody has a value.
COLUMNS = (
    "received_total",
    "late_rate_pct",
    "late_or_overdue_pct",
    "resolved_late",
    "pending_overdue",
    "online_share_pct",
    "received_online_pct",
    "resolved_total",
)
#: Those of them that are percentages of two counts.
_RATES = ("late_rate_pct", "late_or_overdue_pct", "online_share_pct", "received_online_pct")
#: Whose figure wins where several reports of a unit have one.
_LEADING = ("leadership-brief",)

#: So long a name may be in a cell of a table.
_SHORT = 30

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Facts:
    """A unit's figures of a period, and the records they are from."""

    values: Mapping[str, Number]
    sources: tuple[Record, ...]

    def get(self, indicator: str) -> Number:
        return self.values.get(indicator)


@dataclass(frozen=True)
class Names:
    """What reports and checks are called."""

    reports: Mapping[str, str]
    kinds: Mapping[str, str]
    checks: Mapping[str, str]

    def report(self, report: str) -> str:
        return self.reports.get(report, report)

    def kind(self, report: str) -> str:
        """A report's name where there is little room: of a long one only the kind of document it is."""
        name = self.report(report)
        return name if len(name) <= _SHORT else self.kinds.get(report, name)

    def check(self, check: str) -> str:
        return self.checks.get(check, check)


class Contents:
    """Records of the outputs in their order, seen by unit, period and document.

    Parameters
    ----------
    registry
        The units there are for this site's readers.
    home
        The unit the site is for; None for everybody.
    """

    def __init__(
        self, records: Iterable[Record], registry: UnitRegistry, catalogue: Catalogue, names: Names, home: str | None
    ) -> None:
        self.registry, self.catalogue, self.names, self.home = registry, catalogue, names, home
        self._order = {unit.code: place for place, unit in enumerate(registry)}
        self.records = tuple(sorted(records, key=self._key))
        self.by_document: dict[Key, list[Record]] = defaultdict(list)
        self.by_unit: dict[str, list[Record]] = defaultdict(list)
        self.by_period: dict[str, list[Record]] = defaultdict(list)
        self._of: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in self.records:
            self._of[record.unit, record.period].append(record)
            self.by_document[record.key].append(record)
            self.by_unit[record.unit].append(record)
            self.by_period[record.period].append(record)
        self.current = {key: found for key, group in self.by_document.items() if (found := _current(group))}
        self._rows: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in self.current.values():
            for row in record.rows:
                if row and row != record.unit:
                    self._rows[row, record.period].append(record)
        self._facts: dict[tuple[str, str], Facts] = {}
        self._naming: dict[str, list[Record]] = defaultdict(list)
        for (unit, _), naming in self._rows.items():
            self._naming[unit] += naming

    def _key(self, record: Record) -> tuple[object, ...]:
        year, last, first = when(record.period)
        unit = self.place(record.unit)
        return (-year, -last, -first, record.report, unit, record.special, record.number, record.folder)

    @cached_property
    def periods(self) -> list[str]:
        """Ids of all periods, the newest first."""
        return sorted(self.by_period, key=lambda period: (*(-part for part in when(period)), period))

    @cached_property
    def reports(self) -> list[str]:
        """Ids of all kinds of reports there are, by name."""
        return sorted(
            {record.report for record in self.records}, key=lambda report: (self.names.report(report), report)
        )

    def label(self, period: str) -> str:
        """What a period is called."""
        return parse_period(period).label

    def unit(self, code: str) -> Unit:
        """The unit of a code, by its code alone where the registry does not know it."""
        if code in self._order:
            return self.registry[code]
        return Unit(code=code, name=code, short_name=code, level="commune", type="")

    def knows(self, code: str) -> bool:
        """Whether the registry has the unit."""
        return code in self._order

    def place(self, code: str) -> tuple[int, str]:
        """Sort key of units: the registry's order."""
        return self._order.get(code, len(self._order)), code

    def parent(self, code: str) -> str | None:
        """The unit above, if this site shows it."""
        parent = self.unit(code).parent
        return parent if parent in self._order else None

    def above(self, code: str) -> list[Unit]:
        """Units above, the nearest first, as far as this site shows them."""
        parent = self.parent(code)
        return [] if parent is None else [self.registry[parent], *self.above(parent)]

    def before(self, code: str) -> list[Unit]:
        """Units whose territory or tasks this one took over."""
        return self._before.get(code, [])

    @cached_property
    def _before(self) -> dict[str, list[Unit]]:
        found: dict[str, list[Unit]] = defaultdict(list)
        for unit in self.registry:
            for code in unit.successors:
                found[code].append(unit)
        return found

    @cached_property
    def shown(self) -> list[str]:
        """Codes of the units with a page: those with a document or a row, and all above them; registry order."""
        told = {*self.by_unit, *self._naming}
        if self.home is not None:
            told.add(self.home)
        told |= {unit.code for code in told for unit in self.above(code)}
        return sorted(told, key=self.place)

    @cached_property
    def has_page(self) -> frozenset[str]:
        """The same, to look one up."""
        return frozenset(self.shown)

    def of(self, unit: str, period: str) -> list[Record]:
        """A unit's documents of a period."""
        return self._of.get((unit, period), [])

    def children(self, code: str) -> list[str]:
        """Codes of the units with a page directly below one."""
        return self._children.get(code, [])

    @cached_property
    def _children(self) -> dict[str | None, list[str]]:
        found: dict[str | None, list[str]] = defaultdict(list)
        for code in self.shown:
            found[self.parent(code)].append(code)
        return found

    @property
    def roots(self) -> list[str]:
        """Codes of the units with a page that have none above them."""
        return self._children.get(None, [])

    def state(self, record: Record) -> State:
        """What may be said of a document among those of its unit and period."""
        if record.blocked:
            return "blocked"
        current = self.current.get(record.key)
        if record.issue is not None:
            return "in-force" if self.stands(record) else "replaced"
        if record.draft:
            return "draft"
        if record.special:
            return "special"
        return "later" if current is not None and current.issue is not None else "open"

    def stands(self, record: Record) -> bool:
        """Whether it is the document that stands for its unit and period."""
        return self.current.get(record.key) is record

    def replaced_by(self, record: Record) -> Record | None:
        """The issued document that came after an issued one."""
        issued = _issued(self.by_document[record.key])
        place = issued.index(record) if record in issued else len(issued)
        return issued[place + 1] if place + 1 < len(issued) else None

    def rows_of(self, unit: str) -> list[Record]:
        """Current documents of other units that have a row of this one."""
        return sorted(self._naming.get(unit, ()), key=self._key)

    def facts(self, unit: str, period: str) -> Facts:
        """What is known of a unit in a period: from its own reports, else from its row in those of units above.

        The row of a unit that has others below it is about its own desk alone, so it does not stand for the unit.
        """
        key = unit, period
        if key not in self._facts:
            self._facts[key] = self._gathered(unit, period)
        return self._facts[key]

    def _gathered(self, unit: str, period: str) -> Facts:
        own = [found for report in self.reports_by_lead if (found := self.current.get((report, period, unit)))]
        told = [(record, self.figures(record, "")) for record in own]
        if not self.registry.children(unit):
            rows = sorted(self._rows.get((unit, period), ()), key=lambda record: self._lead(record.report))
            told += [(record, self.figures(record, unit)) for record in rows]
        values: dict[str, Number] = {}
        sources: list[Record] = []
        for record, figures in told:
            fresh = {name: value for name, value in figures.items() if value is not None and name not in values}
            values |= fresh
            sources += [record] if fresh else []
        return Facts(values, tuple(sources))

    def figures(self, record: Record, row: str) -> dict[str, Number]:
        """A row's figures that the catalogue knows, with the usual percentages that follow from two counts of it.

        A report prints a rate only where it has something to say; by the catalogue's rule it is the same everywhere.
        """
        values = {name: value for name, value in record.figures(row).items() if name in self.catalogue.indicators}
        for name in _RATES:
            indicator = self.catalogue.indicators.get(name)
            if indicator is None or not indicator.is_ratio or values.get(name) is not None:
                continue
            over, under = (values.get(part) for part in indicator.parts())
            if isinstance(over, int) and isinstance(under, int) and under:
                values[name] = float(percentage(over, under, indicator.decimals) or 0)
            elif NOT_SHOWN in (over, under):
                values[name] = NOT_SHOWN
        return values

    def known(self, record: Record) -> list[str]:
        """Indicators that `figures` may have of a record."""
        own = set(record.indicators)
        rules = self.catalogue.indicators
        return [
            name for name, rule in rules.items() if name in own or (name in _RATES and own.issuperset(rule.parts()))
        ]

    def _lead(self, report: str) -> tuple[bool, str]:
        return report not in _LEADING, report

    @cached_property
    def reports_by_lead(self) -> list[str]:
        """Ids of all kinds of reports, those whose figures win first."""
        return sorted({record.report for record in self.records}, key=self._lead)

    def latest(self, units: Sequence[str]) -> str | None:
        """The newest period in which one of the units has figures; of those that end together, the one with most."""
        for _, together in groupby(self.periods, key=lambda period: when(period)[:2]):
            counts = {period: sum(bool(self.facts(unit, period).sources) for unit in units) for period in together}
            if any(counts.values()):
                return max(counts, key=lambda period: (counts[period], period))
        return None

    def previous(self, period: str) -> str | None:
        """The period before, if there is anything of it."""
        before = _previous(period)
        return before if before in self.by_period else None

    def of_period(self, codes: Sequence[str], period: str) -> list[str]:
        """Those of some units that a table of the period shows: with figures or documents in it, or with neither.

        A unit that is silent belongs there; one that did not exist then, or has units below it and never reported
        itself, does not.
        """
        year, last, first = when(period)
        begin, end = date(year, first, 1), date(year, last, 28)
        return [
            code
            for code in codes
            if self.facts(code, period).sources
            or self.of(code, period)
            or (self.unit(code).existed(begin, end) and not self.children(code))
        ]

    def told(self, unit: str, period: str) -> list[Record]:
        """Documents that tell of a unit in a period and the one before: its own and those with a row of it."""
        before = self.previous(period)
        return [
            record
            for each in ((period, before) if before else (period,))
            for record in (*self.of(unit, each), *self._rows.get((unit, each), ()))
        ]

    def earlier(self, unit: str, period: str) -> str | None:
        """The period before, if there are figures of the unit."""
        before = self.previous(period)
        return before if before and self.facts(unit, before).sources else None


@cache
def _previous(period: str) -> str:
    return str(parse_period(period).previous())


@cache
def when(period: str) -> tuple[int, int, int]:
    """Year, last and first month of a period: its place in time."""
    parsed: PeriodId = parse_period(period)
    return parsed.year, parsed.last_month, parsed.first_month


def _issued(group: Iterable[Record]) -> list[Record]:
    """Issued documents of a group in the order of their issue."""
    issued = [record for record in group if record.issue is not None]
    return sorted(issued, key=lambda record: (record.issue.date if record.issue else "", record.number))


def _current(group: Sequence[Record]) -> Record | None:
    """The document that stands for its unit and period: the last one issued, else the usual one."""
    issued = _issued(group)
    if issued:
        return issued[-1]
    usual = [record for record in group if not (record.blocked or record.special or record.draft)]
    return usual[-1] if usual else None
