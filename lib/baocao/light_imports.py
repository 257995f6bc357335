"""Keep seconds of imports off our commands: what packages import only to have it, and nothing here ever uses.

- With JupyterLab installed, `jsonschema` finds grammars and calendars for format checks such as “iri” and “duration”,
  and builds them on import. nbformat, papermill and great_expectations all import jsonschema.
- Papermill reads notebooks from S3 and the web; ours are files.
- Great Expectations has expectations about distributions, with charts of them, and reads from S3.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, cast


def import_jsonschema() -> None:
    """Import jsonschema without formats nobody checks; call before importing nbformat."""
    _import("jsonschema", without=("rfc3987_syntax", "isoduration"))


def import_papermill() -> None:
    """Import Papermill for notebooks that are files."""
    import_jsonschema()
    _import("papermill.execute", without=("boto3",), later=("requests",))


def import_great_expectations() -> None:
    """Import Great Expectations for data in memory."""
    import_jsonschema()
    _import("great_expectations", without=("boto3", "botocore"), later=("scipy.stats", "altair"))


def _import(name: str, without: tuple[str, ...] = (), later: tuple[str, ...] = ()) -> None:
    """Import a package as if those `without` were not installed; those of `later` are imported when first used."""
    if name in sys.modules:
        return
    # A None makes the import fail, as that of a package that is not there.
    stand_ins = {other: cast("ModuleType", None) for other in without} | {other: _Later(other) for other in later}
    with _in_place(stand_ins):
        importlib.import_module(name)


@contextmanager
def _in_place(stand_ins: dict[str, ModuleType]) -> Iterator[None]:
    """Modules for the time of an import, but for those that are there already."""
    placed = {name: module for name, module in stand_ins.items() if name not in sys.modules}
    sys.modules.update(placed)
    try:
        yield
    finally:
        for name, module in placed.items():
            if name in sys.modules and sys.modules[name] is module:
                del sys.modules[name]


class _Later(ModuleType):
    """Stands for a module until somebody uses it."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)
