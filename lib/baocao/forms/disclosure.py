"""Small counts are not printed where they could tell who a person is, and nothing printed lets them be computed.

A form with `protect_below: k` prints “<k” for counts from 1 to k - 1. Further cells of the same rows and columns are
left out (“…”) until no such count follows from the totals of its rows and columns, alone or together.

What else a report says must not give them away: its findings then print no counts (`without_counts`), and a percentage
whose numerator or denominator is hidden is an error (`refuse_telling_shares`), as is a hidden count itself.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from baocao.checks.findings import Finding
from baocao.errors import BaocaoError, ConfigurationError, ExportError
from baocao.forms.fill import FilledForm, FilledRow
from baocao.forms.form import Form
from baocao.forms.formulas import Place, placed
from baocao.indicators.catalogue import Catalogue
from baocao.indicators.measure import Measure

NOT_SHOWN: Final = "…"
NOTE = (
    "Số lượng từ 1 đến {most} ghi là “<{k}”; ô ghi “…” không công bố để không tính được các số lượng đó "
    "(khác với ô trống và số 0)."
)
FINDINGS_NOTE = "Không ghi số lượng, vì báo cáo có biểu không công bố số nhỏ"
#: How the source of a hidden figure begins.
UNPUBLISHED = "không công bố"
_NUMBER = re.compile(r"[-−]?\d[\d.,]*(?<=\d)")
#: What comes to a desk leaves it or stays there: both sides of the balance of a one-stop table.
_TAKEN = frozenset({"carried_over", "received_online", "received_direct", "received_postal"})
_HANDLED = frozenset({"resolved_early", "resolved_on_time", "resolved_late", "pending_in_time", "pending_overdue"})


@dataclass(frozen=True)
class Relation:
    """A total that is the sum of its parts, as anybody who reads the form knows."""

    total: Place
    parts: tuple[Place, ...]

    @property
    def cells(self) -> tuple[Place, ...]:
        return (self.total, *self.parts)


@dataclass(frozen=True)
class Protected:
    """A form as it may be printed, and the figures it no longer shows, each with its place `form/row/column`."""

    filled: FilledForm
    hidden: tuple[tuple[str, Measure], ...] = ()


def protect(filled: FilledForm, catalogue: Catalogue) -> Protected:
    """The form without small counts, where it asks for that; else the form as it is.

    Raises
    ------
    ConfigurationError
        If a small count follows from the others whatever else is left out.
    """
    limit = filled.form.protect_below
    if limit is None:
        return Protected(filled)
    measures, counts = _measures(filled), _counts(filled)
    small = {place for place, value in counts.items() if 0 < value < limit}
    related = relations(filled, catalogue)
    hidden = small | complement(counts, small, related, limit, filled.form.id)
    rows_hidden = {line for line, _ in hidden}
    # Of a percentage and one of its counts the other can be computed, so a row with hidden counts shows none.
    for place, measure in measures.items():
        above = measure.numerator or 0
        if place not in counts and (place[0] in rows_hidden or 0 < above < limit):
            hidden.add(place)
    if not hidden:
        return Protected(filled)
    # That a total of so many small counts is small itself would say that each of them is 1.
    telling = {relation.total for relation in related if len(small.intersection(relation.parts)) >= limit - 1}
    shown = {place: f"<{limit}" if place in small - telling else NOT_SHOWN for place in hidden}
    rows = tuple(_without(row, line, shown) for line, row in enumerate(filled.rows))
    note = " ".join(filter(None, (filled.note, NOTE.format(k=limit, most=limit - 1))))
    places = tuple(
        (
            f"{filled.form.id}/{filled.rows[line].key}/{filled.values[column]}",
            _unpublished(measures[line, column], limit),
        )
        for line, column in sorted(hidden)
    )
    return Protected(replace(filled, rows=rows, note=note), places)


def hides_counts(forms: Iterable[Form], filled: Callable[[Form], FilledForm], catalogue: Catalogue) -> bool:
    """Whether any of the forms, filled for an office and period, leaves a count out."""
    for form in forms:
        if form.protect_below is None:
            continue
        try:
            shown = filled(form)
        except BaocaoError:  # one that cannot be filled here cannot be printed here
            continue
        if protect(shown, catalogue).hidden:
            return True
    return False


def without_counts(finding: Finding) -> Finding:
    """A failed finding without its figures: from two sides of a sum, or their difference, a hidden cell follows."""
    if finding.success is not False or (finding.printed is None and finding.computed is None):
        return finding
    message = _NUMBER.sub(NOT_SHOWN, finding.message)
    return replace(finding, printed=None, computed=None, difference=None, message=message)


def refuse_telling_shares(
    hidden: Iterable[tuple[str, Measure]], figures: Mapping[str, Mapping[str, Any]], catalogue: Catalogue
) -> None:
    """Refuse percentages that carry a hidden count as their numerator or denominator.

    Parameters
    ----------
    hidden
        Figures left out, each with its place.
    figures
        What `indicators.json` would hold.

    Raises
    ------
    ExportError
        Naming both places.
    """
    for place, measure in hidden:
        for name, indicator in catalogue.indicators.items():
            figure = figures.get(name + measure.subject.id)
            if measure.indicator in (indicator.numerator, indicator.denominator) and figure is not None:
                if figure["numerator"] is None:
                    continue
                raise ExportError(
                    f"{name + measure.subject.id} ({', '.join(figure['printed'])}) tells {measure.id}, which {place} "
                    f"leaves out ({measure.source}); do not print it, or drop `protect_below`"
                )


def relations(filled: FilledForm, catalogue: Catalogue) -> list[Relation]:
    """How the cells of a form add up, by its rows and by the definitions of its columns.

    A relation is what readers expect, whether or not this office's figures meet it.
    """
    figures = set(_counts(filled))
    columns = [column for column, kind in enumerate(filled.kinds) if kind == "figure"]
    found = [
        Relation((line, column), tuple((part, column) for part in parts))
        for line, parts in _totals(filled.rows)
        for column in columns
    ]
    for line in {line for line, _ in figures}:
        found += _across({filled.values[column]: (line, column) for column in columns}, catalogue)
    # A blank counts nothing: where the other parts are blank, the one left is its total.
    shown = (
        Relation(relation.total, tuple(part for part in relation.parts if part in figures))
        for relation in found
        if relation.total in figures
    )
    return [relation for relation in dict.fromkeys(shown) if relation.parts]


def complement(
    counts: Mapping[Place, int], small: Iterable[Place], related: Sequence[Relation], limit: int, form: str
) -> set[Place]:
    """Cells to leave out besides `small` ones, so that none of these can be computed.

    Parameters
    ----------
    counts
        Every count that would be printed.
    limit
        Counts from 1 to below it are small, which their reader knows.
    """
    small, totals = set(small), {relation.total for relation in related}
    hidden = set(small)
    while exposed := _exposed(counts, small, hidden, related, limit):
        place, through = exposed
        free = [cell for relation in through for cell in relation.cells if cell in counts and cell not in hidden]
        if not free:
            line, column = place
            raise ConfigurationError(
                f"form {form}: the count in row {line + 1}, column {column + 1} follows from others whatever is left "
                "out; drop a total or a column of the form, or its `protect_below`"
            )
        # Best what closes two ways at once, then the smallest count that is no total; that a 0 is 0 would be guessed.
        hidden.add(
            min(free, key=lambda cell: (-free.count(cell), not counts[cell], cell in totals, counts[cell], cell))
        )
    return hidden - small


def _exposed(
    counts: Mapping[Place, int], small: set[Place], hidden: set[Place], related: Sequence[Relation], limit: int
) -> tuple[Place, list[Relation]] | None:
    """A small count that can be computed, and the relations another cell must be left out of."""
    known = derivable(hidden, related)
    for place in sorted(known & small):
        linked = _linked(place, hidden, related)
        # A way in is a relation with one cell left out; in a chain that closes on itself, any that shows something.
        ways = [relation for relation in linked if len(hidden.intersection(relation.cells)) == 1]
        return place, ways or linked
    for relation in related:
        for place in sorted(_forced(counts, small, hidden, relation, limit)):
            return place, [relation]
    return None


def _linked(place: Place, hidden: set[Place], related: Sequence[Relation]) -> list[Relation]:
    """Relations of a hidden cell, of the hidden cells in them, and so on."""
    reached, found = {place}, []
    while more := [relation for relation in related if relation not in found and reached.intersection(relation.cells)]:
        found += more
        reached |= {cell for relation in more for cell in relation.cells if cell in hidden}
    return found


def derivable(hidden: set[Place], related: Iterable[Relation]) -> set[Place]:
    """Hidden cells whose value follows from the relations and all cells that are shown."""
    order = {place: number for number, place in enumerate(sorted(hidden))}
    rows: list[dict[int, Fraction]] = []  # reduced, each with 1 in its pivot, its least column
    for relation in related:
        row: dict[int, Fraction] = {}
        for place in relation.cells:
            if place in order:
                row[order[place]] = row.get(order[place], Fraction()) + (1 if place != relation.total else -1)
        for known in rows:
            _subtract(row, known)
        row = {column: value for column, value in row.items() if value}
        if row:
            pivot = row[min(row)]
            row = {column: value / pivot for column, value in row.items()}
            for known in rows:
                _subtract(known, row)
            rows.append(row)
    places = sorted(hidden)
    return {places[next(iter(row))] for row in rows if len(row) == 1}


def _subtract(row: dict[int, Fraction], known: Mapping[int, Fraction]) -> None:
    """Clear the pivot of `known` from `row`."""
    factor = row.get(min(known), Fraction())
    if factor:
        for column, value in known.items():
            left = row.get(column, Fraction()) - factor * value
            if left:
                row[column] = left
            else:
                row.pop(column, None)


def _forced(
    counts: Mapping[Place, int], small: set[Place], hidden: set[Place], relation: Relation, limit: int
) -> set[Place]:
    """Small counts that can have one value only, all being from 1 to below the limit: two that add up to 2."""
    unknown = [part for part in relation.parts if part in hidden]
    parts = small.intersection(unknown)
    if relation.total in hidden:
        return set()
    left = sum(counts[part] for part in unknown)
    least, most = len(parts), len(unknown) * (limit - 1)
    return parts if left == least or (len(parts) == len(unknown) and left == most) else set()


def _totals(rows: Sequence[FilledRow]) -> Iterator[tuple[int, list[int]]]:
    """Every total row with the detail rows it adds: those of its group, or all of them."""
    everything: list[int] = []
    group: list[int] = []
    for line, row in enumerate(rows):
        if row.kind == "detail":
            everything.append(line)
            group.append(line)
        else:
            if row.kind == "total":
                yield line, everything.copy() if row.key == "total" else group
            group = []


def _across(beside: Mapping[str, Place], catalogue: Catalogue) -> Iterator[Relation]:
    """Sums along one row, where each indicator stands as `beside` says."""
    for name, place in beside.items():
        indicator = catalogue.indicators.get(name)
        if indicator is None:
            continue
        terms = indicator.terms()
        if terms and all(part in beside for _, part in terms):
            # a = b - c is read as b = a + c.
            plus = [beside[part] for sign, part in terms if sign > 0]
            minus = [beside[part] for sign, part in terms if sign < 0]
            if not minus:
                yield Relation(place, tuple(plus))
            elif len(plus) == 1:
                yield Relation(plus[0], (place, *minus))
        whole = frozenset(indicator.sum or ())
        for asked in (whole, _HANDLED) if whole == _TAKEN else (whole,):
            for largest_first in (True, False):
                parts = _shares(asked, name, beside, catalogue, largest_first=largest_first)
                if len(parts) > 1 or (parts and asked != whole):
                    yield Relation(place, parts)


def _shares(
    asked: frozenset[str], name: str, beside: Mapping[str, Place], catalogue: Catalogue, *, largest_first: bool
) -> tuple[Place, ...]:
    """Cells that share out canonical columns among them; columns no cell shows are taken for empty."""
    own = catalogue.indicators[name]
    known = [
        (part, other)
        for part, other in ((part, catalogue.indicators.get(part)) for part in beside if part != name)
        if other is not None and other.sum and other.of == own.of
    ]
    left, cells = set(asked), []
    for part, other in sorted(known, key=lambda item: len(item[1].sum or ()) * (-1 if largest_first else 1)):
        if left.issuperset(other.sum or ()):
            cells.append(beside[part])
            left.difference_update(other.sum or ())
    return tuple(cells)


def _measures(filled: FilledForm) -> dict[Place, Measure]:
    """Every figure that would be printed."""
    return {
        (line, column): cell.measure
        for line, row in enumerate(filled.rows)
        for column, cell in placed(row.cells)
        if cell.measure is not None and cell.text
    }


def _counts(filled: FilledForm) -> dict[Place, int]:
    return {place: measure.value for place, measure in _measures(filled).items() if isinstance(measure.value, int)}


def _without(row: FilledRow, line: int, shown: Mapping[Place, str]) -> FilledRow:
    cells = (
        replace(cell, text=shown[line, column], measure=None) if (line, column) in shown else cell
        for column, cell in placed(row.cells)
    )
    return replace(row, cells=tuple(cells))


def _unpublished(measure: Measure, limit: int) -> Measure:
    """The figure without its value: printed anywhere else, it would have two, which is an error naming both places."""
    source = f"{UNPUBLISHED} số nhỏ (protect_below: {limit})"
    return replace(measure, value=None, numerator=None, denominator=None, source=source)
