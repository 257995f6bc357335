"""Documents as official texts cite them: “Kế hoạch số 24/KH-UBND ngày 22/01/2020 về …”."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from baocao.locale import prose_date

#: The register of documents.
DOCUMENTS = "documents"
#: Abbreviation of a kind of document → its name (Phụ lục III, NĐ 30/2020/NĐ-CP, and party documents).
TYPES = {
    "BC": "Báo cáo",
    "CT": "Chỉ thị",
    "CTr": "Chương trình",
    "CTR": "Chương trình",
    "CV": "Công văn",
    "ĐA": "Đề án",
    "HD": "Hướng dẫn",
    "KH": "Kế hoạch",
    "KL": "Kết luận",
    "L": "Luật",
    "NĐ": "Nghị định",
    "NQ": "Nghị quyết",
    "PA": "Phương án",
    "QĐ": "Quyết định",
    "TB": "Thông báo",
    "TT": "Thông tư",
    "TTr": "Tờ trình",
}


def cite(row: Mapping[str, Any]) -> str:
    """A row of the register of documents in the usual form; what the register leaves blank is left out."""
    return _joined(_type(row), _number_and_date(row), _issuer(row), row.get("summary") or "")


def cite_briefly(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Rows without what they are about; those of one kind and issuer that follow each other are named together.

    “Quyết định của UBND tỉnh số 1838/QĐ-UBND ngày 20/6/2016, số 464/QĐ-UBND ngày 13/02/2018”.
    """
    return [
        f"{kind} {', '.join(filter(None, map(_number_and_date, members)))}".strip()
        for kind, members in groupby(rows, lambda row: _joined(_type(row), _issuer(row)))
    ]


def _type(row: Mapping[str, Any]) -> str:
    return TYPES.get(row["type"] or "", row["type"] or "Văn bản")


def _number_and_date(row: Mapping[str, Any]) -> str:
    day = row.get("date")
    return _joined(
        f"số {row['number']}" if row.get("number") else "",
        f"ngày {prose_date(day)}" if isinstance(day, date) else "",
    )


def _issuer(row: Mapping[str, Any]) -> str:
    return f"của {row['issuer']}" if row.get("issuer") and row.get("role") == "cited" else ""


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
