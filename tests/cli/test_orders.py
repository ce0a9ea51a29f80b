"""What an operator asks of orders: whose it is, where that is from, what became of it, what waits for it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import replace

import pytest

from notifier.core.contact import Finding, Item
from notifier.core.flaw import Flaw
from notifier.core.lookup import LookupState, Verdict
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.rules import MISSING_CONTACT
from notifier.core.situation import Decision
from notifier.core.update import Shipment, Update
from notifier.store.protocol import Received
from notifier.store.sqlite.store import SqliteStore
from tests import factories
from tests.cli.conftest import NOW, Shop
from tests.factories import T0

FINGERPRINT = "0123456789ab"


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


@pytest.fixture
def store(shop: Shop) -> Iterable[SqliteStore]:
    store = SqliteStore(shop.database)
    store.migrate()
    store.orders.accept_unknown(True)
    yield store
    store.close()


def record(store: SqliteStore, *updates: Update, now: float = NOW) -> None:
    store.updates.record([Received(update, b"{}") for update in updates], now)


def decide(store: SqliteStore, *decisions: Decision, awaits: bool = False, late: bool = False) -> None:
    """Judge everything that is undecided alike."""
    for claimed in store.updates.claim("worker", NOW, 60, 100):
        plan = Plan(decisions, (), awaits)
        store.updates.record_plan(claimed, "worker", plan, late, FINGERPRINT, NOW + 1)


def look_up(store: SqliteStore, verdict: Verdict, now: float = NOW + 2) -> None:
    """Have the one lookup that is due end like this."""
    (claimed,) = store.lookups.claim("worker", now, 60, 10)
    store.lookups.settle(claimed, verdict, False, now)


AWAITING = Decision("shipped", False, Reason.AWAITING_CONTACT)


def found(**more: object) -> Finding:
    return factories.finding(source="cottoncast", at=NOW + 2, **more)


# --- orders show -------------------------------------------------------------------------------------


def test_show_prints_what_is_known_in_columns(story: Shop) -> None:
    done = story.run("orders", "show", "41")
    assert (done.returncode, done.stderr) == (0, "")
    assert rows(done.stdout) == [
        ["FIELD", "VALUE"],
        ["order", "41"],
        ["Cottoncast id", "3AF7"],
        ["status", "Shipped"],
        ["contact", "from registered, 2021-05-26 05:36:27Z"],
        ["contact name", "Jane Example"],
        ["contact email", "jane@example.org"],
        ["contact phone", "+31612345678"],
        ["contact locale", "nl"],
        ["contact country", "NL"],
        ["contact timezone", "Europe/Amsterdam"],
        ["attribute total", "49.9"],
        [
            "parcel 3SABC",
            "PostNL https://track.example/3SABC; first named by update 1, 2021-05-26 05:34:47Z",
        ],
        [""],
        ["HAPPENED", "STATUS", "LATE", "STATE", "ARRIVED", "ID"],
        ["2021-05-26 05:34:47Z", "Shipped (C)", "", "decided", "2021-05-26 05:36:27Z", "1"],
    ]
    assert story.run("order", "show", "41").stdout == done.stdout


def test_show_lists_the_course_as_it_happened_and_who_first_named_a_parcel(
    shop: Shop, store: SqliteStore
) -> None:
    first = Shipment("postnl", "PostNL", "3SONE", "javascript:alert(1)")
    second = Shipment("dhl", "", "JJTWO", "https://track.example/JJTWO")
    record(store, factories.update("D", "50", at=T0 + 3600, shipments=(second,)))
    decide(store)
    record(store, factories.update("C", "50", at=T0, shipments=(first, second)), now=NOW + 5)
    decide(store, late=True)

    told = rows(shop.run("orders", "show", "50").stdout)

    assert [
        "parcel 3SONE",
        "PostNL javascript:alert(1) (no safe link); first named by update 2, 2021-05-26 05:34:47Z",
    ] in told
    assert [
        "parcel JJTWO",
        "dhl https://track.example/JJTWO; first named by update 2, 2021-05-26 05:34:47Z",
    ] in told
    assert told[-2:] == [
        ["2021-05-26 05:34:47Z", "Shipped (C)", "late", "decided", "2021-05-26 05:36:32Z", "2"],
        ["2021-05-26 06:34:47Z", "Delivered (D)", "", "decided", "2021-05-26 05:36:27Z", "1"],
    ]


def test_show_says_which_label_was_replaced(shop: Shop, store: SqliteStore) -> None:
    for code, at in (("3SOLD", T0), ("3SNEW", T0 + 60)):
        parcel = Shipment("postnl", "PostNL", code)
        record(store, factories.update("C", "50", at=at, shipments=(parcel,)))
        decide(store)
    told = {row[0]: row[1] for row in rows(shop.run("orders", "show", "50").stdout) if len(row) == 2}
    assert told["parcel 3SOLD"].endswith("; replaced by another label, 2021-05-26 05:35:47Z")
    assert "replaced" not in told["parcel 3SNEW"]


def test_show_tells_wishes_items_and_marks_with_their_reasons(shop: Shop, store: SqliteStore) -> None:
    contact = replace(
        factories.JANE,
        channels=frozenset({"sms", "email"}),
        marketing=True,
        do_not_contact=True,
        unusable={"phone": Flaw.NO_SUCH_NUMBER},
        phone=None,
    )
    items = (Item("Mug", "M1", 2, "https://img.example/mug.png"), Item("Tea"))
    store.orders.register([("41", factories.finding(contact, items=items))], NOW)
    store.addresses.refuse("jane@example.org", "550 5.1.1 no such user", NOW)
    store.addresses.unsubscribe("jane@example.org", NOW + 60)

    told = rows(shop.run("orders", "show", "41").stdout)

    for row in (
        ["contact channels", "email, sms"],
        ["contact marketing", "yes"],
        ["contact do_not_contact", "yes: she wants to hear nothing"],
        ["unusable phone", "no phone number like this can exist there"],
        [
            "refused address",
            "jane@example.org since 2021-05-26 05:36:27Z: 550 5.1.1 no such user;"
            " `notifier address allow` has it tried again",
        ],
        ["unsubscribed", "jane@example.org since 2021-05-26 05:37:27Z"],
        ["item M1", "2 × Mug https://img.example/mug.png"],
        ["item -", "1 × Tea"],
    ):
        assert row in told


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (
            Verdict(LookupState.DUE, due_at=NOW + 60, detail="cottoncast: HTTP 503"),
            "being looked up since 2021-05-26 05:36:28Z, 1 attempt, next try 2021-05-26 05:37:27Z:"
            " cottoncast: HTTP 503",
        ),
        (Verdict(LookupState.MISSING), "no source has it, asked 2021-05-26 05:36:29Z"),
        (
            Verdict(LookupState.GAVE_UP, detail="cottoncast: HTTP 503"),
            "gave up 2021-05-26 05:36:29Z after 1 attempt: cottoncast: HTTP 503",
        ),
        (Verdict(LookupState.FOUND, found()), "found 2021-05-26 05:36:29Z by cottoncast"),
    ],
)
def test_show_and_explain_tell_where_the_lookup_is(
    shop: Shop, store: SqliteStore, verdict: Verdict, said: str
) -> None:
    record(store, factories.update("C", "50"))
    decide(store, AWAITING, awaits=True)
    look_up(store, verdict)

    told = rows(shop.run("orders", "show", "50").stdout)
    assert ["lookup", said] in told
    unknown = ["contact", "not known; PUT /orders/50 tells it"] in told
    assert unknown is (verdict.state in (LookupState.MISSING, LookupState.GAVE_UP))
    assert json.loads(shop.run("orders", "show", "50", "--json").stdout)["lookup"]["state"] == verdict.state
    if verdict.state is LookupState.FOUND:
        assert ["contact", "from cottoncast, 2021-05-26 05:36:29Z"] in told
    else:
        assert f"\n  contact {said}\n" in shop.run("explain", "50").stdout


def test_show_prints_json_with_all_of_it(story: Shop) -> None:
    told = json.loads(story.run("orders", "show", "41", "--json").stdout)
    assert (told["ref"], told["status"], told["registered"]) == ("41", "collected", True)
    assert (told["source"], told["contact_at"], told["forgotten"]) == ("registered", NOW, False)
    assert told["contact"]["email"] == "jane@example.org"
    assert told["contact"]["unusable"] == []
    assert told["attributes"] == {"total": 49.9}
    assert [(p["tracking_code"], p["named_by"], p["link"]) for p in told["shipments"]] == [
        ("3SABC", 1, "https://track.example/3SABC")
    ]
    assert [(u["id"], u["status"], u["late"], u["state"]) for u in told["updates"]] == [
        (1, "collected", False, "decided")
    ]
    assert told["lookup"] is None


def test_show_says_that_an_order_is_not_registered(story: Shop) -> None:
    told = rows(story.run("orders", "show", "42").stdout)
    assert ["registered", "no: its updates are held until PUT /orders/42"] in told


def test_show_and_explain_say_that_an_order_was_forgotten(story: Shop) -> None:
    assert story.run("forget", "41", "--yes").returncode == 0
    words = "what is personal was erased; the customer is told nothing more"
    assert ["forgotten", words] in rows(story.run("orders", "show", "41").stdout)
    assert f"  forgotten: {words}\n" in story.run("explain", "41").stdout


def test_what_a_sender_wrote_steers_no_terminal_and_breaks_no_column(shop: Shop, store: SqliteStore) -> None:
    parcel = Shipment("\x1b[2J", "Post\tNL", "3S\x9b31m\n", "x:\u202e")
    record(store, factories.update("C", "50", shipments=(parcel,)))
    store.orders.register([("50", factories.finding(attributes={"note": "a\x1b[31m\tb\nc"}))], NOW)

    shown, told = shop.run("orders", "show", "50").stdout, shop.run("explain", "50").stdout

    assert ["attribute note", "a [31m b c"] in rows(shown)
    for text in (shown, told):
        assert all(c.isprintable() or c in "\t\n" for c in text)
    assert [row[0] for row in rows(shown) if row[0].startswith("parcel")] == ["parcel 3S 31m "]


# --- explain and the contact ---------------------------------------------------------------------------


def test_explain_says_that_an_update_waits_for_its_contact(shop: Shop, store: SqliteStore) -> None:
    record(store, factories.update("C", "50"))
    decide(store, AWAITING, Decision("ops", True, Reason.FIRED, "send: slack"), awaits=True)

    told = shop.run("explain", "50").stdout

    waits = "being looked up since 2021-05-26 05:36:28Z, nobody was asked yet"
    assert f"\n  contact {waits}\n" in told
    assert "  update 1, arrived 2021-05-26 05:36:27Z, awaiting_contact\n" in told
    assert f"  waits for the contact: {waits}\n" in told
    assert "· shipped: awaiting_contact: the contact is being looked up" in told
    assert "✓ ops: send: slack" in told


def test_explain_shows_with_each_update_whose_contact_it_was_decided_by(
    shop: Shop, store: SqliteStore
) -> None:
    record(store, factories.update("C", "50"))
    decide(store)
    store.orders.register([("50", factories.finding(at=NOW + 100))], NOW + 100)
    told = shop.run("explain", "50").stdout
    assert "  decided before today's contact came from registered, 2021-05-26 05:38:07Z\n" in told

    record(store, factories.update("D", "50", at=T0 + 50))
    for claimed in store.updates.claim("worker", NOW + 200, 60, 10):
        store.updates.record_plan(claimed, "worker", Plan((), ()), False, FINGERPRINT, NOW + 200)
    told = shop.run("explain", "50").stdout.partition("Delivered (D)")[2]
    assert "\n  contact from registered, 2021-05-26 05:38:07Z\n" in told


def test_explain_shows_the_verdict_on_a_missing_contact(shop: Shop, store: SqliteStore) -> None:
    record(store, factories.update("C", "50"), factories.update("C", "51"))
    nobody = Decision("shipped", False, Reason.NO_CONTACT, "send: email")
    first, second = store.updates.claim("worker", NOW, 60, 10)
    missed = Decision(MISSING_CONTACT, True, Reason.FIRED, "send: slack")
    store.updates.record_plan(first, "worker", Plan((nobody, missed), ()), False, FINGERPRINT, NOW)
    known = Decision(MISSING_CONTACT, False, Reason.NO_MATCH, "nobody was missed")
    store.updates.record_plan(second, "worker", Plan((known,), ()), False, FINGERPRINT, NOW)

    assert "✓ orders.missing_contact: send: slack\n" in shop.run("explain", "50").stdout
    assert "missing_contact" not in shop.run("explain", "51").stdout
    assert "· orders.missing_contact: nobody was missed\n" in shop.run("explain", "51", "--all").stdout


# --- orders held -----------------------------------------------------------------------------------------


def test_held_lists_what_waits_for_its_order_oldest_first(shop: Shop, store: SqliteStore) -> None:
    store.orders.accept_unknown(False)
    now = time.time()
    record(store, factories.update("C", "50"), now=now - (3 * 24 + 4) * 3600 - 60)
    record(store, factories.update("D", "A/51"), now=now - 30)

    done = shop.run("orders", "held")

    heading, *listed = rows(done.stdout)
    assert heading == ["ORDER", "STATUS", "HAPPENED", "HELD SINCE", "AGE", "EXPIRES"]
    assert [row[:3] for row in listed] == [
        ["50", "Shipped (C)", "2021-05-26 05:34:47Z"],
        ["A/51", "Delivered (D)", "2021-05-26 05:34:47Z"],
    ]
    assert listed[0][4] == "3 d 4 h"
    assert listed[0][5] == "in 10 d 19 h"
    assert listed[1][4].endswith(" s")
    assert done.stderr == "register them: PUT /orders/50, or notifier orders import FILE\n"

    first = shop.run("orders", "held", "--limit", "1")
    assert [row[0] for row in rows(first.stdout)[1:]] == ["50"]
    assert first.stderr.startswith("1 more: --limit 2 lists them all\n")
    told = json.loads(shop.run("orders", "held", "--json").stdout)
    assert [(u["ref"], u["status"]) for u in told] == [("50", "collected"), ("A/51", "delivered")]
    assert told[0]["expires_at"] - told[0]["held_since"] == 14 * 86_400
    _, screen = shop.watch("orders", "held")
    assert "3 d 4 h  in 10 d 19 h" in screen


def test_held_says_that_nothing_waits(shop: Shop, store: SqliteStore) -> None:
    done = shop.run("orders", "held")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "no update waits for its order: all is registered\n"
    assert json.loads(shop.run("orders", "held", "--json").stdout) == []


def test_held_does_without_rules_that_cannot_be_used(shop: Shop, store: SqliteStore) -> None:
    store.orders.accept_unknown(False)
    record(store, factories.update("C", "50"))
    done = shop.run("orders", "held", NOTIFIER_RULES="missing.yaml")
    assert done.returncode == 0
    assert rows(done.stdout)[1][5] == "never"


# --- help ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        *(("orders", name) for name in ("show", "held", "lookup", "import")),
        *(("address", name) for name in ("show", "refuse", "allow")),
    ],
    ids=" ".join,
)
def test_every_member_of_a_group_explains_itself_with_an_example(shop: Shop, words: tuple[str, str]) -> None:
    done = shop.run(*words, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: notifier {' '.join(words)} ")
    assert f"notifier {' '.join(words)}" in done.stdout.partition("Example")[2]
    assert f"\n  {words[1]} " in shop.run(words[0], "--help").stdout


def test_the_help_of_the_whole_lists_no_old_names(shop: Shop) -> None:
    told = shop.run("--help").stdout
    assert "\n  orders " in told
    assert "\n  order " not in told
