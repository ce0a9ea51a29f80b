"""The pages of a preview as files, for a build server or a colleague."""

from __future__ import annotations

from pathlib import Path

from notifier.errors import ConfigError
from notifier.preview.site import Site


def write(site: Site, folder: Path) -> int:
    """Write all pages below a folder, which is made if need be; return how many files there are.

    Raises:
        ConfigError: the folder cannot be written to.
    """
    count = 0
    try:
        for path in site.paths():
            file = site.get(path)
            assert file is not None, path
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
            count += 1
    except OSError as error:
        raise ConfigError(f"--out: {folder} cannot be written to: {error.strerror}") from None
    return count
