"""Dossiers: one row per dossier of a one-stop desk, as the office's system exports them, without any person.

The columns are those of the desks' own lists and of the national sync record: which procedure of which unit, how it
came in, on which days it was received, due and finished, and where it stands. Everything a report counts follows
from them (`baocao.indicators.summary`).
"""

import pyarrow as pa

DATASET = "dossiers"
TABLE = "dossiers"

#: Days, in the order a dossier lives through them. `due_date` blank means no due date; `result_date` is the day the
#: result was handed over, which decides nothing where `finished_date` is known.
DAYS = (
    "submitted_date",
    "received_date",
    "due_date",
    "supplement_from",
    "supplement_to",
    "finished_date",
    "result_date",
)
TEXTS = ("procedure_code", "procedure", "field")
#: Columns whose texts `params/dossiers.yaml` folds into a few canonical ids.
FOLDED = ("channel", "status", "result_channel", "authority")
FLAGS = ("result_signed", "paid_online", "digitised_in", "digitised_result")

CHANNELS = ("online", "direct", "postal")
AUTHORITIES = ("own", "vertical")

#: What a column map may name.
MAPPABLE = ("dossier", "unit", *TEXTS, *DAYS, *FOLDED, *FLAGS)

#: What makes a dossier what it is: if none of these differ, a row delivered again is an exact duplicate.
CONTENT = ("unit", *TEXTS, *DAYS, *FOLDED, *FLAGS, "corrected")
#: A dossier is known by the system it comes from and its id there.
KEY = ("source", "dossier")
#: Files of the table lie in folders by these, so that an ingest rewrites only the months it changes.
PARTITIONS = ("source", "received_month")
#: `received_month` of a dossier that was never taken in.
NO_MONTH = "none"

#: `corrected` names the correction that changed the row; `source_hash` and `source_row` lead to the delivered file.
SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("received_month", pa.string()),
        ("dossier", pa.string()),
        ("unit", pa.string()),
        *((name, pa.string()) for name in TEXTS),
        *((name, pa.date32()) for name in DAYS),
        *((name, pa.string()) for name in FOLDED),
        *((name, pa.bool_()) for name in FLAGS),
        ("corrected", pa.string()),
        ("source_hash", pa.string()),
        ("source_row", pa.int64()),
    ]
)

#: How messages and findings name a column to a reader.
LABELS = {
    "dossier": "mã hồ sơ",
    "unit": "đơn vị",
    "procedure_code": "mã thủ tục",
    "procedure": "tên thủ tục",
    "field": "lĩnh vực",
    "submitted_date": "ngày nộp",
    "received_date": "ngày tiếp nhận",
    "due_date": "ngày hẹn trả",
    "supplement_from": "ngày yêu cầu bổ sung",
    "supplement_to": "ngày bổ sung xong",
    "finished_date": "ngày kết thúc xử lý",
    "result_date": "ngày trả kết quả",
    "channel": "hình thức tiếp nhận",
    "status": "trạng thái",
    "result_channel": "hình thức trả kết quả",
    "authority": "thẩm quyền",
}
