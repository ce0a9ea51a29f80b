"""What loads and is probably not meant: each oversight is told once, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.config.rulefile import load_rules
from notifier.config.unused import longest_closing
from notifier.core.schedule import Hours

LANGUAGE = Path(__file__).with_name("language.yaml").read_text()


def warned(path: Path, text: str) -> list[str]:
    """Return the warnings of a file that loads, but for those of secrets that are not set."""
    path.write_text(text)
    warnings = load_rules(path, {}).warnings
    return [str(w).removeprefix(f"{path}:") for w in warnings if not w.waits]


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        # rules that never speak
        (
            "    once: order\n",
            "    match: { status: delivered }\n",
            "20:14: it fits late news at most: an order that has just become collected or en_route is not "
            "delivered",
        ),
        (
            "    cancels: [shipped, delay-notice]",
            "    match: { never: [delivered, lost] }",
            "29:14: it never speaks: `never` names delivered, which `when` waits for "
            "(remove them from `never`)",
        ),
        (
            "{ stuck: { in: [collected, en_route], for: 5bd, calendar: warehouse } }",
            "{ stuck: { in: [collected, en_route], for: 5bd, calendar: warehouse } }\n"
            "    match: { never: [collected, en_route] }",
            "41:14: it never speaks: `never` names collected or en_route, which `when` waits for "
            "(remove them from `never`)",
        ),
        (
            "match: { sent: shipped }",
            "match: { sent: problem }",
            "24:20: `problem` tells no customer, so it never counts as sent "
            "(name a rule that tells customers)",
        ),
        # rules that do less or more than meant
        ("    settle: 15m", "    mode: shadow", "19:5: rule shipped is in shadow: it sends nothing"),
        (
            "timezone: Europe/Amsterdam }",
            "timezone: Europe/Amsterdam, mode: shadow }",
            "2:57: the shop is in shadow: nothing is sent",
        ),
        (
            "    once: shipment\n",
            "",
            "23:5: it tells of one new parcel only, once for each status (write `once: shipment`)",
        ),
        (
            "stuck: { in: [collected, en_route]",
            "stuck: { in: [delivered]",
            "40:22: every order stays delivered, so every one of them will be stuck (remove delivered)",
        ),
        (
            "    resolve: [en_route, delivered]\n",
            "",
            "46:5: its alert stays open until somebody closes it by hand "
            "(write `resolve` with the statuses that end it)",
        ),
        (
            "severity: { problem: warning, lost: critical }",
            "severity: { delivered: info, lost: critical }",
            "44:5: `when` does not wait for delivered (remove it from `severity`)",
        ),
        # two messages for one thing
        (
            "  - id: big-order-lost",
            "  - { id: again, when: [lost, delivered], send: sms }\n  - id: big-order-lost",
            "49:11: `delivered` on line 27 and `again` both tell the customer by sms when the order becomes "
            "delivered (join them, or part them by `match`)",
        ),
        # what nothing uses
        (
            "  oncall:",
            '  pager: { url: "${env:X}" }\n  oncall:',
            "12:3: nothing uses the channel `pager` (name it in a rule, or remove it)",
        ),
        (
            "  office:",
            "  evening: { days: [sat] }\n  office:",
            "7:3: nothing uses the window `evening` (name it in a rule, or remove it)",
        ),
        (
            "windows:\n",
            "  office-days: { days: [mon-fri] }\nwindows:\n",
            "5:3: nothing uses the calendar `office-days` (name it in a rule, or remove it)",
        ),
        (
            "    rules: [big-order-lost]",
            "    rules: [delivered]",
            "71:12: `delivered` tells only customers, whom a mute never keeps from anything",
        ),
        # what waits in vain
        (
            "max_defer: 14h }\n        - email\n",
            "max_defer: 14h }\n",
            "32:73: `sms-hours` closes for up to 36.5h; what would wait longer is dropped "
            "(make `max_defer` longer, or write another way after it in `first_of`)",
        ),
    ],
)
def test_an_oversight_is_told_with_its_place(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    assert right in LANGUAGE
    assert warned(tmp_path / "rules.yaml", LANGUAGE.replace(right, wrong, 1)) == [told]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("when: delivered, send: email", "when: delivered, send: sms"),
        ("when: delivered, send: email", "when: lost, send: email"),
        ("when: delivered, send: email", "when: { status: delivered, after: 7d }, send: email"),
        ("when: delivered, send: email", "when: delivered, match: { country: NL }, send: email"),
        ("when: delivered, send: email", "when: delivered, if: not late, send: email"),
        ("when: delivered, send: email", "when: delivered, mode: shadow, send: email"),
        ("when: delivered, send: email", "when: delivered, cancels: one, send: email"),
        ("when: delivered, send: slack", "when: delivered, send: slack"),
        ("when: delivered, send: email", "when: delivered, send: { first_of: [sms, email] }"),
    ],
)
def test_two_rules_for_one_status_may_well_be_meant(tmp_path: Path, one: str, two: str) -> None:
    text = f"""\
version: 1
channels:
  email: {{ url: x://y, to: "{{{{ contact.email }}}}" }}
  sms: {{ url: x://y, to: "{{{{ contact.phone }}}}" }}
  slack: {{ url: x://y }}
rules: [{{ id: one, {one} }}, {{ id: two, {two} }}]
"""
    told = warned(tmp_path / "rules.yaml", text)
    assert [warning for warning in told if "both tell" in warning] == []


def test_whoever_has_only_begun_is_not_told_that_nothing_is_used(tmp_path: Path) -> None:
    text = "version: 1\nchannels: { slack: { url: x://y } }\nrules: []\n"
    assert warned(tmp_path / "rules.yaml", text) == []


MON_TO_FRI = frozenset(range(5))


@pytest.mark.parametrize(
    ("hours", "closed"),
    [
        (Hours(), 0),
        (Hours(spans=((540, 1230),)), 12 * 60 + 30),
        (Hours(frozenset(range(6)), ((540, 1230),)), 36 * 60 + 30),
        (Hours(MON_TO_FRI, ((480, 720), (780, 1080))), 62 * 60),
        (Hours(frozenset({0}), ((0, 1440),)), 6 * 24 * 60),
        (Hours(spans=((1320, 360),)), 16 * 60),
        (Hours(frozenset({6}), ((1320, 360),)), 160 * 60),
        (Hours(spans=((0, 720), (720, 1440))), 0),
    ],
)
def test_how_long_a_window_stays_closed_is_that_of_an_ordinary_week(hours: Hours, closed: int) -> None:
    assert longest_closing(hours) == closed
