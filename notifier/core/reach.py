"""Whether a channel can and may reach somebody about an order: the address, or the reason why not."""

from __future__ import annotations

from notifier.core.channel import Audience, Channel
from notifier.core.expression import Facts
from notifier.core.facts import facts
from notifier.core.lookup import LookupState
from notifier.core.reason import Reason
from notifier.core.rules import Category, Rule, RuleSet
from notifier.core.situation import Situation
from notifier.core.update import Shipment
from notifier.errors import RenderError


def reach(
    channel_name: str,
    rule: Rule,
    ruleset: RuleSet,
    situation: Situation,
    now: float,
    shipment: Shipment | None = None,
) -> str | Reason:
    """Return the recipient on a channel ('' for one that is fixed), or why nobody is told there.

    Args:
        shipment: the parcel that the message is about, if it is about one.
        now: Unix seconds UTC.
    """
    channel = ruleset.channels.get(channel_name)
    if channel is None:
        return Reason.CHANNEL_REMOVED
    if channel.audience is Audience.CUSTOMER and (obstacle := _obstacle(channel, rule, situation)):
        return obstacle
    if channel.audience is Audience.CUSTOMER and is_too_old(ruleset, situation, now):
        return Reason.TOO_OLD
    if channel.to is None:
        return ""
    told = facts(situation.update, situation.order, ruleset.shop, now, shipment=shipment, late=situation.late)
    return _address(channel, situation, told)


def is_too_old(ruleset: RuleSet, situation: Situation, now: float) -> bool:
    """Tell whether the news is older than the shop's patience with it."""
    limit = ruleset.shop.max_update_age
    return limit is not None and now - situation.news_at > limit


def is_reachable(ruleset: RuleSet, situation: Situation, now: float) -> bool:
    """Tell whether there is a customers' channel, configured and not unwanted, on which she has an address.

    A channel that asks for nothing of the contact, such as one with a fixed place, reaches her.
    """
    contact = situation.order.contact
    if contact is None:
        return False
    told = facts(situation.update, situation.order, ruleset.shop, now, late=situation.late)
    return any(
        channel.to is None or not isinstance(_address(channel, situation, told), Reason)
        for channel in ruleset.channels.values()
        if channel.audience is Audience.CUSTOMER
        and channel.paused is not Reason.NOT_CONFIGURED
        and (contact.channels is None or channel.name in contact.channels)
    )


def _obstacle(channel: Channel, rule: Rule, situation: Situation) -> Reason | None:
    """Return what stands between a customers' channel and this customer, whatever the address."""
    contact, lookup = situation.order.contact, situation.lookup
    if situation.order.forgotten:
        return Reason.CONTACT_REMOVED
    if contact is None:
        gave_up = lookup is not None and lookup.state is LookupState.GAVE_UP
        return Reason.SOURCE_DOWN if gave_up else Reason.NO_CONTACT
    if contact.do_not_contact:
        return Reason.DO_NOT_CONTACT
    if contact.channels is not None and channel.name not in contact.channels:
        return Reason.CHANNEL_NOT_ALLOWED
    if rule.category is Category.MARKETING:
        if contact.unsubscribed:
            return Reason.UNSUBSCRIBED
        if not contact.marketing:
            return Reason.NO_CONSENT
    return None


def _address(channel: Channel, situation: Situation, told: Facts) -> str | Reason:
    contact = situation.order.contact
    try:
        address = channel.to(told) if channel.to else ""
    except RenderError:
        address = ""
    if not address:
        unusable = contact is not None and channel.asks & contact.unusable.keys()
        return Reason.UNUSABLE_ADDRESS if unusable else Reason.NO_ADDRESS
    if contact is not None and address in contact.refused:
        return Reason.ADDRESS_REFUSED
    return address
