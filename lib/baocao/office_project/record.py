"""`baocao.lock.json`: which version of the package an office's files came from, and what they said then."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from baocao.errors import ConfigurationError
from baocao.project import StrictModel

FILE = "baocao.lock.json"


class Record(StrictModel):
    """What was copied from the package.

    Attributes
    ----------
    version
        Of the package that last wrote into the project.
    files
        What each file said, as a hash, by its name in the project.
    """

    version: str
    files: dict[str, str]


def read_record(root: Path) -> Record:
    """The record of a project.

    Raises
    ------
    ConfigurationError
        If there is none, or it is not one.
    """
    path = root / FILE
    try:
        return Record.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: there is no record of what came from the package; projects made by `baocao init` have one"
        ) from None
    except ValidationError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.errors()[0]['msg']}); restore it from a copy"
        ) from None


def write_record(root: Path, version: str, files: Mapping[str, str]) -> None:
    """Write the record of a project."""
    content = {"version": version, "files": dict(sorted(files.items()))}
    (root / FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")


def digest(name: str, content: bytes) -> str:
    """A hash of what a file says, see `readable`."""
    return hashlib.sha256(readable(name, content).encode()).hexdigest()


def readable(name: str, content: bytes) -> str:
    """What of a file counts: its text, however a system ends lines; of a notebook its cells, run or not."""
    text = content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    if name.endswith(".ipynb"):
        try:
            cells = json.loads(text)["cells"]
            return "\n".join(f"# %% {cell['cell_type']}\n{''.join(cell['source'])}\n" for cell in cells)
        except (ValueError, TypeError, KeyError):
            return text
    return text
