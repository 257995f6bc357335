"""Keep a two-second import off our commands.

With JupyterLab installed, `jsonschema` finds `rfc3987_syntax` and builds its grammars on import, only to offer the
format check “iri”, which nothing here uses. nbformat, papermill and great_expectations all import jsonschema.
"""

import importlib
import sys
from types import ModuleType
from typing import cast

_GRAMMARS = "rfc3987_syntax"


def import_jsonschema() -> None:
    """Import jsonschema without its optional grammars; call before importing nbformat or great_expectations."""
    if "jsonschema" in sys.modules or _GRAMMARS in sys.modules:
        return
    sys.modules[_GRAMMARS] = cast("ModuleType", None)  # the optional import fails, as if it were not installed
    try:
        importlib.import_module("jsonschema")
    finally:
        del sys.modules[_GRAMMARS]
