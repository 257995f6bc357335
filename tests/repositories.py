"""Git repositories made by tests."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Git = Callable[..., str]
_GIT = shutil.which("git")
NO_GIT = pytest.mark.skipif(_GIT is None, reason="git is not installed")


def git_in(folder: Path) -> Git:
    """Run git in a folder, with nothing of what the person running the tests has configured or is doing with it."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

    def git(*words: str, stdin: str | None = None) -> str:
        done = subprocess.run(
            [str(_GIT), "-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.autocrlf=false", *words],
            cwd=folder,
            env=env,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    return git
