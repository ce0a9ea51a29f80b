"""`POST /orders`: many orders as JSON lines, each answered with a line of its own.

Three things happen side by side, so that a client may send everything before it
reads anything: the body is cut into lines, lines are registered in batches, and
results are sent. Results may pile up to UNREAD bytes; after that nothing more is
read until the client has read some of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass

from falcon.asgi import Request, Response

from notifier.contacts import registered
from notifier.contacts.registered import Reading
from notifier.errors import RequestError, StoreError
from notifier.store.protocol import Store
from notifier.web.bearer import Bearer
from notifier.web.errors import RETRY_AFTER, dumps
from notifier.web.lines import Line, Lines
from notifier.web.request import broke_off
from notifier.web.unrecorded import Unrecorded

BATCH = 200
"""Lines that are registered in one transaction, at most: updates wait for it."""

UNREAD = 16_777_216
"""Bytes of results that wait for the client to read them: some 200,000 lines."""

_AHEAD = 32
"""Pieces of the body that are read while a batch is being registered."""


class Bulk:
    """`/orders`.

    Args:
        bearer: checks the token that opens the API.
        pool: where lines are checked and the database is waited for.
        clock: returns Unix seconds UTC.
        limit: the longest line accepted, in bytes.
        unrecorded: counts what the database could not take.
    """

    def __init__(
        self,
        store: Store,
        bearer: Bearer,
        pool: Executor,
        clock: Callable[[], float],
        limit: int,
        *,
        unrecorded: Unrecorded,
    ) -> None:
        self._store = store
        self._bearer = bearer
        self._pool = pool
        self._clock = clock
        self._limit = limit
        self._unrecorded = unrecorded
        self._working: set[asyncio.Task[None]] = set()  # the event loop itself holds tasks weakly

    async def on_post(self, req: Request, resp: Response) -> None:
        """Register one order per line; the answer begins while the body still comes.

        If the client goes away, what it has sent until then is registered all the same.
        """
        self._bearer.check(req)
        strict = req.get_param_as_bool("strict", default=False)
        results = _Results()
        work = asyncio.create_task(self._work(req, results, strict))
        self._working.add(work)
        work.add_done_callback(self._working.discard)
        resp.content_type = "application/x-ndjson"
        resp.stream = _told(results, work)

    async def _work(self, req: Request, results: _Results, strict: bool) -> None:
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
            await results.put(dumps(summary) + b"\n")
        finally:
            results.end()

    async def _read(self, req: Request, pieces: asyncio.Queue[list[Line] | None]) -> bool:
        """Put the lines of each piece of the body, then None; return whether all of it came."""
        lines = Lines(self._limit)
        size = 0
        async for piece in req.stream:
            size += len(piece)
            found = lines.feed(piece)
            for start in range(0, len(found), BATCH):  # so that the queue's length bounds its lines
                await pieces.put(found[start : start + BATCH])
        await pieces.put(lines.end())
        await pieces.put(None)
        return size >= (req.content_length or 0) and not broke_off(req)

    async def _register(
        self, pieces: asyncio.Queue[list[Line] | None], results: _Results, strict: bool
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
                done = await loop.run_in_executor(self._pool, self._batch, batch, strict)
                if done.unrecorded:
                    self._unrecorded.refused(done.why, done.unrecorded)
                elif done.accepted:
                    self._unrecorded.recorded()
                await results.put(done.answer)
                accepted += done.accepted
                refused += len(batch) - done.accepted
        return accepted, refused

    def _batch(self, lines: Sequence[Line], strict: bool) -> _Done:
        """Register some lines in one transaction."""
        now = self._clock()
        unrecorded, why = 0, ""
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
            unrecorded, why = len(good), str(error)
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
        answer = b"".join(dumps(told[line.number]) + b"\n" for line in lines)
        return _Done(answer, len(good), unrecorded, why)

    def _parsed(self, line: Line, now: float, strict: bool) -> tuple[str, Reading]:
        if line.text is None:
            raise RequestError("", f"the line is longer than {self._limit} bytes")
        ref, given = registered.parse_value(registered.document(line.text, "the line"), now)
        return ref, given.strictly() if strict else given


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of a batch: the results, how many were accepted, how many the database refused and why."""

    answer: bytes
    accepted: int
    unrecorded: int
    why: str


class _Results:
    """Pieces of the answer on their way to the client, of UNREAD bytes at most."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self._size = 0
        self._room = asyncio.Event()
        self._room.set()
        self._abandoned = False

    async def put(self, piece: bytes) -> None:
        """Add a piece, and wait while there is no room for another one."""
        if self._abandoned:
            return
        self._size += len(piece)
        self._pieces.put_nowait(piece)
        if self._size > UNREAD:
            self._room.clear()
            await self._room.wait()

    def end(self) -> None:
        """Say that nothing more comes."""
        self._pieces.put_nowait(b"")

    async def get(self) -> bytes:
        """Return the next piece, an empty one as the end."""
        piece = await self._pieces.get()
        self._size -= len(piece)
        if self._size <= UNREAD:
            self._room.set()
        return piece

    def abandon(self) -> None:
        """Nobody reads any more: what is still to come is thrown away."""
        self._abandoned = True
        self._pieces = asyncio.Queue()
        self._room.set()


async def _told(results: _Results, work: asyncio.Task[None]) -> AsyncIterator[bytes]:
    try:
        while piece := await results.get():
            yield piece
    finally:
        results.abandon()
    await work  # an error that nobody expected ends the answer in its middle
