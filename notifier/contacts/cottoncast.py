"""Cottoncast's order API as a source of contacts: which address to ask, and what the answer says.

Source: the publisher's API page. `GET {base}/order/{orderID}` with HTTP Basic
answers `{"status": "ok", "response": {"order": {...}}}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from notifier.contacts import answers, lenient, twoaddresses, values
from notifier.contacts.answers import Reply
from notifier.core.contact import Contact, Finding
from notifier.core.lookup import Answer
from notifier.core.source import Source

BASE = "https://api.cottoncast.com"
"""Where it is, unless the source has a `url` of its own."""

_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SAYS_NOT_FOUND = re.compile(r"not found|no such order|unknown order|does ?n[o']t exist", re.IGNORECASE)


def address(source: Source, ref: str, order_id: str) -> str | Answer:  # noqa: ARG001  others ask by it
    """Return the URL to ask, or an Answer if there is nothing to ask for.

    Args:
        order_id: Cottoncast's id, from the webhook: only letters, digits, _ and - ever reach the path.
    """
    if not order_id:
        return answers.not_asked("the webhook named no orderID")
    if not _ORDER_ID.fullmatch(order_id):
        return answers.not_asked("the webhook's orderID is not of letters, digits, _ and -")
    return f"{(source.url or BASE).rstrip('/')}/order/{order_id}"


def read(source: Source, reply: Reply, ref: str, order_id: str, now: float) -> Answer:
    """Return what a reply says of the shop's order `ref`; `now` is Unix seconds UTC.

    An order that names another shop's reference is not taken: nobody may get
    somebody else's mail.
    """
    document = answers.document(reply, now)
    if isinstance(document, Answer):
        return document
    if not isinstance(document, dict):
        return answers.down("answers with a list instead of an order")
    if document.get("status") != "ok":
        return _error(document)
    response = document.get("response")
    if not isinstance(response, dict) or "order" not in response:
        return answers.down("answers without response.order")
    order = values.row(response["order"])
    if not order:
        return answers.not_found("answers with an empty order")
    theirs = values.text(values.row(order.get("store")).get("order_id"))
    if theirs and theirs != ref:
        return answers.not_found("has another order under this orderID")
    finding = Finding(
        source.name,
        _contact(values.row(order.get("addresses"))),
        now,
        order_id,
        items=lenient.items(
            lenient.item(
                line.get("name"), line.get("sku"), line.get("qty"), line.get("thumb"), line.get("image")
            )
            for line in values.rows(order.get("line_items"))
        ),
    )
    return answers.found(finding)


def _error(document: Mapping[str, object]) -> Answer:
    if document.get("status") == "error" and _SAYS_NOT_FOUND.search(values.text(document.get("message"))):
        return answers.not_found("has no such order")
    return answers.down("answers HTTP 200, but not with status ok")


def _contact(addresses: Mapping[str, object]) -> Contact:
    shipping, billing = values.row(addresses.get("shipping")), values.row(addresses.get("billing"))
    return twoaddresses.choose(_person(shipping, billing), _person(billing, shipping))


def _person(own: Mapping[str, object], other: Mapping[str, object]) -> Contact:
    """Read one address; the phone number with its country, else with that of the other."""
    name = f"{values.text(own.get('fname'))} {values.text(own.get('name'))}"
    country = own.get("country") or other.get("country")
    return lenient.contact(
        {"name": name, "email": own.get("email"), "phone": own.get("phone"), "country": country}
    )
