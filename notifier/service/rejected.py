"""Rejected webhooks that are tried again: after an upgrade that can read them, or with an edited body."""

from __future__ import annotations

from notifier.sources import cottoncast
from notifier.store.protocol import Receipt, Received, Store


def retry(store: Store, rejected_id: int, edited: bytes | None = None) -> Receipt:
    """Record a rejected webhook as the update that it is by now, as of its first arrival.

    Args:
        edited: what its sender meant, in place of the body that came.

    Raises:
        NotFound: there is none with this id.
        RequestError: it is no update still; it stays where it is.
        StoreError: the database could not take it.
    """
    rejected, body = store.rejected.body(rejected_id)
    received = Received(cottoncast.parse(edited or body), edited or body)
    with store.transaction():
        store.rejected.remove(rejected_id)  # first: of two who retry it, one finds it gone
        (receipt,) = store.updates.record([received], rejected.received_at)
    return receipt
