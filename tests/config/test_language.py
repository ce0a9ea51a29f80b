"""The whole language: what each form of triggers, windows, defaults and alerts comes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from notifier.config.rulefile import Loaded, load_rules
from notifier.core.alert import Severity
from notifier.core.message import Outside, Priority, Send
from notifier.core.rules import Brake, Delivery, Mute, Rule, RuleSet, Step
from notifier.core.schedule import Hours, Span
from notifier.core.tempo import Digest, Group, Throttle
from notifier.core.trigger import (
    AnyUpdate,
    Internal,
    NewShipment,
    Quiet,
    Rate,
    Schedule,
    StatusTrigger,
    Stuck,
    Trigger,
)
from notifier.errors import RulesError

EVERYTHING = Path(__file__).parents[2] / "docs/everything.yaml"
DAY, HOUR, MINUTE = 86_400.0, 3_600.0, 60.0
HEAD = """\
version: 1
shop: { timezone: Europe/Amsterdam }
calendars: { work: { days: [mon-fri], hours: "08:00-18:00" } }
windows:
  day: { hours: "09:00-20:30", zone: contact }
  office: { days: [mon-fri], hours: ["08:30-12:00", "13:00-17:30"] }
channels:
  email: { url: x://y, to: "{{ contact.email }}" }
  sms: { url: x://y, to: "{{ contact.phone }}" }
  slack: { url: x://y }
  pager: { url: x://y }
"""
WORK = Hours(days=frozenset(range(5)), spans=((480, 1080),), zone="Europe/Amsterdam")

Load = Callable[..., Loaded]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load_text(text: str, **more: Any) -> Loaded:
        path = tmp_path / "rules.yaml"
        path.write_text(HEAD + text)
        return load_rules(path, {}, **more)

    return load_text


@pytest.fixture
def rule(load: Load) -> Callable[..., Rule]:
    def load_rule(text: str, more: str = "", **options: Any) -> Rule:
        loaded = load(f"{more}rules:\n  - {{ id: one, {text} }}\n", **options)
        return loaded.ruleset.rules[0]

    return load_rule


# --- triggers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "trigger"),
    [
        ("{ status: delivered, after: 7d }", StatusTrigger(frozenset("D"), after=Span(7 * DAY))),
        (
            "{ status: [C, unknown], after: 2bd, calendar: work }",
            StatusTrigger(frozenset("C"), True, Span(business_days=2), WORK),
        ),
        ("{ new_shipment: true }", NewShipment()),
        ("{ stuck: { in: label, for: 2bd } }", Stuck(frozenset("L"), Span(business_days=2))),
        (
            "{ stuck: { in: [collected, en_route], for: 36h, calendar: work } }",
            Stuck(frozenset("CE"), Span(36 * HOUR), WORK),
        ),
        (
            "{ rate: { of: [problem, lost], among: collected, by: carrier, window: 48h, above: 5%, min: 20, "
            "clear_below: 3% } }",
            Rate(frozenset("IX"), frozenset("C"), 48 * HOUR, 0.05, 0.03, 20, "carrier"),
        ),
        (
            "{ rate: { of: lost, among: [collected, en_route], window: 1d, above: 2.5% } }",
            Rate(frozenset("X"), frozenset("CE"), DAY, 0.025, 0.0125),
        ),
        ("{ quiet: { for: 6h, calendar: work } }", Quiet(Span(6 * HOUR), WORK)),
        ("{ schedule: { at: 08:30 } }", Schedule((510,))),
        (
            '{ schedule: { at: ["16:00", "08:30", "16:00"], days: [mon-fri, sun] } }',
            Schedule((510, 960), frozenset({0, 1, 2, 3, 4, 6})),
        ),
        ("{ internal: channel_down }", Internal(frozenset({"channel_down"}))),
        (
            "{ internal: [send_gave_up, rules_rejected] }",
            Internal(frozenset({"send_gave_up", "rules_rejected"})),
        ),
    ],
)
def test_when_is_one_trigger(rule: Callable[..., Rule], when: str, trigger: Trigger) -> None:
    assert rule(f"when: {when}, send: slack").trigger == trigger


# --- what a rule asks and does -------------------------------------------------------------------


def test_match_asks_what_was_said_before_and_what_the_order_has_been(load: Load) -> None:
    text = """\
rules:
  - { id: one, when: lost, send: email }
  - { id: two, when: delivered, match: { sent: one, never: [problem, lost], country: NL }, send: email }
  - { id: three, when: delivered, match: { sent: [one, two] }, send: email }
"""
    _, two, three = load(text).ruleset.rules
    assert (two.sent, two.never) == ({"one"}, {"I", "X"})
    assert [clause.field for clause in two.match] == ["country"]
    assert (three.sent, three.never, three.match) == ({"one", "two"}, frozenset(), ())


def test_a_rule_settles_cancels_repeats_and_has_a_mode(load: Load) -> None:
    text = """\
rules:
  - { id: one, when: shipped, settle: 15m, send: email }
  - { id: two, when: delivered, cancels: one, send: email }
  - id: three
    when: lost
    cancels: [one, two]
    resolve: [delivered, E]
    repeat: 12h
    mode: shadow
    send: slack
"""
    one, two, three = load(text).ruleset.rules
    assert (one.settle, one.cancels, one.repeat, one.shadow, one.alerts) == (900.0, (), None, False, False)
    assert two.cancels == ("one",)
    assert (three.cancels, three.resolve, three.repeat, three.shadow, three.alerts) == (
        ("one", "two"), {"D", "E"}, 12 * HOUR, True, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("send", "options"),
    [
        ("{ channel: sms, window: day }", [Send("sms", "one", "day")]),
        (
            "{ first_of: [{ channel: sms, window: day, outside: defer, max_defer: 14h }, email] }",
            [Send("sms", "one", "day", Outside.DEFER, 14 * HOUR), Send("email", "one")],
        ),
        (
            "{ first_of: [{ channel: sms, window: day, outside: next, template: two }, email] }",
            [Send("sms", "two", "day", Outside.NEXT), Send("email", "one")],
        ),
        ("{ channel: slack, window: office, outside: drop }", [Send("slack", "one", "office", Outside.DROP)]),
    ],
)
def test_a_way_may_have_a_window(rule: Callable[..., Rule], send: str, options: list[Send]) -> None:
    assert rule(f"when: delivered, send: {send}").deliveries == (Delivery(tuple(options)),)


def test_the_window_of_a_step_is_that_of_all_its_ways_that_have_none(rule: Callable[..., Rule]) -> None:
    steps = (
        "{ after: 30m, window: office, send: pager }, "
        "{ after: 4h, window: office, outside: drop, send: [{ channel: slack, window: day }, pager] }, "
        "{ after: 1d, send: { first_of: [slack, pager] } }"
    )
    found = rule(f"when: lost, resolve: delivered, escalate: [{steps}], send: slack")
    assert found.escalate == (
        Step(30 * MINUTE, (Delivery((Send("pager", "one", "office"),)),)),
        Step(
            4 * HOUR,
            (
                Delivery((Send("slack", "one", "day"),)),
                Delivery((Send("pager", "one", "office", Outside.DROP),)),
            ),
        ),
        Step(DAY, (Delivery((Send("slack", "one"), Send("pager", "one"))),)),
    )


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("send: slack, escalate: [{ after: 1h, send: pager }]", False),
        ("send: slack, escalate: [{ after: 1h, send: email }]", True),
        ("send: slack, match: { sent: two, never: lost }", False),
    ],
)
def test_a_rule_that_escalates_to_the_customer_has_to_know_her(load: Load, text: str, needs: bool) -> None:
    two = "  - { id: two, when: shipped, send: email }\n"
    loaded = load(f"rules:\n  - {{ id: one, when: problem, {text} }}\n{two}")
    assert loaded.ruleset.rules[0].needs_contact is needs


# --- hours -------------------------------------------------------------------------------------


def test_windows_and_calendars_have_days_hours_a_zone_and_holidays(load: Load, tmp_path: Path) -> None:
    (tmp_path / "closed.txt").write_text("2026-07-20\n")
    text = """\
rules:
  - { id: one, when: delivered, send: [{ channel: sms, window: night }, { channel: slack, window: open }] }
"""
    path = tmp_path / "rules.yaml"
    more = (
        '  night: { hours: "22:00-06:00" }\n  open: { days: sat-sun, zone: Asia/Tokyo }\n'
        '  ours: { holidays: [NL, "2026-12-31", closed.txt] }\nchannels:'
    )
    path.write_text(HEAD.replace("channels:", more) + text)
    windows = load_rules(path, {}).ruleset.windows
    assert windows["day"] == Hours(spans=((540, 1230),), zone="")
    assert windows["office"] == Hours(frozenset(range(5)), ((510, 720), (780, 1050)), "Europe/Amsterdam")
    assert windows["night"] == Hours(spans=((1320, 360),), zone="")  # a customer's, by her own clock
    assert windows["open"] == Hours(frozenset({5, 6}), zone="Asia/Tokyo")
    assert windows["ours"].zone == "Europe/Amsterdam"
    closed = windows["ours"].closed
    days = (date(2026, 4, 27), date(2026, 12, 31), date(2026, 7, 20), date(2026, 7, 21))
    assert [day in closed for day in days] == [True, True, True, False]


@pytest.mark.parametrize(
    ("rules", "zone"),
    [
        ("{ id: one, when: lost, send: { channel: sms, window: office } }", ""),
        ("{ id: one, when: lost, send: { channel: slack, window: office } }", "Europe/Amsterdam"),
        (
            "{ id: one, when: lost, resolve: D, send: slack, escalate: "
            "[{ after: 1h, window: office, send: pager }] }",
            "Europe/Amsterdam",
        ),
    ],
)
def test_the_clock_of_a_window_is_that_of_whom_it_is_for(load: Load, rules: str, zone: str) -> None:
    assert load(f"rules: [{rules}]\n").ruleset.windows["office"].zone == zone


# --- groups, throttles and defaults --------------------------------------------------------------

DEFAULTS = """\
defaults:
  customer: { throttle: { max: 3, in: 24h } }
  ops: { group: { by: [rule, carrier], wait: 5m, max_items: 7 }, repeat: 6h }
"""
OURS = Group(("rule", "carrier"), 300.0, 1_800.0, 7)
THEIRS = Throttle(3, DAY, merge=True)


@pytest.mark.parametrize(
    ("text", "group", "throttle"),
    [
        ("when: lost, send: slack", OURS, None),
        ("when: lost, send: email", None, THEIRS),
        ("when: lost, send: [email, slack]", OURS, THEIRS),
        ("when: lost, send: slack, group: none", None, None),
        ("when: lost, send: email, throttle: none", None, None),
        ("when: lost, send: slack, group: { by: ref }", Group(("ref",), 300.0, 1_800.0, 7), None),
        (
            "when: lost, send: slack, group: { by: [carrier], wait: 10m, interval: 4h, max_items: 9 }",
            Group(("carrier",), 600.0, 4 * HOUR, 9),
            None,
        ),
        (
            "when: lost, send: email, throttle: { per: contact, max: 1, in: 1h, over: drop }",
            None,
            Throttle(1, HOUR, merge=False),
        ),
        ("when: { new_shipment: true }, once: shipment, send: slack", OURS, None),
        ("when: { stuck: { in: label, for: 1d } }, send: slack", OURS, None),
        ("when: { quiet: { for: 6h } }, send: slack", OURS, None),
        ("when: { rate: { of: lost, among: shipped, window: 1d, above: 5% } }, send: slack", OURS, None),
        ("when: { schedule: { at: 08:30 } }, send: slack", None, None),
        ("when: { internal: channel_down }, send: slack", None, None),
    ],
)
def test_defaults_hold_where_a_rule_says_nothing_itself(
    rule: Callable[..., Rule], text: str, group: Group | None, throttle: Throttle | None
) -> None:
    found = rule(text, DEFAULTS)
    assert (found.group, found.throttle) == (group, throttle)


def test_without_defaults_nothing_is_grouped_or_throttled_that_does_not_ask_for_it(
    rule: Callable[..., Rule],
) -> None:
    plain = rule("when: lost, send: [email, slack]")
    assert (plain.group, plain.throttle) == (None, None)
    assert rule("when: lost, send: slack, group: {}").group == Group()


@pytest.mark.parametrize(
    ("text", "repeat"),
    [
        ("when: lost, send: slack", None),
        ("when: lost, send: slack, resolve: delivered", 6 * HOUR),
        ("when: lost, send: slack, resolve: delivered, repeat: 1h", HOUR),
        ("when: lost, send: slack, resolve: delivered, repeat: none", None),
        ("when: { internal: channel_down }, send: slack", None),
        ("when: { internal: channel_down }, send: slack, repeat: 1d", DAY),
    ],
)
def test_only_alerts_are_repeated_by_default(
    rule: Callable[..., Rule], text: str, repeat: float | None
) -> None:
    assert rule(text, DEFAULTS).repeat == repeat


def test_missing_contacts_are_grouped_unless_the_rules_say_otherwise(load: Load) -> None:
    def group(more: str, defaults: str = "") -> Group | None:
        found = load(f"{defaults}orders: {{ missing_contact: {{ send: slack{more} }} }}\nrules: []\n")
        assert found.ruleset.orders.missing_contact is not None
        return found.ruleset.orders.missing_contact.group

    assert group("") == Group()
    assert group(", group: none") is None
    assert group(", group: { wait: 1m, max_items: 50 }") == Group(wait=60.0, most=50)
    assert group(", group: none", DEFAULTS) is None


def test_missing_contacts_are_grouped_as_the_rest_for_operators(load: Load) -> None:
    text = f"{DEFAULTS}orders: {{ missing_contact: {{ send: slack }} }}\nrules: []\n"
    missing = load(text).ruleset.orders.missing_contact
    assert missing is not None
    assert missing.group == OURS


# --- alerts, mutes, the brake --------------------------------------------------------------------


def test_mutes_digests_and_the_brake_are_read(load: Load) -> None:
    text = """\
rules:
  - id: rate
    when: { rate: { of: lost, among: shipped, by: carrier, window: 1d, above: 5% } }
    send: slack
  - { id: stuck, when: { stuck: { in: label, for: 2d } }, send: slack }
  - id: digest
    when: { schedule: { at: "08:30" } }
    digest: { rules: [rate, stuck], skip_empty: true }
    send: slack
mute:
  - { id: hide, while: rate, same: [carrier], rules: [stuck] }
  - { id: hide-all, while: rate, rules: stuck }
brake: { above: 5, window: 30m, min: 50, send: { first_of: [slack, pager] } }
"""
    ruleset = load(text).ruleset
    assert ruleset.rules[2].digest == Digest(("rate", "stuck"), skip_empty=True)
    assert ruleset.mutes == (
        Mute("hide", "rate", frozenset({"stuck"}), ("carrier",)),
        Mute("hide-all", "rate", frozenset({"stuck"})),
    )
    brake = ruleset.brake
    assert brake == Brake(
        5.0,
        30 * MINUTE,
        50,
        Rule(
            "brake",
            AnyUpdate(),
            (Delivery((Send("slack", "brake"), Send("pager", "brake"))),),
            severity=Severity.CRITICAL,
        ),
    )
    assert ruleset.rule("brake") is brake.rule
    assert "brake" not in {rule.id for rule in ruleset.judged}


def test_the_brake_has_limits_of_its_own(load: Load) -> None:
    brake = load("rules: []\nbrake: { send: slack, template: two }\n").ruleset.brake
    assert brake is not None
    assert (brake.above, brake.window, brake.least) == (10.0, HOUR, 200)
    assert brake.rule.deliveries == (Delivery((Send("slack", "two"),)),)
    assert load("rules: []\n").ruleset.brake is None


@pytest.mark.parametrize(("mode", "shadow"), [("live", False), ("shadow", True)])
def test_the_whole_shop_may_be_in_shadow(tmp_path: Path, mode: str, shadow: bool) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(HEAD.replace("shop: {", f"shop: {{ mode: {mode},") + "rules: []\n")
    assert load_rules(path, {}).ruleset.shop.shadow is shadow


def test_a_text_message_may_be_bounded(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(HEAD.replace('to: "{{ contact.phone }}"', "max_parts: 2") + "rules: []\n")
    channels = load_rules(path, {}).ruleset.channels
    assert (channels["sms"].max_parts, channels["slack"].max_parts) == (2, None)


# --- templates ---------------------------------------------------------------------------------


OWN = {"one", "ops/one"}
FITTING = {"ops/problem", "ops/stuck", "ops/carrier-rate", "ops/feed-silent", "ops/digest", "ops/trouble"}
CUSTOMERS = {"delayed", "review", "shipped"}
EVERY = {"ops/general", *FITTING, *CUSTOMERS}


@pytest.mark.parametrize(
    ("text", "names", "templates"),
    [
        ("when: lost, send: slack", {"one", "ops/general"}, ["ops/general"]),
        ("when: lost, send: [slack, email]", EVERY | {"one"}, ["ops/problem", "one"]),
        ("when: lost, send: { channel: slack, template: one }", EVERY | {"one"}, ["one"]),
        ("when: lost, send: [slack, email]", OWN, ["ops/one", "one"]),
        ("when: lost, send: { first_of: [email, slack] }", OWN, ["one", "ops/one"]),
        ("when: lost, send: slack", None, ["one"]),
        (
            "when: lost, send: [slack, { channel: pager, template: two }]",
            EVERY | {"two"},
            ["ops/problem", "two"],
        ),
        ("when: lost, send: { channel: pager, template: two }", EVERY | {"ops/two", "two"}, ["ops/two"]),
        ("when: lost, send: { channel: pager, template: ops/two }", EVERY | {"ops/two"}, ["ops/two"]),
        ("when: [problem, lost], send: slack", EVERY, ["ops/problem"]),
        ("when: [problem, delivered], send: slack", EVERY, ["ops/general"]),
        ("when: lost, send: slack", {"ops/general"}, ["ops/general"]),
        ("when: { stuck: { in: ready, for: 1d } }, send: [slack, email]", EVERY, ["ops/stuck", "delayed"]),
        ("when: { quiet: { for: 1d } }, send: slack", EVERY, ["ops/feed-silent"]),
        ("when: { internal: channel_down }, send: slack", EVERY, ["ops/trouble"]),
        (
            "when: { rate: { of: lost, among: new, window: 1d, above: 5% } }, send: slack",
            EVERY,
            ["ops/carrier-rate"],
        ),
        (
            "when: { new_shipment: true }, once: shipment, send: [email, slack]",
            EVERY,
            ["shipped", "ops/general"],
        ),
        ("when: delivered, category: marketing, send: email", EVERY, ["review"]),
    ],
)
def test_a_rule_without_a_template_of_its_own_has_the_one_that_fits(
    rule: Callable[..., Rule], text: str, names: set[str] | None, templates: list[str]
) -> None:
    found = rule(text, template_names=names)
    assert [o.template for d in found.deliveries for o in d.options] == templates


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "rules: [{ id: one, when: lost, send: email }]\n",
            "there is no template `one` (make the folder templates/one; known: ops/general)",
        ),
        (
            "rules: [{ id: one, when: lost, send: { channel: slack, template: ops/genral } }]\n",
            "there is no template `ops/genral` (did you mean `ops/general`?)",
        ),
        (
            "orders: { missing_contact: { send: slack, template: contact-missing } }\nrules: []\n",
            "there is no template `contact-missing`"
            " (make the folder templates/contact-missing; known: ops/general)",
        ),
    ],
)
def test_a_template_that_is_named_or_for_customers_has_to_be_there(load: Load, text: str, said: str) -> None:
    with pytest.raises(RulesError) as error:
        load(text, template_names={"ops/general"})
    assert str(error.value).endswith(said)


def test_of_a_channel_that_is_not_there_no_template_is_missed_as_well(load: Load) -> None:
    with pytest.raises(RulesError) as error:
        load("rules: [{ id: one, when: lost, send: slak }]\n", template_names={"ops/general"})
    assert [problem.text for problem in error.value.problems] == ["there is no channel `slak`"]


def test_the_brake_and_missing_contacts_have_the_general_template_as_well(load: Load) -> None:
    text = "orders: { missing_contact: { send: slack } }\nrules: []\nbrake: { send: slack }\n"
    ruleset = load(text, template_names={"ops/general", "several"}).ruleset
    assert ruleset.brake is not None
    assert ruleset.orders.missing_contact is not None
    for rule in (ruleset.brake.rule, ruleset.orders.missing_contact):
        assert rule.deliveries[0].options[0].template == "ops/general"
    assert (ruleset.ops_template, ruleset.several_template) == ("ops/general", "several")
    assert load(text, template_names={"brake", "contact-missing"}).ruleset.ops_template == ""


# --- everything at once ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything() -> RuleSet:
    return load_rules(EVERYTHING, {}).ruleset


def test_the_example_of_everything_says_all_that_there_is(everything: RuleSet) -> None:
    kinds = {type(rule.trigger) for rule in everything.rules}
    assert kinds == {StatusTrigger, NewShipment, Stuck, Rate, Quiet, Internal, Schedule}
    by_id = {rule.id: rule for rule in everything.rules}
    assert len(by_id) == 12
    assert by_id["delivered"].deliveries[0].options == (
        Send("sms", "delivered", "sms-hours", Outside.DEFER, 14 * HOUR),
        Send("email", "delivered"),
    )
    assert by_id["problem"].severities == {"I": Severity.WARNING, "X": Severity.CRITICAL}
    assert by_id["problem"].escalate[0].deliveries[0].options == (Send("oncall", "problem", "office"),)
    assert by_id["not-collected"].group == Group(("carrier",), 600.0, 4 * HOUR, 20)
    assert by_id["shipped"].throttle == Throttle(3, DAY, merge=True)
    assert by_id["carrier-problem-rate"].alerts
    assert everything.mutes[0].during == "carrier-problem-rate"
    assert everything.windows["sms-hours"].zone == ""
    assert everything.windows["office"].zone == "Europe/Amsterdam"
    assert everything.brake is not None
    assert by_id["problem"].priority(everything.channels["slack"].audience, "X") is Priority.CRITICAL
