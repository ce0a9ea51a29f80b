"""`notifier explain --update`: what an update would do now, decided and not written."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass, replace
from typing import BinaryIO

import click

from notifier.bootstrap.database import open_existing_store
from notifier.bootstrap.worker import load_running
from notifier.cli import output, waiting
from notifier.cli.explain_plan import Clock, decision_line, document, follows, unread, when
from notifier.config.settings import Settings, read_settings
from notifier.contacts import registered
from notifier.core.contact import Contact, Finding
from notifier.core.course import is_late
from notifier.core.decide import decide
from notifier.core.flaw import Flaw
from notifier.core.history import OrderHistory
from notifier.core.message import UpdateState
from notifier.core.order import Order, assemble
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.rules import RuleSet
from notifier.core.situation import Decision, Situation
from notifier.core.standing import Standing
from notifier.core.update import RecordedUpdate, Update
from notifier.core.wants import wants
from notifier.errors import NotFound, RequestError
from notifier.sources import cottoncast
from notifier.store.protocol import Store

DATA_ERROR = 65
"""Exit code for a body that is no update (sysexits.h)."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What would follow from an update, and what has to be known to read it."""

    situation: Situation
    plan: Plan
    decisions: tuple[Decision, ...]
    notes: tuple[str, ...]


def run(body: BinaryIO, contact: Sequence[str], *, as_json: bool) -> None:
    """Decide the update that a webhook's body says, and print what would follow.

    Raises:
        RulesError: the rules cannot be used.
        ConfigError: the settings cannot.
        StoreError: the database cannot be opened.
    """
    settings, now = read_settings(os.environ), time.time()
    update = _parsed(body, settings)
    given, flaws = _contact(contact, update.ref, now)
    ruleset = load_running(settings, os.environ).ruleset
    store = _store(settings)
    with closing(store) if store else nullcontext():
        told = _decided(store, update, given, ruleset, now)
    told = replace(told, notes=(*flaws, *told.notes))
    if as_json:
        output.as_json(_document(told))
        return
    for line in _lines(told, ruleset, Clock(now, ruleset.shop.timezone)):
        click.echo(line)


def _parsed(body: BinaryIO, settings: Settings) -> Update:
    """Return the update; ends the command if it is none."""
    content = body.read(settings.body_limit + 1)
    try:
        if len(content) > settings.body_limit:
            raise RequestError("", f"it is larger than NOTIFIER_BODY_LIMIT, {settings.body_limit} bytes")
        return cottoncast.parse(content)
    except RequestError as error:
        output.error(f"this is no update: {output.plain(str(error))}")
        sys.exit(DATA_ERROR)


def _contact(words: Sequence[str], ref: str, now: float) -> tuple[Finding | None, list[str]]:
    """Return the customer that --contact tells, None if it was not given, and notes on what cannot be used.

    Raises:
        UsageError: it is not FIELD=VALUE, or there is no such field.
    """
    fields: dict[str, object] = {}
    for word in (part for text in words for part in text.split(",")):
        field, equals, value = word.partition("=")
        if not equals:
            raise click.UsageError("--contact must be FIELD=VALUE, such as email=jane@example.org")
        fields[field.strip()] = value
    if not fields:
        return None, []
    _, given = registered.parse_value({"ref": ref, "contact": fields}, now)
    for flaw in given.unusable:
        if flaw.reason is Flaw.NOT_A_FIELD:
            raise click.UsageError(f"--contact: {flaw}")
    return given.finding, [f"--contact: left out: {flaw}" for flaw in given.unusable]


def _store(settings: Settings) -> Store | None:
    try:
        return open_existing_store(settings)
    except NotFound:
        return None


def _decided(
    store: Store | None, update: Update, given: Finding | None, ruleset: RuleSet, now: float
) -> _Told:
    history = store.updates.history(update.ref) if store else None
    notes = ["there is no database yet: the order is taken as a new one"] if store is None else []
    known = [u.update for u in history.updates if u.state is not UpdateState.HELD] if history else []
    same = [u for u in known if u.update.identity == update.identity]
    if same:
        notes.append(f"it is on record as update {same[0].id}: arriving again, it would not be judged again")
    others = [u for u in known if u not in same]
    newest = max((u.update.id for u in history.updates), default=0) if history else 0
    news = RecordedUpdate(newest + 1, now, update)
    order = _order(news, others, history, given)
    if given is not None and store is not None:
        order = _marked(order, store)
    if not (order.source or order.registered or order.forgotten or ruleset.orders.accepts_unknown):
        notes.append(
            "the order is not registered: the webhook answers 404 and holds the update until"
            f" {waiting.registration(order.ref)}; without a contact it is decided thus"
        )
    situation = Situation(
        news, order, late=is_late(news, others), lookup=history.lookup if history and given is None else None
    )
    standing = store.standing(wants(ruleset, situation, now), now) if store else Standing()
    plan = decide(ruleset, situation, standing, now)
    notes += _notes(situation, standing, plan, ruleset)
    return _Told(situation, plan, tuple(_verdicts(plan, ruleset)), tuple(notes))


def _order(
    news: RecordedUpdate,
    others: Sequence[RecordedUpdate],
    history: OrderHistory | None,
    given: Finding | None,
) -> Order:
    """Return the order as it would be with the update."""
    if history is None or given is not None:
        fresh = assemble(news.update.ref, [*others, news], [given] if given else [])
        if history is None:
            return fresh
        return replace(fresh, attributes=history.order.attributes, items=history.order.items)
    course = assemble(news.update.ref, [*others, news])
    return replace(
        history.order,
        id=course.id or history.order.id,
        code=course.code,
        reached=course.reached,
        shipments=course.shipments,
        moved_at=course.moved_at,
    )


def _marked(order: Order, store: Store) -> Order:
    """Add to the contact what is marked on its addresses."""
    contact = order.contact or Contact()
    states = {a: store.addresses.get(a) for a in (contact.email, contact.phone) if a}
    marks = {address: state for address, state in states.items() if state is not None}
    marked = replace(
        contact,
        refused=frozenset(a for a, state in marks.items() if state.refused_at is not None),
        unsubscribed=any(state.unsubscribed_at is not None for state in marks.values()),
    )
    return replace(order, contact=marked)


def _notes(situation: Situation, standing: Standing, plan: Plan, ruleset: RuleSet) -> Iterator[str]:
    if situation.order.forgotten:
        yield "the order was forgotten: its customer is told nothing"
    if situation.late:
        yield "it is late: the order has gone further already"
    if plan.awaits_contact:
        yield "the contact is looked up first; rules that need it are judged then (--contact gives one)"
    if standing.braked:
        yield "the brake is pulled: messages to customers are held"
    if ruleset.shop.shadow:
        yield "shop.mode is shadow: everything is made, and nothing is sent"
    if plan.cancels:
        yield f"ends what waits of {', '.join(sorted(plan.cancels))}"


def _verdicts(plan: Plan, ruleset: RuleSet) -> Iterator[Decision]:
    """Yield the verdict of every rule, in the order of rules.yaml."""
    made = {decision.rule: decision for decision in plan.decisions}
    for rule in ruleset.judged:
        decision = made.get(rule.id)
        if decision is None and rule is ruleset.orders.missing_contact:
            continue  # nobody was missed, or that is not known yet
        if decision is None:
            decision = Decision(rule.id, False, Reason.OTHER_STATUS)
        if decision.reason is Reason.OTHER_STATUS:
            decision = replace(decision, detail=when(rule))
        elif decision.reason is Reason.ALREADY_TOLD:
            decision = replace(decision, detail=f"once: {rule.once}")
        yield decision


def _lines(told: _Told, ruleset: RuleSet, clock: Clock) -> Iterator[str]:
    order, news = told.situation.order, told.situation.update
    title = " · ".join(filter(None, [f"Order {order.ref}", order.id, f"{news.label} ({news.code})"]))
    yield click.style(output.plain(title), bold=True)
    yield f"  happened {output.moment(news.happened_at)}; by rules {ruleset.fingerprint}; nothing is written"
    yield from (f"  {line}" for line in unread(news.update))
    yield from (f"  {click.style(output.plain(note), fg='yellow')}" for note in told.notes)
    for decision in told.decisions:
        yield f"  {decision_line(decision)}"
        yield from (f"      {line}" for line in follows(told.plan, decision.rule, clock))


def _document(told: _Told) -> dict[str, object]:
    news = told.situation.update
    return {
        "ref": news.update.ref,
        "code": news.code,
        "status": news.status,
        "happened_at": news.happened_at,
        "late": told.situation.late,
        "unread": [{"field": note.field, "kind": note.kind} for note in news.update.notes],
        "notes": told.notes,
        "decisions": [asdict(decision) for decision in told.decisions],
    } | document(told.plan)
