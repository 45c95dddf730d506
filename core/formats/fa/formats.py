"""How Persian differs from Django's: moments that fit a column of a list, and thousands in groups."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y، H:i"
SHORT_DATE_FORMAT = "j F Y"
SHORT_DATETIME_FORMAT = "j F Y، H:i"
NUMBER_GROUPING = 3
