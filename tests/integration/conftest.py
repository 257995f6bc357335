"""The command line as people call it: a process of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from baocao.project import Project
from baocao.run.children import CAN_FORK
from tests.conftest import SAMPLE, copy_project
from tests.integration.batches import COUNT, batch, counts, many_offices
from tests.integration.office import Office, new_office
from tests.integration.warm import Warm

Baocao = Callable[..., "subprocess.CompletedProcess[str]"]
#: Variables that an interpreter reads when it starts begin so.
AT_START = ("PYTHON", "LC_", "LANG")
_warm = Warm()


def call(project: Path, *arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """`baocao …` in the folder `project`: a process of its own, forked from one that has the imports done."""
    given = env or {}
    if not CAN_FORK or any(name.startswith(AT_START) for name in given):
        return fresh(project, *arguments, env=env)
    return _warm.call(project, arguments, {**os.environ, **given})


def fresh(project: Path, *arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """`baocao …` in the folder `project`: an interpreter of its own, as anybody starts it."""
    return subprocess.run(
        [sys.executable, "-m", "baocao", *arguments],
        cwd=project,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )


@pytest.fixture(scope="session", autouse=True)
def _no_process_stays() -> Iterator[None]:
    """End the process with the imports after the last test."""
    yield
    _warm.close()


@pytest.fixture
def baocao(project: Project) -> Baocao:
    """Call `baocao` in a fresh project."""
    return lambda *arguments, **options: call(project.root, *arguments, **options)


@pytest.fixture(scope="session")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that has taken in Tuần Giáo's tables and judged them; for tests that leave it as it is."""
    project = copy_project(tmp_path_factory.mktemp("taken-in") / "project")
    done = fresh(project.root, "ingest", "one-stop-summary", str(SAMPLE))
    assert (done.returncode, done.stderr) == (0, "")
    return project


@pytest.fixture
def ingested(taken_in: Project, project: Project) -> Project:
    """A fresh project with those tables."""
    for place in (taken_in.store, taken_in.outputs):
        shutil.copytree(place, project.root / place.relative_to(taken_in.root))
    return project


@pytest.fixture
def office(project: Project) -> Office:
    """A made-up district with three communes; nothing is stored of it."""
    return new_office(project)


@pytest.fixture(scope="session")
def made_batch(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose reports were made by a batch once, undisturbed; for tests that leave it as it is."""
    project = copy_project(tmp_path_factory.mktemp("batch") / "project")
    many_offices(project, COUNT)
    done = batch(project, "--json")
    assert counts(done) == {"done": COUNT, "unchanged": 0, "blocked": 0, "failed": 0}, done.stderr
    assert done.stderr == ""
    return project


@pytest.fixture
def again(made_batch: Project, tmp_path: Path) -> Project:
    """A copy of it."""
    shutil.copytree(made_batch.root, tmp_path / "project")
    return Project(tmp_path / "project")
