"""Long lists row by row in batches: CSV, XLSX, Parquet or a PostgreSQL query as text columns, in flat memory.

Whatever the source, a batch has the column `row` (where it stands in the source, as a spreadsheet counts), `problem`
(why the row cannot even be cut into cells, else null) and one text column for every canonical column found. Columns
nobody mapped are left where they are: those that identify a person never get further than the file.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from baocao.errors import ConfigurationError
from baocao.intake.column_map import ColumnMap
from baocao.intake.days import VIETNAM
from baocao.intake.header import Header, best_header, find_header
from baocao.intake.problems import Problem, refuse
from baocao.intake.readers import Cell

BATCH_ROWS = 50_000
ROW, PROBLEM = "row", "problem"
POSTGRES = ("postgresql://", "postgres://")

#: The first rows of a source → the map that reads them and where its header stands.
Choose = Callable[[str, Sequence[Sequence[Cell]]], tuple[ColumnMap, Header]]


@dataclass(frozen=True)
class RowStream:
    """The rows of one delivered list, to be read once.

    Attributes
    ----------
    headings
        Heading each canonical column was found under.
    unmapped
        Headings that are neither mapped nor known; their cells are not read.
    total
        Number of rows where the source says it beforehand, for a progress bar.
    fingerprint
        SHA-256 of the source, asked for when all batches are read.
    close
        Lets go of the source, whether or not it was read.
    """

    shown: str
    map: ColumnMap
    headings: Mapping[str, str]
    unmapped: Sequence[str]
    batches: Iterator[pa.Table]
    fingerprint: Callable[[], str]
    total: int | None = None
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class ListSource:
    """Where a list is: a file, or a query of a PostgreSQL database (`postgresql://…`).

    Attributes
    ----------
    query
        SQL of a database, or the name of a table.
    encoding, sheet
        Of a text file that is neither UTF-8 nor marked UTF-16; of a workbook with several sheets.
    """

    place: str
    query: str | None = None
    encoding: str | None = None
    sheet: str | None = None

    @property
    def is_database(self) -> bool:
        return self.place.startswith(POSTGRES)


def choose_map(maps: Sequence[ColumnMap]) -> Choose:
    """The one of `maps` that recognises most columns of a header and all it requires."""

    def choose(shown: str, rows: Sequence[Sequence[Cell]]) -> tuple[ColumnMap, Header]:
        found = [(best_header(shown, rows, column_map), column_map) for column_map in maps]
        header, column_map = max(found, key=lambda pair: (not pair[0].missing(pair[1]), pair[0].certainty()))
        return column_map, find_header(shown, rows[: header.end], column_map)

    return choose


def open_rows(source: ListSource, shown: str, choose: Choose) -> RowStream:
    """Open a list for reading; its header is read, its rows are not.

    Raises
    ------
    InputError
        If the file or query cannot be read at all, or a required column is missing. What is wrong with a single row
        is said in its `problem`.
    ConfigurationError
        If a query is given for a file, or none for a database.
    """
    if source.is_database:
        from baocao.intake.row_postgres import postgres_rows

        return postgres_rows(source, shown, choose)
    if source.query is not None:
        raise ConfigurationError(f"{shown}: a query goes with a database, postgresql://…")
    path = Path(source.place)
    try:
        if path.stat().st_size == 0:
            raise refuse([Problem(shown, None, None, None, "a table", "the file is empty; export it again")])
        match path.suffix.lower():
            case ".csv" | ".tsv" | ".txt":
                from baocao.intake.row_csv import csv_rows

                return csv_rows(path, shown, choose, source.encoding)
            case ".xlsx":
                from baocao.intake.row_xlsx import xlsx_rows

                return xlsx_rows(path, shown, choose, source.sheet)
            case ".parquet":
                return _parquet_rows(path, shown, choose)
            case suffix:
                expected = ".csv, .xlsx, .parquet or postgresql://…"
                raise refuse([Problem(shown, None, None, suffix, expected, "save the list as one of these")])
    except OSError as error:
        mend = error.strerror or "it could not be opened"
        raise refuse([Problem(shown, None, None, None, "a file that can be read", mend)]) from None


def file_fingerprint(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_column(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A typed column as text: days in ISO, moments as their day in Vietnam, numbers as written.

    Raises
    ------
    pa.ArrowInvalid
        For types that are no cells: lists, structs, bytes that are no text.
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    kind = column.type
    if pa.types.is_dictionary(kind):
        return text_column(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        if kind.tz:
            shift = pa.scalar(int(VIETNAM.utcoffset(None).total_seconds()), pa.duration("s"))
            column = pc.add(column.cast(pa.timestamp("s", "UTC"), safe=False).cast(pa.timestamp("s")), shift)
        return pc.cast(column.cast(pa.date32(), safe=False), pa.string())
    if pa.types.is_date(kind):
        return column.cast(pa.date32()).cast(pa.string())
    if pa.types.is_nested(kind):
        raise pa.ArrowInvalid(f"type {kind}")
    return column.cast(pa.string())


def cell_text(cell: Cell) -> str | None:
    """A cell of a workbook as text."""
    if cell is None:
        return None
    if isinstance(cell, datetime | date):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def column_texts(table: pa.Table, columns: Mapping[str, int], shown: str) -> dict[str, pa.Array]:
    """The mapped columns of a typed batch as text."""
    texts = {}
    for name, place in columns.items():
        try:
            texts[name] = text_column(table.column(place))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            heading = table.column_names[place]
            problem = Problem(shown, None, heading, str(table.column(place).type), "text, numbers or days", str(error))
            raise refuse([problem]) from None
    return texts


def typed_batches(batches: Iterable[pa.RecordBatch], columns: Mapping[str, int], shown: str) -> Iterator[pa.Table]:
    """Batches of a typed source as batches of text, rows counted from 1."""
    start = 1
    for batch in batches:
        table = pa.Table.from_batches([batch])
        numbers = pa.array(range(start, start + table.num_rows), pa.int64())
        start += table.num_rows
        problem = pa.nulls(table.num_rows, pa.string())
        texts = column_texts(table, columns, shown)
        for name, column in texts.items():
            if not _is_text(column):
                texts[name], bad = legible(column.cast(pa.binary()).to_pylist())
                heading = table.column_names[columns[name]]
                reason = f"column “{heading}”: not text in utf-8; mend it in the source and export the list again"
                problem = pc.if_else(bad, reason, problem)
        yield pa.table({ROW: numbers, PROBLEM: problem, **texts})


def _is_text(column: pa.Array) -> bool:
    """Whether every cell is UTF-8: a damaged file, or a database that never looked, may hold any bytes as text."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def legible(cells: Iterable[bytes | None]) -> tuple[pa.Array, pa.Array]:
    """Cells as text, blank where they are not UTF-8, and whether they are not."""
    texts: list[str | None] = []
    bad: list[bool] = []
    for cell in cells:
        try:
            texts.append(None if cell is None else cell.decode())
            bad.append(False)
        except UnicodeDecodeError:
            texts.append(None)
            bad.append(True)
    return pa.array(texts, pa.string()), pa.array(bad, pa.bool_())


def _parquet_rows(path: Path, shown: str, choose: Choose) -> RowStream:
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        column_map, header = choose(shown, [file.schema_arrow.names])
        wanted = sorted(set(header.columns.values()))
        names = [file.schema_arrow.names[place] for place in wanted]
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last where a heading is no text
        mend = f"{error}; export it again"
        raise refuse([Problem(shown, None, None, None, "a Parquet file", mend)]) from None
    columns = {name: wanted.index(place) for name, place in header.columns.items()}

    def batches() -> Iterator[pa.Table]:
        try:
            yield from typed_batches(file.iter_batches(BATCH_ROWS, columns=names), columns, shown)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last where a time zone is no text
            mend = f"{error}; export it again"
            raise refuse([Problem(shown, None, None, None, "an undamaged Parquet file", mend)]) from None

    total = file.metadata.num_rows
    return RowStream(
        shown, column_map, header.headings, header.unmapped, batches(), lambda: file_fingerprint(path), total
    )
