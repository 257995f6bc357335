"""What differs between the inputs two manifests name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from baocao.provenance.manifest import Manifest

Kind = Literal["data", "parameter", "unit", "file", "code", "package", "output", "manifest", "run"]
#: What files under these are, most special first.
_FILES = {
    "params/forms/": "form",
    "params/units/": "units",
    "params/calendars.yaml": "calendar",
    "params/periods/": "dates of periods",
    "params/indicators/": "indicator definitions",
    "params/registers/": "register definitions",
    "params/outlines/": "outline",
    "params/texts/": "own text",
    "params/documents/": "document facts",
    "params/": "parameters file",
    "expectations/": "checks",
    "notebooks/": "notebook",
    "data/reasons/": "reasons",
}


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was.

    Attributes
    ----------
    name
        The table, parameter, unit, file or package.
    old, new
        What was said of it and what is now; None where it was, or is, not there.
    """

    kind: Kind
    name: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        what = next((word for start, word in _FILES.items() if self.name.startswith(start)), "file")
        label = what if self.kind == "file" else self.kind
        if self.old is None or self.new is None:
            state = "is new" if self.old is None else "is gone"
            return f"{label}: {self.name} {state}"
        if self.kind == "file":
            return f"{label}: {self.name} has changed"
        return f"{label}: {self.name}: {self.old} → {self.new}"

    def record(self) -> dict[str, str | None]:
        """For JSON."""
        return {"kind": self.kind, "name": self.name, "old": self.old, "new": self.new}


def input_differences(old: Manifest, new: Manifest) -> list[Difference]:
    """Everything two reports were made of that is not the same; their period and unit apart."""
    found = [
        *_mapping("data", _tables(old), _tables(new)),
        *_mapping("parameter", _asked(old), _asked(new)),
        *_mapping("unit", _parents(old), _parents(new)),
        *_mapping("file", old.files, new.files),
    ]
    if old.code != new.code:
        told = [f"{code.version} ({code.content_hash[:12]})" for code in (old.code, new.code)]
        found.append(Difference("code", "baocao", told[0], told[1]))
    versions = [{"python": manifest.python, **manifest.packages} for manifest in (old, new)]
    return [*found, *_mapping("package", versions[0], versions[1])]


def _mapping(kind: Kind, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield Difference(kind, name, old.get(name), new.get(name))


def _tables(manifest: Manifest) -> dict[str, str]:
    told = {}
    for name, table in {**manifest.tables, **manifest.beside}.items():
        version = "" if table.version is None else f"version {table.version}, "
        told[name] = f"{version}{table.rows} rows ({table.content_hash[:12]})"
    return told


def _asked(manifest: Manifest) -> dict[str, str]:
    asked: dict[str, Any] = {**manifest.injected, **manifest.parameters}
    return {name: str(value) for name, value in asked.items() if name not in ("unit", "period", "as_of")}


def _parents(manifest: Manifest) -> dict[str, str]:
    """A unit that is new or gone is one that has no parent said."""
    return {code: f"parent {parent or 'none'}" for code, parent in manifest.units.items()}
