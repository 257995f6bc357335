"""Narrative templates: Jinja2 sentences whose figures come from measures and cannot be typed.

A `%%narrative` cell holds Vietnamese sentences with `{{ measure | count }}`. Whatever an expression yields is kept
apart from the template's own text, so data are never read as markup or as a template. Lines understood:

- `# …`, `## …` a heading; `#. …` an item numbered on; `- …` and `+ …` items; else paragraphs, parted by blank lines;
- `**bold**` and `*italic*`.

Filters: `count`, `number`, `pct`, `counted("hồ sơ …")`, `compared(earlier, "hồ sơ", "cùng kỳ năm trước")`, `date`,
`names`, `with_counts("hồ sơ")`, `citation`, `footnote`.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError, meta, pass_context
from jinja2.runtime import Context

from baocao.document.blocks import Block, Heading, Paragraph, Run
from baocao.errors import NarrativeError
from baocao.indicators.measure import Measure, difference
from baocao.locale import clean, prose_count, prose_date
from baocao.units import Unit

NO_DATA = "chưa có số liệu"

# What may hold digits although nobody computed them: number and date of a document, an article, a service level.
_CITATION = re.compile(
    r"\d+/\d{4}/[A-ZĐ]+(?:-[A-ZĐ]+)*|\d+/[A-ZĐ]+(?:-[A-ZĐ]+)* ngày \d{1,2}/\d{1,2}/\d{4}"
    r"|(?:[Đđ]iều|khoản) \d{1,3}(?![\d,.]*\d|\s*(?:%|hồ sơ|đơn vị|thủ tục))|mức độ [1-4](?!\d)"
)
_TOKEN = re.compile("\ue000(\\d+)\ue001")
_EMPHASIS = re.compile(r"(\*\*|\*)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_MARKED = re.compile(r"(#{1,3}|#\.|-|\+)\s+(.*)", re.DOTALL)
#: Where a template finds who renders it; no template can name it.
_NARRATOR = "(narrator)"
#: Templates kept compiled: more than the notebooks and outlines of a project have.
_KEPT = 500


@dataclass(frozen=True)
class Citation:
    """A document quoted in the text: “Văn bản số 298/UBND-VP ngày 17/3/2020 của UBND huyện”."""

    type: str
    number: str
    date: date
    issuer: str

    def __str__(self) -> str:
        return f"{self.type} số {self.number} ngày {prose_date(self.date)} của {self.issuer}"


@dataclass(frozen=True)
class Prose:
    """What a filter yields: text and the figures it prints."""

    runs: tuple[Run, ...]
    measures: tuple[Measure, ...] = ()


def digit_literals(source: str) -> list[str]:
    """Digits typed in a narrative template, outside citations of documents: each is a figure nobody computed."""
    found: list[str] = []
    for _, kind, text in _environment().lex(source):
        if kind in ("data", "string"):
            words = text[1:-1] if kind == "string" else text
            found.extend(typed_digits(words))
        elif kind in ("integer", "float"):
            found.append(text)
    return found


def typed_digits(text: str) -> list[str]:
    """Words of a typed text that hold a digit outside citations of documents."""
    return _words_with_digits(_CITATION.sub("", text))


def _words_with_digits(text: str) -> list[str]:
    """Words holding any numeral, also “½” or “٣”."""
    return [word for word in text.split() if any(unicodedata.numeric(sign, None) is not None for sign in word)]


@dataclass
class Narrator:
    """Renders narrative templates of one document: keeps the running numbers and notes every figure printed.

    Parameters
    ----------
    note_figure
        Called with each measure a sentence prints.
    names
        Texts from the registries that may hold digits, such as “Phường 1” or “Quý I/2020”; any other plain text
        with a digit is a figure in disguise.
    """

    note_figure: Callable[[Measure], None]
    names: Collection[str] = ()
    _number: int = 0
    _level: int = 0
    _values: list[tuple[Run, ...]] = field(default_factory=list)

    def render(self, source: str, context: Mapping[str, Any]) -> list[Block]:
        """The blocks of a template.

        Raises
        ------
        NarrativeError
            For a typed digit, an unknown name, or a value printed without a filter.
        """
        template = compiled(source)
        self._values = []
        try:
            text = template.render({**context, _NARRATOR: self})
        except TemplateError as error:
            raise NarrativeError(f"narrative: {error.message}") from error
        return [self._block(paragraph) for paragraph in _paragraphs(text)]

    def token(self, value: object) -> str:
        """What stands for a printed value until the template's own text has been parsed."""
        prose = value if isinstance(value, Prose) else Prose((Run(text=self._as_text(value)),))
        for measure in prose.measures:
            self.note_figure(measure)
        self._values.append(prose.runs)
        return f"\ue000{len(self._values) - 1}\ue001"

    def _as_text(self, value: object) -> str:
        match value:
            case Measure():
                raise NarrativeError(f"{value.id}: print a measure with a filter: count, pct or counted(…)")
            case bool() | int() | float() | Decimal():
                raise NarrativeError(f"{value}: a bare number cannot be traced; print a measure with a filter")
            case date():
                raise NarrativeError(f"{value}: print a date with the filter date")
            case Citation():
                raise NarrativeError(f"{value}: print a cited document with the filter citation")
            case None:
                raise NarrativeError("a value is None; ask `{% if … %}` first")
        text = clean(str(value))
        if text not in self.names and _words_with_digits(text):
            raise NarrativeError(f"“{text}”: a text with digits is no measure; print measures with a filter")
        return text

    def _block(self, text: str) -> Block:
        marked = _MARKED.fullmatch(text)
        if marked is None:
            return Paragraph(runs=self._runs(text))
        marker, rest = marked.groups()
        if marker == "#.":
            self._number += 1
            return Paragraph(runs=self._runs(rest), marker=f"{self._number}.")
        if marker.startswith("#"):
            if len(marker) > self._level + 1:
                raise NarrativeError(
                    f"“{marker} {rest[:40]}”: a heading one level higher comes first (“{marker[1:]} …”)"
                )
            self._level = len(marker)
            return Heading(level=self._level, runs=self._runs(rest))
        return Paragraph(runs=self._runs(rest), marker=marker)

    def _runs(self, text: str) -> list[Run]:
        runs: list[Run] = []
        place = 0
        for match in _EMPHASIS.finditer(text):
            runs.extend(self._plain(text[place : match.start()]))
            look = {"bold": True} if match[1] == "**" else {"italic": True}
            runs.extend(run.model_copy(update=look) for run in self._plain(match[2]))
            place = match.end()
        runs.extend(self._plain(text[place:]))
        return with_marks(runs)

    def _plain(self, text: str) -> list[Run]:
        """Template text and the values standing in it, in order."""
        runs: list[Run] = []
        for place, piece in enumerate(_TOKEN.split(text)):
            if place % 2:
                runs.extend(self._values[int(piece)])
            elif piece:
                runs.append(Run(text=piece))
        return runs


def compiled(source: str) -> Template:
    """A narrative template, made once in a process and for all that are forked from it.

    Raises
    ------
    NarrativeError
        For a typed digit, or what is no template.
    """
    return _compiled(source.strip())[0]


def names_in(source: str) -> frozenset[str]:
    """Names a narrative template asks for, to be given to `Narrator.render`."""
    return _compiled(source.strip())[1]


@lru_cache(_KEPT)
def _compiled(source: str) -> tuple[Template, frozenset[str]]:
    environment = _environment()
    try:
        typed = digit_literals(source)
        if typed:
            raise NarrativeError(
                f"figures are never typed: “{'”, “'.join(typed)}”; compute it as a measure and print it with a filter"
            )
        parsed = environment.parse(clean_lines(source))
        names = frozenset(meta.find_undeclared_variables(parsed))
        return Template.from_code(environment, environment.compile(parsed), environment.make_globals(None)), names
    except TemplateError as error:
        raise NarrativeError(f"narrative: {error.message}") from error


@cache
def _environment() -> Environment:
    environment = Environment(
        undefined=StrictUndefined, autoescape=True, finalize=_finalize, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(FILTERS)
    return environment


@pass_context
def _finalize(context: Context, value: object) -> str:
    narrator: Narrator = context[_NARRATOR]
    return narrator.token(value)


def clean_lines(source: str) -> str:
    """A template with each line cleaned; the lines, which part paragraphs, are kept."""
    return "\n".join(clean(line) for line in source.splitlines())


def _paragraphs(text: str) -> list[str]:
    """Paragraphs of a rendered template: a blank line or a marker starts a new one, other lines run on."""
    paragraphs: list[list[str]] = [[]]
    for line in (line.strip() for line in text.splitlines()):
        if not line or _MARKED.fullmatch(line):
            paragraphs.append([])
        if line:
            paragraphs[-1].append(line)
    return [re.sub(r"\s+", " ", " ".join(lines)) for lines in paragraphs if lines]


def with_marks(runs: Iterable[Run]) -> list[Run]:
    """Runs in which the mark of a footnote belongs to the words before it."""
    marked: list[Run] = []
    for run in runs:
        if run.footnote is not None and not run.text and marked and marked[-1].footnote is None:
            marked[-1] = marked[-1].model_copy(update={"footnote": run.footnote})
        else:
            marked.append(run)
    return marked


# -- filters --------------------------------------------------------------------------------------------------------


def figure_run(measure: Measure, text: str) -> Run:
    """The run that prints `measure` as `text`."""
    return Run(text=text, figure=measure.id, value=measure.machine_text)


def _prose(measure: Measure, text: str) -> Prose:
    return Prose((figure_run(measure, text),), (measure,))


def count(measure: Measure) -> Prose:
    """A count in a sentence, “05” or “6.778”; “chưa có số liệu” for a blank."""
    if measure.value is None:
        return _prose(measure, NO_DATA)
    if not isinstance(measure.value, int):
        raise NarrativeError(
            f"{measure.id} has decimals; use the filter {'pct' if measure.is_percentage else 'number'}"
        )
    return _prose(measure, prose_count(measure.value))


def number(measure: Measure) -> Prose:
    """An amount in a sentence, “70,5” or “64.214.000”; “chưa có số liệu” for a blank."""
    return _prose(measure, NO_DATA if measure.value is None else measure.text(keep_zeros=False))


def pct(measure: Measure) -> Prose:
    """A percentage in a sentence, “9,74%”; “chưa có số liệu” for a blank."""
    if not measure.is_percentage:
        raise NarrativeError(f"{measure.id} is a count; use the filter count")
    return _prose(measure, f"{measure.text(keep_zeros=False)}%" if measure.value is not None else NO_DATA)


def counted(measure: Measure, noun: str) -> Prose:
    """A count with what it counts: “03 hồ sơ quá hạn”; zero reads “không có hồ sơ quá hạn”."""
    if measure.value == 0:
        return _prose(measure, f"không có {noun}")
    shown = count(measure)
    if measure.value is None:
        return Prose((*shown.runs, Run(text=f" về {noun}")), shown.measures)
    return Prose((*shown.runs, Run(text=f" {noun}")), shown.measures)


def compared(measure: Measure, base: Measure, noun: str, with_what: str) -> Prose:
    """How a count changed: “tăng 05 thủ tục so với cuối năm”; nothing is said where either side is unknown."""
    change = difference(measure, base)
    if change.value is None:
        return Prose(())
    if not change.value:
        return Prose((figure_run(change, "không thay đổi"), Run(text=f" so với {with_what}")), (change,))
    shown = prose_count(abs(int(change.value)))
    verb = "tăng" if change.value > 0 else "giảm"
    return Prose((Run(text=f"{verb} "), figure_run(change, shown), Run(text=f" {noun} so với {with_what}")), (change,))


def names(units: Iterable[Unit]) -> Prose:
    """Short names in the order given: “Thị trấn, Nà Tông, …”."""
    return plain(", ".join(clean(unit.short_name) for unit in units))


def plain(text: str) -> Prose:
    """Text that may hold digits and is no figure: a date, a citation, the label of a form."""
    return Prose((Run(text=text),))


def footnote(cited: Sequence[str]) -> Prose:
    """The mark of a footnote that cites documents; nothing where there are none."""
    return Prose((Run(text="", footnote=f"{'; '.join(map(clean, cited))}."),) if cited else ())


def with_counts(pairs: Sequence[tuple[Unit, Measure]], noun: str) -> Prose:
    """Units with a figure each: “Phình Sáng (154 hồ sơ), Quài Tở (73 hồ sơ)”."""
    runs: list[Run] = []
    measures: list[Measure] = []
    for unit, measure in pairs:
        shown = counted(measure, noun)
        runs += [Run(text=f"{', ' if runs else ''}{clean(unit.short_name)} ("), *shown.runs, Run(text=")")]
        measures.append(measure)
    return Prose(tuple(runs), tuple(measures))


FILTERS: dict[str, Callable[..., Any]] = {
    "count": count,
    "number": number,
    "pct": pct,
    "counted": counted,
    "compared": compared,
    "date": lambda day: plain(prose_date(day)),
    "names": names,
    "with_counts": with_counts,
    "footnote": footnote,
    "citation": lambda cited: plain(clean(str(cited))),
}
