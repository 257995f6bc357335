"""An analyst's own text as paragraphs: typed freely, figures printed by name and nothing else evaluated.

`**…**` is bold, `^[…]` a footnote to the words before it.
"""

import re
from collections.abc import Callable

from baocao.document.blocks import Paragraph, Run
from baocao.document.narrative import FILTERS, Prose, with_marks
from baocao.errors import NarrativeError, one_of
from baocao.indicators.measure import Measure
from baocao.texts import OLD, UNCONFIRMED, OwnText

#: What may stand between double braces: an indicator's id, a filter, and one text for it.
_FIGURE = re.compile(r"\{\{\s*(?P<name>\w+)\s*\|\s*(?P<filter>\w+)(?:\(\"(?P<noun>[^\"]*)\"\))?\s*\}\}")
_FILTERS = ("count", "number", "pct", "counted")
_EMPHASIS = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
#: A footnote may hold the marks of a text carried over, which stand in brackets, too.
_FOOTNOTE = re.compile(r"\^\[((?:[^\[\]]|\[[^\[\]]*\])+)\]")
MISSING = "Chưa có nội dung: viết vào tệp {file}"


def own_paragraphs(
    text: OwnText, measure: Callable[[str], Measure], note: Callable[[Measure], None]
) -> list[Paragraph]:
    """The text's paragraphs and items.

    Raises
    ------
    NarrativeError
        For an unknown figure or filter; the file is named.
    """
    return [_paragraph(text, part, measure, note) for part in text.paragraphs()]


def missing_paragraph(file: str) -> Paragraph:
    """What a draft prints where a required text has not been written."""
    return Paragraph(runs=[Run(text=f"[{MISSING.format(file=file)}]", bold=True)])


def _paragraph(
    text: OwnText, part: str, measure: Callable[[str], Measure], note: Callable[[Measure], None]
) -> Paragraph:
    marker = part[0] if part[:2] in ("- ", "+ ") else ""
    content = part[len(marker) :].strip()
    runs: list[Run] = []
    place = 0
    for match in _FIGURE.finditer(content):
        runs += _plain(text, content[place : match.start()])
        prose = _figure(text, match, measure)
        for printed in prose.measures:
            note(printed)
        runs += prose.runs
        place = match.end()
    return Paragraph(runs=with_marks([*runs, *_plain(text, content[place:])]), marker=marker)


def _figure(text: OwnText, match: re.Match[str], measure: Callable[[str], Measure]) -> Prose:
    if match["filter"] not in _FILTERS:
        raise NarrativeError(f"{text.file}: {one_of('filter', match['filter'], _FILTERS)}")
    arguments = [] if match["noun"] is None else [match["noun"]]
    try:
        prose: Prose = FILTERS[match["filter"]](measure(match["name"]), *arguments)
    except TypeError:
        raise NarrativeError(f'{text.file}: {match[0]}: write for instance {{{{ x | counted("hồ sơ") }}}}') from None
    return prose


def _plain(text: OwnText, piece: str) -> list[Run]:
    """Typed words and footnotes; bold between double stars."""
    if "{{" in piece or "{%" in piece:
        raise NarrativeError(f"{text.file}: “{piece[:60]}”: print a figure as {{{{ id | count }}}}")
    runs: list[Run] = []
    for place, part in enumerate(_FOOTNOTE.split(piece)):
        if place % 2:
            runs.append(Run(text="", footnote=part.strip()))
        elif "^[" in part:
            raise NarrativeError(f"{text.file}: “{part[:60]}”: write a footnote as ^[…], without figures by name")
        else:
            runs += _words(part)
    return runs


def _words(piece: str) -> list[Run]:
    return [
        Run(text=words, bold=bool(place % 2) or UNCONFIRMED in words or OLD in words)
        for place, words in enumerate(_EMPHASIS.split(piece))
        if words
    ]
