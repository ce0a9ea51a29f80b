"""Contacts from WooCommerce and from a JSON service of the shop's own; and orders that nobody knows."""

from __future__ import annotations

import re
import signal

import pytest

from tests.service_process import Service, body, eventually
from tests.shop_api import ShopApi
from tests.sinks import HttpSink, SmtpSink

ADDRESS = "jane@canary.example"

WOOCOMMERCE = """
sources:
  woocommerce: {{ url: "{url}", key: "${{env:WC_KEY}}", secret: "${{env:WC_SECRET}}" }}
"""
OWN = """
sources:
  crm:
    url: "{url}/customers/of/{{{{ order.ref }}}}?id={{{{ order.id }}}}"
    user: "${{env:WC_KEY}}"
    secret: "${{env:WC_SECRET}}"
    fields:
      email: people[0].mail
      name: people[0].called
      locale: people[0].lang
      ref: number
    attributes: {{ total: sums.grand }}
"""


def set_orders(service: Service, orders: str, sources: str = "") -> None:
    """Replace the blocks `orders` and `sources` of rules.yaml."""
    rules = re.sub(
        r"^(?:orders|sources):.*\n(?:[ #].*\n|\n)*", "", service.rules.read_text(), flags=re.MULTILINE
    )
    service.rules.write_text(f"{rules}\norders: {orders}\n{sources}")


@pytest.mark.parametrize(
    ("name", "sources", "ref", "path"),
    [
        pytest.param("woocommerce", WOOCOMMERCE, "41", "/wp-json/wc/v3/orders/41", id="woocommerce"),
        pytest.param("crm", OWN, "A/7 b", "/customers/of/A%2F7%20b?id=3AF7", id="a service of its own"),
    ],
)
def test_a_customer_is_found_in_the_shop_itself(
    service: Service, mail: SmtpSink, name: str, sources: str, ref: str, path: str
) -> None:
    with ShopApi() as api:
        api.add_woocommerce("41", email=ADDRESS, first_name="Canary", last_name="Jones")
        person = {"mail": ADDRESS, "called": "Canary Jones", "lang": "en_GB"}
        api.put(path, {"number": ref, "people": [person], "sums": {"grand": 49.9}})
        if name == "woocommerce":
            api.add_woocommerce("41", email=ADDRESS, first_name="Canary", last_name="Jones")
        service.env |= {"WC_KEY": api.user, "WC_SECRET": api.secret}
        service.personal |= {ADDRESS, "Canary Jones", api.secret}
        set_orders(service, f"{{ sources: [registered, {name}] }}", sources.format(url=api.url))
        service.both()

        assert service.post(body(ref, "C")).status_code == 200

        (shipped,) = mail.wait_for(1)
        assert shipped.recipients == (ADDRESS,)
        assert [asked.path for asked in api.asked] == [path]
        shown = service.cli("orders", "show", ref).stdout
        assert name in shown


def test_unknown_orders_may_be_accepted_and_those_that_were_held_are_decided_then(
    service: Service, mail: SmtpSink, chat: HttpSink
) -> None:
    _, worker = service.both()
    assert service.post(body("77", "C")).status_code == 404
    assert "77" in service.cli("orders", "held").stdout

    set_orders(service, "{ unknown: accept, missing_contact: { send: slack, group: none } }")
    worker.signal(signal.SIGHUP)
    worker.wait_for_log("held updates released")

    chat.wait_for(1)
    service.wait_for_states("77", ("delivered", None))
    assert service.post(body("78", "C")).status_code == 200
    chat.wait_for(2)
    assert "no update waits" in service.cli("orders", "held").stdout
    assert not mail.mails


def test_with_accept_taken_back_unknown_orders_are_held_again(service: Service) -> None:
    set_orders(service, "{ unknown: accept }")
    _, worker = service.both()
    assert service.post(body("77", "C")).status_code == 200

    set_orders(service, "{ unknown: hold }")
    worker.signal(signal.SIGHUP)
    worker.wait_for_log("rules reloaded")

    eventually(lambda: service.post(body("78", "C")).status_code == 404, what="it is held")
