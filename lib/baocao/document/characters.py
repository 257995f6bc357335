"""What a document may print: the characters of its typeface.

NĐ 30/2020/NĐ-CP asks for the Vietnamese characters of TCVN 6909:2001. A character the typeface lacks (an emoji, a
ticked box) would be an empty box in one format and a picture in another; all formats print its number instead.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from baocao.document import fonts
from baocao.locale import clean

#: Characters nearly every text is made of; each shipped face has them. Anything else is looked at.
_UNUSUAL = re.compile("[^\x20-\x7e\xa0-\xac\xae-\u017f\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9–—‘’“”•…]")
_LINE_BREAKS = re.compile(r"[\t\r\n\x0b\x0c\x85\u2028\u2029]+")
_WORD = re.compile(r"\S+")
#: What a block says to its reader; its other texts name things for programs.
_SAID = frozenset(
    {
        *("parent", "office", "number", "place_date", "subject", "title", "type_name", "note", "notes", "names"),
        *("text", "footnote", "marker", "caption", "unit", "alt", "label", "remark", "signature", "receivers"),
    }
)


def printable(text: str) -> str:
    """Text as every format prints it: composed, on one line, nothing invisible, “[U+1F600]” for what has no letter."""
    if not _UNUSUAL.search(text):
        return text
    text = _WORD.sub(lambda word: clean(word[0]), _LINE_BREAKS.sub(" ", text))
    return _with_letters(text)


def _with_letters(text: str) -> str:
    return "".join(character if ord(character) in _letters() else _instead(character) for character in text)


def _instead(character: str) -> str:
    """The plain form of a character that has one (a hyphen that does not break, a full-width letter), or its number."""
    plain = unicodedata.normalize("NFKC", character)
    return plain if all(ord(part) in _letters() for part in plain) else f"[U+{ord(character):04X}]"


@cache
def _letters() -> frozenset[int]:
    """Code points that regular, bold, italic and bold italic all have."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    return frozenset.intersection(*(_of_face(TTFont(path, lazy=True)) for path in fonts.font_files()))


def _of_face(face: Any) -> frozenset[int]:
    with face:
        return frozenset(face.getBestCmap())


def printable_block(payload: Any, say: Callable[[str], str] = printable) -> Any:
    """A block's JSON with all its reader sees put through `say`; what names things for programs stays as it is."""
    match payload:
        case Mapping():
            return {key: _said(key, value, say) for key, value in payload.items()}
        case list():
            return [printable_block(value, say) for value in payload]
    return payload


def _said(key: str, value: Any, say: Callable[[str], str]) -> Any:
    match value:
        case str() if key in _SAID:
            return say(value)
        case str() if key == "svg":  # its line breaks part lines of the drawing's source
            return "\n".join(map(printable, value.split("\n")))
        case list() if key in _SAID and all(isinstance(item, str) for item in value):
            return [say(item) for item in value]
    return printable_block(value, say)
