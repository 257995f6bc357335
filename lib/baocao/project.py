"""Find the project a command runs in and read its YAML into typed settings: unknown or duplicate keys are errors."""

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from baocao.errors import ConfigurationError
from baocao.locale import clean

if TYPE_CHECKING:
    _SafeLoader = yaml.SafeLoader
else:  # the same loader in C, several times faster, wherever the wheel has it
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MARKER = Path("params") / "project.yaml"


class StrictModel(BaseModel):
    """Base of everything read from YAML: frozen, and a key nobody reads is an error, not a silent wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=StrictModel)


class _UniqueKeyLoader(_SafeLoader):
    """SafeLoader that refuses a mapping naming the same key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            where = f"{self.name}, line {key_node.start_mark.line + 1}"
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigurationError(f"{where}: a key is a word, not a list or mapping")
            if key_node.value in seen:
                raise ConfigurationError(f"{where}: key “{key_node.value}” stands twice; remove one of the two")
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; ConfigurationError names file and line of what cannot be read."""
    return _parse_yaml(path, _read_bytes(path))


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: the file is missing") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); expected a YAML file") from None


def _parse_yaml(path: Path, content: bytes) -> Any:
    try:
        loader = _UniqueKeyLoader(content.decode())
        loader.name = str(path)
        return loader.get_single_data()
    except ConfigurationError:
        raise
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 ({error.reason}); save it as UTF-8") from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2020-02-30
        raise ConfigurationError(f"{path}: not valid YAML: {error}") from None


def read_rows(path: Path, shown: str, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a CSV file of the project with exactly `columns`: where each stands, and its cleaned cells.

    Raises
    ------
    ConfigurationError
        If the header is another or the file is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != tuple(columns):
                found = ", ".join(reader.fieldnames or ())
                raise ConfigurationError(f"{shown}, row 1: columns are {found}; expected {', '.join(columns)}")
            for row in reader:
                where = f"{shown}, row {reader.line_num}"
                if None in row or None in row.values():
                    raise ConfigurationError(
                        f"{where}: expected {len(columns)} cells, as in the header; mind the commas"
                    )
                yield where, {key: clean(value) for key, value in row.items()}
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{shown}: not UTF-8 ({error.reason}); save it as CSV UTF-8") from None


def read_model(path: Path, model: type[Model]) -> Model:
    """A YAML file as `model`; ConfigurationError lists every key that is wrong, where, and why."""
    parsed: Model = _parse_model(path, _read_bytes(path), model)
    return parsed


@lru_cache(maxsize=1024)
def _parse_model(path: Path, content: bytes, model: type[Model]) -> Model:
    """A process that makes many reports parses a file once, as long as its content stays the same."""
    try:
        return model.model_validate(_parse_yaml(path, content))
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_url=False):
            where = ".".join(str(part) for part in problem["loc"]) or "(top level)"
            lines.append(f"{path}: {where}: {problem['msg']}, found {problem['input']!r:.80}")
        raise ConfigurationError("\n".join(lines)) from None


class LimitSettings(StrictModel):
    """What one report may use in a batch: seconds, megabytes of memory, processes it starts."""

    seconds: float = Field(default=600, gt=0)
    memory_mb: int = Field(default=2000, gt=0)
    processes: int = Field(default=32, gt=0)


class Settings(StrictModel):
    """`params/project.yaml`.

    Attributes
    ----------
    profile
        `strict`: failed checks of severity `error` block a report. `as-printed`: nothing an office has already
        printed blocks its report; such errors come out as warnings.
    calendar
        Calendar that proposes the dates of a period nobody stated (`params/calendars.yaml`).
    store, outputs
        Folders, relative to the project; `BAOCAO_STORE` and `BAOCAO_OUTPUTS` override them. The store may also be an
        object store, `s3://bucket/prefix`.
    """

    name: str
    profile: Literal["strict", "as-printed"] = "strict"
    calendar: str
    store: str = "data/store"
    outputs: str = "outputs"
    limits: LimitSettings = LimitSettings()


@dataclass(frozen=True)
class Project:
    """An office's project folder: `params/`, `expectations/`, `notebooks/`, `data/`, `outputs/`."""

    root: Path

    @cached_property
    def settings(self) -> Settings:
        return read_model(self.root / MARKER, Settings)

    @property
    def params(self) -> Path:
        return self.root / "params"

    @property
    def expectations(self) -> Path:
        return self.root / "expectations"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def store(self) -> Path | str:
        """Folder of the tables, or the address of an object store as text (`s3://bucket/prefix`)."""
        configured = os.environ.get("BAOCAO_STORE") or self.settings.store
        return configured if "://" in configured else self._folder("BAOCAO_STORE", self.settings.store)

    @property
    def quarantine(self) -> Path:
        """Where rejected rows are kept with their reasons; always a folder of this machine."""
        store = self.store
        return (store if isinstance(store, Path) else self.root / "data" / "store") / "_quarantine"

    @property
    def outputs(self) -> Path:
        return self._folder("BAOCAO_OUTPUTS", self.settings.outputs)

    @property
    def cache(self) -> Path:
        """What only saves time and may be deleted at any moment."""
        return self.outputs / ".cache"

    @property
    def variables(self) -> dict[str, str]:
        """With these a process in any folder finds the same project, store and outputs."""
        return {
            "BAOCAO_PROJECT": str(self.root),
            "BAOCAO_STORE": str(self.store),
            "BAOCAO_OUTPUTS": str(self.outputs),
        }

    def _folder(self, variable: str, configured: str) -> Path:
        override = os.environ.get(variable)
        return Path(override).absolute() if override else self.root / configured

    def relative(self, path: Path) -> str:
        """`path` as a person of this project would name it, with forward slashes on every platform."""
        absolute = path.absolute()
        return absolute.relative_to(self.root).as_posix() if absolute.is_relative_to(self.root) else str(path)


def find_project(start: Path | None = None) -> Project:
    """The project that `start` (by default the working folder, or `BAOCAO_PROJECT`) lies in."""
    override = os.environ.get("BAOCAO_PROJECT")
    folder = (start or (Path(override) if override else Path.cwd())).resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / MARKER).is_file():
            return Project(candidate)
    raise ConfigurationError(
        f"no baocao project at {folder} or above it (looked for {MARKER.as_posix()}); "
        "change into the project's folder or set BAOCAO_PROJECT"
    )
