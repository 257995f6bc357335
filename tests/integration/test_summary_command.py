"""`baocao summary` from the shell: lists are taken in, figures come out, and silence is never a zero."""

import csv
import json
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from baocao.cli.main import main
from baocao.indicators.summary import COUNTED
from baocao.intake.one_stop import COUNTS
from baocao.project import Project
from tests.conftest import copy_project
from tests.integration.conftest import Baocao, call
from tests.integration.office import AN, BINH, Office, dossier

HEADER = (
    "Mã hồ sơ,Tên thủ tục hành chính,Mã TTHC,Lĩnh vực,Đơn vị tiếp nhận,Ngày tiếp nhận,Ngày hẹn trả,"
    "Ngày kết thúc xử lý,Hình thức tiếp nhận,Trạng thái,Thanh toán trực tuyến\n"
)
BIRTH = "Khai sinh,1.01,Hộ tịch"
LAND = "Cấp giấy chứng nhận,,Đất đai"
#: The 15th of January to the 14th of February; 1 February 2020 was a Saturday.
FIRST_LIST = f"""{HEADER}\
HS-1,{BIRTH},Quài Tở,16/01/2020,20/01/2020,18/01/2020,Trực tiếp,Đã trả kết quả,
HS-2,{BIRTH},Quài Tở,20/01/2020,30/01/2020,30/01/2020,Trực tuyến,Đã xử lý xong,Có
HS-3,{LAND},Quài Tở,03/02/2020,10/02/2020,,Trực tuyến,Đang xử lý,Không
HS-4,{LAND},Ta Ma,10/01/2020,15/01/2020,20/01/2020,Qua BCCI,Đã trả kết quả,
HS-5,{BIRTH},Ta Ma,01/02/2020,20/02/2020,,Trực tiếp,Đang xử lý,
"""
#: A month later: HS-3 had been finished after all, one more came in.
SECOND_LIST = f"""{HEADER}\
HS-3,{LAND},Quài Tở,03/02/2020,10/02/2020,12/02/2020,Trực tuyến,Đã trả kết quả,Không
HS-6,{LAND},Quài Tở,20/02/2020,14/03/2020,,Trực tiếp,Đang xử lý,
"""
QUAI_TO, TA_MA, MUONG_THIN = "tuan-giao.quai-to", "tuan-giao.ta-ma", "tuan-giao.muong-thin"
FEBRUARY = ("--period", "2020-02")
Summary = Callable[..., dict[str, Any]]


def deliver(baocao: Baocao, folder: Path, name: str, text: str, *, unit: str, period: str) -> dict[str, Any]:
    """Take a list into the store; its balance."""
    (folder / name).write_text(text, encoding="utf-8")
    done = baocao("ingest", "dossiers", name, "--unit", unit, "--period", period, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    return content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the district with both lists, for tests that only read it."""
    folder = tmp_path_factory.mktemp("desk") / "project"
    copy_project(folder)
    (folder / "params" / "periods" / f"{TA_MA}.yaml").write_text(
        "periods: {2020-Q1: {from: 2019-12-15, to: 2020-03-14, source: Công văn của xã}}", encoding="utf-8"
    )

    def baocao(*arguments: str, **options: Any) -> Any:
        return call(folder, *arguments, **options)

    first = deliver(baocao, folder, "first.csv", FIRST_LIST, unit="tuan-giao", period="2020-02")
    second = deliver(baocao, folder, "second.csv", SECOND_LIST, unit="tuan-giao", period="2020-03")
    counts = [[content["files"][0][name] for name in ("stored", "updated")] for content in (first, second)]
    assert counts == [[5, 0], [1, 1]]
    assert (first["version"], second["version"]) == (0, 1)
    return folder


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[Path], Baocao]:
    """`baocao …` without a process of its own, which would take most of the time of a question."""

    def of(folder: Path) -> Baocao:
        def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
            capsys.readouterr()
            with monkeypatch.context() as patch, pytest.raises(SystemExit) as left:
                patch.chdir(folder)
                main(arguments)
            printed = capsys.readouterr()
            code = left.value.code or 0
            assert isinstance(code, int)
            return subprocess.CompletedProcess(arguments, code, printed.out, printed.err)

        return run

    return of


@pytest.fixture
def desk(here: Callable[[Path], Baocao], folder: Path) -> Baocao:
    return here(folder)


@pytest.fixture
def fresh(here: Callable[[Path], Baocao], project: Project) -> Baocao:
    return here(project.root)


@pytest.fixture
def summary(desk: Baocao) -> Summary:
    """`baocao summary --json` on the project with both lists."""
    return lambda *arguments: asked(desk, *arguments)


def asked(baocao: Baocao, *arguments: str) -> dict[str, Any]:
    done = baocao("summary", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def above_zero(row: dict[str, Any]) -> dict[str, int]:
    return {name: row[name] for name in COUNTS if row[name]}


# --- What is printed ---


def test_json_says_what_every_unit_did_and_which_said_nothing(folder: Path) -> None:
    done = call(folder, "summary", "--units", f"{MUONG_THIN},{TA_MA},{QUAI_TO}", *FEBRUARY, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    content = json.loads(done.stdout)
    assert list(content) == ["version", "rows", "no_data", "incomplete", "doubled"]
    assert (content["version"], content["no_data"], content["incomplete"]) == (1, [MUONG_THIN], [])
    assert content["doubled"] == []
    quai_to, ta_ma = content["rows"]  # as the registry lists them
    assert list(quai_to) == ["unit", "unit_name", "from", "to", *COUNTS]
    assert list(quai_to.values())[:4] == [QUAI_TO, "UBND Xã Quài Tở", "2020-01-15", "2020-02-14"]
    assert above_zero(quai_to) == {
        "received_online": 2,
        "received_direct": 1,
        "resolved_early": 1,
        "resolved_on_time": 1,
        "resolved_late": 1,
        "paid_online": 1,
    }
    assert ta_ma["unit"] == TA_MA
    assert above_zero(ta_ma) == {
        "carried_over": 1,
        "received_direct": 1,
        "resolved_late": 1,
        "pending_in_time": 1,
        "received_saturday": 1,
    }
    assert (quai_to["withdrawn"], quai_to["results_signed"], ta_ma["paid_online"]) == (0, None, None)


def test_a_unit_that_is_covered_and_had_none_has_zeros(summary: Summary) -> None:
    """The district's own desk: the list is its own and complete, and holds no dossier of it."""
    content = summary("--units", "tuan-giao", *FEBRUARY)
    (row,) = content["rows"]
    assert content["no_data"] == content["incomplete"] == []
    assert {name: row[name] for name in COUNTS} == dict.fromkeys(COUNTS) | dict.fromkeys(COUNTED, 0)
    assert row["unit_name"] == "UBND huyện Tuần Giáo"


def test_csv_has_the_canonical_columns_and_keeps_blank_from_zero(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "bieu.csv"
    done = call(folder, "summary", "--units", "parent=tuan-giao", *FEBRUARY, "--csv", str(target))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{target}: 2 rows\n"
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")  # Excel needs the mark to read Vietnamese
    with target.open(encoding="utf-8-sig", newline="") as file:
        header, quai_to, ta_ma = csv.reader(file)
    assert header == ["unit", "unit_name", "from", "to", *COUNTS]
    cells = dict(zip(header, ta_ma, strict=True))
    assert (cells["unit"], cells["unit_name"], cells["from"], cells["to"]) == (
        TA_MA,
        "UBND Xã Ta Ma",
        "2020-01-15",
        "2020-02-14",
    )
    assert (cells["carried_over"], cells["received_online"], cells["paid_online"]) == ("1", "0", "")
    assert quai_to[header.index("paid_online")] == "1"


def test_csv_holds_no_formula(fresh: Baocao, project: Project, tmp_path: Path) -> None:
    rows = f"HS-1,{QUAI_TO},=1+1,@SUM(A1),direct,2020-01-20,,,processing"
    header = "dossier,unit,field,procedure,channel,received_date,due_date,finished_date,status"
    (project.root / "list.csv").write_text(f"{header}\n{rows}\n", encoding="utf-8")
    assert fresh("ingest", "dossiers", "list.csv").returncode == 0
    target = tmp_path / "made.csv"
    done = fresh("summary", "--units", QUAI_TO, *FEBRUARY, "--by", "field,procedure", "--csv", str(target))
    assert done.returncode == 0, done.stderr
    with target.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["field"], row["procedure"], row["received_direct"]) == ("'=1+1", "'@SUM(A1)", "1")


def test_csv_without_rows_still_names_its_columns(desk: Baocao, tmp_path: Path) -> None:
    target = tmp_path / "none.csv"
    done = desk("summary", "--units", MUONG_THIN, *FEBRUARY, "--csv", str(target))
    assert done.returncode == 0, done.stderr
    assert target.read_text(encoding="utf-8-sig").split() == [",".join(["unit", "unit_name", "from", "to", *COUNTS])]


def test_the_table_leaves_out_what_nobody_knows_and_names_the_silent(folder: Path) -> None:
    done = call(folder, "summary", "--units", f"{TA_MA},{MUONG_THIN}", *FEBRUARY, "--to", "2020-02-20")
    assert done.returncode == 0, done.stderr
    header, row, *more = done.stdout.splitlines()
    known = [name for name in COUNTS if name in COUNTED or name in ("awaiting_supplement", "withdrawn", "returned")]
    assert header.split() == ["unit", "unit_name", "from", "to", *known]
    assert row.split() == [
        *(TA_MA, "UBND", "Xã", "Ta", "Ma", "2020-01-15", "2020-02-20"),
        *("1", "0", "1", "0"),  # carried over; online, direct, postal
        *("0", "0", "1", "1", "0"),  # early, on time, late; in time (due on that day), overdue
        *("0", "0", "0", "1"),  # waiting, withdrawn, returned; Saturday
    ]
    assert not more
    assert done.stderr.splitlines() == [f"no data: {MUONG_THIN}", f"data do not cover every day: {TA_MA}"]


# --- What is asked ---


def test_by_field_and_procedure(summary: Summary) -> None:
    rows = summary("--units", "parent=tuan-giao", *FEBRUARY, "--by", "field, procedure")["rows"]
    keys = ["field", "field_name", "procedure", "procedure_name", "from", "to"]
    assert [list(row)[:6] for row in rows] == [keys, keys]
    assert [list(row.values())[2:4] for row in rows] == [["Cấp giấy chứng nhận"] * 2, ["1.01", "Khai sinh"]]
    land, birth = (above_zero(row) for row in rows)
    assert land == {"carried_over": 1, "received_online": 1, "resolved_late": 2}
    assert birth == {
        "received_online": 1,
        "received_direct": 2,
        "resolved_early": 1,
        "resolved_on_time": 1,
        "pending_in_time": 1,
        "paid_online": 1,
        "received_saturday": 1,
    }


def test_by_unit_and_what_it_is_under(summary: Summary) -> None:
    """In the order asked for; columns in the order of every table."""
    rows = summary("--units", "parent=tuan-giao", *FEBRUARY, "--by", "source,field,unit")["rows"]
    assert [(row["source"], row["field"], row["unit"]) for row in rows] == [
        ("office", "Đất đai", QUAI_TO),
        ("office", "Đất đai", TA_MA),
        ("office", "Hộ tịch", QUAI_TO),
        ("office", "Hộ tịch", TA_MA),
    ]
    assert list(rows[0])[:6] == ["unit", "unit_name", "field", "field_name", "source", "from"]


@pytest.mark.parametrize(
    ("days", "span", "expected"),
    [
        (
            ("--from", "2020-01-15", "--to", "19/01/2020"),
            ["2020-01-15", "2020-01-19"],
            {"received_direct": 1, "resolved_early": 1},
        ),
        (
            ("--to", "2020-01-31"),
            ["2020-01-15", "2020-01-31"],
            {
                "received_direct": 1,
                "received_online": 1,
                "resolved_early": 1,
                "resolved_on_time": 1,
                "paid_online": 1,
            },
        ),
        (
            ("--from", "2020-02-11"),
            ["2020-02-11", "2020-02-14"],
            {"carried_over": 1, "resolved_late": 1},
        ),
    ],
)
def test_other_days_than_the_period_s_own(
    summary: Summary, days: tuple[str, ...], span: list[str], expected: dict[str, int]
) -> None:
    (row,) = summary("--units", QUAI_TO, *FEBRUARY, *days)["rows"]
    assert [row["from"], row["to"]] == span
    assert above_zero(row) == expected


def test_every_unit_has_the_days_it_states_itself(summary: Summary) -> None:
    """The district printed 1 January to 1 April, a commune its own days; the lists cover less than either."""
    content = summary("--units", f"{TA_MA},tuan-giao,{QUAI_TO}", "--period", "2020-Q1")
    names = ("unit", "from", "to", "carried_over", "pending_in_time", "pending_overdue")
    assert [tuple(row[name] for name in names) for row in content["rows"]] == [
        ("tuan-giao", "2020-01-01", "2020-04-01", 0, 0, 0),
        (QUAI_TO, "2020-01-01", "2020-04-01", 0, 0, 1),  # HS-6, due on 14 March
        (TA_MA, "2019-12-15", "2020-03-14", 0, 0, 1),
    ]
    assert sorted(content["incomplete"]) == ["tuan-giao", QUAI_TO, TA_MA]


def test_only_units_that_existed_then(summary: Summary) -> None:
    """Communes were merged on 1 July 2025: silence is only asked of those who could have spoken."""
    silent = [summary("--units", "under=dien-bien", "--period", period)["no_data"] for period in ("2025-06", "2025-08")]
    merged = "dien-bien.chieng-sinh"
    assert [(MUONG_THIN in units, merged in units) for units in silent] == [(True, False), (False, True)]


def test_units_of_other_days_are_not_added_up(summary: Summary) -> None:
    rows = summary("--units", f"{TA_MA},{QUAI_TO}", "--period", "2020-Q1", "--by", "field")["rows"]
    assert [(row["field"], row["from"], row["received_online"], row["received_postal"]) for row in rows] == [
        ("Đất đai", "2020-01-01", 1, 0),
        ("Đất đai", "2019-12-15", 0, 1),
        ("Hộ tịch", "2020-01-01", 1, 0),
        ("Hộ tịch", "2019-12-15", 0, 0),
    ]


def test_neighbouring_lists_cover_what_they_cover_together(summary: Summary) -> None:
    days = ("--from", "2020-01-20", "--to", "2020-03-10")
    assert summary("--units", f"{QUAI_TO},{TA_MA}", *FEBRUARY, *days)["incomplete"] == [TA_MA]


@pytest.mark.parametrize("by", ["unit", "field", "unit,field"])
def test_whoever_is_counted_has_data(summary: Summary, by: str) -> None:
    """No list covers Ta Ma in March; its dossier of February is still there, and Mường Thín never said a word."""
    content = summary("--units", f"{TA_MA},{MUONG_THIN}", "--period", "2020-03", "--by", by)
    assert [above_zero(row) for row in content["rows"]] == [{"carried_over": 1, "pending_overdue": 1}]
    assert (content["no_data"], content["incomplete"]) == ([MUONG_THIN], [TA_MA])


# --- As it was known then ---


def test_as_of_the_version_before_gives_the_old_figures(summary: Summary) -> None:
    question = ("--units", QUAI_TO, *FEBRUARY)
    old, new = summary(*question, "--as-of", "0"), summary(*question)
    assert (old["version"], new["version"]) == (0, 1)
    assert summary(*question, "--as-of", "1") == new
    assert summary(*question, "--as-of", "dossiers=0") == old
    (before,), (after,) = old["rows"], new["rows"]
    assert {name: (before[name], after[name]) for name in COUNTS if before[name] != after[name]} == {
        "resolved_late": (0, 1),
        "pending_overdue": (1, 0),
    }


def test_as_of_goes_for_what_was_covered_too(summary: Summary) -> None:
    question = ("--units", f"tuan-giao,{QUAI_TO}", "--period", "2020-03")
    old, new = summary(*question, "--as-of", "0"), summary(*question)
    assert ([row["unit"] for row in old["rows"]], old["no_data"], old["incomplete"]) == (
        [QUAI_TO],
        ["tuan-giao"],
        [QUAI_TO],
    )
    assert ([row["unit"] for row in new["rows"]], new["no_data"], new["incomplete"]) == (
        ["tuan-giao", QUAI_TO],
        [],
        [],
    )


def test_what_a_later_delivery_says_it_covers_does_not_change_the_past(fresh: Baocao, project: Project) -> None:
    """The first list again, now said to be complete for the quarter: as of its first version nothing has changed."""
    deliver(fresh, project.root, "first.csv", FIRST_LIST, unit="tuan-giao", period="2020-02")
    deliver(fresh, project.root, "second.csv", SECOND_LIST, unit="tuan-giao", period="2020-03")
    question = ("--units", f"tuan-giao,{QUAI_TO}", *FEBRUARY, "--as-of", "0")
    before = asked(fresh, *question)
    assert (len(before["rows"]), before["no_data"], before["incomplete"]) == (2, [], [])
    deliver(fresh, project.root, "first.csv", FIRST_LIST, unit="tuan-giao", period="2020-Q1")
    assert asked(fresh, *question) == before


# --- Lists without a dossier ---


def test_a_first_list_whose_rows_are_all_refused_stores_nothing(fresh: Baocao, project: Project) -> None:
    (project.root / "bad.csv").write_text(
        f"{HEADER}HS-1,{BIRTH},Quài Tở,,20/01/2020,,Trực tiếp,Đang xử lý,\n", encoding="utf-8"
    )
    done = fresh("ingest", "dossiers", "bad.csv", "--unit", "tuan-giao")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "dossiers: nothing is stored yet")
    told = json.loads(fresh("ingest", "dossiers", "bad.csv", "--unit", "tuan-giao", "--json").stdout)
    assert (told["version"], told["files"][0]["version"]) == (None, None)


def test_a_list_without_dossiers_says_there_were_none(fresh: Baocao, project: Project) -> None:
    deliver(fresh, project.root, "first.csv", FIRST_LIST, unit="tuan-giao", period="2020-02")
    deliver(fresh, project.root, "none.csv", HEADER, unit=MUONG_THIN, period="2020-02")
    content = asked(fresh, "--units", MUONG_THIN, *FEBRUARY)
    assert content["no_data"] == content["incomplete"] == []
    assert [row["received_direct"] for row in content["rows"]] == [0]


def test_a_list_without_dossiers_says_so_before_any_other_was_delivered(fresh: Baocao, project: Project) -> None:
    deliver(fresh, project.root, "none.csv", HEADER, unit=MUONG_THIN, period="2020-02")
    deliver(fresh, project.root, "first.csv", FIRST_LIST, unit="tuan-giao", period="2020-02")
    content = asked(fresh, "--units", MUONG_THIN, *FEBRUARY)
    assert content["no_data"] == content["incomplete"] == []
    assert [row["received_direct"] for row in content["rows"]] == [0]


def test_two_units_may_have_nothing_to_list_and_one_of_them_twice(fresh: Baocao, project: Project) -> None:
    """Their files are the same to the letter; what is said of them is not."""
    deliver(fresh, project.root, "first.csv", FIRST_LIST, unit="tuan-giao", period="2020-02")
    for unit, period in ((MUONG_THIN, "2020-02"), (MUONG_THIN, "2020-03"), ("tuan-giao.pu-xi", "2020-02")):
        deliver(fresh, project.root, f"{unit}-{period}.csv", HEADER, unit=unit, period=period)
    content = asked(fresh, "--units", f"{MUONG_THIN},tuan-giao.pu-xi", *FEBRUARY)
    assert content["no_data"] == []
    assert [row["unit"] for row in content["rows"]] == [MUONG_THIN, "tuan-giao.pu-xi"]
    assert asked(fresh, "--units", MUONG_THIN, "--period", "2020-03")["no_data"] == []


# --- Two lists of one system ---


@pytest.fixture
def twice(here: Callable[[Path], Baocao], office: Office) -> Baocao:
    """A list of the whole quarter, and one of January that declares to hold the same system's dossiers."""
    office.dossiers(dossier("HS-1", AN), dossier("HS-2", AN))
    office.dossiers(dossier("HS-1", AN), dossier("HS-9", BINH), source="xa", systems=["cong"], last=date(2020, 1, 31))
    assert office.of(AN) == 2  # what reports say
    return here(office.project.root)


QUARTER = ("--period", "2020-Q1", "--from", "2020-01-01", "--to", "2020-03-31")


def test_of_two_lists_of_one_system_one_is_counted_and_the_other_named(twice: Baocao) -> None:
    done = twice("summary", "--units", "parent=huyen", *QUARTER)
    assert done.returncode == 0
    heading, an, *others = done.stdout.splitlines()
    place = heading.index("received_direct")
    assert an.startswith(AN) and an[place:].split()[0] == "2"
    assert [line[place:].split()[0] for line in others] == ["0", "0"]
    assert done.stderr == "list “xa” not counted, “cong” contains the same system: huyen.an, huyen.binh, huyen.chau\n"


@pytest.mark.parametrize("by", ["unit", "unit,source", "field,source", "field", "unit,procedure"])
def test_however_they_are_told_apart_dossiers_are_counted_once(twice: Baocao, by: str) -> None:
    content = asked(twice, "--units", "parent=huyen", *QUARTER, "--by", by)
    assert sum(row["received_direct"] for row in content["rows"]) == 2
    assert {row["source"] for row in content["rows"] if "source" in row} <= {"cong"}
    assert content["doubled"][0] == {"unit": AN, "counted": "cong", "left_out": "xa", "days": 31}
    assert content["incomplete"] == []


def test_what_only_the_list_that_is_not_counted_covers_is_not_covered(
    here: Callable[[Path], Baocao], office: Office
) -> None:
    """January of one list and the rest of another, of one system: reports count the longer one, and so does this."""
    office.dossiers(dossier("HS-1", AN), units=AN, last=date(2020, 1, 31))
    office.dossiers(
        dossier("HS-2", AN, received_date=date(2020, 2, 3)),
        source="xa",
        systems=["cong"],
        units=AN,
        first=date(2020, 2, 1),
    )
    content = asked(here(office.project.root), "--units", AN, *QUARTER)
    assert [row["received_direct"] for row in content["rows"]] == [office.of(AN, "received_direct")] == [1]
    assert content["incomplete"] == [AN]
    assert [entry["left_out"] for entry in content["doubled"]] == ["cong"]


# --- What goes wrong ---


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--units", QUAI_TO, *FEBRUARY, "--by", "fild"), "--by: unknown dimension “fild”; did you mean “field”?"),
        (("--units", QUAI_TO, *FEBRUARY, "--by", "unit,unit"), "--by unit,unit: name each dimension once"),
        (("--units", QUAI_TO, *FEBRUARY, "--by", " "), "name each dimension once, of unit, field"),
        (("--units", "tuan-giao.quai-so", *FEBRUARY), "unknown unit “tuan-giao.quai-so”; did you mean"),
        (("--units", "under=tuan-gao", *FEBRUARY), "unknown unit “tuan-gao”; did you mean “tuan-giao"),
        (("--units", "levl=commune", *FEBRUARY), "did you mean “level”"),
        (
            ("--units", "under=tuan-giao and level=department", *FEBRUARY),
            "--units under=tuan-giao and level=department: no unit of that period fits",
        ),
        (("--units", "tuan-giao", "--period", "2025-08"), "--units tuan-giao: no unit of that period fits"),
        (("--units", QUAI_TO, "--period", "2020-Q7"), "unknown period “2020-Q7”; expected an id such as 2020-03"),
        (("--units", QUAI_TO, *FEBRUARY, "--from", "2020-03-01"), "exchange the two dates"),
        (("--units", QUAI_TO, *FEBRUARY, "--as-of", "yesterday"), "as-of “yesterday” is neither a version number"),
        (("--units", QUAI_TO), "Missing option '--period'"),
    ],
)
def test_wrong_usage_names_the_remedy(desk: Baocao, arguments: tuple[str, ...], said: str) -> None:
    done = desk("summary", *arguments)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("2", "dossiers: version 2 is not in the store; the newest is 1"),
        ("dossiers=2", "dossiers: version 2 is not in the store; the newest is 1"),
        ("2020-04-01", "dossiers: nothing was stored yet on 2020-04-01"),
    ],
)
def test_what_was_not_known_then_cannot_be_summarised(desk: Baocao, as_of: str, said: str) -> None:
    done = desk("summary", "--units", QUAI_TO, *FEBRUARY, "--as-of", as_of, "--json")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"baocao: {said}\n")


def test_without_any_dossier_it_says_how_to_bring_some_in(baocao: Baocao) -> None:
    done = baocao("summary", "--units", QUAI_TO, *FEBRUARY)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "baocao: no dossiers have been stored yet; run `baocao ingest dossiers`\n"
