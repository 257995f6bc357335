"""Lists straight from a one-stop system's PostgreSQL database, a table or a query, fetched in Arrow batches."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack

import pyarrow as pa

from baocao.errors import ConfigurationError
from baocao.intake.problems import Problem, refuse
from baocao.intake.row_stream import Choose, ListSource, RowStream, typed_batches

_SERVER = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\[\]/#]*)(?::\w*)?(?:/[^#]*)?")
_RESERVED = re.compile(r"[@/#\[\]]|%(?![0-9A-Fa-f]{2})")
_TABLE_NAME = re.compile(r'(?:[^\W\d]\w*|"[^"]+")(?:\.(?:[^\W\d]\w*|"[^"]+"))?')


def shown_address(place: str) -> str:
    """A database's address without its password, for messages and records.

    Raises
    ------
    ConfigurationError
        If the address cannot be taken apart, so that nobody knows where its password ends; it is not repeated.
    """
    scheme, _, rest = place.partition("://")
    front, _, options = rest.partition("?")
    clerk, _, server = front.rpartition("@")
    password_with_question_mark = ":" in front and "@" in options and not clerk
    if password_with_question_mark or _RESERVED.search(clerk) or not _SERVER.fullmatch(server):
        raise ConfigurationError(
            f"the {scheme} address cannot be read: expected {scheme}://user:password@host:port/database, "
            "in a password % as %25, @ as %40, / as %2F, ? as %3F and # as %23"
        )
    return f"{scheme}://{server}"


def postgres_rows(source: ListSource, shown: str, choose: Choose) -> RowStream:
    """The rows of a query, read in a read-only transaction.

    Raises
    ------
    InputError
        If the database cannot be reached or refuses the query.
    """
    from adbc_driver_manager import Error
    from adbc_driver_postgresql import dbapi

    if not source.query:
        raise ConfigurationError(f"{shown}: name a table or a query with --query")
    named = _TABLE_NAME.fullmatch(source.query.strip())
    # The driver wraps the query, so a remark at its end needs a line end, and a semicolon is in the way.
    query = f"SELECT * FROM {source.query}" if named else source.query.rstrip().rstrip(";") + "\n"  # noqa: S608
    with ExitStack() as opened:
        try:
            connection = opened.enter_context(dbapi.connect(source.place))
            cursor = opened.enter_context(connection.cursor())
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute(query)
            reader = cursor.fetch_record_batch()
            names = reader.schema.names
        except (Error, UnicodeDecodeError) as error:  # the latter where a heading is no text
            raise _refused(shown, error) from None
        column_map, header = choose(shown, [names])
        held = opened.pop_all()
    digest = hashlib.sha256()

    def batches() -> Iterator[pa.Table]:
        try:
            for table in typed_batches(reader, header.columns, shown):
                digest.update(_bytes(table))
                yield table
        except (Error, pa.ArrowException, OSError) as error:
            raise _refused(shown, error) from None

    unmapped = header.unmapped
    return RowStream(shown, column_map, header.headings, unmapped, batches(), digest.hexdigest, close=held.close)


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _refused(shown: str, error: Exception) -> Exception:
    lines = str(error).strip().splitlines() or ["no reason given"]
    mend = f"{' '.join(lines[:3])}; mend the address, the rights or the query"
    return refuse([Problem(shown, None, None, None, "a database that answers the query", mend)])
