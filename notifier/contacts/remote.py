"""The remote sources of contacts: whom they know, asked one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from notifier.contacts import answers, cottoncast, mapped, woocommerce
from notifier.contacts.answers import Reply
from notifier.contacts.exchange import Line
from notifier.core.lookup import Answer
from notifier.core.source import Source, SourceKind


class _Dialect(Protocol):
    """What a kind of source speaks: a module with these two functions, both pure."""

    def address(self, source: Source, ref: str, order_id: str) -> str | Answer:
        """Return the URL to ask, or an Answer if there is nothing to ask for."""

    def read(self, source: Source, reply: Reply, ref: str, order_id: str, now: float) -> Answer:
        """Return what a reply says of an order."""


_DIALECTS: Mapping[SourceKind, _Dialect] = {
    SourceKind.COTTONCAST: cottoncast,
    SourceKind.WOOCOMMERCE: woocommerce,
    SourceKind.HTTP: mapped,
}


class Remote:
    """Asks remote sources for contacts; safe to use from several threads.

    Args:
        sources: those of rules.yaml, by name.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = dict(sources)
        self._lines = {name: _line(source) for name, source in sources.items() if not source.lacking}

    def ask(self, name: str, ref: str, order_id: str, now: float) -> Answer:
        """Ask one source for one order; never raises.

        It takes `timeout` seconds of the source at most. The detail of the answer
        begins with the source's name, so that those of several can be joined.

        Args:
            ref: the shop's reference, as the webhook gave it.
            order_id: the sender's id of the order, empty if it gave none.
            now: Unix seconds UTC, noted as the time of the finding.
        """
        source = self._sources.get(name)
        if source is None:
            return answers.down(f"{name} is no source any more")
        if source.lacking:
            return answers.down(source.lacking)
        try:
            answer = self._exchange(source, ref, order_id, now)
        except Exception as error:  # noqa: BLE001  a foreign answer must never end a worker's thread
            answer = answers.down(f"cannot be asked: notifier itself failed ({type(error).__name__})")
        return replace(answer, detail=f"{name} {answer.detail}") if answer.detail else answer

    def close(self) -> None:
        """Close all kept connections; happens by itself with the last reference."""
        for line in self._lines.values():
            line.close()

    def _exchange(self, source: Source, ref: str, order_id: str, now: float) -> Answer:
        dialect = _DIALECTS[source.kind]
        address = dialect.address(source, ref, order_id)
        if isinstance(address, Answer):
            return address
        reply = self._lines[source.name].get(address)
        if isinstance(reply, Answer):
            return reply
        return dialect.read(source, reply, ref, order_id, now)


def _line(source: Source) -> Line:
    login = (source.user, source.secret) if source.user or source.secret else None
    return Line(source.headers, login, source.timeout)
