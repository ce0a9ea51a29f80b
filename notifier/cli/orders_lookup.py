"""`notifier orders lookup`: ask the remote sources for one order and show their answers; nothing is kept."""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from dataclasses import replace
from typing import Any

import click

from notifier.bootstrap.database import open_existing_store
from notifier.cli import output
from notifier.config.rulefile import load_rules
from notifier.config.settings import Settings, read_settings
from notifier.contacts.remote import Remote
from notifier.core.lookup import Answer
from notifier.errors import NotFound


@click.command("lookup")
@click.argument("ref")
@click.option("--order-id", default="", help="Cottoncast's own id of the order; default: as recorded.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def lookup(ref: str, order_id: str, as_json: bool) -> None:
    """Ask every source of orders.sources who the customer of order REF is. Nothing is recorded or sent.

    Cottoncast is asked with its own id of the order, which its updates bring; of an
    order without any, --order-id tells it.

    Exit code 0 if one of them knows an address, else 1.

    \b
    Examples:  notifier orders lookup 41
               notifier orders lookup 41 --order-id 3AF7
    """
    settings = read_settings(os.environ)
    ruleset = load_rules(settings.rules, os.environ).ruleset
    if not ruleset.orders.remote:
        raise NotFound("there is nobody to ask: orders.sources in rules.yaml names no remote source")
    order_id = order_id or _recorded_id(settings, ref)
    remote = Remote(ruleset.sources)
    try:
        answers = {name: remote.ask(name, ref, order_id, time.time()) for name in ruleset.orders.remote}
    finally:
        remote.close()
    if not order_id:
        answers = {name: _asking_for_id(answer) for name, answer in answers.items()}
    if as_json:
        output.as_json({name: _shown(answer) for name, answer in answers.items()})
    else:
        rows = [(name, _kind(a), _words(a)) for name, a in answers.items()]
        output.table(("source", "answer", "what it says"), rows)
    if not any(a.finding and a.finding.contact.reachable for a in answers.values()):
        sys.exit(1)


def _recorded_id(settings: Settings, ref: str) -> str:
    """Return the id that the order's updates brought, empty if none did or there is no database."""
    try:
        store = open_existing_store(settings)
    except NotFound:
        return ""
    with closing(store):
        history = store.updates.history(ref)
    return history.order.id if history else ""


def _asking_for_id(answer: Answer) -> Answer:
    return answer if answer.asked else replace(answer, detail=f"{answer.detail}; add --order-id")


def _kind(answer: Answer) -> str:
    return answer.kind if answer.asked else "not_asked"


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
        output.counted(len(answer.finding.items), "item") if answer.finding.items else "",
        answer.detail,
    ]
    return ", ".join(filter(None, said))


def _shown(answer: Answer) -> dict[str, Any]:
    return {"answer": _kind(answer), "said": _words(answer), "retry_after": answer.retry_after}
