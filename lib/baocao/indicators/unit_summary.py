"""The one-stop summary as a table: names beside codes, every unit with its own days, silence told from zero."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from baocao.errors import ConfigurationError, StoreError, one_of
from baocao.indicators.summary import COUNTED, DIMENSIONS, PERIOD, PROCEDURE_NAME, Window, summarise, summarise_on
from baocao.intake.dossiers import TABLE
from baocao.intake.one_stop import COUNTS
from baocao.intake.vocabulary import load_vocabulary
from baocao.locale import collation_key
from baocao.periods import Periods
from baocao.project import Project
from baocao.store.deliveries import Coverage, Doubled, coverage
from baocao.store.dossiers import scan_dossiers
from baocao.store.tables import Store, is_version
from baocao.store.versions import resolve_versions
from baocao.units import Unit, UnitRegistry, load_registry


@dataclass(frozen=True)
class UnitSummary:
    """A summary of some units in one period.

    Attributes
    ----------
    version
        Version of the dossiers it was computed from.
    columns, rows
        Dimensions and names, first and last day, canonical counts; blank (None) where nothing is known.
    no_data
        Codes of units of which there is neither a dossier nor a word that they had none.
    incomplete
        Codes of units whose deliveries do not cover every day of the period.
    doubled
        Lists that are not counted because another list of the unit contains the same system, as in reports.
    """

    version: int
    columns: Sequence[str]
    rows: Sequence[dict[str, Any]]
    no_data: Sequence[str]
    incomplete: Sequence[str]
    doubled: Sequence[Doubled]


def summarise_units(
    project: Project,
    units: str,
    period: str,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    by: Sequence[str] = ("unit",),
    as_of: str | None = None,
    cluster: str | None = None,
) -> UnitSummary:
    """Summarise the dossiers of the units of an expression.

    Parameters
    ----------
    from_date, to_date
        Days to use instead of those each unit stated or the calendar proposes.
    by
        What to tell apart, some of `baocao.indicators.summary.DIMENSIONS`.
    cluster
        Dask scheduler to compute on; by default this machine.

    Raises
    ------
    ConfigurationError
        For an unknown unit, period or dimension.
    StoreError
        If no dossier was ever stored, or not yet at `as_of`.
    """
    for name in by:
        if name not in DIMENSIONS:
            raise ConfigurationError(f"--by: {one_of('dimension', name, DIMENSIONS)}")
    if not by or len(set(by)) < len(by):
        raise ConfigurationError(f"--by {','.join(by)}: name each dimension once, of {', '.join(DIMENSIONS)}")
    registry = load_registry(project)
    windows = _windows(registry.select(units), Periods(project, registry), period, from_date, to_date)
    if not windows:
        raise ConfigurationError(f"--units {units}: no unit of that period fits")
    store = Store(project.store)
    if as_of is not None and not is_version(as_of):  # a bare number is a version of the dossiers, which alone are read
        as_of = resolve_versions(store, as_of).as_of(TABLE)
        if as_of is None:
            raise StoreError("no dossiers had been stored by then")
    scan = scan_dossiers(store, as_of)
    if scan is None:
        raise StoreError("no dossiers have been stored yet; run `baocao ingest dossiers`")
    covered = coverage(store, scan.version)
    windows, doubled = _counted_once(windows, covered)
    vocabulary = load_vocabulary(project)
    count = partial(summarise_on, cluster) if cluster else summarise
    table = count(scan, vocabulary, windows, by)
    columns = _columns(by)
    rows = [_row(counts, windows, registry, columns) for counts in table.to_pylist()]
    uncovered = any(
        not covered.of(unit).overlap(window.from_date, window.to_date)
        for window in windows
        for unit in window.units or ()
    )
    # A unit may have dossiers left over from days before its lists begin.
    counted = count(scan, vocabulary, windows, ("unit",)) if uncovered and "unit" not in by else table
    seen = set(counted.column("unit").to_pylist()) if "unit" in counted.column_names else set()
    no_data, incomplete = [], []
    for window in windows:
        left_out: defaultdict[str, list[str]] = defaultdict(list)
        for unit, source in window.without:
            left_out[unit].append(source)
        for unit in window.units or ():
            days = covered.of(unit, without=left_out[unit])
            if not days.overlap(window.from_date, window.to_date) and unit not in seen:
                no_data.append(unit)
                continue
            if not days.contain(window.from_date, window.to_date):
                incomplete.append(unit)
            if tuple(by) == ("unit",) and unit not in seen:
                nothing = dict.fromkeys(COUNTS, None) | dict.fromkeys(COUNTED, 0)
                rows.append(_row({PERIOD: windows.index(window), "unit": unit, **nothing}, windows, registry, columns))
    order = {unit.code: place for place, unit in enumerate(registry)}
    rows.sort(key=lambda row: [order[row[name]] if name == "unit" else collation_key(row[name] or "") for name in by])
    return UnitSummary(scan.version, columns, rows, no_data, incomplete, doubled)


def _windows(
    units: Sequence[Unit], periods: Periods, period: str, from_date: date | None, to_date: date | None
) -> list[Window]:
    """One window for all units that existed then and give the period the same days."""
    days: dict[tuple[date, date], list[str]] = {}
    for unit in units:
        resolved = periods.resolve(period, unit.code, from_date, to_date)
        if unit.existed(resolved.from_date, resolved.to_date):
            days.setdefault((resolved.from_date, resolved.to_date), []).append(unit.code)
    return [Window(first, last, tuple(codes)) for (first, last), codes in days.items()]


def _counted_once(windows: Sequence[Window], covered: Coverage) -> tuple[list[Window], list[Doubled]]:
    """The windows without lists whose dossiers another list of the unit holds too, and those lists."""
    narrowed, found = [], []
    for window in windows:
        first, last = window.from_date, window.to_date
        doubled = [entry for unit in window.units or () for entry in covered.doubled(unit, first, last)]
        narrowed.append(replace(window, without=tuple((entry.unit, entry.left_out) for entry in doubled)))
        found += doubled
    return narrowed, found


def _columns(by: Sequence[str]) -> list[str]:
    """Columns of the table, in their order."""
    columns = []
    for name in DIMENSIONS:
        if name in by:
            columns += [name, f"{name}_name"] if name in _NAMED else [name]
    return [*columns, "from", "to", *COUNTS]


def _row(
    counts: dict[str, Any], windows: Sequence[Window], registry: UnitRegistry, columns: Sequence[str]
) -> dict[str, Any]:
    """A row as it is printed: names beside what they name, the days it is about, then the counts."""
    window = windows[counts[PERIOD]]
    names = {f"{name}_name": named(counts, registry) for name, named in _NAMED.items() if name in counts}
    cells = {**counts, **names, "from": window.from_date.isoformat(), "to": window.to_date.isoformat()}
    return {column: cells[column] for column in columns}


_NAMED: dict[str, Callable[[dict[str, Any], UnitRegistry], str | None]] = {
    "unit": lambda counts, registry: registry[counts["unit"]].name,
    "field": lambda counts, registry: counts["field"],
    "procedure": lambda counts, registry: counts[PROCEDURE_NAME],
}
