"""The closed list of reasons: why a rule fired or did not, why a message ended, why a channel rests."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A named reason, stored, counted and shown; never free text."""

    # why a rule fired or not
    FIRED = "fired"
    OTHER_STATUS = "other_status"
    NO_MATCH = "no_match"
    CONDITION_FALSE = "condition_false"
    CONDITION_FAILED = "condition_failed"
    ALREADY_TOLD = "already_told"
    # why a recipient is not told (a rule with one recipient does not fire, for this reason)
    LATE = "late"
    TOO_OLD = "too_old"
    NO_CONTACT = "no_contact"
    NO_ADDRESS = "no_address"
    CONTACT_REMOVED = "contact_removed"
    RULE_REMOVED = "rule_removed"
    CHANNEL_REMOVED = "channel_removed"
    BY_HAND = "by_hand"
    # why a message failed or waits for a person
    REFUSED = "refused"
    GAVE_UP = "gave_up"
    TEMPLATE_FAILED = "template_failed"
    SET_ASIDE = "set_aside"
    ANSWER_LOST = "answer_lost"
    # why a channel is paused
    NOT_CONFIGURED = "not_configured"
    CHANNEL_DOWN = "channel_down"


EXPLAINED: dict[Reason, str] = {
    Reason.FIRED: "the rule fired",
    Reason.OTHER_STATUS: "the rule waits for another status",
    Reason.NO_MATCH: "`match` does not fit",
    Reason.CONDITION_FALSE: "`if` gave false",
    Reason.CONDITION_FAILED: "`if` could not be worked out",
    Reason.ALREADY_TOLD: "told before; `once` allows it one time",
    Reason.LATE: "older than what the order had already reached, so customers are not told",
    Reason.TOO_OLD: "older than shop.max_update_age, so customers are not told",
    Reason.NO_CONTACT: "nothing is known of the customer; register the order with PUT /orders/{ref}",
    Reason.NO_ADDRESS: "the contact has no address for this channel",
    Reason.CONTACT_REMOVED: "the customer's data was deleted before it was sent",
    Reason.RULE_REMOVED: "the rule was removed before it was sent",
    Reason.CHANNEL_REMOVED: "the channel was removed before it was sent",
    Reason.BY_HAND: "dropped by a person",
    Reason.REFUSED: "refused for good by the other side",
    Reason.GAVE_UP: "no success within the channel's retry.for",
    Reason.TEMPLATE_FAILED: "its template failed; mend the template, then `notifier retry`",
    Reason.SET_ASIDE: "it ended a worker three times; look at the log, then `notifier retry`",
    Reason.ANSWER_LOST: "it may have been sent: the answer was lost; a person decides (`notifier retry`)",
    Reason.NOT_CONFIGURED: "the channel's URL is not set or was refused; its messages wait",
    Reason.CHANNEL_DOWN: "the service refuses us (password, credit, address); its messages wait",
}
"""Every reason in a sentence for the operator; the documentation is generated from it."""
