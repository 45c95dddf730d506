from analytics.models.reports import Report, ReportColumn, ReportFilter
from analytics.models.rollups import DailyParty, DailyProduct, RollupState
from analytics.models.runs import Format, ReportRun
from analytics.models.schedules import ReportSchedule, ScheduleRun

__all__ = [
    "DailyParty",
    "DailyProduct",
    "Format",
    "Report",
    "ReportColumn",
    "ReportFilter",
    "ReportRun",
    "ReportSchedule",
    "RollupState",
    "ScheduleRun",
]
