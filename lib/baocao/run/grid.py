"""Which reports a batch makes: `params/batches/*.yaml`, or the same on the command line."""

from collections.abc import Sequence
from datetime import date

from baocao.errors import ConfigurationError, one_of
from baocao.periods import Periods
from baocao.project import Project, StrictModel, read_model
from baocao.reports import ParameterValue, load_report
from baocao.run.request import RunRequest, resolve_as_of
from baocao.units import load_registry


class Grid(StrictModel):
    """Every report × unit × period of a batch.

    Attributes
    ----------
    units
        Unit expression: `level=commune and under=hai-phong`, or codes with commas.
    from_date, to_date
        Days instead of the period's own, both included; only with a single period.
    parameters
        Of the report, the same for all.
    """

    report: str
    units: str
    periods: list[str | int]
    from_date: date | None = None
    to_date: date | None = None
    parameters: dict[str, ParameterValue] = {}
    draft: bool = False

    def told(self) -> dict[str, str]:
        """What it makes, in words of the command line."""
        return {"report": self.report, "units": self.units, "periods": _listed(self.periods)}


def batch_names(project: Project) -> list[str]:
    """Names of all batches."""
    return sorted(path.stem for path in (project.params / "batches").glob("*.yaml"))


def load_grid(project: Project, name: str) -> Grid:
    """The batch `name`; ConfigurationError offers the nearest names."""
    known = batch_names(project)
    if name not in known:
        raise ConfigurationError(f"{one_of('batch', name, known)} (files in params/batches/)")
    return read_model(project.params / "batches" / f"{name}.yaml", Grid)


def requests_of(project: Project, grid: Grid, as_of: str | None = None) -> list[RunRequest]:
    """The reports of a grid, by period, then in the order of the registry; units that did not exist are left out.

    Raises
    ------
    ConfigurationError
        For an unknown report, unit, period or parameter, dates for several periods, or if no unit of the expression
        existed.
    """
    if (grid.from_date or grid.to_date) and len(grid.periods) > 1:
        raise ConfigurationError(f"dates of one period cannot hold for {_listed(grid.periods)}; name a single period")
    registry = load_registry(project)
    periods = Periods(project, registry)
    units = registry.select(grid.units)
    definition = load_report(project, grid.report)
    parameters = definition.parse_parameters(dict(grid.parameters))
    versions = resolve_as_of(project, as_of)
    found = [
        RunRequest(definition, unit, dates, dates != own, parameters, versions, grid.draft)
        for period in map(str, grid.periods)
        for unit in units
        for own in [periods.resolve(period, unit.code)]
        for dates in [periods.resolve(period, unit.code, grid.from_date, grid.to_date)]
        if unit.existed(dates.from_date, dates.to_date)
    ]
    if not found:
        raise ConfigurationError(f"units “{grid.units}”: none of them existed in {_listed(grid.periods)}")
    return found


def _listed(periods: Sequence[str | int]) -> str:
    return ",".join(map(str, periods))
