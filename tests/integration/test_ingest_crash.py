"""A process that dies while it takes dossiers in leaves the table as before or as after; running it again mends all."""

import hashlib
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from baocao.intake.dossier_source import DossierList
from baocao.intake.dossiers import CONTENT, KEY, TABLE
from baocao.intake.row_stream import ListSource
from baocao.project import Project
from baocao.store.deliveries import Covered, coverage, deliveries
from baocao.store.dossiers import scan_dossiers
from baocao.store.ingest_dossiers import ingest_dossiers
from baocao.store.staging import Balance
from baocao.store.tables import Store
from tests.conftest import copy_project

HEADER = (
    "Mã hồ sơ,Tên thủ tục hành chính,Lĩnh vực,Đơn vị tiếp nhận,Ngày tiếp nhận,Ngày hẹn trả,Ngày kết thúc xử lý,"
    "Hình thức tiếp nhận,Trạng thái"
)
UNITS = ("UBND huyện Tuần Giáo", "UBND Xã Quài Tở", "UBND Thị trấn", "UBND Xã Nà Sáy")
FIRST_ROWS, SECOND_ROWS = 30_000, 20_000
#: What the second list brings: 5,000 dossiers as they were, 10,000 finished since, 4,900 new ones, 100 refused.
SECOND = Balance(read=SECOND_ROWS, stored=4_900, updated=10_000, duplicates=5_000, quarantined=100)

#: A process that says when it begins, and kills itself before a step of the ingest if it is told one.
TAKE_IN = """
import os, signal, sys
from pathlib import Path
from baocao.intake.dossier_source import DossierList
from baocao.intake.row_stream import ListSource
from baocao.project import Project
from baocao.store import dossiers, ingest_dossiers, staging

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

root, step = sys.argv[1:]
match step:
    case "before the quarantine": staging.Staging.keep_rejected = die
    case "before the commit": dossiers.write_deltalake = die
    case "before the coverage": ingest_dossiers.record_coverage = die
    case "before the delivery": ingest_dossiers.record_delivery = die
place = ListSource(str(Path(root) / "second.csv"))
print("begin", flush=True)
ingest_dossiers.ingest_dossiers(Project(Path(root)), DossierList(place))
print("end", flush=True)
"""


def row(number: int, *, finished: bool = False, channel: str = "1") -> str:
    day = f"{number % 28 + 1:02d}/{number % 6 + 1:02d}/2020"
    end, status = (f"{number % 28 + 1:02d}/07/2020", 9) if finished else ("", 4)
    return f"D{number},Thủ tục {number % 40},Hộ tịch,{UNITS[number % 4]},{day},01/07/2020,{end},{channel},{status}"


@dataclass(frozen=True)
class State:
    """What the store says of the dossiers."""

    version: int
    dossiers: int
    content: str


@dataclass(frozen=True)
class Bench:
    """A project before the second list, and what an undisturbed run makes of it."""

    project: Project
    template: Path
    before: State
    after: State
    covered: tuple[Covered, ...]
    quarantine: bytes
    seconds: float


def state(project: Project) -> State:
    """Version, number and a hash of all stored dossiers, whatever files they lie in."""
    scan = scan_dossiers(Store(project.store))
    assert scan is not None
    columns = ", ".join(f'"{name}"' for name in (*KEY, *CONTENT, "received_month"))
    with duckdb.connect() as connection:
        scan.register(connection, "stored")
        rows = connection.sql(f"SELECT {columns} FROM stored ORDER BY dossier, source").fetchall()  # noqa: S608
    assert len({(found[0], found[1]) for found in rows}) == len(rows), "a dossier stands twice"
    return State(scan.version, len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())


def second_list(project: Project) -> DossierList:
    return DossierList(ListSource(str(project.root / "second.csv")))


def covered(project: Project, version: int) -> tuple[Covered, ...]:
    entries = coverage(Store(project.store), version).entries
    return tuple(sorted(entries, key=lambda entry: (entry.unit, entry.from_date, entry.to_date)))


def quarantined(project: Project) -> bytes:
    (path,) = (project.quarantine / "dossiers").glob("second-*.csv")
    return path.read_bytes()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The two lists, the store between them, and how the second one is taken in by a process left in peace."""
    project = copy_project(tmp_path_factory.mktemp("crash") / "project")
    first = [row(number) for number in range(FIRST_ROWS)]
    second = [
        *(row(number) for number in range(5_000)),
        *(row(number, finished=True) for number in range(5_000, 15_000)),
        *(row(number) for number in range(FIRST_ROWS, FIRST_ROWS + 4_900)),
        *(row(number, channel="?") for number in range(FIRST_ROWS + 4_900, FIRST_ROWS + 5_000)),
    ]
    for name, rows in (("first.csv", first), ("second.csv", second)):
        (project.root / name).write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    ingest_dossiers(project, DossierList(ListSource(str(project.root / "first.csv"))))
    before = state(project)
    store, template = project.root / "data" / "store", project.root / "template"
    shutil.copytree(store, template)
    process = start(project)
    begun = time.monotonic()
    assert process.communicate(timeout=120)[0] == "end\n"
    seconds = time.monotonic() - begun
    after = state(project)
    assert (before.version, before.dossiers) == (0, FIRST_ROWS)
    assert (after.version, after.dossiers) == (1, FIRST_ROWS + SECOND.stored)
    yield Bench(project, template, before, after, covered(project, 1), quarantined(project), seconds)
    shutil.rmtree(project.root, ignore_errors=True)


def start(project: Project, step: str = "") -> "subprocess.Popen[str]":
    """A process that has just begun to take the second list in."""
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_IN, str(project.root), step], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begin\n"
    return process


def fresh_store(bench: Bench) -> Project:
    store = bench.project.root / "data" / "store"
    shutil.rmtree(store)
    shutil.copytree(bench.template, store)
    assert state(bench.project) == bench.before
    return bench.project


def mend(bench: Bench, found: State) -> None:
    """Run the ingest again: afterwards nobody can tell that it was ever disturbed."""
    project = bench.project
    again = ingest_dossiers(project, second_list(project))
    news = found == bench.before
    assert again.balance == (SECOND if news else Balance(SECOND_ROWS, 0, 0, SECOND_ROWS - 100, 100))
    assert state(project) == bench.after
    assert covered(project, 1) == bench.covered
    assert quarantined(project) == bench.quarantine
    listed = [delivery for delivery in deliveries(Store(project.store)) if delivery["version"] == 1]
    assert [(delivery["file"], delivery["read"]) for delivery in listed] == [("second.csv", SECOND_ROWS)]
    tables = [Store(project.store).open(name) for name in (TABLE, "deliveries", "coverage")]
    assert [delta.version() for delta in tables if delta is not None] == [1, 1, 1]


@pytest.mark.parametrize(
    "step", ["before the quarantine", "before the commit", "before the coverage", "before the delivery"]
)
def test_a_death_between_two_steps(bench: Bench, step: str) -> None:
    project = fresh_store(bench)
    process = start(project, step)
    assert process.communicate(timeout=120)[0] == "", "it did not die"
    assert process.returncode != 0
    found = state(project)
    assert found == (bench.after if step in ("before the coverage", "before the delivery") else bench.before)
    mend(bench, found)


def deaths(bench: Bench, count: int, seed: int) -> list[tuple[bool, State]]:
    """Kill as many ingests, each in its own part of the time an ingest takes; whether it lived, and what it left."""
    chance = random.Random(seed)  # noqa: S311 -- the same moments every time
    outcomes = []
    for number in range(count):
        project = fresh_store(bench)
        process = start(project)
        time.sleep(bench.seconds * (number + chance.random()) / count)
        process.kill()
        process.communicate(timeout=120)
        found = state(project)
        outcomes.append((process.returncode == 0, found))
        assert found in (bench.before, bench.after), f"killed ingest {number} left something between"
        mend(bench, found)
    return outcomes


def test_killed_at_some_moments(bench: Bench) -> None:
    outcomes = deaths(bench, 3, seed=20200403)
    assert not all(lived for lived, _ in outcomes), "nothing was killed in time"


@pytest.mark.full
def test_killed_at_fifty_moments(bench: Bench) -> None:
    outcomes = deaths(bench, 50, seed=20200404)
    killed = [found for lived, found in outcomes if not lived]
    assert len(killed) >= 30
    assert bench.before in killed


@pytest.mark.parametrize("log", [False, True], ids=["no log", "an empty log"])
def test_what_a_first_ingest_left_that_died_before_its_commit(bench: Bench, project: Project, log: bool) -> None:
    """Files of rows and no word of them: they are nobody's, and in nobody's way."""
    table = project.root / "data" / "store" / TABLE
    month = "source=office/received_month=2020-01"
    shutil.copytree(bench.template / TABLE / month, table / month)
    if log:
        (table / "_delta_log").mkdir()
    assert scan_dossiers(Store(project.store)) is None
    shutil.copy(bench.project.root / "second.csv", project.root)
    done = ingest_dossiers(project, second_list(project))
    assert (done.version, done.balance) == (0, Balance(SECOND_ROWS, SECOND_ROWS - 100, 0, 0, 100))
    assert state(project).dossiers == SECOND_ROWS - 100
