"""Languages: the words of a catalogue are said, what it lacks is told, and what it gets wrong is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from notifier.core.shop import Shop
from notifier.errors import RulesError
from notifier.render import extracting
from notifier.render.catalogue import placeholders, read_catalogues
from notifier.render.compiling import load_templates
from notifier.render.gaps import untranslated, wordless
from notifier.render.sample import samples
from notifier.render.templates import Templates

HEAD = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""
DUTCH = (
    HEAD
    + """msgid "Order %(ref)s is on its way"
msgstr "Bestelling %(ref)s is onderweg"

msgid "%(num)s parcel"
msgid_plural "%(num)s parcels"
msgstr[0] "%(num)s pakje"
msgstr[1] "%(num)s pakjes"
"""
)
NEWS = "{% trans ref=order.ref %}Order {{ ref }}\n  is on its way{% endtrans %}"
COUNT = "{% trans num=order.shipments|length %}{{ num }} parcel{% pluralize %}{{ num }} parcels{% endtrans %}"
FILES = {"told/sms.txt": f"{NEWS}: {COUNT}", "told/chat.html": f"<b>{NEWS}</b>"}

Load = Callable[[Mapping[str, str]], Templates]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load templates from files by name."""

    def loaded(files: Mapping[str, str]) -> Templates:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return load_templates(tmp_path)

    return loaded


def said(
    templates: Templates,
    locale: str | None,
    country: str | None = None,
    *,
    shop: str = "en",
    part: str = "sms.txt",
) -> str:
    facts = samples(Shop(locale=shop))["two-parcels"]
    return templates.part("told", part, facts, locale, None, country)


@pytest.mark.parametrize(
    ("locale", "country", "words"),
    [
        ("nl", None, "Bestelling 41 is onderweg: 2 pakjes"),
        ("nl-BE", None, "Bestelling 41 is onderweg: 2 pakjes"),
        (None, "BE", "Bestelling 41 is onderweg: 2 pakjes"),
        ("en", "NL", "Order 41 is on its way: 2 parcels"),
        ("sv", "NL", "Bestelling 41 is onderweg: 2 pakjes"),
        ("sv", "SE", "Order 41 is on its way: 2 parcels"),
        (None, None, "Order 41 is on its way: 2 parcels"),
    ],
)
def test_a_customer_reads_the_first_language_of_her_chain_that_there_are_words_in(
    load: Load, locale: str | None, country: str | None, words: str
) -> None:
    assert said(load(FILES | {"locale/nl.po": DUTCH}), locale, country) == words


def test_a_shop_in_a_language_without_words_speaks_that_of_the_templates(load: Load) -> None:
    templates = load(FILES | {"locale/nl.po": DUTCH})
    assert said(templates, None, shop="sv") == "Order 41 is on its way: 2 parcels"
    assert said(templates, None, shop="nl") == "Bestelling 41 is onderweg: 2 pakjes"


@pytest.mark.parametrize(("locale", "told"), [("sv-FI", True), ("nl-BE", False), ("en", False)])
def test_a_shop_in_a_language_without_words_is_warned(load: Load, locale: str, told: bool) -> None:
    found = wordless(Shop(locale=locale), load(FILES | {"locale/nl.po": DUTCH}))
    assert [p.text for p in found] == (
        ["the shop's locale is sv-FI, which no catalogue has: people read en"] if told else []
    )


def test_a_region_says_only_what_it_says_otherwise(load: Load) -> None:
    flemish = HEAD + 'msgid "Order %(ref)s is on its way"\nmsgstr "Uw bestelling %(ref)s komt eraan"\n'
    templates = load(FILES | {"locale/nl.po": DUTCH, "locale/nl_BE.po": flemish})
    assert templates.languages == ("en", "nl", "nl-BE")
    assert said(templates, "nl-BE") == "Uw bestelling 41 komt eraan: 2 pakjes"
    assert said(templates, "nl") == "Bestelling 41 is onderweg: 2 pakjes"
    assert untranslated(templates) == []


def test_english_words_can_be_changed_by_a_catalogue_as_well(load: Load) -> None:
    british = HEAD + 'msgid "Order %(ref)s is on its way"\nmsgstr "Order %(ref)s has left us"\n'
    assert said(load(FILES | {"locale/en.po": british}), "en") == "Order 41 has left us: 2 parcels"


def test_what_is_missing_or_fuzzy_is_said_as_the_template_says_it(load: Load) -> None:
    fuzzy = DUTCH.replace('msgid "Order', '#, fuzzy\nmsgid "Order')
    templates = load(FILES | {"locale/nl.po": fuzzy, "locale/de.po": HEAD})
    assert said(templates, "nl") == "Order 41 is on its way: 2 pakjes"
    told = [(p.file, p.text) for p in untranslated(templates)]
    assert told == [
        ("told/chat.html", "is not translated, so de says it in en: “Order %(ref)s is on its way”"),
        ("told/sms.txt", "is not translated, so de says it in en: “%(num)s parcel”"),
        ("locale/nl.po", "is fuzzy, so nl says it in en: “Order %(ref)s is on its way”"),
    ]


@pytest.mark.parametrize(("lacking", "more"), [(6, "1 more sentence is"), (20, "15 more sentences are")])
def test_of_a_language_that_lacks_much_only_the_beginning_is_shown(
    load: Load, lacking: int, more: str
) -> None:
    many = {"told/sms.txt": "".join(f'{{{{ _("sentence {n}") }}}}' for n in range(lacking))}
    *first, last = untranslated(load(many | {"locale/nl.po": HEAD}))
    assert len(first) == 5
    assert (last.file, last.text) == ("locale/nl.po", f"{more} not translated into nl")


def test_a_template_that_marks_nothing_is_in_the_shops_language(load: Load) -> None:
    own = {"told/sms.txt": "Uw bestelling kwam op {{ update.at|date }}"}
    templates = load(own | {"locale/nl.po": DUTCH})
    assert said(templates, "en", "GB", shop="nl") == "Uw bestelling kwam op 26 mei 2021"


def test_without_catalogues_everything_is_in_the_shops_language(load: Load) -> None:
    templates = load({"told/sms.txt": NEWS + " {{ update.at|date }}"})
    assert templates.languages == ()
    assert said(templates, "en", shop="nl") == "Order 41 is on its way 26 mei 2021"
    assert untranslated(templates) == []


def test_a_sentence_is_plain_text_and_cannot_bring_html_along(load: Load) -> None:
    sly = DUTCH.replace("Bestelling %(ref)s is onderweg", "<script>%(ref)s</script> & meer")
    templates = load(FILES | {"locale/nl.po": sly})
    assert said(templates, "nl", part="chat.html") == "<b>&lt;script&gt;41&lt;/script&gt; &amp; meer</b>"


def test_what_is_not_known_leaves_no_word_in_a_sentence(load: Load) -> None:
    text = "{% trans name=contact.phone, who=contact.name %}For {{ who }}{{ name }}.{% endtrans %}"
    facts = samples(Shop())["no-name-no-parcel"]
    templates = load({"told/sms.txt": text})
    assert templates.part("told", "sms.txt", facts, None, None) == "For ."


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("%(ref)s is onderweg", "is onderweg", "the placeholder %(ref)s of the original is missing"),
        ("%(ref)s is onderweg", "%(reff)s is onderweg", "the placeholder %(reff)s is not in the original"),
        ("%(ref)s is onderweg", "%(ref)s 100% onderweg", "a % that begins no placeholder is written %%"),
        ("%(ref)s is onderweg", "%(ref)d is onderweg", "a % that begins no placeholder is written %%"),
    ],
)
def test_a_translation_that_would_fail_is_refused_with_its_line(
    load: Load, old: str, new: str, problem: str
) -> None:
    with pytest.raises(RulesError) as error:
        load(FILES | {"locale/nl.po": DUTCH.replace(old, new)})
    (found,) = error.value.problems
    assert (found.file, found.line, found.text) == ("locale/nl.po", 6, problem)


def test_one_of_several_forms_may_say_the_number_in_words(load: Load) -> None:
    templates = load(FILES | {"locale/nl.po": DUTCH.replace('%(num)s pakje"', 'één pakje"')})
    facts = samples(Shop())["one-parcel"]
    assert templates.part("told", "sms.txt", facts, "nl", None) == "Bestelling 41 is onderweg: één pakje"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("locale/tlh.po", HEAD, "there is no language 'tlh'"),
        ("locale/nl.mo", "", "a catalogue ends in .po, or is messages.pot"),
        ("locale/nl.po", HEAD + 'msgid "a"\nmsgstr "b\n', "a text stands between two quotes"),
        ("locale/nl.po", HEAD + "what is this\n", ""),
        (
            "locale/nl.po",
            HEAD.replace("plural=(n != 1)", "plural=(n ~ 1)"),
            "its head has no usable Plural-Forms",
        ),
        (
            "locale/nl.po",
            HEAD.replace("nplurals=2", "nplurals=two"),
            "its head has no usable Plural-Forms",
        ),
    ],
)
def test_a_catalogue_that_cannot_be_read_is_refused_by_name(
    load: Load, name: str, text: str, problem: str
) -> None:
    with pytest.raises(RulesError) as error:
        load(FILES | {name: text})
    assert {found.file for found in error.value.problems} == {name}
    assert error.value.problems[0].text.startswith(problem)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("charset=utf-8", "charset=klingon", 0, "cannot be read: unknown encoding: klingon"),
        ("Plural-Forms", 'POT-Creation-Date: yesterday\\n"\n"Plural-Forms', 0, "cannot be read: "),
        ("msgstr[1]", "msgstr[x]", 0, "cannot be read: "),
        ("onderweg", "\udce9", 7, "is not UTF-8"),
        ("(n != 1)", "n", 0, "its head has no usable Plural-Forms"),
        ("(n != 1)", "10 / n", 0, "its head has no usable Plural-Forms"),
        ("nplurals=2", "nplurals=30000000", 0, "its head has no usable Plural-Forms"),
    ],
)
def test_what_is_wrong_with_a_catalogue_is_told_and_not_that_its_language_is(
    old: str, new: str, line: int, problem: str
) -> None:
    content = DUTCH.replace(old, new).encode(errors="surrogateescape")
    catalogues, (found,) = read_catalogues({"locale/nl.po": content})
    assert (found.file, found.line) == ("locale/nl.po", line)
    assert found.text.startswith(problem)
    assert catalogues.languages == ()


def test_a_byte_order_mark_before_a_catalogue_does_no_harm(load: Load) -> None:
    assert (
        said(load(FILES | {"locale/nl.po": f"\ufeff{DUTCH}"}), "nl") == "Bestelling 41 is onderweg: 2 pakjes"
    )


def test_placeholders_are_named() -> None:
    assert placeholders("%(a)s and %(b)s, 100%%") == {"a", "b"}
    for wrong in ("100%", "%s", "%(a)d", "%(a)", "%(a)5s"):
        with pytest.raises(ValueError, match="%%"):
            placeholders(wrong)


# --- for translators ----------------------------------------------------------------------------


def test_sentences_are_gathered_with_their_places_and_comments(load: Load) -> None:
    noted = FILES | {
        "told/email.txt": '{# L10n: on a button #}\n{{ _("Track it") }}{{ pgettext("verb", "Ship") }}'
    }
    pot = extracting.written(extracting.sentences(load(noted).sources)).decode()
    assert '#. on a button\n#: told/email.txt\nmsgid "Track it"' in pot
    assert '#: told/chat.html told/sms.txt\n#, python-format\nmsgid "Order %(ref)s is on its way"' in pot
    assert 'msgctxt "verb"\nmsgid "Ship"' in pot
    assert 'msgid_plural "%(num)s parcels"' in pot
    assert "Date" not in pot


def test_a_catalogue_is_brought_up_to_the_templates_and_loses_no_work(load: Load) -> None:
    found = extracting.sentences(
        load(FILES | {"told/email.txt": '{{ _("Orders %(ref)s are on their way") }}'}).sources
    )
    old = DUTCH + '\nmsgid "Gone"\nmsgstr "Weg"\n'
    new = extracting.written(extracting.updated(extracting.reread(old.encode(), "nl"), found)).decode()
    assert 'msgstr "Bestelling %(ref)s is onderweg"' in new
    assert '#~ msgid "Gone"\n#~ msgstr "Weg"' in new
    again = extracting.written(extracting.updated(extracting.reread(new.encode(), "nl"), found)).decode()
    assert again == new
