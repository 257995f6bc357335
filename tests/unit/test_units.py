"""The registry of units: expressions, names within a reporter, validity, and files that do not hold together."""

import unicodedata
from collections.abc import Iterable
from datetime import date

import pytest

from baocao.errors import ConfigurationError
from baocao.project import Project
from baocao.units import COLUMNS, Unit, UnitRegistry, follow_each_other, load_registry


@pytest.fixture(scope="module")
def registry(shared_project: Project) -> UnitRegistry:
    """One district of the samples under its province; what others deliver changes nothing here."""
    whole = load_registry(shared_project)
    return UnitRegistry((whole["dien-bien"], *whole.within("tuan-giao")))


@pytest.fixture(scope="module")
def province(shared_project: Project) -> UnitRegistry:
    """The whole province of the samples, before and after its communes were merged."""
    return UnitRegistry(tuple(load_registry(shared_project).within("dien-bien")))


def written(project: Project, *rows: str, header: str = ",".join(COLUMNS)) -> Project:
    """`project` with these rows as its only units file, `units.csv`; the first unit is at row 2."""
    folder = project.params / "units"
    for path in folder.glob("*.csv"):
        path.unlink()
    (folder / "units.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return project


def codes(units: Iterable[Unit]) -> list[str]:
    return [unit.code for unit in units]


def test_the_registry_of_a_sample_loads(registry: UnitRegistry) -> None:
    assert len(list(registry)) == 21
    unit = registry["tuan-giao"]
    assert (unit.name, unit.short_name, unit.level) == ("UBND huyện Tuần Giáo", "Tuần Giáo", "district")
    assert (unit.parent, unit.aliases) == ("dien-bien", ("UBND huyện Tuân Giáo",))
    assert (unit.valid_from, unit.valid_to) == (None, date(2025, 6, 30))


def test_a_unit_without_short_name_goes_by_its_name(project: Project) -> None:
    assert load_registry(written(project, "so-y-te,Sở Y tế,,department,so,,,,,"))["so-y-te"].short_name == "Sở Y tế"


def test_an_unknown_code_offers_the_nearest(registry: UnitRegistry) -> None:
    with pytest.raises(
        ConfigurationError, match=r"unknown unit “tuan-gao”; did you mean “tuan-giao”.*`baocao list units`"
    ):
        registry["tuan-gao"]


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("tuan-giao", ["tuan-giao"]),
        ("tuan-giao.quai-to, dien-bien", ["dien-bien", "tuan-giao.quai-to"]),
        ("tuan-giao,tuan-giao", ["tuan-giao"]),
        ("code=tuan-giao.quai-to", ["tuan-giao.quai-to"]),
        ("parent=dien-bien", ["tuan-giao"]),
        ("level=district", ["tuan-giao"]),
        ("level=department", []),
        (" level = province ", ["dien-bien"]),
        ("level=district or code=dien-bien", ["dien-bien", "tuan-giao"]),
        ("under=dien-bien and level=district", ["tuan-giao"]),
        # `and` binds tighter than `or`
        ("code=dien-bien or level=commune and code=tuan-giao", ["dien-bien"]),
        ("level=district and level=commune", []),
    ],
)
def test_expressions_select_in_registry_order(registry: UnitRegistry, expression: str, selected: list[str]) -> None:
    assert codes(registry.select(expression)) == selected


def test_parent_selects_directly_below_and_under_at_every_depth(registry: UnitRegistry) -> None:
    communes = codes(registry.select("level=commune"))
    assert len(communes) == 19
    assert codes(registry.select("parent=tuan-giao")) == communes
    assert codes(registry.select("under=dien-bien")) == ["tuan-giao", *communes]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("lvel=commune", "unknown key “lvel”; did you mean “level”?"),
        ("level=comune", "unknown level “comune”; did you mean “commune”?"),
        ("code=tuan-gao", "unknown unit “tuan-gao”; did you mean “tuan-giao”"),
        ("parent=tuan-gao", "unknown unit “tuan-gao”; did you mean “tuan-giao”"),
        ("under=dien-bin", "unknown unit “dien-bin”; did you mean “dien-bien”"),
        ("tuan-giao,dien-bin", "unknown unit “dien-bin”; did you mean “dien-bien”"),
        ("under=", "“under=” is not of the form key=value"),
        ("level=commune and tuan-giao", "“tuan-giao” is not of the form key=value"),
    ],
)
def test_wrong_expressions_say_what_was_meant(registry: UnitRegistry, expression: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as info:
        registry.select(expression)
    assert message in str(info.value)


def test_children_and_everything_below(registry: UnitRegistry) -> None:
    assert codes(registry.children("dien-bien")) == ["tuan-giao"]
    assert len(registry.children("tuan-giao")) == 19
    assert codes(registry.below("dien-bien"))[0] == "tuan-giao"
    assert len(registry.below("dien-bien")) == 20
    assert registry.below("tuan-giao.quai-to") == []


@pytest.mark.parametrize(
    ("first", "last", "there"),
    [
        (date(2020, 1, 1), date(2020, 4, 1), True),
        (date(2025, 6, 30), date(2025, 9, 30), True),
        (date(2025, 7, 1), date(2025, 9, 30), False),
    ],
)
def test_a_period_sees_the_units_of_its_time(registry: UnitRegistry, first: date, last: date, there: bool) -> None:
    """Districts ended on 30/6/2025."""
    assert ("tuan-giao" in codes(registry.valid(first, last))) is there


def test_a_unit_does_not_exist_before_its_first_day(project: Project) -> None:
    registry = load_registry(written(project, "a,A,,commune,xa,,,2025-07-01,,"))
    assert codes(registry.valid(date(2025, 6, 1), date(2025, 6, 30))) == []
    assert codes(registry.valid(date(2025, 6, 1), date(2025, 7, 1))) == ["a"]


def test_a_city_and_three_districts_ended_with_their_forty_communes(province: UnitRegistry) -> None:
    past = province.valid(date(2025, 6, 30), date(2025, 6, 30))
    districts = past.select("level=district")
    assert [unit.type for unit in districts] == ["thanh_pho", "huyen", "huyen", "huyen"]
    assert [len(past.children(unit.code)) for unit in districts] == [6, 8, 7, 19]
    today = province.valid(date(2025, 7, 1), date(2025, 7, 1))
    assert {unit.parent for unit in today} == {None, "dien-bien"}
    assert len(today.children("dien-bien")) == 12


def test_every_commune_passed_as_a_whole_and_no_district_did(province: UnitRegistry) -> None:
    past = province.valid(date(2025, 6, 30), date(2025, 6, 30))
    today = province.children("dien-bien")[4:]
    passed = [unit.code for one in today for unit in province.predecessors(one.code)]
    assert sorted(passed) == sorted(unit.code for unit in past if unit.level == "commune")
    assert all(len(unit.successors) > 1 for unit in past if unit.level == "district")
    assert codes(province.predecessors("dien-bien.bung-lao")) == [
        "muong-ang.ang-to",
        "muong-ang.bung-lao",
        "tuan-giao.chieng-dong",
    ]


def test_a_name_passed_on_is_told_apart_by_the_day(province: UnitRegistry) -> None:
    names = province.named("UBND Xã Quài Tở", "dien-bien")
    assert codes(names) == ["tuan-giao.quai-to", "dien-bien.quai-to"]
    assert follow_each_other(names) and follow_each_other(names[::-1])
    assert not follow_each_other([*names, province["tuan-giao.ta-ma"]])
    assert not follow_each_other([province["dien-bien"], province["dien-bien.quai-to"]])


@pytest.mark.parametrize(
    "name",
    [
        "UBND Xã Quài Tở",
        "ubnd xã quài tở",
        "UBND  Xã Quài\u00a0Tở ",
        unicodedata.normalize("NFD", "UBND Xã Quài Tở"),
        "Quài Tở",
        "UBND Xã Quài Tò",
        "tuan-giao.quai-to",
    ],
)
def test_a_unit_is_known_by_name_short_name_alias_and_code(registry: UnitRegistry, name: str) -> None:
    assert [unit.code for unit in registry.named(name, "tuan-giao")] == ["tuan-giao.quai-to"]


def test_the_reporter_itself_is_known_by_name(registry: UnitRegistry) -> None:
    assert [unit.code for unit in registry.named("UBND huyện Tuân Giáo", "tuan-giao")] == ["tuan-giao"]


def test_names_are_looked_up_within_the_reporter_only(registry: UnitRegistry) -> None:
    assert registry.named("Tuần Giáo", "tuan-giao.quai-to") == []
    assert registry.named("Quài Nưa", "tuan-giao.quai-to") == []


def test_a_name_two_units_share_is_both_of_them(project: Project) -> None:
    rows = [
        "p,Tỉnh P,,province,tinh,,,,,",
        "a,Huyện A,,district,huyen,p,,,,",
        "b,Huyện B,,district,huyen,p,,,,",
        "a.tan-an,Xã Tân An,,commune,xa,a,,,,",
        "b.tan-an,Xã Tân An,,commune,xa,b,,,,",
    ]
    registry = load_registry(written(project, *rows))
    assert [unit.code for unit in registry.named("Xã Tân An", "p")] == ["a.tan-an", "b.tan-an"]
    assert [unit.code for unit in registry.named("Xã Tân An", "b")] == ["b.tan-an"]


@pytest.mark.parametrize(
    ("rows", "place", "message"),
    [
        (
            ["a,A,,commune,xa,,,,,", "a,B,,commune,xa,,,,,"],
            "row 3",
            "code “a” already stands at params/units/units.csv, row 2",
        ),
        (
            ["a,A,,commune,xa,tuan-gio,,,,", "tuan-giao,B,,district,huyen,,,,,"],
            "row 2",
            "parent: unknown unit “tuan-gio”; did you mean “tuan-giao”",
        ),
        (["a,A,,commune,xa,,,,,ab;b", "b,B,,commune,xa,,,,,"], "row 2", "successors: unknown unit “ab”"),
        (["a,A,,commune,xa,b,,,,", "b,B,,commune,xa,a,,,,"], "row 2", "unit “a” is its own ancestor through “b”"),
        (["a,A,,commune,xa,a,,,,"], "row 2", "unit “a” is its own ancestor"),
        (["a,A,,commune,xa,,,1/7/2025,,"], "row 2, valid_from", "“1/7/2025” is not a date; expected yyyy-mm-dd"),
        (["a,A,,commune,xa,,,,2025-02-30,"], "row 2, valid_to", "“2025-02-30” is not a date"),
        (["a,A,,comune,xa,,,,,"], "row 2, level", "unknown level “comune”; did you mean “commune”"),
        (["Quài Tở,A,,commune,xa,,,,,"], "row 2, code", "“Quài Tở”; expected lower-case letters"),
        ([",A,,commune,xa,,,,,"], "row 2, code", "expected lower-case letters"),
        # the parent's own parent is what does not exist
        (["a,A,,commune,xa,b,,,,", "b,B,,district,huyen,zzz,,,,"], "row 3", "parent: unknown unit “zzz”"),
    ],
)
def test_what_does_not_hold_together_names_file_and_row(
    project: Project, rows: list[str], place: str, message: str
) -> None:
    with pytest.raises(ConfigurationError) as info:
        load_registry(written(project, *rows))
    assert str(info.value).startswith(f"params/units/units.csv, {place}")
    assert message in str(info.value)


def test_rows_are_counted_as_a_spreadsheet_shows_them(project: Project) -> None:
    with pytest.raises(ConfigurationError, match=r"units\.csv, row 5, level: unknown level “x”"):
        load_registry(written(project, "a,A,,commune,xa,,,,,", "", "", "b,B,,x,xa,,,,,"))


def test_a_wrong_header_lists_the_columns_expected(project: Project) -> None:
    with pytest.raises(
        ConfigurationError, match=r"units\.csv, row 1: columns are code;name; expected code, name, short"
    ):
        load_registry(written(project, header="code;name"))


def test_a_units_file_that_is_not_utf_8_is_refused_by_name(project: Project) -> None:
    path = written(project).params / "units" / "units.csv"
    path.write_bytes(path.read_bytes() + "a,Xã Â,,commune,xa,,,,,\n".encode("cp1252"))
    with pytest.raises(ConfigurationError, match=r"units\.csv.*UTF-8"):
        load_registry(project)


def test_codes_are_unique_across_files(project: Project) -> None:
    path = written(project, "b,B,,commune,xa,,,,,").params / "units" / "another.csv"
    path.write_text(",".join(COLUMNS) + "\nb,B,,commune,xa,,,,,\n", encoding="utf-8")
    with pytest.raises(
        ConfigurationError, match=r"units\.csv, row 2: code “b” already stands at .*another\.csv, row 2"
    ):
        load_registry(project)
