"""Make a finished report again from its manifest and compare the bytes; where they differ, name what changed."""

import json
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import baocao
from baocao.errors import BaocaoError, StoreError
from baocao.project import Project
from baocao.provenance.differences import Difference, input_differences
from baocao.provenance.history import HistoryError
from baocao.provenance.manifest import (
    FILE,
    CodeRecord,
    Manifest,
    ManifestError,
    code_hash,
    digest,
    is_sealed,
    package_versions,
    raw_manifest,
    read_manifest,
)
from baocao.run.former_code import verified_by_its_code
from baocao.run.job import MadeReport, make_report
from baocao.run.ledger import Ledger
from baocao.run.past import at_versions, formats_of, request_of, with_facts
from baocao.units import load_registry

State = Literal["identical", "differs", "edited", "missing", "not made", "unchecked"]


@dataclass(frozen=True)
class Verification:
    """What came of making a report again.

    Attributes
    ----------
    outputs
        Every file of the folder, and how it compares: `edited` since it was made, `missing`, `not made` again,
        `unchecked` where the report could not be made again.
    causes
        What is not as it was.
    figures
        Figures that differ, as the folder has them and as they are now.
    commit
        Whose code made it again; None for the present code.
    no_commit
        Why the present code did although it is not the one the report was made by.
    since
        What has changed since that commit, so that the present code may come to something else.
    """

    folder: Path
    outputs: Mapping[str, State]
    causes: Sequence[Difference]
    figures: Sequence[tuple[str, Any, Any]] = ()
    commit: str | None = None
    no_commit: str | None = None
    since: Sequence[Difference] = ()

    @property
    def identical(self) -> bool:
        """Whether every file is what the report comes to now, and the manifest what was written."""
        broken = any(cause.kind in ("manifest", "output", "run") for cause in self.causes)
        return not broken and all(state == "identical" for state in self.outputs.values())

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "folder": str(self.folder),
            "identical": self.identical,
            "outputs": dict(self.outputs),
            "causes": [cause.record() for cause in self.causes],
            "figures": [{"id": name, "old": old, "new": new} for name, old, new in self.figures],
            "commit": self.commit,
            "no_commit": self.no_commit,
            "since": [cause.record() for cause in self.since],
        }


def verify(project: Project, folder: Path, progress: Callable[[str], None] = lambda _: None) -> Verification:
    """Make a report again, from the table versions and parameters its manifest names, and compare.

    Where the present code is another than the one it was made by, the commit with that code makes it again, with the
    parameters and notebooks of then; only where there is none does the present code.

    Raises
    ------
    ManifestError
        If the folder holds no manifest at all.
    """
    content = raw_manifest(folder)
    outputs, causes = _as_written(folder, content)
    if not is_sealed(content) and "seal" in content:
        causes.append(Difference("manifest", FILE, "as it was written", "edited since"))
    try:
        manifest = read_manifest(folder)
    except ManifestError as error:
        causes.append(Difference("manifest", FILE, f"schema {content.get('schema')}", str(error)))
        return Verification(folder, _unchecked(outputs), causes)
    no_commit = None
    if manifest.code.content_hash != code_hash():
        progress(f"looking for the code of {manifest.name} in the git history")
        try:
            return _by_its_own_code(project, folder, manifest)
        except HistoryError as error:
            no_commit = str(error)
    return replace(_by_present_code(project, folder, manifest, outputs, causes, progress), no_commit=no_commit)


def _by_its_own_code(project: Project, folder: Path, manifest: Manifest) -> Verification:
    commit, record = verified_by_its_code(project, folder, manifest)
    causes = [Difference(**cause) for cause in record["causes"]]
    return Verification(
        folder,
        record["outputs"],
        causes,
        [(figure["id"], figure["old"], figure["new"]) for figure in record["figures"]],
        commit=commit,
        since=[cause for cause in input_differences(manifest, _as_of_now(project, manifest)) if cause not in causes],
    )


def _by_present_code(
    project: Project,
    folder: Path,
    manifest: Manifest,
    outputs: dict[str, State],
    causes: list[Difference],
    progress: Callable[[str], None],
) -> Verification:
    causes += _as_issued(project, folder, manifest)
    progress(f"making {manifest.name} again")
    try:
        made = _made_again(project, manifest, progress)
    except StoreError as error:
        causes.append(Difference("data", manifest.name, str(manifest.versions), str(error)))
        return Verification(folder, _unchecked(outputs), causes)
    except BaocaoError as error:
        causes += input_differences(manifest, _as_of_now(project, manifest))
        causes.append(Difference("run", manifest.name, "made", f"cannot be made again: {error}"))
        return Verification(folder, _unchecked(outputs), causes)
    now = made.manifest.model_copy(update={"units": {**_parents_now(project, manifest), **made.manifest.units}})
    causes += input_differences(manifest, now)
    for name, state in outputs.items():
        if name in manifest.attachments or state != "identical":
            continue
        if name not in made.files:
            outputs[name] = "not made"
        elif digest(made.files[name]) != manifest.outputs[name]:
            outputs[name] = "differs"
    return Verification(folder, outputs, causes, _figures(folder, made))


def _made_again(project: Project, manifest: Manifest, progress: Callable[[str], None]) -> MadeReport:
    request = request_of(project, manifest)
    with (
        tempfile.TemporaryDirectory(prefix="baocao-") as scratch,
        at_versions(project, manifest.versions),
        with_facts(project, request, manifest.facts) as past,
    ):
        return make_report(past, request, formats_of(manifest), Path(scratch) / "report", progress=progress)


def _as_written(folder: Path, content: Mapping[str, Any]) -> tuple[dict[str, State], list[Difference]]:
    """Files against the hashes their manifest gives them."""
    outputs: dict[str, State] = {}
    causes = []
    listed = {**dict(content.get("outputs") or {}), **dict(content.get("attachments") or {})}
    for name, told in sorted(listed.items()):
        path = folder / name
        found = digest(path.read_bytes()) if path.is_file() else None
        outputs[name] = "identical" if found == told else "missing" if found is None else "edited"
        if found != told:
            causes.append(Difference("output", name, str(told)[:12], None if found is None else found[:12]))
    causes += [
        Difference("output", path.name, None, "not in the manifest")
        for path in sorted(folder.iterdir())
        if path.name not in (*listed, FILE)
    ]
    return outputs, causes


def _unchecked(outputs: Mapping[str, State]) -> dict[str, State]:
    return {name: "unchecked" if state == "identical" else state for name, state in outputs.items()}


def _as_issued(project: Project, folder: Path, manifest: Manifest) -> list[Difference]:
    """An issued document against what the ledger keeps of it; one the ledger does not know is not checked."""
    if manifest.issue is None:
        return []
    kept = Ledger(project.outputs).issued(manifest.report, manifest.unit, manifest.period.id, manifest.issue.number)
    found = digest((folder / FILE).read_bytes())
    if kept is None or kept == found:
        return []
    return [Difference("manifest", FILE, f"issued as {kept[:12]}", f"is {found[:12]}")]


def _as_of_now(project: Project, manifest: Manifest) -> Manifest:
    """A manifest with its files, units, code and packages as they are now, where nothing can be made to say it."""
    files = {name: project.root / name for name in manifest.files}
    return manifest.model_copy(
        update={
            "files": {name: digest(path.read_bytes()) for name, path in files.items() if path.is_file()},
            "units": _parents_now(project, manifest),
            "code": CodeRecord(version=baocao.__version__, content_hash=code_hash()),
            "python": platform.python_version(),
            "packages": package_versions(),
        }
    )


def _parents_now(project: Project, manifest: Manifest) -> dict[str, str | None]:
    """The parents its units have now; one that left the office is still told."""
    registry = load_registry(project).valid(manifest.period.from_date, manifest.period.to_date)
    return {code: registry[code].parent for code in manifest.units if code in registry.codes}


def _figures(folder: Path, made: MadeReport) -> list[tuple[str, Any, Any]]:
    """Figures that differ between the folder and what was made again."""
    try:
        old = json.loads((folder / "indicators.json").read_bytes())
    except (OSError, ValueError):
        return []
    new = json.loads(made.files["indicators.json"])
    names = sorted(old.keys() | new.keys())
    values = [(name, *(side.get(name, {}).get("value") for side in (old, new))) for name in names]
    return [(name, was, now) for name, was, now in values if was != now]
