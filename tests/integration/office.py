"""An office made up for the tests: one district with three communes, and what is delivered to it."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from baocao.checks.dossiers import ingest_and_check
from baocao.checks.findings import Finding
from baocao.checks.one_stop import check_slice
from baocao.fields import load_fields
from baocao.indicators.catalogue import load_catalogue
from baocao.indicators.one_stop import OneStopFigures
from baocao.indicators.slices import Slice, load_slice
from baocao.intake import dossiers, one_stop
from baocao.intake.dossier_source import find_lists
from baocao.intake.source import find_sources
from baocao.periods import Period, parse_period
from baocao.project import Project
from baocao.store.ingest import Ingested, ingest
from baocao.store.ingest_dossiers import IngestedList, ingest_dossiers
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions
from baocao.units import UnitRegistry, load_registry

UNITS = """\
code,name,short_name,level,type,parent,aliases,valid_from,valid_to,successors
tinh,UBND tỉnh Mẫu,Mẫu,province,tinh,,,,,
huyen,UBND huyện Đông,Đông,district,huyen,tinh,,,,
huyen.an,UBND xã An,An,commune,xa,huyen,,,,
huyen.binh,UBND xã Bình,Bình,commune,xa,huyen,,,,
huyen.chau,UBND xã Châu,Châu,commune,xa,huyen,,,,
tay,UBND huyện Tây,Tây,district,huyen,tinh,,,,
"""
DISTRICT, AN, BINH, CHAU = "huyen", "huyen.an", "huyen.binh", "huyen.chau"
ALL_OF_IT = "code=huyen or parent=huyen"
FROM, TO = date(2020, 1, 1), date(2020, 3, 31)
SUMMARY = {
    "carried_over": 0,
    "received_online": 0,
    "received_direct": 0,
    "resolved_on_time": 0,
    "resolved_late": 0,
    "pending_in_time": 0,
    "pending_overdue": 0,
}
COUNTED_ONCE = "tables-agree-with-dossiers"
COVERED = "dossiers-cover-period"
APART = "lists-do-not-overlap"

Cells = Mapping[str, object]


def dossier(name: str, unit: str = DISTRICT, **cells: object) -> dict[str, object]:
    """A dossier taken in at the counter in time for the first quarter of 2020 and still open at its end."""
    plain = {"received_date": date(2020, 1, 13), "due_date": date(2020, 4, 15), "channel": "direct"}
    return {"dossier": name, "unit": unit, "status": "processing", "field": "Đất đai", **plain, **cells}


def done(name: str, unit: str = DISTRICT, **cells: object) -> dict[str, object]:
    """A dossier finished on its due date within that quarter."""
    days = {"due_date": date(2020, 1, 20), "finished_date": date(2020, 1, 20), "status": "finished"}
    return dossier(name, unit, **{**days, **cells})


@dataclass(frozen=True)
class Office:
    """A project of one district with three communes, and what is delivered to it."""

    project: Project

    @property
    def registry(self) -> UnitRegistry:
        return load_registry(self.project)

    def folder(self, rows: Sequence[Cells], file: str, dataset: str, table: str, said: Mapping[str, Any]) -> Path:
        """Rows as a CSV file with its `source.yaml`, in a folder of its own."""
        delivered = self.project.root / "delivered"
        delivered.mkdir(exist_ok=True)
        folder = delivered / str(len(list(delivered.iterdir())))
        folder.mkdir()
        write(folder / file, rows)
        listed = {"file": file, "dataset": dataset, "table": table}
        described = {"source": "cong", "name": "Cổng", "origin": "made up", "files": [listed], **said}
        (folder / "source.yaml").write_text(yaml.safe_dump(described, allow_unicode=True), encoding="utf-8")
        return folder

    def dossiers(
        self,
        *rows: Cells,
        units: str | None = ALL_OF_IT,
        first: date | None = FROM,
        last: date | None = TO,
        check: bool = False,
        **said: Any,
    ) -> IngestedList:
        """Take a list of dossiers of the district in that is complete for `units` (None: nobody said) and days."""
        covers = {"units": units, "from": first, "to": last, "systems": said.pop("systems", [])}
        if units is None:
            covers = {"systems": covers["systems"]}
        folder = self.folder(rows, "list.csv", dossiers.DATASET, "", {"unit": DISTRICT, "covers": covers, **said})
        take = ingest_and_check if check else ingest_dossiers
        (taken,) = [take(self.project, listed) for listed in find_lists(self.project, [str(folder)])]
        return taken

    def table(
        self,
        *rows: Cells,
        name: str = "Biểu 2",
        first: date = FROM,
        last: date = TO,
        systems: Sequence[str] | None = None,
        unit: str = DISTRICT,
        **said: Any,
    ) -> Ingested:
        """Take a summary table in; a row's figures that are not given are 0."""
        filled = [{**{key: row[key] for key in row if key not in SUMMARY}, **SUMMARY, **row} for row in rows]
        dates = {"unit": unit, "period": "2020-Q1", "from": first, "to": last}
        covers = {} if systems is None else {"covers": {"systems": list(systems)}}
        folder = self.folder(filled, "table.csv", one_stop.DATASET, name, {**dates, **covers, **said})
        return ingest(self.project, find_sources(self.project, one_stop.DATASET, [folder]))

    def slice(self, as_of: str | None = None, reporter: str = DISTRICT, first: date = FROM, last: date = TO) -> Slice:
        versions = resolve_versions(Store(self.project.store), as_of)
        return load_slice(self.project, self.registry[reporter], self.registry, first, last, versions)

    def figures(self, as_of: str | None = None, reporter: str = DISTRICT, **days: date) -> OneStopFigures:
        data = self.slice(as_of, reporter, **days)
        period = Period(parse_period("2020-Q1"), days.get("first", FROM), days.get("last", TO))
        fields = load_fields(self.project, reporter)
        catalogue = load_catalogue(self.project)
        return OneStopFigures(data.rows, self.registry[reporter], period, self.registry, fields, catalogue)

    def total(self, **asked: Any) -> int | None:
        """Dossiers to process in the whole area."""
        value = self.figures(**asked).of_area("received_total").value
        assert value is None or isinstance(value, int)
        return value

    def of(self, unit: str, indicator: str = "received_total") -> object:
        return self.figures().of_unit(indicator, self.registry[unit]).value

    def group(self, name: Any) -> list[str]:
        return [unit.code for unit in self.figures().group(name)]

    def findings(self, *expectations: str, **asked: Any) -> list[Finding]:
        """What the checks say, of some expectations alone if any are named."""
        data = self.slice(**asked)
        reporter = self.registry[asked.get("reporter", DISTRICT)]
        found = check_slice(self.project, "one-stop-summary", data, reporter, self.registry)
        return [finding for finding in found if not expectations or finding.expectation in expectations]

    def failed(self, *expectations: str, **asked: Any) -> list[tuple[str, str | None, str | None]]:
        """Expectation, row and column of what the checks find wrong."""
        return [
            (finding.expectation, finding.row, finding.column)
            for finding in self.findings(*expectations, **asked)
            if finding.success is False
        ]


def write(path: Path, rows: Sequence[Cells]) -> None:
    """Rows as a CSV file with the columns any of them has."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)


def new_office(project: Project) -> Office:
    """A project whose only units are the made-up ones; nothing is stored in it."""
    for path in (project.params / "units").iterdir():
        path.unlink()
    (project.params / "units" / "mau.csv").write_text(UNITS, encoding="utf-8")
    return Office(project)
