"""A new office's project in an empty folder."""

import shutil
from pathlib import Path

import baocao
from baocao.errors import ConfigurationError
from baocao.office_project.record import digest, write_record
from baocao.office_project.templates import SETTINGS, sample_files, starter_files, template_files, templates_folder


def create_office(target: Path, *, with_samples: bool = False) -> list[str]:
    """Fill an empty folder, made where there is none; returns the names of the files in it.

    Parameters
    ----------
    with_samples
        Copy the sample offices too, with their data and their settings.

    Raises
    ------
    ConfigurationError
        If `target` is a file or holds anything.
    OSError
        If it cannot be written; then it is as it was.
    """
    target = target.absolute()
    if target.exists() and not target.is_dir():
        raise ConfigurationError(f"{target} is a file; name an empty folder for the office's project")
    existed = target.is_dir()
    if existed and any(target.iterdir()):
        held = ", ".join(sorted(path.name for path in target.iterdir())[:5])
        raise ConfigurationError(f"{target} is not empty ({held}); name an empty folder for the office's project")
    folder = templates_folder()
    templates = {name: path.read_bytes() for name, path in template_files(folder).items()}
    files = {**starter_files(), **templates}
    if with_samples:
        files |= {name: path.read_bytes() for name, path in sample_files(folder).items()}
    if SETTINGS not in files or not templates:
        raise ConfigurationError(f"{folder}: the package's own files are missing; install baocao again")
    try:
        for name, content in files.items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        write_record(target, baocao.__version__, {name: digest(name, content) for name, content in templates.items()})
    except OSError:
        _clear(target, keep=existed)
        raise
    return sorted(files)


def _clear(target: Path, *, keep: bool) -> None:
    for path in target.iterdir() if target.is_dir() else ():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if not keep and target.is_dir():
        target.rmdir()
