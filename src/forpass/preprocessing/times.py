"""The time of day behind a date, and its zone, as a span from midnight in UTC.

::

    14:30   14:30:05.25   2:30 PM   오후 2:30   14시 30분   24:00      to the minute, second or finer
    Z   UTC   EST   +09   +0900   UTC+9   +01:00[Europe/Berlin]       behind it; without one it is UTC

A zone of one meaning everywhere may be a word. IST is the time of India, Ireland or Israel, and how far
Europe/Berlin is from UTC depends on the day and on rules that change: such zones are not read, unless the
offset stands there too.
"""

import datetime
import re

__all__ = ["divided", "has_offset", "time_of_day", "unread_zone"]

# hours before UTC, of the words that cannot mean another zone
ZONES = {"Z": 0, "UTC": 0, "UT": 0, "GMT": 0, "WET": 0, "CET": 1, "WEST": 1, "CEST": 2, "EET": 2, "EEST": 3}
ZONES |= {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
ZONES |= {"MSK": 3, "JST": 9, "KST": 9}

BEFORE, AFTERNOONS = "오전|上午|午前|오후|下午|午後", ("오후", "下午", "午後")

START = re.compile(rf"(?:(?:{BEFORE}) ?)?\d\d?[:시時时]", re.ASCII)
CLOCK = re.compile(
    rf"(?:(?P<before>{BEFORE}) ?)?(?P<hour>\d\d?)"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"|[시時时](?: ?(?P<minutes>\d\d?)[분分](?: ?(?P<seconds>\d\d?)[초秒])?)?)"
    r"(?: ?(?P<half>[AaPp])(?:[Mm]|\.[Mm]\.))?"
    r"(?: ?(?P<zone>[A-Z]{1,5}|[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+){1,2})?"
    r"(?: ?(?P<offset>[+-]\d\d?(?::?\d\d)?))?)?"
    r"(?P<place>\[[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+){0,2}\])?",
    re.ASCII,
)


def divided(word: str) -> tuple[str, str]:
    """Divide a word into a day and a time of day, "" where it has none.

    Examples
    --------
    >>> divided("2024-03-09T14:30"), divided("2024. 3. 9. 오후 2:30"), divided("2024-03-09")
    (('2024-03-09', '14:30'), ('2024. 3. 9.', '오후 2:30'), ('2024-03-09', ''))
    """
    found = START.search(word)
    if found is None:
        return word, ""
    before = word[: found.start()]
    day = before[:-1] if before.endswith("T") else before.rstrip(" ,")
    return (day, word[found.start() :]) if len(day) < len(before) else ("", "")


def time_of_day(clock: str) -> datetime.timedelta | None:
    """Read a time of day, as the time since midnight in UTC; None where it is none.

    Examples
    --------
    >>> print(time_of_day("3:15 PM"), time_of_day("12:00 +0200"), time_of_day("9:00 IST"))
    15:15:00 10:00:00 None
    """
    parts = CLOCK.fullmatch(clock)
    if parts is None or (parts["place"] and not (parts["zone"] or parts["offset"])):
        return None
    hour, minute = int(parts["hour"]), int(parts["minute"] or parts["minutes"] or 0)
    second, fraction = int(parts["second"] or parts["seconds"] or 0), (parts["fraction"] or "")[:6]
    if half := parts["half"] or parts["before"]:
        if not 1 <= hour <= 12 or (parts["half"] and parts["before"]):
            return None
        hour = hour % 12 + (12 if half in ("p", "P", *AFTERNOONS) else 0)
    offset = _offset(parts["zone"] or "", parts["offset"] or "")
    whole = hour == 24 and not (minute or second or fraction.strip("0"))  # the end of the day
    if (hour > 23 and not whole) or minute > 59 or second > 59 or offset is None:
        return None
    microseconds = int(fraction.ljust(6, "0"))
    return datetime.timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microseconds) - offset


def has_offset(clock: str) -> bool:
    """Say whether a time of day tells its zone."""
    parts = CLOCK.fullmatch(clock)
    return parts is not None and bool(parts["zone"] or parts["offset"])


def unread_zone(clock: str) -> str:
    """Return the zone of a time of day that would be one but for its zone; "" where there is none.

    Examples
    --------
    >>> unread_zone("14:30 IST"), unread_zone("14:30 Europe/Berlin"), unread_zone("14:30 UTC")
    ('IST', 'Europe/Berlin', '')
    """
    parts = CLOCK.fullmatch(clock)
    if parts is None or parts["offset"] or (zone := parts["zone"] or "") in ("", *ZONES):
        return ""
    return zone if time_of_day(clock[: parts.start("zone")].rstrip()) is not None else ""


def _offset(zone: str, offset: str) -> datetime.timedelta | None:
    """Return how far a zone is before UTC; an offset may follow a word for UTC alone."""
    if zone and (zone not in ZONES or (offset and ZONES[zone])):
        return None
    if not offset:
        return datetime.timedelta(hours=ZONES[zone] if zone else 0)
    digits = offset[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    if int(hours) > 23 or int(minutes) > 59:
        return None
    before = datetime.timedelta(hours=int(hours), minutes=int(minutes))
    return -before if offset[0] == "-" else before
