"""Go through the outputs: a record of every report, read again only where a file's size or time has changed."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import orjson

from baocao.project import Project
from baocao.provenance.manifest import code_hash
from baocao.run.folders import put_file
from baocao.site.left_out import LeftOut
from baocao.site.reading import read_folder
from baocao.site.records import Place, Record, from_kept, place_of
from baocao.units import UnitRegistry

#: What says that a folder is a site.
MARKER = "site.json"
#: Folders beside the reports that are not reports and nobody misses.
_OWN = frozenset({"batches"})
_CACHE = "site-records.json"


@dataclass(frozen=True)
class Scan:
    """The outputs: records by folder, and what is not shown."""

    records: tuple[Record, ...]
    left_out: tuple[LeftOut, ...]


def scan(project: Project, registry: UnitRegistry) -> Scan:
    """Every report under the project's outputs; an outputs folder that is not there holds none."""
    outputs = project.outputs
    known = frozenset(text for unit in registry for text in (unit.code, unit.name))
    cache = project.cache / _CACHE
    read_by = _read_by(known)
    kept = _kept(cache, read_by)
    records: list[Record] = []
    left_out: list[LeftOut] = []
    keeping: dict[str, list[Any]] = {}
    changed = False
    for found in _folders(outputs):
        if isinstance(found, LeftOut):
            left_out.append(found)
            continue
        signature = _signature(f"{outputs}/{found.folder}")
        entry = kept.get(found.folder)
        if entry is not None and entry[0] == signature:
            record = from_kept(entry[1]) if entry[1] else None
            note = LeftOut(**entry[2]) if entry[2] else None
            keeping[found.folder] = entry
        else:
            changed = True
            record, note = read_folder(outputs, found, known)
            keeping[found.folder] = [signature, record and asdict(record), note and asdict(note)]
        records += [record] if record else []
        left_out += [note] if note else []
    if changed or keeping.keys() != kept.keys():
        cache.parent.mkdir(parents=True, exist_ok=True)
        put_file(cache, orjson.dumps({"read_by": read_by, "folders": keeping}))
    return Scan(tuple(records), tuple(left_out))


def _read_by(known: frozenset[str]) -> str:
    """What records depend on besides the folders: the package, the names of offices."""
    told = hashlib.sha256(code_hash().encode())
    for text in sorted(known):
        told.update(text.encode() + b"\0")
    return told.hexdigest()


def _kept(cache: Path, read_by: str) -> dict[str, list[Any]]:
    try:
        content = orjson.loads(cache.read_bytes())
        return dict(content["folders"]) if content["read_by"] == read_by else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _signature(folder: str) -> str:
    """Names, sizes and times of a folder's files."""
    files = [(entry.name, (told := entry.stat()).st_size, told.st_mtime_ns) for entry in _entries(folder)]
    return hashlib.blake2b(repr(files).encode(), digest_size=16).hexdigest()


def _folders(outputs: Path) -> Iterator[Place | LeftOut]:
    """Folders of reports by path, and what else lies there; drafts and whatever begins with a dot apart."""
    for report in _entries(outputs):
        if report.name in _OWN or (outputs / report.name / MARKER).is_file():
            continue
        if not report.is_dir():
            yield LeftOut(report.name, "", "foreign")
            continue
        for period in _entries(report.path):
            if not period.is_dir():
                yield LeftOut(f"{report.name}/{period.name}", "", "foreign")
                continue
            for unit in _entries(period.path):
                folder = f"{report.name}/{period.name}/{unit.name}"
                place = place_of(folder) if unit.is_dir() else None
                yield place or LeftOut(folder, "", "foreign")


def _entries(folder: str | Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted((entry for entry in entries if entry.name[0] != "."), key=attrgetter("name"))
    except (FileNotFoundError, NotADirectoryError):
        return []  # no outputs yet, or a run has just replaced it
