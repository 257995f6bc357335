"""Charts in one house style: horizontal stacked bars, labelled directly, drawn as deterministic SVG."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from baocao.document import fonts
from baocao.document.blocks import Figure, HeaderCell, Table, TableCell, TableRow
from baocao.document.characters import printable
from baocao.indicators.measure import Measure

if TYPE_CHECKING:
    from baocao.document.drawing import Drawing

# Distinct in hue for colour-blind readers and in lightness for grey print.
COLOURS = ("#1b4f7a", "#e08a1e", "#a9cfe4", "#828282")
INKS = ("white", "black", "black", "black")
TARGET_COLOUR = "#a11d21"
WIDTH_INCHES = 6.3
LABEL_LENGTH = 42
#: A part narrower than this share of the widest bar has no room for its number.
LABELLED_SHARE = 0.03
#: Points: names of bars, other words, the middle of the legend, and what stands between a bar and its words.
_LETTERS, _SMALL, _LEGEND, _APART = 10.0, 9.0, 10.0, 4.0


@dataclass(frozen=True)
class Bar:
    """One bar: its name and one measure for each series. A blank measure draws nothing and is said to be blank."""

    name: str
    measures: Sequence[Measure]


@dataclass(frozen=True)
class Target:
    """A line to compare with, in per cent; only for charts of shares or of percentages."""

    name: str
    measure: Measure


def stacked_bars(
    id: str,
    caption: str,
    says: str,
    series: Sequence[str],
    bars: Sequence[Bar],
    *,
    share: bool = False,
    target: Target | None = None,
) -> Figure:
    """A chart of horizontal stacked bars.

    Parameters
    ----------
    says
        One sentence on what the chart shows; the alternative text is this and the figures.
    share
        Draw each bar as 100 % of its sum instead of as counts.
    """
    table = _data_table(id, series, bars)
    if not any(measure for bar in bars for measure in bar.measures):
        says = f"{says} Không có số liệu để vẽ."
    return Figure(
        id=id,
        caption=caption,
        alt=f"{says} {_spoken(series, bars, target)}".strip(),
        svg=_draw(id, series, bars, share, target),
        data=table,
    )


def _data_table(id: str, series: Sequence[str], bars: Sequence[Bar]) -> Table:
    rows = [
        TableRow(
            cells=[
                TableCell(text=printable(bar.name)),
                *(TableCell(text=m.text(), figure=m.id, value=m.machine_text) for m in bar.measures),
            ]
        )
        for bar in bars
    ]
    header = [[HeaderCell(text=text) for text in ("", *series)]]
    return Table(id=f"{id}-data", header=header, rows=rows, align=["text", *("figure" for _ in series)])


def _spoken(series: Sequence[str], bars: Sequence[Bar], target: Target | None) -> str:
    parts = []
    for bar in bars:
        said = ", ".join(
            f"{name.lower()} {measure.text() or 'chưa có số liệu'}"
            for name, measure in zip(series, bar.measures, strict=True)
        )
        parts.append(f"{printable(bar.name)}: {said}")
    if target is not None:
        parts.append(f"{target.name} {target.measure.text(keep_zeros=False)}%")
    return "; ".join(parts) + "." if parts else ""


@cache
def prepare_charts() -> None:
    """Import matplotlib and give it the document's fonts; once in a process."""
    # On a slow machine it says that it reads the machine's fonts, which would stand in the notebook.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    import matplotlib as mpl
    from matplotlib import font_manager

    mpl.use("svg")
    font_manager.fontManager.ttflist.clear()  # what is on the machine, and in its font cache, must not decide
    for path in fonts.font_files():
        font_manager.fontManager.addfont(path)


@dataclass(frozen=True)
class _Plan:
    """Where things stand, in points from the upper left corner: laid out by hand, which is cheap and always the same.

    Attributes
    ----------
    left, upper, lower
        The corner the bars start from, and where they end.
    scale
        Points of one unit of a bar.
    above
        Rows kept free above the middle of the first bar.
    rows
        Bars, or 1 where there are none.
    """

    left: float
    upper: float
    lower: float
    scale: float
    above: float
    rows: int

    @property
    def step(self) -> float:
        return (self.lower - self.upper) / (self.rows - 0.5 + self.above)

    def middle(self, row: float) -> float:
        return self.upper + self.step * (row + self.above)


def _draw(id: str, series: Sequence[str], bars: Sequence[Bar], share: bool, target: Target | None) -> str:
    prepare_charts()
    from baocao.document.drawing import Drawing, width_of

    width, rows = WIDTH_INCHES * 72, max(len(bars), 1)
    height = 65.0 + 18 * rows
    names = [_short(bar.name) for bar in bars]
    left = min(max((width_of(name, _LETTERS) for name in names), default=0) + 7, width / 2)
    totals = [sum(float(measure.value or 0) for measure in bar.measures) for bar in bars]
    # A line in per cent is drawn on an axis of per cent, also where the bars are percentages themselves.
    widest = max(100.0, *totals) if target and not share else 100.0 if share else max(totals, default=0) or 1.0
    upper = 21.5 if len(series) > 1 else 6.0
    scale = (0.99 * width - left) / (1.14 * widest)
    plan = _Plan(left, upper, height - 3, scale, 0.9 if target else 0.5, rows)
    drawing = Drawing(width, height)
    ends = [left] * len(bars)
    outside: list[list[str]] = [[] for _ in bars]
    for place in range(len(series)):
        oblongs = []
        for row, (bar, total) in enumerate(zip(bars, totals, strict=True)):
            value, middle = float(bar.measures[place].value or 0), plan.middle(row)
            size = 100 * value / total if share and total else value
            start, ends[row] = ends[row], ends[row] + size * scale
            if size <= 0:
                continue
            oblongs.append((start, middle - 0.34 * plan.step, ends[row], middle + 0.34 * plan.step))
            text = bar.measures[place].text(keep_zeros=False)
            if size > LABELLED_SHARE * widest:
                drawing.words((start + ends[row]) / 2, middle, text, _SMALL, side="center", colour=INKS[place])
            else:
                outside[row].append(text)
        drawing.oblongs(oblongs, COLOURS[place])
    drawing.upright(left, upper, plan.lower, "black", 0.8)
    for row, bar in enumerate(bars):
        label = " + ".join(outside[row]) if totals[row] else _nothing(bar)
        drawing.words(ends[row] + _APART, plan.middle(row), label, _SMALL)
        drawing.words(left - _APART, plan.middle(row), names[row], _LETTERS, side="right")
    if target is not None and target.measure.value is not None:
        _draw_target(drawing, plan, target, float(target.measure.value))
    if len(series) > 1:
        _draw_legend(drawing, left + _APART, series)
    return _inline(drawing.svg(), id)


def _draw_target(drawing: "Drawing", plan: _Plan, target: Target, level: float) -> None:
    x = plan.left + level * plan.scale
    drawing.upright(x, plan.upper, plan.lower, TARGET_COLOUR, 1.2, dashed=True)
    label = f"{target.name} {target.measure.text(keep_zeros=False)}%"
    drawing.words(x + _APART, plan.middle(-0.62), label, _SMALL, colour=TARGET_COLOUR)


def _draw_legend(drawing: "Drawing", left: float, series: Sequence[str]) -> None:
    """A key and a name for each series, in one line."""
    from baocao.document.drawing import width_of

    for name, colour in zip(series, COLOURS, strict=False):
        drawing.oblongs([(left, _LEGEND - 3, left + 10, _LEGEND + 3)], colour)
        drawing.words(left + 17, _LEGEND, name, _SMALL)
        left += 17 + width_of(name, _SMALL) + 13


def _nothing(bar: Bar) -> str:
    """Why a bar has no length."""
    if all(measure.value is None for measure in bar.measures):
        return "chưa có số liệu"
    return "0" if any(measure.is_percentage for measure in bar.measures) else "không có"


def _short(name: str) -> str:
    text = printable(name)
    return text if len(text) <= LABEL_LENGTH else text[: LABEL_LENGTH - 1].rstrip() + "…"


def _inline(svg: str, prefix: str) -> str:
    """The drawing without prologue and metadata, its ids made unique so that several can stand in one page."""
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\1{prefix}-", svg).rstrip()
