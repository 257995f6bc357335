"""How a notebook starts its report."""

from datetime import date
from pkgutil import resolve_name
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import HTML, display

from baocao.checks.judge import the_judge
from baocao.document.markup import stylesheet
from baocao.indicators.slices import load_slice
from baocao.notebook.session import Context, Report
from baocao.periods import Periods
from baocao.project import find_project
from baocao.reports import load_facts, load_report
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions
from baocao.units import load_registry

#: Kinds of data that need a report of their own kind, which is imported where one is opened.
KINDS = {
    "collection": "baocao.notebook.reminder:ReminderReport",
    "leadership-brief": "baocao.notebook.brief:BriefReport",
    "service-quality": "baocao.notebook.service_quality:ServiceQualityReport",
    "target-plan": "baocao.notebook.targets:TargetPlanReport",
    "target-progress": "baocao.notebook.targets_progress:TargetProgressReport",
}
#: The kind that follows an outline.
OUTLINED = "baocao.notebook.periodic:PeriodicReport"


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
    """Start a report: resolve unit, period and parameters, and in a notebook make `%%narrative` cells understood.

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
    kind = OUTLINED if definition.outlined else KINDS.get(definition.dataset)
    report: Report = (resolve_name(kind) if kind else Report)(context, data)
    shell: Any = get_ipython()
    if shell is not None:
        shell.register_magic_function(report.narrative_cell, "cell", "narrative")
        display(HTML(f"<style>{stylesheet()}</style>"))
    return report


def _day(value: str | date | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
