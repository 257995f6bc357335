"""What is wrong with an input file, said so that a person can mend it: where, what, expected, remedy."""

from collections.abc import Sequence
from dataclasses import dataclass

from baocao.errors import InputError

SHOWN = 20


@dataclass(frozen=True)
class Problem:
    """One thing wrong in an input file. `row` counts from 1 as spreadsheets do; None means the file as a whole."""

    file: str
    row: int | None
    column: str | None
    value: object
    expected: str
    mend: str

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column “{self.column}”")
        found = "" if self.value is None else f"found “{str(self.value)[:80]}”, "
        return f"{', '.join(place)}: {found}expected {self.expected}; {self.mend}"


def refuse(problems: Sequence[Problem], note: str = "") -> InputError:
    """The error of a refused file: every problem up to a screenful, and how many more there are."""
    lines = [str(problem) for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f"… and {len(problems) - SHOWN} more")
    return InputError("\n".join([*lines, note] if note else lines))


def inert(cell: object) -> str:
    """A cell as text a spreadsheet shows and never runs."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
