"""The characters of a file: UTF-8, or UTF-16 or Windows-1252 where that is unmistakable. Pure.

Shops' files come out of spreadsheets: Excel's "CSV" is Windows-1252 in Western Europe, its "Unicode
Text" UTF-16. A name that is read wrongly reaches a customer, so what could be something else is refused.
"""

from __future__ import annotations

import codecs
import re

from notifier.errors import RequestError

MARK = "\ufeff"
"""The byte order mark, without which Excel takes UTF-8 for Windows' letters."""

_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How Excel's own files begin: ZIP (xlsx), and Compound File Binary (xls)."""

_USUAL = frozenset("ÄÖÜäöüßÁÉÍÓÚáéíóúÀÈÙàèùÂÊÎÔÛâêîôûËÏëïÇç")
"""The letters of Dutch, German, French and English beyond ASCII."""

_UNUSUAL = frozenset("ÅÆØåæøÑñÃÕãõÌÒìòÿ")
"""Letters of their neighbours. Where these abound it may be another code page, in which they are others'."""

_SIGNS = frozenset("€‘’“”–…\xa0")
_FOREIGN_RUN = re.compile(r"[^\W\d_a-zA-Z]{3}")
_UTF8_PAIR = re.compile(rb"[\xc2-\xdf][\x80-\xbf]")

_SAVE = "in Excel save the file as CSV UTF-8"


def decode(data: bytes) -> str:
    """Return the text in the bytes of a file.

    What was not UTF-8 begins with MARK, so that what is written in its place is understood by Excel.

    Raises:
        RequestError: it cannot be read, or not unmistakably; the text says what to do.
    """
    if data.startswith(_WORKBOOKS):
        raise RequestError("", f"the file is an Excel workbook; {_SAVE}")
    if encoding := _utf16(data):
        try:
            return MARK + data.decode(encoding).removeprefix(MARK)
        except UnicodeDecodeError:
            words = f"the file is broken {encoding.upper()}; {_SAVE}"
            raise RequestError("", words) from None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        first = error.start
    if (text := _western(data)) is not None:
        return MARK + text
    line = data.count(b"\n", 0, first) + 1
    words = f"is not UTF-8; {_SAVE}, or convert it with iconv -f ENCODING -t UTF-8"
    raise RequestError(f"line {line}", words)


def _utf16(data: bytes) -> str:
    """Return which UTF-16 it is, empty if it is none: without a mark every other byte of ASCII is zero."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    first = data[:1000]
    even, odd = first[::2], first[1::2]
    if len(data) % 2 or not first.count(0):
        return ""
    if not even.count(0) and 3 * odd.count(0) > 2 * len(odd):
        return "utf-16-le"
    return "utf-16-be" if not odd.count(0) and 3 * even.count(0) > 2 * len(even) else ""


def _western(data: bytes) -> str | None:
    """Return the text if it can only be Windows-1252.

    The code pages of Central Europe, of the Baltic, of DOS and of old Macs hold the same bytes for other
    letters. So nothing but letters that Western languages have may occur, most of them those of our own
    languages, never three together as in Cyrillic or Greek, and none that is UTF-8 in between.
    """
    if _UTF8_PAIR.search(data):
        return None
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    beyond = [c for c in text if c > "\x7f"]
    usual = sum(c in _USUAL for c in beyond)
    unusual = sum(c in _UNUSUAL for c in beyond)
    signs = sum(c in _SIGNS for c in beyond)
    if usual + unusual + signs < len(beyond) or not usual or usual < 2 * unusual or _FOREIGN_RUN.search(text):
        return None
    return text
