"""`notifier preview`: every template as its reader sees it, on a page that follows edits, or as files."""

from __future__ import annotations

import atexit
import os
import secrets
import signal
import sys
import tempfile
import threading
import uuid
import webbrowser
from collections.abc import Iterable
from pathlib import Path

import click

from notifier.bootstrap.worker import examine
from notifier.cli import excerpt, output
from notifier.cli.database import existing_store, history_of
from notifier.cli.preview_completion import languages, sample_names, template_names
from notifier.cli.send_test import told
from notifier.cli.startup import forgotten_env_file
from notifier.config.mistake import nearest
from notifier.config.settings import Settings, read_settings
from notifier.core.history import OrderHistory
from notifier.core.message import Rendered
from notifier.core.retry import OutcomeKind
from notifier.errors import NotFound, Problem, RulesError
from notifier.preview import files
from notifier.preview.app import Preview, make_app
from notifier.preview.choice import Choice
from notifier.preview.scenes import ORDER
from notifier.preview.server import HOST, bind
from notifier.preview.showroom import Showroom
from notifier.preview.site import Excerpt, Site
from notifier.preview.watch import State, Watch
from notifier.render.sample_orders import SAMPLE_ORDERS


@click.command()
@click.argument("template", default="", shell_complete=template_names)
@click.option(
    "--locale",
    default="",
    metavar="TAG",
    shell_complete=languages,
    help="Begin with this language: nl, nl-BE.",
)
@click.option(
    "--sample", default="", metavar="NAME", shell_complete=sample_names, help="Begin with this sample order."
)
@click.option("--order", "ref", default="", metavar="REF", help="Show this order of the database as well.")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen on this port; 0: any that is free.")
@click.option("--open", "opened", is_flag=True, help="Open the page in the browser.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the pages into this folder instead, for CI; of TEMPLATE, locale and sample if given.",
)
def preview(
    template: str, locale: str, sample: str, ref: str, port: int | None, opened: bool, out: Path | None
) -> None:
    """Show TEMPLATE, or all templates, in every language, with sample orders, as every channel sends it.

    Serves a page on this machine: mails on a phone and a desktop, light and dark, text, SMS with its
    parts, chat with Slack's payload, headers and size. It follows edits of rules and templates, and
    sends a mail to yourself with a button. Stop it with Ctrl-C.

    With --out, exit code 0 if every part could be made, 1 if some failed; 78 if the files cannot
    be read.

    \b
    Examples:  notifier preview
               notifier preview shipped --locale nl --sample two-parcels --open
               notifier preview delivered --order 41
               notifier preview --out preview
    """
    if ref and sample:
        raise click.UsageError("--order and --sample exclude each other.")
    settings = read_settings(os.environ)
    for text in (*settings.warnings, *forgotten_env_file()):
        output.warning(text)
    order = _order(ref) if ref else None
    showroom, problems = _read(settings, order, locale)
    choice = Choice(template, locale, ORDER if ref else sample)
    if showroom is not None:
        choice = _checked(choice, showroom)
    if out is not None:
        if showroom is None:
            raise RulesError(list(problems))
        _write(Site(showroom, (), _excerpt(settings), choice), out)
        return
    server = bind(port)
    watch = Watch(lambda: _read(settings, order, locale), [settings.rules, settings.templates])
    pages = Preview(watch, _excerpt(settings), choice, _send)
    secret = secrets.token_urlsafe(16)
    server.set_app(make_app(pages, server.server_port, secret))
    address = f"http://{HOST}:{server.server_port}/{secret}/{pages.site().start()}"
    output.problems(problems, excerpt=_excerpt(settings))
    click.echo(f"preview: {address}")
    click.echo("It follows your edits, and is shown only under this address. Ctrl-C ends it.")
    sys.stdout.flush()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    watching = threading.Thread(target=watch.run, daemon=True)
    watching.start()
    if opened:
        _open(address)
    server.serve_forever()
    watch.close()
    server.socket.close()


def _open(address: str) -> None:
    """Open the page in the browser, whose arguments other users can see: a private file leads to it."""
    with tempfile.NamedTemporaryFile("w", prefix="notifier-preview-", suffix=".html", delete=False) as file:
        file.write(f'<!doctype html><meta http-equiv="refresh" content="0; url={address}">')
    atexit.register(Path(file.name).unlink, missing_ok=True)
    webbrowser.open(f"file://{file.name}")


def _read(
    settings: Settings, order: OrderHistory | None, locale: str
) -> tuple[Showroom | None, tuple[Problem, ...]]:
    """Return what there is to see, or why nothing is; channels that are not set up are no matter."""
    examined = examine(settings, os.environ)
    if examined.running is None:
        return None, examined.problems
    return Showroom(examined.running, order, locale), ()


def _order(ref: str) -> OrderHistory:
    with existing_store() as store:
        return history_of(store, ref)


def _checked(choice: Choice, showroom: Showroom) -> Choice:
    """Return the choice with the template's whole name; raise NotFound for what there is not."""
    template, known = choice.template, showroom.templates
    if template and template not in known:
        if f"ops/{template}" not in known:
            raise NotFound(f"there is no template {template}; {_meant(template, known)}")
        template = f"ops/{template}"
    if choice.locale and choice.locale not in showroom.locales:
        raise NotFound(f"there are no words in {choice.locale}; there are in {', '.join(showroom.locales)}")
    of = [template] if template else known
    scenes = {name: None for one in of for name in showroom.scenes(one)}
    if choice.scene and choice.scene not in scenes:
        if choice.scene == ORDER:
            raise NotFound(f"{template} tells of no order")
        of_which = f" of {template}" if template else ""
        names = [*SAMPLE_ORDERS, *scenes]
        raise NotFound(f"there is no sample {choice.scene}{of_which}; {_meant(choice.scene, names, scenes)}")
    return Choice(template, choice.locale, choice.scene)


def _meant(word: str, known: Iterable[str], shown: Iterable[str] = ()) -> str:
    near = nearest(word, known)
    return f"did you mean {near}?" if near and near != word else f"there are {', '.join(shown or known)}"


def _excerpt(settings: Settings) -> Excerpt:
    return lambda problem: excerpt.excerpt(problem, excerpt.reader(settings.templates))


def _write(site: Site, folder: Path) -> None:
    count = files.write(site, folder)
    click.echo(f"{output.counted(count, 'file')}; begin with {folder / 'index.html'}")
    if failed := site.problems():
        output.problems(failed)
        sys.exit(1)


def _send(state: State, rendered: Rendered, address: str) -> tuple[bool, str]:
    """Send a mail over the shop's own channel; return whether it was taken, and the outcome in words."""
    showroom = state.showroom
    if showroom is None or not showroom.channel:
        return False, "not sent: no e-mail channel of rules.yaml is set up"
    gateway = showroom.running.gateway
    outcome = gateway.send(showroom.channel, rendered, address, uuid.uuid4().hex)
    gateway.close()
    return outcome.kind is OutcomeKind.DELIVERED, told(outcome)
