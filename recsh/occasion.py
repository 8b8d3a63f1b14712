"""The moment as words of a request: time of day, weekday, season.

    >>> occasion(datetime(2026, 11, 21, 20, 30))
    'saturday evening, autumn'

Only used where a person switched it on. Seasons are those of the northern half of the earth, by month. Leaves out: places.
"""

from __future__ import annotations

from datetime import datetime

_HOURS = ((5, "night", "深夜"), (11, "morning", "早上"), (14, "noon", "中午"), (18, "afternoon", "下午"), (23, "evening", "晚上"), (24, "night", "深夜"))
_DAYS = (("monday", "周一"), ("tuesday", "周二"), ("wednesday", "周三"), ("thursday", "周四"), ("friday", "周五"), ("saturday", "周六"), ("sunday", "周日"))
_SEASONS = (("winter", "冬天"), ("spring", "春天"), ("summer", "夏天"), ("autumn", "秋天"))


def occasion(at: datetime, chinese: bool = False) -> str:
    """A local moment in words."""
    _, *part = next(h for h in _HOURS if at.hour < h[0])
    season = _SEASONS[at.month % 12 // 3]
    day = _DAYS[at.weekday()]
    return f"{day[1]}{part[1]}，{season[1]}" if chinese else f"{day[0]} {part[0]}, {season[0]}"
