"""The other goals of a plan in a month: what was reached, the month before, and one word for a leader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from baocao.indicators.own_counts import OwnCounts
from baocao.indicators.target_plan import Goal
from baocao.locale import percentage

#: Decimals of the computed shares.
DECIMALS = 2
NOT_ENTERED = "Chưa có số liệu do đơn vị đầu mối nhập"
#: Which columns stand above and below the line of a goal computed from the month; the online share is that so far.
PARTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "postal-results": (("results_postal",), ("resolved_early", "resolved_on_time", "resolved_late")),
    "overdue-share": (
        ("pending_overdue",),
        ("carried_over", "received_online", "received_direct", "received_postal"),
    ),
}
DEFINITIONS: Mapping[str, str] = {
    "online-share": "Hồ sơ trực tuyến trên tổng số hồ sơ tiếp nhận từ đầu thời gian giao chỉ tiêu",
    "postal-results": "Kết quả trả qua bưu chính trên số hồ sơ đã giải quyết trong tháng ở các đơn vị đã gửi số liệu",
    "overdue-share": "Hồ sơ đang giải quyết quá hạn trên số nhận giải quyết trong tháng ở các đơn vị đã gửi số liệu",
}


@dataclass(frozen=True)
class Share:
    """A share of counts of dossiers; all None where a count is blank."""

    numerator: int | None = None
    denominator: int | None = None

    @property
    def value(self) -> Decimal | None:
        return percentage(self.numerator, self.denominator, DECIMALS)


@dataclass(frozen=True)
class GoalResult:
    """A goal and where it stands.

    Attributes
    ----------
    reached, previous
        Per cent, at the end of the month and of the month before; None where nobody knows.
    share
        The counts behind a computed one.
    source
        Where the value comes from; empty where there is none.
    remark
        Vietnamese: what is missing, or what the office wrote beside the value.
    """

    goal: Goal
    reached: Decimal | None
    previous: Decimal | None
    share: Share
    source: str
    remark: str = ""

    @property
    def verdict(self) -> str:
        """Against the threshold, or against the month before where the plan only names a direction."""
        if self.reached is None:
            return "Chưa đủ số liệu"
        if self.goal.threshold_pct is not None:
            return "Đạt" if self._exact >= Fraction(self.goal.threshold_pct) else "Chưa đạt"
        if self.previous is None:
            return "Chưa có tháng trước để so"
        if self.reached == self.previous:
            return "Không đổi"
        risen = self.reached > self.previous
        good = risen == (self.goal.direction == "up")
        return f"{'Tăng' if risen else 'Giảm'}, {'đúng' if good else 'ngược'} hướng"

    @property
    def _exact(self) -> Fraction:
        """Unrounded where it was computed: 59,996 % is not 60 %."""
        if self.share.numerator is not None and self.share.denominator:
            return Fraction(100 * self.share.numerator, self.share.denominator)
        return Fraction(self.reached or 0)


def share_of(computed: str, units: Iterable[OwnCounts]) -> Share:
    """A computed goal over units; those of which some count of it is blank are left out of both sides."""
    above, below = PARTS[computed]
    numerator = denominator = 0
    known = False
    for unit in units:
        parts = [_sum(unit.counts, names) for names in (above, below)]
        if parts[0] is not None and parts[1] is not None:
            numerator, denominator, known = numerator + parts[0], denominator + parts[1], True
    return Share(numerator, denominator) if known else Share()


def _sum(counts: Mapping[str, int | None], names: Sequence[str]) -> int | None:
    """A channel or outcome a desk does not tell apart is in another one; with none of them nothing is known."""
    values = [counts[name] for name in names if counts[name] is not None]
    return sum(value or 0 for value in values) if values else None


def goal_results(
    goals: Sequence[Goal],
    shares: Mapping[str, tuple[Share, Share]],
    entered: Sequence[Mapping[str, Any]],
    entered_before: Sequence[Mapping[str, Any]],
    source: str,
) -> list[GoalResult]:
    """Every goal of a plan.

    Parameters
    ----------
    shares
        By the name of what is computed: up to this month, and up to the month before.
    entered, entered_before
        The office's register of statistics of the two months; the goal's id stands under `indicator`.
    source
        Where the computed ones come from.
    """
    results = []
    for goal in goals:
        if goal.computed is not None:
            now, before = shares[goal.computed]
            known = source if now.value is not None else ""
            remark = "" if known else "Số liệu đã gửi không ghi nội dung này"
            results.append(GoalResult(goal, now.value, before.value, now, known, remark))
            continue
        row, earlier = _row(entered, goal.id), _row(entered_before, goal.id)
        if row is None:
            results.append(GoalResult(goal, None, None, Share(), "", NOT_ENTERED))
            continue
        previous = None if earlier is None else Decimal(earlier["value"])
        place = f"statistics: {row['file']}, dòng {row['row']}"
        results.append(GoalResult(goal, Decimal(row["value"]), previous, Share(), place, row.get("note") or ""))
    return results


def _row(rows: Sequence[Mapping[str, Any]], goal: str) -> Mapping[str, Any] | None:
    return next((row for row in rows if row["indicator"] == goal and row["value"] is not None), None)
