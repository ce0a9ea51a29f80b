"""Rules that use the whole language with times of seconds, and a story of orders that meets all of them."""

from __future__ import annotations

import time
from collections.abc import Iterable

from tests.service_process import Service, body

RULES = """\
version: 1
shop: { name: Example Shop, timezone: Europe/Amsterdam, locale: en }
calendars:
  always: { days: [mon-sun] }
windows:
  never-long: { days: [mon-sun], hours: ["00:00-12:00", "12:00-24:00"], zone: contact }
channels:
  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}", audience: customer }
  slack: { url: "${env:SLACK_URL}", audience: ops, retry: { for: 1h, first: 1s } }
  oncall: { url: "${env:EMAIL_URL}", to: oncall@shop.example, audience: ops }
defaults:
  customer: { throttle: { per: contact, max: 20, in: 24h, over: merge } }
rules:
  - id: shipped
    when: [collected, en_route]
    settle: 2s
    once: order
    send: email
  - id: extra-parcel
    when: { new_shipment: true }
    match: { sent: shipped }
    once: shipment
    send: email
  - id: delivered
    when: delivered
    once: order
    cancels: [shipped, extra-parcel, delay-notice]
    send: { first_of: [{ channel: email, window: never-long, outside: defer, max_defer: 14h }] }
  - id: review-request
    when: { status: delivered, after: 3s }
    match: { never: [problem, lost], country: [NL] }
    once: order
    send: { channel: email, template: review }
  - id: delay-notice
    when: { stuck: { in: [collected, en_route], for: 4s } }
    once: order
    send: email
  - id: problem
    when: [problem, lost]
    severity: { problem: warning, lost: critical }
    send: slack
    resolve: [en_route, delivered]
    escalate:
      - { after: 8s, send: oncall }  # time enough for an acknowledgement by hand on a busy machine
  - id: not-collected
    when: { stuck: { in: [label, ready], for: 2s } }
    group: { by: [carrier], wait: 2s, interval: 4s }
    send: slack
  - id: big-order-lost
    when: lost
    if: order.attributes.total | default(0) | float > 200 and order.country != 'NL'
    send: [slack, oncall]
  - id: many-problems
    when: { rate: { of: [problem, lost], among: collected, by: carrier, window: 48h, above: 20%, min: 3 } }
    repeat: 12h
    send: slack
  - id: in-trouble
    when: { internal: [send_gave_up, channel_down, expression_failed] }
    send: oncall
  - id: only-for-show
    when: delivered
    mode: shadow
    send: { channel: email, template: delivered }
mute:
  - { id: rate-hides-its-parcels, while: many-problems, same: [carrier], rules: [not-collected] }
"""


def install(service: Service) -> None:
    """Have a service work by these rules."""
    service.rules.write_text(RULES)


def post(service: Service, ref: str, code: str, *codes: str) -> None:
    """Post an update that happens now; `codes` are its parcels' tracking codes."""
    import json

    raw = json.loads(body(ref, code, int(time.time())))
    if codes:
        parcel = raw["shipments"][0]
        raw["shipments"] = [{**parcel, "trackingcode": each} for each in codes]
    text = json.dumps(raw).encode()
    assert service.post(text).status_code == 200


def told(service: Service, refs: Iterable[str]) -> set[tuple[str, str, str]]:
    """Return what has been told of these orders: order, rule, and what made it speak."""
    wanted = set(refs)
    return {
        (row["ref"], row["rule"], row["kind"] or "update")
        for row in service.rows(
            "SELECT ref, rule, json_extract(occasion, '$[0]') AS kind FROM messages"
            " WHERE state IN ('delivered', 'unknown', 'merged')"
        )
        if row["ref"] in wanted
    }
