"""Templates are tried on sample orders before a customer meets them."""

from __future__ import annotations

from notifier.core.rules import Shop
from notifier.render.sample import check_template
from tests.render.conftest import Load


def test_what_fails_is_reported_once_with_its_place_and_the_first_sample(load: Load, shop: Shop) -> None:
    templates = load(
        {
            "t/sms.txt": "{{ order.ref }}\n{{ order.totl }}",
            "t/chat.html": "{{ order.shipments[0].link }}x",
            "t/email.txt": "{% if shipment %}{{ shipment.weight }}{% endif %}x",
            "t/subject.txt": "fine",
        }
    )
    assert [str(p) for p in check_template(templates, "t", shop)] == [
        "t/chat.html:1:1: 'order.shipments[0]' is undefined (with the sample order 'no-name-no-parcel')",
        "t/email.txt:1:1: 'shipment.weight' is undefined (with the sample order 'one-of-two-parcels')",
        "t/sms.txt:2:1: 'order.totl' is undefined (with the sample order 'one-parcel')",
    ]


def test_what_was_registered_with_an_order_may_be_missing_and_needs_a_default(load: Load) -> None:
    templates = load(
        {
            "a/sms.txt": "{{ order.attributes.total }}",
            "b/sms.txt": "{{ order.attributes.total|default('-') }}",
        }
    )
    assert len(check_template(templates, "a", Shop())) == 1
    assert check_template(templates, "b", Shop()) == []
