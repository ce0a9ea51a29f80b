"""The pages of a preview as files, for a build server or a colleague."""

from __future__ import annotations

import errno
from pathlib import Path

from notifier import files
from notifier.errors import ConfigError
from notifier.preview.site import Site


def write(site: Site, folder: Path) -> int:
    """Write all pages below a folder, which is made if need be; return how many files there are.

    Pages can show a real order, so new files and folders are for their owner alone.

    Raises:
        ConfigError: the folder cannot be written to.
    """
    count = 0
    try:
        for path in site.paths():
            file = site.get(path)
            assert file is not None, path
            _folder(folder, folder / Path(path).parent)
            files.write(folder / path, file.content)
            count += 1
    except OSError as error:
        raise ConfigError(f"--out: {error.filename or folder} cannot be written: {error.strerror}") from None
    return count


def _folder(top: Path, folder: Path) -> None:
    """Make a folder below `top`, and whatever is missing above it; none of them may be a symbolic link."""
    top.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (*reversed(folder.relative_to(top).parents), folder.relative_to(top)):
        path = top / name
        if path != top and path.is_symlink():
            raise OSError(errno.ELOOP, "a symbolic link; remove it, or name another folder", str(path))
        path.mkdir(mode=0o700, exist_ok=True)
