"""rules.yaml to rules: what every form means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from notifier.config.model.file import RulesFile
from notifier.config.rulefile import Loaded, load_rules
from notifier.core.alert import Severity
from notifier.core.channel import Audience, Channel
from notifier.core.contact import Contact
from notifier.core.facts import facts
from notifier.core.match import Clause, OneOf, Range
from notifier.core.message import Send
from notifier.core.order import Order
from notifier.core.quota import Quota
from notifier.core.reason import Reason
from notifier.core.retry import RetryPolicy
from notifier.core.rules import Once, Rule
from notifier.core.shop import Shop
from notifier.core.trigger import StatusTrigger
from notifier.core.update import RecordedUpdate, Update
from notifier.errors import RulesError

SHIPPED = Path(__file__).parents[2] / "rules.yaml"
URLS = {"EMAIL_URL": "mailto://u:pw@host", "SMS_URL": "twilio://x", "SLACK_URL": "slack://a/b/c"}

CHANNELS = """\
version: 1
channels:
  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}" }
  sms: { url: "${env:SMS_URL}", to: "{{ contact.phone }}" }
  slack: { url: "${env:SLACK_URL}" }
"""


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def load_text(text: str, environ: dict[str, str] | None = None, **more: Any) -> Loaded:
        path = tmp_path / "rules.yaml"
        path.write_text(text)
        return load_rules(path, URLS if environ is None else environ, **more)

    return load_text


@pytest.fixture
def rule(load: Any) -> Any:
    def load_rule(text: str) -> Rule:
        loaded: Loaded = load(f"{CHANNELS}rules:\n  - {{ id: one, {text} }}\n")
        return loaded.ruleset.rules[0]

    return load_rule


@pytest.fixture
def channel(load: Any) -> Any:
    def load_channel(text: str, environ: dict[str, str] | None = None) -> Channel:
        loaded: Loaded = load(f"version: 1\nchannels:\n  one: {{ {text} }}\nrules: []\n", environ)
        return loaded.ruleset.channels["one"]

    return load_channel


def test_the_shipped_rules_load_with_a_warning_for_every_variable_that_is_not_set() -> None:
    loaded = load_rules(SHIPPED, {})
    assert [(w.line, w.column, w.text) for w in loaded.warnings] == [
        (30, 10, "EMAIL_URL is not set; channel email is paused: its messages wait"),
        (34, 10, "SMS_URL is not set; channel sms is paused: its messages wait"),
        (39, 10, "SLACK_URL is not set; channel slack is paused: its messages wait"),
        (43, 10, "EMAIL_URL is not set; channel ops-email is paused: its messages wait"),
    ]
    for name in ("email", "sms", "slack"):
        assert loaded.ruleset.channels[name].paused is Reason.NOT_CONFIGURED
        assert loaded.ruleset.channels[name].url is None


def test_the_shipped_rules_load_without_a_warning_when_all_variables_are_set() -> None:
    loaded = load_rules(SHIPPED, URLS)
    assert loaded.warnings == ()
    assert [r.id for r in loaded.ruleset.rules] == [
        "shipped",
        "tracking",
        "delivered",
        "problem",
        "lost",
        "label-replaced",
        "notifier-in-trouble",
    ]
    assert [r.needs_contact for r in loaded.ruleset.rules] == [True, True, True, False, False, False, False]
    assert loaded.ruleset.rules[0].trigger == StatusTrigger(frozenset("CE"))  # whichever comes first
    assert loaded.ruleset.orders.sources == ("registered",)
    assert loaded.ruleset.channels["email"].url == URLS["EMAIL_URL"]
    assert loaded.ruleset.channels["email"].audience is Audience.CUSTOMER
    assert loaded.ruleset.channels["slack"].audience is Audience.OPS
    assert loaded.ruleset.channels["sms"].retry == RetryPolicy(7_200.0, 60.0, 2.0, 900.0)
    assert all(c.paused is None for c in loaded.ruleset.channels.values())


def test_no_secret_appears_in_what_was_loaded() -> None:
    assert "pw@host" not in repr(load_rules(SHIPPED, URLS))


@pytest.mark.parametrize(
    ("when", "trigger"),
    [
        ("shipped", StatusTrigger(frozenset("C"))),
        ("complete", StatusTrigger(frozenset("C"))),
        ("collected", StatusTrigger(frozenset("C"))),
        ("[problem, lost]", StatusTrigger(frozenset("IX"))),
        ("{ status: delivered }", StatusTrigger(frozenset("D"))),
        ("{ status: [new, label] }", StatusTrigger(frozenset("NL"))),
        ('"C"', StatusTrigger(frozenset("C"))),
        ("N", StatusTrigger(frozenset("N"))),
        ("Y", StatusTrigger(frozenset("Y"))),
        ("unknown", StatusTrigger(frozenset(), unknown=True)),
        ("[lost, unknown, Q]", StatusTrigger(frozenset("XQ"), unknown=True)),
    ],
)
def test_when_names_statuses(rule: Any, when: str, trigger: StatusTrigger) -> None:
    assert rule(f"when: {when}, send: email").trigger == trigger


@pytest.mark.parametrize(
    ("send", "deliveries"),
    [
        ("email", [["email/one"]]),
        ("[email, slack]", [["email/one"], ["slack/one"]]),
        ("{ channel: email, template: two }", [["email/two"]]),
        ("{ channel: email }", [["email/one"]]),
        ("{ first_of: [sms, email] }", [["sms/one", "email/one"]]),
        ("{ first_of: [sms] }", [["sms/one"]]),
        ("{ first_of: [{ channel: sms, template: two }, email] }", [["sms/two", "email/one"]]),
        ("[slack, { first_of: [sms, email] }]", [["slack/one"], ["sms/one", "email/one"]]),
        ("[email, { channel: email, template: two }]", [["email/one"], ["email/two"]]),
    ],
)
def test_send_names_channels_and_templates(rule: Any, send: str, deliveries: list[list[str]]) -> None:
    found = rule(f"when: lost, send: {send}").deliveries
    assert [[f"{s.channel}/{s.template}" for s in d.options] for d in found] == deliveries
    assert all(isinstance(s, Send) for d in found for s in d.options)


@pytest.mark.parametrize(
    ("match", "clauses"),
    [
        ("{ country: NO }", [Clause("country", OneOf(("NO",)))]),
        ("{ country: [NL, BE] }", [Clause("country", OneOf(("NL", "BE")))]),
        ("{ status: shipped }", [Clause("status", OneOf(("collected",)))]),
        ("{ status: [C, lost] }", [Clause("status", OneOf(("collected", "lost")))]),
        ("{ ref: 0123 }", [Clause("ref", OneOf(("0123",)))]),
        (
            "{ carrier: dpd, attributes: { total: { above: 5, max: 10.5 } } }",
            [Clause("carrier", OneOf(("dpd",))), Clause("attributes.total", Range(above=5, at_most=10.5))],
        ),
        (
            "{ attributes: { gift: true, customer: { tier: [gold, 1], since: { min: 3, below: 9 } } } }",
            [
                Clause("attributes.gift", OneOf((True,))),
                Clause("attributes.customer.tier", OneOf(("gold", 1))),
                Clause("attributes.customer.since", Range(at_least=3, below=9)),
            ],
        ),
        ("{}", []),
    ],
)
def test_match_is_data(rule: Any, match: str, clauses: list[Clause]) -> None:
    assert list(rule(f"when: lost, match: {match}, send: email").match) == clauses


def test_a_rule_without_match_and_if_asks_for_neither(rule: Any) -> None:
    found = rule("when: lost, send: email")
    assert found.match == ()
    assert found.condition is None
    assert found.once is Once.STATUS


def test_if_is_compiled(rule: Any) -> None:
    found = rule("when: lost, if: order.country != 'NL', send: email")
    update = RecordedUpdate(1, 0.0, Update("cottoncast", "1", "X"))
    for country, verdict in (("NL", False), ("BE", True)):
        order = Order("1", contact=Contact(country=country))
        assert found.condition(facts(update, order, Shop(), 0.0)) is verdict


@pytest.mark.parametrize("once", list(Once))
def test_once_takes_every_kind(rule: Any, once: Once) -> None:
    assert rule(f"when: lost, once: {once}, send: email").once is once


def test_a_shop_is_read_and_has_defaults(load: Any) -> None:
    assert load(f"{CHANNELS}rules: []\n").ruleset.shop == Shop()
    text = """\
shop:
  name: Winkel
  timezone: Europe/Amsterdam
  locale: nl_NL
  url: https://shop.example
  support_email: help@shop.example
  logo: https://shop.example/logo.png
  colour: "#0F766E"
  address: |
    Keizersgracht 1
    Amsterdam
  footer: KvK 12345678
  max_update_age: 3d
  late_update: notify
rules: []
"""
    assert load(CHANNELS + text).ruleset.shop == Shop(
        name="Winkel",
        timezone="Europe/Amsterdam",
        locale="nl-NL",
        url="https://shop.example",
        support_email="help@shop.example",
        logo="https://shop.example/logo.png",
        colour="#0f766e",
        address="Keizersgracht 1\nAmsterdam",
        footer="KvK 12345678",
        max_update_age=259_200.0,
        tell_late=True,
    )


@pytest.mark.parametrize(
    ("text", "audience", "resend"),
    [
        ('to: "{{ contact.email }}"', Audience.CUSTOMER, False),
        ('to: "{{ order.contact.phone }}"', Audience.CUSTOMER, False),
        ('to: "{{ contact.email }}", audience: ops', Audience.OPS, True),
        ('to: "{{ contact.email }}", unknown_outcome: resend', Audience.CUSTOMER, True),
        ("to: ops@shop.example", Audience.OPS, True),
        ("to: ops@shop.example, audience: customer", Audience.CUSTOMER, False),
        ("unknown_outcome: hold", Audience.OPS, False),
    ],
)
def test_the_audience_follows_from_the_address_and_the_caution_from_the_audience(
    channel: Any, text: str, audience: Audience, resend: bool
) -> None:
    found = channel(f"url: x://y, {text}")
    assert (found.audience, found.resend_unknown) == (audience, resend)


def test_a_channel_has_no_limits_but_those_it_names(channel: Any) -> None:
    free = channel("url: x://y")
    assert (free.rate, free.budget, free.concurrency) == (None, None, None)
    bound = channel("url: x://y, rate: 600/min, budget: 150/day, concurrency: 2")
    assert (bound.rate, bound.budget) == (Quota(600, 60.0), Quota(150, 86_400.0))
    assert bound.concurrency == 2


@pytest.mark.parametrize(
    ("text", "by_code"),
    [
        ("", {"I": Severity.WARNING, "X": Severity.WARNING}),
        (", severity: critical", {"I": Severity.CRITICAL, "X": Severity.CRITICAL}),
        (", severity: { lost: critical, problem: info }", {"I": Severity.INFO, "X": Severity.CRITICAL}),
        (', severity: { "X": info }', {"I": Severity.WARNING, "X": Severity.INFO}),
    ],
)
def test_severity_is_one_word_or_a_word_for_each_status(
    rule: Any, text: str, by_code: dict[str, Severity]
) -> None:
    found = rule(f"when: [problem, lost], send: email{text}")
    assert {code: found.severities.get(code, found.severity) for code in by_code} == by_code


def test_retry_has_the_defaults_of_the_core(channel: Any) -> None:
    assert channel("url: x://y").retry == RetryPolicy()
    assert channel("url: x://y, retry: {}").retry == RetryPolicy()
    found = channel("url: x://y, retry: { for: 0s, first: 1m, factor: 1.5, max: 1h30m }").retry
    assert found == RetryPolicy(0.0, 60.0, 1.5, 5_400.0)


def test_a_channel_whose_url_is_in_a_missing_file_is_paused(load: Any, tmp_path: Path) -> None:
    text = f'version: 1\nchannels:\n  one: {{ url: "${{file:{tmp_path}/url}}" }}\nrules: []\n'
    assert load(text).ruleset.channels["one"].paused is Reason.NOT_CONFIGURED
    (tmp_path / "url").write_text("x://y\n")
    assert load(text).ruleset.channels["one"].url == "x://y"
    assert load(text).warnings == ()


def test_an_address_from_the_environment_is_literal(channel: Any) -> None:
    text = 'url: x://y, to: "${env:ONCALL}"'
    assert channel(text, {"ONCALL": "+31 6 12345678"}).to({}) == "+31612345678"
    assert channel(text, {"ONCALL": "{{ 7 * 7 }}"}).to({}) == "{{ 7 * 7 }}"


def test_a_url_from_the_environment_that_holds_a_template_pauses_the_channel(load: Any) -> None:
    text = 'version: 1\nchannels:\n  one: { url: "${env:ERP_URL}" }\nrules: []\n'
    loaded = load(text, {"ERP_URL": "json://erp.example/?:order={{ order.ref }}"})
    assert loaded.ruleset.channels["one"].paused is Reason.NOT_CONFIGURED
    assert [w.text for w in loaded.warnings] == [
        "the value of ERP_URL holds a template, which is not filled in: the URL is the same for every"
        " message; channel one is paused: its messages wait"
    ]


@pytest.mark.parametrize("key", ["url", "to"])
def test_a_comment_behind_a_value_of_the_environment_pauses_the_channel(load: Any, key: str) -> None:
    """As systemd reads `ROOM=#orders # ours` of an EnvironmentFile: all of it is the value."""
    text = f'version: 1\nchannels:\n  one: {{ url: slack://a, {key}: "${{env:ROOM}}" }}\nrules: []\n'
    text = text.replace("url: slack://a, url", "url")
    loaded = load(text, {"ROOM": "#orders # ours"})
    assert loaded.ruleset.channels["one"].paused is Reason.NOT_CONFIGURED
    (warning,) = loaded.warnings
    assert " ROOM holds a # where a comment would begin: put comments on lines of their own" in warning.text
    assert load(text, {"ROOM": "#orders"}).ruleset.channels["one"].paused is None


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "ONCALL is not set; channel one is paused: its messages wait"),
        (
            {"ONCALL": "+3161"},
            "the value of ONCALL is not a phone number that can exist; "
            "channel one is paused: its messages wait",
        ),
    ],
)
def test_an_address_that_is_not_set_or_is_none_pauses_the_channel(
    load: Any, environ: dict[str, str], said: str
) -> None:
    loaded = load('version: 1\nchannels:\n  one: { url: x://y, to: "${env:ONCALL}" }\nrules: []\n', environ)
    (warning,) = loaded.warnings
    assert (warning.line, warning.column, warning.text) == (3, 26, said)
    found = loaded.ruleset.channels["one"]
    assert (found.paused, found.to) == (Reason.NOT_CONFIGURED, None)


def test_the_fingerprint_names_the_bytes_of_the_file_and_what_else_counts(load: Any) -> None:
    text = f"{CHANNELS}rules: []\n"
    one = load(text).ruleset.fingerprint
    assert len(one) == 12
    assert one == load(text, {}).ruleset.fingerprint
    assert one != load(f"{text}# changed\n").ruleset.fingerprint
    assert one != load(text, extra_fingerprint="templates").ruleset.fingerprint


def test_templates_are_checked_only_where_their_names_are_given(load: Any) -> None:
    text = f"{CHANNELS}rules:\n  - {{ id: lost, when: lost, send: slack }}\n"
    load(text)
    load(text, template_names={"lost", "shipped"})
    with pytest.raises(RulesError) as error:
        load(text, template_names={"lots"})
    assert "7:35: there is no template `lost` (did you mean `lots`?)" in str(error.value)


@pytest.mark.parametrize("name", ["lost", "contact-missing"])
def test_the_template_of_missing_contact_has_to_exist(load: Any, name: str) -> None:
    text = f"{CHANNELS}orders: {{ missing_contact: {{ send: slack, template: {name} }} }}\nrules: []\n"
    load(text, template_names={name})
    with pytest.raises(RulesError) as error:
        load(text, template_names={"shipped"})
    assert f"6:53: there is no template `{name}`" in str(error.value)


def test_every_key_of_the_file_is_described() -> None:
    schema = RulesFile.model_json_schema()
    for name, part in {"file": schema, **schema["$defs"]}.items():
        for key, described in part.get("properties", {}).items():
            assert described.get("description") or "$ref" in described, f"{name}.{key}"
