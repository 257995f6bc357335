"""What an indicator is: a definition as data, with exactly one way to its value."""

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import field_validator, model_validator

from baocao.project import StrictModel

UnitGroup = Literal["all", "active", "silent", "not-sent", "late-or-overdue"]
#: Whose rows a `sum` of one-stop columns adds: the office with all units below it, its own desk, or those below alone.
Whose = Literal["area", "desk", "below"]

_RELATION = re.compile(r"\s*(?:[a-z]\w*|\d+)(?:\s*[+-]\s*(?:[a-z]\w*|\d+))*\s*")
_PART = re.compile(r"([+-]?)\s*([a-z]\w*|\d+)")
_FORMULA = re.compile(r"\s*[a-z]\w*(?:\s*[+-]\s*[a-z]\w*)*\s*")
_TERM = re.compile(r"([+-]?)\s*([a-z]\w*)")


def formula_terms(formula: str) -> list[tuple[int, str]]:
    """Sign (1 or -1) and id of each term of `a + b - c`; ValueError for anything else."""
    if not _FORMULA.fullmatch(formula):
        raise ValueError("expected ids added and subtracted, such as `a + b - c`")
    return [(-1 if sign == "-" else 1, name) for sign, name in _TERM.findall(formula)]


def relation_terms(formula: str) -> list[tuple[int, str | int]]:
    """As `formula_terms`, whole numbers allowed: one side of a relation may be `100`."""
    if not _RELATION.fullmatch(formula):
        raise ValueError("expected ids and whole numbers added and subtracted, such as `a + b - c` or `100`")
    terms = _PART.findall(formula)
    return [(-1 if sign == "-" else 1, int(name) if name.isdigit() else name) for sign, name in terms]


class Containing(StrictModel):
    """A text a cell must contain."""

    contains: str


class AnyOf(StrictModel):
    """Codes of which a cell must have one; a cell may hold several, parted by semicolons."""

    any: list[str]

    def fits(self, cell: object) -> bool:
        return not {part.strip() for part in str(cell or "").split(";")}.isdisjoint(self.any)


class RegisterRule(StrictModel):
    """What to count in a register.

    Attributes
    ----------
    total
        Column to add up; without one, rows are counted.
    where
        Column → the value, or the list of values, a row must have; `null` asks for a blank, `{contains: …}` for a part,
        `{any: […]}` for one of the codes of a cell that may hold several.
    dated
        Column of a day that must lie within the period.
    year
        Instead of within the period, the day of `dated` must lie in the period's year (0), the year before (-1) …
    """

    dataset: str
    total: str | None = None
    where: dict[str, str | int | bool | list[str | int] | Containing | AnyOf | None] = {}
    dated: str | None = None
    year: int | None = None

    def codes(self, column: str) -> Sequence[object]:
        """Whole values that rows may have in a column of `where`."""
        match self.where.get(column):
            case None | Containing():
                return ()
            case AnyOf(any=values) | list(values):
                return values
            case value:
                return (value,)

    @model_validator(mode="after")
    def _year_of_a_day(self) -> "RegisterRule":
        if self.year is not None and self.dated is None:
            raise ValueError("`year` is of the day `dated` names; give both")
        return self


class Indicator(StrictModel):
    """A definition, with exactly one way to its value.

    Attributes
    ----------
    sum
        Canonical columns of one-stop tables to add, of the rows `of` names.
    numerator, denominator
        Ids of two counts; the value is their ratio in per cent, half-up to `decimals`.
    units
        Which units to count.
    count
        Rows of a register, or a column of it.
    formula
        Other indicators added and subtracted: `procedures_at_city - procedures_elsewhere`. Blank where one is blank.
    entered
        The office enters the value in its register of statistics; it is blank until it does.
    codes
        What the values of an entered code list mean: `{1: Có, 0: Không}`; no other value may be entered.
    grouped
        Whether thousands are marked; not in a year or the number of a standard, which are no amounts.
    noun
        What the number stands before in a sentence, to find it typed in an analyst's text: “hồ sơ quá hạn”.
    """

    name: str
    unit_of_measure: str
    definition: str
    source: str
    sum: list[str] | None = None
    of: Whose = "area"
    numerator: str | None = None
    denominator: str | None = None
    decimals: int = 2
    units: UnitGroup | None = None
    count: RegisterRule | None = None
    formula: str | None = None
    entered: bool = False
    codes: dict[int, str] = {}
    grouped: bool = True
    noun: str = ""

    @field_validator("formula")
    @classmethod
    def _understood(cls, formula: str | None) -> str | None:
        if formula is not None:
            formula_terms(formula)
        return formula

    @model_validator(mode="after")
    def _one_kind(self) -> "Indicator":
        if (self.numerator is None) != (self.denominator is None):
            raise ValueError("give `numerator` and `denominator` together")
        ways = {
            "sum": self.sum is not None,
            "numerator`/`denominator": self.is_ratio,
            "units": self.units is not None,
            "count": self.count is not None,
            "formula": self.formula is not None,
            "entered": self.entered,
        }
        if list(ways.values()).count(True) != 1:
            raise ValueError(f"give exactly one of `{'`, `'.join(ways)}`")
        if self.codes and not self.entered:
            raise ValueError("`codes` are of entered values")
        return self

    @property
    def is_ratio(self) -> bool:
        return self.numerator is not None

    def terms(self) -> Sequence[tuple[int, str]]:
        """Sign and id of each term of the formula."""
        return formula_terms(self.formula) if self.formula is not None else ()

    def parts(self) -> Sequence[str]:
        """Ids of the indicators this one is made of."""
        if self.numerator is not None and self.denominator is not None:
            return (self.numerator, self.denominator)
        return [name for _, name in self.terms()]
