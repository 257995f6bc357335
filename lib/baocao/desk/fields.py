"""The fields of the desk: filled from the registries, read as choices."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from baocao.desk.choices import DEFAULT_FORMATS, Choices, GridChoices, Registries
from baocao.desk.pages import FORMAT_NAMES
from baocao.reports import Parameter, ReportDefinition
from baocao.run.request import FORMATS

ONE, MANY = "Một báo cáo", "Nhiều báo cáo"
_STYLE = {"description_width": "26em"}
_LAYOUT = {"width": "min(64em, 100%)"}


class Fields:
    """Everything that can be chosen.

    Attributes
    ----------
    shown
        The fields that go with what is chosen.
    changed
        Called whenever something is.
    """

    def __init__(self, registries: Registries) -> None:
        self._registries = registries
        self.changed: Callable[[], None] = lambda: None
        reports = [(report.name, name) for name, report in registries.reports.items()]
        units = registries.offered_units()
        self.mode = _field(widgets.Dropdown, "Cách lập", options=[ONE, MANY])
        self.report = _field(widgets.Dropdown, "Báo cáo", options=reports)
        self.unit = _field(widgets.Combobox, "Đơn vị", options=units, placeholder="gõ tên hoặc mã để tìm")
        self.period = _field(widgets.Combobox, "Kỳ báo cáo", placeholder="2020-Q1, 2024-6T, 2022 hoặc Quý I/2020")
        self.from_date = _field(widgets.Text, "Từ ngày", placeholder="để trống: ngày của kỳ")
        self.to_date = _field(widgets.Text, "Đến ngày", placeholder="để trống: ngày của kỳ")
        self.batch = _field(
            widgets.Dropdown, "Lô", options=[("tự chọn", ""), *((each, each) for each in registries.batches)]
        )
        self.units = _field(
            widgets.Text, "Các đơn vị", placeholder="mã cách nhau dấu phẩy, hoặc under=tuan-giao and level=commune"
        )
        self.periods = _field(widgets.Text, "Các kỳ", placeholder="2020-Q1, 2020-Q2")
        self.as_of = _field(widgets.Text, "Số liệu đã biết đến", placeholder="để trống: số liệu mới nhất")
        self.draft = _field(widgets.Checkbox, "Bản dự thảo")
        self.formats = {
            name: _field(widgets.Checkbox, FORMAT_NAMES[name], value=name in DEFAULT_FORMATS) for name in FORMATS
        }
        self.parameters: dict[str, Any] = {}
        self.shown = widgets.VBox()
        if len(units) == 1:
            self.unit.value = units[0]
        for each in (self.units, self.periods, self.as_of):
            each.continuous_update = False  # asks the whole registry or the store: once it is written, not at every key
        self.mode.observe(lambda _: self._arrange(), "value")
        self.batch.observe(lambda _: self._arrange(), "value")
        self.report.observe(lambda _: self._of_report(), "value")
        self.unit.observe(lambda _: self._offer_periods(), "value")
        rest = (self.period, self.from_date, self.to_date, self.units, self.periods, self.as_of, self.draft)
        for each in (*rest, *self.formats.values()):
            each.observe(lambda _: self.changed(), "value")
        self._offer_periods()
        self._of_report()

    @property
    def many(self) -> bool:
        """Whether a grid of reports is chosen."""
        return bool(self.mode.value == MANY)

    def choices(self) -> Choices:
        """What is chosen of one report."""
        return Choices(
            report=self.report.value or "",
            unit=self.unit.value,
            period=self.period.value,
            from_date=self.from_date.value,
            to_date=self.to_date.value,
            as_of=self.as_of.value,
            parameters=self._typed(),
            formats=self.chosen_formats(),
            draft=self.draft.value,
        )

    def grid(self) -> GridChoices:
        """What is chosen of many reports."""
        return GridChoices(
            batch=self.batch.value,
            report=self.report.value or "",
            units=self.units.value,
            periods=self.periods.value,
            from_date=self.from_date.value,
            to_date=self.to_date.value,
            as_of=self.as_of.value,
            parameters=self._typed(),
            formats=self.chosen_formats(),
            draft=self.draft.value,
        )

    def _typed(self) -> dict[str, str]:
        return {name: str(each.value) for name, each in self.parameters.items()}

    def chosen_formats(self) -> list[str]:
        """The formats that are ticked."""
        return [name for name, each in self.formats.items() if each.value]

    def _offer_periods(self) -> None:
        self.period.options = self._registries.offered_periods(self.unit.value)
        self.changed()

    def _of_report(self) -> None:
        definition = self._registries.reports.get(self.report.value)
        self.parameters = _of_parameters(definition) if definition else {}
        for each in self.parameters.values():
            each.observe(lambda _: self.changed(), "value")
        self._arrange()

    def _arrange(self) -> None:
        """Show the fields that go with the others."""
        of_report = [self.from_date, self.to_date, *self.parameters.values(), self.as_of, self.draft]
        if not self.many:
            own = [self.report, self.unit, self.period, *of_report]
        elif self.batch.value:
            own = [self.batch, self.as_of]
        else:
            own = [self.batch, self.report, self.units, self.periods, *of_report]
        named = widgets.Label("Tệp cần lập:", layout={"margin": "2px 1em 2px 0"})
        formats = widgets.HBox([named, *self.formats.values()], layout={"flex_flow": "row wrap"})
        self.shown.children = [self.mode, *own, formats]
        self.changed()


def _of_parameters(definition: ReportDefinition) -> dict[str, Any]:
    return {name: _parameter(parameter) for name, parameter in definition.parameters.items()}


def _parameter(parameter: Parameter) -> Any:
    if parameter.type == "boolean":
        return _field(widgets.Checkbox, parameter.help, value=parameter.default is True)
    default = str(parameter.default)
    if parameter.choices:
        return _field(widgets.Dropdown, parameter.help, options=list(map(str, parameter.choices)), value=default)
    return _field(widgets.Text, parameter.help, value=default)


def _field(kind: Any, label: str, **options: Any) -> Any:
    if kind is widgets.Checkbox:
        return kind(description=label, indent=False, layout={"width": "auto", "margin": "2px 1em 2px 0"}, **options)
    return kind(description=label, style=_STYLE, layout=_LAYOUT, **options)
