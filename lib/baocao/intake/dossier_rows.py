"""From the text cells of a list to canonical dossiers, a batch at a time, each row with the reasons it is refused for.

What a cell means is decided once for every different text, in plain Python; columns are then filled by Arrow. So a
million rows cost little more than their few thousand different days, units and procedures.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from baocao.errors import ConfigurationError, one_of
from baocao.intake.days import PLAIN_TIME, parse_day
from baocao.intake.dossiers import CONTENT, DAYS, FLAGS, FOLDED, SCHEMA, TEXTS
from baocao.intake.row_stream import PROBLEM, ROW, RowStream
from baocao.intake.vocabulary import Vocabulary
from baocao.locale import clean, fold
from baocao.units import Unit, UnitRegistry, follow_each_other

REASON = "reason"
LONGEST_ID = 200
#: Canonical rows before they are compared with what is stored.
STAGED = pa.schema(
    [
        (ROW, pa.int64()),
        (REASON, pa.string()),
        ("dossier", pa.string()),
        *(SCHEMA.field(name) for name in CONTENT),
    ]
)

_PLAIN_ID = "^[!-~]{1,200}$"
_FIXED_DAY = re.compile(r"\d{2}/\d{2}/\d{4}|\d{4}-\d{2}-\d{2}")
_DAY_WIDTH = 10
_PLAIN_TIME = f"^(?:{PLAIN_TIME})$"


@dataclass
class _Meanings:
    """What the different texts of a column mean, found once each: a value, or why there is none."""

    meaning: Callable[[str], Any]
    kind: pa.DataType
    values: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    def of(self, texts: pa.Array) -> tuple[pa.Array, pa.Array | None]:
        """The values of `texts`, and a reason for every text that has none (None where all have one)."""
        coded = texts.dictionary_encode()
        different = coded.dictionary.to_pylist()
        for text in different:
            if text not in self.values:
                try:
                    self.values[text] = self.meaning(text)
                except ValueError as error:
                    self.values[text] = None
                    self.wrong[text] = f"found “{text[:80]}”, expected {error}"
        if self.kind == pa.string() and all(self.values[text] is text for text in different):
            return texts, None
        values = pa.array([self.values[text] for text in different], self.kind).take(coded.indices)
        if not any(text in self.wrong for text in different):
            return values, None
        return values, pa.array([self.wrong.get(text) for text in different], pa.string()).take(coded.indices)


class DossierReader:
    """Understands the rows of one list.

    Parameters
    ----------
    unit
        Code of the unit the list belongs to: names are looked for at and below it, and rows of a list without a
        column of units are its own. None for a list of several offices that names the unit in every row.
    authority
        Of rows that do not say.
    """

    def __init__(
        self, stream: RowStream, registry: UnitRegistry, vocabulary: Vocabulary, unit: str | None, authority: str
    ) -> None:
        if unit is None and "unit" not in stream.headings:
            raise ConfigurationError(f"{stream.shown}: the list has no column of units; say whose it is: --unit CODE")
        self._headings = stream.headings
        self._registry = registry
        self._unit = unit
        self._authority = authority
        self._meanings: dict[str, _Meanings] = {
            "unit": _Meanings(self._unit_code, pa.string()),
            **{name: _Meanings(_text, pa.string()) for name in TEXTS},
            **{name: _Meanings(parse_day, pa.date32()) for name in DAYS},
            **{name: _Meanings(_word(name, vocabulary.texts[name]), pa.string()) for name in FOLDED},
            **{name: _Meanings(_flag(vocabulary.flags), pa.bool_()) for name in FLAGS},
        }
        self._fixed_days = _Meanings(_fixed_day, pa.date32())
        #: Names that one unit bore after another, as where communes were merged under the name of one of them.
        self._successive: dict[str, list[Unit]] = {}

    def stage(self, batch: pa.Table) -> pa.Table:
        """A batch of cells as canonical rows (`STAGED`), each with the reasons it is refused for, or null."""
        count = batch.num_rows
        reason = batch.column(PROBLEM).combine_chunks()
        whole = pc.is_null(reason)
        dossier, reason = self._dossier(batch.column("dossier").combine_chunks(), reason, whole)
        columns: dict[str, pa.Array] = {ROW: batch.column(ROW).combine_chunks(), "dossier": dossier}
        for name in CONTENT:
            if name not in self._headings:
                columns[name] = pa.nulls(count, STAGED.field(name).type)
                continue
            texts = batch.column(name).combine_chunks()
            values, wrong = self._days(name, texts) if name in DAYS else self._meanings[name].of(texts)
            columns[name] = values
            if wrong is not None:
                reason = self._add(reason, wrong, name)
        if self._successive:
            day = pc.coalesce(columns["received_date"], *(columns[name] for name in DAYS))
            told, wrong = self._of_their_day(batch.column("unit").combine_chunks(), day)
            columns["unit"] = pc.coalesce(columns["unit"], told)
            reason = self._add(reason, wrong, "unit")
        columns["unit"] = self._filled_unit(columns["unit"])
        columns["authority"] = pc.fill_null(columns["authority"], self._authority)
        reason = self._require(columns, reason, whole)
        return pa.table({**columns, REASON: reason}).select(STAGED.names).cast(STAGED)

    def _add(self, reason: pa.Array, wrong: pa.Array, name: str) -> pa.Array:
        told = pc.binary_join_element_wise(f"column “{self._headings.get(name, name)}”", wrong, ": ")
        both = pc.binary_join_element_wise(reason, told, " | ")
        return pc.coalesce(both, reason, told)

    def _require(self, columns: Mapping[str, pa.Array], reason: pa.Array, whole: pa.Array) -> pa.Array:
        """Rows that could be cut into cells need a unit and a channel."""
        for name, expected in (("unit", "the name or code of a unit"), ("channel", "online, direct or postal")):
            missing = pc.and_(whole, pc.and_(pc.is_null(columns[name]), pc.is_null(reason)))
            if pc.any(missing).as_py():
                told = f"column “{self._headings.get(name, name)}”: found nothing, expected {expected}"
                reason = pc.if_else(missing, told, reason)
        return reason

    def _dossier(self, texts: pa.Array, reason: pa.Array, whole: pa.Array) -> tuple[pa.Array, pa.Array]:
        ids = pc.utf8_trim_whitespace(texts)
        plain = pc.fill_null(pc.match_substring_regex(ids, _PLAIN_ID), False)
        if pc.all(plain).as_py():
            return ids, reason
        cleaned = pa.array([None if text is None else clean(text) or None for text in texts.to_pylist()], pa.string())
        length = pc.fill_null(pc.utf8_length(cleaned), 0)
        wrong = pc.if_else(
            pc.and_(whole, pc.equal(length, 0)),
            "found nothing, expected the dossier's id",
            pc.if_else(
                pc.greater(length, LONGEST_ID), f"found a text of over {LONGEST_ID} letters, expected an id", None
            ),
        )
        return cleaned, self._add(reason, wrong, "dossier")

    def _days(self, name: str, texts: pa.Array) -> tuple[pa.Array, pa.Array | None]:
        """Days with their times cut off first, because nearly every moment of a list is another text."""
        days, _ = self._fixed_days.of(pc.utf8_slice_codeunits(texts, 0, _DAY_WIDTH))
        plain = pc.match_substring_regex(pc.utf8_slice_codeunits(texts, _DAY_WIDTH), _PLAIN_TIME, ignore_case=True)
        blank = pc.fill_null(pc.equal(texts, ""), True)
        clear = pc.or_(blank, pc.and_(pc.is_valid(days), pc.fill_null(plain, False)))
        if pc.all(clear).as_py():
            return days, None
        others, wrong = self._meanings[name].of(pc.if_else(clear, None, texts))
        return pc.coalesce(pc.if_else(clear, days, None), others), wrong

    def _filled_unit(self, units: pa.Array) -> pa.Array:
        if "unit" in self._headings or self._unit is None:
            return units
        return pc.fill_null(units, self._unit)

    def _of_their_day(self, texts: pa.Array, days: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Units whose name another one bore before or after them, by the day the dossier came in.

        One that tells no day at all has not been taken in yet, by the unit that bears the name now.
        """
        codes: list[str | None] = []
        wrong: list[str | None] = []
        for text, day in zip(texts.to_pylist(), days.to_pylist(), strict=True):
            named = self._successive.get(text, [])
            code = next((unit.code for unit in named if unit.existed(day or date.max, day or date.max)), None)
            codes.append(code)
            missing = bool(named) and code is None
            wrong.append(f"found “{text[:80]}”, expected a unit that existed on {day}" if missing else None)
        return pa.array(codes, pa.string()), pa.array(wrong, pa.string())

    def _unit_code(self, text: str) -> str | None:
        if not clean(text):
            return None
        meant = self._registry.named(text, self._unit)
        if len(meant) == 1:
            return meant[0].code
        if meant and follow_each_other(meant):
            self._successive[text] = meant
            return None
        if meant:
            codes = ", ".join(unit.code for unit in meant[:5])
            raise ValueError(f"a name of one unit, not of {codes}; name the office of the list with --unit CODE")
        known = self._registry.within(self._unit)
        names = {fold(unit.name): unit.name for unit in reversed(known)}  # a name one unit bore after another, once
        nearest = one_of("unit", clean(text), reversed(names.values()))
        raise ValueError(f"a unit of the registry: {nearest}; add it or an alias under params/units/")


def _text(text: str) -> str | None:
    cleaned = clean(text)
    return text if cleaned == text and text else cleaned or None


def _fixed_day(text: str) -> date | None:
    """A day in the two fixed-width forms; anything else is left to `parse_day`."""
    return parse_day(text) if _FIXED_DAY.fullmatch(text) else None


def _word(name: str, words: Mapping[str, str]) -> Callable[[str], str | None]:
    def meaning(text: str) -> str | None:
        if not clean(text):
            return None
        try:
            return words[fold(text).removesuffix(".0")]
        except KeyError:
            raise ValueError(f"a word of params/dossiers.yaml: {one_of(name, fold(text), words)}") from None

    return meaning


def _flag(words: Mapping[str, bool]) -> Callable[[str], bool | None]:
    def meaning(text: str) -> bool | None:
        if not clean(text):
            return None
        try:
            return words[fold(text)]
        except KeyError:
            raise ValueError("có or không, 1 or 0") from None

    return meaning
