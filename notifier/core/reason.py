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
    AWAITING_CONTACT = "awaiting_contact"
    EXPIRED = "expired"
    SCHEDULED = "scheduled"
    RESOLVED = "resolved"
    NOTHING_NEW = "nothing_new"
    NOT_TOLD_BEFORE = "not_told_before"
    HAD_STATUS = "had_status"
    TOLD_LATELY = "told_lately"
    # why a recipient is not told (a rule with one recipient does not fire, for this reason)
    LATE = "late"
    TOO_OLD = "too_old"
    NO_CONTACT = "no_contact"
    SOURCE_DOWN = "source_down"
    NO_ADDRESS = "no_address"
    UNUSABLE_ADDRESS = "unusable_address"
    ADDRESS_REFUSED = "address_refused"
    DO_NOT_CONTACT = "do_not_contact"
    CHANNEL_NOT_ALLOWED = "channel_not_allowed"
    NO_CONSENT = "no_consent"
    UNSUBSCRIBED = "unsubscribed"
    OVERTAKEN = "overtaken"
    CONTACT_REMOVED = "contact_removed"
    RULE_REMOVED = "rule_removed"
    CHANNEL_REMOVED = "channel_removed"
    CANCELLED = "cancelled"
    OUTSIDE_WINDOW = "outside_window"
    THROTTLED_OUT = "throttled_out"
    SILENCED = "silenced"
    MUTED = "muted"
    ACKNOWLEDGED = "acknowledged"
    BRAKED = "braked"
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
    REFUSES_EVERYONE = "refuses_everyone"
    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    BUDGET_REACHED = "budget_reached"
    PAUSED_BY_HAND = "paused_by_hand"


QUIETED = frozenset({Reason.SILENCED, Reason.MUTED})
"""A silence or a mute keeps it from operators."""

UNKNOWN_CUSTOMER = (
    Reason.NO_CONTACT,
    Reason.SOURCE_DOWN,
    Reason.NO_ADDRESS,
    Reason.UNUSABLE_ADDRESS,
    Reason.ADDRESS_REFUSED,
    Reason.EXPIRED,
)
"""Why a customer was not told: nobody knew how to reach her. It can be judged again once somebody does."""

EXPLAINED: dict[Reason, str] = {
    Reason.FIRED: "the rule fired",
    Reason.OTHER_STATUS: "the rule waits for another status",
    Reason.NO_MATCH: "`match` does not fit",
    Reason.CONDITION_FALSE: "`if` gave false",
    Reason.CONDITION_FAILED: "`if` could not be worked out",
    Reason.ALREADY_TOLD: "told before; `once` allows it one time",
    Reason.AWAITING_CONTACT: "the contact is being looked up; judged as soon as that has ended",
    Reason.EXPIRED: "held for longer than orders.hold_for; the order was never registered",
    Reason.SCHEDULED: "it speaks later, if it is true then",
    Reason.RESOLVED: "the alert was resolved",
    Reason.NOTHING_NEW: "it brings no parcel that the rule speaks of: new to the customer, or replaced",
    Reason.NOT_TOLD_BEFORE: "`match.sent`: none of these rules has told the customer of this order",
    Reason.HAD_STATUS: "`match.never`: the order had one of these statuses",
    Reason.TOLD_LATELY: "told before within `repeat`",
    Reason.LATE: "older than what the order had already reached, so customers are not told",
    Reason.TOO_OLD: "older than shop.max_update_age, so customers are not told",
    Reason.NO_CONTACT: "no source knows the customer; register the order with PUT /orders/{ref}",
    Reason.SOURCE_DOWN: "no source could say who the customer is within orders.retry.for",
    Reason.NO_ADDRESS: "the contact has no address for this channel",
    Reason.UNUSABLE_ADDRESS: "what the source gave as the address for this channel is no address",
    Reason.ADDRESS_REFUSED: "the address was refused for good before; not tried again until it changes",
    Reason.DO_NOT_CONTACT: "the customer wants to hear nothing",
    Reason.CHANNEL_NOT_ALLOWED: "the customer does not want to be told on this channel",
    Reason.NO_CONSENT: "the customer has not agreed to marketing",
    Reason.UNSUBSCRIBED: "the customer has ended marketing by its link, whatever the shop says",
    Reason.OVERTAKEN: "the order had gone further before it was sent",
    Reason.CONTACT_REMOVED: "the customer's data was deleted before it was sent",
    Reason.RULE_REMOVED: "the rule was removed before it was sent",
    Reason.CHANNEL_REMOVED: "the channel was removed before it was sent",
    Reason.CANCELLED: "another rule's news made it out of date (`cancels`)",
    Reason.OUTSIDE_WINDOW: "its window was closed",
    Reason.THROTTLED_OUT: "the customer had been told as often as `throttle` allows",
    Reason.SILENCED: "a silence covered it",
    Reason.MUTED: "a rule under `mute` kept it quiet",
    Reason.ACKNOWLEDGED: "somebody had acknowledged the alert",
    Reason.BRAKED: "the brake holds messages to customers (`notifier brake`)",
    Reason.BY_HAND: "dropped by a person",
    Reason.REFUSED: "refused for good by the other side",
    Reason.GAVE_UP: "no success within the channel's retry.for",
    Reason.TEMPLATE_FAILED: "its template failed; mend the template, then `notifier retry`",
    Reason.SET_ASIDE: "it ended a worker three times; look at the log, then `notifier retry`",
    Reason.ANSWER_LOST: "it may have been sent: the answer was lost; a person decides (`notifier retry`)",
    Reason.NOT_CONFIGURED: "the channel's URL is not set or was refused; its messages wait",
    Reason.CHANNEL_DOWN: "the service refuses us (password, credit, address); its messages wait",
    Reason.REFUSES_EVERYONE: "the service refuses us, not single recipients; its messages wait",
    Reason.UNREACHABLE: "the service did not answer several times in a row; its messages wait",
    Reason.THROTTLED: "the service asks us to send less; its messages wait",
    Reason.BUDGET_REACHED: "the channel's budget is used up; its messages wait",
    Reason.PAUSED_BY_HAND: "paused by a person (`notifier channels resume`); its messages wait",
}
"""Every reason in a sentence for the operator; the documentation is generated from it."""
