"""What a filled sheet says: cells found by the keys of their rows and columns, wherever they were moved to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from baocao.collect.asked import (
    NOTHING,
    NOW,
    SPARE,
    TOTAL,
    AskedRow,
    AskedSheet,
    Computed,
    Place,
    Rule,
    number_at,
)
from baocao.collect.cells import read_cell
from baocao.collect.one_stop_sheet import with_sums
from baocao.collect.received import Received, ReceivedSheet
from baocao.collect.write import NOTHING_TEXT
from baocao.forms.formulas import recompute
from baocao.intake.one_stop import DATASET
from baocao.intake.readers import Cell
from baocao.intake.register_cells import Value
from baocao.locale import clean, fold, format_number

NOT_FILLED = "Biểu chưa điền ô nào; có số liệu thì điền, cả biểu không phát sinh thì ghi X vào ô vàng phía trên bảng"


@dataclass(frozen=True)
class CellProblem:
    """What is wrong in a workbook, for its sender; `row` and `column` count from 1, None means the sheet as a whole."""

    sheet: str
    row: int | None
    column: int | None
    text: str


@dataclass
class FilledRow:
    """A row somebody filled in.

    Attributes
    ----------
    at
        Row of the sheet, counted from 1.
    names
        Words that say what it is about, by column.
    computed
        What follows from its values, by column.
    """

    asked: AskedRow
    at: int
    names: dict[str, str]
    values: dict[str, Value] = field(default_factory=dict)
    computed: dict[str, Decimal] = field(default_factory=dict)


@dataclass
class FilledSheet:
    """A sheet as it came back.

    Attributes
    ----------
    title
        What it is called now.
    nothing
        Whether the unit says that it has nothing to report.
    places
        Column of the sheet by key, counted from 1.
    """

    asked: AskedSheet
    title: str
    rows: list[FilledRow] = field(default_factory=list)
    nothing: bool = False
    places: dict[str, int] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)

    def say(self, row: int | None, column: int | None, text: str) -> None:
        """Note a problem, one for a cell."""
        if row is None or (row, column) not in {(problem.row, problem.column) for problem in self.problems}:
            self.problems.append(CellProblem(self.title, row, column, text))


def read_filled(received: Received, asked: AskedSheet) -> FilledSheet:
    """The values of a sheet, and everything that is wrong with it."""
    sheet = received.sheets.get(asked.id)
    if sheet is None:
        title = asked.title.partition(" – ")[0]
        missing = FilledSheet(asked, title)
        missing.say(None, None, f"Thiếu trang của biểu “{title}”: trang bị xóa, hoặc hàng ẩn đầu trang bị sửa")
        return missing
    return _Reader(received, sheet, asked).read()


class _Reader:
    def __init__(self, received: Received, sheet: ReceivedSheet, asked: AskedSheet) -> None:
        self._received, self._sheet, self._asked = received, sheet, asked
        self._filled = FilledSheet(asked, sheet.title)
        self._values: dict[Place, Value] = {}
        self._there: dict[str, AskedRow] = {}

    def read(self) -> FilledSheet:
        filled = self._filled
        if not self._find_columns():
            return filled
        known: dict[str, int] = {}
        last = len(self._sheet.rows)
        keys = {number: key for number in range(1, last + 1) if (key := self._sheet.text(number, 1))}
        table = [number for number, key in keys.items() if self._row_of(key) is not None]
        if not table:
            filled.say(None, None, "Cột ẩn đầu trang bị xóa nên không rõ dòng nào; chép số liệu sang phiếu đã được gửi")
            return filled
        for at in range(1, last + 1):
            key = keys.get(at, "")
            if key == NOTHING:
                self._nothing(at)
            elif key and (row := self._row_of(key)) is not None:
                if known.setdefault(key, at) != at:
                    self._refuse_filled(at, f"Dòng lặp lại dòng {known[key]}; xóa một trong hai")
                elif not row.heading:
                    self._row(row, at)
            elif at > table[0]:
                self._stranger(at)
        self._finish(known)
        return filled

    # -- where things stand -------------------------------------------------------------------------------------------

    def _find_columns(self) -> bool:
        """Columns by their hidden keys; a column that is gone or stands twice makes the sheet unreadable."""
        found: dict[str, list[int]] = {}
        keys = [self._sheet.text(1, column) for column in range(1, len(self._sheet.rows[0]) + 1)]
        for column, key in enumerate(keys, start=1):
            time, _, name = key.partition(":")
            if time == NOW:
                found.setdefault(name, []).append(column)
        for key, time in self._asked.layout:
            if time == NOW and len(found.get(key, ())) != 1:
                gone = "bị xóa" if key not in found else "bị chép thành hai"
                label = self._asked.by_key[key].label
                self._filled.say(None, None, f"Cột “{label}” {gone}; chép số liệu sang phiếu đã được gửi")
        self._filled.places = {key: columns[0] for key, columns in found.items()}
        self._keyed = {column for column, key in enumerate(keys, start=1) if key}
        self._last = max(self._keyed, default=0)
        return not self._filled.problems

    def _row_of(self, key: str) -> AskedRow | None:
        """The row of a key; fields are named by their key, since the list may have changed meanwhile."""
        if key in self._asked.rows_by_key:
            return self._asked.rows_by_key[key]
        if self._asked.dataset != DATASET:
            return AskedRow(key) if key.startswith(SPARE) else None
        if key.startswith((SPARE, "p|", "f|")):
            return with_sums(AskedRow(key, {"name": key[2:]} if key.startswith("f|") else {}), self._asked.columns)
        return None

    @cached_property
    def _merged(self) -> Mapping[tuple[int, int], str]:
        """First cells of merged ranges, each with the range; of the others nothing is kept in a file."""
        from openpyxl.utils import get_column_letter

        return {
            (top, left): f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}"
            for top, left, bottom, right in self._sheet.merged
        }

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _row(self, row: AskedRow, at: int) -> None:
        filled = FilledRow(row, at, {})
        self._there[row.key] = row
        for key, column in self._filled.places.items():
            rule = self._asked.rule(row, key) if key in self._asked.by_key else None
            if rule is None:
                self._fixed(filled, key, at, column)
            elif rule.computed is None:
                value = self._value(rule, at, column)
                if value is not None:
                    filled.values[key] = value
                    self._values[row.key, key] = value
        self._beside(at)
        if row.key != TOTAL:
            self._filled.rows.append(filled)

    def _fixed(self, filled: FilledRow, key: str, at: int, column: int) -> None:
        """Locked words; where they were typed over, nobody knows what the figures beside them are about."""
        found = self._sheet.text(at, column)
        expected = filled.asked.texts.get(key, "")
        filled.names[key] = expected or found
        if key in ("name", "field", "label") and expected and fold(found) != fold(expected):
            self._filled.say(at, column, f"Tên dòng đã bị sửa; dòng này là “{expected}”")

    def _value(self, rule: Rule, at: int, column: int) -> Value:
        try:
            return read_cell(rule, self._cell(at, column))
        except ValueError as error:
            self._filled.say(at, column, str(error))
            return None

    def _cell(self, at: int, column: int) -> Cell:
        """What stands in a cell; of a pasted formula its stored result."""
        value, kind = self._sheet.at(at, column)
        if value is not None and (at, column) in self._merged:
            raise ValueError(
                f"Ô bị gộp ({self._merged[at, column]}) nên không rõ số của ô nào; bỏ gộp ô rồi ghi từng ô"
            )
        if kind == "f":
            if "[" in str(value):
                raise ValueError("Ô có công thức lấy số từ tệp khác; ghi số vào ô")
            result = self._received.results[self._sheet.title].cell(at, column)
            value, kind = result.value, result.data_type
            if value is None:
                raise ValueError("Công thức trong ô chưa được tính; ghi số vào ô")
        if kind == "e":
            raise ValueError(f"Ô báo lỗi {value}; ghi lại số")
        return value

    def _beside(self, at: int) -> None:
        """What stands in a column put in between belongs to no column of the form."""
        for column in range(2, self._last):
            if column not in self._keyed and self._sheet.text(at, column):
                self._filled.say(at, column, "Cột chèn thêm vào giữa bảng; xóa cột này và ghi số vào ô vàng")

    def _stranger(self, at: int) -> None:
        """A row without a key: of a list one more entry, of a form nobody knows which row."""
        rules = {key: self._asked.by_key[key].rule for key in self._filled.places if key in self._asked.by_key}
        kinds = {
            rule.kind
            for key, rule in rules.items()
            if rule is not None and rule.computed is None and self._sheet.text(at, self._filled.places[key])
        }
        if kinds and self._asked.dataset == self._asked.id:
            self._row(AskedRow(f"{SPARE}row{at}"), at)
        elif kinds - {"text"}:  # words alone are a remark under the table
            self._refuse_filled(at, "Hàng chèn thêm nên không rõ của dòng nào; ghi vào dòng có sẵn rồi xóa hàng này")

    def _refuse_filled(self, at: int, text: str) -> None:
        for column in self._filled.places.values():
            if self._sheet.text(at, column):
                self._filled.say(at, column, text)

    def _nothing(self, at: int) -> None:
        for column in range(2, len(self._sheet.rows[at - 1]) + 1):
            told = self._sheet.text(at, column)
            if told and told != clean(NOTHING_TEXT) and self._value(Rule("flag"), at, column):
                self._filled.nothing = True
                self._nothing_at = (at, column)

    # -- the sheet as a whole -----------------------------------------------------------------------------------------

    def _finish(self, known: Mapping[str, int]) -> None:
        filled, asked = self._filled, self._asked
        filled.rows = [row for row in filled.rows if row.values]
        missing = [row.key for row in asked.rows if row.key not in known and not row.heading]
        if missing and asked.dataset not in (DATASET, asked.id):
            filled.say(None, None, f"Thiếu {len(missing)} dòng của biểu; chép số liệu sang phiếu đã được gửi")
        if filled.nothing and filled.rows:
            text = "Đã ghi không phát sinh (X) nhưng trong bảng có số liệu; bỏ X hoặc xóa số liệu"
            filled.say(*self._nothing_at, text)
        elif not (filled.rows or filled.nothing or filled.problems):
            at, column = self._first_input(known)
            filled.say(at, column, NOT_FILLED)
        self._check_names()
        self._check_entries()
        self._check_computed(known)

    def _first_input(self, known: Mapping[str, int]) -> tuple[int | None, int | None]:
        for row in self._asked.rows:
            for key, column in self._filled.places.items():
                rule = self._asked.rule(row, key)
                if row.key in known and rule is not None and rule.computed is None and rule.kind != "text":
                    return known[row.key], column
        return None, None

    def _check_names(self) -> None:
        """Figures need a name, and of one name there is one row."""
        if self._asked.dataset != DATASET:
            return
        names = [column for column in self._asked.columns if column.stored in ("unit", "field", "procedure")]
        seen: dict[tuple[str, ...], int] = {}
        for row in self._filled.rows:
            for column in names:
                if column.key in row.values:
                    row.names[column.key] = str(row.values.pop(column.key))
            figures = bool(row.values)
            for column in names:
                if figures and not row.names.get(column.key):
                    label = column.label.lower()
                    self._filled.say(row.at, self._filled.places[column.key], f"Dòng có số liệu nhưng chưa ghi {label}")
            name = tuple(fold(row.names.get(column.key, "")) for column in names)
            first = seen.setdefault(name, row.at)
            if all(name) and first != row.at:
                text = f"Tên này đã có ở dòng {first}; gộp số liệu vào một dòng"
                self._filled.say(row.at, self._filled.places["name"], text)
        self._filled.rows = [row for row in self._filled.rows if row.values]

    def _check_entries(self) -> None:
        """Entries of a list: what must be there, and what may be there once."""
        seen: dict[tuple[str, ...], int] = {}
        for row in self._filled.rows:
            name = tuple(fold(str(row.values.get(key, ""))) for key in self._asked.unique)
            if name and (first := seen.setdefault(name, row.at)) != row.at:
                text = f"Mục này đã có ở dòng {first}; bỏ một trong hai"
                self._filled.say(row.at, self._filled.places[self._asked.unique[0]], text)
            for column in self._asked.columns:
                if column.rule is not None and column.rule.required and column.key not in row.values:
                    text = f"Chưa ghi “{column.label}”; cột này bắt buộc với mỗi dòng đã điền"
                    self._filled.say(row.at, self._filled.places[column.key], text)

    def _check_computed(self, known: Mapping[str, int]) -> None:
        """Locked cells somebody typed over must say what the cells they add up say."""
        rows = {row.asked.key: row for row in self._filled.rows}
        for row, key, computed in self._computed_cells():
            at, column = known[row.key], self._filled.places[key]
            found, kind = self._sheet.at(at, column)
            value = compute(computed, self._values)
            if value is not None:
                self._values[row.key, key] = value
                if row.key in rows:
                    rows[row.key].computed[key] = value
            if kind == "f" or found in (None, ""):
                continue
            try:
                typed = read_cell(Rule("number"), found)
            except ValueError as error:
                self._filled.say(at, column, str(error))
                continue
            if typed != value:
                shown = "để trống" if value is None else format_number(value, keep_zeros=False)
                text = f"Ô tự tính bị gõ đè: ghi {found}, tính từ ô vàng là {shown}; xóa số gõ đè hoặc sửa ô vàng"
                self._filled.say(at, column, text)

    def _computed_cells(self) -> Iterator[tuple[AskedRow, str, Computed]]:
        """Sums before the shares of them, rows before the total of all."""
        rows = sorted(self._there.values(), key=lambda row: row.key == TOTAL)
        for share in (False, True):
            for row in rows:
                for key in self._filled.places:
                    rule = self._asked.rule(row, key) if key in self._asked.by_key else None
                    if rule is not None and rule.computed is not None and bool(rule.computed.of) == share:
                        yield row, key, rule.computed


def compute(computed: Computed, values: Mapping[Place, Value]) -> Decimal | None:
    """What a computed cell says; None where nothing is filled in, or for a share of nothing."""
    every = [number_at(values, place) for place in (*computed.cells, *computed.minus)]
    if all(number is None for number in every):
        return None
    above = _sum(values, computed.cells) - _sum(values, computed.minus)
    if not computed.of:
        return above
    return recompute([above], [_sum(values, computed.of)], computed.decimals)


def _sum(values: Mapping[Place, Value], places: Sequence[Place]) -> Decimal:
    return sum((number for place in places if (number := number_at(values, place)) is not None), Decimal())
