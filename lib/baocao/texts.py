"""The analyst's own texts, `params/texts/<unit>/<period>/<section>.md`: kept by every run, carried over by choice.

A text is plain paragraphs and items. It may print figures by name, `{{ procedures_total | count }}`; nothing else in it
is evaluated. A paragraph carried over from an earlier period starts with `[?]` until somebody confirms it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from baocao.errors import ConfigurationError, one_of
from baocao.locale import clean
from baocao.periods import PeriodId, parse_period
from baocao.project import Project

#: How an unconfirmed paragraph begins.
UNCONFIRMED = "[?]"
#: What stands before a date or number of the period a text was carried over from.
OLD = "[cũ?]"
_REMARK = re.compile(r"<!--.*?-->", re.DOTALL)
_NUMBER = re.compile(r"(?<![\w/.\-])\d[\d./]*(?:,\d+)?%?")
_FIGURE = re.compile(r"\{\{.*?\}\}")


@dataclass(frozen=True)
class OwnText:
    """What an analyst wrote for one section."""

    section: str
    file: str
    content: str

    @property
    def unconfirmed(self) -> list[str]:
        """The paragraphs still marked as carried over, or with an old figure flagged."""
        return [part for part in self.paragraphs() if UNCONFIRMED in part or OLD in part]

    def paragraphs(self) -> list[str]:
        """Paragraphs and items, without remarks and without blank lines."""
        parts = re.split(r"\n\s*\n|\n(?=[-+] )", self.content)
        return [text for part in parts if (text := clean(part.replace("\n", " ")))]


def text_folder(project: Project, unit: str, period: PeriodId) -> Path:
    """Where an office's texts of a period are."""
    return project.params / "texts" / unit / str(period)


def read_texts(project: Project, unit: str, period: PeriodId, known: set[str]) -> dict[str, OwnText]:
    """The texts of a period by section; empty files say nothing.

    Parameters
    ----------
    known
        Sections of any outline: an office may have texts for several templates.

    Raises
    ------
    ConfigurationError
        For a file that belongs to no section of any outline, or is not UTF-8.
    """
    folder = text_folder(project, unit, period)
    texts = {}
    for path in sorted(folder.glob("*.md")):
        shown = project.relative(path)
        if path.stem not in known:
            raise ConfigurationError(f"{shown}: {one_of('section', path.stem, known)}; rename the file")
        try:
            content = _REMARK.sub("", path.read_text(encoding="utf-8-sig")).strip()
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"{shown}: not UTF-8 ({error.reason}); save it as UTF-8") from None
        if content:
            texts[path.stem] = OwnText(path.stem, shown, content)
    return texts


def carried_over(content: str) -> str:
    """A text of an earlier period as the draft of the next: nothing confirmed, every old date and figure flagged."""
    lines: list[str] = []
    for line in _REMARK.sub("", content).strip().splitlines():
        fresh = _flag_numbers(line)
        starts = bool(line.strip()) and (not lines or not lines[-1].strip() or re.match(r"[-+] ", line))
        if starts and UNCONFIRMED not in line:
            marker = re.match(r"[-+] ", fresh)
            place = marker.end() if marker else 0
            fresh = f"{fresh[:place]}{UNCONFIRMED} {fresh[place:]}"
        lines.append(fresh)
    return "\n".join(lines) + "\n"


def _flag_numbers(line: str) -> str:
    """Figures printed by name stay; a typed date or number gets a flag."""
    pieces = _split(line)
    return "".join(piece if is_figure else _NUMBER.sub(_flagged, piece) for piece, is_figure in pieces)


def _flagged(match: re.Match[str]) -> str:
    return match[0] if match.string[: match.start()].endswith(OLD) else f"{OLD}{match[0]}"


def _split(line: str) -> Iterator[tuple[str, bool]]:
    place = 0
    for match in _FIGURE.finditer(line):
        yield line[place : match.start()], False
        yield match[0], True
        place = match.end()
    yield line[place:], False


def start_period(project: Project, unit: str, period: PeriodId, earlier: PeriodId | None = None) -> list[Path]:
    """Carry an office's texts over into a new period; what is there already stays as it is.

    Parameters
    ----------
    earlier
        Period to carry over from; by default the last one before `period` that has texts.

    Returns
    -------
    list[Path]
        The files written.

    Raises
    ------
    ConfigurationError
        If there is no earlier period with texts.
    """
    source = text_folder(project, unit, earlier or _last_before(project, unit, period))
    found = sorted(source.glob("*.md"))
    if not found:
        raise ConfigurationError(f"{project.relative(source)}: no texts to carry over")
    target = text_folder(project, unit, period)
    written = []
    for path in found:
        fresh = target / path.name
        if not fresh.exists():
            fresh.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(carried_over(path.read_text(encoding="utf-8-sig")), encoding="utf-8", newline="\n")
            written.append(fresh)
    return written


def _last_before(project: Project, unit: str, period: PeriodId) -> PeriodId:
    folder = project.params / "texts" / unit
    known = [parse_period(path.name) for path in sorted(folder.glob("*")) if path.is_dir()]
    before = [other for other in known if (other.year, other.last_month) < (period.year, period.last_month)]
    if not before:
        raise ConfigurationError(
            f"{project.relative(folder)}: no texts of a period before {period}; write the first ones"
        )
    return max(before, key=lambda other: (other.year, other.last_month, other.first_month))
