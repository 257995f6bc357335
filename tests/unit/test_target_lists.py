"""The lists beside a plan: tasks and online-only procedures that do not hold together say where."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from baocao.errors import ConfigurationError
from baocao.indicators.target_findings import findings_of
from baocao.indicators.target_lists import check_lists, read_online_only, read_tasks
from baocao.indicators.target_plan import load_target_plan
from baocao.project import Project
from baocao.units import load_registry

Edit = Callable[[Path, str, str], None]
PLAN = "hai-phong-2022"


def read(project: Project) -> None:
    plan = load_target_plan(project, PLAN)
    read_tasks(project, plan)
    read_online_only(project, plan, load_registry(project))


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("tasks", "task,I,6,", "tasks,I,6,", "tasks.csv, row 16, row_type: .*did you mean “task”"),
        (
            "tasks",
            "Tháng 5/2022,,2022-05-31",
            "Tháng 5/2022,,",
            "row 16, last_due: empty; expected the task's deadline",
        ),
        (
            "tasks",
            "Tháng 5/2022,,2022-05-31",
            "Tháng 5/2022,,31/5/2022",
            "“31/5/2022” is not a date; expected yyyy-mm-dd",
        ),
        ("tasks", "row_type,section", "type,section", "row 1: columns are type"),
        (
            "online-only",
            "hai-phong.so-tai-chinh",
            "hai-phong.so-tai-chin",
            "unit: .*did you mean “hai-phong.so-tai-chinh”",
        ),
        ("online-only", 'commune,,"XÃ, PHƯỜNG, THỊ TRẤN",1', 'xa,,"XÃ",1', "level: unknown level “xa”"),
    ],
)
def test_a_list_that_cannot_be_read_says_where(
    project: Project, edit: Edit, file: str, old: str, new: str, message: str
) -> None:
    edit(project.params / "targets" / PLAN / f"{file}.csv", old, new)
    with pytest.raises(ConfigurationError, match=message):
        read(project)


def test_a_missing_list_is_named(project: Project) -> None:
    (project.params / "targets" / PLAN / "tasks.csv").unlink()
    with pytest.raises(ConfigurationError, match=r"params/targets/hai-phong-2022/tasks\.csv: the file is missing"):
        read(project)


def test_a_level_without_a_start_is_named(project: Project, edit: Edit) -> None:
    edit(project.params / "targets" / f"{PLAN}.yaml", ", commune: 2022-08-01}", "}")
    with pytest.raises(ConfigurationError, match="states no start for commune; add it to online_only_from"):
        read(project)


def test_deadlines_are_the_last_day_that_is_in_time(shared_project: Project) -> None:
    tasks = {
        f"{row.section}.{row.number}": row for row in read_tasks(shared_project, load_target_plan(shared_project, PLAN))
    }
    assert (tasks["I.2"].first_due, tasks["I.2"].last_due) == (None, date(2022, 6, 15))
    assert (tasks["I.3.3"].first_due, tasks["I.3.3"].last_due) == (date(2022, 6, 15), date(2022, 12, 31))
    assert tasks["I.6"].last_due == date(2022, 5, 31)


def test_a_finding_has_the_keys_of_findings_json(shared_project: Project) -> None:
    plan, registry = load_target_plan(shared_project, PLAN), load_registry(shared_project)
    lists = check_lists(read_tasks(shared_project, plan), read_online_only(shared_project, plan, registry), registry)
    record = findings_of(lists)[0].record()
    assert record == {
        "expectation": "task-has-product",
        "success": False,
        "severity": "warning",
        "table": "Phụ lục 1",
        "row": "I.5.2",
        "column": "product",
        "printed": None,
        "computed": None,
        "difference": None,
        "message": "Nhiệm vụ 5.2 mục I không nêu sản phẩm.",
    }
