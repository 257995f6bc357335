"""What a filled cell says, and what is returned because it may say two things."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from baocao.collect.asked import Computed, Rule
from baocao.collect.cells import read_cell
from baocao.collect.filled import compute
from baocao.intake.readers import Cell
from baocao.intake.register_cells import Value

COUNT, NUMBER, DAY, FLAG, TEXT = Rule("count"), Rule("number"), Rule("date"), Rule("flag"), Rule("text")
CHOICE = Rule("choice", {"issued": "Ban hành trong kỳ", "cited": "Viện dẫn"})
SEVERAL = Rule("choice", CHOICE.choices, multiple=True)


@pytest.mark.parametrize(
    ("rule", "cell", "value"),
    [
        (COUNT, None, None),
        (COUNT, " – ", None),
        (COUNT, 0, 0),
        (COUNT, "0", 0),
        (COUNT, 12.0, 12),
        (COUNT, "1.234", 1234),
        (COUNT, "1,234", 1234),
        (COUNT, "1 234 567", 1234567),
        (COUNT, "12.345.678", 12345678),
        (NUMBER, "12,5", Decimal("12.5")),
        (NUMBER, "12.5", Decimal("12.5")),
        (NUMBER, "73,98%", Decimal("73.98")),
        (NUMBER, 0.1, Decimal("0.1")),
        (NUMBER, "1.234,5", Decimal("1234.5")),
        (NUMBER, "1,234.5", Decimal("1234.5")),
        (NUMBER, "1.234.567", Decimal(1234567)),
        (NUMBER, 1234, Decimal(1234)),
        (DAY, datetime(2020, 3, 4), date(2020, 3, 4)),  # noqa: DTZ001 -- a cell has no zone
        (DAY, "04/3/2020", date(2020, 3, 4)),
        (DAY, 43894.5, date(2020, 3, 4)),  # a day with its time, shown as a number
        (FLAG, True, True),
        (FLAG, "x", True),
        (FLAG, "không", False),
        (TEXT, 12.0, "12"),
        (TEXT, " a\u00a0b\n", "a b"),
        (CHOICE, "VIỆN DẪN", "cited"),
        (CHOICE, "issued", "issued"),
        (SEVERAL, "Viện dẫn; Ban hành trong kỳ", "issued; cited"),
    ],
)
def test_what_can_mean_only_one_thing_is_taken(rule: Rule, cell: Cell, value: object) -> None:
    assert read_cell(rule, cell) == value


@pytest.mark.parametrize(
    ("rule", "cell", "said"),
    [
        (COUNT, "12,5", "không phải số hồ sơ"),
        (COUNT, "1.23", "không phải số hồ sơ"),
        (COUNT, "1.234,5", "không phải số hồ sơ"),
        (COUNT, "1,234.567", "không phải số hồ sơ"),
        (COUNT, "5 hồ sơ", "không phải số hồ sơ"),
        (COUNT, "²", "không phải số hồ sơ"),
        (COUNT, 1.5, "có phần lẻ"),
        (COUNT, -1, "số âm"),
        (COUNT, float("inf"), "có phần lẻ"),
        (COUNT, True, "đúng/sai"),
        (COUNT, date(2020, 1, 1), "ngày tháng"),
        (COUNT, 10**19, "quá lớn"),
        (NUMBER, "1.234", "có thể là số nghìn hoặc số lẻ"),
        (NUMBER, "1,234", "có thể là số nghìn hoặc số lẻ"),
        (NUMBER, "một nửa", "không phải số"),
        (NUMBER, -0.5, "số âm"),
        (NUMBER, "9" * 40, "quá nhiều chữ số"),
        (DAY, "30/02/2020", "không phải ngày"),
        (DAY, "tháng 3", "không phải ngày"),
        (DAY, True, "không phải ngày"),
        (DAY, 12.5, "không phải ngày"),
        (FLAG, "có lẽ", "không rõ"),
        (TEXT, "=HYPERLINK(1)", "giống công thức"),
        (TEXT, "a" * 5000, "dài quá"),
        (CHOICE, "Khác", "không có trong danh mục"),
        (CHOICE, "Viện dẫn; Ban hành trong kỳ", "không có trong danh mục"),
    ],
)
def test_what_may_mean_two_things_goes_back(rule: Rule, cell: Cell, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_cell(rule, cell)


def test_computed_cells_know_blanks_and_round_half_up() -> None:
    values: dict[tuple[str, str], Value] = {
        ("r", "a"): 1,
        ("r", "b"): Decimal("0.5"),
        ("r", "c"): 8,
        ("r", "zero"): 0,
        ("r", "text"): "x",
    }

    def places(*names: str) -> tuple[tuple[str, str], ...]:
        return tuple(("r", name) for name in names)

    assert compute(Computed(places("a", "b", "blank")), values) == Decimal("1.5")
    assert compute(Computed(places("c"), minus=places("a")), values) == 7
    assert compute(Computed(places("blank", "text")), values) is None
    assert compute(Computed(places("zero")), values) == 0
    assert compute(Computed(places("a"), of=places("c"), decimals=1), values) == Decimal("12.5")
    assert compute(Computed(places("a"), of=places("c"), decimals=0), values) == 13
    assert compute(Computed(places("a"), of=places("zero"), decimals=0), values) is None
