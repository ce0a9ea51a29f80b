"""Keys that people bring from other languages, or write one level too high, and what is meant by them."""

from __future__ import annotations

from collections.abc import Collection

from notifier.config.mistake import nearest, suggestion

FOREIGN = {
    "on": "when",
    "trigger": "when",
    "event": "when",
    "events": "when",
    "to": "send",
    "notify": "send",
    "channel": "send",
    "channels": "send",
    "condition": "if",
    "where": "match",
    "filter": "match",
    "name": "id",
    "delay": "after",
    "dates": "holidays",
    "closed": "holidays",
    "timezone": "zone",
    "tz": "zone",
    "time": "at",
    "times": "at",
    "duration": "for",
    "threshold": "above",
    "least": "min",
    "limit": "max",
    "inhibit": "mute",
    "batch": "group",
    "cooldown": "throttle",
    "until": "resolve",
    "dry_run": "mode",
    "shadow": "mode",
    "priority": "severity",
    "level": "severity",
    "type": "category",
    "next": "first_of",
    "fallback": "first_of",
    "operators": "ops",
    "status": "in",
    "max": "max_items",
}
"""Words of other languages, and the one that is used here where it fits."""

_TRIGGERS = ("stuck", "rate", "quiet", "schedule", "internal", "new_shipment", "replaced_shipment", "status")
_TRIGGER = "it is a trigger: write when: {{ {word}: … }}"
_WAY = "write send: {{ channel: …, {word}: … }}"
_MATCH = "write match: {{ {word}: … }}"
_WITHIN = {
    "id": {
        **dict.fromkeys(_TRIGGERS, _TRIGGER),
        **dict.fromkeys(("window", "outside", "max_defer", "template"), _WAY),
        **dict.fromkeys(("country", "locale", "carrier", "attributes", "sent", "never", "ref"), _MATCH),
        "after": "write when: {{ status: …, after: … }}",
        "in": "write when: {{ stuck: {{ in: …, for: … }} }}",
        "for": "write when: {{ stuck: {{ in: …, for: … }} }}",
        "first_of": "write send: {{ first_of: […] }}",
        "while": "mutes stand at the top level, under `mute`",
    },
    "at": {"cron": 'write at: "08:30" and days: [mon-fri]', "every": 'write at: ["08:30", "16:00"]'},
}
"""A key that a block has, to others that stand elsewhere, with words for what to write."""


def meant(word: str, known: Collection[str]) -> str | None:
    """Return the known key that `word` was probably meant to be: one that looks like it, or its like here."""
    foreign = FOREIGN.get(word.lower())
    if foreign in known and nearest(word, known, cutoff=0.8) is None:
        return foreign
    return None if _elsewhere(word, known) else nearest(word, known)


def key_hint(word: str, known: Collection[str]) -> str:
    """Return what to write instead of a key that does not belong among the `known` ones, "" for no idea."""
    if near := meant(word, known):
        return f"did you mean `{near}`?"
    return _elsewhere(word, known) or suggestion(word, known)


def _elsewhere(word: str, known: Collection[str]) -> str:
    for marker, words in _WITHIN.items():
        if marker in known and word in words:
            return words[word].format(word=word)
    return ""
