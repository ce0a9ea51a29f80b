"""`notifier test`: the tests beside the rules."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.conftest import ROOT, Done, Shop

NIGHT = """
version: 1
shop: { name: Example Shop, timezone: Europe/Amsterdam, locale: en }
windows:
  sms-hours: { days: [mon-sat], hours: "09:00-20:30", zone: contact }
channels:
  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}", audience: customer }
  sms: { url: "${env:SMS_URL}", to: "{{ contact.phone }}", audience: customer, retry: { for: 5m, first: 1m } }
  slack: { url: "${env:SLACK_URL}", audience: ops }
rules:
  - id: delivered
    when: delivered
    once: order
    send:
      first_of:
        - { channel: sms, window: sms-hours, outside: defer, max_defer: 14h }
        - email
  - id: problem
    when: problem
    resolve: delivered
    escalate: [{ after: 30m, send: slack }]
    send: slack
  - id: silent
    when: { quiet: { for: 6h } }
    send: { channel: slack, template: general }
  - id: trouble
    when: { internal: [channel_down] }
    send: { channel: slack, template: general }
"""

SPECIFIED = """
# rules.test.yaml
tests:
  - name: delivered at night is texted the next morning, once
    contact: { email: a@example.org, phone: "+31600000000", locale: nl-NL, timezone: Europe/Amsterdam }
    updates:
      - { at: "2026-03-03 23:10", ref: "1001", status: delivered }
      - { at: "2026-03-03 23:11", ref: "1001", status: delivered }      # the same webhook again
    expect:
      - { at: "2026-03-04 09:00", rule: delivered, channel: sms, locale: nl, contains: "1001" }
    expect_nothing_else: true
"""
"""The example of the specification: a Dutch customer reads Dutch."""


@pytest.fixture
def night(shop: Shop) -> Shop:
    """A shop that sends no text messages at night, and whose channels are not configured."""
    (shop.folder / "rules.yaml").write_text(NIGHT)
    shop.settings["NOTIFIER_RULES"] = str(shop.folder / "rules.yaml")
    return shop


def run(shop: Shop, tests: str, *words: str) -> Done:
    (shop.folder / "rules.test.yaml").write_text(tests)
    return shop.run("test", *words)


def one(body: str) -> str:
    """Return a file with one test."""
    lines = body.strip("\n").splitlines()
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "tests:\n  - name: it\n" + "".join(f"    {line[indent:]}\n" for line in lines)


def test_the_example_of_the_specification_passes(night: Shop) -> None:
    done = run(night, SPECIFIED)

    assert (done.returncode, done.stderr) == (0, "")
    assert "ok    delivered at night is texted the next morning, once" in done.stdout
    assert re.search(r"^1 passed in [0-9.]+ s$", done.stdout, re.MULTILINE)


def test_the_tests_that_are_shipped_pass_with_the_rules_that_are_shipped(shop: Shop) -> None:
    assert shop.run("init", "shop").returncode == 0
    written = shop.folder / "shop"
    shop.settings = {
        "NOTIFIER_RULES": str(written / "rules.yaml"),
        "NOTIFIER_TEMPLATES": str(written / "templates"),
    }

    done = shop.run("test")

    assert (written / "rules.test.yaml").read_text() == (ROOT / "rules.test.yaml").read_text()
    assert done.returncode == 0, done.stdout


def test_a_test_that_fails_shows_what_happened_instead(night: Shop) -> None:
    done = run(night, SPECIFIED.replace("09:00", "08:00"))

    assert done.returncode == 1
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert "not told: at 2026-03-04 08:00, rule delivered, channel sms, locale nl, contains 1001" in lines
    assert "which differs: at Wed 2026-03-04 09:00, not 2026-03-04 08:00" in lines
    assert "Tue 2026-03-03 23:10     update   1001 delivered" in lines
    assert "verdict  delivered fires: send: sms" in lines
    assert any(
        line.startswith('Wed 2026-03-04 09:00     message  sms to +31600000000: delivered [1001] "Example')
        for line in lines
    )
    assert lines[-1].startswith("1 failed in")


def test_a_rule_that_told_nobody_says_why(night: Shop) -> None:
    done = run(
        night,
        one(
            """
            updates: [{ at: "2026-03-03 10:00", ref: "1", status: delivered }]
            expect: [{ rule: delivered }]
            """
        ),
    )

    assert done.returncode == 1
    assert (
        "delivered told nobody: Tue 2026-03-03 10:00 the contact has no address for this channel"
        " (send: sms or email)"
    ) in done.stdout


def test_what_nobody_expected_fails_a_test_that_expects_nothing_else(night: Shop) -> None:
    done = run(
        night,
        one(
            """
            updates: [{ at: "2026-03-03 10:00", ref: "1", status: problem }]
            expect: [{ at: "2026-03-03 10:00", rule: problem }]
            expect_nothing_else: true
            """
        ),
    )

    assert done.returncode == 1
    assert "not expected: Tue 2026-03-03 10:30 slack: problem [1]" in done.stdout


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            updates: [{ at: "2026-03-03 10:00", ref: "1", status: problem }]
            acknowledge: { at: "2026-03-03 10:20", rule: problem, ref: "1" }
            expect: [{ at: "2026-03-03 10:00", rule: problem, audience: ops, occasion: update }]
            expect_nothing_else: true
            """,
            id="acknowledged",
        ),
        pytest.param(
            """
            updates:
              - { at: "2026-03-03 10:00", ref: "1", status: problem }
              - { at: "2026-03-03 10:10", ref: "1", status: D }
            contact: { email: a@example.org }
            expect:
              - { at: "2026-03-03", rule: problem, channel: slack, template: ops/problem }
              - { rule: problem, occasion: resolved }
              - { rule: delivered, channel: email, to: a@example.org, subject: delivered }
            expect_nothing_else: true
            """,
            id="resolved",
        ),
        pytest.param(
            """
            contact: { email: a@example.org, phone: "+31600000000" }
            updates: [{ at: "2026-03-03 10:00", ref: "1", status: delivered }]
            fail: [{ channel: sms, from: "2026-03-03 09:00", until: "2026-03-03 11:00", how: permanent }]
            expect: [{ at: "2026-03-03 10:00", channel: email, ref: "1" }]
            expect_nothing_else: true
            """,
            id="another way",
        ),
        pytest.param(
            """
            contact: { email: a@example.org, phone: "+31600000000" }
            updates: [{ at: "2026-03-03 10:00", ref: "1", status: delivered }]
            fail: [{ channel: sms }]
            expect: [{ at: "2026-03-03 10:03", channel: email, ref: "1" }]
            """,
            id="another way in the end",
        ),
        pytest.param(
            """
            events: [{ at: "2026-03-03 10:00", kind: channel_down, subject: sms }]
            expect: [{ at: "2026-03-03 10:00", rule: trouble, contains: sms }]
            expect_nothing_else: true
            """,
            id="an event",
        ),
        pytest.param(
            """
            updates: [{ at: "2026-03-03 10:00", ref: "1", status: ready }]
            expect: [{ at: "2026-03-03 16:00", rule: silent }]
            expect_nothing_else: true
            """,
            id="silence, if it is expected",
        ),
        pytest.param(
            """
            updates: [{ at: "2026-03-03 10:00", ref: "1", status: ready }]
            until: "2026-03-04 10:00"
            expect_nothing: true
            """,
            id="no silence, if it is not",
        ),
        pytest.param(
            """
            orders:
              - { ref: "1", contact: { email: one@example.org } }
              - { ref: "2", contact: { email: two@example.org }, registered: "2026-03-03 12:00" }
              - { ref: "3", registered: false }
            updates:
              - at: "2026-03-03 10:00"
                ref: "1"
                status: delivered
                parcels: ["3S1", { code: "3S2", carrier: dhl }]
              - { at: "2026-03-03 10:00", ref: "2", status: delivered }
              - { at: "2026-03-03 10:00", ref: "3", status: delivered }
            expect:
              - { at: "2026-03-03 10:00", to: one@example.org, contains: ["3S1", "3S2"] }
              - { at: "2026-03-03 12:00", to: two@example.org, not_contains: "3S1" }
            expect_nothing_else: true
            """,
            id="several orders",
        ),
    ],
)
def test_a_test_can_say(night: Shop, body: str) -> None:
    done = run(night, one(body))

    assert done.returncode == 0, done.stdout + done.stderr


def test_silence_can_be_watched_without_being_expected(night: Shop) -> None:
    done = run(
        night,
        one(
            """
            updates: [{ at: "2026-03-03 10:00", ref: "1", status: ready }]
            watch: silent
            until: "2026-03-04 10:00"
            expect_nothing: true
            """
        ),
    )

    assert "not expected: Tue 2026-03-03 16:00 slack: silent" in done.stdout


def test_an_alert_that_cannot_be_acknowledged_fails_the_test(night: Shop) -> None:
    done = run(
        night,
        one(
            """
            acknowledge: [{ at: "2026-03-03 10:20", rule: problem, ref: "1" }]
            expect_nothing: true
            """
        ),
    )

    assert "there is no open alert of problem about 1 to acknowledge" in done.stdout


def test_names_choose_tests(night: Shop) -> None:
    two = SPECIFIED + one("expect_nothing: true").removeprefix("tests:\n")

    done = run(night, two, "-k", "NIGHT", "-v")
    none = run(night, two, "-k", "noon")

    assert "1 passed" in done.stdout
    assert "Wed 2026-03-04 09:00     message" in done.stdout
    assert none.returncode == 66
    assert none.stderr == "error: no test has noon in its name\n"


def test_results_are_there_for_machines(night: Shop) -> None:
    done = run(night, SPECIFIED.replace("locale: nl,", "locale: de,"), "--json")

    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert (told["ok"], told["passed"], told["failed"]) == (False, 0, 1)
    (test,) = told["tests"]
    assert test["name"] == "delivered at night is texted the next morning, once"
    assert test["failures"][0].startswith("not told: at 2026-03-04 09:00")
    assert {"at": 1772611200.0, "kind": "message"}.items() <= test["timeline"][-1].items()


def test_all_mistakes_in_a_file_are_told_at_once_with_their_places(night: Shop) -> None:
    done = run(
        night,
        """
tests:
  - name: it
    contact: { email: nobody }
    updates:
      - { at: yesterday, ref: "1", status: deliverd }
      - { at: "2026-02-30 10:00", ref: 1, status: unknown }
      - { on: "2026-02-03", ref: "1", status: delivered }
    expect:
      - { rule: deliverd, chanel: sms }
      - { channel: smss, template: shiped }
  - name: it
    watch: [silent, quiet]
    acknowledge: { at: "2026-03-03", rule: problems }
""",
    )

    assert done.returncode == 78
    told = [line.partition("rules.test.yaml:")[2] for line in done.stderr.splitlines() if ".yaml:" in line]
    clocks = "write for example 2026-03-03 23:10; the shop's clocks count"
    assert told == [
        "4:23: `email` is not an e-mail address (write name@example.org)",
        f"6:15: `at` is not a time ({clocks})",
        "6:44: `status` has an unknown status `deliverd` (did you mean `delivered`?)",
        "7:15: `at` is a time that there never is (look at the day, the month and the hour)",
        "7:40: `ref` must be text, not a number (put it in quotes)",
        "7:51: `status` cannot be `unknown` (name the statuses, or write a letter in quotes)",
        "8:9: `at` is missing",
        "8:11: unknown key `on` (known: arrives, at, carrier, parcels, ref, status)",
        "10:17: there is no rule `deliverd` (did you mean `delivered`?)",
        "10:27: unknown key `chanel` (did you mean `channel`?)",
        "11:20: there is no channel `smss` (did you mean `sms`?)",
        "11:36: there is no template `shiped` (did you mean `shipped`?)",
        "12:11: another test is called `it` as well",
        "13:21: there is no rule `quiet` (known: delivered, missing_contact, problem, silent, trouble)",
        f"14:24: `at` has no time of the day ({clocks})",
        "14:44: there is no rule `problems` (did you mean `problem`?)",
    ]


def test_rules_that_cannot_be_used_are_told_as_check_tells_them(night: Shop) -> None:
    rules = night.folder / "rules.yaml"
    rules.write_text(rules.read_text().replace("when: delivered", "when: deliverd"))

    done = run(night, SPECIFIED)

    assert done.returncode == 78
    assert "did you mean `delivered`?" in done.stderr


def test_a_file_that_is_not_there_is_told(night: Shop) -> None:
    done = night.run("test", "elsewhere.yaml")

    assert done.returncode == 78
    assert "elsewhere.yaml: there is no such file" in done.stderr


def test_a_person_reads_it_in_colour(night: Shop) -> None:
    (night.folder / "rules.test.yaml").write_text(SPECIFIED.replace("locale: nl,", "locale: de,"))

    code, screen = night.watch("test", columns=200)

    assert code == 1
    assert "FAIL  delivered at night is texted the next morning, once" in screen
