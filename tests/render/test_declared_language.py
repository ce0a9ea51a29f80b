"""A template for one language says so, and all of its mail is in that language."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from notifier.core.expression import Facts
from notifier.errors import RulesError
from notifier.render.compiling import load_templates
from notifier.render.declaring import mixed
from notifier.render.templates import Templates

SHIPPED = Path(__file__).parents[2] / "templates"
MAIL = """{% extends "_layout/email.html" %}
{% import "_layout/order.html" as mail with context %}
{% block title %}Danke{% endblock %}
{% block words %}{{ mail.greeting(contact) }}
{{ mail.parcels(order.shipments) }}{{ update.at|date }}{% endblock %}
"""


def with_thanks(folder: Path, **files: str) -> Templates:
    """Return the shipped templates with one more, `thanks`."""
    shutil.copytree(SHIPPED, folder, symlinks=True, dirs_exist_ok=True)
    (folder / "thanks").mkdir()
    for name, text in {"subject_txt": "Danke", "email_html": MAIL, **files}.items():
        (folder / "thanks" / name.replace("_", ".")).write_text(text)
    return load_templates(folder)


@pytest.mark.parametrize("locale", ["en", "nl-BE", "fr", None])
def test_all_of_a_mail_is_in_the_language_that_its_template_says(
    tmp_path: Path, order: Facts, locale: str | None
) -> None:
    templates = with_thanks(tmp_path / "t", subject_txt="{# lang: de #}\nDanke")
    mail = templates.render("thanks", "email", order, locale, None)

    assert mail.locale.startswith("de")
    assert "Hello" not in mail.html
    assert "Sendungsnummer" in mail.html
    assert "Tracking code" not in mail.html
    assert "26. Mai 2021" in mail.html
    assert mixed(templates.sources, templates.marked, templates.languages) == []


def test_check_warns_of_a_mix(tmp_path: Path) -> None:
    templates = with_thanks(tmp_path / "t", subject_txt="{# lang: de #}\n{{ _('Your order is on its way') }}")
    (problem,) = mixed(templates.sources, templates.marked, templates.languages)

    assert (problem.file, problem.line) == ("thanks/subject.txt", 1)
    assert "its template marks sentences" in problem.text


def test_a_template_that_says_its_language_in_each_file_is_warned_of_once(tmp_path: Path) -> None:
    templates = with_thanks(
        tmp_path / "t",
        subject_txt="{# lang: de #}\nDanke",
        sms_txt="{# lang: de #}\n{{ _('Your order is on its way') }}",
        email_html="{# lang: de #}\n" + MAIL,
    )
    (problem,) = mixed(templates.sources, templates.marked, templates.languages)

    assert problem.file == "thanks/email.html"
    assert "its template marks sentences" in problem.text


def test_check_warns_of_a_language_without_words(tmp_path: Path) -> None:
    templates = with_thanks(tmp_path / "t", subject_txt="{# lang: es #}\nGracias")
    (problem,) = mixed(templates.sources, templates.marked, templates.languages)

    assert "stays English" in problem.text


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"subject_txt": "{# lang: deutsch #}x"}, "`lang: deutsch` is no language"),
        (
            {"subject_txt": "{# lang: de #}x", "sms_txt": "{# lang: fr #}x"},
            "says `lang: de`, and another file of the template `lang: de`",
        ),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, files: dict[str, str], text: str) -> None:
    with pytest.raises(RulesError) as refused:
        with_thanks(tmp_path / "t", **files)

    assert any(text.partition(", and")[0].rstrip("de`") in p.text for p in refused.value.problems)
