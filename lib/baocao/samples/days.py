"""The days of an invented dossier: when it comes in, falls due and ends, so that it counts where it shall."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

#: How many dossiers a desk takes in on each day of the week, Monday first, against an ordinary day.
ARRIVALS_BY_WEEKDAY = (1.5, 1.1, 1.0, 1.0, 0.9, 0.1, 0.0)
#: Shortest period that has a weekday and a Saturday wherever one is looked for.
SHORTEST_PERIOD_DAYS = 14
_SATURDAY = 5


class Life(NamedTuple):
    """The days of one dossier; `due` None means no due date, `finished` None that it is still open."""

    received: date
    due: date | None
    finished: date | None


@dataclass(frozen=True)
class Lives:
    """Draws lives that count in a given column of the summary from `first` to `last`, both included.

    Days are counted as `date.toordinal` does.
    """

    random: np.random.Generator
    first: int
    last: int

    def draw(self, outcome: str, term_days: int, *, carried_over: bool, saturday: bool) -> Life:
        """The life of a dossier that ends as `outcome` says, a column of the summary.

        Parameters
        ----------
        carried_over
            Whether it came in before the period.
        saturday
            Whether it came in on a Saturday; otherwise it came in from Monday to Friday.
        """
        if carried_over:
            earliest, latest = self.first - term_days - SHORTEST_PERIOD_DAYS, self.first - 1
        else:
            earliest, latest = self.first, self.last - (outcome in ("resolved_late", "pending_overdue"))
        received = self._arrival(earliest, latest, saturday)
        if outcome == "pending_in_time" and not carried_over:  # what is still open has mostly come in lately
            received = max(received, self._arrival(earliest, latest, saturday))
        due = received + term_days
        start = max(received, self.first)
        finished: int | None = None
        match outcome:
            case "resolved_early":
                finished = self._settle(start + self._below(term_days), start, self.last)
                due = self._workday(max(due, finished + 1))
            case "resolved_on_time":
                due = finished = self._settle(due, start, self.last)
            case "resolved_late":
                due = self._settle(due, received, self.last - 1)
                finished = self._settle(due + self._delay(), max(due + 1, self.first), self.last)
            case "pending_in_time":
                due = self._workday(max(due, self.last + self._below(term_days)))
            case "pending_overdue":
                due = self._settle(due, received, self.last - 1)
            case "awaiting_supplement":
                due = self._workday(due)
            case "withdrawn" | "returned":
                finished = self._settle(start + self._below(term_days), start, self.last)
                due = self._workday(max(due, finished))
            case _:
                raise ValueError(f"no dossier ends as “{outcome}”")
        undated = outcome in ("resolved_on_time", "pending_in_time") and self.random.random() < 0.02
        return Life(
            date.fromordinal(received),
            None if undated else date.fromordinal(due),
            None if finished is None else date.fromordinal(finished),
        )

    def _arrival(self, earliest: int, latest: int, saturday: bool) -> int:
        """A day between the two, both included, drawn by how busy its weekday is."""
        while True:
            day = int(self.random.integers(earliest, latest + 1))
            if saturday and _weekday(day) == _SATURDAY:
                return day
            busy = max(ARRIVALS_BY_WEEKDAY) * self.random.random() < ARRIVALS_BY_WEEKDAY[_weekday(day)]
            if not saturday and busy and _weekday(day) < _SATURDAY:
                return day

    def _settle(self, day: int, earliest: int, latest: int) -> int:
        """`day`, or any day between the bounds if it is not; moved to a working day near it if there is one."""
        if not earliest <= day <= latest:
            day = int(self.random.integers(earliest, latest + 1))
        near = (day, day - 1, day - 2, day + 1, day + 2)
        return next((one for one in near if earliest <= one <= latest and _weekday(one) < _SATURDAY), day)

    def _workday(self, day: int) -> int:
        """The first working day from `day` on."""
        return self._settle(day, day, day + 2)

    def _below(self, days: int) -> int:
        return int(self.random.integers(days))

    def _delay(self) -> int:
        """Days over the term: mostly a few, sometimes months."""
        return 1 + int(self.random.lognormal(1.5, 1.0))


def _weekday(day: int) -> int:
    """0 for Monday to 6 for Sunday."""
    return (day - 1) % 7
