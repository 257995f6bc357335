"""What a delivered file is: `source.yaml` beside it says who reports, for which dates, from which system."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from baocao.errors import ConfigurationError
from baocao.periods import Periods
from baocao.project import Project, StrictModel, read_model

SIDECAR = "source.yaml"
BlankMeans = Literal["unknown", "zero"]


class DeliveredFile(StrictModel):
    """One file of a delivery and the table it holds, named as the office names it (“Biểu 2”)."""

    file: str
    dataset: str
    table: str
    map: str | None = None


class Delivery(StrictModel):
    """`source.yaml`: what the files beside it have in common.

    Attributes
    ----------
    source
        Id of the system the figures come from; disjoint systems are added, overlapping ones compared.
    unit
        Code of the office that reports.
    blank_means
        What an empty cell says *in a row that has other figures*: `zero` where the system leaves zeros empty
        (give the reason), else `unknown`. A row that is all empty says nothing either way.
    """

    source: str
    name: str
    origin: str
    unit: str
    period: str
    from_date: date | None = Field(None, alias="from")
    to_date: date | None = Field(None, alias="to")
    authority: Literal["own", "vertical"] = "own"
    scope: Literal["own", "area"] = "own"
    blank_means: BlankMeans = "unknown"
    blank_reason: str = ""
    files: list[DeliveredFile]


@dataclass(frozen=True)
class TableSource:
    """One file ready to be read: its place and everything `Delivery` says that its rows must carry.

    `scope` is `own` for the office alone, `area` where a row already contains the units below it.
    """

    path: Path
    reporter: str
    from_date: date
    to_date: date
    source: str
    table: str
    map: str | None = None
    authority: str = "own"
    scope: str = "own"
    blank_means: BlankMeans = "unknown"


def find_sources(
    project: Project,
    dataset: str,
    paths: list[Path],
    *,
    unit: str | None = None,
    period: str | None = None,
    from_date: date | None = None,
    to_date: date | None = None,
    map_name: str | None = None,
) -> list[TableSource]:
    """The files of `paths` (files, or folders with a `source.yaml`) that hold `dataset`.

    What the caller states wins over the sidecar; a file without a sidecar needs `unit` and `period`.

    Raises
    ------
    ConfigurationError
        If a folder or file is not described, or the description does not fit.
    """
    periods = Periods(project)
    sources = []
    for path in paths:
        sidecar = (path if path.is_dir() else path.parent) / SIDECAR
        delivery = read_model(sidecar, Delivery) if sidecar.is_file() else None
        if path.is_dir() and delivery is None:
            raise ConfigurationError(f"{path}: the folder has no {SIDECAR}; name the files themselves")
        listed = {entry.file: entry for entry in delivery.files} if delivery else {}
        entries: list[tuple[Path, DeliveredFile | None]]
        if path.is_dir():
            entries = [(path / entry.file, entry) for entry in listed.values() if entry.dataset == dataset]
            if not entries:
                raise ConfigurationError(f"{project.relative(sidecar)}: lists no file of dataset “{dataset}”")
        else:
            entries = [(path, listed.get(path.name))]
        for file, entry in entries:
            if entry is None or delivery is None:
                if unit is None or period is None:
                    raise ConfigurationError(
                        f"{file}: not described by a {SIDECAR}; say whose it is and when: --unit CODE --period ID"
                    )
                when = periods.resolve(period, unit, from_date, to_date)
                sources.append(TableSource(file, unit, when.from_date, when.to_date, "office", file.stem, map_name))
                continue
            reporter = unit or delivery.unit
            when = periods.resolve(
                period or delivery.period,
                reporter,
                from_date or (None if period else delivery.from_date),
                to_date or (None if period else delivery.to_date),
            )
            sources.append(
                TableSource(
                    path=file,
                    reporter=reporter,
                    from_date=when.from_date,
                    to_date=when.to_date,
                    source=delivery.source,
                    table=entry.table,
                    map=map_name or entry.map,
                    authority=delivery.authority,
                    scope=delivery.scope,
                    blank_means=delivery.blank_means,
                )
            )
    _refuse_same_table(sources)
    return sources


def _refuse_same_table(sources: list[TableSource]) -> None:
    """Two files for one table in one delivery would both be stored, and every figure of it be counted twice."""
    seen: dict[tuple[object, ...], Path] = {}
    for source in sources:
        key = (source.reporter, source.from_date, source.to_date, source.source, source.table)
        other = seen.setdefault(key, source.path)
        if other is not source.path:
            raise ConfigurationError(
                f"{other} and {source.path} are both “{source.table}” of {source.reporter} for the same dates; "
                "name only one of them"
            )
