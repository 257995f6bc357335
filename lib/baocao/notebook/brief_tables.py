"""Tables of a leadership brief: key figures against target and other times, and the ranking."""

from collections.abc import Mapping, Sequence

from baocao.document.blocks import Align, Table, TableCell, TableRow
from baocao.indicators.brief import KeyChoice, Ranking
from baocao.indicators.highlights import Standing, moved
from baocao.indicators.history import History
from baocao.indicators.measure import Measure
from baocao.indicators.one_stop import OneStopFigures
from baocao.notebook.brief_words import DASH, NO_FIGURE, Goal, shown, signed
from baocao.notebook.table_cells import Note, figure_cell, header, heading_row, words

_KEY_COLUMNS = ("Chỉ số", "Kỳ này", "Mục tiêu", "Kỳ trước", "Tăng, giảm", "Cùng kỳ", "Tăng, giảm")
_KEY_ALIGN: list[Align] = ["text", "figure", "label", "figure", "figure", "figure", "figure"]


def key_figures_table(
    choices: Sequence[KeyChoice],
    figures: OneStopFigures,
    history: History,
    goals: Mapping[str, Goal],
    note: Note,
) -> Table:
    """The area's key figures beside their targets, the period before and the same period last year."""
    rows = []
    for choice in choices:
        place = f"key/{choice.indicator}"
        now = figures.of_area(choice.indicator)
        cells = [TableCell(text=choice.label), figure_cell(now, place, note, shown(now))]
        goal = goals.get(choice.indicator)
        cells.append(TableCell(text="") if goal is None else figure_cell(goal.level, place, note, goal.verdict(now)))
        for then in (history.previous, history.year_before):
            base = history.of_area(choice.indicator, then)
            change = moved(now, base)
            cells += [
                figure_cell(base, place, note, shown(base)),
                figure_cell(change, place, note, signed(change)),
            ]
        rows.append(TableRow(cells=cells))
    before, last_year = (history.periods[place].label for place in (history.previous, history.year_before))
    of_rates = any(figures.of_area(choice.indicator).is_percentage for choice in choices)
    points = " Với tỷ lệ, “điểm” và tăng, giảm là điểm phần trăm." if of_rates else ""
    remark = f"Kỳ trước: {before}; cùng kỳ: {last_year}.{points}{_dashes(rows)}"
    return Table(id="key", header=header(*_KEY_COLUMNS), rows=rows, align=_KEY_ALIGN, note=remark)


def _dashes(rows: Sequence[TableRow]) -> str:
    """The note on dashes, where there is one."""
    return f" {NO_FIGURE}" if any(cell.text == DASH for row in rows for cell in row.cells) else ""


def ranking_table(
    ranking: Ranking,
    ranked: Sequence[Standing],
    total: Mapping[str, Measure],
    noun: str,
    note: Note,
) -> Table:
    """Units or fields that have a rank, with the rank before and how far they moved; of many, both ends.

    Parameters
    ----------
    total
        The area's figure of every column.
    """
    columns = list(ranking.columns)
    rows = [_standing_row(one, columns, note) for one in ranked]
    if len(rows) > ranking.most_rows:
        half = ranking.most_rows // 2
        between = heading_row(f"Các {noun} ở giữa không in", len(columns) + 4)
        rows = [*rows[:half], between, *rows[-half:]]
    cells = [figure_cell(total[name], "ranking/total", note) for name in columns]
    rows.append(TableRow(kind="total", cells=[*words("", "Chung"), *cells, *words("", "")]))
    figure_columns: list[Align] = ["figure"] * len(columns)
    return Table(
        id="ranking",
        header=header("Thứ hạng", noun.capitalize(), *ranking.columns.values(), "Hạng trước", "Thay đổi"),
        rows=rows,
        align=["number", "text", *figure_columns, "figure", "label"],
        note=_dashes(rows).strip(),
    )


def _standing_row(one: Standing, columns: Sequence[str], note: Note) -> TableRow:
    place = f"ranking/{one.part.key}"
    cells = [figure_cell(one.rank, place, note), TableCell(text=one.part.who)]
    measures = [*(one.part.now(name) for name in columns), one.before]
    cells += [figure_cell(measure, place, note, measure.text() or DASH) for measure in measures]
    return TableRow(cells=[*cells, figure_cell(one.moved, place, note, _movement(one.moved))])


def _movement(change: Measure) -> str:
    """A move in words, which a screen reader says and a grey print shows."""
    if change.value is None:
        return DASH
    places = int(change.value)
    if not places:
        return "không đổi"
    return f"{'tăng' if places > 0 else 'giảm'} {abs(places)} bậc"
