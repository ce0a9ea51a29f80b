"""`notifier web`: gunicorn around the application and its intake."""

from __future__ import annotations

from typing import Any

from notifier import logs
from notifier.bootstrap.database import open_store
from notifier.config.settings import Settings
from notifier.web.app import create_app
from notifier.web.server import Server


def web_server(settings: Settings) -> Server:
    """Return the server; its `run` blocks until it is stopped.

    Raises:
        StoreError: the database cannot be opened.
    """
    open_store(settings).close()  # here a mistake is a sentence; in gunicorn's worker it would be a traceback

    def make_app() -> Any:
        # In gunicorn's worker: a database connection must not be carried over the fork.
        logs.configure(settings.log, settings.log_level)
        return create_app(
            open_store(settings), settings.webhook_secret, settings.api_token, settings.body_limit
        )

    return Server(str(settings.bind), settings.log_level, make_app)
