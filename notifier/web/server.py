"""gunicorn around the application: its settings, its logger, and which addresses it will listen on."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

KEEP_ALIVE = 30
"""Seconds that an idle connection is kept."""

STOP_WITHIN = 25
"""Seconds that requests get to finish at a stop."""


class Server(BaseApplication):
    """The gunicorn that `notifier web` runs.

    Args:
        bind: an address as gunicorn writes it: host:port, [ipv6]:port or unix:/path.
        make_app: makes the ASGI application; called in the worker process, after the fork.
    """

    def __init__(self, bind: str, log_level: str, make_app: Callable[[], Any]) -> None:
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": 1,
            "worker_class": "notifier.web.worker.Worker",
            "asgi_loop": "uvloop",
            "asgi_lifespan": "on",
            "keepalive": KEEP_ALIVE,
            "timeout": 30,
            "graceful_timeout": STOP_WITHIN,
            "worker_connections": 4096,
            "backlog": 2048,
            "limit_request_fields": 64,
            "control_socket_disable": True,
            "proc_name": "notifier-web",
            "logger_class": "notifier.web.server.GunicornLogger",
            "loglevel": "debug" if log_level == "debug" else "warning",
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


class GunicornLogger(Logger):
    """Leaves gunicorn's records to our own handler; there is no access log, and no looking for one."""

    access_log_enabled = False

    def setup(self, cfg: Any) -> None:
        """Pass records on, with the level that was set."""
        self.error_log.setLevel(self.LOG_LEVELS[cfg.loglevel])
        self.error_log.propagate = True


def inherited_addresses() -> list[str] | None:
    """Return the hosts of the sockets that systemd passed on, None if it passed none (sd_listen_fds(3)).

    A unix socket counts as `unix:` and its path.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    hosts = []
    for descriptor in range(3, 3 + int(os.environ.get("LISTEN_FDS", "0"))):
        with socket.socket(fileno=os.dup(descriptor)) as inherited:
            name = inherited.getsockname()
        hosts.append(name[0] if isinstance(name, tuple) else f"unix:{name!s}")
    return hosts
