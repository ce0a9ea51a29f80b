"""What a test expects, held against what was told: which message meets what, and how the others differ."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notifier.config.model.cases import ExpectPart
from notifier.config.model.values import listed
from notifier.core.message import Rendered, State
from notifier.core.rules import RuleSet
from notifier.simulation.journal import Told
from notifier.simulation.moments import shown

_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Unmet:
    """An expectation that no message meets; `near` is the message that comes nearest, and how it differs."""

    expected: ExpectPart
    near: Told | None
    differences: tuple[str, ...] = ()


def reached(told: Sequence[Told]) -> list[Told]:
    """Return the messages that somebody got, or would have but for `shadow`."""
    return [one for one in told if one.state in (State.DELIVERED, State.SHADOWED)]


def compare(
    expected: Sequence[ExpectPart], told: Sequence[Told], ruleset: RuleSet
) -> tuple[list[Unmet], list[Told]]:
    """Return the expectations that are not met, and the messages that meet none.

    Each expectation takes a message of its own; as many as possible are met.
    """
    differing = [[list(_differences(one, message, ruleset)) for message in told] for one in expected]
    met: dict[int, int] = {}  # message to expectation

    def place(number: int, tried: set[int]) -> bool:
        for at, differences in enumerate(differing[number]):
            if not differences and at not in tried:
                tried.add(at)
                if at not in met or place(met[at], tried):
                    met[at] = number
                    return True
        return False

    missed = [number for number in range(len(expected)) if not place(number, set())]
    rest = [at for at in range(len(told)) if at not in met]
    unmet = [_unmet(expected[n], told, differing[n], rest or list(range(len(told)))) for n in missed]
    return unmet, [told[at] for at in rest]


def words(rendered: Rendered | None) -> str:
    """Return all words of a message: subject, texts, and the HTML of mail or chat with and without tags."""
    if rendered is None:
        return ""
    marked = (rendered.html, rendered.chat)
    plain = (html.unescape(_TAG.sub("", part)) for part in marked)
    return "\n".join([rendered.subject, rendered.text, rendered.sms, *marked, *plain])


def said(expected: ExpectPart) -> str:
    """Return an expectation in one line, as it was written."""
    parts = []
    for name in ExpectPart.model_fields:
        value = getattr(expected, name)
        if value is not None:
            parts.append(f"{name} {', '.join(value) if isinstance(value, list) else value}")
    return ", ".join(parts)


def _unmet(
    expected: ExpectPart, told: Sequence[Told], differing: Sequence[Sequence[str]], among: Sequence[int]
) -> Unmet:
    rule = expected.rule
    candidates = [at for at in among if rule is None or told[at].rule == rule]
    if not candidates:
        return Unmet(expected, None)
    nearest = min(candidates, key=lambda at: len(differing[at]))
    return Unmet(expected, told[nearest], tuple(differing[nearest]))


def _differences(expected: ExpectPart, message: Told, ruleset: RuleSet) -> Iterator[str]:
    """Yield in what a message is not what was expected."""
    zone = ruleset.shop.timezone
    if expected.at is not None and not expected.at.begin(zone) <= message.at < expected.at.end(zone):
        yield f"at {shown(message.at, zone)}, not {expected.at}"
    audience = ruleset.channels[message.channel].audience.value
    for name, wanted, is_ in (
        ("rule", expected.rule, message.rule),
        ("channel", expected.channel, message.channel),
        ("audience", expected.audience, audience),
        ("to", expected.to, message.recipient),
        ("template", expected.template, message.template),
        ("occasion", expected.occasion, message.kind.value),
    ):
        if wanted is not None and wanted != is_:
            yield f"{name} is {is_ or 'none'}, not {wanted}"
    if expected.ref is not None and expected.ref not in message.refs:
        yield f"ref is {', '.join(filter(None, message.refs)) or 'none'}, not {expected.ref}"
    if expected.locale is not None and not _is_language(message.locale, expected.locale):
        yield f"locale is {message.locale or 'none'}, not {expected.locale}"
    yield from _in_words(expected, message)


def _in_words(expected: ExpectPart, message: Told) -> Iterator[str]:
    subject = message.rendered.subject if message.rendered else ""
    if expected.subject is not None and expected.subject not in subject:
        yield f"subject is {subject!r}, without {expected.subject!r}"
    text = words(message.rendered)
    for wanted in listed(expected.contains or []):
        if wanted not in text:
            yield f"does not contain {wanted!r}"
    for unwanted in listed(expected.not_contains or []):
        if unwanted in text:
            yield f"contains {unwanted!r}"


def _is_language(locale: str, wanted: str) -> bool:
    """Tell whether a language is the wanted one: nl-NL is nl, too."""
    own, meant = (name.replace("_", "-").lower() for name in (locale, wanted))
    return own == meant or own.startswith(f"{meant}-")
