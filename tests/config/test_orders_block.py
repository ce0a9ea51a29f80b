"""The blocks orders, sources and retention: what they mean, and what is warned of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from notifier.config.rulefile import Loaded, load_rules
from notifier.core.message import Send
from notifier.core.retry import RetryPolicy
from notifier.core.rules import MISSING_CONTACT, Category, Once
from notifier.core.shop import Retention
from notifier.core.source import SourceKind
from notifier.core.trigger import AnyUpdate

REST = """\
version: 1
channels:
  email: { url: x://y, to: "{{ contact.email }}" }
  slack: { url: x://y }
  pager: { url: x://y }
  room: { url: x://y, to: "#orders-{{ order.country }}" }
"""
KEYS = {
    "COTTONCAST_USER": "shop-1",
    "COTTONCAST_SECRET": "s3cret",
    "WOOCOMMERCE_URL": "https://shop.example/",
    "WOOCOMMERCE_KEY": "ck_1",
    "WOOCOMMERCE_SECRET": "cs_1",
    "CRM_TOKEN": "Bearer abc",
}
CRM = """\
sources:
  crm:
    url: "https://crm.example/orders/{{ order.ref }}"
    headers: { Authorization: "${env:CRM_TOKEN}" }
    fields: { email: customer.email, locale: customer.lang, ref: number, items: "lines[]" }
    attributes: { total: totals.grand }
    timeout: 5s
"""


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def load_text(text: str, environ: dict[str, str] | None = None, **more: Any) -> Loaded:
        path = tmp_path / "rules.yaml"
        path.write_text(REST + text + ("" if "\nrules:" in f"\n{text}" else "rules: []\n"))
        return load_rules(path, KEYS if environ is None else environ, **more)

    return load_text


def warned(loaded: Loaded) -> list[str]:
    """Return the warnings, but for those of channels that a test has no use for."""
    told = (w for w in loaded.warnings if not w.text.startswith("nothing uses"))
    return [f"{w.line}:{w.column}: {w.text}" for w in told]


# --- orders ------------------------------------------------------------------------------------


def test_without_a_word_on_orders_the_shop_registers_them_and_others_are_held(load: Any) -> None:
    orders = load("").ruleset.orders
    assert orders.sources == ("registered",)
    assert orders.remote == ()
    assert not orders.accepts_unknown
    assert orders.hold_for == 14 * 86_400.0
    assert orders.max_contact_age == 7 * 86_400.0
    assert orders.retry == RetryPolicy(within=86_400.0, first=30.0, factor=2.0, longest=900.0)
    assert orders.missing_contact is None


def test_all_of_it_can_be_said(load: Any) -> None:
    text = """\
orders:
  unknown: accept
  hold_for: 2d
  sources: [cottoncast, registered]
  retry: { for: 2h, first: 1m, factor: 3, max: 5m }
  max_contact_age: 12h
"""
    orders = load(text).ruleset.orders
    assert orders.accept_unknown
    assert orders.hold_for == 172_800.0
    assert orders.sources == ("cottoncast", "registered")
    assert orders.remote == ("cottoncast",)
    assert orders.retry == RetryPolicy(within=7_200.0, first=60.0, factor=3.0, longest=300.0)
    assert orders.max_contact_age == 43_200.0


def test_forever_is_no_limit(load: Any) -> None:
    text = """\
orders: { hold_for: forever, max_contact_age: forever }
retention: { bodies: forever, contacts: forever }
"""
    loaded = load(text).ruleset
    assert (loaded.orders.hold_for, loaded.orders.max_contact_age) == (None, None)
    assert loaded.retention == Retention(bodies=None, contacts=None)


def test_personal_data_is_kept_for_as_long_as_is_written(load: Any) -> None:
    assert load("").ruleset.retention == Retention()
    text = "retention: { bodies: 0s, contacts: 1d }\n"
    assert load(text).ruleset.retention == Retention(bodies=0.0, contacts=86_400.0)


def test_what_the_shop_registers_counts_last_where_it_is_not_named(load: Any) -> None:
    assert load("orders: { sources: [cottoncast] }\n").ruleset.orders.sources == ("cottoncast", "registered")


@pytest.mark.parametrize(
    ("text", "sends", "once"),
    [
        ("send: slack", [["slack/contact-missing"]], Once.ORDER),
        ("send: slack, once: status", [["slack/contact-missing"]], Once.STATUS),
        ("send: slack, template: who", [["slack/who"]], Once.ORDER),
        (
            "send: [slack, { channel: pager, template: wake }], template: who",
            [["slack/who"], ["pager/wake"]],
            Once.ORDER,
        ),
        (
            "send: { first_of: [pager, slack] }",
            [["pager/contact-missing", "slack/contact-missing"]],
            Once.ORDER,
        ),
    ],
)
def test_missing_contact_sends_as_a_rule_does(
    load: Any, text: str, sends: list[list[str]], once: Once
) -> None:
    found = load(f"orders: {{ missing_contact: {{ {text} }} }}\n").ruleset.orders.missing_contact
    assert found.id == MISSING_CONTACT
    assert found.trigger == AnyUpdate()
    assert found.once is once
    assert not found.needs_contact
    assert [[f"{s.channel}/{s.template}" for s in d.options] for d in found.deliveries] == sends
    assert all(isinstance(s, Send) for d in found.deliveries for s in d.options)


# --- sources -----------------------------------------------------------------------------------


def test_cottoncast_needs_two_variables_and_no_word_in_the_file(load: Any) -> None:
    loaded = load("orders: { sources: [registered, cottoncast] }\n")
    (source,) = loaded.ruleset.sources.values()
    assert (source.name, source.kind, source.url) == (
        "cottoncast",
        SourceKind.COTTONCAST,
        "https://api.cottoncast.com",
    )
    assert (source.user, source.secret, source.timeout, source.lacking) == ("shop-1", "s3cret", 10.0, "")
    assert loaded.warnings == ()


def test_woocommerce_needs_three(load: Any) -> None:
    source = load("orders: { sources: [woocommerce] }\n").ruleset.sources["woocommerce"]
    assert (source.kind, source.url) == (SourceKind.WOOCOMMERCE, "https://shop.example")
    assert (source.user, source.secret, source.lacking) == ("ck_1", "cs_1", "")


def test_what_is_said_of_a_built_in_source_takes_the_place_of_its_defaults(load: Any) -> None:
    text = """\
orders: { sources: [cottoncast, woocommerce] }
sources:
  cottoncast: { user: shop-2, url: "http://127.0.0.1:8000/", timeout: 3s }
  woocommerce: { url: https://other.example, key: "${env:CRM_TOKEN}" }
"""
    sources = load(text).ruleset.sources
    cottoncast, woocommerce = sources["cottoncast"], sources["woocommerce"]
    assert (cottoncast.user, cottoncast.secret) == ("shop-2", "s3cret")
    assert (cottoncast.url, cottoncast.timeout) == ("http://127.0.0.1:8000", 3.0)
    assert (woocommerce.url, woocommerce.user, woocommerce.secret) == (
        "https://other.example",
        "Bearer abc",
        "cs_1",
    )


def test_any_other_name_is_a_service_of_ones_own(load: Any) -> None:
    source = load(f"orders: {{ sources: [registered, crm] }}\n{CRM}").ruleset.sources["crm"]
    assert source.kind is SourceKind.HTTP
    assert source.address("4/1", "") == "https://crm.example/orders/4%2F1"
    assert source.headers == {"Authorization": "Bearer abc"}
    assert source.fields == {
        "email": "customer.email",
        "locale": "customer.lang",
        "ref": "number",
        "items": "lines[]",
    }
    assert source.attributes == {"total": "totals.grand"}
    assert (source.user, source.secret, source.timeout, source.lacking) == ("", "", 5.0, "")


@pytest.mark.parametrize("name", ["json", "copy", "named", "2nd-shop"])
def test_a_source_of_ones_own_can_have_any_name(load: Any, name: str) -> None:
    loaded = load(f"orders: {{ sources: [{name}] }}\n" + CRM.replace("crm:", f"{name}:"))
    assert loaded.ruleset.sources[name].kind is SourceKind.HTTP


def test_no_secret_of_a_source_appears_in_what_was_loaded(load: Any) -> None:
    text = f"orders: {{ sources: [crm, cottoncast, woocommerce] }}\n{CRM}"
    shown = repr(load(text))
    assert not [secret for secret in ("s3cret", "cs_1", "ck_1", "Bearer abc", "shop-1") if secret in shown]


def test_only_sources_that_are_asked_are_there_and_another_is_warned_of(load: Any) -> None:
    loaded = load(CRM)
    assert loaded.ruleset.sources == {}
    assert warned(loaded) == ["8:3: nobody asks the source `crm`"]


def test_a_comment_behind_a_secret_of_the_environment_is_no_part_of_it(load: Any) -> None:
    environ = {"COTTONCAST_USER": "shop-1", "COTTONCAST_SECRET": "s3cret  # of the store"}
    loaded = load("orders: { sources: [registered, cottoncast] }\n", environ)
    (said,) = warned(loaded)
    assert "the value of COTTONCAST_SECRET holds a # where a comment would begin" in said
    assert "s3cret" not in repr(loaded)


def test_a_secret_that_is_not_set_is_warned_of_at_the_source_or_where_it_is_used(load: Any) -> None:
    text = f"orders: {{ sources: [registered, cottoncast, crm] }}\n{CRM}"
    loaded = load(text, {"COTTONCAST_USER": "shop-1"})
    assert warned(loaded) == [
        "7:33: COTTONCAST_SECRET is not set; source cottoncast cannot be asked: "
        "updates that need a contact wait",
        "11:31: CRM_TOKEN is not set; source crm cannot be asked: updates that need a contact wait",
    ]
    assert loaded.ruleset.sources["cottoncast"].lacking == "COTTONCAST_SECRET is not set"
    assert loaded.ruleset.sources["crm"].lacking == "CRM_TOKEN is not set"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CRM_TOKEN", "a\nb", "what CRM_TOKEN holds is not one line of ASCII"),
        ("CRM_TOKEN", "clé", "what CRM_TOKEN holds is not one line of ASCII"),
        ("WOOCOMMERCE_URL", "http://shop.example", "what WOOCOMMERCE_URL holds must begin with https"),
        ("WOOCOMMERCE_URL", "https://u:p@shop.example", "what WOOCOMMERCE_URL holds has a user name in it"),
    ],
)
def test_what_a_variable_holds_is_checked_as_well(load: Any, variable: str, value: str, said: str) -> None:
    loaded = load(f"orders: {{ sources: [crm, woocommerce] }}\n{CRM}", KEYS | {variable: value})
    (lacking,) = (s.lacking for s in loaded.ruleset.sources.values() if s.lacking)
    assert lacking == said
    assert len(loaded.warnings) == 1


# --- rules -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("send: email", True),
        ("send: slack", False),
        ("send: room", True),
        ("send: [slack, email]", True),
        ("send: { first_of: [slack, email] }", True),
        ("send: slack, match: { country: NL }", True),
        ("send: slack, match: { locale: nl }", True),
        ("send: slack, match: { attributes: { total: 5 } }", True),
        ("send: slack, match: { carrier: dpd, ref: 41, status: lost }", False),
        ("send: slack, if: contact.email is not none", True),
        ("send: slack, if: order.items | length > 1", True),
        ("send: slack, if: order.shipments | length > 1", False),
        ("send: slack, once: contact", True),
        ("send: slack, once: shipment", False),
    ],
)
def test_it_is_known_which_rules_wait_for_the_contact(load: Any, text: str, needs: bool) -> None:
    (rule,) = load(f"rules:\n  - {{ id: one, when: lost, {text} }}\n").ruleset.rules
    assert rule.needs_contact is needs


def test_a_rule_is_about_its_order_unless_it_says_marketing(load: Any) -> None:
    text = """\
rules:
  - { id: one, when: lost, send: email }
  - { id: two, when: lost, send: email, category: order }
  - { id: three, when: lost, send: email, category: marketing }
"""
    found = [rule.category for rule in load(text).ruleset.rules]
    assert found == [Category.ORDER, Category.ORDER, Category.MARKETING]


def test_a_channel_knows_what_it_asks_of_the_contact(load: Any) -> None:
    channels = load("").ruleset.channels
    assert channels["email"].asks == {"email"}
    assert channels["slack"].asks == channels["room"].asks == frozenset()


def test_words_for_operators_that_go_to_customers_are_warned_of(load: Any) -> None:
    text = """\
rules:
  - { id: problem, when: problem, send: [slack, email] }
  - { id: lost, when: lost, send: { first_of: [{ channel: email, template: problem }, slack] } }
  - { id: shipped, when: shipped, send: email }
"""
    loaded = load(text, for_operators={"problem", "lost"})
    words = "template problem is written for operators, but email goes to customers"
    assert warned(loaded) == [f"8:49: {words}", f"9:59: {words}"]
    assert warned(load(text)) == []


def test_marketing_that_goes_to_operators_is_warned_of(load: Any) -> None:
    text = """\
rules:
  - { id: review, when: delivered, send: [email, slack], category: marketing }
  - { id: lost, when: lost, send: slack }
"""
    words = "marketing is for customers, but slack goes to operators"
    assert warned(load(text)) == [f"8:50: {words}"]


@pytest.mark.parametrize(
    ("retention", "is_warned"),
    [
        ("bodies: 61d, contacts: 60d", True),
        ("bodies: forever", True),
        ("bodies: 366d", True),
        ("bodies: 60d, contacts: 60d", False),
        ("bodies: forever, contacts: forever", False),
        ("contacts: 60d", False),
    ],
)
def test_webhooks_that_are_said_to_outlive_their_orders_are_warned_of(
    load: Any, retention: str, is_warned: bool
) -> None:
    words = "`bodies` is longer than `contacts`, which erases them as well"
    expected = [f"7:22: {words}"] if is_warned else []
    assert warned(load(f"retention: {{ {retention} }}\n")) == expected


def test_a_customer_whom_nobody_knows_cannot_be_the_one_to_be_told_so(load: Any) -> None:
    loaded = load(
        "orders: { missing_contact: { send: [slack, email] } }\n", for_operators={"contact-missing"}
    )
    words = "email goes to customers, and here it is the customer whom nobody knows"
    assert warned(loaded) == [f"7:44: {words}"]
