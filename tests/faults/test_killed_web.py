"""The web process is killed under load, again and again: 200 means on disk."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
from collections import Counter

import httpx
import pytest

from tests.service_process import AT, Process, Service, body, descendants, eventually, signed

CLIENTS = 6
ORDERS = 20


class Load:
    """Clients that post updates, each one different, until told to stop; some try again on an error."""

    def __init__(self, address: str) -> None:
        self.acknowledged: list[tuple[str, float]] = []
        self.sent: set[tuple[str, float]] = set()
        self.strange: list[str] = []
        self._address = address
        self._numbers = itertools.count()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._client, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, count: int) -> None:
        """Wait until so many more updates are acknowledged."""
        enough = len(self.acknowledged) + count
        eventually(lambda: len(self.acknowledged) >= enough, 30, f"{count} updates acknowledged")

    def _client(self, number: int) -> None:
        chance = random.Random(number)
        url = f"http://{self._address}/cottoncast/orderstatus"
        with httpx.Client(timeout=20, trust_env=False, verify=False) as client:
            while not self._over.is_set():
                at = AT + next(self._numbers)
                ref = str(at % ORDERS)
                self.sent.add((ref, at))
                while not self._post(client, url, ref, at) and chance.random() < 0.5:
                    self._over.wait(0.02)

    def _post(self, client: httpx.Client, url: str, ref: str, at: float) -> bool:
        raw = body(ref, "E", at)
        try:
            answer = client.post(url, content=raw, headers=signed(raw))
        except httpx.TransportError:
            self._over.wait(0.02)
            return False
        if answer.status_code == 200:
            self.acknowledged.append((ref, at))
        elif answer.status_code != 503:
            self.strange.append(f"{answer.status_code} {answer.text}")
        return True


@pytest.mark.timeout(900)
def test_what_was_acknowledged_is_on_disk_once_and_is_decided(service: Service, cycles: int) -> None:
    chance = random.Random(cycles)
    web, _ = service.both()
    for n in range(ORDERS):
        service.customer(str(n))
    with Load(service.address) as load:
        for cycle in range(cycles):
            load.wait_for_more(chance.randint(1, 60))
            web = kill(service, web, whole=cycle % 3 != 2)
        load.wait_for_more(10)

    assert load.strange == []
    assert service.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    on_disk = Counter(
        (row["ref"], row["event_at"])
        for row in service.rows("SELECT ref, event_at FROM updates WHERE id > 0")
    )
    assert set(load.acknowledged) - set(on_disk) == set()
    assert set(on_disk) - load.sent == set()
    assert set(on_disk.values()) == {1}
    eventually(lambda: not service.rows("SELECT 1 FROM updates WHERE state <> 'decided'"), 60, "all decided")
    print(  # noqa: T201
        f"{len(load.sent)} sent, {len(load.acknowledged)} taken, {len(on_disk)} on disk; {cycles} kills"
    )


def kill(service: Service, web: Process, *, whole: bool) -> Process:
    """Kill the web process and start another, or only the one that answers: its master replaces it."""
    if whole:
        web.kill()
        return service.web()
    (answering,) = descendants(web.pid)
    os.kill(answering, signal.SIGKILL)
    eventually(lambda: descendants(web.pid) not in ([], [answering]), what="a new one")
    return web
