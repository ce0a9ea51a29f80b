"""Reading the templates folder: which files it holds and which do not belong there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from notifier.errors import Problem
from notifier.render import catalogue
from notifier.render.checking import LAYOUT, suggestion

PARTS = ("subject.txt", "email.html", "email.txt", "sms.txt", "chat.html")
"""The files that make the parts of a message."""

WORDS = "words.txt"
"""The file of a template's sentences, which its parts lay out."""

STYLE = "style.css"
"""The file in LAYOUT with the looks of mails."""

OPS = "ops"
"""The folder of the templates that are for operators."""

LARGEST = 1024 * 1024
"""Bytes of a file at most: a catalogue of that size takes seconds, in which no other edit is taken up."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def read(folder: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """Return every file by name (`shipped/email.html`), and what should not be there.

    Hidden files and editors' backups (`…~`) are passed over. A link that leads
    out of the folder is refused: what is not under it is no template.
    """
    if not folder.is_dir():
        return {}, [Problem(str(folder), 0, 0, "the folder of templates does not exist")]
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    root = folder.resolve()
    for path, mistake in _folders(folder):
        name = path.relative_to(folder).as_posix()
        if mistake:
            problems.append(Problem(name, 0, 0, mistake))
            continue
        inside = list(_entries(path))
        if not inside and name not in (LAYOUT, catalogue.FOLDER):
            problems.append(Problem(name, 0, 0, "is empty", f"it may hold {', '.join(PARTS)}"))
        for file in inside:
            if problem := _unfit(name, file, root):
                problems.append(problem)
                continue
            try:
                files[f"{name}/{file.name}"] = file.read_bytes()
            except OSError as error:
                text = f"cannot be read: {error.strerror}"
                problems.append(Problem(f"{name}/{file.name}", 0, 0, text))
    return files, problems


def _folders(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield everything that ought to be a folder of files, with what is wrong with it."""
    for path in _entries(folder):
        if path.name == OPS and path.is_dir():
            yield from ((inside, _mistake(inside)) for inside in _entries(path))
        else:
            yield path, "" if path.name in (LAYOUT, catalogue.FOLDER) else _mistake(path)


def _mistake(path: Path) -> str:
    if not path.is_dir():
        return "templates are folders; only folders belong here"
    return "" if _NAME.fullmatch(path.name) else "a template's name holds letters, digits, - and _ only"


def _entries(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith(".") and not p.name.endswith("~"))


def _unfit(folder: str, file: Path, root: Path) -> Problem | None:
    name = f"{folder}/{file.name}"
    if not file.is_file():
        return Problem(name, 0, 0, "is not a file")
    if not file.resolve().is_relative_to(root):
        return Problem(name, 0, 0, "leads out of the folder of templates")
    if file.stat().st_size > LARGEST:
        return Problem(name, 0, 0, "is larger than 1 MB, which no template or catalogue needs to be")
    match folder:
        case "_layout":
            known = file.suffix in {".html", ".txt"} or file.name == STYLE
            return (
                None if known else Problem(name, 0, 0, f"shared pieces end in .html or .txt, or are {STYLE}")
            )
        case catalogue.FOLDER:
            known = file.suffix == ".po" or file.name == catalogue.POT
            return None if known else Problem(name, 0, 0, f"a catalogue ends in .po, or is {catalogue.POT}")
    if file.name in (*PARTS, WORDS):
        return None
    hint = suggestion(file.name, PARTS) or f"it may be {', '.join(PARTS)}"
    return Problem(name, 0, 0, "no channel uses a file of that name", hint)
