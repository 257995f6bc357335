"""Checks of dossiers at ingest, kept with the table version, and read again by every report of it."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import date

import pyarrow as pa

from baocao.checks.comparisons import Comparison
from baocao.checks.dossier_suite import SUITE, DossierExpectation, DossierSuite, Fresh, UsualNumber, load_dossier_suite
from baocao.checks.dossier_violations import NAMED, Group, Violations, find_violations
from baocao.checks.findings import Finding, Severity
from baocao.checks.judge import the_judge
from baocao.checks.run import severity_under
from baocao.indicators.slices import DOSSIER_TABLE
from baocao.intake.days import EARLIEST, LATEST
from baocao.intake.dossier_source import DossierList
from baocao.intake.dossiers import NO_MONTH
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project
from baocao.store.correct import CorrectedStore, correct_stored
from baocao.store.deliveries import coverage
from baocao.store.dossiers import scan_dossiers
from baocao.store.history import FINDINGS
from baocao.store.ingest_dossiers import IngestedList, ingest_dossiers
from baocao.store.tables import Store, Where
from baocao.units import UnitRegistry

#: Kept for every unit that was looked at, also where no rule could be judged; and what a report says of dossiers the
#: suite in force has never seen, where one of its rules would block it.
CHECKED = "dossiers-checked"
UNCHECKED = "Hồ sơ chưa được kiểm tra theo bộ quy tắc hiện hành; chạy `baocao check dossiers` rồi lập lại văn bản"
_SCHEMA = pa.schema(
    [
        ("version", pa.int64()),
        ("suite_hash", pa.string()),
        ("expectation", pa.string()),
        ("unit", pa.string()),
        ("month", pa.string()),
        ("checked", pa.int64()),
        ("failing", pa.int64()),
        ("found", pa.int64()),
        ("expected", pa.int64()),
        ("dossiers", pa.string()),
    ]
)


def ingest_and_check(
    project: Project, delivery: DossierList, progress: Callable[[int], None] = lambda _: None
) -> IngestedList:
    """Take one list into the store (`ingest_dossiers`) and check the units it touched, keeping what was found."""
    done = ingest_dossiers(project, delivery, progress)
    units = sorted({*done.units, *(unit for unit, _, _ in delivery.before)})
    if units and (done.news or not _all_kept(project, units, done.version)):
        check_dossiers(project, units)
    return done


def correct_and_check(project: Project) -> CorrectedStore:
    """Apply corrections to the stored dossiers (`correct_stored`) and check the units they are about."""
    done = correct_stored(project)
    if done.units:
        check_dossiers(project, done.units)
    return done


def check_dossiers(project: Project, units: Sequence[str] | None = None) -> int:
    """Check all dossiers of some units (all for None) at the newest version and keep the result; that version.

    Returns -1 where no dossier was ever stored.
    """
    store = Store(project.store)
    scan = scan_dossiers(store)
    if scan is None:
        return -1
    suite = load_dossier_suite(project)
    found = find_violations(scan, suite, load_vocabulary(project), coverage(store, scan.version), units)
    suite_hash = _suite_hash(project)
    rows = [
        {
            "version": scan.version,
            "suite_hash": suite_hash,
            "expectation": group.expectation,
            "unit": group.unit,
            "month": group.month,
            "checked": group.checked,
            "failing": group.failing,
            "found": group.found,
            "expected": group.expected,
            "dossiers": ", ".join(group.dossiers),
        }
        for group in (
            *(Group(CHECKED, unit, None, 0, 0) for unit in found.units),
            *found.checked,
            *judged(suite, found),
        )
    ]
    if units is not None:  # what is known of the other units at this version stays
        known = store.read(FINDINGS, where=[("version", "=", scan.version), ("suite_hash", "=", suite_hash)])
        rows += [row for row in known.rows.to_pylist() if row["unit"] not in units] if known is not None else []
    store.replace_slices(FINDINGS, pa.Table.from_pylist(rows, schema=_SCHEMA), ("version", "suite_hash"))
    return scan.version


def kept_findings(
    project: Project, registry: UnitRegistry, units: Collection[str], from_date: date, to_date: date, version: int
) -> list[Finding]:
    """What the checks found wrong with dossiers of `units` received in the months of a period, at a table version.

    Dossiers that were not taken in yet are of no period; what is wrong with them is told where all days are asked for.
    """
    suite = load_dossier_suite(project)
    # Of another suite the results say nothing.
    mine: Where = [("unit", "in", sorted(units)), ("suite_hash", "=", _suite_hash(project))]
    known = Store(project.store).read(FINDINGS, where=mine)
    results = [] if known is None else known.rows.to_pylist()
    ever = {row["unit"] for row in results}
    rows = [row for row in results if row["version"] <= version]
    newest: dict[str, int] = {}
    for row in rows:
        newest[row["unit"]] = max(newest.get(row["unit"], -1), row["version"])
    first, last = f"{from_date:%Y-%m}", f"{to_date:%Y-%m}"
    others = {NO_MONTH} if from_date <= EARLIEST and to_date >= LATEST else set()
    findings = _unchecked(project, suite, registry, set(units) - ever, version)
    for expectation in suite.expectations:
        current = [
            row for row in rows if row["expectation"] == expectation.id and row["version"] == newest[row["unit"]]
        ]
        checked = sum(row["checked"] for row in current if row["month"] is None)
        months = {row["month"] for row in current if row["month"] and first <= row["month"] <= last} | others
        wrong = [row for row in current if row["month"] in months]
        severity = severity_under(project.settings.profile, expectation.severity)
        if not wrong:
            passed = True if checked else None
            findings.append(_finding(expectation.id, severity, passed, None, expectation.name, checked))
        for unit in dict.fromkeys(row["unit"] for row in wrong):
            of_unit = [row for row in wrong if row["unit"] == unit]
            findings += [
                _finding(expectation.id, severity, False, registry[unit].name, message, checked)
                for message in _messages(expectation, of_unit)
            ]
    return findings


def _unchecked(
    project: Project, suite: DossierSuite, registry: UnitRegistry, units: Collection[str], version: int
) -> list[Finding]:
    """A finding for every one of `units` that has dossiers, where a rule of the suite would block the report."""
    if not units or not any(expectation.severity == "error" for expectation in suite.expectations):
        return []
    scan = scan_dossiers(Store(project.store), str(version))
    severity = severity_under(project.settings.profile, "error")
    return [
        _finding(CHECKED, severity, False, registry[unit].name, UNCHECKED, 0)
        for unit in (scan.units_among(units) if scan else ())
    ]


def judged(suite: DossierSuite, found: Violations) -> list[Group]:
    """The months of units that Great Expectations finds failing: it is given one number for every unit and rule."""
    if not found.checked:
        return []
    pairs = [
        Comparison(DOSSIER_TABLE, f"{group.unit} {group.expectation}", "", group.failing, 0) for group in found.checked
    ]
    verdict = the_judge().judge(pairs, "equal", id=suite.id, severity="error")
    wrong = {(found.checked[place].expectation, found.checked[place].unit) for place in verdict.failed}
    return [group for group in found.failing if (group.expectation, group.unit) in wrong]


def _messages(expectation: DossierExpectation, rows: Sequence[dict[str, object]]) -> list[str]:
    """Months of a unit in one message, unless each month is a matter of its own."""
    if isinstance(expectation, UsualNumber | Fresh):
        return [
            expectation.message.format(
                printed=row["found"],
                computed=row["expected"],
                month="/".join(reversed(str(row["month"]).split("-"))),
                dossiers="",
            )
            for row in rows
        ]
    named = sorted(name for row in rows for name in str(row["dossiers"]).split(", ") if name)
    found = sum(int(str(row["found"])) for row in rows)
    more = " …" if found > len(named[:NAMED]) else ""
    return [
        expectation.message.format(
            printed=found, computed=rows[0]["expected"], month="", dossiers=", ".join(named[:NAMED]) + more
        )
    ]


def _finding(
    expectation: str, severity: Severity, success: bool | None, row: str | None, message: str, checked: int
) -> Finding:
    return Finding(
        expectation=expectation,
        success=success,
        severity=severity,
        table=DOSSIER_TABLE,
        row=row,
        column=None,
        printed=None,
        computed=None,
        difference=None,
        message=message,
        rows_checked=checked,
        rows_not_checked=0,
    )


def _all_kept(project: Project, units: Collection[str], version: int) -> bool:
    current: Where = [("version", "<=", version), ("suite_hash", "=", _suite_hash(project))]
    known = Store(project.store).read(FINDINGS, where=current)
    return known is not None and set(units) <= set(known.rows.column("unit").to_pylist())


def _suite_hash(project: Project) -> str:
    return hashlib.sha256((project.expectations / f"{SUITE}.yaml").read_bytes()).hexdigest()[:16]
