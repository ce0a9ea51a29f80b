"""Dates as operators write them, 2026-12-25 and no other way (05-06 is read as two days); files of dates."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from notifier import files
from notifier.config.mistake import Mistake, quoted

MAX_BYTES = 1024 * 1024

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def parse_date(text: str) -> date:
    """Return the day that text such as "2026-12-25" stands for.

    Raises:
        Mistake: it is another form of a date, or no date.
    """
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise Mistake(
                f"is no day of any calendar: {quoted(text)}", "check the month and the day"
            ) from None
    raise Mistake(f"is no date: {quoted(text)}", _date_hint(text))


def read_dates(name: str, folder: Path) -> frozenset[date]:
    """Return the dates of a file that has one on each line; `#` begins a comment.

    Args:
        name: its path, as it is written in rules.yaml.
        folder: where paths begin.

    Raises:
        Mistake: it cannot be read, or a line is no date.
    """
    found = set()
    for number, line in enumerate(_content(name, folder).splitlines(), start=1):
        text = line.partition("#")[0].strip()
        if text:
            try:
                found.add(parse_date(text))
            except Mistake as mistake:
                raise Mistake(
                    f"names the file {quoted(name)}, whose line {number} {mistake.text}", mistake.hint
                ) from None
    return frozenset(found)


def _date_hint(text: str) -> str:
    numbers = [int(number) for number in re.findall(r"\d+", text, re.ASCII) if len(number) <= 4]
    orders: list[tuple[int, int, int]] = []
    if len(numbers) == 3:
        first, second, third = numbers
        orders = [(first, second, third), (third, second, first), (third, first, second)]
    meant = sorted({day for year, month, of_month in orders if (day := _day(year, month, of_month))})
    if len(meant) == 1:
        return f"did you mean {meant[0]}?"
    if meant:
        return f"write {' or '.join(map(str, meant))}, whichever it is"
    return "write year, month and day, such as 2026-12-25"


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year >= 1000 else None
    except ValueError:
        return None


def _content(name: str, folder: Path) -> str:
    path = folder / name
    said = f"names the file {quoted(name)}, which"
    try:
        content = files.read(path, MAX_BYTES)
    except FileNotFoundError:
        raise Mistake(f"{said} is not there", f"it is looked for in {folder}") from None
    except OSError as error:
        raise Mistake(f"{said} cannot be read: {error.strerror}") from None
    except ValueError:  # a NUL
        raise Mistake("cannot be the name of a file") from None
    if len(content) > MAX_BYTES:
        raise Mistake(f"{said} is larger than 1 MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Mistake(f"{said} is not UTF-8 text (line {line})", "save the file as UTF-8") from None
