"""What ruamel.yaml says of a file that is no YAML, in an operator's words."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from notifier.errors import Problem

_WORDED: tuple[tuple[str, str, str], ...] = (
    (r"found character '\\t'", "a tab stands where only spaces can", "indent with spaces"),
    (
        r"found character '(.)' that cannot start",
        "a value cannot begin with `{0}`",
        "put it in quotes",
    ),
    (
        r"mapping values are not allowed",
        "a `:` stands where none can",
        "check the indentation; put a space after the `:` of a key, and quotes around text that holds `: `",
    ),
    (r"could not find expected ':'", "there is no `:` after the key", "write `key: value`"),
    (
        r"expected <block end>, but found",
        "this does not fit the lines above",
        "check the indentation and the quotes",
    ),
    (
        r"expected ',' or '(.)'",
        "a comma or the closing `{0}` is missing",
        "text with braces needs quotes around it",
    ),
    (r"found unexpected end of stream", "a quote is opened and never closed", ""),
    (r"found unexpected document separator", "a quote is opened and never closed", ""),
    (
        r"found unknown escape character '(.)'",
        "`\\{0}` means nothing between double quotes",
        "use single quotes",
    ),
    (r"expected the node content", "a value is missing", "put it in quotes if it is text"),
    (
        r"expected a comment or a line break",
        "a value that begins with > or | goes on in the next lines",
        "put it in quotes",
    ),
)
"""Pattern of the parser's text, our text, our hint; {0} is what the pattern caught."""

# For these the parser stops far behind the mistake; where it began is the better place.
_BEGAN_EARLIER = ("while scanning a quoted scalar", "while scanning a simple key")


def syntax_problem(error: YAMLError, text: str, file: str) -> Problem:
    """Return the Problem that `error` is about.

    Args:
        text: the whole text that was read.
        file: its name.
    """
    if isinstance(error, ReaderError):
        at = int(error.position)
        before = text[:at]
        line, column = before.count("\n") + 1, at - before.rfind("\n")
        return Problem(file, line, column, "holds a control character", "remove it")
    if not isinstance(error, MarkedYAMLError):
        return Problem(file, 0, 0, "cannot be read as YAML")
    mark = error.problem_mark or error.context_mark
    if error.context in _BEGAN_EARLIER and error.context_mark is not None:
        mark = error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    said = error.problem or ""
    seen = _seen(said, text, line, column)
    if seen is not None:
        return Problem(file, *seen)
    for pattern, words, hint in _WORDED:
        found = re.search(pattern, said)
        if found:
            worded = words.format(*found.groups())
            if "closing" in worded and error.context_mark is not None:
                hint = f"opened on line {error.context_mark.line + 1}; {hint}"
            return Problem(file, line, column, worded, hint)
    return Problem(file, line, column, f"cannot be read as YAML: {said}")


_STRANGE_SPACE = re.compile("^ *[\u00a0\u2000-\u200b\u3000]")
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


def _seen(said: str, text: str, line: int, column: int) -> tuple[int, int, str, str] | None:
    """Return place, words and hint of a mistake that shows in the text itself, whatever the parser says."""
    if conflict := _CONFLICT.search(text):
        number = text.count("\n", 0, conflict.start()) + 1
        return number, 1, "two versions of the file were not merged", "keep one of them and remove the marks"
    lines = text.split("\n")
    for number in (line, line - 1):
        if 0 < number <= len(lines) and _STRANGE_SPACE.match(lines[number - 1]):
            words = "a space that is none stands where only ordinary ones can"
            return number, 1, words, "write the spaces anew: it came with pasted text"
    if not 0 < line <= len(lines):
        return None
    before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    if said.startswith("expected <block end>") and re.match(r"-[^\s-]", after):
        return line, column, "a `-` needs a space after it", "write `- id: …`"
    if said.startswith(("expected <block end>", "expected ','")) and before.rstrip().endswith(("'", '"')):
        hint = "put the whole value in the other kind of quotes"
        return line, column, "something follows the closing quote", hint
    if said.startswith("could not find expected ':'") and re.match(r"[\w-]+:\S", after):
        return line, column, "a `:` needs a space after it", ""
    return None
