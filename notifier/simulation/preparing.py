"""What a due message of a simulated world is judged by, what goes out with it, and its words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from notifier.core.message import Message, Rendered
from notifier.core.rules import RuleSet
from notifier.core.situation import Situation, of_no_order
from notifier.core.standing import Standing
from notifier.core.wanted import Wanted, goes_along
from notifier.render.templates import Templates
from notifier.service.wording import Told, Wording
from notifier.simulation.memory import Memory

UNSUBSCRIBE = "https://notifier.example/u/{}"
"""Where marketing mails of a simulated world let their readers unsubscribe."""

NOTHING_ON_RECORD = Standing()


class Preparing:
    """Makes messages ready.

    Args:
        templates: make words; None for a world without.
        kinds: what each channel speaks (email, sms, chat), by name.
    """

    def __init__(
        self, ruleset: RuleSet, memory: Memory, templates: Templates | None, kinds: Mapping[str, str]
    ) -> None:
        self._ruleset = ruleset
        self._memory = memory
        self._outbox = memory.outbox
        self._templates = templates
        self._kinds = kinds
        self._wording = Wording(self._listed, UNSUBSCRIBE.format)

    def situation(self, message: Message) -> Situation:
        """Return a message's update with its order as it is now."""
        found = self._memory.orders.situation(message.update_id) if message.update_id else None
        if found is None:
            return of_no_order(message.occasion, message.created_at)
        return found if message.occasion is found.occasion else replace(found, occasion=message.occasion)

    def standing(self, message: Message, now: float) -> Standing:
        """Return what judges a due message once more; see the store's `Outbox.standing`."""
        memory = self._memory
        silences = memory.alerts.quieting(now)
        if not (message.join or message.alert or silences or self._ruleset.mutes):
            return NOTHING_ON_RECORD
        who = memory.outbox.person(message) if message.join else ""
        return Standing(
            alerts=memory.alerts.unresolved(),
            silences=silences,
            joins=memory.outbox.joins([message.join]) if message.join else {},
            lately={who: memory.outbox.lately(who, float("-inf"))} if who else {},
        )

    def company(self, message: Message, wanted: Wanted, now: float) -> list[Told]:
        """Return what goes out with a message: those with its join key that can, the oldest first."""
        if not message.join:
            return []
        others = [*self._outbox.merged_into(message), *self._outbox.companions(message)]
        found = [(other, self.situation(other)) for other in sorted(others, key=lambda m: m.id)]
        return [
            (other, situation)
            for other, situation in found
            if goes_along(other, (message, wanted), self._ruleset, situation, self.standing(other, now), now)
        ]

    def words(self, told: Told, company: list[Told], standing: Standing, now: float) -> Rendered | None:
        """Return the words for a message and those that go out with it, None in a world without templates.

        Raises:
            RenderError: the template fails.
        """
        if self._templates is None:
            return None
        channel = self._ruleset.channels[told[0].send.channel]
        kind = self._kinds.get(channel.name, "chat")
        made = self._wording.make(told, company, standing, self._ruleset, self._templates, channel, kind, now)
        return made.rendered

    def _listed(self, rules: Collection[str], since: float, until: float, most: int) -> list[Told]:
        found = self._outbox.told(rules, since, until, most)
        return [(message, self.situation(message)) for message in found]
