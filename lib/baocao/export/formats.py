"""The formats a document is made in, by name: which file, and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from baocao.document.blocks import Document

#: What a report recorded for machines (`baocao.export.executed.read_record`); empty for a document without figures.
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Format:
    """A format: the name of its file in a report's folder, its media type, and what makes its bytes."""

    file: str
    media_type: str
    make: Callable[[Document, Record], bytes]


def _html(document: Document, record: Record) -> bytes:
    from baocao.export.html import to_html

    return to_html(document, record.get("indicators", {}), record.get("inputs", {}))


def _pdf(document: Document, _: Record) -> bytes:
    from baocao.export.pdf import to_pdf

    return to_pdf(document)


def _docx(document: Document, _: Record) -> bytes:
    from baocao.export.docx import to_docx

    return to_docx(document)


def _xlsx(document: Document, record: Record) -> bytes:
    from baocao.export.xlsx import to_xlsx

    return to_xlsx(document, record.get("indicators", {}))


_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS: Mapping[str, Format] = {
    "html": Format("report.html", "text/html", _html),
    "pdf": Format("report.pdf", "application/pdf", _pdf),
    "docx": Format("report.docx", f"{_OFFICE}.wordprocessingml.document", _docx),
    "xlsx": Format("tables.xlsx", f"{_OFFICE}.spreadsheetml.sheet", _xlsx),
}
