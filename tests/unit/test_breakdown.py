"""A count of two periods by its parts: those that differ most, whether they add up, and what is blank."""

from typing import Any

from baocao.provenance.breakdown import Office, breakdowns

OFFICE = Office("huyen", {"huyen": "Huyện", **{f"huyen.{name}": f"Xã {name.upper()}" for name in "abcd"}})


def figures(total: int, **values: int | None) -> dict[str, Any]:
    """The count of the area, of its own office (`own`), of communes (`a`) and of fields of the desk (`field_x`)."""
    found = {"received": figure(total)}
    for name, value in values.items():
        if name.startswith("field_"):
            field = name.removeprefix("field_")
            found[f"received@huyen/{field}"] = figure(value, field=field)
        else:
            found["received@huyen" if name == "own" else f"received@huyen.{name}"] = figure(value)
    return found


def figure(value: int | None, field: str | None = None) -> dict[str, Any]:
    return {"indicator": "received", "value": value, "field": field, "procedure": None, "source": "Biểu 2"}


def told(name: str, old: dict[str, Any], new: dict[str, Any], whose: Any = "area") -> list[str]:
    return [part.text for part in breakdowns(figure(0), name, whose, OFFICE, old, new)]


def test_parts_that_add_up_are_told_with_the_rest() -> None:
    old, new = figures(1100, own=1000, a=50, b=30, c=20, d=0), figures(2310, own=2200, a=40, b=32, c=21, d=17)
    assert told("received", old, new) == [
        "Theo đơn vị, khác nhiều nhất: Huyện 1.000 → 2.200 (+1.200); Xã D 0 → 17 (+17); Xã A 50 → 40 (-10); "
        "các đơn vị khác cộng lại +3"
    ]


def test_a_blank_is_no_zero() -> None:
    (text,) = told("received", figures(5, own=5, a=None), figures(8, own=6, a=2))
    assert text == "Theo đơn vị, khác nhiều nhất: Xã A trống → 2; Huyện 5 → 6 (+1)"


def test_parts_that_are_not_all_printed_are_no_sum() -> None:
    (text,) = told("received", figures(9, a=1, b=2), figures(12, a=3, b=2, c=5))
    assert text == "Theo đơn vị, khác nhiều nhất: Xã A 1 → 3 (+2) (chỉ so các đơn vị mà cả hai bản có in số liệu này)"


def test_a_row_of_the_whole_area_is_no_part_of_it() -> None:
    (text,) = told("received", figures(9, own=9, a=4, b=5), figures(12, own=12, a=7, b=5))
    assert text == "Theo đơn vị, khác nhiều nhất: Xã A 4 → 7 (+3)"


def test_fields_are_parts_of_the_desk_and_units_of_what_is_below() -> None:
    old, new = figures(9, own=5, a=4, field_dat=5), figures(12, own=6, a=6, field_dat=4, field_tu=2)
    assert told("received@huyen", old, new) == [
        "Theo lĩnh vực của bộ phận một cửa, khác nhiều nhất: tu không in → 2; dat 5 → 4 (-1)"
    ]
    below = {"received:below": figure(4)}, {"received:below": figure(6)}
    assert told("received:below", {**old, **below[0]}, {**new, **below[1]}) == [
        "Theo đơn vị, khác nhiều nhất: Xã A 4 → 6 (+2)"
    ]
    assert told("received", old, new, "below") == [
        "Theo đơn vị, khác nhiều nhất: Xã A 4 → 6 (+2) (chỉ so các đơn vị mà cả hai bản có in số liệu này)"
    ]
    assert told("received@huyen.a", old, new) == []


def test_a_hidden_part_is_no_zero_that_completes_a_sum() -> None:
    """Or it would be known to be none: what the others add up to is not said, nor that it was hidden before."""
    hidden = figure(None) | {"source": "không công bố số nhỏ (protect_below: 5)"}
    old, new = figures(9, own=5, a=4, b=0), figures(12, own=5, a=7, b=0)
    for side in (old, new):
        whole = {**side, "received@huyen.b": hidden}
        (text,) = told("received", whole if side is old else old, whole if side is new else new)
        assert text.endswith("Xã A 4 → 7 (+3) (chỉ so các đơn vị mà cả hai bản có in số liệu này)")


def test_nothing_is_said_of_what_is_the_same() -> None:
    assert told("received", figures(9, own=5, a=4), figures(9, own=5, a=4)) == []
