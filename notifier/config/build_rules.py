"""The checked parts of rules.yaml to rules: what the short forms and the defaults mean."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notifier.config import asked, build_triggers, expressions, template_names
from notifier.config.model.quieting import BrakePart, MutePart
from notifier.config.model.rules import RulePart
from notifier.config.model.send import FirstOfPart, SendForm, SendPart, StepPart
from notifier.config.model.tempo import DefaultsPart, GroupPart, ThrottlePart
from notifier.config.model.triggers import TriggerPart, When
from notifier.config.model.values import listed
from notifier.core.alert import Severity
from notifier.core.channel import Audience
from notifier.core.message import Outside, Send
from notifier.core.rules import BRAKE, Brake, Category, Delivery, Mute, Once, Rule, Step
from notifier.core.schedule import Hours
from notifier.core.tempo import Digest, Group, Throttle
from notifier.core.trigger import AnyUpdate, Internal, Rate, Schedule, StatusTrigger, Trigger


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rest of the file says that counts for a rule.

    `needing` are the channels that need the contact, `templates` those that exist (None if
    that is not known).
    """

    audiences: Mapping[str, Audience]
    needing: Collection[str] = ()
    templates: Collection[str] | None = None
    calendars: Mapping[str, Hours] = field(default_factory=dict)
    defaults: DefaultsPart = DefaultsPart()  # noqa: RUF009  it is frozen

    def reach(self, deliveries: Iterable[Delivery], audience: Audience) -> bool:
        """Tell whether one of the ways leads to that audience."""
        return any(self.audiences.get(o.channel) is audience for d in deliveries for o in d.options)


def rule(part: RulePart, around: Surroundings) -> Rule:
    """Return a rule; its expressions are compiled."""
    trigger = build_triggers.trigger(part.when, around.calendars)
    codes = trigger.codes if isinstance(trigger, StatusTrigger) else ()
    about = template_names.subject(_kind(part.when), codes, marketing=part.category == "marketing")
    sends = deliveries(part.send, part.id, around, about=about)
    steps = tuple(_step(step, part.id, about, around) for step in part.escalate or ())
    reached = [*sends, *(delivery for step in steps for delivery in step.deliveries)]
    matched = part.match
    alerts = bool(part.resolve or steps) or isinstance(trigger, Rate)
    speaks_alone = isinstance(trigger, Schedule | Internal)
    return Rule(
        id=part.id,
        trigger=trigger,
        deliveries=sends,
        match=tuple(build_triggers.clauses(matched)) if matched else (),
        sent=frozenset(listed(matched.sent)) if matched and matched.sent else frozenset(),
        never=build_triggers.codes(matched.never) if matched and matched.never else frozenset(),
        condition=expressions.condition(part.if_) if part.if_ is not None else None,
        condition_source=part.if_ or "",
        once=Once(part.once),
        settle=part.settle or 0.0,
        await_code=part.wait_for.tracking_code if part.wait_for else 0.0,
        cancels=tuple(listed(part.cancels)) if part.cancels else (),
        category=Category(part.category),
        needs_contact=_asks_who(part) or any(o.channel in around.needing for d in reached for o in d.options),
        resolve=build_triggers.codes(part.resolve) if part.resolve else frozenset(),
        escalate=steps,
        repeat=_repeat(part.repeat, around.defaults.ops.repeat if alerts else None, trigger),
        group=None if speaks_alone else group(part.group, reached, around),
        throttle=_throttle(part.throttle, sends, around),
        digest=Digest(tuple(listed(part.digest.rules)), part.digest.skip_empty) if part.digest else None,
        shadow=part.mode == "shadow",
        **_severities(part.severity),
    )


def deliveries(
    form: SendForm, name: str, around: Surroundings, step: StepPart | None = None, about: str = ""
) -> tuple[Delivery, ...]:
    """Return what a `send` means.

    Args:
        name: the template where an entry names none.
        step: whose `window` counts where an entry names none.
        about: what is spoken of, see `template_names.subject`.
    """
    entries = form if isinstance(form, list) else [form]
    return tuple(
        Delivery(
            tuple(
                _send(option, name, around, step, about)
                for option in (entry.first_of if isinstance(entry, FirstOfPart) else [entry])
            )
        )
        for entry in entries
    )


def group(form: str | GroupPart | None, reached: Iterable[Delivery], around: Surroundings) -> Group | None:
    """Return what goes out together; keys that are left out have the value of `defaults`."""
    usual = around.defaults.ops.group
    if form == "none" or not around.reach(reached, Audience.OPS):
        return None
    part = _completed(form, usual) if isinstance(form, GroupPart) else usual
    if part is None:
        return None
    return Group(by=tuple(listed(part.by)), wait=part.wait, interval=part.interval, most=part.max_items)


def mute(part: MutePart) -> Mute:
    """Return what keeps rules quiet."""
    return Mute(part.id, part.while_, frozenset(listed(part.rules)), tuple(listed(part.same or [])))


def brake(part: BrakePart, around: Surroundings) -> Brake:
    """Return the brake; who is asked is told as a critical alert is."""
    asks = Rule(
        id=BRAKE,
        trigger=AnyUpdate(),
        deliveries=deliveries(part.send, part.template or BRAKE, around),
        severity=Severity.CRITICAL,
    )
    return Brake(part.above, part.window, part.min, asks)


def windows_for_customers(rules: Iterable[Rule], audiences: Mapping[str, Audience]) -> set[str]:
    """Return the windows in which customers are told."""
    return {
        option.window
        for rule_ in rules
        for delivery in rule_.deliveries
        for option in delivery.options
        if option.window and audiences.get(option.channel) is Audience.CUSTOMER
    }


def _step(part: StepPart, name: str, about: str, around: Surroundings) -> Step:
    return Step(part.after, deliveries(part.send, name, around, part, about))


def _kind(when: When) -> str:
    return when.kind if isinstance(when, TriggerPart) else "status"


def _send(entry: str | SendPart, name: str, around: Surroundings, step: StepPart | None, about: str) -> Send:
    part = SendPart(channel=entry) if isinstance(entry, str) else entry
    audience = around.audiences.get(part.channel)
    template = template_names.resolve(part.template, name, about, audience, around.templates)
    window, outside = part.window, part.outside
    if window is None and step is not None:
        window, outside = step.window, step.outside
    return Send(part.channel, template, window or "", Outside(outside or "defer"), part.max_defer)


def _asks_who(part: RulePart) -> bool:
    """Tell whether a rule's own words can be judged only once it is known who the customer is."""
    of_contact = part.match and (part.match.country or part.match.locale or part.match.attributes)
    if of_contact or Once(part.once) is Once.CONTACT:
        return True
    return part.if_ is not None and asked.needs_contact(expressions.condition_tree(part.if_))


def _severities(form: str | Mapping[str, str]) -> dict[str, Any]:
    if isinstance(form, str):
        return {"severity": Severity(form)}
    return {"severities": {build_triggers.code(word): Severity(how) for word, how in form.items()}}


def _repeat(seconds: float | None, usual: float | None, trigger: Trigger) -> float | None:
    if seconds is None:
        return usual
    if math.isinf(seconds):  # none: an event is told every time, an alert once
        return 0.0 if isinstance(trigger, Internal) else None
    return seconds


def _throttle(
    form: str | ThrottlePart | None, sends: Iterable[Delivery], around: Surroundings
) -> Throttle | None:
    if form == "none" or not around.reach(sends, Audience.CUSTOMER):
        return None
    part = form if isinstance(form, ThrottlePart) else around.defaults.customer.throttle
    return None if part is None else Throttle(part.max, part.in_, merge=part.over == "merge")


def _completed(part: GroupPart, usual: GroupPart | None) -> GroupPart:
    """Return `part` with the values of `usual` for the keys that it leaves out."""
    if usual is None:
        return part
    said = {key: getattr(part, key) for key in part.model_fields_set}
    return usual.model_copy(update=said)
