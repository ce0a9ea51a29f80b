"""`notifier web`: the process that receives."""

from __future__ import annotations

import socket

import click
import structlog

from notifier.bootstrap.web import web_server
from notifier.cli.startup import load_settings
from notifier.web.listening import inherited_addresses, listen

log = structlog.get_logger()


@click.command()
@click.option("--fd", type=int, hidden=True, help="A socket that `notifier run` listens at already.")
def web(fd: int | None) -> None:
    """Receive updates: the webhook, the API, the links in messages, health and metrics.

    Records every update and answers; it never sends and never reads rules.yaml.
    Under systemd with a socket unit it takes the socket that it is given.

    \b
    Example:  notifier --env-file notifier.env web
    """
    settings = load_settings()
    passed_on = inherited_addresses()
    listener = None
    settings.check_exposure(passed_on)
    if passed_on is None:
        listener = listen(settings.bind) if fd is None else socket.socket(fileno=fd)
    if not settings.webhook_secret:
        log.warning(
            "UNSIGNED UPDATES ARE ACCEPTED (NOTIFIER_UNSIGNED): any program on this machine can post one; set"
            " NOTIFIER_WEBHOOK_SECRET to the secret of your sales channel instead"
        )
    if settings.api_token is None:
        log.warning("the API is shut: set NOTIFIER_API_TOKEN to open it to your shop")
    web_server(settings, listener).run()
