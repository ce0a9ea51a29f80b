"""YAML as an operator means it: values, places, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config.yamltree import MAX_BYTES, Tree, parse, read
from notifier.errors import RulesError


def tree(text: str) -> Tree:
    return parse(text.encode(), "f.yaml")


def told(text: str | bytes) -> list[str]:
    """Return the problems of a file, in order, whether they stop the reading or not."""
    content = text if isinstance(text, bytes) else text.encode()
    try:
        return [str(p) for p in sorted(parse(content, "f.yaml").problems)]
    except RulesError as error:
        return [str(p) for p in error.problems]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("22:00", "22:00"),
        ("2026-03-01", "2026-03-01"),
        ("012", "012"),
        ("0612345678", "0612345678"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("1.2.3", "1.2.3"),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("'null'", "null"),
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("2.5", 2.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("=", "="),
    ],
)
def test_plain_values_have_the_meaning_of_yaml_1_2(written: str, meant: object) -> None:
    found = tree(f"a: {written}\n")
    assert found.data == {"a": meant}
    assert type(found.data["a"]) is type(meant)
    assert not found.problems


def test_keys_are_text_whatever_they_look_like() -> None:
    assert tree("on: 1\nNO: 2\n5: 3\ntrue: 4\n").data == {"on": 1, "NO": 2, "5": 3, "true": 4}


def test_values_and_keys_have_their_places() -> None:
    found = tree("a:\n  - b: one\n    c: [x, y]\n")
    assert found.values["a", 0, "b"] == (2, 8)
    assert found.keys["a", 0, "c"] == (3, 5)
    assert found.values["a", 0, "c", 1] == (3, 12)
    assert found.values["a", 0] == (2, 5)


def test_a_problem_without_a_place_of_its_own_stands_at_what_is_above_it() -> None:
    problem = tree("a:\n  b: 1\n").problem(("a", "b", "missing"), "x", at_key=True)
    assert (problem.line, problem.column) == (2, 6)


def test_all_duplicate_keys_are_told() -> None:
    assert told("a: 1\nb: {c: 1, c: 2}\na: 2\na: 3\n") == [
        "f.yaml:2:11: `c` is set twice (also set on line 2)",
        "f.yaml:3:1: `a` is set twice (also set on line 1)",
        "f.yaml:4:1: `a` is set twice (also set on line 3)",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "f.yaml: the file is empty (begin with `version: 1`)"),
        ("# only words\n", "f.yaml: the file is empty (begin with `version: 1`)"),
        ("---\n", "f.yaml: the file is empty (begin with `version: 1`)"),
        ("a: &x 1\n", "f.yaml:1:4: anchors (`&x`) are not used here (text that begins with & needs quotes)"),
        ("a: *x\n", "f.yaml:1:4: aliases (`*x`) are not used here (write the value out)"),
        ("<<: {a: 1}\n", "f.yaml:1:1: merge keys (`<<`) are not used here (write the keys out)"),
        (
            "a: !!python/name:os x\n",
            "f.yaml:1:4: tags (`!…`) are not used here (put text in quotes, also text that begins with !)",
        ),
        (
            "a: !!str 5\n",
            "f.yaml:1:4: tags (`!…`) are not used here (put text in quotes, also text that begins with !)",
        ),
        ("a: 1\n---\nb: 1\n", "f.yaml:2:1: a second document begins here (remove the line `---`)"),
        (
            "%YAML 1.1\n---\na: 1\n",
            "f.yaml:1:1: directives such as %YAML are not used here (remove the line)",
        ),
        (
            "a: {{ x.y }}\n",
            "f.yaml:1:5: a key must be a word (text with {{ … }} needs quotes around it)",
        ),
        ("? [a, b]\n: 1\n", "f.yaml:1:3: a key must be a word (text with {{ … }} needs quotes around it)"),
        (": 1\n", "f.yaml:1:1: a key is missing before the `:`"),
        (
            "a:\n  b:\n",
            "f.yaml:2:3: `b` is empty (write a value or remove the line; after a space, # begins a comment)",
        ),
        (
            "to: #orders\n",
            "f.yaml:1:1: `to` is empty (write a value or remove the line; after a space, # begins a comment)",
        ),
        (
            "a: [x, ~]\n",
            "f.yaml:1:8: entry 2 of `a` is empty "
            "(write a value or remove the line; after a space, # begins a comment)",
        ),
        ("a:\n\tb: 1\n", "f.yaml:2:1: a tab stands where only spaces can (indent with spaces)"),
        (
            "a: b: c\n",
            "f.yaml:1:5: a `:` stands where none can (check the indentation; "
            "put a space after the `:` of a key, and quotes around text that holds `: `)",
        ),
        ("a: 1\nb\nc: 2\n", "f.yaml:2:1: there is no `:` after the key (write `key: value`)"),
        (
            "a:\n  - b: 1\n   c: 2\n",
            "f.yaml:3:4: this does not fit the lines above (check the indentation and the quotes)",
        ),
        (
            "a: [x, y\nb: 1\n",
            "f.yaml:2:2: a comma or the closing `]` is missing "
            "(opened on line 1; text with braces needs quotes around it)",
        ),
        ("a: 'x\nb: 1\n", "f.yaml:1:4: a quote is opened and never closed"),
        ("a: @x\n", "f.yaml:1:4: a value cannot begin with `@` (put it in quotes)"),
        ('a: "\\q"\n', "f.yaml:1:6: `\\q` means nothing between double quotes (use single quotes)"),
        ("a: 1\nb: x\x07y\n", "f.yaml:2:5: holds a control character (remove it)"),
        (b"a: 1\nb: \xff\n", "f.yaml:2:4: is not UTF-8 text (save the file as UTF-8)"),
        ("a: 1\n".encode("utf-16"), "f.yaml:1:1: is not UTF-8 text (save the file as UTF-8)"),
        ("[" * 50 + "]" * 50, "f.yaml:1:22: is nested more than 20 levels deep"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(text: str | bytes, problem: str) -> None:
    assert told(text) == [problem]


def test_a_duplicate_before_a_syntax_error_is_told_with_it() -> None:
    assert told("a: 1\na: 2\nb: [\n")[0] == "f.yaml:2:1: `a` is set twice (also set on line 1)"
    assert len(told("a: 1\na: 2\nb: [\n")) == 2


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    found = parse(b"\xef\xbb\xbfa: 1\r\nb: x\r\n", "f.yaml")
    assert found.data == {"a": 1, "b": "x"}
    assert found.values["b",] == (2, 4)


@given(st.text(alphabet="ab:-[]{}'\"#&*!|>%@`,? \t\n~01", max_size=40))
def test_any_text_gives_data_or_problems_with_the_files_name(text: str) -> None:
    for line in told(text):
        assert line.startswith("f.yaml")


@given(st.binary(max_size=60))
def test_any_bytes_give_data_or_problems(content: bytes) -> None:
    for line in told(content):
        assert line.startswith("f.yaml")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RulesError) as error:
        read(tmp_path / "rules.yaml")
    assert str(error.value) == f"{tmp_path}/rules.yaml: there is no such file"


def test_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(RulesError) as error:
        read(tmp_path)
    assert str(error.value) == f"{tmp_path}: cannot be read: Is a directory"


def test_a_file_of_one_mebibyte_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(b"#" * MAX_BYTES)
    assert len(read(path)) == MAX_BYTES
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(RulesError) as error:
        read(path)
    assert str(error.value) == f"{path}: is larger than 1 MiB"
