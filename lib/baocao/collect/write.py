"""The workbook a unit gets: instructions, a sheet for every form, lists of codes, the key; always the same bytes."""

import io
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from baocao.collect.asked import BEFORE, NOTHING, NOW, ORDINAL, AskedRow, AskedSheet, Computed, Place, Rule
from baocao.collect.key import GUIDE, KEY_SHEET, LISTS, Key, key_of
from baocao.collect.plan import Asked
from baocao.export.xlsx_sheet import LINE, SHADE, Formats, line_count, set_page
from baocao.export.xlsx_values import safe_text, sheet_name
from baocao.intake.one_stop import DATASET
from baocao.intake.register_cells import Value
from baocao.locale import format_date

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

#: Colour of the cells a person fills in, and of those that are marked when they come back.
INPUT, WRONG = "#FFF8D6", "#F8B4B4"
BEFORE_INK = "#6B6B6B"
#: Rows above the headings: keys of the columns (hidden), title, whose it is, how to fill it in, “nothing to report”.
KEYS_ROW, TITLE_ROW, WHOSE_ROW, HINT_ROW, NOTHING_ROW, HEADER_ROW = range(6)
#: Column of the rows' keys (hidden); the table begins right of it.
LEFT = 1
HINT = "Chỉ điền ô nền vàng. Ô trống: chưa điền; không phát sinh thì ghi 0. Không thêm, xóa hàng hoặc cột."
LIST_HINT = "Chỉ điền ô nền vàng, mỗi dòng một mục, từ dòng đầu. Không thêm, xóa cột."
NOTHING_TEXT = "Cả biểu không phát sinh: ghi X vào ô vàng bên phải và để trống bảng"
_HIGHEST_COUNT = 999_999_999
_SHOWN_ERRORS = {
    "count": (
        "Số nguyên từ 0",
        "Ghi số nguyên từ 0 trở lên, không có dấu chấm, dấu phẩy; chưa có số liệu thì để trống.",
    ),
    "number": ("Số", "Ghi số từ 0 trở lên; chưa có số liệu thì để trống."),
    "date": ("Ngày", "Ghi ngày, tháng, năm, ví dụ 15/03/2025."),
    "flag": ("Đánh dấu", "Ghi X, hoặc để trống."),
    "choice": ("Danh mục", "Chọn một mục trong danh sách."),
}


def to_workbook(asked: Asked, due: date | None) -> bytes:
    """The workbook of one unit.

    Parameters
    ----------
    due
        Last day to send it back, None where none is set.
    """
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    key = key_of(asked)
    with Workbook(buffer, options) as workbook:
        title = f"Phiếu thu thập số liệu {asked.period.label} – {asked.unit.name}"
        workbook.set_properties({"title": safe_text(title), "created": datetime.combine(asked.period.to_date, time())})
        writer = _Writer(workbook, asked, key)
        guide = workbook.add_worksheet(GUIDE)
        names = [writer.form(sheet) for sheet in asked.sheets]
        writer.guide(guide, title, names, due)
        writer.lists()
        writer.key()
    return buffer.getvalue()


def sheet_names(sheets: tuple[AskedSheet, ...]) -> list[str]:
    """What the sheets are called: as the form's label, or its title."""
    taken = {name.casefold() for name in (GUIDE, LISTS, KEY_SHEET)}
    names = []
    for sheet in sheets:
        names.append(sheet_name(sheet.title.partition(" – ")[0] or sheet.title, taken))
        taken.add(names[-1].casefold())
    return names


class _Writer:
    def __init__(self, workbook: "Workbook", asked: Asked, key: Key) -> None:
        self._workbook, self._asked, self._key = workbook, asked, key
        self._formats = Formats(workbook)
        self._names = dict(zip((sheet.id for sheet in asked.sheets), sheet_names(asked.sheets), strict=True))
        self._lists: list[tuple[str, tuple[str, ...]]] = []

    # -- instructions, lists of codes, key ----------------------------------------------------------------------------

    def guide(self, sheet: "Worksheet", title: str, names: list[str], due: date | None) -> None:
        """What to do, in a few lines."""
        asked = self._asked
        sent = (
            f"Gửi lại tệp này trước hết ngày {format_date(due)}." if due else "Gửi lại tệp này đúng thời hạn đã giao."
        )
        lines = [
            f"Đơn vị: {asked.unit.name}",
            f"Kỳ: {asked.period.label}, từ ngày {format_date(asked.period.from_date)} đến hết ngày "
            f"{format_date(asked.period.to_date)}",
            f"Các biểu phải điền: {'; '.join(names)}.",
            "Chỉ điền ô nền vàng. Ô trắng và ô xám đã khóa: tên dòng, số kỳ trước để đối chiếu, tổng và tỷ lệ tự tính.",
            "Ô trống nghĩa là chưa điền. Không phát sinh thì ghi 0; cả biểu không phát sinh thì ghi X ở đầu biểu.",
            "Số hồ sơ ghi bằng chữ số liền nhau (1234), không gõ dấu chấm, dấu phẩy, không ghi đơn vị tính.",
            "Ô có danh mục: chọn trong danh sách. Không dán ảnh, không gộp ô, không thêm hoặc xóa hàng, cột.",
            f"Không sửa trang “{KEY_SHEET}”; không chép trang tính sang tệp khác. Đặt tên tệp thế nào cũng được.",
            f"Lưu dạng .xlsx, không đặt mật khẩu. {sent}",
            "Phiếu có ô sai được gửi trả, ô sai tô đỏ kèm ghi chú; sửa ngay trên tệp ấy rồi gửi lại.",
        ]
        set_page(sheet, landscape=False)
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 0, 4)
        sheet.set_column(1, 1, 92)
        sheet.write_string(0, 1, safe_text(title), self._formats(bold=True, font_size=13, text_wrap=True))
        sheet.set_row(0, 2 * LINE + 4)
        for number, text in enumerate(lines, start=1):
            sheet.write_number(number, 0, number, self._formats(align="center", valign="top"))
            sheet.write_string(number, 1, safe_text(text), self._formats(text_wrap=True, valign="top"))
            sheet.set_row(number, LINE * line_count(text, 96) + 3)
        self._protect(sheet)
        sheet.activate()

    def lists(self) -> None:
        """Words of the drop-downs: longer lists than Excel takes in a cell's own rule."""
        if not self._lists:
            return
        sheet = self._workbook.add_worksheet(LISTS)
        heading = self._formats(bold=True, bg_color=SHADE, border=1, text_wrap=True)
        for column, (label, words) in enumerate(self._lists):
            sheet.set_column(column, column, 30)
            sheet.write_string(0, column, safe_text(label), heading)
            for row, word in enumerate(words, start=1):
                sheet.write_string(row, column, safe_text(word), self._formats(border=1, text_wrap=True))
        self._protect(sheet)

    def key(self) -> None:
        """The key sheet."""
        sheet = self._workbook.add_worksheet(KEY_SHEET)
        sheet.set_column(0, 1, 26)
        sheet.set_column(2, 2, 60)
        for row, cells in enumerate(self._key.lines(self._asked.unit.name)):
            for column, text in enumerate(cells):
                sheet.write_string(row, column, safe_text(text), self._formats())
        self._protect(sheet)

    def _protect(self, sheet: "Worksheet") -> None:
        # Without a password: the lock is against slips, and what is changed all the same is found when it comes back.
        sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": False})

    # -- a form -------------------------------------------------------------------------------------------------------

    def form(self, asked: AskedSheet) -> str:
        """Write the sheet of a form; its name."""
        name = self._names[asked.id]
        sheet = self._workbook.add_worksheet(name)
        self._above(sheet, asked)
        top = HEADER_ROW + asked.header_rows
        places = _places(asked, top)
        self._header(sheet, asked)
        for number, row in enumerate(asked.rows):
            self._row(sheet, asked, row, top + number, places)
        self._validations(sheet, asked, top)
        words = next((n for n, (key, _) in enumerate(asked.layout) if asked.by_key[key].rule is not None), 0)
        sheet.freeze_panes(top, LEFT + words if words <= 3 else LEFT)
        set_page(sheet, landscape=True)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW, top - 1)
        sheet.set_selection(top, LEFT + words, top, LEFT + words)
        self._protect(sheet)
        return name

    def _above(self, sheet: "Worksheet", asked: AskedSheet) -> None:
        unit, period = self._asked.unit, self._asked.period
        for place, (key, time_) in enumerate(asked.layout):
            sheet.write_string(KEYS_ROW, LEFT + place, f"{time_}:{key}", self._formats())
            width = asked.by_key[key].width
            sheet.set_column(LEFT + place, LEFT + place, max(7, width - 1) if time_ == BEFORE else width)
        sheet.write_string(KEYS_ROW, 0, self._key.stamp(asked.id), self._formats())
        sheet.set_row(KEYS_ROW, None, None, {"hidden": True})
        sheet.set_column(0, 0, None, None, {"hidden": True})
        dates = f"từ ngày {format_date(period.from_date)} đến hết ngày {format_date(period.to_date)}"
        texts: dict[int, tuple[str, dict[str, Any]]] = {
            TITLE_ROW: (asked.title, {"bold": True, "font_size": 12}),
            WHOSE_ROW: (f"{unit.name} – {period.label}, {dates}", {"bold": True}),
            HINT_ROW: (_hint(asked), {"italic": True}),
        }
        for row, (text, look) in texts.items():
            sheet.write_string(row, LEFT, safe_text(text), self._formats(**look))
        if asked.may_be_nothing:
            sheet.write_string(NOTHING_ROW, 0, NOTHING, self._formats())
            column = nothing_column(asked)
            sheet.merge_range(
                NOTHING_ROW, LEFT, NOTHING_ROW, column - 1, NOTHING_TEXT, self._formats(italic=True, text_wrap=True)
            )
            sheet.set_row(NOTHING_ROW, 2 * LINE)
            sheet.write_blank(NOTHING_ROW, column, None, self._input(Rule("flag")))
            self._flag_list(sheet, NOTHING_ROW, column, NOTHING_ROW, column)

    def _header(self, sheet: "Worksheet", asked: AskedSheet) -> None:
        look = {"align": "center", "border": 1, "text_wrap": True, "bold": True, "bg_color": SHADE}
        heights = [1] * asked.header_rows
        for heading in asked.header:
            cell, row, column = heading.cell, HEADER_ROW + heading.row, LEFT + heading.column
            if (cell.rows, cell.columns) != (1, 1):
                sheet.merge_range(
                    row, column, row + cell.rows - 1, column + cell.columns - 1, "", self._formats(**look)
                )
            sheet.write_string(row, column, safe_text(cell.text), self._formats(**look))
            span = asked.layout[heading.column : heading.column + cell.columns]
            lines = line_count(cell.text, sum(asked.by_key[key].width for key, _ in span) - 1)
            last = heading.row + cell.rows - 1
            heights[last] = max(heights[last], lines - sum(heights[heading.row : last]))
        for row, lines in enumerate(heights):
            sheet.set_row(HEADER_ROW + row, LINE * lines + 2)

    def _row(self, sheet: "Worksheet", asked: AskedSheet, row: AskedRow, at: int, places: Mapping[Place, str]) -> None:
        sheet.write_string(at, 0, row.key, self._formats())
        lines = 1
        for place, (key, time_) in enumerate(asked.layout):
            column, rule = LEFT + place, asked.rule(row, key)
            if time_ == BEFORE:
                _write(sheet, at, column, asked.before.get((row.key, key)), self._earlier(asked, row, key))
            elif rule is None:
                text = row.texts.get(key, "")
                _write(sheet, at, column, text or None, self._words(row, key))
                lines = max(lines, line_count(text, asked.by_key[key].width))
            elif rule.computed is not None:
                sheet.write_formula(at, column, _formula(rule.computed, places), self._computed(rule, row.key), "")
            else:
                sheet.write_blank(at, column, None, self._input(rule))
        if lines > 1:
            sheet.set_row(at, LINE * lines)

    def _words(self, row: AskedRow, key: str) -> Any:
        bold = {"bold": True} if row.heading or (row.rules and row.key == "total") else {}
        align = {"align": "center"} if key in (ORDINAL, "code") else {}
        return self._formats(border=1, text_wrap=True, **bold, **align)

    def _input(self, rule: Rule) -> Any:
        look: dict[str, Any] = {"border": 1, "bg_color": INPUT, "locked": False}
        match rule.kind:
            case "count":
                look |= {"num_format": "#,##0", "align": "right"}
            case "number":
                look |= {"align": "right"}
            case "date":
                look |= {"num_format": "dd/mm/yyyy", "align": "center"}
            case "flag":
                look |= {"align": "center"}
            case _:
                look |= {"text_wrap": True, "num_format": "@"}
        return self._formats(**look)

    def _computed(self, rule: Rule, row: str) -> Any:
        decimals = rule.computed.decimals if rule.computed else 0
        number = "#,##0" if rule.kind == "count" else "#,##0." + "0" * decimals if decimals else "General"
        bold = {"bold": True} if row == "total" else {}
        return self._formats(border=1, bg_color=SHADE, align="right", num_format=number, **bold)

    def _earlier(self, asked: AskedSheet, row: AskedRow, key: str) -> Any:
        value = asked.before.get((row.key, key))
        number = "dd/mm/yyyy" if isinstance(value, date) else "#,##0" if isinstance(value, int) else "General"
        align = "left" if isinstance(value, str) else "right"
        return self._formats(
            border=1, font_color=BEFORE_INK, italic=True, align=align, num_format=number, text_wrap=align == "left"
        )

    # -- what may be typed --------------------------------------------------------------------------------------------

    def _validations(self, sheet: "Worksheet", asked: AskedSheet, top: int) -> None:
        """One rule for every run of cells of a column that have the same."""
        for place, (key, time_) in enumerate(asked.layout):
            rules = [asked.rule(row, key) if time_ == NOW else None for row in asked.rows]
            start = 0
            for end in range(1, len(rules) + 1):
                if end < len(rules) and rules[end] == rules[start]:
                    continue
                rule = rules[start]
                if rule is not None and rule.computed is None:
                    cells = (top + start, LEFT + place, top + end - 1, LEFT + place)
                    self._validate(sheet, cells, asked.by_key[key].label, rule)
                start = end

    def _validate(self, sheet: "Worksheet", cells: tuple[int, int, int, int], label: str, rule: Rule) -> None:
        if rule.kind == "text":
            return
        title, message = _SHOWN_ERRORS[rule.kind]
        shown: dict[str, Any] = {"error_title": title, "error_message": message}
        match rule.kind:
            case "count":
                limits = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": _HIGHEST_COUNT}
            case "number":
                limits = {"validate": "decimal", "criteria": ">=", "value": 0}
            case "date":
                limits = {"validate": "date", "criteria": "between"}
                limits |= {"minimum": date(1945, 1, 1), "maximum": date(2199, 12, 31)}
            case "flag":
                self._flag_list(sheet, *cells)
                return
            case _:
                limits = {"validate": "list", "source": self._source(label, tuple(rule.choices.values()))}
                if rule.multiple:
                    shown = {"error_type": "information", "error_title": "Nhiều mục"}
                    shown["error_message"] = "Được ghi nhiều mục của danh mục, cách nhau bằng dấu chấm phẩy."
        sheet.data_validation(*cells, {**limits, **shown})

    def _flag_list(self, sheet: "Worksheet", row: int, column: int, last_row: int, last_column: int) -> None:
        title, message = _SHOWN_ERRORS["flag"]
        rule = {"validate": "list", "source": ["X"], "error_title": title, "error_message": message}
        sheet.data_validation(row, column, last_row, last_column, rule)

    def _source(self, label: str, words: tuple[str, ...]) -> str:
        """Where the words of a drop-down stand."""
        from xlsxwriter.utility import xl_col_to_name

        known = [listed for _, listed in self._lists]
        if words not in known:
            self._lists.append((label, words))
            known.append(words)
        column = xl_col_to_name(known.index(words), col_abs=True)
        return f"='{LISTS}'!{column}$2:{column}${len(words) + 1}"


def _hint(asked: AskedSheet) -> str:
    if asked.dataset == asked.id:
        return LIST_HINT
    return f"Đơn vị tính: hồ sơ. {HINT}" if asked.dataset == DATASET else HINT


def nothing_column(asked: AskedSheet) -> int:
    """Column of the cell in which a unit says that it has nothing to report."""
    first = next(place for place, (key, _) in enumerate(asked.layout) if asked.by_key[key].rule is not None)
    # The words before it need room; in a narrow table that is only there further right.
    return LEFT + max(first, 3 if len(asked.layout) > 4 else first)


def _places(asked: AskedSheet, top: int) -> dict[Place, str]:
    from xlsxwriter.utility import xl_rowcol_to_cell

    return {
        (row.key, key): str(xl_rowcol_to_cell(top + number, LEFT + place))
        for number, row in enumerate(asked.rows)
        for place, (key, time_) in enumerate(asked.layout)
        if time_ == NOW
    }


def _formula(computed: Computed, places: Mapping[Place, str]) -> str:
    """A blank where nothing is filled in, so that what is not known does not read 0."""
    plus, minus, of = ([places[place] for place in group] for group in (computed.cells, computed.minus, computed.of))
    above = _sum(plus) + (f"-{_sum(minus)}" if minus else "")
    every = ",".join(_ranges([*plus, *minus]))
    if of:
        under = _sum(of)
        return f'=IF(OR(COUNT({every})=0,N({under})=0),"",ROUND(100*({above})/{under},{computed.decimals}))'
    return f'=IF(COUNT({every})=0,"",{above})'


def _sum(cells: list[str]) -> str:
    return f"SUM({','.join(_ranges(cells))})"


def _ranges(cells: list[str]) -> list[str]:
    """Cells below each other as one range: a function takes no more than 255 arguments."""
    from xlsxwriter.utility import xl_cell_to_rowcol, xl_range

    found: list[list[tuple[int, int]]] = []
    for place in sorted(map(xl_cell_to_rowcol, cells), key=lambda cell: (cell[1], cell[0])):
        if found and place[1] == found[-1][-1][1] and place[0] == found[-1][-1][0] + 1:
            found[-1].append(place)
        else:
            found.append([place])
    return [str(xl_range(*run[0], *run[-1])) for run in found]


def _write(sheet: "Worksheet", row: int, column: int, value: Value, look: Any) -> None:
    match value:
        case None:
            sheet.write_blank(row, column, None, look)
        case bool() | str():
            sheet.write_string(row, column, safe_text(str(value)), look)
        case int():
            sheet.write_number(row, column, value, look)
        case Decimal():
            sheet.write_number(row, column, float(value), look)
        case date():
            sheet.write_datetime(row, column, datetime.combine(value, time()), look)
