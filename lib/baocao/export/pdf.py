"""PDF through Typst: one fixed template, the document as JSON, PDF/A-2a and PDF/UA-1 enforced by the compiler."""

import json
from datetime import UTC, datetime, time
from importlib import resources
from typing import Any

from baocao.document import fonts
from baocao.document.blocks import AnyBlock, Closing, Document, KeyFigures, Recipients
from baocao.document.markup import recipient_lines
from baocao.errors import ExportError


def to_pdf(document: Document) -> bytes:
    """The document as PDF; the same document gives the same bytes.

    Raises
    ------
    ExportError
        If Typst refuses it, for instance because a figure has no alternative text or a glyph is in no font.
    """
    import typst

    dated = document.letterhead.dated
    typefaces = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts.FOLDER])
    template = resources.files("baocao.export").joinpath("document.typ").read_bytes()
    try:
        return typst.compile(
            template,
            font_paths=typefaces,
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["a-2a", "ua-1"],
            sys_inputs={"document": json.dumps(_data(document), ensure_ascii=False)},
            timestamp=datetime.combine(dated, time(), UTC),
        )
    except typst.TypstError as error:
        raise ExportError(f"PDF: {error.message} {' '.join(error.hints)}".strip()) from error


def _data(document: Document) -> dict[str, Any]:
    (_, main), *annexes = document.sections()
    return {
        "letterhead": document.letterhead.model_dump(mode="json"),
        "body": [_block(block) for block in main if not isinstance(block, KeyFigures)],
        "annexes": [
            {"head": head.model_dump(mode="json"), "body": [_block(block) for block in blocks]}
            for head, blocks in annexes
            if head is not None
        ],
    }


def _block(block: AnyBlock) -> dict[str, Any]:
    data = block.model_dump(mode="json")
    match block:
        case Recipients():
            data["lines"] = recipient_lines(block.names)
        case Closing():
            data["lines"] = recipient_lines(block.receivers)
    return data
