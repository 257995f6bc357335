"""Issued documents: how a folder says that it is one, and what becomes of a later run of the same unit and period."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from baocao.project import Project
from baocao.provenance.explanation import explain
from baocao.provenance.explanation_document import FILES, explanation_files
from baocao.provenance.manifest import (
    FILE,
    Issue,
    Manifest,
    Superseded,
    digest,
    facts_file,
    raw_manifest,
    read_manifest,
)
from baocao.provenance.side import Side
from baocao.reports import DocumentFacts

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


def issued_documents(outputs: Path, report: str, unit: str, period: str) -> list[IssuedDocument]:
    """All issued documents of a report, unit and period, in the order they were issued.

    They lie in `<period>/<unit>`, beside it in `<unit>~2` …, and where they were made with other parameters in
    `<period>~<hash>/<unit>`.
    """
    parents = (outputs / report / period, *sorted((outputs / report).glob(f"{period}~*")))
    places = [place for parent in parents for place in (parent / unit, *sorted(parent.glob(f"{unit}~*")))]
    found = [document for place in places if (document := issued_in(place)) is not None]
    return sorted(found, key=lambda document: (document.issue.date, _place_number(document.folder)))


def in_force(outputs: Path, folder: Path) -> IssuedDocument | None:
    """The document that is in force where `folder` holds an issued one: the last of its report, unit and period."""
    own = issued_in(folder)
    if own is None:
        return None
    told = own.manifest
    return [own, *issued_documents(outputs, told.report, told.unit, told.period.id)][-1]


def says_the_same(made: Manifest, issued: Manifest) -> bool:
    """Whether a report comes to the issued document; its notebook also tells what it was asked for."""
    told = {name: text for name, text in made.outputs.items() if name != "report.ipynb"}
    return told.items() <= issued.outputs.items()


def _place_number(folder: Path) -> int:
    number = folder.name.rpartition("~")[2]
    return int(number) if number.isdigit() else 1


def next_place(folder: Path) -> Path:
    """Where a run goes beside an issued document: `<unit>~2`, or the first number that is not issued."""
    number = 2
    while issued_in(place := folder.with_name(f"{folder.name}~{number}")) is not None:
        number += 1
    return place


def facts_after(project: Project, issued: Manifest) -> str | None:
    """The facts of the document that comes after an issued one: those written down, without the number given away."""
    path = facts_file(project, issued.report, issued.unit, issued.period.id)
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    facts = DocumentFacts.model_validate(yaml.safe_load(text) or {})
    return without_issue(text) if issued.issue and facts.number == issued.issue.number else text


def without_issue(facts: str) -> str:
    """The text of a document's facts without number and date of issue."""
    return _OF_ISSUE.sub("", facts)


def with_issue(facts: str | None, issue: Issue) -> str:
    """The text of a document's facts with number and date of issue; everything else in it stays."""
    number = yaml.safe_dump({"number": issue.number}, allow_unicode=True)
    return f"{number}issued: {issue.date.isoformat()}\n{without_issue(facts or '')}"


def superseding(
    project: Project, issued: IssuedDocument, files: Mapping[str, bytes], manifest: Manifest
) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest of a document that supersedes an issued one, and the files that explain what it changes."""
    explanation = explain(project, Side.of_folder(issued.folder), Side.of_files(files))
    attached = dict(zip(FILES, explanation_files(explanation), strict=True))
    marks = {
        "supersedes": Superseded(folder=issued.folder.name, issue=issued.issue, outputs=issued.manifest.outputs),
        "attachments": {name: digest(content) for name, content in attached.items()},
    }
    return manifest.model_copy(update=marks), attached
