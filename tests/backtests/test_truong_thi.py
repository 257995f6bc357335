"""Trường Thi's report of 9 months 2023, made of data files alone, against its print: figures, findings, coverage."""

import csv
import re
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from baocao.indicators.office import OfficeFigures
from tests.backtests.conftest import Made, deliver_registers, make_periodic, office_of
from tests.conftest import ROOT

TRUONG_THI = Path("data") / "samples" / "truong-thi-2023-9m"
PRINTED = ROOT / TRUONG_THI / "printed"

#: must_find id → expectation that finds it, with what is printed and what follows.
FOUND: dict[str, tuple[str, float, float]] = {
    "TT-01": ("closing-names-the-period", 6, 9),
    "TT-02": ("annex-names-the-period", 6, 9),
    "TT-06": ("desk-received-accounted-for", 2382, 2381),
    "TT-07": ("received-annex-text", 3135, 2382),
    "TT-08": ("received-by-channel", 3135, 3175),
    "TT-09": ("entered-agrees", 2135, 3175),
    "TT-10": ("on-time-annex-text", 2135, 2378),
    "TT-11": ("carried-over-annex-text", 4, 3),
    "TT-12": ("online-text-annex", 840, 1089),
    "TT-13": ("postal-text-annex", 36, 97),
    "TT-14": ("entered-agrees", 100, 35.3),
    "TT-15": ("online-rate-annex", 100, 34.7),
    "TT-16": ("procedures-in-force-applied", 240, 199),
    "TT-17": ("procedures-in-force-competence", 240, 244),
    "TT-18": ("one-stop-heading-row", 240, 189),
    "TT-19": ("one-stop-procedures-applied", 189, 199),
    "TT-20": ("linked-procedures-part-of-one-stop", 189, 188),
    "TT-21": ("staff-present-within-assigned", 22, 21),
    "TT-22": ("steering-documents-listed", 1, 7),
    "TT-23": ("plan-tasks-done-not-running", 7, 0),
    "TT-25": ("annex-codes-differ", 2, 1),
    "TT-27": ("electronic-documents-shares", 200, 100),
}
#: must_find id → expectation, row, and what its message says is printed and what follows: texts or days.
SAID: list[tuple[str, str, str | None, str, str]] = [
    ("TT-03", "data-of-one-period", "Ngày đầu của số liệu", "01/01/2023", "05/11/2022"),
    ("TT-04", "data-of-one-period", "Ngày cuối của số liệu", "10/08/2023", "01/09/2023"),
    ("TT-05", "issued-after-the-period", None, "31/08/2023", "01/09/2023"),
    ("TT-24", "document-has-one-date", "134/KH-UBND", "02/03/2023", "03/02/2023"),
    ("TT-25", "code-as-in-form", "dossiers_on_time_district", "“3.3.1”", "“3.3.1a”"),
    ("TT-26", "unit-as-in-form", "digital_certificate_pct", "“Đơn vị”", "“%”"),
]

#: Indicators whose computed value is not the printed one, with the must_find id that says so.
EXPLAINED = {"dossiers_on_time_commune": "TT-09", "online_submission_pct": "TT-14"}
#: Figures the report corrects, with the must_find id: it names its own period.
CORRECTED = {("tt-034", "months_reported"): "TT-01", ("tt-035", "months_reported"): "TT-02"}
#: Figures that are days, years or numbers inside a document's title: the words that print them.
IN_WORDS = {
    ("tt-001", "months_reported"): ("entered", "cải cách hành chính 9 tháng năm 2023"),
    ("tt-001", "months_ahead"): ("computed", "phương hướng, nhiệm vụ 3 tháng cuối năm 2023"),
    ("tt-001", "year"): ("entered", "9 tháng năm 2023"),
    ("tt-002", "from"): ("entered", "(Số liệu từ ngày 05/11/2022"),
    ("tt-002", "to"): ("entered", "đến ngày 01/9/2023)"),
    ("tt-007", "from"): ("register", "đợt cao điểm từ 20/5"),
    ("tt-007", "to"): ("register", "đến 30/5/2023"),
    ("tt-012", "procedures_with_shortened_time"): ("register", "giải quyết 7 TTHC"),
    ("tt-019", "from"): ("entered", "từ ngày 01/01/2023"),
    ("tt-019", "to"): ("entered", "đến ngày 10/8/2023"),
    ("tt-034", "year"): (
        "entered",
        "Trên đây là báo cáo kết quả thực hiện công tác cải cách hành chính 9 tháng năm 2023",
    ),
    ("tt-035", "from"): ("entered", "Từ ngày 05/11/2022"),
    ("tt-035", "to"): ("entered", "đến ngày 01/09/2023"),
    ("tt-035", "year"): ("entered", "đến ngày 01/09/2023"),
}

#: Figures of the annex with a value, and of the text by what figures.yaml calls them: how many come about which way.
COVERAGE = {
    "annex": {"register": 6, "entered": 40, "explained": 1},
    "computed": {"register": 2},
    "register": {"register": 5},
    "entered": {"computed": 8, "register": 12, "entered": 57},
    "unreachable": {"computed": 3, "entered": 12, "explained": 3},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("truong-thi") / "project"
    return make_periodic(deliver_registers(root, TRUONG_THI), "truong-thi", "2023-9T")


@pytest.fixture(scope="module")
def office(made: Made) -> OfficeFigures:
    return office_of(made.project, "truong-thi", "2023-9T")


@pytest.fixture(scope="module")
def text(made: Made) -> str:
    return re.sub(r"\s+", " ", made.page().get_text())


@pytest.fixture(scope="module")
def cells(made: Made) -> list[list[Any]]:
    """The annex as the HTML file shows it: code, label, unit of measure, value (a number, or None), note."""
    rows = []
    for row in made.page().find("table", id="truong-thi-annex").tbody.find_all("tr"):
        code, label, unit, shown, note = row.find_all(["td", "th"])
        figure = shown.find("data")
        value = None if figure is None else Decimal(figure["value"])
        words = [re.sub(r"\s+", " ", cell.get_text()).strip() for cell in (code, label, unit, note)]
        rows.append([*words[:3], value, words[3]])
    return rows


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((PRINTED / "figures.yaml").read_text(encoding="utf-8"))["figures"]
    return found


def indicator_of() -> dict[tuple[str, str], str]:
    """Figure and key, or `annex` and row → indicator."""
    return {(row["figure"], row["key"]): row["indicator"] for row in read(ROOT / TRUONG_THI / "figures_indicators.csv")}


def test_every_cell_of_the_annex(cells: list[list[Any]]) -> None:
    """As printed, but for the code used twice (TT-25), the unit of a rate (TT-26) and a word the scan misread."""
    expected = []
    for row in read(PRINTED / "statistics_annex.csv"):
        code = "3.3.1a" if row["row"] == "50" else row["code"]
        label = row["label"].replace("Sử sung", "Sử dụng")
        value = Decimal(row["value"]) if row["value"] else None
        unit = "%" if row["row"] == "88" else row["unit_of_measure"]
        expected.append([code, label, unit, value, row["note"]])
    assert len(cells) == 104
    assert cells == expected


def test_one_figure_has_one_value_wherever_it_is_printed(made: Made) -> None:
    """The annex and the text name the same indicator: dossiers of the desk's own days have another."""
    printed = made.json("indicators.json")
    assert {place.split("/")[0] for place in printed["staff_present"]["printed"]} == {
        "narrative:to-chuc-bo-may",
        "narrative:cong-vu",
        "truong-thi-annex",
    }
    assert (printed["dossiers_received"]["value"], printed["desk_received_total"]["value"]) == (3135, 2382)


def test_coverage(made: Made, office: OfficeFigures, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """How each cell and figure comes about; a computed value that differs from the print has a named reason."""
    printed = made.json("indicators.json")
    names = indicator_of()
    annex = {
        ("annex", row["row"]): Decimal(row["value"]) for row in read(PRINTED / "statistics_annex.csv") if row["value"]
    }
    narrative = {(figure["id"], key): value for figure in figures() for key, value in figure["figures"].items()}
    declared = {figure["id"]: figure["source"] for figure in figures()}
    ways: dict[tuple[str, str], str] = {}
    for place, value in {**annex, **narrative}.items():
        if place in CORRECTED:
            ways[place] = "explained"
        elif place in IN_WORDS:
            way, words = IN_WORDS[place]
            ways[place] = way if words in text else "not covered"
        else:
            ways[place] = _way(office, names[place], Decimal(value), printed)
    table = {
        source: Counter(way for place, way in ways.items() if declared.get(place[0], "annex") == source)
        for source in ("annex", "computed", "register", "entered", "unreachable")
    }
    with capsys.disabled():
        sys.stdout.write(f"\n{_shown(table)}\n")
    assert [place for place, way in ways.items() if way == "not covered"] == []
    for source in ("computed", "register"):
        assert set(table[source]) <= {"computed", "register", "explained"}
    assert {source: dict(counts) for source, counts in table.items()} == COVERAGE


def _way(office: OfficeFigures, name: str, value: Decimal, printed: dict[str, Any]) -> str:
    """computed, register, entered or explained; `not covered` where the report does not print the value."""
    computed, entered = (
        office.computed(name).value if not office.catalogue[name].entered else None,
        office.entered(name),
    )
    if name not in printed or Decimal(str(printed[name]["value"])) != value:
        return "not covered"
    if computed is None:
        return "entered" if entered is not None and entered.value == value else "not covered"
    if computed != value:
        return "explained" if name in EXPLAINED else "not covered"
    return "register" if office.catalogue[name].count is not None else "computed"


def _shown(table: dict[str, Counter[str]]) -> str:
    ways = ("computed", "register", "entered", "explained", "not covered")
    lines = [f"{'':12}" + "".join(f"{way:>12}" for way in ways)]
    lines += [f"{source:12}" + "".join(f"{counts[way]:12}" for way in ways) for source, counts in table.items()]
    return "\n".join(lines)


def test_what_the_print_got_wrong_is_found_and_nothing_else(made: Made) -> None:
    """Every failed finding is one of must_find.csv, with its values; what must hold raises no alarm."""
    assert {row["id"] for row in read(PRINTED / "must_find.csv")} == {*FOUND, *(found[0] for found in SAID)}
    failed = [finding for finding in made.json("findings.json")["findings"] if finding["success"] is False]
    found = Counter((finding["expectation"], finding["printed"], finding["computed"]) for finding in failed)
    assert found == Counter([*FOUND.values(), *((expectation, None, None) for _, expectation, *_ in SAID)])
    assert {finding["severity"] for finding in failed} == {"warning"}


@pytest.mark.parametrize(("name", "expectation", "row", "printed", "right"), SAID)
def test_what_is_no_figure_is_told_with_both_sides(
    made: Made, office: OfficeFigures, name: str, expectation: str, row: str | None, printed: str, right: str
) -> None:
    known = office.catalogue.indicators.get(row) if row else None
    wanted = (expectation, known.name if known else row)
    findings = made.json("findings.json")["findings"]
    (message,) = [found["message"] for found in findings if (found["expectation"], found["row"]) == wanted]
    assert message.index(printed) < message.rindex(right), name


def test_documents_are_listed_from_the_register(text: str) -> None:
    """Five of last year and seven of this one, cited in the usual form."""
    start = text.index("Năm trước: ban hành 05 văn bản -")
    middle = text.index("Trong 9 tháng năm 2023: ban hành 07 văn bản -")
    last, this = text[start:middle], text[middle : text.index("Kết quả thực hiện nhiệm vụ UBND phường")]
    assert len(re.findall(r" số \d+/[A-ZĐ-]+ ngày ", last)) == 5
    assert len(re.findall(r" số \d+/[A-ZĐ-]+ ngày ", this)) == 7
