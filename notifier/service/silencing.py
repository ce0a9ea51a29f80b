"""What a person says of a silence, checked: what it is about, and until when. Commands and API ask here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifier.config.daytime import DAYS, parse_days, parse_hours_entry
from notifier.config.duration import LONGEST, parse
from notifier.config.mistake import Mistake, nearest, quoted, suggestion
from notifier.core import status
from notifier.core.alert import FOREVER, LABELS, Labels, Severity, Silence
from notifier.core.schedule import Hours
from notifier.core.walltime import moment
from notifier.errors import RequestError

LONGEST_TEXT = 500
"""Characters of a reason, a name or a value, at most."""

MOST_VALUES = 100
"""Values of one field, at most."""

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_UNTIL_EXAMPLES = "write for example 18:00, 2026-03-04 09:00 or 2026-03-04T09:00:00Z"


def by_field(words: Iterable[str]) -> dict[str, list[str]]:
    """Return the values of FIELD=VALUE[,VALUE] words by field. Raises RequestError."""
    given: dict[str, list[str]] = {}
    for word in words:
        field, equals, values = word.partition("=")
        if not equals:
            near = suggestion(field, LABELS) if field else ""
            raise RequestError(word, "; ".join(filter(None, ["must be FIELD=VALUE", near])))
        given.setdefault(field, []).extend(values.split(","))
    return given


def matchers(given: Mapping[str, Sequence[str]]) -> Labels:
    """Return what a silence is about: field of LABELS to its values, each once, in their usual spelling.

    Args:
        given: field to values, as they were written.

    Raises:
        RequestError: naming the field and what is wrong with it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for field, values in given.items():
        if field not in LABELS:
            raise RequestError(field, f"is not a field; {suggestion(field, LABELS)}")
        texts = [text(value, field) for value in values]
        if not texts:
            raise RequestError(field, "needs a value")
        if len(texts) > MOST_VALUES:
            raise RequestError(field, f"has {len(texts)} values; at most {MOST_VALUES} are accepted")
        found[field] = tuple(dict.fromkeys(_spelled(field, value) for value in texts))
    return found


def text(value: str, field: str) -> str:
    """Return text that can be kept, without white space around it. Raises RequestError."""
    kept = value.strip()
    if not kept:
        raise RequestError(field, "is empty")
    if len(kept) > LONGEST_TEXT:
        raise RequestError(field, f"is {len(kept)} characters long; at most {LONGEST_TEXT} are accepted")
    if not kept.isprintable():
        raise RequestError(field, "holds a control character")
    return kept


def length(given: str, field: str = "for") -> float:
    """Return the seconds that a duration such as 2h stands for. Raises RequestError."""
    try:
        seconds = parse(given)
    except Mistake as mistake:
        raise RequestError(field, "; ".join(filter(None, [mistake.text, mistake.hint]))) from None
    if seconds <= 0:
        raise RequestError(field, "must be longer than 0s")
    return seconds


def until(given: str, now: float, zone: str = "UTC", field: str = "until") -> float:
    """Return the moment that text stands for, Unix seconds UTC.

    Args:
        given: a time of the day (its next one), or an ISO 8601 time.
        now: Unix seconds UTC.
        zone: what a time without a zone is in; an IANA name.

    Raises:
        RequestError: it is no time, or is not to come.
    """
    moment_ = _moment(given.strip(), now, ZoneInfo(zone))
    if moment_ is None:
        raise RequestError(field, f"is no time: {quoted(given)}; {_UNTIL_EXAMPLES}")
    if moment_ <= now:
        raise RequestError(field, "is not to come: that time is over")
    if moment_ > now + LONGEST:
        raise RequestError(field, "is more than ten years off")
    return moment_


def every(given: str, zone: str, field: str = "every") -> Hours:
    """Return the hours of a silence that recurs: days of the week, if any, and hours of the day.

    Args:
        given: such as `sun 01:00-03:00`, `mon-fri,sun 22:00-06:00` or `01:00-03:00`; an end that is not
            after its begin is the next day's.
        zone: of the clocks that count; an IANA name.

    Raises:
        RequestError: it is not of that form.
    """
    *days, hours = given.replace(",", " ").split() or [""]
    try:
        spans = (parse_hours_entry(hours),)
        return Hours(parse_days(days) if days else frozenset(range(7)), spans, zone)
    except Mistake as mistake:
        raise RequestError(field, f'{mistake.text}; write for example "sun 01:00-03:00"') from None


def recurs(hours: Hours, zone: str | None = None) -> str:
    """Return the hours of a silence as they are written: `mon,tue 22:00-06:00`.

    Args:
        zone: whose clocks the reader has, an IANA name; that of the hours is named if it is another.
    """
    days = ",".join(DAYS[day] for day in sorted(hours.days)) if len(hours.days) < len(DAYS) else ""
    spans = ",".join("-".join(f"{m // 60:02}:{m % 60:02}" for m in span) for span in hours.spans)
    elsewhere = "" if zone in (None, hours.zone) else f" ({hours.zone})"
    return f"{days} {spans}".strip() + elsewhere


def told(silence: Silence, now: float) -> dict[str, object]:
    """Return a silence as values for JSON.

    `ends_at` is None for one without an end; `next_at` is when one that recurs is in force next, if not now.
    """
    values = asdict(silence)
    del values["hours"]
    waits = silence.hours is not None and not silence.is_in_force(now)
    return values | {
        "ends_at": None if silence.ends_at == FOREVER else silence.ends_at,
        "every": recurs(silence.hours) if silence.hours else "",
        "zone": silence.hours.zone if silence.hours else "",
        "next_at": silence.begins_at(now) if waits else None,
    }


def unknown_rules(about: Labels, known: Iterable[str]) -> list[str]:
    """Return words about each rule that a silence names and that there is not."""
    rules = {rule.casefold(): rule for rule in known}
    return [
        f"there is no rule {quoted(value)}" + (f"; did you mean `{near}`?" if near else "")
        for value in about.get("rule", ())
        if value.casefold() not in rules
        for near in [nearest(value, rules.values())]
    ]


def stops(silence: Silence) -> str:
    """Say what a silence stops: "messages to operators with rule problem and carrier postnl or dhl"."""
    whom = "operators and customers" if silence.customers else "operators"
    about = described(silence.matchers)
    return f"messages to {whom} with {about}" if about else f"all messages to {whom}"


def described(about: Labels) -> str:
    """Say what matchers ask for: "rule problem and carrier postnl or dhl"."""
    return " and ".join(f"{field} {' or '.join(values)}" for field, values in about.items())


def _spelled(field: str, value: str) -> str:
    """Return a value as labels have it; one that is almost a known word is refused. Raises RequestError."""
    match field:
        case "severity":
            word = value.lower()
            if word not in tuple(Severity):
                raise RequestError(field, f"is no severity: {quoted(value)}; {suggestion(word, Severity)}")
            return word
        case "status":
            code = value.upper() if value.upper() in status.NAMES else value
            name = status.name(status.CODES.get(value.lower(), code))
            near = nearest(value, status.CODES) if name not in status.CODES else None
            if near is not None:
                raise RequestError(field, f"is no status: {quoted(value)}; did you mean `{near}`?")
            return name
        case "country":
            return value.upper()
    return value


def _moment(given: str, now: float, zone: ZoneInfo) -> float | None:
    try:
        if clock := _TIME.fullmatch(given):
            today = datetime.fromtimestamp(now, zone).date()
            at = time(int(clock[1]), int(clock[2]))
            ahead = (moment(datetime.combine(today + timedelta(days=days), at), zone) for days in (0, 1))
            return next(found for found in ahead if found > now)
        wall = datetime.fromisoformat(given)
        return moment(wall, zone) if wall.tzinfo is None else wall.astimezone(UTC).timestamp()
    except (ValueError, OverflowError, StopIteration):
        return None
