"""Small multiples in the house style: one small line for each figure over the same periods, labelled directly.

A period nobody knows anything of is a grey gap in the line, never a zero.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from baocao.document import fonts
from baocao.document.blocks import Figure, HeaderCell, Table, TableCell, TableRow
from baocao.document.characters import printable
from baocao.document.charts import COLOURS, TARGET_COLOUR, WIDTH_INCHES, Target, _inline, prepare_charts
from baocao.indicators.measure import Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_FIGURE = "không có số liệu"
PANELS_ACROSS = 3
#: Points: a row of panels with its title and the names of the first and last period, and the drawing within it.
ROW_HEIGHT, LINE_HEIGHT, TITLE_HEIGHT, FOOT_HEIGHT = 73, 30, 29, 12
#: Points between panels, and what the last value needs beside the line.
GUTTER, VALUE_WIDTH = 10, 40
_GAP_COLOUR = "#e2e2e2"


@dataclass(frozen=True)
class Moment:
    """A period on the axis: as the table says it, and as short as the axis needs it."""

    label: str
    short: str


@dataclass(frozen=True)
class Panel:
    """One line: its name, one measure for each moment (blank where nothing is known), and what to hold against it."""

    name: str
    measures: Sequence[Measure]
    target: Target | None = None


def small_multiples(id: str, caption: str, says: str, moments: Sequence[Moment], panels: Sequence[Panel]) -> Figure:
    """A chart of small lines side by side, each on its own scale from zero.

    Parameters
    ----------
    says
        One sentence on what the chart shows; the alternative text is this and the figures.
    """
    told = [panel for panel in panels if any(measure.value is not None for measure in panel.measures)]
    if not told:
        says = f"{says} Không có số liệu để vẽ."
    return Figure(
        id=id,
        caption=caption,
        alt=f"{says} {' '.join(_spoken(moments, panel) for panel in panels)}".strip(),
        svg=_draw(id, moments, panels),
        data=_data_table(id, moments, panels),
    )


def _text(measure: Measure) -> str:
    return f"{measure.text(keep_zeros=False)}{'%' * measure.is_percentage}" if measure.value is not None else ""


def _spoken(moments: Sequence[Moment], panel: Panel) -> str:
    said = ", ".join(
        f"{moment.label} {_text(measure) or NO_FIGURE}" for moment, measure in zip(moments, panel.measures, strict=True)
    )
    target = f"; {panel.target.name.lower()} {_text(panel.target.measure)}" if panel.target else ""
    return f"{printable(panel.name)}: {said}{target}."


def _data_table(id: str, moments: Sequence[Moment], panels: Sequence[Panel]) -> Table:
    rows = []
    for place, moment in enumerate(moments):
        measures = [panel.measures[place] for panel in panels]
        cells = [TableCell(text=_text(m) or NO_FIGURE, figure=m.id, value=m.machine_text) for m in measures]
        rows.append(TableRow(cells=[TableCell(text=moment.label), *cells]))
    header = [[HeaderCell(text=printable(text)) for text in ("Kỳ", *(panel.name for panel in panels))]]
    return Table(id=f"{id}-data", header=header, rows=rows, align=["text", *("figure" for _ in panels)])


def _draw(id: str, moments: Sequence[Moment], panels: Sequence[Panel]) -> str:
    prepare_charts()
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    style: Any = {
        "font.family": fonts.FAMILY,
        "svg.fonttype": "none",
        "svg.hashsalt": id,
        "text.parse_math": False,
    }
    width, rows = WIDTH_INCHES * 72, -(-len(panels) // PANELS_ACROSS) or 1
    each = (width - GUTTER * (PANELS_ACROSS - 1)) / PANELS_ACROSS
    with mpl.rc_context(style):
        canvas = Canvas(figsize=(WIDTH_INCHES, rows * ROW_HEIGHT / 72))
        # One pair of axes in points for all panels: axes of their own would take most of the time.
        axes = canvas.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(rows * ROW_HEIGHT, 0)
        for number, panel in enumerate(panels):
            down, right = divmod(number, PANELS_ACROSS)
            _draw_panel(axes, panel, moments, right * (each + GUTTER), down * ROW_HEIGHT, each)
        buffer = io.StringIO()
        canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return _inline(buffer.getvalue(), id)


def _draw_panel(axes: "Axes", panel: Panel, moments: Sequence[Moment], left: float, top: float, width: float) -> None:
    floor = top + TITLE_HEIGHT + LINE_HEIGHT
    step = (width - VALUE_WIDTH) / max(len(moments), 1)
    across = [left + step * (place + 0.5) for place in range(len(moments))]
    end = across[-1] + 2
    values = [None if measure.value is None else float(measure.value) for measure in panel.measures]
    level = panel.target.measure.value if panel.target else None
    highest = max([value for value in (*values, level and float(level)) if value is not None], default=0) or 1.0
    heights = [floor - LINE_HEIGHT * (value or 0) / highest for value in values]

    axes.text(left, top + 9, printable(panel.name), size=9.5, weight="bold", va="center")
    for gap in _runs([value is None for value in values]):
        sides = (across[gap[0]] - step / 2, across[gap[-1]] + step / 2)
        axes.fill_betweenx([floor, floor - LINE_HEIGHT], *sides, color=_GAP_COLOUR, linewidth=0)
    axes.plot([left, end], [floor, floor], color="black", linewidth=0.7)
    foot = floor + FOOT_HEIGHT * 0.6
    if level is not None and panel.target is not None:
        line = floor - LINE_HEIGHT * float(level) / highest
        axes.plot([left, end], [line, line], color=TARGET_COLOUR, linestyle="--", linewidth=1)
        said = f"– – {panel.target.name.lower()} {_text(panel.target.measure)}"
        axes.text((left + end) / 2, foot, said, size=7.5, ha="center", va="center", color=TARGET_COLOUR)
    for run in _runs([value is not None for value in values]):
        places = [across[place] for place in run]
        axes.plot(places, [heights[place] for place in run], "o-", color=COLOURS[0], markersize=2.6)
    known = [place for place, value in enumerate(values) if value is not None]
    if known:
        first, last = known[0], known[-1]
        axes.text(across[last] + 5, heights[last], _text(panel.measures[last]), size=9, va="center")
        if first != last:
            # On the side the line does not take; heights are counted downwards.
            away = 8 if heights[known[1]] < heights[first] < floor - 9 else -8
            axes.text(
                across[first] - step / 3, heights[first] + away, _text(panel.measures[first]), size=8, va="center"
            )
    else:
        axes.text((left + end) / 2, floor - LINE_HEIGHT / 2, NO_FIGURE, size=8.5, ha="center")
    for moment, place, side in ((moments[0], left, "left"), (moments[-1], end + step, "right")):
        axes.text(place, foot, printable(moment.short), size=7.5, ha=side, va="center")


def _runs(wanted: Sequence[bool]) -> Iterator[list[int]]:
    """Places of neighbours that are wanted: a line joins known values, and none crosses a gap."""
    for held, places in groupby(range(len(wanted)), key=lambda place: wanted[place]):
        if held:
            yield list(places)
