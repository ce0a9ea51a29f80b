"""What a mail tells in its head beside its words: what it belongs to, whom to answer, what kind it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from notifier.core.shop import Shop


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of one mail is made from; `channels.heading` makes the headers. Empty is left out.

    Attributes:
        thread: what all mails of one conversation have in common: the `ref` of their order. It leaves
            the house as a hash only.
        reply_to: where an answer should go, a plain e-mail address.
        stream: what the mail is one of, the narrowest first: rule, category, audience. Complaints are
            counted by it, so it names no person and no order.
        unsubscribe_url: takes the one click that ends marketing; for marketing only.
    """

    thread: str = field(default="", repr=False)
    reply_to: str = ""
    stream: tuple[str, ...] = ()
    unsubscribe_url: str = field(default="", repr=False)


def head(
    shop: Shop,
    audience: str,
    rule: str,
    refs: Collection[str],
    *,
    marketing: bool = False,
    unsubscribe_url: str = "",
) -> Head:
    """Return the head of a message, whatever carries it.

    Args:
        audience: of the channel, a `core.channel.Audience`.
        rule: the id of the rule that speaks.
        refs: the orders that are spoken of; only the news of one is a conversation. Empty: of no order.
    """
    return Head(
        thread=next(iter(refs)) if len(set(refs)) == 1 else "",
        reply_to=shop.support_email if audience == "customer" else "",
        stream=(rule, "marketing" if marketing else "transactional", str(audience)),
        unsubscribe_url=unsubscribe_url,
    )
