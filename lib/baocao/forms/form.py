"""A form as `params/forms/*.yaml` describes it: a tree of headings over indicators, and the rows they are taken of."""

from collections.abc import Iterator
from typing import Literal

from pydantic import model_validator

from baocao.errors import ConfigurationError, one_of
from baocao.indicators.catalogue import Catalogue
from baocao.project import Project, StrictModel, read_model


class Column(StrictModel):
    """One heading: over other columns, or over a value — the row's `number` or `name`, or an indicator's id."""

    label: str
    value: str | None = None
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
        procedures with a row in the data, under heading rows for office and field.
    only_if_positive
        Keep only rows where one of these indicators is above zero.
    total
        Label of the total row: the whole area, also where `only_if_positive` leaves units out (a note then says so).
    """

    each: Literal["unit", "field", "procedure"]
    only_if_positive: list[str] = []
    total: str = "Tổng"


class Form(StrictModel):
    """An official form.

    Attributes
    ----------
    label
        What the document calls it (“Biểu 2”); empty for a table in the body.
    zero
        How a computed 0 is printed: some systems leave it empty (`blank`), some print `"0"`.
    keep_zeros
        Whether percentages keep trailing zeros (“4,00”) or drop them (“4”).
    """

    id: str
    label: str = ""
    title: str
    dataset: str
    legal_source: str
    rows: Rows
    zero: Literal["blank", "0"] = "0"
    keep_zeros: bool = True
    columns: list[Column]

    def leaves(self) -> list[Column]:
        return [leaf for column in self.columns for leaf in column.leaves()]

    @property
    def depth(self) -> int:
        return max(column.depth for column in self.columns)


def load_forms(project: Project, catalogue: Catalogue) -> dict[str, Form]:
    """All forms of `params/forms/`, by id; ConfigurationError names what does not fit."""
    forms: dict[str, Form] = {}
    for path in sorted((project.params / "forms").glob("*.yaml")):
        form = read_model(path, Form)
        shown = project.relative(path)
        if form.id != path.stem:
            raise ConfigurationError(f"{shown}: id “{form.id}”; expected “{path.stem}”, the name of the file")
        for leaf in form.leaves():
            if leaf.value not in ("number", "name", *catalogue.indicators):
                names = ("number", "name", *catalogue.indicators)
                raise ConfigurationError(f"{shown}: column “{leaf.label}”: {one_of('value', leaf.value or '', names)}")
        for name in form.rows.only_if_positive:
            catalogue[name]
        forms[form.id] = form
    return forms


def form_named(forms: dict[str, Form], form_id: str) -> Form:
    """The form `form_id`; ConfigurationError offers the nearest names."""
    if form_id not in forms:
        raise ConfigurationError(f"{one_of('form', form_id, forms)} (see `baocao list forms`)")
    return forms[form_id]
