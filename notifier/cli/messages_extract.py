"""`notifier messages extract`: the sentences of the templates, for translators."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog

from notifier.cli import output
from notifier.config.settings import read_settings
from notifier.errors import NotifierError
from notifier.render import catalogue, extracting
from notifier.render.compiling import load_templates


@click.command()
@click.option(
    "--add",
    "added",
    multiple=True,
    metavar="LANGUAGE",
    help="Begin a catalogue for one more language, such as es or pt-BR.",
)
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit code 1 if something would change."
)
def extract(added: tuple[str, ...], only_check: bool) -> None:
    """Bring the catalogues in templates/locale/ up to what the templates say.

    messages.pot gets all sentences that are marked in templates, and every
    catalogue (nl.po) the new ones, to be translated. A sentence that resembles
    an old one gets its translation marked `fuzzy`: remove the mark once it is
    right. What is not said any more is kept at the end of the file.

    \b
    Examples:  notifier messages extract
               notifier messages extract --add es
    """
    settings = read_settings(os.environ)
    templates = load_templates(settings.templates)
    found = extracting.sentences(templates.sources)
    folder = settings.templates / catalogue.FOLDER
    catalogs = {
        path.stem: extracting.updated(extracting.reread(path.read_bytes(), path.stem), found)
        for path in sorted(folder.glob("*.po"))
    }
    for locale in map(_locale, added):
        catalogs.setdefault(str(locale), extracting.begun(locale, found))
    files = {folder / f"{name}.po": extracting.written(catalog) for name, catalog in catalogs.items()}
    files[folder / catalogue.POT] = extracting.written(found)
    changed = {path: new for path, new in files.items() if not path.exists() or path.read_bytes() != new}
    if not only_check:
        for path, content in changed.items():
            _write(path, content)
    output.table(
        ("language", "sentences", "translated", "fuzzy", "missing"),
        [(name.replace("_", "-"), len(found), *_counted(catalog)) for name, catalog in catalogs.items()],
    )
    for path in sorted(changed):
        click.echo(f"{'out of date' if only_check else 'written'} {path}")
    sys.exit(1 if only_check and changed else 0)


def _locale(word: str) -> Locale:
    try:
        return Locale.parse(word.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        raise click.BadParameter(
            f"there is no language '{word}'; write es or pt-BR", param_hint="--add"
        ) from None


def _counted(catalog: Catalog) -> tuple[int, int, int]:
    """Return how many sentences are translated, fuzzy and missing."""
    messages = [message for message in catalog if message.id]
    fuzzy = sum(message.fuzzy for message in messages)
    done = sum(map(catalogue.is_translated, messages))
    return done, fuzzy, len(messages) - done - fuzzy


def _write(path: Path, content: bytes) -> None:
    """Put a file into its place whole: a worker may be reading the folder."""
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise NotifierError(f"cannot make {path.parent}: {error.strerror}") from None
    output.file(path, content, mode=0o644)
