"""Everybody reads her own language, and an edit of its words is in the next mail."""

from __future__ import annotations

from tests.service_process import Service, body
from tests.sinks import Mail, SmtpSink


def text(mail: Mail) -> str:
    part = mail.message.get_body(("plain",))
    assert part is not None
    return part.get_content()


def test_every_customer_reads_her_own_language(service: Service, mail: SmtpSink) -> None:
    service.both()
    people = {
        "nl-with-a-belgian-address": ({"locale": "nl", "country": "BE"}, "nl-BE", "onderweg"),
        "belgian": ({"country": "BE"}, "nl-BE", "onderweg"),
        "german": ({"locale": "de-AT"}, "de-AT", "unterwegs"),
        "french": ({"locale": "fr", "country": "BE"}, "fr-BE", "en route"),
        "english-in-holland": ({"locale": "en", "country": "NL"}, "en-NL", "on its way"),
        "swedish": ({"locale": "sv", "country": "SE"}, "en", "on its way"),
    }
    for ref, (contact, _, _) in people.items():
        assert (
            service.put(ref, name="Jane Canary", email=f"{ref}@canary.example", **contact).status_code == 201
        )
        assert service.post(body(ref, "C")).status_code == 200
    told = {m.recipients[0].partition("@")[0]: m for m in mail.wait_for(len(people))}
    for ref, (_, lang, words) in people.items():
        html = told[ref].message.get_body(("html",))
        assert html is not None
        for said in (told[ref].message["Subject"], text(told[ref]), html.get_content()):
            assert words in said, ref
        assert f'lang="{lang}"' in html.get_content()


def test_an_edit_of_a_languages_words_is_in_the_next_mail(service: Service, mail: SmtpSink) -> None:
    _, worker = service.both()
    dutch = {"name": "Jane Canary", "email": "jane@canary.example", "locale": "nl"}
    assert service.put("1", **dutch).status_code == 201
    assert service.post(body("1", "C")).status_code == 200
    (before,) = mail.wait_for(1)
    assert "Hallo Jane Canary" in text(before)

    words = service.templates / "locale" / "nl.po"
    service.edit(words, 'msgstr "Hallo %(name)s,"', 'msgstr "Dag %(name)s!"')
    worker.wait_for_log("rules reloaded")
    assert service.put("2", **dutch).status_code == 201
    assert service.post(body("2", "C")).status_code == 200
    assert "Dag Jane Canary!" in text(mail.wait_for(2)[1])
