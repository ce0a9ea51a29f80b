"""`POST /orders`: many orders as JSON lines, each answered with a line of its own.

Three things happen side by side, so that a client may send everything before it
reads anything: the body is cut into lines, lines are registered in batches, and
results are sent. Only results may pile up; they are short.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict

from falcon.asgi import Request, Response

from notifier.contacts import registered
from notifier.contacts.registered import Reading
from notifier.errors import RequestError, StoreError
from notifier.store.protocol import Store
from notifier.web.bearer import Bearer
from notifier.web.errors import RETRY_AFTER, dumps
from notifier.web.lines import Line, Lines
from notifier.web.request import broke_off

BATCH = 200
"""Lines that are registered in one transaction, at most: updates wait for it."""

_AHEAD = 64
"""Pieces of the body that are read while a batch is being registered."""


class Bulk:
    """`/orders`.

    Args:
        bearer: checks the token that opens the API.
        pool: where lines are checked and the database is waited for.
        clock: returns Unix seconds UTC.
        limit: the longest line accepted, in bytes.
    """

    def __init__(
        self, store: Store, bearer: Bearer, pool: Executor, clock: Callable[[], float], limit: int
    ) -> None:
        self._store = store
        self._bearer = bearer
        self._pool = pool
        self._clock = clock
        self._limit = limit
        self._working: set[asyncio.Task[None]] = set()  # the event loop itself holds tasks weakly

    async def on_post(self, req: Request, resp: Response) -> None:
        """Register one order per line; the answer begins while the body still comes.

        If the client goes away, what it has sent until then is registered all the same.
        """
        self._bearer.check(req)
        strict = req.get_param_as_bool("strict", default=False)
        results: asyncio.Queue[bytes] = asyncio.Queue()
        work = asyncio.create_task(self._work(req, results, strict))
        self._working.add(work)
        work.add_done_callback(self._working.discard)
        resp.content_type = "application/x-ndjson"
        resp.stream = _told(results, work)

    async def _work(self, req: Request, results: asyncio.Queue[bytes], strict: bool) -> None:
        """Put a piece of the answer for every batch, the summary, and an empty piece as the end."""
        pieces: asyncio.Queue[list[Line] | None] = asyncio.Queue(_AHEAD)
        try:
            async with asyncio.TaskGroup() as side_by_side:
                reading = side_by_side.create_task(self._read(req, pieces))
                registering = side_by_side.create_task(self._register(pieces, results, strict))
            accepted, refused = registering.result()
            summary: dict[str, object] = {"done": reading.result(), "accepted": accepted, "refused": refused}
            if not reading.result():
                summary["message"] = "the body broke off"
            results.put_nowait(dumps(summary) + b"\n")
        finally:
            results.put_nowait(b"")

    async def _read(self, req: Request, pieces: asyncio.Queue[list[Line] | None]) -> bool:
        """Put the lines of each piece of the body, then None; return whether all of it came."""
        lines = Lines(self._limit)
        size = 0
        async for piece in req.stream:
            size += len(piece)
            if found := lines.feed(piece):
                await pieces.put(found)
        await pieces.put(lines.end())
        await pieces.put(None)
        return size >= (req.content_length or 0) and not broke_off(req)

    async def _register(
        self, pieces: asyncio.Queue[list[Line] | None], results: asyncio.Queue[bytes], strict: bool
    ) -> tuple[int, int]:
        """Register what has come, at most a batch at a time; return how many were accepted and refused."""
        loop = asyncio.get_running_loop()
        accepted = refused = 0
        more = True
        while more:
            waiting: list[Line] = []
            while more and (not waiting or (len(waiting) < BATCH and not pieces.empty())):
                piece = await pieces.get()
                more = piece is not None
                waiting += piece or []
            for start in range(0, len(waiting), BATCH):
                batch = waiting[start : start + BATCH]
                answer, ok = await loop.run_in_executor(self._pool, self._batch, batch, strict)
                results.put_nowait(answer)
                accepted += ok
                refused += len(batch) - ok
        return accepted, refused

    def _batch(self, lines: Sequence[Line], strict: bool) -> tuple[bytes, int]:
        """Register some lines in one transaction; return their results, and how many were accepted."""
        now = self._clock()
        told: dict[int, dict[str, object]] = {}
        good: dict[int, tuple[str, Reading]] = {}
        for line in lines:
            try:
                good[line.number] = self._parsed(line, now, strict)
            except RequestError as error:
                told[line.number] = {"line": line.number, "status": "error", "message": str(error)}
        try:
            findings = [(ref, given.finding) for ref, given in good.values()]
            done = self._store.orders.register(findings, now) if good else []
        except StoreError as error:
            message = f"{error}; send this line again after {RETRY_AFTER} seconds"
            told |= {number: {"line": number, "status": "error", "message": message} for number in good}
            good, done = {}, []
        for (number, (ref, given)), result in zip(good.items(), done, strict=True):
            told[number] = {
                "line": number,
                "ref": ref,
                "status": "ok",
                "new": result.is_new,
                "released": result.released,
            }
            if given.unusable:
                told[number]["unusable"] = [asdict(flaw) for flaw in given.unusable]
        return b"".join(dumps(told[line.number]) + b"\n" for line in lines), len(good)

    def _parsed(self, line: Line, now: float, strict: bool) -> tuple[str, Reading]:
        if line.text is None:
            raise RequestError("", f"the line is longer than {self._limit} bytes")
        ref, given = registered.parse_value(registered.document(line.text, "the line"), now)
        return ref, given.strictly() if strict else given


async def _told(results: asyncio.Queue[bytes], work: asyncio.Task[None]) -> AsyncIterator[bytes]:
    while piece := await results.get():
        yield piece
    await work  # an error that nobody expected ends the answer in its middle
