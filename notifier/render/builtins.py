"""What templates can call beside Jinja2's own: translations, and filters that know whom a part is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from gettext import NullTranslations

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from notifier.core import colour
from notifier.errors import RenderError
from notifier.render.clean import clean, isolated
from notifier.render.place import Place
from notifier.render.structured import as_script

MAX_STEPS = 10_000


@dataclass(slots=True)
class Rendering:
    """One part being rendered: where for, in whose words, how names are set off, and the steps so far.

    With `isolates` names are set off by characters (`clean.isolated`), in a `page` of HTML also by `<bdi>`.
    """

    place: Place
    words: NullTranslations
    isolates: bool = False
    page: bool = False
    steps: int = 0


current: ContextVar[Rendering] = ContextVar("rendering")
"""The part being rendered in this thread; macros do not see the template's names, so filters look here."""


@pass_context
def _gettext(context: Context, message: str, /, **values: object) -> str:
    return _filled(context, current.get().words.gettext(message), values)


@pass_context
def _ngettext(context: Context, one: str, many: str, num: int, /, **values: object) -> str:
    said = current.get().words.ngettext(one, many, num)
    return _filled(context, said, {"num": num, **values})


@pass_context
def _pgettext(context: Context, about: str, message: str, /, **values: object) -> str:
    return _filled(context, current.get().words.pgettext(about, message), values)


@pass_context
def _npgettext(context: Context, about: str, one: str, many: str, num: int, /, **values: object) -> str:
    said = current.get().words.npgettext(about, one, many, num)
    return _filled(context, said, {"num": num, **values})


def _filled(context: Context, said: str, values: Mapping[str, object]) -> str:
    """Return a translation with its placeholders filled in. HTML escapes both: a sentence is plain text."""
    given = {name: "" if value is None else value for name, value in values.items()}
    return (escape(said) if context.eval_ctx.autoescape else said) % given


TRANSLATIONS = {
    "_": _gettext,
    "gettext": _gettext,
    "ngettext": _ngettext,
    "pgettext": _pgettext,
    "npgettext": _npgettext,
}
"""What `{% trans %}` and `_()` come down to."""


def _isolated(value: object) -> object:
    """Set a name off from the sentence around it, which may run the other way; not in texts and chats.

    Gmail and Outlook drop `<bdi>`, so that a page has both that and characters.
    """
    rendering = current.get()
    if not value or not rendering.isolates:
        return value
    rtl = rendering.place.direction == "rtl"
    if not rendering.page:
        return isolated(clean(str(value)), rtl=rtl)
    if isinstance(value, Markup):  # said by a template
        return Markup("<bdi>{}</bdi>").format(value)
    return Markup("<bdi>{}</bdi>").format(isolated(clean(str(value)), rtl=rtl))


@pass_context
def _count(context: Context, value: object) -> object:  # noqa: ARG001  asked for, so that no compiler folds it
    """Count one step of a loop or a macro; raise RenderError past MAX_STEPS."""
    rendering = current.get()
    rendering.steps += 1
    if rendering.steps > MAX_STEPS:
        raise RenderError(f"its loops do not end: stopped after {MAX_STEPS:,} steps")
    return value


COUNT = "count_step"
"""The filter that counts; a filter is called at once, where a function would pass the sandbox each time."""

FILTERS: Mapping[str, Callable[..., object]] = {
    "date": lambda value: current.get().place.date(value),
    "datetime": lambda value: current.get().place.date_and_time(value),
    "moment": lambda value: current.get().place.moment(value),
    "number": lambda value: current.get().place.number(value),
    "percent": lambda value: current.get().place.percent(value),
    "currency": lambda value, code: current.get().place.currency(value, code),
    "isolated": _isolated,
    "readable": colour.readable,
    "ink": colour.ink,
    "as_script": as_script,
    COUNT: _count,
}
"""Filters beside Jinja's own: values in the reader's manner, and what mails need."""
