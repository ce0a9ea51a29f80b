"""`if:` and `to:`: what they see, what they give, and what they say when they cannot."""

from __future__ import annotations

import pytest

from notifier.config.expressions import ATTRIBUTES, address, condition
from notifier.config.mistake import Mistake
from notifier.core.contact import Contact, Item
from notifier.core.expression import Facts
from notifier.core.facts import NAMES, WORDS, facts
from notifier.core.order import Order
from notifier.core.shop import Shop
from notifier.core.update import RecordedUpdate, Shipment, Update
from notifier.errors import RenderError

PRIVATE = "anna.secret@example.org"


def known(
    contact: Contact | None = None,
    attributes: dict[str, object] | None = None,
    shipment: Shipment | None = None,
) -> Facts:
    update = RecordedUpdate(1, 1_700_000_000.0, Update("cottoncast", "1001", "C"))
    order = Order("1001", contact=contact, attributes=attributes or {}, code="C")
    return facts(update, order, Shop(name="Shop"), 1_700_000_000.0, shipment=shipment)


BIG_AND_ABROAD = "order.attributes.total | default(0) | float > 200 and order.country != 'NL'"


@pytest.mark.parametrize(
    ("attributes", "country", "verdict"),
    [
        ({"total": 250}, "BE", True),
        ({"total": "250.50"}, "BE", True),
        ({"total": 250}, "NL", False),
        ({"total": 200}, "BE", False),
        ({"total": None}, "BE", False),
        ({"total": "much"}, "BE", False),
        ({}, "BE", False),
    ],
)
def test_an_attribute_may_be_missing_where_default_stands(
    attributes: dict[str, object], country: str, verdict: bool
) -> None:
    assert condition(BIG_AND_ABROAD)(known(Contact(country=country), attributes)) is verdict


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ("true", True),
        ("late", False),
        ("not late", True),
        ("update.status == 'collected'", True),
        ("order.shipments | selectattr('new') | list | length > 0", False),
        ("order.attributes.items == 3", True),
        ("order.attributes['items'] == 3", True),
        ("order.attributes.nested.deep == 'x'", True),
        ("shop.name == 'Shop' and now.year == 2023", True),
        ("contact.email is none", True),
        ("'x' in order.attributes.tags", True),
        ("order.attributes.gone is defined", False),
    ],
)
def test_expressions_see_the_vocabulary(source: str, verdict: bool) -> None:
    attributes: dict[str, object] = {"items": 3, "nested": {"deep": "x"}, "tags": ["x"]}
    assert condition(source)(known(attributes=attributes)) is verdict


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("2 + 3", "`if` gave 5, not true or false"),
        ("contact.email", "`if` gave text, not true or false"),
        ("contact.phone", "`if` gave nothing, not true or false"),
        ("order.attributes.gone", "`if` gave something that is missing, not true or false"),
        ("order.attributes", "`if` gave a block of keys, not true or false"),
        ("order", "`if` gave another kind of value, not true or false"),
        (
            "order.attributes.gone > 5",
            "`if` failed: `gone` is missing (write `| default(…)` where that may be)",
        ),
        (
            "shipment.carrier == 'dpd'",
            "`if` failed: `carrier` is missing (write `| default(…)` where that may be)",
        ),
        ("order.attributes[contact.email] > 1", "`if` failed: something that it asks for is missing"),
        (
            "contact.email > 5",
            "`if` failed: it mixes kinds of values "
            "(write `| float` or `| string` to turn one into the other)",
        ),
        ("1 / order.attributes.none == 1", "`if` failed: it divides by zero"),
        ("contact.email | round > 1", None),
        ("contact.email.encode('no such codec') == 1", None),
        ("order.contact.__class__ == 1", None),
    ],
)
def test_what_goes_wrong_is_told_without_values(source: str, text: str | None) -> None:
    with pytest.raises(RenderError) as error:
        condition(source)(known(Contact(email=PRIVATE), {"none": 0}))
    if text is not None:
        assert str(error.value) == text
    assert PRIVATE not in str(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize(
    ("source", "text", "hint"),
    [
        ("ordr.ref == '1'", "asks for `ordr`, which does not exist", "did you mean `order`?"),
        ("contact.emial == ''", "asks for `contact.emial`, which does not exist", "did you mean `email`?"),
        (
            "order['attribute'].x",
            "asks for `order.attribute`, which does not exist",
            "did you mean `attributes`?",
        ),
        ("contact.__class__ == 1", "asks for `contact.__class__`, which does not exist", None),
        (
            "ordr.ref == contct.x",
            "asks for `contct`, `ordr`, which does not exist",
            "did you mean `contact`?; did you mean `order`?",
        ),
        ("range(3) == 3", "asks for `range`, which does not exist", None),
        ("late | lenght > 1", "uses an unknown filter `lenght`", "did you mean `length`?"),
        ("late is definde", "uses an unknown test `definde`", "did you mean `defined`?"),
        (
            "late = true",
            "is not an expression: something follows the end of the expression",
            "compare with ==",
        ),
        ("late && late", "is not an expression: unexpected char '&' at 5", "write `and` for &&"),
        ("late || late", "is not an expression: expected token 'name', got '|'", "write `or` for ||"),
        ("!late", "is not an expression: unexpected char '!' at 0", "write `not` for !"),
        (
            "late ==",
            "is not an expression: unexpected 'end'",
            "is something missing? after a space, # begins a comment",
        ),
        (
            "{{ late }}",
            "is not an expression: expected token ':', got '}'",
            "`if` is an expression already: leave out the braces",
        ),
        ("(" * 900 + "late" + ")" * 900, "is not an expression: nested too deeply", ""),
    ],
)
def test_mistakes_are_found_when_the_rules_are_loaded(source: str, text: str, hint: str | None) -> None:
    with pytest.raises(Mistake) as refused:
        condition(source)
    assert refused.value.text == text
    if hint is not None:
        assert refused.value.hint == hint


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{{ contact.email }}", PRIVATE),
        ("  {{ contact.email }} ", PRIVATE),
        ("{{ contact.phone }}", ""),
        ("{{ contact.phone or contact.email }}", PRIVATE),
        ("{% if contact.phone %}{{ contact.phone }}{% endif %}", ""),
        ("{{ order.attributes.manager | default('ops@shop.example') }}", "ops@shop.example"),
        ("{{ order.attributes.nothing }}", ""),
    ],
)
def test_an_address_is_text_without_space_around_it_and_empty_for_none(source: str, found: str) -> None:
    assert address(source)(known(Contact(email=PRIVATE), {"nothing": None})) == found


def test_a_value_of_the_contact_is_never_run_as_a_template() -> None:
    assert address("{{ contact.name }}")(known(Contact(name="{{ 7 * 7 }}"))) == "{{ 7 * 7 }}"


def test_an_address_that_needs_a_missing_attribute_fails_with_its_name() -> None:
    with pytest.raises(RenderError) as error:
        address("{{ order.attributes.manager }}")(known())
    assert str(error.value) == "`to` failed: `manager` is missing (write `| default(…)` where that may be)"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ contact.emial }}", "asks for `contact.emial`, which does not exist"),
        ("{{ customer.email }}", "asks for `customer`, which does not exist"),
        ("{{ contact.email }", "is not a template: unexpected '}'"),
        ("{% for s in order.shipments %}", None),
        ("{{ contact.email | lwer }}", "uses an unknown filter `lwer`"),
    ],
)
def test_a_template_that_cannot_work_is_refused(source: str, text: str | None) -> None:
    with pytest.raises(Mistake) as refused:
        address(source)
    if text is not None:
        assert refused.value.text == text


def test_the_vocabulary_knows_what_was_ordered_and_leaves_to_templates_what_is_theirs() -> None:
    assert {"items", "source", "contact_at", "registered", "forgotten"} <= ATTRIBUTES["order"]
    assert {"channels", "marketing", "do_not_contact", "unusable", "refused"} <= ATTRIBUTES["contact"]
    condition("order.items | selectattr('sku', 'equalto', 'MUG-1') | list | length > 0")
    for name in set(WORDS) - set(NAMES):
        with pytest.raises(Mistake):
            condition(f"{name} == ''")


def test_what_was_ordered_can_be_asked_for() -> None:
    known_order = Order("41", items=(Item("Mug", "MUG-1", 2), Item("Shirt", "TS-1")))
    told = {"order": known_order}
    assert condition("order.items | map(attribute='quantity') | sum > 2")(told) is True
    assert condition("order.items[0].sku == 'MUG-1'")(told) is True
