"""What any JSON endpoint says of an order, read by JMESPath."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notifier.contacts import mapped
from notifier.contacts.answers import Reply
from notifier.core.contact import Contact, Finding, Item
from notifier.core.flaw import Flaw
from notifier.core.lookup import Answer, AnswerKind
from notifier.core.source import Source, SourceKind
from notifier.errors import RenderError
from tests.factories import JANE, T0

FIELDS = {
    "ref": "data.number",
    "name": "join(' ', data.customer.[first, last])",
    "email": "data.customer.emails[0]",
    "phone": "data.customer.phone",
    "country": "data.customer.country",
    "items": "data.lines[].{name: title, sku: code, quantity: count, image: picture}",
}
ANSWER = {
    "data": {
        "number": 41,
        "customer": {
            "first": "Jane",
            "last": "Example",
            "emails": ["jane@example.org"],
            "phone": "06 12345678",
            "country": "NL",
        },
        "lines": [{"title": "Mug", "code": "M-1", "count": 2, "picture": "https://img.example/m.png"}],
        "sum": {"total": 49.9},
    }
}


def source(fields: dict[str, str] = FIELDS, **attributes: str) -> Source:
    return Source("crm", SourceKind.HTTP, fields=fields, attributes=attributes)


def ask(document: Any, crm: Source, ref: str = "41") -> Answer:
    return mapped.read(
        crm, Reply(200, "application/json", body=json.dumps(document).encode()), ref, "3AF7", T0
    )


def test_an_answer_is_read_by_its_paths() -> None:
    assert ask(ANSWER, source(total="data.sum.total", gone="data.nothing")).finding == Finding(
        "crm",
        JANE,
        T0,
        "3AF7",
        {"total": 49.9},
        (Item("Mug", "M-1", 2, "https://img.example/m.png"),),
    )


def test_every_field_has_its_path() -> None:
    given = {
        "n": "Jane",
        "e": "jane@example.org",
        "p": "+31612345678",
        "l": "nl",
        "c": "NL",
        "t": "Europe/Amsterdam",
        "m": 1,
        "d": 0,
    }
    fields = {
        "name": "n",
        "email": "e",
        "phone": "p",
        "locale": "l",
        "country": "c",
        "timezone": "t",
        "marketing": "m",
        "do_not_contact": "d",
    }

    finding = ask(given, source(fields)).finding

    assert finding is not None
    assert finding.contact == Contact(
        "Jane", "jane@example.org", "+31612345678", "nl", "NL", "Europe/Amsterdam", marketing=True
    )
    assert fields.keys() | {"ref", "items"} == mapped.FIELDS


@pytest.mark.parametrize(
    ("path", "document", "email"),
    [
        pytest.param("email", {"email": "jane@example.org"}, "jane@example.org", id="plain"),
        pytest.param("[0].email", [{"email": "jane@example.org"}], "jane@example.org", id="list-of-hits"),
        pytest.param(
            "people[?role=='receiver'] | [0].mail",
            {
                "people": [
                    {"role": "payer", "mail": "joe@example.org"},
                    {"role": "receiver", "mail": "jane@example.org"},
                ]
            },
            "jane@example.org",
            id="filter",
        ),
        pytest.param("customer.email", {"customer": None}, None, id="nothing-there"),
        pytest.param("length(customer)", {"customer": None}, None, id="a-function-that-fails"),
        pytest.param("&customer", {"customer": 1}, None, id="an-expression"),
    ],
)
def test_a_path_that_leads_nowhere_gives_nothing(path: str, document: Any, email: str | None) -> None:
    finding = ask(document, source({"email": path, "locale": "'nl'"})).finding

    assert finding is not None
    assert finding.contact.email == email


@pytest.mark.parametrize("number", ["42", 42, "410", None, True, ["41"], " "], ids=repr)
def test_an_answer_that_does_not_name_our_order_is_not_taken(number: Any) -> None:
    answer = ask({"data": ANSWER["data"] | {"number": number}}, source())

    assert answer == Answer(AnswerKind.NOT_FOUND, detail="answers, but does not name this order as its own")


@pytest.mark.parametrize("document", [{}, [], {"customer": {}}], ids=repr)
def test_an_answer_with_nothing_in_it_is_no_hit(document: Any) -> None:
    assert ask(document, source({"email": "customer.email"})).kind is AnswerKind.NOT_FOUND


def test_an_answer_with_an_unusable_address_is_a_hit_with_a_reason() -> None:
    finding = ask({"email": "jane@"}, source({"email": "email"})).finding

    assert finding is not None
    assert finding.contact.unusable == {"email": Flaw.MALFORMED}


def address(ref: str, order_id: str = "") -> str | Answer:
    crm = Source(
        "crm", SourceKind.HTTP, address=lambda ref, order_id: f"https://crm.example/{ref}/{order_id}"
    )
    return mapped.address(crm, ref, order_id)


def test_the_address_is_made_by_the_rules() -> None:
    assert address("41", "3AF7") == "https://crm.example/41/3AF7"


@pytest.mark.parametrize(
    ("ref", "order_id"),
    [("..", ""), (".", ""), ("41", ".."), ("a/../b", ""), ("41", "a\\..\\b"), ("../41", "")],
)
def test_what_would_climb_in_a_path_is_not_asked_for(ref: str, order_id: str) -> None:
    answer = address(ref, order_id)

    assert isinstance(answer, Answer)
    assert answer.kind is AnswerKind.NOT_FOUND


def test_an_address_that_cannot_be_made_is_said_in_its_own_words() -> None:
    def failing(ref: str, order_id: str) -> str:
        raise RenderError("rules.yaml:7: order.id is empty")

    answer = mapped.address(Source("crm", SourceKind.HTTP, address=failing), "41", "")

    words = "cannot be asked: rules.yaml:7: order.id is empty"
    assert answer == Answer(AnswerKind.NOT_FOUND, detail=words, asked=False)
