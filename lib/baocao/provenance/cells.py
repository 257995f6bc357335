"""What two documents read differently besides the figures that changed: cells of their tables, and their sentences."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from baocao.document.blocks import AnyBlock, Heading, Paragraph, Run, Table, TableRow, Title
from baocao.forms.disclosure import NOT_SHOWN


@dataclass(frozen=True)
class CellChange:
    """A cell that reads differently.

    Attributes
    ----------
    row
        The words its row begins with.
    column
        The words over its column.
    old, new
        What it reads; None where there is no such row.
    """

    table: str
    row: str
    column: str
    old: str | None
    new: str | None

    def record(self) -> dict[str, str | None]:
        """For JSON."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class TextChange:
    """A sentence, heading or title that reads differently; None where there is none."""

    old: str | None
    new: str | None

    def record(self) -> dict[str, str | None]:
        """For JSON."""
        return dict(self.__dict__)


def cell_changes(
    old: Sequence[AnyBlock] | None, new: Sequence[AnyBlock] | None, figures: Collection[str]
) -> list[CellChange]:
    """Cells that differ, table by table; those of `figures` are told elsewhere. Both sides need their blocks."""
    if old is None or new is None:
        return []
    before, after = ({block.id: block for block in blocks if isinstance(block, Table)} for blocks in (old, new))
    return [
        change
        for name in dict.fromkeys((*before, *after))
        for change in _of_table(name, before.get(name), after.get(name), figures)
    ]


def text_changes(
    old: Sequence[AnyBlock] | None, new: Sequence[AnyBlock] | None, figures: Collection[str]
) -> list[TextChange]:
    """Paragraphs that differ in more than `figures`. Both sides need their blocks."""
    if old is None or new is None:
        return []
    before, after = ([_runs(block) for block in blocks if _runs(block)] for blocks in (old, new))
    words = [[_words(runs, figures) for runs in side] for side in (before, after)]
    changes = []
    for tag, start, end, first, last in SequenceMatcher(None, words[0], words[1], autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, came = [[_words(runs, ()) for runs in side] for side in (before[start:end], after[first:last])]
        changes += [TextChange(was, now) for was, now in zip_longest(gone, came)]
    return changes


def _runs(block: AnyBlock) -> Sequence[Run]:
    match block:
        case Paragraph() | Heading():
            return block.runs
        case Title():
            return block.abstract
    return ()


def _words(runs: Sequence[Run], figures: Collection[str]) -> str:
    """What the runs read, the names of `figures` instead of their values."""
    return "".join(f"{{{run.figure}}}" if run.figure in figures else run.text for run in runs)


def _of_table(name: str, old: Table | None, new: Table | None, figures: Collection[str]) -> Iterator[CellChange]:
    rows = [list(table.rows) if table else [] for table in (old, new)]
    labels = [[_label(row) for row in side] for side in rows]
    heads = _heads(new or old)
    matcher = SequenceMatcher(None, labels[0], labels[1], autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            for place in range(end - start):
                yield from _of_row(name, heads, rows[0][start + place], rows[1][first + place], figures)
            continue
        for row in rows[0][start:end]:
            yield CellChange(name, _label(row), "", _text(row), None)
        for row in rows[1][first:last]:
            yield CellChange(name, _label(row), "", None, _text(row))


def _of_row(
    name: str, heads: Sequence[str], old: TableRow, new: TableRow, figures: Collection[str]
) -> Iterator[CellChange]:
    for place, (was, now) in enumerate(zip(old.cells, new.cells, strict=False)):
        if was.text != now.text and not {was.figure, now.figure} & set(figures):
            yield CellChange(name, _label(new), heads[place] if place < len(heads) else "", was.text, now.text)


def _label(row: TableRow) -> str:
    """The words of a row: its texts that are no figures and not its number."""
    return " | ".join(cell.text for cell in row.cells if cell.figure is None and not _is_number(cell.text))


def _is_number(text: str) -> bool:
    """A number, or what stands for one that is kept back: “<5”, “…”."""
    return not text.strip(" .,%–-0123456789<" + NOT_SHOWN)


def _text(row: TableRow) -> str:
    return " | ".join(cell.text for cell in row.cells)


def _heads(table: Table | None) -> list[str]:
    """The lowest heading over each column."""
    if table is None:
        return []
    heads = [""] * table.width
    taken: dict[int, int] = {}
    for line, row in enumerate(table.header):
        place = 0
        for cell in row:
            while taken.get(place, 0) > line:
                place += 1
            for column in range(place, min(place + cell.columns, table.width)):
                heads[column], taken[column] = cell.text, line + cell.rows
            place += cell.columns
    return heads
