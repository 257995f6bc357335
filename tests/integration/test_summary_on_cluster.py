"""The summary on a real Dask scheduler with workers of their own: the same figures, or a message that helps."""

import json
import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from distributed import LocalCluster

from baocao.errors import ConfigurationError
from baocao.indicators import summary
from baocao.indicators.summary import SHARES, Window, summarise, summarise_on
from baocao.indicators.unit_summary import summarise_units
from baocao.intake.dossiers import PARTITIONS, SCHEMA, TABLE
from baocao.intake.vocabulary import Vocabulary, load_vocabulary
from baocao.project import Project
from baocao.store.dossiers import DossierScan, scan_dossiers
from baocao.store.tables import Store
from tests.brute_summary import STATUSES, dossier
from tests.integration.conftest import Baocao

WORKERS = 2
#: The dashboard at any free port: the usual one may belong to somebody else on this machine.
PROCESSES: dict[str, Any] = {"processes": True, "dashboard_address": "127.0.0.1:0"}
WINDOWS = [
    Window(date(2020, 1, 1), date(2020, 3, 31)),
    Window(date(2020, 2, 15), date(2020, 3, 14), ("tuan-giao.ta-ma",)),
]
BY = ("unit", "procedure", "source")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, **PROCESSES) as started:
        yield started


@pytest.fixture(scope="module")
def vocabulary(shared_project: Project) -> Vocabulary:
    return load_vocabulary(shared_project)


def store_dossiers(store: Store, count: int) -> DossierScan:
    """Dossiers of two units, two systems, two spellings of a procedure and five months, in every state."""
    start = date(2019, 12, 1)
    rows = []
    for number in range(count):
        received = start + timedelta(days=number * 150 // count)
        rows.append(
            dossier(
                f"HS-{number}",
                source=("office", "dien-bien-portal")[number % 2],
                unit=("tuan-giao.ta-ma", "tuan-giao.quai-to")[number // 2 % 2],
                procedure_code="1.01" if number % 3 else None,
                procedure=f"Thủ tục {number % 4}",
                received_date=received,
                due_date=received + timedelta(days=10),
                status=STATUSES[number % len(STATUSES)],
                finished_date=received + timedelta(days=number % 20) if number % 4 else None,
                result_date=received + timedelta(days=20),
                paid_online=(None, True, False)[number % 3],
            )
        )
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    write_deltalake(store.address(TABLE), table, partition_by=list(PARTITIONS))
    scan = scan_dossiers(store)
    assert scan is not None
    return scan


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> DossierScan:
    return store_dossiers(Store(tmp_path_factory.mktemp("store")), 200)


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Filled whenever this process itself, not a worker, reads dossiers."""
    scans: list[Any] = []
    register = DossierScan.register

    def noted(scan: DossierScan, *arguments: Any) -> None:
        scans.append(scan)
        register(scan, *arguments)

    monkeypatch.setattr(DossierScan, "register", noted)
    return scans


def test_workers_find_the_same_figures(
    cluster: Any, scan: DossierScan, vocabulary: Vocabulary, read_here: list[Any]
) -> None:
    spread = summarise_on(cluster.scheduler_address, scan, vocabulary, WINDOWS, BY)
    assert not read_here
    whole = summarise(scan, vocabulary, WINDOWS, BY)
    assert read_here == [scan]
    assert whole.num_rows > 10
    assert spread.schema == whole.schema
    assert spread.to_pylist() == whole.to_pylist()


def test_fewer_files_than_shares_and_none_at_all(cluster: Any, scan: DossierScan, vocabulary: Vocabulary) -> None:
    for files in (scan.files[:1], ()):
        assert len(files) < WORKERS * SHARES
        some = DossierScan(scan.address, scan.version, files)
        spread = summarise_on(cluster.scheduler_address, some, vocabulary, WINDOWS, BY)
        whole = summarise(some, vocabulary, WINDOWS, BY)
        assert bool(whole.num_rows) is bool(files)
        assert (spread.schema, spread.to_pylist()) == (whole.schema, whole.to_pylist())


def test_a_second_question_finds_the_same_workers(cluster: Any, scan: DossierScan, vocabulary: Vocabulary) -> None:
    """Neither the connection nor a result of the first one is left in the way of the second."""
    answers = [
        summarise_on(cluster.scheduler_address, scan, vocabulary, [window], ("unit",)).to_pylist()
        for window in (*WINDOWS, WINDOWS[0])
    ]
    assert answers[0] == answers[2] != answers[1]
    assert answers[1] == summarise(scan, vocabulary, WINDOWS[1:], ("unit",)).to_pylist()


def test_from_the_command_line(cluster: Any, baocao: Baocao, project: Project) -> None:
    store_dossiers(Store(project.store), 40)
    question = ("summary", "--units", "parent=tuan-giao", "--period", "2020-02", "--by", "unit,procedure", "--json")
    here = baocao(*question)
    there = baocao(*question, "--cluster", cluster.scheduler_address)
    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert json.loads(here.stdout)["rows"]
    assert json.loads(there.stdout) == json.loads(here.stdout)


@pytest.mark.parametrize("by", [("unit",), ("field",)])
def test_no_dossier_is_read_here(cluster: Any, project: Project, by: tuple[str, ...], read_here: list[Any]) -> None:
    """Nor to find out which units have none: a country's dossiers are on a cluster because one machine is too slow."""
    store_dossiers(Store(project.store), 40)
    here = summarise_units(project, "parent=tuan-giao", "2020-02", by=by)
    read_here.clear()
    there = summarise_units(project, "parent=tuan-giao", "2020-02", by=by, cluster=cluster.scheduler_address)
    assert there == here
    assert not read_here


def test_a_scheduler_without_workers_says_so(scan: DossierScan, vocabulary: Vocabulary) -> None:
    with (
        LocalCluster(n_workers=0, **PROCESSES) as idle,
        pytest.raises(ConfigurationError, match="has no worker; start one with `dask worker`"),
    ):
        summarise_on(idle.scheduler_address, scan, vocabulary, WINDOWS, BY)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "127.0.0.1:9", "tcp://127.0.0.1", "telnet://127.0.0.1:9"])
def test_where_no_scheduler_answers(
    scan: DossierScan, vocabulary: Vocabulary, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "CONNECT_SECONDS", 1)
    start = time.monotonic()
    with pytest.raises(ConfigurationError, match=re.escape(f"--cluster {address}: no Dask scheduler answers there")):
        summarise_on(address, scan, vocabulary, WINDOWS, BY)
    assert time.monotonic() - start < 8
