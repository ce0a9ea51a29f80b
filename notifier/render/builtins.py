"""What templates can call beside Jinja2's own: translations, and filters that know whom a part is for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import NullTranslations
from time import monotonic

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from notifier.core import colour
from notifier.counting import check_format
from notifier.errors import RenderError
from notifier.render.clean import clean, isolated
from notifier.render.place import Place
from notifier.render.structured import as_script

MAX_STEPS = 10_000

STEP = 2_000
"""What a step costs besides the characters that it prints: all steps may print 20 million."""

LONGEST_TIME = 10.0
"""Seconds for one part: the last resort against what is slow and not counted; a thousandth is usual."""


@dataclass(slots=True)
class Rendering:
    """One part being rendered: where for, in whose words, how names are set off, and the steps so far.

    With `isolates` names are set off by characters (`clean.isolated`), in a `page` of HTML also by `<bdi>`.
    """

    place: Place
    words: NullTranslations
    isolates: bool = False
    page: bool = False
    left: int = MAX_STEPS * STEP
    check_at: int = MAX_STEPS * STEP
    until: float = field(default_factory=lambda: monotonic() + LONGEST_TIME)


_SHORT = 1_000
_FEW = 20

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


@lru_cache(maxsize=1_024)
def _is_plain(said: str) -> bool:
    """Tell whether a sentence has a few placeholders, and none with a width."""
    return said.count("%") <= _FEW and not re.search(r"%[^%a-zA-Z]*[*\d]|%\([^)]*\)[^%a-zA-Z]*[*\d]", said)


def _filled(context: Context, said: str, values: Mapping[str, object]) -> str:
    """Return a translation with its placeholders filled in. HTML escapes both: a sentence is plain text."""
    given = {name: "" if value is None else value for name, value in values.items()}
    if len(said) > _SHORT or not _is_plain(said):
        check_format(said, given)
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
    # Markup is said by a template.
    inner = value if isinstance(value, Markup) else escape(isolated(clean(str(value)), rtl=rtl))
    return Markup(f"<bdi>{inner}</bdi>")  # noqa: S704  escaped in the line above


@pass_context
def _count(context: Context, value: int) -> int:  # noqa: ARG001  asked for, so that no compiler folds it
    """Count one step of a loop or a macro, which costs `value`; raise RenderError past MAX_STEPS."""
    rendering = current.get()
    rendering.left -= value
    if rendering.left < rendering.check_at:
        _look(rendering)
    return value


def _look(rendering: Rendering) -> None:
    """Look at the clock, once in a while, and whether there are steps left."""
    if rendering.left < 0:
        raise RenderError(f"its loops do not end: stopped after {MAX_STEPS:,} steps")
    if monotonic() > rendering.until:
        raise RenderError(f"it takes longer than {LONGEST_TIME:g} s")
    rendering.check_at = max(0, rendering.left - 20 * STEP)


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
