"""Issued documents: how a folder says that it is one, and what becomes of a later run of the same unit and period."""

import re
from collections.abc import Mapping
from pathlib import Path

import orjson

from baocao.project import Project
from baocao.provenance.explanation import explain
from baocao.provenance.explanation_document import explanation_files
from baocao.provenance.manifest import FILE, Manifest, Superseded, digest, facts_file, raw_manifest, read_manifest
from baocao.provenance.side import Side

#: Files that explain what a document changes in the issued one it supersedes.
ATTACHED = ("changes.json", "changes.html", "changes.pdf")
_LATER = re.compile(r"(.+)~(\d+)")
_OF_ISSUE = re.compile(r"^(?:number|issued)[ \t]*:.*\n?", re.MULTILINE)


def issued_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder that holds an issued document; None for any other folder, or none."""
    if not (folder / FILE).is_file() or raw_manifest(folder).get("issue") is None:
        return None
    return read_manifest(folder)


def first_place(folder: Path) -> Path:
    """The folder of the unit itself, of which a later issue stands beside: `<unit>` of `<unit>~2`."""
    match = _LATER.fullmatch(folder.name)
    return folder.with_name(match[1]) if match and issued_manifest(folder.with_name(match[1])) else folder


def next_place(folder: Path) -> Path:
    """Where a run goes beside issued documents: the first of `<unit>~2`, `<unit>~3` … that is not issued itself."""
    number = 2
    while issued_manifest(folder.with_name(f"{folder.name}~{number}")) is not None:
        number += 1
    return folder.with_name(f"{folder.name}~{number}")


def last_issued(folder: Path) -> Path:
    """The latest issued document of a unit's folder that is issued itself."""
    number = int(next_place(folder).name.rpartition("~")[2]) - 1
    return folder if number == 1 else folder.with_name(f"{folder.name}~{number}")


def after_issue(project: Project, issued: Manifest) -> str | None:
    """The facts of the document that comes after an issued one: those written down, without its number and date."""
    path = facts_file(project, issued.report, issued.unit, issued.period.id)
    if not path.is_file():
        return None
    return without_issue(path.read_text(encoding="utf-8"))


def without_issue(facts: str) -> str:
    """The text of a document's facts without number and date of issue."""
    return _OF_ISSUE.sub("", facts)


def superseded(project: Project, folder: Path, files: Mapping[str, bytes], manifest: Manifest) -> dict[str, bytes]:
    """The files of a document that supersedes the last issued one of `folder`, with the explanation of its changes."""
    old = last_issued(folder)
    told = read_manifest(old)
    assert told.issue is not None
    explanation = explain(project, Side.of_folder(old), Side.of_files(files))
    attached = dict(zip(ATTACHED, explanation_files(explanation), strict=True))
    marked = manifest.model_copy(
        update={
            "supersedes": Superseded(folder=old.name, issue=told.issue, outputs=told.outputs),
            "attachments": {name: digest(content) for name, content in attached.items()},
        }
    )
    content = orjson.dumps(marked.content(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return {**files, **attached, FILE: content}
