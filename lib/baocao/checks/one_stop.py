"""The checks of one-stop tables over what the store holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from baocao.checks.comparisons import CheckedSlice
from baocao.checks.findings import Finding
from baocao.checks.run import run_suite
from baocao.checks.suite import load_suite
from baocao.intake.one_stop import TABLE
from baocao.periods import Periods
from baocao.project import Project
from baocao.store.slices import Slice, load_slice, stored_slices
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
    checked = CheckedSlice(data.rows, data.previous, reporter, registry)
    return run_suite(load_suite(project, suite), checked, project.settings.profile)


def check_stored(
    project: Project, suite: str, unit: str | None = None, period: str | None = None
) -> list[SliceFindings]:
    """Check everything stored, or what `unit` (and `period`) names; a named period without data is a finding."""
    registry = load_registry(project)
    if unit is not None and period is not None:
        resolved = Periods(project).resolve(period, registry[unit].code)
        wanted = [(unit, resolved.from_date, resolved.to_date)]
    else:
        wanted = [entry for entry in stored_slices(project, TABLE) if unit in (None, entry[0])]
    return [
        SliceFindings(
            reporter,
            first,
            last,
            check_slice(
                project,
                suite,
                load_slice(project, TABLE, reporter, first, last),
                registry[reporter],
                registry.valid(first, last),
            ),
        )
        for reporter, first, last in wanted
    ]
