"""The document of a report that could not be made: what is missing or wrong, in words its reader understands."""

from collections.abc import Mapping
from typing import Any

from baocao.checks.findings import blocking
from baocao.document.blocks import Document, Heading, Letterhead, Paragraph, Run
from baocao.export.executed import read_findings
from baocao.locale import format_date
from baocao.notebook.views import findings_table, office_lines
from baocao.run.request import RunRequest


def refusal_document(request: RunRequest, record: Mapping[str, Any]) -> Document:
    """A page with the blocking findings and no figure at all, so that nothing is mistaken for a result."""
    period = request.period
    findings = read_findings(record)
    dates = f"từ ngày {format_date(period.from_date)} đến ngày {format_date(period.to_date)}"
    return Document(
        blocks=[
            Letterhead(
                document_kind=request.definition.document.kind,
                office=office_lines(request.unit),
                number="Chưa lập được văn bản",
                subject=request.definition.name,
                place_date=f"{period.label}, {dates}",
                title=f"Chưa lập được: {request.definition.name} – {request.unit.name} – {period.label}",
                dated=period.to_date,
                draft=True,
            ),
            Heading(level=1, runs=[Run(text="Văn bản chưa lập được vì số liệu chưa đạt kiểm tra")]),
            *(
                Paragraph(marker="-", runs=[Run(text=f"{finding.row or finding.table}: {finding.message}, {dates}.")])
                for finding in blocking(findings)
            ),
            findings_table(findings),
        ]
    )
