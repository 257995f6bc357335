"""One dossier of a printed line after the other: how it came in, what it is about, when it ended and how."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from baocao.samples.days import Life, Lives
from baocao.samples.printed import APART, CARRIED_OVER, PENDING, RECEIVED, RESOLVED, SATURDAY, Line
from baocao.samples.procedures import COMMON, Procedure, popularity

#: Texts of the channels and states, as the provinces' systems print them.
_CHANNELS = {"received_online": "Trực tuyến", "received_direct": "Trực tiếp", "received_postal": "Qua BCCI"}
_STATES = {"awaiting_supplement": "Yêu cầu bổ sung", "withdrawn": "Rút hồ sơ", "returned": "Trả lại hồ sơ"}
_RECEIVED, _PROCESSING, _FINISHED, _DELIVERED = "Được tiếp nhận", "Đang xử lý", "Đã xử lý xong", "Đã trả kết quả"
#: How much of “on time” is early where a table prints the two together.
_EARLY_SHARE = 0.6
#: How alike the desks are in what they handle; the higher, the more alike.
_LIKENESS = 20


@dataclass(frozen=True)
class Dossier:
    """A made-up dossier; `delivered` is the day the result was handed over, None where it was not."""

    unit: str
    procedure: Procedure
    life: Life
    channel: str
    status: str
    delivered: date | None


@dataclass(frozen=True)
class DossierMaker:
    """Makes the dossiers of lines over a period, both days included.

    Attributes
    ----------
    inside
        Which of `withdrawn` and `returned` the system counts as resolved as well.
    channels
        Columns of the channels that dossiers carried over may have come in by.
    """

    random: np.random.Generator
    first: date
    last: date
    inside: Collection[str]
    channels: Sequence[str]
    _habits: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)

    def make(self, line: Line) -> Iterator[Dossier]:
        """Dossiers that count as the balanced `line` says, arrivals and outcomes paired by chance."""
        apart = [name for name in APART if name not in self.inside]
        arrivals = self._shuffled(line, (CARRIED_OVER, *RECEIVED))
        outcomes = self._shuffled(line, (*RESOLVED, *PENDING, *apart))
        ends = iter(self._ends(line))
        saturdays = line.counts[SATURDAY]
        for arrival, outcome in zip(arrivals, outcomes, strict=True):
            carried_over = arrival == CARRIED_OVER
            saturday = saturdays > 0 and not carried_over
            saturdays -= saturday
            procedure = line.procedure or self._habitual(line.unit)
            life = self._lives.draw(
                self._told(outcome, line), procedure.term_days, carried_over=carried_over, saturday=saturday
            )
            channel = str(self.random.choice(self.channels)) if carried_over else arrival
            status, delivered = self._standing(next(ends) if outcome in RESOLVED else outcome, life)
            yield Dossier(line.unit, procedure, life, _CHANNELS[channel], status, delivered)

    @cached_property
    def _lives(self) -> Lives:
        return Lives(self.random, self.first.toordinal(), self.last.toordinal())

    def _shuffled(self, line: Line, columns: Iterable[str]) -> list[str]:
        """Every column as often as `line` counts it."""
        return self._permuted([name for name in columns for _ in range(line.counts[name])])

    def _ends(self, line: Line) -> list[str]:
        """How each resolved dossier ended: some were withdrawn or returned where the system counts these as well."""
        others = [name for name in self.inside for _ in range(line.counts[name])]
        return self._permuted(others + ["resolved"] * (line.total(RESOLVED) - len(others)))

    def _permuted(self, names: Sequence[str]) -> list[str]:
        return [names[place] for place in self.random.permutation(len(names))]

    def _told(self, outcome: str, line: Line) -> str:
        """`outcome` with early told apart."""
        together = outcome == "resolved_on_time" and not line.tells_early
        return "resolved_early" if together and self.random.random() < _EARLY_SHARE else outcome

    def _habitual(self, unit: str) -> Procedure:
        """One of the procedures a commune's desk sees, some more often than others, and not the same everywhere."""
        if unit not in self._habits:
            self._habits[unit] = self.random.dirichlet(_LIKENESS * popularity(len(COMMON)))
        return COMMON[self.random.choice(len(COMMON), p=self._habits[unit])]

    def _standing(self, end: str, life: Life) -> tuple[str, date | None]:
        """Status text at the end of the period, and the day the result was handed over."""
        if end in _STATES:
            return _STATES[end], None
        if life.finished is None:
            new = self.last - life.received <= timedelta(days=2)
            return _RECEIVED if new else _PROCESSING, None
        handed_over = life.finished + timedelta(days=int(self.random.integers(4)))
        delivered = handed_over.weekday() < 5 and handed_over <= self.last
        return (_DELIVERED, handed_over) if delivered else (_FINISHED, None)
