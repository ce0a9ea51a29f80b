"""The sentences that templates say, gathered for translators, and the catalogues brought up to them.

Babel does both, from Jinja2's own marks: see `notifier.render.catalogue` for how they are read.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from io import BytesIO

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po

COMMENT = "L10n:"
"""Begins a comment in a template that is meant for translators."""

_BY = "jinja2.ext:babel_extract"
_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}

_HEAD = rb"POT-Creation-Date|PO-Revision-Date|Generated-By|Report-Msgid-Bugs-To|Project-Id-Version"
_NO_NEWS = re.compile(rb'^"(?:' + _HEAD + rb"|Last-Translator|Language-Team): .*\n", re.MULTILINE)
"""Lines of a head that say nothing here, or would change without any sentence changing."""

_MARKED = re.compile(r"\btrans\b|gettext|\b_\s*\(")
"""What every marked sentence has before it; most files only lay out, and parsing takes its time."""

_WIDTH = 100


def sentences(sources: Mapping[str, str]) -> Catalog:
    """Return the sentences that are marked in templates, with the files that say them.

    Args:
        sources: the text of every template file by name; each of them can be parsed.
    """
    found = Catalog(charset="utf-8", header_comment="# The sentences of all templates.", fuzzy=False)
    for name, source in sorted(sources.items()):
        if not _MARKED.search(source):
            continue
        file = BytesIO(source.encode())
        for line, said, comments, about in extract(
            _BY, file, DEFAULT_KEYWORDS, [COMMENT], options=_OPTIONS, strip_comment_tags=False
        ):
            if said:
                found.add(said, None, [(name, line)], auto_comments=comments, context=about)
    return found


def updated(catalog: Catalog, found: Catalog) -> Catalog:
    """Return a catalogue with the sentences that are found, and no others.

    A new sentence that resembles an old one gets its translation, marked as fuzzy:
    it counts once somebody has looked at it. What is not said any more is kept at
    the end of the file, as Babel does, in case that it comes back.

    Args:
        catalog: the catalogue as it is; it is changed.
        found: what `sentences` returns.
    """
    catalog.update(found, update_header_comment=False)
    return catalog


def begun(locale: Locale, found: Catalog) -> Catalog:
    """Return a new catalogue, with nothing translated yet."""
    catalog = Catalog(locale=locale, charset="utf-8", header_comment=f"# {locale.english_name}.", fuzzy=False)
    catalog.update(found, update_header_comment=False)
    return catalog


def written(catalog: Catalog) -> bytes:
    """Return a catalogue as its file holds it: the same sentences give the same bytes."""
    file = BytesIO()
    write_po(file, catalog, width=_WIDTH, include_lineno=False)
    return _NO_NEWS.sub(b"", file.getvalue()).rstrip() + b"\n"


def reread(content: bytes, name: str) -> Catalog:
    """Return a catalogue that can be changed, from a file that was found good.

    Args:
        name: of the file, without its suffix (`pt_BR`).
    """
    return read_po(BytesIO(content.removeprefix(BOM_UTF8)), locale=Locale.parse(name.replace("-", "_")))
