"""The store on an object store: moto's S3 on this machine, the same content and the same promises as in a folder."""

import itertools
import json
import socket
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer

from baocao.errors import BaocaoError, StoreError
from baocao.indicators.unit_summary import summarise_units
from baocao.intake.dossiers import TABLE
from baocao.intake.register import load_register
from baocao.intake.source import Stated, find_sources
from baocao.project import Project
from baocao.store.deliveries import deliveries
from baocao.store.dossiers import scan_dossiers
from baocao.store.ingest import ingest
from baocao.store.registers import ingest_register, read_register
from baocao.store.staging import Balance
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions
from tests.integration.conftest import Baocao
from tests.unit.test_dossier_intake import (
    OPEN,
    PERSON,
    PHONE,
    between,
    content,
    dossier,
    some_rows,
    take_rows,
    versions,
)

BUCKETS = (f"bucket-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Address of an S3 server on a free port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def access(endpoint: str, store: str) -> dict[str, str]:
    """Everything that must be set for a store on an S3 server of one's own; nothing else is needed."""
    return {
        "AWS_ACCESS_KEY_ID": "clerk",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "BAOCAO_STORE": store,
    }


@pytest.fixture
def environment(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The store lies in a bucket of its own, under a prefix."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_S3_ALLOW_UNSAFE_RENAME"):
        monkeypatch.delenv(name, raising=False)
    bucket = next(BUCKETS)
    settings = access(endpoint, f"s3://{bucket}/offices/tuan-giao")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    client().create_bucket(Bucket=bucket)
    return settings


def client() -> Any:
    return boto3.client("s3")


def objects(store: str) -> Mapping[str, bytes]:
    """What lies in the bucket of a store."""
    bucket = store.removeprefix("s3://").partition("/")[0]
    listed = client().list_objects_v2(Bucket=bucket).get("Contents", [])
    return {entry["Key"]: client().get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed}


def exports() -> list[list[dict[str, str]]]:
    """Three deliveries: new dossiers, changes that move some to other months, only known ones."""
    first = some_rows(30)
    second = [row | {"received_date": "05/03/2020", "due_date": "20/07/2020"} for row in first[:10]]
    return [first, [*second, dossier("B1", **OPEN)], second]


def summary(project: Project, **options: Any) -> Any:
    found = summarise_units(project, "under=dien-bien", "2020-Q1", by=("unit", "field"), **options)
    assert sum(row["received_direct"] for row in found.rows) > 5
    return found


@pytest.mark.usefixtures("environment")
def test_dossiers_are_the_same_as_in_a_folder(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Balances, content of every version, deliveries, and the summary now and as of before."""
    seen = []
    for local in (False, True):
        if local:
            monkeypatch.setenv("BAOCAO_STORE", str(project.root / "folder"))
        balances = [take_rows(project, *rows, name=f"{number}.csv").balance for number, rows in enumerate(exports())]
        contents = [content(project, str(version)) for version in range(2)]
        assert content(project) == contents[1] != contents[0]
        summaries = [summary(project), summary(project, as_of="0")]
        assert summaries[0].rows != summaries[1].rows
        seen.append((balances, contents, deliveries(Store(project.store)), summaries, versions(project)))
    assert seen[0] == seen[1]
    assert [balance.updated for balance in seen[0][0]] == [0, 7, 0]


@pytest.mark.usefixtures("environment")
def test_registers_are_known_where_nobody_can_list_the_tables(project: Project) -> None:
    path = project.root / "plans.csv"
    definition = load_register(project, "plans")
    stated = Stated(unit="tuan-giao", period="2020-Q1")
    for done in ("50", "100"):
        path.write_text(f"Kế hoạch,Tỷ lệ %\nKế hoạch năm,{done}\n", encoding="utf-8")
        ingest_register(project, definition, find_sources(project, "plans", [path], stated))
    store = Store(project.store)
    assert resolve_versions(store, None).of == {"register_plans": 1}
    dates = date(2020, 1, 1), date(2020, 4, 1)
    read = [read_register(store, definition, "tuan-giao", *dates, as_of) for as_of in (None, "0")]
    assert [entries[0]["done_pct"] for entries in read] == [100, 50]


def test_everything_lies_under_the_prefix(project: Project, environment: dict[str, str]) -> None:
    take_rows(project, dossier("A1"), dossier("A2", channel="?"))
    keys = list(objects(environment["BAOCAO_STORE"]))
    assert any(key.startswith(f"offices/tuan-giao/{TABLE}/source=office/received_month=2020-02/") for key in keys)
    assert all(key.startswith("offices/tuan-giao/") for key in keys)
    local = [path for path in (project.root / "data" / "store").rglob("*") if path.is_file()]
    assert [path.parent.name for path in local] == ["dossiers"] and "_quarantine" in local[0].parts


def test_no_person_reaches_the_bucket(project: Project, environment: dict[str, str], tmp_path: Path) -> None:
    take_rows(project, *some_rows(20))
    take_rows(project, *(row | {"field": "Đất đai"} for row in some_rows(20)), name="second.csv")
    found = objects(environment["BAOCAO_STORE"])
    assert len([key for key in found if key.endswith(".parquet")]) > 4
    for key, data in found.items():
        text = data.decode(errors="replace")
        if key.endswith(".parquet"):
            (tmp_path / "x.parquet").write_bytes(data)
            text += str(pq.read_table(tmp_path / "x.parquet").to_pylist())
        assert PERSON not in text and PHONE not in text, key


def test_the_same_list_twice_writes_nothing(project: Project, environment: dict[str, str]) -> None:
    take_rows(project, *some_rows(20))
    before = objects(environment["BAOCAO_STORE"])
    again = take_rows(project, *some_rows(20))
    assert (again.balance.stored, again.balance.updated, again.version) == (0, 0, 0)
    assert objects(environment["BAOCAO_STORE"]) == before


@pytest.mark.usefixtures("environment")
def test_two_ingests_at_the_same_moment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """An object store has no locks: the second commit must find the place of its version taken."""
    take_rows(project, dossier("A1", **OPEN), name="first.csv")
    between(monkeypatch, lambda: take_rows(project, dossier("A2", field="của người khác"), name="other.csv"))
    with pytest.raises(StoreError, match="somebody else stored dossiers at the same moment; nothing was changed"):
        take_rows(project, dossier("A1"), dossier("A2"), name="second.csv")
    assert versions(project)[TABLE] == 1
    assert content(project)["office", "A2"][3] == "của người khác"
    assert take_rows(project, dossier("A1"), dossier("A2"), name="second.csv").balance == Balance(2, 0, 2, 0, 0)


@pytest.mark.usefixtures("environment")
def test_printed_tables_are_the_same_as_in_a_folder(
    project: Project, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for local in (False, True):
        if local:
            monkeypatch.setenv("BAOCAO_STORE", str(project.root / "folder"))
        table = sample / "bieu_2_by_unit.csv"
        changes = [ingest(project, find_sources(project, "one-stop-summary", [sample])).change for _ in range(2)]
        text = table.read_text(encoding="utf-8")
        table.write_text(text.replace(",73,73,16,57,", ",73,73,17,56,"), encoding="utf-8")
        assert table.read_text(encoding="utf-8") != text
        changes.append(ingest(project, find_sources(project, "one-stop-summary", [sample])).change)
        table.write_text(text, encoding="utf-8")
        store = Store(project.store)
        read = [store.read("one_stop_summary", as_of) for as_of in (None, "0")]
        rows = [sorted(map(str, found.rows.to_pylist())) for found in read if found is not None]
        assert len(rows) == 2 and rows[0] != rows[1]
        seen.append((changes, rows))
    assert seen[0] == seen[1]
    first, second, third = seen[0][0]
    assert (first.version, second.version, third.version) == (0, 0, 1)
    assert (first.added, second.unchanged, third.replaced) == (first.added, first.added, 1)


@pytest.mark.usefixtures("environment")
def test_a_slash_at_the_end_of_the_address_says_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    take_rows(project, dossier("A1"))
    monkeypatch.setenv("BAOCAO_STORE", f"{project.store}/")
    assert take_rows(project, dossier("A1", field="Đất đai")).balance == Balance(1, 0, 1, 0, 0)


def test_the_address_may_stand_in_the_project(
    project: Project, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, edit: Any
) -> None:
    monkeypatch.delenv("BAOCAO_STORE")
    edit(project.root / "params" / "project.yaml", "store: data/store", f"store: {environment['BAOCAO_STORE']}")
    take_rows(Project(project.root), dossier("A1"))
    assert objects(environment["BAOCAO_STORE"])


def test_the_commands(baocao: Baocao, project: Project, environment: dict[str, str]) -> None:
    take_rows(project, *some_rows(20))
    (project.root / "list.csv").rename(project.root / "again.csv")
    again = baocao("ingest", "dossiers", "again.csv", "--json", env=environment)
    assert (again.returncode, json.loads(again.stdout)["files"][0]["stored"]) == (0, 0), again.stderr
    done = baocao("summary", "--units", "under=dien-bien", "--period", "2020-Q1", "--json", env=environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == json.loads(
        json.dumps(summarise_units(project, "under=dien-bien", "2020-Q1").rows, default=str)
    )


@pytest.mark.usefixtures("environment")
def test_a_bucket_that_is_not_there(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOCAO_STORE", "s3://no-such-bucket/x")
    for step in (lambda: take_rows(project, dossier("A1")), lambda: scan_dossiers(Store(project.store))):
        with pytest.raises(BaocaoError, match="s3://no-such-bucket/x") as info:
            step()
        assert "\x1b" not in str(info.value)


def test_a_server_that_does_not_answer(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port, and nobody answers
        for name, value in access(f"http://127.0.0.1:{taken.getsockname()[1]}", "s3://bucket/x").items():
            monkeypatch.setenv(name, value)
        with pytest.raises(BaocaoError, match="s3://bucket/x") as info:
            take_rows(project, dossier("A1"))
    assert "\x1b" not in str(info.value) and "secret" not in str(info.value)
