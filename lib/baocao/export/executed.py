"""From an executed notebook to its document and its record: only what the blocks carry, no scraping of HTML."""

from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

from baocao.checks.findings import Finding
from baocao.document.blocks import BLOCK_MIME, RECORD_MIME, AnyBlock, Document, parse_block
from baocao.errors import ExportError


def shown_blocks(notebook: NotebookNode) -> list[AnyBlock]:
    """Every block the cells showed, in order."""
    return [parse_block(data[BLOCK_MIME]) for data in _outputs(notebook) if BLOCK_MIME in data]


def read_document(notebook: NotebookNode) -> Document:
    """The document of a notebook that ran to its end."""
    blocks = shown_blocks(notebook)
    if not blocks or blocks[0].kind != "letterhead":
        raise ExportError("the notebook shows no letterhead first; call report.letterhead() before other blocks")
    return Document(blocks=blocks)


def read_record(notebook: NotebookNode) -> dict[str, Any]:
    """What the report recorded for machines: findings, indicators, inputs, parameters, period."""
    record: dict[str, Any] = {}
    for data in _outputs(notebook):
        record.update(data.get(RECORD_MIME, {}))
    return record


def read_findings(record: Mapping[str, Any]) -> list[Finding]:
    """The findings of a record; none where the notebook stopped before its checks."""
    return [Finding(**finding) for finding in record.get("findings", [])]


def _outputs(notebook: NotebookNode) -> list[dict[str, Any]]:
    return [
        output["data"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type in ("display_data", "execute_result")
    ]
