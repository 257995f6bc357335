"""The command line as people call it: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from baocao.project import Project
from tests.integration.office import Office, new_office

Baocao = Callable[..., "subprocess.CompletedProcess[str]"]


def call(project: Path, *arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """`baocao …` in the folder `project`."""
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


@pytest.fixture
def baocao(project: Project) -> Baocao:
    """Call `baocao` in a fresh project."""
    return lambda *arguments, **options: call(project.root, *arguments, **options)


@pytest.fixture
def office(project: Project) -> Office:
    """A made-up district with three communes; nothing is stored of it."""
    return new_office(project)
