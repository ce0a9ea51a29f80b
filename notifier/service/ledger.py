"""The ledger: what has ended, what begins and what is claimed becomes one transaction.

Syncing to disk takes longer than everything else that a message needs, so all
that there is to write at a moment is written at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import structlog

from notifier.core.message import Message
from notifier.core.quota import Limits
from notifier.core.reason import Reason
from notifier.core.result import Result
from notifier.core.retry import Outcome
from notifier.errors import StoreError
from notifier.service.sender import Sender
from notifier.service.steps import TROUBLE_PAUSE, Ready, Return, set_aside
from notifier.service.telling import tell
from notifier.service.trouble import Trouble
from notifier.store.protocol import Store

LONGEST_CLAIM = 200
"""Messages in one claim, at most."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Page:
    """What was written: the attempts that may begin, and the messages that were claimed."""

    begun: list[Ready] = field(default_factory=list)
    claimed: list[Message] = field(default_factory=list)


class Ledger:
    """Writes pages; used by one thread."""

    def __init__(self, store: Store, sender: Sender, clock: Callable[[], float]) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._trouble = Trouble("messages wait for the database")

    def write(
        self,
        results: Sequence[Result | Return],
        begin: Sequence[Ready],
        limits: Mapping[str, Limits] | None,
    ) -> Page:
        """Settle `results`, put attempts of `begin` on record, and claim within `limits`, if given.

        What cannot be written now is tried again until it can: a busy database must not
        turn a sent mail into an unknown one.
        """
        while True:
            try:
                page = self._write(results, begin, limits)
                self._trouble.over()
                return page
            except StoreError as error:
                self._trouble.met(error)
            except Exception:
                log.exception("unexpected error in the ledger")
                return self._one_by_one(results, begin)
            time.sleep(TROUBLE_PAUSE)
            if not results and not begin:
                return Page()

    def _write(
        self,
        results: Sequence[Result | Return],
        begin: Sequence[Ready],
        limits: Mapping[str, Limits] | None,
    ) -> Page:
        page = Page()
        if results or begin:
            with self._store.transaction():
                # Most channels are up, and then there is no rest that a delivery could end.
                paused = self._store.channels.paused() if results else []
                rests = {(state.name, state.reason) for state in paused}
                results = [_spared(result, rests) for result in results]
                results = self._sender.weigh(results, paused)
                refused = self._sender.settle(results)
                self._begin(begin, page)
                self._claim(limits, page)
            for result in results:
                tell(result, written=result.message.id not in refused)
        else:
            self._claim(limits, page)
        return page

    def _begin(self, begin: Sequence[Ready], page: Page) -> None:
        """Put attempts on record; what lies ready for a channel that rests by now goes back."""
        now = self._clock()
        resting = {s.name for s in self._store.channels.paused() if s.blocks(now)} if begin else set()
        self._sender.settle([Return(r.message) for r in begin if r.channel.name in resting])
        page.begun.extend(self._sender.start([r for r in begin if r.channel.name not in resting]))

    def _claim(self, limits: Mapping[str, Limits] | None, page: Page) -> None:
        if limits is not None:
            page.claimed.extend(self._sender.claim(LONGEST_CLAIM, limits, self._clock()))

    def _one_by_one(self, results: Sequence[Result | Return], begin: Sequence[Ready]) -> Page:
        """Write each on a page of its own; what fails even so is set aside for a person."""
        if len(results) + len(begin) > 1:
            pages = [self.write([result], [], None) for result in results]
            pages += [self.write([], [ready], None) for ready in begin]
            return Page([ready for page in pages for ready in page.begun])
        for one in (*results, *begin):
            self._set_aside(one)
        return Page()

    def _set_aside(self, one: Result | Return | Ready) -> None:
        # Of the evidence only what cannot be the reason why it was not written.
        outcome = Outcome(one.outcome.kind) if isinstance(one, Result) and one.outcome else None
        try:
            self._sender.settle([set_aside(one.message, outcome)])
        except Exception:
            log.exception("message not set aside", message=one.message.id)


def _spared(result: Result | Return, rests: Set[tuple[str, Reason]]) -> Result | Return:
    """Return a result without the end of rests that there are not."""
    if isinstance(result, Return) or not result.effect.over:
        return result
    name = result.message.send.channel
    over = frozenset(reason for reason in result.effect.over if (name, reason) in rests)
    return replace(result, effect=replace(result.effect, over=over))
