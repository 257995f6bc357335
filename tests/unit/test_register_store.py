"""Registers in the store: replaced as a whole, read as of any version, named to whoever asks for the tables."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from baocao.errors import ConfigurationError, StoreError
from baocao.intake.register import load_register
from baocao.intake.source import Stated, find_sources
from baocao.project import Project
from baocao.store.history import history
from baocao.store.registers import (
    IngestedRegister,
    delivered_register,
    ingest_register,
    read_register,
    register_tables,
)
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions

FROM, TO = date(2020, 1, 1), date(2020, 4, 1)
HEADER, NOTED = "indicator,value", "indicator,value,note"
Edit = Callable[[Path, str, str], None]
Said = str | date | None


def deliver(
    project: Project, *lines: str, register: str = "statistics", header: str = HEADER, **said: Said
) -> IngestedRegister:
    path = project.root / "list.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    stated = Stated(**{"unit": "tuan-giao", "period": "2020-Q1", **said})  # type: ignore[arg-type]
    definition = load_register(project, register)
    return ingest_register(project, definition, find_sources(project, register, [path], stated))


def entries(project: Project, as_of: str | None = None, register: str = "statistics") -> list[dict[str, object]]:
    definition = load_register(project, register)
    return read_register(Store(project.store), definition, "tuan-giao", FROM, TO, as_of)


def values(project: Project, as_of: str | None = None) -> dict[object, object]:
    return {entry["indicator"]: entry["value"] for entry in entries(project, as_of)}


def test_entries_come_back_in_the_order_of_the_file(project: Project) -> None:
    deliver(project, "z,1.265,", "a,,chưa có", 'm,"73,980",', header=NOTED)
    assert entries(project) == [
        {**common, "source": "office", "table": "statistics", "file": "list.csv", "row": row}
        for row, common in enumerate(
            (
                {"indicator": name, "value": value, "note": note, "code": None, "label": None, "unit_of_measure": None}
                for name, value, note in (
                    ("z", Decimal(1265), None),
                    ("a", None, "chưa có"),
                    ("m", Decimal("73.98"), None),
                )
            ),
            start=2,
        )
    ]
    assert [str(entry["value"]) for entry in entries(project)] == ["1265", "None", "73.98"]


def test_nothing_delivered_is_not_nothing_to_list(project: Project) -> None:
    definition, store = load_register(project, "statistics"), Store(project.store)

    def delivered(as_of: str | None = None) -> list[dict[str, object]] | None:
        return delivered_register(store, definition, "tuan-giao", FROM, TO, as_of)

    deliver(project, "a,1", unit="tuan-giao.quai-to")
    assert (delivered(), entries(project)) == (None, [])
    deliver(project, "Không phát sinh,")
    assert (delivered(), entries(project)) == ([], [])
    assert deliver(project, "Không phát sinh,").change.unchanged == 1
    deliver(project, "a,1")
    assert [entry["row"] for entry in delivered() or ()] == [2]
    assert (delivered("0"), delivered("1")) == (None, [])


def test_nothing_delivered_is_no_entry(project: Project) -> None:
    assert entries(project) == []
    assert register_tables(Store(project.store)) == []


def test_a_new_delivery_replaces_and_the_old_one_stays_readable(project: Project) -> None:
    first = deliver(project, "a,1", "b,2").change
    same = deliver(project, "a,1", "b,2").change
    second = deliver(project, "a,3").change
    assert (first.version, first.added, same.version, same.unchanged) == (0, 1, 0, 1)
    assert (second.version, second.replaced) == (1, 1)
    assert values(project) == {"a": 3}
    assert values(project, "0") == {"a": 1, "b": 2}
    with pytest.raises(StoreError, match="version 7 is not in the store"):
        values(project, "7")


def test_other_dates_and_offices_are_other_lists(project: Project) -> None:
    deliver(project, "a,1")
    deliver(project, "a,2", to_date=date(2020, 3, 31))
    deliver(project, "a,3", unit="tuan-giao.quai-to")
    assert values(project) == {"a": 1}


def test_as_of_resolves_registers_beside_the_other_tables(project: Project) -> None:
    store = Store(project.store)
    deliver(project, "a,1")
    deliver(project, "a,2")
    header = "Kế hoạch,Tỷ lệ hoàn thành (%)"
    deliver(project, "Kế hoạch năm,100%", register="plans", header=header)
    assert register_tables(store) == ["register_plans", "register_statistics"]
    newest = resolve_versions(store, None)
    assert newest.of == {"register_plans": 0, "register_statistics": 1}
    assert resolve_versions(store, str(newest)) == newest
    before = resolve_versions(store, "register_statistics=0")
    assert before.as_of("register_statistics") == "0" and before.as_of("register_plans") is None
    assert values(project, before.as_of("register_statistics")) == {"a": 1}
    with pytest.raises(ConfigurationError, match="unknown table “register_plan”; did you mean “register_plans”"):
        resolve_versions(store, "register_plan=0")
    assert [version.version for version in history(store, "register_statistics")] == [0, 1]
    with pytest.raises(StoreError, match="unknown table “register_stats”; did you mean “register_statistics”"):
        history(store, "register_stats")


def test_a_delivery_of_bad_rows_alone_stores_nothing(project: Project) -> None:
    done = deliver(project, "a,x")
    assert done.change.version == -1
    assert entries(project) == []
    assert register_tables(Store(project.store)) == []
    assert len(list((project.quarantine / "statistics").glob("list-*.csv"))) == 1


def test_a_column_a_definition_gained_or_lost(project: Project, edit: Edit) -> None:
    path = project.params / "registers" / "statistics.yaml"
    deliver(project, "a,1,x", header=NOTED)
    edit(path, "  - {name: note,", "  - {name: checked, type: flag}\n  - {name: note,")
    assert deliver(project, "a,1,x", header=NOTED).change.unchanged == 1  # the new column is blank in both
    assert entries(project)[0]["checked"] is None
    deliver(project, "a,1,x,X", header=f"{NOTED},checked")
    assert entries(project)[0]["checked"] is True
    assert entries(project, "0")[0]["checked"] is None
    edit(path, "  - {name: checked, type: flag}\n", "")
    assert "checked" not in entries(project)[0]
    assert deliver(project, "a,1,y", header=NOTED).change.replaced == 1
    assert deliver(project, "a,1,y", header=NOTED).change.unchanged == 1


def test_a_column_keeps_its_type(project: Project, edit: Edit) -> None:
    deliver(project, "a,1,x", header=NOTED)
    edit(project.params / "registers" / "statistics.yaml", ", type: number}", "}")
    said = (
        "params/registers/statistics.yaml: column value: is stored as decimal128.*, found text; a column keeps its type"
    )
    with pytest.raises(ConfigurationError, match=said):
        deliver(project, "a,1,x", header=NOTED)
