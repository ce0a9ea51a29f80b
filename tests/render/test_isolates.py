"""Names from outside cannot turn the sentence around them: also where mail programs drop `<bdi>`."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.course import Parcel
from notifier.core.expression import Facts
from notifier.core.gsm7 import fits
from notifier.core.message import Rendered
from notifier.core.shop import Shop
from notifier.render.clean import finished, isolated
from notifier.render.sample import samples
from notifier.render.templates import Templates

HEBREW = "\u05d3\u05d5\u05d3"
OPEN, CLOSE = "\u2068", "\u2069"


def named(facts: Facts, name: str) -> Facts:
    contact = replace(facts["contact"], name=name)  # type: ignore[type-var]
    items = tuple(replace(i, name=name) for i in facts["order"].items)  # type: ignore[attr-defined]
    order = replace(facts["order"], contact=contact, items=items)  # type: ignore[type-var]
    return {**facts, "contact": contact, "order": order}


def made(templates: Templates, facts: Facts, kind: str = "email", locale: str = "en") -> Rendered:
    return templates.render("shipped", kind, facts, locale, None)


def test_a_name_that_runs_the_other_way_is_set_off_in_html_and_text(shop: Shop, shipped: Templates) -> None:
    mail = made(shipped, named(samples(shop)["with-items"], HEBREW))

    assert f"Hello <bdi>{OPEN}{HEBREW}{CLOSE}</bdi>," in mail.html
    assert f"Hello {OPEN}{HEBREW}{CLOSE}," in mail.text
    assert mail.html.count(HEBREW) == mail.html.count(f"<bdi>{OPEN}{HEBREW}{CLOSE}</bdi>") + data(mail.html)
    assert mail.text.count(HEBREW) == mail.text.count(f"{OPEN}{HEBREW}{CLOSE}")


def data(html: str) -> int:
    """Count the name in what programs read, where it stands as it is."""
    (script,) = re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL)
    json.loads(script)
    assert OPEN not in script
    return int(script.count(HEBREW))


def test_an_order_number_is_set_off_in_a_subject(shop: Shop, shipped: Templates) -> None:
    facts = samples(shop)["one-parcel"]
    mail = made(shipped, {**facts, "order": replace(facts["order"], ref=HEBREW)})  # type: ignore[type-var]

    assert mail.subject == f"Your Example Shop order {OPEN}{HEBREW}{CLOSE} is on its way"


def test_what_is_plain_can_be_copied_from_a_mail_as_it_is(shop: Shop, shipped: Templates) -> None:
    mail = made(shipped, samples(shop)["with-items"])

    assert OPEN not in mail.subject + mail.html + mail.text


def test_what_a_stranger_brings_along_is_not_doubled_and_does_not_end_it(
    shop: Shop, shipped: Templates
) -> None:
    name = f"{CLOSE}\ufdd1{HEBREW}\ufdd0{OPEN}\u202e"
    mail = made(shipped, named(samples(shop)["one-parcel"], name))

    assert f"Hello {OPEN}{HEBREW}{CLOSE}," in mail.text
    assert not set("\ufdd0\ufdd1\u202e") & set(mail.html + mail.text)
    assert mail.text.count(OPEN) == mail.text.count(CLOSE)


@pytest.mark.parametrize("kind", ["sms", "chat"])
def test_texts_and_chats_have_none(shop: Shop, shipped: Templates, kind: str) -> None:
    told = made(shipped, named(samples(shop)["with-items"], HEBREW), kind)

    assert OPEN not in told.sms + told.chat
    assert kind != "sms" or fits(told.sms)


def test_no_link_holds_one(shop: Shop, shipped: Templates) -> None:
    facts = samples(shop)["one-parcel"]
    link = f"https://track.example/{HEBREW}"
    parcel = Parcel("postnl", HEBREW, HEBREW, link)
    order = replace(facts["order"], shipments=(parcel,))  # type: ignore[type-var]
    mail = made(shipped, {**facts, "order": order})

    assert f'href="{link}"' in mail.html
    assert f"\n{link}\n" in mail.text


@given(st.text())
def test_isolates_are_balanced_whatever_the_text(text: str) -> None:
    done = finished("before " + isolated(text, rtl=True) + " after")

    assert done.count(OPEN) - text.count(OPEN) == done.count(CLOSE) - text.count(CLOSE) <= 1
    assert not set("\ufdd0\ufdd1") & set(done)


@pytest.mark.parametrize("name", ["shipped", "delivered", "problem", "lost", "delayed"])
@pytest.mark.parametrize("locale", ["en", "nl", "de", "fr"])
@pytest.mark.parametrize("codes", [("3SA", "3SB"), ("", "")])
def test_two_parcels_of_one_update_have_two_subjects(
    shop: Shop, shipped: Templates, name: str, locale: str, codes: tuple[str, str]
) -> None:
    facts = samples(shop)["two-parcels"]
    parcels = [
        replace(p, tracking_code=code, tracking_url=f"https://t.example/{n}")
        for n, (p, code) in enumerate(zip(facts["order"].shipments, codes, strict=True))  # type: ignore[attr-defined]
    ]
    order = replace(facts["order"], shipments=tuple(parcels))  # type: ignore[type-var]
    subjects = {
        shipped.part(name, "subject.txt", {**facts, "order": order, "shipment": parcel}, locale, None)
        for parcel in parcels
    }

    assert len(subjects) == 2
    for subject, code in zip(sorted(subjects), sorted(codes), strict=True):
        assert subject.endswith(f"({code})" if code else ")")
