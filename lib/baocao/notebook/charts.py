"""Charts an outline asks for: rows of a register, the last periods, or several rates beside each other."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from baocao.document.blocks import Figure
from baocao.document.charts import Bar, Target, stacked_bars
from baocao.document.outlines import Chart
from baocao.errors import ConfigurationError, one_of
from baocao.indicators.definition import RegisterRule
from baocao.indicators.measure import Measure
from baocao.indicators.office import OfficeFigures
from baocao.periods import PeriodId

#: Figures of the office in another period.
InPeriod = Callable[[PeriodId], OfficeFigures]


def draw(chart: Chart, office: OfficeFigures, in_period: InPeriod, note: Callable[[Measure, str], None]) -> Figure:
    """The chart with its figures, each noted with its place.

    Raises
    ------
    ConfigurationError
        For an unknown indicator or column, with the nearest names.
    """
    bars = list(_bars(chart, office, in_period))
    for bar in bars:
        for measure in bar.measures:
            note(measure, f"chart:{chart.id}")
    target = Target("Mục tiêu", office[chart.target]) if chart.target else None
    return stacked_bars(chart.id, chart.caption, chart.says, list(chart.series), bars, target=target)


def _bars(chart: Chart, office: OfficeFigures, in_period: InPeriod) -> Iterator[Bar]:
    if chart.rows is not None:
        yield from _of_register(chart, chart.rows, office)
    elif chart.periods is not None:
        yield from _of_periods(chart, chart.periods, office, in_period)
    else:
        for name, indicator in chart.bars.items():
            yield Bar(name, [office[indicator]])


def _of_register(chart: Chart, rule: RegisterRule, office: OfficeFigures) -> Iterator[Bar]:
    first = next(iter(chart.series.values()))
    rows = office.rows(rule)
    for column in (chart.label, *chart.series.values()):
        for row in rows[:1]:
            if column not in row:
                raise ConfigurationError(f"chart {chart.id}: {one_of('column', column, map(str, row))}")
    for row in sorted((row for row in rows if row[first]), key=lambda row: -row[first]):
        measures = [office.of_row(rule, row, column, str(row[chart.label])) for column in chart.series.values()]
        yield Bar(str(row[chart.label]), measures)


def _of_periods(chart: Chart, most: int, office: OfficeFigures, in_period: InPeriod) -> Iterator[Bar]:
    """The periods before that have data, then the report's own."""
    found: list[Bar] = []
    period = office.period.id
    for _ in range(most - 1):
        period = period.previous()
        other = in_period(period)
        measures = [_dated(other[indicator], period) for indicator in chart.series.values()]
        if all(measure.value is None for measure in measures):
            break
        found.append(Bar(period.label, measures))
    yield from reversed(found)
    yield Bar(office.period.label, [office[indicator] for indicator in chart.series.values()])


def _dated(measure: Measure, period: PeriodId) -> Measure:
    """A figure of another period has an id of its own."""
    return replace(measure, subject=replace(measure.subject, part=str(period)))
