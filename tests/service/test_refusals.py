"""What meets everybody pauses the channel and fails nobody, also those that it met first."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from notifier.core.contact import Contact
from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.refusals import FEW, MANY
from notifier.core.rest import FIRST_REST, LONGEST_REST
from notifier.core.retry import REFUSED_HERE, Outcome, OutcomeKind
from notifier.service.ledger import Ledger
from notifier.service.refusals import BEHIND
from notifier.service.sender import Ready, Sender
from notifier.store.sqlite.store import SqliteStore
from tests.factories import T0, delivery, register, rule, ruleset
from tests.service.conftest import Desk, send

BLOCKED = Outcome(OutcomeKind.PERMANENT, "554 5.7.1", "rcpt: Client host blocked, see <url>")
UNKNOWN = Outcome(OutcomeKind.PERMANENT, "550 5.1.1", "rcpt: user unknown", bad_address=True)
DENIED = Outcome(OutcomeKind.PERMANENT, "554 5.2.252", "after data: SendAsDenied", about_us=True)


def tell(desk: Desk, *numbers: int, code: str = "C", **contact: Any) -> None:
    """Have a message due for each of these customers."""
    for n in numbers:
        email = f"customer-{n}@example.org"
        register(desk.store, f"o{n}", Contact(**({"name": "Jo", "email": email} | contact)), at=T0)
        desk.tell(code, f"o{n}")
    while desk.decide():
        pass


def states(desk: Desk) -> dict[State, int]:
    return {State(state): n for state, n in desk.store.outbox.counts().items()}


def told(desk: Desk) -> list[tuple[str, str]]:
    return [(e.kind, e.subject) for e in reversed(desk.store.events.newest(99))]


def recipients(desk: Desk) -> list[str]:
    return [sent.recipient.split("@")[0].removeprefix("customer-") for sent in desk.line.sent]


def everybody_gets(desk: Desk, said: Outcome) -> None:
    """Have the service say this to everybody from now on."""
    desk.line.send = lambda name, rendered, recipient, message_id: (  # type: ignore[method-assign]
        desk.line.__class__.send(desk.line, name, rendered, recipient, message_id) and said
    )


def mend(desk: Desk) -> None:
    del desk.line.send  # type: ignore[attr-defined]


def work(desk: Desk, seconds: float) -> None:
    """Let a worker send whatever it may, for so long."""
    until = desk.clock.now + seconds
    while desk.clock.now < until:
        while desk.send():
            pass
        desk.clock.now += 1.0


@pytest.mark.parametrize("said", [BLOCKED, UNKNOWN, DENIED])
def test_a_refusal_of_everybody_fails_nobody_and_all_is_delivered_once_when_it_is_over(
    desk: Desk, said: Outcome
) -> None:
    tell(desk, *range(60))
    everybody_gets(desk, said)
    work(desk, 120)

    assert states(desk) == {State.PENDING: 60}
    (state,) = desk.store.channels.paused()
    assert (state.name, state.reason, state.code) == ("email", Reason.REFUSES_EVERYONE, said.code)
    assert state.detail == f"{said.code} {said.detail}"
    assert told(desk) == [("channel_down", "email")]
    assert len(desk.line.sent) < MANY + 10, "it is probed, and less and less often"
    assert desk.store.addresses.marks(f"customer-{n}@example.org" for n in range(60)) == {}

    mend(desk)
    desk.line.sent.clear()
    work(desk, 2 * LONGEST_REST)

    assert states(desk) == {State.DELIVERED: 60}
    assert sorted(recipients(desk)) == sorted(map(str, range(60)))
    assert desk.store.channels.paused() == []
    assert told(desk) == [("channel_down", "email"), ("channel_up", "email")]


def test_single_dead_addresses_among_good_ones_fail_at_once_and_are_marked(desk: Desk) -> None:
    tell(desk, *range(20))
    dead = {3, 4, 5, 11, 19}
    desk.line.outcomes.extend(UNKNOWN if n in dead else OutcomeKind.DELIVERED for n in range(20))
    while desk.send():
        pass

    assert states(desk) == {State.DELIVERED: 15, State.FAILED: 5}
    assert desk.store.channels.paused() == []
    assert told(desk) == []
    assert len(desk.store.addresses.marks(f"customer-{n}@example.org" for n in range(20))) == 5


def test_a_small_shop_with_a_wrong_address_now_and_then_is_never_held(desk: Desk) -> None:
    for day in range(12):
        tell(desk, *range(3 * day, 3 * day + 3))
        desk.line.outcomes.extend([OutcomeKind.DELIVERED, BLOCKED, OutcomeKind.DELIVERED])
        work(desk, 3)
        desk.clock.now += 86_400

    assert states(desk) == {State.DELIVERED: 24, State.FAILED: 12}
    assert told(desk) == []


def test_it_is_probed_by_one_message_at_a_time_each_for_somebody_else_and_less_and_less_often(
    desk: Desk,
) -> None:
    tell(desk, *range(FEW + 4))
    everybody_gets(desk, BLOCKED)
    while desk.send():
        pass
    desk.line.sent.clear()
    began, probes = desk.clock.now, []
    while len(probes) < FEW + 4:
        if len(desk.line.sent) > len(probes):
            probes.append(desk.clock.now - began)
        desk.clock.now += 1.0
        desk.send()

    waits = [late - early for early, late in pairwise([0.0, *probes])]
    assert waits == pytest.approx([15, 15, 30, 60, 120, 240, *[LONGEST_REST] * 3], abs=BEHIND)
    assert len(set(recipients(desk))) == FEW + 4, "one bad address does not keep it closed"


def test_messages_on_the_wire_when_the_pattern_appears_wait_as_well(desk: Desk) -> None:
    tell(desk, *range(24))
    everybody_gets(desk, BLOCKED)
    for _ in range(3):
        ready = [one for one in desk.sender.prepare(desk.claim(8)) if isinstance(one, Ready)]
        results = [desk.sender.judge(one, desk.sender.transmit(one)) for one in desk.sender.start(ready)]
        Ledger(desk.store, desk.sender, desk.clock).write(results, [], None)

    assert states(desk) == {State.PENDING: 24}
    assert len(desk.line.sent) == 8, "then it is held"


def test_workers_count_together_and_a_restart_forgets_nothing(desk: Desk, store: SqliteStore) -> None:
    tell(desk, *range(FEW))
    everybody_gets(desk, BLOCKED)
    for n in range(FEW):
        (message,) = desk.claim()
        # Each is sent by a worker of its own, which starts just now.
        send(Sender(store, desk.running, f"here/{n}/1", desk.clock, lambda: 0.0), message)

    assert states(desk) == {State.PENDING: FEW}
    assert [s.reason for s in desk.store.channels.paused()] == [Reason.REFUSES_EVERYONE]


def test_a_person_can_have_it_tried_now(desk: Desk) -> None:
    tell(desk, *range(FEW))
    everybody_gets(desk, BLOCKED)
    work(desk, 3)
    mend(desk)
    desk.clock.now += BEHIND + FIRST_REST - 5
    desk.store.channels.probe("email", desk.clock.now - 5)
    work(desk, 10)

    assert states(desk) == {State.DELIVERED: FEW}


def test_another_answer_to_a_probe_is_that_messages_alone_and_the_next_one_goes_at_once(desk: Desk) -> None:
    tell(desk, *range(FEW + 2))
    everybody_gets(desk, BLOCKED)
    work(desk, 3)
    mend(desk)
    desk.line.outcomes.append(UNKNOWN)
    work(desk, FIRST_REST + BEHIND + 10)

    assert states(desk) == {State.DELIVERED: FEW + 1, State.FAILED: 1}
    assert desk.store.channels.paused() == []


# marks, and what was decided by them


def test_news_that_was_kept_from_an_address_by_a_mark_is_told_when_the_mark_was_the_channels(
    desk: Desk,
) -> None:
    desk.rules = ruleset(rule("shipped"), rule("delivered", "D"))
    everybody_gets(desk, UNKNOWN)
    tell(desk, *range(MANY - 1))
    work(desk, 3)
    desk.tell("D", "o0", at=T0 + 60)  # decided while the address is marked
    desk.decide()
    assert desk.reasons("o0")[-1]["delivered"] is Reason.ADDRESS_REFUSED
    tell(desk, MANY - 1)
    work(desk, 3)
    mend(desk)
    desk.line.sent.clear()
    desk.decide()
    assert desk.reasons("o0")[-1]["delivered"] is Reason.FIRED
    work(desk, 2 * LONGEST_REST)

    assert states(desk) == {State.DELIVERED: MANY, State.DROPPED: 1}
    assert recipients(desk).count("0") == 1, "of the departure it is too late to tell"


def test_a_mark_from_before_stays(desk: Desk) -> None:
    desk.store.addresses.refuse("old@example.org", "bounced", T0)
    tell(desk, *range(60))
    everybody_gets(desk, UNKNOWN)
    work(desk, 30)

    assert list(desk.store.addresses.marks(["old@example.org"])) == ["old@example.org"]


# other ways


def test_what_took_its_next_way_before_stays_there_and_the_others_wait(desk: Desk) -> None:
    desk.rules = ruleset(rule(send=[delivery("sms", "email")]))
    for n in range(FEW + 3):
        phone, email = f"+3161234567{n}", f"customer-{n}@example.org"
        register(desk.store, f"o{n}", Contact(name="Jo", email=email, phone=phone), at=T0)
        desk.tell("C", f"o{n}")
    while desk.decide():
        pass
    desk.line.outcomes.extend([replace(BLOCKED, code="HTTP 400, error 21612")] * FEW)
    work(desk, 5)

    ways = sorted((m.send.channel, m.state) for m in desk.store.outbox.newest((), 99))
    assert ways == [
        *[("email", State.DELIVERED)] * (FEW - 1),
        *[("sms", State.FAILED)] * (FEW - 1),
        *[("sms", State.PENDING)] * 4,
    ]


def test_operators_who_share_one_chat_are_told_later_what_it_refused_message_after_message(
    desk: Desk,
) -> None:
    desk.rules = ruleset(rule(send=[delivery("slack")]))
    tell(desk, *range(9))
    everybody_gets(desk, replace(BLOCKED, code="HTTP 400", detail="invalid_blocks"))
    work(desk, 60)
    assert states(desk) == {State.PENDING: 9}
    assert told(desk) == [("channel_down", "slack")]
    mend(desk)
    work(desk, LONGEST_REST)

    assert states(desk) == {State.DELIVERED: 9}


def test_one_customer_who_is_refused_often_holds_nobody_up(desk: Desk) -> None:
    tell(desk, *range(9), email="jane@example.org")
    everybody_gets(desk, BLOCKED)
    work(desk, 3)

    assert states(desk) == {State.FAILED: 9}
    assert told(desk) == []


def test_our_own_refusals_say_nothing_of_the_channel(desk: Desk) -> None:
    tell(desk, *range(20))
    everybody_gets(desk, Outcome(OutcomeKind.PERMANENT, REFUSED_HERE, "too long"))
    work(desk, 3)

    assert states(desk) == {State.FAILED: 20}
    assert told(desk) == []
