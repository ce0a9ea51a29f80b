"""What text messages come to before they are sent: alphabet, length and parts, by template and language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from notifier.core import status
from notifier.core.shop import Shop
from notifier.core.sms import Alphabet, Estimate, estimate, fitted
from notifier.errors import Problem
from notifier.render.failure import PartError
from notifier.render.sample import samples
from notifier.render.templates import Templates

SAMPLE = "one-parcel"
"""The order that is typical: one parcel, with a link to follow it."""

_PART = "sms.txt"


@dataclass(frozen=True, slots=True)
class TextSize:
    """What the text of one template comes to in one language, for the typical order on one channel.

    `long` is its estimate as it is worded first, `sent` as it goes out; these differ if the long wording
    takes more than the channel's `max_parts`: then it is the `short` one, or `cut`.
    """

    channel: str
    template: str
    language: str
    long: Estimate
    sent: Estimate
    short: bool = False
    cut: bool = False
    most: int | None = None

    def told(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "channel": self.channel,
            "template": self.template,
            "language": self.language,
            **asdict(self.sent),
            "short": self.short,
            "cut": self.cut,
            "max_parts": self.most,
        }

    def problems(self) -> Iterator[Problem]:
        """Yield what costs more than it need, or loses words."""
        file = f"{self.template}/{_PART}"
        if self.cut:
            text = f"in {self.language} takes {self.long.parts} parts; {self.channel} allows {self.most}"
            hint = "its words are cut; shorten them, or write a shorter wording with {% if short %}"
            yield Problem(file, 0, 0, text, hint)
        if self.sent.alphabet is Alphabet.UCS2 and not _of_another_script(self.sent.foreign):
            named = " ".join(self.sent.foreign)
            text = f"in {self.language} needs {self.sent.alphabet}, 70 characters to the part, for {named}"
            hint = "without these it would be GSM-7, 160 characters to the part"
            yield Problem(file, 0, 0, text, hint)


def text_sizes(
    templates: Templates, name: str, shop: Shop, channel: str, most: int | None, *, for_customer: bool
) -> list[TextSize]:
    """Return what template `name` comes to, one for each language that its readers may have.

    None for a template without such a part, or a language in which it fails: `check_template` tells of that.

    Args:
        most: `max_parts` of the channel.
        for_customer: operators read the shop's language only.
    """
    if _PART not in templates.parts(name):
        return []
    vocabulary = samples(shop, status.CODES.get(name.rpartition("/")[2], "C"))[SAMPLE]
    spoken = templates.languages if for_customer else ()
    found: dict[str, TextSize] = {}
    for language in spoken or (shop.locale,):
        place = templates.place(name, vocabulary, language, None)

        def word(short: bool, language: str = language) -> str:
            return templates.part(name, _PART, {**vocabulary, "short": short}, language, None)

        try:
            long = fitted(word, place.lang, None)
            fit = fitted(word, place.lang, most)
        except PartError:
            continue
        found[place.lang] = TextSize(
            channel, name, place.lang, estimate(long.text), estimate(fit.text), fit.short, fit.cut, most
        )
    return list(found.values())


def _of_another_script(characters: str) -> bool:
    """Tell whether there is a letter among them that is not Latin: such a language needs UCS-2."""
    return any(c.isalpha() and not unicodedata.name(c, "").startswith("LATIN") for c in characters)
