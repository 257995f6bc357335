"""One zip for one unit: its site, which opens without a network, and the hashes of all its files."""

import hashlib
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from baocao.errors import ConfigurationError
from baocao.periods import parse_period
from baocao.project import Project
from baocao.site.build import Built, build_site
from baocao.site.contents import when

#: In the form `sha256sum --check` reads.
HASHES = "SHA256SUMS"
#: A zip knows no earlier moment; no file in it tells when it was made.
_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bundle:
    """The zip, its own SHA-256, and the site in it."""

    path: Path
    sha256: str
    site: Built


def make_bundle(project: Project, unit: str, periods: Sequence[str], out: Path) -> Bundle:
    """Write `<unit>-<period>.zip` into the folder `out`; the same outputs give the same bytes.

    Raises
    ------
    ConfigurationError
        If there is no such unit or period, or no document to put in.
    """
    ids = sorted({str(parse_period(period)) for period in periods}, key=lambda period: (when(period), period))
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="baocao-", dir=out) as scratch:
        built = build_site(project, Path(scratch) / "site", unit, ids, keep=False)
        if not built.documents:
            told = "\n".join(one.english for one in built.left_out)
            raise ConfigurationError(
                f"{unit} has no document of {', '.join(ids)} to bundle" + (f"\n{told}" if told else "")
            )
        made = Path(scratch) / "bundle.zip"
        name = f"{unit}-{'-'.join(ids)}"
        _zip(built.folder, made, name)
        content = hashlib.sha256(made.read_bytes()).hexdigest()
        path = made.replace(out / f"{name}.zip")
    return Bundle(path, content, built)


def _zip(folder: Path, target: Path, name: str) -> None:
    """All files below one folder `name`, in order of their paths."""
    hashes = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            inside = path.relative_to(folder).as_posix()
            content = path.read_bytes()
            hashes.append(f"{hashlib.sha256(content).hexdigest()}  {inside}\n")
            archive.writestr(_entry(f"{name}/{inside}"), content)
        archive.writestr(_entry(f"{name}/{HASHES}"), "".join(hashes))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # the same on every system: rw-r--r-- of Unix
    entry.external_attr = 0o644 << 16
    return entry
