"""What was delivered and what was not: silence told from absence, and the days the dossiers lack."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from baocao.checks.dossiers import check_dossiers
from baocao.intake import dossiers
from baocao.intake.dossier_source import find_lists
from baocao.store.deliveries import coverage
from baocao.store.ingest_dossiers import ingest_dossiers
from baocao.store.tables import Store
from tests.integration.conftest import call
from tests.integration.office import (
    ALL_OF_IT,
    AN,
    BINH,
    CHAU,
    COVERED,
    DISTRICT,
    FROM,
    TO,
    Office,
    done,
    dossier,
    write,
)

# --- Nothing is not zero ---


def test_a_covered_unit_without_dossiers_is_silent_and_another_has_not_sent(office: Office) -> None:
    office.dossiers(dossier("HS-1"), dossier("HS-2", AN), units=f"code={DISTRICT} or code={AN} or code={BINH}")
    assert office.group("silent") == [BINH]
    assert office.group("not-sent") == [CHAU]
    assert (office.of(BINH), office.of(CHAU)) == (0, None)
    assert office.of(BINH, "withdrawn") is None  # no state of any dossier has told
    assert office.failed("reporting") == [("reporting", "UBND xã Châu", None)]


def test_a_unit_of_which_nobody_said_anything_has_not_sent(office: Office) -> None:
    office.dossiers(dossier("HS-1", AN), units=None)
    assert office.group("active") == [AN]
    assert (office.group("silent"), office.group("not-sent")) == ([], [DISTRICT, BINH, CHAU])


def test_nothing_stored_for_the_period_is_no_zero(office: Office) -> None:
    office.dossiers(done("HS-1", AN))
    later: dict[str, Any] = {"first": date(2020, 4, 1), "last": date(2020, 6, 30)}
    assert office.slice(**later).rows == []
    assert office.total(**later) is None


# --- Days that were not delivered ---


@pytest.mark.parametrize(
    ("spans", "missing"),
    [
        ([((1, 1), (3, 31))], None),
        ([((1, 1), (2, 10)), ((2, 11), (3, 31))], None),
        ([((1, 1), (3, 30))], 1),
        ([((1, 1), (1, 31))], 60),
        ([((2, 1), (3, 31))], 31),
        ([((1, 1), (1, 31)), ((3, 1), (3, 31))], 29),
        ([((1, 11), (3, 21))], 20),
        ([((4, 1), (6, 30))], 91),
    ],
    ids=["all", "joined", "last day", "end", "beginning", "middle", "both ends", "later alone"],
)
def test_days_the_dossiers_lack_are_counted(
    office: Office, spans: list[tuple[tuple[int, int], tuple[int, int]]], missing: int | None
) -> None:
    for number, (first, last) in enumerate(spans):
        rows = [done("HS-1", AN), dossier(f"HS-{number + 2}", AN, received_date=date(2020, *last))]
        office.dossiers(*rows, units=AN, first=date(2020, *first), last=date(2020, *last))
    found = [(finding.row, finding.message) for finding in office.findings(COVERED) if finding.success is False]
    assert found == (
        [] if missing is None else [("UBND xã An", f"Danh sách hồ sơ còn thiếu {missing} ngày của kỳ báo cáo")]
    )


def test_a_unit_with_two_rows_lacks_its_days_once(office: Office) -> None:
    rows = [done("HS-1", AN), done("HS-2", AN, authority="vertical")]
    office.dossiers(*rows, units=AN, last=date(2020, 3, 30))
    assert len(office.slice().rows) == 2
    assert office.failed(COVERED) == [(COVERED, "UBND xã An", None)]


def test_days_one_system_lacks_are_not_made_up_for_by_another(office: Office) -> None:
    office.dossiers(done("HS-1", AN), units=AN)
    office.dossiers(done("HS-2", AN), units=AN, source="bo", last=date(2020, 1, 31))
    assert office.failed(COVERED) == [(COVERED, "UBND xã An", None)]


def two_files(office: Office, **covers: object) -> Path:
    """A delivery of two files: the first names a dossier of An, the second one of Bình."""
    folder = office.folder([dossier("HS-1", AN)], "a.csv", dossiers.DATASET, "", {})
    write(folder / "b.csv", [dossier("HS-2", BINH)])
    files = [{"file": name, "dataset": dossiers.DATASET} for name in ("a.csv", "b.csv")]
    said = {"unit": DISTRICT, "covers": {"from": FROM, "to": TO, **covers}, "files": files}
    described = {"source": "cong", "name": "Cổng", "origin": "made up", **said}
    (folder / "source.yaml").write_text(yaml.safe_dump(described, allow_unicode=True), encoding="utf-8")
    return folder


def test_a_list_in_two_files_covers_with_its_last(office: Office) -> None:
    folder = two_files(office, units=ALL_OF_IT)
    first, second = find_lists(office.project, [str(folder)])
    ingest_dossiers(office.project, first)
    assert office.group("silent") == []
    ingest_dossiers(office.project, second)
    assert office.group("silent") == [DISTRICT, CHAU]
    assert office.total() == 2


def test_units_of_all_files_are_covered_where_nobody_names_them(office: Office) -> None:
    folder = two_files(office)
    done = call(office.project.root, "ingest", "dossiers", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    known = coverage(Store(office.project.store), 1)
    assert [known.of(unit).spans for unit in (AN, BINH, DISTRICT, CHAU)] == [*[((FROM, TO),)] * 3, ()]
    kept = office.findings()
    check_dossiers(office.project)
    assert office.findings() == kept
