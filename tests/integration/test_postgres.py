"""Lists straight from a one-stop system's database: a PostgreSQL server of our own, on a socket of its own."""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from adbc_driver_postgresql import dbapi

from baocao.errors import BaocaoError, ConfigurationError, InputError
from baocao.intake.dossier_source import DossierList
from baocao.intake.row_stream import ListSource
from baocao.project import Project
from baocao.store.deliveries import deliveries
from baocao.store.ingest_dossiers import IngestedList, ingest_dossiers
from baocao.store.staging import Balance
from baocao.store.tables import Store
from tests.integration.conftest import Baocao
from tests.unit.test_dossier_intake import content, kept, table, texts_of, versions

PERSON = "Nguyễn Thị Kín"
PASSWORD = "s3cret"  # noqa: S105 -- of a server that asks for none
#: The columns of the national sync record, as a system would keep them.
SYNC_RECORD = """
    "MaHoSo" text, "MaTTHC" text, "TenTTHC" text, "TenLinhVuc" text, "DonViXuLy" text, "ChuHoSo" text,
    "SoDienThoai" varchar(20), "NgayNopHoSo" timestamptz, "NgayTiepNhan" timestamptz, "NgayHenTra" date,
    "NgayKetThucXuLy" timestamp, "NgayTra" timestamptz, "KenhThucHien" smallint, "TrangThaiHoSo" integer,
    "DuocThanhToanTrucTuyen" boolean
"""

Sql = Callable[..., list[tuple[Any, ...]]]
Take = Callable[..., IngestedList]


def _programs() -> Path | None:
    """The folder of PostgreSQL's own programs."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").is_file()), None)


def _somebody() -> dict[str, Any]:
    """Who the server runs as: ourselves, but never root, whom it refuses."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL does not run as root, and there is neither a user “postgres” nor “nobody”")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Address of a server that listens on nothing but a socket in its own folder."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's initdb is neither on the PATH nor under /usr/lib/postgresql; install postgresql")
    somebody = _somebody()
    folder = Path(tempfile.mkdtemp(prefix="baocao-pg-", dir="/tmp"))  # a socket's path must be short
    if somebody:
        os.chown(folder, somebody["user"], somebody["group"])
    folder.chmod(0o755)

    def run(*command: str) -> None:
        subprocess.run(command, check=True, cwd=folder, capture_output=True, timeout=60, **somebody)

    data = str(folder / "data")
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c timezone=America/New_York"
    try:
        run(
            str(programs / "initdb"),
            *("-D", data, "-U", "clerk", "-A", "trust", "--encoding=UTF8", "--locale=C", "--no-sync"),
        )
        run(str(programs / "pg_ctl"), "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql:///postgres?host={folder}&user=clerk&password={PASSWORD}"
        finally:
            run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sql(server: str) -> Sql:
    """Run statements in a database emptied beforehand; the rows of the last one."""

    def run(*statements: str) -> list[tuple[Any, ...]]:
        with dbapi.connect(server, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    run("DROP SCHEMA IF EXISTS public CASCADE", "DROP SCHEMA IF EXISTS mot_cua CASCADE", "CREATE SCHEMA public")
    return run


@pytest.fixture
def take(project: Project, server: str) -> Take:
    """Take a query into the store."""

    def ingest(query: str | None, place: str = server, **said: Any) -> IngestedList:
        return ingest_dossiers(project, DossierList(ListSource(place, query), **said))

    return ingest


@pytest.fixture
def records(sql: Sql) -> Sql:
    """Three records of the national sync in a table “HoSo”; whoever wants to look afterwards can."""
    sql(
        f'CREATE TABLE "HoSo" ({SYNC_RECORD})',
        f"""INSERT INTO "HoSo" VALUES
        ('A1', '1.001193', 'Đăng ký khai sinh', 'Hộ tịch', 'UBND Xã Quài Tở', '{PERSON}', '0912345678',
         '2020-02-02 23:59:59+07', '2020-02-03 00:00:00+07', '2020-02-10', '2020-02-07 23:59:59',
         '2020-02-07 17:00:00+00', 1, 10, true),
        ('A2', NULL, 'Khai tử', 'Hộ tịch', 'tuan-giao.na-say', '{PERSON}', NULL,
         NULL, '2020-02-03 16:59:59+00', NULL, NULL, NULL, 2, 4, false),
        ('A3', NULL, 'Khai tử', 'Hộ tịch', 'tuan-giao.na-say', '{PERSON}', NULL,
         NULL, '2020-02-29 17:00:00+00', NULL, NULL, NULL, 3, NULL, NULL)""",  # noqa: S608
    )
    return sql


def plain(sql: Sql, name: str, count: int = 1) -> None:
    """A table with canonical columns."""
    sql(
        f"""CREATE TABLE {name} AS SELECT 'A' || n AS dossier, 'tuan-giao' AS unit, date '2020-02-03' AS received_date,
        'direct' AS channel, 'processing' AS status, '{PERSON}' AS applicant FROM generate_series(1, {count}) n"""  # noqa: S608
    )


# --- What is read ---


@pytest.mark.usefixtures("records")
def test_records_of_the_national_sync(project: Project, take: Take) -> None:
    """Codes as numbers, days, moments with and without a zone: each on its day in Vietnam, wherever the server is."""
    done = take('"HoSo"')
    assert done.balance == Balance(3, 3, 0, 0, 0)
    assert (done.map, list(done.unmapped)) == ("national-sync", [])
    first, second, third = table(project)
    assert (first["channel"], first["status"], first["paid_online"]) == ("direct", "delivered", True)
    assert (first["procedure_code"], first["procedure"], first["field"]) == ("1.001193", "Đăng ký khai sinh", "Hộ tịch")
    assert (first["unit"], second["unit"]) == ("tuan-giao.quai-to", "tuan-giao.na-say")
    days = ("submitted_date", "received_date", "due_date", "finished_date", "result_date")
    assert [first[name] for name in days] == [date(2020, 2, day) for day in (2, 3, 10, 7, 8)]
    assert [second[name] for name in days] == [None, date(2020, 2, 3), None, None, None]
    assert (second["channel"], second["status"], second["paid_online"]) == ("online", "processing", False)
    assert (third["received_date"], third["received_month"]) == (date(2020, 3, 1), "2020-03")
    assert (third["channel"], third["status"], third["paid_online"]) == ("postal", None, None)
    assert [row["source_row"] for row in table(project)] == [1, 2, 3]


@pytest.mark.usefixtures("records")
def test_the_same_query_twice_changes_nothing(project: Project, take: Take) -> None:
    take('"HoSo"')
    before = versions(project)
    again = take('"HoSo"')
    assert again.balance == Balance(3, 0, 0, 3, 0)
    assert versions(project) == before


def test_what_changed_in_the_database_is_an_update(project: Project, take: Take, records: Sql) -> None:
    take('"HoSo"')
    records("""UPDATE "HoSo" SET "TrangThaiHoSo" = 9, "NgayKetThucXuLy" = '2020-02-05' WHERE "MaHoSo" = 'A2'""")
    assert take('"HoSo"').balance == Balance(3, 0, 1, 2, 0)
    assert [row["status"] for row in table(project)] == ["delivered", "finished", None]
    assert [row["status"] for row in table(project, "0")] == ["delivered", "processing", None]


@pytest.mark.parametrize(
    ("created", "named"),
    [
        ("ho_so", "ho_so"),
        ("ho_so", " public.ho_so "),
        ("ho_so", "HO_SO"),
        ("hồ_sơ", "hồ_sơ"),
        ('"Hồ sơ, 2020"', '"Hồ sơ, 2020"'),
        ("mot_cua.ho_so", "mot_cua.ho_so"),
        ('mot_cua."HoSo"', 'mot_cua."HoSo"'),
        ('mot_cua."HoSo"', '"mot_cua"."HoSo"'),
        ('"select"', '"select"'),
    ],
)
def test_a_table_by_its_name(project: Project, sql: Sql, take: Take, created: str, named: str) -> None:
    sql("CREATE SCHEMA mot_cua")
    plain(sql, created)
    assert take(named).balance == Balance(1, 1, 0, 0, 0)
    assert [row["dossier"] for row in table(project)] == ["A1"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM ho_so WHERE dossier = 'A2'",
        "SELECT * FROM ho_so WHERE dossier = 'A2';",
        "select *\nfrom ho_so\nwhere dossier = 'A2'\n",
        "WITH chosen AS (SELECT * FROM ho_so) SELECT * FROM chosen WHERE dossier = 'A2'",
        "-- tháng 2\nSELECT * FROM ho_so WHERE dossier = 'A2'",
        "SELECT * FROM ho_so WHERE dossier = 'A2' -- tháng 2",
        "VALUES ('x')",
    ],
)
def test_a_query(project: Project, sql: Sql, take: Take, query: str) -> None:
    plain(sql, "ho_so", 3)
    if query.startswith("VALUES"):
        query = "SELECT x AS dossier, date '2020-02-03' AS received, 1 AS channel FROM (VALUES ('A2')) t(x)"
    assert take(query, unit="tuan-giao").balance == Balance(1, 1, 0, 0, 0)
    assert [row["dossier"] for row in table(project)] == ["A2"]


def test_an_empty_table(project: Project, sql: Sql, take: Take) -> None:
    plain(sql, "ho_so", 0)
    assert take("ho_so").balance == Balance(0, 0, 0, 0, 0)
    assert table(project) == []


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        ("date '2020-02-03'", date(2020, 2, 3)),
        ("'2020-02-03 23:59:59'::timestamp", date(2020, 2, 3)),
        ("'2020-02-03 23:59:59.999999+07'::timestamptz", date(2020, 2, 3)),
        ("'2020-02-03 17:00:00+00'::timestamptz", date(2020, 2, 4)),
        ("'03/02/2020 08:15'", date(2020, 2, 3)),
        ("43864", date(2020, 2, 3)),
        ("20200203081500", date(2020, 2, 3)),
        ("20200203::numeric", date(2020, 2, 3)),
        ("'infinity'::timestamptz", None),
        ("'infinity'::date", None),
        ("'0001-01-01 BC'::date", None),
        ("'9999-12-31'::date", None),
        ("'31/02/2020'", None),
    ],
)
def test_kinds_of_days(project: Project, sql: Sql, take: Take, expression: str, known: date | None) -> None:
    sql("CREATE TABLE t AS SELECT 1")
    query = f"SELECT 1 AS dossier, {expression} AS received_date, 1 AS channel, 4 AS status"
    done = take(query, unit="tuan-giao")
    assert [row["received_date"] for row in table(project)] == ([known] if known else [])
    assert done.balance.quarantined == (known is None)


# --- What never leaves the database ---


@pytest.mark.usefixtures("records")
def test_no_person_and_no_password_reaches_the_store(project: Project, take: Take, records: Sql) -> None:
    records("""INSERT INTO "HoSo" ("MaHoSo", "ChuHoSo", "KenhThucHien") VALUES ('B1', 'Nguyễn Thị Kín', 7)""")
    done = take('"HoSo"')
    assert done.balance.quarantined == 1 and len(kept(done)) == 1
    for file, text in texts_of(project.root):
        assert PERSON not in text and "0912345678" not in text and PASSWORD not in text, file
    (delivery,) = deliveries(Store(project.store))
    assert PASSWORD not in str(delivery) and str(delivery["file"]).endswith("/postgres")
    assert done.quarantine is not None and done.quarantine.name.startswith("query-")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM ho_so RETURNING *",
        "WITH gone AS (DELETE FROM ho_so RETURNING *) SELECT * FROM gone",
        "UPDATE ho_so SET unit = 'x' RETURNING *",
        "INSERT INTO ho_so SELECT * FROM ho_so RETURNING *",
        "INSERT INTO ho_so SELECT * FROM ho_so",
        "TRUNCATE ho_so",
        "DROP TABLE ho_so",
        "CREATE TABLE other AS SELECT * FROM ho_so",
        "CREATE TABLE other (a int)",
        "SELECT nextval('numbers') AS dossier, received_date, channel FROM ho_so",
        "SELECT * FROM ho_so; DELETE FROM ho_so",
        "COMMIT; DELETE FROM ho_so",
    ],
)
def test_nothing_is_ever_written_to_the_database(project: Project, sql: Sql, take: Take, query: str) -> None:
    plain(sql, "ho_so", 3)
    sql("CREATE SEQUENCE numbers")
    with pytest.raises(InputError, match="expected a database that answers the query"):
        take(query, unit="tuan-giao")
    assert sql("SELECT count(*), min(unit) FROM ho_so") == [(3, "tuan-giao")]
    assert sql("SELECT is_called FROM numbers") == [(False,)]
    assert sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(1,)]
    assert table(project) == []


# --- What cannot be read ---


@pytest.mark.usefixtures("sql")
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("nowhere", "relation .nowhere. does not exist"),
        ("mot_cua.nowhere", "relation .mot_cua.nowhere. does not exist"),
        ("SELECT nothing FROM ho_so", "does not exist"),
        ("SELEC * FROM ho_so", "syntax error"),
        ("SELECT 1/0 AS dossier", "division by zero"),
        ("SET TRANSACTION READ WRITE", "expected a "),
        ("COMMIT;", "expected a "),
    ],
)
def test_a_query_the_database_refuses(project: Project, take: Take, query: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as info:
        take(query, unit="tuan-giao")
    assert PASSWORD not in str(info.value)
    assert table(project) == []


@pytest.mark.usefixtures("sql")
def test_a_query_without_what_is_required(take: Take) -> None:
    with pytest.raises(InputError, match=r"\(received_date\); add the column.*plain\.yaml"):
        take("SELECT 'A1' AS dossier, 'direct' AS channel, 'tuan-giao' AS unit")
    with pytest.raises(InputError, match=r"“dossier.*” and “dossier_id.*”, expected one column for dossier"):
        take("SELECT 1 AS dossier, 1 AS dossier_id, date '2020-02-03' AS received_date, 1 AS channel")
    with pytest.raises(InputError, match=r"column “procedure”: found “list.*”, expected text, numbers or days"):
        take(
            "SELECT 1 AS dossier, date '2020-02-03' AS received, 1 AS channel, ARRAY['x'] AS procedure",
            unit="tuan-giao",
        )


@pytest.mark.usefixtures("sql")
def test_a_query_without_units_lets_go_of_the_database(take: Take, records: Sql) -> None:
    """Refused after the connection was opened and before a row was read."""
    query = "SELECT 1 AS dossier, date '2020-02-03' AS received_date, 1 AS channel"
    with pytest.raises(ConfigurationError, match="the list has no column of units"):
        take(query)
    others = records(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%AS dossier%' AND pid <> pg_backend_pid()"
    )
    assert others == [(0,)]


def test_a_query_that_fails_on_the_way_stores_nothing(project: Project, sql: Sql, take: Take) -> None:
    plain(sql, "ho_so", 1)
    take("ho_so")
    before, rows = versions(project), content(project)
    with pytest.raises(InputError, match="division by zero") as info:
        take(
            "SELECT 'B' || n AS dossier, date '2020-02-03' AS received_date, 1 / (60000 - n) + 1 AS channel "
            "FROM generate_series(1, 60000) n",
            unit="tuan-giao",
        )
    assert PASSWORD not in str(info.value)
    assert (versions(project), content(project)) == (before, rows)


@pytest.mark.parametrize("query", [None, ""])
def test_a_database_needs_a_query(take: Take, query: str | None) -> None:
    with pytest.raises(ConfigurationError, match="name a table or a query with --query"):
        take(query)


def test_an_empty_socket_folder(take: Take, tmp_path: Path) -> None:
    place = f"postgresql:///postgres?host={tmp_path}&user=clerk&password={PASSWORD}"
    with pytest.raises(InputError, match=r"postgres: expected a database that answers the query; .*failed") as info:
        take("ho_so", place)
    assert PASSWORD not in str(info.value)


def test_a_database_that_is_not_there(take: Take, server: str) -> None:
    with pytest.raises(InputError, match=r"database .nowhere. does not exist") as info:
        take("ho_so", server.replace("/postgres?", "/nowhere?"))
    assert PASSWORD not in str(info.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://clerk:{}@localhost:1/db",
        "postgres://clerk:{}@localhost:1/db",
        "postgresql://clerk@localhost:1/db?password={}",
        "postgresql://clerk:{}@localhost:1/db?passwrd=x",
        "postgresql://clerk:{}@localhost:1x/db",
        "postgresql://clerk:{}@[::1/db",
        "postgresql://clerk:{}@[::1]x/db",
        # Signs that should have been written with %, as people paste their passwords.
        "postgresql://clerk:%{}@localhost:1/db",
        "postgresql://clerk:1#{}@localhost:1/db",
        "postgresql://clerk:1/{}@localhost:1/db",
        "postgresql://clerk:1?{}@localhost:1/db",
        "postgresql://clerk:1@{}@localhost:1/db",
        "postgresql://clerk:{}#1@localhost:1/db",
        "postgresql://clerk:{}/1@localhost:1/db",
        "postgresql://clerk:{}?1@localhost:1/db",
    ],
)
def test_no_message_repeats_a_password(take: Take, address: str) -> None:
    with pytest.raises(BaocaoError, match="postgres") as info:
        take("ho_so", address.format(PASSWORD))
    assert PASSWORD not in str(info.value)


# --- Long lists, and the command ---


def test_two_hundred_thousand_rows(project: Project, sql: Sql, take: Take) -> None:
    """Every row is accounted for, against what the database itself counts."""
    sql(
        """CREATE TABLE ho_so AS SELECT
        CASE WHEN n % 1000 = 7 THEN 'D' || n - 1 ELSE 'D' || n END AS dossier,
        (ARRAY['tuan-giao', 'tuan-giao.quai-to', 'UBND Xã Nà Sáy'])[n % 3 + 1] AS unit,
        'Thủ tục ' || n % 50 AS procedure,
        timestamptz '2020-01-01 00:30+07' + (n % 90) * interval '1 day' AS received_date,
        CASE WHEN n % 2 = 0 THEN timestamptz '2020-06-01 08:00+07' + n * interval '1 second' END AS finished_date,
        n % 3 + 1 AS channel,
        CASE WHEN n % 400 = 1 THEN 99 WHEN n % 2 = 0 THEN 9 ELSE 4 END AS status,
        'Nguyễn ' || n AS applicant
        FROM generate_series(1, 200000) n"""
    )
    done = take("ho_so")
    refused = 200_000 // 400
    # A dossier that stands twice is contradictory: unit, day and channel differ from those of the row before.
    contradictory = 2 * 200_000 // 1000
    good = 200_000 - refused - contradictory
    assert done.balance == Balance(200_000, good, 0, 0, refused + contradictory)
    assert len(kept(done)) == refused + contradictory
    [(expected,)] = sql(
        """SELECT count(*) FROM ho_so
        WHERE status <> 99 AND dossier IN (SELECT dossier FROM ho_so GROUP BY 1 HAVING count(*) = 1)"""
    )
    rows = table(project)
    assert len(rows) == expected == good
    assert sum(row["received_month"] == "2020-03" for row in rows) == pytest.approx(good * 30 / 90, rel=0.02)
    sql("UPDATE ho_so SET status = 10 WHERE status = 9 AND dossier LIKE '%000'")
    again = take("ho_so")
    assert again.balance == Balance(200_000, 0, 200, good - 200, refused + contradictory)


@pytest.mark.usefixtures("records")
def test_the_command(baocao: Baocao, server: str) -> None:
    done = baocao("ingest", "dossiers", server, "--query", 'SELECT * FROM "HoSo"', "--source", "mot-cua", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    (result,) = json.loads(done.stdout)["files"]
    assert (result["read"], result["stored"], result["map"]) == (3, 3, "national-sync")
    assert PASSWORD not in done.stdout
    wrong = baocao("ingest", "dossiers", server, "--query", "nowhere")
    assert wrong.returncode == 1 and "Traceback" not in wrong.stderr and PASSWORD not in wrong.stderr
