"""The form's own rules over a filled sheet, as the suite of its dataset has them; which cells they concern."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from baocao.checks.comparisons import CheckedSlice, Comparison
from baocao.checks.judge import Question
from baocao.checks.run import suite_questions
from baocao.checks.suite import Expectation, NotLarger, RowIdentity, Suite, load_suite
from baocao.collect.deliver import SOURCE, one_stop_table
from baocao.collect.filled import FilledRow, FilledSheet
from baocao.indicators.slices import Slice
from baocao.intake.one_stop import DATASET, FIGURES, GRAINS, LABELS, SCHEMA, Row
from baocao.intake.register_cells import Value
from baocao.locale import fold, format_count
from baocao.project import Project
from baocao.store.versions import Versions
from baocao.units import Unit, UnitRegistry

#: What can be said of one sheet alone; the other expectations compare tables, periods or sources.
_OF_ROWS = (RowIdentity, NotLarger)


def check_rules(project: Project, sheets: Sequence[FilledSheet], unit: Unit, registry: UnitRegistry) -> None:
    """Note in each one-stop sheet the cells that contradict each other.

    What a collected workbook says was not printed yet, so errors are errors whatever the project's profile.
    """
    suite = load_suite(project, DATASET)
    for sheet in sheets:
        if sheet.asked.dataset == DATASET and not sheet.nothing:
            for expectation, question in _questions(suite, _canonical(sheet, unit), unit, registry):
                for pair in question.pairs:
                    if (text := _wrong(expectation, question, pair)) is not None:
                        _mark(sheet, expectation, pair, text, registry)


def _canonical(sheet: FilledSheet, unit: Unit) -> list[Row]:
    """The rows as the intake will read them."""
    headings, lines = one_stop_table(sheet)
    figures = [name for name in FIGURES if name in headings]
    grain = next(name for name in reversed(GRAINS) if name in headings)
    common = {
        **dict.fromkeys(SCHEMA.names),
        "reporter": unit.code,
        "unit": unit.code,
        "table": sheet.asked.table,
        "source": SOURCE,
        "grain": grain,
        "row_type": "detail",
        "scope": "own",
        "authority": "own",
        "columns": ",".join(figures),
        "blank_means": "unknown",
    }
    return [common | _whole(dict(zip(headings, line, strict=True))) for line in lines]


def _whole(cells: Mapping[str, Value]) -> dict[str, Value]:
    """Sums of counts, which are whole, as the integers they are."""
    return {name: int(value) if isinstance(value, Decimal) else value for name, value in cells.items()}


def _questions(
    suite: Suite, rows: Sequence[Row], unit: Unit, registry: UnitRegistry
) -> Iterator[tuple[Expectation, Question]]:
    data = CheckedSlice(Slice(Versions({}), rows, rows), unit, registry)
    for expectation, question in suite_questions(suite, data, "strict"):
        if isinstance(expectation, _OF_ROWS) and question.severity == "error":
            yield expectation, question


def _wrong(expectation: Expectation, question: Question, pair: Comparison) -> str | None:
    """What is wrong with a pair, in the suite's own words; a blank beside a figure is not filled in."""
    if pair.printed is None or pair.computed is None:
        return f"{expectation.name}; một vế còn để trống" if pair.printed or pair.computed else None
    holds = pair.printed >= pair.computed if question.relation == "at-least" else pair.printed == pair.computed
    if holds:
        return None
    return expectation.message.format(
        printed=format_count(pair.printed),
        computed=format_count(pair.computed),
        difference=format_count(pair.printed - pair.computed),
        column=LABELS.get(pair.column, pair.column),
    )


def _mark(sheet: FilledSheet, expectation: Expectation, pair: Comparison, text: str, registry: UnitRegistry) -> None:
    """Note a finding in every cell of its row that takes part in it: which one is wrong only the sender knows."""
    columns = {pair.column}
    if isinstance(expectation, RowIdentity):
        columns |= {*expectation.printed, *expectation.computed}
    elif isinstance(expectation, NotLarger):
        columns.add(expectation.whole)
    row = _row(sheet, pair.row, registry)
    places = [
        sheet.places[column.key]
        for column in sheet.asked.columns
        if column.stored in columns and column.key in sheet.places
    ]
    if row is None or not places:
        sheet.say(None, None, f"{pair.row}: {text}")
    for place in places if row is not None else ():
        sheet.say(row.at if row else None, place, text)


def _row(sheet: FilledSheet, name: str, registry: UnitRegistry) -> FilledRow | None:
    for row in sheet.rows:
        words = {fold(word) for word in row.names.values()}
        code = row.asked.key.removeprefix("u|")
        if code in registry.codes:
            words.add(fold(registry[code].name))
        if fold(name) in words:
            return row
    return None
