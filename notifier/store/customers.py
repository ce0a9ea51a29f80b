"""What a store keeps of customers: registered orders, lookups of contacts, marks on addresses.

A part of `notifier.store.protocol`; what is said there holds here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from notifier.core.contact import Finding
from notifier.core.lookup import Lookup, Verdict
from notifier.core.order import Order


@dataclass(frozen=True, slots=True)
class Registered:
    """What registering an order came to: whether it is new, and how many held updates it released.

    One that was forgotten before is new, and `was_forgotten`.
    """

    is_new: bool
    released: int
    was_forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Traces:
    """Where an address stands; true if anywhere.

    `orders` are those whose contact has it, registered or looked up. `messages`
    are other orders of which a message went there: their contact had it before, or
    it is an operator's.
    """

    orders: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.orders or self.messages)


class Orders(Protocol):
    """Orders that the shop registered, and what is known of any order."""

    def register(self, batch: Sequence[tuple[str, Finding]], now: float) -> list[Registered]:
        """Register or replace orders, by reference; all of them or none.

        Updates that were held for them, or await their contact, are to be decided
        now. Where an address or a wish to hear nothing is registered, a lookup that
        waits is due now: the worker sees whether it is needed still. An order that
        was forgotten is known again.
        """

    def get(self, ref: str) -> Order | None:
        """Return an order with its course if it is registered or was looked up, else None."""

    def accept_unknown(self, accept: bool) -> int:
        """Say what `Updates.record` does with updates of orders that are not registered.

        With `accept` they are recorded like all others, and those that are held are
        released; returns how many. Without, they are held. A new database holds them.
        """

    def forget(self, ref: str, now: float) -> bool:
        """Erase what is personal of an order; drop what waits for it.

        Contact, attributes, items, raw bodies, tracking codes and links, recipients,
        words of messages, what servers answered, and marks on its addresses that no
        other order has. States and counts stay, and so does the reference: the order
        is known as forgotten, is not looked up again, and its customer is told
        nothing more. Returns False if nothing at all is on record.
        """

    def of_person(self, address: str) -> Traces:
        """Return what `forget_person` would touch."""

    def forget_person(self, address: str, now: float) -> Traces:
        """Forget whole every order whose contact has this e-mail address or phone number.

        Of other orders only the messages that went there are erased, recipient and
        words: the order is somebody else's by now. Returns the references of both.
        """

    def age_out(
        self, bodies_before: float | None, contacts_before: float | None, limit: int, now: float
    ) -> int:
        """Erase what is kept too long, of at most `limit` orders; return of how many.

        An order's age counts from its last update or registration; one with messages
        that wait or are being sent is left alone.

        Args:
            bodies_before: raw bodies of older orders go; None to keep all.
            contacts_before: older orders are forgotten as by `forget`; None to keep all.
        """


class Lookups(Protocol):
    """Searches for the contacts of orders in remote sources; asked for by `Updates.record_plan`."""

    def claim(self, worker: str, now: float, lease: float, limit: int) -> list[Lookup]:
        """Claim due lookups for `lease` seconds, longest due first; counts an attempt."""

    def settle(self, lookup: Lookup, verdict: Verdict, before_registered: bool, now: float) -> int:
        """End the claim as the verdict says; return how many updates are to be judged again now.

        Updates that await the contact become undecided unless the lookup is DUE
        again. A finding replaces the one before.

        Args:
            before_registered: the finding takes precedence over what the shop registered.

        Raises:
            NotAllowed: the claim has gone to another worker; nothing was written.
        """

    def give_back(self, lookup: Lookup) -> None:
        """Return a claimed lookup that could not be settled; it stays due as before."""

    def precede(self, sources: Sequence[str]) -> int:
        """Say which sources take precedence over what the shop registered, also for what was found before.

        Returns for how many orders that is new.
        """

    def waiting(self, limit: int) -> list[Lookup]:
        """Return the lookups that are due or wait for another try, oldest first."""

    def hasten(self, now: float) -> None:
        """Make all lookups that wait for another try due now."""

    def next_due(self) -> float | None:
        """Return when the next lookup or lease is due, None if none waits."""

    def counts(self) -> Mapping[str, int]:
        """Return the number of lookups by state."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source that is down: since when, until when it is left alone, how often it failed in a row."""

    name: str
    since: float
    until: float
    failures: int
    detail: str


class Sources(Protocol):
    """Remote sources that are down; one without an entry is up."""

    def failed(self, name: str, detail: str, now: float) -> int:
        """Count a failure; return how many there were in a row.

        The first raises the event `source_down`.
        """

    def rest(self, name: str, until: float) -> None:
        """Leave a source that is down alone until then."""

    def works(self, name: str, now: float) -> bool:
        """Forget that a source was down; True if it was, which raises the event `source_up`."""

    def remove(self, name: str) -> None:
        """Forget a source that is not asked any more, without an event."""

    def down(self) -> list[SourceState]:
        """Return the sources that are down, by name."""


@dataclass(frozen=True, slots=True)
class AddressState:
    """What keeps us from writing to an address; times are None where it does not apply."""

    refused_at: float | None
    detail: str
    unsubscribed_at: float | None


class Addresses(Protocol):
    """Marks on e-mail addresses and phone numbers, kept under a keyed fingerprint, never in the clear."""

    def refuse(self, address: str, detail: str, now: float) -> None:
        """Mark an address as refused for good: it is not tried again until `allow` or another address."""

    def unsubscribe(self, address: str, now: float) -> None:
        """Note that whoever reads this address wants no marketing, whatever the shop registered."""

    def unsubscribe_by(self, message_id: str, now: float) -> bool:
        """Note that for the recipient of a message; False if it is not known (any more)."""

    def allow(self, address: str) -> bool:
        """Take the mark of a refusal away; False if there was none. An unsubscription stays."""

    def resubscribe(self, address: str) -> bool:
        """Forget that the reader of an address wants no marketing; False if it was not so."""

    def get(self, address: str) -> AddressState | None:
        """Return the marks on an address, None without any."""
