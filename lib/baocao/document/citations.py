"""Documents as official texts cite them: “Kế hoạch số 24/KH-UBND ngày 22/01/2020 về …”."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from baocao.locale import prose_date

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
    day = row.get("date")
    parts = [
        TYPES.get(row["type"] or "", row["type"] or "Văn bản"),
        f"số {row['number']}" if row.get("number") else "",
        f"ngày {prose_date(day)}" if isinstance(day, date) else "",
        f"của {row['issuer']}" if row.get("issuer") and row.get("role") == "cited" else "",
        row.get("summary") or "",
    ]
    return " ".join(part for part in parts if part)
