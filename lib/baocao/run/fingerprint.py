"""What a report depends on besides its data, as hashes: unchanged hashes mean that making it again changes nothing."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from baocao.intake.reasons import reasons_file
from baocao.project import Project
from baocao.provenance.manifest import code_hash, package_versions
from baocao.run.request import RunRequest

#: Folders of `params/` with files or folders of single offices; a report depends on those of its own only.
OF_OFFICES = ("periods", "fields", "documents", "texts", "batches")


@dataclass(frozen=True)
class Fingerprint:
    """What a report depends on, by name: what is its own, and what all reports share."""

    own: Mapping[str, str]
    shared: "SharedParts"

    @cached_property
    def key(self) -> str:
        return _hash(json.dumps([self.shared.key, sorted(self.own.items())]).encode())


@dataclass(frozen=True)
class SharedParts:
    """The parts that are the same for all reports of a batch."""

    parts: Mapping[str, str]

    @cached_property
    def key(self) -> str:
        return _hash(json.dumps(sorted(self.parts.items())).encode())


class Fingerprints:
    """Makes fingerprints; what reports share is hashed once."""

    def __init__(self, project: Project, formats: Sequence[str]) -> None:
        self._project = project
        self._formats = ",".join(formats)
        self._listed: dict[str, frozenset[str]] = {}
        self._hashes: dict[Path, str] = {}
        self._notebooks: dict[str, Mapping[str, str]] = {}

    def of(self, request: RunRequest, data: str) -> Fingerprint:
        """The fingerprint of a report with its data digest."""
        asked = json.dumps(request.notebook_parameters(), sort_keys=True, default=str)
        dates = f"{request.period.from_date}/{request.period.to_date}"
        own = {self._project.relative(path): self._file(path) for path in self._own(request)}
        return Fingerprint(
            {
                "parameters": _hash(f"{asked} {dates} {self._formats}".encode()),
                **self._notebook(request.definition.notebook),
                **own,
                "data": data,
            },
            self._shared,
        )

    def _notebook(self, name: str) -> Mapping[str, str]:
        if name not in self._notebooks:
            path = self._project.notebooks / name
            self._notebooks[name] = {self._project.relative(path): self._file(path)}
        return self._notebooks[name]

    def _own(self, request: RunRequest) -> Iterable[Path]:
        params, unit = self._project.params, request.unit.code
        facts = f"{unit}/{request.definition.id}/{request.period.id}.yaml"
        for folder, name in (("periods", f"{unit}.yaml"), ("fields", f"{unit}.csv"), ("documents", facts)):
            if unit in self._offices(folder) and (path := params / folder / name).is_file():
                yield path
        if unit in self._offices("texts"):
            yield from sorted((params / "texts" / unit / str(request.period.id)).rglob("*.md"))
        if unit in self._with_reasons:
            yield reasons_file(self._project, unit)

    def _offices(self, folder: str) -> frozenset[str]:
        """Offices that have a file or folder of their own: asked once, not for thousands of offices."""
        if folder not in self._listed:
            self._listed[folder] = _names(self._project.params / folder)
        return self._listed[folder]

    @cached_property
    def _with_reasons(self) -> frozenset[str]:
        return _names(reasons_file(self._project, "").parent)

    def _file(self, path: Path) -> str:
        if path not in self._hashes:
            self._hashes[path] = _hash(path.read_bytes())
        return self._hashes[path]

    @cached_property
    def _shared(self) -> SharedParts:
        """Files of every report, the code with its templates and fonts, the packages."""
        project = self._project
        files = [
            path
            for folder in (project.params, project.expectations)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.relative_to(folder).parts[0] not in OF_OFFICES
        ]
        return SharedParts(
            {
                **{project.relative(path): self._file(path) for path in files},
                "code": code_hash(),
                "packages": _hash(json.dumps(package_versions()).encode()),
            }
        )


def _names(folder: Path) -> frozenset[str]:
    """Names of the folders and, without ending, of the files in a folder."""
    found = folder.iterdir() if folder.is_dir() else ()
    return frozenset(path.name if path.is_dir() else path.stem for path in found)


def changed_parts(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Names of the parts in which two fingerprints differ, those that are gone or new among them."""
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
