"""Read an output folder into a record: every file is there and as its manifest says, or the folder is left out."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from baocao.forms.disclosure import NOT_SHOWN, UNPUBLISHED
from baocao.periods import parse_period
from baocao.provenance.manifest import FILE, SCHEMA, digest, is_sealed
from baocao.site.left_out import LeftOut
from baocao.site.records import FILES, Finding, Issued, Number, Place, Record, digested

_DATA = re.compile(rb"<data ([^>]*)>")
_ANCHOR = re.compile(rb'\bid="(p_\d+)"')
_FIGURE = re.compile(rb'\bdata-indicator="([a-z0-9_]+)@([a-z0-9.-]+)"')
_CODE = re.compile(rb"[a-z0-9]+(?:[-.][a-z0-9]+)*")
#: The figure that leads best to a unit's row: forms begin with it.
_FIRST = b"received_total"


class _LeftOutError(Exception):
    """The folder is not shown; why, and details."""


def read_folder(outputs: Path, place: Place, known: Collection[str]) -> tuple[Record | None, LeftOut | None]:
    """A folder's record, and what is left out of it or why there is none.

    Parameters
    ----------
    known
        Codes and names of all offices.
    """

    def left_out(why: str, detail: str = "") -> LeftOut:
        return LeftOut(place.folder, place.unit, why, detail)

    if place.kind == "failed":
        return None, left_out("failed")
    read = _blocked if place.kind == "blocked" else _finished
    try:
        record = read(outputs / place.folder, place, known)
    except _LeftOutError as error:
        return None, left_out(*error.args)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        return None, left_out("unreadable", f"{type(error).__name__}: {error}")
    note = None if record.old_schema is None else left_out("old-figures", str(record.old_schema))
    return digested(record), note


def _finished(folder: Path, place: Place, known: Collection[str]) -> Record:
    if not (folder / FILE).is_file():
        raise _LeftOutError("no-manifest")
    sealed = (folder / FILE).read_bytes()
    manifest = orjson.loads(sealed)
    schema, period = int(manifest["schema"]), manifest["period"]
    if schema > SCHEMA:
        raise _LeftOutError("newer", str(schema))
    if schema == SCHEMA and not is_sealed(manifest):
        raise _LeftOutError("edited")
    whose = (manifest["report"], period["id"], manifest["unit"])
    if whose != (place.report, place.period, place.unit):
        raise _LeftOutError("misplaced", ", ".join(map(str, whose)))
    hashes: dict[str, str] = {**manifest["outputs"], **manifest.get("attachments", {})}
    contents = _contents(folder, hashes)
    told = _told(contents, known)
    if schema < SCHEMA:  # what its figures mean is not known, whose they are is
        told = {name: told[name] for name in ("subjects", "mentions")}
    before = manifest.get("supersedes")
    return _record(
        place,
        {FILE: sealed, **contents},
        {FILE: digest(sealed), **hashes},
        label=str(period["label"]),
        draft=bool(manifest.get("injected", {}).get("draft")),
        issue=_issued(manifest.get("issue")),
        supersedes=_issued(before["issue"] if before else None),
        old_schema=None if schema == SCHEMA else schema,
        **told,
    )


def _contents(folder: Path, told: Mapping[str, str]) -> dict[str, bytes]:
    """The files a manifest names, whole and unchanged."""
    foreign = sorted(told.keys() - FILES.keys())
    if foreign:
        raise _LeftOutError("unreadable", ", ".join(foreign))
    missing = sorted(name for name in told if not (folder / name).is_file())
    if missing:
        raise _LeftOutError("missing", ", ".join(missing))
    contents = {name: (folder / name).read_bytes() for name in sorted(told)}
    changed = sorted(name for name, content in contents.items() if digest(content) != told[name])
    if changed:
        raise _LeftOutError("changed", ", ".join(changed))
    return contents


def _issued(issue: Mapping[str, Any] | None) -> Issued | None:
    return Issued(str(issue["number"]), date.fromisoformat(issue["date"]).isoformat()) if issue else None


def _blocked(folder: Path, place: Place, known: Collection[str]) -> Record:
    """The page of a report that was refused; it has no manifest, and no figures."""
    contents = {path.name: path.read_bytes() for path in folder.iterdir() if path.name in FILES and path.is_file()}
    told = _told({name: content for name, content in contents.items() if name == "findings.json"}, known)
    hashes = {name: digest(content) for name, content in contents.items()}
    return _record(place, contents, hashes, label=parse_period(place.period).label, **told)


def _record(place: Place, contents: Mapping[str, bytes], hashes: Mapping[str, str], **told: Any) -> Record:
    """The record of a folder of these files."""
    return Record(
        folder=place.folder,
        report=place.report,
        period=place.period,
        unit=place.unit,
        number=place.number,
        special=place.special,
        blocked=place.kind == "blocked",
        files=tuple(sorted((name, len(content), hashes[name]) for name, content in contents.items())),
        **told,
    )


def _told(contents: Mapping[str, bytes], known: Collection[str]) -> dict[str, Any]:
    """Figures, findings, rows of the page, and the offices they name."""
    texts = [contents.get(name, b"{}") for name in ("indicators.json", "findings.json", "changes.json")]
    figures, findings, changes = (orjson.loads(text) for text in texts)
    rows, indicators, values = _columns(figures)
    named = {*_strings(findings), *_strings(changes)}
    coded = {match.decode() for text in texts[1:] for match in _CODE.findall(text)}
    return {
        "rows": rows,
        "indicators": indicators,
        "values": values,
        "anchors": dict(sorted(_anchors(contents.get("report.html", b"")).items())),
        "findings": tuple(_findings(findings.get("findings", []))),
        "subjects": tuple(sorted({record["unit"] for record in figures.values()})),
        "mentions": tuple(sorted((named | coded).intersection(known))),
    }


def _columns(figures: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Number, ...]]:
    """Figures of whole units, by unit and indicator; those of fields, procedures and other ways are left out."""
    found: dict[tuple[str, str], Number] = {}
    for name, record in figures.items():
        suffix = name.removeprefix(record["indicator"])
        if not (record["field"] or record["procedure"]) and suffix in ("", f"@{record['unit']}"):
            kept_back = record["value"] is None and record["source"].startswith(UNPUBLISHED)
            found[suffix[1:], record["indicator"]] = NOT_SHOWN if kept_back else record["value"]
    rows = tuple(sorted({row for row, _ in found}))
    indicators = tuple(sorted({indicator for _, indicator in found}))
    return rows, indicators, tuple(found.get((row, indicator)) for row in rows for indicator in indicators)


def _findings(findings: list[dict[str, Any]]) -> Iterator[Finding]:
    for finding in findings:
        if finding["success"] is not True:
            yield Finding(
                check=finding["expectation"],
                severity=finding["severity"],
                success=finding["success"],
                table=finding["table"] or "",
                row=finding["row"] or "",
                message=finding["message"],
            )


def _anchors(page: bytes) -> dict[str, str]:
    """By unit: the anchor of a figure in its row."""
    found: dict[str, str] = {}
    settled: set[str] = set()
    for match in _DATA.finditer(page):
        figure, anchor = _FIGURE.search(match[1]), _ANCHOR.search(match[1])
        if not (figure and anchor):
            continue
        unit = figure[2].decode()
        if unit not in found or (unit not in settled and figure[1] == _FIRST):
            found[unit] = anchor[1].decode()
        if figure[1] == _FIRST:
            settled.add(unit)
    return found


def _strings(content: Any) -> Iterator[str]:
    """All texts of JSON content."""
    match content:
        case str():
            yield content
        case dict():
            for value in content.values():
                yield from _strings(value)
        case list():
            for value in content:
                yield from _strings(value)
