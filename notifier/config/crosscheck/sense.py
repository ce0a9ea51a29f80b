"""Keys that make no sense beside a rule's trigger, or for whom it tells."""

from __future__ import annotations

from collections.abc import Iterator

from notifier.config.crosscheck.outline import OF_SHOP, Outline, RuleOutline, Sending, as_block, codes, words
from notifier.config.mistake import quoted
from notifier.core.channel import Audience
from notifier.errors import Problem

_NO_ORDER = "a rule of `{kind}` is about no order"

_WITH_SHOP = {
    "match": "remove it; `rate` counts by `of`, `among` and `by`",
    "if": "remove it",
    "once": "remove it: each time is told once",
    "settle": "remove it",
    "wait_for": "remove it",
    "cancels": "remove it",
}
"""What only a rule about an order can have, and what to do instead."""

_ALONE = {
    "schedule": "it speaks at its time",
    "internal": "what happens is told at once",
}
"""Triggers whose messages are never grouped and open no alert, and why."""

_OPENS_ALERT = {
    "quiet": "add `escalate`, or remove it",
    "new_shipment": "add `escalate`, or remove it",
    "schedule": "remove it",
}
"""What has a rule open an alert, where that is not `resolve` or `escalate`."""


def check(file: Outline) -> Iterator[Problem]:
    """Yield a problem for every key that makes no sense where it stands."""
    for rule in file.rules:
        if rule.kind in OF_SHOP:
            yield from _about_no_order(rule, file)
        if rule.kind in _ALONE:
            yield from _alone(rule, file)
        yield from _with_trigger(rule, file)
        yield from _of_itself(rule, file)
        yield from _audience(rule, file)
    for sendings in file.speakers():
        yield from _next_of_nothing(sendings, file)
    for sending in file.brake:
        if file.audience(sending) is Audience.CUSTOMER:
            text = f"the brake asks operators, but {sending.channel} goes to customers"
            yield file.tree.problem(sending.at, text, "name a channel with `audience: ops`")


def _about_no_order(rule: RuleOutline, file: Outline) -> Iterator[Problem]:
    about = _NO_ORDER.format(kind=rule.kind)
    for key, hint in _WITH_SHOP.items():
        if key in rule.body:
            yield _at(rule, key, f"`{key}` makes no sense here: {about}", hint, file)
    if rule.body.get("category") == "marketing":
        text = f"this cannot be marketing: {about}, so it is for no customer"
        yield _at(rule, "category", text, "remove it", file)
    if isinstance(rule.body.get("severity"), dict):
        hint = "write one of info, warning and critical"
        yield _at(rule, "severity", f"`severity` cannot go by status: {about}", hint, file)
    for sending in rule.all_sends:
        if file.audience(sending) is Audience.CUSTOMER:
            text = f"{sending.channel} goes to customers, but {about}"
            yield file.tree.problem(sending.at, text, "send it to operators")


def _alone(rule: RuleOutline, file: Outline) -> Iterator[Problem]:
    why = _ALONE[rule.kind]
    if isinstance(rule.body.get("group"), dict):
        yield _at(rule, "group", f"`group` makes no sense with `{rule.kind}`: {why}", "remove it", file)
    for key in ("resolve", "escalate"):
        if key in rule.body:
            text = f"`{key}` makes no sense with `{rule.kind}`, which opens no alert"
            yield _at(rule, key, text, "remove it", file)


def _with_trigger(rule: RuleOutline, file: Outline) -> Iterator[Problem]:
    body, kind = rule.body, rule.kind
    if not kind:
        return
    if "digest" in body and kind != "schedule":
        hint = 'write for example when: { schedule: { at: "08:30" } }'
        yield _at(rule, "digest", "a digest needs a time at which it goes out", hint, file)
    if "settle" in body and (kind == "stuck" or "after" in as_block(body.get("when"))):
        key = "for" if kind == "stuck" else "after"
        hint = f"remove it, or make `{key}` longer"
        yield _at(rule, "settle", f"`settle` makes no sense here: `{key}` waits already", hint, file)
    if kind in ("rate", "quiet") and "resolve" in body:
        how = "below `clear_below`" if kind == "rate" else "when updates arrive again"
        yield _at(rule, "resolve", f"an alert of `{kind}` closes by itself, {how}", "remove it", file)
    if kind in ("new_shipment", "replaced_shipment") and "resolve" in body:
        text = f"`resolve` makes no sense with `{kind}`, whose news is not over with a status"
        yield _at(rule, "resolve", text, "remove it", file)
    if "repeat" in body and body["repeat"] != "none" and kind != "internal" and not rule.alerts:
        hint = _OPENS_ALERT.get(kind, "add `resolve` or `escalate`, or remove it")
        yield _at(rule, "repeat", "`repeat` is for alerts, and this rule opens none", hint, file)
    if kind in ("status", "stuck"):
        yield from _closes_what_it_opens(rule, file)
    if kind == "rate":
        yield from _all_of_them(rule, file)


def _closes_what_it_opens(rule: RuleOutline, file: Outline) -> Iterator[Problem]:
    for word, at in words(rule.body.get("resolve"), (*rule.at, "resolve")):
        if codes(word) & rule.codes:
            text = f"{quoted(word)} cannot close the alert that it opens"
            yield file.tree.problem(at, text, "it stands in `when` as well: remove one of the two")


def _all_of_them(rule: RuleOutline, file: Outline) -> Iterator[Problem]:
    part = as_block(rule.trigger)
    of, among = codes(part.get("of")), codes(part.get("among"))
    if among and among <= of:
        place = (*rule.at, "when", "rate", "among")
        text = "the share would always be 100%: all of `among` stands in `of` as well"
        yield file.tree.problem(place, text, "`among` names what all orders have, such as collected")


def _of_itself(rule: RuleOutline, file: Outline) -> Iterator[Problem]:
    if not rule.id:
        return
    match, digest = as_block(rule.body.get("match")), as_block(rule.body.get("digest"))
    for value, path, text, hint in (
        (rule.body.get("cancels"), ("cancels",), "a rule cannot cancel itself", "remove it"),
        (
            match.get("sent"),
            ("match", "sent"),
            "a rule that waits for itself never begins",
            "name another rule",
        ),
        (digest.get("rules"), ("digest", "rules"), "a digest cannot list itself", "remove it"),
    ):
        for word, at in words(value, (*rule.at, *path)):
            if word == rule.id:
                yield file.tree.problem(at, text, hint)


def _audience(rule: RuleOutline, file: Outline) -> Iterator[Problem]:
    """Yield a problem for every key that is for others than those whom a rule tells."""
    if file.goes_only_to(Audience.CUSTOMER, rule.sends):
        hint = "name a channel for operators in `send`, or remove it"
        for key in ("resolve", "escalate"):
            if key in rule.body:
                text = f"`{key}` is for operators, and this rule tells only customers"
                yield _at(rule, key, text, hint, file)
        is_grouped = isinstance(rule.body.get("group"), dict)
        if is_grouped and file.goes_only_to(Audience.CUSTOMER, rule.all_sends):
            text = "`group` is for operators, and this rule tells only customers"
            yield _at(rule, "group", text, "for customers there is `throttle`", file)
    is_throttled = isinstance(rule.body.get("throttle"), dict)
    if is_throttled and file.goes_only_to(Audience.OPS, rule.sends):
        text = "`throttle` is for customers, and this rule tells only operators"
        yield _at(rule, "throttle", text, "for operators there is `group`", file)


def _next_of_nothing(sendings: tuple[Sending, ...], file: Outline) -> Iterator[Problem]:
    for sending in sendings:
        if sending.is_last and sending.body.get("outside") == "next":
            at = (*sending.at[:-1], "outside")
            hint = "write defer or drop, or another way after it in `first_of`"
            yield file.tree.problem(at, "no other way comes next", hint)


def _at(rule: RuleOutline, key: str, text: str, hint: str, file: Outline) -> Problem:
    return file.tree.problem((*rule.at, key), text, hint, at_key=True)
