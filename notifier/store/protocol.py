"""What a store is: named transitions and reads, the same for every engine.

tests/store/test_contract_*.py define the behaviour; an engine is a class that
passes it. Times are Unix seconds UTC and always arguments. Every method that
writes is one transaction, or joins the one that `Store.transaction` has open in
this thread. All methods raise StoreError (StoreBusy, StoreFull) if the database
cannot do it now; then nothing was written. All are safe to call from any thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from notifier.core.history import OrderHistory
from notifier.core.message import NewMessage
from notifier.core.plan import Plan
from notifier.core.situation import Decision, Situation
from notifier.core.standing import Standing, Wants
from notifier.core.update import RecordedUpdate, Update
from notifier.store.customers import Addresses, Lookups, Orders, Sources
from notifier.store.health import StoreHealth
from notifier.store.past import Past
from notifier.store.rejected import RejectedUpdates
from notifier.store.rulesets import Rulesets
from notifier.store.sending import Channels, Outbox
from notifier.store.timing import Alerts, Brakes, Events, Silences, Timers

LARGEST_CLAIM = 200
"""Updates in one claim, at most."""


class Receipt(StrEnum):
    """What recording an update came to."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Received:
    """An update at the door, with the raw body that said it."""

    update: Update
    body: bytes


class Updates(Protocol):
    """Updates: recorded by the web, decided by the worker."""

    def record(self, batch: Sequence[Received], now: float) -> list[Receipt]:
        """Make the batch durable, whole or not at all; HELD means that the order is not known."""

    def claim(self, worker: str, now: float, lease: float, limit: int) -> list[int]:
        """Claim undecided updates for `lease` seconds and return their ids, in the order to decide them in.

        Whole orders are claimed: those of the `limit` oldest updates, with all that
        is undecided of them, at most LARGEST_CLAIM updates. Orders come by their
        oldest arrival, the updates of an order as they happened
        (`core.course.sequence`). While an update of an order is claimed by one
        worker, none of the same order is given to another. An order whose claim lapsed
        before is claimed alone.
        """

    def situation(self, update_id: int, worker: str) -> Situation | None:
        """Return the update and its order as told by what was judged before, and by this update.

        None if `worker` holds no claim on it. Judged before is what is neither held
        nor undecided. Whether it is late was found when it was first judged, and
        stays so while its contact is looked up.
        """

    def record_plan(
        self, update_id: int, worker: str, plan: Plan, late: bool, fingerprint: str, now: float
    ) -> None:
        """Write all that a plan says and mark the update decided.

        First its stops, then alerts, messages and timers; what it cancels ends: messages of these rules
        about the order that wait, are held or are claimed but not begun (DROPPED, CANCELLED), and their
        timers. Of the decisions only those of rules that the update concerns are kept; the history
        tells of the others what is true of them all, by the rules of that fingerprint.

        A plan that awaits the contact marks it `awaiting_contact` instead and has
        the contact looked up: from now on, unless that is under way.

        Raises:
            NotAllowed: `worker` does not hold the claim any more, or a message already
                holds a once key of the plan.
        """

    def amend(
        self,
        update_id: int,
        decision: Decision,
        messages: Sequence[NewMessage],
        fingerprint: str,
        now: float,
    ) -> None:
        """Write what followed later from an update: one rule's verdict in place of its first, and messages.

        Raises:
            NotAllowed: a message already holds one of the once keys.
        """

    def fail(self, update_id: int, worker: str, error: str) -> bool:
        """Give the claim back after an error; True if it was the third time and the update is set aside."""

    def give_back(self, update_ids: Sequence[int], worker: str) -> None:
        """Return claimed updates on which nothing was begun."""

    def set_aside_repeated(self, now: float) -> list[int]:
        """Set aside updates whose claims lapsed three times without a word; return their ids."""

    def retry(self, update_id: int) -> None:
        """Have an update that was set aside decided after all, by a person's wish.

        Also one that expired, or of which a customer was not told because nobody knew
        how to reach her: the sources are asked again, and the rules that had this
        verdict, or whose message was refused, judge again. Raises NotFound, NotAllowed.
        """

    def held(self, before: float, limit: int) -> list[RecordedUpdate]:
        """Return updates that are held since a time before `before`, oldest first."""

    def expire(self, update_id: int, plan: Plan, fingerprint: str, now: float) -> bool:
        """Give up an update that was held too long, with the plan for it; False if it is not held."""

    def situation_of_held(self, update_id: int) -> Situation | None:
        """Return a held update with its order as told by what was judged before, None if it is not held."""

    def history(self, ref: str) -> OrderHistory | None:
        """Return everything on record for `ref`, None if there is nothing."""

    def counts(self) -> Mapping[str, int]:
        """Return the number of updates by state."""


class Store(Protocol):
    """One database."""

    @property
    def updates(self) -> Updates:
        """Updates."""

    @property
    def rejected(self) -> RejectedUpdates:
        """Signed webhooks that were no update."""

    @property
    def orders(self) -> Orders:
        """Registered orders."""

    @property
    def lookups(self) -> Lookups:
        """Searches for contacts."""

    @property
    def sources(self) -> Sources:
        """Remote sources of contacts that are down."""

    @property
    def addresses(self) -> Addresses:
        """Addresses that are not written to."""

    @property
    def events(self) -> Events:
        """What operators should know of notifier itself."""

    @property
    def health(self) -> StoreHealth:
        """How the database is, and what needs a person."""

    @property
    def timers(self) -> Timers:
        """What is due later."""

    @property
    def alerts(self) -> Alerts:
        """Operators' alerts."""

    @property
    def silences(self) -> Silences:
        """Silences."""

    @property
    def brake(self) -> Brakes:
        """The brake on bursts."""

    def standing(self, wants: Wants, now: float) -> Standing:
        """Return what is on record, as far as it is wanted: with the silences in force, and the brake."""

    @property
    def outbox(self) -> Outbox:
        """Messages."""

    @property
    def past(self) -> Past:
        """What has been, in bulk."""

    @property
    def channels(self) -> Channels:
        """Channels that rest."""

    @property
    def rulesets(self) -> Rulesets:
        """Versions of rules and templates."""

    def transaction(self) -> AbstractContextManager[None]:
        """Do several calls of this thread as one transaction; rolled back whole on any exception.

        Within another transaction it is a part of it: whoever catches its exception
        there has undone only that part.
        """

    def key(self) -> bytes:
        """Return this database's own secret: 32 random bytes, made with it, for links that need no login."""

    def migrate(self) -> None:
        """Bring the tables to this version's form. Raises StoreError for a database of a newer version."""

    def compact(self, now: float) -> bool:
        """Take what was erased out of the last corners of the disk, at most once a day; True if done."""

    def check(self) -> None:
        """Raise StoreError if a write would not go through now."""

    def wait(self, seconds: float) -> bool:
        """Wait until anybody commits, at most `seconds`; tell whether somebody did since the last call.

        For one thread. It learns of a commit within milliseconds, and costs nothing while there is none.
        """

    def attend(self) -> None:
        """Say that a worker works on this database, until it is closed or the process ends.

        To be repeated: somebody may have removed the file that says so.
        """

    def is_attended(self) -> bool:
        """Tell whether a worker works on this database, in any process."""

    def is_elsewhere(self) -> bool:
        """Tell whether a worker runs that has another database open than the one at the path."""

    def claimants(self) -> list[str]:
        """Return the workers that hold claims."""

    def release(self, worker: str) -> None:
        """Let all claims of a worker that is known to be gone lapse at once."""

    def close(self) -> None:
        """Close all connections."""
