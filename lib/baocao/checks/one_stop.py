"""The checks of one-stop figures over what the store holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from baocao.checks.comparisons import CheckedSlice
from baocao.checks.findings import Finding
from baocao.checks.run import run_suite
from baocao.checks.suite import load_suite
from baocao.indicators.slices import Slice, load_slice
from baocao.periods import Periods
from baocao.project import Project
from baocao.store.slices import stored_periods
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions
from baocao.units import Unit, UnitRegistry, load_registry


@dataclass(frozen=True)
class SliceFindings:
    """What the checks of one office and period found."""

    reporter: str
    from_date: date
    to_date: date
    findings: Sequence[Finding]


def check_slice(project: Project, suite: str, data: Slice, reporter: Unit, registry: UnitRegistry) -> list[Finding]:
    """Findings of `suite` over one slice, under the project's profile."""
    return run_suite(load_suite(project, suite), CheckedSlice(data, reporter, registry), project.settings.profile)


def check_stored(
    project: Project, suite: str, unit: str | None = None, period: str | None = None
) -> list[SliceFindings]:
    """Check everything stored, or what `unit` (and `period`) names; a named period without data is a finding."""
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
        found.append(SliceFindings(reporter, first, last, check_slice(project, suite, data, registry[reporter], valid)))
    return found
