"""Channels that fail or have used up their budgets in a simulated world, and what is told another way."""

from __future__ import annotations

from notifier.core.reason import Reason
from notifier.simulation.journal import Happened, Tried
from tests.simulation.shops import Shop, shown

FIRST_OF = """rules:
  - { id: delivered, when: delivered, send: { first_of: [sms, email] } }
  - { id: trouble, when: { internal: [send_gave_up, budget_reached] }, send: slack }
"""


def test_what_is_refused_for_good_goes_another_way_at_once() -> None:
    shop = Shop(FIRST_OF)
    shop.fails("sms", "03-02 09:00", "03-02 12:00", "permanent")
    shop.update("03-02 10:00", "D")

    assert shop.told() == ["03-02 10:00 delivered email 1001"]
    assert shop.ends(Reason.REFUSED) == ["03-02 10:00 delivered sms"]


def test_what_fails_for_now_is_tried_again_until_its_time_is_over() -> None:
    shop = Shop(FIRST_OF)
    shop.fails("sms", "03-02 09:00", "03-02 10:03")
    shop.fails("sms", "03-02 11:00", "03-02 20:00")
    shop.update("03-02 10:00", "D", "1")
    shop.update("03-02 12:00", "D", "2")

    assert sorted(shop.told()) == [
        "03-02 10:03 delivered sms 1",
        "03-02 12:07 delivered email 2",
        "03-02 12:07 trouble slack (internal)",
    ]
    tries = [shown(entry.at) for entry in shop.world.journal if isinstance(entry, Tried)]
    assert tries == ["03-02 10:00", "03-02 10:01", "03-02 12:00", "03-02 12:01", "03-02 12:03"]


def test_what_may_have_been_sent_is_not_sent_another_way() -> None:
    shop = Shop(FIRST_OF)
    shop.fails("sms", "03-02 09:00", "03-02 12:00", "unknown")
    shop.update("03-02 10:00", "D")

    assert shop.told() == []
    assert shop.ends(Reason.ANSWER_LOST) == ["03-02 10:00 delivered sms"]


def test_above_the_budget_the_next_way_is_taken_and_operators_hear_of_it_once() -> None:
    shop = Shop(FIRST_OF)
    for number in range(6):
        shop.update(f"03-02 1{number}:00", "D", str(number))

    told = shop.told()

    assert [one for one in told if "delivered" in one] == [
        *(f"03-02 1{n}:00 delivered sms {n}" for n in range(3)),
        *(f"03-02 1{n}:00 delivered email {n}" for n in range(3, 6)),
    ]
    assert [one for one in told if "trouble" in one] == ["03-02 13:00 trouble slack (internal)"]


def test_without_another_way_it_waits_until_the_budget_has_room_the_oldest_first() -> None:
    shop = Shop("rules: [{ id: delivered, when: delivered, send: sms }]")
    for number in range(6):
        shop.update(f"03-02 1{number}:00", "D", str(number))

    assert shop.told() == [
        *(f"03-02 1{n}:00 delivered sms {n}" for n in range(3)),
        *(f"03-03 1{n}:00 delivered sms {n + 3}" for n in range(3)),
    ]


def test_of_one_order_the_departure_is_told_before_the_arrival() -> None:
    shop = Shop(
        """rules:
  - { id: shipped, when: collected, send: slack }
  - { id: delivered, when: delivered, send: slack }
"""
    )
    shop.fails("slack", "03-02 10:00", "03-02 10:10")
    shop.update("03-02 10:00", "C")
    shop.update("03-02 10:09", "D")

    assert [one[12:] for one in shop.told()] == ["shipped slack 1001", "delivered slack 1001"]


def test_what_went_with_another_goes_with_it_when_that_takes_another_way() -> None:
    shop = Shop(
        """rules:
  - id: problem
    when: problem
    group: { by: [rule], wait: 2m, interval: 30m }
    send: { first_of: [slack, ops-email] }
"""
    )
    shop.fails("slack", "03-02 10:00", "03-02 12:00", "permanent")
    shop.update("03-02 10:00", "I", "1")
    shop.update("03-02 10:01", "I", "2")

    assert shop.told() == ["03-02 10:02 problem ops-email 1 2"]


def test_what_went_with_another_is_told_with_it_after_another_try() -> None:
    shop = Shop(
        """rules:
  - { id: problem, when: problem, group: { by: [rule], wait: 2m, interval: 30m }, send: slack }
"""
    )
    shop.fails("slack", "03-02 10:00", "03-02 10:03")
    shop.update("03-02 10:00", "I", "1")
    shop.update("03-02 10:01", "I", "2")

    (told,) = shop.told()
    assert told.endswith("problem slack 1 2")


def test_the_same_calls_give_the_same_world() -> None:
    worlds = []
    for _ in range(2):
        shop = Shop(FIRST_OF)
        shop.fails("sms", "03-02 09:00", "03-02 20:00")
        for number in range(5):
            shop.update("03-02 10:00", "D", str(number))
        shop.told()
        worlds.append(shop.world.journal)

    assert worlds[0] == worlds[1]
    assert any(isinstance(entry, Happened) for entry in worlds[0])
