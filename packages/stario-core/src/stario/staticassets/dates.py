"""Dates of HTTP, RFC 9110, section 5.6.7: one form is written, three are read.

Text that is not a date is read as None, never as an exception; only ASCII digits are digits.
"""

import re
from calendar import timegm
from datetime import UTC, datetime
from email.utils import formatdate
from time import time

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_FORMS = (
    re.compile(rf"[A-Z][a-z]{{2}}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT"),
    re.compile(
        rf"[A-Z][a-z]{{5,8}}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT"
    ),
    re.compile(rf"[A-Z][a-z]{{2}} {_MONTH} (?P<day>[0-9 ][0-9]) {_TIME} (?P<year>[0-9]{{4}})"),
)


def format_http_date(seconds: int) -> str:
    """Return a time since the epoch as `Sun, 06 Nov 1994 08:49:37 GMT`."""
    return formatdate(seconds, usegmt=True)


def last_modified(modified_ns: int) -> int:
    """Return when a file was modified, in seconds and as an answer may say it.

    Not before the epoch, and not later than the date of the answer (RFC 9110, 8.8.2.1), whose clock
    ticks every half second.
    """
    now = int(time())
    seconds = modified_ns // 1_000_000_000
    return max(0, seconds if seconds <= now else now - 1)


def parse_http_date(text: str) -> int | None:
    """Return the seconds since the epoch, or None when this is not a date."""
    for form in _FORMS:
        found = form.fullmatch(text)
        if found is not None:
            return _seconds(found)
    return None


def _seconds(found: re.Match[str]) -> int | None:
    year = int(found["year"])
    if len(found["year"]) == 2:
        year = _full_year(year)
    month = _MONTHS.index(found["month"]) + 1
    # A leap second counts as the one before it.
    second = min(int(found["second"]), 59) if int(found["second"]) <= 60 else 60
    try:
        moment = datetime(
            year, month, int(found["day"]), int(found["hour"]), int(found["minute"]), second, 0, UTC
        )
    except ValueError:
        return None
    return timegm(moment.timetuple())


def _full_year(two_digits: int) -> int:
    """Two digits more than 50 years ahead are meant to lie in the past."""
    this_year = datetime.now(UTC).year
    year = this_year - this_year % 100 + two_digits
    return year - 100 if year > this_year + 50 else year
