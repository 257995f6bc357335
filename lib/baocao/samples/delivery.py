"""What a sample leaves behind: its files, and the `source.yaml` that says what they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from baocao.errors import ConfigurationError
from baocao.intake.source import SIDECAR, Delivery
from baocao.project import Project, read_model

_MARK = "# Written by `baocao sample`; no dossier in it is real. Write it again rather than edit it.\n"


@dataclass(frozen=True)
class Sample:
    """What was written.

    Attributes
    ----------
    files
        In the order written, `source.yaml` last.
    notes
        What the dossiers do not reproduce, and what had to be assumed, a sentence each.
    units_file
        The units of the dossiers where no project knows them yet, in the format of `params/units/`.
    deliveries
        Folders to take in, where there are several.
    """

    folder: Path
    files: Sequence[Path]
    dossiers: int
    notes: Sequence[str] = ()
    units_file: Path | None = None
    deliveries: Sequence[Path] = ()


def generated(project: Project, name: str) -> Path:
    """Where samples go unless somebody says otherwise; not in git."""
    return project.root / "data" / "generated" / name


def origin(options: str) -> str:
    """Where the dossiers come from, as `source.yaml` states it: the command that makes them again."""
    return f"Sinh bằng `baocao sample {options}`; không có hồ sơ nào là thật"


def prepare(folder: Path) -> None:
    """Make `folder` ready: an earlier sample in it is removed.

    Raises
    ------
    ConfigurationError
        If it holds a delivery that is not a sample, which must not be written over.
    """
    sidecar = folder / SIDECAR
    if sidecar.is_file():
        if not sidecar.read_text(encoding="utf-8").startswith(_MARK):
            raise ConfigurationError(
                f"{folder}: holds a delivery that `baocao sample` has not written; choose another folder with --out"
            )
        for entry in read_model(sidecar, Delivery).files:
            (folder / Path(entry.file).name).unlink(missing_ok=True)
        sidecar.unlink()
    folder.mkdir(parents=True, exist_ok=True)


def describe(folder: Path, delivery: Delivery) -> Path:
    """Write `delivery` beside its files; return the path of its `source.yaml`."""
    sidecar = folder / SIDECAR
    content = delivery.model_dump(by_alias=True, exclude_defaults=True)
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
    sidecar.write_text(_MARK + text, encoding="utf-8", newline="\n")
    return sidecar
