"""A one-stop form as a sheet to fill in: which canonical column each heading stands for, and what is added up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from baocao.collect.asked import (
    BEFORE,
    NOW,
    ORDINAL,
    SPARE,
    TOTAL,
    AskedColumn,
    AskedRow,
    AskedSheet,
    Computed,
    Heading,
    Place,
    Rule,
    Values,
    version_of,
)
from baocao.errors import ConfigurationError
from baocao.forms.fill import HeaderCell
from baocao.forms.form import Column, Form
from baocao.indicators.catalogue import Catalogue
from baocao.intake.one_stop import DATASET, STATED_PARTS, Row

#: Where a heading over several columns that the form does not tell apart is stored: “đúng hạn” with what was early,
#: “trực tiếp” with what came by post, as tables delivered without a workbook are read.
FOLDED = {
    frozenset({"resolved_early", "resolved_on_time"}): "resolved_on_time",
    frozenset({"received_direct", "received_postal"}): "received_direct",
}
#: Rows without a name, for what no list foresees.
SPARE_ROWS = {"unit": 0, "field": 10, "procedure": 60}
NAME = {"unit": "unit", "field": "field", "procedure": "procedure"}
THIS, LAST = "Kỳ này", "Kỳ trước"


@dataclass(frozen=True)
class Named:
    """A row that is asked for by name: its key and the words that stand in it."""

    key: str
    field: str | None
    name: str


def one_stop_sheet(
    form: Form, catalogue: Catalogue, named: Sequence[Named], *, may_add: bool, before: Sequence[Row]
) -> AskedSheet:
    """The sheet of a form over one-stop figures.

    Parameters
    ----------
    named
        Units, fields or procedures with a row of their own.
    may_add
        Whether rows without a name follow, for fields or procedures nobody listed.
    before
        Stored rows of the unit's period before.

    Raises
    ------
    ConfigurationError
        For a form that only selects, or prints what no table of counts holds.
    """
    grain = _grain(form)
    figures = _figures(form, catalogue)
    columns = [AskedColumn(ORDINAL, "TT", width=5)]
    if grain == "procedure":
        columns.append(AskedColumn("field", "Lĩnh vực", Rule("text"), stored="field", width=26))
    columns.append(AskedColumn("name", _label_of(form, "name"), Rule("text"), stored=NAME[grain], width=34))
    columns.extend(figures)
    rows = [_named_row(number, entry, grain) for number, entry in enumerate(named, start=1)]
    if may_add:
        first = len(rows) + 1
        rows += [AskedRow(f"{SPARE}{n}", {ORDINAL: str(n)}) for n in range(first, first + SPARE_ROWS[grain])]
    rows = [with_sums(row, figures) for row in rows]
    if len(rows) > 1:
        rows.append(_total(rows, figures, form, grain))
    layout, header = _layout(form, columns, figures)
    return AskedSheet(
        id=form.id,
        title=" – ".join(filter(None, (form.label, form.title))),
        dataset=DATASET,
        table=form.label or form.id,
        version=version_of(form),
        columns=tuple(columns),
        rows=tuple(rows),
        layout=layout,
        header=header,
        before=_before(rows, figures, before, grain),
        may_be_nothing=bool(named),
    )


def _grain(form: Form) -> str:
    if form.rows is None or form.rows.each == "register":
        raise ConfigurationError(f"form {form.id} is not about one-stop figures")
    if form.rows.only_if_positive:
        raise ConfigurationError(
            f"form {form.id} selects rows of other tables, so nobody fills it in; collect one-stop-by-unit instead"
        )
    return form.rows.each


def grain_of(form: Form) -> str | None:
    """What the rows of a one-stop form are about; None for other forms."""
    return None if form.rows is None or form.rows.each == "register" else form.rows.each


def _label_of(form: Form, value: str) -> str:
    return next((leaf.label for leaf in form.leaves() if leaf.value == value), "Tên")


def _figures(form: Form, catalogue: Catalogue) -> list[AskedColumn]:
    """The columns with figures: those that add up others of the form are computed, the rest is filled in."""
    leaves = [leaf for leaf in form.leaves() if leaf.value not in ("number", "name")]
    sums = {str(leaf.value): frozenset(catalogue[str(leaf.value)].sum or ()) for leaf in leaves}
    columns = [_figure(form, leaf, sums, catalogue) for leaf in leaves]
    taken: dict[str, str] = {}
    for column in columns:
        if column.rule is not None and column.rule.computed is None and column.stored in taken:
            raise ConfigurationError(f"form {form.id}: “{taken[column.stored]}” and “{column.label}” count the same")
        taken[column.stored] = column.label
    return columns


def _figure(form: Form, leaf: Column, sums: Mapping[str, frozenset[str]], catalogue: Catalogue) -> AskedColumn:
    key = str(leaf.value)
    indicator = catalogue[key]
    if indicator.numerator is not None and indicator.denominator is not None:
        if indicator.numerator not in sums or indicator.denominator not in sums:
            raise ConfigurationError(f"form {form.id}: {key} is a share of figures the form does not hold")
        share = Computed((("", indicator.numerator),), of=(("", indicator.denominator),), decimals=indicator.decimals)
        return AskedColumn(key, leaf.label, Rule("number", computed=share))
    own = sums[key]
    if not own:
        raise ConfigurationError(f"form {form.id}: {key} is not counted in one-stop tables, so no cell asks for it")
    parts = _parts(key, sums)
    if parts:
        stated = next((name for name, columns in STATED_PARTS.items() if own == frozenset(columns)), "")
        rule = Rule("count", computed=Computed(tuple(("", part) for part in parts)))
        return AskedColumn(key, leaf.label, rule, stored=stated)
    stored = next(iter(own)) if len(own) == 1 else FOLDED.get(own)
    if stored is None:
        raise ConfigurationError(f"form {form.id}: {key} adds up columns nobody fills in; give the form its parts")
    return AskedColumn(key, leaf.label, Rule("count"), stored=stored)


def _parts(key: str, sums: Mapping[str, frozenset[str]]) -> list[str]:
    """Other columns that share out what one adds up, larger ones first; none if fewer than two do."""
    left, parts = set(sums[key]), []
    for part, columns in sorted(sums.items(), key=lambda item: -len(item[1])):
        if part != key and columns and columns < sums[key] and left >= columns:
            parts.append(part)
            left -= columns
    return parts if len(parts) > 1 else []


def _named_row(number: int, entry: Named, grain: str) -> AskedRow:
    texts = {ORDINAL: str(number), "name": entry.name}
    if grain == "procedure":
        texts["field"] = entry.field or ""
    return AskedRow(entry.key, texts)


def with_sums(row: AskedRow, figures: Sequence[AskedColumn]) -> AskedRow:
    """The row with its computed cells pointing at cells of its own."""
    rules = {}
    for column in figures:
        computed = column.rule.computed if column.rule else None
        if column.rule is not None and computed is not None:
            cells, of = ([(row.key, part) for _, part in places] for places in (computed.cells, computed.of))
            moved = Computed(tuple(cells), of=tuple(of), decimals=computed.decimals)
            rules[column.key] = Rule(column.rule.kind, computed=moved)
    return AskedRow(row.key, row.texts, rules)


def _total(rows: Sequence[AskedRow], figures: Sequence[AskedColumn], form: Form, grain: str) -> AskedRow:
    rules = {}
    for column in figures:
        computed = column.rule.computed if column.rule else None
        if computed is not None and computed.of:
            share = Computed(
                tuple((TOTAL, part) for _, part in computed.cells),
                of=tuple((TOTAL, part) for _, part in computed.of),
                decimals=computed.decimals,
            )
            rules[column.key] = Rule("number", computed=share)
        else:
            rules[column.key] = Rule("count", computed=Computed(tuple((row.key, column.key) for row in rows)))
    texts = {ORDINAL: "", "name": form.rows.total if form.rows else "Tổng"}
    return AskedRow(TOTAL, texts | ({"field": ""} if grain == "procedure" else {}), rules)


def _layout(
    form: Form, columns: Sequence[AskedColumn], figures: Sequence[AskedColumn]
) -> tuple[tuple[tuple[str, str], ...], tuple[Heading, ...]]:
    """Words first, then every figure beside that of the period before; the form's headings over both."""
    words = [column for column in columns if column not in figures]
    layout = [(column.key, NOW) for column in words]
    headings = [Heading(0, place, HeaderCell(column.label, 1, form.depth + 1)) for place, column in enumerate(words)]

    def place(column: Column, level: int) -> None:
        leaves = [leaf for leaf in column.leaves() if leaf.value not in ("number", "name")]
        if not leaves:
            return
        rows = 1 if column.columns else form.depth - level
        headings.append(Heading(level, len(layout), HeaderCell(column.label, 2 * len(leaves), rows)))
        if column.columns:
            for child in column.columns:
                place(child, level + 1)
            return
        for text, time in ((THIS, NOW), (LAST, BEFORE)):
            headings.append(Heading(form.depth, len(layout), HeaderCell(text, 1, 1)))
            layout.append((str(column.value), time))

    for column in form.columns:
        place(column, 0)
    return tuple(layout), tuple(headings)


def _before(rows: Sequence[AskedRow], figures: Sequence[AskedColumn], stored: Sequence[Row], grain: str) -> Values:
    """Figures of the period before, found by the name of the row."""
    known = {(row["field"] if grain == "procedure" else None, row[NAME[grain]]): row for row in stored}
    values: dict[Place, int] = {}
    for row in rows:
        name = row.key.partition("|")[2] if grain == "unit" else row.texts.get("name")
        found = known.get(((row.texts.get("field") or None) if grain == "procedure" else None, name))
        for column in figures:
            if found is not None and column.stored and found[column.stored] is not None:
                values[row.key, column.key] = found[column.stored]
    return values
