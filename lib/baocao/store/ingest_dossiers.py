"""From a delivered list of dossiers to the store: nothing lost, one commit, the balance kept."""

import hashlib
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from baocao.errors import ConfigurationError
from baocao.intake.column_map import load_map, maps_of
from baocao.intake.corrections import load_corrections
from baocao.intake.dossier_rows import DossierReader
from baocao.intake.dossier_source import DossierList, UnitDays
from baocao.intake.dossiers import DATASET, MAPPABLE
from baocao.intake.row_postgres import shown_address
from baocao.intake.row_stream import choose_map, open_rows
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project
from baocao.store.deliveries import Covered, record_coverage, record_delivery
from baocao.store.dossiers import upsert
from baocao.store.staging import Balance, Staging
from baocao.store.tables import Store
from baocao.units import load_registry

_SOURCE_ID = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")


@dataclass(frozen=True)
class IngestedList:
    """What became of one list.

    Attributes
    ----------
    units
        Codes of the units its good rows are of, or were of before.
    mentioned
        Units its good rows are of, each with the first and last day.
    news
        Whether anything changed: dossiers, or what is known to be complete.
    quarantine
        File of the refused rows, None where there are none.
    corrections
        Ids of the corrections applied.
    """

    file: str
    map: str
    version: int
    balance: Balance
    units: Sequence[str]
    mentioned: Sequence[UnitDays]
    news: bool
    unmapped: Sequence[str]
    quarantine: Path | None
    corrections: Sequence[str]


def ingest_dossiers(
    project: Project, delivery: DossierList, progress: Callable[[int], None] = lambda _: None
) -> IngestedList:
    """Take one list into the store.

    Every row is stored, updates a stored dossier, repeats one exactly, or is kept in quarantine with its reason. A
    crash leaves the table as before or as after.

    Raises
    ------
    InputError
        If the list cannot be read as a whole, or a correction's guard fails; nothing was stored.
    ConfigurationError
        For an unknown map, unit or source id.
    """
    if not _SOURCE_ID.fullmatch(delivery.source):
        raise ConfigurationError(f"source “{delivery.source}”: expected lower-case letters, digits, - and .")
    place = delivery.place
    shown = shown_address(place.place) if place.is_database else project.relative(Path(place.place))
    maps = [load_map(project, DATASET, delivery.map, MAPPABLE)] if delivery.map else maps_of(project, DATASET, MAPPABLE)
    registry = load_registry(project)
    if delivery.from_date and delivery.to_date:
        registry = registry.valid(delivery.from_date, delivery.to_date)
    vocabulary = load_vocabulary(project)
    store = Store(project.store)
    with closing(open_rows(place, shown, choose_map(maps))) as stream, Staging() as staging:
        reader = DossierReader(stream, registry, vocabulary, delivery.unit, delivery.authority)
        source_hash = staging.load(stream, reader, progress)
        corrections = staging.correct(load_corrections(project).of_source(delivery.source))
        staging.refuse_uncountable(vocabulary)
        repetitions = staging.refuse_contradictions()
        stem = "query" if place.is_database else Path(place.place).stem
        quarantine = staging.keep_rejected(project.quarantine / DATASET / f"{stem}-{source_hash[:8]}.csv")
        done = upsert(store, staging.connection, delivery.source, {"file": shown, "source_hash": source_hash})
        balance = Balance(staging.read, done.stored, done.updated, done.unchanged + repetitions, staging.rejected())
        mentioned = [(unit, start, end) for unit, start, end in staging.units_and_days()]
        version = max(done.version, 0)  # a list without dossiers may come before all others
        news = bool(done.stored or done.updated)
        if not delivery.more:
            covered = _covered(delivery, mentioned)
            said = source_hash if mentioned else _hash_of(source_hash, covered)
            news = record_coverage(store, covered, said, version) or news
        record_delivery(
            store,
            source=delivery.source,
            file=shown,
            source_hash=source_hash,
            column_map=stream.map.id,
            version=version,
            balance=balance,
            corrections=corrections,
        )
    return IngestedList(
        file=shown,
        map=stream.map.id,
        version=done.version,
        balance=balance,
        units=sorted({*(unit for unit, _, _ in mentioned), *done.left}),
        mentioned=mentioned,
        news=news,
        unmapped=stream.unmapped,
        quarantine=quarantine,
        corrections=corrections,
    )


def _hash_of(source_hash: str, covered: Sequence[Covered]) -> str:
    """Of a list without dossiers: empty files are all alike, only what is said of them differs."""
    return hashlib.sha256(f"{source_hash} {sorted(map(repr, covered))}".encode()).hexdigest()


def _covered(delivery: DossierList, mentioned: Sequence[UnitDays]) -> list[Covered]:
    """What the delivery says it is complete for; of other units the days the rows of its files mention."""
    systems = tuple(dict.fromkeys((delivery.source, *delivery.systems)))
    first, last = delivery.from_date, delivery.to_date
    found: dict[str, tuple[date, date]] = {}
    for unit, start, end in (*delivery.before, *mentioned):
        before = found.get(unit, (start, end))
        found[unit] = min(start, before[0]), max(end, before[1])
    complete: Sequence[str] = ()
    if first is not None and last is not None:
        complete = delivery.covers or sorted({*found, *((delivery.unit,) if delivery.unit else ())})
    return [
        *(Covered(delivery.source, systems, unit, first, last, True) for unit in complete if first and last),
        *(
            Covered(delivery.source, systems, unit, start, end, False)
            for unit, (start, end) in found.items()
            if unit not in complete
        ),
    ]
