"""What a document says, as a spreadsheet holds it: texts that stay texts, typed numbers, names of sheets, formulas."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from baocao.document.blocks import Formula, Table, TableCell
from baocao.forms.formulas import operand, placed, printed_number, recompute
from baocao.forms.lists import MARK
from baocao.locale import clean

# Limits of Excel.
TEXT_LENGTH, NAME_LENGTH, FORMULA_LENGTH, ARGUMENTS, DIGITS = 32_767, 31, 8_192, 255, 15
COLUMNS, ROWS = 16_384, 1_048_576

#: A name Excel keeps for itself.
RESERVED = "history"
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_PADDED = re.compile(r"0[1-9]", re.ASCII)

Place = tuple[int, int]


@dataclass(frozen=True)
class Number:
    """A number and the format that prints it as the document does, in the reader's own locale."""

    exact: Decimal
    format: str

    @property
    def value(self) -> int | float:
        return int(self.exact) if self.exact == self.exact.to_integral_value() else float(self.exact)


def safe_text(text: str) -> str:
    """Text as a cell may hold it: nothing invisible, no longer than a cell, never markup of the file itself."""
    text = clean(text)
    whole = text.encode("utf-16-le", "replace")  # Excel counts UTF-16, so a sign beyond it counts twice
    if len(whole) > 2 * TEXT_LENGTH:
        text = whole[: 2 * (TEXT_LENGTH - 1)].decode("utf-16-le", "ignore") + "…"
    # XlsxWriter takes such a text for its own rich text and writes it unescaped; a space behind it is not seen.
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def number_of(cell: TableCell) -> Number | None:
    """The number a cell prints, “9,60” or “100%” or “05”; None for any other text."""
    figure = cell.text.removesuffix("%")
    exact = printed_number(figure)
    padded = cell.figure is not None and _PADDED.fullmatch(figure) is not None
    if padded:
        exact = Decimal(figure)
    if exact is None or len(exact.as_tuple().digits) > DIGITS:
        return None
    decimals = _decimals(exact)
    whole = "00" if padded else "#,##0" if "." in figure or abs(exact) < 1000 else "0"
    shown = whole + ("." + "0" * decimals if decimals else "")
    if cell.value and _decimals(Decimal(cell.value)) > decimals and abs(exact) < 1000:
        shown = "General"  # the form drops trailing zeros, and so does this
    return Number(exact, shown + ('"%"' if cell.text.endswith("%") else ""))


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def numeric_columns(table: Table) -> list[bool]:
    """Whether numbers of a column are typed as numbers; running numbers only where they are no codes (“1.1”, “II”)."""
    numeric = [align == "figure" for align in table.align]
    for place, align in enumerate(table.align):
        if align == "number":
            details = (row.cells for row in table.rows if row.kind == "detail")
            texts = [cell.text for cells in details for column, cell in placed(cells) if column == place]
            numeric[place] = all(text.isascii() and text.isdigit() for text in texts if text)
    return numeric


def sheet_name(wanted: str, taken: Collection[str]) -> str:
    """A name a sheet may have and none of `taken` (case-folded) has: cut at a word, numbered where it repeats."""
    name = clean(_FORBIDDEN.sub("-", wanted)).strip("' ") or "Bảng"
    number = 1
    while True:
        suffix = "" if number == 1 else f" ({number})"
        tried = _shortened(name, NAME_LENGTH - len(suffix)) + suffix
        if tried.casefold() not in taken and tried.casefold() != RESERVED:
            return tried
        number += 1


def _shortened(name: str, length: int) -> str:
    units = name.encode("utf-16-le", "replace")
    if len(units) <= 2 * length:
        return name
    cut = units[: 2 * (length - 1)].decode("utf-16-le", "ignore")
    whole_words = cut.rpartition(" ")[0]
    kept = whole_words if len(whole_words) > length // 2 else cut
    return kept.rstrip(" ,;.-–'") + "…"


def formula_text(
    formula: Formula,
    texts: dict[Place, str],
    printed: Decimal,
    address: Callable[[Place, Place], str],
) -> str | None:
    """The formula as Excel reads it; None where it would not give the printed number, or is beyond Excel's limits.

    Parameters
    ----------
    texts
        What is printed in each cell of one column, by its place in the table's body.
    address
        Reference to the cells from one place to another.
    """
    cells, of = sorted(set(formula.cells)), sorted(set(formula.of))
    if any(place not in texts for place in (*cells, *of)):
        return None
    counted = [[operand(texts[place]) for place in part] for part in (cells, of)]
    above, below = [[number for number in part if number is not None] for part in counted]
    if len(above) + len(below) < len(cells) + len(of) or recompute(above, below, formula.decimals) != printed:
        return None
    terms = [_sum(part, texts, address) for part in (cells, of) if part]
    if None in terms:
        return None
    text = f"=ROUND(100*{terms[0]}/{terms[1]},{formula.decimals})" if of else f"={terms[0]}"
    return text if len(text) <= FORMULA_LENGTH else None


def _sum(cells: Sequence[Place], texts: dict[Place, str], address: Callable[[Place, Place], str]) -> str | None:
    said = [texts[place] for place in cells]
    ranges = [address(*ends) for ends in _ranges(cells, texts)]
    if len(ranges) > ARGUMENTS:
        return None
    if MARK in said:
        if any(text not in ("", MARK) for text in said):
            return None
        counts = "+".join(f'COUNTIF({part},"{MARK}")' for part in ranges)
        return counts if len(ranges) == 1 else f"({counts})"
    if len(cells) == 1:
        return ranges[0]
    total = f"SUM({','.join(ranges)})"
    # Sums of binary fractions have a rest; the printed decimals have none.
    decimals = max(_decimals(operand(text) or Decimal()) for text in said)
    return f"ROUND({total},{decimals})" if decimals else total


def _ranges(cells: Sequence[Place], texts: dict[Place, str]) -> Iterator[tuple[Place, Place]]:
    """Runs of cells, down a column or along a row; a run goes on over rows that hold no cell there, only headings."""
    start, *others = sorted(cells, key=lambda place: (place[1], place[0]))
    last = start
    for place in others:
        along = place[0] == start[0] and place[1] == last[1] + 1
        between = ((row, place[1]) for row in range(last[0] + 1, place[0]))
        down = place[1] == start[1] and not any(skipped in texts for skipped in between)
        if not (along or down):
            yield start, last
            start = place
        last = place
    yield start, last
