"""Long CSV lists: parsed by Arrow block by block, every line accounted for, whatever is wrong with it."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from baocao.intake.header import Header, carries_no_data
from baocao.intake.problems import Problem, refuse
from baocao.intake.readers import BYTE_ORDER_MARKS, RE_ENCODE, delimiter_of
from baocao.intake.row_stream import PROBLEM, ROW, Choose, RowStream, file_fingerprint, legible

BLOCK_BYTES = 4 << 20
HEAD_BYTES = 256 << 10
_LOST_LETTER = "\ufffd".encode()
#: From here on a byte begins a letter of several bytes.
_FIRST_BYTE = 0xC0


def csv_rows(path: Path, shown: str, choose: Choose, encoding: str | None) -> RowStream:
    """The rows of a CSV, TSV or TXT file.

    Raises
    ------
    InputError
        If the header cannot be found or the file is not CSV from some line on (a quotation mark never closed).
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    marked = next((name for mark, name in BYTE_ORDER_MARKS if head.startswith(mark)), None)
    chosen = marked or encoding or "utf-8"
    text = _decode_head(head, chosen, shown)
    delimiter = delimiter_of(text)
    csv.field_size_limit(max(csv.field_size_limit(), HEAD_BYTES))
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    column_map, header = choose(shown, rows)
    first = header.end + (header.end < len(rows) and bool(rows[header.end]) and carries_no_data(rows[header.end]))
    batches: Iterator[pa.Table] = iter(())
    if len(head) == HEAD_BYTES or len(rows) > first:
        batches = _Reader(path, shown, chosen, delimiter, header, first).batches()
    return RowStream(shown, column_map, header.headings, header.unmapped, batches, lambda: file_fingerprint(path))


def _decode_head(head: bytes, encoding: str, shown: str) -> str:
    try:
        text = head.decode(encoding, errors="replace")
    except (LookupError, UnicodeError):
        mend = "try utf-8, utf-16 or cp1258"
        raise refuse([Problem(shown, None, None, encoding, "a known encoding", mend)]) from None
    if len(head) < HEAD_BYTES:
        return text
    whole, _, _ = text.rpartition("\n")
    return whole or text


@dataclass(frozen=True)
class _Bytes:
    """What stands in a file that no text should hold.

    Attributes
    ----------
    foreign
        Bytes that are not UTF-8.
    damaged
        NUL, or the sign of a letter already lost.
    """

    foreign: bool
    damaged: bool


def _look_through(path: Path) -> _Bytes:
    """Look at every byte of a file once, before it is parsed."""
    foreign = damaged = False
    begun = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            block, begun = _whole_letters(begun + block)
            damaged = damaged or b"\0" in block or _LOST_LETTER in block
            foreign = foreign or not _is_utf8(block)
    return _Bytes(foreign or not _is_utf8(begun), damaged or begun == _LOST_LETTER)


def _whole_letters(block: bytes) -> tuple[bytes, bytes]:
    """A block without the letter it may be cut in, and that letter's beginning."""
    for length, byte in enumerate(reversed(block[-4:]), start=1):
        if byte >= _FIRST_BYTE:
            return block[:-length], block[-length:]
    return block, b""


def _is_utf8(block: bytes) -> bool:
    try:
        pa.scalar(block, pa.binary()).cast(pa.string())  # many times faster than Python's own decoder
    except pa.ArrowInvalid:
        return False
    return True


class _Reader:
    """One pass over a CSV file."""

    def __init__(self, path: Path, shown: str, encoding: str, delimiter: str, header: Header, first: int) -> None:
        self._path = path
        self._shown = shown
        self._encoding = encoding
        self._delimiter = delimiter
        self._header = header
        self._first = first
        self._shifted: list[tuple[int, int]] = []
        self._next = first + 1
        self._last: Sequence[str] = ()
        self._unclosed = False
        # Arrow cannot show a row it refuses unless all of it is text: such a file is read byte by byte, and each
        # cell is decoded here.
        found = _look_through(path)
        self._bytewise = encoding.startswith("utf-8") and found.foreign
        self._suspicious = found.damaged

    def batches(self) -> Iterator[pa.Table]:
        names = [str(place) for place in range(self._header.width)]
        try:
            reader = pa_csv.open_csv(
                self._path,
                # Arrow numbers the rows it refuses only on one thread, and their place is what an analyst needs.
                pa_csv.ReadOptions(
                    use_threads=False,
                    block_size=BLOCK_BYTES,
                    column_names=names,
                    skip_rows_after_names=self._first,
                    encoding="latin-1" if self._bytewise else self._encoding.replace("-sig", ""),
                ),
                pa_csv.ParseOptions(
                    delimiter=self._delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=self._refuse_row,
                ),
                pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.binary()), strings_can_be_null=False),
            )
            for batch in reader:
                yield self._batch(pa.Table.from_batches([batch]))
            if self._unclosed or self._ends_inside_a_cell():
                raise pa.ArrowInvalid("a quotation mark is never closed")
            yield self._shifted_rows(None)
        except (pa.ArrowInvalid, UnicodeError) as error:
            mend = f"{str(error).splitlines()[0]}; look for a quotation mark that is never closed, or {RE_ENCODE}"
            raise refuse([Problem(self._shown, self._next, None, None, "well-formed CSV", mend)]) from None

    def _refuse_row(self, row: pa_csv.InvalidRow) -> str:
        # Its text is not kept: where cells are shifted, a person's name may stand under any heading.
        self._shifted.append((row.number, row.actual_columns))
        # Its end is missing if the rows behind it became part of a cell.
        self._unclosed = row.text.count('"') % 2 == 1
        return "skip"

    def _batch(self, table: pa.Table) -> pa.Table:
        numbers = self._numbers(table.num_rows)
        if table.num_rows:
            last = table.slice(table.num_rows - 1).to_pylist()[0]
            self._last = [cell.decode(errors="replace") for cell in last.values()]
        filled = _any(pc.not_equal(pc.binary_length(column), 0) for column in table.columns)
        if not pc.all(filled).as_py():
            table, numbers = table.filter(filled), numbers.filter(filled)
        problem = pa.nulls(table.num_rows, pa.string())
        texts = {}
        for name, place in self._header.columns.items():
            texts[name], problem = self._text(table.column(place).combine_chunks(), name, problem)
        rows = pa.table({ROW: numbers, PROBLEM: problem, **texts})
        shifted = self._shifted_rows(self._next)
        return pa.concat_tables([rows, shifted]) if shifted.num_rows else rows

    def _numbers(self, count: int) -> pa.Array:
        """Places of the next `count` good rows: those Arrow refused stand between them."""
        refused = np.array([number for number, _ in self._shifted], dtype=np.int64)
        candidates = np.arange(self._next, self._next + count + len(refused))
        numbers = candidates[~np.isin(candidates, refused)][:count]
        if count:
            self._next = int(numbers[-1]) + 1
        return pa.array(numbers)

    def _ends_inside_a_cell(self) -> bool:
        """Whether the last row's last cell took in everything up to the end of the file, as it stands there."""
        if not self._last or "\n" not in self._last[-1]:
            return False
        with self._path.open("rb") as file:
            file.seek(max(0, self._path.stat().st_size - HEAD_BYTES))
            end = file.read().decode(self._encoding, errors="replace").rstrip("\r\n")
        return not end.endswith('"')

    def _shifted_rows(self, before: int | None) -> pa.Table:
        """The refused rows up to the last one read, as rows without cells; all of them when `before` is None."""
        done = [entry for entry in self._shifted if before is None or entry[0] < before]
        self._shifted = self._shifted[len(done) :]
        width = self._header.width
        reasons = [
            f"found {cells} cells, expected {width} as in the header; a cell too many or too few shifts the row, "
            "correct it in the source"
            for _, cells in done
        ]
        return pa.table(
            {
                ROW: pa.array([number for number, _ in done], pa.int64()),
                PROBLEM: pa.array(reasons, pa.string()),
                **{name: pa.nulls(len(done), pa.string()) for name in self._header.columns},
            }
        )

    def _text(self, column: pa.Array, name: str, problem: pa.Array) -> tuple[pa.Array, pa.Array]:
        heading = self._header.headings[name]
        texts = column.cast(pa.string())
        if self._bytewise:
            texts, bad = legible(value.encode("latin-1") for value in texts.to_pylist())
            problem = pc.if_else(bad, f"column “{heading}”: not text in {self._encoding}; {RE_ENCODE}", problem)
        if self._suspicious:
            bad = pc.or_(pc.match_substring(texts, "\0"), pc.match_substring(texts, "\ufffd"))
            reason = f"column “{heading}”: letters that were lost (NUL or U+FFFD); {RE_ENCODE}"
            problem = pc.if_else(pc.fill_null(bad, False), reason, problem)
        return texts, problem


def _any(masks: Iterator[pa.Array]) -> pa.Array:
    found = next(masks)
    for mask in masks:
        found = pc.or_(found, mask)
    return found
