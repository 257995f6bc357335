"""Registers, `params/registers/*.yaml`: lists an office keeps (documents, plans, staff …), defined by data.

A register says which columns its rows have, under which Vietnamese headings an office's file may carry them, and what
may stand in them. A new register needs its file and nothing else: reading, storing and `--as-of` follow from it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

import pyarrow as pa
from pydantic import ValidationInfo, field_validator, model_validator

from baocao.errors import ConfigurationError, one_of
from baocao.intake import dossiers, one_stop
from baocao.intake.column_map import ColumnMap
from baocao.intake.counts import DECIMALS, WHOLE_DIGITS
from baocao.locale import fold
from baocao.project import Project, StrictModel, read_model

FOLDER = "registers"
#: Tables of registers are named so, lest one hides a table of another kind.
PREFIX = "register_"
ColumnType = Literal["text", "integer", "number", "date", "flag", "choice"]
ARROW_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.decimal128(WHOLE_DIGITS + DECIMALS, DECIMALS),
    "date": pa.date32(),
    "flag": pa.bool_(),
    "choice": pa.string(),
}

#: A file is one slice of a register: ingesting it again for the same office, dates, source and table replaces it.
SLICE = ("reporter", "from_date", "to_date", "source", "table")
#: Where a row stands: the file's name, and the row in it as spreadsheets count.
PLACE = ("file", "row")
#: `row` of the one stored row, blank otherwise, that says an office delivered the list and had nothing to list.
NOTHING = 0
_BEFORE = (
    ("reporter", pa.string()),
    ("from_date", pa.date32()),
    ("to_date", pa.date32()),
    ("source", pa.string()),
    ("table", pa.string()),
    ("file", pa.string()),
    ("row", pa.int32()),
)
_AFTER = (("source_hash", pa.string()),)
_TAKEN = {*(name for name, _ in (*_BEFORE, *_AFTER)), "slice"}
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


class RegisterColumn(StrictModel):
    """One column.

    Attributes
    ----------
    name
        Canonical name, English snake_case; a file may use it as heading, too.
    headings
        Vietnamese headings it may stand under, the usual one first; under grouped headings the end of the path.
    type
        `number` is exact; `flag` a mark such as X; `choice` one of the codes of `choices`.
    required
        A row without it is rejected, a file without the column refused.
    choices
        Code → the words an office writes for it; the code itself is always understood.
    multiple
        A cell may hold several choices, parted by semicolons; they are stored so, in the order of `choices`.
    """

    name: str
    headings: list[str] = []
    type: ColumnType = "text"
    required: bool = False
    choices: dict[str, list[str]] = {}
    multiple: bool = False

    @field_validator("name")
    @classmethod
    def _fit(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("expected English snake_case, such as document_number")
        if name in _TAKEN:
            raise ValueError(f"“{name}” is a column every register has; choose another name")
        return name

    @field_validator("type", mode="before")
    @classmethod
    def _known(cls, kind: object) -> object:
        if isinstance(kind, str) and kind not in get_args(ColumnType):
            raise ValueError(one_of("type", kind, get_args(ColumnType)))
        return kind

    @model_validator(mode="after")
    def _choices_of_a_choice(self) -> "RegisterColumn":
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("choices are given for the type choice, and for no other")
        if self.multiple and not self.choices:
            raise ValueError("`multiple` is of the type choice")
        _refuse_repeated("word", (word for code, words in self.choices.items() for word in {code, *words}))
        return self

    @property
    def label(self) -> str:
        """How messages and pages name the column to a Vietnamese reader."""
        return self.headings[0] if self.headings else self.name


class RegisterDefinition(StrictModel):
    """A register.

    Attributes
    ----------
    id
        As commands name it; also the file's name.
    name
        Vietnamese name.
    source
        Where the list comes from: the form or rule that asks for it, or practice.
    key
        Columns that say which entry a row is. Rows that repeat a key are kept, for a printed list's repetitions are
        to be found by checks, unless `unique`.
    unique
        Rows with one key contradict each other and are all rejected.
    ignored
        Headings known and deliberately not stored, with the reason; so is every heading nobody mapped.
    """

    id: str
    name: str
    source: str
    columns: list[RegisterColumn]
    key: list[str]
    unique: bool = False
    ignored: dict[str, str] = {}

    @field_validator("id")
    @classmethod
    def _free(cls, id: str) -> str:
        if not _ID.fullmatch(id) or id in (dossiers.DATASET, one_stop.DATASET):
            raise ValueError("expected lower-case letters, digits and -, and not the name of another dataset")
        return id

    @field_validator("columns")
    @classmethod
    def _told_apart(cls, columns: list[RegisterColumn]) -> list[RegisterColumn]:
        _refuse_repeated("column", (column.name for column in columns))
        _refuse_repeated("heading", (word for column in columns for word in {column.name, *column.headings}))
        return columns

    @field_validator("key")
    @classmethod
    def _of_columns(cls, key: list[str], info: ValidationInfo) -> list[str]:
        names = [column.name for column in info.data.get("columns", [])]
        for name in key:
            if names and name not in names:
                raise ValueError(one_of("column", name, names))
        return key

    @model_validator(mode="after")
    def _unique_by_something(self) -> "RegisterDefinition":
        if self.unique and not all(self.column(name).required for name in self.key or [""]):
            raise ValueError("unique needs a key whose columns are all required")
        return self

    @property
    def table(self) -> str:
        """Name of its table in the store."""
        return PREFIX + self.id.replace("-", "_")

    @property
    def column_map(self) -> ColumnMap:
        """Its headings, as every other dataset maps them."""
        return _RegisterMap(
            id=self.id,
            dataset=self.id,
            name=self.name,
            columns={column.name: [column.name, *column.headings] for column in self.columns},
            required=[column.name for column in self.columns if column.required],
            ignored=self.ignored,
        )

    @property
    def schema(self) -> pa.Schema:
        """Schema of its stored rows."""
        own = ((column.name, ARROW_TYPES[column.type]) for column in self.columns)
        return pa.schema([*_BEFORE, *own, *_AFTER])

    def column(self, name: str) -> RegisterColumn:
        """The column `name`; ConfigurationError with the nearest name if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise ConfigurationError(f"{self.id}: {one_of('column', name, (column.name for column in self.columns))}")


class _RegisterMap(ColumnMap):
    @property
    def file(self) -> str:
        return f"params/{FOLDER}/{self.id}.yaml"


def _refuse_repeated(what: str, words: Iterable[str]) -> None:
    seen: set[str] = set()
    for word in words:
        if fold(word) in seen:
            raise ValueError(f"the {what} “{word}” stands twice; remove one of the two")
        seen.add(fold(word))


def register_ids(project: Project) -> list[str]:
    """Ids of the project's registers, in alphabetical order."""
    return sorted(path.stem for path in (project.params / FOLDER).glob("*.yaml"))


def load_register(project: Project, id: str) -> RegisterDefinition:
    """The register `params/registers/<id>.yaml`.

    Raises
    ------
    ConfigurationError
        If there is none of that name (with the nearest ones), or its file is wrong.
    """
    known = register_ids(project)
    if id not in known:
        raise ConfigurationError(f"{one_of('register', id, known)} (see `baocao list datasets`)")
    path = project.params / FOLDER / f"{id}.yaml"
    definition = read_model(path, RegisterDefinition)
    if definition.id != id:
        raise ConfigurationError(
            f"{project.relative(path)}: id: found “{definition.id}”, expected the file's name, {id}"
        )
    return definition


def load_registers(project: Project) -> dict[str, RegisterDefinition]:
    """All registers by id."""
    return {name: load_register(project, name) for name in register_ids(project)}


#: One entry of a register by column name: text, int, Decimal, date, bool or None for a blank.
Entry = dict[str, Any]
