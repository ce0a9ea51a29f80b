"""A real server on this machine that plays the order APIs of Cottoncast and WooCommerce.

It knows what the reference page and WooCommerce's documentation say, and can be
in any kind of trouble: for one order, or for all.

    with ShopApi() as api:
        api.add("3AF7", ref="41", email="jane@example.org")   # now GET /order/3AF7 knows her
        api.add_woocommerce("41", email="jane@example.org")   # and GET /wp-json/wc/v3/orders/41
        api.trouble(Trouble(status=429, retry_after="7"))      # for every order from now on
        api.trouble(HTML, order="3AF7")                        # for this one
        api.trouble(None)                                      # none any more, for any order
        ... api.url, api.user, api.secret, api.asked, api.connections
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.http_server import Handler, HttpServer


@dataclass(frozen=True)
class Trouble:
    """What goes wrong.

    With a `status` or a `body` it is an answer; else the line is cut, silent or
    slow. `drip` sends what would be the answer byte by byte with so many seconds
    between, headers and all; `cut` closes after so many bytes of it; `half` leaves
    out all of the order but its id.
    """

    status: int | None = None
    body: str | None = None
    content_type: str = "application/json"
    retry_after: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    drip: float | None = None
    cut: int | None = None
    half: bool = False


HTML = Trouble(200, "<!doctype html><title>We are being repaired</title>", "text/html; charset=utf-8")
BROKEN_JSON = Trouble(200, '{"status": "ok", "response": {"or')
SILENT = Trouble(silent=True)
CUT = Trouble(cut=0)
HALF = Trouble(half=True)


@dataclass(frozen=True)
class Asked:
    """One request: its path as it came, and its Authorization header."""

    path: str
    authorization: str
    headers: Mapping[str, str]


class ShopApi(HttpServer):
    """The server; see HttpServer.

    `asked` lists the requests in the order in which they came; `user` and `secret`
    are what it demands by HTTP Basic.
    """

    user = "shop-user"
    secret = "shop-secret"

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self._documents: dict[str, Any] = {}
        self._open: set[str] = set()
        self._trouble: dict[str, Trouble] = {}
        self._changed = threading.Condition()

    def add(self, order_id: str, ref: str, **shipping: Any) -> dict[str, Any]:
        """Let Cottoncast know an order; return it, to be changed at will.

        Args:
            order_id: Cottoncast's id.
            ref: the shop's reference.
            shipping: fields of the shipping address beside those of a usual one.
        """
        order = cottoncast_order(order_id, ref, **shipping)
        self._documents[f"/order/{order_id}"] = {"status": "ok", "response": {"order": order}}
        return order

    def add_woocommerce(self, ref: str, **billing: Any) -> dict[str, Any]:
        """Let WooCommerce know an order; return it, to be changed at will."""
        order = woocommerce_order(ref, **billing)
        self._documents[f"/wp-json/wc/v3/orders/{ref}"] = order
        return order

    def put(self, path: str, document: Any) -> None:
        """Answer GET `path`, with its query if it has one, with any JSON document, whoever asks."""
        self._documents[path] = document
        self._open.add(path)

    def trouble(self, trouble: Trouble | None, order: str | None = None) -> None:
        """Be in trouble from now on; None ends it.

        Args:
            order: the last part of the path that it is about; None for every path.
        """
        if trouble is not None:
            self._trouble[order or ""] = trouble
        elif order is None:
            self._trouble.clear()
        else:
            self._trouble.pop(order, None)

    def wait_for(self, count: int, timeout: float = 5.0) -> list[Asked]:
        """Return all requests once there are `count`; AssertionError after `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.asked) >= count, timeout):
                raise AssertionError(f"{len(self.asked)} of {count} asked within {timeout} s")
            return list(self.asked)

    def _answer(self, asked: Asked) -> tuple[Trouble, Trouble]:
        """Return the answer, and the trouble that there is with it."""
        with self._changed:
            self.asked.append(asked)
            self._changed.notify_all()
        trouble = self._trouble.get(asked.path.rpartition("/")[2]) or self._trouble.get("") or Trouble()
        if trouble.status is not None:
            return trouble, trouble
        login = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
        if asked.path not in self._open and asked.authorization != f"Basic {login}":
            return _error(401, "Unauthorized"), trouble
        if asked.path not in self._documents:
            return _error(404, "Order not found"), trouble
        document = self._documents[asked.path]
        if trouble.half:
            document = _half(document)
        return Trouble(200, json.dumps(document) if trouble.body is None else trouble.body), trouble


def cottoncast_order(order_id: str, ref: str, **shipping: Any) -> dict[str, Any]:
    """Return an order as Cottoncast's API shows it."""
    person = {
        "fname": "Jane",
        "name": "Example",
        "street": "Keizersgracht",
        "streetNr": "1",
        "streetNrExt": "",
        "postcode": "1015 AA",
        "city": "Amsterdam",
        "country": "NL",
        "email": "jane@example.org",
        "phone": "06 12345678",
    }
    return {
        "id": order_id,
        "store": {"name": "Our shop", "order_id": ref},
        "status": {"code": "C", "label": "Complete", "since": "2030-05-11 13:19"},
        "addresses": {"billing": dict(person), "shipping": person | shipping},
        "line_items": [
            {
                "sku": "MUG-1",
                "name": "Mug",
                "thumb": "https://img.example/mug-thumb.png",
                "image": "https://img.example/mug.png",
                "status": "printed",
                "options": [],
            }
        ],
        "transactions": [],
        "shipments": [],
    }


def woocommerce_order(ref: str, **billing: Any) -> dict[str, Any]:
    """Return an order as WooCommerce's REST API shows it."""
    person = {
        "first_name": "Jane",
        "last_name": "Example",
        "company": "",
        "address_1": "Keizersgracht 1",
        "city": "Amsterdam",
        "postcode": "1015 AA",
        "country": "NL",
        "phone": "06 12345678",
    }
    return {
        "id": int(ref) if ref.isdigit() else ref,
        "number": ref,
        "status": "completed",
        "currency": "EUR",
        "total": "49.90",
        "customer_id": 0,
        "date_created_gmt": "2021-05-26T05:34:47",
        "billing": person | {"email": "jane@example.org"} | billing,
        "shipping": person,
        "line_items": [
            {
                "id": 1,
                "name": "Mug",
                "quantity": 2,
                "sku": "MUG-1",
                "image": {"id": "7", "src": "https://img.example/mug.png"},
            }
        ],
        "meta_data": [{"id": 1, "key": "wpml_language", "value": "nl"}],
    }


def _error(status: int, message: str) -> Trouble:
    body = {"status": "error", "message": message, "code": "woocommerce_rest_shop_order_invalid_id"}
    return Trouble(status, json.dumps(body))


def _half(document: Any) -> Any:
    if "response" not in document:
        return {"id": document["id"]}
    return {"status": "ok", "response": {"order": {"id": document["response"]["order"]["id"]}}}


class _Handler(Handler):
    def do_GET(self) -> None:  # noqa: N802  http.server calls it so
        headers = {name.lower(): value for name, value in self.headers.items()}
        api = self.owner
        answer, trouble = api._answer(Asked(self.path, headers.get("authorization", ""), headers))
        if trouble.silent:
            self.close_connection = True
            api.over.wait(30)
            return
        raw = self._raw(answer)
        if trouble.cut is not None:
            self.close_connection = True
            self.wfile.write(raw[: trouble.cut])
        elif trouble.drip is not None:
            self.close_connection = True
            self._drip(raw, trouble.drip)
        else:
            self.wfile.write(raw)

    def _raw(self, answer: Trouble) -> bytes:
        body = (answer.body or "").encode("utf-8", "surrogatepass")
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(body)), **answer.headers}
        if answer.retry_after is not None:
            headers["Retry-After"] = answer.retry_after
        lines = [f"HTTP/1.1 {answer.status} Whatever", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
        return "\r\n".join(lines).encode() + body

    def _drip(self, raw: bytes, seconds: float) -> None:
        for byte in raw:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.owner.over.wait(seconds):
                return


ShopApi.handler = _Handler
