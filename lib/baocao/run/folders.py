"""Output folders appear whole or not at all, and what a crash leaves lying about is put right."""

import ctypes
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

#: Beside a finished folder while it is made or replaced: whose it is, and the process at work.
_DRAFT = re.compile(r"\.(new|old)-(\d+)-(.+)")
_AT_FDCWD, _EXCHANGE = -100, 2


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` hold exactly `files`: written beside it and renamed, so that nobody ever sees half of it."""
    fresh = folder.with_name(f".new-{os.getpid()}-{folder.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(mode=0o755)
        for name, content in files.items():
            (fresh / name).write_bytes(content)
        _replace(folder, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _replace(folder: Path, fresh: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
    elif not _exchanged(fresh, folder):
        old = folder.with_name(f".old-{os.getpid()}-{folder.name}")
        folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            with suppress(OSError):
                old.rename(folder)
            raise
        finally:
            shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders change names in one step, where the system can (Linux); else nothing has happened."""
    if sys.platform != "linux":
        return False
    with suppress(AttributeError, OSError):
        rename = ctypes.CDLL(None, use_errno=True).renameat2
        return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0)
    return False


def sweep(parents: Iterable[Path]) -> None:
    """Clear away drafts of processes that are gone; a folder that was just being replaced gets its old content back."""
    for parent in set(parents):
        for draft in parent.iterdir() if parent.is_dir() else ():
            match = _DRAFT.fullmatch(draft.name)
            if match is None or psutil.pid_exists(int(match[2])):
                continue
            place = parent / match[3]
            if match[1] == "old" and not place.exists():
                with suppress(OSError):
                    draft.rename(place)
                    continue
            shutil.rmtree(draft, ignore_errors=True)


def put_file(path: Path, content: bytes) -> None:
    """Make a file hold `content`, in one step."""
    draft = path.with_name(f".new-{os.getpid()}-{path.name}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
