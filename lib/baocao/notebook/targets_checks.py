"""Checks of a plan and of its progress as the findings every report prints, judged by Great Expectations."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from baocao.checks.comparisons import Comparison
from baocao.checks.findings import Finding, Severity
from baocao.checks.judge import the_judge
from baocao.checks.run import severity_under
from baocao.errors import ConfigurationError, one_of
from baocao.indicators.target_findings import RuleOutcome
from baocao.project import Project, StrictModel, read_model

SUITE = "targets"
#: A report of nothing at all is made under no profile.
ALWAYS_BLOCKS = ("has-data",)


class NamedRule(StrictModel):
    """What a rule is called, and its severity where it is not the rule's own."""

    name: str
    severity: Severity | None = None


class TargetSuite(StrictModel):
    """`expectations/targets.yaml`."""

    id: str
    rules: dict[str, NamedRule]


def load_target_suite(project: Project) -> TargetSuite:
    return read_model(project.expectations / f"{SUITE}.yaml", TargetSuite)


def judged_unequal(pairs: Sequence[tuple[int, int]]) -> Collection[int]:
    """Places of the pairs that differ, by Great Expectations."""
    compared = [Comparison("", "", "", one, other) for one, other in pairs]
    return set(the_judge().judge(compared, "equal", id=SUITE, severity="error").failed) if compared else set()


def findings(project: Project, outcomes: Iterable[RuleOutcome]) -> list[Finding]:
    """One finding for every rule and table that holds, one for everything that breaks it, under the profile.

    Raises
    ------
    ConfigurationError
        If the suite has no name for a rule.
    """
    suite, profile = load_target_suite(project), project.settings.profile
    grouped: defaultdict[tuple[str, str], list[RuleOutcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.rule not in suite.rules:
            raise ConfigurationError(f"expectations/{SUITE}.yaml: {one_of('rule', outcome.rule, suite.rules)}")
        grouped[outcome.table, outcome.rule].append(outcome)
    return [
        finding
        for (table, rule), parts in grouped.items()
        for finding in _of_rule(suite.rules[rule], rule, table, parts, profile)
    ]


def _of_rule(named: NamedRule, rule: str, table: str, outcomes: Sequence[RuleOutcome], profile: str) -> list[Finding]:
    checked = sum(outcome.rows_checked for outcome in outcomes)
    broken = [found for outcome in outcomes for found in outcome.findings]
    always = rule in ALWAYS_BLOCKS
    if not broken:
        severity = severity_under(profile, named.severity or "warning", always_blocks=always)
        success = True if checked else None
        return [Finding(rule, success, severity, table, None, None, None, None, None, named.name, checked, 0)]
    return [
        Finding(
            expectation=rule,
            success=False,
            severity=severity_under(profile, named.severity or found.severity, always_blocks=always),
            table=found.table,
            row=found.row or None,
            column=found.column,
            printed=found.printed,
            computed=found.computed,
            difference=found.difference,
            message=found.message.rstrip("."),
            rows_checked=checked,
            rows_not_checked=0,
        )
        for found in broken
    ]
