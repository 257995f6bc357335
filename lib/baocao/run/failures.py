"""Why something could not be made: a sentence for the analyst; the error's own words, in English, stand below it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from baocao.errors import BaocaoError, ChecksBlockedError

_IN_CELL = re.compile(r"\S+\.ipynb, cell \d+: (?P<kind>\w+): ")
_FILES = (
    "Không đọc hoặc không ghi được tệp: xem ổ đĩa còn chỗ không, có quyền ghi không, tệp có đang mở nơi khác không."
)
_NO_DATA = (
    "Không đọc được số liệu từ kho: chưa nạp (baocao ingest), phiên bản cần đến đã bị dọn, hoặc không mở được kho."
)
#: By the name of an error's class, or by how a process ended.
_SENTENCES: Mapping[str, str] = {
    "ConfigurationError": "Một lựa chọn, hoặc một tệp trong params/ hay expectations/, chưa đúng.",
    "InputError": "Số liệu đưa vào chưa đúng nên không dùng được.",
    "StoreError": _NO_DATA,
    "NotStoredYetError": "Vào lúc đã chọn, kho chưa có số liệu mà báo cáo cần.",
    "ExportError": "Văn bản lập ra chưa đạt yêu cầu của loại tệp nên không xuất được.",
    "NarrativeError": "Câu chữ trong sổ tay của báo cáo chưa đúng.",
    "RunFailedError": "Báo cáo dừng giữa chừng; lập lại lần nữa.",
    "LedgerError": _FILES,
    "OSError": _FILES,
    "time": "Báo cáo chạy quá thời gian cho phép.",
    "memory": "Báo cáo dùng quá bộ nhớ cho phép.",
    "processes": "Báo cáo mở quá nhiều tiến trình.",
    "died": "Tiến trình lập báo cáo bị ngắt; lập lại lần nữa.",
}
_OTHER = "Sổ tay hoặc phần mềm gặp lỗi; gửi thông báo dưới đây cho người phụ trách."


@dataclass(frozen=True)
class Failure:
    """Something that went wrong.

    Attributes
    ----------
    kind
        Name of the error's class, or how the process ended; empty where only its words are known.
    text
        The error's own words, without the folder in which they can be read again.
    blocked
        Whether it is the checks of the data that stopped the report; what they found is Vietnamese.
    """

    kind: str
    text: str
    blocked: bool = False

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """What an error says."""
        if isinstance(error, OSError):
            return cls("OSError", f"{error.filename or ''}: {error.strerror or error}")
        kind = type(error).__name__
        if isinstance(error, BaocaoError):
            return cls(kind, _words(str(error)), isinstance(error, ChecksBlockedError))
        return cls(kind, f"{kind}: {error}")

    @classmethod
    def recorded(cls, text: str, *, blocked: bool = False) -> "Failure":
        """One of which a batch or the ledger kept the words."""
        return cls("", _words(text), blocked)

    @property
    def sentence(self) -> str:
        """What it means, in Vietnamese; of a cell that failed, what failed in it."""
        cell = _IN_CELL.match(self.text)
        return _SENTENCES.get(cell["kind"] if cell else self.kind, _OTHER)

    @property
    def found(self) -> str:
        """What the checks found, a line each, without what the desk shows anyway: unit and period."""
        return "\n".join(line for line in self.text.splitlines() if line.startswith("- ")) or self.text


def _words(text: str) -> str:
    return text.partition("\nsee ")[0]
