"""Run a suite over a slice: pairs, verdicts, findings."""

from baocao.checks.comparisons import CheckedSlice, Comparison, compare
from baocao.checks.findings import Finding, Severity
from baocao.checks.judge import Question, Relation, the_judge
from baocao.checks.suite import (
    AdjacentPeriods,
    DaysCovered,
    Expectation,
    FieldsListed,
    HasData,
    ListsApart,
    NotLarger,
    Reporting,
    Suite,
    SystemsDeclared,
)
from baocao.checks.verdicts import Verdict
from baocao.intake.one_stop import LABELS

_LARGEST_ON_THE_LEFT = (HasData, NotLarger)
#: These compare numbers of rows or days, which are nobody's figures; the message says what there is to say.
_ABOUT_PRESENCE = (HasData, Reporting, FieldsListed, AdjacentPeriods, DaysCovered, ListsApart, SystemsDeclared)


def run_suite(suite: Suite, data: CheckedSlice, profile: str) -> list[Finding]:
    """Findings of every expectation that applies to the tables, in the order of the suite.

    Parameters
    ----------
    profile
        `strict`, or `as-printed`: what an office has already printed wrong is a warning.
    """
    asked = suite_questions(suite, data, profile)
    verdicts = the_judge().judge_all(question for _, question in asked)
    return [
        finding
        for (expectation, question), verdict in zip(asked, verdicts, strict=True)
        for finding in _findings(expectation, question, verdict)
    ]


def suite_questions(suite: Suite, data: CheckedSlice, profile: str) -> list[tuple[Expectation, Question]]:
    """What a suite asks of the tables: every expectation that applies, with its pairs."""
    asked: list[tuple[Expectation, Question]] = []
    for expectation in suite.expectations:
        pairs = compare(expectation, data)
        if pairs:
            relation: Relation = "at-least" if isinstance(expectation, _LARGEST_ON_THE_LEFT) else "equal"
            severity = severity_under(profile, expectation.severity, always_blocks=expectation.always_blocks)
            asked.append((expectation, Question(expectation.id, pairs, relation, severity)))
    return asked


def severity_under(profile: str, severity: Severity, *, always_blocks: bool = False) -> Severity:
    """What a severity comes to under a profile: `as-printed`, an error of what is printed already is a warning."""
    if profile == "as-printed" and severity == "error" and not always_blocks:
        return "warning"
    return severity


def _findings(expectation: Expectation, question: Question, verdict: Verdict) -> list[Finding]:
    pairs, severity = question.pairs, question.severity
    checked = len(pairs) - verdict.missing
    tables = ", ".join(dict.fromkeys(pair.table for pair in pairs if pair.table))
    if verdict.failed:
        return [_failure(expectation, pairs[place], severity, checked, verdict.missing) for place in verdict.failed]
    return [
        Finding(
            expectation=expectation.id,
            success=True if checked else None,
            severity=severity,
            table=tables,
            row=None,
            column=None,
            printed=None,
            computed=None,
            difference=None,
            message=expectation.name,
            rows_checked=checked,
            rows_not_checked=verdict.missing,
        )
    ]


def _failure(expectation: Expectation, pair: Comparison, severity: Severity, checked: int, missing: int) -> Finding:
    if pair.printed is None or pair.computed is None:
        raise AssertionError(f"{expectation.id}: a blank was judged")
    difference = pair.printed - pair.computed
    message = expectation.message.format(
        printed=pair.printed, computed=pair.computed, difference=difference, column=LABELS.get(pair.column, pair.column)
    )
    figures = not isinstance(expectation, _ABOUT_PRESENCE)
    return Finding(
        expectation=expectation.id,
        success=False,
        severity=severity,
        table=pair.table,
        row=pair.row,
        column=pair.column or None,
        printed=pair.printed if figures else None,
        computed=pair.computed if figures else None,
        difference=difference if figures else None,
        message=message,
        rows_checked=checked,
        rows_not_checked=missing,
    )
