"""What a filled cell says; where it says nothing certain, why, in words for the sender."""

import re
from datetime import date, datetime, time
from decimal import Decimal

from baocao.collect.asked import Rule
from baocao.intake.counts import BLANKS, parse_number
from baocao.intake.readers import Cell
from baocao.intake.register_cells import Value, day_of, is_marked
from baocao.locale import clean, fold

_GROUPS = re.compile(r"[1-9]\d{0,2}(?:(?P<mark>[.,  ])\d{3})(?:(?P=mark)\d{3})*", re.ASCII)
_PLAIN = re.compile(r"-?\d+", re.ASCII)
_BOTH = re.compile(r"-?[1-9]\d{0,2}(?:(?:\.\d{3})+,\d+|(?:,\d{3})+\.\d+)", re.ASCII)
_DECIMAL = re.compile(r"-?\d+[.,]\d+", re.ASCII)
_LARGEST = 2**63
WHOLE = "số nguyên từ 0 trở lên, chữ số liền nhau, ví dụ 1234"
LONGEST_TEXT = 4000


def read_cell(rule: Rule, cell: Cell) -> Value:
    """The value of a cell as it is stored; None for a blank.

    A number typed as text is taken where it can only mean one thing: “1.234” and “1,234” are the count 1234, since no
    count has decimals; where decimals are possible the same text may be either, and is refused.

    Raises
    ------
    ValueError
        In Vietnamese, with what to write instead.
    """
    if cell is None or (isinstance(cell, str) and clean(cell) in BLANKS):
        return None
    match rule.kind:
        case "count":
            return _count(cell)
        case "number":
            return _number(cell)
        case "date":
            return _day(cell)
        case "flag":
            return _flag(cell)
        case "choice":
            return _choice(rule, cell)
        case "text":
            return _text(cell)


def _count(cell: Cell) -> int:
    if isinstance(cell, bool | date | time) or not isinstance(cell, int | float | str):
        raise ValueError(f"Ô đang là ngày tháng hoặc giá trị đúng/sai; ghi {WHOLE}")
    if isinstance(cell, str):
        text = clean(cell)
        if _GROUPS.fullmatch(text):
            cell = int(re.sub(r"\D", "", text))
        elif _PLAIN.fullmatch(text):
            cell = int(text)
        else:
            raise ValueError(f"“{_short(text)}” không phải số hồ sơ; ghi {WHOLE}")
    if not (isinstance(cell, int) or cell.is_integer()):
        raise ValueError(f"“{_vietnamese(cell)}” có phần lẻ; ghi {WHOLE}")
    if cell < 0:
        raise ValueError(f"“{int(cell)}” là số âm; ghi {WHOLE}")
    if cell >= _LARGEST:
        raise ValueError(f"Số quá lớn; ghi {WHOLE}")
    return int(cell)


def _number(cell: Cell) -> Decimal:
    if isinstance(cell, bool | date | time) or not isinstance(cell, int | float | str):
        raise ValueError("Ô đang là ngày tháng hoặc giá trị đúng/sai; ghi một số, ví dụ 12,5")
    if isinstance(cell, str):
        text = clean(cell).removesuffix("%").rstrip()
        groups = _GROUPS.fullmatch(text)
        if groups and len(re.sub(r"\d", "", text)) == 1:
            raise ValueError(
                f"“{_short(text)}” có thể là số nghìn hoặc số lẻ; gõ lại bằng số, không dấu phân cách nghìn"
            )
        if groups:
            text = re.sub(r"\D", "", text)
        elif _BOTH.fullmatch(text):
            decimal = max(text.rfind("."), text.rfind(","))
            text = re.sub(r"[.,]", "", text[:decimal]) + "." + text[decimal + 1 :]
        elif _DECIMAL.fullmatch(text):
            text = text.replace(",", ".")
        elif not _PLAIN.fullmatch(text):
            raise ValueError(f"“{_short(text)}” không phải số; ghi một số, ví dụ 12,5")
        number = Decimal(text)
    else:
        try:
            parsed = parse_number(cell)
        except ValueError:
            parsed = None
        if parsed is None:
            raise ValueError("Số có quá nhiều chữ số; ghi một số, ví dụ 12,5")
        number = parsed
    if number < 0:
        raise ValueError(f"“{number}” là số âm; ghi số từ 0 trở lên")
    if number.adjusted() >= 15:
        raise ValueError("Số có quá nhiều chữ số; ghi một số, ví dụ 12,5")
    return number


def _day(cell: Cell) -> date | None:
    try:
        return day_of(cell)
    except ValueError:
        raise ValueError(f"“{_short(str(cell))}” không phải ngày; ghi ngày, tháng, năm, ví dụ 15/03/2025") from None


def _flag(cell: Cell) -> bool:
    try:
        return is_marked(cell)
    except ValueError:
        raise ValueError(f"“{_short(str(cell))}” không rõ; ghi X hoặc để trống") from None


def _choice(rule: Rule, cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    words = {fold(word): code for code, word in rule.choices.items()} | {fold(code): code for code in rule.choices}
    parts = [part for part in str(cell).split(";") if clean(part)] if rule.multiple else [str(cell)]
    found = []
    for part in parts:
        if fold(part) not in words:
            raise ValueError(
                f"“{_short(clean(part))}” không có trong danh mục; chọn: {', '.join(rule.choices.values())}"
            )
        found.append(words[fold(part)])
    return "; ".join(code for code in rule.choices if code in found)


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        raise ValueError("Ô đang là giá trị đúng/sai; ghi bằng chữ")
    if isinstance(cell, datetime | date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = clean(str(cell))
    if text.startswith("="):
        raise ValueError("Ô bắt đầu bằng dấu = nên giống công thức; ghi bằng chữ")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"Ô dài quá {LONGEST_TEXT} ký tự; ghi ngắn lại")
    return text


def _vietnamese(number: float) -> str:
    return f"{number:g}".replace(".", ",")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
