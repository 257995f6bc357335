"""Past figures of units of today: a renamed unit keeps its own, merged ones are added, a divided one is nobody's."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from baocao.indicators.catalogue import load_catalogue
from baocao.indicators.frozen_summary import freeze_summary
from baocao.indicators.history import History, load_history, past_periods
from baocao.intake.vocabulary import load_vocabulary
from baocao.periods import Period, Periods, parse_period
from baocao.project import Project
from baocao.run.freezing import freeze
from baocao.store.dossiers import scan_dossiers
from baocao.store.frozen import reading_frozen
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions
from baocao.units import Unit
from tests.conftest import copy_project
from tests.integration.office import Office, dossier, new_office

UNITS = """\
code,name,short_name,level,type,parent,aliases,valid_from,valid_to,successors
tinh,UBND tỉnh Mẫu,Mẫu,province,tinh,,,,,
huyen,UBND huyện Đông,Đông,district,huyen,tinh,,,2019-12-14,tinh;moi-a;moi-b
huyen.a,UBND xã A,A,commune,xa,huyen,,,2019-12-14,moi-a
huyen.b,UBND xã B,B,commune,xa,huyen,,,2019-12-14,moi-a
huyen.c,UBND xã C,C,commune,xa,huyen,,,2019-12-14,moi-c
huyen.d,UBND xã D,D,commune,xa,huyen,,,2019-12-14,moi-a;moi-b
moi-a,UBND xã Mới A,Mới A,commune,xa,tinh,,2019-12-15,,
moi-b,UBND xã Mới B,Mới B,commune,xa,tinh,,2019-12-15,,
moi-c,UBND xã Mới C,Mới C,commune,xa,tinh,,2019-12-15,,
"""
NOW, BEFORE, EARLIER = (
    Period(parse_period("2020-Q1"), date(2019, 12, 15), date(2020, 3, 14)),
    (date(2019, 9, 15), date(2019, 12, 14)),
    (date(2019, 6, 15), date(2019, 9, 14)),
)
#: Dossiers received in the period before, and in the one before that.
TOLD = {"huyen": (7, 1), "huyen.a": (10, 2), "huyen.b": (20, 0), "huyen.c": (30, 3), "huyen.d": (40, 4)}


def received(unit: str, count: int, first: date) -> list[dict[str, object]]:
    """Dossiers of a unit that came and went within a few days."""
    days = {"received_date": first, "due_date": first + timedelta(days=9), "finished_date": first + timedelta(days=5)}
    return [dossier(f"{unit}-{first}-{place}", unit, **days, status="finished") for place in range(count)]


def deliver(office: Office, place: int, units: Sequence[str], days: tuple[date, date]) -> None:
    rows = [row for unit in units for row in received(unit, TOLD[unit][place], days[0])]
    office.dossiers(*rows, units=",".join(units), first=days[0], last=days[1], unit="tinh")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A province whose units change on 15/12/2019; nothing is delivered of those that follow."""
    project = copy_project(tmp_path_factory.mktemp("history") / "project")
    office = new_office(project)
    (project.params / "units" / "mau.csv").write_text(UNITS, encoding="utf-8")
    deliver(office, 0, list(TOLD), BEFORE)
    deliver(office, 1, [unit for unit in TOLD if unit != "huyen.b"], EARLIER)
    return office


def load(office: Office) -> History:
    project, registry = office.project, office.registry
    versions = resolve_versions(Store(project.store), None)
    return load_history(project, load_catalogue(project), registry, registry["tinh"], NOW, versions, 7)


@pytest.fixture(scope="module")
def history(told: Office) -> History:
    return load(told)


def taken_in(history: History, unit: str, place: int) -> object:
    code = {"A": "moi-a", "B": "moi-b", "C": "moi-c"}[unit]
    return history.of_unit("received_new", Unit(code, code, code, "commune", "xa"), place).value


def test_periods_are_the_seven_before_with_the_same_one_last_year(history: History) -> None:
    assert [str(period.id) for period in history.periods][-3:] == ["2019-Q2", "2019-Q3", "2019-Q4"]
    assert len(history.periods) == 7
    assert str(history.periods[history.previous].id) == "2019-Q4"
    assert str(history.periods[history.year_before].id) == "2019-Q1"


def test_last_year_is_added_where_the_periods_do_not_reach_it(project: Project) -> None:
    office = new_office(project).registry["huyen"]
    month = Period(parse_period("2020-03"), date(2020, 2, 15), date(2020, 3, 14))
    found, previous, year_before = past_periods(Periods(project), office, month, 7)
    assert [str(period.id) for period in found][:2] == ["2019-03", "2019-08"]
    assert (str(found[previous].id), str(found[year_before].id)) == ("2020-02", "2019-03")


def test_the_area_holds_every_dossier_once(history: History) -> None:
    assert history.of_area("received_new", history.previous).value == 107
    assert history.of_area("received_new", history.previous).id == "received_new:2019-Q4"


def test_merged_units_are_added_and_a_renamed_one_goes_on(history: History) -> None:
    assert taken_in(history, "A", history.previous) == 30
    assert taken_in(history, "C", history.previous) == 30
    assert history.merged == {"moi-a", "moi-c"}


def test_a_merged_unit_is_blank_where_one_of_its_parts_told_nothing(history: History) -> None:
    assert taken_in(history, "A", history.previous - 1) is None
    assert taken_in(history, "C", history.previous - 1) == 3


def test_a_divided_unit_is_nobody_s_and_is_named(history: History) -> None:
    assert taken_in(history, "B", history.previous) is None
    assert {unit.code for unit in history.unplaced} == {"huyen", "huyen.d"}


def test_a_period_nobody_told_of_is_blank(history: History) -> None:
    assert history.of_area("received_new", history.year_before).value is None
    assert history.of_area("late_rate_pct", history.year_before).value is None


def test_who_told_nothing_now_is_named_with_its_usual_share(history: History) -> None:
    shares = {one.unit.code: one.usual_share_pct for one in history.not_sent}
    assert shares.keys() == {"moi-a", "moi-b", "moi-c"}
    of_c = shares["moi-c"]
    assert of_c is not None
    assert (of_c.numerator, of_c.denominator) == (33, 117)
    assert shares["moi-b"] is None


def test_what_a_batch_summarised_ahead_gives_the_same(told: Office, history: History) -> None:
    """One period is read from the batch's summary, the others are counted."""
    project = told.project
    folder = freeze(project)
    with reading_frozen(folder):
        scan = scan_dossiers(Store(project.store))
        assert scan is not None
        freeze_summary(folder, scan, load_vocabulary(project), *BEFORE)
        again = load(told)
    assert (again.area, again.units) == (history.area, history.units)
    assert again.area.keys() == {history.previous, history.previous - 1}
