"""gunicorn around the application: its settings, its logger, and what it says of itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from notifier.web.listening import BACKLOG, shown

KEEP_ALIVE = 30
"""Seconds that an idle connection is kept."""

STOP_WITHIN = 25
"""Seconds that requests get to finish at a stop."""

log = structlog.get_logger()


class Server(BaseApplication):
    """The gunicorn that `notifier web` runs.

    Args:
        bind: an address as gunicorn writes it: host:port, [ipv6]:port, unix:/path, or fd://N
            for a socket that listens already. Sockets that systemd passed on come before it.
        make_app: makes the ASGI application; called in the worker process, after the fork.
    """

    def __init__(self, bind: str, log_level: str, make_app: Callable[[], Any]) -> None:
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": 1,
            "worker_class": "notifier.web.worker.Worker",
            "http_parser": "python",  # the one whose buffers connection.py bounds
            "asgi_lifespan": "on",
            "keepalive": KEEP_ALIVE,
            "timeout": 30,
            "graceful_timeout": STOP_WITHIN,
            "backlog": BACKLOG,
            "limit_request_fields": 64,
            "control_socket_disable": True,
            "proc_name": "notifier-web",
            "logger_class": "notifier.web.server.GunicornLogger",
            # Not "debug": then it logs each request's path, which may be a link to unsubscribe.
            "loglevel": "info" if log_level == "debug" else "warning",
            "post_worker_init": _ready,
            "on_exit": _stopped,
        }
        if os.access("/dev/shm", os.W_OK):  # noqa: S108  the heartbeat file; a disk may block for seconds
            self._options["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
        self._make_app = make_app
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application, in the worker process."""
        return self._make_app()


def _ready(worker: Any) -> None:
    log.info("web ready", address=", ".join(shown(listener.sock) for listener in worker.sockets))


def _stopped(arbiter: Any) -> None:
    log.info("web stopped")


class GunicornLogger(Logger):
    """Leaves gunicorn's records to our own handler; there is no access log, and no looking for one."""

    access_log_enabled = False

    def setup(self, cfg: Any) -> None:
        """Pass records on, with the level that was set."""
        self.error_log.setLevel(self.LOG_LEVELS[cfg.loglevel])
        self.error_log.propagate = True
