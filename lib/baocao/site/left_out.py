"""What a site leaves out of the outputs, and why: in English for the command line, in Vietnamese for its page."""

from dataclasses import dataclass

#: English and Vietnamese; `{}` is the detail.
_TEXTS: dict[str, tuple[str, str]] = {
    "foreign": ("is nothing a run makes", "không phải kết quả do phần mềm lập"),
    "no-manifest": (
        "has no manifest.json; was it copied halfway?",
        "thiếu manifest.json, có thể mới chép được một nửa",
    ),
    "unreadable": ("manifest.json cannot be understood ({})", "không đọc được manifest.json ({})"),
    "newer": ("was made by a newer version (schema {})", "do phiên bản phần mềm mới hơn lập (lược đồ {})"),
    "edited": ("manifest.json was edited by hand", "manifest.json đã bị sửa tay"),
    "misplaced": ("is of {}; the folder was moved or renamed", "là của {}; thư mục đã bị chuyển hoặc đổi tên"),
    "missing": ("files are missing: {}", "thiếu tệp: {}"),
    "changed": ("files are not as they were made: {}", "tệp không còn như khi lập: {}"),
    "failed": ("is what a failed run left", "lần lập này bị lỗi"),
    "old-figures": (
        "was made by an older version (schema {}): shown, but no figures or findings are taken from it",
        "do phiên bản cũ lập (lược đồ {}): có văn bản, nhưng không lấy số liệu và kết quả kiểm tra",
    ),
    "other-units": ("holds figures of other offices: {}", "có số liệu của đơn vị khác: {}"),
    "others": ("holds figures of other offices", "có số liệu của đơn vị khác"),
}


@dataclass(frozen=True)
class LeftOut:
    """Something in the outputs that the site does not show, or not wholly.

    Attributes
    ----------
    place
        Relative to the outputs.
    unit
        Office it is of; "" where nobody knows.
    """

    place: str
    unit: str
    why: str
    detail: str = ""

    @property
    def english(self) -> str:
        return f"{self.place}: {_TEXTS[self.why][0].format(self.detail)}"

    @property
    def vietnamese(self) -> str:
        return _TEXTS[self.why][1].format(self.detail)
