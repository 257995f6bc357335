"""One-stop summary tables: one row per unit, field or procedure, as an office prints them, blank kept apart from 0.

The canonical columns are those of a one-stop desk's statistics (form II.06a of Thông tư 01/2020/TT-VPCP and the
offices' own variants): what came in, what was resolved, what is still open. Totals an office *states* are kept in
`stated_*` columns and its total rows as `row_type` = total; both serve as checks and are never summed.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

DATASET = "one-stop-summary"
TABLE = "one_stop_summary"

COUNTS = (
    "carried_over",
    "received_online",
    "received_direct",
    "received_postal",
    "resolved_early",
    "resolved_on_time",
    "resolved_late",
    "pending_in_time",
    "pending_overdue",
    "awaiting_supplement",
    "withdrawn",
    "returned",
    "results_postal",
    "results_online",
    "results_signed",
    "paid_online",
    "digitised_in",
    "digitised_result",
    "received_saturday",
)
STATED = ("stated_received_total", "stated_resolved_total", "stated_pending_total")
#: What each stated total adds up.
STATED_PARTS = {
    "stated_received_total": ("carried_over", "received_online", "received_direct", "received_postal"),
    "stated_resolved_total": ("resolved_early", "resolved_on_time", "resolved_late"),
    "stated_pending_total": ("pending_in_time", "pending_overdue"),
}
FIGURES = (*COUNTS, *STATED)

#: What a table's rows are about, from coarse to fine; rows of different grains are never added together.
GRAINS = ("unit", "field", "procedure")
#: What a `row_type` column may say.
ROW_TYPES = ("detail", "total", *GRAINS)
#: How a heading row inside a table by procedure begins.
FIELD_HEADING = "lĩnh vực "
#: A file is one slice: ingesting it again for the same reporter, dates, source and table replaces the slice.
SLICE = ("reporter", "from_date", "to_date", "source", "table")
KEY = ("row_type", "unit", "field", "procedure")

#: What a column map may name.
MAPPABLE = ("row_type", "position", *GRAINS, *FIGURES)
#: How findings name a column to a reader.
LABELS = {
    "carried_over": "kỳ trước chuyển sang",
    "received_online": "tiếp nhận trực tuyến",
    "received_direct": "tiếp nhận trực tiếp",
    "received_postal": "tiếp nhận qua bưu chính",
    "resolved_early": "giải quyết trước hạn",
    "resolved_on_time": "giải quyết đúng hạn",
    "resolved_late": "giải quyết trễ hạn",
    "pending_in_time": "đang giải quyết trong hạn",
    "pending_overdue": "đang giải quyết quá hạn",
    "awaiting_supplement": "chờ bổ sung",
    "withdrawn": "hồ sơ rút",
    "returned": "hồ sơ trả lại",
    "results_postal": "trả kết quả qua bưu chính",
    "results_online": "trả kết quả trực tuyến",
    "results_signed": "kết quả ký số",
    "paid_online": "thanh toán trực tuyến",
    "digitised_in": "số hóa đầu vào",
    "digitised_result": "số hóa kết quả",
    "received_saturday": "tiếp nhận ngày thứ bảy",
    "stated_received_total": "tổng số nhận giải quyết",
    "stated_resolved_total": "tổng số đã giải quyết",
    "stated_pending_total": "tổng số đang giải quyết",
}

#: `columns` lists the figures a table prints at all: a blank there differs from a column it does not have. `systems`
#: names the systems whose dossiers the figures contain, where the delivery says so.
SCHEMA = pa.schema(
    [
        ("reporter", pa.string()),
        ("from_date", pa.date32()),
        ("to_date", pa.date32()),
        ("source", pa.string()),
        ("systems", pa.string()),
        ("table", pa.string()),
        ("grain", pa.string()),
        ("row_type", pa.string()),
        ("position", pa.int32()),
        ("file_row", pa.int32()),
        ("unit", pa.string()),
        ("scope", pa.string()),
        ("authority", pa.string()),
        ("field", pa.string()),
        ("procedure", pa.string()),
        ("columns", pa.string()),
        ("blank_means", pa.string()),
        *((name, pa.int64()) for name in FIGURES),
        ("source_hash", pa.string()),
    ]
)

#: One canonical row by column name: figures int or None, keys str or None, dates `datetime.date`.
Row = Mapping[str, Any]


def systems_of(row: Row) -> frozenset[str]:
    """Systems a row says it contains; its source where nobody said anything."""
    return frozenset((row["systems"] or row["source"]).split(","))


def of_other_systems(row: Row, other: Row) -> bool:
    """Whether both rows say what they contain and share no system: then their figures are to be added."""
    return bool(row["systems"] and other["systems"]) and not systems_of(row) & systems_of(other)
