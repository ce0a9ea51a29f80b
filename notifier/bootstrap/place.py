"""Where the database lies: whether it can be there, and that only its owner reads it."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from notifier.config.settings import Settings
from notifier.errors import ConfigError

_BESIDE = ("", "-wal", "-shm", ".lock")
"""What is added to the database's name for the files that belong to it."""

_MAY_PASS = {errno.ENOSPC, errno.EDQUOT}
"""A full disk is not a mistake in the settings: the store tells of it."""


def check_place(settings: Settings) -> None:
    """See whether this user can have the database where NOTIFIER_DATABASE says; makes and changes nothing.

    Raises:
        ConfigError: the folder is not there or takes no file, or what lies there is not ours to write.
    """
    path = settings.sqlite_path.absolute()
    try:
        trouble = _trouble(path)
    except OSError as error:
        if error.errno in _MAY_PASS:
            return
        trouble = f"no file can be made in the folder {path.parent}: {error.strerror}"
    if trouble:
        raise ConfigError(f"NOTIFIER_DATABASE: {trouble}")


def _trouble(path: Path) -> str:
    """Return what is in the way of a database there, "" if nothing is; OSError if no file can be made."""
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}; make it, or name another"
    if path.is_dir():
        return f"{path} is a folder; name a file in it"
    for file in (path.with_name(path.name + end) for end in _BESIDE):
        if file.exists() and not os.access(file, os.R_OK | os.W_OK):
            return f"{file} may not be written by this user; run notifier as the user who owns it"
    # Root may write where no file can be made, so only a try tells; this one leaves no name behind.
    tempfile.TemporaryFile(dir=path.parent).close()
    return ""


def make_private(path: Path) -> None:
    """Make the file before SQLite does, for its owner only: it holds names and addresses.

    SQLite gives the files beside it the same rights (sqlite.org, os_unix.c,
    findCreateFileMode). A file that is there keeps those that it has.
    """
    with contextlib.suppress(OSError):  # whoever opens it next says why it cannot be made
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
