"""The overview: every template with its subjects, its size, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notifier.errors import Problem
from notifier.preview.choice import Choice, page_path
from notifier.preview.showroom import Showroom
from notifier.preview.specimen import LARGE, Specimen


@dataclass(frozen=True, slots=True)
class Entry:
    """A template.

    `subjects` are language, path and words; `size` is the largest HTML in bytes, `parts` the most
    parts of a text message, over these languages. `problems` are those with all `scenes`.
    """

    name: str
    href: str
    subjects: Sequence[tuple[str, str, str]]
    size: int
    parts: int
    scenes: int
    problems: Sequence[Problem]

    @property
    def is_large(self) -> bool:
        """Whether the mail may be cut off."""
        return self.size > LARGE


def overview(room: Showroom, choice: Choice, *, whole: bool) -> dict[str, list[Entry]]:
    """Return the templates by the title of whom they are for.

    Args:
        choice: the language and the scene that links lead to.
        whole: tell of all that there is, not only of what was chosen.
    """
    chosen = set() if whole else {choice.template} & set(room.templates)
    groups = {"For customers": room.customers, "For operators": room.operators}
    return {
        title: [_entry(room, choice, name, whole=whole) for name in names if not chosen or name in chosen]
        for title, names in groups.items()
    }


def _entry(room: Showroom, choice: Choice, template: str, *, whole: bool) -> Entry:
    scene, locale = choice.scene_of(room, template), choice.locale_of(room)
    locales = [locale] if choice.locale and not whole else room.locales
    every = {tag: room.specimen(template, tag, scene) for tag in locales}
    scenes = [scene] if choice.scene and not whole else list(room.scenes(template))
    others = [room.specimen(template, locale, name) for name in scenes]
    found = {problem for made in (*every.values(), *others) for problem in made.problems}
    return Entry(
        name=template,
        href=page_path(template, locale, scene),
        subjects=[(tag, page_path(template, tag, scene), _first_words(made)) for tag, made in every.items()],
        size=max(made.html_size for made in every.values()),
        parts=max((made.sms.parts for made in every.values() if made.sms), default=0),
        scenes=len(others),
        problems=sorted(found),
    )


def _first_words(made: Specimen) -> str:
    """Return the subject, or else the first line of what there is."""
    rendered = made.rendered
    return rendered.subject or (rendered.text or rendered.sms or "–").partition("\n")[0]
