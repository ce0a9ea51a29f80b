"""What operators get wrong: the cases stand in mistakes/*.txt and are made in language.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.config.rulefile import load_rules
from notifier.errors import RulesError

HERE = Path(__file__).parent
GOOD = (HERE / "language.yaml").read_text()


def cases() -> Iterator[tuple[str, str, list[str]]]:
    """Yield what stands in the file, what is written instead, and what is told."""
    for file in sorted((HERE / "mistakes").glob("*.txt")):
        for block in file.read_text().split("\n\n"):
            lines = [line for line in block.strip("\n").split("\n") if not line.startswith("#")]
            right, wrong, told = ([line[2:] for line in lines if line[:1] == mark] for mark in "-+!")
            if lines:
                yield plain(right), plain(wrong), told


def plain(lines: list[str]) -> str:
    return "\n".join(lines).replace("\\t", "\t").replace("\\\\", "\\")


def told(path: Path, content: str | bytes) -> list[str]:
    """Return the problems of rules.yaml without the file's name; none if there are none."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        load_rules(path, {})
    except RulesError as error:
        return [str(p).removeprefix(f"{path}:") for p in error.problems]
    return []


@pytest.mark.parametrize(("right", "wrong", "problems"), [*cases()])
def test_a_mistake_is_told_with_place_words_and_what_to_write(
    tmp_path: Path, right: str, wrong: str, problems: list[str]
) -> None:
    assert right in GOOD
    assert problems
    assert told(tmp_path / "rules.yaml", GOOD.replace(right, wrong, 1)) == problems


def test_the_file_that_the_mistakes_are_made_in_is_right(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(GOOD)
    assert [w.text for w in load_rules(path, {}).warnings if not w.waits] == []


def test_the_mistakes_are_many_and_all_different() -> None:
    made = [(right, wrong) for right, wrong, _ in cases()]
    assert len(made) == len(set(made)) > 200


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("country: [NL, BE, DE]", "country: [NO, BE, DE]"),  # not false
        ('at: "08:30"', "at: 08:30"),  # not 510
        ("when: delivered\n", "when: D\n"),
        ("if: order.attributes.total | default(0) | float > 200", "if: order.country != 'NL' # x: y"),
        ("if: order.attributes.total | default(0) | float > 200", "if: order.ref == '#41' and late"),
        ("id: in-trouble", "id: 007"),  # not 7
        ("name: Example Shop", "name: 50% off"),
        ("name: Example Shop", 'name: Jan "the" Man'),
        ("name: Example Shop", "name: Jan & Co"),
        ("name: Example Shop", "name: on"),  # not true
        ("    group: none", "    group: none"),
    ],
)
def test_what_looks_like_a_trap_and_is_none(tmp_path: Path, right: str, wrong: str) -> None:
    assert told(tmp_path / "rules.yaml", GOOD.replace(right, wrong, 1)) == []


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), []),
        (GOOD.replace("\n", "\r\n"), []),
        (GOOD.replace("\n", "\r"), []),
        (GOOD + "...\n", []),
        (GOOD + "---\n", ["73:1: a second document begins here (remove the line `---`)"]),
        (GOOD.encode("utf-16"), ["1:1: is not UTF-8 text (save the file as UTF-8)"]),
        (
            GOOD.replace("Example", "Caf\xe9").encode("latin-1"),
            ["2:18: is not UTF-8 text (save the file as UTF-8)"],
        ),
        (
            GOOD.replace("    when: delivered", "\xa0\xa0  when: delivered", 1),
            [
                "28:1: a space that is none stands where only ordinary ones can "
                "(write the spaces anew: it came with pasted text)"
            ],
        ),
        (
            GOOD.replace('"08:30-17:30"', "\u201c08:30-17:30\u201d"),
            ['7:37: `hours` is no span of hours (these are no quotes but a part of the text: write "…")'],
        ),
        (
            GOOD.replace("rules:\n", "<<<<<<< HEAD\nrules:\n=======\n>>>>>>> mine\n"),
            ["16:1: two versions of the file were not merged (keep one of them and remove the marks)"],
        ),
        (b"", [" the file is empty (begin with `version: 1`)"]),
        (b"# nothing yet\n", [" the file is empty (begin with `version: 1`)"]),
        (b"[]", ["1:1: the file must be a block of keys, not a list"]),
        (
            b"rules",
            ["1:1: the file must be a block of keys, not text (a `:` needs a space after it)"],
        ),
    ],
)
def test_a_file_of_another_form_is_read_or_told_of(
    tmp_path: Path, content: str | bytes, problems: list[str]
) -> None:
    assert told(tmp_path / "rules.yaml", content) == problems
