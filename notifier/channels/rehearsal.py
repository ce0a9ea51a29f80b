"""What a channel would send, put down instead of sent: nothing of it reaches the network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

from notifier.channels.pool import Pool
from notifier.channels.recorder import recording
from notifier.channels.smtp import Server
from notifier.core.retry import Outcome

TAKEN = "2.0.0 taken"
"""What the mail server of a rehearsal answers."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP call that was not made; of its URL only the host, for paths hold tokens."""

    method: str
    host: str
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would go out for one message; `mail` is a whole mail, empty for services that speak HTTP.

    If the message would be refused, `outcome` says why, and there is nothing else.
    """

    outcome: Outcome
    mail: bytes = field(default=b"", repr=False)
    requests: tuple[Request, ...] = field(default=(), repr=False)


class Tray(Pool):
    """Takes mails as connections would, and keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[bytes] = []

    def send(self, server: Server, sender: str, recipient: str, mail: bytes) -> str:  # noqa: ARG002
        """Keep one mail."""
        self.mails.append(mail)
        return TAKEN


@contextmanager
def rehearsing() -> Iterator[list[Request]]:
    """Hold back what plugins say over HTTP in this context, and answer every call with 200.

    Yields:
        The list that grows with every call.
    """
    held: list[Request] = []

    def keep(method: str, url: str, arguments: Mapping[str, Any]) -> requests.Response:
        held.append(Request(method.upper(), urlsplit(url).hostname or "", _body(arguments)))
        answer = requests.Response()
        answer.status_code = 200
        answer._content = b"ok"
        return answer

    with recording(instead=keep):
        yield held


def _body(arguments: Mapping[str, Any]) -> str:
    if arguments.get("json") is not None:
        return json.dumps(arguments["json"], ensure_ascii=False)
    data = arguments.get("data") or ""
    if isinstance(data, bytes):
        return data.decode("utf-8", "replace")
    return data if isinstance(data, str) else urlencode(data, doseq=True)
