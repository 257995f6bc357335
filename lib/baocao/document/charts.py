"""Charts in one house style: horizontal stacked bars, labelled directly, drawn as deterministic SVG."""

import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from baocao.document import fonts
from baocao.document.blocks import Figure, HeaderCell, Table, TableCell, TableRow
from baocao.document.characters import printable
from baocao.indicators.measure import Measure

# Distinct in hue for colour-blind readers and in lightness for grey print.
COLOURS = ("#1b4f7a", "#e08a1e", "#a9cfe4", "#828282")
INKS = ("white", "black", "black", "black")
TARGET_COLOUR = "#a11d21"
WIDTH_INCHES = 6.3
LABEL_LENGTH = 42
#: A part narrower than this share of the widest bar has no room for its number.
LABELLED_SHARE = 0.03


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


def _draw(id: str, series: Sequence[str], bars: Sequence[Bar], share: bool, target: Target | None) -> str:
    prepare_charts()
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    style: Any = {
        "font.family": fonts.FAMILY,
        "font.size": 10,
        "svg.fonttype": "none",  # text stays text: searchable, and drawn with the document's own font
        "svg.hashsalt": id,
        "text.parse_math": False,  # a “$” in a name is a character, not a formula
    }
    with mpl.rc_context(style):
        rows = max(len(bars), 1)
        height = 0.9 + 0.25 * rows
        names = [_short(bar.name) for bar in bars]
        # Room on the left for the names, above for the legend: laid out by hand, which is a third of the work.
        left_share = min(max(map(_inches, names), default=0) + 0.1, WIDTH_INCHES / 2) / WIDTH_INCHES
        top_share = (0.3 if len(series) > 1 else 0.08) / height
        canvas = Canvas(figsize=(WIDTH_INCHES, height))
        axes = canvas.add_axes((left_share, 0.04 / height, 0.99 - left_share, 1 - top_share - 0.04 / height))
        axes.set_axis_off()
        totals = [sum(float(measure.value or 0) for measure in bar.measures) for bar in bars]
        left = [0.0] * len(bars)
        # A line in per cent is drawn on an axis of per cent, also where the bars are percentages themselves.
        widest = max(100.0, *totals) if target and not share else 100.0 if share else max(totals, default=0) or 1.0
        outside: list[list[str]] = [[] for _ in bars]
        for place, name in enumerate(series):
            counts = [float(bar.measures[place].value or 0) for bar in bars]
            sizes = [
                100 * value / total if share and total else value for value, total in zip(counts, totals, strict=True)
            ]
            axes.barh(range(len(bars)), sizes, left=left, color=COLOURS[place], label=name, height=0.68)
            for row, (size, bar) in enumerate(zip(sizes, bars, strict=True)):
                if size > LABELLED_SHARE * widest:
                    text = bar.measures[place].text(keep_zeros=False)
                    axes.text(left[row] + size / 2, row, text, ha="center", va="center", color=INKS[place], size=9)
                elif size > 0:
                    outside[row].append(bar.measures[place].text(keep_zeros=False))
            left = [start + size for start, size in zip(left, sizes, strict=True)]
        axes.axvline(0, color="black", linewidth=0.8)
        for row, bar in enumerate(bars):
            label = " + ".join(outside[row]) if totals[row] else _nothing(bar)
            axes.text(left[row] + 0.012 * widest, row, label, va="center", size=9)
            axes.text(-0.012 * widest, row, names[row], ha="right", va="center")
        if target is not None and target.measure.value is not None:
            place_of_target = float(target.measure.value)
            axes.axvline(place_of_target, color=TARGET_COLOUR, linestyle="--", linewidth=1.2)
            label = f" {target.name} {target.measure.text(keep_zeros=False)}%"
            axes.text(place_of_target, -0.62, label, color=TARGET_COLOUR, ha="left", va="center", size=9)
        axes.set_xlim(0, widest * 1.14)
        axes.set_ylim(rows - 0.5, -0.9 if target else -0.5)
        if len(series) > 1:
            canvas.legend(
                loc="upper left",
                bbox_to_anchor=(left_share, 1.0),
                ncols=len(series),
                frameon=False,
                fontsize=9,
                borderpad=0.2,
                handlelength=1.1,
                columnspacing=1.4,
            )
        buffer = io.StringIO()
        canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return _inline(buffer.getvalue(), id)


def _inches(text: str) -> float:
    """About how wide a text is in the charts' type."""
    from matplotlib.textpath import text_to_path

    return text_to_path.get_text_width_height_descent(text, _label_font(), ismath=False)[0] / 72


@cache
def _label_font() -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family=fonts.FAMILY, size=10)


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
