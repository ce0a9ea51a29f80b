"""The socket that the web process listens at: one of its own, or those that systemd passes on."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

from notifier.config.exposure import Bind
from notifier.errors import ConfigError

BACKLOG = 2048
"""Connections that may wait in the kernel to be accepted."""

_CAUSES = {
    errno.EADDRINUSE: "another program listens there (`ss -lntp` names it); stop it, or choose another port",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.EACCES: "it is not allowed; ports below 1024 and others' folders belong to root",
    errno.ENOENT: "its folder does not exist",
}


def listen(bind: Bind) -> socket.socket:
    """Return a socket that listens at `bind`: connections wait in it until somebody accepts them.

    A socket file that nobody listens at any more is replaced; every user may
    connect to it, as to a port.

    Raises:
        ConfigError: nobody can listen there now; it names NOTIFIER_BIND, the address and the cause.
    """
    family = socket.AF_UNIX if bind.unix else socket.AF_INET6 if ":" in bind.host else socket.AF_INET
    listener = socket.socket(family)
    try:
        if bind.unix is not None:
            _bind_file(listener, bind.unix)
        else:
            # Connections of the process before that linger in the kernel do not count as a listener.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((bind.host, bind.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        cause = _CAUSES.get(error.errno or 0, error.strerror or str(error))
        raise ConfigError(f"NOTIFIER_BIND: cannot listen at {bind}: {cause}") from None
    return listener


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


def shown(listener: socket.socket) -> str:
    """Return where a socket listens, as NOTIFIER_BIND writes it."""
    name = listener.getsockname()
    return str(Bind(name[0], name[1]) if isinstance(name, tuple) else Bind(unix=Path(os.fsdecode(name))))


def _bind_file(listener: socket.socket, path: Path) -> None:
    if path.is_socket():
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == errno.ECONNREFUSED:
                path.unlink()
    before = os.umask(0)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
