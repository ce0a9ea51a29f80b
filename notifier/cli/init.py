"""`notifier init`: a folder to begin with."""

from __future__ import annotations

import importlib.resources
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from notifier.errors import NotifierError

_ENVIRONMENT = """\
# Settings of notifier. Keep this file to yourself: chmod 600.
# Under systemd: EnvironmentFile=. By hand: notifier --env-file notifier.env run

# The secret of your sales channel in Cottoncast's Studio; several, separated by
# spaces, while you change it.
NOTIFIER_WEBHOOK_SECRET={webhook_secret}

# Opens the orders API (PUT /orders/...) to your shop.
NOTIFIER_API_TOKEN={api_token}

# Where updates are received; put a web server with TLS in front of it.
NOTIFIER_BIND=127.0.0.1:8080

# Where customers reach this server: marketing mail needs it for its link to unsubscribe.
#NOTIFIER_PUBLIC_URL=https://notify.shop.example

# The user and secret of your store at Cottoncast, to ask it whose an order is;
# then name it in rules.yaml: orders: {{ sources: [registered, cottoncast] }}
#COTTONCAST_USER=
#COTTONCAST_SECRET=

# Where messages go. Any Apprise URL. A channel without one is paused.
#EMAIL_URL=mailtos://user:password@smtp.example.com?from=orders@shop.example&name=Example%20Shop
#SMS_URL=twilio://AC0123456789abcdef:0123456789abcdef@+31970000000
#SLACK_URL=slack://T0AAAAAAA/B0BBBBBBB/cccccccccccccccccccccccc/#orders?footer=no&image=no
"""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write rules.yaml with its tests, templates/ and notifier.env into FOLDER; nothing is ever overwritten.

    rules.schema.json beside them is for editors: the first line of rules.yaml names it.

    \b
    Example:  notifier init shop && cd shop && notifier --env-file notifier.env run
    """
    try:
        for target, new in write_defaults(folder):
            _tell(target, new)
        target = folder / "notifier.env"
        new = not target.exists()
        if new:
            target.touch(mode=0o600)
            target.write_text(
                _ENVIRONMENT.format(webhook_secret=secrets.token_hex(32), api_token=secrets.token_urlsafe(32))
            )
        _tell(target, new)
    except OSError as error:
        raise NotifierError(f"cannot write {error.filename}: {error.strerror}") from error
    click.echo(
        f"next: edit {folder}/notifier.env, then: cd {folder} && notifier --env-file notifier.env check"
    )


def write_defaults(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Write the shipped files into a folder; yield each and whether it is new."""
    folder.mkdir(parents=True, exist_ok=True)
    with importlib.resources.as_file(importlib.resources.files("notifier") / "defaults") as defaults:
        # In a checkout defaults/ holds links to the top level's files, which rglob would not follow.
        walked = os.walk(defaults, followlinks=True)
        found = (Path(where, name) for where, _, names in walked for name in names)
        for source in sorted(found):
            target = folder / source.relative_to(defaults)
            target.parent.mkdir(parents=True, exist_ok=True)
            new = not target.exists()
            if new:
                shutil.copyfile(source, target)
            yield target, new


def _tell(target: Path, new: bool) -> None:
    click.echo(f"{'written' if new else 'kept   '} {target}")
