"""Every sentence of the language's semantics, as rules with a story and what is told.

The sentences are those that operators read in docs/rules.md; each is tried with the shipped
templates by `notifier test` itself. What a simulated clock cannot show is tried elsewhere: the same
body is one update (tests/store/test_contract_updates.py), timers survive restarts
(tests/faults/test_killed_timers.py), acknowledging by one click (tests/web/test_acknowledge.py), and a
channel that is not configured (tests/e2e).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from notifier.cli.main import notifier

ROOT = Path(__file__).parents[2]

HEAD = """\
version: 1
shop: { name: Example Shop, timezone: Europe/Amsterdam, locale: en }
calendars:
  warehouse: { days: [mon-fri], hours: "08:00-18:00", holidays: NL }
windows:
  sms-hours: { days: [mon-sat], hours: "09:00-20:30", zone: contact }
  office: { days: [mon-fri], hours: "08:30-17:30", zone: shop }
channels:
  email: { url: "mailto://127.0.0.1?from=shop@shop.example", to: "{{ contact.email }}", audience: customer }
  sms:
    url: json://127.0.0.1
    to: "{{ contact.phone }}"
    audience: customer
    budget: 1/day
    retry: { for: 5m, first: 1m }
  slack: { url: "json://127.0.0.1", audience: ops }
  oncall: { url: "mailto://127.0.0.1?from=shop@shop.example", to: oncall@shop.example, audience: ops }
rules:
"""

JANE = 'contact: { email: jane@example.org, phone: "+31600000000", country: NL, locale: en, marketing: true }'

SHIPPED = "  - { id: shipped, when: [collected, en_route], once: order, send: email }\n"
DELIVERED = "  - { id: delivered, when: delivered, once: order, send: email }\n"

CASES: dict[str, tuple[str, str]] = {
    # Identity
    "the same update is one update however often it arrives": (
        "  - { id: shipped, when: shipped, send: email }\n",
        """
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected, parcels: [3SA] }
      - { at: "2026-03-03 10:00", arrives: "2026-03-03 10:05", ref: "1", status: collected, parcels: [3SA] }
    expect: [{ at: "2026-03-03 10:00", rule: shipped }]
    expect_nothing_else: true
""",
    ),
    # Order of news
    "news older than what the order has reached sends nothing to customers and operators hear it": (
        SHIPPED + "  - { id: problem, when: shipped, send: slack }\n" + DELIVERED,
        """
    updates:
      - { at: "2026-03-03 12:00", ref: "1", status: delivered }
      - { at: "2026-03-03 09:00", arrives: "2026-03-03 12:30", ref: "1", status: collected }
    expect:
      - { at: "2026-03-03 12:00", rule: delivered }
      - { at: "2026-03-03 12:30", rule: problem, channel: slack }
    expect_nothing_else: true
""",
    ),
    "a second parcel erases no tracking code of the first": (
        "  - { id: shipped, when: shipped, settle: 15m, once: order, send: email }\n",
        """
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected, parcels: [3SAAA] }
      - { at: "2026-03-03 10:05", ref: "1", status: collected, parcels: [3SBBB] }
    expect: [{ at: "2026-03-03 10:15", rule: shipped, contains: [3SAAA, 3SBBB] }]
    expect_nothing_else: true
""",
    ),
    # once
    "once is given back if no attempt can have reached the recipient": (
        "  - { id: shipped, when: [collected, en_route], once: order, send: email }\n",
        """
    fail: [{ channel: email, until: "2026-03-03 11:00", how: permanent }]
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected }
      - { at: "2026-03-03 12:00", ref: "1", status: en_route }
    expect: [{ at: "2026-03-03 12:00", rule: shipped }]
    expect_nothing_else: true
""",
    ),
    "once is kept where an attempt may have reached the recipient": (
        "  - { id: shipped, when: [collected, en_route], once: order, send: email }\n",
        """
    fail: [{ channel: email, until: "2026-03-03 11:00", how: unknown }]
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected }
      - { at: "2026-03-03 12:00", ref: "1", status: en_route }
    expect_nothing: true
""",
    ),
    # settle, after, windows and retries re-judge when due
    "settle is judged again when due and another rule cancels it": (
        "  - { id: shipped, when: shipped, settle: 15m, once: order, send: email }\n"
        "  - { id: delivered, when: delivered, cancels: shipped, send: email }\n",
        """
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected }
      - { at: "2026-03-03 10:10", ref: "1", status: delivered }
    expect: [{ at: "2026-03-03 10:10", rule: delivered }]
    expect_nothing_else: true
""",
    ),
    "after is judged again when due and is dropped if the order has moved past it": (
        "  - { id: shipped, when: { status: shipped, after: 2d }, send: email }\n",
        """
    orders: [{ ref: "2" }]
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected }
      - { at: "2026-03-04 10:00", ref: "1", status: delivered }
      - { at: "2026-03-03 11:00", ref: "2", status: collected }
    expect: [{ at: "2026-03-05 11:00", rule: shipped, ref: "2" }]
    expect_nothing_else: true
""",
    ),
    "retries are judged again when due and are dropped if the order has moved past them": (
        SHIPPED + DELIVERED,
        """
    fail: [{ channel: email, until: "2026-03-03 11:00" }]
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected }
      - { at: "2026-03-03 10:58", ref: "1", status: delivered }
    expect: [{ on: x }]
    expect_nothing_else: true
""".replace("{ on: x }", "{ rule: delivered }"),
    ),
    "after a window ends the customer gets the newest news once": (
        "  - { id: shipped, when: shipped, send: { channel: sms, window: sms-hours } }\n"
        "  - { id: delivered, when: delivered, send: { channel: sms, window: sms-hours } }\n",
        """
    updates:
      - { at: "2026-03-03 22:00", ref: "1", status: collected }
      - { at: "2026-03-03 23:30", ref: "1", status: delivered }
    expect: [{ at: "2026-03-04 09:00", rule: delivered, channel: sms }]
    expect_nothing_else: true
""",
    ),
    # stuck
    "stuck counts from the last update that moved the order forward in business days": (
        "  - { id: delay-notice, when: { stuck: { in: [collected, en_route], for: 5bd, "
        "calendar: warehouse } },"
        " send: email }\n",
        """
    updates:
      - { at: "2026-03-30 12:00", ref: "1", status: collected }
      - { at: "2026-03-31 12:00", ref: "1", status: en_route }
      - { at: "2026-04-01 12:00", ref: "1", status: en_route }
    # Good Friday and Easter Monday of 2026 are the 3rd and the 6th of April.
    expect: [{ at: "2026-04-09 12:00", rule: delay-notice }]
    expect_nothing_else: true
""",
    ),
    "a stuck timer fires once and later updates remove it": (
        "  - { id: ops, when: { stuck: { in: [label, ready], for: 2d } }, send: slack }\n",
        """
    orders: [{ ref: "2" }]
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: label }
      - { at: "2026-03-04 10:00", ref: "1", status: collected }
      - { at: "2026-03-03 10:00", ref: "2", status: label }
      - { at: "2026-03-06 10:00", ref: "2", status: label }
    expect: [{ at: "2026-03-05 10:00", rule: ops, ref: "2" }]
    expect_nothing_else: true
""",
    ),
    # first_of
    "first_of moves on at once where there is no address and no consent and no budget": (
        "  - { id: delivered, when: delivered, once: order, send: { first_of: [sms, email] } }\n",
        """
    orders:
      - { ref: "1", contact: { email: ann@example.org } }
      - { ref: "2", contact: { phone: "+31600000001", email: bob@example.org, channels: [email] } }
      - { ref: "4", contact: { phone: "+31600000002", email: eve@example.org } }
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: delivered }
      - { at: "2026-03-03 10:01", ref: "2", status: delivered }
      - { at: "2026-03-03 10:02", ref: "3", status: delivered }
      - { at: "2026-03-03 10:03", ref: "4", status: delivered }
    expect:
      - { at: "2026-03-03 10:00", channel: email, to: ann@example.org }
      - { at: "2026-03-03 10:01", channel: email, to: bob@example.org }
      - { at: "2026-03-03 10:02", channel: sms }
      - { at: "2026-03-03 10:03", channel: email, to: eve@example.org }
    expect_nothing_else: true
""",
    ),
    "first_of moves on after a permanent failure": (
        "  - { id: delivered, when: delivered, once: order, send: { first_of: [sms, email] } }\n",
        """
    fail: [{ channel: sms, how: permanent }]
    updates: [{ at: "2026-03-03 10:00", ref: "1", status: delivered }]
    expect: [{ at: "2026-03-03 10:00", channel: email }]
    expect_nothing_else: true
""",
    ),
    "first_of moves on when retry for ran out": (
        "  - { id: delivered, when: delivered, once: order, send: { first_of: [sms, email] } }\n",
        """
    fail: [{ channel: sms }]
    updates: [{ at: "2026-03-03 10:00", ref: "1", status: delivered }]
    expect: [{ channel: email }]
    expect_nothing_else: true
""",
    ),
    "a deferred entry counts as chosen until max_defer": (
        "  - id: delivered\n    when: delivered\n    send:\n      first_of:\n"
        "        - { channel: sms, window: sms-hours, outside: defer, max_defer: 14h }\n        - email\n",
        """
    updates:
      - { at: "2026-03-03 23:00", ref: "1", status: delivered }
      - { at: "2026-03-07 23:00", ref: "2", status: delivered }
    expect:
      - { at: "2026-03-04 09:00", ref: "1", channel: sms }
      - { at: "2026-03-07 23:00", ref: "2", channel: email }
    expect_nothing_else: true
""",
    ),
    # group
    "group collects into one message the first waits and later ones come every interval": (
        "  - { id: problem, when: problem, group: { by: [rule], wait: 2m, interval: 30m }, send: slack }\n",
        """
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: problem }
      - { at: "2026-03-03 10:01", ref: "2", status: problem }
      - { at: "2026-03-03 10:10", ref: "3", status: problem }
      - { at: "2026-03-03 10:20", ref: "4", status: problem }
    expect:
      - { at: "2026-03-03 10:02", rule: problem, contains: ["1", "2"] }
      - { at: "2026-03-03 10:32", rule: problem, contains: ["3", "4"] }
    expect_nothing_else: true
""",
    ),
    "messages to customers are never grouped across contacts": (
        "  - { id: delivered, when: delivered, group: none, send: [email, slack] }\n",
        """
    orders: [{ ref: "2", contact: { email: bob@example.org } }]
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: delivered }
      - { at: "2026-03-03 10:00", ref: "2", status: delivered }
    expect:
      - { ref: "1", channel: email, to: jane@example.org }
      - { ref: "2", channel: email, to: bob@example.org }
      - { ref: "1", channel: slack }
      - { ref: "2", channel: slack }
    expect_nothing_else: true
""",
    ),
    # throttle
    "throttle folds into the waiting message and says nothing of what was suppressed": (
        "  - { id: shipped, when: shipped, throttle: { per: contact, max: 1, in: 24h, "
        "over: merge }, send: email }\n",
        """
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected }
      - { at: "2026-03-03 11:00", ref: "2", status: collected }
      - { at: "2026-03-03 12:00", ref: "3", status: collected }
    expect:
      - { at: "2026-03-03 10:00", ref: "1" }
      - { at: "2026-03-04 10:00", subject: News of, contains: ["2", "3"], not_contains: suppressed }
    expect_nothing_else: true
""",
    ),
    # rate
    "rate counts orders not updates opens an alert above and closes it below": (
        "  - { id: rates, when: { rate: { of: [problem, lost], among: collected, by: carrier, window: 48h,"
        " above: 25%, min: 4, clear_below: 20% } }, send: slack }\n",
        """
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected, parcels: [3SA], carrier: postnl }
      - { at: "2026-03-03 10:01", ref: "2", status: collected, parcels: [3SB], carrier: postnl }
      - { at: "2026-03-03 10:02", ref: "3", status: collected, parcels: [3SC], carrier: postnl }
      - { at: "2026-03-03 10:03", ref: "4", status: collected, parcels: [3SD], carrier: postnl }
      - { at: "2026-03-03 11:00", ref: "1", status: problem, parcels: [3SA], carrier: postnl }
      - { at: "2026-03-03 11:30", ref: "1", status: problem, parcels: [3SA], carrier: postnl }
      - { at: "2026-03-03 12:00", ref: "2", status: problem, parcels: [3SB], carrier: postnl }
    until: "2026-03-08 00:00"
    expect:
      - { at: "2026-03-03 12:00", rule: rates, occasion: rate }
      - { at: "2026-03-05", rule: rates, occasion: resolved }
    expect_nothing_else: true
""",
    ),
    "rate repeats at most every repeat": (
        "  - { id: rates, when: { rate: { of: [problem], among: collected, window: 48h, above: 25%, "
        "min: 2 } },"
        " repeat: 12h, send: slack }\n",
        """
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected }
      - { at: "2026-03-03 10:00", ref: "2", status: collected }
      - { at: "2026-03-03 11:00", ref: "1", status: problem }
      - { at: "2026-03-03 11:05", ref: "2", status: problem }
    until: "2026-03-04 10:00"
    expect:
      - { at: "2026-03-03 11:00", occasion: rate }
      - { at: "2026-03-03 23:00", occasion: repeated }
    expect_nothing_else: true
""",
    ),
    # alerts
    "alerts are escalated until acknowledged or resolved": (
        "  - id: problem\n    when: problem\n    resolve: [en_route, "
        "delivered]\n    send: slack\n    escalate:\n"
        "      - { after: 30m, window: office, send: oncall }\n      - { after: 4h, send: slack }\n",
        """
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: problem }
      - { at: "2026-03-03 10:00", ref: "2", status: problem }
      - { at: "2026-03-03 10:00", ref: "3", status: problem }
      - { at: "2026-03-03 12:00", ref: "2", status: delivered }
    acknowledge: { at: "2026-03-03 10:10", rule: problem, ref: "3" }
    expect:
      - { at: "2026-03-03 10:00", ref: "1", channel: slack }
      - { at: "2026-03-03 10:00", ref: "2", channel: slack }
      - { at: "2026-03-03 10:00", ref: "3", channel: slack }
      - { at: "2026-03-03 10:30", ref: "1", channel: oncall, occasion: escalated }
      - { at: "2026-03-03 10:30", ref: "2", channel: oncall, occasion: escalated }
      - { at: "2026-03-03 12:00", ref: "2", channel: slack, occasion: resolved }
      - { at: "2026-03-03 12:00", ref: "2", channel: oncall, occasion: resolved }
      - { at: "2026-03-03 14:00", ref: "1", channel: slack, occasion: escalated }
    expect_nothing_else: true
""",
    ),
    # windows over daylight-saving changes, in the contact's zone
    "a window is open by the contact's own clock also when that changes": (
        "  - { id: delivered, when: delivered, send: { channel: sms, window: sms-hours } }\n",
        """
    orders:
      - { ref: "2", contact: { phone: "+13100000000", timezone: America/New_York } }
    updates:
      # Summer time begins in the night of 28 to 29 March, a Sunday, in Europe: closed until Monday.
      - { at: "2026-03-28 21:00", ref: "1", status: delivered }
      - { at: "2026-03-31 14:30", ref: "2", status: delivered }
    expect:
      - { at: "2026-03-30 09:00", ref: "1" }
      - { at: "2026-03-31 15:00", ref: "2" }
    expect_nothing_else: true
""",
    ),
    # the trigger of a parcel that earlier messages did not carry
    "a tracking code that earlier messages did not carry is told of": (
        SHIPPED + "  - { id: extra-parcel, when: { new_shipment: true }, match: { sent: shipped },"
        " once: shipment, send: email }\n",
        """
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected, parcels: [3SAAA] }
      - { at: "2026-03-03 12:00", ref: "1", status: en_route, parcels: [3SAAA] }
      - { at: "2026-03-03 14:00", ref: "1", status: en_route, parcels: [3SAAA, 3SBBB] }
    expect:
      - { at: "2026-03-03 10:00", rule: shipped }
      - { at: "2026-03-03 14:00", rule: extra-parcel, contains: 3SBBB, not_contains: 3SAAA }
    expect_nothing_else: true
""",
    ),
    "marketing needs consent and the happy": (
        "  - { id: review-request, when: { status: delivered, after: 7d }, category: marketing,"
        " match: { never: [problem, lost], country: [NL, BE] }, send: email }\n",
        """
    orders:
      - { ref: "2", contact: { email: bob@example.org, country: NL } }
      - { ref: "4", contact: { email: eve@example.org, country: US, marketing: true } }
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: delivered }
      - { at: "2026-03-03 10:00", ref: "2", status: delivered }
      - { at: "2026-03-02 10:00", ref: "3", status: problem }
      - { at: "2026-03-03 10:00", ref: "3", status: delivered }
      - { at: "2026-03-03 10:00", ref: "4", status: delivered }
    expect: [{ at: "2026-03-10 10:00", ref: "1", rule: review-request }]
    expect_nothing_else: true
""",
    ),
    "while its alert is open a rule keeps others quiet for the same carrier": (
        "  - { id: ops, when: { stuck: { in: [label], for: 1h } }, send: slack }\n"
        "  - { id: rates, when: { rate: { of: [problem], among: collected, by: carrier, "
        "window: 48h, above: 25%,"
        " min: 1 } }, send: slack }\n"
        "mute: [{ id: hides, while: rates, same: [carrier], rules: [ops] }]\n",
        """
    updates:
      - { at: "2026-03-03 10:00", ref: "1", status: collected, parcels: [3SA], carrier: postnl }
      - { at: "2026-03-03 10:10", ref: "1", status: problem, parcels: [3SA], carrier: postnl }
      - { at: "2026-03-03 10:20", ref: "2", status: label, parcels: [3SB], carrier: postnl }
      - { at: "2026-03-03 10:20", ref: "3", status: label, parcels: [3SC], carrier: dhl }
    until: "2026-03-03 20:00"
    expect:
      - { at: "2026-03-03 10:10", rule: rates }
      - { at: "2026-03-03 11:20", rule: ops, ref: "3" }
    expect_nothing_else: true
""",
    ),
}


@pytest.mark.parametrize("sentence", CASES)
def test_the_semantics(sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules, story = CASES[sentence]
    (tmp_path / "rules.yaml").write_text(HEAD + rules)
    told = story if "contact:" in story.split("updates:")[0].split("orders:")[0] else f"    {JANE}{story}"
    (tmp_path / "rules.test.yaml").write_text(f"tests:\n  - name: {sentence}\n{told}")
    run(tmp_path, ROOT / "templates", monkeypatch)


def run(tmp_path: Path, templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `notifier test` find all in the folder right."""
    monkeypatch.setenv("NOTIFIER_RULES", str(tmp_path / "rules.yaml"))
    monkeypatch.setenv("NOTIFIER_TEMPLATES", str(templates))

    done = CliRunner().invoke(notifier, ["test", str(tmp_path / "rules.test.yaml")], standalone_mode=False)

    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 0, done.output


def test_first_of_moves_on_where_a_message_cannot_be_worded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", templates)
    # HEAD's sms is a JSON hook, which is given the words for chats
    (templates / "delivered" / "chat.html").write_text("https://track.example/" + "x" * 70_000)
    way = "{ first_of: [sms, email] }"
    (tmp_path / "rules.yaml").write_text(
        f"{HEAD}  - {{ id: delivered, when: delivered, once: order, send: {way} }}\n"
    )
    (tmp_path / "rules.test.yaml").write_text(f"""tests:
  - name: words that are too long for one channel go out on the next
    {JANE}
    updates: [{{ at: "2026-03-03 10:00", ref: "1", status: delivered }}]
    expect: [{{ at: "2026-03-03 10:00", channel: email }}]
    expect_nothing_else: true
""")
    run(tmp_path, templates, monkeypatch)
