"""Further formats of a report that was made: its executed notebook holds everything they need."""

from collections.abc import Sequence
from pathlib import Path

from baocao.errors import ConfigurationError
from baocao.export.executed import read_document, read_record
from baocao.export.formats import FORMATS
from baocao.provenance.manifest import FILE, digest, raw_manifest
from baocao.run.folders import put
from baocao.run.job import json_bytes


def export_again(place: Path, formats: Sequence[str]) -> list[Path]:
    """Make formats of a finished report.

    Parameters
    ----------
    place
        A report's folder, which is replaced in one step with its manifest brought up to date; or an executed notebook
        anywhere, beside which the files are written.

    Raises
    ------
    ConfigurationError
        If there is no executed notebook.
    ExportError
        If the notebook shows no document, or a format cannot be made of it; then no file has changed.
    """
    import nbformat

    source = place / "report.ipynb" if place.is_dir() else place
    if not source.is_file():
        raise ConfigurationError(
            f"{source}: there is no such notebook; run the report with --formats ipynb,… or name an executed notebook"
        )
    try:
        notebook = nbformat.read(source, as_version=4)
        nbformat.validate(notebook)
    except (ValueError, TypeError, AttributeError, LookupError, nbformat.ValidationError) as error:
        raise ConfigurationError(f"{source}: is not a notebook ({error})") from None
    document, record = read_document(notebook), read_record(notebook)
    made = {FORMATS[name].file: FORMATS[name].make(document, record) for name in formats}
    if not place.is_dir():
        for name, content in made.items():
            (place.parent / name).write_bytes(content)
        return [place.parent / name for name in made]
    files = {path.name: path.read_bytes() for path in sorted(place.iterdir()) if path.is_file()} | made
    if FILE in files:
        manifest = raw_manifest(place)
        if manifest.get("issue"):
            raise ConfigurationError(f"{place}: was issued as a document; a new format would change it")
        hashes = {**manifest.get("outputs", {}), **{name: digest(content) for name, content in made.items()}}
        files[FILE] = json_bytes({**manifest, "outputs": dict(sorted(hashes.items()))})
    put(place.absolute(), files)
    return [place / name for name in made]
