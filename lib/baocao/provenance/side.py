"""One of two outputs that are compared: its manifest, its figures, and the blocks it shows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baocao.document.blocks import BLOCK_MIME, AnyBlock, parse_block
from baocao.forms.disclosure import UNPUBLISHED
from baocao.provenance.manifest import FILE, Manifest, ManifestError, edited_files, read_manifest

#: A figure as `indicators.json` has it.
Figure = Mapping[str, Any]


@dataclass(frozen=True)
class Side:
    """An output.

    Attributes
    ----------
    figures
        The content of `indicators.json`.
    blocks
        The blocks of the document in order; None where the output holds no executed notebook to read them from.
    edited
        Its files that are not as they were written.
    """

    manifest: Manifest
    figures: Mapping[str, Figure]
    blocks: Sequence[AnyBlock] | None
    edited: Sequence[str] = ()

    @property
    def hides_counts(self) -> bool:
        """Whether it leaves a small count out."""
        return any(is_hidden(figure) for figure in self.figures.values())

    @classmethod
    def of_folder(cls, folder: Path) -> "Side":
        """A finished report's folder.

        Raises
        ------
        ManifestError
            If it holds no manifest of this schema, or figures or a notebook nobody can read.
        """
        manifest = read_manifest(folder)
        notebook = folder / "report.ipynb"
        try:
            figures = json.loads((folder / "indicators.json").read_bytes())
            blocks = _blocks(notebook.read_bytes()) if notebook.is_file() else None
        except FileNotFoundError:
            raise ManifestError(f"{folder}: holds no indicators.json; make the report again") from None
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            told = ", ".join(edited_files(folder)) or notebook.name
            raise ManifestError(f"{folder}: {told} was edited and cannot be read any more ({error})") from None
        return cls(manifest, figures, blocks, edited_files(folder))

    @classmethod
    def of_files(cls, files: Mapping[str, bytes]) -> "Side":
        """A report that is in no folder yet."""
        manifest = Manifest.model_validate_json(files[FILE])
        notebook = files.get("report.ipynb")
        return cls(manifest, json.loads(files["indicators.json"]), _blocks(notebook) if notebook else None)


def is_hidden(figure: Figure | None) -> bool:
    """Whether the output has a figure without saying it, since it is a small count or would give one away."""
    return figure is not None and str(figure["source"]).startswith(UNPUBLISHED)


def _blocks(notebook: bytes) -> list[AnyBlock]:
    cells = json.loads(notebook)["cells"]
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", ())]
    return [parse_block(data[BLOCK_MIME]) for data in outputs if BLOCK_MIME in data]
