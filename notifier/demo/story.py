"""What happens in the demo: order 41 is shipped, has a problem, and arrives."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

from notifier.demo.arrivals import Arrival, Chat, Mail
from notifier.web.signature import HEADER, sign

REF = "41"

PATH = "/cottoncast/orderstatus"

NAME, EMAIL, COUNTRY, LOCALE = "Jane Example", "jane@example.com", "NL", "en"

EXAMPLE = resources.files("notifier.demo").joinpath("orderstatus.json").read_bytes()
"""The request body that the publisher's page "Orderstatus" prints, word for word."""

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Expected:
    """One message that must come of an update: its kind, and what it says."""

    kind: type[Mail] | type[Chat]
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One update and what must come of it: one message of each kind that is expected, and no other."""

    status: str
    title: str
    body: bytes
    expected: tuple[Expected, ...]

    def missing(self, arrived: Sequence[Arrival]) -> list[str]:
        """Return in sentences what is wrong with what arrived after this step; none if all is well."""
        wrong = [words for each in self.expected for words in self._wrong(each, arrived)]
        kinds = tuple(each.kind for each in self.expected)
        others = sum(not isinstance(arrival, kinds) for arrival in arrived)
        if others:
            wrong.append(f"{self.status}: {others} unexpected message{'s' * (others > 1)} arrived")
        return wrong

    def _wrong(self, expected: Expected, arrived: Sequence[Arrival]) -> Iterator[str]:
        kind = _KINDS[expected.kind]
        found = [arrival for arrival in arrived if isinstance(arrival, expected.kind)]
        if not found:
            yield f"{self.status}: no {kind} arrived"
        if len(found) > 1:
            yield f"{self.status}: {len(found)} {kind}s arrived where one was expected"
        for arrival in found:
            for part in expected.says:
                if part not in arrival.words:
                    yield f"{self.status}: the {kind} lacks {part}"
            if isinstance(arrival, Mail) and arrival.recipient != EMAIL:
                yield f"{self.status}: the mail went to {arrival.recipient}"


_KINDS: dict[type[Mail] | type[Chat], str] = {Mail: "mail", Chat: "chat message"}


def registration() -> bytes:
    """Return the body of `PUT /orders/41`."""
    contact = {"name": NAME, "email": EMAIL, "country": COUNTRY, "locale": LOCALE}
    return json.dumps({"contact": contact}).encode()


def _later(code: str, seconds: int) -> bytes:
    """Return the example with another status, `seconds` later, written as PHP's json_encode does."""
    update = json.loads(EXAMPLE)
    update["status"] = {"code": code, "timestamp": update["status"]["timestamp"] + seconds}
    for shipment in update["shipments"]:
        shipment["new"] = False
    return json.dumps(update, separators=(",", ":")).replace("/", "\\/").encode()


STEPS: tuple[Step, ...] = (
    Step(
        "shipped",
        "order 41 was shipped",
        EXAMPLE,
        (Expected(Mail, (REF, NAME, "https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB")),),
    ),
    Step("problem", "order 41 has a problem", _later("I", _DAY + 2 * 3600), (Expected(Chat, (REF,)),)),
    Step(
        "delivered",
        "order 41 was delivered, and its problem is over",
        _later("D", 2 * _DAY + 5 * 3600),
        (Expected(Mail, (REF,)), Expected(Chat, ("Resolved", REF))),
    ),
)

ONE_MORE = _later("X", 3 * _DAY)
"""The update that is left for the visitor to send: lost."""


def headers(body: bytes, secret: str) -> dict[str, str]:
    """Return what Cottoncast sends along with a body."""
    return {"Content-Type": "application/json", HEADER: sign(body, secret)}


def curl(url: str, body: bytes, secret: str) -> str:
    """Return the line for a shell that sends an update, signed."""
    words = ["curl", "-sS", "-w", r"\n"]
    for name, value in headers(body, secret).items():
        words += ["-H", f"{name}: {value}"]
    return shlex.join([*words, "--data-binary", body.decode(), url])
