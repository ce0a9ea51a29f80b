"""Reading the templates folder: which files it holds and which do not belong there."""

from __future__ import annotations

import re
from pathlib import Path

from notifier.errors import Problem
from notifier.render.checking import LAYOUT, suggestion

PARTS = ("subject.txt", "email.html", "email.txt", "sms.txt", "chat.html")
"""The files that a template may have."""

_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def read(folder: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """Return every template file by name (`shipped/email.html`), and what should not be there.

    Hidden files and editors' backups (`…~`) are passed over. A link that leads
    out of the folder is refused: what is not under it is no template.
    """
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    if not folder.is_dir():
        return files, [Problem(str(folder), 0, 0, "the folder of templates does not exist")]
    root = folder.resolve()
    for path in _entries(folder):
        if not path.is_dir():
            problems.append(Problem(path.name, 0, 0, "templates are folders; only folders belong here"))
        elif path.name != LAYOUT and not _FOLDER.fullmatch(path.name):
            problems.append(Problem(path.name, 0, 0, "a template's name holds letters, digits, - and _ only"))
        else:
            inside = list(_entries(path))
            if not inside and path.name != LAYOUT:
                problems.append(Problem(path.name, 0, 0, "is empty", f"it may hold {', '.join(PARTS)}"))
            for file in inside:
                name = f"{path.name}/{file.name}"
                if problem := _unfit(name, file, root):
                    problems.append(problem)
                    continue
                try:
                    files[name] = file.read_bytes()
                except OSError as error:
                    problems.append(Problem(name, 0, 0, f"cannot be read: {error.strerror}"))
    return files, problems


def _entries(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith(".") and not p.name.endswith("~"))


def _unfit(name: str, file: Path, root: Path) -> Problem | None:
    if not file.is_file():
        return Problem(name, 0, 0, "is not a file")
    if not file.resolve().is_relative_to(root):
        return Problem(name, 0, 0, "leads out of the folder of templates")
    if name.startswith(f"{LAYOUT}/"):
        known = file.suffix in {".html", ".txt"}
        return None if known else Problem(name, 0, 0, "shared pieces end in .html or .txt")
    if file.name in PARTS:
        return None
    hint = suggestion(file.name, PARTS) or f"it may be {', '.join(PARTS)}"
    return Problem(name, 0, 0, "no channel uses a file of that name", hint)
