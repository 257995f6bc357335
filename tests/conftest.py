"""Projects for tests: a writable copy of this repository's data, never the repository's own store and outputs."""

import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from baocao.light_imports import import_jsonschema
from baocao.project import Project

import_jsonschema()  # before any test imports it with grammars nobody needs

ROOT = Path(__file__).parents[1]
SAMPLE = Path("data") / "samples" / "tuan-giao-2020q1"


CONFIGURED = ("BAOCAO_STORE", "BAOCAO_OUTPUTS", "BAOCAO_PROJECT")


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Iterator[None]:
    """Whatever the person running the tests has configured must not reach them, nor what they share."""
    with pytest.MonkeyPatch.context() as patch:
        for name in CONFIGURED:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def _nothing_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor what another test has set."""
    for name in CONFIGURED:
        monkeypatch.delenv(name, raising=False)


def copy_project(target: Path) -> Project:
    """The parts of the repository an office's project consists of, under `target`."""
    for name in ("params", "expectations", "notebooks"):
        shutil.copytree(ROOT / name, target / name)
    shutil.copytree(ROOT / SAMPLE, target / SAMPLE)
    return Project(target)


def parsed(path: Path) -> BeautifulSoup:
    """An HTML file to be read, not changed: a report is asked many things and takes seconds to parse."""
    return _parsed(path.read_bytes())


@lru_cache(maxsize=8)
def _parsed(content: bytes) -> BeautifulSoup:
    return BeautifulSoup(content, "html.parser")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh project without anything in its store."""
    return copy_project(tmp_path / "project")


@pytest.fixture
def sample(project: Project) -> Path:
    """The printed tables of Tuần Giáo in that project."""
    return project.root / SAMPLE


@pytest.fixture(scope="session")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project shared by tests that only read it."""
    yield copy_project(tmp_path_factory.mktemp("shared") / "project")


@pytest.fixture
def edit() -> Callable[[Path, str, str], None]:
    """Replace one piece of a text file, which must stand there exactly once."""

    def replace(path: Path, old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"“{old}” stands {text.count(old)} times in {path.name}"
        path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")

    return replace
