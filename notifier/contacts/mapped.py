"""Any JSON endpoint as a source of contacts: JMESPath says where in its answer things stand.

Source: the JMESPath specification (jmespath.org). A path that leads nowhere, or
fails on this answer, gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from notifier.contacts import answers, lenient, values
from notifier.contacts.answers import Reply
from notifier.core.contact import Contact, Finding
from notifier.core.lookup import Answer
from notifier.core.source import Source
from notifier.errors import RenderError

FIELDS = frozenset(
    {"name", "email", "phone", "locale", "country", "timezone", "marketing", "do_not_contact", "ref", "items"}
)
"""What `Source.fields` may say the place of: fields of the contact, `ref` by which the answer names
the order that it is about, and `items`, a list of objects with name, sku, quantity and image."""


def address(source: Source, ref: str, order_id: str) -> str | Answer:
    """Return the URL to ask, or an Answer if none can be made for this order.

    A `..` stays what it is when a URL is encoded, and clients and servers alike
    follow it upwards (RFC 3986, 5.2.4): such a reference is not asked for.
    """
    if any(part in (".", "..") for value in (ref, order_id) for part in re.split(r"[/\\]", value)):
        return answers.not_asked("the order's reference or id cannot stand in a URL")
    if source.address is None:
        return answers.down("cannot be asked: it has no url")
    try:
        return source.address(ref, order_id)
    except RenderError as error:
        return answers.not_asked(str(error))


def read(source: Source, reply: Reply, ref: str, order_id: str, now: float) -> Answer:
    """Return what a reply says of the order `ref`; `now` is Unix seconds UTC.

    If `fields` say where the answer names its order, an answer that names another
    one or none is not taken: nobody may get somebody else's mail.
    """
    document = answers.document(reply, now)
    if isinstance(document, Answer):
        return document
    told = {name: _find(path, document) for name, path in source.fields.items()}
    if "ref" in told and values.text(told["ref"]) != ref:
        return answers.not_found("answers, but does not name this order as its own")
    finding = Finding(
        source.name,
        lenient.contact(told),
        now,
        order_id,
        lenient.attributes(
            {
                name: value
                for name, path in source.attributes.items()
                if (value := _find(path, document)) is not None
            }
        ),
        lenient.items(_item(line) for line in values.rows(told.get("items"))),
    )
    if finding.contact == Contact() and not finding.attributes and not finding.items:
        return answers.not_found("answers, but with nothing where its fields say")
    return answers.found(finding)


def _find(path: str, document: Any) -> object:
    try:
        found: object = jmespath.search(path, document)
    except JMESPathError:
        return None
    return found


def _item(line: Mapping[str, object]) -> Any:
    return lenient.item(line.get("name"), line.get("sku"), line.get("quantity"), line.get("image"))
