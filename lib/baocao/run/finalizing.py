"""Mark a finished report as issued: number and date in the document, the folder read-only, its hashes in the ledger."""

import getpass
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from baocao.errors import ConfigurationError
from baocao.project import Project
from baocao.provenance.manifest import FILE, Issue, Manifest, digest, edited_files, facts_file, read_manifest
from baocao.reports import DocumentFacts
from baocao.run.folders import put
from baocao.run.issued import IssuedDocument, issued_documents, superseding, with_issue, without_issue
from baocao.run.job import json_bytes, make_report
from baocao.run.ledger import Ledger
from baocao.run.past import at_versions, formats_of, request_of, with_facts


def finalize(
    project: Project, folder: Path, issue: Issue, progress: Callable[[str], None] = lambda _: None
) -> Manifest:
    """Issue a finished report.

    It is made once more with its number and date, from the same table versions, and must say the same in every figure.

    Raises
    ------
    ConfigurationError
        If it is a draft, is issued already, was edited, contradicts what is written down of it, or would say something
        else now; nothing has changed then.
    """
    folder = folder.absolute()
    manifest = read_manifest(folder)
    path = facts_file(project, manifest.report, manifest.unit, manifest.period.id)
    earlier = issued_documents(project.outputs, manifest.report, manifest.unit, manifest.period.id)
    _refuse(folder, manifest)
    _refuse_contradiction(project, path, manifest, issue, earlier)
    facts = with_issue(manifest.facts, issue)
    request = request_of(project, manifest)
    with (
        tempfile.TemporaryDirectory(prefix="baocao-") as scratch,
        at_versions(project, manifest.versions),
        with_facts(project, request, facts) as used,
    ):
        made = make_report(used, request, formats_of(manifest), Path(scratch) / "report", progress=progress)
    if made.manifest.outputs["indicators.json"] != manifest.outputs["indicators.json"]:
        raise ConfigurationError(
            f"{folder}: its figures would not be the same any more; see `baocao verify {folder}`, make the report again"
        )
    issued = made.manifest.model_copy(update={"issue": issue})
    attached: dict[str, bytes] = {}
    if earlier:
        issued, attached = superseding(project, earlier[-1], made.files, issued)
    content = json_bytes(issued.content())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(facts, encoding="utf-8", newline="\n")
    put(folder, {**made.files, **attached, FILE: content})
    make_read_only(folder)
    document = {
        "report": issued.report,
        "unit": issued.unit,
        "period": issued.period.id,
        "number": issue.number,
        "dated": issue.date.isoformat(),
        "folder": project.relative(folder),
        "manifest": digest(content),
    }
    Ledger(project.outputs).issue(document, issued.outputs, getpass.getuser())
    return issued


def make_read_only(folder: Path) -> None:
    """Nobody writes into the folder or its files by mistake."""
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)


def _refuse(folder: Path, manifest: Manifest) -> None:
    if manifest.issue is not None:
        raise ConfigurationError(
            f"{folder}: was issued as {manifest.issue.number} of {manifest.issue.date}; a correction is a new "
            "document: run the report again, it goes beside"
        )
    if manifest.draft:
        raise ConfigurationError(f"{folder}: is a draft; make the report without --draft first")
    edited = edited_files(folder)
    if edited:
        raise ConfigurationError(f"{folder}: {', '.join(edited)} was edited since it was made; make the report again")


def _refuse_contradiction(
    project: Project, path: Path, manifest: Manifest, issue: Issue, earlier: Sequence[IssuedDocument]
) -> None:
    """What is written down of the document, and the numbers given away before, must leave room for this one."""
    shown = project.relative(path)
    given = {document.issue.number for document in earlier}
    if issue.number in given:
        raise ConfigurationError(f"{issue.number} is the number of a document issued before; give this one its own")
    if earlier and issue.date < earlier[-1].issue.date:
        before = earlier[-1].issue
        raise ConfigurationError(f"{issue.date} is before the document it supersedes, {before.number} of {before.date}")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if without_issue(text) != without_issue(manifest.facts or ""):
        raise ConfigurationError(f"{shown}: has changed since the report was made; make the report again")
    written = DocumentFacts.model_validate(yaml.safe_load(text) or {})
    if written.number in given:
        return
    if written.number not in (None, issue.number):
        raise ConfigurationError(f"{shown}: the number is {written.number}; found {issue.number}")
    if written.issued not in (None, issue.date):
        raise ConfigurationError(f"{shown}: the date of issue is {written.issued}; found {issue.date}")
