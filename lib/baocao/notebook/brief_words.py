"""How a brief says a figure, a change and a target, and what an axis calls a period."""

from dataclasses import dataclass, replace

from baocao.indicators.brief import Level
from baocao.indicators.measure import Measure
from baocao.periods import Period

#: What stands where there is no figure, and the note that says so; a zero is printed as one.
DASH = "–"
NO_FIGURE = f"Dấu {DASH}: không có số liệu."
_MINUS = "−"


def shown(measure: Measure) -> str:
    """A figure in a table of several kinds of figures: “6.778”, “9,74%”, or the dash its note explains."""
    if measure.value is None:
        return DASH
    return f"{measure.text(keep_zeros=False)}{'%' * measure.is_percentage}"


def signed(change: Measure) -> str:
    """A change with its sign: “+1.204”, “−0,35”, “0”."""
    if change.value is None:
        return DASH
    size = replace(change, value=-change.value if change.value < 0 else change.value)
    return f"{'+' if change.value > 0 else _MINUS if change.value < 0 else ''}{size.text(keep_zeros=False)}"


@dataclass(frozen=True)
class Goal:
    """A target in force, as a figure of its own."""

    of: Level
    level: Measure

    @property
    def bound(self) -> str:
        """“≤ 5%”, “≥ 50%”."""
        return f"{'≤' if self.of.at_most is not None else '≥'} {shown(self.level)}"

    def verdict(self, reached: Measure) -> str:
        """The target and whether it is met; a figure nobody knows neither meets nor misses it."""
        if reached.value is None:
            return self.bound
        return f"{self.bound}: {'đạt' if self.of.met_by(reached.value) else 'chưa đạt'}"


def without_office(name: str) -> str:
    """A unit as a list of units names it: “Xã Quài Tở” for “UBND xã Quài Tở”."""
    short = name.removeprefix("UBND ")
    return short[:1].upper() + short[1:]


def short_label(period: Period) -> str:
    """A period as an axis has room for: “IV/2025”, “5/2022”, “6T/2024”."""
    one = period.id
    match one.kind:
        case "first-months":
            return f"{one.last_month}T/{one.year}"
        case "last-months":
            return f"{13 - one.first_month}C/{one.year}"
    return one.label.removeprefix("Quý ").removeprefix("tháng ").removeprefix("năm ")
