"""From printed one-stop rows to the dossiers they stand for: which lines to make, and what has to be assumed."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from baocao.errors import InputError
from baocao.intake.one_stop import COUNTS, GRAINS, KEY, Row
from baocao.samples.procedures import Procedure, other_of
from baocao.units import UnitRegistry

CARRIED_OVER = "carried_over"
RECEIVED = ("received_online", "received_direct", "received_postal")
SATURDAY = "received_saturday"
RESOLVED = ("resolved_early", "resolved_on_time", "resolved_late")
PENDING = ("pending_in_time", "pending_overdue")
#: Where else a dossier may stand; a system may count the last two as resolved as well (`inside`).
APART = ("awaiting_supplement", "withdrawn", "returned")
REPRODUCED = (CARRIED_OVER, *RECEIVED, SATURDAY, *RESOLVED, *PENDING, *APART)
_STATED = {
    "stated_received_total": (CARRIED_OVER, *RECEIVED),
    "stated_resolved_total": RESOLVED,
    "stated_pending_total": PENDING,
}


@dataclass(frozen=True)
class Line:
    """Dossiers of one unit that a printed row stands for.

    Attributes
    ----------
    procedure
        What they are about; None where the table does not say.
    counts
        How many of them count in each column of `REPRODUCED`.
    tells_early
        Whether on time excludes early; some tables print only the two together.
    """

    unit: str
    procedure: Procedure | None
    counts: Counter[str]
    tells_early: bool

    def total(self, columns: Iterable[str]) -> int:
        return sum(self.counts[column] for column in columns)


@dataclass(frozen=True)
class Plan:
    """Lines whose every dossier has an arrival and an outcome, and what was assumed or given up to get there."""

    lines: Sequence[Line]
    notes: Sequence[str]


def plan_lines(rows: Sequence[Row], registry: UnitRegistry, inside: Collection[str]) -> Plan:
    """The lines that reproduce the detail rows of one delivery.

    A unit's rows by procedure are made, then what its rows by field have beyond them; its row by unit is compared
    with these, and made itself where it is all there is.

    Parameters
    ----------
    inside
        Which of `withdrawn` and `returned` the system counts as resolved as well.

    Raises
    ------
    InputError
        If dossiers would be made twice: two rows are about the same, or the reporter's contain those of its units.
    """
    details = [row for row in rows if row["row_type"] == "detail"]
    units = list(dict.fromkeys(row["unit"] for row in details))
    _refuse_same_row(details, registry)
    for row in details:
        if row["scope"] == "area" and row["unit"] == row["reporter"] and len(units) > 1:
            name = registry[row["reporter"]].name
            raise InputError(f"{row['table']}: the row of {name} contains the units below it, which have rows too")
    planner = _Planner(registry, inside)
    lines = [
        planner.balanced(line)
        for unit in units
        for line in planner.lines([row for row in details if row["unit"] == unit])
    ]
    planner.say_left_out(details)
    return Plan([line for line in lines if line.total(line.counts)], planner.notes)


def _refuse_same_row(details: Sequence[Row], registry: UnitRegistry) -> None:
    seen: dict[tuple[object, ...], str] = {}
    for row in details:
        subject = (row["grain"], *(row[name] for name in KEY))
        if subject in seen:
            name = row["procedure"] or row["field"] or registry[row["unit"]].name
            raise InputError(f"{seen[subject]} and {row['table']} both have a row “{name}”; keep one in source.yaml")
        seen[subject] = row["table"]


class _Planner:
    """Turns rows into lines, gathering what a person should know of on the way."""

    def __init__(self, registry: UnitRegistry, inside: Collection[str]) -> None:
        self.notes: list[str] = []
        self._registry = registry
        self._inside = inside

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Lines of the detail rows of one unit."""
        units, fields, procedures = ([row for row in rows if row["grain"] == grain] for grain in GRAINS)
        for row in rows:
            self._compare_stated(row)
        lines = [_line(row, Procedure(row["field"] or "", row["procedure"])) for row in procedures]
        for row in fields:
            lines.extend(self._rest(row, [part for part in procedures if part["field"] == row["field"]]))
        if not lines:
            return [_line(row, None) for row in units]
        for row in units:
            self._compare(row, lines, _printed(row, *fields, *procedures))
        return lines

    def balanced(self, line: Line) -> Line:
        """`line` with as many arrivals as outcomes; what it says was received in the period is never changed."""
        apart = [name for name in APART if name not in self._inside]
        resolved, pending = line.total(RESOLVED), line.total(PENDING)
        received, outcomes = line.total((CARRIED_OVER, *RECEIVED)), resolved + pending + line.total(apart)
        counts = Counter(line.counts)
        if received != outcomes:
            parts = [f"{resolved} resolved", f"{pending} pending"]
            parts += [f"{counts[name]} {name}" for name in apart if counts[name]]
            printed = f"prints {received} received and {outcomes} outcomes ({', '.join(parts)})"
            more = abs(received - outcomes)
            if received > outcomes:
                counts["pending_in_time"] += more
                self._say(line, f"{printed}; assumed that {more} are still open within their term")
            else:
                counts[CARRIED_OVER] += more
                self._say(line, f"{printed}; assumed that {more} were carried over")
        room = resolved
        for name in self._inside:
            room -= self._limit(line, counts, name, room)
        self._limit(line, counts, SATURDAY, line.total(RECEIVED))
        return replace(line, counts=counts)

    def say_left_out(self, rows: Sequence[Row]) -> None:
        """Figures that no column of a dossier list carries."""
        left_out = [name for name in COUNTS if name not in REPRODUCED and any(row[name] for row in rows)]
        if left_out:
            self.notes.append(f"not reproduced, the list has no column for it: {', '.join(left_out)}")

    def _rest(self, row: Row, procedures: Sequence[Row]) -> Iterator[Line]:
        """What a field has beyond its procedures, as dossiers of a procedure nobody named."""
        columns = _printed(row, *procedures)
        parts = [_line(part, None) for part in procedures]
        made = {name: sum(part.counts[name] for part in parts) for name in columns}
        rest = Counter({name: (row[name] or 0) - made[name] for name in columns})
        if any(count < 0 for count in rest.values()):
            self._compare(row, parts, columns)
        else:
            yield replace(_line(row, other_of(row["field"])), counts=rest)

    def _compare(self, row: Row, lines: Sequence[Line], columns: Iterable[str]) -> None:
        for column in columns:
            printed, made = row[column] or 0, sum(line.counts[column] for line in lines)
            if printed != made:
                self._say(row, f"{row['table']} prints {column} {printed}, its finer rows make {made}; made {made}")

    def _compare_stated(self, row: Row) -> None:
        for stated, columns in _STATED.items():
            made = sum(row[name] or 0 for name in columns)
            if row[stated] not in (None, made):
                self._say(row, f"{row['table']} prints {stated} {row[stated]}, its parts make {made}; made {made}")

    def _limit(self, line: Line, counts: Counter[str], column: str, most: int) -> int:
        """Cut `column` to as many dossiers as there are of which it counts some."""
        if counts[column] > most:
            self._say(line, f"prints {column} {counts[column]} of {most}; made {most}")
            counts[column] = most
        return counts[column]

    def _say(self, subject: Line | Row, text: str) -> None:
        if isinstance(subject, Line):
            unit, name = subject.unit, subject.procedure.name if subject.procedure else ""
        else:
            unit, name = subject["unit"], subject["procedure"] or subject["field"] or ""
        self.notes.append(": ".join(part for part in (self._registry[unit].name, name, text) if part))


def _line(row: Row, procedure: Procedure | None) -> Line:
    counts = Counter({name: row[name] or 0 for name in _printed(row)})
    return Line(row["unit"], procedure, counts, "resolved_early" in counts)


def _printed(*rows: Row) -> list[str]:
    """Columns that every table of these rows prints."""
    return [name for name in REPRODUCED if all(name in row["columns"].split(",") for row in rows)]
