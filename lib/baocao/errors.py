"""Every error a user can meet: one root, a message that says what to do, and the exit code of the command line."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class BaocaoError(Exception):
    """Root of all errors raised on purpose; its text is the whole message, without a traceback."""

    exit_code = 1


class ConfigurationError(BaocaoError, ValueError):
    """Wrong usage, parameter or file under `params/` or `expectations/`."""

    exit_code = 2


class InputError(BaocaoError, ValueError):
    """Data that cannot be taken in as they are; nothing of them was stored."""


class StoreError(BaocaoError, LookupError):
    """A table or version of the store that is not there."""


class NotStoredYetError(StoreError):
    """At that moment the table did not exist yet."""


class ChecksBlockedError(BaocaoError):
    """Data checks of severity `error` failed, so the report is not made."""

    exit_code = 3


class ExportError(BaocaoError, ValueError):
    """A document that cannot be rendered correctly."""


class NarrativeError(BaocaoError, ValueError):
    """A narrative template that types a figure or names something that does not exist."""


def one_of(what: str, name: str, known: Iterable[str]) -> str:
    """Message for an unknown name: the nearest known ones, or all of them when few."""
    names = sorted(known)
    near: Sequence[str] = get_close_matches(name, names, n=3, cutoff=0.5)
    if near:
        hint = "did you mean " + " or ".join(f"“{match}”" for match in near) + "?"
    else:
        hint = "known: " + (", ".join(names[:12]) + (" …" if len(names) > 12 else "") if names else "none")
    return f"unknown {what} “{name}”; {hint}"
