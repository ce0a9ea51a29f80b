"""Sample orders, to try templates on before a customer does."""

from __future__ import annotations

from collections.abc import Collection

from notifier.core import status
from notifier.core.contact import REGISTERED, Contact, Finding, Item
from notifier.core.expression import Facts
from notifier.core.facts import facts
from notifier.core.occasion import OccasionKind
from notifier.core.order import assemble
from notifier.core.shop import Shop
from notifier.core.update import RecordedUpdate, Shipment, Update
from notifier.errors import Problem
from notifier.render.failure import PartError
from notifier.render.moments import EVERY, OF_ORDERS, moments
from notifier.render.templates import Templates

_AT = 1622007287.0  # the time in the publisher's example, 26 May 2021, 05:34:47 UTC

_POSTNL = Shipment(
    carrier="postnl",
    carrier_name="Postnl",
    tracking_code="3SCEBU123456789",
    tracking_url="https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB",
    new=True,
)
_DHL = Shipment(
    carrier="dhl",
    carrier_name="DHL",
    tracking_code="JVGL0123456789012345",
    tracking_url="https://www.dhl.com/nl-en/home/tracking.html?tracking-id=JVGL0123456789012345&submit=1",
)
_JANE = Contact("Jane", "jane@example.com", "+31612345678", "en", "NL", "Europe/Amsterdam", marketing=True)
_ATTRIBUTES = {"total": 49.9, "currency": "EUR"}
_ITEMS = (
    Item("T-shirt, blue, M", "TS-BLUE-M", 2, "https://shop.example/images/ts-blue.jpg"),
    Item("Mug", "MUG-1"),
)

_LINK = "https://notify.example/unsubscribe/sample"

_HOSTILE = '<b onclick="x()">{{ 7*7 }}</b>\r\n{% raw %}&amp;<!channel>\'\u202e\u200b\x00\ud800'


def samples(shop: Shop, code: str = "C") -> dict[str, Facts]:
    """Return the vocabulary of some orders by name, from the publisher's own example to the worst case.

    Args:
        code: the status code that the update reports.
    """

    def sample(
        shipments: tuple[Shipment, ...],
        contact: Contact | None,
        items: tuple[Item, ...] = (),
        *,
        ref: str = "41",
        about: Shipment | None = None,
        late: bool = False,
    ) -> Facts:
        update = RecordedUpdate(1, _AT + 3, Update("cottoncast", ref, code, "3AF7", _AT, shipments))
        said = [Finding(REGISTERED, contact, _AT, "", _ATTRIBUTES, items)] if contact else []
        link = f"{shop.url or 'https://notify.example'}/unsubscribe/sample" if contact else ""
        order = assemble(ref, [update], said)
        return facts(update, order, shop, _AT + 5, shipment=about, late=late, unsubscribe_url=link)

    awkward = Contact(_HOSTILE, _HOSTILE, _HOSTILE, _HOSTILE, _HOSTILE, _HOSTILE)
    bad = Shipment(_HOSTILE, _HOSTILE, _HOSTILE, "javascript:alert(1)//" + _HOSTILE)
    return {
        "one-parcel": sample((_POSTNL,), _JANE),
        "two-parcels": sample((_POSTNL, _DHL), _JANE),
        "one-of-two-parcels": sample((_POSTNL, _DHL), _JANE, about=_DHL),
        "with-items": sample((_POSTNL,), _JANE, _ITEMS),
        "no-name-no-parcel": sample((), None),
        "awkward": sample((bad,), awkward, (Item(_HOSTILE, _HOSTILE, 0),), ref=_HOSTILE, late=True),
    }


def check_unsubscribe(templates: Templates, name: str, shop: Shop) -> list[Problem]:
    """Return a problem for every part of template `name` whose mails would lack the link to unsubscribe.

    Parts that fail are passed over: `check_template` tells of them.
    """
    found: dict[str, Problem] = {}
    for sample, vocabulary in samples(shop, status.CODES.get(name, "C")).items():
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
    """Render every part of template `name` with every sample; return what failed, each problem once.

    The samples report the status that the template is named after, else that the order was shipped.
    The hint names the first sample that a problem showed with. No problems does
    not mean that none can come: an order may lack what all samples have.

    Args:
        kinds: the occasions that it can meet; default: every one for a template that is for
            operators, else those of orders.
    """
    if kinds is None:
        kinds = EVERY if name in templates.for_operators else OF_ORDERS
    orders = samples(shop, status.CODES.get(name, "C"))
    tried = {f"the sample order '{name}'": told for name, told in orders.items()}
    if OF_ORDERS.isdisjoint(kinds):
        tried = {}
    for occasion, told in moments(shop, orders["one-parcel"], kinds).items():
        tried[f"the sample occasion '{occasion}'"] = told
    found: dict[tuple[str, int, str], Problem] = {}
    for sample, vocabulary in tried.items():
        contact = vocabulary["contact"]
        assert isinstance(contact, Contact)
        for part in sorted(templates.parts(name)):
            try:
                templates.part(name, part, vocabulary, contact.locale, contact.timezone, contact.country)
            except PartError as error:
                p = error.problem
                hint = f"with {sample}"
                found.setdefault((p.file, p.line, p.text), Problem(p.file, p.line, p.column, p.text, hint))
    return sorted(found.values())
