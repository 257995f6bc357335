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

    def of(self, request: RunRequest, data: str) -> Fingerprint:
        """The fingerprint of a report with its data digest."""
        asked = json.dumps(request.notebook_parameters(), sort_keys=True, default=str)
        dates = f"{request.period.from_date}/{request.period.to_date}"
        notebook = self._project.notebooks / request.definition.notebook
        own = {self._project.relative(path): self._file(path) for path in self._own(request)}
        return Fingerprint(
            {
                "parameters": _hash(f"{asked} {dates} {self._formats}".encode()),
                self._project.relative(notebook): self._file(notebook),
                **own,
                "data": data,
            },
            self._shared,
        )

    def _own(self, request: RunRequest) -> Iterable[Path]:
        params, unit = self._project.params, request.unit.code
        facts = f"{unit}/{request.definition.id}/{request.period.id}.yaml"
        names = (("periods", f"{unit}.yaml"), ("fields", f"{unit}.csv"), ("documents", facts))
        for folder, name in names:
            if unit in self._offices(folder):
                path = params / folder / name
                if path.is_file():
                    yield path
        if unit in self._offices("texts"):
            yield from sorted((params / "texts" / unit / str(request.period.id)).rglob("*.md"))
        reasons = reasons_file(self._project, unit)
        if reasons.is_file():
            yield reasons

    def _offices(self, folder: str) -> frozenset[str]:
        """Offices that have a file or folder of their own: asked once, not for thousands of offices."""
        if folder not in self._listed:
            place = self._project.params / folder
            found = [path.name if path.is_dir() else path.stem for path in place.iterdir()] if place.is_dir() else []
            self._listed[folder] = frozenset(found)
        return self._listed[folder]

    @cached_property
    def _listed(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _hashes(self) -> dict[Path, str]:
        return {}

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


def changed_parts(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Names of the parts in which two fingerprints differ, those that are gone or new among them."""
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
