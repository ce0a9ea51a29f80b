"""The JSON Schema of rules.yaml: editors learn from it what the loader takes, and what each key means."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from notifier.config import schema, yamltree
from notifier.config.duration import parse_limit, text
from notifier.config.rulefile import load_rules
from notifier.errors import RulesError

ROOT = Path(__file__).parents[2]
SCHEMA = schema.schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)

HEAD = """\
version: 1
channels:
  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}" }
  slack: { url: "${env:SLACK_URL}" }
"""
RULES = "rules: [{ id: shipped, when: shipped, send: email }]\n"


def keys() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every key of every part with what the schema says of it."""
    for part, described in {"the file": SCHEMA, **SCHEMA["$defs"]}.items():
        for key, said in described.get("properties", {}).items():
            yield f"{part}: {key}", said


def within(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a schema."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from within(value)
    elif isinstance(node, list):
        for value in node:
            yield from within(value)


def fits(rules: str) -> bool:
    return bool(VALIDATOR.is_valid(yamltree.parse(rules.encode(), "rules.yaml").data))


def loads(rules: str, folder: Path) -> bool:
    file = folder / "rules.yaml"
    file.write_text(rules)
    try:
        load_rules(file, {})
    except RulesError:
        return False
    return True


def test_the_schema_that_ships_is_that_of_the_model() -> None:
    shipped = importlib.resources.files("notifier") / "defaults" / schema.FILE
    assert shipped.read_text() == schema.text(), "run `make docs`"


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_every_key_is_described() -> None:
    def description(said: dict[str, Any]) -> str | None:
        part = said.get("$ref", "").rpartition("/")[2]
        return said.get("description") or (SCHEMA["$defs"][part].get("description") if part else None)

    assert [key for key, said in keys() if not description(said)] == []


def test_every_example_and_default_is_one_that_can_be_written() -> None:
    wrong = []
    for key, said in keys():
        whole = {**said, "$defs": SCHEMA["$defs"]}
        if "$ref" in said:  # what stands beside a reference does not count in draft 7
            whole = {"allOf": [{"$ref": said["$ref"]}], "$defs": SCHEMA["$defs"]}
        shown = [*said.get("examples", []), *([said["default"]] if "default" in said else [])]
        for value in shown:
            if not jsonschema.Draft7Validator(whole).is_valid(value):
                wrong.append((key, value))
    assert wrong == []


def test_nothing_may_be_left_empty() -> None:
    assert [node for node in within(SCHEMA) if node.get("type") == "null"] == []


def test_every_block_refuses_keys_that_it_does_not_know() -> None:
    blocks = [node for node in within(SCHEMA) if node.get("type") == "object"]
    assert blocks
    assert [node for node in blocks if node.get("additionalProperties") in (None, True)] == []


def test_the_rules_that_ship_fit_and_name_their_schema() -> None:
    shipped = (ROOT / "rules.yaml").read_text()
    assert fits(shipped)
    assert shipped.splitlines()[0] == f"# yaml-language-server: $schema={schema.FILE}"
    assert json.loads((ROOT / schema.FILE).read_text()) == SCHEMA


@pytest.mark.parametrize(
    "rules",
    [
        HEAD + RULES,
        HEAD + "rules: []\n",
        HEAD + "rules: [{ id: a, when: { status: [shipped, Q, unknown] }, send: [email, slack] }]\n",
        HEAD
        + "rules: [{ id: a, when: lost, send: { first_of: [email, { channel: slack, template: b }] } }]\n",
        HEAD + "rules: [{ id: a, when: lost, severity: { lost: critical, X: info }, send: slack }]\n",
        HEAD + RULES.replace("send:", "match: { country: [NL, BE], attributes: { a: { b: 1 } } }, send:"),
        HEAD + RULES.replace("send:", "match: { attributes: { total: { above: 2.5 } } }, send:"),
        HEAD + RULES + "retention: { bodies: forever, contacts: 2w }\n",
        HEAD
        + RULES
        + "sources: { my-shop: { url: 'https://a.example/{{ order.ref }}', fields: { email: e } } }\n",
    ],
)
def test_what_the_loader_takes_fits(rules: str, tmp_path: Path) -> None:
    assert loads(rules, tmp_path)
    assert fits(rules), list(VALIDATOR.iter_errors(yamltree.parse(rules.encode(), "").data))


@pytest.mark.parametrize(
    "rules",
    [
        "version: 1\n",
        "[]\n",
        HEAD,
        HEAD.replace("version: 1", "version: 2") + RULES,
        HEAD.replace("version: 1", 'version: "1"') + RULES,
        HEAD + RULES + "rulez: []\n",
        HEAD + RULES + "shop: { nam: Example }\n",
        HEAD + RULES + "shop: Example\n",
        HEAD + RULES + "shop: { name: 3 }\n",
        HEAD + RULES + "shop: { max_update_age: 3 }\n",
        HEAD + RULES + "shop: { max_update_age: 3 days }\n",
        HEAD + RULES + "shop: { late_update: tell }\n",
        HEAD + RULES + "retention: { bodies: for ever }\n",
        HEAD + RULES + "retention: { bodies: true }\n",
        HEAD + RULES + "orders: { sources: registered }\n",
        HEAD + RULES + "orders: { sources: [] }\n",
        HEAD + RULES + "orders: { missing_contact: slack }\n",
        HEAD + RULES + "sources: { cottoncast: { token: x } }\n",
        HEAD + RULES + "sources: { my-shop: { url: 'https://a.example/' } }\n",
        HEAD + RULES + "sources: { my-shop: 3 }\n",
        HEAD.replace("slack: {", "Slack Hook: {") + RULES,
        HEAD.replace('url: "${env:SLACK_URL}"', "urls: x") + RULES,
        HEAD.replace("slack: {", "slack: { rate: 10,") + RULES,
        HEAD.replace("slack: {", "slack: { rate: 10/month,") + RULES,
        HEAD.replace("slack: {", "slack: { concurrency: 0,") + RULES,
        HEAD.replace("slack: {", "slack: { concurrency: 1.5,") + RULES,
        HEAD.replace("slack: {", "slack: { retry: { factor: '2' },") + RULES,
        HEAD.replace("slack: {", "slack: { retry: 2h,") + RULES,
        HEAD.replace("slack: {", "slack: { audience: customers,") + RULES,
        HEAD + RULES.replace("id: shipped", "id: Shipped!"),
        HEAD + RULES.replace("id: shipped, ", ""),
        HEAD + RULES.replace("when: shipped", "when: sent"),
        HEAD + RULES.replace("when: shipped", "when: []"),
        HEAD + RULES.replace("when: shipped", "when: { stat: shipped }"),
        HEAD + RULES.replace("send: email", "send: {}"),
        HEAD + RULES.replace("send: email", "send: []"),
        HEAD + RULES.replace("send: email", "send: 3"),
        HEAD + RULES.replace("send: email", "send: { first_of: email }"),
        HEAD + RULES.replace("send: email", "send: { channel: email, first_of: [email] }"),
        HEAD + RULES.replace("send: email", "send: [[email]]"),
        HEAD + RULES.replace("send:", "sned: email, send:"),
        HEAD + RULES.replace("send:", "if: true, send:"),
        HEAD + RULES.replace("send:", "once: shop, send:"),
        HEAD + RULES.replace("send:", "match: { contry: NL }, send:"),
        HEAD + RULES.replace("send:", "match: { country: [] }, send:"),
        HEAD + RULES.replace("send:", "match: { country: { over: 1 } }, send:"),
        HEAD + RULES.replace("send:", "match: { attributes: { total: { above: '2' } } }, send:"),
        HEAD + RULES.replace("send:", "severity: bad, send:"),
        HEAD + RULES.replace("send:", "severity: { gone: critical }, send:"),
    ],
)
def test_what_the_loader_refuses_for_its_shape_does_not_fit(rules: str, tmp_path: Path) -> None:
    assert not loads(rules, tmp_path)
    assert not fits(rules)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("0s", 0), ("90s", 90), ("15m", 900), ("24h", 86_400), ("36h", 129_600), ("7d", 604_800)],
)
def test_a_duration_is_written_as_an_operator_would(written: str, seconds: float) -> None:
    assert text(seconds) == written
    assert parse_limit(written) == seconds
    assert text(parse_limit("forever")) == "forever"
