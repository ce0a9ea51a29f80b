"""The message templates: loaded and checked whole, then turned into words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from jinja2 import nodes

from notifier.core.expression import Facts
from notifier.core.message import Rendered
from notifier.core.shop import Shop
from notifier.counting import allowed
from notifier.errors import Problem, RenderError
from notifier.render.builtins import Rendering, current
from notifier.render.catalogue import Catalogues
from notifier.render.clean import finished, one_line
from notifier.render.environment import LONGEST, WORK, BoundedEnvironment
from notifier.render.failure import FAILURES, PartError, explain
from notifier.render.loading import OPS
from notifier.render.place import Place, choose

KINDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "email": (("subject.txt",), ("email.html", "email.txt")),
    "sms": (("sms.txt",),),
    "chat": (("chat.html",),),
}
"""What a message can become, by its channel's kind, and the files it takes: at least one of each group."""

LIMITS: Mapping[str, int] = {
    "subject.txt": 250,
    "email.html": 256 * 1024,
    "email.txt": 64 * 1024,
    "sms.txt": 1_000,
    "chat.html": 64 * 1024,
}
"""How many characters a part may come to."""

_ISOLATING = frozenset({"subject.txt", "email.html", "email.txt"})
"""The parts in which names are set off: a text message would leave GSM-7, and chats have their own ways."""

_MARGIN = 1_000
"""Characters allowed beyond a limit while rendering: white space at the ends is cut off before it counts."""


@dataclass(frozen=True, slots=True)
class Templates:
    """All templates of one folder, ready to render; safe to share between threads.

    `fingerprint` names this very version of all files (12 hex digits), `fingerprints` that
    of each folder, shared pieces and translations among them; `catalogues` are the
    translations, `sources` the text of every file, `marked` the templates with sentences to translate.
    """

    fingerprint: str
    fingerprints: Mapping[str, str] = field(repr=False)
    catalogues: Catalogues = field(repr=False)
    sources: Mapping[str, str] = field(repr=False)
    _parts: Mapping[str, frozenset[str]] = field(repr=False)
    marked: frozenset[str] = field(repr=False)
    _declared: Mapping[str, str] = field(repr=False)
    _trees: Mapping[str, nodes.Template] = field(repr=False)
    _environments: Mapping[str, BoundedEnvironment] = field(repr=False)

    @property
    def names(self) -> frozenset[str]:
        """The templates that a message can be made from."""
        return frozenset(self._parts)

    @property
    def for_operators(self) -> frozenset[str]:
        """The templates that no customer is to read: those in the folder OPS."""
        return frozenset(name for name in self._parts if name.startswith(f"{OPS}/"))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages with words, BCP 47, the templates' own first; without catalogues none."""
        return self.catalogues.languages

    def parts(self, name: str) -> frozenset[str]:
        """Return the files that template `name` has (`email.html`, …); none if there is no such template."""
        return self._parts.get(name, frozenset())

    def missing(self, name: str, kind: str) -> str:
        """Return what must be created before `name` can be sent as `kind`, or an empty string."""
        if name not in self._parts:
            return f"there is no template '{name}': create the folder templates/{name}"
        for group in KINDS[kind]:
            if not self._parts[name].intersection(group):
                return f"template '{name}' has no {group[0]}: create templates/{name}/{group[0]}"
        return ""

    def render(
        self,
        name: str,
        kind: str,
        facts: Facts,
        locale: str | None,
        timezone: str | None,
        country: str | None = None,
    ) -> Rendered:
        """Return the words of one message; only the parts that `kind` uses are rendered.

        Args:
            name: the template.
            kind: one of KINDS.
            facts: the vocabulary, see `notifier.core.facts.facts`.
            locale: the recipient's language, BCP 47; without one it is the country's, else the shop's.
            timezone: the recipient's IANA zone; without one it is the country's, else the shop's.
            country: the recipient's country, ISO 3166 alpha-2.

        Raises:
            RenderError: a file is missing, or a part failed on this data or gave too much or
                nothing. Names the file and, where there is one, the line; holds no values.
        """
        if lacks := self.missing(name, kind):
            raise RenderError(lacks)
        made = {
            part: self.part(name, part, facts, locale, timezone, country)
            for group in KINDS[kind]
            for part in group
            if part in self._parts[name]
        }
        return Rendered(
            subject=made.get("subject.txt", ""),
            html=made.get("email.html", ""),
            text=made.get("email.txt", ""),
            sms=made.get("sms.txt", ""),
            chat=made.get("chat.html", ""),
            locale=self.place(name, facts, locale, timezone, country).lang,
        )

    def part(
        self,
        name: str,
        part: str,
        facts: Facts,
        locale: str | None,
        timezone: str | None,
        country: str | None = None,
    ) -> str:
        """Return one part's text; takes and raises what `render` does. Subject and SMS are one line."""
        file = f"{name}/{part}"
        text = self._stream(file, facts, self.place(name, facts, locale, timezone, country), LIMITS[part])
        text = one_line(text) if part in ("subject.txt", "sms.txt") else text.strip()
        if part == "chat.html":  # the line break after a br would be seen as an indent
            text = re.sub(r"<br>\s+", "<br>", text).removesuffix("<br>")
        text = finished(text)
        if not text:
            raise PartError(Problem(file, 0, 0, "gave no text"))
        if len(text) > LIMITS[part]:
            raise PartError(Problem(file, 0, 0, _too_long(part)))
        return text

    def place(
        self,
        name: str,
        facts: Facts,
        locale: str | None,
        timezone: str | None,
        country: str | None = None,
    ) -> Place:
        """Return the language and the zone that template `name` writes in; takes what `render` does.

        A template that marks nothing for translation is in the shop's language, or in the one that it says.
        """
        shop = facts["shop"]
        assert isinstance(shop, Shop)
        spoken = self.languages if name in self.marked else ()
        if name in self._declared:
            spoken = (self._declared[name],)
        return choose(locale, timezone, shop, country, spoken)

    def _stream(self, file: str, facts: Facts, place: Place, limit: int) -> str:
        chunks: list[str] = []
        size = 0
        part = file.rpartition("/")[2]
        words = self.catalogues.words(place.locale)
        before = current.set(Rendering(place, words, part in _ISOLATING, part == "email.html"))
        try:
            template = self._environments[part[part.rindex(".") :]].get_template(file)
            with allowed(LONGEST, WORK):
                for chunk in template.generate(facts, lang=place.lang, dir=place.direction):
                    size += len(chunk)
                    if size > limit + _MARGIN:
                        raise RenderError(_too_long(part))
                    chunks.append(chunk)
        except FAILURES as error:
            problem = explain(file, error, self._trees)
        else:
            return "".join(chunks)
        finally:
            current.reset(before)
        # Outside of the handler, so that no exception that quotes values hangs on to this one.
        raise PartError(problem)


def _too_long(part: str) -> str:
    return f"is longer than {LIMITS[part]:,} characters"
