"""What customers are told in a simulated world: once, in time, and no more than they can bear."""

from __future__ import annotations

import json
from dataclasses import replace

from notifier.core.reason import Reason
from notifier.core.update import Update
from notifier.simulation.world import World
from tests.simulation.engine import Words
from tests.simulation.shops import Shop, when


def test_the_same_news_is_told_once() -> None:
    shop = Shop("rules: [{ id: shipped, when: [collected, en_route], once: order, send: email }]")
    shop.update("03-02 10:00", "C")
    shop.update("03-02 10:00", "C")  # the same webhook
    shop.update("03-02 11:00", "C")
    shop.update("03-02 12:00", "E")

    assert shop.told() == ["03-02 10:00 shipped email 1001"]
    assert shop.verdicts("shipped") == [Reason.FIRED, Reason.ALREADY_TOLD, Reason.ALREADY_TOLD]


def test_once_for_each_customer_is_told_over_all_her_orders() -> None:
    shop = Shop("rules: [{ id: welcome, when: collected, once: contact, send: email }]")
    shop.order("1")
    shop.order("2")
    shop.update("03-02 10:00", "C", "1")
    shop.update("03-02 11:00", "C", "2")

    assert shop.told() == ["03-02 10:00 welcome email 1"]


def test_settle_waits_for_more_parcels_and_tells_of_them_together() -> None:
    shop = Shop(
        """rules:
  - { id: shipped, when: collected, settle: 15m, once: order, send: email }
  - { id: extra-parcel, when: { new_shipment: true }, match: { sent: shipped }, once: shipment, send: email }
"""
    )
    shop.update("03-02 10:00", "C", "1001", "3S1")
    shop.update("03-02 10:10", "C", "1001", "3S1", "3S2")
    shop.update("03-02 12:00", "C", "1001", "3S1", "3S2", "3S3")

    assert shop.told() == ["03-02 10:15 shipped email 1001", "03-02 12:00 extra-parcel email 1001"]


def test_news_that_comes_late_is_recorded_and_not_told() -> None:
    shop = Shop(
        """rules:
  - { id: shipped, when: collected, send: [email, slack] }
  - { id: delivered, when: delivered, send: email }
"""
    )
    shop.update("03-02 14:00", "D")
    shop.update("03-02 09:00", "C", arrives="03-02 14:30")

    assert shop.told() == ["03-02 14:00 delivered email 1001", "03-02 14:30 shipped slack 1001"]
    assert shop.ends(Reason.LATE) == ["03-02 14:30 shipped email"]


def test_updates_of_the_same_moment_are_judged_as_they_happened() -> None:
    shop = Shop(
        """rules:
  - { id: shipped, when: collected, send: email }
  - { id: delivered, when: delivered, send: email }
"""
    )
    shop.update("03-02 14:00", "D", arrives="03-02 15:00")
    shop.update("03-02 09:00", "C", arrives="03-02 15:00")

    assert shop.told() == ["03-02 15:00 delivered email 1001"]
    assert shop.verdicts("shipped") == [Reason.FIRED]
    assert shop.ends(Reason.OVERTAKEN) == ["03-02 15:00 shipped email"]


def test_what_waits_is_dropped_once_another_rule_cancels_it() -> None:
    shop = Shop(
        """rules:
  - { id: shipped, when: collected, settle: 2h, once: order, send: email }
  - { id: review, when: { status: collected, after: 3d }, send: email }
  - { id: delivered, when: delivered, cancels: [shipped, review], send: email }
"""
    )
    shop.update("03-02 10:00", "C")
    shop.update("03-02 11:00", "D")

    assert shop.told() == ["03-02 11:00 delivered email 1001"]
    assert shop.ends(Reason.CANCELLED) == ["03-02 11:00 shipped email"]


def test_what_waited_is_dropped_once_the_order_has_gone_further() -> None:
    shop = Shop(
        """rules:
  - { id: shipped, when: collected, settle: 2h, once: order, send: email }
"""
    )
    shop.update("03-02 10:00", "C")
    shop.update("03-02 11:00", "D")

    assert shop.told() == []
    assert shop.ends(Reason.OVERTAKEN) == ["03-02 12:00 shipped email"]


REVIEW = """rules:
  - id: review
    when: { status: delivered, after: 7d }
    match: { never: [problem, lost] }
    category: marketing
    send: email
"""


def test_after_speaks_when_the_time_is_over_to_whom_agreed() -> None:
    shop = Shop(REVIEW)
    shop.order("1", marketing=True)
    shop.order("2", marketing=False)
    shop.order("3", marketing=True)
    for ref in "123":
        shop.update("03-02 10:00", "D", ref)
    shop.update("03-04 10:00", "I", "3")

    assert shop.told() == ["03-09 10:00 review email 1 (after)"]
    assert shop.verdicts("review") == [
        *[Reason.SCHEDULED] * 3, Reason.FIRED, Reason.NO_CONSENT, Reason.HAD_STATUS,
    ]  # fmt: skip


def test_after_keeps_the_hour_over_the_change_of_clocks_only_in_business_days() -> None:
    shop = Shop(
        """rules:
  - { id: hours, when: { status: delivered, after: 2d }, send: email }
  - { id: days, when: { status: delivered, after: 2bd, calendar: warehouse }, send: email }
""",
        start="03-27 00:00",
    )
    shop.update("03-27 10:00", "D")  # a Friday; clocks go forward on Sunday, the 29th

    assert shop.told() == ["03-29 11:00 hours email 1001 (after)", "03-31 10:00 days email 1001 (after)"]


STUCK = """rules:
  - id: delay
    when: { stuck: { in: [collected, en_route], for: 5bd, calendar: warehouse } }
    once: order
    send: email
"""


def test_stuck_counts_business_days_from_what_moved_the_order() -> None:
    shop = Shop(STUCK)
    shop.update("03-05 16:00", "C", "1")  # a Thursday
    shop.update("03-05 16:00", "C", "2")
    shop.update("03-06 09:00", "C", "2")  # told again: it moves nothing
    shop.update("03-05 16:00", "C", "3")
    shop.update("03-06 09:00", "E", "3")
    shop.update("03-05 16:00", "C", "4")
    shop.update("03-12 15:00", "D", "4")

    assert shop.told() == [
        "03-12 16:00 delay email 1 (stuck)",
        "03-12 16:00 delay email 2 (stuck)",
        "03-13 09:00 delay email 3 (stuck)",
    ]


NIGHT = """rules:
  - id: delivered
    when: delivered
    once: order
    send: { first_of: [{ channel: sms, window: sms-hours, outside: defer, max_defer: 14h }, email] }
"""


def test_a_text_at_night_waits_for_the_morning() -> None:
    shop = Shop(NIGHT)
    shop.update("03-02 23:10", "D", "1")
    shop.order("2", timezone="America/New_York")
    shop.update("03-02 23:10", "D", "2")

    assert shop.told() == ["03-02 23:10 delivered sms 2", "03-03 09:00 delivered sms 1"]


def test_what_would_wait_too_long_goes_another_way() -> None:
    shop = Shop(NIGHT)
    shop.update("03-07 22:00", "D")  # a Saturday

    assert shop.told() == ["03-07 22:00 delivered email 1001"]


def test_a_window_is_meant_on_the_clocks_of_the_wall() -> None:
    shop = Shop(NIGHT.replace("14h", "48h"), start="03-27 00:00")
    shop.update("03-28 22:00", "D")  # clocks go forward in the night; Sunday is closed

    assert shop.told() == ["03-30 09:00 delivered sms 1001"]


THROTTLE = """rules:
  - id: news
    when: [collected, en_route, delivered]
    throttle: { per: contact, max: 2, in: 24h, over: merge }
    send: email
"""


def test_a_customer_who_was_told_often_enough_gets_the_rest_in_one_message() -> None:
    shop = Shop(THROTTLE)
    for number in "12345":
        shop.order(number)
        shop.update(f"03-02 1{number}:00", "C", number)

    assert shop.told() == [
        "03-02 11:00 news email 1",
        "03-02 12:00 news email 2",
        "03-03 11:00 news email 3 4 5",
    ]


def test_what_one_update_says_counts_for_the_throttle_as_well() -> None:
    shop = Shop(
        """rules:
  - id: parcel
    when: collected
    once: shipment
    throttle: { per: contact, max: 2, in: 24h, over: merge }
    send: email
"""
    )
    shop.update("03-02 10:00", "C", "1", "3S1", "3S2", "3S3", "3S4")

    assert shop.told() == [
        "03-02 10:00 parcel email 1",
        "03-02 10:00 parcel email 1",
        "03-03 10:00 parcel email 1",
    ]
    assert [one.merged for one in shop.world.told] == [0, 0, 1]


def test_a_rule_in_shadow_changes_nothing_for_the_others() -> None:
    shop = Shop(
        THROTTLE
        + """
  - id: tried
    when: collected
    mode: shadow
    throttle: { per: contact, max: 2, in: 24h, over: merge }
    send: email
"""
    )
    for number in "123":
        shop.order(number)
        shop.update(f"03-02 1{number}:00", "C", number)

    told = shop.told()

    assert [one for one in told if " news " in one] == [
        "03-02 11:00 news email 1",
        "03-02 12:00 news email 2",
        "03-03 11:00 news email 3",
    ]
    assert {str(one.state) for one in shop.world.told if one.rule == "tried"} == {"shadowed"}


def test_an_order_that_nobody_knows_waits_until_it_is_registered() -> None:
    shop = Shop("rules: [{ id: shipped, when: collected, send: email }]")
    shop.order("1001", at="03-03 08:00")
    shop.update("03-02 10:00", "C")

    assert shop.told() == ["03-03 08:00 shipped email 1001"]


def test_an_order_that_is_never_registered_is_given_up_and_reported() -> None:
    shop = Shop(
        """orders: { hold_for: 14d, missing_contact: { send: slack, template: contact-missing } }
rules: [{ id: shipped, when: collected, send: email }]
"""
    )
    shop.order("2", at="03-20 08:00")
    shop.update("03-02 10:00", "C", "2")

    assert shop.told() == ["03-16 10:02 missing_contact slack 2"]


def test_a_burst_is_held_until_somebody_lets_it_go() -> None:
    shop = Shop(
        """brake: { above: 10, window: 1h, min: 3, send: slack }
rules: [{ id: shipped, when: collected, send: email }]
"""
    )
    for number in range(6):
        shop.update("03-02 10:00", "C", str(number))
    shop.world.release(shop.world.now + 11 * 3600)

    told = shop.told()

    assert "03-02 10:00 brake slack (brake)" in told
    assert sorted(one for one in told if "email" in one) == [
        *(f"03-02 10:00 shipped email {n}" for n in range(4)),
        *(f"03-02 11:00 shipped email {n}" for n in (4, 5)),
    ]


def test_what_waits_together_is_told_apart_once_the_orders_are_of_two_people() -> None:
    shop = Shop(THROTTLE)
    for number in "1234":
        shop.order(number)
        shop.update(f"03-02 1{number}:00", "C", number)
    shop.order("4", at="03-02 20:00", email="bob@example.org")

    told = shop.told()

    assert told[2:] == ["03-03 11:00 news email 3", "03-03 11:00 news email 4"]
    assert [one.recipient for one in shop.world.told][-2:] == ["jane@example.org", "bob@example.org"]


def test_what_waits_together_does_not_take_along_what_has_to_wait_for_its_window() -> None:
    shop = Shop(
        """rules:
  - { id: first, when: collected, throttle: { per: contact, max: 1, in: 12h }, send: sms }
  - { id: polite, when: delivered, throttle: { per: contact, max: 1, in: 13h },
      send: { channel: sms, window: sms-hours } }
"""
    )
    for number in "123":
        shop.order(number)
    shop.update("03-02 11:00", "C", "1")
    shop.update("03-02 11:20", "C", "2")
    shop.update("03-02 20:00", "D", "3")

    assert shop.told() == [
        "03-02 11:00 first sms 1",
        "03-02 23:00 first sms 2",
        "03-03 12:00 polite sms 3",
    ]


def test_what_one_update_has_to_say_counts_for_the_throttle_as_well() -> None:
    shop = Shop(
        """rules:
  - { id: parcel, when: collected, once: shipment, throttle: { per: contact, max: 2, in: 24h }, send: email }
  - { id: shipped, when: collected, throttle: { per: contact, max: 2, in: 24h }, send: email }
"""
    )
    shop.update("03-02 10:00", "C", "1001", "A", "B", "C")

    assert shop.told() == [
        "03-02 10:00 parcel email 1001",
        "03-02 10:00 parcel email 1001",
        "03-03 10:00 parcel email 1001",
    ]
    assert shop.world.told[-1].merged == 1


def test_what_the_brake_lets_go_is_no_more_than_the_throttle_allows() -> None:
    shop = Shop(
        """brake: { above: 10, window: 1h, min: 1, send: slack }
rules:
  - { id: shipped, when: collected, throttle: { per: contact, max: 2, in: 24h }, send: email }
"""
    )
    for number in "12":
        shop.order(number)
        shop.update(f"03-02 10:0{number}", "C", number)
    for number in "34567":
        shop.order(number)
        shop.update(f"03-04 10:0{number}", "C", number)
    shop.world.release(when("03-04 12:00"))

    told = [one for one in shop.told() if "email" in one]
    assert told == [
        "03-02 10:01 shipped email 1",
        "03-02 10:02 shipped email 2",
        "03-04 12:00 shipped email 3 4 5 6 7",
    ]


def test_what_settles_for_less_than_a_minute_is_judged_again_as_well() -> None:
    shop = Shop(
        """rules:
  - { id: shipped, when: collected, settle: 45s, send: email }
  - { id: delivered, when: delivered, send: email }
"""
    )
    shop.order()
    for code, seconds in (("C", 0), ("D", 30)):
        at = when("03-02 10:00") + seconds
        shop.world.receive(Update("test", "1001", code, event_at=at), at)

    assert shop.told() == ["03-02 10:00 delivered email 1001"]
    assert shop.ends(Reason.OVERTAKEN) == ["03-02 10:00 shipped email"]


def words_of(shop: Shop) -> list[str]:
    """Return the template that made the words of each message."""
    return [json.loads(one.rendered.text)[0] for one in shop.world.told if one.rendered]


def test_of_two_parcels_that_become_one_message_none_is_lost() -> None:
    shop = Shop(
        "rules: [{ id: parcel, when: collected, once: shipment,"
        " throttle: { per: contact, max: 1, in: 24h }, send: email }]"
    )
    several = replace(shop.world.ruleset, several_template="several")
    shop.world = World(several, shop.world.now, Words())  # type: ignore[arg-type]
    shop.update("03-02 10:00", "C", "1001", "A", "B", "C")

    assert shop.told() == ["03-02 10:00 parcel email 1001", "03-03 10:00 parcel email 1001"]
    assert words_of(shop) == ["parcel", "several"]


def test_marketing_becomes_part_of_no_news_of_an_order() -> None:
    shop = Shop(
        """defaults: { customer: { throttle: { per: contact, max: 1, in: 24h, over: merge } } }
rules:
  - { id: news, when: [collected, delivered], send: email }
  - { id: review, when: delivered, category: marketing, send: email }
"""
    )
    shop.order(marketing=True)
    shop.update("03-02 10:00", "C")
    shop.update("03-02 11:00", "D")

    assert shop.told() == [
        "03-02 10:00 news email 1001",
        "03-03 10:00 news email 1001",
        "03-04 10:00 review email 1001",
    ]


def test_a_customer_whom_nobody_knows_is_reported_also_when_what_she_misses_was_due_later() -> None:
    shop = Shop(
        """orders: { unknown: accept, missing_contact: { send: slack, template: missing, once: order } }
rules:
  - { id: review, when: { status: delivered, after: 2d }, send: email }
  - { id: delay, when: { stuck: { in: collected, for: 1d } }, send: email }
"""
    )
    shop.order("9")
    shop._known |= {"1", "2"}
    shop.update("03-02 10:00", "D", "1")
    shop.update("03-02 12:00", "C", "2")

    assert shop.told() == [
        "03-03 12:02 missing_contact slack 2 (stuck)",
        "03-04 10:02 missing_contact slack 1 (after)",
    ]
