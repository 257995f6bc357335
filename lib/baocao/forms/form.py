"""A form as `params/forms/*.yaml` describes it: columns over rows of figures, or a list of indicators."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator

from baocao.errors import ConfigurationError, one_of
from baocao.indicators.catalogue import Catalogue
from baocao.indicators.definition import RegisterRule
from baocao.project import Project, StrictModel, read_model

#: What a column prints beside indicators: the running number and the name of the row.
OF_ROWS = ("number", "name")


class Column(StrictModel):
    """One heading: over other columns, or over a value — the row's `number` or `name`, or an indicator's id.

    In a form of a register's rows, `value` is a column of the register, and `total` says whether it is added up. With
    `equals` a mark is printed where the row has that value, and the marks are what is added up.
    """

    label: str
    value: str | None = None
    total: bool = False
    equals: str | int | None = None
    columns: list["Column"] = []

    @model_validator(mode="after")
    def _leaf_or_group(self) -> "Column":
        if (self.value is None) != bool(self.columns):
            raise ValueError(f"column “{self.label}”: give either `value` or `columns`")
        return self

    def leaves(self) -> "Iterator[Column]":
        if self.value is not None:
            yield self
        for column in self.columns:
            yield from column.leaves()

    @property
    def depth(self) -> int:
        return 1 + max((column.depth for column in self.columns), default=0)


class Rows(StrictModel):
    """What the rows are.

    Attributes
    ----------
    each
        `unit`: the reporter and the units below it; `field`: every field of the office's list; `procedure`:
        procedures with a row in the data, under heading rows for office and field; `register`: rows of a register.
    only_if_positive
        Keep only rows where one of these indicators is above zero.
    total
        Label of the total row: the whole area, also where `only_if_positive` leaves units out (a note then says so).
        Rows of a register have one only where a column is added up.
    of
        Which rows of which register.
    group_by
        Column of the register whose values part the rows: a heading before, a subtotal row after each part.
    subtotal
        What the subtotal row is called, before the part's own name.
    """

    each: Literal["unit", "field", "procedure", "register"]
    only_if_positive: list[str] = []
    total: str = "Tổng"
    of: RegisterRule | None = None
    group_by: str | None = None
    subtotal: str = "Cộng"

    @model_validator(mode="after")
    def _register_is_named(self) -> "Rows":
        if (self.each == "register") != (self.of is not None):
            raise ValueError("`of` names the register of a form whose rows are `each: register`")
        if self.group_by is not None and self.of is None:
            raise ValueError("`group_by` is a column of a register")
        return self


class Item(StrictModel):
    """A line of an indicator list.

    Attributes
    ----------
    code
        As the form prints it; empty for a further line of the item above.
    value
        Id of the indicator; a line without one is a heading, or says nothing in this form.
    unit_of_measure
        As the form prints it; by default the indicator's own, or its code list (“Có = 1; Không = 0”).
    """

    code: str = ""
    label: str
    value: str | None = None
    unit_of_measure: str | None = None
    note: str = ""
    heading: bool = False


class Form(StrictModel):
    """An official form: `rows` under `columns`, or `items` one below the other.

    Attributes
    ----------
    label
        What the document calls it (“Biểu 2”); empty for a table in the body.
    valid_from, valid_to
        Days between which the form is in force; a report whose period ends outside them is refused.
    headings
        Of an indicator list: code, label, unit of measure, value, note.
    zero
        How a computed 0 is printed: some systems leave it empty (`blank`), some print `"0"`.
    keep_zeros
        Whether percentages keep trailing zeros (“4,00”) or drop them (“4”).
    numbered
        Whether a row of column numbers stands under the headings, “(1) (2) …”.
    protect_below
        In a table about persons: counts from 1 to below it are printed as “<5”, and further cells are left out so that
        they cannot be computed.
    """

    id: str
    label: str = ""
    title: str
    dataset: str = ""
    legal_source: str
    valid_from: date | None = None
    valid_to: date | None = None
    rows: Rows | None = None
    items: list[Item] = []
    headings: list[str] = Field(
        default=["STT", "Chỉ tiêu thống kê", "Đơn vị tính", "Số liệu", "Ghi chú"], min_length=5, max_length=5
    )
    zero: Literal["blank", "0"] = "0"
    keep_zeros: bool = True
    numbered: bool = False
    landscape: bool = True
    protect_below: int | None = Field(default=None, ge=3)
    columns: list[Column] = []

    @model_validator(mode="after")
    def _counts_are_protected(self) -> "Form":
        if self.protect_below is not None and (self.rows is None or self.rows.each == "register"):
            raise ValueError(
                "`protect_below` is for counts by unit, field or procedure; this form lists single entries"
            )
        return self

    @model_validator(mode="after")
    def _one_kind(self) -> "Form":
        if (self.rows is not None) != bool(self.columns) or (self.rows is None) != bool(self.items):
            raise ValueError("give `rows` with `columns`, or `items`")
        return self

    @field_validator("items")
    @classmethod
    def _codes_differ(cls, items: list[Item]) -> list[Item]:
        places: dict[tuple[str, str], str] = {}
        section = ""
        for item in items:
            section = item.code if item.heading and item.code.isupper() else section
            known = places.setdefault((section, item.code), item.label)
            if item.code and known != item.label:
                raise ValueError(f"code “{item.code}” stands at “{known}” and at “{item.label}”; a code is used once")
        return items

    def leaves(self) -> list[Column]:
        return [leaf for column in self.columns for leaf in column.leaves()]

    @property
    def depth(self) -> int:
        return max(column.depth for column in self.columns)

    def indicators(self) -> Iterator[tuple[str, str]]:
        """Ids of the indicators it asks for, each with the column or line that does."""
        if self.rows is not None and self.rows.each != "register":
            yield from ((leaf.value or "", f"column “{leaf.label}”") for leaf in self.leaves())
        yield from ((item.value, f"item {item.code} “{item.label}”") for item in self.items if item.value)

    def require_valid(self, on: date) -> None:
        """Refuse to fill the form for a period that ends on a day it is not in force."""
        if (self.valid_from and on < self.valid_from) or (self.valid_to and on > self.valid_to):
            span = f"from {self.valid_from or '…'} to {self.valid_to or '…'}"
            raise ConfigurationError(f"form {self.id} is in force {span}, not on {on}; choose another form")


def load_forms(project: Project, catalogue: Catalogue) -> dict[str, Form]:
    """All forms of `params/forms/`, by id; ConfigurationError names what does not fit."""
    forms: dict[str, Form] = {}
    for path in sorted((project.params / "forms").glob("*.yaml")):
        form = read_model(path, Form)
        shown = project.relative(path)
        if form.id != path.stem:
            raise ConfigurationError(f"{shown}: id “{form.id}”; expected “{path.stem}”, the name of the file")
        names: Sequence[str] = (*OF_ROWS, *catalogue.indicators)
        for indicator, where in form.indicators():
            if indicator not in names:
                raise ConfigurationError(f"{shown}: {where}: {one_of('value', indicator, names)}")
        for name in form.rows.only_if_positive if form.rows else ():
            catalogue[name]
        forms[form.id] = form
    return forms


def form_named(forms: dict[str, Form], form_id: str) -> Form:
    """The form `form_id`; ConfigurationError offers the nearest names."""
    if form_id not in forms:
        raise ConfigurationError(f"{one_of('form', form_id, forms)} (see `baocao list forms`)")
    return forms[form_id]
