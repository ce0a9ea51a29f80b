"""What text messages come to, by language, and what is told of those that cost more than they need."""

from __future__ import annotations

from notifier.core.shop import Shop
from notifier.core.sms import Alphabet
from notifier.render.texts import TextSize, text_sizes
from tests.render.conftest import Load

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: {language}\\n"\n\n'

SHORT = "{% if short %}Order {{ order.ref }} left.{% else %}" + "On its way to you. " * 9 + "{% endif %}"


def sizes(load: Load, shop: Shop, words: str, most: int | None = None, **translated: str) -> list[TextSize]:
    files = {"told/sms.txt": words}
    for language, text in translated.items():
        files[f"locale/{language}.po"] = (
            HEAD.format(language=language) + f'msgid "On its way"\nmsgstr "{text}"\n'
        )
    return text_sizes(load(files), "told", shop, "sms", most, for_customer=True)


def test_a_text_is_told_with_its_alphabet_length_and_parts(load: Load, shop: Shop) -> None:
    (size,) = sizes(load, shop, "On its way: 10 €")
    assert (size.language, size.sent.alphabet, size.sent.units, size.sent.parts) == (
        "en",
        Alphabet.GSM7,
        17,
        1,
    )
    assert list(size.problems()) == []


def test_every_language_that_there_are_words_in_is_told(load: Load, shop: Shop) -> None:
    found = sizes(load, shop, '{{ _("On its way") }}', nl="Onderweg", fr="Bientôt chez vous")
    assert sorted((s.language, s.sent.alphabet) for s in found) == [
        ("en", Alphabet.GSM7),
        ("fr", Alphabet.UCS2),
        ("nl", Alphabet.GSM7),
    ]


def test_the_characters_that_make_a_text_dear_are_named(load: Load, shop: Shop) -> None:
    (size,) = sizes(load, shop, "Fête à Łódź\u2026")
    (problem,) = size.problems()
    assert problem.file == "told/sms.txt"
    assert problem.text == "in en needs UCS-2, 70 characters to the part, for ê Ł ó ź …"


def test_a_language_of_another_script_needs_its_alphabet_and_is_not_blamed(load: Load, shop: Shop) -> None:
    (size,) = sizes(load, shop, "Заказ в пути")
    assert size.sent.alphabet is Alphabet.UCS2
    assert list(size.problems()) == []


def test_a_text_that_fits_in_its_short_wording_is_no_problem(load: Load, shop: Shop) -> None:
    (size,) = sizes(load, shop, SHORT, most=1)
    assert (size.long.parts, size.sent.parts, size.short, size.cut) == (2, 1, True, False)
    assert list(size.problems()) == []


def test_a_text_that_would_be_cut_is_told(load: Load, shop: Shop) -> None:
    (size,) = sizes(load, shop, "On its way to you. " * 9, most=1)
    assert (size.sent.parts, size.cut) == (1, True)
    (problem,) = size.problems()
    assert problem.text == "in en takes 2 parts; sms allows 1"
    assert "{% if short %}" in problem.hint


def test_a_template_without_a_text_has_no_size(load: Load, shop: Shop) -> None:
    templates = load({"told/chat.html": "x"})
    assert text_sizes(templates, "told", shop, "sms", 1, for_customer=True) == []
