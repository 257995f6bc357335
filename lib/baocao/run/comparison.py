"""Two outputs of one report compared; one that is not there yet is made in a temporary folder."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from baocao.errors import ConfigurationError
from baocao.project import Project
from baocao.provenance.explanation import Explanation, explain
from baocao.provenance.manifest import FILE, read_manifest
from baocao.provenance.side import Side
from baocao.run.job import make_report
from baocao.run.past import request_of
from baocao.run.request import RunRequest, resolve_request
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """One side of a comparison.

    Attributes
    ----------
    target
        Folder of an output, or `UNIT/PERIOD` of `report`.
    as_of
        Data to make it of; None for an output as it is, or the newest data.
    """

    target: str
    report: str | None
    as_of: str | None


def compare(project: Project, old: Wanted, new: Wanted, progress: Progress = lambda _: None) -> Explanation:
    """What differs between two outputs, and why.

    Raises
    ------
    ConfigurationError
        If a side is neither an output nor a unit and period, or the two are of different reports or offices.
    """
    return explain(project, _side(project, old, progress), _side(project, new, progress))


def _side(project: Project, wanted: Wanted, progress: Progress) -> Side:
    folder = Path(wanted.target)
    if (folder / FILE).is_file() and wanted.as_of is None:
        return Side.of_folder(folder)
    with tempfile.TemporaryDirectory(prefix="baocao-") as scratch:
        made = make_report(project, _request(project, wanted), ("ipynb",), Path(scratch) / "report", progress=progress)
    return Side.of_files(made.files)


def _request(project: Project, wanted: Wanted) -> RunRequest:
    folder = Path(wanted.target)
    if (folder / FILE).is_file():
        request = request_of(project, read_manifest(folder))
        versions = resolve_versions(Store(project.store), wanted.as_of)
        return replace(request, as_of=str(versions))
    unit, separator, period = wanted.target.partition("/")
    if folder.is_dir() or not separator or not wanted.report:
        raise ConfigurationError(
            f"“{wanted.target}” is no finished report; name its folder, or UNIT/PERIOD with --report REPORT"
        )
    return resolve_request(project, wanted.report, unit, period, as_of=wanted.as_of)
