"""The store as a batch found it: every small table at one version, in files that many processes read at once.

A batch of thousands of reports opens the tables once. Its workers are pointed to the folder by an environment variable
and read the same rows without Delta's engine, which a forked process must not use and which costs more than the rows.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa

#: Names the folder to the processes of a batch.
VARIABLE = "BAOCAO_FROZEN"
_INDEX = "index.json"
#: Marks a folder as read by a process, whose number follows; a draft has the number in its name.
_USED = "used-"
_DRAFT = re.compile(r"\.new-(\d+)-.*")


@dataclass(frozen=True)
class Frozen:
    """One frozen store.

    Attributes
    ----------
    root
        Where the store lies, as `Store.root`.
    versions
        Of every table that had been filled.
    dossiers
        Parquet files of the dossiers at their version; empty where there are none.
    """

    folder: Path
    root: str
    versions: Mapping[str, int]
    dossiers: tuple[str, ...]

    def holds(self, root: object, table: str, as_of: str | None) -> bool:
        """Whether it can say what is in a table of the store at `root`, now or at a version."""
        if str(root) != self.root:
            return False
        return as_of is None or (table in self.versions and as_of == str(self.versions[table]))

    def rows(self, table: str) -> pa.Table | None:
        """The rows of a small table; None if it was never filled."""
        return read_arrow(self.folder / f"{table}.arrow") if table in self.versions else None


def frozen_store() -> Frozen | None:
    """The frozen store this process is to read, if any."""
    folder = os.environ.get(VARIABLE)
    return _load(Path(folder)) if folder else None


@lru_cache(maxsize=4)
def _load(folder: Path) -> Frozen:
    content = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
    return Frozen(folder, content["root"], content["versions"], tuple(content["dossiers"]))


def write_frozen(
    parent: Path,
    name: str,
    root: str,
    versions: Mapping[str, int],
    dossiers: Iterable[str],
    tables: Mapping[str, pa.Table],
) -> Path:
    """Write a frozen store as folder `name` under `parent`, in one step, and clear away those nobody reads any more."""
    parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".new-{os.getpid()}-", dir=parent))
    try:
        for table, rows in tables.items():
            write_arrow(fresh / f"{table}.arrow", rows)
        index = {"root": root, "versions": dict(versions), "dossiers": list(dossiers)}
        (fresh / _INDEX).write_text(json.dumps(index), encoding="utf-8")
        _mark(fresh)
        for old in parent.iterdir():
            if old not in (fresh, parent / name) and not _read_by_others(old):
                shutil.rmtree(old, ignore_errors=True)
        with suppress(OSError):  # another process was faster
            fresh.rename(parent / name)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return use_frozen(parent, name) or parent / name


def use_frozen(parent: Path, name: str) -> Path | None:
    """The frozen store `name` under `parent`, kept from now on while this process lives; None if it is not there."""
    folder = parent / name
    if not (folder / _INDEX).is_file():
        return None
    try:
        _mark(folder)
    except FileNotFoundError:  # it was just cleared away
        return None
    except OSError:  # where nothing can be written, nothing is cleared away either
        return folder
    return folder


def _mark(folder: Path) -> None:
    """Mark a folder as read by this process, and forget those that are gone."""
    (folder / f"{_USED}{os.getpid()}").touch()
    for mark in folder.glob(f"{_USED}*"):
        if not _lives(mark.name.removeprefix(_USED)):
            mark.unlink(missing_ok=True)


def _read_by_others(folder: Path) -> bool:
    """Whether another living process reads a frozen store, or writes it."""
    marks = [mark.name.removeprefix(_USED) for mark in folder.glob(f"{_USED}*")]
    draft = _DRAFT.fullmatch(folder.name)
    return any(_lives(pid) for pid in {*marks, *(draft.groups() if draft else ())} - {str(os.getpid())})


def _lives(pid: str) -> bool:
    return pid.isdecimal() and psutil.pid_exists(int(pid))


def read_arrow(path: Path) -> pa.Table:
    """An Arrow file, its rows left where they are until somebody looks at them."""
    with pa.memory_map(str(path)) as source:
        table: pa.Table = pa.ipc.open_file(source).read_all()
        return table


def write_arrow(path: Path, rows: pa.Table) -> None:
    """Write an Arrow file in one step."""
    draft = path.with_suffix(f".{os.getpid()}.draft")
    with pa.OSFile(str(draft), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    draft.replace(path)


@contextmanager
def reading_frozen(folder: Path | None) -> Iterator[None]:
    """Have this process, and those it starts, read a frozen store."""
    before: Any = os.environ.get(VARIABLE)
    if folder is not None:
        os.environ[VARIABLE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = before
