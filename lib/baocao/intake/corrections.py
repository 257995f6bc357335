"""Corrections of dossiers as data, `params/corrections/*.yaml`: who found what, and what the source still says.

A correction never edits a delivered file. It is applied whenever the dossier is taken in, and only while the source
still says what the correction expects; once the source is mended the ingest stops and asks to remove the correction.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import field_validator

from baocao.errors import ConfigurationError, one_of
from baocao.intake.dossiers import AUTHORITIES, CHANNELS, DAYS, FLAGS, TEXTS
from baocao.project import Project, StrictModel, read_model

CORRECTABLE = ("unit", *TEXTS, *DAYS, "channel", "status", "result_channel", "authority", *FLAGS)
_CHOICES = {"channel": CHANNELS, "result_channel": CHANNELS, "authority": AUTHORITIES}


class Correction(StrictModel):
    """One column of one dossier.

    Attributes
    ----------
    reason, reported_by, reported
        Why, which office said so (no person's name), and when.
    expect
        What the source says as long as the correction is needed; null for a blank.
    value
        What is right; null for a blank.
    """

    id: str
    reason: str
    reported_by: str
    reported: date
    source: str
    dossier: str
    column: str
    expect: date | bool | str | None
    value: date | bool | str | None

    @field_validator("column")
    @classmethod
    def _known_column(cls, column: str) -> str:
        if column not in CORRECTABLE:
            raise ValueError(one_of("column", column, CORRECTABLE))
        return column


class _CorrectionFile(StrictModel):
    corrections: list[Correction]


@dataclass(frozen=True)
class Corrections:
    """All corrections of a project, with the file each stands in."""

    entries: tuple[tuple[Correction, str], ...]

    def of_source(self, source: str) -> list[tuple[Correction, str]]:
        return [(correction, where) for correction, where in self.entries if correction.source == source]


def load_corrections(project: Project) -> Corrections:
    """The corrections of `params/corrections/*.yaml`.

    Raises
    ------
    ConfigurationError
        If an id stands twice, a value does not fit its column, or two corrections are of one cell.
    """
    entries: list[tuple[Correction, str]] = []
    ids: dict[str, str] = {}
    cells: dict[tuple[str, str, str], str] = {}
    for path in sorted((project.params / "corrections").glob("*.yaml")):
        shown = project.relative(path)
        for correction in read_model(path, _CorrectionFile).corrections:
            where = f"{shown}: {correction.id}"
            if ids.setdefault(correction.id, where) != where or (correction, shown) in entries:
                raise ConfigurationError(f"{where}: the id stands twice; give each correction its own")
            cell = (correction.source, correction.dossier, correction.column)
            if cells.setdefault(cell, correction.id) != correction.id:
                raise ConfigurationError(f"{where}: {cells[cell]} already corrects {correction.column} of this dossier")
            for key in ("expect", "value"):
                _check_type(where, key, correction.column, getattr(correction, key))
            entries.append((correction, shown))
    return Corrections(tuple(entries))


def _check_type(where: str, key: str, column: str, value: Any) -> None:
    if value is None:
        return
    wanted: type = date if column in DAYS else bool if column in FLAGS else str
    if not isinstance(value, wanted):
        expected = {date: "a day such as 2020-03-04", bool: "true or false", str: "a text"}[wanted]
        raise ConfigurationError(f"{where}: {key}: found {value!r}, expected {expected}")
    if column in _CHOICES and value not in _CHOICES[column]:
        raise ConfigurationError(f"{where}: {key}: {one_of(column, str(value), _CHOICES[column])}")
