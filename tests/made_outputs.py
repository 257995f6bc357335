"""Output folders as runs leave them, made in no time: small files, true manifests. For the tests of the site."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

from baocao.periods import parse_period
from baocao.provenance.manifest import FILE, SCHEMA, CodeRecord, Issue, Manifest, PeriodRecord, Superseded, digest

REPORT = "portal-dispatch"
#: “…” is a figure the report keeps back.
Figures = Mapping[str, float | Literal["…"] | None]


def indicators_of(unit: str, whole: Figures, rows: Mapping[str, Figures]) -> dict[str, Any]:
    """The content of `indicators.json`: figures of the whole area, and of each unit's row."""
    told = {(name, unit, True): value for name, value in whole.items()}
    told |= {(name, code, False): value for code, row in rows.items() for name, value in row.items()}
    return {
        name if area else f"{name}@{code}": {
            "indicator": name,
            "value": None if value == "…" else value,
            "source": "không công bố số nhỏ" if value == "…" else "Biểu 2",
            "unit": code,
            "area": area,
            "field": None,
            "procedure": None,
        }
        for (name, code, area), value in told.items()
    }


def finding(check: str, message: str, *, success: bool | None = False, severity: str = "warning") -> dict[str, Any]:
    """An entry of `findings.json`."""
    told = {"expectation": check, "success": success, "severity": severity, "message": message}
    return {**told, "table": "Biểu 2", "row": None}


def put_report(
    outputs: Path,
    unit: str,
    period: str = "2020-Q1",
    *,
    report: str = REPORT,
    whole: Figures | None = None,
    rows: Mapping[str, Figures] | None = None,
    findings: Sequence[Mapping[str, Any]] = (),
    place: str = "",
    special: str = "",
    issue: tuple[str, date] | None = None,
    supersedes: tuple[str, date] | None = None,
    draft: bool = False,
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """A finished report; `place` is what follows the unit in the folder's name (`~2`), `special` the period (`~…`)."""
    figures = indicators_of(unit, whole or {}, rows or {})
    data = "".join(
        f'<tr class="detail"><td><data id="p_{number}" value="1" data-indicator="{name}">1</data></td></tr>'
        for number, name in enumerate(figures, start=1)
    )
    files = {
        "findings.json": json.dumps({"findings": list(findings)}, ensure_ascii=False).encode(),
        "indicators.json": json.dumps(figures).encode(),
        "report.html": f"<!doctype html><title>{unit}</title><table>{data}</table>".encode(),
        "report.pdf": f"%PDF {unit} {period}".encode(),
        **(extra or {}),
    }
    parsed = parse_period(period)
    first, last = date(parsed.year, parsed.first_month, 1), date(parsed.year, parsed.last_month, 28)
    manifest = Manifest(
        schema=SCHEMA,
        report=report,
        unit=unit,
        period=PeriodRecord.model_validate({"id": period, "label": parsed.label, "from": first, "to": last}),
        parameters={},
        injected={"draft": draft},
        tables={},
        beside={},
        units={unit: None},
        files={},
        facts=None,
        code=CodeRecord(version="0", content_hash="0"),
        python="3.11",
        packages={},
        issue=Issue(number=issue[0], date=issue[1]) if issue else None,
        supersedes=Superseded(folder=unit, issue=Issue(number=supersedes[0], date=supersedes[1]), outputs={})
        if supersedes
        else None,
        attachments={name: digest(content) for name, content in files.items() if name.startswith("changes")},
        outputs={name: digest(content) for name, content in files.items() if not name.startswith("changes")},
    )
    folder = outputs / report / (period + special) / (unit + place)
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    write_manifest(folder, manifest.content())
    return folder


def put_blocked(outputs: Path, unit: str, period: str = "2020-Q1", findings: Sequence[Mapping[str, Any]] = ()) -> Path:
    """What a refused report leaves."""
    folder = outputs / REPORT / period / f"{unit}~blocked"
    folder.mkdir(parents=True)
    (folder / "findings.json").write_text(json.dumps({"findings": list(findings)}), encoding="utf-8")
    (folder / "report.html").write_text("<!doctype html><title>x</title>", encoding="utf-8")
    return folder


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """The manifest of a folder, whatever is in it."""
    (folder / FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
