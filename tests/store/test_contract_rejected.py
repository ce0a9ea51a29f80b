"""What a store is: signed webhooks that were no update are kept, within bounds, until they can be read."""

from __future__ import annotations

import pytest

from notifier.core.message import UpdateState
from notifier.core.note import NoteKind
from notifier.errors import NotFound, RequestError
from notifier.service.rejected import retry
from notifier.store.protocol import Receipt, Store
from notifier.store.rejected import MOST_REJECTED, MOST_REJECTED_BYTES, Rejected, Unreadable
from tests.factories import T0
from tests.store.conftest import register
from tests.store.engines import Engine

BODY = b'{"ref":"41","status":{}}'
WHY = "status.code: missing; it must hold a status code such as C"
DAY = 86_400.0


def kept(store: Store, *bodies: bytes, ref: str = "", at: float = T0) -> list[int]:
    """Keep bodies, and return their ids."""
    store.rejected.keep([Unreadable(body, WHY, ref) for body in bodies], at)
    return [one.id for one in store.rejected.newest(MOST_REJECTED)]


def test_what_was_rejected_is_kept_byte_for_byte_with_the_reason(store: Store) -> None:
    odd = b"\xff\x00{" + BODY
    store.rejected.keep([Unreadable(odd, WHY, "41"), Unreadable(b"", "the body is not JSON")], T0)
    first, second = store.rejected.newest(9)
    assert first == Rejected(first.id, T0, T0, 1, len(odd), "41", WHY)
    assert (second.size, second.ref, second.why) == (0, "", "the body is not JSON")
    assert store.rejected.body(first.id) == (first, odd)
    assert store.rejected.of_order("41") == [first]
    assert store.rejected.of_order("") == []
    assert store.rejected.count() == 2


def test_the_same_body_is_kept_once_and_counted(store: Store) -> None:
    kept(store, BODY, BODY, ref="41")
    kept(store, BODY, ref="41", at=T0 + 60)
    (one,) = store.rejected.newest(9)
    assert (one.received_at, one.last_at, one.times) == (T0, T0 + 60, 3)
    assert kept(store, b"next", at=T0 + 61) == [one.id, one.id + 1]


def test_beyond_the_number_the_oldest_go(store: Store) -> None:
    kept(store, b"first")
    kept(store, *(b"%d" % n for n in range(MOST_REJECTED)), at=T0 + 1)
    assert store.rejected.count() == MOST_REJECTED
    found = store.rejected.newest(MOST_REJECTED)
    assert found == sorted(found, key=lambda one: one.id)
    assert store.rejected.body(found[0].id)[1] == b"0"


def test_beyond_the_bytes_the_oldest_go_and_the_newest_stays_whatever_its_size(store: Store) -> None:
    quarter = MOST_REJECTED_BYTES // 4
    for n in range(5):
        kept(store, b"%d" % n + b"x" * (quarter - 1), at=T0 + n)
    assert [store.rejected.body(one.id)[1][:1] for one in store.rejected.newest(9)] == [
        b"1",
        b"2",
        b"3",
        b"4",
    ]
    kept(store, b"y" * (MOST_REJECTED_BYTES + 1), at=T0 + 9)
    assert [one.size for one in store.rejected.newest(9)] == [MOST_REJECTED_BYTES + 1]


def test_an_id_is_not_used_again(store: Store) -> None:
    (one,) = kept(store, b"one")
    store.rejected.remove(one)
    (two,) = kept(store, b"two")
    assert two > one
    for call in (store.rejected.remove, store.rejected.body, lambda number: retry(store, number)):
        with pytest.raises(NotFound):
            call(one)


def test_what_can_be_read_by_now_becomes_an_update_as_of_its_arrival(store: Store) -> None:
    sent = b'{"ref":"41","status":{"code":"C","timestamp":false}}'
    (number,) = kept(store, sent, ref="41")
    assert retry(store, number) is Receipt.RECORDED
    assert store.rejected.count() == 0
    history = store.updates.history("41")
    assert history is not None
    (update,) = history.updates
    assert (update.state, update.update.received_at, update.update.happened_at) == (
        UpdateState.UNDECIDED, T0, T0,
    )  # fmt: skip
    assert [(n.field, n.kind) for n in update.update.update.notes] == [
        ("status.timestamp", NoteKind.NOT_A_TIME)
    ]


@pytest.mark.parametrize(("ref", "receipt"), [("41", Receipt.DUPLICATE), ("99", Receipt.HELD)])
def test_a_retry_is_recorded_like_a_webhook(store: Store, ref: str, receipt: Receipt) -> None:
    sent = b'{"ref":"%s","status":{"code":"C"}}' % ref.encode()
    (first,) = kept(store, sent, ref=ref)
    retry(store, first)
    (again,) = kept(store, sent, ref=ref)
    assert retry(store, again) is receipt
    assert store.rejected.count() == 0


def test_what_still_cannot_be_read_stays(store: Store) -> None:
    (number,) = kept(store, BODY, ref="41")
    before = store.rejected.newest(9)
    with pytest.raises(RequestError, match=r"status\.code: missing"):
        retry(store, number)
    assert store.rejected.newest(9) == before


def test_an_edited_body_is_recorded_in_its_place(store: Store) -> None:
    (number,) = kept(store, BODY, ref="41")
    with pytest.raises(RequestError):
        retry(store, number, b"{}")
    assert retry(store, number, b'{"ref":"41","status":{"code":"D"}}') is Receipt.RECORDED
    history = store.updates.history("41")
    assert history is not None
    assert history.updates[0].update.code == "D"
    assert store.rejected.count() == 0


def test_forgetting_an_order_erases_what_was_rejected_of_it(store: Store, engine: Engine) -> None:
    kept(store, b"canary of 41", ref="41")
    kept(store, b"canary of 99", ref="99")
    kept(store, b"canary of nobody")
    assert store.orders.forget("41", T0 + 1)
    assert "canary of 41" not in engine.contents()
    assert store.orders.forget("99", T0 + 1)  # nothing else is on record of it
    assert "canary of 99" not in engine.contents()
    assert "canary of nobody" in engine.contents()
    kept(store, b"canary again", ref="41", at=T0 + 2)
    assert "canary again" not in engine.contents()


def test_forgetting_a_person_erases_what_was_rejected_of_their_orders(store: Store, engine: Engine) -> None:
    register(store, "50")
    kept(store, b"canary of 50", ref="50")
    store.orders.forget_person("jane@example.org", T0 + 1)
    assert "canary of 50" not in engine.contents()


@pytest.mark.parametrize(
    ("bodies", "contacts", "left"),
    [
        (T0 + DAY, None, 1), (None, T0 + DAY, 1), (T0 + DAY, T0, 1), (T0, T0 + DAY, 1), (T0, None, 2),
        (None, None, 2),
    ],
)  # fmt: skip
def test_what_was_rejected_goes_with_raw_bodies_by_age(
    store: Store, engine: Engine, bodies: float | None, contacts: float | None, left: int
) -> None:
    kept(store, b"old canary")
    kept(store, b"young canary", at=T0 + DAY)
    store.orders.age_out(bodies, contacts, 50, T0 + 9 * DAY)
    assert store.rejected.count() == left
    assert ("old canary" in engine.contents()) == (left == 2)
