"""A collection in a notebook: how many units have sent, who is to be reminded, and the lists that name them."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from baocao.collect.plan import Collection
from baocao.collect.status import STATES, CollectionStatus, State, UnitStatus, collection_status, usual_share_of
from baocao.document.blocks import Align, Run, Table
from baocao.document.narrative import figure_run
from baocao.errors import ConfigurationError
from baocao.indicators.measure import Measure, Subject
from baocao.locale import format_date
from baocao.notebook.session import Report
from baocao.notebook.views import plain_table

_HEADER = ("Stt", "Đơn vị", "Tình trạng", "Biểu, sổ còn thiếu", "Ngày nhận", "Tỷ trọng hồ sơ thường có (%)")
_ALIGN: tuple[Align, ...] = ("number", "text", "label", "text", "label", "figure")
_MEANINGS: dict[State, str] = {
    "sent": "Đơn vị đã gửi đủ biểu, không muộn hơn thời hạn",
    "late": "Đơn vị đã gửi đủ biểu, có biểu nhận sau thời hạn",
    "returned": "Đơn vị có phiếu bị gửi trả và chưa gửi lại",
    "missing": "Đơn vị còn biểu chưa gửi lần nào",
}


class ReminderReport(Report):
    """Where the collection stands that the report's parameters name, at the version of the data the report reads."""

    @cached_property
    def _collection(self) -> Collection:
        forms = [part.strip() for part in str(self.context.parameters["forms"]).split(",") if part.strip()]
        return Collection(self.context.project, forms, str(self.period.id))

    @cached_property
    def status(self) -> CollectionStatus:
        """What became of every unit that was asked.

        Raises
        ------
        ConfigurationError
            For a form or unit there is none of, or a deadline that is no date.
        """
        chosen = str(self.context.parameters["units"]).strip() or f"parent={self.unit.code}"
        return collection_status(
            self._collection,
            self._collection.units(chosen),
            self._data.versions,
            area=self.unit,
            deadline=_deadline(self.context.parameters["deadline"]),
        )

    @property
    def asked(self) -> Measure:
        """How many units were asked."""
        definition = "Đơn vị được giao điền phiếu thu thập của kỳ"
        return self._counted("collect_asked", self.status.units, definition)

    def units_in(self, state: State) -> Measure:
        """How many of them are in a state."""
        return self._counted(f"collect_{state}", self.status.of(state), _MEANINGS[state])

    @property
    def absent_share_pct(self) -> Measure | None:
        """What part of the area's dossiers the units to be reminded usually take in; None where nobody knows."""
        return usual_share_of(self.status.of("missing", "returned"))

    def annex_units(self, label: str, title: str, state: State) -> None:
        """Show the units in a state as an annex; nothing where there are none."""
        entries = self.status.of(state)
        if entries:
            self.annex_list(label, title, self._table(state, entries))

    def _table(self, state: State, entries: Sequence[UnitStatus]) -> Table:
        titles = {form: self._collection.title_of(form) for form in self.status.forms}
        rows: list[list[str | Run]] = []
        for number, entry in enumerate(entries, start=1):
            share = entry.usual_share_pct
            shown: str | Run = ""
            if share is not None:
                self._register.note(share, f"{state}/{entry.unit.code}")
                shown = figure_run(share, share.text())
            lacking = "; ".join(titles[form] for form in entry.lacking)
            received = format_date(entry.received) if entry.received else ""
            rows.append([str(number), entry.unit.name, STATES[entry.state], lacking, received, shown])
        return plain_table(f"reminder-{state}", _HEADER, _ALIGN, rows)

    def _counted(self, name: str, entries: Sequence[UnitStatus], definition: str) -> Measure:
        return Measure(
            indicator=name,
            subject=Subject(self.unit.code, area=True),
            value=len(entries),
            unit_of_measure="đơn vị",
            definition=definition,
            from_date=self.period.from_date,
            to_date=self.period.to_date,
            source="Sổ tiếp nhận phiếu thu thập",
        )


def _deadline(told: object) -> date | None:
    text = str(told).strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigurationError(f"parameter deadline: “{text}”; expected a date such as 2020-04-10") from None
