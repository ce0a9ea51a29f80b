"""The catalogues of translations: `locale/nl.po` holds the Dutch words of all templates, as gettext does.

They are read as they stand, so that an edit needs no step of compiling
(GNU gettext manual, "The Format of PO Files"). A sentence that a catalogue
lacks, or has marked as fuzzy, is said as the template says it.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from gettext import GNUTranslations, NullTranslations, c2py
from io import BytesIO

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from notifier.errors import Problem

FOLDER = "locale"
"""The folder of the catalogues, within that of the templates."""

SOURCE = "en"
"""The language that sentences in templates are written in."""

POT = "messages.pot"
"""The file that lists the sentences of all templates, without a translation."""

PLURALS = "such as: nplurals=2; plural=(n != 1);"
"""A usable formula for plural forms."""

MOST_FORMS = 6
"""Plural forms of a language at most (Unicode CLDR, plural rules: Arabic has six)."""

_FORMS = re.compile(rb"nplurals\s*=\s*0*([^;\s\\\"]*)")
_POSSIBLE = frozenset(str(forms).encode() for forms in range(1, MOST_FORMS + 1))
_TRIED = (*range(201), 1_000, 1_000_000)
"""Numbers that a formula of plural forms is tried with: such formulas repeat themselves after a hundred."""

_TEXT = re.compile(r'\s*(?:msgid|msgid_plural|msgstr|msgctxt|")')
_CLOSED = re.compile(r'[^"]*"(?:[^"\\]|\\.)*"')
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\)(s)|(%))?")


@dataclass(frozen=True, slots=True)
class Catalogues:
    """The translations by language, BCP 47.

    `languages` are those that there are words in, SOURCE first; none if there is no catalogue.
    """

    languages: tuple[str, ...] = ()
    catalogs: Mapping[str, Catalog] = field(default_factory=dict, repr=False)
    _words: Mapping[str, NullTranslations] = field(default_factory=dict, repr=False)

    def words(self, locale: Locale) -> NullTranslations:
        """Return the translations for a locale: its own (pt-BR), or else those of its language (pt)."""
        tag = str(locale).replace("_", "-")
        return self._words.get(tag) or self._words.get(locale.language) or NullTranslations()


def read_catalogues(files: Mapping[str, bytes]) -> tuple[Catalogues, list[Problem]]:
    """Read the catalogues among a folder's files, and return what is wrong with them.

    Args:
        files: content by name; others than `locale/….po` are passed over.
    """
    catalogs: dict[str, Catalog] = {}
    words: dict[str, NullTranslations] = {}
    problems: list[Problem] = []
    for name, content in files.items():
        folder, _, file = name.rpartition("/")
        if folder != FOLDER or not file.endswith(".po"):
            continue
        tag = file.removesuffix(".po").replace("_", "-")
        try:
            locale = Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            hint = "a catalogue is called as its language, such as nl.po or pt-BR.po"
            problems.append(Problem(name, 0, 0, f"there is no language '{tag}'", hint))
            continue
        try:
            catalog = _read(content, locale)
            words[tag] = _translations(catalog)
        except PoFileError as error:
            problems.append(Problem(name, (error.lineno or 0) + 1, 1, str(error.args[0]).lower()))
            continue
        except UnicodeDecodeError as error:
            problems.append(Problem(name, content.count(b"\n", 0, error.start) + 1, 1, "is not UTF-8"))
            continue
        except _UnfitPlurals:
            problems.append(Problem(name, 0, 0, "its head has no usable Plural-Forms", PLURALS))
            continue
        except (ValueError, LookupError) as error:  # Babel's own, of dates, charsets and numbers of forms
            problems.append(Problem(name, 0, 0, f"cannot be read: {error}"))
            continue
        catalogs[tag] = catalog
        problems.extend((*_unclosed(name, content), *_misfits(name, catalog)))
    for tag, own in words.items():
        if (parent := words.get(tag.partition("-")[0])) is not None and parent is not own:
            own.add_fallback(parent)
    languages = tuple(dict.fromkeys((SOURCE, *sorted(catalogs)))) if catalogs else ()
    return Catalogues(languages, catalogs, words), problems


def placeholders(sentence: str) -> frozenset[str]:
    """Return the names of the placeholders in a sentence; raise ValueError for any other single `%`."""
    found = list(_PLACEHOLDER.finditer(sentence))
    if any(match[0] == "%" for match in found):
        raise ValueError("a % that begins no placeholder is written %%")
    return frozenset(match[1] for match in found if match[1])


def _unclosed(name: str, content: bytes) -> Iterator[Problem]:
    """Yield a problem for every text without its second quote: Babel reads such a line as an empty one."""
    for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
        if _TEXT.match(line) and not _CLOSED.fullmatch(line.strip()):
            yield Problem(
                name, number, 1, "a text stands between two quotes", 'a quote inside is written \\"'
            )


def _misfits(name: str, catalog: Catalog) -> Iterator[Problem]:
    """Yield a problem for every translation that would fail, or lose a value, when it is filled in."""
    for message in catalog:
        if not message.id or message.fuzzy:
            continue
        for said in filter(None, translations(message)):
            try:
                wanted = frozenset().union(*map(placeholders, originals(message)))
                given = placeholders(said)
            except ValueError as error:
                yield Problem(name, message.lineno or 0, 1, str(error), _quoted(said))
                continue
            if unknown := sorted(given - wanted):
                text = f"the placeholder %({unknown[0]})s is not in the original"
                yield Problem(name, message.lineno or 0, 1, text, _quoted(said))
            # One of several forms may say a number in words; what is no number is missing everywhere.
            elif lost := sorted(
                wanted - given - {"num", "count"} if message.pluralizable else wanted - given
            ):
                text = f"the placeholder %({lost[0]})s of the original is missing"
                yield Problem(name, message.lineno or 0, 1, text, _quoted(said))


def originals(message: Message) -> tuple[str, ...]:
    """Return the sentence of a message: of a plural, both forms."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def translations(message: Message) -> tuple[str, ...]:
    """Return the translations of a message; empty where they are missing."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def is_translated(message: Message) -> bool:
    """Tell whether a message has its translation in all forms, and counts."""
    said = translations(message)
    return bool(said) and all(said) and not message.fuzzy


class _UnfitPlurals(ValueError):
    """The head of a catalogue says nothing usable of plural forms."""


def _read(content: bytes, locale: Locale) -> Catalog:
    """Return a catalogue. Raises what Babel does, UnicodeDecodeError and _UnfitPlurals."""
    content = content.removeprefix(BOM_UTF8)
    content.decode()
    # Babel makes room for every form of every plural before anybody has looked at the formula.
    if not all(forms in _POSSIBLE for forms in _FORMS.findall(content)):
        raise _UnfitPlurals
    return read_po(BytesIO(content), locale=locale, abort_invalid=True)


def _translations(catalog: Catalog) -> NullTranslations:
    """Return the translations ready for use. Raises _UnfitPlurals: no formula, or one that gives no form."""
    buffer = BytesIO()
    write_mo(buffer, catalog)  # leaves out what is fuzzy
    buffer.seek(0)
    try:
        words = GNUTranslations(buffer)
        form = c2py(catalog.plural_expr)
        fit = all(0 <= form(number) < catalog.num_plurals for number in _TRIED)
    except (ValueError, ArithmeticError) as error:
        raise _UnfitPlurals from error
    if not fit:
        raise _UnfitPlurals
    return words


def _quoted(sentence: str) -> str:
    return f"in “{sentence[:60]}{'…' if len(sentence) > 60 else ''}”"
