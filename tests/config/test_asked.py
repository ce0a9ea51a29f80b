"""What expressions and addresses ask for decides which rules wait until the customer is known."""

from __future__ import annotations

import pytest

from notifier.config import asked
from notifier.config.expressions import address_tree, condition_tree


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ("{{ contact.email }}", True),
        ("{{ contact['phone'] }}", True),
        ("{{ order.contact.email }}", True),
        ("{{ order.attributes.contact }}", False),
        ("{{ shop.support_email }}", False),
        ("contact@shop.example", False),
    ],
)
def test_it_is_known_whether_an_address_speaks_of_the_contact(source: str, verdict: bool) -> None:
    assert asked.speaks_of_contact(address_tree(source)) is verdict


@pytest.mark.parametrize(
    "source",
    [
        "contact.country == 'NL'",
        "contact is defined",
        "order.contact.locale == 'nl'",
        "order.country == 'NL'",
        "order['country'] == 'NL'",
        "order.attributes.total > 5",
        "order.attributes['contact'] == 1",
        "order.items | length > 1",
        "order.source == 'cottoncast'",
        "order.contact_at is not none",
        "order == 5",
        "order[update.code] == 5",
        "[order] | length == 1",
        "order.ref == '41' and order | string == 'x'",
    ],
)
def test_a_condition_on_the_customer_or_what_is_found_with_her_needs_the_contact(source: str) -> None:
    assert asked.needs_contact(condition_tree(source))


@pytest.mark.parametrize(
    "source",
    [
        "order.ref == '41'",
        "order.status == 'lost'",
        "order.shipments | length > 1",
        "order['reached'] | length > 1",
        "update.code == 'X' and not late",
        "shop.name == 'contact'",
        "now.hour > 8",
    ],
)
def test_a_condition_on_the_news_alone_does_not(source: str) -> None:
    assert not asked.needs_contact(condition_tree(source))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("{{ contact.email }}", {"email"}),
        ("{{ contact['phone'] }}", {"phone"}),
        ("{{ order.contact.phone }}", {"phone"}),
        ("{{ contact.email or contact.phone }}", {"email", "phone"}),
        ("{{ order.attributes.email }}", set()),
        ("ops@shop.example", set()),
    ],
)
def test_the_fields_that_an_address_is_made_of_are_known(source: str, names: set[str]) -> None:
    assert asked.contact_fields(address_tree(source)) == names
