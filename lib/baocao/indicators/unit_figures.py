"""What is known of an office, the units below it and those these followed, in several spans of days.

Of a unit's own desk it is what `own_counts` tells. To that come tables that contain the units below an office, and the
dossiers an ended unit had left open: nobody tells them again, they go on with the unit that took it over.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from baocao.indicators.catalogue import Catalogue
from baocao.indicators.frozen_summary import summarise_each
from baocao.indicators.measure import Measure, Subject
from baocao.indicators.one_stop import total_counts
from baocao.indicators.own_counts import CHANNELS, Span, own_counts
from baocao.indicators.slices import DOSSIER_TABLE
from baocao.indicators.summary import PERIOD, Window
from baocao.indicators.target_findings import TargetFinding
from baocao.intake import dossiers, one_stop
from baocao.intake.one_stop import COUNTS, GRAINS, Row, systems_of
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project
from baocao.store.deliveries import Coverage, coverage
from baocao.store.dossiers import scan_dossiers
from baocao.store.slices import summary_rows
from baocao.store.tables import Store, Where
from baocao.store.versions import Versions
from baocao.units import Unit, UnitRegistry


@dataclass(frozen=True)
class Figures:
    """What is known of a unit from one day to another, both included.

    Attributes
    ----------
    counts
        Canonical columns of the one-stop summary; None where nothing is known.
    area
        Whether they contain the units below as well.
    left_open
        Whether they are what an ended unit had left open.
    systems
        Whose dossiers they count; empty where nobody said so.
    missing_days
        Days on which the unit existed and whose dossiers were not delivered.
    """

    unit: str
    from_date: date
    to_date: date
    counts: Mapping[str, int | None]
    source: str
    area: bool = False
    left_open: bool = False
    systems: frozenset[str] = frozenset()
    missing_days: int = 0

    @property
    def received(self) -> int | None:
        """Dossiers taken in, over all channels that are known; None where none is."""
        known = [value for name in CHANNELS if (value := self.counts[name]) is not None]
        return sum(known) if known else None

    def measure(self, indicator: str, catalogue: Catalogue, subject: Subject) -> Measure:
        """An indicator of these figures."""
        return catalogue.measure(indicator, self.counts, subject, self.from_date, self.to_date, self.source)


def load_figures(
    project: Project, registry: UnitRegistry, area: str, spans: Sequence[Span], versions: Versions
) -> tuple[list[list[Figures]], list[TargetFinding]]:
    """What is known in each span of an office and the units below it, and of those that these followed.

    Parameters
    ----------
    registry
        All units, whenever they existed.

    Returns
    -------
    tuple
        Figures for each span, and what was left out of a unit's figures, or did not fit, and why.
    """
    store = Store(project.store)
    members = [unit.code for unit in registry.lineage(area)]
    known = own_counts(project, registry, members, spans, versions)
    covered = coverage(store, versions.of[dossiers.TABLE]) if dossiers.TABLE in versions.of else Coverage()
    found: list[list[Figures]] = [[] for _ in spans]
    for (unit, place), own in known.of.items():
        if registry[unit].existed(*spans[place]):
            systems = own.systems if own.declared else frozenset()
            missing = _missing_days(covered, registry[unit], spans[place]) if DOSSIER_TABLE in own.source else 0
            figures = Figures(unit, *spans[place], own.counts, own.source, systems=systems, missing_days=missing)
            found[place].append(figures)
    for figures in _of_tables(store, registry, members, spans, versions):
        found[spans.index((figures.from_date, figures.to_date))].append(figures)
    for figures in _left_open(project, store, registry, members, spans, versions):
        found[spans.index((figures.from_date, figures.to_date))].append(figures)
    order = {code: place for place, code in enumerate(members)}
    ordered = [sorted(of_span, key=lambda one: (order[one.unit], not one.area, one.source)) for of_span in found]
    return ordered, [problem for problem in known.problems if problem.rule != "own-row"]


def _missing_days(covered: Coverage, unit: Unit, span: Span) -> int:
    """Days of a unit's own that none of the lists counted in a span holds."""
    sources = covered.counted(unit.code, *span)
    first, last = max(span[0], unit.valid_from or span[0]), min(span[1], unit.valid_to or span[1])
    return max(covered.of(unit.code, source).missing(first, last) for source in sources) if sources else 0


def _of_tables(
    store: Store, registry: UnitRegistry, members: Sequence[str], spans: Sequence[Span], versions: Versions
) -> Iterable[Figures]:
    """Rows of printed tables that contain the units below an office."""
    if one_stop.TABLE not in versions.of:
        return
    wanted: Where = [("row_type", "=", "detail"), ("scope", "=", "area"), ("unit", "in", members)]
    grouped: defaultdict[tuple[str, Span, str, str], list[Row]] = defaultdict(list)
    for row in summary_rows(store, versions.as_of(one_stop.TABLE), wanted):
        span = row["from_date"], row["to_date"]
        if span in spans and registry.children(row["unit"]):
            grouped[row["unit"], span, row["reporter"], row["source"]].append(row)
    for (unit, span, _, source), rows in grouped.items():
        grain = next(grain for grain in GRAINS if any(row["grain"] == grain for row in rows))
        chosen = [row for row in rows if row["grain"] == grain]
        declared = all(row["systems"] for row in chosen)
        systems = frozenset[str]().union(*(systems_of(row) for row in chosen)) if declared else frozenset[str]()
        tables = dict.fromkeys(f"{source}: {row['table'] or row['reporter']}" for row in chosen)
        yield Figures(unit, *span, total_counts(chosen).counts, ", ".join(tables), area=True, systems=systems)


def _left_open(
    project: Project,
    store: Store,
    registry: UnitRegistry,
    members: Sequence[str],
    spans: Sequence[Span],
    versions: Versions,
) -> Iterable[Figures]:
    """Dossiers that units had left open when they ended before a span, with what became of them in it."""
    scan = scan_dossiers(store, versions.as_of(dossiers.TABLE)) if dossiers.TABLE in versions.of else None
    if scan is None:
        return
    covered = coverage(store, scan.version)
    windows = []
    for first, last in spans:
        ended = [code for code in members if (end := registry[code].valid_to) is not None and end < first]
        if ended:
            doubled = [(code, entry.left_out) for code in ended for entry in covered.doubled(code, first, last)]
            windows.append(Window(first, last, tuple(ended), tuple(doubled)))
    by = ("unit", "source")
    table = summarise_each(scan, load_vocabulary(project), windows, by) if windows else None
    for row in table.to_pylist() if table is not None else ():
        window, unit, source = windows[row[PERIOD]], row["unit"], row["source"]
        if (unit, source) not in window.without:
            counts = {name: row[name] for name in COUNTS}
            systems = frozenset(covered.systems(unit).get(source, (source,)))
            told_by = f"{source}: {DOSSIER_TABLE}"
            yield Figures(unit, window.from_date, window.to_date, counts, told_by, left_open=True, systems=systems)
