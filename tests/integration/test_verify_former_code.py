"""A report of former code is made again by that code, from the history of the project; without it, by the present."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from baocao.project import Project
from baocao.provenance.history import HistoryError
from baocao.provenance.manifest import CodeRecord, hash_of_files, read_manifest
from baocao.run.former_code import verified_by_its_code
from tests.conftest import ROOT, copy_project
from tests.integration.conftest import call
from tests.integration.made_reports import deliver_tables
from tests.repositories import NO_GIT, Git, git_in

pytestmark = NO_GIT
OUTPUT = Path("outputs") / "portal-dispatch" / "2020-Q1" / "tuan-giao"
#: What an office need not put under git, the dates of its periods among it.
IGNORED = "/outputs/\n/data/store/\n/params/periods/\n__pycache__/\n"


@dataclass(frozen=True)
class Repository:
    """A project under git with a report made by the code of its first commit; code and a form have changed since."""

    root: Path
    git: Git
    first: str

    def baocao(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Call the code as it is in the working tree."""
        return call(self.root, *words, env={"PYTHONPATH": str(self.root / "lib")})

    def verify(self) -> Any:
        done = self.baocao("verify", str(OUTPUT), "--json")
        assert done.stdout, done.stderr
        (found,) = json.loads(done.stdout)["reports"]
        assert done.returncode == (0 if found["identical"] else 1)
        return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("BAOCAO_STORE", "BAOCAO_OUTPUTS", "BAOCAO_PROJECT"):
            patch.delenv(name, raising=False)
        project = copy_project(tmp_path_factory.mktemp("former") / "dự án")
        deliver_tables(project)
        root = project.root
        shutil.copytree(ROOT / "lib", root / "lib", ignore=shutil.ignore_patterns("__pycache__"))
        (root / ".gitignore").write_text(IGNORED, encoding="utf-8")
        git = git_in(root)
        git("init", "--quiet", "--initial-branch", "main")
        repository = Repository(root, git, _commit(git, "then"))
        done = repository.baocao(
            "run", "portal-dispatch", "--unit", "tuan-giao", "--period", "2020-Q1", "--formats", "html"
        )
        assert done.returncode == 0, done.stderr
        for name, old, new in (
            ("lib/baocao/__init__.py", '__version__ = "', '__version__ = "9.'),
            ("lib/baocao/export/html.py", '"""', '"""Changed. '),
            ("params/forms/one-stop-by-unit.yaml", "label: Biểu 2\n", "label: Biểu 02\n"),
        ):
            text = (root / name).read_text(encoding="utf-8")
            assert old in text
            (root / name).write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
        _commit(git, "now")
        yield repository


def _commit(git: Git, message: str) -> str:
    git("add", "--all")
    git("commit", "--quiet", "--message", message)
    return git("rev-parse", "HEAD")


@pytest.fixture
def repository(made: Repository, tmp_path: Path) -> Repository:
    """A copy of it."""
    root = Path(shutil.copytree(made.root, tmp_path / "bản sao"))
    return Repository(root, git_in(root), made.first)


def test_the_commit_with_its_code_makes_it_again(repository: Repository, tmp_path: Path) -> None:
    """With the form of then and with the dates that are in no commit; the working tree stays as it is."""
    done = repository.baocao("verify", str(OUTPUT))
    assert done.returncode == 0, done.stderr + done.stdout
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[0].endswith("identical (3 files)")
    assert lines[1] == f"made again with the code of commit {repository.first[:12]}"
    assert lines[2] == "changed since that commit: form: params/forms/one-stop-by-unit.yaml has changed"
    assert lines[3].startswith("changed since that commit: code: baocao: 0.") and "→ 9.0" in lines[3]
    assert len(lines) == 4
    assert repository.git("status", "--porcelain") == ""


def test_where_no_commit_has_the_code_the_present_code_makes_it(repository: Repository) -> None:
    """Somebody has put all into one commit anew; what has changed is the cause again."""
    repository.git("checkout", "--quiet", "--orphan", "anew")
    _commit(repository.git, "all of it")
    repository.git("branch", "--quiet", "-D", "main")
    found = repository.verify()
    assert found["commit"] is None and found["no_commit"] == ("no commit of the project's git repository has this code")
    assert found["outputs"]["report.html"] == "differs" and found["outputs"]["indicators.json"] == "identical"
    assert [cause["kind"] for cause in found["causes"]] == ["file", "code"]


def test_a_commit_whose_code_cannot_verify_is_named(repository: Repository) -> None:
    """Code of the time before `baocao verify`."""
    root = repository.root
    shutil.rmtree(root / "lib")
    (root / "lib" / "baocao").mkdir(parents=True)
    (root / "lib" / "baocao" / "__init__.py").write_bytes(b"")
    commit = _commit(repository.git, "nothing much")
    code = CodeRecord(version="0", content_hash=hash_of_files([("__init__.py", b"")]))
    manifest = read_manifest(root / OUTPUT).model_copy(update={"code": code})
    with pytest.raises(HistoryError, match=rf"the code of commit {commit[:12]} cannot verify it here \(.*baocao"):
        verified_by_its_code(Project(root), root / OUTPUT, manifest)
