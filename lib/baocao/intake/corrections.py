"""Corrections of dossiers as data, `params/corrections/*.yaml`: who found what, and what the source still says.

A correction never edits a delivered file. It is applied whenever the dossier is taken in, and only while the source
still says what the correction expects; once the source is mended the ingest stops and asks to remove the correction.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import field_validator

from baocao.errors import ConfigurationError, one_of
from baocao.intake.days import EARLIEST, LATEST
from baocao.intake.dossiers import AUTHORITIES, CHANNELS, DAYS, FLAGS, TEXTS
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project, StrictModel, read_model
from baocao.units import load_registry

CORRECTABLE = ("unit", *TEXTS, *DAYS, "channel", "status", "result_channel", "authority", *FLAGS)
_NEVER_BLANK = ("unit", "channel", "authority")


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
    ids: set[str] = set()
    cells: dict[tuple[str, str, str], str] = {}
    paths = sorted((project.params / "corrections").glob("*.yaml"))
    choices = _choices(project) if paths else {}
    for path in paths:
        shown = project.relative(path)
        for correction in read_model(path, _CorrectionFile).corrections:
            where = f"{shown}: {correction.id}"
            if correction.id in ids:
                raise ConfigurationError(f"{where}: the id stands twice; give each correction its own")
            ids.add(correction.id)
            cell = (correction.source, correction.dossier, correction.column)
            if cells.setdefault(cell, correction.id) != correction.id:
                raise ConfigurationError(f"{where}: {cells[cell]} already corrects {correction.column} of this dossier")
            for key in ("expect", "value"):
                _check_type(where, key, correction.column, getattr(correction, key))
            _check_value(where, correction, choices)
            entries.append((correction, shown))
    return Corrections(tuple(entries))


def _check_type(where: str, key: str, column: str, value: Any) -> None:
    if value is None:
        return
    wanted: type = date if column in DAYS else bool if column in FLAGS else str
    if not isinstance(value, wanted):
        expected = {date: "a day such as 2020-03-04", bool: "true or false", str: "a text"}[wanted]
        raise ConfigurationError(f"{where}: {key}: found {value!r}, expected {expected}")


def _choices(project: Project) -> dict[str, Collection[str]]:
    """What the columns of few ids may say."""
    return {
        "channel": CHANNELS,
        "result_channel": CHANNELS,
        "authority": AUTHORITIES,
        "status": load_vocabulary(project).statuses,
        "unit": load_registry(project).codes,
    }


def _check_value(where: str, correction: Correction, choices: Mapping[str, Collection[str]]) -> None:
    """What is put in must be what intake would have put in."""
    value, column = correction.value, correction.column
    if value is None and column in _NEVER_BLANK:
        raise ConfigurationError(f"{where}: value: a dossier's {column} is never blank")
    if isinstance(value, date) and not EARLIEST <= value <= LATEST:
        raise ConfigurationError(f"{where}: value: found {value}, expected a day from {EARLIEST} to {LATEST}")
    if isinstance(value, str) and column in choices and value not in choices[column]:
        raise ConfigurationError(f"{where}: value: {one_of(column, value, choices[column])}")
