"""Orders and their updates, in memory: what `updates` and `orders` are in a store."""

from __future__ import annotations

from dataclasses import dataclass, field

from notifier.core.contact import Finding
from notifier.core.course import Hindsight, hindsight, is_late
from notifier.core.order import Order, assemble
from notifier.core.situation import Situation
from notifier.core.update import RecordedUpdate, Update
from notifier.store.protocol import Receipt


@dataclass(slots=True)
class _Page:
    """What is on record of one order; `order` is how it was put together last, None when that is old."""

    ref: str
    updates: list[RecordedUpdate] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    held: list[RecordedUpdate] = field(default_factory=list)
    order: Order | None = None


class OrderBook:
    """Every order by its reference.

    Args:
        sources: where contacts come from, in precedence.
        accepts_unknown: updates of orders that nobody registered are judged as well.
    """

    def __init__(self, sources: tuple[str, ...], accepts_unknown: bool) -> None:
        self._sources = sources
        self._accepts_unknown = accepts_unknown
        self._pages: dict[str, _Page] = {}
        self._seen: set[str] = set()
        self._late: set[int] = set()
        self._by_id: dict[int, RecordedUpdate] = {}
        self._count = 0
        self.last_received: float | None = None

    def register(self, ref: str, finding: Finding) -> list[RecordedUpdate]:
        """Put on record what a source says of an order; return its updates that were held until now."""
        page = self._page(ref)
        page.findings[finding.source] = finding
        page.order = None
        released, page.held = page.held, []
        return released

    def record(self, update: Update, now: float) -> tuple[RecordedUpdate, Receipt]:
        """Put an update on record; whoever sends the same one again is not told anything new."""
        self._count += 1
        recorded = RecordedUpdate(self._count, now, update)
        identity = update.identity
        if identity in self._seen:
            return recorded, Receipt.DUPLICATE
        self._seen.add(identity)
        self.last_received = now
        page = self._page(update.ref)
        self._by_id[recorded.id] = recorded
        if page.findings or self._accepts_unknown:
            return recorded, Receipt.RECORDED
        page.held.append(recorded)
        return recorded, Receipt.HELD

    def expire(self, update_id: int) -> Situation | None:
        """Give up a held update; None if it is not held any more."""
        news = self._by_id[update_id]
        page = self._pages[news.update.ref]
        if news not in page.held:
            return None
        page.held.remove(news)
        known = [*page.updates, news]
        return Situation(news, assemble(page.ref, known, self._findings(page)), is_late(news, known))

    def judge(self, news: RecordedUpdate) -> Situation:
        """Return an update that is judged now, with its order as told by what was judged before and by it."""
        page = self._pages[news.update.ref]
        page.updates.append(news)
        page.order = None
        late = len(page.updates) > 1 and is_late(news, page.updates)
        if late:
            self._late.add(news.id)
        return Situation(news, self._order(page), late)

    def situation(self, update_id: int) -> Situation | None:
        """Return an update that was judged before, with its order as it is now; None if there is none."""
        news = self._by_id.get(update_id)
        if news is None:
            return None
        page = self._pages[news.update.ref]
        late = update_id in self._late
        # Nothing has come since it was judged: then it is what it was then.
        last = bool(page.updates) and page.updates[-1] is news
        since = Hindsight(late) if last and not late else hindsight(news, page.updates)
        newest = page.updates[-1].id if page.updates else None
        return Situation(news, self._order(page), late, since.overtaken, since.contradicted_by, newest=newest)

    def _page(self, ref: str) -> _Page:
        page = self._pages.get(ref)
        if page is None:
            page = self._pages[ref] = _Page(ref)
        return page

    def _order(self, page: _Page) -> Order:
        if page.order is None:
            page.order = assemble(page.ref, page.updates, self._findings(page))
        return page.order

    def _findings(self, page: _Page) -> list[Finding]:
        if len(page.findings) < 2:
            return list(page.findings.values())
        order = {name: place for place, name in enumerate(self._sources)}
        return sorted(page.findings.values(), key=lambda f: order.get(f.source, len(order)))
