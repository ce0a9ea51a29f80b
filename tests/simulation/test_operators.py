"""What operators are told in a simulated world: alerts with a life, groups, digests, rates, silence."""

from __future__ import annotations

import pytest

from notifier.core.reason import Reason
from tests.simulation.shops import Shop, when

PROBLEM = """rules:
  - id: problem
    when: [problem, lost]
    severity: { problem: warning, lost: critical }
    send: slack
    resolve: [en_route, delivered]
    escalate:
      - { after: 30m, window: office, send: oncall }
      - { after: 4h, send: ops-email }
"""


def test_an_alert_that_nobody_sees_to_is_told_to_others() -> None:
    shop = Shop(PROBLEM)
    shop.update("03-02 10:00", "I")

    assert shop.told() == [
        "03-02 10:00 problem slack 1001",
        "03-02 10:30 problem oncall 1001 (escalated)",
        "03-02 14:00 problem ops-email 1001 (escalated)",
    ]


def test_an_escalation_at_night_waits_for_its_window() -> None:
    shop = Shop(PROBLEM)
    shop.update("03-02 20:00", "I")

    assert "03-03 08:30 problem oncall 1001 (escalated)" in shop.told()


def test_acknowledging_ends_the_escalation() -> None:
    shop = Shop(PROBLEM)
    shop.update("03-02 10:00", "I")
    shop.world.acknowledge("problem", "1001", when("03-02 10:20"))

    assert shop.told() == ["03-02 10:00 problem slack 1001"]
    assert shop.alerts() == [
        "03-02 10:00 problem 1001 open",
        "03-02 10:20 problem 1001 acknowledged",
    ]


def test_good_news_resolves_the_alert_and_says_so_where_it_was_told() -> None:
    shop = Shop(PROBLEM)
    shop.update("03-02 10:00", "I")
    shop.update("03-02 11:00", "E")
    shop.update("03-02 12:00", "I")

    assert shop.told()[:4] == [
        "03-02 10:00 problem slack 1001",
        "03-02 10:30 problem oncall 1001 (escalated)",
        "03-02 11:00 problem slack 1001 (resolved)",
        "03-02 11:00 problem oncall 1001 (resolved)",
    ]
    assert shop.told()[4:6] == [
        "03-02 12:00 problem slack 1001",  # an alert that begins anew is told again
        "03-02 12:30 problem oncall 1001 (escalated)",
    ]


def test_an_escalation_that_waits_is_dropped_once_the_alert_is_over() -> None:
    shop = Shop(PROBLEM)
    shop.update("03-02 20:00", "I")
    shop.update("03-02 21:00", "E")

    assert shop.told() == ["03-02 20:00 problem slack 1001", "03-02 21:00 problem slack 1001 (resolved)"]
    assert shop.ends(Reason.RESOLVED) == ["03-03 08:30 problem oncall (escalated)"]


def test_an_escalation_that_waits_says_nothing_of_an_alert_that_was_opened_since() -> None:
    shop = Shop(PROBLEM)
    shop.update("03-02 20:00", "I")
    shop.update("03-02 21:00", "E")
    shop.update("03-03 08:20", "I")

    assert [one for one in shop.told() if "oncall" in one] == ["03-03 08:50 problem oncall 1001 (escalated)"]
    assert shop.ends(Reason.RESOLVED) == ["03-03 08:30 problem oncall (escalated)"]


def test_the_end_of_an_alert_is_said_where_that_very_alert_was_told() -> None:
    shop = Shop(PROBLEM)
    shop.update("03-02 10:00", "I")
    shop.update("03-02 11:00", "E")
    shop.update("03-02 12:00", "I")
    shop.update("03-02 12:10", "E")

    assert shop.told()[4:] == [
        "03-02 12:00 problem slack 1001",
        "03-02 12:10 problem slack 1001 (resolved)",
    ]


def test_news_that_comes_when_it_is_over_already_opens_no_alert() -> None:
    shop = Shop(PROBLEM)
    shop.update("03-02 12:00", "D")
    shop.update("03-02 10:00", "I", arrives="03-02 12:30")

    assert shop.told() == ["03-02 12:30 problem slack 1001"]
    assert shop.alerts() == []


GROUP = """rules:
  - id: problem
    when: problem
    group: { by: [carrier], wait: 2m, interval: 30m }
    send: slack
"""


def test_what_several_updates_say_goes_out_together() -> None:
    shop = Shop(GROUP)
    shop.update("03-02 10:00", "I", "1", "3S1", carrier="postnl")
    shop.update("03-02 10:01", "I", "2", "3S2", carrier="postnl")
    shop.update("03-02 10:01", "I", "3", "JJ3", carrier="dhl")
    shop.update("03-02 10:10", "I", "4", "3S4", carrier="postnl")
    shop.update("03-02 10:20", "I", "5", "3S5", carrier="postnl")

    assert shop.told() == [
        "03-02 10:02 problem slack 1 2",
        "03-02 10:03 problem slack 3",
        "03-02 10:32 problem slack 4 5",
    ]


def test_a_rule_in_shadow_takes_nothing_of_a_group_along() -> None:
    shop = Shop(
        """rules:
  - { id: tried, when: problem, mode: shadow, group: { by: [carrier], wait: 1m, interval: 30m }, send: slack }
  - { id: problem, when: problem, group: { by: [carrier], wait: 2m, interval: 30m }, send: slack }
"""
    )
    shop.update("03-02 10:00", "I", "1", "3S1", carrier="postnl")

    assert shop.told() == ["03-02 10:01 tried slack 1", "03-02 10:02 problem slack 1"]
    assert [str(one.state) for one in shop.world.told] == ["shadowed", "delivered"]


DIGEST = (
    GROUP.replace("group: { by: [carrier], wait: 2m, interval: 30m }", "group: none")
    + """
  - id: digest
    when: { schedule: { at: "08:30", days: [mon-fri] } }
    digest: { rules: [problem], skip_empty: true }
    send: ops-email
"""
)


def test_a_digest_comes_on_its_days_if_there_is_something_to_tell() -> None:
    shop = Shop(DIGEST)
    shop.update("03-06 12:00", "I", "1")  # a Friday
    shop.update("03-09 08:31", "I", "2")

    assert [one for one in shop.told("03-11 12:00") if "digest" in one] == [
        "03-09 08:30 digest ops-email (schedule)",
        "03-10 08:30 digest ops-email (schedule)",
    ]


RATE = """rules:
  - id: carrier-problem-rate
    when:
      rate:
        of: [problem, lost]
        among: collected
        by: carrier
        window: 48h
        above: 20%
        min: 10
        clear_below: 10%
    repeat: 12h
    send: slack
  - id: not-collected
    when: { stuck: { in: [ready], for: 6h } }
    send: ops-email
mute:
  - { id: hidden, while: carrier-problem-rate, same: [carrier], rules: [not-collected] }
"""


@pytest.fixture
def busy() -> Shop:
    """Ten orders of each of two carriers; three of PostNL's have a problem at noon."""
    shop = Shop(RATE)
    for number in range(20):
        carrier = "postnl" if number < 10 else "dhl"
        shop.update("03-02 09:00", "C", f"{number}", f"3S{number}", carrier=carrier)
        if number in (0, 1, 2, 10):
            shop.update("03-02 12:00", "I", f"{number}", f"3S{number}", carrier=carrier)
    return shop


def test_a_rate_above_its_limit_is_told_of_its_carrier_and_repeated_until_it_is_over(busy: Shop) -> None:
    assert busy.told("03-05 00:00") == [
        "03-02 12:00 carrier-problem-rate slack (rate)",
        "03-03 00:00 carrier-problem-rate slack (repeated)",
        "03-03 12:00 carrier-problem-rate slack (repeated)",
        "03-04 00:00 carrier-problem-rate slack (repeated)",
        "03-04 09:00 carrier-problem-rate slack (resolved)",
    ]
    assert busy.alerts() == [
        "03-02 12:00 carrier-problem-rate postnl open",
        "03-04 09:00 carrier-problem-rate postnl resolved",
    ]


def test_while_it_is_open_what_it_explains_is_muted(busy: Shop) -> None:
    busy.update("03-02 13:00", "R", "90", "3S90", carrier="postnl")
    busy.update("03-02 13:00", "R", "91", "JJ91", carrier="dhl")

    told = [one for one in busy.told("03-03 00:00") if "not-collected" in one]

    assert told == ["03-02 19:00 not-collected ops-email 91 (stuck)"]
    assert Reason.MUTED in busy.verdicts("not-collected")


QUIET = """rules:
  - { id: feed-silent, when: { quiet: { for: 6h, calendar: warehouse } }, send: ops-email }
"""


def test_a_feed_that_is_silent_in_working_hours_is_told_once_for_each_silence() -> None:
    shop = Shop(QUIET)
    shop.update("03-06 14:00", "C")  # a Friday
    shop.update("03-09 10:30", "D")

    assert shop.told("03-10 12:00") == [
        "03-02 14:00 feed-silent ops-email (quiet)",
        "03-09 10:00 feed-silent ops-email (quiet)",
        "03-09 16:30 feed-silent ops-email (quiet)",
    ]


def test_a_silence_that_cannot_be_told_is_not_tried_every_minute() -> None:
    shop = Shop(QUIET)
    shop.fails("ops-email", "03-02 00:00", "03-04 00:00", "permanent")

    assert shop.told("03-05 00:00") == ["03-04 12:00 feed-silent ops-email (quiet)"]
    assert len(shop.ends(Reason.REFUSED)) == 3


def test_events_of_notifier_itself_are_told_and_not_again_at_once() -> None:
    shop = Shop("rules: [{ id: trouble, when: { internal: [channel_down] }, send: slack }]")
    for at in ("10:00", "10:30", "11:30"):
        shop.world.event("channel_down", "sms", "", when(f"03-02 {at}"))

    assert shop.told() == [
        "03-02 10:00 trouble slack (internal)",
        "03-02 11:30 trouble slack (internal)",
    ]


def test_a_silence_keeps_operators_unbothered_and_customers_informed() -> None:
    shop = Shop("rules: [{ id: problem, when: problem, send: [slack, email] }]")
    shop.world.silence({"carrier": ("postnl",)}, when("03-02 09:00"), when("03-02 12:00"))
    shop.update("03-02 10:00", "I", "1", "3S1", carrier="postnl")
    shop.update("03-02 12:00", "I", "2", "3S2", carrier="postnl")

    assert shop.told() == [
        "03-02 10:00 problem email 1",
        "03-02 12:00 problem slack 2",
        "03-02 12:00 problem email 2",
    ]


def test_once_for_each_customer_an_alert_that_opens_again_is_told_of_each_of_her_orders() -> None:
    shop = Shop("rules: [{ id: problem, when: problem, once: contact, resolve: delivered, send: slack }]")
    for number in "12":
        shop.order(number)
    shop.world.silence({"ref": ("1",)}, when("03-02 09:00"), when("03-02 10:30"))
    for number, minute in (("1", 0), ("2", 10)):
        shop.update(f"03-02 10:{minute:02}", "I", number)
        shop.update(f"03-02 11:{minute:02}", "D", number)
        shop.update(f"03-02 15:{minute:02}", "I", number)

    assert [one for one in shop.told() if "resolved" not in one] == [
        "03-02 10:10 problem slack 2",
        "03-02 15:00 problem slack 1",
        "03-02 15:10 problem slack 2",
    ]
