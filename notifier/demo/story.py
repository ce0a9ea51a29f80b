"""What happens in the demo: order 41 is shipped, has a problem, and arrives."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from notifier.demo.arrivals import Arrival, Chat, Mail
from notifier.web.signature import HEADER, sign

REF = "41"

PATH = "/cottoncast/orderstatus"

NAME, EMAIL, COUNTRY = "Jane Example", "jane@example.com", "NL"

EXAMPLE = resources.files("notifier.demo").joinpath("orderstatus.json").read_bytes()
"""The request body that the publisher's page "Orderstatus" prints, word for word."""

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Step:
    """One update and what must come of it: one message of the kind `expects` that has `says` in it."""

    status: str
    title: str
    body: bytes
    expects: type[Mail] | type[Chat]
    says: tuple[str, ...]

    def missing(self, arrived: Sequence[Arrival]) -> list[str]:
        """Return in sentences what is wrong with what arrived after this step; none if all is well."""
        kind = _KINDS[self.expects]
        found = [arrival for arrival in arrived if isinstance(arrival, self.expects)]
        others = len(arrived) - len(found)
        wrong = [] if found else [f"{self.status}: no {kind} arrived"]
        if len(found) > 1:
            wrong.append(f"{self.status}: {len(found)} {kind}s arrived where one was expected")
        if others:
            wrong.append(f"{self.status}: {others} unexpected message{'s' * (others > 1)} arrived")
        for arrival in found:
            wrong += [
                f"{self.status}: the {kind} lacks {part}" for part in self.says if part not in arrival.words
            ]
            if isinstance(arrival, Mail) and arrival.recipient != EMAIL:
                wrong.append(f"{self.status}: the mail went to {arrival.recipient}")
        return wrong


_KINDS: dict[type[Mail] | type[Chat], str] = {Mail: "mail", Chat: "chat message"}


def registration() -> bytes:
    """Return the body of `PUT /orders/41`."""
    return json.dumps({"contact": {"name": NAME, "email": EMAIL, "country": COUNTRY}}).encode()


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
        Mail,
        (REF, NAME, "https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB"),
    ),
    Step("problem", "order 41 has a problem", _later("I", _DAY + 2 * 3600), Chat, (REF,)),
    Step("delivered", "order 41 was delivered", _later("D", 2 * _DAY + 5 * 3600), Mail, (REF,)),
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
