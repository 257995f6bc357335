"""The key of a workbook: whose it is, for when, of which forms; the file's name says nothing and may be any."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from baocao.collect.plan import Asked
from baocao.locale import clean, format_date

#: First cell of the key sheet, and how the first cell of a form's sheet begins.
MARK, STAMP = "baocao-collect", "baocao-sheet"
KEY_SHEET, GUIDE, LISTS = "Khóa", "Hướng dẫn", "Danh mục"
_PART = "|"


class WrongKeyError(ValueError):
    """A key that says nothing or contradicts itself; its text is what the sender reads."""


@dataclass(frozen=True)
class Key:
    """Whose workbook it is.

    Attributes
    ----------
    forms
        Id and version of every form in it.
    """

    unit: str
    period: str
    from_date: date
    to_date: date
    forms: tuple[tuple[str, str], ...]

    @property
    def check(self) -> str:
        """A sum over the key: a unit or period typed over does not fit it any more."""
        told = [self.unit, self.period, self.from_date.isoformat(), self.to_date.isoformat()]
        told += [f"{form}@{version}" for form, version in self.forms]
        return hashlib.sha256(_PART.join(told).encode()).hexdigest()[:12]

    def stamp(self, form: str) -> str:
        """First cell of a form's sheet: a sheet moved into another workbook gives itself away."""
        return _PART.join((STAMP, form, self.unit, self.period, self.check))

    def lines(self, unit_name: str) -> list[tuple[str, str, str]]:
        """Key, value and what a person calls it, as the key sheet lists them."""
        return [
            (MARK, "1", "Phiếu thu thập số liệu; không sửa trang tính này"),
            ("unit", self.unit, unit_name),
            ("period", self.period, "Kỳ báo cáo"),
            ("from", self.from_date.isoformat(), f"Từ ngày {format_date(self.from_date)}"),
            ("to", self.to_date.isoformat(), f"Đến ngày {format_date(self.to_date)}"),
            *((f"form:{form}", version, "Biểu và phiên bản của biểu") for form, version in self.forms),
            ("check", self.check, "Mã kiểm tra"),
        ]


def key_of(asked: Asked) -> Key:
    """The key of the workbook of a unit."""
    period = asked.period
    forms = tuple((sheet.id, sheet.version) for sheet in asked.sheets)
    return Key(asked.unit.code, str(period.id), period.from_date, period.to_date, forms)


def read_key(rows: Sequence[Sequence[object]]) -> Key:
    """The key from the cells of its sheet.

    Raises
    ------
    WrongKeyError
        In Vietnamese, if a line is missing or the check sum does not fit.
    """
    cells = {clean(str(row[0])): clean(str(row[1])) for row in rows if len(row) > 1 and row[0] is not None}
    try:
        key = Key(
            unit=cells["unit"],
            period=cells["period"],
            from_date=date.fromisoformat(cells["from"][:10]),
            to_date=date.fromisoformat(cells["to"][:10]),
            forms=tuple(
                (name.removeprefix("form:"), version) for name, version in cells.items() if name.startswith("form:")
            ),
        )
        check = cells["check"]
    except (KeyError, ValueError):
        raise WrongKeyError(
            f"Trang “{KEY_SHEET}” bị xóa bớt dòng hoặc sai ngày nên không rõ phiếu của đơn vị nào, kỳ nào; "
            "chép số liệu sang phiếu đã được gửi"
        ) from None
    if check != key.check:
        raise WrongKeyError(
            f"Trang “{KEY_SHEET}” đã bị sửa (mã kiểm tra không khớp): có thể là phiếu của đơn vị khác, kỳ khác; "
            "chép số liệu sang phiếu đã được gửi cho đơn vị mình"
        )
    return key
