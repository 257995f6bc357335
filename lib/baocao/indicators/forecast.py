"""Where a unit will stand at the end of the window if it goes on as it did: a forecast, said to be one.

Method, plain enough to check by hand: the days not yet reported bring as many dossiers a day as the reported days did,
and of these the share handed in online is the plain mean of the months' shares. The interval takes the lowest and the
highest month's share instead. It is the range of what has been seen, not a probability.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from baocao.locale import percentage

METHOD = (
    "Cách dự báo: những ngày chưa có số liệu có số hồ sơ mỗi ngày bằng bình quân các ngày đã báo cáo; tỷ lệ "
    "trực tuyến bằng bình quân cộng tỷ lệ các tháng đã báo cáo. Khoảng dự báo lấy theo tháng thấp nhất và "
    "tháng cao nhất; đây không phải là khoảng tin cậy thống kê."
)
#: A range needs two months; with one, low and high would only repeat the forecast and look like certainty.
MONTHS_FOR_RANGE = 2


@dataclass(frozen=True)
class Observed:
    """A reported month: its days, all dossiers, and those handed in online."""

    days: int
    total: int
    online: int


@dataclass(frozen=True)
class Forecast:
    """A unit at the end of the window.

    Attributes
    ----------
    total, online
        Dossiers of the whole window, half-up.
    share_pct
        Online, per cent of all; one decimal.
    low_pct, high_pct
        The interval; None while fewer than two months with dossiers are reported and days are left.
    months
        How many months with dossiers it rests on.
    final
        Every day is reported: no forecast any more but the result.
    """

    total: int
    online: int
    share_pct: Decimal
    low_pct: Decimal | None
    high_pct: Decimal | None
    months: int
    final: bool


def forecast(months: Sequence[Observed], window_days: int) -> Forecast | None:
    """The end of a window of `window_days`; None without a month that has dossiers, from which nothing follows.

    Days of unreported months, past or to come, are forecast alike. A month without dossiers has no share, but its
    days count.
    """
    total, online = sum(month.total for month in months), sum(month.online for month in months)
    days = sum(month.days for month in months)
    shares = [Fraction(month.online, month.total) for month in months if month.total]
    if not shares:
        return None
    rest = Fraction(total * max(0, window_days - days), days)

    def at_end(share: Fraction) -> Fraction:
        return (online + rest * share) / (total + rest)

    mean = sum(shares, Fraction(0)) / len(shares)
    ranged = rest == 0 or len(shares) >= MONTHS_FOR_RANGE
    return Forecast(
        total=_whole(total + rest),
        online=_whole(online + rest * mean),
        share_pct=_pct(at_end(mean)),
        low_pct=_pct(at_end(min(shares))) if ranged else None,
        high_pct=_pct(at_end(max(shares))) if ranged else None,
        months=len(shares),
        final=rest == 0,
    )


def _whole(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _pct(value: Fraction) -> Decimal:
    return percentage(value.numerator, value.denominator, 1) or Decimal("0.0")
