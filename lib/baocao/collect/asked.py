"""What is asked of a unit: sheets of rows and columns, some cells to fill in, some that follow from them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Literal

from baocao.forms.fill import HeaderCell
from baocao.intake.register_cells import Value
from baocao.project import StrictModel

#: What a cell may hold; a count is a whole number of 0 or more.
Kind = Literal["count", "number", "text", "date", "flag", "choice"]
#: Key of a row and of a column: where a cell stands, wherever the row was moved to.
Place = tuple[str, str]
Values = Mapping[Place, Value]

#: Row above the table in which a unit says that it has nothing to report, and its column.
NOTHING = "nothing"
#: Key of the row that adds up the others.
TOTAL = "total"
#: How keys of rows to be named by the unit begin.
SPARE = "spare|"
NOW, BEFORE = "now", "before"
#: Key of the column of running numbers; no column of a form or register is called so.
ORDINAL = "#"


@dataclass(frozen=True)
class Computed:
    """A cell that follows from others: the sum of `cells` less that of `minus`; with `of`, its share of those in %."""

    cells: tuple[Place, ...]
    minus: tuple[Place, ...] = ()
    of: tuple[Place, ...] = ()
    decimals: int = 0


@dataclass(frozen=True)
class Rule:
    """What may stand in a cell.

    Attributes
    ----------
    choices
        Code → word a person chooses; `multiple` allows several, parted by semicolons.
    computed
        For a locked cell: what it follows from.
    """

    kind: Kind
    choices: Mapping[str, str] = field(default_factory=dict)
    multiple: bool = False
    required: bool = False
    computed: Computed | None = None


@dataclass(frozen=True)
class AskedColumn:
    """A column of the table; one without a rule holds fixed words, such as the names of rows.

    Attributes
    ----------
    stored
        Canonical column its values are stored in; empty for what is only shown.
    """

    key: str
    label: str
    rule: Rule | None = None
    stored: str = ""
    width: float = 9


@dataclass(frozen=True)
class AskedRow:
    """A row of the table.

    Attributes
    ----------
    texts
        Fixed words by column.
    rules
        Rules of its own, instead of those of the columns.
    heading
        Whether it only says what follows: none of its cells is filled in.
    """

    key: str
    texts: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    heading: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading with the cells it spans, as places in the sheet's own columns."""

    row: int
    column: int
    cell: HeaderCell


@dataclass(frozen=True)
class AskedSheet:
    """One form or register of one unit and period.

    Attributes
    ----------
    id
        Of the form, or of a register that is collected without one.
    dataset
        Where its values go: `one-stop-summary`, or a register.
    version
        Hash of the definition: a workbook made of another one is not read.
    layout
        Columns as they stand in the sheet: key, and whether of this period or the one before.
    before
        Values of the period before, beside which this period's are filled in.
    may_be_nothing
        Whether a unit may say that it has nothing to report.
    unique
        Columns that together tell entries of a list apart, where each may stand once.
    """

    id: str
    title: str
    dataset: str
    table: str
    version: str
    columns: tuple[AskedColumn, ...]
    rows: tuple[AskedRow, ...]
    layout: tuple[tuple[str, str], ...]
    header: tuple[Heading, ...]
    before: Values = field(default_factory=dict)
    may_be_nothing: bool = True
    unique: tuple[str, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, AskedColumn]:
        return {column.key: column for column in self.columns}

    @cached_property
    def rows_by_key(self) -> Mapping[str, AskedRow]:
        return {row.key: row for row in self.rows}

    def rule(self, row: AskedRow, column: str) -> Rule | None:
        """What may stand in a cell; None for fixed words and headings."""
        if row.heading or column in row.texts:
            return None
        return row.rules.get(column) or self.by_key[column].rule

    @property
    def header_rows(self) -> int:
        return max(heading.row + heading.cell.rows for heading in self.header)


def version_of(*definitions: StrictModel) -> str:
    """Hash of what a sheet is made from."""
    text = "\n".join(definition.model_dump_json() for definition in definitions)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def number_at(values: Values, place: Place) -> Decimal | None:
    """The number in a cell; None for a blank or anything else."""
    value = values.get(place)
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
