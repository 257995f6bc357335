"""The desk's list in a notebook: found, shown with the office's reasons, and its file of reasons completed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import count, groupby

from baocao.document.blocks import Align, Table, TableCell, TableRow
from baocao.errors import StoreError
from baocao.indicators.measure import Measure, Subject
from baocao.indicators.slices import DOSSIER_TABLE, NO_FIELD, NO_PROCEDURE, Slice
from baocao.indicators.summary import Window
from baocao.indicators.watch import Watch, Watched, find_watched
from baocao.intake import dossiers
from baocao.intake.reasons import Key, keep_reasons, read_reasons
from baocao.intake.vocabulary import load_vocabulary
from baocao.locale import collation_key, format_count, format_date, prose_count
from baocao.notebook.views import plain_table
from baocao.periods import Period
from baocao.project import Project
from baocao.store.dossiers import scan_dossiers
from baocao.store.tables import Store
from baocao.units import Unit, UnitRegistry

#: Part of the figures that count dossiers of the lists alone, where tables may count others too.
LISTED = "listed"
_DESCRIBED = ("Stt", "Mã hồ sơ", "Lĩnh vực", "Thủ tục", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc")
_ALIGN: tuple[Align, ...] = ("number", "code", "text", "text", "label", "label", "label", "figure", "text")


@dataclass(frozen=True)
class DeskList:
    """The desk's list of an office and the units below it, with the reasons the office has filled in.

    Attributes
    ----------
    late, overdue, due_soon
        How many dossiers each list names; summary tables, which name none, are not in them.
    """

    watch: Watch
    reasons: Mapping[Key, str]
    registry: UnitRegistry
    late: Measure
    overdue: Measure
    due_soon: Measure

    def table(self, id: str, rows: Sequence[Watched], days: str = "Số ngày trễ") -> Table:
        """Some dossiers of the list: under each unit by field and procedure, in the order of the list.

        `days` is the heading of the number of days.
        """
        table = plain_table(id, (*_DESCRIBED, days, "Lý do"), list(_ALIGN), [])
        ordered = sorted(rows, key=self._place)
        numbers = count(1)
        for unit, of_unit in groupby(ordered, key=lambda row: row.unit):
            listed = list(of_unit)
            heading = f"{self.registry[unit].name}: {prose_count(len(listed))} hồ sơ"
            table.rows.append(TableRow(kind="heading", cells=[TableCell(text=heading, columns=len(_ALIGN))]))
            for row in listed:
                cells = (str(next(numbers)), *self._cells(row))
                table.rows.append(TableRow(cells=[TableCell(text=text) for text in cells]))
        return table

    def _place(self, row: Watched) -> tuple[object, ...]:
        return self._order[row.unit], collation_key(row.field or ""), collation_key(row.procedure or "")

    @cached_property
    def _order(self) -> dict[str, int]:
        return {unit.code: place for place, unit in enumerate(self.registry)}

    def _cells(self, row: Watched) -> list[str]:
        return [
            row.dossier,
            row.field or NO_FIELD,
            row.procedure or NO_PROCEDURE,
            format_date(row.received),
            format_date(row.due),
            format_date(row.ended) if row.ended else "",
            format_count(row.days),
            self.reasons.get((row.source, row.dossier), ""),
        ]


def desk_list(
    project: Project, unit: Unit, registry: UnitRegistry, period: Period, data: Slice, within_days: int
) -> DeskList:
    """Find the list of `unit` on the last day of the period, and make its file of reasons complete.

    Raises
    ------
    StoreError
        If only summary tables of the office are known, which name no dossier.
    """
    scan = scan_dossiers(Store(project.store), data.versions.as_of(dossiers.TABLE))
    if scan is None or not any(row["table"] == DOSSIER_TABLE for row in data.rows):
        raise StoreError(f"{unit.code}: no dossiers are stored for this period; run `baocao ingest dossiers`")
    units = dict.fromkeys((*(found.code for found in registry.within(unit.code)), *(one for one, _ in data.inherited)))
    left_out = [(entry.unit, entry.left_out) for entry in data.doubled]
    left_out += [former for former, heir in data.inherited.items() if heir is None]
    window = Window(period.from_date, period.to_date, tuple(units), without=tuple(left_out))
    found = find_watched(scan, load_vocabulary(project), window, within_days)
    watch = Watch(*([_of_heir(row, data) for row in rows] for rows in (found.late, found.overdue, found.due_soon)))
    reasons = read_reasons(project, unit.code)
    keep_reasons(project, unit.code, [((row.source, row.dossier), registry[row.unit].name) for row in watch.all])
    listed = partial(_listed, unit, period)
    return DeskList(
        watch,
        reasons,
        registry,
        late=listed("resolved_late", LISTED, watch.late, "Hồ sơ đã giải quyết trễ hạn trong kỳ, có trong danh sách"),
        overdue=listed("pending_overdue", LISTED, watch.overdue, "Hồ sơ đang giải quyết quá hạn, có trong danh sách"),
        due_soon=listed(
            "pending_due_soon",
            None,
            watch.due_soon,
            f"Hồ sơ đang giải quyết, đến hạn trong {within_days} ngày sau ngày cuối kỳ",
        ),
    )


def _of_heir(row: Watched, data: Slice) -> Watched:
    """A dossier as one of the unit that counts it: what a former unit left open is its heir's to finish."""
    return replace(row, unit=data.inherited.get((row.unit, row.source)) or row.unit)


def _listed(
    unit: Unit, period: Period, indicator: str, part: str | None, rows: Sequence[Watched], definition: str
) -> Measure:
    return Measure(
        indicator=indicator,
        subject=Subject(unit.code, area=True, part=part),
        value=len(rows),
        unit_of_measure="hồ sơ",
        definition=definition,
        from_date=period.from_date,
        to_date=period.to_date,
        source=DOSSIER_TABLE,
    )
