"""Corrections applied to dossiers that are stored already, as a version of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from baocao.errors import InputError, StoreError
from baocao.intake.corrections import Corrections, load_corrections
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project
from baocao.store.dossiers import scan_dossiers, upsert
from baocao.store.staging import Staging
from baocao.store.tables import Store


@dataclass(frozen=True)
class CorrectedStore:
    """Version after the corrections, the ids of those that were applied now, and the units they are about."""

    version: int
    applied: Sequence[str]
    units: Sequence[str]


def correct_stored(project: Project) -> CorrectedStore:
    """Apply all corrections of the project that stored dossiers do not have yet; one commit for each source.

    Raises
    ------
    InputError
        If the stored dossier no longer says what a correction expects, or could not be counted after it.
    StoreError
        If no dossier was ever stored.
    """
    corrections = load_corrections(project)
    store = Store(project.store)
    # All are tried before any is stored: a command that fails has done nothing.
    _apply(project, store, corrections, keep=False)
    applied, units = _apply(project, store, corrections, keep=True)
    scan = scan_dossiers(store)
    if scan is None:
        raise StoreError("no dossiers have been stored yet; run `baocao ingest dossiers`")
    return CorrectedStore(scan.version, applied, sorted(units))


def _apply(project: Project, store: Store, corrections: Corrections, *, keep: bool) -> tuple[list[str], set[str]]:
    """Correct the stored dossiers of every source; ids of the corrections, and the units they are about."""
    applied: list[str] = []
    units: set[str] = set()
    for source in sorted({correction.source for correction, _ in corrections.entries}):
        scan = scan_dossiers(store)
        if scan is None:
            break
        mine = corrections.of_source(source)
        with Staging() as staging:
            staging.load_stored(scan, source, sorted({correction.dossier for correction, _ in mine}))
            done = staging.correct(mine)
            staging.refuse_uncountable(load_vocabulary(project))
            if staging.rejected():
                raise InputError(f"{', '.join(done)}: {staging.first_reason()}")
            if done and keep:
                before = upsert(store, staging.connection, source, {"corrections": ", ".join(done)}).left
                units |= {*before, *(unit for unit, _, _ in staging.units_and_days())}
        applied += done
    return applied, units
