"""What to run: a report, unit, period and parameters, checked and resolved before anything starts."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from baocao.errors import ConfigurationError, one_of
from baocao.export import formats as export_formats
from baocao.periods import Period, Periods
from baocao.project import Project
from baocao.reports import ParameterValue, ReportDefinition, load_report
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions
from baocao.units import Unit, UnitRegistry, load_registry

#: Files a run can make besides the JSON ones, which it always makes.
FORMATS = ("ipynb", *export_formats.FORMATS)


@dataclass(frozen=True)
class RunRequest:
    """A resolved run.

    Attributes
    ----------
    parameters
        The report's parameters, each with its value.
    as_of
        Versions of the tables to read (`Versions` as text), None for the newest.
    """

    definition: ReportDefinition
    unit: Unit
    period: Period
    stated_dates: bool
    parameters: Mapping[str, ParameterValue]
    as_of: str | None
    draft: bool

    def folder(self, outputs: Path) -> Path:
        """`<report>/<period>/<unit>`; the period carries a hash when anything but the defaults was asked for."""
        period = str(self.period.id)
        special = self.special()
        if special:
            text = json.dumps(special, ensure_ascii=False, sort_keys=True, default=str)
            period += "~" + hashlib.sha256(text.encode()).hexdigest()[:8]
        return outputs / self.definition.id / period / self.unit.code

    def special(self) -> dict[str, Any]:
        """What makes this run another than the default one of its unit and period."""
        declared = self.definition.parameters
        special: dict[str, Any] = {
            name: value for name, value in self.parameters.items() if value != declared[name].default
        }
        if self.stated_dates:
            special |= {"from_date": self.period.from_date.isoformat(), "to_date": self.period.to_date.isoformat()}
        if self.as_of is not None:
            special["as_of"] = self.as_of
        if self.draft:
            special["draft"] = True
        return special

    def notebook_parameters(self) -> dict[str, Any]:
        """What Papermill injects: every parameter, so that what stands in the notebook's own cell never decides."""
        common = {"from_date": None, "to_date": None, "as_of": None, "draft": False}
        return {"unit": self.unit.code, "period": str(self.period.id), **common, **self.parameters, **self.special()}


def resolve_request(
    project: Project,
    report: str,
    unit: str,
    period: str,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    as_of: str | None = None,
    parameters: Mapping[str, object] | None = None,
    draft: bool = False,
    registry: UnitRegistry | None = None,
    periods: Periods | None = None,
) -> RunRequest:
    """Check and resolve everything a run is asked for; `grid.requests_of` does so for many.

    Parameters
    ----------
    registry, periods
        Of the project, where they have been read.

    Raises
    ------
    ConfigurationError
        For unknown or mistyped names and values, with the nearest known ones.
    StoreError
        If `as_of` names a version or moment the store does not hold.
    """
    definition = load_report(project, report)
    office = (registry or load_registry(project))[unit]
    periods = periods or Periods(project, registry)
    default = periods.resolve(period, unit)
    resolved = periods.resolve(period, unit, from_date, to_date)
    if not office.existed(resolved.from_date, resolved.to_date):
        raise ConfigurationError(f"unit {unit} did not exist from {resolved.from_date} to {resolved.to_date}")
    given = definition.parse_parameters(dict(parameters or {}))
    return RunRequest(
        definition=definition,
        unit=office,
        period=resolved,
        stated_dates=resolved != default,
        parameters=given,
        as_of=resolve_as_of(project, as_of),
        draft=draft,
    )


def resolve_as_of(project: Project, as_of: str | None) -> str | None:
    """Versions of the tables as text, as a request holds them; None for the newest."""
    return None if as_of is None else str(resolve_versions(Store(project.store), as_of))


def check_formats(formats: str) -> list[str]:
    """The formats of a comma list, in the order files are made."""
    asked = [name.strip() for name in formats.split(",") if name.strip()]
    for name in asked:
        if name not in FORMATS:
            raise ConfigurationError(one_of("format", name, FORMATS))
    if not asked:
        raise ConfigurationError(f"no format named; choose of {', '.join(FORMATS)}")
    return [name for name in FORMATS if name in asked]
