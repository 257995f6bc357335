"""The page of points: what is computed, what has no data, and an index that does not hold yet."""

import json
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from baocao.project import Project
from tests.conftest import copy_project
from tests.integration.conftest import Baocao, call

RUN = ("run", "service-quality", "--unit", "tuan-giao", "--period", "2020-Q1", "--formats", "html")


@pytest.fixture(scope="module")
def made(taken_in: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page by an index that held in 2020 already."""
    project = copy_project(tmp_path_factory.mktemp("score") / "project")
    shutil.copytree(taken_in.store, project.store)
    index = project.params / "scores" / "qd-766.yaml"
    index.write_text(
        index.read_text(encoding="utf-8").replace("from: 2022-06-23", "from: 2020-01-01"), encoding="utf-8"
    )
    done = call(project.root, *RUN)
    assert done.returncode == 0, done.stderr
    return project.outputs / "service-quality" / "2020-Q1" / "tuan-giao"


def test_components_are_computed_with_numerator_and_denominator(made: Path) -> None:
    figures = json.loads((made / "indicators.json").read_text(encoding="utf-8"))
    progress = figures["score_progress"]
    # 775 resolved and 96 pending; of these 691 in time and 92 not yet due
    assert (progress["numerator"], progress["denominator"], progress["value"]) == (783, 871, 17.98)
    assert figures["score_online"]["value"] == 0
    assert (figures["score_total"]["value"], figures["score_attainable"]["value"]) == (17.98, 32)
    assert figures["score_payment"]["value"] is None


def test_what_has_no_data_is_not_applicable_and_units_say_why(made: Path) -> None:
    page = BeautifulSoup((made / "report.html").read_text(encoding="utf-8"), "html.parser")
    rows = [[cell.get_text(" ", strip=True) for cell in row.find_all(["td", "th"])] for row in page.find_all("tr")]
    payment = next(row for row in rows if "Tỷ lệ hồ sơ thanh toán trực tuyến" in row)
    assert payment[-2:] == ["", "Không áp dụng: chưa có số liệu"]
    (silent,) = (row for row in rows if row[1:2] == ["UBND Xã Nà Tông"])
    assert silent[2:] == ["", "", "", "", "Không phát sinh hồ sơ"]


def test_an_index_holds_from_its_day_on(ingested: Project, baocao: Baocao) -> None:
    done = baocao(*RUN)
    assert done.returncode == 1
    assert "index qd-766 holds from 2022-06-23 on, not on 2020-04-01" in done.stderr
