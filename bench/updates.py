"""Signed webhooks to measure with: the publisher's example with another order, time and parcel each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.processes import SECRET
from notifier.web.signature import HEADER, sign
from notifier.web.webhook import PATH

_BODY = """{
  "orderID" : "%X",
  "ref" : "%d",
  "status" : {
    "code" : "%s",
    "timestamp" : %d
  },
 "shipments":[
   {
     "carrier":"postnl",
     "carrierName":"Postnl",
     "trackingcode":"3SCEBU%09d",
     "trackingurl":"https:\\/\\/jouw.postnl.nl\\/track-and-trace\\/3SCEBU%09d-NL-1000AB",
     "new":true
   }
 ]
}
"""


def body(number: int, orders: int, code: str = "C") -> bytes:
    """Return the body of the update with that number, about one of `orders` orders."""
    return (_BODY % (number, number % orders, code, 1_622_007_287 + number, number, number)).encode()


def headers(raw: bytes) -> dict[str, str]:
    """Return the headers that Cottoncast sends with a body."""
    return {HEADER: sign(raw, SECRET), "Content-Type": "application/json"}


def write_requests(path: Path, numbers: range, orders: int) -> None:
    """Write whole HTTP requests for wrk, each preceded by its length in 8 digits."""
    with path.open("wb") as out:
        for request in _requests(numbers, orders):
            out.write(b"%08d" % len(request) + request)


def _requests(numbers: range, orders: int) -> Iterator[bytes]:
    for number in numbers:
        raw = body(number, orders, "NLRCED"[number % 6])
        head = [f"POST {PATH} HTTP/1.1", "Host: localhost", f"Content-Length: {len(raw)}"]
        head += [f"{name}: {value}" for name, value in headers(raw).items()]
        yield "\r\n".join([*head, "", ""]).encode() + raw
