"""Templates become words, or an error that names file and line and tells nothing of the customer."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest

from notifier.core.expression import Facts
from notifier.core.shop import Shop
from notifier.errors import RenderError
from notifier.render.compiling import load_templates
from notifier.render.sample import samples
from notifier.render.templates import KINDS
from tests.render.conftest import Load, Write


def failure(load: Load, order: Facts, part: str, text: str, **more: str) -> str:
    templates = load({f"t/{part}": text} | {f"_layout/{k}.{part.split('.')[1]}": v for k, v in more.items()})
    with pytest.raises(RenderError) as caught:
        templates.part("t", part, order, None, None)
    shown = "".join(traceback.format_exception(caught.value))
    for secret in ("Jane", "jane@example.com", "31612345678", "3SCEBU123456789"):
        assert secret not in shown
    return str(caught.value)


def test_each_kind_gets_its_own_parts_only(load: Load, order: Facts) -> None:
    parts = ("subject.txt", "email.html", "email.txt", "sms.txt", "chat.html")
    templates = load({f"t/{part}": f"{part} {{{{ order.ref }}}}" for part in parts})
    email = templates.render("t", "email", order, "en-GB", "UTC")
    assert (email.subject, email.html, email.text) == ("subject.txt 41", "email.html 41", "email.txt 41")
    assert (email.sms, email.chat, email.locale) == ("", "", "en-GB")
    sms = templates.render("t", "sms", order, None, None)
    assert (sms.sms, sms.subject, sms.html, sms.text, sms.chat) == ("sms.txt 41", "", "", "", "")
    chat = templates.render("t", "chat", order, None, None)
    assert (chat.chat, chat.subject, chat.html, chat.text, chat.sms) == ("chat.html 41", "", "", "", "")


@pytest.mark.parametrize(
    ("have", "kind", "file"),
    [
        ("sms.txt", "chat", "t/chat.html"),
        ("chat.html", "sms", "t/sms.txt"),
        ("email.html", "email", "t/subject.txt"),
        ("subject.txt", "email", "t/email.html"),
    ],
)
def test_a_missing_part_is_named_as_the_file_to_create(
    load: Load, order: Facts, have: str, kind: str, file: str
) -> None:
    templates = load({f"t/{have}": "x"})
    with pytest.raises(RenderError) as caught:
        templates.render("t", kind, order, None, None)
    assert str(caught.value).endswith(f"create templates/{file}")
    assert templates.missing("t", kind) == str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_template_is_named_as_the_folder_to_create(load: Load, order: Facts, kind: str) -> None:
    templates = load({"t/sms.txt": "x", "_layout/sms.txt": "x"})
    for name in ("other", "_layout", "../t"):
        with pytest.raises(RenderError) as caught:
            templates.render(name, kind, order, None, None)
        assert str(caught.value).endswith(f"create the folder templates/{name}")


@pytest.mark.parametrize(("have", "html", "text"), [("email.html", "x", ""), ("email.txt", "", "x")])
def test_a_mail_may_have_one_body_only(load: Load, order: Facts, have: str, html: str, text: str) -> None:
    templates = load({"t/subject.txt": "s", f"t/{have}": "x"})
    mail = templates.render("t", "email", order, None, None)
    assert (mail.html, mail.text) == (html, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\nb {{ order.totl }}", ":2: 'order.totl' is undefined"),
        ("{{ order.totl|default('') }}\n{{ update.totl }}", ":2: 'update.totl' is undefined"),
        ("{{ order.attributes.weight }}", ":1: 'order.attributes.weight' is undefined"),
        ("{{ order.shipments[7].link }}", ":1: 'order.shipments[7]' is undefined"),
        ("{{ order.attributes[contact.name] }}", ":1: a value is undefined"),
        ("{{ []|first }}", ":1: a value is undefined"),
        ("{{ order.totl|date }}", ":1: 'order.totl' is undefined"),
        ("{{ shipment.link }}", ":1: 'shipment.link' is undefined"),
        ("{{ contact.name|date }}", ":1: fails with TypeError on this data"),
        ("{{ contact.name + 1 }}", ":1: fails with TypeError on this data"),
        ("{{ '%d'|format(contact.name) }}", ":1: fails with TypeError on this data"),
        ("{{ 1 / (order.shipments|length - 1) }}", ":1: fails with ZeroDivisionError on this data"),
        ("{{ 10 ** 400 }}", ":1: powers cannot be used in templates"),
        ("{{ ''.__class__ }}", ":1: '….__class__' is not allowed in templates"),
        ("{{ contact['__class__'] }}", ":1: 'contact['__class__']' is not allowed in templates"),
        (
            "{{ contact.name.format.__globals__ }}",
            ":1: 'contact.name.format.__globals__' is not allowed in templates",
        ),
        ("{{ '{0.__class__}'.format(contact) }}", ":1: a value is not allowed in templates"),
        ("{{ order.attributes.clear() }}", ":1: 'order.attributes.clear' is not allowed in templates"),
        ("{% if shipment %}x{% endif %}", ": gave no text"),
    ],
)
def test_an_error_names_file_line_and_cause_but_no_data(
    load: Load, order: Facts, text: str, said: str
) -> None:
    assert failure(load, order, "sms.txt", text) == f"t/sms.txt{said}"


def test_an_error_in_a_shared_piece_names_that_file(load: Load, order: Facts) -> None:
    piece = "{% macro m(o) %}\n\n{{ o.totl }}{% endmacro %}"
    text = "{% from '_layout/p.html' import m %}{{ m(order) }}"
    assert failure(load, order, "email.html", text, p=piece) == "_layout/p.html:3: 'o.totl' is undefined"


def test_shared_words_are_written_once_and_escape_as_the_part_that_uses_them(load: Load, shop: Shop) -> None:
    use = "{% from '_layout/w.txt' import of %}{{ of(order)|trim }}"
    templates = load(
        {
            "_layout/w.txt": "{% macro of(order) %}\n<{{ order.ref }}>\n{% endmacro %}",
            "t/chat.html": use,
            "t/sms.txt": use,
        }
    )
    awkward = samples(shop)["awkward"]
    assert templates.part("t", "chat.html", awkward, None, None).startswith("<&lt;b onclick=")
    assert templates.part("t", "sms.txt", awkward, None, None).startswith("<<b onclick=")


def test_an_error_in_shared_words_names_their_file(load: Load, order: Facts) -> None:
    templates = load(
        {
            "_layout/w.txt": "{% macro of(o) %}\n{{ o.totl }}{% endmacro %}",
            "t/chat.html": "{% from '_layout/w.txt' import of %}{{ of(order) }}",
        }
    )
    with pytest.raises(RenderError) as caught:
        templates.part("t", "chat.html", order, None, None)
    assert str(caught.value) == "_layout/w.txt:2: 'o.totl' is undefined"


NESTED = "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}"
BLOCKS = "".join(
    f"{{% block b{n} %}}{{{{ self.b{n + 1}() }}}}{{{{ self.b{n + 1}() }}}}{{% endblock %}}" for n in range(20)
)
ENDLESS = ":1: its loops do not end: stopped after 10,000 steps"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (NESTED, ENDLESS),
        ("{% macro m() %}" + NESTED + "{% endmacro %}{% set x = m() %}", ENDLESS),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", ":1: it calls itself without end"),
        ("{% include 't/sms.txt' %}", ":1: it calls itself without end"),
        (BLOCKS + "{% block b20 %}{% endblock %}", ENDLESS),
        ("{% for a in range(1000000000) %}{% endfor %}", ":1: range() of more than 1,000 numbers"),
        ("{{ 'x' * 1000000000 }}", ":1: repeats text past 10,000 characters"),
        ("{{ 1000000000 * [1] }}", ":1: repeats text past 10,000 characters"),
        ("{% for a in range(900) %}1234567890{% endfor %}", ": is longer than 1,000 characters"),
    ],
)
def test_what_would_not_end_is_stopped(load: Load, order: Facts, text: str, said: str) -> None:
    assert failure(load, order, "sms.txt", text) == f"t/sms.txt{said}"


@pytest.mark.parametrize(
    ("part", "limit"),
    [
        ("subject.txt", 250),
        ("sms.txt", 1000),
        ("email.txt", 65536),
        ("email.html", 262144),
        ("chat.html", 65536),
    ],
)
def test_a_part_may_be_as_long_as_its_limit_and_no_longer(
    load: Load, order: Facts, part: str, limit: int
) -> None:
    fits = load({f"t/{part}": "\n\n" + "x" * limit + "\n"})
    assert len(fits.part("t", part, order, None, None)) == limit
    said = failure(load, order, part, "x" * (limit + 1))
    assert said.endswith(f"t/{part}: is longer than {limit:,} characters")


def test_rounds_within_the_bounds_are_not_counted_against_the_next_part(load: Load, order: Facts) -> None:
    templates = load(
        {"t/sms.txt": "{% for a in range(90) %}{% for b in range(100) %}{% endfor %}{% endfor %}done"}
    )
    assert [templates.render("t", "sms", order, None, None).sms for _ in range(3)] == ["done"] * 3


def test_nothing_is_printed_for_none_and_repetition_underlines_a_title(load: Load, order: Facts) -> None:
    templates = load({"t/sms.txt": "[{{ shipment }}] {{ '=' * order.ref|length }}"})
    assert templates.render("t", "sms", order, None, None).sms == "[] =="


def test_html_escapes_and_text_does_not(load: Load, shop: Shop) -> None:
    templates = load({"t/chat.html": "<b>{{ order.ref }}</b>", "t/sms.txt": "{{ order.ref }}"})
    awkward = samples(shop)["awkward"]
    assert "<b>&lt;b onclick=" in templates.render("t", "chat", awkward, None, None).chat
    assert "<b onclick=" in templates.render("t", "sms", awkward, None, None).sms


def test_dates_are_the_contacts_own_even_in_shared_pieces_and_in_many_threads(
    load: Load, order: Facts
) -> None:
    templates = load(
        {
            "_layout/p.txt": "{% macro m(at) %}{{ at|datetime }}{% endmacro %}",
            "t/sms.txt": "{% from '_layout/p.txt' import m %}{{ m(update.at) }} {{ lang }} {{ dir }}",
        }
    )
    wanted = {
        "Europe/Amsterdam": "26 May 2021, 07:34 CEST en-GB ltr",
        "Asia/Tokyo": "26 May 2021, 14:34 JST en-GB ltr",
        "UTC": "26 May 2021, 05:34 UTC en-GB ltr",
    }
    zones = list(wanted) * 20
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda z: templates.render("t", "sms", order, "en-GB", z).sms, zones))
    assert made == [wanted[zone] for zone in zones]


def test_files_changed_after_loading_change_nothing(write: Write, order: Facts) -> None:
    folder = write({"t/sms.txt": "{% include '_layout/p.txt' %}", "_layout/p.txt": "first"})
    templates = load_templates(folder)
    (folder / "_layout" / "p.txt").write_text("second")
    assert templates.render("t", "sms", order, None, None).sms == "first"
