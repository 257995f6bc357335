"""Hồng Gai's report of the first six months of 2024, made of data files alone, against the print."""

import csv
import re
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup

from baocao.indicators.office import OfficeFigures
from baocao.locale import prose_date
from tests.backtests.conftest import Made, deliver_registers, make_periodic, office_of
from tests.conftest import ROOT

HONG_GAI = Path("data") / "samples" / "hong-gai-2024-6m"
PRINTED = ROOT / HONG_GAI / "printed"
ANNEX = "hong-gai-1a"

#: must_find id → expectation that finds it, row (an indicator goes by its name), what is printed and what follows.
FOUND: dict[str, tuple[str, str | None, float | None, float | None]] = {
    "HG-01": ("on-time-at-most-resolved", "dossiers_resolved_on_time", 855, 851),
    "HG-02": ("entered-agrees", "dossiers_on_time_pct", 100, 100.5),
    "HG-03": ("resolved-annex-and-narrative", "dossiers_resolved", 851, 855),
    "HG-04": ("electronic-results-at-most-resolved", "results_electronic", 860, 855),
    "HG-05": ("entered-agrees", "procedures_posted", 163, 149),
    "HG-06": ("entered-agrees", "procedures_in_force", 163, 148),
    "HG-07": ("reviewed-at-most-in-force", "procedures_reviewed", 293, 163),
    "HG-08": ("entered-agrees", "procedures_online_with_dossiers", 10, 12),
    "HG-09": ("with-fees-at-most-in-force", "procedures_with_fees", 860, 163),
    "HG-10": ("rate-printed", "procedures_online_payment_pct", None, 0),
    "HG-11": ("rate-printed", "plan_completion_pct", None, 42.9),
    "HG-12": ("code-list", "self_inspected", 2, None),
    "HG-14": ("code-list", "survey_method", 132, None),
    "HG-18": ("rate-over-nothing", "inspection_issues_resolved_pct", 100, None),
    "HG-19": ("rate-over-nothing", "legal_documents_resolved_after_inspection_pct", 0, None),
    "HG-20": ("rate-over-nothing", "legal_documents_resolved_after_review_pct", 0, None),
    "HG-21": ("rate-over-nothing", "feedback_resolved_pct", 0, None),
    "HG-22": ("rate-over-nothing", "investment_disbursed_pct", 0, None),
    "HG-23": ("steering-documents-named", "steering_documents", 6, 4),
    "HG-27": ("codes-of-public-service-differ", "4.1", 2, 1),
    "HG-30": ("headings-numbered-once", "Các phần, 3", 2, 1),
    "HG-31": ("headings-numbered-once", "Phần III thứ nhất, 2", 2, 1),
    "HG-32": ("plan-of-the-year", "title_plan_year", 2023, 2024),
}
#: must_find id → expectation, row, and what its message says is printed and what follows: texts or days.
SAID: list[tuple[str, str, str, str, str]] = [
    ("HG-13", "unit-as-in-form", "self_inspected", "Có=1; Không=1", "Có = 1; Không = 0"),
    ("HG-15", "unit-as-in-form", "electronic_documents", "“%”", "“Văn bản”"),
    ("HG-16", "unit-as-in-form", "documents_outgoing", "“%”", "“Văn bản”"),
    ("HG-17", "unit-as-in-form", "staff_cut_vs_2015_pct", "“10%”", "“%”"),
    ("HG-24", "code-as-in-form", "tasks_assigned", "“1.1”", "“4.1”"),
    ("HG-24", "code-as-in-form", "tasks_done_on_time_city", "“1.2”", "“4.2”"),
    ("HG-24", "code-as-in-form", "tasks_done_late_city", "“1.3”", "“4.3”"),
    ("HG-24", "code-as-in-form", "tasks_overdue_city", "“1.4”", "“4.4”"),
    # Both its place under 4 and the comma in it.
    ("HG-25", "code-as-in-form", "tasks_open_in_time_city", "“1,5”", "“4.5”"),
    ("HG-26", "code-as-in-form", "survey_forms", "“5.1”", "“6.1”"),
    ("HG-26", "code-as-in-form", "survey_method", "“5.2”", "“6.2”"),
    ("HG-27", "code-as-in-form", "civil_servants_disciplined", "“4.1”", "“4.2”"),
    ("HG-28", "number-order", "31/QĐ-UBND", "09/04/2024", "19/01/2024"),
    ("HG-29", "number-order", "32/QĐ-UBND", "23/01/2024", "19/01/2024"),
]

#: Indicators whose computed value is not the printed one, with the must_find id that says so.
EXPLAINED = {
    row: name
    for name, (expectation, row, *_) in FOUND.items()
    if expectation in ("entered-agrees", "rate-printed", "rate-over-nothing")
}
#: Rows of the annex whose code or unit of measure is set right.
MENDED_CODES = {13: "4.1", 16: "4.2", 18: "4.3", 20: "4.4", 22: "4.5", 26: "6.1", 27: "6.2", 82: "4.2"}
MENDED_UNITS = {8: "Có = 1; Không = 0", 47: "%", 89: "Văn bản", 90: "Văn bản"}
#: What row 56 prints in the cell of its value stands in the column for remarks.
REMARKS = {56: "Ngoài ra 01 TTHC cấp Thành phố thực hiện tiếp nhận tại Phường"}
#: A project is named with its years.
PROJECT = "phục vụ chuyển đổi số quốc gia giai đoạn 2022 - 2025, tầm nhìn đến năm 2030"

#: How many cells of the annex, and figures of the narrative by their `source` in figures.yaml, come about in which way.
COVERAGE = {
    "annex": {"computed": 12, "register": 4, "entered": 67, "explained": 9, "heading": 17},
    "entered": {"computed": 7, "register": 4, "annex line": 5, "entered": 57, "explained": 1},
    "computed": {"computed": 2, "register": 1, "annex line": 6, "explained": 1},
    "unreachable": {"computed": 1, "explained": 1},
}

Place = tuple[str, str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("hong-gai") / "project"
    return make_periodic(deliver_registers(root, HONG_GAI), "hong-gai", "2024-6T")


@pytest.fixture(scope="module")
def office(made: Made) -> OfficeFigures:
    return office_of(made.project, "hong-gai", "2024-6T")


@pytest.fixture(scope="module")
def page(made: Made) -> BeautifulSoup:
    return made.page()


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((PRINTED / "figures.yaml").read_text(encoding="utf-8"))["figures"]
    return found


def places() -> dict[Place, dict[str, str]]:
    """Figure and key, or `annex` and row → the indicator, and the section that prints it."""
    return {(row["figure"], row["key"]): row for row in read(ROOT / HONG_GAI / "figures_indicators.csv")}


def number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def words(cell: Any) -> str:
    return re.sub(r"\s+", " ", cell.get_text()).strip()


def section(page: BeautifulSoup, name: str) -> str:
    """What stands under a heading, up to the next one."""
    heading = page.find(id=f"muc-{name}")
    parts = []
    for part in heading.find_next_siblings():
        if re.fullmatch(r"h\d", part.name):
            break
        parts.append(words(part))
    return " ".join(parts)


def test_every_cell_of_the_annex(page: BeautifulSoup) -> None:
    """As printed, but for misprinted codes and units, and the two rates left blank (HG-10, HG-11)."""
    expected, found = [], []
    for row in read(PRINTED / "statistics_annex.csv"):
        place = int(row["row"])
        unit = MENDED_UNITS.get(place, re.sub(r"\s*=\s*", " = ", row["unit_of_measure"]))
        value = {3: Decimal("42.9"), 107: Decimal(0)}.get(place, number(row["value"]))
        note = REMARKS.get(place, row["note"])
        expected.append([MENDED_CODES.get(place, row["code"]), row["label"], unit, value, note])
    for line in page.find("table", id=ANNEX).tbody.find_all("tr"):
        code, label, unit, shown, note = line.find_all(["td", "th"])
        figure = shown.find("data")
        found.append([*map(words, (code, label, unit)), number(figure["value"]) if figure else None, words(note)])
    assert len(found) == 109
    assert found == expected


def test_coverage(made: Made, office: OfficeFigures, page: BeautifulSoup) -> None:
    """How each cell and figure comes about; a computed value that differs from the print has a named reason."""
    printed = made.json("indicators.json")
    listed = places()
    of_annex = {row["indicator"] for (figure, _), row in listed.items() if figure == "annex"}
    table: dict[str, Counter[str]] = {}
    gaps = []
    for row in read(PRINTED / "statistics_annex.csv"):
        way = "heading"
        if ("annex", row["row"]) in listed:
            way = _way(office, printed, listed["annex", row["row"]]["indicator"], number(row["value"]))
        else:
            assert not row["value"]
        table.setdefault("annex", Counter())[way] += 1
        gaps += [row["row"]] if way == "not covered" else []
    for figure in figures():
        for key, value in figure["figures"].items():
            known = listed[figure["id"], key]
            name = known["indicator"]
            if isinstance(value, str):
                way = "entered" if _says_day(page, office, known, value) else "not covered"
            elif not any(_stands_in(place, known["section"]) for place in printed[name]["printed"]):
                way = "not covered"
            else:
                way = _way(office, printed, name, Decimal(str(value)))
                # Taken from the annex's own line: entered once, and not again for the text.
                way = "annex line" if way == "entered" and name in of_annex else way
            table.setdefault(figure["source"], Counter())[way] += 1
            gaps += [f"{figure['id']} {key}"] if way == "not covered" else []
    sys.stdout.write(f"{_shown(table)}\n")
    assert gaps == []
    for source in ("computed", "register"):
        assert set(table.get(source, ())) <= {"computed", "register", "annex line", "explained"}
    assert {source: dict(counts) for source, counts in table.items()} == COVERAGE


def _way(office: OfficeFigures, printed: dict[str, Any], name: str, value: Decimal | None) -> str:
    """computed, register, entered or explained; `not covered` where the report prints another value."""
    indicator = office.catalogue[name]
    shown = printed[name]["value"] if name in printed else None
    if indicator.entered:
        return "entered" if _same(shown, value) else "not covered"
    computed = office.computed(name).value
    if _same(computed, value) and _same(shown, value):
        return "register" if indicator.count is not None else "computed"
    if name not in EXPLAINED or not (_same(shown, value) or _same(shown, computed)):
        return "not covered"
    reason = next(row for row in read(PRINTED / "must_find.csv") if row["id"] == EXPLAINED[name])
    nothing = ("(blank)", "undefined")
    said = [None if reason[side] in nothing else Decimal(reason[side]) for side in ("printed", "computed")]
    return "explained" if _same(said[0], value) and _same(said[1], computed) else "not covered"


def _same(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    return Decimal(str(left)) == Decimal(str(right))


def _stands_in(place: str, name: str) -> bool:
    return place in (f"narrative:{name}", f"text:{name}")


def _says_day(page: BeautifulSoup, office: OfficeFigures, known: dict[str, str], value: str) -> bool:
    """A day of the period, or the years of the project, in the section that names it."""
    if known["indicator"] == "text":
        return PROJECT in section(page, known["section"])
    day = office.period.from_date if known["key"] == "from" else office.period.to_date
    where = section(page, known["section"]) if known["section"] else words(page.find("article"))
    return day.isoformat() == value and f"ngày {prose_date(day)}" in where


def _shown(table: dict[str, Counter[str]]) -> str:
    ways = ("computed", "register", "annex line", "entered", "explained", "not covered", "heading")
    lines = [f"{'':12}" + "".join(f"{way:>12}" for way in ways)]
    lines += [f"{source:12}" + "".join(f"{counts[way]:12}" for way in ways) for source, counts in table.items()]
    return "\n".join(lines)


def test_what_the_print_got_wrong_is_found_and_nothing_else(made: Made, office: OfficeFigures) -> None:
    """Every failed finding is one of must_find.csv, with its values; what must hold raises no alarm."""
    assert {row["id"] for row in read(PRINTED / "must_find.csv")} == {*FOUND, *(found[0] for found in SAID)}
    failed = [finding for finding in made.json("findings.json")["findings"] if finding["success"] is False]
    found = Counter((found["expectation"], found["row"], found["printed"], found["computed"]) for found in failed)
    expected = [*FOUND.values(), *((expectation, row, None, None) for _, expectation, row, _, _ in SAID)]
    assert found == Counter((first, _named(office, row), *rest) for first, row, *rest in expected)
    assert {finding["severity"] for finding in failed} == {"warning"}


@pytest.mark.parametrize(("name", "expectation", "row", "printed", "right"), SAID)
def test_what_is_no_figure_is_told_with_both_sides(
    made: Made, office: OfficeFigures, name: str, expectation: str, row: str, printed: str, right: str
) -> None:
    wanted = (expectation, _named(office, row))
    findings = made.json("findings.json")["findings"]
    (message,) = [found["message"] for found in findings if (found["expectation"], found["row"]) == wanted]
    assert message.index(printed) < message.rindex(right), name


def _named(office: OfficeFigures, row: str | None) -> str | None:
    """What a finding calls an indicator; another row is called as it is."""
    known = office.catalogue.indicators.get(row) if row else None
    return known.name if known else row


def test_one_figure_has_one_value_wherever_it_is_printed(made: Made) -> None:
    printed = made.json("indicators.json")
    assert printed["staff_present"]["printed"] == [
        "narrative:su-dung-bien-che",
        "narrative:tu-chu",
        "hong-gai-1a/44:2/value",
    ]
    assert len(printed["dossiers_digitised"]["printed"]) == 2
    assert {place.rpartition(":")[2] for place in printed["satisfaction_pct"]["printed"]} == {
        "key-figures",
        "ket-qua-muc-tieu",
        "danh-gia-chat-luong",
        "mat-tich-cuc",
        "ty-le-chinh",
    }


def test_sections_are_numbered_once(page: BeautifulSoup) -> None:
    """The print numbers III twice, and 2 twice within it (HG-30, HG-31)."""
    tops = [words(heading).split(".")[0] for heading in page.find("article").find_all("h2", id=re.compile("^muc-"))]
    assert tops == ["I", "II", "III", "IV", "V"]
    numbers = re.findall(r"(?m)^([1-8])\. ", "\n".join(words(found) for found in page.find_all("h3")))
    assert numbers == ["1", *"12", *"12345678", *"12"]


def test_documents_are_listed_from_the_register(page: BeautifulSoup) -> None:
    listed = re.findall(r"(?:Quyết định|Kế hoạch) số (\d+/\S+) ngày", section(page, "quan-triet-tuyen-truyen"))
    assert listed == ["35/QĐ-UBND", "17/KH-UBND", "20/KH-UBND", "51/KH-UBND", "09/KH-UBND"]
