"""Workers are killed while they look contacts up in a source that is in all kinds of trouble.

Nobody is told twice, nobody is told what is another's, and nothing is left waiting.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.service_process import AT, Process, Service, body, eventually
from tests.shop_api import BROKEN_JSON, CUT, HTML, SILENT, ShopApi, Trouble
from tests.sinks import SmtpSink

TROUBLES = (
    Trouble(status=401),
    Trouble(status=429, retry_after="1"),
    Trouble(status=503),
    Trouble(drip=0.001),
    HTML,
    BROKEN_JSON,
    SILENT,
    CUT,
)
COURSE = (("C", AT), ("D", AT + 86_400))
NAMES = {"shipped", "delivered"}


@pytest.fixture
def api(service: Service) -> Iterator[ShopApi]:
    """Cottoncast's order API."""
    with ShopApi() as api:
        service.look_up_at(api)
        yield api


@pytest.mark.timeout(1800)
def test_every_customer_that_is_looked_up_hears_everything_once(
    service: Service, mail: SmtpSink, api: ShopApi, cycles: int, updates: int
) -> None:
    chance = random.Random(updates)
    service.web()
    count = updates // len(COURSE)
    refs = [str(n) for n in range(count)]
    for ref in refs:
        api.add(f"CC-{ref}", ref, email=looked_up(ref))
    service.personal |= {looked_up(ref) for ref in refs}
    news = [(ref, code, at) for ref in refs for code, at in COURSE]
    news.sort(key=lambda one: (int(one[0]) // 8, one[1]))  # some orders at a time, along their course
    registered, forgotten = set(refs[3::8]), set(refs[5::8])

    workers: list[Process] = []
    for cycle in range(cycles):
        workers = [service.worker() for _ in range(1 + cycle % 2)]
        stir(api, refs, chance)
        for ref, code, at in news[cycle * len(news) // cycles : (cycle + 1) * len(news) // cycles]:
            assert service.post(told(ref, code, at)).status_code == 200
            if ref in registered and chance.random() < 0.5:
                service.customer(ref)
            if ref in forgotten and chance.random() < 0.5:
                service.delete(ref)
        wait_for_questions(service, api, len(api.asked) + chance.randint(1, 12))
        for worker in workers:
            end(worker, chance)
    api.trouble(None)
    service.worker()
    eventually(lambda: not waiting(service), 120, "all decided, looked up and settled")

    assert service.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert service.rows("SELECT DISTINCT state FROM updates WHERE id > 0") == [{"state": "decided"}]
    mails = Counter((m.recipients[0], message_id(m.message["Message-ID"])) for m in mail.mails)
    ends: Counter[tuple[str, str | None]] = Counter()
    for ref in refs:
        for message in service.messages(ref):
            ends[message["state"], message["reason"]] += 1
            sent = {to: n for (to, name), n in mails.items() if name == message["message_id"]}
            assert set(sent) <= {looked_up(ref), f"customer-{ref}@canary.example"}
            match message["state"], message["reason"]:
                case "delivered", None:
                    assert sum(sent.values()) == 1
                case ("dropped", "overtaken") | ("unknown", "answer_lost") | ("failed", "set_aside"):
                    assert sum(sent.values()) <= 1
                case _:
                    assert ref in forgotten, message
        if ref not in forgotten:
            assert {message["rule"] for message in service.messages(ref)} == NAMES, ref
            assert len(service.messages(ref)) == len(NAMES)
    print(f"{dict(ends)} after {cycles} kills, {len(api.asked)} questions")  # noqa: T201


def looked_up(ref: str) -> str:
    return f"looked-up-{ref}@canary.example"


def told(ref: str, code: str, at: int) -> bytes:
    return body(ref, code, at).replace(b'"3AF7"', f'"CC-{ref}"'.encode())


def message_id(header: str) -> str:
    return header.strip("<>").partition("@")[0]


def stir(api: ShopApi, refs: list[str], chance: random.Random) -> None:
    """Let it be in some trouble: for everybody, for some orders, or none at all."""
    api.trouble(None)
    match chance.randrange(3):
        case 0:
            api.trouble(chance.choice(TROUBLES))
        case 1:
            for ref in chance.sample(refs, len(refs) // 2):
                api.trouble(chance.choice(TROUBLES), order=f"CC-{ref}")


def end(worker: Process, chance: random.Random) -> None:
    """Kill it, at once or while it reads its rules anew; or ask it to end."""
    match chance.randrange(4):
        case 0:
            assert worker.stop() == 0
        case 1:
            worker.signal(signal.SIGHUP)
            worker.kill()
        case _:
            worker.kill()


def wait_for_questions(service: Service, api: ShopApi, enough: int) -> None:
    """Wait for so many requests, or until nobody is left to ask for."""
    eventually(lambda: len(api.asked) >= enough or not waiting(service), 60, f"{enough} questions")


def waiting(service: Service) -> bool:
    """Tell whether anything is left to decide, to look up or to send."""
    return bool(
        service.rows(
            "SELECT 1 FROM updates WHERE state NOT IN ('decided', 'set_aside')"
            " UNION ALL SELECT 1 FROM lookups WHERE state = 'due'"
            " UNION ALL SELECT 1 FROM messages WHERE state IN ('pending', 'sending') LIMIT 1"
        )
    )
