"""Random rules from a pool of building blocks, and random stories of a shop that has them."""

# ruff: noqa: E501  a rule stands on one line

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from notifier.core.contact import REGISTERED, Contact, Finding
from notifier.core.retry import OutcomeKind
from notifier.core.rules import RuleSet
from notifier.core.update import Shipment, Update
from tests.simulation.engine import Story
from tests.simulation.shops import ZONE, rules

HOUR, DAY = 3_600.0, 86_400.0

POOL = (
    "{ id: shipped, when: [collected, en_route], once: order, send: email }",
    "{ id: shipped, when: [collected, en_route], settle: 15m, once: order, throttle: { per: contact, max: 1, in: 24h }, send: email }",
    "{ id: parcel, when: collected, once: shipment, throttle: { per: contact, max: 2, in: 24h }, send: [email, sms] }",
    "{ id: extra, when: { new_shipment: true }, match: { sent: shipped }, once: shipment, send: email }",
    "{ id: new, when: { new_shipment: true }, once: shipment, send: { first_of: [{ channel: sms, window: sms-hours }, email] } }",
    "{ id: delivered, when: delivered, once: order, cancels: [shipped, extra, delay, parcel],"
    " send: { first_of: [{ channel: sms, window: sms-hours, outside: defer, max_defer: 14h }, email] } }",
    "{ id: arrived, when: delivered, throttle: { per: contact, max: 1, in: 24h }, send: { channel: sms, window: sms-hours } }",
    "{ id: night, when: [delivered, problem], send: { first_of: [{ channel: sms, window: sms-hours, outside: next }, email] } }",
    "{ id: dropping, when: [problem, lost], throttle: { per: contact, max: 1, in: 3d, over: drop }, send: email }",
    "{ id: welcome, when: [new, label], once: contact, send: email }",
    "{ id: review, when: { status: delivered, after: 3d }, match: { never: [problem, lost] }, category: marketing, send: email }",
    "{ id: later, when: { status: [collected, en_route], after: 2bd, calendar: warehouse }, once: order, send: email }",
    "{ id: delay, when: { stuck: { in: [collected, en_route], for: 2bd, calendar: warehouse } }, once: order, send: email }",
    "{ id: stuck, when: { stuck: { in: [label, ready], for: 20h } }, group: { by: [carrier], wait: 10m, interval: 4h }, resolve: collected, send: slack }",
    "{ id: problem, when: [problem, lost], severity: { problem: warning, lost: critical }, send: slack,"
    " resolve: [en_route, delivered], escalate: [{ after: 30m, window: office, send: oncall }, { after: 4h, send: ops-email }] }",
    "{ id: trouble, when: [problem, lost], once: order, send: [slack, email], group: { by: [rule, carrier], wait: 5m, interval: 3h },"
    " resolve: delivered, repeat: 30h7s }",
    "{ id: grouped, when: [problem, collected], group: { by: [status], wait: 20m, interval: 6h, max_items: 2 }, send: ops-email }",
    "{ id: shown, when: [collected, delivered], mode: shadow, throttle: { per: contact, max: 1, in: 24h }, send: email }",
    "{ id: digest, when: { schedule: { at: ['08:30', '02:30'] } }, digest: { rules: [problem, grouped], skip_empty: true }, send: ops-email }",
    "{ id: quiet, when: { quiet: { for: 12h, calendar: warehouse } }, escalate: [{ after: 2h, send: oncall }], send: ops-email }",
    "{ id: rate, when: { rate: { of: [problem, lost], among: [collected, problem, lost], by: carrier, window: 48h, above: 30%, min: 2 } },"
    " repeat: 11h7s, send: slack }",
    "{ id: news, when: [label, collected, en_route, delivered, problem], throttle: { per: contact, max: 1, in: 24h }, send: email }",
    "{ id: texts, when: [new, collected, en_route, problem], throttle: { per: contact, max: 1, in: 30h }, send: { channel: sms, window: sms-hours } }",
    "{ id: plain, when: [ready, delivered, lost], throttle: { per: contact, max: 1, in: 20h }, send: sms }",
    "{ id: fallen, when: collected, send: { first_of: [sms, email] } }",
    "{ id: given-up, when: { internal: [send_gave_up] }, send: ops-email }",
)
"""Rules by id; of one id a file holds one."""

TAILS = (
    "mute: [{ id: hush, while: rate, same: [carrier], rules: [grouped, stuck] }]",
    "mute: [{ id: hush, while: problem, rules: [grouped] }]",
    "brake: { above: 10, window: 1h, min: 2, send: slack }",
)

HEADS = (
    "",
    "orders: { unknown: accept, missing_contact: { send: slack, template: contact-missing, once: order } }\n",
    "orders: { hold_for: 60d }\n",
)

JANE = Contact(email="jane@example.org", phone="+31612345678", marketing=True)
CONTACTS = (
    JANE,
    JANE,
    JANE,
    Contact(email="jane@example.org", phone="+31612345678", timezone="America/New_York"),
    Contact(email="bob@example.org", timezone="Asia/Tokyo"),
    Contact(phone="+31687654321", marketing=False),
    Contact(email="eve@example.org", do_not_contact=True),
)

REFS = ("1", "2", "3")


@lru_cache(1000)
def loaded(text: str) -> RuleSet:
    return rules(text)


def _file(head: str, blocks: list[str], tail: str) -> str:
    by_id = {block.split(",")[0].removeprefix("{ id: "): block for block in blocks}
    if "shipped" not in by_id:  # what names a rule that is not there is left out, and named by none
        by_id.pop("extra", None)
    if not {"problem", "grouped"} & by_id.keys():
        by_id.pop("digest", None)
    by_id = by_id or {"x": "{ id: x, when: new, send: slack }"}
    wanted = {"rate": "while: rate", "problem": "while: problem"}
    listing = "".join(f"  - {block}\n" for block in by_id.values())
    for id_, words in wanted.items():
        if words in tail and id_ not in by_id:
            tail = ""
    if tail.startswith("mute"):
        names = tail[tail.index("rules: [") + 8 : tail.index("] }]")].split(", ")
        left = [name for name in names if name in by_id]
        tail = tail.replace(", ".join(names), ", ".join(left)) if left else ""
    for block in by_id.values():
        for key in ("cancels: [", "digest: { rules: [", "sent: "):
            if key in block:
                listing = _only_known(listing, block, key, by_id)
    return f"{head}rules:\n{listing}{tail}\n"


def _only_known(listing: str, block: str, key: str, by_id: dict[str, str]) -> str:
    start = block.index(key) + len(key)
    end = block.index("]" if key.endswith("[") else " }", start)
    names = [name.strip() for name in block[start:end].split(",")]
    left = [name for name in names if name in by_id]
    if left:
        changed = block[:start] + ", ".join(left) + block[end:]
    elif key.startswith("cancels"):
        changed = block[: start - len(key)] + block[end + 3 :]
    else:
        changed = block
    return listing.replace(block, changed)


FILES = st.builds(
    _file,
    st.sampled_from(HEADS),
    st.lists(st.sampled_from(POOL), min_size=2, max_size=6, unique=True),
    st.sampled_from(("", "", *TAILS)),
)

STARTS = tuple(
    datetime(2026, *day, tzinfo=ZONE).timestamp() for day in ((3, 2), (3, 27), (10, 23), (12, 24))
)  # a Monday; clocks go forward, back; Christmas


@st.composite
def stories(draw: Any) -> Story:
    """Return a story of about a week; no two things that come from outside happen in the same second."""
    start = draw(st.sampled_from(STARTS))
    minute = st.one_of(st.integers(8 * 60, 22 * 60), st.integers(0, 6 * 24 * 60))
    number = iter(range(1, 100))

    def moment(minutes: int) -> float:
        return start + 60.0 * minutes + next(number) * 0.17  # never the moment of something else

    registered = []
    for ref in REFS:
        who = draw(st.sampled_from(CONTACTS))
        registered.append((start, ref, Finding(REGISTERED, who, start)))
    for ref, who, at in draw(
        st.lists(st.tuples(st.sampled_from(REFS), st.sampled_from(CONTACTS), minute), max_size=4)
    ):
        when = moment(at)
        registered.append((when, ref, Finding(REGISTERED, who, when)))
    missing = draw(st.sampled_from(("", "", "3")))
    registered = [one for one in registered if one[1] != missing]
    updates = []
    parcels = st.lists(st.sampled_from(("A1", "B2", "C3")), max_size=2, unique=True)
    for ref, code, at, delay, codes in draw(
        st.lists(
            st.tuples(
                st.sampled_from(REFS),
                st.sampled_from("NLRCEIXDQ"),
                minute,
                st.sampled_from((0, 0, 0, 5, 90, 300, 1500)),
                parcels,
            ),
            min_size=1,
            max_size=14,
        )
    ):
        shipments = tuple(Shipment("dhl" if c == "C3" else "postnl", "", c) for c in codes)
        happened = start + 60.0 * at
        update = Update("test", ref, code, event_at=happened, shipments=shipments)
        updates.append((moment(at + delay), update))
    acknowledged = tuple(
        (moment(at), draw(st.sampled_from(("problem", "trouble"))), draw(st.sampled_from(REFS)))
        for at in draw(st.lists(minute, max_size=1))
    )
    failures = tuple(
        (channel, start + 60.0 * at, start + 60.0 * (at + length), kind)
        for channel, at, length, kind in draw(
            st.lists(
                st.tuples(
                    st.sampled_from(("email", "sms", "slack", "oncall")),
                    minute,
                    st.sampled_from((3, 45, 600, 3000)),
                    st.sampled_from((OutcomeKind.TRANSIENT, OutcomeKind.PERMANENT, OutcomeKind.UNKNOWN)),
                ),
                max_size=2,
            )
        )
    )
    silences = tuple(
        (start + 60.0 * at, start + 60.0 * at + 10 * HOUR, matchers, customers)
        for at, matchers, customers in draw(
            st.lists(
                st.tuples(
                    minute,
                    st.sampled_from(({"carrier": ("postnl",)}, {"status": ("problem",)})),
                    st.booleans(),
                ),
                max_size=1,
            )
        )
    )
    released = tuple(moment(at) for at in draw(st.lists(minute, max_size=1)))
    return Story(
        start,
        start + 10 * DAY,
        tuple(registered),
        tuple(updates),
        acknowledged,
        released,
        silences,
        failures,
    )


def is_comparable(text: str, story: Story) -> bool:
    """Tell whether both worlds mean to tell the same.

    Rates count what is held in the real one only; and an update without parcels there for those that
    its order has when they are counted, in the simulated one for those that it had when it was judged.
    """
    if "{ id: rate," not in text:
        return True
    known = {ref for _, ref, _ in story.registered}
    return ("unknown: accept" in text or known == {*REFS}) and all(u.shipments for _, u in story.updates)
