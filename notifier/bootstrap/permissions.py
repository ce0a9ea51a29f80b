"""Which files with secrets or customers' data every user of the machine could read."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from notifier.config.settings import SETTINGS, Settings

_SQLITE = b"SQLite format 3\0"
"""How every database of SQLite begins (sqlite.org/fileformat.html, 1.3)."""

_MOST_FILES = 1_000
"""Files that are looked at in the database's folder, at most."""


def exposed(settings: Settings, environ: Mapping[str, str], env_file: Path | None) -> list[str]:
    """Return a sentence for each file that others can read: settings, secrets, the database, its backups.

    Args:
        environ: the settings; `NAME_FILE` names a file with a secret.
        env_file: the file that settings were read from, if any.
    """
    named = (environ.get(f"{setting.name}_FILE", "").strip() for setting in SETTINGS)
    files = [*([env_file] if env_file else []), *map(Path, filter(None, named)), *_databases(settings)]
    return [
        f"{path} can be read by every user of this machine; chmod o-rwx {path}"
        for path in dict.fromkeys(files)
        if _is_open(path)
    ]


def _databases(settings: Settings) -> Iterator[Path]:
    """Yield the database, and what else is one in its folder: backups, and those that were replaced."""
    folder = settings.sqlite_path.absolute().parent
    try:
        found = sorted(path for path in islice(folder.iterdir(), _MOST_FILES) if path.is_file())
    except OSError:
        return
    for path in found:
        try:
            with path.open("rb") as file:
                if file.read(len(_SQLITE)) == _SQLITE:
                    yield path
        except OSError:
            continue


def _is_open(path: Path) -> bool:
    """Tell whether others may read it, and may reach it: no folder above is shut to them."""
    try:
        path = path.resolve(strict=True)
        if not path.stat().st_mode & stat.S_IROTH:
            return False
        return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    except OSError:
        return False
