"""Which part of everything is asked for, and where its pages lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from notifier.preview.showroom import Showroom

Key: TypeAlias = tuple[str, str, str]
"""Names a specimen: template, language, scene."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A template, a language and a scene by name; empty: all of them.

    Not every template has every scene: one that lacks it is shown with its first.
    """

    template: str = ""
    locale: str = ""
    scene: str = ""

    def keys(self, room: Showroom) -> Iterator[Key]:
        """Yield everything that was chosen."""
        for template in [self.template] if self.template in room.templates else room.templates:
            for locale in [self.locale] if self.locale in room.locales else room.locales:
                for scene in [self.scene_of(room, template)] if self.scene else room.scenes(template):
                    yield template, locale, scene

    def locale_of(self, room: Showroom) -> str:
        """Return the language to begin with."""
        return self.locale if self.locale in room.locales else room.locales[0]

    def scene_of(self, room: Showroom, template: str) -> str:
        """Return the scene of a template to begin with."""
        known = room.scenes(template)
        return self.scene if self.scene in known else next(iter(known))


def page_path(template: str, locale: str, scene: str) -> str:
    """Return the path of a page; the other files of a specimen lie beside it."""
    return f"{template}/{locale}/{scene}.html"
