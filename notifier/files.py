"""Files that people name: read without waiting, written for their owner alone.

Whoever can write to the same folder can put a FIFO or a symbolic link where a file is expected. A
FIFO would block its reader for ever; a link would have its writer overwrite another file.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

_NOT_A_FILE = "not a regular file"


def read(path: Path, most: int) -> bytes:
    """Return the content of a regular file: at most `most` bytes, and one more if it is longer.

    Raises:
        OSError: it cannot be read, or is a folder, FIFO, socket or device.
    """
    # O_NONBLOCK: the open itself would wait for somebody to write to a FIFO (fifo(7)).
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, _NOT_A_FILE, str(path))
        return file.read(most + 1)


def write(path: Path, content: bytes, *, mode: int = 0o600, replace: bool = True) -> None:
    """Write a file whole: others see the old content or the new, never a part of it.

    Args:
        mode: permissions of a file that is new; one that is replaced keeps its own, less what `mode` denies.
        replace: False refuses a name that is taken.

    Raises:
        OSError: it cannot be written, or the name belongs to a symbolic link, folder, FIFO, socket or device.
    """
    with suppress(FileNotFoundError):
        there = path.lstat().st_mode
        if not replace:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        if stat.S_ISLNK(there):
            raise OSError(errno.ELOOP, "a symbolic link; name the file itself", str(path))
        if not stat.S_ISREG(there):
            raise OSError(errno.EINVAL, _NOT_A_FILE, str(path))
        mode &= there
    new = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(new, flags, 0o600), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
        if replace:
            new.replace(path)
        else:
            os.link(new, path)  # fails if somebody took the name meanwhile
            new.unlink()
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from None
