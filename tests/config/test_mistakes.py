"""What operators get wrong in rules.yaml, and what they are told: place, words, suggestion."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.config.rulefile import load_rules
from notifier.errors import RulesError

GOOD = """\
version: 1
shop: { name: Shop }
channels:
  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}", audience: customer }
  slack: { url: "${env:SLACK_URL}", audience: ops }
rules:
  - id: shipped
    when: shipped
    send: email
"""
TEMPLATES = {"shipped", "other"}
TOP_LEVEL = (
    "(known: brake, calendars, channels, defaults, mute, orders, retention, rules, shop, sources, version, "
    "windows)"
)
NAME_HINT = "(small letters, digits, - and _, at most 63, beginning with a letter or digit)"
COUNTRY = "`country` must be a country code or a list of them (write for example [NL, BE])"
TEMPLATE_IN_URL = (
    "holds a template, which is not filled in: the URL is the same for every message"
    " (only `to` can be a template; what differs belongs into the message's template)"
)
NOT_CLOSED = (
    "a comma or the closing `}` is missing (opened on line 5; text with braces needs quotes around it)"
)


def told(path: Path, text: str) -> list[str]:
    """Return the problems of rules.yaml without the file's name; fail if there are none."""
    path.write_text(text)
    with pytest.raises(RulesError) as error:
        load_rules(path, {}, TEMPLATES)
    return [str(p).removeprefix(f"{path}:") for p in error.value.problems]


def test_the_file_that_the_mistakes_are_made_in_is_right(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(GOOD)
    warnings = load_rules(path, {}, TEMPLATES).warnings
    assert [w.text for w in warnings if not w.waits] == ["nothing uses the channel `slack`"]


MISTAKES = [
    (
        "  - id: shipped\n    when: shipped\n    send: email\n",
        "  - once: order\n",
        ["7:5: `id` is missing", "7:5: `send` is missing", "7:5: `when` is missing"],
    ),
    ("rules:\n  - id: shipped\n    when: shipped\n    send: email\n", "", ["1:1: `rules` is missing"]),
    ("send: email", "send: { template: other }", ["9:5: `channel` is missing"]),
    ('url: "${env:SLACK_URL}", ', "", ["5:3: `url` is missing"]),
    ("send: email", "sned: email", ["9:5: unknown key `sned` (did you mean `send`?)"]),
    ("send: email", "send: emial", ["9:11: there is no channel `emial` (did you mean `email`?)"]),
    (
        "when: shipped",
        "when: shiped",
        ["8:11: `when` has an unknown status `shiped` (did you mean `shipped`?)"],
    ),
    (
        "when: shipped",
        "when: [shipped, losst]",
        ["8:21: entry 2 of `when` has an unknown status `losst` (did you mean `lost`?)"],
    ),
    ("when: shipped", "when: 5", ["8:11: `when` must be text, not a number (put it in quotes)"]),
    ("send: email", "send: []", ["9:11: `send` is empty (write at least one)"]),
    ("send: email", "send: { first_of: [] }", ["9:23: `first_of` is empty (write at least one)"]),
    (
        "send: email",
        "send: { frist_of: [email] }",
        ["9:13: unknown key `frist_of` (did you mean `first_of`?)"],
    ),
    (
        "send: email",
        "send: { channel: email, templat: x }",
        ["9:29: unknown key `templat` (did you mean `template`?)"],
    ),
    (
        "send: email",
        "send:",
        ["9:5: `send` is empty (write a value or remove the line; after a space, # begins a comment)"],
    ),
    (
        "id: shipped",
        "id: Shipped Now",
        ["7:9: `id` is not a usable name " + NAME_HINT],
    ),
    ("id: shipped", "id: 5", ["7:9: `id` must be text, not a number (put it in quotes)"]),
    ("version: 1", "version: 2", ["1:10: `version` must be 1, not `2`"]),
    ("version: 1", "versoin: 1", ["1:1: unknown key `versoin` (did you mean `version`?)"]),
    ("version: 1\n", "", ["1:1: `version` is missing (write `version: 1` as the first line)"]),
    ("version: 1", "version: '1'", ["1:10: `version` must be 1, not `1` (write it without quotes)"]),
    ("name: Shop", "name: 5", ["2:15: `name` must be text, not a number (put it in quotes)"]),
    (
        "name: Shop",
        "timezone: Europe/Amsterdm",
        ["2:19: `timezone` is no time zone: `Europe/Amsterdm` (did you mean `Europe/Amsterdam`?)"],
    ),
    (
        "name: Shop",
        "locale: englsh",
        ["2:17: `locale` is no known language: `englsh` (write for example en or nl-NL)"],
    ),
    (
        "name: Shop",
        "url: shop.example",
        ["2:14: `url` must be a web address (write for example https://shop.example)"],
    ),
    (
        "name: Shop",
        "max_update_age: 3",
        ["2:25: `max_update_age` needs a unit (write 3s for seconds, 3m for minutes, 3h for hours)"],
    ),
    (
        "name: Shop",
        "late_update: recrd",
        ["2:22: `late_update` must be record or notify, not `recrd` (did you mean `record`?)"],
    ),
    (
        "name: Shop",
        "support_email: foo",
        ["2:24: `support_email` is not an e-mail address (write name@example.org)"],
    ),
    (
        "name: Shop",
        "logo: http://shop.example/logo.png",
        ["2:15: `logo` must be an https address (write for example https://shop.example/logo.png)"],
    ),
    (
        "name: Shop",
        "colour: blue",
        ['2:17: `colour` must be a colour (write for example "#1a56c4", in quotes: # begins a comment)'],
    ),
    (
        'url: "${env:SLACK_URL}"',
        'url: "${env:SLACK_URL}", rate: 600',
        ["5:43: `rate` needs a time (write 600/min, 600/h or 600/day)"],
    ),
    (
        'url: "${env:SLACK_URL}"',
        'url: "${env:SLACK_URL}", rate: 600/m',
        ["5:43: `rate` has a unit that could be minute or month (write 600/min)"],
    ),
    (
        'url: "${env:SLACK_URL}"',
        'url: "${env:SLACK_URL}", budget: lots',
        ["5:45: `budget` is not a limit (write for example 10/s, 600/min, 1000/h or 150/day)"],
    ),
    (
        'url: "${env:SLACK_URL}"',
        'url: "${env:SLACK_URL}", concurrency: 0',
        ["5:50: `concurrency` must be 1 or more"],
    ),
    (
        "send: email",
        "send: email\n    severity: urgent",
        ["10:15: `severity` must be info, warning or critical, not `urgent`"],
    ),
    (
        "send: email",
        "send: email\n    severity: { losst: critical }",
        ["10:17: `losst` is no status (did you mean `lost`?)"],
    ),
    (
        "send: email",
        "send: email\n    severity: [critical]",
        [
            "10:15: `severity` must be info, warning or critical, or a block that says it by status, "
            "not a list"
        ],
    ),
    *(
        ('url: "${env:SLACK_URL}"', f'url: "{url}"', [f"5:17: `url` {TEMPLATE_IN_URL}"])
        for url in (
            "json://erp.example:8000/notify?:order={{ order.ref }}",
            "slack://T/B/C/{% if late %}#late{% endif %}",
            "json://erp.example/{# later #}",
        )
    ),
    (
        'url: "${env:SLACK_URL}"',
        'url: "slack"',
        ["5:17: `url` is no Apprise URL (write for example mailtos://… or ${env:EMAIL_URL})"],
    ),
    (
        'url: "${env:SLACK_URL}"',
        'url: "mailto://${env:X}@host"',
        ["5:17: `url` holds a `${…}` that is not the whole value (put the complete value into the variable)"],
    ),
    ('url: "${env:SLACK_URL}"', 'url: "${X}"', ["5:17: `url` is neither `${env:NAME}` nor `${file:/path}`"]),
    (
        'url: "${env:SLACK_URL}"',
        "url: ${env:X}",
        ["5:18: " + NOT_CLOSED],
    ),
    (
        'to: "{{ contact.email }}"',
        "to: {{ contact.email }}",
        ["4:42: a key must be a word (text with {{ … }} needs quotes around it)"],
    ),
    (
        'to: "{{ contact.email }}"',
        'to: "{{ contact.emial }}"',
        ["4:41: `to` asks for `contact.emial`, which does not exist (did you mean `email`?)"],
    ),
    (
        'to: "{{ contact.email }}"',
        'to: "{{ contct.email }}"',
        ["4:41: `to` asks for `contct`, which does not exist (did you mean `contact`?)"],
    ),
    (
        'to: "{{ contact.email }}", ',
        "",
        ['4:3: a channel for customers needs `to` (write for example to: "{{ contact.email }}")'],
    ),
    (
        'to: "{{ contact.email }}"',
        "to: ops@shop@x",
        ["4:41: `to` is not an e-mail address (one address only)"],
    ),
    ('to: "{{ contact.email }}"', "to: +316", ["4:41: `to` must be text, not a number (put it in quotes)"]),
    (
        'to: "{{ contact.email }}"',
        'to: "+316"',
        ["4:41: `to` is not a phone number (write it like +31612345678)"],
    ),
    (
        "audience: ops",
        "audience: op",
        ["5:47: `audience` must be customer or ops, not `op` (did you mean `ops`?)"],
    ),
    (
        "audience: ops",
        "retry: { for: 24, factr: 2, max: 1 h }",
        [
            "5:51: `for` needs a unit (write 24s for seconds, 24m for minutes, 24h for hours)",
            "5:55: unknown key `factr` (did you mean `factor`?)",
            "5:70: `max` is not a duration (write for example 30s, 15m, 24h, 3d or 1h30m)",
        ],
    ),
    (
        "when: shipped",
        "if: ordr.country == 'NL'\n    when: shipped",
        ["8:9: `if` asks for `ordr`, which does not exist (did you mean `order`?)"],
    ),
    (
        "when: shipped",
        "if: order.country = 'NL'\n    when: shipped",
        ["8:9: `if` is not an expression: something follows the end of the expression (compare with ==)"],
    ),
    (
        "when: shipped",
        "if: true\n    when: shipped",
        ["8:9: `if` must be text, not true or false (put it in quotes)"],
    ),
    (
        "when: shipped",
        "if: order.country | lowr == 'nl'\n    when: shipped",
        ["8:9: `if` uses an unknown filter `lowr` (did you mean `lower`?)"],
    ),
    (
        "when: shipped",
        "match: { contry: NL }\n    when: shipped",
        ["8:14: unknown key `contry` (did you mean `country`?)"],
    ),
    (
        "when: shipped",
        "match: { country: [] }\n    when: shipped",
        ["8:23: `country` is empty (write at least one)"],
    ),
    (
        "when: shipped",
        "match: { country: {abov: 3} }\n    when: shipped",
        ["8:24: unknown key `abov` (did you mean `above`?)"],
    ),
    *(
        ("when: shipped", f"match: {{ country: {written} }}\n    when: shipped", [f"8:{column}: {told}"])
        for written, column, told in (
            ("norway", 23, "`country` has no country code `norway` (did you mean `NO`?)"),
            ("[NL, Belgique]", 23, "`country` has no country code `Belgique` (did you mean `BE`?)"),
            ("UK", 23, "`country` has no country code `UK` (did you mean `GB`?)"),
            ("Deutchland", 23, "`country` has no country code `Deutchland` (did you mean `DE`?)"),
            ("NLD", 23, "`country` has no country code `NLD` (did you mean `NL`?)"),
            ("Norge", 23, "`country` has no country code `Norge` (did you mean `NO`?)"),
            ("EU", 23, "`country` has no country code `EU` (write two letters, such as NL)"),
            ("31", 23, COUNTRY),
            (
                "{ above: 3 }",
                23,
                "`country` must be a country code or a list of them (write for example [NL, BE])",
            ),
        )
    ),
    (
        "when: shipped",
        "match: { country: [[a]] }\n    when: shipped",
        ["8:24: entry 1 of `country` must be text, a number, true or false"],
    ),
    (
        "when: shipped",
        "once: orders\n    when: shipped",
        ["8:11: `once` must be status, order, shipment or contact, not `orders` (did you mean `order`?)"],
    ),
    (
        "when: shipped",
        "when: { stuck: {} }",
        ["8:13: `for` is missing", "8:13: `in` is missing"],
    ),
    (
        "when: shipped",
        "match: { status: [lost, unknown] }\n    when: shipped",
        ["8:22: `status` cannot be `unknown` (an order's status is always one with a name)"],
    ),
    (
        "when: shipped",
        "when: { status: lst }",
        ["8:21: `status` has an unknown status `lst` (did you mean `lost`?)"],
    ),
    (
        "    send: email\n",
        "    send: email\n  - id: shipped\n    when: lost\n    send: slack\n",
        ["10:9: a second rule has the id `shipped` (the first is on line 7)"],
    ),
    (
        "send: email",
        "send: [email, email]",
        ["9:19: `email` is listed twice with the same template (the same message would go out twice)"],
    ),
    (
        "rules:",
        "rules:\n  when: x\n  ",
        ["9:3: this does not fit the lines above (check the indentation and the quotes)"],
    ),
    ("  - id: shipped", "\t- id: shipped", ["7:1: a tab stands where only spaces can (indent with spaces)"]),
    ("shop:", "channels:", ["3:1: `channels` is set twice (also set on line 2)"]),
    (
        "audience: ops }",
        "audience: ops",
        ["6:6: " + NOT_CLOSED],
    ),
    ("name: Shop", "name: 'S", ["2:15: a quote is opened and never closed"]),
    (
        "name: Shop",
        "name: &a S",
        ["2:15: anchors (`&a`) are not used here (text that begins with & needs quotes)"],
    ),
    ("name: Shop", "name: *a", ["2:15: aliases (`*a`) are not used here (write the value out)"]),
    (
        "name: Shop",
        "name: !x S",
        ["2:15: tags (`!…`) are not used here (put text in quotes, also text that begins with !)"],
    ),
    ("name: Shop", "<<: {a: b}", ["2:9: merge keys (`<<`) are not used here (write the keys out)"]),
    ("version: 1", "version: 1\n---", ["2:1: a second document begins here (remove the line `---`)"]),
    (
        "version: 1",
        "%YAML 1.1\n---\nversion: 1",
        ["1:1: directives such as %YAML are not used here (remove the line)"],
    ),
    (
        "rules:\n",
        "rules: shipped\nx:\n",
        [
            "6:8: `rules` must be a list, not text",
            "7:1: unknown key `x` " + TOP_LEVEL,
        ],
    ),
    ("rules:", "rules: []\nrulez:", ["7:1: unknown key `rulez` (did you mean `rules`?)"]),
    (
        "    when: shipped",
        "   when: shipped",
        ["8:4: this does not fit the lines above (check the indentation and the quotes)"],
    ),
    ("when: shipped", 'when: "shipped', ["8:11: a quote is opened and never closed"]),
    ("when: shipped", "when: @shipped", ["8:11: a value cannot begin with `@` (put it in quotes)"]),
    (
        "channels:\n",
        "channels:\n  My Mail: { url: x://y }\n",
        ["4:3: `My Mail` is not a usable name " + NAME_HINT],
    ),
    (
        "channels:\n",
        "channels: []\nx:\n",
        [
            "3:11: `channels` must be a block of keys, not a list",
            "4:1: unknown key `x` " + TOP_LEVEL,
        ],
    ),
    ("name: Shop", "name: 'a\x00b'", ["2:17: holds a control character (remove it)"]),
    ("when: shipped", "when", ["8:5: there is no `:` after the key (write `key: value`)"]),
]


@pytest.mark.parametrize(("right", "wrong", "problems"), MISTAKES)
def test_a_mistake_is_told_with_place_words_and_suggestion(
    tmp_path: Path, right: str, wrong: str, problems: list[str]
) -> None:
    assert right in GOOD
    assert told(tmp_path / "rules.yaml", GOOD.replace(right, wrong, 1)) == problems
