"""The period before: exactly one, whatever else is stored."""

import shutil
from datetime import date

import pytest

from baocao.intake.source import Stated, find_sources
from baocao.project import Project
from baocao.store.ingest import ingest
from baocao.store.slices import stored_tables
from baocao.store.tables import Store
from tests.conftest import SAMPLE


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ((date(2020, 2, 15), date(2020, 3, 14)), (date(2020, 1, 15), date(2020, 2, 14))),  # not the quarter around it
        ((date(2020, 1, 15), date(2020, 2, 14)), (date(2019, 12, 15), date(2020, 1, 14))),
        ((date(2019, 12, 15), date(2020, 3, 14)), None),  # months inside the quarter are not before it
        ((date(2020, 3, 10), date(2020, 6, 14)), (date(2019, 12, 15), date(2020, 3, 14))),  # an overlap is seen
    ],
)
def test_period_before(project: Project, dates: tuple[date, date], expected: tuple[date, date] | None) -> None:
    for period in ("2020-01", "2020-02", "2020-Q1"):
        path = project.root / f"{period}.csv"
        shutil.copyfile(project.root / SAMPLE / "bieu_2_by_unit.csv", path)
        explicit = (date(2019, 12, 15), date(2020, 3, 14)) if period == "2020-Q1" else (None, None)
        stated = Stated("tuan-giao", period, *explicit)
        ingest(project, find_sources(project, "one-stop-summary", [path], stated))
    previous = stored_tables(Store(project.store), "tuan-giao", *dates, None).previous
    found = {(row["from_date"], row["to_date"]) for row in previous or ()}
    assert found == ({expected} if expected else set())
    assert len(previous or ()) == (21 if expected else 0)
