"""What a cell of a register says, by the type of its column; a blank or a dash says nothing, whatever the type."""

from datetime import date, datetime
from decimal import Decimal

from baocao.errors import one_of
from baocao.intake.counts import BLANKS, parse_count, parse_number
from baocao.intake.days import parse_day
from baocao.intake.readers import Cell
from baocao.intake.register import RegisterColumn
from baocao.locale import clean, fold

#: How offices mark a cell, and how they say that it is not marked.
MARKS = {"x", "✓", "✔", "có", "1", "true", "yes"}
NO_MARKS = {"không", "0", "false", "no"}
Value = str | int | Decimal | date | bool | None


def parse_cell(column: RegisterColumn, cell: Cell) -> Value:
    """The value of a cell; None for a blank.

    Raises
    ------
    ValueError
        With what was expected.
    """
    if cell is None or (isinstance(cell, str) and clean(cell) in BLANKS):
        return None
    match column.type:
        case "text":
            return _text(cell)
        case "integer":
            return parse_count(clean(cell) if isinstance(cell, str) else cell)
        case "number":
            return parse_number(clean(cell) if isinstance(cell, str) else cell)
        case "date":
            return day_of(cell)
        case "flag":
            return is_marked(cell)
        case "choice" if column.multiple:
            return _choices(column, cell)
        case "choice":
            return _choice(column, cell)


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise ValueError("a text (Excel turned it into a date or a truth value; format the column as text)")
    text = clean(str(cell))
    if text.startswith("="):  # the text of a formula stands for a result nobody calculated
        raise ValueError("a text, not a formula")
    return text


def day_of(cell: Cell) -> date | None:
    """The day a cell holds, whether Excel knows it for one or not.

    Raises
    ------
    ValueError
        With what was expected.
    """
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, bool):
        raise ValueError("a day such as 03/04/2020 or 2020-04-03")
    return parse_day(cell.isoformat() if isinstance(cell, date) else clean(str(cell)))


def is_marked(cell: Cell) -> bool:
    """Whether a cell that is not blank says yes.

    Raises
    ------
    ValueError
        With what was expected, if it says neither yes nor no.
    """
    if isinstance(cell, bool):
        return cell
    word = fold(str(cell))
    if word in MARKS:
        return True
    if word in NO_MARKS:
        return False
    raise ValueError("a mark such as X, “có” or 1, “không” or 0, or an empty cell")


def _choices(column: RegisterColumn, cell: Cell) -> str:
    found = {_choice(column, part) for part in _text(cell).split(";") if part.strip()}
    return "; ".join(code for code in column.choices if code in found)


def _choice(column: RegisterColumn, cell: Cell) -> str:
    text = _text(cell)
    for code, words in column.choices.items():
        if fold(text) in {fold(word) for word in (code, *words)}:
            return code
    words = [word for code, words in column.choices.items() for word in words or [code]]
    raise ValueError(f"a word the list knows: {one_of(column.label, text, words)}")
