"""What changed in the rows two outputs were made of: dossiers, rows of printed tables, entries of registers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from baocao.fields import load_fields
from baocao.forms.disclosure import hides_counts
from baocao.forms.fill import fill
from baocao.forms.form import load_forms
from baocao.indicators.catalogue import load_catalogue
from baocao.indicators.load_office import delivered_registers, register_names
from baocao.indicators.one_stop import OneStopFigures
from baocao.indicators.slices import DOSSIER_TABLE, Slice, load_slice
from baocao.indicators.summary import Window
from baocao.intake import dossiers
from baocao.intake.one_stop import FIGURES, Row
from baocao.intake.vocabulary import load_vocabulary
from baocao.periods import Period, parse_period
from baocao.project import Project
from baocao.provenance.dossier_changes import Counted, DossierChange, dossier_changes
from baocao.provenance.manifest import Manifest
from baocao.store.dossiers import DossierScan, scan_dossiers
from baocao.store.tables import Store
from baocao.units import Unit, UnitRegistry

_ROW_KEY = ("source", "table", "grain", "row_type", "unit", "field", "procedure", "authority")


@dataclass(frozen=True)
class RowChange:
    """A row of a printed table that says something else; a row that was not there, or is gone, says nothing.

    Attributes
    ----------
    key
        `source`, `table`, `grain`, `row_type`, `unit`, `field`, `procedure`, `authority`.
    columns
        Every figure that changed, as it was and as it is.
    """

    key: Mapping[str, str | None]
    columns: Mapping[str, tuple[int | None, int | None]]

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {**self.key, "columns": {name: list(values) for name, values in self.columns.items()}}


@dataclass(frozen=True)
class EntryChange:
    """An entry of a register that came (`old` None), went (`new` None)."""

    register: str
    name: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None

    @property
    def place(self) -> str:
        """Where it stands: file and row."""
        entry = self.new or self.old or {}
        return f"{entry.get('file')}, dòng {entry.get('row')}"

    def place_only(self) -> "EntryChange":
        """Without what it says."""
        sides = (side and {name: side.get(name) for name in ("file", "row")} for side in (self.old, self.new))
        return EntryChange(self.register, self.name, *sides)

    def record(self) -> dict[str, Any]:
        """For JSON."""
        sides = {"old": self.old, "new": self.new}
        told = {side: entry and {name: _text(value) for name, value in entry.items()} for side, entry in sides.items()}
        return {"register": self.register, **told}


@dataclass(frozen=True)
class DataChanges:
    """All of it.

    Attributes
    ----------
    tells_hidden
        Whether a form of the office leaves small counts of these data out, which follow from what changed.
    """

    dossiers: Sequence[DossierChange] = ()
    rows: Sequence[RowChange] = ()
    entries: Sequence[EntryChange] = ()
    tells_hidden: bool = False

    def without_counts(self) -> "DataChanges":
        """What may be told beside hidden counts: the places of entries, without what they say."""
        return DataChanges(entries=[entry.place_only() for entry in self.entries])

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "dossiers": [
                {
                    "source": change.source,
                    "dossier": change.dossier,
                    "change": change.kind,
                    "counts": change.counts,
                    "columns": {name: [_text(old), _text(new)] for name, (old, new) in change.columns.items()},
                }
                for change in self.dossiers
            ],
            "rows": [row.record() for row in self.rows],
            "entries": [entry.record() for entry in self.entries],
        }


def data_changes(project: Project, registry: UnitRegistry, old: Manifest, new: Manifest) -> DataChanges:
    """What changed between the table versions of two outputs of one office and the same dates.

    Parameters
    ----------
    registry
        Units as they stood in the period.

    Raises
    ------
    StoreError
        If a version is not there any more.
    """
    if old.versions == new.versions:
        return DataChanges()
    unit = registry[new.unit]
    period = Period(parse_period(new.period.id), new.period.from_date, new.period.to_date)
    slices = [
        load_slice(project, unit, registry, period.from_date, period.to_date, manifest.versions)
        for manifest in (old, new)
    ]
    registers = [delivered_registers(project, unit, period, manifest.versions) for manifest in (old, new)]
    names = register_names(project)
    return DataChanges(
        dossiers=_dossiers(project, registry, old, new, slices),
        rows=_rows(slices[0].rows, slices[1].rows),
        entries=[
            change
            for register in sorted(registers[0].keys() | registers[1].keys())
            for change in _entries(register, names[register], *(side.get(register, []) for side in registers))
        ],
        tells_hidden=_hides_counts(project, unit, period, registry, slices),
    )


def _hides_counts(
    project: Project, unit: Unit, period: Period, registry: UnitRegistry, slices: Iterable[Slice]
) -> bool:
    """Whether any form, in this report or another one of the office, leaves a count of the data out."""
    catalogue = load_catalogue(project)
    forms = load_forms(project, catalogue).values()
    fields = load_fields(project, unit.code)
    figures = (OneStopFigures(data.rows, unit, period, registry, fields, catalogue) for data in slices)
    return any(hides_counts(forms, partial(fill, figures=told), catalogue) for told in figures)


def _dossiers(
    project: Project, registry: UnitRegistry, old: Manifest, new: Manifest, slices: Sequence[Slice]
) -> list[DossierChange]:
    store = Store(project.store)
    scans = [_scan(store, manifest) for manifest in (old, new)]
    if scans[0].version == scans[1].version:
        return []
    units = {unit.code for unit in registry.within(new.unit)} | {unit for data in slices for unit, _ in data.inherited}
    window = Window(new.period.from_date, new.period.to_date)
    return [
        replace(
            change,
            old=_of_heir(change.old, change.source, slices[0]),
            new=_of_heir(change.new, change.source, slices[1]),
        )
        for change in dossier_changes(scans[0], scans[1], load_vocabulary(project), window, units)
    ]


def _of_heir(counted: Counted | None, source: str, data: Slice) -> Counted | None:
    """What a former unit left open counts for the unit that took it over, or for nobody."""
    if counted is None or (counted.unit, source) not in data.inherited:
        return counted
    heir = data.inherited[counted.unit, source]
    return None if heir is None else replace(counted, unit=heir)


def _scan(store: Store, manifest: Manifest) -> DossierScan:
    """The dossiers of an output; none where the table had not been filled."""
    as_of = manifest.versions.as_of(dossiers.TABLE)
    scan = None if as_of is None else scan_dossiers(store, as_of)
    return scan or DossierScan(store.address(dossiers.TABLE), -1, ())


def _rows(old: Sequence[Row], new: Sequence[Row]) -> list[RowChange]:
    before, after = (_by_key(rows) for rows in (old, new))
    changes = []
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key, {}), after.get(key, {})
        columns = {name: (was.get(name), now.get(name)) for name in FIGURES if was.get(name) != now.get(name)}
        if columns:
            changes.append(RowChange(dict(zip(_ROW_KEY, key, strict=True)), columns))
    return changes


def _by_key(rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    """Rows of printed tables by what they are about; what dossiers come to is told dossier by dossier."""
    return {tuple(row[name] for name in _ROW_KEY): row for row in rows if row["table"] != DOSSIER_TABLE}


def _entries(
    register: str, name: str, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> list[EntryChange]:
    gone: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in old:
        gone[_content(entry)].append(entry)
    came = []
    for entry in new:
        same = gone[_content(entry)]
        if same:
            same.pop()
        else:
            came.append(EntryChange(register, name, None, entry))
    left = {id(entry) for entries in gone.values() for entry in entries}
    return [EntryChange(register, name, entry, None) for entry in old if id(entry) in left] + came


def _content(entry: Mapping[str, Any]) -> str:
    return repr(sorted((name, str(value)) for name, value in entry.items() if name not in ("file", "row")))


def _text(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
