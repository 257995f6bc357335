"""Why two outputs say different things: every figure that differs, and what of its inputs did.

A figure is *explained* where what changed in the data adds up to its difference, or its definition or parameter
changed. What is left is said to be unexplained; nothing is guessed.

Where a report hides small counts, from the rows that changed they could be computed. What changed is then traced all
the same, but told without dossiers, rows and counts; of a hidden figure nothing is told but that it is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from baocao.errors import ConfigurationError, StoreError
from baocao.locale import format_count
from baocao.project import Project
from baocao.provenance.breakdown import Breakdown, Office, breakdowns
from baocao.provenance.cells import CellChange, TextChange, cell_changes, text_changes
from baocao.provenance.data_changes import DataChanges, data_changes
from baocao.provenance.differences import Difference, input_differences
from baocao.provenance.manifest import Manifest
from baocao.provenance.side import Figure, Side, is_hidden
from baocao.provenance.tracing import Tracer
from baocao.units import Unit, load_registry

Value = int | Decimal | None
CauseKind = Literal[
    "dossiers", "rows", "register", "definition", "rounding", "parameter", "period", "absent", "hidden", "unknown"
]
KEPT_BACK = (
    "Cơ quan có biểu không công bố số nhỏ, nên bảng này không nêu hồ sơ, dòng số liệu nào đã thay đổi; "
    "ô ghi “…” là số không công bố (khác với ô trống và số 0)"
)
#: What a cause is called where it must not be told.
_IN_GENERAL: Mapping[CauseKind, str] = {
    "dossiers": "Hồ sơ trong danh sách thay đổi",
    "rows": "Dòng của biểu tổng hợp thay đổi",
}


@dataclass(frozen=True)
class Cause:
    """A reason for a difference.

    Attributes
    ----------
    text
        In Vietnamese, for the reader.
    dossiers
        Ids of the dossiers it is due to.
    """

    kind: CauseKind
    text: str
    dossiers: Sequence[str] = ()

    def in_general(self) -> "Cause":
        """Without dossiers and counts."""
        return Cause(self.kind, _IN_GENERAL[self.kind]) if self.kind in _IN_GENERAL else self

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {"kind": self.kind, "text": self.text, "dossiers": list(self.dossiers)}


@dataclass(frozen=True)
class FigureChange:
    """A figure that differs.

    Attributes
    ----------
    old, new
        As `indicators.json` has it; None where the output does not print it.
    name
        What a reader calls it.
    explained
        Whether the causes account for the whole difference.
    breakdowns
        Of a count of two periods: its parts that differ.
    """

    id: str
    name: str
    old: Figure | None
    new: Figure | None
    causes: Sequence[Cause]
    explained: bool
    breakdowns: Sequence[Breakdown] = ()

    @property
    def printed(self) -> list[str]:
        """Places of the documents it is printed at."""
        return list(dict.fromkeys(place for side in (self.old, self.new) if side for place in side["printed"]))

    @property
    def hidden(self) -> list[Literal["old", "new"]]:
        """The outputs that leave its value out, since it is a small count or would give one away."""
        sides: tuple[tuple[Literal["old", "new"], Figure | None], ...] = (("old", self.old), ("new", self.new))
        return [side for side, figure in sides if is_hidden(figure)]

    @property
    def values(self) -> tuple[Value, Value]:
        """The value as it was and is; blank where it is not printed."""
        return value_of(self.old), value_of(self.new)

    @property
    def difference(self) -> Value:
        """New less old; blank where one of them is."""
        old, new = self.values
        return None if old is None or new is None else new - old

    def record(self) -> dict[str, Any]:
        """For JSON."""
        (old, new), difference = self.values, self.difference
        told = self.new or self.old or {}
        return {
            "id": self.id,
            "name": self.name,
            **{key: told.get(key) for key in ("indicator", "unit", "field", "procedure", "unit_of_measure")},
            "old": _plain(old),
            "new": _plain(new),
            "difference": _plain(difference),
            "old_parts": _parts(self.old),
            "new_parts": _parts(self.new),
            "hidden": self.hidden,
            "printed": self.printed,
            "explained": self.explained,
            "causes": [cause.record() for cause in self.causes],
            "breakdowns": [breakdown.record() for breakdown in self.breakdowns],
        }


@dataclass(frozen=True)
class Explanation:
    """Everything that differs between two outputs of one report of one office.

    Attributes
    ----------
    names
        What a reader calls units, forms and tables of data, by code and id.
    kept_back
        Whether small counts are hidden, so that `data` holds no more than may be told.
    warnings
        Why less than usual can be told, in Vietnamese.
    """

    old: Manifest
    new: Manifest
    report_name: str
    names: Mapping[str, str]
    unit: Unit
    figures: Sequence[FigureChange]
    cells: Sequence[CellChange]
    texts: Sequence[TextChange]
    inputs: Sequence[Difference]
    data: DataChanges = field(default_factory=DataChanges)
    kept_back: bool = False
    warnings: Sequence[str] = ()

    @property
    def same_period(self) -> bool:
        """Whether they are of the same dates, so that differences can be traced to rows."""
        return _dates(self.old) == _dates(self.new)

    @property
    def same(self) -> bool:
        """Whether no figure, cell or sentence differs."""
        return not (self.figures or self.cells or self.texts)

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "report": self.new.report,
            "unit": self.new.unit,
            "same": self.same,
            "same_period": self.same_period,
            "kept_back": self.kept_back,
            "warnings": list(self.warnings),
            "old": _side(self.old),
            "new": _side(self.new),
            "inputs": [difference.record() for difference in self.inputs],
            "figures": [figure.record() for figure in self.figures],
            "cells": [cell.record() for cell in self.cells],
            "texts": [text.record() for text in self.texts],
            **self.data.record(),
        }


def explain(project: Project, old: Side, new: Side) -> Explanation:
    """What differs between two outputs, and why.

    Raises
    ------
    ConfigurationError
        If they are of different reports or offices; it says what can be compared instead.
    """
    _refuse_others(old.manifest, new.manifest)
    tracer = Tracer(project, old.manifest, new.manifest)
    warnings = [
        f"{word}: {', '.join(side.edited)} đã bị sửa hoặc không còn sau khi lập"
        for word, side in (("Bản cũ", old), ("Bản mới", new))
        if side.edited
    ]
    same_period = _dates(old.manifest) == _dates(new.manifest)
    data = DataChanges()
    try:
        if same_period:
            data = data_changes(project, tracer.registry, old.manifest, new.manifest)
    except StoreError:
        warnings.append(
            "Kho số liệu không còn đủ các phiên bản đã dùng "
            f"({old.manifest.versions} và {new.manifest.versions}), nên không truy được đến từng hồ sơ, từng dòng"
        )
    kept_back = old.hides_counts or new.hides_counts or data.tells_hidden
    if kept_back:
        warnings.append(KEPT_BACK)
    office = None if same_period else _office(project, old.manifest, new.manifest)
    figures = []
    for name in sorted(old.figures.keys() | new.figures.keys()):
        before, after = old.figures.get(name), new.figures.get(name)
        if _said(before) == _said(after):
            continue
        told, parts = after or before or {}, []
        if is_hidden(before) or is_hidden(after):
            causes, explained = [Cause("hidden", _unpublished(before, after))], True
        elif office is not None:
            whose = tracer.counts_of(str(told["indicator"]))
            parts = breakdowns(told, name, whose, office, old.figures, new.figures) if whose else []
            of_definition = _of_definition(tracer, before, after)
            causes, explained = [*of_definition, *_of_periods(before, after, parts), *_absent(before, after)], True
        else:
            causes, explained = _causes(tracer, data, name, before, after)
        if kept_back:
            causes = list(dict.fromkeys(cause.in_general() for cause in causes))
        figures.append(FigureChange(name, tracer.name(told), before, after, causes, explained, parts))
    changed = {figure.id for figure in figures}
    return Explanation(
        old=old.manifest,
        new=new.manifest,
        report_name=tracer.report_name,
        names=tracer.names,
        unit=tracer.unit,
        figures=figures,
        cells=cell_changes(old.blocks, new.blocks, changed),
        texts=text_changes(old.blocks, new.blocks, changed),
        inputs=input_differences(old.manifest, new.manifest),
        data=data.without_counts() if kept_back else data,
        kept_back=kept_back,
        warnings=warnings,
    )


def value_of(figure: Figure | None) -> Value:
    """The value of a figure, exactly as it was written."""
    value = None if figure is None else figure["value"]
    return Decimal(str(value)) if isinstance(value, float) else value


def _office(project: Project, old: Manifest, new: Manifest) -> Office:
    """The office with the units directly below it as they stood in either period."""
    registries = [load_registry(project).valid(*_dates(manifest)) for manifest in (new, old)]
    units = [unit for registry in registries for unit in (registry[new.unit], *registry.children(new.unit))]
    return Office(new.unit, {unit.code: unit.name for unit in units})


def _of_periods(old: Figure | None, new: Figure | None, parts: Sequence[Breakdown]) -> list[Cause]:
    """What can be said of a figure of two periods: the parts that differ, or its numerator and denominator."""
    told = [part.text for part in parts]
    ratio = [side[part] for part in ("numerator", "denominator") for side in (old, new) if side is not None]
    if len(ratio) == 4 and None not in ratio:
        told.append("Tử số {} → {}, mẫu số {} → {}".format(*map(format_count, ratio)))
    return [Cause("period", ". ".join(told) or "Hai kỳ báo cáo khác nhau")]


def _of_definition(tracer: Tracer, old: Figure | None, new: Figure | None) -> list[Cause]:
    """What of a figure is not as it was whatever its rows say: its definition, rounding, or the parameter it prints."""
    told = new or old or {}
    causes = []
    if old and new and old["definition"] != new["definition"]:
        causes.append(
            Cause("definition", f"Định nghĩa chỉ tiêu thay đổi: “{old['definition']}” → “{new['definition']}”")
        )
    if old and new and old["rounding"] != new["rounding"]:
        causes.append(Cause("rounding", f"Cách làm tròn thay đổi: {old['rounding']} → {new['rounding']}"))
    if str(told["indicator"]) in tracer.changed_parameters:
        was, now = tracer.changed_parameters[told["indicator"]]
        causes.append(Cause("parameter", f"Tham số của báo cáo thay đổi: {was} → {now}"))
    return causes


def _absent(old: Figure | None, new: Figure | None) -> list[Cause]:
    if old is not None and new is not None:
        return []
    return [Cause("absent", f"{'Bản mới' if new is None else 'Bản cũ'} không in số liệu này")]


def _unpublished(old: Figure | None, new: Figure | None) -> str:
    words = [word for word, figure in (("Bản cũ", old), ("Bản mới", new)) if is_hidden(figure)]
    return f"{', '.join(words)} không công bố số này (số nhỏ, hoặc giúp tính ra số nhỏ)"


def _causes(
    tracer: Tracer, data: DataChanges, name: str, old: Figure | None, new: Figure | None
) -> tuple[list[Cause], bool]:
    told = new or old or {}
    causes = _of_definition(tracer, old, new)
    explained = bool(causes)
    causes += _absent(old, new)
    # Where a figure came up or went, the dossiers did of which there is a row at all.
    came_or_went = value_of(old) is None or value_of(new) is None
    trace = tracer.trace({**told, "id": name}, data, whole=came_or_went)
    if trace.dossiers:
        causes.append(Cause("dossiers", trace.dossiers_text, [change.dossier for change in trace.dossiers]))
    causes += [Cause("rows", text) for text in trace.rows] + [Cause("register", text) for text in trace.registers]
    explained = explained or trace.accounts_for(_change_of_parts(old, new))
    if not explained:
        causes.append(Cause("unknown", tracer.suspicion()))
    return causes, explained


def _change_of_parts(old: Figure | None, new: Figure | None) -> tuple[int | None, int | None]:
    """Change of a count, or of numerator and denominator of a percentage; a figure that was not printed has none."""
    if old is None or new is None:
        return None, None
    if old["numerator"] is None and new["numerator"] is None and not isinstance(new["value"], float):
        return (new["value"] or 0) - (old["value"] or 0), None
    return tuple((new[part] or 0) - (old[part] or 0) for part in ("numerator", "denominator"))  # type: ignore[return-value]


def _refuse_others(old: Manifest, new: Manifest) -> None:
    if old.report != new.report:
        raise ConfigurationError(
            f"two different reports cannot be compared: {old.name} and {new.name}; compare two outputs of one report, "
            "or the dossiers behind them with `baocao summary --as-of`"
        )
    if old.unit != new.unit:
        raise ConfigurationError(
            f"two different offices cannot be compared: {old.name} and {new.name}; put them side by side with "
            f"`baocao summary --units {old.unit},{new.unit}`"
        )


def _said(figure: Figure | None) -> tuple[Any, ...] | None:
    return None if figure is None else tuple(figure[name] for name in ("value", "numerator", "denominator"))


def _parts(figure: Figure | None) -> list[Any] | None:
    return None if figure is None else [figure["numerator"], figure["denominator"]]


def _plain(value: Value) -> float | None:
    return float(value) if isinstance(value, Decimal) else value


def _dates(manifest: Manifest) -> tuple[date, date]:
    return manifest.period.from_date, manifest.period.to_date


def _side(manifest: Manifest) -> Mapping[str, Any]:
    return {
        "period": manifest.period.model_dump(mode="json", by_alias=True),
        "tables": {name: table.version for name, table in manifest.tables.items()},
        "issue": manifest.issue.model_dump(mode="json") if manifest.issue else None,
    }
