"""Points for rates: dated weights, exact halves, and what cannot be rated."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from baocao.errors import ConfigurationError
from baocao.indicators.catalogue import Catalogue, load_catalogue
from baocao.indicators.definition import Indicator
from baocao.indicators.measure import Measure, Subject
from baocao.indicators.score import Index, Version, load_index, score
from baocao.project import find_project

DAY = date(2023, 1, 1)


def _rate(name: str, numerator: int | None, denominator: int | None) -> Measure:
    return Measure(name, Subject("x", area=True), None, "%", name, DAY, DAY, "tables", numerator, denominator)


def _version(**points: tuple[int, int]) -> Version:
    parts = [{"id": name, "rate": name, "points": most, "full_at_pct": full} for name, (most, full) in points.items()]
    return Version.model_validate({"from": DAY, "groups": [{"name": "Nhóm", "components": parts}]})


@pytest.mark.parametrize(
    ("numerator", "denominator", "points"),
    [
        (0, 10, "0.00"),
        (1, 4, "20.00"),  # a quarter of what half would give all of
        (1, 2, "40.00"),
        (9, 10, "40.00"),  # above the threshold nothing more is given
        (1, 16000, "0.01"),  # exactly 0.005, rounded up
        (-3, 10, "0.00"),
    ],
)
def test_points_are_in_proportion_up_to_the_threshold(numerator: int, denominator: int, points: str) -> None:
    version = _version(a=(40, 50), b=(60, 100))
    result = score(version, lambda name: _rate(name, numerator, denominator) if name == "a" else _rate(name, None, 1))
    assert result.components[0].points.value == Decimal(points)
    assert str(result.total.value) == points
    assert result.components[0].points.numerator == numerator


def test_what_cannot_be_rated_is_left_out_of_what_can_be_attained() -> None:
    version = _version(known=(30, 100), unknown=(30, 100), nothing=(40, 100))
    rates = {"known": (1, 2), "unknown": (None, 5), "nothing": (0, 0)}
    result = score(version, lambda name: _rate(name, *rates[name]))
    assert [scored.missing for scored in result.components] == [None, "no-data", "nothing-to-rate"]
    assert [scored.points.value for scored in result.components] == [Decimal("15.00"), None, None]
    assert (result.total.value, result.attainable.value) == (Decimal("15.00"), Decimal(30))


def test_a_subject_of_which_nothing_is_known_has_no_points_rather_than_none_of_them() -> None:
    result = score(_version(a=(100, 100)), lambda name: _rate(name, None, None))
    assert (result.total.value, result.attainable.value) == (None, None)


def test_the_version_of_the_day_holds() -> None:
    groups = [{"name": "Nhóm", "components": [{"id": "a", "rate": "a", "points": 100, "full_at_pct": 100}]}]
    index = Index.model_validate(
        {
            "id": "x",
            "name": "X",
            "document": "X",
            "versions": [{"from": "2024-01-01", "groups": groups}, {"from": "2022-01-01", "groups": groups}],
        }
    )
    assert index.on(date(2023, 12, 31)).from_date == date(2022, 1, 1)
    assert index.on(date(2024, 1, 1)).from_date == date(2024, 1, 1)
    with pytest.raises(ConfigurationError, match="holds from 2022-01-01 on"):
        index.on(date(2021, 12, 31))


@pytest.mark.parametrize("points", [{"a": (50, 100)}, {"a": (100, 0)}, {"a": (100, 120)}])
def test_an_index_that_does_not_add_up_is_refused(points: dict[str, tuple[int, int]]) -> None:
    with pytest.raises(ValidationError):
        _version(**points)


def test_the_index_of_the_project_is_the_decisions() -> None:
    project = find_project(Path(__file__))
    index = load_index(project, "qd-766", load_catalogue(project))
    points = {group.name: group.points for group in index.on(date(2025, 1, 1)).groups}
    assert list(points.values()) == [18, 20, 12, 10, 18, 22]


def test_an_index_that_rates_a_count_is_refused() -> None:
    project = find_project(Path(__file__))
    known = load_catalogue(project).indicators
    content: dict[str, Any] = known["handled_total"].model_dump()
    counts: dict[str, Indicator] = {**known, "handled_in_time_pct": Indicator.model_validate(content)}
    with pytest.raises(ConfigurationError, match="handled_in_time_pct is no percentage"):
        load_index(project, "qd-766", Catalogue(counts))
    with pytest.raises(ConfigurationError, match="qd-766"):
        load_index(project, "qd-767", Catalogue(known))
