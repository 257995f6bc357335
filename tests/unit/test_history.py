"""The commit whose package hashes to what a manifest names, in real repositories: cut short, rewritten, or empty."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from baocao.provenance.history import History, HistoryError
from baocao.provenance.manifest import CodeRecord, Manifest, PeriodRecord, digest, hash_of_files
from tests.repositories import NO_GIT, Git, git_in

pytestmark = NO_GIT

OLD = {"__init__.py": "VERSION = 1\n", "run/job.py": "print('cũ')\n", "document/fonts/a.ttf": "\x00\x01"}
NEW = {**OLD, "run/job.py": "print('mới')\n"}


def commit(git: Git, root: Path, package: Mapping[str, str], **files: str) -> str:
    """Commit the project with this package and these files besides."""
    shutil.rmtree(root / "lib", ignore_errors=True)
    for name, text in {**{f"lib/baocao/{name}": text for name, text in package.items()}, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    git("add", "--all", ".")
    git("commit", "--quiet", "--allow-empty", "--message", "x")
    return git("rev-parse", "HEAD")


def manifest(package: Mapping[str, str], **files: str) -> Manifest:
    """A manifest of this package and these files."""
    hashed = hash_of_files((name, text.encode()) for name, text in package.items())
    return Manifest(
        schema=2,
        report="r",
        unit="u",
        period=PeriodRecord.model_validate({"id": "2020", "label": "2020", "from": "2020-01-01", "to": "2020-12-31"}),
        parameters={},
        injected={},
        tables={},
        beside={},
        units={},
        files={name: digest(text.encode()) for name, text in files.items()},
        facts=None,
        code=CodeRecord(version="1", content_hash=hashed),
        python="3",
        packages={},
        outputs={},
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in a folder of a repository, whose name has a space and Vietnamese letters."""
    git_in(tmp_path)("init", "--quiet", "--initial-branch", "main")
    root = tmp_path / "kho số liệu"
    root.mkdir()
    return root


def found(root: Path, wanted: Manifest) -> str:
    with History(root) as history:
        return history.commit_of(wanted)


def test_the_commit_with_the_code_is_found_and_its_files_are_read(root: Path) -> None:
    git = git_in(root)
    old = commit(git, root, OLD, **{"params/mẫu.yaml": "a: 1\n"})
    new = commit(git, root, NEW)
    assert (found(root, manifest(OLD)), found(root, manifest(NEW))) == (old, new)
    with History(root) as history:
        read = {name: content.decode() for name, content in history.files(old, "lib/baocao")}
        assert read == {f"lib/baocao/{name}": text for name, text in OLD.items()}
        assert dict(history.files(new, "params")) == {"params/mẫu.yaml": b"a: 1\n"}
        assert list(history.files(new, "data/reasons")) == []


def test_of_commits_with_the_same_code_the_one_with_the_same_files_is_taken(root: Path) -> None:
    git = git_in(root)
    commit(git, root, OLD, **{"params/a.yaml": "a: 1\n", "params/b.yaml": "b: 1\n"})
    then = commit(git, root, OLD, **{"params/a.yaml": "a: 2\n"})
    commit(git, root, OLD, **{"params/b.yaml": "b: 3\n"})
    newest = commit(git, root, OLD, **{"docs/c.md": "c\n"})
    assert found(root, manifest(OLD, **{"params/a.yaml": "a: 2\n", "params/b.yaml": "b: 1\n"})) == then
    assert found(root, manifest(OLD, **{"params/a.yaml": "a: 2\n", "params/b.yaml": "never committed"})) == newest


def test_a_commit_of_another_branch_is_found_one_that_is_gone_is_not(root: Path) -> None:
    git = git_in(root)
    commit(git, root, NEW)
    git("checkout", "--quiet", "-b", "other")
    other = commit(git, root, OLD)
    git("checkout", "--quiet", "main")
    assert found(root, manifest(OLD)) == other
    git("branch", "--quiet", "-D", "other")
    with pytest.raises(HistoryError, match=r"no commit of the project's git repository has this code$"):
        found(root, manifest(OLD))


def test_a_shallow_clone_says_that_it_is_one(root: Path, tmp_path: Path) -> None:
    git = git_in(root)
    commit(git, root, OLD)
    commit(git, root, NEW)
    git("clone", "--quiet", "--depth", "1", tmp_path.as_uri(), str(tmp_path / "clone"))
    clone = tmp_path / "clone" / root.name
    assert found(clone, manifest(NEW))
    with pytest.raises(HistoryError, match="shallow clone, `git fetch --unshallow`"):
        found(clone, manifest(OLD))


def test_no_repository_no_commit_and_no_git_are_said(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(HistoryError, match="no commit"):
        found(root, manifest(OLD))
    outside = tmp_path_factory.mktemp("outside")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(outside.parent))
    with pytest.raises(HistoryError, match="not a git repository"):
        found(outside, manifest(OLD))
    monkeypatch.setenv("PATH", str(outside))
    with pytest.raises(HistoryError, match="git is not installed"):
        found(root, manifest(OLD))


def test_one_of_several_hundred_commits(root: Path) -> None:
    """Written by `git fast-import`, each with another package."""
    lines = []
    for number in range(400):
        text = f"VERSION = {number}\n"
        lines += [
            "commit refs/heads/main",
            f"committer a <a@b> {1_600_000_000 + number} +0000",
            "data 1\nx",
            f"M 100644 inline kho/lib/baocao/__init__.py\ndata {len(text)}\n{text}",
        ]
    git = git_in(root)
    git("fast-import", "--quiet", stdin="\n".join(lines) + "\n")
    (root.parent / "kho").mkdir()
    wanted = manifest({"__init__.py": "VERSION = 7\n"})
    assert found(root.parent / "kho", wanted) == git("rev-parse", "main~392")


def test_hooks_of_git_do_not_lead_elsewhere(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = git_in(root)
    old = commit(git, root, OLD)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert found(root, manifest(OLD)) == old
