"""How a notebook starts its report."""

from datetime import date
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import HTML, display

from baocao.checks.judge import the_judge
from baocao.document.markup import stylesheet
from baocao.indicators.slices import load_slice
from baocao.notebook.periodic import PeriodicReport
from baocao.notebook.service_quality import ServiceQualityReport
from baocao.notebook.session import Context, Report
from baocao.notebook.targets import TargetPlanReport
from baocao.notebook.targets_progress import TargetProgressReport
from baocao.periods import Periods
from baocao.project import find_project
from baocao.reports import load_facts, load_report
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions
from baocao.units import load_registry

#: Kinds of data that need a report of their own kind; an outlined report follows its outline.
KINDS: dict[str, type[Report]] = {
    "service-quality": ServiceQualityReport,
    "target-plan": TargetPlanReport,
    "target-progress": TargetProgressReport,
}


def open_report(
    report_id: str,
    *,
    unit: str,
    period: str,
    from_date: str | date | None = None,
    to_date: str | date | None = None,
    as_of: str | int | None = None,
    draft: bool = False,
    **parameters: Any,
) -> Report:
    """Start a report: resolve unit, period and parameters, and make `%%narrative` cells understood.

    Parameters
    ----------
    unit, period
        Code of the office and id or label of the period (`2020-Q1`, “Quý I/2020”).
    from_date, to_date
        Dates to use instead of those the office stated or the calendar proposes (ISO, both included).
    as_of
        Date, version number or `table=version`: use the data as they were known then.
    draft
        Mark the document as a draft; failed checks do not stop it.
    parameters
        The report's own parameters, `params/reports/<report_id>.yaml`.

    Raises
    ------
    ConfigurationError
        For an unknown report, unit, period or parameter, with the nearest names.
    """
    report = build_report(
        report_id,
        unit=unit,
        period=period,
        from_date=from_date,
        to_date=to_date,
        as_of=as_of,
        draft=draft,
        **parameters,
    )
    shell: Any = get_ipython()
    if shell is not None:
        shell.register_magic_function(report.narrative_cell, "cell", "narrative")
    display(HTML(f"<style>{stylesheet()}</style>"))
    return report


def build_report(
    report_id: str,
    *,
    unit: str,
    period: str,
    from_date: str | date | None = None,
    to_date: str | date | None = None,
    as_of: str | int | None = None,
    draft: bool = False,
    **parameters: Any,
) -> Report:
    """What `open_report` starts, without showing anything: for checks ahead of the notebook."""
    project = find_project()
    the_judge().keep_in(project.cache)
    definition = load_report(project, report_id)
    registry = load_registry(project)
    office = registry[unit]
    resolved = Periods(project).resolve(period, unit, _day(from_date), _day(to_date))
    context = Context(
        project=project,
        definition=definition,
        unit=office,
        registry=registry.valid(resolved.from_date, resolved.to_date),
        period=resolved,
        parameters=definition.parse_parameters(parameters),
        facts=load_facts(project, report_id, unit, resolved),
        draft=draft,
    )
    versions = resolve_versions(Store(project.store), None if as_of is None else str(as_of))
    data = load_slice(project, office, context.registry, resolved.from_date, resolved.to_date, versions)
    kind = PeriodicReport if definition.outlined else KINDS.get(definition.dataset, Report)
    return kind(context, data)


def _day(value: str | date | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
