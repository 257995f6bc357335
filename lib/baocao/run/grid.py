"""Which reports a batch makes: `params/batches/*.yaml`, or the same on the command line."""

from collections.abc import Mapping, Sequence

from baocao.errors import ConfigurationError, one_of
from baocao.periods import Periods
from baocao.project import Project, StrictModel, read_model
from baocao.reports import ParameterValue
from baocao.run.request import RunRequest, resolve_request
from baocao.units import load_registry


class Grid(StrictModel):
    """Every report × unit × period of a batch.

    Attributes
    ----------
    units
        Unit expression: `level=commune and under=hai-phong`, or codes with commas.
    parameters
        Of the report, the same for all.
    """

    report: str
    units: str
    periods: list[str | int]
    parameters: dict[str, ParameterValue] = {}
    draft: bool = False


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
        For an unknown report, unit, period or parameter, or if no unit of the expression existed.
    """
    registry = load_registry(project)
    periods = Periods(project, registry)
    units = registry.select(grid.units)
    found: list[RunRequest] = []
    parameters: Mapping[str, object] = grid.parameters
    for period in grid.periods:
        for unit in units:
            resolved = periods.resolve(str(period), unit.code)
            if unit.existed(resolved.from_date, resolved.to_date):
                request = resolve_request(
                    project,
                    grid.report,
                    unit.code,
                    str(period),
                    as_of=as_of,
                    parameters=parameters,
                    draft=grid.draft,
                    registry=registry,
                    periods=periods,
                )
                found.append(request)
    if not found:
        raise ConfigurationError(f"units “{grid.units}”: none of them existed in {_listed(grid.periods)}")
    return found


def _listed(periods: Sequence[str | int]) -> str:
    return ", ".join(map(str, periods))
