"""Whatever a source answers, asking it gives an answer, and what is kept of it passes the strict checks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier import addresses
from notifier.contacts import places
from notifier.contacts.remote import Remote
from notifier.core import strictjson
from notifier.core.contact import Contact, Finding
from notifier.core.lookup import Answer, AnswerKind
from notifier.core.source import Source, SourceKind
from tests.factories import T0
from tests.shop_api import ShopApi, Trouble, cottoncast_order, woocommerce_order

ODD = [
    "\0",
    "\ud800",
    "\u202e",
    "\r\nBcc: all@example.org",
    ", joe@example.org",
    " ",
    "<",
    "@",
    "é",
    "\U0001f600",
]
"""What does not belong into an address or a name."""

USUAL = [
    "jane@example.org",
    "JANE@EXAMPLE.ORG",
    "jane@exämple.org",
    "06 12345678",
    "+31612345678",
    "NL",
    "nl",
    "nl_NL",
    "de_DE_formal",
    "Europe/Amsterdam",
    "../../etc/passwd",
    "Jane Example",
    "41",
    "3AF7",
    "ok",
    "https://img.example/mug.png",
    "javascript:alert(1)",
    "yes",
]

words = st.one_of(
    st.text(max_size=30),
    st.sampled_from(USUAL),
    st.tuples(st.sampled_from(USUAL), st.sampled_from(ODD)).map("".join),
    st.tuples(st.sampled_from(USUAL), st.integers(1, 400)).map(lambda pair: pair[0] * pair[1]),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


def changed(whole: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return the document with anything in the place of some of its values."""

    def some(value: Any) -> st.SearchStrategy[Any]:
        kept: st.SearchStrategy[Any]
        if isinstance(value, dict):
            kept = st.fixed_dictionaries({}, optional={key: some(inner) for key, inner in value.items()})
        elif isinstance(value, list):
            kept = st.lists(some(value[0]), max_size=3) if value else st.just([])
        else:
            return st.just(value) | anything
        return st.one_of(kept, kept, kept, anything)

    return some(whole)


@pytest.fixture(scope="module")
def api() -> Iterator[ShopApi]:
    with ShopApi() as api:
        yield api


@pytest.fixture(scope="module")
def ask(api: ShopApi) -> Iterator[Callable[[str, str], Answer]]:
    """Ask one of three sources about order 41, for which the server answers with a given body."""
    fields = {
        "ref": "ref",
        "name": "name",
        "email": "email || emails[0]",
        "phone": "phone",
        "locale": "locale",
        "country": "country",
        "timezone": "timezone",
        "marketing": "marketing",
        "do_not_contact": "length(no)",
        "items": "items[].{name: name, sku: sku, quantity: quantity, image: image}",
    }
    base: dict[str, Any] = {"url": api.url, "user": api.user, "secret": api.secret}
    sources = [
        Source("cottoncast", SourceKind.COTTONCAST, **base),
        Source("shop", SourceKind.WOOCOMMERCE, **base),
        Source(
            "crm",
            SourceKind.HTTP,
            address=lambda ref, _: f"{api.url}/crm/{ref}",
            fields=fields,
            attributes={"total": "total", "all": "@"},
        ),
    ]
    remote = Remote({one.name: one for one in sources})

    def asking(name: str, body: str) -> Answer:
        api.trouble(Trouble(200, body))
        return remote.ask(name, "41", "3AF7", T0)

    yield asking
    remote.close()


def check(answer: Answer) -> None:
    """Fail unless the answer is whole and clean."""
    assert (answer.finding is not None) is (answer.kind is AnswerKind.FOUND)
    assert bool(answer.detail) is (answer.kind is not AnswerKind.FOUND)
    assert "failed" not in answer.detail
    if answer.finding is not None:
        check_contact(answer.finding.contact)
        check_rest(answer.finding)


def check_contact(contact: Contact) -> None:
    for value, strict in (
        (contact.email, addresses.email),
        (contact.phone, lambda number: addresses.phone(number, None)),
        (contact.country, places.country),
        (contact.locale, places.locale),
        (contact.timezone, places.timezone),
    ):
        if value is not None:
            assert strict(value) == value
            assert value.isascii()
    assert contact.name is None or (contact.name.isprintable() and 0 < len(contact.name) <= 200)
    for name in contact.unusable.keys() & {"email", "phone", "country", "locale", "timezone"}:
        assert getattr(contact, name) is None


def check_rest(finding: Finding) -> None:
    for item in finding.items:
        assert item.name
        assert all(text.isprintable() for text in (item.name, item.sku, item.image))
        assert item.image == "" or item.image.lower().startswith(("http://", "https://"))
        assert 1 <= item.quantity <= 1_000_000
    strictjson.parse(json.dumps(dict(finding.attributes)).encode())


@given(order=changed({"status": "ok", "response": {"order": cottoncast_order("3AF7", "41")}}))
def test_anything_from_cottoncast(ask: Callable[[str, str], Answer], order: Any) -> None:
    check(ask("cottoncast", json.dumps(order)))


@given(order=changed(woocommerce_order("41")))
def test_anything_from_woocommerce(ask: Callable[[str, str], Answer], order: Any) -> None:
    check(ask("shop", json.dumps(order)))


CRM = {
    "ref": "41",
    "name": "Jane",
    "email": "jane@example.org",
    "emails": ["joe@example.org"],
    "phone": "06 12345678",
    "locale": "nl",
    "country": "NL",
    "timezone": "Europe/Amsterdam",
    "marketing": True,
    "no": [],
    "total": 49.9,
    "items": [{"name": "Mug", "sku": "M-1", "quantity": 2, "image": "https://img.example/mug.png"}],
}


@given(answer=changed(CRM).filter(lambda value: isinstance(value, dict)))
def test_anything_from_an_endpoint(ask: Callable[[str, str], Answer], answer: Any) -> None:
    check(ask("crm", json.dumps(answer | {"ref": "41"})))


@pytest.mark.parametrize("name", ["cottoncast", "shop", "crm"])
@given(body=st.text(max_size=200) | anything.map(json.dumps))
@example(body="[" * 200_000)
@example(body='{"a":' * 5_000 + "1" + "}" * 5_000)
@example(body="9" * 10_000)
def test_any_body(ask: Callable[[str, str], Answer], name: str, body: str) -> None:
    check(ask(name, body))
