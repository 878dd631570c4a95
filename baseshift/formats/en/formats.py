"""Formats of dates and times on pages: as ISO 8601 orders them, so that they line up and sort by eye."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i:s"
TIME_FORMAT = "H:i:s"
