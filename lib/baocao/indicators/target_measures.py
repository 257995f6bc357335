"""Figures of plans and of their progress as measures, so that every one printed can be traced."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from baocao.indicators.allocation_table import AllocationLine
from baocao.indicators.measure import Measure, Subject, Value
from baocao.indicators.target_plan import TargetPlan

#: Figure → unit of measure and definition. What is computed from others says how.
DEFINITIONS: Mapping[str, tuple[str, str]] = {
    "base_total": ("hồ sơ", "Hồ sơ tiếp nhận trong các tháng gốc của kế hoạch"),
    "base_online": ("hồ sơ", "Hồ sơ tiếp nhận trực tuyến trong các tháng gốc của kế hoạch"),
    "base_share_pct": ("%", "Hồ sơ trực tuyến trên tổng số hồ sơ của các tháng gốc"),
    "projected_total": ("hồ sơ", "Hồ sơ dự kiến trong thời gian giao chỉ tiêu"),
    "projected_online": ("hồ sơ", "Hồ sơ trực tuyến dự kiến khi chưa giao thêm"),
    "not_online": ("hồ sơ", "Hồ sơ dự kiến chưa trực tuyến"),
    "weight_pct": ("%", "Hồ sơ chưa trực tuyến của đơn vị trên tổng của nhóm"),
    "extra_online": ("hồ sơ", "Hồ sơ trực tuyến cần giao thêm"),
    "target_pct": ("%", "Tỷ lệ hồ sơ trực tuyến đơn vị cần đạt trong thời gian giao chỉ tiêu"),
    "reached_pct": ("%", "Tỷ lệ hồ sơ trực tuyến của thời gian giao chỉ tiêu khi đạt số giao thêm"),
    "year_pct": ("%", "Tỷ lệ hồ sơ trực tuyến cả năm khi đạt số giao thêm"),
    "lowest_target_pct": ("%", "Chỉ tiêu thấp nhất của một đơn vị"),
    "highest_target_pct": ("%", "Chỉ tiêu cao nhất của một đơn vị"),
    "minimum_online_pct": ("%", "Tỷ lệ hồ sơ trực tuyến tối thiểu của chính kế hoạch"),
    "projection_factor": ("", "Hồ sơ dự kiến bằng bấy nhiêu lần các tháng gốc"),
    "goal_threshold_pct": ("%", "Mức kế hoạch đặt ra"),
    "goal_previous_pct": ("%", "Kết quả của mục tiêu ở tháng trước"),
    "goal_reached_pct": ("%", "Kết quả đạt được của mục tiêu"),
    "units": ("đơn vị", "Số đơn vị"),
    "units_of_status": ("đơn vị", "Số đơn vị theo tình trạng thực hiện chỉ tiêu"),
    "units_out_of_reach": (
        "đơn vị",
        "Số đơn vị không còn đạt được chỉ tiêu dù mọi hồ sơ dự báo còn lại đều trực tuyến",
    ),
    "units_with_target": ("đơn vị", "Số đơn vị được giao chỉ tiêu"),
    "units_without_target": ("đơn vị", "Số đơn vị không được giao chỉ tiêu"),
    "units_below_minimum": ("đơn vị", "Số đơn vị có chỉ tiêu thấp hơn mức tối thiểu của kế hoạch"),
    "tasks": ("nhiệm vụ", "Số nhiệm vụ của kế hoạch"),
    "online_only_procedures": ("thủ tục", "Số thủ tục hành chính chỉ tiếp nhận trực tuyến"),
    "total_so_far": ("hồ sơ", "Hồ sơ tiếp nhận qua mọi hình thức từ đầu thời gian giao chỉ tiêu"),
    "online_so_far": ("hồ sơ", "Hồ sơ tiếp nhận trực tuyến từ đầu thời gian giao chỉ tiêu"),
    "share_pct": ("%", "Hồ sơ trực tuyến trên tổng số hồ sơ tiếp nhận từ đầu thời gian giao chỉ tiêu"),
    "month_total": ("hồ sơ", "Hồ sơ tiếp nhận qua mọi hình thức trong tháng"),
    "month_online": ("hồ sơ", "Hồ sơ tiếp nhận trực tuyến trong tháng"),
    "month_share_pct": ("%", "Hồ sơ trực tuyến trên tổng số hồ sơ tiếp nhận trong tháng"),
    "previous_share_pct": ("%", "Hồ sơ trực tuyến trên tổng số hồ sơ tiếp nhận trong tháng trước"),
    "moved_points": ("điểm %", "Tỷ lệ trực tuyến của tháng trừ tỷ lệ của tháng trước"),
    "path_online": ("hồ sơ", "Hồ sơ trực tuyến phải đạt đến ngày này theo lộ trình chia đều theo ngày"),
    "path_pct": ("%", "Hồ sơ trực tuyến đã đạt trên số phải đạt theo lộ trình"),
    "path_gap": ("hồ sơ", "Hồ sơ trực tuyến còn thiếu so với lộ trình"),
    "attained_pct": ("%", "Tỷ lệ trực tuyến từ đầu thời gian giao chỉ tiêu trên chỉ tiêu được giao"),
    "needed_pct": ("%", "Tỷ lệ trực tuyến cần đạt trên số hồ sơ dự báo của những ngày còn lại"),
    "forecast_pct": ("%", "Tỷ lệ trực tuyến dự báo của cả thời gian giao chỉ tiêu"),
    "forecast_low_pct": ("%", "Cận dưới của khoảng dự báo"),
    "forecast_high_pct": ("%", "Cận trên của khoảng dự báo"),
    "overdue_share_pct": ("%", "Hồ sơ đang giải quyết quá hạn trên tổng số hồ sơ nhận giải quyết trong tháng"),
    "rank": ("", "Thứ hạng theo tỷ lệ đạt so với chỉ tiêu"),
    "direct_after_start": ("hồ sơ", "Hồ sơ nhận trực tiếp từ ngày thủ tục chỉ tiếp nhận trực tuyến"),
    "direct_in_month": ("hồ sơ", "Trong đó nhận trực tiếp trong tháng báo cáo"),
    "online_after_start": ("hồ sơ", "Hồ sơ trực tuyến từ ngày thủ tục chỉ tiếp nhận trực tuyến"),
    "postal_after_start": ("hồ sơ", "Hồ sơ qua bưu chính từ ngày thủ tục chỉ tiếp nhận trực tuyến"),
    "on_track_from_pct": ("%", "Ngưỡng đúng tiến độ: tỷ lệ đạt so với chỉ tiêu"),
    "at_risk_from_pct": ("%", "Ngưỡng có nguy cơ không đạt: tỷ lệ đạt so với chỉ tiêu"),
}


#: What is about the month reported on alone.
MONTHLY = ("month_total", "month_online", "month_share_pct", "moved_points", "overdue_share_pct", "direct_in_month")


@dataclass(frozen=True)
class TargetMeasures:
    """Makes measures of one plan; those of the base months and of the month are of their days, others of all days.

    Attributes
    ----------
    month_from
        First day of the month reported on.
    """

    plan: TargetPlan
    from_date: date
    to_date: date
    source: str
    month_from: date | None = None

    def of(
        self,
        name: str,
        value: Value,
        subject: Subject | None = None,
        *,
        numerator: int | None = None,
        denominator: int | None = None,
        source: str = "",
    ) -> Measure:
        """The figure `name` of `DEFINITIONS`; of the plan's whole area unless a subject is given."""
        unit_of_measure, definition = DEFINITIONS[name]
        first, last = self.from_date, self.to_date
        if name.startswith("base_"):
            first, last = self.plan.base.from_date, self.plan.base.to_date
        elif name in MONTHLY and self.month_from is not None:
            first = self.month_from
        return Measure(
            indicator=name,
            subject=subject or Subject(self.plan.unit, area=True),
            value=value,
            unit_of_measure=unit_of_measure,
            definition=definition,
            from_date=first,
            to_date=last,
            source=source or self.source,
            numerator=numerator,
            denominator=denominator,
            rounding=f"half-up, {-int(value.as_tuple().exponent)}" if isinstance(value, Decimal) else None,
        )

    def of_line(self, line: AllocationLine, column: str, group: str) -> Measure:
        """A figure of a line of an allocation; subtotals are of a district's communes, totals of a group."""
        numerator = denominator = None
        if column == "base_share_pct":
            numerator, denominator = line.base_online, line.base_total
        return self.of(
            column, getattr(line, column), self.subject(line, group), numerator=numerator, denominator=denominator
        )

    def subject(self, line: AllocationLine, group: str) -> Subject:
        if line.unit is None:
            return self.group(group)
        return Subject(line.unit, part=group if line.kind == "subtotal" else None)

    def group(self, group: str) -> Subject:
        """A group of units as a whole."""
        return Subject(self.plan.unit, area=True, part=group)
