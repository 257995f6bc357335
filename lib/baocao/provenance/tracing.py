"""From a figure that changed back to the dossiers, rows and entries that changed it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from baocao.export.html_sources import TABLE_NAMES
from baocao.fields import load_fields
from baocao.forms.form import load_forms
from baocao.indicators.catalogue import load_catalogue
from baocao.indicators.definition import Whose
from baocao.indicators.office import STATISTICS
from baocao.indicators.one_stop import BY_PROCEDURE
from baocao.indicators.slices import NO_FIELD, NO_PROCEDURE
from baocao.intake.one_stop import FIGURES, LABELS
from baocao.intake.register import load_registers
from baocao.project import Project
from baocao.provenance.data_changes import DataChanges, EntryChange, RowChange
from baocao.provenance.dossier_changes import Counted, DossierChange
from baocao.provenance.manifest import Manifest
from baocao.provenance.side import Figure
from baocao.reports import load_report
from baocao.units import Unit, UnitRegistry, load_registry

#: What a change of a dossier is called.
KINDS = {
    "added": "bổ sung vào danh sách",
    "removed": "không còn trong danh sách",
    "moved": "chuyển sang đơn vị khác",
    "finished": "kết thúc xử lý sau khi lập bản cũ",
    "corrected": "được đính chính",
}
#: How often a column counts in a figure: -1 where it is subtracted.
Weights = Mapping[str, int]


@dataclass(frozen=True)
class Trace:
    """What changed a figure.

    Attributes
    ----------
    dossiers
        Those that count differently in it.
    rows, registers
        Rows of printed tables and entries of registers that say something else, in words.
    sums
        What dossiers and rows add up to: for a count, or for numerator and denominator.
    whole
        Whether any change is enough to explain it: how many units there are of a kind does not add up.
    """

    dossiers: Sequence[DossierChange]
    rows: Sequence[str]
    registers: Sequence[str]
    sums: tuple[int, int | None]
    whole: bool

    @property
    def dossiers_text(self) -> str:
        """How many dossiers, by what became of them."""
        kinds = Counter(change.kind for change in self.dossiers)
        parts = [f"{kinds[kind]} hồ sơ {text}" for kind, text in KINDS.items() if kinds[kind]]  # type: ignore[index]
        return "; ".join(parts)

    def accounts_for(self, change: tuple[int | None, int | None]) -> bool:
        """Whether all this is the whole of a change."""
        if not (self.dossiers or self.rows or self.registers):
            return False
        if self.whole or self.registers or change[0] is None:
            return True
        return self.sums[0] == change[0] and (change[1] is None or self.sums[1] == change[1])


class Tracer:
    """Traces the figures of two outputs of one office."""

    def __init__(self, project: Project, old: Manifest, new: Manifest) -> None:
        self._project = project
        self._manifests = (old, new)
        self._unit = new.unit
        self.registry: UnitRegistry = load_registry(project).valid(new.period.from_date, new.period.to_date)
        self._catalogue = load_catalogue(project)
        self._fields = load_fields(project, new.unit)

    @property
    def report_name(self) -> str:
        """What a reader calls the report."""
        return load_report(self._project, self._manifests[1].report).name

    @property
    def unit(self) -> Unit:
        """The office."""
        return self.registry[self._unit]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What a reader calls the units of the office, the forms and the tables of data, by code and id."""
        forms = load_forms(self._project, self._catalogue)
        units = {unit.code: unit.name for unit in self.registry.within(self._unit)}
        registers = {register.table: register.name for register in load_registers(self._project).values()}
        return {**units, **TABLE_NAMES, **registers, **{name: form.label or form.title for name, form in forms.items()}}

    @cached_property
    def changed_parameters(self) -> Mapping[str, tuple[str, str]]:
        """Parameters of the report that differ, as they were and are."""
        old, new = (manifest.parameters for manifest in self._manifests)
        return {name: (old[name], new[name]) for name in sorted(old.keys() & new.keys()) if old[name] != new[name]}

    def name(self, figure: Mapping[str, Any]) -> str:
        """What a reader calls a figure: its indicator and what it is about."""
        indicator = str(figure["indicator"])
        known = self._catalogue.indicators.get(indicator)
        label = known.name if known else str(figure["definition"] or indicator)
        unit = figure["unit"]
        place = self.registry[unit].name if unit in self.registry.codes and unit != self._unit else ""
        about = " – ".join(text for text in (place, figure["field"] or "", figure["procedure"] or "") if text)
        own = "riêng cơ quan" if not figure["area"] and not about else about
        return f"{label} ({own})" if own else label

    def counts_of(self, indicator: str) -> Whose | None:
        """Whose rows a count adds; None for what is no count of rows, such as a percentage or a number of units."""
        known = self._catalogue.indicators.get(indicator)
        if known is None or known.units is not None or len(self._parts(indicator)) != 1:
            return None
        return known.of if known.sum is not None else "area"

    def suspicion(self) -> str:
        """What may be behind a change no row accounts for."""
        old, new = self._manifests
        suspects = [
            *(["phiên bản phần mềm"] if old.code != new.code else []),
            *(["tệp tham số, biểu mẫu hoặc danh mục"] if _without_facts(old) != _without_facts(new) else []),
            *(["tham số khi lập báo cáo"] if old.injected != new.injected else []),
            *(["gói phần mềm"] if old.packages != new.packages else []),
        ]
        told = "Chưa xác định được từ từng dòng số liệu"
        return f"{told}; khác nhau về {', '.join(suspects)}" if suspects else told

    def trace(self, figure: Figure, data: DataChanges, *, whole: bool) -> Trace:
        """What of the changed data is in a figure.

        Parameters
        ----------
        whole
            Take everything that is counted differently where it is about, whatever it adds up to.
        """
        indicator = str(figure["indicator"])
        parts = self._parts(indicator)
        columns = frozenset(name for part in parts for name in part)
        known = self._catalogue.indicators.get(indicator)
        whole = whole or (known is not None and known.units is not None)
        found, rows = [], []
        sums = [0] * len(parts)
        for change in data.dossiers if columns else ():
            old, new = (self._counted_in(side, figure) for side in (change.old, change.new))
            deltas = [_weighed(new, part) - _weighed(old, part) for part in parts]
            if any(deltas) or (whole and _place(old) != _place(new)):
                found.append(change)
                sums = [total + delta for total, delta in zip(sums, deltas, strict=True)]
        for row in data.rows if columns else ():
            if columns & row.columns.keys() and self._is_about(row, figure):
                rows.append(_row_text(row, columns, self.names))
                sums = [total + _of_row(row, part) for total, part in zip(sums, parts, strict=True)]
        registers = self._registers(indicator)
        entries = [_entry_text(entry) for entry in data.entries if self._is_of(entry, indicator, registers)]
        return Trace(found, rows, entries, (sums[0] if sums else 0, sums[1] if len(sums) > 1 else None), whole)

    # -- what an indicator is made of -------------------------------------------------------------------------------

    def _parts(self, indicator: str) -> list[Weights]:
        """Columns of a count, or of numerator and denominator."""
        known = self._catalogue.indicators.get(indicator)
        if known is None:
            return []
        if known.numerator is not None and known.denominator is not None:
            return [self._weights(known.numerator), self._weights(known.denominator)]
        weights = dict.fromkeys(FIGURES, 1) if known.units is not None else self._weights(indicator)
        return [weights] if weights else []

    def _weights(self, indicator: str) -> Weights:
        known = self._catalogue[indicator]
        weights = dict.fromkeys(known.sum or (), 1)
        for sign, part in known.terms():
            for name, weight in self._weights(part).items():
                weights[name] = weights.get(name, 0) + sign * weight
        return weights

    def _registers(self, indicator: str) -> Collection[str]:
        """Registers an indicator is counted in."""
        known = self._catalogue.indicators.get(indicator)
        if known is None:
            return ()
        own = {known.count.dataset} if known.count is not None else set()
        return own.union(*(self._registers(part) for part in known.parts()))

    def _is_of(self, entry: EntryChange, indicator: str, registers: Collection[str]) -> bool:
        if entry.register == STATISTICS:
            named = {side.get("indicator") for side in (entry.old, entry.new) if side}
            return bool(named & {indicator, *self._all_parts(indicator)})
        return entry.register in registers or indicator.startswith(f"{entry.register}_")

    def _all_parts(self, indicator: str) -> set[str]:
        known = self._catalogue.indicators.get(indicator)
        parts = set(known.parts()) if known else set()
        return parts.union(*(self._all_parts(part) for part in parts))

    # -- what a figure is about -------------------------------------------------------------------------------------

    def _counted_in(self, counted: Counted | None, figure: Figure) -> Counted | None:
        return counted if counted is not None and self._covers(counted, figure) else None

    def _covers(self, counted: Counted, figure: Figure) -> bool:
        own = counted.unit == self._unit
        if figure["field"] or figure["procedure"]:
            return own and (figure["field"], figure["procedure"] or self._procedure(counted)) == (
                self._field(counted),
                self._procedure(counted),
            )
        whose = self._whose(figure)
        if whose == "area":
            return True
        if whose == "below":
            return not own
        unit = figure["unit"]
        return own if unit == self._unit else counted.unit in {below.code for below in self.registry.within(unit)}

    def _is_about(self, row: RowChange, figure: Figure) -> bool:
        key = row.key
        if key["row_type"] != "detail":
            return False
        if figure["procedure"]:
            return (key["field"], key["procedure"]) == (figure["field"], figure["procedure"])
        if figure["field"]:
            return key["grain"] != "unit" and key["field"] == figure["field"]
        whose = self._whose(figure)
        if whose == "desk":
            return key["grain"] != "unit"
        if key["grain"] != "unit":
            return False
        own = key["unit"] == self._unit
        return whose == "area" or (not own if whose == "below" else key["unit"] == figure["unit"])

    def _whose(self, figure: Figure) -> str:
        """`area`, `below`, `desk` of the office, or `unit`: one office alone."""
        known = self._catalogue.indicators.get(str(figure["indicator"]))
        part = str(figure["id"]).rpartition(":")[2]
        if part == BY_PROCEDURE:
            return "desk"
        if not figure["area"]:
            return "unit"
        return "below" if part == "below" else known.of if known and known.sum is not None else "area"

    def _field(self, counted: Counted) -> str:
        name = counted.field or NO_FIELD
        return (self._fields.named(name) if self._fields else None) or name

    def _procedure(self, counted: Counted) -> str:
        return counted.procedure or NO_PROCEDURE


def _weighed(counted: Counted | None, weights: Weights) -> int:
    return 0 if counted is None else sum(weight * counted.counts.get(name, 0) for name, weight in weights.items())


def _place(counted: Counted | None) -> tuple[str, Mapping[str, int]] | None:
    """What decides which units there are of a kind, and which rows."""
    return None if counted is None else (counted.unit, counted.counts)


def _of_row(row: RowChange, weights: Weights) -> int:
    return sum(weights.get(name, 0) * ((now or 0) - (was or 0)) for name, (was, now) in row.columns.items())


def _row_text(row: RowChange, columns: Collection[str], names: Mapping[str, str]) -> str:
    key = row.key
    about = about_row(row, names)
    cells = ", ".join(
        f"{LABELS.get(name, name)} {_cell(was)} → {_cell(now)}"
        for name, (was, now) in row.columns.items()
        if name in columns
    )
    return f"{key['table']}, dòng {about}: {cells}"


def about_row(row: RowChange, names: Mapping[str, str]) -> str:
    """What a row of a printed table is about, as a reader calls it."""
    unit = row.key["unit"] or ""
    return " – ".join(text for text in (names.get(unit, unit), row.key["field"], row.key["procedure"]) if text)


def _cell(value: int | None) -> str:
    return "trống" if value is None else str(value)


def _entry_text(entry: EntryChange) -> str:
    return f"Sổ {entry.name}: {entry.place} {'thêm mới' if entry.old is None else 'không còn'}"


def _without_facts(manifest: Manifest) -> dict[str, str]:
    return {name: digest for name, digest in manifest.files.items() if not name.startswith("params/documents/")}
