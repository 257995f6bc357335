"""What the package brings for an office's project: forms, indicators, notebooks, checks; samples, if wanted."""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

import baocao

#: Folders of `params/` that say who an office is and what it delivers: no template, so only the samples fill them.
OF_OFFICES = ("batches", "corrections", "documents", "fields", "periods", "targets", "texts", "units")
SETTINGS = "params/project.yaml"
STARTER = "starter"


def templates_folder() -> Path:
    """Where the package's `params/`, `expectations/` and `notebooks/` lie.

    A wheel holds them beside the package; in a checkout they are the repository's own.
    """
    package = Path(baocao.__file__).parent
    installed = package.with_name("baocao_templates")
    return installed if installed.is_dir() else package.parents[1]


def template_files(folder: Path) -> Mapping[str, Path]:
    """The files an office gets and edits, by their name in its project."""
    params = {name: path for name, path in _files(folder, "params") if not _of_offices(name)}
    return dict(sorted({**params, **dict(_files(folder, "expectations")), **dict(_files(folder, "notebooks"))}.items()))


def sample_files(folder: Path) -> Mapping[str, Path]:
    """The sample offices' own files and their deliveries, by their name in a project."""
    params = {name: path for name, path in _files(folder, "params") if _of_offices(name)}
    return dict(sorted({**params, **dict(_files(folder, "data/samples"))}.items()))


def starter_files() -> dict[str, bytes]:
    """The files of a new office that are no templates: settings, a first unit, Makefile, environment, README."""
    root = Path(str(resources.files("baocao.office_project").joinpath(STARTER)))
    found = {}
    for name, path in _files(root, "."):
        content = path.read_bytes().replace(b"@VERSION@", baocao.__version__.encode())
        found[".gitignore" if name == "gitignore" else name] = content
    return found


def _of_offices(name: str) -> bool:
    folder = name.split("/")[1]
    return name == SETTINGS or (folder in OF_OFFICES and not name.endswith(".md"))


def _files(root: Path, folder: str) -> Iterator[tuple[str, Path]]:
    """Files below a folder in order; what editors and Python leave lying about is none of them."""
    for path in sorted((root / folder).rglob("*")):
        name = path.relative_to(root)
        if path.is_file() and not any(part.startswith((".", "__")) for part in name.parts):
            yield name.as_posix(), path
