"""A drawing in points from its upper left corner, made by matplotlib's artists without axes.

Axes prepare ticks, scales and limits that a labelled chart never shows, and measure every word to place it: nine
tenths of what a chart cost. This module imports matplotlib; import it where something is drawn.
"""

import io
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Literal

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from baocao.document import fonts

if TYPE_CHECKING:
    from matplotlib.backend_bases import RendererBase

#: How far the base line lies below the middle between the top of an l and the foot of a p, as a part of their size.
_BASE = 0.233
_POINTS = 72
_OBLONG = (Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY)


class Drawing:
    """A sheet to draw on, `width` by `height` points."""

    def __init__(self, width: float, height: float) -> None:
        self._canvas = Figure(figsize=(width / _POINTS, height / _POINTS))
        turned = Affine2D().scale(1 / _POINTS, -1 / _POINTS).translate(0, height / _POINTS)
        self._place = turned + self._canvas.dpi_scale_trans

    def oblongs(self, sides: Iterable[tuple[float, float, float, float]], colour: str) -> None:
        """Filled oblongs of one colour, each by its left, upper, right and lower side."""
        corners = [
            corner
            for left, upper, right, lower in sides
            for corner in ((left, upper), (right, upper), (right, lower), (left, lower), (left, upper))
        ]
        if corners:
            path = Path(corners, _OBLONG * (len(corners) // len(_OBLONG)))
            self._canvas.add_artist(PathPatch(path, facecolor=colour, edgecolor="none", transform=self._place))

    def upright(self, x: float, upper: float, lower: float, colour: str, width: float, *, dashed: bool = False) -> None:
        """An upright line."""
        line = Line2D([x, x], [upper, lower], color=colour, linewidth=width, transform=self._place)
        line.set_linestyle("--" if dashed else "-")
        self._canvas.add_artist(line)

    def words(
        self,
        x: float,
        middle: float,
        text: str,
        size: float,
        *,
        side: Literal["left", "center", "right"] = "left",
        colour: str = "black",
    ) -> None:
        """A line of words that starts, has its middle or ends at `x`."""
        if not text:
            return
        font = FontProperties(family=fonts.FAMILY, size=size)
        words = _Words(x, middle + _BASE * size, text, fontproperties=font, color=colour, ha=side)
        words.set_transform(self._place)
        self._canvas.add_artist(words)

    def svg(self) -> str:
        """The drawing; text stays text, to be searched and set in the document's own font."""
        buffer = io.StringIO()
        with mpl.rc_context({"svg.fonttype": "none"}):
            self._canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return buffer.getvalue()


class _Words(Text):
    """Words whose base line is known and whose side the SVG keeps, so that nothing of them need be measured."""

    def draw(self, renderer: "RendererBase") -> None:
        pen = renderer.new_gc()
        pen.set_foreground(self.get_color())
        x, y = self.get_transform().transform(self.get_unitless_position())
        _, height = renderer.get_canvas_width_height()
        renderer.draw_text(pen, x, height - y, self.get_text(), self.get_fontproperties(), 0, mtext=self)
        pen.restore()


def width_of(text: str, size: float) -> float:
    """About how many points a text is wide: its letters side by side, without what some pairs are drawn together."""
    return size * sum(map(_advance, text))


def measure_letters() -> None:
    """Measure Vietnamese letters ahead: in every forked process matplotlib reads its typefaces anew."""
    for letter in (*map(chr, (*range(0x20, 0x1B1), *range(0x1EA0, 0x1EFA))), *"–—‘’“”•…"):
        _advance(letter)


@cache
def _advance(letter: str) -> float:
    """Width of a letter as a part of its size."""
    font = get_font(str(fonts.FOLDER / "LiberationSerif-Regular.ttf"))
    if not font.get_char_index(ord(letter)):
        return 1.0  # of the typeface that has it nothing is known; it is hardly wider
    return font.load_char(ord(letter), flags=LoadFlags.NO_SCALE).horiAdvance / font.units_per_EM
