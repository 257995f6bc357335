"""A command in an interpreter of its own imports all it needs itself: it says what it says where that is done already.

Other tests begin `ingest`, `run`, `batch`, `export`, `finalize`, `verify`, `diff` and `sample` so.
"""

import shutil

import pytest

from baocao.project import Project
from tests.integration.conftest import call, fresh

REPORT = ("--unit", "tuan-giao", "--period", "2020-Q1")
COLLECTED = ("--forms", "one-stop-by-unit", "--units", "parent=tuan-giao", "--period", "2020-Q1")
OUTPUT = "outputs/portal-dispatch/2020-Q1/tuan-giao"


@pytest.fixture(scope="module")
def reported(taken_in: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The dispatch beside its data, for commands whose second call says the same."""
    project = Project(shutil.copytree(taken_in.root, tmp_path_factory.mktemp("commands") / "project"))
    done = call(project.root, "run", "portal-dispatch", *REPORT, "--formats", "ipynb,html")
    assert done.returncode == 0, done.stderr
    return project


@pytest.mark.parametrize(
    "words",
    [
        ("check", *REPORT),
        ("collect", "status", *COLLECTED),
        ("rerun", OUTPUT, "-p", "top_units=3"),
        ("roll-up", "--unit", "dien-bien", "--period", "2020-Q1"),
        ("store", "history", "one_stop_summary"),
    ],
    ids=lambda words: words[0],
)
def test_it_says_the_same(reported: Project, words: tuple[str, ...]) -> None:
    done, again = fresh(reported.root, *words), call(reported.root, *words)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == (again.stdout, again.stderr)


def test_workbooks_and_a_site_are_made(reported: Project) -> None:
    made = fresh(reported.root, "collect", "new", *COLLECTED, "--out", "phieu")
    assert (made.returncode, made.stderr) == (0, "")
    assert len(list((reported.root / "phieu").glob("*.xlsx"))) == 19
    built = fresh(reported.root, "site", "build")
    assert (built.returncode, built.stderr) == (0, "")
    assert (reported.outputs / "site" / "index.html").is_file()
