"""A shop in a simulated world, as tests write it: rules as YAML, times on its clocks, and who was told."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from notifier.config.rulefile import load_rules
from notifier.core import status
from notifier.core.contact import REGISTERED, Contact, Finding
from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.retry import OutcomeKind
from notifier.core.rules import RuleSet
from notifier.core.update import Shipment, Update
from notifier.simulation.journal import Told
from notifier.simulation.world import World

ZONE = ZoneInfo("Europe/Amsterdam")

HEAD = """
version: 1
shop: { name: Example Shop, timezone: Europe/Amsterdam }
channels:
  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}", audience: customer }
  sms:
    url: "${env:SMS_URL}"
    to: "{{ contact.phone }}"
    audience: customer
    retry: { for: 10m, first: 1m, factor: 2, max: 15m }
    budget: 3/day
  slack: { url: "${env:SLACK_URL}", audience: ops, retry: { for: 1h } }
  ops-email: { url: "${env:EMAIL_URL}", to: ops@shop.example, audience: ops }
  oncall: { url: "${env:SMS_URL}", to: "+31600000009", audience: ops }
calendars:
  warehouse: { days: [mon-fri], hours: "08:00-18:00" }
windows:
  sms-hours: { days: [mon-sat], hours: "09:00-20:30", zone: contact }
  office: { days: [mon-fri], hours: "08:30-17:30", zone: shop }
"""


def rules(text: str) -> RuleSet:
    """Return the rules of a file that begins with HEAD."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "rules.yaml")
        file.write_text(HEAD + text)
        return load_rules(file, {}).ruleset


def when(at: str) -> float:
    """Return a moment of 2026 on the shop's clocks, "03-02 10:00", in Unix seconds UTC."""
    return datetime.strptime(f"2026-{at}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).timestamp()


def shown(at: float) -> str:
    """Return a moment as `when` takes it."""
    return datetime.fromtimestamp(at, ZONE).strftime("%m-%d %H:%M")


class Shop:
    """A shop with rules; the second of March 2026 is a Monday."""

    def __init__(self, text: str, start: str = "03-02 00:00") -> None:
        self.world = World(rules(text), when(start))
        self._known: set[str] = set()

    def order(self, ref: str = "1001", at: str | None = None, **contact: Any) -> None:
        """Have an order registered: of Jane, unless told otherwise."""
        who = Contact(**({"email": "jane@example.org", "phone": "+31612345678"} | contact))
        moment = self.world.now if at is None else when(at)
        self.world.register(ref, Finding(REGISTERED, who, moment), moment)
        self._known.add(ref)

    def update(
        self, at: str, code: str, ref: str = "1001", *parcels: str, carrier: str = "", arrives: str = ""
    ) -> None:
        """Have an update arrive; of an order that is not registered yet, that happens before."""
        if ref not in self._known:
            self.order(ref, email=f"{ref}@example.org", phone="+31612345678")
        shipments = tuple(Shipment(carrier, "", parcel) for parcel in parcels)
        update = Update("test", ref, status.CODES.get(code, code), event_at=when(at), shipments=shipments)
        self.world.receive(update, when(arrives or at))

    def fails(self, channel: str, since: str, until: str, how: str = "transient") -> None:
        """Have a channel fail for a while."""
        self.world.fails(channel, when(since), when(until), OutcomeKind(how))

    def told(self, until: str | None = None) -> list[str]:
        """Let the clock run, and return who was told: time, rule, channel, orders."""
        if until is None:
            self.world.settle(self.world.now + 90 * 86_400)
        else:
            self.world.advance(when(until))
        return [line(one) for one in self.world.told if one.state in (State.DELIVERED, State.SHADOWED)]

    def ends(self, reason: Reason) -> list[str]:
        """Return the messages that ended for a reason."""
        return [line(one) for one in self.world.told if one.reason is reason]

    def verdicts(self, rule: str) -> list[Reason]:
        """Return what a rule said, time after time."""
        return [d.reason for judged in self.world.judged for d in judged.decisions if d.rule == rule]

    def alerts(self) -> list[str]:
        """Return what became of alerts: time, rule, key, state."""
        return [f"{shown(a.at)} {a.alert.rule} {a.alert.key} {a.alert.state}" for a in self.world.alerts]


def line(told: Told) -> str:
    """Return a message in one line."""
    because = "" if told.kind == "update" else f" ({told.kind})"
    return " ".join([shown(told.at), told.rule, told.channel, *filter(None, told.refs)]) + because
