"""`${env:…}` and `${file:…}`: whole values only, never printed, absent rather than broken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from notifier.config.mistake import Mistake
from notifier.config.secret import LONGEST, Reference, reference


def test_ordinary_values_are_no_references() -> None:
    assert reference("mailto://user:pa$$word@host") is None


def test_a_variable_gives_its_value_without_space_around_it() -> None:
    found = reference("${env:EMAIL_URL}")
    assert found == Reference("env", "EMAIL_URL")
    assert found.read({"EMAIL_URL": " x://y\n"}) == "x://y"


@pytest.mark.parametrize("environ", [{}, {"EMAIL_URL": ""}, {"EMAIL_URL": "  "}])
def test_a_variable_that_is_not_set_or_empty_gives_none(environ: dict[str, str]) -> None:
    found = Reference("env", "EMAIL_URL")
    assert found.read(environ) is None
    assert found.absence == "EMAIL_URL is not set"


def test_a_file_gives_its_content(tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text("x://y\n")
    found = reference(f"${{file:{path}}}")
    assert found is not None
    assert found.read({}) == "x://y"


def test_a_bare_name_is_a_credential_of_systemd(tmp_path: Path) -> None:
    (tmp_path / "email-url").write_text("x://y")
    found = reference("${file:email-url}")
    assert found is not None
    assert found.read({"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "x://y"
    assert found.read({}) is None


def test_files_that_give_no_value_are_absent(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "long").write_bytes(b"x" * (LONGEST + 1))
    os.mkfifo(tmp_path / "pipe")
    for name in ("empty", "binary", "long", "pipe", "gone", ""):
        assert Reference("file", str(tmp_path / name)).read({}) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mailto://${env:X}@host", "holds a `${…}` that is not the whole value"),
        (" ${env:X}", "holds a `${…}` that is not the whole value"),
        ("${env:A}${env:B}", "holds a `${…}` that is not the whole value"),
        ("${X}", "is neither `${env:NAME}` nor `${file:/path}`"),
        ("${ENV:X}", "is neither `${env:NAME}` nor `${file:/path}`"),
        ("${env:}", "is neither `${env:NAME}` nor `${file:/path}`"),
        ("${env:X", "is neither `${env:NAME}` nor `${file:/path}`"),
        ("${env:MY-URL}", "names no environment variable"),
        ("${env:X:-default}", "names no environment variable"),
        ("${file:secrets/url}", "names a file by half its path"),
        ("${file:..}", "names a file by half its path"),
    ],
)
def test_anything_else_with_a_dollar_brace_is_refused(text: str, said: str) -> None:
    with pytest.raises(Mistake) as refused:
        reference(text)
    assert refused.value.text == said
