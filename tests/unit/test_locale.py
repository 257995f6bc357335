"""Vietnamese numbers, dates and order, and rounding against exact fractions."""

import unicodedata
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baocao import locale

DECIMALS = st.integers(0, 4)
COUNTS = st.integers(0, 2**63 - 1)

ALPHABET = list("aăâbcdđeêghiklmnoôơpqrstuưvxy")


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"),
    [
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("0.125", 2, "0.13"),
        ("1.005", 2, "1.01"),  # 1.00 through a binary float
        ("73.984", 2, "73.98"),
        ("4", 2, "4.00"),
    ],
)
def test_half_up_rounds_halves_away_from_zero(value: str, decimals: int, rounded: str) -> None:
    assert str(locale.half_up(Decimal(value), decimals)) == rounded


@pytest.mark.parametrize(
    ("numerator", "denominator", "percent"),
    [
        (85, 873, "9.74"),
        (3, 873, "0.34"),
        (1479, 1999, "73.99"),  # Uông Bí printed 73,98: cut, not rounded
        (1, 8, "12.50"),
        (0, 5, "0.00"),
        (1, 20000, "0.01"),
        (7, 5, "140.00"),
    ],
)
def test_percentage_of_printed_counts(numerator: int, denominator: int, percent: str) -> None:
    assert str(locale.percentage(numerator, denominator, 2)) == percent


@pytest.mark.parametrize(("numerator", "denominator"), [(3, 0), (0, 0), (None, 873), (85, None), (None, None)])
def test_percentage_without_a_base_or_with_a_blank_is_none(numerator: int | None, denominator: int | None) -> None:
    assert locale.percentage(numerator, denominator, 2) is None


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12).filter(bool), DECIMALS)
def test_percentage_is_the_nearest_decimal_and_halves_go_away_from_zero(
    numerator: int, denominator: int, decimals: int
) -> None:
    exact = Fraction(100 * numerator, denominator)
    rounded = locale.percentage(numerator, denominator, decimals)
    assert rounded is not None
    assert rounded.as_tuple().exponent == -decimals
    step = Fraction(1, 10**decimals)
    error = abs(Fraction(rounded)) - abs(exact)
    assert -step / 2 < error <= step / 2
    assert rounded == 0 or (rounded > 0) == (exact > 0)


@given(st.decimals(-(10**9), 10**9, places=6), DECIMALS)
def test_half_up_agrees_with_fractions(value: Decimal, decimals: int) -> None:
    rounded = locale.half_up(value, decimals)
    error = abs(Fraction(rounded)) - abs(Fraction(value))
    assert -Fraction(1, 2 * 10**decimals) < error <= Fraction(1, 2 * 10**decimals)


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (873, "873"), (6778, "6.778"), (1234567, "1.234.567"), (-1200, "-1.200")]
)
def test_counts_have_dot_thousands(value: int, text: str) -> None:
    assert locale.format_count(value) == text


@pytest.mark.parametrize(
    ("value", "kept", "dropped"),
    [
        ("9.74", "9,74", "9,74"),
        ("12.50", "12,50", "12,5"),
        ("4.00", "4,00", "4"),
        ("100.00", "100,00", "100"),
        ("0.00", "0,00", "0"),
        ("1234.5", "1.234,5", "1.234,5"),
        ("7", "7", "7"),
    ],
)
def test_decimals_have_a_comma_and_keep_zeros_when_asked(value: str, kept: str, dropped: str) -> None:
    assert locale.format_number(Decimal(value), keep_zeros=True) == kept
    assert locale.format_number(Decimal(value), keep_zeros=False) == dropped


@settings(deadline=None)
@given(st.decimals(-(10**12), 10**12, places=3), st.booleans())
def test_a_printed_number_reads_back_as_itself(value: Decimal, keep_zeros: bool) -> None:
    text = locale.format_number(value, keep_zeros=keep_zeros)
    assert Decimal(text.replace(".", "").replace(",", ".")) == value


@pytest.mark.parametrize(("value", "text"), [(1, "01"), (5, "05"), (9, "09"), (10, "10"), (6778, "6.778")])
def test_counts_in_prose_are_padded_below_ten(value: int, text: str) -> None:
    assert locale.prose_count(value) == text


@pytest.mark.parametrize(
    ("day", "prose", "long", "table"),
    [
        (date(2020, 4, 1), "01/4/2020", "ngày 01 tháng 4 năm 2020", "01/04/2020"),
        (date(2020, 2, 3), "03/02/2020", "ngày 03 tháng 02 năm 2020", "03/02/2020"),
        (date(2020, 1, 25), "25/01/2020", "ngày 25 tháng 01 năm 2020", "25/01/2020"),
        (date(2020, 4, 3), "03/4/2020", "ngày 03 tháng 4 năm 2020", "03/04/2020"),
        (date(2022, 12, 31), "31/12/2022", "ngày 31 tháng 12 năm 2022", "31/12/2022"),
    ],
)
def test_days_and_only_the_first_two_months_are_padded(day: date, prose: str, long: str, table: str) -> None:
    assert (locale.prose_date(day), locale.long_date(day), locale.format_date(day)) == (prose, long, table)


@pytest.mark.parametrize(
    "text",
    [
        unicodedata.normalize("NFD", "Quài Tở"),
        "  Quài\t\n Tở ",
        "Quài\u00a0Tở",
        "Quài\u2009Tở",
        "\ufeffQu\u200bài T\u00adở",
        "\u202aQuài\u202c \u2066Tở\u2069\u200f",
        "Quài\ue000 Tở\uf8ff",
        "Qu\x00ài\x07 T\x9fở",
    ],
)
def test_clean_leaves_one_spelling_without_invisible_characters(text: str) -> None:
    assert locale.clean(text) == "Quài Tở"


def test_clean_composes_marks_that_an_invisible_character_held_apart() -> None:
    assert locale.clean("Quài To\u031b\u200b\u0309") == "Quài Tở"


@given(st.one_of(st.text(), st.text("aoơ\u0301\u0309\u031b\u200b\ue000 \t")))
def test_clean_is_stable(text: str) -> None:
    """Text cleaned once is stored; cleaning it again on the way out must change nothing."""
    once = locale.clean(text)
    assert locale.clean(once) == once


@pytest.mark.parametrize("text", ["QUÀI TỞ", unicodedata.normalize("NFD", "quài  tở"), "Quài\u200b Tở"])
def test_fold_compares_apart_from_case_and_composition(text: str) -> None:
    assert locale.fold(text) == locale.fold("Quài Tở")


def test_fold_keeps_tones_apart() -> None:
    assert locale.fold("Quài Tò") != locale.fold("Quài Tở")


def test_letters_sort_as_the_vietnamese_alphabet() -> None:
    assert locale.sort_names(sorted(ALPHABET, reverse=True)) == ALPHABET
    words = [f"{letter}n" for letter in ALPHABET]
    assert locale.sort_names(sorted(words, reverse=True)) == words


def test_tones_sort_ngang_huyen_hoi_nga_sac_nang() -> None:
    tones = ["ma", "mà", "mả", "mã", "má", "mạ"]
    assert locale.sort_names(sorted(tones, reverse=True)) == tones
    marked = ["ân", "ần", "ẩn", "ẫn", "ấn", "ận"]
    assert locale.sort_names(sorted(marked, reverse=True)) == marked


def test_letters_weigh_more_than_tones_and_tones_more_than_case() -> None:
    names = ["Bá", "bạc", "Ban", "bản", "Bản", "Bàn Chải"]
    assert locale.sort_names(names) == ["Bá", "bạc", "Ban", "Bản", "bản", "Bàn Chải"]


def test_a_space_comes_before_every_letter() -> None:
    names = ["Xã Quài Tở", "Thị xã", "Thịnh", "Thị trấn", "Xã Quài Nưa"]
    assert locale.sort_names(names) == ["Thị trấn", "Thị xã", "Thịnh", "Xã Quài Nưa", "Xã Quài Tở"]


@given(
    st.lists(st.text(max_size=6), max_size=6).flatmap(lambda names: st.tuples(st.just(names), st.permutations(names)))
)
def test_order_does_not_depend_on_the_order_before(pair: tuple[list[str], list[str]]) -> None:
    assert locale.sort_names(pair[0]) == locale.sort_names(pair[1])


@given(st.text("aAáÁâăđĐdeêyz 1-", max_size=5), st.text("aAáÁâăđĐdeêyz 1-", max_size=5))
def test_only_the_same_text_has_the_same_key(one: str, other: str) -> None:
    """Two names never tie, so the order is total."""
    assert (locale.collation_key(one) == locale.collation_key(other)) == (one == other)


@given(st.text(max_size=8))
def test_composed_and_decomposed_spellings_sort_together(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert locale.collation_key(composed)[:2] == locale.collation_key(decomposed)[:2]
