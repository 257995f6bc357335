"""Build the site: pages whose records changed are written, documents' files linked, what is no more removed."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from baocao.errors import ConfigurationError
from baocao.indicators.catalogue import load_catalogue
from baocao.project import Project, read_yaml
from baocao.provenance.manifest import code_hash
from baocao.reports import DOCUMENT_KINDS, load_report, report_ids
from baocao.run.folders import put_file
from baocao.site.audience import registry_for, seen_by, told_to_readers
from baocao.site.contents import Contents, Names
from baocao.site.documents import document_pages
from baocao.site.frame import DATA, DOCUMENTS, KINDS, PERIODS, QUALITY, UNITS, Page, made_of
from baocao.site.index import data_pages
from baocao.site.left_out import LeftOut
from baocao.site.pages import finding_pages
from baocao.site.quality import quality_pages
from baocao.site.scan import MARKER, scan
from baocao.units import load_registry

FOLDER = "site"
#: Folders of a site.
_FOLDERS = ("assets", DOCUMENTS, UNITS, PERIODS, QUALITY, KINDS, DATA)


@dataclass(frozen=True)
class Built:
    """A site as it stands now.

    Attributes
    ----------
    documents, files
        How many it holds.
    written, removed
        How many files were new or changed, or are there no more.
    """

    folder: Path
    documents: int
    files: int
    written: int
    removed: int
    left_out: tuple[LeftOut, ...]


def default_folder(project: Project, unit: str | None) -> Path:
    """Where the site of an audience is."""
    return project.outputs / (FOLDER if unit is None else f"{FOLDER}~{unit}")


def build_site(
    project: Project,
    out: Path | None = None,
    unit: str | None = None,
    periods: Sequence[str] = (),
    *,
    keep: bool = True,
) -> Built:
    """Make the site of the project's outputs, or bring it up to date.

    Parameters
    ----------
    unit
        Only what this unit and those below it may see.
    periods
        Only of these.
    keep
        Whether to note what was made of what, for the next time.

    Raises
    ------
    ConfigurationError
        If there is no such unit, or `out` holds something else than a site.
    """
    folder = (out or default_folder(project, unit)).absolute()
    _refuse_foreign(folder)
    registry = load_registry(project)
    found = scan(project, registry)
    if unit is not None:
        found = seen_by(found, registry, registry[unit].code, periods)
    reports = {report: load_report(project, report) for report in report_ids(project)}
    names = Names(
        {report: definition.name for report, definition in reports.items()},
        {report: DOCUMENT_KINDS[definition.document.kind] for report, definition in reports.items()},
        _check_names(project),
    )
    catalogue = load_catalogue(project)
    contents = Contents(found.records, registry_for(registry, unit), catalogue, names, unit)
    told = told_to_readers(found.left_out, unit)
    shared = made_of(code_hash(), unit, contents.registry.units, names, sorted(catalogue.indicators.items()))
    pages = [
        *_assets(unit, shared),
        *data_pages(contents, shared),
        *document_pages(contents, shared),
        *quality_pages(contents, told, shared),
        *finding_pages(contents, shared),
    ]
    state = project.cache / f"site-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}.json"
    linked = {f"{record.folder}/{name}": told for record in found.records for name, _, told in record.files}
    written, removed, files = _bring_up(folder, pages, project.outputs, linked, state, keep=keep)
    return Built(folder, len(found.records), files, written, removed, found.left_out)


def _check_names(project: Project) -> dict[str, str]:
    """What checks are called; only names are read, so a suite of any kind will do."""
    found: dict[str, str] = {}
    for path in sorted(project.expectations.glob("*.yaml")):
        content = read_yaml(path)
        for check in content.get("expectations", ()) if isinstance(content, dict) else ():
            found.setdefault(str(check.get("id")), str(check.get("name")))
    return found


def _assets(unit: str | None, shared: str) -> Iterator[Page]:
    """What all pages use: the look and the tables of the reports' own pages, and the site's own."""

    def of(package: str, name: str) -> bytes:
        return resources.files(package).joinpath(name).read_bytes()

    def style() -> bytes:
        from baocao.document.markup import stylesheet  # seldom needed, and slow to import

        return stylesheet().encode() + of("baocao.export", "page.css") + of("baocao.site", "site.css")

    makes: dict[str, Callable[[], bytes]] = {
        MARKER: partial(orjson.dumps, {"site": 1, "for": unit}),  # first, so that even half a site is known as one
        "assets/site.css": style,
        "assets/page.js": partial(of, "baocao.export", "page.js"),
        "assets/site.js": partial(of, "baocao.site", "site.js"),
    }
    for path, make in makes.items():
        yield Page(path, made_of(shared, path), make)


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARKER).is_file())):
        raise ConfigurationError(f"{folder} holds something else than a site; name a folder of its own with --out")


def _bring_up(
    folder: Path, pages: Sequence[Page], outputs: Path, linked: Mapping[str, str], state: Path, *, keep: bool
) -> tuple[int, int, int]:
    """Write what changed, remove what is no more; how many of each, and how many files there are now.

    `linked` are the documents' files with their SHA-256, relative to the outputs.
    """
    before = _state(state) if keep else {}
    if not before and folder.exists():
        _clear(folder)
    there = _present(folder)
    now = {page.path: page.made_of for page in pages}
    now |= {f"{DOCUMENTS}/{name}": told for name, told in linked.items()}
    changed = {path for path, told in now.items() if before.get(path) != told or path not in there}
    stale = [path for path in before if path not in now and path in there]
    if changed and keep:
        state.unlink(missing_ok=True)  # if this is interrupted, all is made anew
    for page in pages:
        if page.path in changed:
            (folder / page.path).parent.mkdir(parents=True, exist_ok=True)
            put_file(folder / page.path, page.make())
    for name in linked:
        if f"{DOCUMENTS}/{name}" in changed:
            _place(outputs / name, folder / DOCUMENTS / name)
    for path in stale:
        (folder / path).unlink(missing_ok=True)
    _prune(folder, stale)
    if keep:
        state.parent.mkdir(parents=True, exist_ok=True)
        put_file(state, orjson.dumps(now))
    return len(changed), len(stale), len(now)


def _clear(folder: Path) -> None:
    """Remove a site nobody knows what it was made of; what else lies in its folder stays."""
    for path in list(folder.iterdir()):
        if path.name in _FOLDERS:
            shutil.rmtree(path)
        elif path.suffix == ".html" or path.name == MARKER:
            path.unlink()


def _place(origin: Path, target: Path) -> None:
    """The same file under a second name where the system can, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    if os.name == "posix":
        with suppress(OSError):
            os.link(origin, target)
            return
    shutil.copyfile(origin, target)


def _prune(folder: Path, removed: Iterable[str]) -> None:
    for parent in sorted({parent for path in removed for parent in Path(path).parents if parent.parts}, reverse=True):
        with suppress(OSError):
            (folder / parent).rmdir()


def _state(path: Path) -> Mapping[str, Any]:
    try:
        content = orjson.loads(path.read_bytes())
        return content if isinstance(content, dict) else {}
    except (OSError, ValueError):
        return {}


def _present(folder: Path) -> set[str]:
    """Every file of a folder, relative to it; there are tens of thousands, of which `os.walk` would make lists."""
    found: set[str] = set()
    waiting = [""] if folder.is_dir() else []
    while waiting:
        inside = waiting.pop()
        with os.scandir(f"{folder}/{inside}") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{inside}{entry.name}/")
                else:
                    found.add(inside + entry.name)
    return found
