"""A report of the past, to be made again: what it was asked for, its document's facts, the table versions it was of."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baocao.export.formats import FORMATS
from baocao.periods import Period, parse_period
from baocao.project import Project
from baocao.provenance.manifest import Manifest, facts_file
from baocao.reports import COMMON, load_report
from baocao.run.execution import environment
from baocao.run.freezing import freeze
from baocao.run.request import RunRequest
from baocao.store.frozen import reading_frozen
from baocao.store.versions import Versions
from baocao.units import load_registry

#: Folders a notebook reads, relative to the project; a run completes the last.
READ = ("params", "expectations", "notebooks", "data/reasons")


def request_of(project: Project, manifest: Manifest) -> RunRequest:
    """The request a report was made by; what Papermill is passed is what it was passed then.

    Raises
    ------
    ConfigurationError
        If the report, the unit or a parameter is not known any more.
    """
    definition = load_report(project, manifest.report)
    injected = manifest.injected
    own = {name: value for name, value in injected.items() if name not in COMMON}
    return RunRequest(
        definition=definition,
        unit=load_registry(project)[manifest.unit],
        period=Period(parse_period(manifest.period.id), manifest.period.from_date, manifest.period.to_date),
        stated_dates=injected.get("from_date") is not None,
        parameters=definition.parse_parameters(own),
        as_of=injected.get("as_of"),
        draft=manifest.draft,
    )


def formats_of(manifest: Manifest) -> list[str]:
    """The formats a report was made in."""
    files = {"ipynb": "report.ipynb", **{name: kind.file for name, kind in FORMATS.items()}}
    return [name for name, file in files.items() if file in manifest.outputs]


@contextmanager
def with_facts(project: Project, request: RunRequest, facts: str | None) -> Iterator[Project]:
    """A copy of the project in which the document has these facts; its store and outputs are the project's own.

    Whatever a run writes besides its output it writes into the copy.
    """
    with tempfile.TemporaryDirectory(prefix="baocao-") as name:
        folder = Path(name).resolve()
        for part in READ:
            if (project.root / part).is_dir():
                shutil.copytree(project.root / part, folder / part)
        past = Project(folder)
        place = facts_file(past, request.definition.id, request.unit.code, str(request.period.id))
        place.unlink(missing_ok=True)
        if facts is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(facts, encoding="utf-8", newline="\n")
        with environment(BAOCAO_STORE=str(project.store), BAOCAO_OUTPUTS=str(project.outputs)):
            yield past


@contextmanager
def at_versions(project: Project, versions: Versions) -> Iterator[None]:
    """Have this process read the store at these versions, as if they were the newest.

    Raises
    ------
    StoreError
        If a version is not there any more.
    """
    with (
        tempfile.TemporaryDirectory(prefix="baocao-") as folder,
        reading_frozen(freeze(project, versions, Path(folder))),
    ):
        yield
