"""`notifier init`: a folder to begin with."""

from __future__ import annotations

import errno
import importlib.resources
import os
import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from notifier import files
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

LISTED = 3
"""So many files of a folder are listed by name; more are counted."""

_LINK = "a symbolic link; remove it, or name another folder"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write rules.yaml with its tests, templates/ and notifier.env into FOLDER; nothing is ever overwritten.

    rules.schema.json beside them is for editors: the first line of rules.yaml names it.

    \b
    Example:  notifier init shop && cd shop && notifier --env-file notifier.env run
    """
    try:
        written = [*write_defaults(folder), _write(folder / "notifier.env", _environment(), mode=0o600)]
    except OSError as error:
        raise NotifierError(f"cannot write {error.filename}: {error.strerror}") from None
    for line in _told(folder, written):
        click.echo(line)
    click.echo(
        f"next: edit {folder}/notifier.env, then: cd {folder} && notifier --env-file notifier.env check"
    )


def write_defaults(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Write the shipped files into a folder; yield each and whether it is new.

    Raises:
        OSError: one cannot be written; a symbolic link is never followed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with importlib.resources.as_file(importlib.resources.files("notifier") / "defaults") as defaults:
        # In a checkout defaults/ holds links to the top level's files, which rglob would not follow.
        walked = os.walk(defaults, followlinks=True)
        found = (Path(where, name) for where, _, names in walked for name in names)
        for source in sorted(found):
            target = folder / source.relative_to(defaults)
            for name in target.relative_to(folder).parents[:-1]:
                if (folder / name).is_symlink():
                    raise OSError(errno.ELOOP, _LINK, str(folder / name))
            target.parent.mkdir(parents=True, exist_ok=True)
            yield _write(target, source.read_bytes(), mode=0o644)


def _write(target: Path, content: bytes, *, mode: int) -> tuple[Path, bool]:
    """Write a file if there is none of that name; return it and whether it is new."""
    try:
        files.write(target, content, mode=mode, replace=False)
    except FileExistsError:
        if target.is_symlink():
            raise OSError(errno.ELOOP, _LINK, str(target)) from None
        return target, False
    return target, True


def _environment() -> bytes:
    text = _ENVIRONMENT.format(webhook_secret=secrets.token_hex(32), api_token=secrets.token_urlsafe(32))
    return text.encode()


def _told(folder: Path, written: Sequence[tuple[Path, bool]]) -> Iterator[str]:
    """Yield a line for each file, and one for many of the same folder."""
    groups: dict[tuple[str, bool], list[Path]] = defaultdict(list)
    for target, new in written:
        groups[target.relative_to(folder).parts[0], new].append(target)
    for (top, new), targets in groups.items():
        word = "written" if new else "kept   "
        if len(targets) > LISTED:
            yield f"{word} {folder / top}/ ({len(targets)} files)"
        else:
            yield from (f"{word} {target}" for target in targets)
