"""`notifier orders lookup`: ask the remote sources for one order and show their answers; nothing is kept."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import click

from notifier.cli import output
from notifier.config.rulefile import load_rules
from notifier.config.settings import read_settings
from notifier.contacts.remote import Remote
from notifier.core.lookup import Answer
from notifier.errors import NotFound


@click.command("lookup")
@click.argument("ref")
@click.option("--order-id", default="", help="Cottoncast's own id of the order; Cottoncast is asked with it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def lookup(ref: str, order_id: str, as_json: bool) -> None:
    """Ask every source of orders.sources who the customer of order REF is. Nothing is recorded or sent.

    Exit code 0 if one of them knows an address, else 1.

    \b
    Example:  notifier orders lookup 41 --order-id 3AF7
    """
    settings = read_settings(os.environ)
    ruleset = load_rules(settings.rules, os.environ).ruleset
    if not ruleset.orders.remote:
        raise NotFound("there is nobody to ask: orders.sources in rules.yaml names no remote source")
    remote = Remote(ruleset.sources)
    try:
        answers = {name: remote.ask(name, ref, order_id, time.time()) for name in ruleset.orders.remote}
    finally:
        remote.close()
    if as_json:
        output.as_json({name: _shown(answer) for name, answer in answers.items()})
    else:
        rows = [(name, a.kind, _words(a)) for name, a in answers.items()]
        output.table(("source", "answer", "what it says"), rows)
    if not any(a.finding and a.finding.contact.reachable for a in answers.values()):
        sys.exit(1)


def _words(answer: Answer) -> str:
    if answer.finding is None:
        return answer.detail
    contact = answer.finding.contact
    said = [
        output.masked(contact.email) if contact.email else "no e-mail address",
        output.masked(contact.phone) if contact.phone else "no phone number",
        *(f"unusable {field}" for field in sorted(contact.unusable)),
        f"language {contact.locale}" if contact.locale else "",
        f"country {contact.country}" if contact.country else "",
        f"{len(answer.finding.items)} items" if answer.finding.items else "",
        answer.detail,
    ]
    return ", ".join(filter(None, said))


def _shown(answer: Answer) -> dict[str, Any]:
    return {"answer": answer.kind, "said": _words(answer), "retry_after": answer.retry_after}
