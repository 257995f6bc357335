"""Whatever is delivered: it is taken in to the last row, or refused in words; nothing in between, and never a crash.

Lists are made from cells whose meaning is known, so that a clerk (`expected`) can say what must become of every row.
Then their bytes are damaged, and only the promises that hold for anything at all are left: the balance adds up, the
table changes by exactly what the balance says, a refused list changes nothing.
"""

import csv
import functools
import io
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from baocao.errors import BaocaoError, ConfigurationError, InputError
from baocao.intake import header
from baocao.intake.dossier_source import DossierList
from baocao.intake.row_stream import ListSource
from baocao.project import Project
from baocao.store import ingest_dossiers as ingesting
from baocao.store.dossiers import scan_dossiers
from baocao.store.staging import Balance
from baocao.store.tables import Store
from tests.conftest import copy_project

PERSON = "Nguyễn Thị Kín"
#: Canonical columns of the lists, and the headings they may stand under. `applicant` is of a person.
COLUMNS = {
    "dossier": ("Mã hồ sơ", "MaHoSo", "dossier"),
    "procedure": ("Tên thủ tục hành chính", "TenTTHC", "procedure"),
    "unit": ("Đơn vị tiếp nhận", "DonViXuLy", "unit"),
    "applicant": ("Chủ hồ sơ", "ChuHoSo", "applicant"),
    "received_date": ("Ngày tiếp nhận", "NgayTiepNhan", "received"),
    "due_date": ("Ngày hẹn trả", "NgayHenTra", "due"),
    "finished_date": ("Ngày kết thúc xử lý", "NgayKetThucXuLy", "finished"),
    "result_date": ("Ngày trả", "NgayTra", "result_date"),
    "channel": ("Hình thức tiếp nhận", "KenhThucHien", "channel"),
    "status": ("Trạng thái", "TrangThaiHoSo", "status"),
    "paid_online": ("Thanh toán trực tuyến", "DuocThanhToanTrucTuyen", "paid_online"),
}
NAMES = tuple(COLUMNS)
MAPS = ("one-stop-list", "national-sync", "plain")
#: What is stored of them, in the order the tests compare it.
STORED = tuple(name for name in NAMES if name not in ("dossier", "applicant"))
REQUIRED = ("dossier", "received_date", "channel")


class _Refused:
    """The meaning of a cell that has none."""

    def __repr__(self) -> str:
        return "REFUSED"


REFUSED = _Refused()
#: A cell as long as a book, longer than Python's own reader takes; written out only where a file is written.
HUGE = "<huge>"
BOOK = "x" * 140_000
_DAYS: dict[str, Any] = {
    "": None,
    "-": None,
    "03/02/2020": date(2020, 2, 3),
    "2020-02-03": date(2020, 2, 3),
    "43864": date(2020, 2, 3),
    "2020-02-02T18:00:00Z": date(2020, 2, 3),
    "20200203101500": date(2020, 2, 3),
    "04/02/2020 08:15": date(2020, 2, 4),
    "02/02/2020": date(2020, 2, 2),
    "29/02/2020": date(2020, 2, 29),
    "01/01/1975": date(1975, 1, 1),
    "31/12/2099 23:59": date(2099, 12, 31),
    "31/02/2020": REFUSED,
    "02/30/2020": REFUSED,
    "abc": REFUSED,
    "99999": REFUSED,
    "9999-12-31T23:59:59Z": REFUSED,
    "0001-01-01": REFUSED,
}
#: Cell → what it means.
MEANINGS: dict[str, dict[str, Any]] = {
    "dossier": {"": REFUSED, " ": REFUSED, "x" * 201: REFUSED, "x" * 200: "x" * 200, " A1 ": "A1", "Đ-1": "Đ-1"},
    "procedure": {
        "": None,
        "Khai sinh": "Khai sinh",
        " Khai  tử\u200b ": "Khai tử",
        "a,b;c\td": "a,b;c d",
        'nói "có"': 'nói "có"',
        "dòng\nmới": "dòng mới",
        "=1+1": "=1+1",
        "-1": "-1",
        HUGE: BOOK,
    },
    "unit": {
        "tuan-giao": "tuan-giao",
        "UBND Xã Quài Tở": "tuan-giao.quai-to",
        "ubnd thị trấn": "tuan-giao.thi-tran",
        "": REFUSED,
        "Xã lạ": REFUSED,
    },
    "applicant": {PERSON: None},
    "received_date": _DAYS,
    "due_date": _DAYS,
    "finished_date": _DAYS,
    "result_date": _DAYS,
    "channel": {"1": "direct", "Trực tiếp": "direct", "2": "online", "BCCI": "postal", "": REFUSED, "bồ câu": REFUSED},
    "status": {
        "": None,
        "4": "processing",
        "9": "finished",
        "1": "registered",
        "Rút hồ sơ": "withdrawn",
        "xong": REFUSED,
    },
    "paid_online": {"": None, "1": True, "Không": False, "2": REFUSED},
}
CLOSED, NEVER_TAKEN_IN = ("finished", "withdrawn"), ("registered",)
#: The commune of this name was merged on 1 July 2025 into one that kept it.
PASSED_ON = "UBND Xã Quài Tở"
#: What every dossier says unless a mutation says otherwise; the store holds A0 … A5 so before every example.
PLAIN = {
    "procedure": "Khai sinh",
    "unit": "UBND Xã Quài Tở",
    "applicant": PERSON,
    "received_date": "03/02/2020",
    "due_date": "29/02/2020",
    "finished_date": "",
    "result_date": "",
    "channel": "1",
    "status": "4",
    "paid_online": "",
}
KNOWN = tuple(f"A{number}" for number in range(6))

Row = Mapping[str, str]
Content = dict[str, tuple[Any, ...]]


# --- Lists ---


@dataclass(frozen=True)
class Case:
    """A list, how it is written, and what is done to its bytes.

    Attributes
    ----------
    named
        Whether it is said which column map fits, or found out.
    order
        Columns from left to right: canonical ones, and numbers for columns nobody knows.
    extra
        Rows written between the others: place → what kind (`blank`, `long`, `short`, `header`).
    """

    rows: tuple[Row, ...]
    vocabulary: int
    named: bool
    order: tuple[str | int, ...]
    titles: tuple[str, ...]
    extra: tuple[tuple[int, str], ...]
    doubled: str | None
    format: str
    delimiter: str
    damage: tuple[tuple[Any, ...], ...]

    @property
    def headings(self) -> list[str]:
        return [f"Cột lạ {name}" if isinstance(name, int) else COLUMNS[name][self.vocabulary] for name in self.order]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    row = {"dossier": draw(st.sampled_from((*KNOWN, *KNOWN, "B0", "B1", "B2", *MEANINGS["dossier"]))), **PLAIN}
    for name in draw(st.lists(st.sampled_from(NAMES[1:]), max_size=3, unique=True)):
        row[name] = draw(st.sampled_from(list(MEANINGS[name])))
    return row


positions = st.integers(0, 1 << 16)
flips = st.lists(st.tuples(positions, st.integers(1, 255)), min_size=1, max_size=4)
pieces = st.sampled_from([b"\0", b'"', b'"', b"\n", b"\r", b",", b"\xff", b"\xef\xbb\xbf", b'""', b"\xef\xbf\xbd"])
encodings = st.sampled_from(["utf-16", "utf-16-le", "utf-8-sig", "cp1258", "latin-1", "utf-7"])
gentle = st.one_of(
    st.tuples(st.just("flip"), flips),
    st.tuples(st.just("cut"), positions),
    st.tuples(st.just("insert"), positions, pieces),
    st.tuples(st.just("mixed"), positions, st.sampled_from(["utf-16-le", "cp1258"])),
    st.tuples(st.just("twice")),
)
harsh = st.one_of(
    st.tuples(st.just("encoding"), encodings),
    st.tuples(st.just("named"), st.sampled_from(["cp1258", "utf-16", "latin-1", "undefined", "utf-8"])),
    st.tuples(st.just("suffix"), st.sampled_from([".csv", ".tsv", ".xlsx", ".parquet", ".xls"])),
    st.tuples(
        st.just("replace"), st.sampled_from([b",", b";", b"\n", b'"']), st.sampled_from([b"", b"|", b'"', b"\r"])
    ),
    st.tuples(st.just("random"), st.binary(max_size=200)),
    st.tuples(st.just("bomb")),
)


@st.composite
def cases(draw: st.DrawFn, damage: st.SearchStrategy[Sequence[tuple[Any, ...]]]) -> Case:
    chosen = draw(st.lists(rows(), max_size=6))
    done = tuple(draw(damage))
    odd = draw(st.sampled_from([False, False, True])) or not done
    order: list[str | int] = list(NAMES)
    if draw(st.booleans()):
        order = draw(st.permutations(order))
    for name in draw(
        st.lists(st.sampled_from(NAMES), max_size=draw(st.sampled_from([0, 0, 0, 3])) if odd else 0, unique=True)
    ):
        order.remove(name)
    for number in range(draw(st.sampled_from([0] * 7 + [1, 3, 100]))):
        order.insert(draw(st.integers(0, len(order))), number)
    extra = st.tuples(st.integers(0, len(chosen)), st.sampled_from(["blank", "blank", "long", "short", "header"]))
    between = tuple(draw(st.lists(extra, max_size=draw(st.sampled_from([0, 0, 3])))))
    # A header repeated further down is the better one where the first has a heading twice.
    once = not odd or any(kind == "header" for _, kind in between)
    return Case(
        rows=tuple(chosen),
        vocabulary=draw(st.sampled_from([0, 0, 1, 2])),
        named=draw(st.sampled_from([True, True, False])),
        order=tuple(order),
        titles=tuple(
            draw(st.lists(st.sampled_from(["DANH SÁCH HỒ SƠ", "Quý I, năm 2020", ""]), max_size=3, unique=True))
        ),
        extra=between,
        doubled=None if once else draw(st.sampled_from([None] * 9 + ["due_date"])),
        format=draw(st.sampled_from(["csv", "csv", "csv", "xlsx", "parquet"])),
        delimiter=draw(st.sampled_from([",", ",", ";", "\t"])),
        damage=done,
    )


def grid(case: Case) -> list[list[str]]:
    """The list as rows of cells; a shifted row has one cell more or less than the header."""
    body = [[row[name] if isinstance(name, str) else f"{PERSON} {name}" for name in case.order] for row in case.rows]
    body = [[BOOK if cell == HUGE else cell for cell in cells] for cells in body]
    for place, kind in sorted(case.extra, reverse=True):
        match kind:
            case "blank":
                body.insert(place, [""] * len(case.order))
            case "header":
                body.insert(place, case.headings)
            case "long" | "short" if case.format == "csv":
                cells = [PERSON] * len(case.order)
                body.insert(place, [*cells, PERSON] if kind == "long" else cells[:-1])
    headings = case.headings
    if case.doubled is not None:
        headings = [*headings, COLUMNS[case.doubled][case.vocabulary]]
        body = [[*cells, ""] for cells in body]
    titles = [[title] for title in case.titles] if case.format != "parquet" else []
    return [*titles, headings, *body]


def written(case: Case) -> bytes:
    cells = grid(case)
    if case.format == "xlsx":
        book_file = io.BytesIO()
        with xlsxwriter.Workbook(book_file, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(cells):
                for place, cell in enumerate(row):
                    if cell:
                        sheet.write_string(number, place, cell[:32_000])
        return book_file.getvalue()
    if case.format == "parquet":
        names, *body = cells
        arrays = [pa.array([row[place] for row in body], pa.string()) for place in range(len(names))]
        parquet_file = io.BytesIO()
        pq.write_table(pa.Table.from_arrays(arrays, names=names), parquet_file)
        return parquet_file.getvalue()
    text = io.StringIO()
    csv.writer(text, delimiter=case.delimiter, lineterminator="\n").writerows(cells)
    return text.getvalue().encode()


@functools.cache
def bomb() -> bytes:
    """A workbook of a few kilobytes that unpacks to 66 megabytes."""
    file = io.BytesIO()
    name = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as sheet:
        for _ in range(66):
            sheet.write(b" " * (1 << 20))
    return file.getvalue()


def damaged(content: bytes, damage: Sequence[Any]) -> bytes:
    """The bytes after one thing was done to them."""
    match damage:
        case ("flip", places):
            changed = bytearray(content)
            for place, mask in places if changed else ():
                changed[place % len(changed)] ^= mask
            return bytes(changed)
        case ("cut", place):
            return content[: place % (len(content) + 1)]
        case ("insert", place, piece):
            place %= len(content) + 1
            return content[:place] + piece + content[place:]
        case ("encoding", encoding):
            return content.decode(errors="replace").encode(encoding, errors="replace")
        case ("mixed", place, encoding):
            place %= len(content) + 1
            return content[:place] + content[place:].decode(errors="replace").encode(encoding, errors="replace")
        case ("replace", old, new):
            return content.replace(old, new)
        case ("random", random):
            return bytes(random)
        case ("bomb",):
            return bomb()
        case ("twice",):
            return content + content
    return content  # "suffix" and "named" say something else of the same bytes


# --- What must become of the rows ---


@dataclass(frozen=True)
class Outcome:
    """Of a list that is read: its rows, those refused, and the content of each dossier that is good."""

    read: int
    refused: int
    good: Content


def expected(case: Case) -> Outcome | type[BaocaoError]:
    """What a clerk with a ruler would say of an undamaged list."""
    if case.doubled is not None and case.doubled in case.order:
        return InputError
    if any(name not in case.order for name in REQUIRED):
        return InputError
    if "unit" not in case.order:
        return ConfigurationError
    kinds = Counter(kind for _, kind in case.extra)
    shifted = kinds["long"] + kinds["short"] if case.format == "csv" else 0
    blank = kinds["blank"] if case.format == "parquet" else 0
    contents: dict[str, list[tuple[Any, ...]]] = {}
    refused = shifted + blank + kinds["header"]
    read = refused + len(case.rows)
    for row in case.rows:
        meant = {name: MEANINGS[name].get(row[name], row[name]) for name in case.order if isinstance(name, str)}
        if case.format == "xlsx" and "procedure" in meant and meant["procedure"]:
            meant["procedure"] = meant["procedure"][:32_000]
        if any(value is REFUSED for value in meant.values()) or not _countable(meant):
            refused += 1
            continue
        if row["unit"] == PASSED_ON and not _before_the_merger(meant):
            meant["unit"] = "dien-bien.quai-to"
        contents.setdefault(meant["dossier"], []).append(tuple(meant.get(name) for name in STORED))
    good = {}
    for name, found in contents.items():
        if len(set(found)) > 1:
            refused += len(found)
        else:
            good[name] = found[0]
    return Outcome(read, refused, good)


def _before_the_merger(meant: Mapping[str, Any]) -> bool:
    """Whether the first day a dossier tells lies before its commune was merged into one that kept the name."""
    days = (meant.get(name) for name in ("received_date", "due_date", "finished_date", "result_date"))
    return next((day <= date(2025, 6, 30) for day in days if day is not None), False)


def _countable(meant: Mapping[str, Any]) -> bool:
    """Taken in on a day unless it never was, ended on a day if it is closed, and not before it came."""
    received, status = meant["received_date"], meant.get("status")
    ended = meant.get("finished_date") or meant.get("result_date")
    if received is None and status not in NEVER_TAKEN_IN:
        return False
    if status in CLOSED and ended is None:
        return False
    return received is None or ended is None or ended >= received


# --- The store ---


@dataclass(frozen=True, repr=False)
class Bench:
    """A project whose store is laid out anew after every example that changed it."""

    project: Project
    template: Path
    connection: duckdb.DuckDBPyConnection
    before: Content

    @property
    def store(self) -> Path:
        return self.project.root / "data" / "store"

    def untouched(self) -> bool:
        """Whether no table has a version that it did not have; what a version holds never changes."""
        logs = (f"{table}/_delta_log/*" for table in ("dossiers", "deliveries", "coverage"))
        return [len(list(self.store.glob(log))) for log in logs] == [1, 1, 1]

    def reset(self) -> None:
        if not self.untouched():
            shutil.rmtree(self.store)
            shutil.copytree(self.template, self.store)

    def stored(self) -> tuple[int, Content]:
        """Version and content of the dossiers."""
        scan = scan_dossiers(Store(self.project.store))
        assert scan is not None
        scan.register(self.connection, "stored")
        columns = ", ".join(f'"{name}"' for name in ("dossier", *STORED))
        found = self.connection.execute(f"SELECT {columns} FROM stored").fetchall()  # noqa: S608
        content = {row[0]: tuple(row[1:]) for row in found}
        assert len(content) == len(found), "a dossier stands twice"
        return scan.version, content


class _Databases:
    """DuckDB databases, empty and apart from each other, of one instance: to start one takes longer than to use it."""

    def __init__(self, instance: duckdb.DuckDBPyConnection) -> None:
        self._instance = instance
        self._count = 0

    def connect(self, **_: Any) -> duckdb.DuckDBPyConnection:
        if self._count:
            self._instance.execute(f"DETACH DATABASE IF EXISTS example_{self._count}")
        self._count += 1
        database = self._instance.cursor()
        database.execute(f"ATTACH ':memory:' AS example_{self._count}")
        database.execute(f"USE example_{self._count}")
        return database


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """What does not depend on the list is done once, or ten thousand examples would read YAML and start databases."""
    project = copy_project(tmp_path_factory.mktemp("mutated") / "project")
    with pytest.MonkeyPatch.context() as patch, duckdb.connect() as connection:
        for name in ("load_registry", "load_vocabulary", "load_corrections"):
            patch.setattr(ingesting, name, functools.partial(lambda value, _: value, getattr(ingesting, name)(project)))
        for name in ("maps_of", "load_map"):
            patch.setattr(ingesting, name, functools.cache(getattr(ingesting, name)))
        for name in ("fold", "clean"):
            patch.setattr(header, name, functools.lru_cache(100_000)(getattr(header, name)))
        patch.setattr(duckdb, "connect", _Databases(connection).connect)
        base = Case(tuple({"dossier": name, **PLAIN} for name in KNOWN), 0, False, NAMES, (), (), None, "csv", ",", ())
        path = project.root / "base.csv"
        path.write_bytes(written(base))
        ingesting.ingest_dossiers(project, DossierList(ListSource(str(path))))
        template = project.root / "template"
        shutil.copytree(project.root / "data" / "store", template)
        outcome = expected(base)
        assert isinstance(outcome, Outcome)
        bench = Bench(project, template, connection, outcome.good)
        assert bench.stored() == (0, outcome.good) and len(outcome.good) == len(KNOWN)
        assert bench.untouched()
        yield bench


def judge(bench: Bench, case: Case) -> str:
    """Take the list in and compare what is said with what is stored, and with the clerk where he can tell."""
    content, suffix, encoding = written(case), f".{case.format}", None
    for damage in case.damage:
        content = damaged(content, damage)
        match damage:
            case ("suffix", suffix):
                pass
            case ("named", encoding):
                pass
    bench.reset()
    path = bench.project.root / f"list{suffix}"
    path.write_bytes(content)
    outcome = None if case.damage else expected(case)
    try:
        column_map = MAPS[case.vocabulary] if case.named else None
        delivery = DossierList(ListSource(str(path), encoding=encoding), map=column_map)
        done = ingesting.ingest_dossiers(bench.project, delivery)
    except BaocaoError as error:
        message = str(error)
        assert message.strip() and "Traceback" not in message and len(message) < 20_000
        assert "list." in message or "encoding" in message
        assert bench.untouched(), "a refused list left something"
        assert outcome is None or error.__class__ is outcome, f"{message}\n{outcome}"
        if outcome is not None:
            assert PERSON not in message
        return "refused"
    finally:
        path.unlink()
    version, after = bench.stored()
    new = {name for name in after if name not in bench.before}
    changed = {name for name in bench.before if after.get(name) != bench.before[name]}
    balance = done.balance
    assert (len(new), len(changed)) == (balance.stored, balance.updated)
    assert bench.before.keys() <= after.keys()
    assert version == done.version == (1 if new or changed else 0)
    quarantined: list[dict[str, str]] = []
    if done.quarantine is not None:
        text = done.quarantine.read_text(encoding="utf-8-sig").replace(BOOK, HUGE)
        # No cell may break its row: read as a spreadsheet reads it.
        csv.field_size_limit(1 << 30)  # a refused cell is kept whole, however long a mutation made it
        quarantined = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(quarantined) == balance.quarantined
    assert len({row["row"] for row in quarantined}) == balance.quarantined
    assert all(row["reason"] for row in quarantined)
    if outcome is None:
        return "taken in"
    assert isinstance(outcome, Outcome), f"it should have been refused with {outcome}"
    wanted = {**bench.before, **outcome.good}
    assert after == wanted
    assert balance == Balance(
        read=outcome.read,
        stored=len(wanted) - len(bench.before),
        updated=len(changed),
        duplicates=outcome.read - outcome.refused - len(new) - len(changed),
        quarantined=outcome.refused,
    )
    assert PERSON not in str(quarantined) and PERSON not in str(after)
    return "taken in"


whole = cases(st.just(()))
broken = cases(st.lists(gentle | gentle | harsh, min_size=1, max_size=2))
#: Examples are costly to find and cheap to repeat: no deadline, and what one run finds the next one tries first.
thorough = settings(deadline=None, suppress_health_check=list(HealthCheck))


@given(case=whole)
@settings(thorough, max_examples=60, derandomize=True)
def test_a_readable_list_is_taken_in_to_the_last_row(bench: Bench, case: Case) -> None:
    event(judge(bench, case))


@given(case=broken)
@settings(thorough, max_examples=90, derandomize=True)
def test_a_damaged_list_is_taken_in_or_refused(bench: Bench, case: Case) -> None:
    event(judge(bench, case))


@pytest.mark.full
@given(case=whole | broken)
@settings(thorough, max_examples=10_000)
def test_ten_thousand_lists(bench: Bench, case: Case) -> None:
    event(judge(bench, case))


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        *((cell, "taken in") for cell in ("Đ-1", "Khai sinh", "03/02/2020", "UBND Xã Quài Tở")),
        *((heading, "refused") for heading in ("Mã hồ sơ", "Chủ hồ sơ")),
    ],
)
def test_bytes_that_are_no_letters_in_a_parquet_file(bench: Bench, text: str, becomes: str) -> None:
    """Found by the ten thousand: Parquet says that its cells are text, and whoever reads it has to see if it is so."""
    old = text.encode()
    new = b"\xff" + old[1:]
    case = Case(({"dossier": "Đ-1", **PLAIN},), 0, True, NAMES, (), (), None, "parquet", ",", (("replace", old, new),))
    assert old in written(case)
    assert judge(bench, case) == becomes


@pytest.mark.parametrize("format", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("vocabulary", [0, 1, 2])
def test_the_clerk_agrees_on_a_list_with_everything(bench: Bench, format: str, vocabulary: int) -> None:
    """One list with every cell there is, so that no kind of cell is left to chance."""
    rows = [
        {"dossier": f"C{number}-{place}", **PLAIN, name: cell}
        for number, name in enumerate(STORED)
        for place, cell in enumerate(MEANINGS[name])
    ]
    rows += [{"dossier": cell, **PLAIN} for cell in MEANINGS["dossier"]]
    rows += [{"dossier": "A2", **PLAIN}, {"dossier": "A2", **PLAIN, "paid_online": "1"}, {"dossier": "A3", **PLAIN}]
    extra = tuple((place, kind) for place, kind in enumerate(["blank", "long", "short", "header", "blank"]))
    case = Case(tuple(rows), vocabulary, False, (0, *NAMES, 1), ("DANH SÁCH",), extra, None, format, ",", ())
    outcome = expected(case)
    assert isinstance(outcome, Outcome)
    assert outcome.refused > 20 and len(outcome.good) > 50
    assert judge(bench, case) == "taken in"
    assert judge(bench, replace(case, order=tuple(reversed(case.order)))) == "taken in"
