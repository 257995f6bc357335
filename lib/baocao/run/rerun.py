"""A finished report again with something changed, beside the old one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from baocao.errors import ConfigurationError
from baocao.project import Project
from baocao.provenance.manifest import FILE, Manifest, ManifestError, edited_files, read_manifest
from baocao.run.issued import facts_after
from baocao.run.job import RunResult, run_job
from baocao.run.past import formats_of, request_of, with_facts
from baocao.run.request import RunRequest
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions


def changed_request(
    project: Project, manifest: Manifest, parameters: Mapping[str, str], as_of: str | None
) -> RunRequest:
    """The request of a report with some parameters changed; of its own table versions unless `as_of` says others.

    Raises
    ------
    ConfigurationError
        For an unknown or mistyped parameter.
    StoreError
        If a version is not there.
    """
    request = request_of(project, manifest)
    given = request.definition.parse_parameters({**request.parameters, **parameters})
    wanted = as_of if as_of is not None else str(manifest.versions)
    versions = str(resolve_versions(Store(project.store), wanted)) if wanted else None
    return replace(request, parameters=given, as_of=versions)


def rerun(
    project: Project,
    folder: Path,
    parameters: Mapping[str, str],
    as_of: str | None,
    formats: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> RunResult:
    """Make a finished report again with something changed; it goes to a folder of its own under the outputs.

    Parameters
    ----------
    formats
        Instead of those the report was made in.

    Raises
    ------
    ConfigurationError
        If nothing is changed, or the report would replace the old one.
    ManifestError
        If the manifest was edited.
    """
    manifest = read_manifest(folder)
    if FILE in edited_files(folder):
        raise ManifestError(
            f"{folder / FILE}: was edited since it was written and no longer says what the report was made of; make "
            "the report with `baocao run`"
        )
    request = changed_request(project, manifest, parameters, as_of)
    old = request_of(project, manifest)
    same_data = as_of is None or request.as_of == str(manifest.versions)
    if same_data and request.parameters == old.parameters:
        raise ConfigurationError(
            f"{folder}: nothing would be changed; name a parameter (-p key=value) or other data (--as-of), or use "
            "`baocao verify`"
        )
    target = request.folder(project.outputs)
    if target.absolute() == folder.absolute():
        raise ConfigurationError(f"{folder}: this is the report with these parameters; name others")
    # A number that was given to the old document is not printed on this one.
    with with_facts(project, request, facts_after(project, manifest)) as used:
        return run_job(used, request, formats or formats_of(manifest), out=target, progress=progress)
