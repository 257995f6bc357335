"""One output folder as a site knows it: whose it is, its files, figures and findings; and its place among others."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import orjson

from baocao.errors import ConfigurationError
from baocao.periods import parse_period

_UNIT = re.compile(r"(?P<unit>[a-z0-9]+(?:[-.][a-z0-9]+)*)(?:~(?:(?P<number>[1-9]\d*)|(?P<kind>blocked|failed)))?")
_PERIOD = re.compile(r"(?P<period>[0-9A-Za-z-]+)(?:~(?P<special>[0-9a-f]{8}))?")

#: Every file a run may leave in a folder → what a reader calls it, the ones to be read first.
FILES = {
    "report.html": "Xem",
    "report.pdf": "PDF",
    "report.docx": "Word",
    "tables.xlsx": "Excel",
    "report.ipynb": "Sổ tay",
    "indicators.json": "Số liệu (JSON)",
    "findings.json": "Kết quả kiểm tra (JSON)",
    "manifest.json": "Lý lịch (JSON)",
    "changes.html": "Giải trình thay đổi",
    "changes.pdf": "Giải trình thay đổi (PDF)",
    "changes.json": "Giải trình thay đổi (JSON)",
}

#: A number as JSON has it.
#: Of a figure; `NOT_SHOWN` where its report keeps it back, None for a blank.
Number = int | float | Literal["…"] | None


@dataclass(frozen=True)
class Place:
    """What the path of an output folder says: `<report>/<period[~hash]>/<unit[~n or kind]>`.

    Attributes
    ----------
    number
        Among the documents of the same unit and period: 1, then 2 of `<unit>~2` …
    special
        Made with other parameters, dates or data than usual.
    kind
        “blocked”, “failed”, or "" for a finished report.
    """

    folder: str
    report: str
    period: str
    unit: str
    number: int
    special: bool
    kind: str


def place_of(folder: str) -> Place | None:
    """What a path says; None for one a run does not make."""
    report, period, unit = folder.split("/")
    of_period, of_unit = _PERIOD.fullmatch(period), _UNIT.fullmatch(unit)
    if not (of_period and of_unit):
        return None
    number, special, kind = int(of_unit["number"] or 1), of_period["special"] is not None, of_unit["kind"] or ""
    with suppress(ConfigurationError):
        name = str(parse_period(of_period["period"]))
        if name == of_period["period"]:
            return Place(folder, report, name, of_unit["unit"], number, special, kind)
    return None


@dataclass(frozen=True)
class Issued:
    """Number and ISO date of an issued document."""

    number: str
    date: str


@dataclass(frozen=True)
class Finding:
    """A check that failed (`success` False) or could not be made (None)."""

    check: str
    severity: str
    success: bool | None
    table: str
    row: str
    message: str


@dataclass(frozen=True)
class Record:
    """A report, or the page that says what blocks it.

    Attributes
    ----------
    label
        Of the period.
    files
        Name, size in bytes and SHA-256 of every file.
    supersedes
        The document it takes the place of.
    old_schema
        Of the manifest, where it is older than ours.
    rows, indicators, values
        Figures: for every unit (“” is the whole area) the value of every indicator, None for a blank or for none.
    anchors
        By unit: where its row is in `report.html`.
    subjects, mentions
        Codes of the offices its figures are of; codes and names of offices in its findings and changes.
    digest
        Of everything else.
    """

    folder: str
    report: str
    period: str
    unit: str
    number: int
    special: bool
    blocked: bool
    label: str
    files: tuple[tuple[str, int, str], ...]
    draft: bool = False
    issue: Issued | None = None
    supersedes: Issued | None = None
    old_schema: int | None = None
    rows: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    values: tuple[Number, ...] = ()
    anchors: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    subjects: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    digest: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Report, period and unit: what several documents may be of."""
        return self.report, self.period, self.unit

    def has(self, file: str) -> bool:
        """Whether it has a file of that name."""
        return any(name == file for name, _, _ in self.files)

    def figures(self, row: str) -> dict[str, Number]:
        """The figures of a unit by indicator; none where it has no row."""
        if row not in self.rows:
            return {}
        width, place = len(self.indicators), self.rows.index(row)
        return dict(zip(self.indicators, self.values[place * width : (place + 1) * width], strict=True))

    def failed(self, *severities: str) -> Iterator[Finding]:
        """Findings of these severities that name something wrong."""
        return (finding for finding in self.findings if finding.success is False and finding.severity in severities)


def digested(record: Record) -> Record:
    """The record with its digest."""
    return replace(record, digest=hashlib.blake2b(orjson.dumps(asdict(record)), digest_size=16).hexdigest())


def from_kept(kept: Mapping[str, Any]) -> Record:
    """The record of what JSON kept of it."""
    made: dict[str, Any] = {name: tuple(value) if type(value) is list else value for name, value in kept.items()}
    made["files"] = tuple(map(tuple, kept["files"]))
    made["findings"] = tuple(Finding(**finding) for finding in kept["findings"])
    for name in ("issue", "supersedes"):
        made[name] = Issued(**kept[name]) if kept[name] else None
    return Record(**made)
