"""Many mistakes at once, secrets inside them, and files of any shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.config import yamltree
from notifier.config.rulefile import Loaded, load_rules
from notifier.errors import RulesError


def loaded(path: Path, text: str) -> Loaded | list[str]:
    """Return the rules, or the problems without the file's name."""
    path.write_text(text)
    try:
        return load_rules(path, {})
    except RulesError as error:
        return [str(p).removeprefix(f"{path}:") for p in error.problems]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
versio: 1
shop: { name: 5, timezone: Europe/Amsterdm, locale: en, locale: xx }
channels:
  email: { url: nothing, to: "{{ contact.emial }}", audience: custmer, retry: { for: 24 } }
  Slack: { url: "${env:SLACK_URL}x" }
  sms: { url: x://y, audience: customer }
rules:
  - id: shipped
    when: [shiped, delivered]
    match: { contry: NL, attributes: { total: { abov: 5 } } }
    if: order.totl > 5
    once: always
    send: [emial, email, email]
  - id: shipped
    when: &x lost
    sned: slack
"""
    assert loaded(tmp_path / "rules.yaml", text) == [
        "1:1: unknown key `versio` (did you mean `version`?)",
        "2:15: `name` must be text, not a number (put it in quotes)",
        "2:28: `timezone` is no time zone: `Europe/Amsterdm` (did you mean `Europe/Amsterdam`?)",
        "2:57: `locale` is set twice (also set on line 2)",
        "2:65: `locale` is no known language: `xx` (write for example en or nl-NL)",
        "4:17: `url` is no Apprise URL (write for example mailtos://… or ${env:EMAIL_URL})",
        "4:30: `to` asks for `contact.emial`, which does not exist (did you mean `email`?)",
        "4:63: `audience` must be customer or ops, not `custmer` (did you mean `customer`?)",
        "4:86: `for` needs a unit (write 24s for seconds, 24m for minutes, 24h for hours)",
        "5:3: `Slack` is not a usable name "
        "(small letters, digits, - and _, at most 63, beginning with a letter or digit)",
        "5:17: `url` holds a `${…}` that is not the whole value (put the complete value into the variable)",
        '6:3: a channel for customers needs `to` (write for example to: "{{ contact.email }}")',
        "9:12: entry 1 of `when` has an unknown status `shiped` (did you mean `shipped`?)",
        "10:14: unknown key `contry` (did you mean `country`?)",
        "10:49: unknown key `abov` (did you mean `above`?)",
        "11:9: `if` asks for `order.totl`, which does not exist",
        "12:11: `once` must be status, order, shipment or contact, not `always`",
        "13:12: there is no channel `emial` (did you mean `email`?)",
        "13:26: `email` is listed twice with the same template (the same message would go out twice)",
        "14:9: a second rule has the id `shipped` (the first is on line 8)",
        "15:11: anchors (`&x`) are not used here (text that begins with & needs quotes)",
        "16:5: unknown key `sned` (did you mean `send`?)",
    ]


@pytest.mark.parametrize(
    ("channel", "rule"),
    [
        ("{ url: hunter2-pa55word }", "{ id: a, when: lost, send: slack }"),
        ('{ url: "slack://hunter2/${env:X}" }', "{ id: a, when: lost, send: slack }"),
        ("{ url: [slack://hunter2] }", "{ id: a, when: lost, send: slack }"),
        ('{ url: x://y, audience: "slack://hunter2/token" }', "{ id: a, when: lost, send: slack }"),
        ("{ url: x://y, to: hunter2@nowhere }", "{ id: a, when: lost, send: slack }"),
        ("{ url: x://y }", '{ id: a, when: lost, send: "slack://hunter2/token" }'),
        ("{ url: x://y }", '{ id: a, when: "slack://hunter2/token", send: slack }'),
        ("{ url: x://y, audience: c4nary0hunter2abc }", "{ id: a, when: lost, send: slack }"),
        ("{ url: x://y, c4nary0hunter2abc: 1 }", "{ id: a, when: lost, send: slack }"),
    ],
)
def test_secrets_and_addresses_are_never_repeated(tmp_path: Path, channel: str, rule: str) -> None:
    text = f"version: 1\nchannels:\n  slack: {channel}\nrules:\n  - {rule}\n"
    problems = loaded(tmp_path / "rules.yaml", text)
    assert isinstance(problems, list)
    assert "hunter2" not in "\n".join(problems)


@pytest.mark.parametrize(
    "source",
    [
        "{ user: [hunter2], secret: x }",
        '{ user: x, secret: "hunter2${env:X}" }',
        '{ url: "https://u:hunter2@api.example" }',
        '{ url: "http://hunter2.example" }',
        '{ url: "https://x.example?token=hunter2" }',
        '{ url: "hunter2" }',
    ],
)
def test_the_secrets_of_a_source_are_never_repeated(tmp_path: Path, source: str) -> None:
    text = f"version: 1\nsources: {{ cottoncast: {source} }}\nchannels: {{}}\nrules: []\n"
    problems = loaded(tmp_path / "rules.yaml", text)
    assert isinstance(problems, list)
    assert "hunter2" not in "\n".join(problems)


def test_the_header_of_a_source_is_never_repeated(tmp_path: Path) -> None:
    text = """\
version: 1
sources:
  crm:
    url: "https://crm.example/{{ order.ref }}"
    fields: { email: email }
    headers: { Authorization: "hunter2\\nX: y" }
channels: {}
rules: []
"""
    assert loaded(tmp_path / "rules.yaml", text) == ["6:31: `Authorization` is not one line of ASCII"]


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(
        [
            "email",
            "lost",
            "{{",
            "${",
            "x",
            "",
            "30s",
            "cottoncast",
            "crm",
            "5bd",
            "5%",
            "08:30",
            "08:00-18:00",
            "mon-fri",
            "none",
            "NL",
            "carrier",
            "one",
            "https://x.example/{{ order.ref }}",
        ]
    )
)
KEYS = st.sampled_from(
    [
        "version",
        "shop",
        "channels",
        "rules",
        "id",
        "when",
        "match",
        "if",
        "once",
        "send",
        "url",
        "to",
        "audience",
        "retry",
        "for",
        "first_of",
        "channel",
        "template",
        "status",
        "attributes",
        "country",
        "above",
        "name",
        "timezone",
        "email",
        "orders",
        "sources",
        "retention",
        "registered",
        "cottoncast",
        "unknown",
        "missing_contact",
        "max_contact_age",
        "category",
        "fields",
        "headers",
        "secret",
        "user",
    ]
)
LANGUAGE = Path(__file__).with_name("language.yaml")
PLACES = [path for path in yamltree.parse(LANGUAGE.read_bytes(), "").values if path]
"""Where something stands in a file that says all that can be said."""

TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=TREES, rule=TREES, channel=TREES, orders=TREES, source=TREES)
def test_whatever_stands_in_the_file_gives_rules_or_problems(
    tmp_path: Path, file: object, rule: object, channel: object, orders: object, source: object
) -> None:
    rest = {"version": 1, "channels": {"email": channel}}
    about_orders = {**rest, "orders": orders, "sources": {"crm": source, "cottoncast": source}, "rules": []}
    for document in (file, {**rest, "rules": [rule]}, {**about_orders, "retention": orders}):
        found = loaded(tmp_path / "rules.yaml", json.dumps(document))  # JSON is YAML
        assert isinstance(found, Loaded) or (found and all(found))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), TREES), min_size=1, max_size=3))
def test_whatever_stands_in_place_of_something_gives_rules_or_problems(
    tmp_path: Path, changes: list[tuple[yamltree.Path, object]]
) -> None:
    document = yamltree.parse(LANGUAGE.read_bytes(), "").data
    for path, value in changes:
        above: Any = document
        for part in path[:-1]:
            held = above if isinstance(above, dict) else range(len(above)) if isinstance(above, list) else ()
            if part not in held:
                break
            above = above[part]
        else:
            if isinstance(above, dict) or (isinstance(above, list) and path[-1] in range(len(above))):
                above[path[-1]] = value
    found = loaded(tmp_path / "rules.yaml", json.dumps(document))
    assert isinstance(found, Loaded) or (found and all(found))
