"""`notifier web`: gunicorn around the application and its intake."""

from __future__ import annotations

import gc
import socket
import sys
from typing import Any

from notifier import logs
from notifier.bootstrap.database import open_store
from notifier.config.settings import Settings
from notifier.web.app import create_app
from notifier.web.server import Server

SWITCH_INTERVAL = 0.0001
"""After how long a busy thread gives up Python's lock to one that waits for it, in seconds."""

COLLECT_AFTER = 20_000
"""New objects after which Python looks for cycles: requests make none, so seldom will do.

Connections that break off do make some. Looking at young objects alone, as it does most times by
default, would let them pile up: it is all of them every other time.
"""


def web_server(settings: Settings, listener: socket.socket | None) -> Server:
    """Return the server; its `run` blocks until it is stopped.

    Args:
        listener: where it listens; None for the sockets that systemd passed on.

    Raises:
        ConfigError: the database cannot be where the settings say.
        StoreError: the database cannot be opened.
    """
    open_store(settings).close()  # here a mistake is a sentence; in gunicorn's worker it would be a traceback

    def make_app() -> Any:
        # In gunicorn's worker: a database connection must not be carried over the fork.
        logs.configure(settings.log, settings.log_level)
        # The intake's thread needs Python's lock for a moment between SQLite's statements; with
        # the default of 5 ms it would wait for it longer than for the disk.
        sys.setswitchinterval(SWITCH_INTERVAL)
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER, 1, 1)
        return create_app(
            open_store(settings), settings.webhook_secret, settings.api_token, settings.body_limit
        )

    bind = f"fd://{listener.detach()}" if listener else str(settings.bind)
    return Server(bind, settings.log_level, make_app)
