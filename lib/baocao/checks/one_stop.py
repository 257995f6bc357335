"""The checks of one-stop figures over what the store holds."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from baocao.checks.comparisons import CheckedSlice
from baocao.checks.dossiers import check_dossiers, kept_findings
from baocao.checks.findings import Finding
from baocao.checks.judge import the_judge
from baocao.checks.run import run_suite
from baocao.checks.suite import load_suite
from baocao.errors import BaocaoError, StoreError
from baocao.indicators.slices import DOSSIER_TABLE, Slice, load_slice
from baocao.intake import dossiers, one_stop
from baocao.intake.days import EARLIEST, LATEST
from baocao.periods import Periods
from baocao.project import Project
from baocao.reports import load_report, report_ids
from baocao.store.slices import stored_periods
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions
from baocao.units import Unit, UnitRegistry, load_registry


@dataclass(frozen=True)
class SliceFindings:
    """What the checks of one office and period found; without dates, in dossiers of all days."""

    reporter: str
    from_date: date | None
    to_date: date | None
    findings: Sequence[Finding]


def check_slice(project: Project, suite: str, data: Slice, reporter: Unit, registry: UnitRegistry) -> list[Finding]:
    """Findings of `suite` over one slice under the project's profile, and those kept with its dossiers."""
    findings = _table_findings(project, suite, data, reporter, registry)
    summarised = {row["unit"] for row in data.rows if row["table"] == DOSSIER_TABLE}
    if not summarised:
        return findings
    units = {*summarised, *(below.code for unit in summarised for below in registry.below(unit))}
    first, last = data.rows[0]["from_date"], data.rows[0]["to_date"]
    return [*findings, *kept_findings(project, registry, units, first, last, data.versions.of[dossiers.TABLE])]


def _table_findings(project: Project, suite: str, data: Slice, reporter: Unit, registry: UnitRegistry) -> list[Finding]:
    return run_suite(load_suite(project, suite), CheckedSlice(data, reporter, registry), project.settings.profile)


def check_stored(
    project: Project, suite: str, unit: str | None = None, period: str | None = None
) -> list[SliceFindings]:
    """Check everything stored, or what `unit` (and `period`) names; a named period without data is a finding.

    Without a period, what is kept of the dossiers' own checks follows once, for all days.
    """
    the_judge().keep_in(project.cache)
    registry = load_registry(project)
    store = Store(project.store)
    if unit is not None and period is not None:
        resolved = Periods(project).resolve(period, registry[unit].code)
        wanted = [(unit, resolved.from_date, resolved.to_date)]
    else:
        wanted = [entry for entry in stored_periods(store) if unit in (None, entry[0])]
    versions = resolve_versions(store, None)
    found = []
    for reporter, first, last in wanted:
        valid = registry.valid(first, last)
        data = load_slice(project, registry[reporter], valid, first, last, versions)
        check = _table_findings if period is None else check_slice
        found.append(SliceFindings(reporter, first, last, check(project, suite, data, registry[reporter], valid)))
    if period is None and dossiers.TABLE in versions.of:
        found.append(_kept_of_all_days(project, registry, unit, versions.of[dossiers.TABLE]))
    return found


def _kept_of_all_days(project: Project, registry: UnitRegistry, unit: str | None, version: int) -> SliceFindings:
    units = [found.code for found in (registry if unit is None else registry.within(unit))]
    findings = kept_findings(project, registry, units, EARLIEST, LATEST, version)
    return SliceFindings(unit or "all units", None, None, findings)


def judge_ahead(project: Project, stored: Iterable[tuple[str, date]]) -> None:
    """Have Great Expectations judge what reports of newly stored tables will ask, so that they find it answered.

    Parameters
    ----------
    stored
        Offices and the first day of what was stored of them; their later periods compare with it and are judged too.
    """
    since: dict[str, date] = {}
    for reporter, first in stored:
        since[reporter] = min(first, since.get(reporter, first))
    registry = load_registry(project)
    store = Store(project.store)
    versions = resolve_versions(store, None)
    suites = {load_report(project, name).suite for name in _reports_of_tables(project)}
    the_judge().keep_in(project.cache)
    with the_judge().collecting() as questions:
        for reporter, first, last in stored_periods(store):
            if reporter in since and first >= since[reporter]:
                with suppress(BaocaoError):  # what is wrong with it, its report says
                    valid = registry.valid(first, last)
                    data = load_slice(project, registry[reporter], valid, first, last, versions)
                    for suite in sorted(suites):
                        _table_findings(project, suite, data, registry[reporter], valid)
    the_judge().judge_all(questions)


def _reports_of_tables(project: Project) -> list[str]:
    return [name for name in report_ids(project) if load_report(project, name).dataset == one_stop.DATASET]


def check_stored_dossiers(project: Project, unit: str | None = None, period: str | None = None) -> list[SliceFindings]:
    """Check the dossiers of every unit that has some, or of one and the units below it, and keep the result."""
    registry = load_registry(project)
    units = None if unit is None else [found.code for found in registry.within(unit)]
    version = check_dossiers(project, units)
    if version < 0:
        raise StoreError("no dossiers have been stored yet; run `baocao ingest dossiers`")
    if unit is None or period is None:
        return [_kept_of_all_days(project, registry, unit, version)]
    resolved = Periods(project).resolve(period, unit)
    first, last = resolved.from_date, resolved.to_date
    return [SliceFindings(unit, first, last, kept_findings(project, registry, units or (), first, last, version))]
