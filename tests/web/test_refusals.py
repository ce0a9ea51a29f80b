"""What is refused is told in the log: at once, then together once a minute, and never with what was sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.web.refusals import EVERY, Refusal, Refusals
from tests.web.serving import HOOK, SECRET, TOKEN, Web, signed, update, wait_until

WRONG, MISSING = Refusal.WRONG_SIGNATURE, Refusal.NO_SIGNATURE


class Time:
    """A clock and what is to be called later, as an event loop has them."""

    def __init__(self) -> None:
        self.now = 0.0
        self._calls: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self._calls.append((self.now + seconds, call))

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        due = [call for at, call in self._calls if at <= self.now]
        self._calls = [(at, call) for at, call in self._calls if at > self.now]
        for call in due:
            call()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def refusals(time: Time, told: list[str]) -> Refusals:
    return Refusals(time.later, told.append)


def test_the_first_of_a_kind_is_told_at_once(refusals: Refusals, told: list[str]) -> None:
    refusals.add(WRONG)
    refusals.add(MISSING)
    assert told == [WRONG.told(1), MISSING.told(1)]
    assert told[0] == (
        "1 webhook refused: the signature does not fit; is NOTIFIER_WEBHOOK_SECRET that of the sales channel?"
    )


def test_the_next_ones_are_told_together_when_a_minute_has_passed(
    refusals: Refusals, told: list[str], time: Time
) -> None:
    for _ in range(13):
        refusals.add(WRONG)
    refusals.add(MISSING)
    time.pass_by(EVERY - 1)
    assert told == [WRONG.told(1), MISSING.told(1)]
    time.pass_by(1)
    assert told[2:] == [WRONG.told(12)]
    assert told[2].startswith("12 webhooks refused: ")


def test_a_stream_of_refusals_is_told_once_a_minute_and_every_one_is_counted(
    refusals: Refusals, told: list[str], time: Time
) -> None:
    for _ in range(600):
        refusals.add(WRONG)
        time.pass_by(1)
    assert len(told) == 600 / EVERY + 1
    assert sum(int(line.split()[0]) for line in told) == 600


def test_after_a_quiet_minute_the_next_one_is_told_at_once_again(
    refusals: Refusals, told: list[str], time: Time
) -> None:
    refusals.add(WRONG)
    time.pass_by(EVERY)
    refusals.add(WRONG)
    assert told == [WRONG.told(1)] * 2


def test_what_was_not_told_yet_is_told_at_the_end_and_once(
    refusals: Refusals, told: list[str], time: Time
) -> None:
    for _ in range(3):
        refusals.add(WRONG)
    refusals.tell_rest()
    refusals.tell_rest()
    time.pass_by(EVERY)
    assert told == [WRONG.told(1), WRONG.told(2)]


def test_the_server_tells_of_everything_that_it_refuses_and_shows_nothing_of_it(tmp_path: Path) -> None:
    body = update("canary")
    wrong = signed(body, "canary-secret")
    with Web(tmp_path, {"NOTIFIER_BODY_LIMIT": "1KiB"}) as web:
        for _ in range(3):
            web.http.post(HOOK, content=body, headers=wrong)
        web.http.post(HOOK, content=body)
        web.post(b'{"canary": "canary"}')
        web.post(update("canary", padding="canary" * 500))
        web.http.get("/orders/canary", headers={"Authorization": "Bearer canary"})
        web.http.post("/orders", content=b"canary")
        counted = web.http.get("/metrics").text
        assert web.stop() == 0
        lines = [line.partition("] ")[2] for line in web.log.splitlines() if " refused: " in line]
        assert lines == [
            WRONG.told(1), MISSING.told(1), Refusal.NOT_UNDERSTOOD.told(1), Refusal.TOO_LARGE.told(1),
            Refusal.WRONG_TOKEN.told(1), WRONG.told(2), Refusal.WRONG_TOKEN.told(1),
        ]  # fmt: skip
        assert "\nnotifier_api_requests_refused_total 2.0\n" in counted
        for secret in ("canary", SECRET, TOKEN, wrong["Cottoncast-Authentication"]):
            assert secret not in web.log


def test_an_api_that_is_shut_is_told_as_that(tmp_path: Path) -> None:
    with Web(tmp_path, {"NOTIFIER_API_TOKEN": None}) as web:
        web.http.get("/orders/41")
        wait_until(lambda: Refusal.API_SHUT.told(1) in web.log, "the line")
