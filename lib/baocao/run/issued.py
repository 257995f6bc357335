"""Issued documents: how a folder says that it is one, and what becomes of a later run of the same unit and period."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from baocao.project import Project
from baocao.provenance.explanation import explain
from baocao.provenance.explanation_document import explanation_files
from baocao.provenance.manifest import FILE, Issue, Manifest, Superseded, digest, facts_file, raw_manifest, read_manifest
from baocao.provenance.side import Side
from baocao.reports import DocumentFacts

#: Files that explain what a document changes in the issued one it supersedes.
ATTACHED = ("changes.json", "changes.html", "changes.pdf")
_OF_ISSUE = re.compile(r"^(?:number|issued)[ \t]*:.*\n?", re.MULTILINE)


@dataclass(frozen=True)
class IssuedDocument:
    """A folder that holds an issued document."""

    folder: Path
    issue: Issue
    manifest: Manifest


def issued_in(folder: Path) -> IssuedDocument | None:
    """The issued document of exactly this folder, if it is one."""
    if not (folder / FILE).is_file() or raw_manifest(folder).get("issue") is None:
        return None
    manifest = read_manifest(folder)
    return IssuedDocument(folder, manifest.issue, manifest) if manifest.issue else None


def issued_of(folder: Path) -> Iterator[IssuedDocument]:
    """The issued documents of a unit and period, oldest first: those in `<unit>`, `<unit>~2`, `<unit>~3` …"""
    place, number = folder, 1
    while (found := issued_in(place)) is not None:
        yield found
        number += 1
        place = folder.with_name(f"{folder.name}~{number}")


def last_issued(folder: Path) -> IssuedDocument | None:
    """The issued document of a unit and period that is in force."""
    return next(iter([*issued_of(folder)][-1:]), None)


def next_place(folder: Path) -> Path:
    """Where a run goes beside the issued documents of `folder`: `<unit>~2`, or a higher number if that is issued too."""
    number = len([*issued_of(folder)]) + 1
    return folder.with_name(f"{folder.name}~{number}")


def facts_after(project: Project, issued: Manifest) -> str | None:
    """The facts of the document that comes after an issued one: those written down, without the number given away."""
    path = facts_file(project, issued.report, issued.unit, issued.period.id)
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    facts = DocumentFacts.model_validate(yaml.safe_load(text) or {})
    return _OF_ISSUE.sub("", text) if issued.issue and facts.number == issued.issue.number else text


def with_issue(facts: str | None, issue: Issue) -> str:
    """The text of a document's facts with number and date of issue; everything else in it stays."""
    rest = _OF_ISSUE.sub("", facts or "")
    number = yaml.safe_dump({"number": issue.number}, allow_unicode=True)
    return f"{number}issued: {issue.date.isoformat()}\n{rest}"


def superseding(
    project: Project, issued: IssuedDocument, files: Mapping[str, bytes], manifest: Manifest
) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest of a document that supersedes an issued one, and the files that explain what it changes."""
    explanation = explain(project, Side.of_folder(issued.folder), Side.of_files(files))
    attached = dict(zip(ATTACHED, explanation_files(explanation), strict=True))
    marks = {
        "supersedes": Superseded(folder=issued.folder.name, issue=issued.issue, outputs=issued.manifest.outputs),
        "attachments": {name: digest(content) for name, content in attached.items()},
    }
    return manifest.model_copy(update=marks), attached
