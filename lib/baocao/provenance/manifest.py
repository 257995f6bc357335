"""`manifest.json`: the inputs, code and packages of one output, and the hashes of its files. No clock, host or user."""

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError

import baocao
from baocao.errors import BaocaoError
from baocao.project import Project, StrictModel
from baocao.units import load_registry

if TYPE_CHECKING:
    from baocao.store.versions import Versions

SCHEMA = 2
FILE = "manifest.json"
#: What the seal leaves out: itself, and the outputs, which are sealed by their own content.
_UNSEALED = ("seal", "outputs")


class ManifestError(BaocaoError, ValueError):
    """A folder without a manifest, or with one that cannot be understood."""


class PeriodRecord(StrictModel):
    """The period of a report."""

    id: str
    label: str
    from_date: date = Field(alias="from")
    to_date: date = Field(alias="to")


class CodeRecord(StrictModel):
    """The package: its version, and the hash of its files."""

    version: str
    content_hash: str


class Issue(StrictModel):
    """Number and date of a document that was issued."""

    number: str
    date: date


class Superseded(StrictModel):
    """The issued document a later one takes the place of: its folder, number, date, hashes of its files."""

    folder: str
    issue: Issue
    outputs: dict[str, str]


class TableSlice(StrictModel):
    """What a report read of a table.

    Attributes
    ----------
    version
        None for a table that is read at its newest version and told apart by the version of the dossiers.
    rows, content_hash
        Of the rows of the office and the units below it, of its period and those before. For dossiers: of their
        summary.
    """

    version: int | None
    rows: int
    content_hash: str


class Manifest(StrictModel):
    """`manifest.json`.

    Attributes
    ----------
    parameters
        As the notebook used them.
    injected
        As Papermill passed them.
    tables
        Every table there was, by name.
    beside
        What is kept beside the dossiers and read at its newest version.
    units
        The office, those above and those below it, each with its parent, as they stood in the period.
    files
        SHA-256 of every input file.
    facts
        Text of the document's facts (`params/documents/…`), since a later issue of the period has others.
    outputs, attachments
        SHA-256 of each file made of the notebook, and of those that explain what an earlier issue said.
    seal
        SHA-256 of all this but the outputs: what was edited by hand no longer fits it.
    """

    version: Literal[2] = Field(alias="schema")
    report: str
    unit: str
    period: PeriodRecord
    parameters: dict[str, str]
    injected: dict[str, Any]
    tables: dict[str, TableSlice]
    beside: dict[str, TableSlice]
    units: dict[str, str | None]
    files: dict[str, str]
    facts: str | None
    code: CodeRecord
    python: str
    packages: dict[str, str]
    issue: Issue | None = None
    supersedes: Superseded | None = None
    attachments: dict[str, str] = {}
    outputs: dict[str, str]
    seal: str = ""

    @property
    def versions(self) -> "Versions":
        """The table versions it was made of."""
        from baocao.store.versions import Versions

        return Versions({name: table.version for name, table in self.tables.items() if table.version is not None})

    @property
    def draft(self) -> bool:
        """Whether it was made as a draft."""
        return bool(self.injected.get("draft"))

    @property
    def name(self) -> str:
        """Report, period and unit in a phrase."""
        return f"{self.report}, {self.unit}, {self.period.id}"

    def content(self) -> dict[str, Any]:
        """As it is written, sealed."""
        content = self.model_dump(mode="json", by_alias=True)
        return {**content, "seal": _seal(content)}


@dataclass(frozen=True)
class Making:
    """What a manifest tells of the making of a report.

    Attributes
    ----------
    record
        What the notebook recorded: inputs, files it read besides those of every report, parameters, period.
    injected
        Parameters as Papermill injected them.
    versions
        Of every table as it was read.
    """

    report: str
    unit: str
    notebook: Path
    record: Mapping[str, Any]
    injected: Mapping[str, Any]
    versions: "Versions"


def build_manifest(project: Project, making: Making, outputs: Mapping[str, bytes]) -> Manifest:
    """The manifest of a finished report; `outputs` is the content of every file made of it."""
    from baocao.provenance.inputs import Reading, read_beside, read_slices  # reads the store; few need it

    record = making.record
    period = PeriodRecord.model_validate(record["period"])
    registry = load_registry(project).valid(period.from_date, period.to_date)
    below = registry.below(making.unit)
    area = [registry[making.unit], *below]
    reading = Reading({unit.code for unit in area}, period.from_date, period.to_date, making.versions)
    above = [unit.code for unit in registry.above(making.unit)]
    read = input_files(project, making, above)
    facts = facts_file(project, making.report, making.unit, period.id)
    return Manifest(
        schema=SCHEMA,
        report=making.report,
        unit=making.unit,
        period=period,
        parameters=record["parameters"],
        injected=dict(making.injected),
        tables=read_slices(project, reading, record["inputs"].get("dossiers")),
        beside=read_beside(project, reading),
        units={code: registry[code].parent for code in (*above, *(unit.code for unit in area))},
        files={project.relative(path): digest(path.read_bytes()) for path in read},
        facts=facts.read_text(encoding="utf-8") if facts.is_file() else None,
        code=CodeRecord(version=baocao.__version__, content_hash=code_hash()),
        python=platform.python_version(),
        packages=package_versions(),
        outputs={name: digest(content) for name, content in sorted(outputs.items())},
    )


def raw_manifest(folder: Path) -> dict[str, Any]:
    """The content of a folder's manifest, of whatever schema.

    Raises
    ------
    ManifestError
        If there is none, or it is no JSON object.
    """
    path = folder / FILE
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ManifestError(f"{path}: there is no manifest; name the folder of a finished report") from None
    except (ValueError, NotADirectoryError) as error:
        raise ManifestError(f"{path}: is not a manifest ({error})") from None
    if not isinstance(content, dict):
        raise ManifestError(f"{path}: is not a manifest; expected a JSON object")
    return content


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a finished report.

    Raises
    ------
    ManifestError
        If there is none, or it is of another schema, or its fields are not those of the schema.
    """
    content = raw_manifest(folder)
    found = content.get("schema")
    if found != SCHEMA:
        age = "an older" if isinstance(found, int) and found < SCHEMA else "another"
        raise ManifestError(
            f"{folder / FILE}: is of {age} schema ({found}, this baocao writes {SCHEMA}); the report cannot be made "
            "again from it, only its files compared with their hashes"
        )
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ManifestError(f"{folder / FILE}: {place}: {first['msg']}; the manifest was edited") from None


def is_sealed(content: Mapping[str, Any]) -> bool:
    """Whether a manifest is as it was written, its hashes of outputs apart."""
    return bool(content.get("seal") == _seal(content))


def edited_files(folder: Path) -> list[str]:
    """Files of a finished report that are not as they were written, or not there; the manifest may be among them."""
    content = raw_manifest(folder)
    listed = {**dict(content.get("outputs") or {}), **dict(content.get("attachments") or {})}
    edited = [
        name
        for name, told in sorted(listed.items())
        if not (folder / name).is_file() or digest((folder / name).read_bytes()) != told
    ]
    return edited if is_sealed(content) else [*edited, FILE]


def _seal(content: Mapping[str, Any]) -> str:
    told = {name: value for name, value in content.items() if name not in _UNSEALED}
    return digest(json.dumps(told, ensure_ascii=False, sort_keys=True).encode())


def facts_file(project: Project, report: str, unit: str, period: str) -> Path:
    """Where the facts of a document are."""
    return project.params / "documents" / unit / report / f"{period}.yaml"


def input_files(project: Project, making: Making, above: Iterable[str]) -> list[Path]:
    """Files a report reads besides its tables: what describes units, dates, forms, checks and the notebook.

    The notebook names those it alone reads; one that is not there was not read. `above` are the offices above, whose
    dates hold where the office states none.
    """
    params, unit = project.params, making.unit
    shared: Iterable[Path] = (
        *params.glob("*.yaml"),
        *params.glob("units/*.csv"),
        *(path for folder in _SHARED for path in (params / folder).glob("*.yaml")),
        *project.expectations.glob("*.yaml"),
    )
    own = (
        *(params / "periods" / f"{office}.yaml" for office in (unit, *above)),
        params / "fields" / f"{unit}.csv",
        facts_file(project, making.report, unit, making.record["period"]["id"]),
        *(project.root / name for name in making.record["files"]),
    )
    return sorted({*shared, *(path for path in own if path.is_file()), making.notebook})


#: Folders of `params/` whose files any report may read.
_SHARED = ("forms", "reports", "indicators", "outlines", "registers")


@cache
def package_versions() -> dict[str, str]:
    """Installed versions of the packages this one requires."""
    required = metadata.requires("baocao") or []
    names = sorted({match[0].lower() for text in required if (match := re.match(r"[A-Za-z0-9._-]+", text))})
    return {name: metadata.version(name) for name in names}


@cache
def code_hash() -> str:
    """SHA-256 over the package's own files, so that changed code is seen without git."""
    root = Path(baocao.__file__).parent
    return hash_of_files(
        (path.relative_to(root).as_posix(), path.read_bytes())
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


def hash_of_files(files: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over files by name."""
    told = hashlib.sha256()
    for name, content in sorted(files, key=lambda file: Path(file[0])):
        told.update(name.encode() + b"\0" + content + b"\0")
    return told.hexdigest()


def digest(content: bytes) -> str:
    """SHA-256 as manifests write it."""
    return hashlib.sha256(content).hexdigest()
