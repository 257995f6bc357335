"""Where a count of two periods differs: in which units, and in which fields of the desk.

Two periods have other dossiers, so that a difference cannot be traced to rows. What both documents print of the parts
of a count can be told: which of them differ most, and whether they add up to it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from baocao.indicators.definition import Whose
from baocao.indicators.one_stop import BY_PROCEDURE
from baocao.locale import format_count
from baocao.provenance.side import Figure, is_hidden

#: So many parts are named in words.
NAMED = 3
_OF = {"unit": "đơn vị", "field": "lĩnh vực của bộ phận một cửa"}
_REST = {"unit": "các đơn vị khác", "field": "các lĩnh vực khác"}


@dataclass(frozen=True)
class Share:
    """A part of a count in both periods.

    Attributes
    ----------
    old, new
        None where it is blank, or not printed.
    unprinted
        The documents that do not print it, or not its value.
    """

    name: str
    old: int | None
    new: int | None
    unprinted: Collection[Literal["old", "new"]] = ()

    @property
    def added(self) -> int:
        """What it adds to the difference of the count; a blank adds nothing to either side."""
        return (self.new or 0) - (self.old or 0)

    @property
    def text(self) -> str:
        """In words: “UBND xã An 12 → 15 (+3)”."""
        change = "" if None in (self.old, self.new) else f" ({_signed(self.added)})"
        return f"{self.name} {self._value('old', self.old)} → {self._value('new', self.new)}{change}"

    def _value(self, side: Literal["old", "new"], value: int | None) -> str:
        if value is None:
            return "không in" if side in self.unprinted else "trống"
        return format_count(value)

    def record(self) -> dict[str, Any]:
        """For JSON."""
        difference = None if None in (self.old, self.new) else self.added
        told = {"name": self.name, "old": self.old, "new": self.new, "difference": difference}
        return {**told, "unprinted": list(self.unprinted)}


@dataclass(frozen=True)
class Breakdown:
    """A count by its parts of one kind.

    Attributes
    ----------
    shares
        The parts that differ, those that differ most first; of parts that are no whole only those both documents print.
    complete
        Whether the parts add up to the count in both documents.
    """

    by: Literal["unit", "field"]
    shares: Sequence[Share]
    complete: bool

    @property
    def text(self) -> str:
        """The parts that differ most, in words."""
        told = "; ".join(share.text for share in self.shares[:NAMED])
        others = self.shares[NAMED:]
        if not self.complete:
            rest = f" (chỉ so các {_OF[self.by]} mà cả hai bản có in số liệu này)"
        elif others:
            rest = f"; {_REST[self.by]} cộng lại {_signed(sum(share.added for share in others))}"
        else:
            rest = ""
        return f"Theo {_OF[self.by]}, khác nhiều nhất: {told}{rest}"

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {"by": self.by, "complete": self.complete, "shares": [share.record() for share in self.shares]}


@dataclass(frozen=True)
class Office:
    """Whose documents they are: its code, and the names of it and of the units directly below it, then and now."""

    unit: str
    names: Mapping[str, str]


def breakdowns(
    figure: Figure, name: str, whose: Whose, office: Office, old: Mapping[str, Figure], new: Mapping[str, Figure]
) -> list[Breakdown]:
    """The parts of a count that differ.

    Parameters
    ----------
    figure, name
        A figure of the count as either document has it, and its id.
    whose
        Whose rows the count adds.
    old, new
        The figures of both documents.
    """
    indicator = str(figure["indicator"])
    own = f"{indicator}@{office.unit}"
    by_unit, by_field = {
        indicator: (whose != "desk", whose != "below"),
        f"{indicator}:below": (True, False),
        own: (False, True),
        f"{own}:{BY_PROCEDURE}": (False, True),
    }.get(name, (False, False))
    total = _values(name, old, new)
    below = {f"{indicator}@{code}": text for code, text in office.names.items() if code != office.unit}
    units = {own: office.names[office.unit], **below} if whose == "area" and name == indicator else below
    if _values(own, old, new) == total != _sums(units, old, new):
        units = below  # the office's own row is that of the whole area
    fields = {
        f"{own}/{part['field']}": str(part["field"])
        for part in chain(old.values(), new.values())
        if by_field and part["indicator"] == indicator and part["field"] and not part["procedure"]
    }
    found = [
        *([_breakdown("unit", units, total, old, new)] if by_unit and below else []),
        _breakdown("field", fields, total, old, new),
    ]
    return [breakdown for breakdown in found if breakdown.shares]


def _breakdown(
    by: Literal["unit", "field"],
    parts: Mapping[str, str],
    total: tuple[int | None, int | None],
    old: Mapping[str, Figure],
    new: Mapping[str, Figure],
) -> Breakdown:
    # What is hidden is blank here: that the others add up to the whole would say that it is 0.
    hidden = any(is_hidden(side.get(name)) for name in parts for side in (old, new))
    complete = not hidden and _sums(parts, old, new) == total
    shares = []
    for name, text in parts.items():
        values = _values(name, old, new)
        sides: tuple[tuple[Literal["old", "new"], Mapping[str, Figure]], ...] = (("old", old), ("new", new))
        unprinted = [side for side, figures in sides if name not in figures or is_hidden(figures[name])]
        if values[0] != values[1] and (complete or not unprinted):
            shares.append(Share(text, *values, unprinted))
    return Breakdown(by, sorted(shares, key=lambda share: -abs(share.added)), complete)


def _sums(
    parts: Mapping[str, str], old: Mapping[str, Figure], new: Mapping[str, Figure]
) -> tuple[int | None, int | None]:
    """What the parts add up to; a blank adds nothing."""
    values = [_values(name, old, new) for name in parts]
    return sum(was or 0 for was, _ in values), sum(now or 0 for _, now in values)


def _values(name: str, old: Mapping[str, Figure], new: Mapping[str, Figure]) -> tuple[int | None, int | None]:
    was, now = (side[name]["value"] if name in side else None for side in (old, new))
    return was, now


def _signed(change: int) -> str:
    return f"+{format_count(change)}" if change > 0 else format_count(change)
