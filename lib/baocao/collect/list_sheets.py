"""Registers and lists of indicators as sheets to fill in."""

from collections.abc import Mapping, Sequence

from baocao.collect.asked import (
    BEFORE,
    NOW,
    ORDINAL,
    SPARE,
    AskedColumn,
    AskedRow,
    AskedSheet,
    Computed,
    Heading,
    Kind,
    Rule,
    version_of,
)
from baocao.collect.one_stop_sheet import LAST, THIS
from baocao.forms.fill import HeaderCell
from baocao.forms.form import Form, Item
from baocao.indicators.catalogue import Catalogue
from baocao.indicators.definition import Indicator
from baocao.intake.register import Entry, RegisterColumn, RegisterDefinition
from baocao.intake.register_cells import Value

#: Register in which an office enters what no system counts.
STATISTICS = "statistics"
#: Rows of an empty list, beside as many as the unit sent last time.
LIST_ROWS = 60
_KINDS: Mapping[str, Kind] = {"text": "text", "integer": "count", "number": "number", "date": "date", "flag": "flag"}
_WIDTHS: Mapping[str, float] = {"text": 30, "integer": 11, "number": 11, "date": 13, "flag": 9, "choice": 22}


def register_sheet(definition: RegisterDefinition, before: Sequence[Entry]) -> AskedSheet:
    """The sheet of a register: empty rows, and on the right the entries of the period before."""
    own = [_column(column) for column in definition.columns]
    columns = (AskedColumn(ORDINAL, "TT", width=5), *own)
    rows = tuple(
        AskedRow(f"{SPARE}{number}", {ORDINAL: str(number)}) for number in range(1, LIST_ROWS + len(before) + 1)
    )
    times = (NOW, BEFORE) if before else (NOW,)
    layout = [(ORDINAL, NOW), *((column.key, time) for time in times for column in own)]
    header = [Heading(0, 0, HeaderCell("TT", 1, 2))]
    for number, (text, _) in enumerate(zip((THIS, LAST), times, strict=False)):
        start = 1 + number * len(own)
        header.append(Heading(0, start, HeaderCell(text, len(own), 1)))
        header += [Heading(1, start + place, HeaderCell(column.label, 1, 1)) for place, column in enumerate(own)]
    return AskedSheet(
        id=definition.id,
        title=definition.name,
        dataset=definition.id,
        table=definition.id,
        version=version_of(definition),
        columns=columns,
        rows=rows,
        layout=tuple(layout),
        header=tuple(header),
        unique=tuple(definition.key) if definition.unique else (),
        before={
            (row.key, column.name): _shown(column, entry[column.name])
            for row, entry in zip(rows, before, strict=False)
            for column in definition.columns
            if entry.get(column.name) is not None
        },
    )


def _column(column: RegisterColumn) -> AskedColumn:
    choices = {code: words[0] if words else code for code, words in column.choices.items()}
    kind: Kind = "choice" if choices else _KINDS[column.type]
    rule = Rule(kind, choices, multiple=column.multiple, required=column.required)
    return AskedColumn(column.name, column.label, rule, stored=column.name, width=_WIDTHS[column.type])


def _shown(column: RegisterColumn, value: Value) -> Value:
    """A stored value as a person entered it: words instead of codes, a mark instead of true."""
    if column.choices:
        codes = [code.strip() for code in str(value).split(";")]
        return "; ".join((column.choices.get(code) or [code])[0] for code in codes)
    if isinstance(value, bool):
        return "X" if value else "không"
    return value


def statistics_sheet(form: Form, catalogue: Catalogue, before: Mapping[str, Value]) -> AskedSheet:
    """The sheet of a list of indicators; what follows from other lines of it is computed.

    Parameters
    ----------
    before
        Value of the period before, by indicator.
    """
    first: dict[str, str] = {}
    for place, item in enumerate(form.items, start=1):
        if item.value is not None:
            first.setdefault(item.value, f"{place}|{item.value}")
    number, label, unit, value, note = form.headings
    columns = (
        AskedColumn("code", number, width=7),
        AskedColumn("label", label, width=60),
        AskedColumn("unit_of_measure", unit, width=16),
        AskedColumn("value", value, Rule("number"), stored="value", width=13),
        AskedColumn("note", note, Rule("text"), stored="note", width=30),
    )
    layout = (("code", NOW), ("label", NOW), ("unit_of_measure", NOW), ("value", NOW), ("value", BEFORE), ("note", NOW))
    words = (number, label, unit, f"{value} {THIS.lower()}", f"{value} {LAST.lower()}", note)
    return AskedSheet(
        id=form.id,
        title=" – ".join(filter(None, (form.label, form.title))),
        dataset=STATISTICS,
        table=form.id,
        version=version_of(form, *(catalogue[name] for name in first)),
        columns=columns,
        rows=tuple(_line(place, item, first, catalogue) for place, item in enumerate(form.items, start=1)),
        layout=layout,
        header=tuple(Heading(0, place, HeaderCell(text, 1, 1)) for place, text in enumerate(words)),
        before={(key, "value"): before[name] for name, key in first.items() if name in before},
        may_be_nothing=False,
    )


def indicator_of(row: AskedRow) -> str:
    """Id of the indicator a line asks for."""
    return row.key.partition("|")[2]


def _line(place: int, item: Item, first: Mapping[str, str], catalogue: Catalogue) -> AskedRow:
    key = f"{place}|{item.value or ''}"
    texts = {"code": item.code, "label": item.label}
    if item.heading or item.value is None:
        return AskedRow(key, {**texts, "unit_of_measure": item.unit_of_measure or ""}, heading=True)
    indicator = catalogue[item.value]
    unit = "; ".join(f"{meaning} = {code}" for code, meaning in indicator.codes.items()) or indicator.unit_of_measure
    texts["unit_of_measure"] = unit if item.unit_of_measure is None else item.unit_of_measure
    return AskedRow(key, texts, {"value": _rule(key, item.value, indicator, first)})


def _rule(key: str, name: str, indicator: Indicator, first: Mapping[str, str]) -> Rule:
    if first[name] != key:
        return Rule("number", computed=Computed(((first[name], "value"),)))
    if all(part in first for part in indicator.parts()):
        if indicator.numerator is not None and indicator.denominator is not None:
            above, under = ((first[part], "value") for part in (indicator.numerator, indicator.denominator))
            return Rule("number", computed=Computed((above,), of=(under,), decimals=indicator.decimals))
        if terms := indicator.terms():
            plus = tuple((first[part], "value") for sign, part in terms if sign > 0)
            minus = tuple((first[part], "value") for sign, part in terms if sign < 0)
            return Rule("number", computed=Computed(plus, minus))
    if indicator.codes:
        return Rule("choice", {str(code): meaning for code, meaning in indicator.codes.items()})
    return Rule("number" if indicator.entered else "count")
