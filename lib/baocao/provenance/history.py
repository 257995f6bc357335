"""Code of the past: the commit of the project's git repository whose package comes to the hash a manifest names.

A manifest names no commit, since its bytes must not depend on git; the package's files at a commit hash to the same as
they did in the folder they were run from. Trees and files are read by what git calls them, so that hundreds of commits
that share most of theirs take seconds.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from baocao.errors import BaocaoError
from baocao.provenance.manifest import Manifest, digest, hash_of_files

#: Where the package lies in the project.
PACKAGE = "lib/baocao"
#: Variables by which git would look elsewhere than in the project, as it sets them for its hooks.
_ELSEWHERE = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"}


class HistoryError(BaocaoError):
    """There is no commit with the code asked for, or nobody to ask."""


class History:
    """The git repository a folder lies in; only ever read. Use it in a `with` statement.

    Raises
    ------
    HistoryError
        If there is no git, or no repository.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._trees: dict[str, Mapping[str, tuple[str, str]]] = {}
        self._files: dict[str, bytes] = {}
        git = shutil.which("git")
        if git is None:
            raise HistoryError("git is not installed")
        self._git = git
        self._shallow = self._ask("rev-parse", "--is-shallow-repository") == "true"

    def __enter__(self) -> "History":
        self._reader = subprocess.Popen(
            [self._git, "cat-file", "--batch"],
            cwd=self._root,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.communicate()

    def commit_of(self, manifest: Manifest) -> str:
        """The newest of the commits with the code of a manifest; of several, one that has most of its other files, too.

        Raises
        ------
        HistoryError
            If no commit has the code.
        """
        hashes: dict[str, str] = {}
        found: list[tuple[int, str]] = []
        for commit in self._ask("rev-list", "--all").split():
            root = self._root_of(commit)
            package = self._entry(root, PACKAGE)
            if package is None:
                continue
            if package not in hashes:
                hashes[package] = hash_of_files(self._within(package))
            if hashes[package] == manifest.code.content_hash:
                found.append((self._held(root, manifest.files), commit))
                if found[-1][0] == len(manifest.files):
                    break
        if not found:
            cut = "; it is a shallow clone, `git fetch --unshallow` brings its older commits" if self._shallow else ""
            raise HistoryError(f"no commit of the project's git repository has this code{cut}")
        return max(found, key=lambda held: held[0])[1]

    def files(self, commit: str, folder: str) -> Iterator[tuple[str, bytes]]:
        """Every file of a folder at a commit, by its name in the project; none where there is no such folder."""
        tree = self._entry(self._root_of(commit), folder)
        for name, content in self._within(tree) if tree is not None else ():
            yield f"{folder}/{name}", content

    def _ask(self, *words: str) -> str:
        done = subprocess.run(
            [self._git, *words],
            cwd=self._root,
            env=_environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode != 0:
            told = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[0]
            raise HistoryError(f"git: {told}")
        return done.stdout.strip()

    def _held(self, root: str | None, files: Mapping[str, str]) -> int:
        """How many files a commit has exactly as a manifest names them."""
        entries = {name: self._entry(root, name) for name in files}
        return sum(entry is not None and digest(self._file(entry)) == files[name] for name, entry in entries.items())

    def _root_of(self, commit: str) -> str | None:
        """The project's own tree, which may be a folder of the repository."""
        found = self._read(f"{commit}:./")
        if found is None:
            return None
        name, content = found
        self._trees.setdefault(name, _entries(content, len(name) // 2))
        return name

    def _entry(self, tree: str | None, path: str) -> str | None:
        """What git calls the file or folder at a path below a tree; None if there is none."""
        for part in path.split("/"):
            entry = self._tree(tree).get(part) if tree is not None else None
            tree = entry[1] if entry is not None else None
        return tree

    def _within(self, tree: str, before: str = "") -> Iterator[tuple[str, bytes]]:
        for name, (kind, entry) in self._tree(tree).items():
            if kind == "tree":
                yield from self._within(entry, f"{before}{name}/")
            elif kind == "file":
                yield before + name, self._file(entry)

    def _tree(self, name: str) -> Mapping[str, tuple[str, str]]:
        if name not in self._trees:
            found = self._read(name)
            self._trees[name] = {} if found is None else _entries(found[1], len(name) // 2)
        return self._trees[name]

    def _file(self, name: str) -> bytes:
        if name not in self._files:
            found = self._read(name)
            if found is None:
                raise HistoryError(f"git: the content of {name} is not in the repository; fetch all of it")
            self._files[name] = found[1]
        return self._files[name]

    def _read(self, name: str) -> tuple[str, bytes] | None:
        """An object by any name git understands: its own name and content; None if it is not there."""
        asked, told = _pipes(self._reader)
        asked.write(name.encode() + b"\n")
        asked.flush()
        head = told.readline().decode()
        words = head.split()
        if len(words) != 3 or not words[2].isdigit():
            return None
        return words[0], told.read(int(words[2]) + 1)[:-1]


def _pipes(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise HistoryError("git: its pipes are closed")
    return process.stdin, process.stdout


def _entries(tree: bytes, width: int) -> Mapping[str, tuple[str, str]]:
    """A tree as git writes it: name → kind and the name of its content, which has `width` bytes."""
    entries = {}
    place = 0
    while place < len(tree):
        end = tree.index(b"\0", place)
        mode, _, name = tree[place:end].partition(b" ")
        kind = "tree" if mode == b"40000" else "file" if mode.startswith(b"100") else "other"
        place = end + 1 + width
        entries[name.decode(errors="surrogateescape")] = (kind, tree[end + 1 : place].hex())
    return entries


def _environment() -> dict[str, str]:
    """For git in the project's own repository, without fetching anything from another machine."""
    plain = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    return {**plain, "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
