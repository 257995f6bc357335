"""From an executed notebook to its document and its record: only what the blocks carry, no scraping of HTML."""

from collections.abc import Iterator, Mapping
from typing import Any

from nbformat import NotebookNode
from pydantic import ValidationError

from baocao.checks.findings import Finding
from baocao.document.blocks import BLOCK_MIME, RECORD_MIME, AnyBlock, Document, parse_block
from baocao.document.characters import printable_block
from baocao.errors import ExportError


def shown_blocks(notebook: NotebookNode) -> list[AnyBlock]:
    """Every block the cells showed, in order, in characters every format can print.

    Raises
    ------
    ExportError
        If a cell shows what is no block, for instance a figure without alternative text; the cell is named.
    """
    return [
        _block(data[BLOCK_MIME], f"cell {place} (id {cell.get('id', '–')})")
        for place, cell, data in _outputs(notebook)
        if BLOCK_MIME in data
    ]


def _block(payload: Any, where: str) -> AnyBlock:
    try:
        return parse_block(printable_block(payload))
    except ValidationError as error:
        names = [str(payload[key]) for key in ("kind", "id") if key in payload] if isinstance(payload, dict) else []
        wrong = "; ".join(f"{'.'.join(map(str, found['loc'][1:]))}: {found['msg']}" for found in error.errors()[:3])
        raise ExportError(f"{where}: block “{' '.join(names)}”: {wrong}; correct the cell and run it again") from None


def read_document(notebook: NotebookNode) -> Document:
    """The document of a notebook that ran to its end."""
    blocks = shown_blocks(notebook)
    if not blocks or blocks[0].kind != "letterhead":
        raise ExportError("the notebook shows no letterhead first; call report.letterhead() before other blocks")
    return Document(blocks=blocks)


def read_record(notebook: NotebookNode) -> dict[str, Any]:
    """What the report recorded for machines: findings, indicators, inputs, parameters, period."""
    record: dict[str, Any] = {}
    for _, _, data in _outputs(notebook):
        record.update(data.get(RECORD_MIME, {}))
    return record


def read_findings(record: Mapping[str, Any]) -> list[Finding]:
    """The findings of a record; none where the notebook stopped before its checks."""
    return [Finding(**finding) for finding in record.get("findings", [])]


def _outputs(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode, dict[str, Any]]]:
    """What the cells showed, each with the place of its cell, counted from 1 as in messages of a run, and the cell."""
    for place, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", ()):
            if output.output_type in ("display_data", "execute_result"):
                yield place, cell, output["data"]
