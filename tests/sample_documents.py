"""Documents made up for the tests of the formats: heads, tables of any size, and a whole document of every kind."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import nbformat

from baocao.document.blocks import (
    BLOCK_MIME,
    Annex,
    AnyBlock,
    Closing,
    Document,
    Figure,
    HeaderCell,
    Letterhead,
    Paragraph,
    Recipients,
    Run,
    Table,
    TableCell,
    TableRow,
    Title,
)
from baocao.export.executed import read_document
from baocao.reports import DOCUMENT_KINDS, DocumentKind

SENTENCE = "Trong kỳ, bộ phận một cửa tiếp nhận 1.999 hồ sơ, giải quyết đúng hạn 97,5%, không có hồ sơ quá hạn. "
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="5" height="5"/></svg>'
SYMBOLS: dict[DocumentKind, str] = {
    "cong-van": "UBND-VP",
    "bao-cao": "BC-UBND",
    "ke-hoach": "KH-UBND",
    "to-trinh": "TTr-UBND",
}
#: By what authority each kind is signed here: every form of NĐ 30/2020/NĐ-CP once.
SIGNATURES: dict[DocumentKind, list[str]] = {
    "cong-van": ["TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"],
    "bao-cao": ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"],
    "ke-hoach": ["TM. ỦY BAN NHÂN DÂN", "Q. CHỦ TỊCH"],
    "to-trinh": ["TUQ. CHỦ TỊCH", "GIÁM ĐỐC SỞ NỘI VỤ"],
}


def head(kind: DocumentKind = "bao-cao", **changes: Any) -> Letterhead:
    return Letterhead(
        document_kind=kind,
        **{
            "parent": ["UBND THÀNH PHỐ HẠ LONG"],
            "office": ["ỦY BAN NHÂN DÂN", "PHƯỜNG HỒNG GAI"],
            "number": f"Số: 63/{SYMBOLS[kind]}",
            "subject": "V/v đôn đốc" if kind == "cong-van" else "",
            "place_date": "Hồng Gai, ngày 04 tháng 6 năm 2024",
            "title": "Văn bản thử",
            "dated": date(2024, 6, 4),
            **changes,
        },
    )


def text(value: str, footnote: str | None = None) -> Paragraph:
    return Paragraph(runs=[Run(text=value, footnote=footnote)])


def numbered(count: int, name: str = "Xã số") -> list[str]:
    return [f"{name} {number}" for number in range(1, count + 1)]


def table(names: Sequence[str], columns: int = 3, value: str = "1.234", **changes: Any) -> Table:
    """Names and figures under one row of headings, “Cột 0” and so on."""
    exact = value.replace(".", "").replace(",", ".")
    figures = [TableCell(text=value, figure="n", value=exact)] * (columns - 1)
    given: dict[str, Any] = {
        "id": "t",
        "header": [[HeaderCell(text=f"Cột {place}") for place in range(columns)]],
        "rows": [TableRow(cells=[TableCell(text=name), *figures]) for name in names],
        "align": ["text", *["figure"] * (columns - 1)],
    }
    return Table(**{**given, **changes})


def figure(**changes: Any) -> Figure:
    given: dict[str, Any] = {"id": "g", "caption": "Chú thích", "alt": "Hình vuông.", "svg": SVG, "data": table(["a"])}
    return Figure(**{**given, **changes})


def official(kind: DocumentKind) -> Document:
    """A short document of a kind with the parts NĐ 30/2020/NĐ-CP gives it, in their order, and an annex."""
    recipients = Recipients(names=["Sở Nội vụ", "Văn phòng Ủy ban nhân dân tỉnh"])
    name = DOCUMENT_KINDS[kind]
    openings: dict[DocumentKind, list[AnyBlock]] = {
        "cong-van": [recipients],
        "to-trinh": [Title(type_name=name.upper(), abstract=[Run(text="Về việc giao chỉ tiêu")]), recipients],
    }
    title = Title(type_name=name.upper(), abstract=[Run(text="Kết quả cải cách hành chính")], note="(Ghi chú)")
    attached = f"(Kèm theo {name} số 63/{SYMBOLS[kind]} ngày 04/6/2024 của UBND phường Hồng Gai)"
    return Document(
        blocks=[
            head(kind),
            *openings.get(kind, [title]),
            text(SENTENCE * 2),
            Closing(signature=SIGNATURES[kind], receivers=["Như trên", "Lưu: VT"]),
            Annex(label="Phụ lục I", title="Kết quả theo đơn vị", notes=[attached], landscape=False),
            table(numbered(3)),
        ]
    )


def through_a_notebook(blocks: Sequence[AnyBlock]) -> Document:
    """As the exporters read it: from the outputs of cells."""
    outputs = [nbformat.v4.new_output("display_data", {BLOCK_MIME: block.model_dump(mode="json")}) for block in blocks]
    return read_document(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)]))
