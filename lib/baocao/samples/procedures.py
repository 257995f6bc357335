"""What invented dossiers are about: the procedures a commune's desk sees most, and enough others for a country."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Field → its procedures; fields and procedures both from the most used down.
_FAMILIAR: Mapping[str, tuple[str, ...]] = {
    "Chứng thực": (
        "Chứng thực bản sao từ bản chính giấy tờ, văn bản",
        "Chứng thực chữ ký trong các giấy tờ, văn bản",
        "Chứng thực hợp đồng, giao dịch liên quan đến tài sản",
        "Chứng thực văn bản từ chối nhận di sản",
    ),
    "Hộ tịch": (
        "Đăng ký khai sinh",
        "Cấp bản sao trích lục hộ tịch",
        "Cấp giấy xác nhận tình trạng hôn nhân",
        "Đăng ký kết hôn",
        "Đăng ký khai tử",
        "Thay đổi, cải chính, bổ sung thông tin hộ tịch",
        "Đăng ký lại khai sinh",
    ),
    "Đất đai": (
        "Xác nhận nguồn gốc và hiện trạng sử dụng đất",
        "Đăng ký biến động quyền sử dụng đất",
        "Hòa giải tranh chấp đất đai",
    ),
    "Bảo trợ xã hội": (
        "Thực hiện, điều chỉnh, thôi hưởng trợ cấp xã hội hàng tháng",
        "Hỗ trợ chi phí mai táng cho đối tượng bảo trợ xã hội",
        "Xác định mức độ khuyết tật và cấp giấy xác nhận khuyết tật",
        "Công nhận hộ nghèo, hộ cận nghèo",
    ),
    "Người có công": (
        "Cấp giấy giới thiệu thăm viếng mộ liệt sĩ",
        "Giải quyết chế độ mai táng phí đối với người có công",
    ),
    "Nuôi con nuôi": ("Đăng ký việc nuôi con nuôi trong nước", "Đăng ký lại việc nuôi con nuôi trong nước"),
    "Tín ngưỡng, tôn giáo": ("Đăng ký hoạt động tín ngưỡng", "Thông báo danh mục hoạt động tôn giáo"),
}
_OTHER_FIELDS = (
    *("An toàn thực phẩm", "An toàn lao động", "Báo chí", "Bảo hiểm xã hội", "Bảo vệ thực vật", "Chăn nuôi"),
    *("Dân số", "Du lịch", "Đăng ký biện pháp bảo đảm", "Đấu thầu", "Đường bộ", "Đường thủy nội địa"),
    *("Gia đình", "Giáo dục mầm non", "Giáo dục phổ thông", "Hộ kinh doanh", "Hợp tác xã", "Hóa chất"),
    *("Khoáng sản", "Kinh doanh khí", "Lâm nghiệp", "Lưu thông hàng hóa", "Môi trường", "Nhà ở"),
    *("Phòng cháy, chữa cháy", "Quy hoạch xây dựng", "Tài nguyên nước", "Thi đua, khen thưởng", "Thể dục, thể thao"),
    *("Thủy lợi", "Thủy sản", "Văn hóa cơ sở", "Việc làm"),
)
_ACTS = (
    *("Cấp giấy xác nhận", "Cấp giấy phép", "Cấp lại giấy phép", "Gia hạn giấy phép"),
    *("Điều chỉnh giấy phép", "Đăng ký lần đầu", "Thẩm định hồ sơ", "Chấm dứt hoạt động"),
)
#: Terms in days, one of which falls to each procedure of the fields that have no usual one.
_TERMS = (1, 2, 3, 5, 7, 10, 15, 20, 30)
_USUAL_TERMS = {
    "Chứng thực": 2,
    "Hộ tịch": 3,
    "Đất đai": 20,
    "Bảo trợ xã hội": 10,
    "Người có công": 7,
    "Nuôi con nuôi": 30,
    "Tín ngưỡng, tôn giáo": 15,
}


@dataclass(frozen=True)
class Procedure:
    """A procedure of a field; its code and term follow from its name, so that every sample agrees on them."""

    field: str
    name: str

    @property
    def _number(self) -> int:
        return zlib.crc32(f"{self.field}\n{self.name}".encode()) % 10**9

    @property
    def code(self) -> str:
        """Shaped like the national codes (1.001193.000); none of those begins with 9."""
        return f"9.{self._number // 1000:06d}.{self._number % 1000:03d}"

    @property
    def term_days(self) -> int:
        """Days a desk has for it: plausible, not what the law says."""
        return _USUAL_TERMS.get(self.field, _TERMS[self._number % len(_TERMS)])


#: What a commune's desk sees, from the most used down.
COMMON = tuple(Procedure(field, name) for field, names in _FAMILIAR.items() for name in names)
#: What a country's desks see: the common ones, then many that are rare.
ALL = (
    *COMMON,
    *(Procedure(field, f"{act} (lĩnh vực {field})") for act in _ACTS for field in _OTHER_FIELDS),
)


def other_of(field: str) -> Procedure:
    """What stands for dossiers a table counts under a field without naming their procedures."""
    return Procedure(field, f"Thủ tục khác của lĩnh vực {field}")


def popularity(procedures: int) -> npt.NDArray[np.float64]:
    """Share of each of so many procedures, the most used first: few make most of the dossiers (Zipf's law)."""
    weights = 1 / np.arange(1, procedures + 1) ** 1.1
    return np.asarray(weights / weights.sum())
