"""`baocao` from the shell: exit codes, messages that help, JSON for machines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from baocao.project import Project
from tests.conftest import SAMPLE
from tests.integration.conftest import Baocao

RUN = ("run", "portal-dispatch", "--unit", "tuan-giao", "--period", "2020-Q1")


def test_help_imports_nothing_heavy() -> None:
    """What makes `baocao --help` answer at once."""
    code = (
        "import sys\nfrom baocao.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'pyarrow', 'pydantic', 'matplotlib', 'great_expectations', 'papermill', 'jinja2'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "ingest" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "portal-dispach", "--unit", "tuan-giao", "--period", "2020-Q1"), "did you mean “portal-dispatch”"),
        (("run", "portal-dispatch", "--unit", "tuan-gao", "--period", "2020-Q1"), "did you mean “tuan-giao"),
        (("run", "portal-dispatch", "--unit", "tuan-giao", "--period", "2020-Q7"), "unknown period “2020-Q7”"),
        ((*RUN, "-p", "top_unit=3"), "did you mean “top_units”"),
        ((*RUN, "-p", "top_units=three"), "“three” is not of type integer"),
        ((*RUN, "-p", "top_units=0"), "expected at least 1"),
        ((*RUN, "-p", "top_units"), "KEY=VALUE"),
        ((*RUN, "--from", "2020-04-01", "--to", "2020-01-01"), "exchange the two dates"),
        ((*RUN, "--from", "1/2020"), "is not a date"),
        ((*RUN, "--formats", "pfd"), "did you mean “pdf”"),
        (("ingest", "one-stop-summary", "nowhere.csv"), "--unit CODE --period ID"),
        (("check", "--period", "2020-Q1"), "--period needs --unit"),
        (("run", "portal-dispatch", "--unit", "tuan-giao", "--period", "2026-Q1"), "did not exist"),
    ],
)
def test_wrong_usage_names_the_remedy(baocao: Baocao, arguments: tuple[str, ...], said: str) -> None:
    done = baocao(*arguments)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_broken_configuration_names_file_and_key(baocao: Baocao, project: Project) -> None:
    path = project.params / "indicators" / "one-stop.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("decimals: 2", "decimal: 2", 1), encoding="utf-8")
    done = baocao("list", "indicators")
    assert done.returncode == 2
    assert "one-stop.yaml" in done.stderr and "decimal" in done.stderr


def test_bad_file_stores_nothing_and_says_where(baocao: Baocao, project: Project, sample: Path) -> None:
    path = sample / "bieu_2_by_unit.csv"
    text = path.read_text(encoding="utf-8").replace("unit,3,UBND Xã Quài Tở,73", "unit,3,UBND Xã Quài Tơ,bảy ba")
    path.write_text(text, encoding="utf-8")
    done = baocao("ingest", "one-stop-summary", str(SAMPLE))
    assert done.returncode == 1
    assert "bieu_2_by_unit.csv, row 4, column “unit_name”: found “UBND Xã Quài Tơ”" in done.stderr
    assert "did you mean “UBND Xã Quài Tở”" in done.stderr
    assert "row 4, column “received_total”: found “bảy ba”, expected a whole number" in done.stderr
    assert not list(project.store.glob("one_stop_summary*"))  # the good files of the delivery wait, too
    assert len(list(project.store.glob("_quarantine/one-stop-summary/bieu_2_by_unit-*.csv"))) == 1


def test_ingest_twice_changes_nothing(baocao: Baocao) -> None:
    first = json.loads(baocao("ingest", "one-stop-summary", str(SAMPLE), "--json").stdout)
    again = json.loads(baocao("ingest", "one-stop-summary", str(SAMPLE), "--json").stdout)
    assert [file["rows"] for file in first["files"]] == [68, 21, 21]
    assert first["tables"] == {"added": 3, "replaced": 0, "unchanged": 0}
    assert again["tables"] == {"added": 0, "replaced": 0, "unchanged": 3}
    assert first["version"] == again["version"] == 0


def test_check_lists_the_findings(baocao: Baocao) -> None:
    baocao("ingest", "one-stop-summary", str(SAMPLE))
    done = baocao("check", "one-stop-summary", "--unit", "tuan-giao", "--period", "2020-Q1", "--json")
    assert done.returncode == 0
    (checked,) = json.loads(done.stdout)["checked"]
    assert [finding["row"] for finding in checked["findings"] if not finding["success"]] == [
        "UBND Xã Chiềng Đông",
        "Tổng",
    ]


def test_check_blocks_where_there_are_no_data(baocao: Baocao) -> None:
    done = baocao("check", "--unit", "tuan-giao", "--period", "2020-Q1")
    assert done.returncode == 3
    assert "chưa có số liệu" in done.stdout


@pytest.mark.parametrize(
    ("kind", "key", "expected"),
    [
        ("reports", "id", "portal-dispatch"),
        ("units", "code", "tuan-giao"),
        ("periods", "id", "2020-Q1"),
        ("indicators", "id", "late_rate_pct"),
        ("forms", "id", "one-stop-by-field"),
        ("datasets", "id", "one-stop-summary"),
    ],
)
def test_list(baocao: Baocao, kind: str, key: str, expected: str) -> None:
    done = baocao("list", kind, "--json")
    assert done.returncode == 0, done.stderr
    assert expected in [entry[key] for entry in json.loads(done.stdout)[kind]]
    assert expected in baocao("list", kind).stdout


def test_outside_a_project(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "baocao", "list", "units"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    assert "no baocao project" in done.stderr
