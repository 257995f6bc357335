"""Checks of what an office entered and wrote: against what is computed, code lists, and its own sentences."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from baocao.checks.findings import Finding, Severity
from baocao.checks.run import severity_under
from baocao.indicators.measure import Measure, Value
from baocao.indicators.office import STATISTICS, OfficeFigures, RegisterRow
from baocao.locale import fold
from baocao.texts import OwnText

STATISTICS_LABEL = "Số liệu nhập"
TEXTS_LABEL = "Lời văn"
_NUMBER = r"(?<![\d.,/])(\d[\d.]*)\s+"


@dataclass(frozen=True)
class FormLine:
    """Code and unit of measure under which a form prints an indicator."""

    code: str
    unit_of_measure: str


def check_office(
    office: OfficeFigures, texts: Iterable[OwnText], missing: Sequence[str], profile: str
) -> list[Finding]:
    """Findings about the statistics and texts of one office and period.

    Parameters
    ----------
    texts
        The analyst's own texts.
    missing
        Sections whose required text nobody has written.
    profile
        `as-printed` turns errors of figures into warnings; a text that is missing or unconfirmed always blocks.
    """
    written = list(texts)
    found = [
        *_judged("entered-agrees", "error", profile, "Số nhập bằng số tính được", _contradicted(office)),
        *_judged("rate-over-nothing", "error", profile, "Không in tỷ lệ khi mẫu số bằng không", _over_nothing(office)),
        *_judged("rate-printed", "warning", profile, "Tỷ lệ được in khi đã có đủ số liệu", _rates_left_out(office)),
        *_judged("known-indicator", "error", profile, "Mọi chỉ tiêu nhập đều có trong danh mục", _unknown(office)),
        *_judged("code-list", "error", profile, "Giá trị nhập nằm trong bảng mã", _outside_codes(office)),
        *_judged("typed-figure", "error", profile, "Số gõ trong lời văn bằng số tính được", _typed(office, written)),
    ]
    always = "strict"
    gaps = [_finding(TEXTS_LABEL, name, "Chưa có lời văn của mục này") for name in missing]
    unconfirmed = [
        _finding(TEXTS_LABEL, text.section, f"Lời văn kỳ trước chưa được xác nhận: “{part[:80]}”")
        for text in written
        for part in text.unconfirmed
    ]
    return [
        *found,
        *_judged("text-written", "error", always, "Các mục bắt buộc đều có lời văn", gaps),
        *_judged("text-confirmed", "error", always, "Lời văn đều đã được xác nhận", unconfirmed),
    ]


def check_form_lines(office: OfficeFigures, lines: Mapping[str, FormLine], profile: str) -> list[Finding]:
    """Findings about code and unit of measure an office stated beside a figure, against the lines of its form."""
    rows = office.registers.get(STATISTICS, ())
    stated = [(row, lines[row["indicator"]]) for row in rows if row["indicator"] in lines]
    codes = [(row, row.get("code"), line.code) for row, line in stated]
    units = [(row, row.get("unit_of_measure"), line.unit_of_measure) for row, line in stated]
    return [
        *_judged("code-as-in-form", "warning", profile, "Mã ghi như trong mẫu", _unlike(office, "mã", codes)),
        *_judged(
            "unit-as-in-form", "error", profile, "Đơn vị tính như trong mẫu", _unlike(office, "đơn vị tính", units)
        ),
    ]


def _unlike(
    office: OfficeFigures, what: str, pairs: Iterable[tuple[RegisterRow, str | None, str]]
) -> Iterator[Finding]:
    for row, stated, expected in pairs:
        if stated and expected and _bare(stated) != _bare(expected):
            name = office.catalogue[row["indicator"]].name
            yield _finding(STATISTICS_LABEL, name, f"{name}: {what} ghi “{stated}”, mẫu là “{expected}”")


def _bare(text: str) -> str:
    """Without spaces and case: “Có = 1” is “Có=1”."""
    return fold(text).replace(" ", "").rstrip(".;")


def _judged(expectation: str, severity: Severity, profile: str, name: str, failing: Iterable[Finding]) -> list[Finding]:
    """The failing findings under their expectation, or the one that says it holds."""
    shown = severity_under(profile, severity)
    found = [_under(finding, expectation, shown) for finding in failing]
    return found or [_under(_finding("", None, name, success=True), expectation, shown)]


def _contradicted(office: OfficeFigures) -> Iterator[Finding]:
    for entered, computed in office.contradictions():
        if computed.value is not None and entered.value != computed.value:
            name = office.catalogue[entered.indicator].name
            message = f"{name}: số nhập {_text(office, entered)}, số tính {_text(office, computed)}"
            yield _finding(STATISTICS_LABEL, name, message, entered.value, computed.value)


def _over_nothing(office: OfficeFigures) -> Iterator[Finding]:
    for entered, computed in office.contradictions():
        if computed.denominator == 0:
            name = office.catalogue[entered.indicator].name
            message = f"{name}: in {_text(office, entered)} trong khi mẫu số bằng không"
            yield _finding(STATISTICS_LABEL, name, message, entered.value)


def _rates_left_out(office: OfficeFigures) -> Iterator[Finding]:
    for row in office.registers.get(STATISTICS, ()):
        indicator = office.catalogue.indicators.get(row["indicator"])
        if indicator is None or not indicator.is_ratio or row["value"] is not None:
            continue
        computed = office.computed(row["indicator"])
        if computed.value is not None:
            message = f"{indicator.name}: để trống, số tính được là {_text(office, computed)}"
            yield _finding(STATISTICS_LABEL, indicator.name, message, None, computed.value)


def _unknown(office: OfficeFigures) -> Iterator[Finding]:
    for row, said in office.unknown():
        place = f"{row['file']}, dòng {row['row']}"
        yield _finding(STATISTICS_LABEL, row["indicator"], f"Chỉ tiêu không có trong danh mục ({place}): {said}")


def _outside_codes(office: OfficeFigures) -> Iterator[Finding]:
    for row in office.registers.get(STATISTICS, ()):
        indicator = office.catalogue.indicators.get(row["indicator"])
        if indicator is None or not indicator.codes or row["value"] is None or row["value"] in indicator.codes:
            continue
        codes = "; ".join(f"{code} = {meaning}" for code, meaning in indicator.codes.items())
        entered = office[row["indicator"]]
        message = f"{indicator.name}: số nhập {_text(office, entered)} không có trong bảng mã ({codes})"
        yield _finding(STATISTICS_LABEL, indicator.name, message, entered.value)


def _typed(office: OfficeFigures, texts: Sequence[OwnText]) -> Iterator[Finding]:
    """A number typed before the noun of an indicator that has another value."""
    nouns = {name: fold(found.noun) for name, found in office.catalogue.indicators.items() if found.noun}
    for text in texts:
        for part in text.paragraphs():
            for name, noun in nouns.items():
                known = office[name].value
                for match in re.finditer(_NUMBER + re.escape(noun) + r"(?!\w)", fold(part)):
                    typed = int(match[1].replace(".", "") or 0)
                    if known is not None and typed != known:
                        right = _text(office, office[name])
                        message = f"“{match[0]}”: số tính được là {right}; in số bằng {{{{ {name} | count }}}}"
                        yield _finding(TEXTS_LABEL, text.section, message, typed, known)


def _text(office: OfficeFigures, measure: Measure) -> str:
    if not office.catalogue[measure.indicator].grouped:
        return measure.machine_text
    return f"{measure.text(keep_zeros=False)}{'%' if measure.is_percentage else ''}"


def _finding(
    table: str, row: str | None, message: str, printed: Value = None, computed: Value = None, *, success: bool = False
) -> Finding:
    difference = None if printed is None or computed is None else printed - computed
    return Finding(
        expectation="",
        success=success,
        severity="error",
        table=table,
        row=row,
        column=None,
        printed=printed,
        computed=computed,
        difference=difference,
        message=message,
        rows_checked=1,
        rows_not_checked=0,
    )


def _under(finding: Finding, expectation: str, severity: Severity) -> Finding:
    return replace(finding, expectation=expectation, severity=severity)
