"""The line that a problem is about, and the mark under the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.cli.excerpt import LONGEST, excerpt, hidden, reader
from notifier.errors import Problem


def shown(text: str, line: int, column: int) -> list[str]:
    return excerpt(Problem("rules.yaml", line, column, "is wrong"), lambda _: text)


@pytest.mark.parametrize(
    ("text", "line", "column", "lines"),
    [
        ("a: 1\n  send: emial\n", 2, 9, ["  send: emial", "        ^^^^^"]),
        ("  send: emial", 1, 3, ["  send: emial", "  ^^^^"]),
        (
            'to: "{{ contact.emial }}" # x',
            1,
            5,
            ['to: "{{ contact.emial }}" # x', "    ^^^^^^^^^^^^^^^^^^^^^"],
        ),
        ("{ once: orders, x: y }", 1, 9, ["{ once: orders, x: y }", "        ^^^^^^"]),
        ("a: [b, c]", 1, 4, ["a: [b, c]", "   ^"]),
        ("\tsend: x", 1, 1, [" send: x", "^"]),
        ("a: 1\r\nb: 2\r\n", 2, 4, ["b: 2", "   ^"]),
        ("名前: ねこ x", 1, 5, ["名前: ねこ x", "      ^^^^"]),
        ("a: 'it''s'", 1, 4, ["a: 'it''s'", "   ^^^^^^^"]),
        ("a: 1", 1, 99, []),
        ("a: 1", 9, 1, []),
        ("a: 1", 0, 0, []),
        ("", 1, 1, []),
    ],
)
def test_a_line_is_shown_with_a_mark_under_the_place(
    text: str, line: int, column: int, lines: list[str]
) -> None:
    assert shown(text, line, column) == lines


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    text = "if: " + "late or " * 100 + "lat"
    line, mark = shown(text, 1, len(text) - 2)
    assert len(line) <= LONGEST
    assert line[mark.index("^") :] == "lat"
    assert mark.count("^") == 3


@pytest.mark.parametrize(
    "line",
    [
        '  url: "slack://hunter2/${env:X}"',
        "  url:mailtos://me:hunter2@host",
        "  slack: { url: hunter2-pa55word, audience: ops }",
        '  - "slack://a/ hunter2"',
        "  to: hunter2@nowhere",
        "  support_email: hunter2@shop.example",
        '  headers: { Authorization: "Bearer hunter2" }',
        "    X-Foo: hunter2 # comment",
        "    Cookie: hunter2",
        "  api_key: hunter2",
        "  secret: 'it''s hunter2'",
        "  user: hunter2",
        "  note: hunter2abcdefghijk1234567",
    ],
)
def test_secrets_and_addresses_become_dots_of_the_same_width(line: str) -> None:
    assert "hunter2" not in hidden(line)
    assert len(hidden(line)) == len(line)


@pytest.mark.parametrize(
    "line",
    [
        '  email: { url: "${env:EMAIL_URL}", to: "{{ contact.emial }}" }',
        "    send: [emial, slack]",
        "    when: { stuck: { in: [label], for: 2bd, calendar: warehouse } }",
        "    if: order.country == 'NO'",
        "  - id: shipped",
        '  url: "${file:/etc/url}"',
    ],
)
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert hidden(line) == line


def test_a_file_is_looked_for_as_it_is_called_and_in_the_folder_of_templates(tmp_path: Path) -> None:
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped/sms.txt").write_bytes("\ufeffHi é".encode())
    read = reader(tmp_path)
    assert read("shipped/sms.txt") == "Hi é"
    assert read(str(tmp_path / "shipped/sms.txt")) == "Hi é"
    assert read("settings") is None
    assert read("a\0b") is None
