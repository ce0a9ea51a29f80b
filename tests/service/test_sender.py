"""The sender: a claimed message is judged once more, rendered, put on record, sent and settled."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from notifier.core.contact import Contact
from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.rest import LONGEST_REST
from notifier.core.retry import MAX_CLAIMS, Outcome, OutcomeKind, RetryPolicy
from notifier.core.rules import Category, Once
from notifier.service.sender import LEASE, Sender
from tests.factories import JANE, T0, channel, delivery, register, rule, ruleset, shipment, to_email, to_phone
from tests.outbox import start_attempt
from tests.service.conftest import Desk, send

DELIVERED, TRANSIENT, PERMANENT, DOWN, UNKNOWN = (
    OutcomeKind.DELIVERED,
    OutcomeKind.TRANSIENT,
    OutcomeKind.PERMANENT,
    OutcomeKind.CHANNEL_DOWN,
    OutcomeKind.UNKNOWN,
)
SMS_OR_MAIL = ruleset(rule(send=[delivery("sms", "email")]))
RESEND = (
    channel("email", to=to_email, resend_unknown=True),
    channel("sms", to=to_phone, resend_unknown=True),
    channel("slack"),
)


@pytest.fixture
def told(desk: Desk) -> Desk:
    """A desk with one decided update and its message due."""
    desk.tell("C")
    desk.decide()
    return desk


def test_a_message_is_sent_in_the_words_of_its_template(told: Desk) -> None:
    (message,) = told.send()

    (sent,) = told.line.sent
    assert (sent.channel, sent.recipient, sent.message_id) == (
        "email",
        "jane@example.org",
        message.message_id,
    )
    assert (sent.rendered.subject, sent.rendered.text) == ("Order 41", "Dear Jane Example, Shipped")
    assert (message.state, message.attempts, message.ended_at) == (State.DELIVERED, 1, T0 + 100)
    assert told.send() == []


@pytest.mark.parametrize(
    ("kind", "resend", "state", "reason", "attempts"),
    [
        (DELIVERED, False, State.DELIVERED, None, 1),
        (TRANSIENT, False, State.PENDING, None, 1),
        (PERMANENT, False, State.FAILED, Reason.REFUSED, 1),
        (DOWN, False, State.PENDING, None, 0),
        (UNKNOWN, False, State.UNKNOWN, Reason.ANSWER_LOST, 1),
        (UNKNOWN, True, State.PENDING, None, 1),
    ],
)
def test_the_outcome_decides_what_becomes_of_it(
    told: Desk, kind: OutcomeKind, resend: bool, state: State, reason: Reason | None, attempts: int
) -> None:
    if resend:
        told.rules = ruleset(channels=RESEND)
    told.line.outcomes.append(kind)

    (message,) = told.send()

    assert (message.state, message.reason, message.attempts) == (state, reason, attempts)
    (told_of,) = told.store.updates.history("41").updates[0].messages  # type: ignore[union-attr]
    (attempt,) = told_of.attempts
    assert (attempt.outcome, attempt.code, attempt.detail) == (kind.value, "code", "detail")
    if state is State.PENDING and kind is not DOWN:
        assert message.due_at == told.clock.now + 15
    assert bool(told.store.channels.paused()) is (kind is DOWN)


def test_it_is_tried_again_until_it_arrives_with_the_same_message_id(told: Desk) -> None:
    told.line.outcomes.extend([TRANSIENT, TRANSIENT])
    while told.states() == [State.PENDING]:
        (message,) = told.send()
        told.clock.now = max(told.clock.now, message.due_at)

    assert told.states() == [State.DELIVERED]
    assert len(told.line.sent) == 3
    assert len({sent.message_id for sent in told.line.sent}) == 1


def test_it_is_given_up_after_the_channels_patience(told: Desk) -> None:
    patience = RetryPolicy(within=100.0, first=30.0)
    told.rules = ruleset(channels=[channel("email", to=to_email, retry=patience)])
    told.line.outcomes.extend([TRANSIENT] * 99)
    while told.states() == [State.PENDING]:
        (message,) = told.send()
        told.clock.now = max(told.clock.now, message.due_at)

    assert (message.state, message.reason) == (State.FAILED, Reason.GAVE_UP)
    assert told.clock.now - (T0 + 100) <= 100


def test_a_channel_that_refuses_us_rests_and_one_message_probes_it(told: Desk) -> None:
    told.line.outcomes.append(DOWN)
    told.send()
    assert told.send() == []

    told.clock.now += LONGEST_REST
    (message,) = told.send()

    assert message.state is State.DELIVERED
    assert told.store.channels.paused() == []


def test_a_template_that_fails_is_told_with_file_and_line_and_sent_once_it_is_mended(told: Desk) -> None:
    broken = told.templates / "told" / "email.txt"
    words = broken.read_text()
    broken.write_text("Dear customer,\n{{ order.attributes.voucher }}")

    (message,) = told.send()

    assert (message.state, message.reason) == (State.FAILED, Reason.TEMPLATE_FAILED)
    assert "told/email.txt:2" in message.detail
    assert told.line.sent == []
    broken.write_text(words)
    told.store.outbox.retry(message.id, told.clock.now)
    (message,) = told.send()
    assert message.state is State.DELIVERED
    assert message.detail != "told/email.txt:2"


def test_a_message_about_a_parcel_is_told_with_that_parcel(desk: Desk) -> None:
    (desk.templates / "told" / "email.txt").write_text("{{ shipment.tracking_code }}")
    desk.rules = ruleset(rule(once=Once.SHIPMENT))
    desk.tell("C", shipments=(shipment("A"), shipment("B")))
    desk.decide()
    desk.send()
    desk.send()

    assert [sent.rendered.text for sent in desk.line.sent] == ["A", "B"]


# judged once more


def test_a_customer_who_was_deleted_is_told_nothing(told: Desk) -> None:
    (message,) = told.claim()
    told.store.orders.forget("41", told.clock.now)

    send(told.sender, message)

    assert told.line.sent == []
    (dropped,) = told.store.outbox.newest((), 9)
    assert (dropped.state, dropped.reason) == (State.DROPPED, Reason.CONTACT_REMOVED)


def test_a_customer_who_is_deleted_while_the_words_are_made_is_told_nothing(told: Desk) -> None:
    (message,) = told.claim()
    running = told.running()

    def deleted_meanwhile(*args: object) -> object:
        told.store.orders.forget("41", told.clock.now)
        return running.templates.render(*args)  # type: ignore[arg-type]

    class Slow:
        render = staticmethod(deleted_meanwhile)

    slow = replace(running, templates=Slow())  # type: ignore[arg-type]
    send(Sender(told.store, lambda: slow, "here/1/1", told.clock, lambda: 0.0), message)

    assert told.line.sent == []
    assert told.states() == [State.DROPPED]
    assert told.store.outbox.newest((), 1)[0].recipient == ""


def test_an_address_that_changed_is_the_only_one_written_to(told: Desk) -> None:
    register(told.store, "41", Contact(name="Jane", email="new@example.org"), at=told.clock.now)

    (message,) = told.send()

    assert [sent.recipient for sent in told.line.sent] == ["new@example.org"]
    assert message.recipient == "new@example.org"


def test_what_the_rules_no_longer_know_is_dropped(told: Desk) -> None:
    told.rules = ruleset(rule("other"))

    (message,) = told.send()

    assert (message.state, message.reason) == (State.DROPPED, Reason.RULE_REMOVED)
    assert told.line.sent == []


def test_a_message_whose_channel_cannot_be_used_just_now_waits(told: Desk) -> None:
    del told.line.kinds["email"]

    (message,) = told.send()

    assert (message.state, message.claims, message.attempts) == (State.PENDING, 0, 0)


# first_of


@pytest.fixture
def first_of(desk: Desk) -> Desk:
    """A desk with a message due that may go by SMS or by mail."""
    desk.rules = SMS_OR_MAIL
    desk.tell("C")
    desk.decide()
    return desk


def test_the_next_way_is_used_once_after_a_permanent_failure(first_of: Desk) -> None:
    first_of.line.outcomes.append(PERMANENT)

    first_of.send()
    first_of.send()

    assert [sent.channel for sent in first_of.line.sent] == ["sms", "email"]
    assert first_of.states() == [State.FAILED, State.DELIVERED]
    assert first_of.send() == []
    failed, sent = reversed(first_of.store.outbox.newest((), 9))
    assert failed.once == sent.once
    assert failed.message_id != sent.message_id


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("https://track.example/" + "x" * 2_000, "longer than 1,000 characters"),
        ("{{ order.attributes.voucher }}", "told/sms.txt:1"),
        ("{# nothing #}", "gave no text"),
    ],
    ids=["too-long", "fails", "empty"],
)
def test_the_next_way_is_used_where_a_message_cannot_be_worded(first_of: Desk, words: str, why: str) -> None:
    (first_of.templates / "told" / "sms.txt").write_text(words)

    (failed,) = first_of.send()
    (told,) = first_of.send()

    assert (failed.state, failed.reason) == (State.FAILED, Reason.TEMPLATE_FAILED)
    assert why in failed.detail
    assert (told.state, told.send.channel, told.once) == (State.DELIVERED, "email", failed.once)
    assert [sent.channel for sent in first_of.line.sent] == ["email"]
    assert first_of.send() == []


def test_a_message_that_may_have_been_sent_is_not_told_another_way_where_words_fail(first_of: Desk) -> None:
    first_of.line.outcomes.append(UNKNOWN)
    (message,) = first_of.send()
    first_of.store.outbox.retry(message.id, first_of.clock.now)
    (first_of.templates / "told" / "sms.txt").write_text("x" * 2_000)

    (message,) = first_of.send()

    assert (message.state, message.reason) == (State.FAILED, Reason.TEMPLATE_FAILED)
    assert first_of.send() == []


def test_there_is_no_next_way_after_the_last(first_of: Desk) -> None:
    first_of.line.outcomes.extend([PERMANENT, PERMANENT])

    first_of.send()
    first_of.send()

    assert first_of.send() == []
    assert first_of.states() == [State.FAILED, State.FAILED]


@pytest.mark.parametrize("kind", [TRANSIENT, DOWN, UNKNOWN])
def test_the_next_way_is_not_used_as_long_as_the_first_may_arrive(first_of: Desk, kind: OutcomeKind) -> None:
    first_of.line.outcomes.append(kind)

    first_of.send()
    first_of.send()

    assert [sent.channel for sent in first_of.line.sent] == ["sms"]


def test_the_next_way_is_used_when_the_address_of_the_first_is_gone(first_of: Desk) -> None:
    register(first_of.store, "41", Contact(email="jane@example.org"), at=T0)

    first_of.send()
    first_of.send()

    assert [sent.channel for sent in first_of.line.sent] == ["email"]
    assert first_of.states() == [State.DROPPED, State.DELIVERED]


def test_the_next_way_is_not_used_when_the_first_may_have_arrived(desk: Desk) -> None:
    desk.rules = ruleset(*SMS_OR_MAIL.rules, channels=RESEND)
    desk.tell("C")
    desk.decide()
    desk.line.outcomes.append(UNKNOWN)
    (message,) = desk.send()
    desk.clock.now = message.due_at
    register(desk.store, "41", Contact(email="jane@example.org"), at=T0)

    (message,) = desk.send()

    assert (message.state, message.reason) == (State.DROPPED, Reason.NO_ADDRESS)
    assert desk.states() == [State.DROPPED]
    assert [sent.channel for sent in desk.line.sent] == ["sms"]


# workers that vanish


@pytest.mark.parametrize(
    ("begun", "resend", "state"),
    [(False, False, State.PENDING), (True, False, State.UNKNOWN), (True, True, State.PENDING)],
)
def test_the_message_of_a_worker_that_vanished_is_recovered(
    told: Desk, begun: bool, resend: bool, state: State
) -> None:
    if resend:
        told.rules = ruleset(channels=RESEND)
    (message,) = told.claim()
    if begun:
        start_attempt(told.store, message, "jane@example.org", "", "", told.clock.now)
    assert told.sender.recover() == 0

    told.clock.now += LEASE
    assert told.sender.recover() == 1

    assert told.states() == [state]
    assert told.sender.recover() == 0
    (told_of,) = told.store.updates.history("41").updates[0].messages  # type: ignore[union-attr]
    assert [a.outcome for a in told_of.attempts] == ["unknown"] * begun


def test_a_message_that_ends_its_worker_three_times_is_set_aside(told: Desk) -> None:
    for _ in range(MAX_CLAIMS):
        assert len(told.claim()) == 1
        told.clock.now += LEASE
        told.sender.recover()

    (message,) = told.store.outbox.newest((), 1)
    assert (message.state, message.reason) == (State.FAILED, Reason.SET_ASIDE)
    assert told.send() == []


def test_lost_answers_are_not_taken_for_ended_workers(told: Desk) -> None:
    told.rules = ruleset(channels=RESEND)
    told.line.outcomes.extend([UNKNOWN] * (MAX_CLAIMS - 1))
    for _ in range(MAX_CLAIMS - 1):
        (message,) = told.send()
        told.clock.now = message.due_at
    assert len(told.claim()) == 1

    told.clock.now += LEASE
    told.sender.recover()

    (message,) = told.send()
    assert message.state is State.DELIVERED


def test_the_result_of_a_worker_that_was_taken_for_dead_is_refused(told: Desk) -> None:
    (message,) = told.claim()
    recovered = threading.Event()

    class Endless:
        """A service that answers after our lease has run out."""

        kind = staticmethod(told.line.kind)

        def send(self, *_: object) -> Outcome:
            told.clock.now += LEASE
            told.sender.recover()
            recovered.set()
            return Outcome(DELIVERED)

    running = told.running()
    slow = replace(running, gateway=Endless())  # type: ignore[arg-type]
    with capture_logs() as logs:
        send(Sender(told.store, lambda: slow, "slow/1/1", told.clock, lambda: 0.0), message)

    assert recovered.is_set()
    assert told.states() == [State.UNKNOWN]
    assert [line for line in logs if "refused" in line["event"]]


# what is written about it


def test_no_word_of_the_customer_is_in_the_log(told: Desk) -> None:
    told.line.outcomes.extend([TRANSIENT, PERMANENT])
    with capture_logs() as logs:
        (message,) = told.send()
        told.clock.now = message.due_at
        told.send()

    assert len(logs) == 2
    assert "jane" not in str(logs).lower()
    assert JANE.phone is not None
    assert JANE.phone not in str(logs)


# addresses and consent


def test_an_address_that_was_refused_for_good_is_not_tried_again_until_it_changes(desk: Desk) -> None:
    desk.rules = ruleset(rule("shipped"), rule("delivered", "D"))
    desk.line.outcomes.append(Outcome(PERMANENT, "550 5.1.1", "unknown user", bad_address=True))
    desk.tell("C")
    desk.decide()
    desk.send()

    desk.tell("D", at=T0 + 60)
    desk.decide()
    assert desk.send() == []
    assert desk.reasons()[-1]["delivered"] is Reason.ADDRESS_REFUSED

    register(desk.store, "41", Contact(email="jane@new.example"), at=T0)
    desk.tell("D", at=T0 + 61)
    desk.decide()
    desk.send()
    assert [sent.recipient for sent in desk.line.sent] == ["jane@example.org", "jane@new.example"]


def test_an_address_that_was_refused_is_refused_for_every_order(desk: Desk) -> None:
    register(desk.store, "42")
    desk.line.outcomes.append(Outcome(PERMANENT, "550 5.1.1", "unknown user", bad_address=True))
    for ref in ("41", "42"):
        desk.tell("C", ref)
        desk.decide()
        desk.send()

    assert len(desk.line.sent) == 1
    assert desk.reasons("42")[0]["shipped"] is Reason.ADDRESS_REFUSED


def test_a_person_can_have_a_refused_address_tried_again(desk: Desk) -> None:
    desk.line.outcomes.append(Outcome(PERMANENT, "550 5.1.1", "unknown user", bad_address=True))
    desk.tell("C")
    desk.decide()
    (message,) = desk.send()

    desk.store.outbox.retry(message.id, desk.clock.now)
    (message,) = desk.send()

    assert message.state is State.DELIVERED


def test_a_refused_number_leads_to_the_next_way(desk: Desk) -> None:
    desk.rules = SMS_OR_MAIL
    desk.line.outcomes.append(Outcome(PERMANENT, "1", "no such number", bad_address=True))
    desk.tell("C")
    desk.decide()
    desk.send()
    desk.send()
    desk.tell("C", at=T0 + 60)
    register(desk.store, "42")
    desk.tell("C", "42")
    desk.decide()
    desk.send()

    assert [sent.channel for sent in desk.line.sent] == ["sms", "email", "email"]


@pytest.mark.parametrize(
    ("category", "link"), [(Category.ORDER, ""), (Category.MARKETING, "https://n.example/")]
)
def test_only_marketing_can_be_unsubscribed_from(desk: Desk, category: Category, link: str) -> None:
    (desk.templates / "told" / "email.txt").write_text("Bye: {{ unsubscribe_url }}")
    register(desk.store, "41", replace(JANE, marketing=True))
    desk.rules = ruleset(rule(category=category))
    desk.tell("C")
    desk.decide()
    (message,) = desk.send()

    (sent,) = desk.line.sent
    assert sent.rendered.head.unsubscribe_url == (f"{link}{message.message_id}?lang=en" if link else "")
    assert sent.rendered.text == f"Bye: {sent.rendered.head.unsubscribe_url}".strip()


def test_who_unsubscribed_gets_no_marketing_and_still_hears_of_her_order(desk: Desk) -> None:
    register(desk.store, "41", replace(JANE, marketing=True))
    desk.rules = ruleset(rule("offer", category=Category.MARKETING), rule("shipped"))
    desk.store.addresses.unsubscribe("Jane@example.org", T0)
    desk.tell("C")
    desk.decide()

    assert desk.reasons() == [{"offer": Reason.UNSUBSCRIBED, "shipped": Reason.FIRED}]


def test_the_log_says_why_a_channel_is_paused_until_when_and_that_it_is_up_again(told: Desk) -> None:
    told.line.outcomes.append(Outcome(DOWN, "535 5.7.8", "bad credentials"))
    with capture_logs() as logs:
        told.send()
        told.clock.now += LONGEST_REST
        told.send()

    (paused,) = (line for line in logs if line["event"] == "channel paused")
    assert (paused["channel"], paused["reason"]) == ("email", "channel_down")
    assert paused["detail"] == "535 5.7.8 bad credentials"
    assert paused["until"].endswith("Z")
    (up,) = (line for line in logs if line["event"] == "channel up")
    assert up["channel"] == "email"
    assert "channel_down" in up["after"]
    assert all(line["ref"] == "41" for line in logs if line["event"].startswith("message"))
