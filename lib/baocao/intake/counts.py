"""Figures as offices write them: whole counts, and numbers with a decimal comma."""

import re
from decimal import Decimal

from baocao.intake.readers import Cell

#: Places a number may have before and behind the comma; what a stored table can hold exactly.
WHOLE_DIGITS, DECIMALS = 20, 18
#: A cell that says nothing.
BLANKS = {"", "-", "–", "—"}
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[. \u00a0]\d{3})+")
_GROUPED = re.compile(r"(-?[1-9]\d{0,2}(?:[. \u00a0]\d{3})+)(?:,(\d+))?", re.ASCII)
_DECIMAL = re.compile(r"(-?\d+)(?:[.,](\d+))?", re.ASCII)
_EXCEL_DIGITS = 15


def parse_count(cell: Cell) -> int | None:
    """A count from a cell: None for a blank or a dash, dot or space thousands allowed (“6.778”).

    Raises
    ------
    ValueError
        With what was expected, for text, fractions, negative numbers and dates.
    """
    if cell is None:
        return None
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise ValueError("a whole number (Excel turned it into a date or a truth value)")
    if isinstance(cell, float):
        if not cell.is_integer():
            raise ValueError("a whole number")
        cell = int(cell)
    if isinstance(cell, str):
        text = cell.strip()
        if text in BLANKS:
            return None
        if _THOUSANDS.fullmatch(text):
            text = re.sub(r"\D", "", text)
        if re.fullmatch(r"-\d+", text):
            raise ValueError("a count of 0 or more, or an empty cell")
        if not (text.isascii() and text.isdigit()):
            raise ValueError("a whole number, or an empty cell")
        cell = int(text)
    if cell < 0:
        raise ValueError("a count of 0 or more, or an empty cell")
    if cell >= 2**63:
        raise ValueError("a count a table can hold")
    return cell


def parse_number(cell: Cell) -> Decimal | None:
    """A number from a cell, exactly as written: “73,98”, “73.98”, “1.234,5”, “-3”, “100%”; None for a blank or a dash.

    As Vietnamese offices write it, a dot before groups of three digits marks thousands (“1.265” is 1265), and a comma
    is always decimal. Of a number a spreadsheet computed the 15 digits it can show are taken, not its binary rest.

    Raises
    ------
    ValueError
        With what was expected, for text, dates, and numbers with more digits than a table can hold.
    """
    if cell is None:
        return None
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise ValueError("a number (Excel turned it into a date or a truth value)")
    text = f"{cell:.{_EXCEL_DIGITS}g}" if isinstance(cell, float) else str(cell).strip()
    if text in BLANKS:
        return None
    number = Decimal(text) if isinstance(cell, float) else _decimal(text.removesuffix("%").rstrip())
    if number is None or not number.is_finite():
        raise ValueError("a number such as 1.234,5 or 73,98, or an empty cell")
    exponent = number.as_tuple().exponent
    if number.adjusted() >= WHOLE_DIGITS or (isinstance(exponent, int) and -exponent > DECIMALS):
        raise ValueError(f"a number of at most {WHOLE_DIGITS} digits before and {DECIMALS} behind the comma")
    return number


def _decimal(text: str) -> Decimal | None:
    match = _GROUPED.fullmatch(text) or _DECIMAL.fullmatch(text)
    if match is None:
        return None
    whole, decimals = match.groups()
    return Decimal(re.sub(r"[^\d-]", "", whole) + (f".{decimals}" if decimals else ""))
