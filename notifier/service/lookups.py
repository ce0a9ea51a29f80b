"""Looking contacts up: due lookups are claimed, the sources asked in turn, and the answers settled.

No network happens within a transaction, and a source that is down is left
alone for a while, however many orders wait for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from notifier.core import lookup as looking
from notifier.core.lookup import Answer, AnswerKind, Lookup, LookupState, Verdict
from notifier.core.retry import RetryPolicy
from notifier.errors import NotAllowed, StoreError
from notifier.service.running import Running
from notifier.store.protocol import Store

LEASE = 600.0
"""How long a claim on a lookup holds, in seconds: longer than all sources together may take.

What a worker that was killed held is taken back at once (`service.liveness`).
"""

log = structlog.get_logger()


class Lookups:
    """Looks contacts up; safe to use from several threads.

    Args:
        store: where lookups, their findings and the sources' states are.
        running: returns the rules and sources in force.
        worker: this worker's name.
        clock: returns Unix seconds UTC.
        jitter: returns a random number in [0, 1).
    """

    def __init__(
        self,
        store: Store,
        running: Callable[[], Running],
        worker: str,
        clock: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self._store = store
        self._running = running
        self._worker = worker
        self._clock = clock
        self._jitter = jitter

    def claim(self) -> Lookup | None:
        """Claim the lookup that is due longest, if there is one."""
        claimed = self._store.lookups.claim(self._worker, self._clock(), LEASE, limit=1)
        return claimed[0] if claimed else None

    def give_back(self, one: Lookup) -> None:
        """Return a claimed lookup unasked."""
        self._store.lookups.give_back(one)

    def look_up(self, one: Lookup) -> None:
        """Ask the sources for a claimed lookup and settle it by their answers.

        Raises:
            StoreError: the database could not do it now; the lookup is due as before.
        """
        try:
            self._look_up(one, self._running())
        except StoreError:
            self._store.lookups.give_back(one)
            raise

    def _look_up(self, one: Lookup, running: Running) -> None:
        orders = running.ruleset.orders
        verdict = self._verdict(one, running)
        found = verdict.finding
        before_registered = found is not None and found.source in orders.before_registered
        try:
            released = self._store.lookups.settle(one, verdict, before_registered, self._clock())
        except NotAllowed:
            return  # another worker took it over
        tell(one, verdict, released)

    def _verdict(self, one: Lookup, running: Running) -> Verdict:
        """Ask, unless the shop has said meanwhile what there is to know."""
        orders = running.ruleset.orders
        if (known := self._store.orders.get(one.ref)) and looking.is_needless(known, orders):
            return Verdict(LookupState.NOT_NEEDED, counts=False)
        answers = self._ask(one, running)
        order = self._store.orders.get(one.ref)
        stands = order is not None and (looking.is_registered(order) or looking.is_needless(order, orders))
        return looking.settle(
            one, answers, orders.retry, now=self._clock(), jitter=self._jitter(), registered=stands
        )

    def _ask(self, one: Lookup, running: Running) -> list[Answer]:
        """Ask the remote sources in turn until one knows an address."""
        resting = {state.name: state for state in self._store.sources.down()}
        answers: list[Answer] = []
        for name in running.ruleset.orders.remote:
            now = self._clock()
            state = resting.get(name)
            if state is not None and state.until > now:
                words = f"{name} is left alone after: {state.detail}"
                left = state.until - now
                answers.append(Answer(AnswerKind.DOWN, detail=words, retry_after=left, asked=False))
                continue
            answer = running.remote.ask(name, one.ref, one.order_id, now)
            if answer.asked:
                self._note(name, answer, running.ruleset.orders.retry)
            answers.append(answer)
            if answer.finding is not None and answer.finding.contact.reachable:
                break
        return answers

    def _note(self, name: str, answer: Answer, retry: RetryPolicy) -> None:
        """Keep the state of a source: left alone for longer each time it fails."""
        now = self._clock()
        if answer.kind is not AnswerKind.DOWN:
            if self._store.sources.works(name, now):
                log.info("source up", source=name)
                self._store.lookups.hasten(now)  # all that wait for it
            return
        failures = self._store.sources.failed(name, answer.detail, now)
        pause = retry.delay(failures, self._jitter())
        self._store.sources.rest(name, now + max(pause, answer.retry_after or 0.0))
        if failures == 1:
            log.error("source down", source=name, detail=answer.detail)


_SAID = {
    LookupState.DUE: "contact not known yet: asked again",
    LookupState.FOUND: "contact found",
    LookupState.MISSING: "contact not known: no source has the order",
    LookupState.GAVE_UP: "contact not known: given up, its source stayed down",
    LookupState.NOT_NEEDED: "contact not looked up: the shop has registered what is needed",
}


def tell(one: Lookup, verdict: Verdict, released: int) -> None:
    """Log what a search came to; no word of it is about the customer."""
    ended_without = verdict.state in (LookupState.MISSING, LookupState.GAVE_UP)
    write = log.warning if ended_without else log.info
    said: dict[str, object] = {
        "attempt": one.attempts if verdict.counts else None,
        "source": verdict.finding.source if verdict.finding else None,
        "detail": verdict.detail or None,
        "next_try": None if verdict.due_at is None else _moment(verdict.due_at),
        "updates": released or None,
    }
    write(
        _SAID[verdict.state],
        ref=one.ref,
        **{name: value for name, value in said.items() if value is not None},
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
