"""What `notifier check` tells of text messages: how long they are, and what they cost more than they need."""

from __future__ import annotations

from collections.abc import Sequence

from notifier.cli import output
from notifier.core.channel import Audience
from notifier.render.texts import TextSize, text_sizes
from notifier.service.running import Running


def sizes(running: Running) -> list[TextSize]:
    """Return what each text message comes to that a rule sends, by channel, template and language."""
    ruleset = running.ruleset
    asked: dict[tuple[str, str], None] = {}
    for rule in ruleset.judged:
        later = (delivery for step in rule.escalate for delivery in step.deliveries)
        for send in (option for delivery in (*rule.deliveries, *later) for option in delivery.options):
            channel = ruleset.channels[send.channel]
            kind = running.gateway.kind(send.channel)
            # What a channel without its URL speaks is not known; one that asks for a phone number texts.
            if kind == "sms" or (kind is None and "phone" in channel.asks):
                asked[send.channel, send.template] = None
    return [
        size
        for name, template in sorted(asked)
        for channel in [ruleset.channels[name]]
        for size in text_sizes(
            running.templates,
            template,
            ruleset.shop,
            name,
            channel.max_parts,
            for_customer=channel.audience is Audience.CUSTOMER,
        )
    ]


def tell(texts: Sequence[TextSize]) -> None:
    """Print them as a table; nothing if there are none."""
    if texts:
        columns = ("sms channel", "template", "language", "alphabet", "characters", "parts", "wording")
        output.table(columns, [_row(text) for text in texts])


def _row(text: TextSize) -> tuple[object, ...]:
    wording = "cut" if text.cut else "short" if text.short else "whole"
    sent = text.sent
    return text.channel, text.template, text.language, sent.alphabet, sent.units, sent.parts, wording
