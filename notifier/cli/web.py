"""`notifier web`: the process that receives."""

from __future__ import annotations

import click
import structlog

from notifier.bootstrap.web import web_server
from notifier.cli.startup import load_settings
from notifier.config.exposure import check_exposure
from notifier.web.server import inherited_addresses

log = structlog.get_logger()


@click.command()
def web() -> None:
    """Receive updates: the webhook, the orders API, health and metrics.

    Records every update and answers; it never sends and never reads rules.yaml.
    Under systemd with a socket unit it takes the socket that it is given.

    \b
    Example:  notifier --env-file notifier.env web
    """
    settings = load_settings()
    passed_on = inherited_addresses()
    if passed_on is None:
        settings.require_signed_or_loopback()
    else:
        check_exposure(settings.webhook_secret, passed_on)
    where = str(settings.bind) if passed_on is None else "the socket that systemd passed on"
    if not settings.webhook_secret:
        log.warning(
            "UNSIGNED UPDATES ARE ACCEPTED: any program on this machine can post one; set"
            " NOTIFIER_WEBHOOK_SECRET to the secret of your sales channel"
        )
    if settings.api_token is None:
        log.warning("the orders API is shut: set NOTIFIER_API_TOKEN to open it to your shop")
    log.info("web starting", bind=where)
    web_server(settings).run()
