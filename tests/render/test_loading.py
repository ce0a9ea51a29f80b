"""A folder of templates is taken whole, or refused with every mistake in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from notifier.errors import RulesError
from notifier.render.compiling import load_templates
from notifier.render.loading import LARGEST
from tests.render.conftest import Load, Write

GOOD = {"shipped/subject.txt": "Order {{ order.ref }}", "shipped/email.txt": "Hello"}


def refused(folder: Path) -> list[str]:
    with pytest.raises(RulesError) as caught:
        load_templates(folder)
    return [str(problem) for problem in caught.value.problems]


def test_names_and_parts_leave_the_shared_pieces_out(load: Load) -> None:
    templates = load(
        GOOD
        | {"_layout/frame.html": "x", "lost/chat.html": "x", "lost/.chat.html.swp": "", "lost/chat.html~": ""}
    )
    assert templates.names == {"shipped", "lost"}
    assert templates.parts("shipped") == {"subject.txt", "email.txt"}
    assert templates.parts("lost") == {"chat.html"}
    assert templates.parts("other") == frozenset()


def test_a_template_is_for_operators_if_it_stands_in_their_folder(load: Load) -> None:
    templates = load(GOOD | {"ops/lost/chat.html": "x", "lost/chat.html": "x"})
    assert templates.for_operators == {"ops/lost"}


def test_a_value_that_a_sentence_works_out_itself_is_told_how_to_come_in(write: Write) -> None:
    folder = write(GOOD | {"shipped/sms.txt": "{% trans %}Order {{ order.ref }}{% endtrans %}"})
    (problem,) = refused(folder)
    assert problem.startswith("shipped/sms.txt:1:1: ")
    assert "{% trans ref=order.ref %}" in problem


def test_every_syntax_error_of_every_file_is_told_at_once_with_its_line(write: Write) -> None:
    folder = write(
        {
            "shipped/subject.txt": "Order {{ order.ref }",
            "shipped/email.html": "<p>\n<b>{% if order %}</b>\n",
            "lost/chat.html": "fine\n\n  {% endfor %}",
            "lost/sms.txt": "fine",
        }
    )
    assert [p.split(": ")[0] for p in refused(folder)] == [
        "lost/chat.html:3:3",
        "shipped/email.html:2:4",
        "shipped/subject.txt:1:7",
    ]


@pytest.mark.parametrize(
    ("file", "text", "place", "said", "hint"),
    [
        ("t/sms.txt", "{{ ordr.ref }}", ":1:4", "there is no 'ordr' here", "did you mean order?"),
        ("t/sms.txt", "{{ contct }}", ":1:4", "there is no 'contct' here", "did you mean contact?"),
        ("t/sms.txt", "{{ lipsum() }}", ":1:4", "there is no 'lipsum' here", ""),
        ("t/sms.txt", "a\n {{ now|dat }}", ":2:9", "there is no filter 'dat'", "did you mean date?"),
        ("t/sms.txt", "{{ now is nonee }}", ":1:11", "there is no test 'nonee'", "did you mean none?"),
        (
            *("t/chat.html", "{% extends '_layout/fram.html' %}"),
            *(":1:13", "there is no template file '_layout/fram.html'", "did you mean _layout/frame.html?"),
        ),
        # text in HTML would not be escaped
        (
            "t/chat.html",
            "{% include 't/email.txt' %}",
            ":1:13",
            "there is no template file 't/email.txt'",
            "",
        ),
        (
            "t/chat.html",
            "{% include '../../pw' %}",
            ":1:13",
            "there is no template file '../../pw'",
            "",
        ),
        (
            "t/chat.html",
            "{% include order.ref %}",
            ":1:1",
            "the name of another file must be written out",
            "",
        ),
        ("t/chat.htm", "x", "", "no channel uses a file of that name", "did you mean chat.html?"),
        (
            *("t/logo.png", "x", "", "no channel uses a file of that name"),
            "it may be subject.txt, email.html, email.txt, sms.txt, chat.html",
        ),
        ("_layout/styles.css", "x", "", "shared pieces end in .html or .txt, or are style.css", ""),
        ("t/old", None, "", "is not a file", ""),
        ("subject.txt", "x", "", "templates are folders; only folders belong here", ""),
        ("so long", None, "", "a template's name holds letters, digits, - and _ only", ""),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_was_meant(
    write: Write, file: str, text: str | None, place: str, said: str, hint: str
) -> None:
    folder = write(GOOD | {"_layout/frame.html": "x", "t/email.txt": "x"})
    if text is None:
        (folder / file).mkdir()
    else:
        write({file: text})
    assert refused(folder) == [f"{file}{place}: {said}" + (f" ({hint})" if hint else "")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% block a %}{% endblock %}{% block a %}{% endblock %}", ":1:1: block 'a' defined twice"),
        ("{% for a in [1] %}" * 21 + "{% endfor %}" * 21, ": is nested too deeply"),
        ("{% if short %}" * 120 + "{% endif %}" * 120, ": is nested too deeply"),
        ("{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}", ": is nested too deeply"),
        ("{{ " + "1 + " * 3_000 + "1 }}", ": is nested too deeply"),
        ("{{ dict(a=1, a=2) }}", ": cannot be compiled: keyword argument repeated: a"),
        ("{{ " + "9" * 5_000 + " }}", ": cannot be compiled: Exceeds the limit"),
    ],
)
def test_what_cannot_be_compiled_is_refused_when_it_is_loaded(write: Write, text: str, said: str) -> None:
    (found,) = refused(write({"t/sms.txt": text}))
    assert found.startswith(f"t/sms.txt{said}")


def test_a_file_that_is_too_large_is_refused_and_not_read(write: Write) -> None:
    folder = write({"t/sms.txt": "x" * LARGEST, "t/email.txt": "x" * (LARGEST + 1)})
    assert refused(folder) == ["t/email.txt: is larger than 1 MB, which no template or catalogue needs to be"]


def test_an_unknown_filter_hides_no_unknown_name(write: Write) -> None:
    folder = write(
        {"t/sms.txt": "{% for a in items %}{{ loop.index|dat }}{% endfor %}\n{{ ordr.ref|isolatd }}"}
    )
    assert [p.split(" (")[0] for p in refused(folder)] == [
        "t/sms.txt:1:35: there is no filter 'dat'",
        "t/sms.txt:2:4: there is no 'ordr' here",
        "t/sms.txt:2:13: there is no filter 'isolatd'",
    ]


def test_names_that_a_file_gives_itself_or_a_layout_gets_from_its_users_are_known(load: Load) -> None:
    templates = load(
        {
            "_layout/frame.html": "{{ accent }}{% block words %}{% endblock %}",
            "_layout/pieces.html": "{% macro bold(x) %}<b>{{ x }}</b>{{ caller() if caller }}{% endmacro %}",
            "shipped/email.html": "{% extends '_layout/frame.html' %}"
            "{% from '_layout/pieces.html' import bold as strong %}{% set accent = 'red' %}"
            "{% block words %}{{ accent }}{{ strong('x') }}"
            "{% for p in order.shipments %}{{ loop.index }}{% endfor %}{% endblock %}",
        }
    )
    assert templates.names == {"shipped"}


def test_what_is_not_utf_8_is_refused_with_its_line(write: Write) -> None:
    folder = write(GOOD)
    (folder / "shipped" / "sms.txt").write_bytes(b"one\ntwo \xff\n")
    assert refused(folder) == ["shipped/sms.txt:2:1: is not UTF-8"]


def test_no_link_leads_out_of_the_folder(write: Write, tmp_path: Path) -> None:
    folder = write(GOOD)
    (tmp_path / "secret").write_text("password")
    (folder / "shipped" / "sms.txt").symlink_to(tmp_path / "secret")
    assert refused(folder) == ["shipped/sms.txt: leads out of the folder of templates"]


def test_a_pipe_is_refused_and_not_waited_for(write: Write) -> None:
    folder = write(GOOD)
    os.mkfifo(folder / "shipped" / "sms.txt")
    assert refused(folder) == ["shipped/sms.txt: is not a file"]


def test_a_link_to_nothing_and_a_link_to_itself_are_refused(write: Write) -> None:
    folder = write(GOOD)
    (folder / "shipped" / "sms.txt").symlink_to("sms.txt")
    (folder / "shipped" / "chat.html").symlink_to("gone.html")
    assert refused(folder) == ["shipped/chat.html: is not a file", "shipped/sms.txt: is not a file"]


def test_links_within_the_folder_and_to_the_folder_are_fine(write: Write, tmp_path: Path) -> None:
    folder = write(GOOD)
    (folder / "shipped" / "sms.txt").symlink_to("email.txt")
    (tmp_path / "link").symlink_to(folder)
    assert load_templates(tmp_path / "link").parts("shipped") == {"subject.txt", "email.txt", "sms.txt"}


def test_an_empty_template_and_a_missing_folder_are_refused(write: Write, tmp_path: Path) -> None:
    folder = write(GOOD)
    (folder / "lost").mkdir()
    assert "lost: is empty" in refused(folder)[0]
    assert refused(tmp_path / "nowhere")[0].endswith("the folder of templates does not exist")


def test_the_fingerprint_follows_every_byte_and_name_and_nothing_else(write: Write) -> None:
    folder = write(GOOD)
    first = load_templates(folder).fingerprint
    assert len(first) == 12
    assert load_templates(folder).fingerprint == first
    (folder / "shipped" / "email.txt").write_text("Hello!")
    second = load_templates(folder).fingerprint
    (folder / "shipped" / "email.txt").rename(folder / "shipped" / "sms.txt")
    third = load_templates(folder).fingerprint
    assert len({first, second, third}) == 3
