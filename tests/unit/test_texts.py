"""The analyst's own texts: kept, carried over unconfirmed, figures printed by name and nothing else evaluated."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from baocao.document.own_text import own_paragraphs
from baocao.errors import ConfigurationError, NarrativeError
from baocao.indicators.measure import Measure
from baocao.periods import parse_period
from baocao.project import Project
from baocao.texts import OwnText, carried_over, read_texts, start_period, text_folder
from tests.unit.test_office_figures import office, statistics

PERIOD = parse_period("2024-6T")


def text(content: str) -> OwnText:
    return OwnText("muc", "params/texts/an/2024-6T/muc.md", content)


def printed(content: str, noted: list[Measure] | None = None) -> list[tuple[str, str]]:
    figures = office(statistics(staff_assigned=23, staff_present=21))
    notes = [] if noted is None else noted
    blocks = own_paragraphs(text(content), figures.__getitem__, notes.append)
    return [(block.marker, "".join(run.text for run in block.runs)) for block in blocks]


def test_paragraphs_and_items() -> None:
    content = "Phường đã họp\nhai lần.\n\n- việc một;\n- việc hai\ndở dang.\n+ ý nhỏ"
    assert printed(content) == [
        ("", "Phường đã họp hai lần."),
        ("-", "việc một;"),
        ("-", "việc hai dở dang."),
        ("+", "ý nhỏ"),
    ]


def test_figures_are_printed_by_name_and_noted() -> None:
    noted: list[Measure] = []
    content = (
        "Có {{ staff_present | count }} người, tỷ lệ {{ present_pct | pct }}, "
        '{{ staff_saved | counted("người thiếu") }}.'
    )
    assert printed(content, noted) == [("", "Có 21 người, tỷ lệ 91,3%, 02 người thiếu.")]
    assert [measure.id for measure in noted] == ["staff_present", "present_pct", "staff_saved"]
    assert noted[1].value == Decimal("91.30")


def test_footnotes_stand_with_the_words_before_them() -> None:
    content = "Đã họp^[Thông báo số 5/TB-UBND.] và **xong** {{ staff_present | count }}^[Theo sổ [cũ?]5/TB.] việc."
    (block,) = own_paragraphs(text(content), office(statistics(staff_present=21)).__getitem__, lambda measure: None)
    assert [(run.text, run.footnote) for run in block.runs] == [
        ("Đã họp", "Thông báo số 5/TB-UBND."),
        (" và ", None),
        ("xong", None),
        (" ", None),
        ("21", "Theo sổ [cũ?]5/TB."),
        (" việc.", None),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Họp^[{{ staff_present | count }} người]", "write a footnote as"),
        ("Họp^[dở dang", "write a footnote as"),
        ("{{ staff_presen | count }}", "did you mean “staff_present”"),
        ("{{ staff_present | names }}", "muc.md: unknown filter “names”"),
        ("{{ staff_present }}", "print a figure as"),
        ("{{ staff_present | counted }}", "write for instance"),
        ("{% for x in y %}", "print a figure as"),
        ("{{ ''.__class__ | count }}", "print a figure as"),
        ("{{ present_pct | count }}", "has decimals; use the filter pct"),
    ],
)
def test_nothing_else_is_evaluated(content: str, said: str) -> None:
    with pytest.raises((NarrativeError, ConfigurationError), match=said):
        printed(content)


def test_markup_is_text() -> None:
    assert printed("<script>alert(1)</script> & *sao*") == [("", "<script>alert(1)</script> & *sao*")]


def test_carried_over_text_is_unconfirmed_and_its_figures_are_flagged() -> None:
    content = "Ngày 12/3/2020 họp 05 cuộc, đạt 73,98%; còn {{ staff_present | count }} người.\n\n- mục một\n"
    carried = carried_over(content)
    assert carried == (
        "[?] Ngày [cũ?]12/3/2020 họp [cũ?]05 cuộc, đạt [cũ?]73,98%; còn {{ staff_present | count }} người.\n\n"
        "- [?] mục một\n"
    )
    assert carried_over(carried) == carried
    assert len(text(carried).unconfirmed) == 2
    assert text(content).unconfirmed == []


def test_texts_are_read_by_section_and_strangers_refused(project: Project) -> None:
    folder = text_folder(project, "an", PERIOD)
    folder.mkdir(parents=True)
    write(folder / "muc.md", "<!-- gợi ý -->\nĐã làm.\n")
    write(folder / "trong.md", "<!-- chưa viết -->\n")
    assert {name: found.content for name, found in read_texts(project, "an", PERIOD, {"muc", "trong"}).items()} == {
        "muc": "Đã làm."
    }
    with pytest.raises(ConfigurationError, match=r"an/2024-6T/trong\.md: unknown section “trong”"):
        read_texts(project, "an", PERIOD, {"muc"})


def write(path: Path, content: Any) -> None:
    path.write_text(content, encoding="utf-8")


def test_a_new_period_starts_from_the_last_one_and_loses_nothing(project: Project) -> None:
    for period, content in (("2023-6T", "Cũ nhất.\n"), ("2023-9T", "Họp 05 cuộc.\n")):
        folder = text_folder(project, "an", parse_period(period))
        folder.mkdir(parents=True)
        write(folder / "muc.md", content)
        write(folder / "khac.md", content)
    target = text_folder(project, "an", PERIOD)
    target.mkdir()
    write(target / "khac.md", "Đã viết.\n")
    assert start_period(project, "an", PERIOD) == [target / "muc.md"]
    assert (target / "muc.md").read_text(encoding="utf-8") == "[?] Họp [cũ?]05 cuộc.\n"
    assert (target / "khac.md").read_text(encoding="utf-8") == "Đã viết.\n"
    assert start_period(project, "an", PERIOD) == []
    with pytest.raises(ConfigurationError, match="no texts of a period before 2020-Q1"):
        start_period(project, "an", parse_period("2020-Q1"))
    with pytest.raises(ConfigurationError, match="texts/an/2022-Q1: no texts to carry over"):
        start_period(project, "an", PERIOD, parse_period("2022-Q1"))
