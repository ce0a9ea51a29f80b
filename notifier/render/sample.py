"""Sample orders, to try templates on before a customer does."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from notifier.core import status
from notifier.core.contact import REGISTERED, Contact, Finding
from notifier.core.expression import Facts
from notifier.core.facts import facts
from notifier.core.occasion import UPDATE, Occasion, OccasionKind
from notifier.core.order import Order, assemble
from notifier.core.shop import Shop
from notifier.core.update import RecordedUpdate, Update
from notifier.errors import Problem
from notifier.render.failure import PartError
from notifier.render.links import empty_links
from notifier.render.moments import EVERY, OF_ORDERS, moments
from notifier.render.sample_orders import FEW, SAMPLE_ORDERS, SampleOrder
from notifier.render.templates import Templates

AT = 1622007287.0
"""When all this happens: the time in the publisher's example, 26 May 2021, 05:34:47 UTC."""

_DAY = 86_400.0
_ATTRIBUTES = {"total": 49.9, "currency": "EUR"}

_MAY_BE_ABSENT = "an order without it fails: give a default, as in `order.attributes.x | default('')`"

_LINK = "https://notify.example/unsubscribe/sample"


def samples(
    shop: Shop, code: str = "C", occasion: Occasion = UPDATE, *, rule: str = "", severity: str = ""
) -> dict[str, Facts]:
    """Return the vocabulary of the SAMPLE_ORDERS by name, from the publisher's own example to the worst case.

    Args:
        code: the status code that the update reports.
        occasion: what makes the rule speak.
        rule: the id of the rule.
        severity: how bad its news is, see `notifier.core.facts.facts`.
    """
    return {
        name: _facts(order, shop, code, occasion, rule, severity) for name, order in SAMPLE_ORDERS.items()
    }


def _facts(sample: SampleOrder, shop: Shop, code: str, occasion: Occasion, rule: str, severity: str) -> Facts:
    news = Update("cottoncast", sample.ref, code, "3AF7", AT, sample.shipments)
    updates = [RecordedUpdate(2 if sample.earlier else 1, AT + 3, news)]
    if sample.earlier:
        first = Update("cottoncast", sample.ref, "C", "3AF7", AT - 2 * _DAY, sample.earlier)
        updates.insert(0, RecordedUpdate(1, AT - 2 * _DAY + 3, first))
    contact = sample.contact
    said = [Finding(REGISTERED, contact, AT, "", _ATTRIBUTES, sample.items)] if contact else []
    return facts(
        updates[-1],
        assemble(sample.ref, updates, said),
        shop,
        AT + 5,
        shipment=sample.about,
        late=sample.late,
        unsubscribe_url=f"{shop.url or 'https://notify.example'}/unsubscribe/sample" if contact else "",
        rule=rule,
        severity=severity,
        occasion=occasion,
    )


def check_unsubscribe(templates: Templates, name: str, shop: Shop) -> list[Problem]:
    """Return a problem for every part of template `name` whose mails would lack the link to unsubscribe.

    Parts that fail are passed over: `check_template` tells of them.
    """
    found: dict[str, Problem] = {}
    for sample, vocabulary in samples(shop, _code(name)).items():
        for part in sorted(templates.parts(name) & {"email.html", "email.txt"}):
            try:
                words = templates.part(name, part, {**vocabulary, "unsubscribe_url": _LINK}, None, None)
            except PartError:
                continue
            if _LINK not in words:
                file = f"{name}/{part}"
                text = "is sent as marketing, and does not show `unsubscribe_url`"
                hint = f"with the sample order '{sample}'; see docs/rules.md, category"
                found.setdefault(file, Problem(file, 0, 0, text, hint))
    return list(found.values())


def check_template(
    templates: Templates, name: str, shop: Shop, kinds: Collection[OccasionKind] | None = None
) -> list[Problem]:
    """Render every part of template `name` with every sample; return what fails or leads nowhere, each once.

    The samples report the status that the template is named after, else that the order was shipped.
    The hint names the first sample that a problem showed with. No problems does
    not mean that none can come: an order may lack what all samples have.

    Where only an attribute is missing that the shop's own orders may well have, the problem `waits`.

    Args:
        kinds: the occasions that it can meet; default: every one for a template that is for
            operators, else those of orders.
    """
    if kinds is None:
        kinds = EVERY if name in templates.for_operators else OF_ORDERS
    orders = samples(shop, _code(name))
    tried = {f"the sample order '{name}'": told for name, told in orders.items()}
    if OF_ORDERS.isdisjoint(kinds):
        tried = {}
    for occasion, told in moments(shop, orders["one-parcel"], kinds).items():
        tried[f"the sample occasion '{occasion}'"] = told
    few = {f"the sample order '{name}'" for name in FEW}
    found: dict[tuple[str, int, str], Problem] = {}
    for sample, vocabulary in tried.items():
        contact = vocabulary["contact"]
        assert isinstance(contact, Contact)
        others = templates.languages[1:] if sample in few or OF_ORDERS.isdisjoint(kinds) else ()
        for locale, part in _ways(templates, name, contact.locale, others):
            hint = f"with {sample}"
            try:
                words = templates.part(name, part, vocabulary, locale, contact.timezone, contact.country)
            except PartError as error:
                p = error.problem
                lacks = _renders(templates, name, part, _with_any_attribute(vocabulary), locale)
                why = f"{hint}; {_MAY_BE_ABSENT}" if lacks else hint
                problem = Problem(p.file, p.line, p.column, p.text, why, waits=lacks)
                found.setdefault((p.file, p.line, p.text), problem)
                continue
            for text in empty_links(words) if part.endswith(".html") else ():
                found.setdefault((part, 0, text), Problem(f"{name}/{part}", 0, 0, f"shows {text}", hint))
    return sorted(found.values())


class _AnyAttribute(dict[str, object]):
    """Attributes of an order that has whatever is asked for."""

    def __missing__(self, key: str) -> object:
        return _AnyAttribute()

    def __str__(self) -> str:
        return "…"


def _with_any_attribute(vocabulary: Facts) -> Facts:
    order = vocabulary["order"]
    assert isinstance(order, Order)
    return {**vocabulary, "order": replace(order, attributes=_AnyAttribute(order.attributes))}


def _renders(templates: Templates, name: str, part: str, vocabulary: Facts, locale: str | None) -> bool:
    try:
        templates.part(name, part, vocabulary, locale, None)
    except PartError:
        return False
    return True


def _ways(
    templates: Templates, name: str, own: str | None, others: Collection[str]
) -> Iterator[tuple[str | None, str]]:
    """Yield every language with every part."""
    for locale in (own, *others):
        for part in sorted(templates.parts(name)):
            yield locale, part


def _code(name: str) -> str:
    """Return the status that a template is named after, else that the order was shipped."""
    return status.CODES.get(name.rpartition("/")[2], "C")
