"""A whole number of dossiers shared out as evenly as bounds allow, exactly.

Effort is a unit's extra over what it has not online. Among all whole-number shares within the bounds that add up to
the amount, the one found makes Σ not_online × (effort − average effort)² least. Because the amount is fixed that is
the least Σ extra² / not_online, a separable convex sum, and its minimum is known: one common effort for all, rounded
half-up in each unit and cut at its bounds (Webster's divisor method). No tolerance, no random start.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Room:
    """What a unit may be given: `low` to `high` dossiers, both included, of `weight` it has not online."""

    weight: int
    low: int
    high: int


def spread(amount: int, rooms: Sequence[Room]) -> list[int]:
    """Share `amount` out over `rooms`, in their order; of equal claims the larger unit wins, then the earlier one.

    Raises
    ------
    ValueError
        If a room is empty (`low` above `high`, or `high` above `weight`), or the rooms cannot hold exactly `amount`.
    """
    if any(not 0 <= room.low <= room.high <= room.weight for room in rooms):
        raise ValueError("a room must have 0 ≤ low ≤ high ≤ weight")
    if not sum(room.low for room in rooms) <= amount <= sum(room.high for room in rooms):
        raise ValueError(f"{amount} dossiers do not fit between the lowest and the highest sum of the rooms")
    # Common efforts level/steps, so fine that between two neighbours a unit's rounded share grows by at most one.
    steps = 2 * max((room.weight for room in rooms), default=0) + 1

    def at(level: int) -> list[int]:
        rounded = ((2 * level * room.weight + steps) // (2 * steps) for room in rooms)
        return [min(max(share, room.low), room.high) for share, room in zip(rounded, rooms, strict=True)]

    level = bisect_right(range(steps + 1), amount, key=lambda step: sum(at(step))) - 1
    shares = at(level)
    claims = sorted(
        (Fraction(2 * share + 1, 2 * room.weight), -room.weight, place)
        for place, (share, room) in enumerate(zip(shares, rooms, strict=True))
        if share < room.high
    )
    for _, _, place in claims[: amount - sum(shares)]:
        shares[place] += 1
    return shares
