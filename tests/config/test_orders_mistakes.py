"""What operators get wrong in the blocks orders, sources and retention, and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.config.rulefile import load_rules
from notifier.errors import RulesError

BLOCKS = """\
version: 1
orders:
  unknown: hold
  sources: [registered, crm]
  retry: { for: 24h }
  missing_contact: { send: slack, template: other }
sources:
  cottoncast: { user: shop }
  crm:
    url: "https://crm.example/{{ order.ref }}"
    fields: { email: customer.email }
retention: { bodies: 90d }
channels:
  email: { url: x://y, to: "{{ contact.email }}" }
  slack: { url: x://y }
rules:
  - id: shipped
    when: shipped
    category: order
    send: email
"""
TOP_LEVEL = (
    "(known: brake, calendars, channels, defaults, mute, orders, retention, rules, shop, sources, version, "
    "windows)"
)
MAKE_IT = "(make the folder templates/contact-missing; known: other, shipped)"
NAME_HINT = "(small letters, digits, - and _, at most 63, beginning with a letter or digit)"
DURATION_HINT = "(write for example 30s, 15m, 24h, 3d or 1h30m, or forever)"

MISTAKES = [
    (
        "unknown: hold",
        "unknown: held",
        ["3:12: `unknown` must be hold or accept, not `held` (did you mean `hold`?)"],
    ),
    ("unknown: hold", "unkown: hold", ["3:3: unknown key `unkown` (did you mean `unknown`?)"]),
    (
        "unknown: hold",
        "hold_for: 14",
        ["3:13: `hold_for` needs a unit (write 14s for seconds, 14m for minutes, 14h for hours)"],
    ),
    ("unknown: hold", "hold_for: forver", ["3:13: `hold_for` is not a duration " + DURATION_HINT]),
    (
        "unknown: hold",
        "hold_for: 0s",
        ["3:13: `hold_for` must be longer than 0s (to take such updates at once write `unknown: accept`)"],
    ),
    (
        "unknown: hold",
        "max_contact_age: a week",
        ["3:20: `max_contact_age` is not a duration " + DURATION_HINT],
    ),
    ("[registered, crm]", "registered", ["4:12: `sources` must be a list, not text"]),
    ("[registered, crm]", "[]", ["4:12: `sources` is empty (write at least one)"]),
    (
        "[registered, crm]",
        "[registered, cotoncast]",
        ["4:25: there is no source `cotoncast` (did you mean `cottoncast`?)"],
    ),
    (
        "[registered, crm]",
        "[registered, crm, registered]",
        ["4:30: `registered` is listed twice (the first in the list takes precedence)"],
    ),
    (
        "[registered, crm]",
        "[registered, Cottoncast]",
        ["4:25: entry 2 of `sources` is not a usable name " + NAME_HINT],
    ),
    (
        "[registered, crm]",
        "[registered, 5]",
        ["4:25: entry 2 of `sources` must be text, not a number (put it in quotes)"],
    ),
    (
        "[registered, crm]",
        "[registered, { cottoncast: {} }]",
        ["4:25: entry 2 of `sources` must be text, not a block of keys"],
    ),
    (
        "retry: { for: 24h }",
        "retry: 24h",
        ["5:10: `retry` must be a block of keys, not text (a `:` needs a space after it)"],
    ),
    (
        "retry: { for: 24h }",
        "retry: { within: 24h }",
        ["5:12: unknown key `within` (known: factor, first, for, max)"],
    ),
    (
        "retry: { for: 24h }",
        "retry: { first: 5m, max: 1m }",
        ["5:10: `retry` begins with a wait above its `max` (write `first` at most as long as `max`)"],
    ),
    (
        "retry: { for: 24h }",
        "retry: { first: 16m }",
        ["5:10: `retry` begins with a wait above its `max` (write `first` at most as long as `max`)"],
    ),
    ("retry: { for: 24h }", "retry: { first: 15m }", []),
    ("retry: { for: 24h }", "retry: { max: 1s }", []),
    ("retry: { for: 24h }", "retry: { factor: 0.5 }", ["5:20: `factor` must be 1 or more"]),
    (
        "send: slack, template: other",
        "send: slak",
        [
            "6:28: there is no channel `slak` (did you mean `slack`?)",
            "6:28: there is no template `contact-missing` " + MAKE_IT,
        ],
    ),
    ("send: slack, template: other", "template: other", ["6:3: `send` is missing"]),
    (
        "send: slack, template: other",
        "send: slack",
        ["6:28: there is no template `contact-missing` " + MAKE_IT],
    ),
    (
        "send: slack, template: other",
        "send: slack, once: contact",
        [
            "6:28: there is no template `contact-missing` " + MAKE_IT,
            "6:41: `once` must be order or status, not `contact`",
        ],
    ),
    (
        "send: slack, template: other",
        "send: slack, when: lost",
        [
            "6:28: there is no template `contact-missing` " + MAKE_IT,
            "6:35: unknown key `when` (known: group, once, send, template)",
        ],
    ),
    (
        "missing_contact: { send: slack, template: other }",
        "missing_contact: slack",
        [
            "6:20: `missing_contact` must be a block of keys, not text "
            "(write missing_contact: { send: slack })"
        ],
    ),
    (
        "orders:\n  unknown: hold",
        "orders: hold\nx:\n  unknown: hold",
        [
            "2:9: `orders` must be a block of keys, not text (a `:` needs a space after it)",
            "3:1: unknown key `x` " + TOP_LEVEL,
        ],
    ),
    (
        "  crm:\n",
        "  registered: {}\n  crm:\n",
        [
            "9:3: `fields` is missing (a source needs it unless it is called cottoncast or woocommerce)",
            "9:3: `registered` is no remote source (remove it: what the shop registers has no settings)",
            "9:3: `url` is missing",
        ],
    ),
    (
        "cottoncast: { user: shop }",
        "cottoncast: { usr: shop }",
        ["8:17: unknown key `usr` (did you mean `user`?)"],
    ),
    (
        "cottoncast: { user: shop }",
        "cottoncast: { key: shop }",
        ["8:17: unknown key `key` (known: secret, timeout, url, user)"],
    ),
    (
        "cottoncast: { user: shop }",
        'cottoncast: { secret: "x${env:SECRET}" }',
        [
            "8:25: `secret` holds a `${…}` that is not the whole value "
            "(put the complete value into the variable)"
        ],
    ),
    (
        "cottoncast: { user: shop }",
        "cottoncast: { url: http://api.cottoncast.com }",
        ["8:22: `url` must begin with https (secrets and addresses travel there; http is for this machine)"],
    ),
    (
        "cottoncast: { user: shop }",
        "cottoncast: { timeout: 5 }",
        ["8:26: `timeout` needs a unit (write 5s for seconds, 5m for minutes, 5h for hours)"],
    ),
    (
        "cottoncast: { user: shop }",
        "cottoncast: { timeout: 5m }",
        ["8:26: `timeout` must be between 1s and 30s"],
    ),
    (
        "cottoncast: { user: shop }",
        "cotoncast: { user: shop }",
        ["8:3: `fields` is missing (did you mean `cottoncast`?)", "8:3: `url` is missing"],
    ),
    (
        "cottoncast: { user: shop }",
        "Cottoncast: { user: shop }",
        [
            "8:3: `Cottoncast` is not a usable name " + NAME_HINT,
            "8:3: `fields` is missing (did you mean `cottoncast`?)",
            "8:3: `url` is missing",
        ],
    ),
    (
        "cottoncast: { user: shop }",
        "woocommerce: { url: shop.example }",
        ["8:23: `url` must be a web address (write for example https://shop.example)"],
    ),
    (
        "cottoncast: { user: shop }",
        "woocommerce: shop.example",
        ["8:16: `woocommerce` must be a block of keys, not text (a `:` needs a space after it)"],
    ),
    (
        '"https://crm.example/{{ order.ref }}"',
        '"https://crm.example/{{ order.reff }}"',
        ["10:10: `url` asks for `order.reff`, which does not exist here (did you mean `order.ref`?)"],
    ),
    (
        '"https://crm.example/{{ order.ref }}"',
        '"https://crm.example/{{ contact.email }}"',
        ["10:10: `url` asks for `contact`, which does not exist here (known: order.id, order.ref)"],
    ),
    (
        '"https://crm.example/{{ order.ref }}"',
        '"https://{{ order.ref }}.example/"',
        [
            "10:10: `url` lets the order choose the host "
            "(write for example https://crm.example/orders/{{ order.ref }})"
        ],
    ),
    (
        '"https://crm.example/{{ order.ref }}"',
        '"http://crm.example/{{ order.ref }}"',
        ["10:10: `url` must begin with https (secrets and addresses travel there; http is for this machine)"],
    ),
    (
        '"https://crm.example/{{ order.ref }}"',
        '"https://crm.example/"',
        ["10:10: `url` names no order (write for example https://crm.example/orders/{{ order.ref }})"],
    ),
    (
        '"https://crm.example/{{ order.ref }}"',
        '"https://crm.example/{{ order.ref }"',
        [
            "10:10: `url` is not a template: unexpected '}' "
            "(write for example https://crm.example/orders/{{ order.ref }})"
        ],
    ),
    (
        '"https://crm.example/{{ order.ref }}"',
        '"${env:CRM_URL}"',
        ["10:10: `url` must be written out here (keep secrets in `headers`, or in `user` and `secret`)"],
    ),
    (
        "fields: { email: customer.email }",
        "fields: { emial: customer.email }",
        ["11:15: unknown key `emial` (did you mean `email`?)"],
    ),
    (
        "fields: { email: customer.email }",
        "fields: { name: customer.name }",
        ["11:13: `fields` finds no address (say where `email` or `phone` stands)"],
    ),
    (
        "fields: { email: customer.email }",
        "fields: { email: customer..email }",
        [
            "11:22: `email` is not a JMESPath expression: it breaks off after 9 characters "
            "(write for example customer.email)"
        ],
    ),
    (
        "fields: { email: customer.email }",
        "fields: { email: 5 }",
        ["11:22: `email` must be text, not a number (put it in quotes)"],
    ),
    (
        "    fields: { email: customer.email }\n",
        "",
        ["9:3: `fields` is missing (a source needs it unless it is called cottoncast or woocommerce)"],
    ),
    (
        "fields: { email: customer.email }",
        "fields: { email: customer.email }\n    attributes: { total: '$.total' }",
        ["12:26: `total` is not a JMESPath expression (write for example customer.email)"],
    ),
    (
        "fields: { email: customer.email }",
        "fields: { email: customer.email }\n    headers: { X Token: abc }",
        ["12:16: `X Token` is no name of a header (write for example Authorization)"],
    ),
    (
        "fields: { email: customer.email }",
        "fields: { email: customer.email }\n    headers: [Authorization]",
        ["12:14: `headers` must be a block of keys, not a list"],
    ),
    (
        "fields: { email: customer.email }",
        "fields: { email: customer.email }\n    user: me",
        ["10:5: `crm` has one of `user` and `secret` (HTTP Basic needs both)"],
    ),
    (
        "fields: { email: customer.email }",
        "fields: { email: customer.email }\n    user: me\n    secret: x\n    headers: { authorization: y }",
        ["10:5: `crm` says twice who asks (write `user` and `secret`, or the header Authorization)"],
    ),
    (
        "fields: { email: customer.email }",
        "fields: { email: customer.email }\n    field: x",
        ["12:5: unknown key `field` (did you mean `fields`?)"],
    ),
    (
        "bodies: 90d",
        "bodies: 90",
        ["12:22: `bodies` needs a unit (write 90s for seconds, 90m for minutes, 90h for hours)"],
    ),
    ("bodies: 90d", "bodies: never", ["12:22: `bodies` is not a duration " + DURATION_HINT]),
    (
        "bodies: 90d",
        "contacts: 12h",
        ["12:24: `contacts` must be 1d or more (messages that wait for another try still need it)"],
    ),
    ("bodies: 90d", "orders: 90d", ["12:14: unknown key `orders` (did you mean `bodies`?)"]),
    (
        "retention: { bodies: 90d }",
        "retention: 90d",
        ["12:12: `retention` must be a block of keys, not text (a `:` needs a space after it)"],
    ),
    ("category: order", "category: news", ["19:15: `category` must be order or marketing, not `news`"]),
    ("category: order", "catgory: marketing", ["19:5: unknown key `catgory` (did you mean `category`?)"]),
    (
        "id: shipped",
        "id: missing_contact",
        [
            "17:9: no rule can be called `missing_contact` (it is the name of `orders.missing_contact`)",
            "20:11: there is no template `missing_contact` "
            "(make the folder templates/missing_contact; known: other, shipped)",
        ],
    ),
]


def loaded(path: Path, text: str) -> list[str]:
    """Return the problems without the file's name."""
    path.write_text(text)
    try:
        load_rules(path, {}, {"shipped", "other"})
    except RulesError as error:
        return [str(p).removeprefix(f"{path}:") for p in error.problems]
    return []


def test_the_file_that_the_mistakes_are_made_in_is_right(tmp_path: Path) -> None:
    assert loaded(tmp_path / "rules.yaml", BLOCKS) == []


@pytest.mark.parametrize(("right", "wrong", "problems"), MISTAKES)
def test_a_mistake_is_told_with_place_words_and_suggestion(
    tmp_path: Path, right: str, wrong: str, problems: list[str]
) -> None:
    assert right in BLOCKS
    assert loaded(tmp_path / "rules.yaml", BLOCKS.replace(right, wrong, 1)) == problems
