"""The showroom: all that there is to see of one version of rules and templates."""

from __future__ import annotations

from functools import cached_property
from threading import Lock

from babel import Locale, UnknownLocaleError

from notifier.core.history import OrderHistory
from notifier.preview.rehearser import Rehearser, mail_channel
from notifier.preview.scenes import Scene, Use, scenes, use
from notifier.preview.specimen import Specimen, specimen
from notifier.service.running import Running


class Showroom:
    """Makes specimens when they are asked for, each once; for any number of threads.

    Args:
        order: a real order, to be shown beside the samples.
        locale: a language that a reader asks for, beside those with words (nl-BE); "" for none.
    """

    def __init__(self, running: Running, order: OrderHistory | None = None, locale: str = "") -> None:
        self.running = running
        self._locale = locale
        self._order = order
        self._lock = Lock()
        self._made: dict[tuple[str, str, str], Specimen] = {}
        self._scenes: dict[str, tuple[Use, dict[str, Scene]]] = {}
        self.channel = mail_channel(running.ruleset, running.gateway)
        self._rehearser = Rehearser(running.gateway, self.channel, running.ruleset.shop)

    @cached_property
    def customers(self) -> list[str]:
        """The templates that customers read."""
        return sorted(self.running.templates.names - self.running.templates.for_operators)

    @cached_property
    def operators(self) -> list[str]:
        """The templates that operators read."""
        return sorted(self.running.templates.for_operators)

    @cached_property
    def templates(self) -> list[str]:
        """All templates, those for customers first."""
        return [*self.customers, *self.operators]

    @cached_property
    def locales(self) -> list[str]:
        """The languages with words, BCP 47, or else that of the shop; and the variety that is asked for."""
        known = list(self.running.templates.languages) or [self.running.ruleset.shop.locale]
        is_variety = self._locale.partition("-")[0] in {tag.partition("-")[0] for tag in known}
        return list(dict.fromkeys([*known, self._locale])) if is_variety else known

    def scenes(self, template: str) -> dict[str, Scene]:
        """Return the scenes of a template by name."""
        return self._of(template)[1]

    def specimen(self, template: str, locale: str, scene: str) -> Specimen:
        """Return a specimen; raises KeyError for what there is not."""
        key = template, locale, scene
        with self._lock:
            if key not in self._made:
                used, known = self._of(template)
                self._made[key] = specimen(
                    self.running.templates,
                    template,
                    known[scene],
                    locale,
                    used,
                    self._most_parts,
                    self._rehearser,
                )
            return self._made[key]

    def _of(self, template: str) -> tuple[Use, dict[str, Scene]]:
        if template not in self._scenes:
            customer = template not in self.running.templates.for_operators
            used = use(template, self.running.ruleset, customer=customer)
            self._scenes[template] = used, scenes(template, self.running.ruleset, used, self._order)
        return self._scenes[template]

    @cached_property
    def _most_parts(self) -> int | None:
        """How many parts the first channel for text messages allows."""
        kind = self.running.gateway.kind
        channels = self.running.ruleset.channels.items()
        return next((c.max_parts for name, c in channels if kind(name) == "sms" or "phone" in c.asks), None)


def language(tag: str) -> str:
    """Return the English name of a language, or its tag if it has none."""
    try:
        return Locale.parse(tag, sep="-").get_display_name("en") or tag
    except (ValueError, UnknownLocaleError):
        return tag
