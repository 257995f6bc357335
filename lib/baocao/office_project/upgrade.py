"""What the package has changed since an office's files were copied from it, and what the office has changed itself."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import baocao
from baocao.errors import ConfigurationError, one_of
from baocao.office_project.record import Record, digest, read_record, readable, write_record
from baocao.office_project.templates import template_files, templates_folder

#: `new`: the office does not have it yet; `changed`: by the package only; `both`: by the package and the office;
#: `own`: by the office only; `deleted`: the office has removed it; `withdrawn`: the package brings it no more.
State = Literal["new", "changed", "both", "own", "deleted", "withdrawn"]
TAKABLE: frozenset[State] = frozenset({"new", "changed", "deleted"})


@dataclass(frozen=True)
class Change:
    """A file that is not the same in the office's project and in the package."""

    name: str
    state: State


class Upgrade:
    """An office's project beside the package that is installed now.

    Attributes
    ----------
    changes
        Files that differ, by name.
    made_with
        Version of the package that last wrote into the project.
    """

    def __init__(self, root: Path, templates: Path | None = None) -> None:
        self._root = root
        self._templates = template_files(templates or templates_folder())
        self._record: Record = read_record(root)
        self.made_with = self._record.version
        names = sorted({*self._templates, *self._record.files})
        found = ((name, self._state(name)) for name in names)
        self.changes = [Change(name, state) for name, state in found if state is not None]

    def _state(self, name: str) -> State | None:
        then = self._record.files.get(name)
        now, here = self._now(name), self._here(name)
        if now == here:
            return None
        if now is None:
            return "withdrawn"
        if here is None:
            return "new" if then is None else "deleted"
        if here == then:
            return "changed"
        return "own" if now == then else "both"

    def _now(self, name: str) -> str | None:
        return digest(name, self._templates[name].read_bytes()) if name in self._templates else None

    def _here(self, name: str) -> str | None:
        path = self._root / name
        return digest(name, path.read_bytes()) if path.is_file() else None

    def diff(self, name: str) -> str:
        """What the package's file says differently from the office's; of a notebook the cells."""
        here, package = (
            readable(name, path.read_bytes()).splitlines() if path.is_file() else []
            for path in (self._root / name, self._templates[name])
        )
        return "\n".join(difflib.unified_diff(here, package, f"here/{name}", f"package/{name}", lineterm=""))

    def take(self, patterns: Sequence[str]) -> list[str]:
        """Copy the package's files into the project; only such as the office has not changed.

        Parameters
        ----------
        patterns
            Names as `changes` has them, or patterns such as `params/forms/*`.

        Raises
        ------
        ConfigurationError
            If a name is not to be taken, or a pattern fits nothing; then nothing has been copied.
        """
        states = {change.name: change.state for change in self.changes}
        names: dict[str, bytes] = {}
        for pattern in patterns:
            fits = [name for name, state in states.items() if state in TAKABLE and fnmatchcase(name, pattern)]
            if not fits:
                raise ConfigurationError(_why_not(pattern, states))
            names |= {name: self._templates[name].read_bytes() for name in fits}
        for name, content in names.items():
            path = self._root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self._note(names)
        return sorted(names)

    def settle(self, names: Sequence[str]) -> None:
        """Note that the office has seen what the package changed in these files and keeps its own.

        Raises
        ------
        ConfigurationError
            If a file is not one that both have changed.
        """
        both = [change.name for change in self.changes if change.state == "both"]
        for name in names:
            if name not in both:
                raise ConfigurationError(f"--merged: {one_of('file changed by both', name, both)}")
        self._note(names)

    def _note(self, names: Sequence[str] | Mapping[str, bytes]) -> None:
        """Record that these files are the package's now, and whatever else says the same in both places."""
        differing = {change.name for change in self.changes} - set(names)
        now = {name: digest(name, path.read_bytes()) for name, path in self._templates.items() if name not in differing}
        write_record(self._root, baocao.__version__, {**self._record.files, **now})


def _why_not(pattern: str, states: Mapping[str, State]) -> str:
    match states.get(pattern):
        case "both":
            return (
                f"--take {pattern}: changed here too and never overwritten; bring the change into it by hand, "
                f"then `baocao upgrade --merged {pattern}`"
            )
        case "own":
            return f"--take {pattern}: only changed here; the package has nothing newer"
        case "withdrawn":
            return f"--take {pattern}: the package brings it no more; the file here stays"
    takable = [name for name, state in states.items() if state in TAKABLE]
    return f"--take: {one_of('file to take', pattern, takable)}"
