"""A name that mail programs would turn into a link is not greeted; every other one is."""

from __future__ import annotations

import pytest

from notifier.core.contact import Contact
from notifier.core.facts import facts
from notifier.core.names import greetable
from notifier.core.order import assemble
from notifier.core.shop import Shop
from tests import factories


@pytest.mark.parametrize(
    "name",
    [
        "Jane", "Jane Example", "J. Smith", "J.Smith", "J.R.R. Tolkien", "P.de Vries", "Dr.Smith", "St.John",
        "prof.dr. A. Jansen", "Anne-Marie O'Neill", "c/o Jansen", "Jansen B.V.", "Smith, Ltd.", "Łukasz Żółć",
        "山田 太郎", "محمد علي", "Jane (flat 3/2)", "Jane & John", "Mr.T", "No. 5", "Jane.", "R2.D2",
    ],
)  # fmt: skip
def test_a_name_is_greeted(name: str) -> None:
    assert greetable(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "https://evil.example", "Win at HTTP://evil.example/x", "www.evil.example", "evil.com",
        "Jane evil.lol", "Claim: t.me/x", "e.vil.com", "jane@evil.example", "Jane://x", "mailto:x",
        "tel:+31612345678", "javascript://x", "192.0.2.1", "http://192.0.2.1/x", "evil。com", "evil．com",
        "ｅｖｉｌ．ｃｏｍ", "ev\u200bil.com", "evil\u2060.com", "пример.рф", "xn--80ak6aa92e",
        "Jane\nevil.com", "a.co/x", "x.io?y", "Dr.evil.com",
    ],
)  # fmt: skip
def test_a_name_that_holds_an_address_is_not_greeted(name: str) -> None:
    assert greetable(name) is None


def test_a_name_that_is_not_known_stays_so() -> None:
    assert greetable(None) is None
    assert greetable("") == ""


@pytest.mark.parametrize(("name", "greeted"), [("Jane Example", "Jane Example"), ("Win: evil.com", None)])
def test_templates_get_no_other_name(name: str, greeted: str | None) -> None:
    contact = Contact(name=name, email="jane@example.org")
    update = factories.recorded()
    order = assemble("41", [update], [factories.finding(contact)])
    told = facts(update, order, Shop(), 0.0)
    assert told["contact"] == Contact(name=greeted, email="jane@example.org")
    assert order.contact == contact
