"""The words of `params/dossiers.yaml`: what a system calls a state or a channel, and how each state is counted."""

from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import field_validator

from baocao.errors import ConfigurationError, one_of
from baocao.intake.dossiers import AUTHORITIES, CHANNELS
from baocao.locale import fold
from baocao.project import Project, StrictModel, read_model

CountsAs = Literal["not-counted", "open", "awaiting-supplement", "resolved", "withdrawn", "returned"]
COUNTS_AS: tuple[str, ...] = get_args(CountsAs)
#: States a dossier never leaves.
CLOSING: tuple[CountsAs, ...] = ("resolved", "withdrawn", "returned")


class Word(StrictModel):
    """The texts that mean one canonical id, and why."""

    words: list[str]
    reason: str


class Status(Word):
    """A state of a dossier and the column of the one-stop summary it is counted in."""

    counts_as: CountsAs


class SourceFolding(StrictModel):
    """How one system's own forms fold: what stands `inside` is listed apart *and* counted as resolved."""

    inside: list[Literal["withdrawn", "returned"]] = []
    reason: str


class _Flags(StrictModel):
    yes: list[str]
    no: list[str]


class VocabularyFile(StrictModel):
    """`params/dossiers.yaml`."""

    channels: dict[str, Word]
    authorities: dict[str, Word]
    statuses: dict[str, Status]
    flags: _Flags
    sources: dict[str, SourceFolding] = {}

    @field_validator("channels")
    @classmethod
    def _channels(cls, value: dict[str, Word]) -> dict[str, Word]:
        return _known("channel", value, CHANNELS)

    @field_validator("authorities")
    @classmethod
    def _authorities(cls, value: dict[str, Word]) -> dict[str, Word]:
        return _known("authority", value, AUTHORITIES)


def _known(what: str, value: dict[str, Word], known: tuple[str, ...]) -> dict[str, Word]:
    for name in value:
        if name not in known:
            raise ValueError(one_of(what, name, known))
    return value


@dataclass(frozen=True)
class Vocabulary:
    """Folded text → canonical id, for every folded column; and the counting of states.

    Attributes
    ----------
    statuses
        Canonical id of a state → what it counts as.
    inside
        Source → states that are counted as resolved as well.
    """

    texts: dict[str, dict[str, str]]
    flags: dict[str, bool]
    statuses: dict[str, CountsAs]
    inside: dict[str, tuple[str, ...]]

    def statuses_counted_as(self, *kinds: CountsAs) -> list[str]:
        """Ids of the states that count as one of `kinds`, in the order of the file."""
        return [name for name, counts_as in self.statuses.items() if counts_as in kinds]


def load_vocabulary(project: Project) -> Vocabulary:
    """The vocabulary of `params/dossiers.yaml`; ConfigurationError if one word means two things."""
    path = project.params / "dossiers.yaml"
    content = read_model(path, VocabularyFile)
    shown = project.relative(path)
    channels = _index(shown, "channels", content.channels)
    return Vocabulary(
        texts={
            "channel": channels,
            "result_channel": channels,
            "authority": _index(shown, "authorities", content.authorities),
            "status": _index(shown, "statuses", content.statuses),
        },
        flags={
            fold(word): flag for flag, words in ((True, content.flags.yes), (False, content.flags.no)) for word in words
        },
        statuses={name: status.counts_as for name, status in content.statuses.items()},
        inside={name: tuple(folding.inside) for name, folding in content.sources.items()},
    )


def _index(shown: str, key: str, entries: dict[str, Word] | dict[str, Status]) -> dict[str, str]:
    index: dict[str, str] = {}
    for name, entry in entries.items():
        for word in (name, *entry.words):
            other = index.setdefault(fold(word), name)
            if other != name:
                raise ConfigurationError(f"{shown}: {key}: “{word}” means both {other} and {name}; keep one")
    return index
