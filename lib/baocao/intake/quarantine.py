"""Rejected rows of a small table, kept as a CSV file with the reasons, until somebody has mended the source."""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from baocao.errors import InputError
from baocao.intake.mapped_sheet import MappedSheet
from baocao.intake.problems import Problem, inert


@dataclass(frozen=True)
class Kept:
    """The file of the rejected rows, and how many there are."""

    file: Path
    rows: int


def keep_rejected(folder: Path, path: Path, mapped: MappedSheet, problems: Sequence[Problem]) -> Kept | None:
    """Write the rows of `path` that have problems under `folder`, one line each with its reasons (mapped columns only).

    Returns
    -------
    None where no problem is about a row.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    reasons: dict[int, list[str]] = {}
    for problem in problems:
        if problem.row is not None:
            column = f"{problem.column}: " if problem.column else ""
            reasons.setdefault(problem.row, []).append(f"{column}{problem.expected}; {problem.mend}")
    if not reasons:
        return None
    cells = {row.number: row.cells for row in mapped.rows}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    target = folder / f"{path.stem}-{digest}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["row", "reason", *map(inert, mapped.headings.values())])
            for number, texts in sorted(reasons.items()):
                found = (inert(cells.get(number, {}).get(name)) for name in mapped.headings)
                writer.writerow([number, inert(" | ".join(texts)), *found])
    except OSError as error:
        raise InputError(f"{target}: the rejected rows could not be kept ({error.strerror})") from error
    return Kept(target, len(reasons))
