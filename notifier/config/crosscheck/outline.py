"""What rules.yaml says as plain data, as far as it has the shape that it should.

What has another shape is passed over, so that its own mistake and those of the rest show
together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from notifier.config import asked, expressions, template_names
from notifier.config.mistake import Mistake
from notifier.config.model.triggers import KINDS
from notifier.config.secret import reference
from notifier.config.yamltree import Path, Tree
from notifier.core.channel import Audience
from notifier.core.rules import BRAKE
from notifier.core.status import CODES

OF_SHOP = frozenset({"rate", "quiet", "schedule", "internal"})
"""Triggers of the shop as a whole, which are about no order."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One channel named by a `send`, with the places to point at.

    `template` is the one that it names, or else the name of whom it belongs to; `is_last`
    tells that no other way comes after it; `body` is what is written about it, `about` what
    it speaks of (`template_names.subject`).
    """

    channel: str
    template: str
    at: Path
    template_at: Path
    is_last: bool = True
    body: Mapping[str, object] = field(default_factory=dict)
    about: str = ""

    @property
    def is_named(self) -> bool:
        """Tell whether its template is written out."""
        return "template" in self.body


@dataclass(frozen=True, slots=True)
class RuleOutline:
    """One entry of `rules`: its place, its id ('' if that cannot be read) and what stands in it.

    `kind` is its trigger's key ('' if that cannot be told), `trigger` what stands there.
    """

    at: Path
    id: str
    body: Mapping[str, object]
    kind: str
    trigger: object
    sends: tuple[Sending, ...]
    steps: tuple[tuple[Sending, ...], ...]

    @property
    def all_sends(self) -> tuple[Sending, ...]:
        """What it sends, also when it escalates."""
        return (*self.sends, *(sending for step in self.steps for sending in step))

    @property
    def alerts(self) -> bool:
        """Tell whether it opens alerts."""
        return self.kind == "rate" or "resolve" in self.body or "escalate" in self.body

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the statuses that its trigger names."""
        inner = self.trigger.get("in") if isinstance(self.trigger, dict) else self.trigger
        return codes(inner)


@dataclass(frozen=True, slots=True)
class Outline:
    """The file; `channels` is None if there is no such block."""

    tree: Tree
    data: Mapping[str, object]
    channels: Mapping[str, object] | None
    audiences: Mapping[str, Audience | None]
    rules: tuple[RuleOutline, ...]
    missing: tuple[Sending, ...]
    brake: tuple[Sending, ...]

    def speakers(self) -> Iterator[tuple[Sending, ...]]:
        """Yield every `send` of the file."""
        for rule in self.rules:
            yield rule.sends
            yield from rule.steps
        yield self.missing
        yield self.brake

    def block(self, name: str) -> Mapping[str, object]:
        """Return a block of the file, empty if there is none."""
        return as_block(self.data.get(name))

    def audience(self, sending: Sending) -> Audience | None:
        """Return whom a way leads to, None if that cannot be told."""
        return self.audiences.get(sending.channel)

    def goes_only_to(self, audience: Audience, sendings: tuple[Sending, ...]) -> bool:
        """Tell whether all of the ways, of which there are some, lead to that audience."""
        return bool(sendings) and all(self.audience(sending) is audience for sending in sendings)

    def named(self, rule_id: object) -> RuleOutline | None:
        """Return the rule with that id."""
        return next((rule for rule in self.rules if rule.id and rule.id == rule_id), None)


def outline(tree: Tree) -> Outline:
    """Return what a file says."""
    data = as_block(tree.data)
    channels = data.get("channels")
    known = channels if isinstance(channels, dict) else None
    rules = data.get("rules")
    orders, brake = as_block(data.get("orders")), as_block(data.get("brake"))
    missing = as_block(orders.get("missing_contact"))
    return Outline(
        tree,
        data,
        known,
        {name: _audience(channel) for name, channel in (known or {}).items()},
        tuple(_rule(p, body) for p, body in enumerate(as_list(rules)) if isinstance(body, dict)),
        _sends_of(missing, ("orders", "missing_contact"), template_names.MISSING),
        _sends_of(brake, ("brake",), BRAKE),
    )


def as_block(value: object) -> Mapping[str, object]:
    """Return a block of keys as it is, anything else as an empty one."""
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """Return a list as it is, anything else as an empty one."""
    return value if isinstance(value, list) else []


def words(value: object, at: Path) -> Iterator[tuple[str, Path]]:
    """Yield the words of what can be written with or without a list, with their places."""
    if isinstance(value, str):
        yield value, at
    for position, entry in enumerate(as_list(value)):
        if isinstance(entry, str):
            yield entry, (*at, position)


def codes(value: object) -> frozenset[str]:
    """Return the codes of the statuses that can be read; a letter stands for itself."""
    return frozenset(CODES.get(word, word) for word, _ in words(value, ()))


def _rule(position: int, body: Mapping[str, object]) -> RuleOutline:
    at: Path = ("rules", position)
    rule_id = body.get("id")
    name = rule_id if isinstance(rule_id, str) else ""
    kind, trigger = _trigger(body.get("when"))
    steps = tuple(
        tuple(_named(step.get("send"), (*at, "escalate", number, "send"), name))
        for number, step in enumerate(as_list(body.get("escalate")))
        if isinstance(step, dict)
    )
    sends = tuple(_named(body.get("send"), (*at, "send"), name))
    rule = RuleOutline(at, name, body, kind, trigger, sends, steps)
    about = template_names.subject(kind, rule.codes, marketing=body.get("category") == "marketing")
    return replace(
        rule,
        sends=tuple(replace(sending, about=about) for sending in sends),
        steps=tuple(tuple(replace(sending, about=about) for sending in step) for step in steps),
    )


def _trigger(when: object) -> tuple[str, object]:
    if not isinstance(when, dict):
        return ("status", when) if isinstance(when, str | list) else ("", None)
    kinds = [kind for kind in KINDS if kind in when]
    return (kinds[0], when[kinds[0]]) if len(kinds) == 1 else ("", None)


def _sends_of(part: Mapping[str, object], at: Path, default: str) -> tuple[Sending, ...]:
    """Return the ways of a block with `send`, whose own `template` counts for all that name none."""
    template = part.get("template")
    if "template" not in part:
        return tuple(_named(part.get("send"), (*at, "send"), default))
    name = template if isinstance(template, str) else ""
    return tuple(
        sending if sending.is_named else _with_template(sending, name, (*at, "template"))
        for sending in _named(part.get("send"), (*at, "send"), name)
    )


def _with_template(sending: Sending, name: str, at: Path) -> Sending:
    body = {**sending.body, "template": name}
    return Sending(sending.channel, name, sending.at, at, sending.is_last, body)


def _named(send: object, at: Path, default: str, *, is_last: bool = True) -> Iterator[Sending]:
    match send:
        case str():
            yield Sending(send, default, at, at, is_last)
        case list():
            for position, entry in enumerate(send):
                yield from _named(entry, (*at, position), default)
        case {"first_of": list(options)}:
            for position, option in enumerate(options):
                last = position == len(options) - 1
                yield from _named(option, (*at, "first_of", position), default, is_last=last)
        case {"channel": str(channel), "template": template}:
            name = template if isinstance(template, str) else ""
            yield Sending(channel, name, (*at, "channel"), (*at, "template"), is_last, as_block(send))
        case {"channel": str(channel)}:
            yield Sending(channel, default, (*at, "channel"), at, is_last, as_block(send))


def _audience(channel: object) -> Audience | None:
    part = as_block(channel)
    written, to = part.get("audience"), part.get("to")
    if written is not None:
        return next((audience for audience in Audience if audience == written), None)
    if to is None:
        return Audience.OPS if part else None
    if not isinstance(to, str):
        return None
    try:
        if reference(to) is not None:
            return Audience.OPS
        expressions.address(to)
    except Mistake:
        return None
    of_contact = asked.speaks_of_contact(expressions.address_tree(to))
    return Audience.CUSTOMER if of_contact else Audience.OPS
