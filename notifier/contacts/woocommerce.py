"""WooCommerce's REST API as a source of contacts: which address to ask, and what the answer says.

Source: WooCommerce REST API v3, "Retrieve an order": `GET /wp-json/wc/v3/orders/<id>`
with HTTP Basic (consumer key and secret). The e-mail address is the billing one:
WooCommerce has no other. A phone number it may have in both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from notifier.contacts import answers, lenient, twoaddresses, values
from notifier.contacts.answers import Reply
from notifier.core.contact import Contact, Finding
from notifier.core.lookup import Answer
from notifier.core.source import Source

LANGUAGE_META = ("wpml_language", "trp_language", "weglot_language", "_locale")
"""Where plugins keep the language of an order, as seen in their public code: WooCommerce Multilingual
(WPML), TranslatePress, Weglot, others. Polylang for WooCommerce adds a field `lang` instead."""

_REF = re.compile(r"[0-9]{1,20}")


def address(source: Source, ref: str, order_id: str) -> str | Answer:  # noqa: ARG001  others ask by it
    """Return the URL to ask, or an Answer if `ref` cannot be a WooCommerce order: its ids are numbers."""
    if not _REF.fullmatch(ref):
        return answers.not_asked("its orders have numbers, and this reference is none")
    return f"{source.url.rstrip('/')}/wp-json/wc/v3/orders/{ref}"


def read(source: Source, reply: Reply, ref: str, order_id: str, now: float) -> Answer:  # noqa: ARG001
    """Return what a reply says of the order `ref`; `now` is Unix seconds UTC.

    Cottoncast's plugin passes an order's id on as `ref`, so the id decides, and
    not the number that a shop may print on its invoices instead.
    """
    if reply.status == 404 and not _is_from_woocommerce(reply.body):
        return answers.down(
            "answers HTTP 404, but not as WooCommerce does: are its url and WordPress' permalinks right?"
        )
    order = answers.document(reply, now)
    if isinstance(order, Answer):
        return order
    if not isinstance(order, dict) or not {"id", "number"} & order.keys():
        return answers.down("answers with JSON that is no order")
    if ref != values.text(order.get("id")):
        return answers.not_found("has another order under this number")
    finding = Finding(
        source.name,
        _contact(order),
        now,
        attributes=lenient.attributes(
            {key: order[key] for key in ("currency", "total") if order.get(key) is not None}
        ),
        items=lenient.items(
            lenient.item(
                line.get("name"),
                line.get("sku"),
                line.get("quantity"),
                values.row(line.get("image")).get("src"),
            )
            for line in values.rows(order.get("line_items"))
        ),
    )
    return answers.found(finding)


def _is_from_woocommerce(body: bytes) -> bool:
    """Tell its own "no such order" from that of a WordPress without its API, or of another server.

    WordPress' REST API names every error with a `code`; `rest_no_route` is that of an unknown path.
    """
    try:
        error = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(error, dict) and error.get("code") not in (None, "rest_no_route")


def _contact(order: Mapping[str, object]) -> Contact:
    billing, shipping = values.row(order.get("billing")), values.row(order.get("shipping"))
    payer, receiver = _person(billing, shipping), _person(shipping, billing)
    return replace(
        twoaddresses.choose(receiver, payer),
        name=receiver.name or payer.name,
        country=receiver.country or payer.country,
        locale=_language(order),
    )


def _person(own: Mapping[str, object], other: Mapping[str, object]) -> Contact:
    name = f"{values.text(own.get('first_name'))} {values.text(own.get('last_name'))}"
    country = own.get("country") or other.get("country")
    return lenient.contact(
        {"name": name, "email": own.get("email"), "phone": own.get("phone"), "country": country}
    )


def _language(order: Mapping[str, object]) -> str | None:
    meta = {
        values.text(entry.get("key")): entry.get("value") for entry in values.rows(order.get("meta_data"))
    }
    told = (order.get("lang"), *(meta.get(key) for key in LANGUAGE_META))
    return next(filter(None, (lenient.contact({"locale": language}).locale for language in told)), None)
